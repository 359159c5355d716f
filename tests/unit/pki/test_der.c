#include "base/hex.h"
#include "check.h"
#include "pki/der.h"

// The bytes that a hexadecimal text stands for, in out.
static struct view bytes_of(const char *hex, struct buf *out)
{
	buf_clear(out);
	assert_int_equal(hex_decode(view_str(hex), out), 0);
	return buf_view(out);
}

static void assert_hex(const struct buf *b, const char *want)
{
	cleanup_buf text = BUF_INIT;
	assert_int_equal(buf_error(b), 0);
	hex_encode(&text, buf_view(b));
	assert_string_equal(buf_cstr(&text), want);
}

static void lengths_must_be_definite_minimal_and_within_the_input(void **state)
{
	static const char *const BAD[] = {"", "30", "3080", "30800000", "308100", "30817f", "30820080", "3003aabb", "3082ffff", "3085000000000100",
		"3084ffffffff", "0000", "1f8101", "3f0100", "bf8100"};
	(void)state;
	cleanup_buf in = BUF_INIT;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct view cursor = bytes_of(BAD[i], &in), before = cursor;
		struct der_element element = {.tag = 42};
		assert_int_equal(der_read_any(&cursor, &element), XICA_EPARSE);
		assert_int_equal(element.tag, 42);
		assert_ptr_equal(cursor.ptr, before.ptr);
		assert_int_equal(cursor.len, before.len);
	}
}

static void an_element_gives_content_and_whole_and_leaves_the_rest(void **state)
{
	(void)state;
	cleanup_buf in = BUF_INIT;
	struct view cursor = bytes_of("3003020105a000ff", &in), content, whole;
	bool present;
	assert_int_equal(der_read(&cursor, DER_SET, &content), XICA_EPARSE);
	assert_int_equal(der_read_whole(&cursor, DER_SEQUENCE, &whole), 0);
	assert_int_equal(whole.len, 5);
	assert_int_equal(der_read_optional(&cursor, DER_CONTEXT_CONSTRUCTED(1), &present, &content), 0);
	assert_false(present);
	assert_int_equal(der_read_optional(&cursor, DER_CONTEXT_CONSTRUCTED(0), &present, &content), 0);
	assert_true(present);
	assert_int_equal(content.len, 0);
	assert_int_equal(cursor.len, 1);
	assert_int_equal(der_end(cursor), XICA_EPARSE);
	assert_int_equal(der_read_only(buf_view(&in), DER_SEQUENCE, &content), XICA_EPARSE);
	assert_int_equal(der_read_only(whole, DER_SEQUENCE, &content), 0);
	assert_int_equal(content.len, 3);
}

static void integers_are_minimal(void **state)
{
	static const char *const BAD[] = {"0200", "02020001", "0202007f", "0202ff80", "0202ffff", "020301"};
	static const struct {
		const char *hex;
		int error;
		uint64_t value;
	} UINTS[] = {{"020100", 0, 0}, {"02017f", 0, 127}, {"02020080", 0, 128}, {"020900ffffffffffffffff", 0, UINT64_MAX}, {"0201ff", XICA_ERANGE, 0},
		{"0209010000000000000000", XICA_ERANGE, 0}};
	(void)state;
	cleanup_buf in = BUF_INIT;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct view cursor = bytes_of(BAD[i], &in), bytes;
		assert_int_equal(der_read_integer(&cursor, &bytes), XICA_EPARSE);
	}
	for (size_t i = 0; i < sizeof(UINTS) / sizeof(UINTS[0]); i++) {
		struct view cursor = bytes_of(UINTS[i].hex, &in);
		uint64_t value = 0;
		assert_int_equal(der_read_uint(&cursor, &value), UINTS[i].error);
		assert_true(value == UINTS[i].value);
		if (UINTS[i].error)
			continue;
		cleanup_buf out = BUF_INIT;
		der_add_uint(&out, value);
		assert_hex(&out, UINTS[i].hex);
	}
}

static void booleans_are_00_or_ff_and_a_default_is_not_encoded(void **state)
{
	(void)state;
	cleanup_buf in = BUF_INIT;
	bool value;
	struct view cursor = bytes_of("0101ff", &in);
	assert_int_equal(der_read_bool(&cursor, &value), 0);
	assert_true(value);
	cursor = bytes_of("010101", &in);
	assert_int_equal(der_read_bool(&cursor, &value), XICA_EPARSE);
	cursor = bytes_of("010100", &in);
	assert_int_equal(der_read_default_false(&cursor, &value), XICA_EPARSE);
	cursor = bytes_of("0400", &in);
	assert_int_equal(der_read_default_false(&cursor, &value), 0);
	assert_false(value);
	cursor = bytes_of("050100", &in);
	assert_int_equal(der_read_null(&cursor), XICA_EPARSE);
}

