#include "dns/name.h"

#include "check.h"

static void assert_name(struct view message, size_t at, const char *text, size_t after)
{
	cleanup_buf out = BUF_INIT;
	assert_int_equal(dns_name_read(message, &at, true, &out), 0);
	assert_view(buf_view(&out), text);
	assert_int_equal(at, after);
}

static int read_error(struct view message, size_t at, bool pointers)
{
	cleanup_buf out = BUF_INIT;
	return dns_name_read(message, &at, pointers, &out);
}

static void labels_are_joined_by_dots_in_lower_case(void **state)
{
	(void)state;
	assert_name(VIEW_LIT("\4XMPP\7eXaMple\0"), 0, "xmpp.example", 14);
	assert_name(VIEW_LIT("\0"), 0, "", 1);
}

static void pointers_lead_backwards(void **state)
{
	(void)state;
	assert_name(VIEW_LIT("\7example\0\3www\xc0\0rest"), 9, "www.example", 15);
	assert_name(VIEW_LIT("\7example\0\xc0\0\xc0\x9"), 11, "example", 13);
	assert_int_equal(read_error(VIEW_LIT("\xc0\0"), 0, true), XICA_EPARSE);       // to itself
	assert_int_equal(read_error(VIEW_LIT("\xc0\2\1a\0"), 0, true), XICA_EPARSE);  // forwards
	assert_int_equal(read_error(VIEW_LIT("\1a\xc0\0"), 2, true), XICA_EPARSE);    // back into itself
	assert_int_equal(read_error(VIEW_LIT("\7example\0\xc0"), 9, true), XICA_EPARSE);
	assert_int_equal(read_error(VIEW_LIT("\7example\0\xc0\0"), 9, false), XICA_EPARSE);
}

static void a_name_that_ends_early_or_is_too_long_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_error(VIEW_NONE, 0, true), XICA_EPARSE);
	assert_int_equal(read_error(VIEW_LIT("\7exam"), 0, true), XICA_EPARSE);
	assert_int_equal(read_error(view_bytes("\1a", 2), 0, true), XICA_EPARSE);
	assert_int_equal(read_error(VIEW_LIT("\x40" "a"), 0, true), XICA_EPARSE); // a label of 64
	cleanup_buf wire = BUF_INIT;
	for (int i = 0; i < 127; i++)
		buf_add(&wire, VIEW_LIT("\1a"));
	buf_add_byte(&wire, 0); // 255 bytes: the longest
	assert_int_equal(read_error(buf_view(&wire), 0, true), 0);
	buf_truncate(&wire, wire.len - 1);
	buf_add(&wire, VIEW_LIT("\1a"));
	buf_add_byte(&wire, 0);
	assert_int_equal(read_error(buf_view(&wire), 0, true), XICA_EPARSE);
}

static void no_two_names_look_alike(void **state)
{
	(void)state;
	assert_name(VIEW_LIT("\3a.b\0"), 0, "a\\046b", 5);
	assert_name(VIEW_LIT("\3a\\b\0"), 0, "a\\092b", 5);
	assert_name(VIEW_LIT("\2\0\n\0"), 0, "\\000\\010", 4);
}

static void only_plain_names_are_asked_for(void **state)
{
	(void)state;
	assert_true(dns_name_is_askable(VIEW_LIT("_acme-challenge.xmpp.example")));
	assert_true(dns_name_is_askable(VIEW_LIT("example")));
	static const char *const BAD[] = {"", ".", "example.", ".example", "a..b", "A.example", "*.example", "a b", "a\\046b", "a/b",
					  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(dns_name_is_askable(view_str(BAD[i])));
	assert_false(dns_name_is_askable(VIEW_LIT("a\0b")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_joined_by_dots_in_lower_case),
		cmocka_unit_test(pointers_lead_backwards),
		cmocka_unit_test(a_name_that_ends_early_or_is_too_long_is_refused),
		cmocka_unit_test(no_two_names_look_alike),
		cmocka_unit_test(only_plain_names_are_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
