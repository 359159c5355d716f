// DER, read and written strictly (X.690 §8, §10, §11; the subset that X.509 uses). Pure.
//
// Reading: a cursor is a struct view that shrinks from the left. Each der_read_… takes one element off it, or fails with XICA_EPARSE and
// leaves cursor and results alone. What is returned points into the cursor's bytes. Lengths are definite and minimal, tag numbers below 31.
// An end check belongs to every SEQUENCE: der_end.
//
// Writing: appends to a struct buf; a failed append marks the buffer, asked once at the end by buf_error.
#pragma once
#include "base/clock.h"
#include "pki/oid.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_TELETEX_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

// Context-specific tags: [n] IMPLICIT of a primitive type, and [n] EXPLICIT or IMPLICIT of a constructed one.
#define DER_CONTEXT(n) ((uint8_t)(0x80 | (n)))
#define DER_CONTEXT_CONSTRUCTED(n) ((uint8_t)(0xa0 | (n)))

// Where the years 1950, 2050 and 10000 begin: the bounds of UTCTime and GeneralizedTime (RFC 5280 §4.1.2.5).
#define DER_TIME_1950 ((xica_time)-631152000)
#define DER_TIME_2050 ((xica_time)2524608000)
#define DER_TIME_10000 ((xica_time)253402300800)

struct der_element {
	uint8_t tag;
	struct view content; // without tag and length
	struct view whole;   // with them
};

// --- reading

XICA_MUST_CHECK int der_read_any(struct view *cursor, struct der_element *ret_element);
// One element that must have this tag: its content.
XICA_MUST_CHECK int der_read(struct view *cursor, uint8_t tag, struct view *ret_content);
// The same, tag and length included: for bytes that are copied, hashed or signed.
XICA_MUST_CHECK int der_read_whole(struct view *cursor, uint8_t tag, struct view *ret_whole);
// Takes the element where the next one has this tag, else nothing: *ret_present says which. A broken element is XICA_EPARSE.
XICA_MUST_CHECK int der_read_optional(struct view *cursor, uint8_t tag, bool *ret_present, struct view *ret_content);
// All of der is one element of this tag.
XICA_MUST_CHECK int der_read_only(struct view der, uint8_t tag, struct view *ret_content);
// XICA_EPARSE when something is left.
XICA_MUST_CHECK int der_end(struct view cursor);
bool der_next_is(struct view cursor, uint8_t tag);

// Two's complement, at least one byte, minimal. The sign is the top bit of the first byte.
XICA_MUST_CHECK int der_read_integer(struct view *cursor, struct view *ret_bytes);
// As much as 64 bits, not negative; larger ones are XICA_ERANGE.
XICA_MUST_CHECK int der_read_uint(struct view *cursor, uint64_t *ret_value);
XICA_MUST_CHECK int der_read_bool(struct view *cursor, bool *ret_value); // 0x00 or 0xff
// BOOLEAN DEFAULT FALSE: absent is false, and an encoded FALSE is XICA_EPARSE (X.690 §11.5).
XICA_MUST_CHECK int der_read_default_false(struct view *cursor, bool *ret_value);
XICA_MUST_CHECK int der_read_null(struct view *cursor);
XICA_MUST_CHECK int der_read_oid(struct view *cursor, struct view *ret_oid); // content bytes, as in pki/oid.h
// Bits as bytes; ret_unused (0 to 7) counts the padding bits of the last byte, which are zero.
XICA_MUST_CHECK int der_read_bit_string(struct view *cursor, struct view *ret_bytes, unsigned *ret_unused);
// A BIT STRING that holds whole bytes (keys, signatures).
XICA_MUST_CHECK int der_read_bit_bytes(struct view *cursor, struct view *ret_bytes);
// A BIT STRING with named bits, at most 32: bit n of the standard is 1 << n. No trailing zero bits (X.690 §11.2.2).
XICA_MUST_CHECK int der_read_named_bits(struct view *cursor, uint32_t *ret_bits);
// Time (RFC 5280 §4.1.2.5): UTCTime YYMMDDHHMMSSZ through 2049, GeneralizedTime YYYYMMDDHHMMSSZ from 2050 on, never the other way.
XICA_MUST_CHECK int der_read_time(struct view *cursor, xica_time *ret_time);
// GeneralizedTime alone, of any year, without fractions (OCSP, invalidityDate).
XICA_MUST_CHECK int der_read_generalized_time(struct view *cursor, xica_time *ret_time);
// "1.3.6.1.5.5.7.8.7", appended. XICA_EPARSE: not an OID's content, or an arc above 2^64-1.
XICA_MUST_CHECK int der_oid_text(struct view oid, struct buf *out);

// --- writing

// Opens an element: what is appended until der_close(out, mark) is its content. Nests; close in reverse order.
size_t der_open(struct buf *out, uint8_t tag);
void der_close(struct buf *out, size_t mark);
void der_add(struct buf *out, uint8_t tag, struct view content); // a whole element
void der_add_bool(struct buf *out, bool value);
void der_add_null(struct buf *out);
void der_add_uint(struct buf *out, uint64_t value);
// A non-negative INTEGER from big-endian bytes: leading zeros are dropped, one is put before a set top bit.
void der_add_integer(struct buf *out, struct view magnitude);
void der_add_oid(struct buf *out, enum oid oid);
// From "1.3.6.1…". XICA_EPARSE: not a dotted OID; out stays as it was.
XICA_MUST_CHECK int der_add_oid_text(struct buf *out, const char *dotted);
void der_add_bit_bytes(struct buf *out, struct view bytes); // BIT STRING of whole bytes
void der_add_named_bits(struct buf *out, uint32_t bits);    // as der_read_named_bits
// UTCTime or GeneralizedTime as der_read_time wants it. A time outside of the years 1950 to 9999 marks the buffer failed.
void der_add_time(struct buf *out, xica_time t);
void der_add_generalized_time(struct buf *out, xica_time t);
