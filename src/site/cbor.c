#include "site/cbor.h"

enum { INDEFINITE = 31 };

static int read_number(struct view *text, uint8_t info, uint64_t *ret_number)
{
	if (info < 24) {
		*ret_number = info;
		return XICA_OK;
	}
	size_t len = (size_t)1 << (info - 24);
	if (info > 27 || text->len < len)
		return XICA_EPARSE;
	uint64_t number = 0;
	for (size_t i = 0; i < len; i++)
		number = number << 8 | text->ptr[i];
	*text = view_sub(*text, len, SIZE_MAX);
	*ret_number = number;
	return XICA_OK;
}

int cbor_read(struct view *text, struct cbor_item *ret_item)
{
	struct view rest = *text;
	if (!rest.len)
		return XICA_EPARSE;
	struct cbor_item item = {.type = (enum cbor_type)(rest.ptr[0] >> 5)};
	uint8_t info = rest.ptr[0] & 31;
	rest = view_sub(rest, 1, SIZE_MAX);
	if (item.type == CBOR_TAG)
		return XICA_EUNSUPPORTED;
	int error = info == INDEFINITE ? XICA_EPARSE : read_number(&rest, info, &item.number);
	if (error)
		return error;
	if (item.type == CBOR_BYTES || item.type == CBOR_TEXT) {
		if (item.number > rest.len)
			return XICA_EPARSE;
		item.bytes = view_sub(rest, 0, item.number);
		rest = view_sub(rest, item.number, SIZE_MAX);
	}
	*text = rest;
	*ret_item = item;
	return XICA_OK;
}

// left: items still to come at each depth. Each takes a byte at least, so a count beyond what is there ends the loop soon.
int cbor_skip(struct view *text)
{
	uint64_t left[CBOR_DEPTH_MAX] = {1};
	struct view rest = *text;
	for (size_t depth = 0;;) {
		struct cbor_item item;
		while (!left[depth] && depth)
			depth--;
		if (!left[depth])
			break;
		int error = cbor_read(&rest, &item);
		if (error)
			return error;
		left[depth]--;
		if (item.type != CBOR_ARRAY && item.type != CBOR_MAP)
			continue;
		if (++depth == CBOR_DEPTH_MAX || item.number > rest.len)
			return XICA_EPARSE;
		left[depth] = item.type == CBOR_MAP ? 2 * item.number : item.number;
	}
	*text = rest;
	return XICA_OK;
}
