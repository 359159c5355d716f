// Sign-up with its letter, and forgotten passwords.
#include "site_rig.h"

static unsigned sign_up(struct rig *rig, const char *address, const char *password)
{
	return rig_postf(rig, "/api/sign-up", "{\"address\":\"%s\",\"password\":\"%s\"}", address, password);
}

static unsigned confirm(struct rig *rig, const char *token, const char *password)
{
	return rig_postf(rig, "/api/confirm", "{\"token\":\"%s\",\"password\":\"%s\"}", token, password);
}

static void a_letter_and_the_password_make_a_person(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	assert_int_equal(sign_up(rig, "Juliet@VERONA.example", RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "sent"), 1);
	assert_int_equal(rig->set_cookie_count, 0);
	assert_int_equal(rig->mails, 1);
	assert_string_equal(rig_letter_to(rig), "Juliet@verona.example");
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	assert_int_equal(confirm(rig, token, RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
	assert_int_equal(rig_number(rig, "fresh"), 1);
	assert_string_equal(rig_text(rig, "address"), "Juliet@verona.example");
	struct store_person person = rig_person(rig, "juliet@verona.example", &arena);
	assert_view(person.password_hash, "hash:" RIG_PASSWORD);
	assert_int_equal(person.notices, STORE_NOTIFY_ALL);
	assert_int_equal(person.user_handle.len, 32);
	assert_true(rig_has_event(rig, "juliet@verona.example", "sign-up"));
	assert_int_equal(rig_letters(rig), 1); // the first browser is no news
	// the link is good once
	assert_int_equal(confirm(rig, token, RIG_PASSWORD), 422);
	assert_string_equal(rig->word, "wrong-token");
}

static void a_known_address_gets_the_same_answer_and_another_letter(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	rig->browser = rig_fresh_browser("198.51.100.7");
	unsigned hashes = rig->hashes;
	assert_int_equal(sign_up(rig, "JULIET@verona.example", "another good password"), 200);
	assert_int_equal(rig_number(rig, "sent"), 1);
	assert_int_equal(json_object_size(rig->json), 1);
	assert_int_equal(rig->hashes, hashes + 1);
	assert_string_equal(rig_letter(rig), "already-member");
	assert_int_equal(rig_log_in(rig, "juliet@verona.example", RIG_PASSWORD), 200);
}

static void nobody_confirms_a_strangers_sign_up(struct rig *rig)
{
	assert_int_equal(sign_up(rig, "juliet@verona.example", "the stranger's own"), 200);
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	assert_int_equal(confirm(rig, token, RIG_PASSWORD), 422);
	assert_string_equal(rig->word, "wrong-password");
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
	assert_int_equal(confirm(rig, token, "the stranger's own"), 200);
}

static void a_newer_sign_up_makes_the_older_letter_void(struct rig *rig)
{
	assert_int_equal(sign_up(rig, "juliet@verona.example", "the first password"), 200);
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	assert_int_equal(sign_up(rig, "juliet@verona.example", RIG_PASSWORD), 200);
	assert_int_equal(confirm(rig, token, "the first password"), 422);
	assert_int_equal(confirm(rig, rig_letter_token(rig), RIG_PASSWORD), 200);
}

static void a_link_is_good_for_a_day(struct rig *rig)
{
	assert_int_equal(sign_up(rig, "juliet@verona.example", RIG_PASSWORD), 200);
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	rig_sleep(XICA_DAY);
	assert_int_equal(confirm(rig, token, RIG_PASSWORD), 422);
	assert_string_equal(rig->word, "wrong-token");
}

static void tokens_can_not_be_tried_at_leisure(struct rig *rig)
{
	for (int i = 0; i < 20; i++)
		assert_int_equal(confirm(rig, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whatever"), 422);
	(void)confirm(rig, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whatever");
	assert_int_equal(confirm(rig, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whatever"), 429);
	assert_true(rig->retry_after > 0);
}

static void weak_passwords_are_refused_before_any_work(struct rig *rig)
{
	assert_int_equal(sign_up(rig, "juliet@verona.example", "short"), 422);
	assert_string_equal(rig->word, "too-short");
	assert_string_equal(rig->field, "password");
	assert_int_equal(sign_up(rig, "juliet@verona.example", "1234567890"), 422);
	assert_string_equal(rig->word, "common-password");
	assert_int_equal(sign_up(rig, "juliet@verona.example", "juliet@verona"), 422);
	assert_int_equal(rig->hashes, 0);
}

static void a_closed_house_says_so(struct rig *rig)
{
	rig->config.sign_up = false;
	assert_int_equal(sign_up(rig, "juliet@verona.example", RIG_PASSWORD), 403);
	assert_string_equal(rig->word, "sign-up-closed");
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "sign_up"), 0);
	rig->config.sign_up = true;
	rig->config.mail = false;
	assert_int_equal(sign_up(rig, "juliet@verona.example", RIG_PASSWORD), 503);
	assert_string_equal(rig->word, "no-mail");
}

static void nobodys_mailbox_is_filled_by_strangers(struct rig *rig)
{
	for (int i = 0; i < 12; i++) {
		rig->browser = rig_fresh_browser(i % 2 ? "198.51.100.7" : "203.0.113.9");
		assert_int_equal(sign_up(rig, "juliet@verona.example", RIG_PASSWORD), 200);
	}
	assert_in_range(rig_letters(rig), 5, 6);
}

static void a_reset_sets_the_password_and_ends_all_sessions(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	struct rig_browser hers = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"Juliet@verona.example\"}"), 200);
	assert_string_equal(rig_letter(rig), "reset");
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"short\"}", token), 422);
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"nine white larks\"}", token), 200);
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
	assert_string_equal(rig_letter(rig), "password-changed");
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"ten white larks\"}", token), 422);
	assert_string_equal(rig->word, "wrong-token");
	assert_int_equal(rig_log_in(rig, "juliet@verona.example", RIG_PASSWORD), 422);
	assert_int_equal(rig_log_in(rig, "juliet@verona.example", "nine white larks"), 200);
	rig->browser = hers;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
}

