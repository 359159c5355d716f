// Serial numbers (RFC 5280 §4.1.2.2) as people and programs write them.
#pragma once
#include "base/buf.h"

enum { PKI_SERIAL_MAX_LEN = 20 };

// Hexadecimal in either case, with or without colons, blanks and leading zeros; appends the bytes without leading zeros. XICA_EPARSE: not hexadecimal; XICA_ERANGE: none, or
// more than 20.
XICA_MUST_CHECK int pki_serial_from_text(struct view text, struct buf *out);
