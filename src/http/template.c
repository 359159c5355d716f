#include "http/template.h"

static void add_escaped(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		switch (text.ptr[i]) {
		case '&': buf_add_str(out, "&amp;"); break;
		case '<': buf_add_str(out, "&lt;"); break;
		case '>': buf_add_str(out, "&gt;"); break;
		case '"': buf_add_str(out, "&quot;"); break;
		case '\'': buf_add_str(out, "&#39;"); break;
		default: buf_add_byte(out, text.ptr[i]);
		}
}

static size_t find_pair(struct view in, char c, size_t from)
{
	for (size_t at = from; (at = view_index(in, (uint8_t)c, at)) != SIZE_MAX; at++)
		if (at + 1 < in.len && in.ptr[at + 1] == (uint8_t)c)
			return at;
	return SIZE_MAX;
}

static int fill(struct view page, const struct http_template *with, unsigned depth, struct buf *out, struct view *ret_wrong);

static int fill_place(struct view name, const struct http_template *with, unsigned depth, struct buf *out, struct view *ret_wrong)
{
	uint8_t kind = name.len ? name.ptr[0] : 0;
	struct view value;
	if (kind == '>') {
		value = with->part(with->context, view_sub(name, 1, SIZE_MAX));
		if (value.ptr)
			return depth == HTTP_TEMPLATE_DEPTH_MAX ? XICA_ERANGE : fill(value, with, depth + 1, out, ret_wrong);
	} else if (kind == '&') {
		value = with->text(with->context, view_sub(name, 1, SIZE_MAX));
		buf_add(out, value);
	} else {
		bool text = view_index(name, '.', 0) != SIZE_MAX;
		value = (text ? with->text : with->variable)(with->context, name);
		add_escaped(out, value);
	}
	if (value.ptr)
		return buf_error(out);
	*ret_wrong = name;
	return XICA_EPARSE;
}

static int fill(struct view page, const struct http_template *with, unsigned depth, struct buf *out, struct view *ret_wrong)
{
	for (size_t at = 0;;) {
		size_t open = find_pair(page, '{', at);
		buf_add(out, view_sub(page, at, open == SIZE_MAX ? SIZE_MAX : open - at));
		if (open == SIZE_MAX)
			return buf_error(out);
		size_t close = find_pair(page, '}', open + 2);
		if (close == SIZE_MAX) {
			*ret_wrong = VIEW_LIT("(a place without its end)");
			return XICA_EPARSE;
		}
		int error = fill_place(view_sub(page, open + 2, close - open - 2), with, depth, out, ret_wrong);
		if (error)
			return error;
		at = close + 2;
	}
}

int http_template_fill(struct view page, const struct http_template *with, struct buf *out, struct view *ret_wrong)
{
	return fill(page, with, 0, out, ret_wrong);
}
