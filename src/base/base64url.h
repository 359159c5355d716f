// base64url without padding (RFC 4648 §5, RFC 7515 §2), and the padded standard alphabet (RFC 4648 §4).
// Decoding is strict: no padding where none belongs, no white space, no stray bits in the last character.
#pragma once
#include "base/arena.h"
#include "base/buf.h"

void base64url_encode(struct buf *out, struct view in);
XICA_MUST_CHECK int base64url_decode(struct view in, struct buf *out); // appends; XICA_EPARSE leaves out as it was
XICA_MUST_CHECK int base64url_decode_kept(struct view in, struct arena *arena, struct view *ret_bytes);
void base64_encode(struct buf *out, struct view in);
XICA_MUST_CHECK int base64_decode(struct view in, struct buf *out);
