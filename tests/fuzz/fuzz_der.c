// The DER reader: whatever it takes, the writer must give back byte by byte, since DER has one form for each value.
#include <stdlib.h>

#include "pki/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_equal(const struct buf *written, struct view before, struct view after)
{
	struct view taken = view_bytes(before.ptr, before.len - after.len);
	if (buf_error(written) || !view_equal(buf_view(written), taken))
		abort();
}

static void integers(struct view at)
{
	cleanup_buf out = BUF_INIT;
	struct view cursor = at, bytes;
	uint64_t value;
	if (!der_read_integer(&cursor, &bytes) && !(bytes.ptr[0] & 0x80)) {
		der_add_integer(&out, bytes);
		must_equal(&out, at, cursor);
	}
	buf_clear(&out);
	cursor = at;
	if (!der_read_uint(&cursor, &value)) {
		der_add_uint(&out, value);
		must_equal(&out, at, cursor);
	}
}

static void bits_and_booleans(struct view at)
{
	cleanup_buf out = BUF_INIT;
	struct view cursor = at, bytes;
	uint32_t bits;
	bool value;
	if (!der_read_named_bits(&cursor, &bits)) {
		der_add_named_bits(&out, bits);
		must_equal(&out, at, cursor);
	}
	buf_clear(&out);
	cursor = at;
	if (!der_read_bit_bytes(&cursor, &bytes)) {
		der_add_bit_bytes(&out, bytes);
		must_equal(&out, at, cursor);
	}
	buf_clear(&out);
	cursor = at;
	if (!der_read_bool(&cursor, &value)) {
		der_add_bool(&out, value);
		must_equal(&out, at, cursor);
	}
}

static void oids(struct view at)
{
	cleanup_buf text = BUF_INIT, out = BUF_INIT;
	struct view cursor = at, oid;
	if (der_read_oid(&cursor, &oid) || der_oid_text(oid, &text))
		return;
	if (!der_add_oid_text(&out, buf_cstr(&text))) // arcs close to 2^64 are read and not written
		must_equal(&out, at, cursor);
}

static void times(struct view at)
{
	cleanup_buf out = BUF_INIT;
	struct view cursor = at;
	xica_time t;
	if (!der_read_time(&cursor, &t)) {
		der_add_time(&out, t);
		must_equal(&out, at, cursor);
	}
	buf_clear(&out);
	cursor = at;
	if (!der_read_generalized_time(&cursor, &t) && t >= DER_TIME_1950) {
		der_add_generalized_time(&out, t);
		must_equal(&out, at, cursor);
	}
}

static void elements(struct view cursor, unsigned depth)
{
	while (cursor.len) {
		struct view at = cursor;
		struct der_element element;
		cleanup_buf out = BUF_INIT;
		integers(at);
		bits_and_booleans(at);
		oids(at);
		times(at);
		if (der_read_any(&cursor, &element))
			return;
		der_add(&out, element.tag, element.content);
		must_equal(&out, at, cursor);
		if (element.tag & 0x20 && depth)
			elements(element.content, depth - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	elements(view_bytes(data, size), 16);
	return 0;
}
