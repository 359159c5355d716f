#include "base/base32.h"
#include "check.h"
#include "crypto/init.h"
#include "site/totp.h"

static const struct view SECRET = VIEW_LIT("12345678901234567890"); // RFC 6238 appendix B

static void the_codes_are_those_of_rfc_6238(void **state)
{
	static const struct {
		xica_time time;
		uint32_t code; // the last six of the eight digits there
	} VECTORS[] = {{59, 287082}, {1111111109, 81804}, {1111111111, 50471}, {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
	(void)state;
	for (size_t i = 0; i < sizeof(VECTORS) / sizeof(VECTORS[0]); i++) {
		uint32_t code = 0;
		assert_int_equal(totp_code(SECRET, (uint64_t)VECTORS[i].time / TOTP_STEP, &code), 0);
		assert_int_equal(code, VECTORS[i].code);
	}
}

static void a_code_is_good_one_step_around_its_own(void **state)
{
	const xica_time own = 1111111111 / TOTP_STEP * TOTP_STEP;
	int64_t step = 0;
	(void)state;
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), own, 0, &step), 0);
	assert_int_equal(step, 1111111111 / TOTP_STEP);
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), own - TOTP_STEP, 0, &step), 0);
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), own + 2 * TOTP_STEP - 1, 0, &step), 0);
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), own + 2 * TOTP_STEP, 0, &step), XICA_EDENIED);
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), own - TOTP_STEP - 1, 0, &step), XICA_EDENIED);
}

static void a_step_that_was_used_and_those_before_it_are_good_no_more(void **state)
{
	const int64_t own = 1111111111 / TOTP_STEP;
	int64_t step = 0;
	(void)state;
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), 1111111111, own - 1, &step), 0);
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), 1111111111, own, &step), XICA_EDENIED);
	assert_int_equal(totp_check(SECRET, VIEW_LIT("050471"), 1111111111, own + 1, &step), XICA_EDENIED);
}

static void what_is_not_six_digits_is_no_code(void **state)
{
	static const char *const BAD[] = {"", "50471", "0050471", "05047a", " 50471", "-50471", "05047\xd9\xa1"};
	int64_t step = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(totp_check(SECRET, view_str(BAD[i]), 1111111111, 0, &step), XICA_EDENIED);
	assert_int_equal(totp_check(VIEW_NONE, VIEW_LIT("050471"), 1111111111, 0, &step), XICA_EDENIED);
}

static void base32_is_that_of_rfc_4648_without_padding(void **state)
{
	static const char *const PAIRS[][2] = {{"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"}, {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"},
					       {"foobar", "MZXW6YTBOI"}};
	(void)state;
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		cleanup_buf out = BUF_INIT;
		base32_encode(&out, view_str(PAIRS[i][0]));
		assert_view(buf_view(&out), PAIRS[i][1]);
	}
}

static void an_address_cannot_add_parameters_to_the_uri(void **state)
{
	cleanup_buf out = BUF_INIT;
	(void)state;
	totp_add_uri(&out, SECRET, VIEW_LIT("ca.example"), VIEW_LIT("a&secret=x?:@example.org"));
	assert_view(buf_view(&out), "otpauth://totp/ca.example:a%26secret%3Dx%3F%3A%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ca.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_codes_are_those_of_rfc_6238),
		cmocka_unit_test(a_code_is_good_one_step_around_its_own),
		cmocka_unit_test(a_step_that_was_used_and_those_before_it_are_good_no_more),
		cmocka_unit_test(what_is_not_six_digits_is_no_code),
		cmocka_unit_test(base32_is_that_of_rfc_4648_without_padding),
		cmocka_unit_test(an_address_cannot_add_parameters_to_the_uri),
	};
	return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
