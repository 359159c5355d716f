// email-01 with a validator that the test plays: letters and their limits, codes and their tries, and who goes away in between.
#include <sqlite3.h>
#include <unistd.h>

#include "registrar_setup.h"

#define WISH "{\"address\":\"hostmaster@one.example\"}"
#define CODE "{\"code\":\"abcd efgh\"}"

static uint64_t ask(const char *authz, const char *payload)
{
	return rig_ask(&rig, ACME_CHALLENGE, authz, "email-01", payload);
}

static struct answer answer(const char *authz, const char *payload)
{
	return rig_answer(&rig, ask(authz, payload));
}

static struct answer look(const char *authz)
{
	return answer(authz, NULL);
}

static void say_sent(const struct ipc_message *question, xica_time expires, unsigned tries_left)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CODE_SENT, question->id);
	ipc_message_add_u64(&message, IPC_EXPIRES, (uint64_t)expires);
	ipc_message_add_u64(&message, IPC_TRIES_LEFT, tries_left);
	rig_send(&rig, RIG_VALIDATOR, &message);
}

static void say_wrong(const struct ipc_message *question, const char *problem, int tries_left) // negative: it was the last one
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_INVALID, question->id);
	ipc_message_add_str(&message, IPC_PROBLEM, problem);
	ipc_message_add_str(&message, IPC_DETAIL, "what the validator says");
	if (tries_left >= 0)
		ipc_message_add_u64(&message, IPC_TRIES_LEFT, (uint64_t)tries_left);
	rig_send(&rig, RIG_VALIDATOR, &message);
}

// A letter that is sent; its code is valid for fifteen minutes.
static void have_letter(const char *authz)
{
	uint64_t id = ask(authz, WISH);
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
	say_sent(&question, clock_now() + 900, 5);
	assert_int_equal(rig_answer(&rig, id).status, 200);
}

static struct ipc_message bring_code(const char *authz)
{
	struct answer told = answer(authz, CODE);
	assert_int_equal(told.status, 200);
	assert_string_equal(told.state, "processing");
	return rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
}

static void assert_challenge(const char *authz, const char *want)
{
	struct answer seen = {0};
	for (int i = 0; i < 100; i++) { // what the validator said may still be on its way
		seen = look(authz);
		if (!strcmp(seen.state, want))
			return;
		(void)usleep(20000);
	}
	assert_string_equal(seen.state, want);
}

static void it_is_offered_for_names_alone_and_says_where_letters_may_go(void **state)
{
	struct answer seen = rig_call(&rig, ACME_NEW_AUTHZ, NULL, "{\"identifier\":{\"type\":\"dns\",\"value\":\"one.example\"}}");
	(void)state;
	assert_non_null(strstr(seen.body, "\"type\":\"email-01\""));
	assert_non_null(strstr(seen.body, "\"addresses\":[\"hostmaster@one.example\",\"postmaster@one.example\",\"webmaster@one.example\"]"));
	assert_null(strstr(seen.body, "triesLeft"));
	assert_null(strstr(seen.body, "\"sent\""));
	seen = rig_call(&rig, ACME_NEW_AUTHZ, NULL, "{\"identifier\":{\"type\":\"dns\",\"value\":\"*.one.example\"}}");
	assert_null(strstr(seen.body, "email-01"));
	seen = rig_call(&rig, ACME_NEW_AUTHZ, NULL, "{\"identifier\":{\"type\":\"srv\",\"value\":\"_xmpp-server.one.example\"}}");
	assert_null(strstr(seen.body, "email-01"));
}

