#include "site/mime.h"

#include <string.h>

#include "base/base64url.h"

enum {
	LINE_WANTED = 78,
	LINE_MAX = 998,
	WORD_OVERHEAD = 12,  // "=?UTF-8?B?" "?="
	WORD_BYTES = (MIME_LINE_MAX - 1 - WORD_OVERHEAD) / 4 * 3, // of one word behind a blank, before base64
};

size_t mime_utf8_length(struct view text, size_t at)
{
	static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = text.ptr[at];
	size_t len = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
	if (!len || len > text.len - at)
		return 0;
	uint32_t code = len == 1 ? first : first & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((text.ptr[at + i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text.ptr[at + i] & 0x3f);
	}
	return code >= LEAST[len] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? len : 0;
}

// --- headers

static int check_header_text(struct view text)
{
	for (size_t at = 0; at < text.len;) {
		size_t len = mime_utf8_length(text, at);
		if (!len || text.ptr[at] < 0x20 || text.ptr[at] == 0x7f)
			return XICA_EINVAL;
		at += len;
	}
	return XICA_OK;
}

static bool is_plain(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 0x80 || (text.ptr[i] == '=' && i + 1 < text.len && text.ptr[i + 1] == '?'))
			return false;
	return true;
}

// As many whole characters as fit one encoded word; `room` bytes of them at most.
static size_t word_length(struct view text, size_t at, size_t room)
{
	size_t end = at;
	while (end < text.len) {
		size_t len = mime_utf8_length(text, end);
		if (end + len - at > room)
			break;
		end += len;
	}
	return end - at;
}

// before: how much of the line is taken already
static void add_encoded_words(struct buf *out, struct view text, size_t before)
{
	size_t room = before + WORD_OVERHEAD + 8 < MIME_LINE_MAX ? (MIME_LINE_MAX - before - WORD_OVERHEAD) / 4 * 3 : 0;
	for (size_t at = 0; at < text.len;) {
		size_t len = word_length(text, at, room);
		if (len) {
			buf_add_str(out, "=?UTF-8?B?");
			base64_encode(out, view_sub(text, at, len));
			buf_add_str(out, "?=");
		}
		at += len;
		room = WORD_BYTES;
		if (at < text.len)
			buf_add_str(out, "\r\n ");
	}
}

// Folds at blanks, so that unfolding gives back the same text. A word that is too long stays whole.
static void add_folded(struct buf *out, struct view text, size_t before)
{
	size_t column = before;
	for (size_t at = 0; at < text.len;) {
		size_t end = view_index(text, ' ', at + 1);
		if (end == SIZE_MAX)
			end = text.len;
		bool only_blanks_follow = true;
		for (size_t i = at; i < end; i++)
			only_blanks_follow &= text.ptr[i] == ' ';
		if (text.ptr[at] == ' ' && !only_blanks_follow && column > 1 && column + end - at > LINE_WANTED) {
			buf_add_str(out, "\r\n");
			column = 0;
		}
		buf_add(out, view_sub(text, at, end - at));
		column += end - at;
		at = end;
	}
}

static bool has_long_word(struct view text)
{
	size_t run = 0;
	for (size_t i = 0; i < text.len; i++) {
		run = text.ptr[i] == ' ' ? 0 : run + 1;
		if (run > LINE_MAX / 2)
			return true;
	}
	return false;
}

int mime_add_field(struct buf *out, const char *name, struct view value)
{
	int error = check_header_text(value);
	if (error)
		return error;
	size_t before = strlen(name) + 2;
	buf_addf(out, "%s: ", name);
	if (is_plain(value) && !has_long_word(value))
		add_folded(out, value, before);
	else
		add_encoded_words(out, value, before);
	buf_add_str(out, "\r\n");
	return XICA_OK;
}

int mime_add_phrase(struct buf *out, struct view name)
{
	int error = check_header_text(name);
	if (error)
		return error;
	if (!is_plain(name)) {
		add_encoded_words(out, name, sizeof("From: ") - 1);
		return XICA_OK;
	}
	buf_add_byte(out, '"');
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == '"' || name.ptr[i] == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, name.ptr[i]);
	}
	buf_add_byte(out, '"');
	return XICA_OK;
}

// --- bodies

bool mime_is_7bit(struct view text)
{
	size_t line = 0;
	for (size_t i = 0; i < text.len; i++) {
		line = text.ptr[i] == '\n' ? 0 : line + 1;
		if (text.ptr[i] >= 0x80 || line > LINE_MAX)
			return false;
	}
	return true;
}

static bool is_literal(struct view text, size_t at)
{
	uint8_t c = text.ptr[at];
	if (c == ' ' || c == '\t') // not at a line's end
		return at + 1 < text.len && text.ptr[at + 1] != '\n';
	return c > 0x20 && c < 0x7f && c != '=';
}

void mime_add_quoted_printable(struct buf *out, struct view text)
{
	size_t column = 0;
	for (size_t at = 0; at < text.len; at++) {
		if (text.ptr[at] == '\n') {
			buf_add_str(out, "\r\n");
			column = 0;
			continue;
		}
		bool literal = is_literal(text, at);
		size_t len = literal ? 1 : 3;
		if (column + len > MIME_LINE_MAX - 1) { // the last place is that of the soft break's '='
			buf_add_str(out, "=\r\n");
			column = 0;
		}
		if (literal)
			buf_add_byte(out, text.ptr[at]);
		else
			buf_addf(out, "=%02X", text.ptr[at]);
		column += len;
	}
}
