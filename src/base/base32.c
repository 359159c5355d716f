#include "base/base32.h"

void base32_encode(struct buf *out, struct view in)
{
	static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	unsigned count = 0;
	for (size_t i = 0; i < in.len; i++) {
		bits = bits << 8 | in.ptr[i];
		for (count += 8; count >= 5; count -= 5)
			buf_add_byte(out, (uint8_t)ALPHABET[bits >> (count - 5) & 31]);
	}
	if (count)
		buf_add_byte(out, (uint8_t)ALPHABET[bits << (5 - count) & 31]);
}
