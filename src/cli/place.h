// Where an xicad has its things, for commands that look after it: below --dev DIR, or as its configuration says.
#pragma once
#include "config/config.h"

enum cli_place { CLI_CONTROL_SOCKET, CLI_AUDIT_LOG, CLI_CA_DIR };

// The path, appended. Neither dev_dir nor config_file: the default configuration. On failure a sentence goes to why.
XICA_MUST_CHECK int cli_place_find(enum cli_place place, const char *dev_dir, const char *config_file, struct buf *path_out, struct buf *why);
// All of its configuration; of xicad --dev as far as it follows from the folder (its ports may have been given otherwise).
XICA_MUST_CHECK int cli_place_config(const char *dev_dir, const char *config_file, struct config *ret_config, struct buf *why);
