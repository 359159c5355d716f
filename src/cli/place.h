// Where an xicad has its things, for commands that look after it: below --dev DIR, or as its configuration says.
#pragma once
#include "base/buf.h"

enum cli_place { CLI_CONTROL_SOCKET, CLI_AUDIT_LOG, CLI_CA_DIR };

// The path, appended. Neither dev_dir nor config_file: the default configuration. On failure a sentence goes to why.
XICA_MUST_CHECK int cli_place_find(enum cli_place place, const char *dev_dir, const char *config_file, struct buf *path_out, struct buf *why);