static void bit_strings_have_zero_padding_and_named_bits_no_trailing_zeros(void **state)
{
	static const char *const BAD[] = {"0300", "030108", "030101", "03020701", "03020881"};
	static const char *const BAD_NAMED[] = {"03020000", "03030700", "0303078000", "03020680", "030600010203040f"};
	(void)state;
	cleanup_buf in = BUF_INIT;
	uint32_t bits;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct view cursor = bytes_of(BAD[i], &in), bytes;
		unsigned unused;
		assert_int_equal(der_read_bit_string(&cursor, &bytes, &unused), XICA_EPARSE);
	}
	for (size_t i = 0; i < sizeof(BAD_NAMED) / sizeof(BAD_NAMED[0]); i++) {
		struct view cursor = bytes_of(BAD_NAMED[i], &in);
		assert_int_equal(der_read_named_bits(&cursor, &bits), XICA_EPARSE);
	}
	static const struct {
		uint32_t bits;
		const char *hex;
	} GOOD[] = {{0, "030100"}, {1, "03020780"}, {1 << 5 | 1 << 6, "03020106"}, {1 << 0 | 1 << 8, "0303078080"}, {UINT32_C(1) << 31, "03050000000001"}};
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		cleanup_buf out = BUF_INIT;
		der_add_named_bits(&out, GOOD[i].bits);
		assert_hex(&out, GOOD[i].hex);
		struct view cursor = buf_view(&out);
		assert_int_equal(der_read_named_bits(&cursor, &bits), 0);
		assert_true(bits == GOOD[i].bits);
	}
}

static void oids_go_both_ways(void **state)
{
	static const char *const TEXTS[] = {"1.3.6.1.5.5.7.8.7", "2.5.29.17", "0.9.2342.19200300.100.1.25", "2.999.3", "1.0", "2.18446744073709551526",
		"1.2.840.113549.1.9.14"};
	static const char *const BAD_TEXTS[] = {"", "1", "1.", "1.40", "3.1", "1.2.", "1..2", "1.02", "1.2.a", "1.2.18446744073709551616"};
	static const char *const BAD[] = {"0600", "060180", "060280aa", "06022a80", "06032a8001"};
	(void)state;
	cleanup_buf in = BUF_INIT;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		cleanup_buf der = BUF_INIT, text = BUF_INIT;
		struct view oid;
		assert_int_equal(der_add_oid_text(&der, TEXTS[i]), 0);
		struct view cursor = buf_view(&der);
		assert_int_equal(der_read_oid(&cursor, &oid), 0);
		assert_int_equal(der_oid_text(oid, &text), 0);
		assert_view(buf_view(&text), TEXTS[i]);
	}
	for (size_t i = 0; i < sizeof(BAD_TEXTS) / sizeof(BAD_TEXTS[0]); i++) {
		cleanup_buf der = BUF_INIT;
		assert_int_equal(der_add_oid_text(&der, BAD_TEXTS[i]), XICA_EPARSE);
		assert_int_equal(der.len, 0);
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct view cursor = bytes_of(BAD[i], &in), oid;
		assert_int_equal(der_read_oid(&cursor, &oid), XICA_EPARSE);
	}
}

static void every_known_oid_is_well_formed_and_found_by_its_bytes(void **state)
{
	(void)state;
	for (unsigned i = OID_UNKNOWN + 1; i < OID_COUNT; i++) {
		cleanup_buf der = BUF_INIT;
		struct view oid;
		der_add_oid(&der, (enum oid)i);
		struct view cursor = buf_view(&der);
		assert_int_equal(der_read_oid(&cursor, &oid), 0);
		assert_int_equal(oid_find(oid), i);
		assert_non_null(oid_name((enum oid)i));
	}
	static const struct {
		enum oid oid;
		const char *text;
	} TEXTS[] = {{OID_SRV_NAME, "1.3.6.1.5.5.7.8.7"}, {OID_XMPP_ADDR, "1.3.6.1.5.5.7.8.5"}, {OID_ACME_IDENTIFIER, "1.3.6.1.5.5.7.1.31"},
		{OID_TLS_FEATURE, "1.3.6.1.5.5.7.1.24"}, {OID_EKU_SERVER_AUTH, "1.3.6.1.5.5.7.3.1"}, {OID_EXTENSION_REQUEST, "1.2.840.113549.1.9.14"},
		{OID_P256, "1.2.840.10045.3.1.7"}, {OID_P384, "1.3.132.0.34"}, {OID_ECDSA_SHA384, "1.2.840.10045.4.3.3"}, {OID_ED25519, "1.3.101.112"},
		{OID_SCT_LIST, "1.3.6.1.4.1.11129.2.4.2"}, {OID_DOMAIN_COMPONENT, "0.9.2342.19200300.100.1.25"},
		{OID_RSA_SHA256, "1.2.840.113549.1.1.11"}, {OID_AUTHORITY_INFO_ACCESS, "1.3.6.1.5.5.7.1.1"}, {OID_AD_CA_ISSUERS, "1.3.6.1.5.5.7.48.2"}};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		cleanup_buf text = BUF_INIT;
		assert_int_equal(der_oid_text(oid_view(TEXTS[i].oid), &text), 0);
		assert_view(buf_view(&text), TEXTS[i].text);
	}
	assert_int_equal(oid_find(VIEW_LIT("\x2a\x03")), OID_UNKNOWN);
	assert_false(oid_is(VIEW_NONE, OID_UNKNOWN));
}

