// Lines of acts, and what they must have left in the database.
#include "check.h"
#include "inspect/expected.h"

static struct inspect_expected expected;
static struct arena arena;

static int tear_down(void **state)
{
	(void)state;
	inspect_expected_free(&expected);
	arena_free(&arena);
	return 0;
}

static int take(const struct inspect_act *act, void *context)
{
	(*(size_t *)context)++;
	return inspect_expect(&expected, act);
}

// How many acts the line tells of.
static size_t tell(const char *text)
{
	size_t count = 0;
	json_t *line = json_loads(text, 0, NULL);
	assert_non_null(line);
	const char *kind = json_string_value(json_object_get(line, "kind"));
	assert_int_equal(inspect_acts_read(kind ? kind : "operator", line, take, &count), 0);
	json_decref(line);
	return count;
}

static const struct inspect_act *left(enum inspect_subject_kind kind, const char *name)
{
	const struct inspect_entry *entry = inspect_expected_find(&expected, kind, view_str(name));
	return entry ? &entry->act : NULL;
}

#define DONE(second) "\"done\":\"2026-05-04T03:02:0" second "Z\",\"by\":\"uid 0 (control socket)\""
#define BLOCK(command, more, second) "{\"command\":\"" command "\"," DONE(second) ",\"outcome\":{\"value\":\"evil.example\",\"by\":\"me\",\"time\":\"2026-05-04T03:02:0" second "Z\"" more "}}"

static void a_name_is_as_the_last_act_about_it_left_it(void **state)
{
	(void)state;
	assert_null(left(INSPECT_OF_NAME, "evil.example"));
	assert_int_equal(tell(BLOCK("block-name", ",\"below\":false,\"reason\":\"a\"", "1")), 1);
	assert_int_equal(tell(BLOCK("block-name", ",\"below\":true,\"reason\":\"b\"", "2")), 1);
	const struct inspect_act *act = left(INSPECT_OF_NAME, "evil.example");
	assert_true(act && act->flag);
	assert_view(act->text, "b");
	assert_view(act->by, "me");
	assert_null(left(INSPECT_OF_NETWORK, "evil.example"));
	assert_int_equal(tell("{\"command\":\"unblock\"," DONE("3") ",\"arguments\":{\"name\":\"Evil.Example\"},\"outcome\":{\"value\":\"evil.example\"}}"), 1);
	assert_null(left(INSPECT_OF_NAME, "evil.example"));
}

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void a_key_stays_blocked_as_it_was_first(void **state)
{
	(void)state;
	assert_int_equal(tell("{\"kind\":\"block-key\"," DONE("1") ",\"spki_sha256\":\"" KEY "\",\"reason\":\"first\"}"), 1);
	assert_int_equal(tell("{\"command\":\"block-add\"," DONE("2") ",\"arguments\":{\"spki\":\"" KEY "\",\"reason\":\"second\"}}"), 1);
	assert_int_equal(expected.count, 1);
	assert_view(expected.first->act.text, "first");
	assert_int_equal(tell("{\"kind\":\"block-key\"," DONE("1") ",\"spki_sha256\":\"0123\"}"), 0);
}

static void an_account_is_expected_only_where_it_is_not_valid(void **state)
{
	(void)state;
	assert_int_equal(tell("{\"kind\":\"account\"," DONE("1") ",\"account\":7,\"status\":\"suspended\",\"rests\":true,\"account_key\":{\"kty\":\"EC\",\"crv\":\"P-256\"}}"), 1);
	const struct inspect_act *act = left(INSPECT_OF_ACCOUNT, "7");
	assert_true(act && act->flag && act->kind == INSPECT_ACT_ACCOUNT_SUSPENDED);
	assert_view(act->text, "{\"crv\":\"P-256\",\"kty\":\"EC\"}");
	assert_int_equal(tell("{\"kind\":\"account\"," DONE("2") ",\"account\":7,\"status\":\"valid\"}"), 1);
	assert_null(left(INSPECT_OF_ACCOUNT, "7"));
	assert_int_equal(tell("{\"kind\":\"account\"," DONE("2") ",\"account\":0,\"status\":\"suspended\"}"), 0);
	assert_int_equal(tell("{\"kind\":\"account\"," DONE("2") ",\"account\":7,\"status\":\"elsewhere\"}"), 0);
}

static void a_call_to_renew_keeps_the_time_of_the_first(void **state)
{
	static const char CALL[] = "{\"command\":\"cert-renew-now\"," DONE("1") ",\"outcome\":{\"serials\":[\"0a0b\",\"x\",\"0c\"],\"explanation\":\"\"}}";
	static const char AGAIN[] = "{\"command\":\"cert-renew-now\"," DONE("5") ",\"outcome\":{\"serials\":[\"0a0b\"],\"explanation\":\"https://example.org/\"}}";
	(void)state;
	assert_int_equal(tell(CALL), 2);
	assert_int_equal(tell(AGAIN), 1);
	const struct inspect_act *act = left(INSPECT_OF_RENEWAL, "\x0a\x0b"), *other = left(INSPECT_OF_RENEWAL, "\x0c");
	assert_true(act && other && act->time == other->time);
	assert_view(act->text, "https://example.org/");
}

static void a_deleted_person_is_neither_suspended_nor_an_operator(void **state)
{
	(void)state;
	assert_int_equal(tell("{\"command\":\"person-operator\"," DONE("1") ",\"outcome\":{\"person\":3,\"operator\":true}}"), 1);
	assert_int_equal(tell("{\"command\":\"person-suspend\"," DONE("1") ",\"outcome\":{\"person\":3,\"accounts\":0}}"), 1);
	assert_true(left(INSPECT_OF_PERSON, "3") && left(INSPECT_OF_OPERATOR, "3"));
	assert_int_equal(tell("{\"kind\":\"person\"," DONE("2") ",\"person\":3}"), 1);
	assert_true(!left(INSPECT_OF_PERSON, "3") && !left(INSPECT_OF_OPERATOR, "3"));
}

static void thousands_are_found_again(void **state)
{
	(void)state;
	for (int i = 1; i <= 5000; i++)
		assert_int_equal(tell(arena_printf(&arena, "{\"kind\":\"eab\"," DONE("1") ",\"kid\":\"key %d\"}", i)), 1);
	for (int i = 1; i <= 5000; i++)
		assert_non_null(left(INSPECT_OF_EAB, arena_printf(&arena, "key %d", i)));
	assert_int_equal(expected.count, 5000);
	assert_null(left(INSPECT_OF_EAB, "key 5001"));
}

static void a_text_that_a_line_cut_short_is_the_whole_one_still(void **state)
{
	(void)state;
	assert_true(inspect_act_text_is(view_str("why"), view_str("why")));
	assert_true(inspect_act_text_is(view_str("wh…"), view_str("whatever")));
	assert_false(inspect_act_text_is(view_str("wh…"), view_str("w")));
	assert_false(inspect_act_text_is(view_str("why"), view_str("whyever")));
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_name_is_as_the_last_act_about_it_left_it),
		T(a_key_stays_blocked_as_it_was_first),
		T(an_account_is_expected_only_where_it_is_not_valid),
		T(a_call_to_renew_keeps_the_time_of_the_first),
		T(a_deleted_person_is_neither_suspended_nor_an_operator),
		T(thousands_are_found_again),
		T(a_text_that_a_line_cut_short_is_the_whole_one_still),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
