#include "check.h"
#include "jose/jws.h"

static bool accepts(const char *text)
{
	json_t *json = jose_json_parse(view_str(text));
	bool accepted = json != NULL;
	json_decref(json);
	return accepted;
}

static void objects_and_arrays_are_accepted_with_white_space_around(void **state)
{
	(void)state;
	assert_true(accepts("{}"));
	assert_true(accepts("[]"));
	assert_true(accepts(" {\"a\": [1, 2.5, true, null, \"\\u00e9\"]}\r\n"));
}

static void a_name_that_stands_twice_is_refused_at_any_depth(void **state)
{
	(void)state;
	assert_false(accepts("{\"a\":1,\"a\":1}"));
	assert_false(accepts("{\"b\":[{\"a\":1,\"a\":2}]}"));
	assert_false(accepts("{\"b\":{\"c\":{\"d\":{\"a\":1,\"x\":2,\"a\":3}}}}"));
	assert_false(accepts("{\"a\":1,\"\\u0061\":2}")); // the same name in another spelling
	assert_true(accepts("{\"a\":{\"a\":{\"a\":1}}}"));
}

static void what_follows_the_value_is_refused(void **state)
{
	(void)state;
	assert_false(accepts("{} {}"));
	assert_false(accepts("{}x"));
	assert_null(jose_json_parse(view_bytes("{}\0", 3)));
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	assert_true(accepts("[[[[[[[[1]]]]]]]]"));
	assert_false(accepts("[[[[[[[[[1]]]]]]]]]"));
	assert_false(accepts("{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}"));
	assert_true(accepts("[\"[[[[[[[[[[{{{{{{\", \"\\\"[[[[[[[[[[\"]")); // brackets in strings do not count
	assert_true(accepts("[[],[],[],[],[],[],[],[],[],[]]"));
}

static void what_is_no_json_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", " ", "{", "[1,]", "{\"a\"}", "{a:1}", "'a'", "nul", "[\"\\u0000\"]", "{\"\\u0000\":1}",
		"[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\\ud800\"]", "[01]", "[NaN]", "[1e999]", "[99999999999999999999]", "[\"a\nb\"]",
		"/* */{}", "\xef\xbb\xbf{}", "]]", "\"text\"", "1"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (accepts(BAD[i]))
			fail_msg("accepted: %s", BAD[i]);
	assert_null(jose_json_parse(view_bytes("[\"\0\"]", 5)));
	assert_null(jose_json_parse(VIEW_NONE));
}

static void seeding_happens_as_often_as_it_is_asked_for(void **state)
{
	(void)state;
	assert_int_equal(jose_init(), 0);
	assert_int_equal(jose_init(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeding_happens_as_often_as_it_is_asked_for),
		cmocka_unit_test(objects_and_arrays_are_accepted_with_white_space_around),
		cmocka_unit_test(a_name_that_stands_twice_is_refused_at_any_depth),
		cmocka_unit_test(what_follows_the_value_is_refused),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(what_is_no_json_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