static void utc_time_serves_through_2049_and_generalized_time_after(void **state)
{
	static const struct {
		xica_time t;
		const char *hex;
	} TIMES[] = {{DER_TIME_1950, "170d3530303130313030303030305a"}, {1777863721, "170d3236303530343033303230315a"},
		{DER_TIME_2050 - 1, "170d3439313233313233353935395a"}, {DER_TIME_2050, "180f32303530303130313030303030305a"},
		{DER_TIME_10000 - 1, "180f39393939313233313233353935395a"}};
	(void)state;
	for (size_t i = 0; i < sizeof(TIMES) / sizeof(TIMES[0]); i++) {
		cleanup_buf out = BUF_INIT;
		xica_time t;
		der_add_time(&out, TIMES[i].t);
		assert_hex(&out, TIMES[i].hex);
		struct view cursor = buf_view(&out);
		assert_int_equal(der_read_time(&cursor, &t), 0);
		assert_true(t == TIMES[i].t);
	}
	cleanup_buf out = BUF_INIT;
	der_add_time(&out, DER_TIME_10000);
	assert_int_equal(buf_error(&out), XICA_ENOMEM);
}

static void other_forms_of_time_are_refused(void **state)
{
	static const struct {
		uint8_t tag;
		const char *text;
	} BAD[] = {{DER_UTC_TIME, "2605040302Z"}, {DER_UTC_TIME, "260504030201+0000"}, {DER_UTC_TIME, "260504030201"}, {DER_UTC_TIME, "260231000000Z"},
		{DER_UTC_TIME, "261304030201Z"}, {DER_UTC_TIME, "260504240000Z"}, {DER_UTC_TIME, "260504030260Z"}, {DER_UTC_TIME, "2605040302 1Z"},
		{DER_GENERALIZED_TIME, "20260504030201Z"}, {DER_GENERALIZED_TIME, "20600504030201.5Z"}, {DER_GENERALIZED_TIME, "20600504030201"},
		{DER_GENERALIZED_TIME, "20610229000000Z"}, {DER_IA5_STRING, "260504030201Z"}};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_buf der = BUF_INIT;
		xica_time t = 42;
		der_add(&der, BAD[i].tag, view_str(BAD[i].text));
		struct view cursor = buf_view(&der);
		assert_int_equal(der_read_time(&cursor, &t), XICA_EPARSE);
		assert_int_equal(t, 42);
	}
}

static void nested_elements_of_any_length_close_with_the_right_length(void **state)
{
	static const size_t LENGTHS[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
	(void)state;
	for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
		cleanup_buf out = BUF_INIT;
		struct view outer, inner, content;
		size_t mark = der_open(&out, DER_SEQUENCE);
		size_t inner_mark = der_open(&out, DER_CONTEXT_CONSTRUCTED(3));
		size_t octets = der_open(&out, DER_OCTET_STRING);
		for (size_t n = 0; n < LENGTHS[i]; n++)
			buf_add_byte(&out, (uint8_t)n);
		der_close(&out, octets);
		der_close(&out, inner_mark);
		der_add_null(&out);
		der_close(&out, mark);
		assert_int_equal(der_read_only(buf_view(&out), DER_SEQUENCE, &outer), 0);
		assert_int_equal(der_read(&outer, DER_CONTEXT_CONSTRUCTED(3), &inner), 0);
		assert_int_equal(der_read_null(&outer), 0);
		assert_int_equal(der_end(outer), 0);
		assert_int_equal(der_read_only(inner, DER_OCTET_STRING, &content), 0);
		assert_int_equal(content.len, LENGTHS[i]);
		for (size_t n = 0; n < content.len; n++)
			assert_int_equal(content.ptr[n], (uint8_t)n);
	}
}

static void serial_numbers_stay_positive_and_minimal(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	der_add_integer(&out, VIEW_LIT("\x00\x00\x80\x01"));
	assert_hex(&out, "0203008001");
	buf_clear(&out);
	der_add_integer(&out, VIEW_LIT("\x00\x00"));
	assert_hex(&out, "020100");
	buf_clear(&out);
	der_add_bit_bytes(&out, VIEW_LIT("\x01\x02"));
	der_add_bool(&out, true);
	assert_hex(&out, "03030001020101ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_must_be_definite_minimal_and_within_the_input),
		cmocka_unit_test(an_element_gives_content_and_whole_and_leaves_the_rest),
		cmocka_unit_test(integers_are_minimal),
		cmocka_unit_test(booleans_are_00_or_ff_and_a_default_is_not_encoded),
		cmocka_unit_test(bit_strings_have_zero_padding_and_named_bits_no_trailing_zeros),
		cmocka_unit_test(oids_go_both_ways),
		cmocka_unit_test(every_known_oid_is_well_formed_and_found_by_its_bytes),
		cmocka_unit_test(utc_time_serves_through_2049_and_generalized_time_after),
		cmocka_unit_test(other_forms_of_time_are_refused),
		cmocka_unit_test(nested_elements_of_any_length_close_with_the_right_length),
		cmocka_unit_test(serial_numbers_stay_positive_and_minimal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