static void a_wish_for_a_letter_reaches_the_validator_and_no_code_comes_back(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t id = ask(order.authzs[0], "{\"address\":\"Postmaster@One.Example\",\"language\":\"de\"}");
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
	(void)state;
	assert_view(ipc_message_bytes(&question, IPC_MAIL_TO), "postmaster@one.example");
	assert_view(ipc_message_bytes(&question, IPC_IDENTIFIER), "one.example");
	assert_view(ipc_message_bytes(&question, IPC_LANGUAGE), "de");
	assert_true(view_equal(ipc_message_bytes(&question, IPC_THUMBPRINT), view_bytes(rig.thumbprint, sizeof(rig.thumbprint))));
	const char *url = arena_strdup(&rig.arena, ipc_message_bytes(&question, IPC_URL));
	const char *begins = arena_printf(&rig.arena, "%s/code#%s-%.*s.", rig.config.url, order.authzs[0], VIEW_FMT(ipc_message_bytes(&question, IPC_TOKEN)));
	assert_string_equal(url, begins);
	say_sent(&question, 4102444800, 5);
	struct answer told = rig_answer(&rig, id);
	assert_int_equal(told.status, 200);
	assert_string_equal(told.state, "pending");
	assert_non_null(strstr(told.body, "\"sent\":{\"address\":\"postmaster@one.example\",\"expires\":\"2100-01-01T00:00:00Z\"}"));
	assert_non_null(strstr(told.body, "\"triesLeft\":5"));
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "pending");
}

static void a_letter_goes_to_no_other_address(void **state)
{
	static const char *const BAD[] = {"admin@one.example", "hostmaster@two.example", "hostmaster@one.example\\r\\nBcc: a@b.example", "hostmaster", "",
		"hostmaster@one.example,postmaster@one.example"};
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct answer told = answer(order.authzs[0], arena_printf(&rig.arena, "{\"address\":\"%s\"}", BAD[i]));
		assert_problem(&told, 400, "malformed");
	}
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
}

static void a_second_letter_within_a_minute_is_refused_with_the_time_to_wait(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	struct answer told = answer(order.authzs[0], WISH);
	assert_problem(&told, 429, "rateLimited");
	assert_in_range(told.retry_after, 1, 60);
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
}

// As if the last letter had been asked for that much earlier.
static void let_pass(int seconds)
{
	sqlite3 *db = NULL;
	const char *text = arena_printf(&rig.arena, "UPDATE code_letter SET asked = asked - %d", seconds);
	assert_int_equal(sqlite3_open(rig.config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void an_authorization_has_three_letters_and_no_more(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	for (int i = 0; i < 3; i++) {
		have_letter(order.authzs[0]);
		let_pass(60);
	}
	struct answer told = answer(order.authzs[0], WISH);
	assert_problem(&told, 429, "rateLimited");
	assert_int_equal(told.retry_after, 0); // waiting is no help
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
	struct ipc_message question = bring_code(order.authzs[0]); // the last one's code counts
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void an_account_that_asks_for_letters_to_all_the_world_must_wait(void **state)
{
	(void)state;
	for (int i = 0; i < 21; i++) {
		const char *name = arena_printf(&rig.arena, "n%d.example", i), *wish = arena_printf(&rig.arena, "{\"address\":\"hostmaster@%s\"}", name);
		struct order order = rig_order(&rig, name, NULL);
		uint64_t id = ask(order.authzs[0], wish);
		if (i < 20) {
			struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
			say_sent(&question, clock_now() + 900, 5);
			assert_int_equal(rig_answer(&rig, id).status, 200);
			continue;
		}
		struct answer told = rig_answer(&rig, id);
		assert_problem(&told, 429, "rateLimited");
		assert_in_range(told.retry_after, 1, 60);
		assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
	}
}

static void letters_that_could_not_be_sent_are_not_among_the_three(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	for (int i = 0; i < 4; i++) {
		uint64_t id = ask(order.authzs[0], WISH);
		struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
		say_wrong(&question, "connection", 0);
		assert_non_null(strstr(rig_answer(&rig, id).body, "connection"));
		let_pass(60);
	}
	have_letter(order.authzs[0]);
	assert_null(strstr(look(order.authzs[0]).body, "\"error\"")); // it is forgotten once one was sent
}

static void a_letter_that_could_not_be_sent_leaves_the_challenge_pending_and_says_why(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t id = ask(order.authzs[0], WISH);
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
	(void)state;
	say_wrong(&question, "connection", 0);
	struct answer told = rig_answer(&rig, id);
	assert_int_equal(told.status, 200);
	assert_string_equal(told.state, "pending");
	assert_non_null(strstr(told.body, "what the validator says"));
	assert_null(strstr(told.body, "\"sent\""));
	told = answer(order.authzs[0], CODE);
	assert_problem(&told, 400, "malformed"); // no letter, no code
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "pending");
}

static void without_a_validator_no_letter_is_sent_and_that_is_said(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	rig_disconnect(&rig, RIG_VALIDATOR);
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "pending");
	struct answer told = answer(order.authzs[0], WISH);
	assert_string_equal(told.state, "pending");
	assert_non_null(strstr(told.body, "no letter can be sent just now"));
}

static void a_validator_that_goes_while_a_letter_is_under_way_ends_the_wait(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t id = ask(order.authzs[0], WISH);
	(void)state;
	(void)rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
	rig_disconnect(&rig, RIG_VALIDATOR);
	struct answer told = rig_answer(&rig, id);
	assert_string_equal(told.state, "pending");
	assert_non_null(strstr(told.body, "ask for another"));
	rig_connect(&rig, RIG_VALIDATOR);
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR)); // it is not asked twice
}

