#include "base/base64url.h"
#include "base/hex.h"
#include "check.h"

static void every_vector_of_rfc_4648_goes_both_ways(void **state)
{
	static const char *const VECTORS[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
		{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
	(void)state;
	for (size_t i = 0; i < sizeof(VECTORS) / sizeof(VECTORS[0]); i++) {
		cleanup_buf text = BUF_INIT, bytes = BUF_INIT;
		base64_encode(&text, view_str(VECTORS[i][0]));
		assert_view(buf_view(&text), VECTORS[i][1]);
		assert_int_equal(base64_decode(buf_view(&text), &bytes), 0);
		assert_view(buf_view(&bytes), VECTORS[i][0]);
	}
}

static void url_alphabet_has_no_padding(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT, bytes = BUF_INIT;
	base64url_encode(&text, view_bytes("\xfb\xff\xfe\x01", 4));
	assert_view(buf_view(&text), "-__-AQ");
	assert_int_equal(base64url_decode(buf_view(&text), &bytes), 0);
	assert_int_equal(bytes.len, 4);
}

static void what_is_not_base64url_is_refused_and_leaves_the_buffer_alone(void **state)
{
	static const char *const BAD[] = {"A", "AAAAA", "Zg==", "Zm8=", "a b", "a+b/", "Zh", "Zm9", "AA\n", "Zm9v\xc3"};
	(void)state;
	cleanup_buf out = BUF_INIT;
	buf_add_str(&out, "kept");
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		assert_int_equal(base64url_decode(view_str(BAD[i]), &out), XICA_EPARSE);
		assert_view(buf_view(&out), "kept");
	}
}

static void hex_goes_both_ways(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT, bytes = BUF_INIT;
	hex_encode(&text, view_bytes("\x00\xab\xff", 3));
	assert_view(buf_view(&text), "00abff");
	assert_int_equal(hex_decode(VIEW_LIT("00ABff"), &bytes), 0);
	assert_memory_equal(bytes.ptr, "\x00\xab\xff", 3);
	assert_int_equal(hex_decode(VIEW_LIT("0"), &bytes), XICA_EPARSE);
	assert_int_equal(hex_decode(VIEW_LIT("0g"), &bytes), XICA_EPARSE);
	assert_int_equal(bytes.len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_of_rfc_4648_goes_both_ways),
		cmocka_unit_test(url_alphabet_has_no_padding),
		cmocka_unit_test(what_is_not_base64url_is_refused_and_leaves_the_buffer_alone),
		cmocka_unit_test(hex_goes_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
