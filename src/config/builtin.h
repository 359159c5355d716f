// The profiles and words that a configuration starts from.
#pragma once
#include "config/config.h"

// Ends with a profile without a name; the first is the default.
extern const struct pki_profile config_builtin_profiles[];
// A profile that the file names afresh starts from the built-in one of this name, or else from the default one.
const struct pki_profile *config_builtin_profile(const char *name);
// First labels of XMPP components: hosts below a domain that clients never log in to. Ends with NULL.
extern const char *const config_builtin_components[];
