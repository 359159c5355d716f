// Codes of an app, recovery codes, passkeys.
#include <stdio.h>
#include <stdlib.h>

#include "base/base64url.h"
#include "site/totp.h"
#include "site_rig.h"

static const char HER[] = "juliet@verona.example";
static const char HIS[] = "romeo@verona.example";

// What the app on the phone shows.
static const char *app_code(struct rig *rig, const char *address, xica_time later)
{
	static char text[16];
	cleanup_arena arena = ARENA_INIT;
	uint32_t code = 0;
	struct store_person person = rig_person(rig, address, &arena);
	assert_int_equal(totp_code(person.totp_secret, (uint64_t)(rig_now() + later) / TOTP_STEP, &code), 0);
	(void)snprintf(text, sizeof(text), "%06u", code);
	return text;
}

static void decode_base32(const char *text, uint8_t secret[TOTP_SECRET_LEN])
{
	uint32_t bits = 0;
	unsigned count = 0, len = 0;
	for (; *text; text++) {
		bits = bits << 5 | (uint32_t)(*text >= 'A' ? *text - 'A' : *text - '2' + 26);
		count += 5;
		if (count >= 8) {
			secret[len++] = (uint8_t)(bits >> (count - 8));
			count -= 8;
		}
	}
	assert_int_equal(len, TOTP_SECRET_LEN);
}

// Switches the app's codes on; gives the first recovery code.
static void switch_on(struct rig *rig, char first[20])
{
	uint8_t secret[TOTP_SECRET_LEN];
	uint32_t code = 0;
	assert_int_equal(rig_post(rig, "/api/person/totp/begin", "{}"), 200);
	decode_base32(rig_text(rig, "secret"), secret);
	assert_int_equal(totp_code(view_bytes(secret, sizeof(secret)), (uint64_t)rig_now() / TOTP_STEP, &code), 0);
	assert_int_equal(rig_postf(rig, "/api/person/totp/finish", "{\"code\":\"%06u\"}", code), 200);
	const json_t *codes = json_object_get(rig->json, "recovery_codes");
	assert_int_equal(json_array_size(codes), 10);
	(void)snprintf(first, 20, "%s", json_string_value(json_array_get(codes, 0)));
}

static unsigned show_code(struct rig *rig, const char *code)
{
	return rig_postf(rig, "/api/log-in/code", "{\"code\":\"%s\"}", code);
}

static void a_secret_comes_with_its_qr_code(struct rig *rig)
{
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/totp/begin", "{}"), 200);
	assert_int_equal(strlen(rig_text(rig, "secret")), 32);
	assert_int_equal(strncmp(rig_text(rig, "uri"), "otpauth://totp/ca.example:juliet%40verona.example?secret=", 56), 0);
	const json_t *qr = json_object_get(rig->json, "qr"), *rows = json_object_get(qr, "rows");
	size_t size = (size_t)json_integer_value(json_object_get(qr, "size"));
	assert_in_range(size, 21, 177);
	assert_int_equal(json_array_size(rows), size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(strspn(json_string_value(json_array_get(rows, i)), "01"), size);
	assert_int_equal(strncmp(json_string_value(json_array_get(rows, 0)), "1111111", 7), 0); // the finder's upper edge
}

static void codes_are_on_only_after_the_first_was_shown(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/totp/begin", "{}"), 200);
	assert_int_equal(rig_post(rig, "/api/person/totp/finish", "{\"code\":\"abcdef\"}"), 422);
	assert_string_equal(rig->word, "wrong-code");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
	// the secret belonged to the session before
	assert_int_equal(rig_post(rig, "/api/person/totp/finish", "{\"code\":\"123456\"}"), 422);
	switch_on(rig, recovery);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "totp"), 1);
	assert_true(rig_has_event(rig, HER, "totp-on"));
}

