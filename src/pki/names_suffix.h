// Public suffixes (publicsuffix.org), by libpsl: names below which strangers register, so that nobody holds them as a whole.
#pragma once
#include <stdbool.h>

// name: lower case, A-labels, NUL-terminated. Only the list's ICANN section counts: those of its private section (github.io) have an owner, who may
// prove control of them like of any other name (CA/Browser Forum BR §3.2.2.6 asks no more).
bool names_suffix_is_public(const char *name);
// The part of name that somebody registered: one label below its public suffix, here of both sections. Points into name; NULL: there is none.
const char *names_suffix_registrable(const char *name);
