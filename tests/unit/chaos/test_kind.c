#include "chaos/kind.h"
#include "check.h"

static void nothing_said_is_all_of_it(void **state)
{
	unsigned kinds = 0;
	(void)state;
	assert_int_equal(chaos_kinds_parse(VIEW_NONE, &kinds), 0);
	assert_int_equal(kinds, CHAOS_ALL);
	assert_int_equal(chaos_kinds_parse(VIEW_LIT("all"), &kinds), 0);
	assert_int_equal(kinds, CHAOS_ALL);
}

static void words_name_kinds_or_leave_them_out(void **state)
{
	unsigned kinds = 0;
	(void)state;
	assert_int_equal(chaos_kinds_parse(VIEW_LIT("nonce"), &kinds), 0);
	assert_int_equal(kinds, CHAOS_NONCE);
	assert_int_equal(chaos_kinds_parse(VIEW_LIT("delay,eab,nonce"), &kinds), 0);
	assert_int_equal(kinds, CHAOS_NONCE | CHAOS_DELAY | CHAOS_EAB);
	assert_int_equal(chaos_kinds_parse(VIEW_LIT("-eab,-drop"), &kinds), 0);
	assert_int_equal(kinds, CHAOS_ALL & ~(CHAOS_EAB | CHAOS_DROP));
}

static void what_is_no_list_of_kinds_is_refused(void **state)
{
	static const char *const WRONG[] = {"nonse", "nonce,", ",nonce", "nonce,,delay", "nonce,-delay", "-", "--eab", " nonce", "NONCE",
		"-nonce,-busy,-date,-delay,-processing,-shuffle,-drop,-expire,-pages,-chains,-profile,-eab"};
	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		unsigned kinds = 77;
		assert_int_equal(chaos_kinds_parse(view_str(WRONG[i]), &kinds), XICA_EPARSE);
		assert_int_equal(kinds, 77);
	}
}

static void every_kind_is_written_as_it_is_read(void **state)
{
	(void)state;
	for (unsigned bit = 1; bit < CHAOS_ALL; bit <<= 1) {
		unsigned kinds = 0;
		cleanup_buf text = BUF_INIT;
		chaos_kinds_write(bit | CHAOS_NONCE, &text);
		assert_int_equal(chaos_kinds_parse(buf_view(&text), &kinds), 0);
		assert_int_equal(kinds, bit | CHAOS_NONCE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_is_all_of_it),
		cmocka_unit_test(words_name_kinds_or_leave_them_out),
		cmocka_unit_test(what_is_no_list_of_kinds_is_refused),
		cmocka_unit_test(every_kind_is_written_as_it_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
