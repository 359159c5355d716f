#include <stdio.h>

#include "site_rig.h"
#include "store/store.h"

static const char HER[] = "juliet@verona.example";

static int suspend(struct store_txn *txn, void *context)
{
	const struct store_person *person = context;
	return store_person_change(txn, person->id, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED);
}

static void suspend_her(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_person person = rig_person(rig, HER, &arena);
	assert_int_equal(store_run(rig->store, suspend, &person), 0);
}

static void an_unknown_address_is_told_as_a_wrong_password_is(struct rig *rig)
{
	rig_join(rig, HER);
	rig->browser = rig_fresh_browser("198.51.100.7");
	unsigned checks = rig->checks;
	assert_int_equal(rig_log_in(rig, HER, "not her password"), 422);
	assert_string_equal(rig->word, "wrong-log-in");
	assert_string_equal(rig->field, "password");
	assert_int_equal(rig->set_cookie_count, 0);
	assert_int_equal(rig_log_in(rig, "nobody@verona.example", "not her password"), 422);
	assert_string_equal(rig->word, "wrong-log-in");
	assert_string_equal(rig->field, "password");
	assert_int_equal(rig->checks, checks + 2); // the work is the same
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
}

static void after_five_wrong_tries_each_next_one_waits_twice_as_long(struct rig *rig)
{
	unsigned last = 0;
	rig_join(rig, HER);
	for (int i = 0; i < 5; i++) {
		rig->browser = rig_fresh_browser(i % 2 ? "198.51.100.7" : "203.0.113.9");
		assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422);
	}
	for (int i = 0; i < 14; i++) {
		(void)rig_log_in(rig, HER, "wrong one here");
		unsigned checks = rig->checks;
		assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 429); // also the right one
		assert_string_equal(rig->word, "too-many-tries");
		assert_int_equal(rig->checks, checks);
		assert_true(rig->retry_after > last || rig->retry_after == XICA_HOUR);
		last = rig->retry_after;
		rig_sleep(last);
	}
	assert_int_equal(last, XICA_HOUR);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422); // and all is forgotten
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
}

static void strangers_who_try_do_not_keep_out_whose_browser_is_known(struct rig *rig)
{
	rig_join(rig, HER);
	struct rig_browser hers = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 429);
	rig->browser = hers;
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	for (int i = 0; i < 5; i++) // but there too they are counted
		assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 429);
}

static void strangers_who_try_do_not_keep_her_from_showing_or_changing_her_password(struct rig *rig)
{
	rig_join(rig, HER);
	struct rig_browser hers = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422);
	rig->browser = hers;
	assert_int_equal(rig_postf(rig, "/api/show-password", "{\"password\":\"%s\"}", RIG_PASSWORD), 200);
	assert_int_equal(rig_postf(rig, "/api/person/password", "{\"old\":\"%s\",\"password\":\"nine white larks\"}", RIG_PASSWORD), 200);
	for (int i = 0; i < 5; i++) // but here too they are counted
		assert_int_equal(rig_post(rig, "/api/show-password", "{\"password\":\"wrong one here\"}"), 422);
	assert_int_equal(rig_post(rig, "/api/show-password", "{\"password\":\"nine white larks\"}"), 429);
}

static void a_new_password_by_letter_ends_the_wait(struct rig *rig)
{
	rig_join(rig, HER);
	rig->browser = rig_fresh_browser("198.51.100.7");
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422);
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"nine white larks\"}", rig_letter_token(rig)), 200);
	assert_int_equal(rig_log_in(rig, HER, "nine white larks"), 200);
}

static void an_unknown_address_waits_likewise(struct rig *rig)
{
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_log_in(rig, "nobody@verona.example", "wrong one here"), 422);
	(void)rig_log_in(rig, "nobody@verona.example", "wrong one here");
	assert_int_equal(rig_log_in(rig, "nobody@verona.example", "wrong one here"), 429);
}

static void a_client_that_tries_many_addresses_must_wait_too(struct rig *rig)
{
	char address[64];
	unsigned status = 422;
	for (int i = 0; i < 30 && status == 422; i++) { // of one household's IPv6 addresses
		char remote[64];
		(void)snprintf(address, sizeof(address), "nobody%d@verona.example", i);
		(void)snprintf(remote, sizeof(remote), "2001:db8:1:2::%x", i);
		rig->browser.remote = remote;
		status = rig_log_in(rig, address, "wrong one here");
	}
	assert_int_equal(status, 429);
	rig->browser = rig_fresh_browser("2001:db8:1:3::1");
	assert_int_equal(rig_log_in(rig, "nobody@verona.example", "wrong one here"), 422);
}

static void many_tries_at_a_time_do_not_get_around_the_wait(struct rig *rig)
{
	rig_join(rig, HER);
	unsigned checks = rig->checks, refused = 0;
	for (int i = 0; i < 8; i++) {
		rig_begin(rig, HTTP_METHOD_POST, "/api/log-in", "{\"address\":\"juliet@verona.example\",\"password\":\"wrong one here\"}");
		store_flush(rig->store); // counted, asked, not answered yet
		refused += rig->answered && rig->status == 429;
	}
	assert_true(rig->checks - checks <= 6);
	assert_true(refused >= 2);
	while (rig->ask_count) {
		rig->answered = false;
		rig_run(rig);
	}
}

