// Domain names (RFC 1035 §3.1, §4.1.4): the wire form read into text. Pure.
#pragma once
#include "base/buf.h"

enum { DNS_NAME_TEXT_MAX = 253 };

// May this text be asked for? Labels of 1 to 63 bytes out of a-z 0-9 - _, at most 253 bytes in all, no final dot.
bool dns_name_is_askable(struct view text);
// Reads the name at *at of message, follows compression pointers (backwards alone) where pointers is set, and moves *at behind it.
// Appends it to out in lower case without a final dot (the root is empty); any byte outside a-z 0-9 - _ becomes \DDD, so that no two names look
// alike.
// XICA_EPARSE: malformed; out may then hold a part.
XICA_MUST_CHECK int dns_name_read(struct view message, size_t *at, bool pointers, struct buf *out);
