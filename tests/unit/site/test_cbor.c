#include "check.h"
#include "site/cbor.h"

static void heads_are_read_with_their_numbers_and_strings(void **state)
{
	struct view text = VIEW_LIT("\x17\x18\xff\x19\x01\x00\x1a\x00\x01\x00\x00\x1b\x00\x00\x00\x01\x00\x00\x00\x00\x26\x43" "abc" "\x62" "de" "\xa1\x82\xf5");
	static const struct {
		enum cbor_type type;
		uint64_t number;
		const char *bytes;
	} WANT[] = {{CBOR_UNSIGNED, 23, ""}, {CBOR_UNSIGNED, 255, ""}, {CBOR_UNSIGNED, 256, ""}, {CBOR_UNSIGNED, 65536, ""}, {CBOR_UNSIGNED, 1ULL << 32, ""},
		{CBOR_NEGATIVE, 6, ""}, {CBOR_BYTES, 3, "abc"}, {CBOR_TEXT, 2, "de"}, {CBOR_MAP, 1, ""}, {CBOR_ARRAY, 2, ""}, {CBOR_SIMPLE, 21, ""}};
	(void)state;
	for (size_t i = 0; i < sizeof(WANT) / sizeof(WANT[0]); i++) {
		struct cbor_item item;
		assert_int_equal(cbor_read(&text, &item), 0);
		assert_int_equal(item.type, WANT[i].type);
		assert_int_equal(item.number, WANT[i].number);
		assert_view(item.bytes, WANT[i].bytes);
	}
	assert_int_equal(text.len, 0);
}

static void what_is_cut_short_or_has_no_length_is_refused_and_nothing_is_taken(void **state)
{
	static const struct view BAD[] = {{(const uint8_t *)"", 0}, {(const uint8_t *)"\x18", 1}, {(const uint8_t *)"\x19\x01", 2}, {(const uint8_t *)"\x43" "ab", 3},
		{(const uint8_t *)"\x5f\x41" "a\xff", 4}, {(const uint8_t *)"\x1c", 1}, {(const uint8_t *)"\x5b\xff\xff\xff\xff\xff\xff\xff\xff" "a", 10}};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct view text = BAD[i];
		struct cbor_item item;
		assert_int_equal(cbor_read(&text, &item), XICA_EPARSE);
		assert_int_equal(text.len, BAD[i].len);
	}
	struct view tag = VIEW_LIT("\xc0\x01");
	struct cbor_item item;
	assert_int_equal(cbor_read(&tag, &item), XICA_EUNSUPPORTED);
}

static void an_item_is_skipped_with_all_that_is_in_it(void **state)
{
	struct view text = VIEW_LIT("\xa2\x61" "a" "\x82\x01\x80\x61" "b" "\xa1\x02\x43" "xyz" "\x07");
	(void)state;
	assert_int_equal(cbor_skip(&text), 0);
	assert_view(text, "\x07");
	assert_int_equal(cbor_skip(&text), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(cbor_skip(&text), XICA_EPARSE);
}

static void depth_and_counts_are_bounded(void **state)
{
	struct view deep = VIEW_LIT("\x81\x81\x81\x81\x81\x81\x81\x01"), deeper = VIEW_LIT("\x81\x81\x81\x81\x81\x81\x81\x81\x01"),
		    many = VIEW_LIT("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), pairs = VIEW_LIT("\xbb\x80\x00\x00\x00\x00\x00\x00\x00");
	(void)state;
	assert_int_equal(cbor_skip(&deep), 0);
	assert_int_equal(cbor_skip(&deeper), XICA_EPARSE);
	assert_int_equal(cbor_skip(&many), XICA_EPARSE);
	assert_int_equal(cbor_skip(&pairs), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_read_with_their_numbers_and_strings),
		cmocka_unit_test(what_is_cut_short_or_has_no_length_is_refused_and_nothing_is_taken),
		cmocka_unit_test(an_item_is_skipped_with_all_that_is_in_it),
		cmocka_unit_test(depth_and_counts_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
