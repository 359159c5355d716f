// Lower-case hexadecimal.
#pragma once
#include "base/buf.h"

void hex_encode(struct buf *out, struct view in);
XICA_MUST_CHECK int hex_decode(struct view in, struct buf *out); // either case; XICA_EPARSE leaves out as it was
