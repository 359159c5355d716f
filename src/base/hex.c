#include "base/hex.h"

void hex_encode(struct buf *out, struct view in)
{
	static const char DIGITS[] = "0123456789abcdef";
	for (size_t i = 0; i < in.len; i++) {
		buf_add_byte(out, (uint8_t)DIGITS[in.ptr[i] >> 4]);
		buf_add_byte(out, (uint8_t)DIGITS[in.ptr[i] & 15]);
	}
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(struct view in, struct buf *out)
{
	size_t before = out->len;
	if (in.len % 2)
		return XICA_EPARSE;
	for (size_t i = 0; i < in.len; i += 2) {
		int high = digit(in.ptr[i]), low = digit(in.ptr[i + 1]);
		if (high < 0 || low < 0) {
			buf_truncate(out, before);
			return XICA_EPARSE;
		}
		buf_add_byte(out, (uint8_t)(high << 4 | low));
	}
	return buf_error(out);
}
