// Which passwords are not taken. Length is what counts; composition is not asked for (NIST SP 800-63B §5.1.1.2). Pure.
#pragma once
#include "base/view.h"

enum { PASSWORD_POINTS_MIN = 10, PASSWORD_POINTS_MAX = 256, PASSWORD_BYTES_MAX = PASSWORD_POINTS_MAX * 4 };

// NULL: it may be used. Else a word for the client:
//   "too-short", "too-long": characters (code points of UTF-8) are counted
//   "common-password": one of the commonest (also with digits behind it or digits for letters), a single pattern (repeats, rows of the alphabet or of a
//   keyboard, few different characters), or little besides the address or the site's name
const char *password_refusal(struct view password, struct view address, struct view site);
