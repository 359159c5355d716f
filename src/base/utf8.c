#include "base/utf8.h"

size_t utf8_decode(struct view text, uint32_t *ret_character)
{
	static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = text.ptr[0];
	size_t len = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
	if (!len || len > text.len)
		return 0;
	uint32_t character = len == 1 ? first : first & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if (text.ptr[i] >> 6 != 2)
			return 0;
		character = character << 6 | (text.ptr[i] & 0x3fU);
	}
	if (character < LEAST[len] || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return len;
}

bool utf8_is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void utf8_add_shown(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.len;) {
		uint32_t c = 0;
		size_t len = utf8_decode(view_sub(text, i, SIZE_MAX), &c);
		if (!len)
			buf_addf(out, "\\x%02x", text.ptr[i]);
		else if (utf8_is_harmful(c))
			buf_addf(out, "\\u%04x", c);
		else
			buf_add(out, view_sub(text, i, len));
		i += len ? len : 1;
	}
}
