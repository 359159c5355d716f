// Malformed requests, and sessions: their cookies, their ends, their tokens.
#include "site_rig.h"

#include <stdio.h>
#include <stdlib.h>

static void paths_and_methods_are_those_of_the_tables(struct rig *rig)
{
	assert_int_equal(rig_get(rig, "/api/nothing"), 404);
	assert_string_equal(rig->word, "not-found");
	assert_int_equal(rig_get(rig, "/api/session/"), 404);
	assert_int_equal(rig_get(rig, "/api/log-in"), 405);
	assert_string_equal(rig->word, "wrong-method");
	assert_int_equal(rig_post(rig, "/api/session", "{}"), 405);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
}

static void a_body_is_one_json_object(struct rig *rig)
{
	static const char *const BAD[] = {"", "[]", "null", "\"x\"", "{", "{\"address\":\"a\",\"address\":\"b\"}", "{} {}", "{\"a\":\"\\u0000\"}",
					  "{\"a\":[[[[[[[[[[]]]]]]]]]]}", "address=a&password=b"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		assert_int_equal(rig_post(rig, "/api/log-in", BAD[i]), 400);
		assert_string_equal(rig->word, "form");
	}
	char *huge = malloc(70000);
	memset(huge, ' ', 69999);
	huge[0] = '{', huge[69998] = '}', huge[69999] = 0;
	assert_int_equal(rig_post(rig, "/api/log-in", huge), 413);
	free(huge);
}

static void members_are_texts_of_their_length(struct rig *rig)
{
	assert_int_equal(rig_post(rig, "/api/log-in", "{\"password\":\"x\"}"), 422);
	assert_string_equal(rig->word, "missing");
	assert_string_equal(rig->field, "address");
	assert_int_equal(rig_post(rig, "/api/log-in", "{\"address\":7,\"password\":\"x\"}"), 422);
	assert_string_equal(rig->word, "form");
	assert_int_equal(rig_post(rig, "/api/log-in", "{\"address\":\"a@b\\r\\nBcc: c@d\",\"password\":\"x\"}"), 422);
	assert_string_equal(rig->word, "address");
	char body[1200] = "{\"password\":\"x\",\"address\":\"";
	size_t len = strlen(body);
	memset(body + len, 'a', 1100);
	memcpy(body + len + 1100, "\"}", 3);
	assert_int_equal(rig_post(rig, "/api/log-in", body), 422);
	assert_string_equal(rig->word, "too-long");
}

static void without_a_session_there_is_nothing_to_see_or_do(struct rig *rig)
{
	static const char *const POSTS[] = {"/api/log-out-everywhere", "/api/show-password", "/api/person/password", "/api/person/address", "/api/person/language",
					    "/api/person/sessions/1/end", "/api/person/delete", "/api/person/totp/begin", "/api/person/totp/finish",
					    "/api/person/totp/remove", "/api/person/recovery-codes", "/api/person/passkeys/begin", "/api/person/passkeys/finish",
					    "/api/person/passkeys/x/remove", "/api/log-in/code"};
	static const char *const GETS[] = {"/api/person/sessions", "/api/person/export", "/api/person/passkeys"};
	for (size_t i = 0; i < sizeof(POSTS) / sizeof(POSTS[0]); i++) {
		assert_int_equal(rig_post(rig, POSTS[i], "{}"), 401);
		assert_string_equal(rig->word, "log-in");
	}
	for (size_t i = 0; i < sizeof(GETS) / sizeof(GETS[0]); i++)
		assert_int_equal(rig_get(rig, GETS[i]), 401);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 0);
}

