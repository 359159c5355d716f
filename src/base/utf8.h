// UTF-8 (RFC 3629), strictly: no surrogates, nothing overlong. Pure.
#pragma once
#include "base/buf.h"

// The first character of text, which is not empty; its length in bytes, 0: it is none.
size_t utf8_decode(struct view text, uint32_t *ret_character);
// Would a terminal act on it? Control characters of either kind, marks that turn the direction of text, and the like.
bool utf8_is_harmful(uint32_t character);
// Appends text from outside as it may be shown to people: what would do harm as \u001b, bytes that are no UTF-8 as \xff. What comes out is UTF-8.
void utf8_add_shown(struct buf *out, struct view text);
