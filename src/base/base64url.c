#include "base/base64url.h"

static const char URL_ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char STD_ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(struct buf *out, struct view in, const char *alphabet, bool pad)
{
	for (size_t i = 0; i < in.len; i += 3) {
		size_t have = in.len - i < 3 ? in.len - i : 3;
		uint32_t group = (uint32_t)in.ptr[i] << 16;
		if (have > 1)
			group |= (uint32_t)in.ptr[i + 1] << 8;
		if (have > 2)
			group |= in.ptr[i + 2];
		for (size_t c = 0; c < 4; c++) {
			if (c <= have)
				buf_add_byte(out, (uint8_t)alphabet[group >> (18 - 6 * c) & 63]);
			else if (pad)
				buf_add_byte(out, '=');
		}
	}
}

static int value_of(uint8_t c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	if (c == (url ? '_' : '/'))
		return 63;
	return -1;
}

// One group of 2 to 4 characters. The bits that make no whole byte must be zero, so that every value has one spelling.
static int decode_group(struct view group, bool url, struct buf *out)
{
	uint32_t bits = 0;
	if (group.len < 2)
		return XICA_EPARSE;
	for (size_t i = 0; i < group.len; i++) {
		int value = value_of(group.ptr[i], url);
		if (value < 0)
			return XICA_EPARSE;
		bits |= (uint32_t)value << (18 - 6 * i);
	}
	for (size_t i = 0; i < group.len - 1; i++)
		buf_add_byte(out, (uint8_t)(bits >> (16 - 8 * i)));
	uint32_t rest = group.len == 4 ? 0 : bits & (0xffffffu >> (8 * (group.len - 1))) & 0xffffffu;
	return rest ? XICA_EPARSE : XICA_OK;
}

static int decode(struct view in, bool url, struct buf *out)
{
	size_t before = out->len;
	for (size_t i = 0; i < in.len; i += 4) {
		int error = decode_group(view_sub(in, i, 4), url, out);
		if (error) {
			buf_truncate(out, before);
			return error;
		}
	}
	return buf_error(out);
}

void base64url_encode(struct buf *out, struct view in)
{
	encode(out, in, URL_ALPHABET, false);
}

int base64url_decode(struct view in, struct buf *out)
{
	return decode(in, true, out);
}

void base64_encode(struct buf *out, struct view in)
{
	encode(out, in, STD_ALPHABET, true);
}

int base64_decode(struct view in, struct buf *out)
{
	if (in.len % 4)
		return XICA_EPARSE;
	size_t pad = 0;
	while (pad < 2 && pad < in.len && in.ptr[in.len - 1 - pad] == '=')
		pad++;
	return decode(view_sub(in, 0, in.len - pad), false, out);
}
