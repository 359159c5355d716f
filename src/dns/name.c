#include "dns/name.h"

enum { LABEL_MAX = 63, WIRE_MAX = 255, POINTER = 0xc0 };

static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool dns_name_is_askable(struct view text)
{
	if (!text.len || text.len > DNS_NAME_TEXT_MAX)
		return false;
	size_t label = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '.') {
			if (!label)
				return false;
			label = 0;
		} else if (!is_plain(text.ptr[i]) || ++label > LABEL_MAX) {
			return false;
		}
	}
	return label > 0;
}

static void add_label(struct view label, struct buf *out)
{
	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = label.ptr[i];
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + ('a' - 'A'));
		if (is_plain(c))
			buf_add_byte(out, c);
		else
			buf_addf(out, "\\%03u", c);
	}
}

int dns_name_read(struct view message, size_t *at, bool pointers, struct buf *out)
{
	size_t here = *at, after = 0, wire = 0;
	size_t limit = message.len; // a pointer must lead before every place read so far: so the loop ends
	size_t begun = out->len;
	for (;;) {
		if (here >= limit)
			return XICA_EPARSE;
		size_t len = message.ptr[here];
		if ((len & POINTER) == POINTER) {
			if (!pointers || here + 1 >= message.len)
				return XICA_EPARSE;
			size_t to = (len & ~(size_t)POINTER) << 8 | message.ptr[here + 1];
			if (!after)
				after = here + 2;
			if (to >= here)
				return XICA_EPARSE;
			limit = here;
			here = to;
			continue;
		}
		if (len > LABEL_MAX || here + 1 + len > limit)
			return XICA_EPARSE;
		wire += 1 + len;
		if (wire > WIRE_MAX)
			return XICA_EPARSE;
		if (!len)
			break;
		if (out->len > begun)
			buf_add_byte(out, '.');
		add_label(view_sub(message, here + 1, len), out);
		here += 1 + len;
	}
	*at = after ? after : here + 1;
	return buf_error(out);
}
