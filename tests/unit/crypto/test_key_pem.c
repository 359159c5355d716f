#include "check.h"
#include "crypto/key.h"

static void a_key_comes_back_from_its_pem(void **state)
{
	(void)state;
	static const enum crypto_key_type KINDS[] = {CRYPTO_KEY_P256, CRYPTO_KEY_P384, CRYPTO_KEY_ED25519, CRYPTO_KEY_RSA};
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		cleanup_buf pem = BUF_INIT;
		cleanup_key *key = NULL;
		cleanup_key *again = NULL;
		assert_int_equal(crypto_key_generate(KINDS[i], 2048, &key), 0);
		assert_int_equal(crypto_key_to_pem(key, VIEW_NONE, &pem), 0);
		assert_true(view_starts(buf_view(&pem), VIEW_LIT("-----BEGIN PRIVATE KEY-----\n")));
		assert_int_equal(crypto_key_from_pem(buf_view(&pem), VIEW_NONE, &again), 0);
		assert_true(crypto_key_is_private(again));
		assert_true(crypto_key_equal(again, key));
		buf_wipe(&pem);
	}
}

static void an_encrypted_key_opens_with_its_passphrase_alone(void **state)
{
	(void)state;
	cleanup_buf pem = BUF_INIT;
	cleanup_key *key = NULL;
	cleanup_key *again = NULL;
	struct crypto_key *none = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(crypto_key_to_pem(key, VIEW_LIT("open sesame"), &pem), 0);
	assert_true(view_starts(buf_view(&pem), VIEW_LIT("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")));
	assert_int_equal(crypto_key_from_pem(buf_view(&pem), VIEW_LIT("open wheat"), &none), XICA_EDENIED);
	assert_int_equal(crypto_key_from_pem(buf_view(&pem), VIEW_NONE, &none), XICA_EDENIED);
	assert_null(none);
	assert_int_equal(crypto_key_from_pem(buf_view(&pem), VIEW_LIT("open sesame"), &again), 0);
	assert_true(crypto_key_equal(again, key));
}

static void a_key_in_the_traditional_form_is_read(void **state)
{
	(void)state;
	// RFC 9500 §2.3: a key made public for tests.
	static const char SEC1[] = "-----BEGIN EC PRIVATE KEY-----\n"
				   "MHcCAQEEIObLW92AqkWunJXowVR2Z5/+yVPBaFHnEedDk5WJxk/BoAoGCCqGSM49\n"
				   "AwEHoUQDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjV\n"
				   "uKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==\n"
				   "-----END EC PRIVATE KEY-----\n";
	cleanup_key *key = NULL;
	assert_int_equal(crypto_key_from_pem(VIEW_LIT(SEC1), VIEW_NONE, &key), 0);
	assert_int_equal(crypto_key_type(key), CRYPTO_KEY_P256);
}

static void what_is_no_private_key_is_refused(void **state)
{
	(void)state;
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_from_pem(VIEW_NONE, VIEW_NONE, &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_pem(VIEW_LIT("hello"), VIEW_NONE, &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_pem(
				 VIEW_LIT("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
					  "-----END PUBLIC KEY-----\n"),
				 VIEW_NONE, &key),
		XICA_EPARSE);
	assert_int_equal(crypto_key_from_pem(VIEW_LIT("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), VIEW_NONE, &key),
		XICA_EPARSE);
	assert_null(key);
}

static void a_public_key_is_not_written_as_a_private_one(void **state)
{
	(void)state;
	cleanup_buf spki = BUF_INIT, pem = BUF_INIT;
	cleanup_key *key = NULL;
	cleanup_key *public = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	assert_int_equal(crypto_key_from_spki(buf_view(&spki), &public), 0);
	assert_int_equal(crypto_key_to_pem(public, VIEW_NONE, &pem), XICA_EINVAL);
	assert_int_equal(pem.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_comes_back_from_its_pem),
		cmocka_unit_test(an_encrypted_key_opens_with_its_passphrase_alone),
		cmocka_unit_test(a_key_in_the_traditional_form_is_read),
		cmocka_unit_test(what_is_no_private_key_is_refused),
		cmocka_unit_test(a_public_key_is_not_written_as_a_private_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