static void a_reset_of_an_unknown_address_is_answered_alike_and_sends_nothing(struct rig *rig)
{
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"nobody@verona.example\"}"), 200);
	assert_int_equal(rig_number(rig, "sent"), 1);
	assert_int_equal(rig_letters(rig), 0);
}

static void a_token_is_good_for_its_own_purpose_alone(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	assert_int_equal(confirm(rig, token, RIG_PASSWORD), 422);
	assert_int_equal(rig_postf(rig, "/api/person/address/confirm", "{\"token\":\"%s\"}", token), 422);
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"nine white larks\"}", token), 200);
}

static void a_reset_link_is_good_for_an_hour(struct rig *rig)
{
	rig_join(rig, "juliet@verona.example");
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	rig_sleep(XICA_HOUR);
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"nine white larks\"}", rig_letter_token(rig)), 422);
	assert_string_equal(rig->word, "wrong-token");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_letter_and_the_password_make_a_person),
		rig_test(a_known_address_gets_the_same_answer_and_another_letter),
		rig_test(nobody_confirms_a_strangers_sign_up),
		rig_test(a_newer_sign_up_makes_the_older_letter_void),
		rig_test(a_link_is_good_for_a_day),
		rig_test(tokens_can_not_be_tried_at_leisure),
		rig_test(weak_passwords_are_refused_before_any_work),
		rig_test(a_closed_house_says_so),
		rig_test(nobodys_mailbox_is_filled_by_strangers),
		rig_test(a_reset_sets_the_password_and_ends_all_sessions),
		rig_test(a_reset_of_an_unknown_address_is_answered_alike_and_sends_nothing),
		rig_test(a_token_is_good_for_its_own_purpose_alone),
		rig_test(a_reset_link_is_good_for_an_hour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