static void the_right_code_proves(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	struct ipc_message question = bring_code(order.authzs[0]);
	assert_view(ipc_message_bytes(&question, IPC_CHALLENGE), "email-01");
	assert_view(ipc_message_bytes(&question, IPC_CODE), "abcd efgh");
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "valid");
	assert_state(&rig, ACME_ORDER, order.id, "ready");
	struct answer seen = look(order.authzs[0]);
	assert_string_equal(seen.state, "valid");
	assert_null(strstr(seen.body, "\"sent\""));
}

static void a_wrong_code_leaves_the_challenge_pending_with_its_tries_and_the_last_one_ends_it(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	for (int left = 4; left; left--) {
		struct ipc_message question = bring_code(order.authzs[0]);
		say_wrong(&question, "incorrectResponse", left);
		assert_challenge(order.authzs[0], "pending");
		struct answer seen = look(order.authzs[0]);
		assert_non_null(strstr(seen.body, arena_printf(&rig.arena, "\"triesLeft\":%d", left)));
		assert_non_null(strstr(seen.body, "incorrectResponse"));
		assert_state(&rig, ACME_AUTHZ, order.authzs[0], "pending");
	}
	struct ipc_message question = bring_code(order.authzs[0]);
	say_wrong(&question, "incorrectResponse", -1);
	assert_challenge(order.authzs[0], "invalid");
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "invalid");
	assert_state(&rig, ACME_ORDER, order.id, "invalid");
}

static void what_can_be_no_code_costs_no_try(void **state)
{
	static const char *const BAD[] = {"{\"code\":\"ABCD\"}", "{\"code\":\"ABCD-EFG!\"}", "{\"code\":12345678}", "{\"code\":\"\"}", "{}",
		"{\"code\":\"ABCD-EFGH\",\"address\":\"hostmaster@one.example\"}", "{\"code\":[\"ABCD-EFGH\"]}"};
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct answer told = answer(order.authzs[0], BAD[i]);
		assert_problem(&told, 400, "malformed");
	}
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
	assert_challenge(order.authzs[0], "pending");
}

static void many_codes_at_once_are_one_question(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t ids[32];
	(void)state;
	have_letter(order.authzs[0]);
	for (size_t i = 0; i < 32; i++)
		ids[i] = ask(order.authzs[0], CODE);
	for (size_t i = 0; i < 32; i++)
		assert_string_equal(rig_answer(&rig, ids[i]).state, "processing");
	(void)rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
}