static void the_password_alone_is_half_and_the_code_the_other_half(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	rig->browser = rig_fresh_browser("198.51.100.7");
	size_t letters = rig_letters(rig);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "half"), 1);
	assert_int_equal(rig_number(rig, "totp"), 1);
	assert_int_equal(rig_number(rig, "signed_in"), 0);
	assert_int_equal(rig_letters(rig), letters);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401); // good for nothing else
	assert_int_equal(rig_get(rig, "/api/person/export"), 401);
	assert_int_equal(rig_post(rig, "/api/show-password", "{\"password\":\"" RIG_PASSWORD "\"}"), 401);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "half"), 1);
	assert_string_equal(rig_text(rig, "address"), "");
	struct rig_browser half = rig->browser;
	rig_sleep(2 * TOTP_STEP);
	assert_int_equal(show_code(rig, app_code(rig, HER, 0)), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
	assert_string_not_equal(rig_cookie(rig, "__Host-session"), half.cookies[0].value);
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_string_equal(rig_letter(rig), "new-device");
	rig->browser = half;
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_null(json_object_get(rig->json, "half"));
}

static void a_half_session_ends_after_ten_minutes(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	rig_sleep(10 * XICA_MINUTE);
	assert_int_equal(show_code(rig, app_code(rig, HER, 0)), 401);
}

static void a_code_is_good_once(struct rig *rig)
{
	char recovery[20], code[16];
	rig_join(rig, HER);
	(void)snprintf(code, sizeof(code), "%s", "");
	switch_on(rig, recovery);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(show_code(rig, app_code(rig, HER, 0)), 422); // that which switched them on
	assert_string_equal(rig->word, "wrong-code");
	rig_sleep(TOTP_STEP);
	(void)snprintf(code, sizeof(code), "%s", app_code(rig, HER, 0));
	assert_int_equal(show_code(rig, code), 200);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(show_code(rig, code), 422);
}

static void a_recovery_code_is_good_once_in_any_writing(struct rig *rig)
{
	char recovery[20], loose[40];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	assert_int_equal(strlen(recovery), 19);
	size_t len = 0;
	for (const char *c = recovery; *c; c++)
		loose[len++] = *c == '-' ? ' ' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	loose[len] = 0;
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(show_code(rig, loose), 200);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(show_code(rig, recovery), 422);
}

static void new_recovery_codes_make_the_old_ones_void(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	assert_int_equal(rig_post(rig, "/api/person/recovery-codes", "{}"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "recovery_codes")), 10);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(show_code(rig, recovery), 422);
}

static void a_recovery_code_of_somebody_else_is_none(struct rig *rig)
{
	char hers[20], his[20];
	rig_join(rig, HIS);
	switch_on(rig, his);
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	switch_on(rig, hers);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(show_code(rig, his), 422);
	assert_int_equal(show_code(rig, hers), 200);
}

static void codes_can_not_be_tried_at_leisure(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	for (int i = 0; i < 5; i++) { // each time by a session of its own
		rig->browser = rig_fresh_browser(i % 2 ? "198.51.100.7" : "203.0.113.9");
		assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
		assert_int_equal(show_code(rig, "wrong!"), 422);
	}
	rig_sleep(1);
	assert_int_equal(show_code(rig, recovery), 429);
	assert_string_equal(rig->word, "too-many-tries");
	assert_true(rig->retry_after > 0);
}

static void without_codes_the_password_is_enough_again(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	assert_int_equal(rig_post(rig, "/api/person/totp/remove", "{}"), 200);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
}

static void a_reset_leaves_the_second_factor(struct rig *rig)
{
	char recovery[20];
	rig_join(rig, HER);
	switch_on(rig, recovery);
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"nine white larks\"}", rig_letter_token(rig)), 200);
	assert_int_equal(rig_log_in(rig, HER, "nine white larks"), 200);
	assert_int_equal(rig_number(rig, "half"), 1);
	assert_int_equal(show_code(rig, recovery), 200);
}

// --- passkeys

static const char *base64url(const char *text)
{
	static char encoded[2][300];
	static unsigned turn;
	cleanup_buf out = BUF_INIT;
	base64url_encode(&out, view_str(text));
	return memcpy(encoded[++turn % 2], buf_cstr(&out), out.len + 1);
}

static const char *client_data(const char *challenge)
{
	char text[200];
	(void)snprintf(text, sizeof(text), "{\"type\":\"webauthn\",\"challenge\":\"%s\",\"origin\":\"https://ca.example\"}", challenge);
	return base64url(text);
}

