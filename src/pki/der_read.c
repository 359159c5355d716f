#include <time.h>

#include "pki/der.h"

// X.690 §8.1.3, §10.1: definite form, in the fewest bytes. On success the cursor stands at the content.
static int read_length(struct view *cursor, size_t *ret_len)
{
	if (!cursor->len)
		return XICA_EPARSE;
	size_t len = cursor->ptr[0];
	size_t used = 1;
	if (len & 0x80) {
		size_t count = len & 0x7f;
		if (count == 0 || count > 4 || cursor->len < 1 + count || cursor->ptr[1] == 0)
			return XICA_EPARSE;
		len = 0;
		for (size_t i = 1; i <= count; i++)
			len = len << 8 | cursor->ptr[i];
		if (len < 0x80)
			return XICA_EPARSE;
		used += count;
	}
	*cursor = view_bytes(cursor->ptr + used, cursor->len - used);
	if (len > cursor->len)
		return XICA_EPARSE;
	*ret_len = len;
	return XICA_OK;
}

int der_read_any(struct view *cursor, struct der_element *ret_element)
{
	struct view rest = *cursor;
	size_t len;
	if (!rest.len || (rest.ptr[0] & 0x1f) == 0x1f || rest.ptr[0] == 0)
		return XICA_EPARSE;
	uint8_t tag = rest.ptr[0];
	rest = view_bytes(rest.ptr + 1, rest.len - 1);
	if (read_length(&rest, &len))
		return XICA_EPARSE;
	ret_element->tag = tag;
	ret_element->content = view_bytes(rest.ptr, len);
	ret_element->whole = view_bytes(cursor->ptr, (size_t)(rest.ptr - cursor->ptr) + len);
	*cursor = view_bytes(rest.ptr + len, rest.len - len);
	return XICA_OK;
}

static int read_element(struct view *cursor, uint8_t tag, struct der_element *ret_element)
{
	struct view rest = *cursor;
	struct der_element element;
	if (der_read_any(&rest, &element) || element.tag != tag)
		return XICA_EPARSE;
	*cursor = rest;
	*ret_element = element;
	return XICA_OK;
}

int der_read(struct view *cursor, uint8_t tag, struct view *ret_content)
{
	struct der_element element;
	if (read_element(cursor, tag, &element))
		return XICA_EPARSE;
	*ret_content = element.content;
	return XICA_OK;
}

int der_read_whole(struct view *cursor, uint8_t tag, struct view *ret_whole)
{
	struct der_element element;
	if (read_element(cursor, tag, &element))
		return XICA_EPARSE;
	*ret_whole = element.whole;
	return XICA_OK;
}

bool der_next_is(struct view cursor, uint8_t tag)
{
	return cursor.len && cursor.ptr[0] == tag;
}

int der_read_optional(struct view *cursor, uint8_t tag, bool *ret_present, struct view *ret_content)
{
	bool present = der_next_is(*cursor, tag);
	if (present && der_read(cursor, tag, ret_content))
		return XICA_EPARSE;
	*ret_present = present;
	return XICA_OK;
}

int der_read_only(struct view der, uint8_t tag, struct view *ret_content)
{
	struct view content;
	if (der_read(&der, tag, &content) || der_end(der))
		return XICA_EPARSE;
	*ret_content = content;
	return XICA_OK;
}

int der_end(struct view cursor)
{
	return cursor.len ? XICA_EPARSE : XICA_OK;
}

int der_read_integer(struct view *cursor, struct view *ret_bytes)
{
	struct view rest = *cursor, bytes;
	if (der_read(&rest, DER_INTEGER, &bytes) || !bytes.len)
		return XICA_EPARSE;
	// X.690 §8.3.2: the first nine bits are not all equal
	if (bytes.len > 1 && ((bytes.ptr[0] == 0x00 && !(bytes.ptr[1] & 0x80)) || (bytes.ptr[0] == 0xff && bytes.ptr[1] & 0x80)))
		return XICA_EPARSE;
	*cursor = rest;
	*ret_bytes = bytes;
	return XICA_OK;
}

int der_read_uint(struct view *cursor, uint64_t *ret_value)
{
	struct view rest = *cursor, bytes;
	uint64_t value = 0;
	if (der_read_integer(&rest, &bytes))
		return XICA_EPARSE;
	if (bytes.ptr[0] & 0x80 || bytes.len > 9 || (bytes.len == 9 && bytes.ptr[0]))
		return XICA_ERANGE;
	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.ptr[i];
	*cursor = rest;
	*ret_value = value;
	return XICA_OK;
}

int der_read_bool(struct view *cursor, bool *ret_value)
{
	struct view rest = *cursor, byte;
	if (der_read(&rest, DER_BOOLEAN, &byte) || byte.len != 1 || (byte.ptr[0] != 0x00 && byte.ptr[0] != 0xff))
		return XICA_EPARSE;
	*cursor = rest;
	*ret_value = byte.ptr[0] != 0;
	return XICA_OK;
}

int der_read_default_false(struct view *cursor, bool *ret_value)
{
	struct view rest = *cursor;
	bool value = false;
	if (der_next_is(rest, DER_BOOLEAN) && (der_read_bool(&rest, &value) || !value))
		return XICA_EPARSE;
	*cursor = rest;
	*ret_value = value;
	return XICA_OK;
}

int der_read_null(struct view *cursor)
{
	struct view rest = *cursor, nothing;
	if (der_read(&rest, DER_NULL, &nothing) || nothing.len)
		return XICA_EPARSE;
	*cursor = rest;
	return XICA_OK;
}

