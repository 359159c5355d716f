// Where the pages and the letters' texts are.
#pragma once
#include "config/config.h"

// config->site_dir; in a CA to play with, which is run from where it was built, the folder beside the build folder, where there is one. beside holds it.
const char *role_site_folder(const struct config *config, struct buf *beside);
