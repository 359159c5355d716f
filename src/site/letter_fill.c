#include "site/letter_fill.h"

#include "site/mime.h"

const struct letter_value *letter_value_find(const struct letter *letter, struct view name)
{
	for (size_t i = 0; i < letter->value_count; i++)
		if (view_equal(letter->values[i].name, name))
			return &letter->values[i];
	return NULL;
}

int letter_check_values(const struct letter *letter, struct buf *why)
{
	if (letter->value_count > LETTER_VALUES_MAX) {
		buf_add_str(why, "there are too many values");
		return XICA_ERANGE;
	}
	for (size_t i = 0; i < letter->value_count; i++)
		if (letter->values[i].text.len > LETTER_VALUE_MAX) {
			buf_addf(why, "the value %.*s is too long", VIEW_FMT(letter->values[i].name));
			return XICA_ERANGE;
		}
	return XICA_OK;
}

static uint32_t code_point(struct view text, size_t at, size_t len)
{
	uint32_t code = len == 1 ? text.ptr[at] : text.ptr[at] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++)
		code = code << 6 | (text.ptr[at + i] & 0x3f);
	return code;
}

// What ends a line for some reader, turns the direction of what follows, or is not seen at all.
static bool is_unfit(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb);
}

// As one line of UTF-8, whatever it was.
static void add_value(struct buf *out, struct view text)
{
	for (size_t at = 0; at < text.len;) {
		size_t len = mime_utf8_length(text, at);
		if (!len)
			buf_add_byte(out, '?');
		else if (is_unfit(code_point(text, at, len)))
			buf_add_byte(out, ' ');
		else
			buf_add(out, view_sub(text, at, len));
		at += len ? len : 1;
	}
}

static size_t find(struct view text, struct view what, size_t from)
{
	while (from + what.len <= text.len && !view_equal(view_sub(text, from, what.len), what))
		from++;
	return from + what.len <= text.len ? from : SIZE_MAX;
}

int letter_fill(struct view text, const struct letter *letter, struct buf *out, struct buf *why)
{
	for (;;) {
		size_t open = find(text, VIEW_LIT("{{"), 0);
		if (open == SIZE_MAX)
			break;
		size_t close = find(text, VIEW_LIT("}}"), open);
		if (close == SIZE_MAX) {
			buf_addf(why, "letter %.*s: a {{ is not closed", VIEW_FMT(letter->name));
			return XICA_EPARSE;
		}
		struct view name = view_sub(text, open + 2, close - open - 2);
		const struct letter_value *value = letter_value_find(letter, name);
		if (!value) {
			buf_addf(why, "letter %.*s: there is no value for {{%.*s}}", VIEW_FMT(letter->name), VIEW_FMT(name));
			return XICA_ENOTFOUND;
		}
		buf_add(out, view_sub(text, 0, open));
		add_value(out, value->text);
		text = view_sub(text, close + 2, SIZE_MAX);
	}
	buf_add(out, text);
	return buf_error(out);
}
