// The operator's console: who may open it and how, how long it stays open, and what a command looks like on its way.
#include <stdio.h>

#include "base/base64url.h"
#include "site/totp.h"
#include "site_rig.h"

static const char HER[] = "juliet@verona.example";

static const char *app_code(struct rig *rig)
{
	static char text[16];
	cleanup_arena arena = ARENA_INIT;
	uint32_t code = 0;
	struct store_person person = rig_person(rig, HER, &arena);
	assert_int_equal(totp_code(person.totp_secret, (uint64_t)rig_now() / TOTP_STEP, &code), 0);
	(void)snprintf(text, sizeof(text), "%06u", code);
	return text;
}

static int set_secret(struct store_txn *txn, void *context)
{
	const struct store_person *person = context;
	return store_person_set_totp(txn, person->id, VIEW_LIT("twenty bytes of hers"), 0);
}

static int set_operator(struct store_txn *txn, void *context)
{
	const struct store_person *person = context;
	return store_person_set_operator(txn, person->id, true);
}

static int unset_operator(struct store_txn *txn, void *context)
{
	const struct store_person *person = context;
	return store_person_set_operator(txn, person->id, false);
}

static void with_her(struct rig *rig, store_work *work)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_person person = rig_person(rig, HER, &arena);
	assert_int_equal(store_run(rig->store, work, &person), 0);
}

// She is logged in, an operator, and has an app on her phone.
static void join(struct rig *rig)
{
	rig_join(rig, HER);
	with_her(rig, set_secret);
	with_her(rig, set_operator);
}

// --- her passkey; the rig takes an attestation for the credential's id

static const char *client_data(struct rig *rig)
{
	cleanup_buf text = BUF_INIT, encoded = BUF_INIT;
	static char data[400];
	buf_addf(&text, "{\"type\":\"webauthn\",\"challenge\":\"%s\",\"origin\":\"https://ca.example\"}", rig_text(rig, "challenge"));
	base64url_encode(&encoded, buf_view(&text));
	return memcpy(data, buf_cstr(&encoded), encoded.len + 1);
}

static void add_passkey(struct rig *rig, const char *credential)
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, view_str(credential));
	assert_int_equal(rig_post(rig, "/api/person/passkeys/begin", "{}"), 200);
	assert_int_equal(rig_postf(rig, "/api/person/passkeys/finish", "{\"name\":\"phone\",\"client_data\":\"%s\",\"attestation\":\"%s\"}", client_data(rig),
				   buf_cstr(&text)), 200);
}

static unsigned show_passkey(struct rig *rig, const char *credential, const char *signature)
{
	cleanup_buf id = BUF_INIT, shown = BUF_INIT;
	base64url_encode(&id, view_str(credential));
	base64url_encode(&shown, view_str(signature));
	assert_int_equal(rig_post(rig, "/api/log-in/passkey/begin", "{}"), 200);
	return rig_postf(rig, "/api/operator/enter", "{\"id\":\"%s\",\"client_data\":\"%s\",\"authenticator_data\":\"AAAA\",\"signature\":\"%s\"}",
			 buf_cstr(&id), client_data(rig), buf_cstr(&shown));
}

static unsigned enter(struct rig *rig)
{
	rig_sleep(2 * TOTP_STEP); // a code is good once
	return rig_postf(rig, "/api/operator/enter", "{\"code\":\"%s\"}", app_code(rig));
}

static unsigned give(struct rig *rig, const char *command)
{
	return rig_postf(rig, "/api/operator/command", "{\"command\":\"%s\"}", command);
}

