#include "authenticator.h"

static const struct passkey_asked ASKED = {{(const uint8_t *)AUTHENTICATOR_CHALLENGE, sizeof(AUTHENTICATOR_CHALLENGE) - 1},
	{(const uint8_t *)AUTHENTICATOR_ORIGIN, sizeof(AUTHENTICATOR_ORIGIN) - 1}};

static int attempt_to_register(const struct authenticator *own, struct buf *key, struct buf *credential)
{
	cleanup_buf client_data = BUF_INIT, attestation = BUF_INIT;
	authenticator_client_data(own, "webauthn.create", &client_data);
	authenticator_attestation(own, &attestation);
	return passkey_register(&ASKED, buf_view(&client_data), buf_view(&attestation), key, credential);
}

static int attempt_to_check(const struct authenticator *own, struct view key, uint64_t counter, uint64_t *ret_counter)
{
	cleanup_buf client_data = BUF_INIT, data = BUF_INIT, signature = BUF_INIT;
	authenticator_client_data(own, "webauthn.get", &client_data);
	authenticator_data(own, false, &data);
	authenticator_sign(own, buf_view(&data), buf_view(&client_data), &signature);
	const struct passkey_assertion assertion = {buf_view(&client_data), buf_view(&data), buf_view(&signature), key, counter};
	return passkey_check(&ASKED, &assertion, ret_counter);
}

enum { ATTESTED_FLAG = 0x40, EXTENSIONS_FLAG = 0x80 };

static const enum crypto_key_type TYPES[] = {CRYPTO_KEY_P256, CRYPTO_KEY_ED25519, CRYPTO_KEY_RSA};

static void a_passkey_of_each_algorithm_is_registered_and_then_logs_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		cleanup_buf key = BUF_INIT, credential = BUF_INIT;
		struct authenticator own = authenticator_new(TYPES[i]);
		uint64_t counter = 99;
		assert_int_equal(attempt_to_register(&own, &key, &credential), 0);
		assert_view(buf_view(&credential), "credential id");
		own.counter = 7;
		assert_int_equal(attempt_to_check(&own, buf_view(&key), 6, &counter), 0);
		assert_int_equal(counter, 7);
		crypto_key_free(own.key);
	}
}

static void another_algorithm_is_refused(void **state)
{
	cleanup_buf key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P384);
	(void)state;
	assert_int_equal(attempt_to_register(&own, &key, &credential), XICA_EUNSUPPORTED);
	assert_int_equal(key.len, 0);
	crypto_key_free(own.key);
}

static void the_counter_must_grow_unless_there_is_none(void **state)
{
	static const struct {
		uint32_t sent;
		uint64_t stored;
		int result;
	} CASES[] = {{0, 0, 0}, {1, 0, 0}, {0, 1, XICA_ECONFLICT}, {5, 5, XICA_ECONFLICT}, {5, 6, XICA_ECONFLICT}, {UINT32_MAX, UINT32_MAX - 1, 0}};
	cleanup_buf key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
	uint64_t counter;
	(void)state;
	assert_int_equal(attempt_to_register(&own, &key, &credential), 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		own.counter = CASES[i].sent;
		assert_int_equal(attempt_to_check(&own, buf_view(&key), CASES[i].stored, &counter), CASES[i].result);
	}
	crypto_key_free(own.key);
}

// Each bends one thing that was right.
static void bend_nothing_present(struct authenticator *own)
{
	own->flags = 0x04;
}

static void bend_not_verified(struct authenticator *own)
{
	own->flags = 0x01;
}

static void bend_other_host(struct authenticator *own)
{
	own->host = "example.org";
}

static void bend_other_origin(struct authenticator *own)
{
	own->origin = "https://ca.example.org";
}

static void bend_plain_origin(struct authenticator *own)
{
	own->origin = "http://ca.example.org:14000";
}

