#include <string.h>
#include <time.h>

#include "pki/der.h"

size_t der_open(struct buf *out, uint8_t tag)
{
	buf_add_byte(out, tag);
	buf_add_byte(out, 0); // the length, when it is short; der_close makes room for a longer one
	return out->len;
}

void der_close(struct buf *out, size_t mark)
{
	if (out->failed)
		return;
	size_t len = out->len - mark;
	size_t more = 0;
	for (size_t rest = len; len >= 0x80 && rest; rest >>= 8)
		more++;
	if (more > 4 || !buf_extend(out, more)) {
		out->failed = true;
		return;
	}
	uint8_t *at = out->ptr + mark;
	if (!more) {
		at[-1] = (uint8_t)len;
		return;
	}
	memmove(at + more, at, len);
	at[-1] = (uint8_t)(0x80 | more);
	for (size_t i = 0; i < more; i++)
		at[i] = (uint8_t)(len >> (8 * (more - 1 - i)));
}

void der_add(struct buf *out, uint8_t tag, struct view content)
{
	size_t mark = der_open(out, tag);
	buf_add(out, content);
	der_close(out, mark);
}

void der_add_bool(struct buf *out, bool value)
{
	uint8_t byte = value ? 0xff : 0x00;
	der_add(out, DER_BOOLEAN, view_bytes(&byte, 1));
}

void der_add_null(struct buf *out)
{
	der_add(out, DER_NULL, VIEW_NONE);
}

void der_add_uint(struct buf *out, uint64_t value)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * (sizeof(bytes) - 1 - i)));
	der_add_integer(out, view_bytes(bytes, sizeof(bytes)));
}

void der_add_integer(struct buf *out, struct view magnitude)
{
	while (magnitude.len && magnitude.ptr[0] == 0)
		magnitude = view_bytes(magnitude.ptr + 1, magnitude.len - 1);
	size_t mark = der_open(out, DER_INTEGER);
	if (!magnitude.len || magnitude.ptr[0] & 0x80)
		buf_add_byte(out, 0);
	buf_add(out, magnitude);
	der_close(out, mark);
}

void der_add_oid(struct buf *out, enum oid oid)
{
	if (oid == OID_UNKNOWN)
		out->failed = true;
	der_add(out, DER_OID, oid_view(oid));
}

static void add_arc(struct buf *out, uint64_t arc)
{
	uint8_t groups[10];
	size_t count = 0;
	do {
		groups[count++] = arc & 0x7f;
		arc >>= 7;
	} while (arc);
	while (count--)
		buf_add_byte(out, (uint8_t)(count ? groups[count] | 0x80 : groups[0]));
}

// One decimal number without leading zeros; *text moves behind it.
static int parse_arc(const char **text, uint64_t *ret_arc)
{
	const char *at = *text;
	uint64_t arc = 0;
	if (*at < '0' || *at > '9' || (*at == '0' && at[1] >= '0' && at[1] <= '9'))
		return XICA_EPARSE;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (arc > (UINT64_MAX - 80 - 9) / 10) // 80: what the second arc may grow by
			return XICA_EPARSE;
		arc = arc * 10 + (uint64_t)(*at - '0');
	}
	*text = at;
	*ret_arc = arc;
	return XICA_OK;
}

int der_add_oid_text(struct buf *out, const char *dotted)
{
	cleanup_buf content = BUF_INIT;
	uint64_t first, second;
	if (parse_arc(&dotted, &first) || *dotted++ != '.' || parse_arc(&dotted, &second))
		return XICA_EPARSE;
	if (first > 2 || (first < 2 && second > 39))
		return XICA_EPARSE;
	add_arc(&content, first * 40 + second);
	while (*dotted) {
		uint64_t arc;
		if (*dotted++ != '.' || parse_arc(&dotted, &arc))
			return XICA_EPARSE;
		add_arc(&content, arc);
	}
	if (buf_error(&content))
		return XICA_ENOMEM;
	der_add(out, DER_OID, buf_view(&content));
	return buf_error(out);
}

void der_add_bit_bytes(struct buf *out, struct view bytes)
{
	size_t mark = der_open(out, DER_BIT_STRING);
	buf_add_byte(out, 0);
	buf_add(out, bytes);
	der_close(out, mark);
}

void der_add_named_bits(struct buf *out, uint32_t bits)
{
	uint8_t content[5] = {0};
	unsigned used = 0; // bits up to and with the last one set
	for (unsigned n = 0; n < 32; n++)
		if (bits >> n & 1) {
			content[1 + n / 8] |= (uint8_t)(0x80 >> n % 8);
			used = n + 1;
		}
	size_t len = (used + 7) / 8;
	content[0] = (uint8_t)(len * 8 - used);
	der_add(out, DER_BIT_STRING, view_bytes(content, 1 + len));
}

static uint8_t *write_two(uint8_t *at, int number)
{
	at[0] = (uint8_t)('0' + number / 10 % 10);
	at[1] = (uint8_t)('0' + number % 10);
	return at + 2;
}

// Without printf: a CRL has a million of them.
static void add_time(struct buf *out, uint8_t tag, xica_time t)
{
	uint8_t text[sizeof("YYYYMMDDHHMMSSZ")], *at = text;
	struct tm tm;
	if (t < DER_TIME_1950 || t >= DER_TIME_10000 || !gmtime_r(&t, &tm)) {
		out->failed = true;
		return;
	}
	int year = tm.tm_year + 1900;
	if (tag != DER_UTC_TIME)
		at = write_two(at, year / 100);
	at = write_two(at, year % 100);
	at = write_two(at, tm.tm_mon + 1);
	at = write_two(at, tm.tm_mday);
	at = write_two(at, tm.tm_hour);
	at = write_two(at, tm.tm_min);
	at = write_two(at, tm.tm_sec);
	*at++ = 'Z';
	der_add(out, tag, view_bytes(text, (size_t)(at - text)));
}

void der_add_time(struct buf *out, xica_time t)
{
	add_time(out, t < DER_TIME_2050 ? DER_UTC_TIME : DER_GENERALIZED_TIME, t);
}

void der_add_generalized_time(struct buf *out, xica_time t)
{
	add_time(out, DER_GENERALIZED_TIME, t);
}
