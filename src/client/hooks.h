// CONFIG-DIR/hooks.d: programs that run after a certificate was got or renewed.
#pragma once
#include "client/lineage.h"

// All executable files in the order of their names, with XICA_NAME, XICA_NAMES, XICA_FOLDER in the environment. All are run; the first that failed is told.
XICA_MUST_CHECK int client_hooks_run(const char *config_dir, const struct client_lineage *lineage, struct client_trouble *trouble);