static void the_console_opens_by_the_second_factor_to_operators_alone(struct rig *rig)
{
	assert_int_equal(rig_post(rig, "/api/operator/enter", "{\"code\":\"123456\"}"), 401);
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/operator/enter", "{\"code\":\"123456\"}"), 403);
	assert_string_equal(rig->word, "not-operator");
	with_her(rig, set_operator);
	assert_int_equal(rig_post(rig, "/api/operator/enter", "{\"code\":\"123456\"}"), 403);
	assert_string_equal(rig->word, "second-factor");
	with_her(rig, set_secret);
	assert_int_equal(rig_post(rig, "/api/operator/enter", "{\"code\":\"abcdef\"}"), 422);
	assert_string_equal(rig->word, "wrong-code");
	assert_int_equal(rig_post(rig, "/api/operator/enter", "{}"), 422);
	assert_string_equal(rig_cookie(rig, "__Host-operator"), "");
	assert_int_equal(give(rig, "health"), 403);
	assert_string_equal(rig->word, "enter-console");
	assert_int_equal(enter(rig), 200);
	assert_string_not_equal(rig_cookie(rig, "__Host-operator"), "");
	assert_true(rig_has_event(rig, HER, "console"));
	assert_int_equal(give(rig, "health"), 200);
}

static void a_code_opens_it_once(struct rig *rig)
{
	char code[16];
	join(rig);
	assert_int_equal(enter(rig), 200);
	(void)snprintf(code, sizeof(code), "%s", app_code(rig));
	assert_int_equal(rig_postf(rig, "/api/operator/enter", "{\"code\":\"%s\"}", code), 422);
}

static void wrong_codes_must_wait(struct rig *rig)
{
	join(rig);
	for (int i = 0; i < 6; i++)
		(void)rig_post(rig, "/api/operator/enter", "{\"code\":\"abcdef\"}");
	assert_int_equal(rig_postf(rig, "/api/operator/enter", "{\"code\":\"%s\"}", app_code(rig)), 429); // also the right one
	assert_string_equal(rig->word, "too-many-tries");
}

static void a_passkey_of_her_own_opens_it_and_nobody_elses(struct rig *rig)
{
	rig_join(rig, "nurse@verona.example");
	add_passkey(rig, "nurses");
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	with_her(rig, set_operator);
	add_passkey(rig, "hers");
	assert_int_equal(show_passkey(rig, "hers", "wrong"), 422);
	assert_int_equal(show_passkey(rig, "nurses", "right"), 422);
	assert_string_equal(rig->word, "wrong-passkey");
	assert_int_equal(give(rig, "health"), 403);
	assert_int_equal(show_passkey(rig, "hers", "right"), 200);
	assert_int_equal(give(rig, "health"), 200);
}

static void her_second_factor_changes_only_while_it_is_open(struct rig *rig)
{
	static const char *const CHANGES[] = {"totp/begin", "totp/finish", "totp/remove", "recovery-codes", "passkeys/begin", "passkeys/AAAA/remove"};
	char path[64];
	join(rig);
	for (size_t i = 0; i < sizeof(CHANGES) / sizeof(CHANGES[0]); i++) {
		(void)snprintf(path, sizeof(path), "/api/person/%s", CHANGES[i]);
		assert_int_equal(rig_post(rig, path, "{\"code\":\"123456\"}"), 403);
		assert_string_equal(rig->word, "enter-console");
	}
	assert_int_equal(enter(rig), 200);
	add_passkey(rig, "hers");
	assert_int_equal(rig_post(rig, "/api/person/recovery-codes", "{}"), 200);
	assert_int_equal(rig_post(rig, "/api/person/totp/remove", "{}"), 200);
}

static void it_closes_after_a_quarter_of_an_hour_without_a_request(struct rig *rig)
{
	join(rig);
	assert_int_equal(enter(rig), 200);
	for (int i = 0; i < 4; i++) {
		rig_sleep(14 * XICA_MINUTE);
		assert_int_equal(give(rig, "health"), 200);
	}
	rig_sleep(16 * XICA_MINUTE);
	assert_int_equal(give(rig, "health"), 403);
	assert_string_equal(rig->word, "enter-console");
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200); // her own goes on
}