static void an_answer_for_another_site_or_without_the_person_is_refused(void **state)
{
	static void (*const BENDS[])(struct authenticator *own) = {bend_nothing_present, bend_not_verified, bend_other_host, bend_other_origin, bend_plain_origin};
	(void)state;
	for (size_t i = 0; i < sizeof(BENDS) / sizeof(BENDS[0]); i++) {
		cleanup_buf key = BUF_INIT, credential = BUF_INIT, none = BUF_INIT;
		struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
		uint64_t counter;
		assert_int_equal(attempt_to_register(&own, &key, &credential), 0);
		BENDS[i](&own);
		assert_int_equal(attempt_to_register(&own, &none, &none), XICA_EDENIED);
		assert_int_equal(attempt_to_check(&own, buf_view(&key), 0, &counter), XICA_EDENIED);
		assert_int_equal(none.len, 0);
		crypto_key_free(own.key);
	}
}

#define GOOD_CHALLENGE "YSBjaGFsbGVuZ2Ugb2YgMzIgYnl0ZXMsIHJhbmRvbS4u"
#define CLIENT_DATA(type, challenge, more) "{\"type\":\"" type "\",\"challenge\":\"" challenge "\",\"origin\":\"" AUTHENTICATOR_ORIGIN "\"" more "}"

static void client_data_of_another_ceremony_or_challenge_or_from_within_a_frame_is_refused(void **state)
{
	static const struct {
		const char *client_data;
		int result;
	} CASES[] = {{CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, ""), 0}, {CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, ",\"crossOrigin\":false,\"other\":1"), 0},
		{CLIENT_DATA("webauthn.create", GOOD_CHALLENGE, ""), XICA_EDENIED}, {CLIENT_DATA("webauthn.get", GOOD_CHALLENGE "=", ""), XICA_EDENIED},
		{CLIENT_DATA("webauthn.get", "", ""), XICA_EDENIED}, {CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, ",\"crossOrigin\":true"), XICA_EDENIED},
		{CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, ",\"crossOrigin\":\"false\""), XICA_EDENIED},
		{CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, ",\"crossOrigin\":false,\"topOrigin\":\"https://example.org\""), XICA_EDENIED},
		{CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, ",\"challenge\":\"" GOOD_CHALLENGE "\""), XICA_EPARSE},
		{CLIENT_DATA("webauthn.get", GOOD_CHALLENGE, "") "x", XICA_EPARSE}, {"[]", XICA_EPARSE}, {"", XICA_EPARSE}, {"{}", XICA_EDENIED}};
	cleanup_buf key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
	uint64_t counter;
	(void)state;
	assert_int_equal(attempt_to_register(&own, &key, &credential), 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		own.client_data = CASES[i].client_data;
		if (attempt_to_check(&own, buf_view(&key), 0, &counter) != CASES[i].result)
			fail_msg("%s", CASES[i].client_data);
	}
	crypto_key_free(own.key);
}

static void a_signature_of_another_key_or_over_other_bytes_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		cleanup_buf key = BUF_INIT, credential = BUF_INIT, client_data = BUF_INIT, data = BUF_INIT, signature = BUF_INIT;
		struct authenticator own = authenticator_new(TYPES[i]), other = authenticator_new(TYPES[i]);
		uint64_t counter;
		assert_int_equal(attempt_to_register(&own, &key, &credential), 0);
		assert_int_equal(attempt_to_check(&other, buf_view(&key), 0, &counter), XICA_ESIG);
		authenticator_client_data(&own, "webauthn.get", &client_data);
		authenticator_data(&own, false, &data);
		authenticator_sign(&own, buf_view(&data), buf_view(&client_data), &signature);
		data.ptr[data.len - 1] ^= 1; // the counter
		const struct passkey_assertion assertion = {buf_view(&client_data), buf_view(&data), buf_view(&signature), buf_view(&key), 0};
		assert_int_equal(passkey_check(&ASKED, &assertion, &counter), XICA_ESIG);
		crypto_key_free(own.key);
		crypto_key_free(other.key);
	}
}

static void what_is_cut_short_or_has_more_behind_it_is_refused(void **state)
{
	cleanup_buf client_data = BUF_INIT, attestation = BUF_INIT, key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
	(void)state;
	authenticator_client_data(&own, "webauthn.create", &client_data);
	authenticator_attestation(&own, &attestation);
	for (size_t len = 0; len < attestation.len; len++)
		assert_int_equal(passkey_register(&ASKED, buf_view(&client_data), view_sub(buf_view(&attestation), 0, len), &key, &credential), XICA_EPARSE);
	buf_add_byte(&attestation, 0);
	assert_int_equal(passkey_register(&ASKED, buf_view(&client_data), buf_view(&attestation), &key, &credential), XICA_EPARSE);
	assert_int_equal(key.len + credential.len, 0);
	crypto_key_free(own.key);
}

