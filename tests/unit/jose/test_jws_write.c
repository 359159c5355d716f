#include "check.h"
#include "jose/jws.h"

#define URL VIEW_LIT("https://ca.example/\"quoted\"")

static const struct kind {
	enum crypto_key_type type;
	enum jws_alg alg;
} KINDS[] = {
	{CRYPTO_KEY_P256, JWS_ES256},
	{CRYPTO_KEY_P384, JWS_ES384},
	{CRYPTO_KEY_RSA, JWS_RS256},
	{CRYPTO_KEY_ED25519, JWS_EDDSA},
};

static void what_is_signed_is_parsed_and_verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		cleanup_key *key = NULL;
		cleanup_buf text = BUF_INIT;
		struct jws jws = {0};
		enum jws_fault fault;
		assert_int_equal(crypto_key_generate(KINDS[i].type, 2048, &key), 0);
		assert_int_equal(jws_sign(key, VIEW_NONE, VIEW_LIT("nonce"), URL, VIEW_LIT("{}"), &text), 0);
		assert_int_equal(jws_parse(buf_view(&text), &arena, &jws, &fault), 0);
		assert_int_equal(jws.alg, KINDS[i].alg);
		assert_true(jws.has_jwk);
		assert_true(crypto_key_equal(jws.jwk.key, key));
		assert_view(jws.nonce, "nonce");
		assert_true(view_equal(jws.url, URL));
		assert_view(jws.payload, "{}");
		assert_int_equal(jws_verify(&jws, jws.jwk.key), 0);
		jws_free(&jws);
	}
}

static void with_a_kid_the_header_has_no_jwk(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_key *key = NULL;
	cleanup_buf text = BUF_INIT;
	struct jws jws = {0};
	enum jws_fault fault;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(jws_sign(key, VIEW_LIT("https://ca.example/1"), VIEW_NONE, URL, VIEW_NONE, &text), 0);
	assert_int_equal(jws_parse(buf_view(&text), &arena, &jws, &fault), 0);
	assert_false(jws.has_jwk);
	assert_view(jws.kid, "https://ca.example/1");
	assert_int_equal(jws.nonce.len, 0);
	assert_int_equal(jws.payload.len, 0);
	assert_int_equal(jws_verify(&jws, key), 0);
	jws_free(&jws);
}

static void a_mac_goes_from_one_side_to_the_other_and_is_no_signature(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_key *key = NULL;
	cleanup_buf text = BUF_INIT;
	struct jws jws = {0};
	enum jws_fault fault;
	assert_int_equal(jws_sign_hmac(VIEW_LIT("secret"), VIEW_LIT("kid-1"), URL, VIEW_LIT("{}"), &text), 0);
	assert_int_equal(jws_parse(buf_view(&text), &arena, &jws, &fault), 0);
	assert_int_equal(jws.alg, JWS_HS256);
	assert_view(jws.kid, "kid-1");
	assert_int_equal(jws_verify_hmac(&jws, VIEW_LIT("secret")), 0);
	assert_int_equal(jws_verify_hmac(&jws, VIEW_LIT("secreT")), XICA_ESIG);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(jws_verify(&jws, key), XICA_ESIG);
	jws_free(&jws);
}

static void keys_and_texts_that_make_no_jws_are_refused(void **state)
{
	(void)state;
	cleanup_key *p521 = NULL;
	cleanup_key *p256 = NULL;
	cleanup_buf text = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P521, 0, &p521), 0);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &p256), 0);
	assert_int_equal(jws_sign(p521, VIEW_NONE, VIEW_NONE, URL, VIEW_NONE, &text), XICA_EINVAL);
	assert_int_equal(jws_sign(p256, VIEW_NONE, VIEW_NONE, VIEW_LIT("\xff"), VIEW_NONE, &text), XICA_EINVAL);
	assert_int_equal(jws_sign_hmac(VIEW_LIT("secret"), VIEW_NONE, URL, VIEW_NONE, &text), XICA_EINVAL);
	assert_int_equal(text.len, 0);
}

static void a_public_key_does_not_sign(void **state)
{
	(void)state;
	cleanup_key *key = NULL;
	cleanup_buf jwk_text = BUF_INIT, text = BUF_INIT;
	struct jwk jwk = {0};
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_ED25519, 0, &key), 0);
	assert_int_equal(jwk_write(key, &jwk_text), 0);
	assert_int_equal(jwk_parse_text(buf_view(&jwk_text), &jwk), 0);
	assert_int_equal(jws_sign(jwk.key, VIEW_NONE, VIEW_NONE, URL, VIEW_NONE, &text), XICA_EINVAL);
	jwk_free(&jwk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_is_parsed_and_verifies),
		cmocka_unit_test(with_a_kid_the_header_has_no_jwk),
		cmocka_unit_test(a_mac_goes_from_one_side_to_the_other_and_is_no_signature),
		cmocka_unit_test(keys_and_texts_that_make_no_jws_are_refused),
		cmocka_unit_test(a_public_key_does_not_sign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