static void a_token_that_a_browser_brings_is_never_adopted(struct rig *rig)
{
	static const char PLANTED[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	rig_set_cookie(rig, "__Host-session", PLANTED);
	rig_join(rig, "juliet@verona.example");
	assert_string_not_equal(rig_cookie(rig, "__Host-session"), PLANTED);
	struct rig_browser hers = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_set_cookie(rig, "__Host-session", PLANTED);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = hers;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void logging_in_ends_the_session_that_was_there(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	struct rig_browser before = rig->browser;
	assert_int_equal(rig_log_in(rig, "juliet@verona.example", RIG_PASSWORD), 200);
	assert_string_not_equal(rig_cookie(rig, "__Host-session"), before.cookies[0].value);
	rig->browser = before;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
}

static void a_token_is_replaced_each_hour_and_the_old_one_ends_a_minute_after_the_new_one_came_back(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	struct rig_browser before = rig->browser;
	rig_sleep(XICA_HOUR - 1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 0);
	rig_sleep(1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 1);
	struct rig_browser after = rig->browser;
	assert_string_not_equal(rig_cookie(rig, "__Host-session"), before.cookies[0].value);
	rig->browser = before; // another request of the same page
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 0);
	rig->browser = after;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	rig_sleep(59);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200); // that it is seen again gives the old one no more time
	rig->browser = before;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	rig_sleep(1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = after;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void an_answer_that_got_lost_with_its_token_logs_nobody_out(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	struct rig_browser before = rig->browser;
	rig_sleep(XICA_HOUR);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 1);
	struct rig_browser lost = rig->browser;
	rig->browser = before;
	rig_sleep(XICA_HOUR - 1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 0);
	rig_sleep(1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 1); // tried again
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	struct rig_browser after = rig->browser;
	rig->browser = lost;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = before;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	rig_sleep(XICA_MINUTE);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = after;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void whoever_has_an_old_token_gets_no_new_one_by_it(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	struct rig_browser before = rig->browser;
	rig_sleep(XICA_HOUR);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	rig_sleep(XICA_HOUR - 30);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200); // the new one is seen
	struct rig_browser hers = rig->browser;
	rig->browser = before; // a thief's, within the minute, when a rotation is due
	rig_sleep(30);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(rig->set_cookie_count, 0);
	rig_sleep(30);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = hers;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void a_rotation_that_a_refusal_undoes_gives_no_cookie(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	rig_sleep(XICA_HOUR);
	assert_int_equal(rig_post(rig, "/api/person/language", "{\"language\":\"xx\"}"), 422);
	assert_int_equal(rig->set_cookie_count, 0);
	assert_int_equal(rig_post(rig, "/api/person/language", "{\"language\":\"de\"}"), 200);
	assert_int_equal(rig->set_cookie_count, 1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void a_session_ends_by_idleness_and_by_age(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	rig_sleep(12 * XICA_HOUR - 1);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	rig_sleep(12 * XICA_HOUR);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	assert_int_equal(rig_log_in(rig, "juliet@verona.example", RIG_PASSWORD), 200);
	for (int i = 0; i < 65; i++) {
		rig_sleep(11 * XICA_HOUR);
		assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	}
	rig_sleep(5 * XICA_HOUR); // 30 days
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
}

static void a_cookie_that_comes_twice_or_bent_is_nobodys(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	char header[256];
	const char *token = rig_cookie(rig, "__Host-session");
	const char *const BENT[] = {"__Host-session=%s; __Host-session=%s", "__Host-session=x; __Host-session=%s", "__host-session=%s", "session=%s",
				    "__Host-session=%s=", "__Host-session=\"%s\"", "__Host-session= %s", "__Host-session%%3D%s"};
	for (size_t i = 0; i < sizeof(BENT) / sizeof(BENT[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(header, sizeof(header), BENT[i], token, token);
#pragma GCC diagnostic pop
		const struct site_request_in in = {.method = HTTP_METHOD_GET, .path = VIEW_LIT("/api/person/sessions"), .cookie = view_str(header)};
		rig->answered = false;
		assert_int_equal(site_handle(rig->site, &in, rig), 0);
		rig_run(rig);
		assert_int_equal(rig->status, 401);
	}
}

static void what_cannot_be_done_now_is_said_so(struct rig *rig)
{
	rig->config.mail = false;
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"a@b.example\"}"), 503);
	assert_string_equal(rig->word, "no-mail");
	rig->config.mail = true;
	rig->login_away = true;
	assert_int_equal(rig_log_in(rig, "a@b.example", "x"), 503);
	assert_string_equal(rig->word, "try-again");
	assert_true(rig->retry_after > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(paths_and_methods_are_those_of_the_tables),
		rig_test(a_body_is_one_json_object),
		rig_test(members_are_texts_of_their_length),
		rig_test(without_a_session_there_is_nothing_to_see_or_do),
		rig_test(a_token_that_a_browser_brings_is_never_adopted),
		rig_test(logging_in_ends_the_session_that_was_there),
		rig_test(a_token_is_replaced_each_hour_and_the_old_one_ends_a_minute_after_the_new_one_came_back),
		rig_test(an_answer_that_got_lost_with_its_token_logs_nobody_out),
		rig_test(whoever_has_an_old_token_gets_no_new_one_by_it),
		rig_test(a_rotation_that_a_refusal_undoes_gives_no_cookie),
		rig_test(a_session_ends_by_idleness_and_by_age),
		rig_test(a_cookie_that_comes_twice_or_bent_is_nobodys),
		rig_test(what_cannot_be_done_now_is_said_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
