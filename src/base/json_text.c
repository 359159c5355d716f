#include "base/json_text.h"

#include <string.h>

#include "base/utf8.h"

// RFC 8259 §7: what must not stand in a string as it is.
static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void add_escaped(struct buf *out, uint8_t c)
{
	static const char SHORT[] = "\"\\\b\f\n\r\t", LETTERS[] = "\"\\bfnrt";
	const char *at = c ? strchr(SHORT, c) : NULL;
	if (at)
		buf_addf(out, "\\%c", LETTERS[at - SHORT]);
	else
		buf_addf(out, "\\u%04x", c);
}

// What begins at text and isn't plain; how long it is.
static size_t add_other(struct buf *out, struct view text)
{
	uint32_t character;
	if (text.ptr[0] < 0x80) {
		add_escaped(out, text.ptr[0]);
		return 1;
	}
	size_t len = utf8_decode(text, &character);
	if (!len) {
		buf_add_str(out, "\xef\xbf\xbd");
		return 1;
	}
	buf_add(out, view_sub(text, 0, len));
	return len;
}

void json_text_add_string(struct buf *out, struct view text)
{
	buf_add_byte(out, '"');
	for (size_t at = 0; at < text.len;) {
		size_t end = at;
		while (end < text.len && is_plain(text.ptr[end]))
			end++;
		buf_add(out, view_sub(text, at, end - at));
		at = end < text.len ? end + add_other(out, view_sub(text, end, SIZE_MAX)) : end;
	}
	buf_add_byte(out, '"');
}

struct json_text json_text_open(struct buf *out, char bracket)
{
	buf_add_byte(out, (uint8_t)bracket);
	return (struct json_text){out, false};
}

void json_text_close(struct json_text *text, char bracket)
{
	buf_add_byte(text->out, (uint8_t)bracket);
}

void json_text_element(struct json_text *text)
{
	if (text->more)
		buf_add_byte(text->out, ',');
	text->more = true;
}

void json_text_member(struct json_text *text, const char *name)
{
	json_text_element(text);
	buf_add_byte(text->out, '"');
	buf_add_str(text->out, name);
	buf_add(text->out, VIEW_LIT("\":"));
}