static void a_try_that_nobody_could_look_at_does_not_count(struct rig *rig)
{
	rig_join(rig, HER);
	rig->login_away = true;
	for (int i = 0; i < 30; i++)
		assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 503);
	rig->login_away = false;
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
}

static void who_is_suspended_is_out(struct rig *rig)
{
	rig_join(rig, HER);
	suspend_her(rig);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	assert_int_equal(rig_log_in(rig, HER, "wrong one here"), 422); // told to those alone who know the password
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 403);
	assert_string_equal(rig->word, "suspended");
	size_t letters = rig_letters(rig);
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	assert_int_equal(rig_letters(rig), letters);
}

static void an_old_hash_is_made_anew(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	rig->old_hashes = true;
	rig_join(rig, HER);
	rig->old_hashes = false;
	assert_view(rig_person(rig, HER, &arena).password_hash, "old:" RIG_PASSWORD);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_view(rig_person(rig, HER, &arena).password_hash, "hash:" RIG_PASSWORD);
}

static void a_new_browser_is_told_by_letter_and_a_known_one_is_not(struct rig *rig)
{
	rig_join(rig, HER);
	size_t letters = rig_letters(rig);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_letters(rig), letters);
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_string_equal(rig_letter(rig), "new-device");
	assert_string_equal(rig_letter_value(rig, "remote"), "198.51.100.7");
	assert_non_null(strstr(rig_letter_value(rig, "unsubscribe"), "&notice=new-device"));
	assert_true(rig_has_event(rig, HER, "new-device"));
	assert_int_equal(rig_letters(rig), letters + 1);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_letters(rig), letters + 1);
}

static void browsers_that_keep_no_cookie_fill_no_mailbox(struct rig *rig)
{
	rig_join(rig, HER);
	for (int i = 0; i < 6; i++) // that strangers ask for other letters doesn't use up these
		assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	size_t before = rig_letters(rig);
	for (int i = 0; i < 12; i++) {
		rig->browser = rig_fresh_browser("198.51.100.7");
		assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	}
	assert_in_range(rig_letters(rig) - before, 1, 5);
}

static void logging_out_ends_this_session_alone(struct rig *rig)
{
	rig_join(rig, HER);
	struct rig_browser other = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	struct rig_browser mine = rig->browser;
	assert_int_equal(rig_post(rig, "/api/log-out", "{}"), 200);
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
	rig->browser = mine;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = other;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void logging_out_everywhere_ends_all(struct rig *rig)
{
	rig_join(rig, HER);
	struct rig_browser other = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	struct rig_browser mine = rig->browser;
	assert_int_equal(rig_post(rig, "/api/log-out-everywhere", "{}"), 200);
	rig->browser = mine;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = other;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
}

static void a_session_is_fresh_for_a_quarter_of_an_hour_and_by_the_password_again(struct rig *rig)
{
	rig_join(rig, HER);
	rig_sleep(15 * XICA_MINUTE);
	assert_int_equal(rig_get(rig, "/api/person/export"), 403);
	assert_string_equal(rig->word, "show-password");
	assert_int_equal(rig_post(rig, "/api/show-password", "{\"password\":\"wrong one here\"}"), 422);
	assert_string_equal(rig->word, "wrong-password");
	struct rig_browser before = rig->browser;
	assert_int_equal(rig_post(rig, "/api/show-password", "{\"password\":\"" RIG_PASSWORD "\"}"), 200);
	assert_string_not_equal(rig_cookie(rig, "__Host-session"), before.cookies[0].value);
	assert_int_equal(rig_get(rig, "/api/person/export"), 200);
	rig->browser = before; // the token from before its rights grew is dead
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(an_unknown_address_is_told_as_a_wrong_password_is),
		rig_test(after_five_wrong_tries_each_next_one_waits_twice_as_long),
		rig_test(strangers_who_try_do_not_keep_out_whose_browser_is_known),
		rig_test(strangers_who_try_do_not_keep_her_from_showing_or_changing_her_password),
		rig_test(a_new_password_by_letter_ends_the_wait),
		rig_test(an_unknown_address_waits_likewise),
		rig_test(a_client_that_tries_many_addresses_must_wait_too),
		rig_test(many_tries_at_a_time_do_not_get_around_the_wait),
		rig_test(a_try_that_nobody_could_look_at_does_not_count),
		rig_test(who_is_suspended_is_out),
		rig_test(an_old_hash_is_made_anew),
		rig_test(a_new_browser_is_told_by_letter_and_a_known_one_is_not),
		rig_test(browsers_that_keep_no_cookie_fill_no_mailbox),
		rig_test(logging_out_ends_this_session_alone),
		rig_test(logging_out_everywhere_ends_all),
		rig_test(a_session_is_fresh_for_a_quarter_of_an_hour_and_by_the_password_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
