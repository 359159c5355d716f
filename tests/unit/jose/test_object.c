#include "check.h"
#include "jose/object.h"

static bool reads(const char *text)
{
	struct jose_object object;
	int error = jose_object_read(view_str(text), &object);
	assert_true(error == 0 || error == XICA_EPARSE);
	if (error)
		assert_null(object.json);
	jose_object_free(&object);
	return !error;
}

static bool in_place(const char *text)
{
	struct jose_object object;
	assert_int_equal(jose_object_read(view_str(text), &object), 0);
	bool plain = !object.json;
	jose_object_free(&object);
	return plain;
}

static void a_few_plain_strings_are_read_in_place(void **state)
{
	(void)state;
	assert_true(in_place("{}"));
	assert_true(in_place(" \t\r\n{ \"a\" : \"b\" , \"c\":\"\" } \n"));
	assert_true(in_place("{\"protected\":\"eyJ9\",\"payload\":\"\",\"signature\":\"_-\"}"));
	assert_true(in_place("{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":\"\",\"7\":\"\",\"8\":\"\"}"));
}

static void everything_else_is_left_to_jansson(void **state)
{
	(void)state;
	assert_false(in_place("{\"a\":\"\\u0062\"}"));
	assert_false(in_place("{\"\\u0061\":\"b\"}"));
	assert_false(in_place("{\"a\":\"\xc3\xa4\"}"));
	assert_false(in_place("{\"a\":\"b\",\"c\":1}"));
	assert_false(in_place("{\"a\":{}}"));
	assert_false(in_place("{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":\"\",\"7\":\"\",\"8\":\"\",\"9\":\"\"}"));
}

static void what_is_no_object_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":\"b\"", "{\"a\":\"b\",}", "{,}", "{\"a\":\"b\" \"c\":\"d\"}", "{\"a\":\"b\"}}",
		"{}x", "[\"a\"]", "\"a\"", "{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":\"b\",\"\\u0061\":\"c\"}", "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", "{\"a\":\"b}", "{'a':'b'}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (reads(BAD[i]))
			fail_msg("accepted: %s", BAD[i]);
	struct jose_object object;
	assert_int_equal(jose_object_read(view_bytes("{}\0", 3), &object), XICA_EPARSE);
	assert_int_equal(jose_object_read(view_bytes("{\"a\":\"\0\"}", 9), &object), XICA_EPARSE);
	assert_int_equal(jose_object_read(VIEW_NONE, &object), XICA_EPARSE);
}

static void check_members(const char *text)
{
	struct jose_object object;
	struct view value;
	assert_int_equal(jose_object_read(view_str(text), &object), 0);
	assert_int_equal(jose_object_find(&object, "a", &value), JOSE_STRING);
	assert_true(view_equal_str(value, "b"));
	assert_int_equal(jose_object_find(&object, "empty", &value), JOSE_STRING);
	assert_int_equal(value.len, 0);
	assert_int_equal(jose_object_find(&object, "none", &value), JOSE_ABSENT);
	assert_null(value.ptr);
	assert_true(jose_object_has(&object, "a"));
	assert_false(jose_object_has(&object, "b"));
	assert_null(jose_object_json(&object, "a"));
	assert_null(jose_object_json(&object, "none"));
	jose_object_free(&object);
}

static void members_are_found_by_name_in_both_forms(void **state)
{
	(void)state;
	check_members("{\"a\":\"b\",\"empty\":\"\"}");
	check_members("{\"a\":\"\\u0062\",\"empty\":\"\",\"n\":null}");
}

static void a_member_that_is_no_string_says_so(void **state)
{
	(void)state;
	struct jose_object object;
	struct view value;
	assert_int_equal(jose_object_read(VIEW_LIT("{\"n\":null,\"list\":[1]}"), &object), 0);
	assert_int_equal(jose_object_find(&object, "n", &value), JOSE_OTHER);
	assert_null(value.ptr);
	assert_true(json_is_array(jose_object_json(&object, "list")));
	struct jose_object same = jose_object_of(object.json);
	assert_true(jose_object_has(&same, "list"));
	jose_object_free(&object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_plain_strings_are_read_in_place), cmocka_unit_test(everything_else_is_left_to_jansson),
		cmocka_unit_test(what_is_no_object_is_refused), cmocka_unit_test(members_are_found_by_name_in_both_forms),
		cmocka_unit_test(a_member_that_is_no_string_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