// attestation: what the rig takes for the credential's id.
static unsigned add_passkey(struct rig *rig, const char *attestation)
{
	assert_int_equal(rig_post(rig, "/api/person/passkeys/begin", "{}"), 200);
	const char *data = client_data(rig_text(rig, "challenge"));
	return rig_postf(rig, "/api/person/passkeys/finish", "{\"name\":\"phone\",\"client_data\":\"%s\",\"attestation\":\"%s\"}", data, base64url(attestation));
}

static unsigned show_passkey(struct rig *rig, const char *challenge, const char *credential, const char *signature)
{
	char id[100], signed_[100];
	(void)snprintf(id, sizeof(id), "%s", base64url(credential));
	(void)snprintf(signed_, sizeof(signed_), "%s", base64url(signature));
	return rig_postf(rig, "/api/log-in/passkey", "{\"id\":\"%s\",\"client_data\":\"%s\",\"authenticator_data\":\"AAAA\",\"signature\":\"%s\"}", id,
			 client_data(challenge), signed_);
}

static void challenge(struct rig *rig, char text[64])
{
	assert_int_equal(rig_post(rig, "/api/log-in/passkey/begin", "{}"), 200);
	assert_string_equal(rig_text(rig, "rp_id"), "ca.example");
	assert_string_equal(rig_text(rig, "user_verification"), "required");
	(void)snprintf(text, 64, "%s", rig_text(rig, "challenge"));
}

static void a_passkey_is_both_factors(struct rig *rig)
{
	char asked[64];
	rig_join(rig, HER);
	assert_int_equal(add_passkey(rig, "credential-1"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "recovery_codes")), 10);
	assert_int_equal(add_passkey(rig, "credential-2"), 200);
	assert_null(json_object_get(rig->json, "recovery_codes"));
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "half"), 1);
	assert_int_equal(rig_number(rig, "totp"), 0);
	assert_int_equal(rig_number(rig, "passkeys"), 1);
	challenge(rig, asked);
	assert_int_equal(show_passkey(rig, asked, "credential-1", "right"), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_string_equal(rig_text(rig, "address"), HER);
	assert_int_equal(rig_number(rig, "passkeys"), 2);
}

static void a_challenge_is_good_once_and_five_minutes(struct rig *rig)
{
	char asked[64];
	rig_join(rig, HER);
	assert_int_equal(add_passkey(rig, "credential-1"), 200);
	challenge(rig, asked);
	assert_int_equal(show_passkey(rig, asked, "credential-1", "right"), 200);
	assert_int_equal(show_passkey(rig, asked, "credential-1", "right"), 422);
	assert_string_equal(rig->word, "wrong-passkey");
	challenge(rig, asked);
	rig_sleep(5 * XICA_MINUTE);
	assert_int_equal(show_passkey(rig, asked, "credential-1", "right"), 422);
	assert_int_equal(show_passkey(rig, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "credential-1", "right"), 422);
	assert_int_equal(show_passkey(rig, "", "credential-1", "right"), 422);
}

static void a_wrong_signature_or_an_unknown_key_lets_nobody_in(struct rig *rig)
{
	char asked[64];
	rig_join(rig, HER);
	assert_int_equal(add_passkey(rig, "credential-1"), 200);
	rig->browser = rig_fresh_browser("198.51.100.7");
	challenge(rig, asked);
	assert_int_equal(show_passkey(rig, asked, "credential-1", "wrong"), 422);
	assert_string_equal(rig->word, "wrong-passkey");
	challenge(rig, asked);
	assert_int_equal(show_passkey(rig, asked, "credential-9", "right"), 422);
	assert_string_equal(rig->word, "wrong-passkey");
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
}