static void authenticator_data_with_more_than_its_flags_announce_or_less_is_refused(void **state)
{
	static const struct {
		uint8_t flags;
		const char *tail;
		size_t len;
	} CASES[] = {{0, "x", 1}, {ATTESTED_FLAG, "", 0}, {EXTENSIONS_FLAG, "", 0}, {EXTENSIONS_FLAG, "\xbb\x00\x00\x00\xff\xff\xff\xff\xff", 9}, {EXTENSIONS_FLAG, "\xa0x", 2}};
	cleanup_buf key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
	(void)state;
	assert_int_equal(attempt_to_register(&own, &key, &credential), 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cleanup_buf client_data = BUF_INIT, data = BUF_INIT, signature = BUF_INIT;
		uint64_t counter;
		own.flags = (uint8_t)(AUTHENTICATOR_FLAGS | CASES[i].flags);
		authenticator_client_data(&own, "webauthn.get", &client_data);
		authenticator_data(&own, false, &data);
		buf_add(&data, view_bytes(CASES[i].tail, CASES[i].len));
		authenticator_sign(&own, buf_view(&data), buf_view(&client_data), &signature);
		const struct passkey_assertion assertion = {buf_view(&client_data), buf_view(&data), buf_view(&signature), buf_view(&key), 0};
		assert_int_equal(passkey_check(&ASKED, &assertion, &counter), XICA_EPARSE);
	}
	crypto_key_free(own.key);
}

static void a_point_off_its_curve_is_no_key(void **state)
{
	cleanup_buf client_data = BUF_INIT, attestation = BUF_INIT, key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
	(void)state;
	authenticator_client_data(&own, "webauthn.create", &client_data);
	authenticator_attestation(&own, &attestation);
	attestation.ptr[attestation.len - 1] ^= 1; // of y
	assert_int_not_equal(passkey_register(&ASKED, buf_view(&client_data), buf_view(&attestation), &key, &credential), 0);
	assert_int_equal(key.len, 0);
	crypto_key_free(own.key);
}

static void a_question_that_was_never_asked_so_is_refused(void **state)
{
	cleanup_buf client_data = BUF_INIT, attestation = BUF_INIT, key = BUF_INIT, credential = BUF_INIT;
	struct authenticator own = authenticator_new(CRYPTO_KEY_P256);
	const struct passkey_asked shorter = {VIEW_LIT("fifteen bytes.."), ASKED.origin};
	uint64_t counter;
	(void)state;
	authenticator_client_data(&own, "webauthn.create", &client_data);
	authenticator_attestation(&own, &attestation);
	assert_int_equal(passkey_register(&shorter, buf_view(&client_data), buf_view(&attestation), &key, &credential), XICA_EINVAL);
	static const char *const KEYS[] = {"", "\x01short", "\x09"};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(attempt_to_check(&own, view_str(KEYS[i]), 0, &counter), XICA_EINVAL);
	crypto_key_free(own.key);
}

static int set_up(void **state)
{
	(void)state;
	passkey_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_passkey_of_each_algorithm_is_registered_and_then_logs_in),
		cmocka_unit_test(another_algorithm_is_refused),
		cmocka_unit_test(the_counter_must_grow_unless_there_is_none),
		cmocka_unit_test(an_answer_for_another_site_or_without_the_person_is_refused),
		cmocka_unit_test(client_data_of_another_ceremony_or_challenge_or_from_within_a_frame_is_refused),
		cmocka_unit_test(a_signature_of_another_key_or_over_other_bytes_is_refused),
		cmocka_unit_test(what_is_cut_short_or_has_more_behind_it_is_refused),
		cmocka_unit_test(authenticator_data_with_more_than_its_flags_announce_or_less_is_refused),
		cmocka_unit_test(a_point_off_its_curve_is_no_key),
		cmocka_unit_test(a_question_that_was_never_asked_so_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