static void it_closes_after_eight_hours_in_any_case(struct rig *rig)
{
	join(rig);
	assert_int_equal(enter(rig), 200);
	for (int i = 0; i < 47; i++) {
		rig_sleep(10 * XICA_MINUTE);
		assert_int_equal(give(rig, "health"), 200);
	}
	rig_sleep(12 * XICA_MINUTE);
	assert_int_equal(give(rig, "health"), 403);
}

static void it_closes_when_she_leaves_logs_out_or_is_no_operator_any_more(struct rig *rig)
{
	join(rig);
	assert_int_equal(enter(rig), 200);
	struct rig_browser stolen = rig->browser;
	assert_int_equal(rig_post(rig, "/api/operator/leave", "{}"), 200);
	assert_string_equal(rig_cookie(rig, "__Host-operator"), "");
	rig->browser = stolen;
	assert_int_equal(give(rig, "health"), 403);
	assert_int_equal(enter(rig), 200);
	stolen = rig->browser;
	assert_int_equal(rig_post(rig, "/api/log-out", "{}"), 200);
	rig->browser = stolen;
	assert_int_equal(give(rig, "health"), 401);
	rig_join(rig, "nurse@verona.example");
	assert_int_equal(give(rig, "health"), 403);
}

static void rights_are_looked_at_with_each_command(struct rig *rig)
{
	join(rig);
	assert_int_equal(enter(rig), 200);
	with_her(rig, unset_operator);
	assert_int_equal(give(rig, "health"), 403);
	assert_string_equal(rig->command, "");
}

static void the_consoles_cookie_is_good_with_no_other_session(struct rig *rig)
{
	char console[64];
	join(rig);
	assert_int_equal(enter(rig), 200);
	(void)snprintf(console, sizeof(console), "%s", rig_cookie(rig, "__Host-operator"));
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, "nurse@verona.example");
	rig_set_cookie(rig, "__Host-operator", console);
	assert_int_equal(give(rig, "health"), 403);
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_set_cookie(rig, "__Host-session", console); // nor is it one of the other kind
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
}

static void a_command_is_given_whole_with_who_gave_it(struct rig *rig)
{
	join(rig);
	assert_int_equal(enter(rig), 200);
	assert_int_equal(rig_post(rig, "/api/operator/command", "{\"command\":\"order-refuse\",\"order\":7,\"reason\":\"no\"}"), 200);
	assert_int_equal(rig_number(rig, "done"), 1);
	assert_string_equal(rig->by, HER);
	json_t *given = json_loads(rig->command, 0, NULL), *meant = json_pack("{s:s, s:i, s:s}", "command", "order-refuse", "order", 7, "reason", "no");
	assert_true(json_equal(given, meant));
	json_decref(given);
	json_decref(meant);
	assert_int_equal(rig_post(rig, "/api/operator/command", "{}"), 422);
	assert_int_equal(rig_post(rig, "/api/operator/command", "{\"command\":7}"), 422);
}

static void a_command_that_is_refused_says_why(struct rig *rig)
{
	join(rig);
	assert_int_equal(enter(rig), 200);
	assert_int_equal(give(rig, "refuse"), 422);
	assert_string_equal(rig->word, "command");
	assert_string_equal(rig_text(rig, "why"), "there is no such thing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(the_console_opens_by_the_second_factor_to_operators_alone),
		rig_test(a_code_opens_it_once),
		rig_test(wrong_codes_must_wait),
		rig_test(a_passkey_of_her_own_opens_it_and_nobody_elses),
		rig_test(her_second_factor_changes_only_while_it_is_open),
		rig_test(it_closes_after_a_quarter_of_an_hour_without_a_request),
		rig_test(it_closes_after_eight_hours_in_any_case),
		rig_test(it_closes_when_she_leaves_logs_out_or_is_no_operator_any_more),
		rig_test(rights_are_looked_at_with_each_command),
		rig_test(the_consoles_cookie_is_good_with_no_other_session),
		rig_test(a_command_is_given_whole_with_who_gave_it),
		rig_test(a_command_that_is_refused_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