static void a_validator_that_forgot_the_code_makes_it_be_sent_anew(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	(void)bring_code(order.authzs[0]);
	rig_disconnect(&rig, RIG_VALIDATOR);
	rig_connect(&rig, RIG_VALIDATOR);
	struct ipc_message again = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	assert_view(ipc_message_bytes(&again, IPC_CODE), "abcd efgh");
	say_wrong(&again, "unauthorized", 0);
	assert_challenge(order.authzs[0], "pending");
	struct answer seen = look(order.authzs[0]);
	assert_null(strstr(seen.body, "\"sent\""));
	assert_non_null(strstr(seen.body, "what the validator says"));
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "pending");
}

static void a_registrar_that_died_with_a_code_wants_to_be_told_it_again(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	(void)bring_code(order.authzs[0]);
	rig_kill(&rig);
	rig_launch(&rig);
	assert_challenge(order.authzs[0], "pending");
	struct answer seen = look(order.authzs[0]);
	assert_non_null(strstr(seen.body, "send it again"));
	assert_non_null(strstr(seen.body, "\"sent\""));
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
	struct ipc_message question = bring_code(order.authzs[0]);
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void the_code_of_a_letter_whose_outcome_got_lost_counts_all_the_same(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	(void)ask(order.authzs[0], WISH);
	(void)rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
	rig_kill(&rig);
	rig_launch(&rig);
	struct ipc_message question = bring_code(order.authzs[0]);
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void an_answer_that_makes_no_sense_sends_nothing(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t id = ask(order.authzs[0], WISH);
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
	(void)state;
	say_sent(&question, clock_now() + 900, 77);
	assert_non_null(strstr(rig_answer(&rig, id).body, "serverInternal"));
	say_sent(&question, clock_now() + 900, 5); // and its second thoughts do not count
	assert_null(strstr(look(order.authzs[0]).body, "\"sent\""));
}

static void nothing_can_be_answered_once_it_is_decided(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	have_letter(order.authzs[0]);
	assert_int_equal(rig_call(&rig, ACME_AUTHZ, order.authzs[0], "{\"status\":\"deactivated\"}").status, 200);
	struct answer told = answer(order.authzs[0], CODE);
	assert_problem(&told, 400, "malformed");
	told = answer(order.authzs[0], WISH);
	assert_problem(&told, 400, "malformed");
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(it_is_offered_for_names_alone_and_says_where_letters_may_go),
		registrar_test(a_wish_for_a_letter_reaches_the_validator_and_no_code_comes_back),
		registrar_test(a_letter_goes_to_no_other_address),
		registrar_test(a_second_letter_within_a_minute_is_refused_with_the_time_to_wait),
		registrar_test(an_authorization_has_three_letters_and_no_more),
		registrar_test(an_account_that_asks_for_letters_to_all_the_world_must_wait),
		registrar_test(letters_that_could_not_be_sent_are_not_among_the_three),
		registrar_test(a_letter_that_could_not_be_sent_leaves_the_challenge_pending_and_says_why),
		registrar_test(without_a_validator_no_letter_is_sent_and_that_is_said),
		registrar_test(a_validator_that_goes_while_a_letter_is_under_way_ends_the_wait),
		registrar_test(the_right_code_proves),
		registrar_test(a_wrong_code_leaves_the_challenge_pending_with_its_tries_and_the_last_one_ends_it),
		registrar_test(what_can_be_no_code_costs_no_try),
		registrar_test(many_codes_at_once_are_one_question),
		registrar_test(a_validator_that_forgot_the_code_makes_it_be_sent_anew),
		registrar_test(a_registrar_that_died_with_a_code_wants_to_be_told_it_again),
		registrar_test(the_code_of_a_letter_whose_outcome_got_lost_counts_all_the_same),
		registrar_test(an_answer_that_makes_no_sense_sends_nothing),
		registrar_test(nothing_can_be_answered_once_it_is_decided),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
