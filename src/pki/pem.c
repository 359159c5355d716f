#include "pki/pem.h"

#include "base/base64url.h"

enum { PEM_LINE = 64 };

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

// Takes one line off the cursor, without its end of line and white space behind it.
static bool next_line(struct view *cursor, struct view *ret_line)
{
	if (!cursor->len)
		return false;
	size_t end = view_index(*cursor, '\n', 0);
	size_t len = end == SIZE_MAX ? cursor->len : end;
	struct view line = view_sub(*cursor, 0, len);
	while (line.len && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t'))
		line.len--;
	*cursor = view_sub(*cursor, end == SIZE_MAX ? len : len + 1, SIZE_MAX);
	*ret_line = line;
	return true;
}

// Is the line "-----BEGIN label-----"? Or any such line, where label is NULL.
static bool is_boundary(struct view line, const char *start, const char *label)
{
	struct view head = view_str(start), tail = view_str(DASHES);
	if (line.len < head.len + tail.len || !view_starts(line, head) || !view_ends(line, tail))
		return false;
	return !label || view_equal_str(view_sub(line, head.len, line.len - head.len - tail.len), label);
}

static int read_body(struct view *cursor, const char *label, struct buf *der_out)
{
	cleanup_buf text = BUF_INIT;
	struct view line;
	while (next_line(cursor, &line)) {
		if (is_boundary(line, END, label)) {
			if (buf_error(&text))
				return XICA_ENOMEM;
			return text.len ? base64_decode(buf_view(&text), der_out) : XICA_EPARSE;
		}
		buf_add(&text, line);
	}
	return XICA_EPARSE;
}

int pem_read(struct view *cursor, const char *label, struct buf *der_out)
{
	struct view rest = *cursor, line;
	while (next_line(&rest, &line)) {
		if (!is_boundary(line, BEGIN, label))
			continue;
		int error = read_body(&rest, label, der_out);
		if (!error)
			*cursor = rest;
		return error;
	}
	return XICA_ENOTFOUND;
}

void pem_write(struct buf *out, const char *label, struct view der)
{
	cleanup_buf text = BUF_INIT;
	base64_encode(&text, der);
	if (buf_error(&text))
		out->failed = true;
	buf_addf(out, BEGIN "%s" DASHES "\n", label);
	for (size_t at = 0; at < text.len; at += PEM_LINE) {
		buf_add(out, view_sub(buf_view(&text), at, PEM_LINE));
		buf_add_byte(out, '\n');
	}
	buf_addf(out, END "%s" DASHES "\n", label);
}