// X.690 §8.19: whole subidentifiers, none with a leading zero group.
static bool oid_is_well_formed(struct view oid)
{
	bool at_start = true;
	for (size_t i = 0; i < oid.len; i++) {
		if (at_start && oid.ptr[i] == 0x80)
			return false;
		at_start = !(oid.ptr[i] & 0x80);
	}
	return oid.len && at_start;
}

int der_read_oid(struct view *cursor, struct view *ret_oid)
{
	struct view rest = *cursor, oid;
	if (der_read(&rest, DER_OID, &oid) || !oid_is_well_formed(oid))
		return XICA_EPARSE;
	*cursor = rest;
	*ret_oid = oid;
	return XICA_OK;
}

int der_oid_text(struct view oid, struct buf *out)
{
	cleanup_buf text = BUF_INIT;
	uint64_t arc = 0;
	if (!oid_is_well_formed(oid))
		return XICA_EPARSE;
	for (size_t i = 0; i < oid.len; i++) {
		if (arc > UINT64_MAX >> 7)
			return XICA_EPARSE;
		arc = arc << 7 | (oid.ptr[i] & 0x7f);
		if (oid.ptr[i] & 0x80)
			continue;
		if (text.len) {
			buf_addf(&text, ".%llu", (unsigned long long)arc);
		} else {
			uint64_t first = arc < 80 ? arc / 40 : 2;
			buf_addf(&text, "%llu.%llu", (unsigned long long)first, (unsigned long long)(arc - first * 40));
		}
		arc = 0;
	}
	buf_add(out, buf_view(&text));
	return buf_error(&text) ? XICA_ENOMEM : buf_error(out);
}

int der_read_bit_string(struct view *cursor, struct view *ret_bytes, unsigned *ret_unused)
{
	struct view rest = *cursor, content;
	if (der_read(&rest, DER_BIT_STRING, &content) || !content.len || content.ptr[0] > 7)
		return XICA_EPARSE;
	unsigned unused = content.ptr[0];
	struct view bytes = view_bytes(content.ptr + 1, content.len - 1);
	if (unused && (!bytes.len || bytes.ptr[bytes.len - 1] & ((1u << unused) - 1)))
		return XICA_EPARSE;
	*cursor = rest;
	*ret_bytes = bytes;
	*ret_unused = unused;
	return XICA_OK;
}

int der_read_bit_bytes(struct view *cursor, struct view *ret_bytes)
{
	struct view rest = *cursor, bytes;
	unsigned unused;
	if (der_read_bit_string(&rest, &bytes, &unused) || unused)
		return XICA_EPARSE;
	*cursor = rest;
	*ret_bytes = bytes;
	return XICA_OK;
}

int der_read_named_bits(struct view *cursor, uint32_t *ret_bits)
{
	struct view rest = *cursor, bytes;
	unsigned unused;
	uint32_t bits = 0;
	if (der_read_bit_string(&rest, &bytes, &unused) || bytes.len > 4)
		return XICA_EPARSE;
	if (bytes.len && !(bytes.ptr[bytes.len - 1] >> unused & 1))
		return XICA_EPARSE;
	for (unsigned n = 0; n < bytes.len * 8; n++)
		if (bytes.ptr[n / 8] & 0x80 >> n % 8)
			bits |= UINT32_C(1) << n;
	*cursor = rest;
	*ret_bits = bits;
	return XICA_OK;
}

// count digits at from, all of which are known to be digits.
static int digits(struct view text, size_t from, size_t count)
{
	int value = 0;
	for (size_t i = from; i < from + count; i++)
		value = value * 10 + (text.ptr[i] - '0');
	return value;
}

// YY or YYYY (year_digits), then MMDDHHMMSSZ.
static int parse_time(struct view text, size_t year_digits, xica_time *ret_time)
{
	struct tm tm = {0};
	if (text.len != year_digits + 11 || text.ptr[text.len - 1] != 'Z')
		return XICA_EPARSE;
	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return XICA_EPARSE;
	int year = digits(text, 0, year_digits);
	if (year_digits == 2)
		year += year < 50 ? 2000 : 1900;
	tm.tm_year = year - 1900;
	tm.tm_mon = digits(text, year_digits, 2) - 1;
	tm.tm_mday = digits(text, year_digits + 2, 2);
	tm.tm_hour = digits(text, year_digits + 4, 2);
	tm.tm_min = digits(text, year_digits + 6, 2);
	tm.tm_sec = digits(text, year_digits + 8, 2);
	struct tm given = tm;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return XICA_EPARSE;
	xica_time t = timegm(&tm);
	if (tm.tm_mon != given.tm_mon || tm.tm_mday != given.tm_mday) // 31 February was moved to March
		return XICA_EPARSE;
	*ret_time = t;
	return XICA_OK;
}

int der_read_time(struct view *cursor, xica_time *ret_time)
{
	struct view rest = *cursor, text;
	xica_time t;
	if (!der_next_is(rest, DER_UTC_TIME)) {
		if (der_read_generalized_time(&rest, &t) || t < DER_TIME_2050)
			return XICA_EPARSE;
	} else if (der_read(&rest, DER_UTC_TIME, &text) || parse_time(text, 2, &t)) {
		return XICA_EPARSE;
	}
	*cursor = rest;
	*ret_time = t;
	return XICA_OK;
}

int der_read_generalized_time(struct view *cursor, xica_time *ret_time)
{
	struct view rest = *cursor, text;
	if (der_read(&rest, DER_GENERALIZED_TIME, &text) || parse_time(text, 4, ret_time))
		return XICA_EPARSE;
	*cursor = rest;
	return XICA_OK;
}
