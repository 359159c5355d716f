// Is the site's own certificate still the one to serve?
#pragma once
#include "role/parent/parent.h"

// For this key, for all the configured names, by the CA's current issuer, and with more than a third of its life left. Both are PEM.
bool parent_own_is_good(const struct config *config, struct view chain, struct view key, xica_time now);
