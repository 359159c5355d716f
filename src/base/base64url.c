#include "base/base64url.h"

static const char URL_ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char STD_ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(struct buf *out, struct view in, const char *alphabet, bool pad)
{
	size_t rest = in.len % 3, len = in.len / 3 * 4 + (!rest ? 0 : pad ? 4 : rest + 1);
	uint8_t *to = len ? buf_extend(out, len) : NULL;
	if (!to)
		return;
	for (size_t i = 0; i + 3 <= in.len; i += 3) {
		uint32_t group = (uint32_t)in.ptr[i] << 16 | (uint32_t)in.ptr[i + 1] << 8 | in.ptr[i + 2];
		for (unsigned shift = 24; shift; *to++ = (uint8_t)alphabet[group >> shift & 63])
			shift -= 6;
	}
	if (!rest)
		return;
	const uint8_t *last = in.ptr + in.len - rest;
	uint32_t group = (uint32_t)last[0] << 16 | (rest > 1 ? (uint32_t)last[1] << 8 : 0);
	for (size_t c = 0; c <= rest; c++)
		*to++ = (uint8_t)alphabet[group >> (18 - 6 * c) & 63];
	for (size_t c = rest + 1; pad && c < 4; c++)
		*to++ = '=';
}

// What both alphabets have in common, and one more than each is worth: 0 is none of them.
static const uint8_t VALUES[256] = {
	['A'] = 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
};

static int value_of(uint8_t c, bool url)
{
	if (VALUES[c])
		return VALUES[c] - 1;
	if (c == (url ? '-' : '+'))
		return 62;
	return c == (url ? '_' : '/') ? 63 : -1;
}

// One group of 2 to 4 characters, to one byte less. The bits that make no whole byte must be zero, so that every value has one spelling.
static int decode_group(const uint8_t *group, size_t len, bool url, uint8_t *to)
{
	uint32_t bits = 0;
	if (len < 2)
		return XICA_EPARSE;
	for (size_t i = 0; i < len; i++) {
		int value = value_of(group[i], url);
		if (value < 0)
			return XICA_EPARSE;
		bits |= (uint32_t)value << (18 - 6 * i);
	}
	for (size_t i = 0; i < len - 1; i++)
		to[i] = (uint8_t)(bits >> (16 - 8 * i));
	return len < 4 && bits & 0xffffffu >> (8 * (len - 1)) ? XICA_EPARSE : XICA_OK;
}

static size_t decoded_len(struct view in)
{
	return in.len / 4 * 3 + (in.len % 4 ? in.len % 4 - 1 : 0);
}

static int decode_to(struct view in, bool url, uint8_t *to)
{
	for (size_t i = 0; i < in.len; i += 4, to += 3) {
		int error = decode_group(in.ptr + i, in.len - i < 4 ? in.len - i : 4, url, to);
		if (error)
			return error;
	}
	return XICA_OK;
}

static int decode(struct view in, bool url, struct buf *out)
{
	size_t before = out->len;
	if (!in.len)
		return buf_error(out);
	if (in.len % 4 == 1)
		return XICA_EPARSE;
	uint8_t *to = buf_extend(out, decoded_len(in));
	if (!to)
		return XICA_ENOMEM;
	int error = decode_to(in, url, to);
	if (error)
		buf_truncate(out, before);
	return error;
}

void base64url_encode(struct buf *out, struct view in)
{
	encode(out, in, URL_ALPHABET, false);
}

int base64url_decode(struct view in, struct buf *out)
{
	return decode(in, true, out);
}

int base64url_decode_kept(struct view in, struct arena *arena, struct view *ret_bytes)
{
	if (in.len % 4 == 1)
		return XICA_EPARSE;
	size_t len = decoded_len(in);
	uint8_t *to = arena_alloc(arena, len + 1);
	int error = to ? decode_to(in, true, to) : XICA_ENOMEM;
	if (!error)
		*ret_bytes = view_bytes(to, len);
	return error;
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