static void a_challenge_to_register_is_not_one_to_log_in_and_is_the_persons_own(struct rig *rig)
{
	char asked[64], data[400];
	rig_join(rig, HIS);
	assert_int_equal(add_passkey(rig, "his-credential"), 200);
	assert_int_equal(rig_post(rig, "/api/person/passkeys/begin", "{}"), 200);
	(void)snprintf(asked, sizeof(asked), "%s", rig_text(rig, "challenge"));
	assert_int_equal(show_passkey(rig, asked, "his-credential", "right"), 422);
	(void)snprintf(data, sizeof(data), "%s", client_data(asked));
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	assert_int_equal(rig_postf(rig, "/api/person/passkeys/finish", "{\"name\":\"x\",\"client_data\":\"%s\",\"attestation\":\"%s\"}", data, base64url("new")), 422);
	assert_string_equal(rig->word, "passkey-refused");
}

static void a_credential_belongs_to_one_person(struct rig *rig)
{
	rig_join(rig, HIS);
	assert_int_equal(add_passkey(rig, "credential-1"), 200);
	assert_int_equal(add_passkey(rig, "bad"), 422);
	assert_string_equal(rig->word, "passkey-refused");
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	assert_int_equal(add_passkey(rig, "credential-1"), 422);
	assert_string_equal(rig->word, "passkey-known");
}

static void nobody_has_more_passkeys_than_are_listed_though_they_begin_them_at_once(struct rig *rig)
{
	char challenges[2][64], name[32];
	rig_join(rig, HER);
	for (int i = 0; i < 19; i++) {
		(void)snprintf(name, sizeof(name), "credential-%d", i);
		assert_int_equal(add_passkey(rig, name), 200);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rig_post(rig, "/api/person/passkeys/begin", "{}"), 200);
		(void)snprintf(challenges[i], sizeof(challenges[i]), "%s", rig_text(rig, "challenge"));
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(rig_postf(rig, "/api/person/passkeys/finish", "{\"name\":\"phone\",\"client_data\":\"%s\",\"attestation\":\"%s\"}",
					   client_data(challenges[i]), i ? base64url("one-too-many") : base64url("the-last")), i ? 422 : 200);
	assert_string_equal(rig->word, "too-many-passkeys");
}

static void passkeys_are_listed_and_removed_by_their_owner_alone(struct rig *rig)
{
	char path[128];
	rig_join(rig, HIS);
	assert_int_equal(add_passkey(rig, "credential-1"), 200);
	(void)snprintf(path, sizeof(path), "/api/person/passkeys/%s/remove", rig_text(rig, "id"));
	struct rig_browser he = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, path, "{}"), 404);
	rig->browser = he;
	assert_int_equal(rig_get(rig, "/api/person/passkeys"), 200);
	const json_t *one = json_array_get(json_object_get(rig->json, "passkeys"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "name")), "phone");
	assert_non_null(strstr(path, json_string_value(json_object_get(one, "id"))));
	assert_int_equal(rig_post(rig, path, "{}"), 200);
	assert_int_equal(rig_post(rig, path, "{}"), 404);
	assert_int_equal(rig_log_in(rig, HIS, RIG_PASSWORD), 200);
	assert_int_equal(rig_number(rig, "signed_in"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_secret_comes_with_its_qr_code),
		rig_test(codes_are_on_only_after_the_first_was_shown),
		rig_test(the_password_alone_is_half_and_the_code_the_other_half),
		rig_test(a_half_session_ends_after_ten_minutes),
		rig_test(a_code_is_good_once),
		rig_test(a_recovery_code_is_good_once_in_any_writing),
		rig_test(new_recovery_codes_make_the_old_ones_void),
		rig_test(a_recovery_code_of_somebody_else_is_none),
		rig_test(codes_can_not_be_tried_at_leisure),
		rig_test(without_codes_the_password_is_enough_again),
		rig_test(a_reset_leaves_the_second_factor),
		rig_test(a_passkey_is_both_factors),
		rig_test(a_challenge_is_good_once_and_five_minutes),
		rig_test(a_wrong_signature_or_an_unknown_key_lets_nobody_in),
		rig_test(a_challenge_to_register_is_not_one_to_log_in_and_is_the_persons_own),
		rig_test(a_credential_belongs_to_one_person),
		rig_test(nobody_has_more_passkeys_than_are_listed_though_they_begin_them_at_once),
		rig_test(passkeys_are_listed_and_removed_by_their_owner_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
