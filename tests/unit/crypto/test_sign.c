#include "base/hex.h"
#include "check.h"
#include "crypto/key.h"

struct pair {
	enum crypto_key_type type;
	enum crypto_sig alg;
};

static const struct pair FITTING[] = {
	{CRYPTO_KEY_RSA, CRYPTO_SIG_RSA_SHA256},
	{CRYPTO_KEY_RSA, CRYPTO_SIG_RSA_SHA384},
	{CRYPTO_KEY_RSA, CRYPTO_SIG_RSA_SHA512},
	{CRYPTO_KEY_P256, CRYPTO_SIG_ECDSA_SHA256},
	{CRYPTO_KEY_P384, CRYPTO_SIG_ECDSA_SHA384},
	{CRYPTO_KEY_P384, CRYPTO_SIG_ECDSA_SHA256},
	{CRYPTO_KEY_P521, CRYPTO_SIG_ECDSA_SHA512},
	{CRYPTO_KEY_ED25519, CRYPTO_SIG_ED25519},
};

static void a_signature_verifies_over_its_message_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(FITTING) / sizeof(FITTING[0]); i++) {
		cleanup_key *key = NULL;
		cleanup_buf sig = BUF_INIT;
		assert_int_equal(crypto_key_generate(FITTING[i].type, 2048, &key), 0);
		assert_int_equal(crypto_sign(key, FITTING[i].alg, VIEW_LIT("message"), &sig), 0);
		assert_int_equal(crypto_verify(key, FITTING[i].alg, VIEW_LIT("message"), buf_view(&sig)), 0);
		assert_int_equal(crypto_verify(key, FITTING[i].alg, VIEW_LIT("massage"), buf_view(&sig)), XICA_ESIG);
		assert_int_equal(crypto_verify(key, FITTING[i].alg, VIEW_LIT("message"), view_sub(buf_view(&sig), 0, sig.len - 1)),
			XICA_ESIG);
		assert_int_equal(crypto_verify(key, FITTING[i].alg, VIEW_LIT("message"), VIEW_NONE), XICA_ESIG);
		sig.ptr[sig.len - 1] ^= 1;
		assert_int_equal(crypto_verify(key, FITTING[i].alg, VIEW_LIT("message"), buf_view(&sig)), XICA_ESIG);
	}
}

static void an_algorithm_that_does_not_fit_the_key_neither_signs_nor_verifies(void **state)
{
	(void)state;
	static const struct pair MISFITS[] = {{CRYPTO_KEY_P256, CRYPTO_SIG_RSA_SHA256}, {CRYPTO_KEY_P256, CRYPTO_SIG_ED25519},
		{CRYPTO_KEY_ED25519, CRYPTO_SIG_ECDSA_SHA256}, {CRYPTO_KEY_RSA, CRYPTO_SIG_ECDSA_SHA256}};
	for (size_t i = 0; i < sizeof(MISFITS) / sizeof(MISFITS[0]); i++) {
		cleanup_key *key = NULL;
		cleanup_buf sig = BUF_INIT;
		assert_int_equal(crypto_key_generate(MISFITS[i].type, 2048, &key), 0);
		assert_int_equal(crypto_sign(key, MISFITS[i].alg, VIEW_LIT("message"), &sig), XICA_EINVAL);
		assert_int_equal(sig.len, 0);
		assert_int_equal(crypto_verify(key, MISFITS[i].alg, VIEW_LIT("message"), VIEW_LIT("signature")), XICA_ESIG);
	}
}

static void a_public_key_does_not_sign(void **state)
{
	(void)state;
	cleanup_key *key = NULL;
	cleanup_key *public = NULL;
	cleanup_buf spki = BUF_INIT, sig = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	assert_int_equal(crypto_key_from_spki(buf_view(&spki), &public), 0);
	assert_int_equal(crypto_sign(public, CRYPTO_SIG_ECDSA_SHA256, VIEW_LIT("message"), &sig), XICA_EINVAL);
}

static void ca_keys_sign_by_the_digest_of_their_strength(void **state)
{
	(void)state;
	static const struct pair DEFAULTS[] = {{CRYPTO_KEY_P256, CRYPTO_SIG_ECDSA_SHA256},
		{CRYPTO_KEY_P384, CRYPTO_SIG_ECDSA_SHA384}, {CRYPTO_KEY_RSA, CRYPTO_SIG_RSA_SHA256}};
	for (size_t i = 0; i < sizeof(DEFAULTS) / sizeof(DEFAULTS[0]); i++) {
		cleanup_key *key = NULL;
		assert_int_equal(crypto_key_generate(DEFAULTS[i].type, 2048, &key), 0);
		assert_int_equal(crypto_sig_default(key), DEFAULTS[i].alg);
	}
}

static void ecdsa_goes_from_der_to_raw_and_back(void **state)
{
	(void)state;
	cleanup_key *key = NULL;
	cleanup_buf sig = BUF_INIT, raw = BUF_INIT, again = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P384, 0, &key), 0);
	assert_int_equal(crypto_sign(key, CRYPTO_SIG_ECDSA_SHA384, VIEW_LIT("message"), &sig), 0);
	assert_int_equal(crypto_ecdsa_to_raw(buf_view(&sig), 48, &raw), 0);
	assert_int_equal(raw.len, 96);
	assert_int_equal(crypto_ecdsa_from_raw(buf_view(&raw), &again), 0);
	assert_true(view_equal(buf_view(&again), buf_view(&sig)));
}

static int to_raw(const char *hex, struct buf *out)
{
	cleanup_buf der = BUF_INIT;
	assert_int_equal(hex_decode(view_str(hex), &der), 0);
	return crypto_ecdsa_to_raw(buf_view(&der), 2, out);
}

static void short_numbers_are_padded_and_malformed_der_is_refused(void **state)
{
	(void)state;
	cleanup_buf raw = BUF_INIT, der = BUF_INIT;
	assert_int_equal(to_raw("3007020101020200ff", &raw), 0);
	assert_int_equal(raw.len, 4);
	assert_memory_equal(raw.ptr, "\x00\x01\x00\xff", 4);
	static const char *const BAD[] = {"", "30", "3006020101020102ff" /* left over */, "3008020101020300ffff00",
		"300702020001020101" /* padded */, "3006020101020181" /* negative */, "30080203010000020101" /* too long */,
		"30810602010102010a" /* BER length */};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(to_raw(BAD[i], &raw), XICA_EPARSE);
	assert_int_equal(raw.len, 4);
	assert_int_equal(crypto_ecdsa_from_raw(VIEW_NONE, &der), XICA_EPARSE);
	assert_int_equal(crypto_ecdsa_from_raw(VIEW_LIT("odd"), &der), XICA_EPARSE);
	assert_int_equal(der.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_verifies_over_its_message_alone),
		cmocka_unit_test(an_algorithm_that_does_not_fit_the_key_neither_signs_nor_verifies),
		cmocka_unit_test(a_public_key_does_not_sign),
		cmocka_unit_test(ca_keys_sign_by_the_digest_of_their_strength),
		cmocka_unit_test(ecdsa_goes_from_der_to_raw_and_back),
		cmocka_unit_test(short_numbers_are_padded_and_malformed_der_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
