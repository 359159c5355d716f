#include "base/base64url.h"
#include "check.h"
#include "jose/jws.h"
#include "rfc_keys.h"

// RFC 7515 A.1 to A.3 sign the same payload.
#define PAYLOAD                                                                                                           \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

static const struct vector {
	enum jws_alg alg;
	const char *key;
	const char *input;
	const char *signature;
} VECTORS[] = {
	{JWS_RS256, RSA_7515, "eyJhbGciOiJSUzI1NiJ9." PAYLOAD,
		"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
		"1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
		"zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
		"Ge77Rw"},
	{JWS_ES256, EC_7515, "eyJhbGciOiJFUzI1NiJ9." PAYLOAD,
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
	// RFC 8037 A.4
	{JWS_EDDSA, OKP_8037, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};
enum { VECTORS_LEN = sizeof(VECTORS) / sizeof(VECTORS[0]) };

static int verify(enum jws_alg alg, const char *key, const char *input, struct view signature)
{
	struct jwk jwk = {0};
	struct jws jws = {.alg = alg, .signing_input = view_str(input), .signature = signature};
	assert_int_equal(jwk_parse_text(view_str(key), &jwk), 0);
	int error = jws_verify(&jws, jwk.key);
	jwk_free(&jwk);
	return error;
}

static void the_examples_of_rfc_7515_and_rfc_8037_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS_LEN; i++) {
		const struct vector *v = &VECTORS[i];
		cleanup_buf sig = BUF_INIT;
		assert_int_equal(base64url_decode(view_str(v->signature), &sig), 0);
		assert_int_equal(verify(v->alg, v->key, v->input, buf_view(&sig)), 0);
		assert_int_equal(verify(v->alg, v->key, "e30.e30", buf_view(&sig)), XICA_ESIG);
		sig.ptr[5] ^= 1;
		assert_int_equal(verify(v->alg, v->key, v->input, buf_view(&sig)), XICA_ESIG);
	}
}

static void an_algorithm_that_does_not_fit_the_key_is_refused(void **state)
{
	(void)state;
	static const enum jws_alg ALL[] = {JWS_ES256, JWS_ES384, JWS_RS256, JWS_EDDSA, JWS_HS256};
	for (size_t i = 0; i < VECTORS_LEN; i++) {
		cleanup_buf sig = BUF_INIT;
		assert_int_equal(base64url_decode(view_str(VECTORS[i].signature), &sig), 0);
		for (size_t j = 0; j < sizeof(ALL) / sizeof(ALL[0]); j++)
			if (ALL[j] != VECTORS[i].alg)
				assert_int_equal(verify(ALL[j], VECTORS[i].key, VECTORS[i].input, buf_view(&sig)), XICA_ESIG);
	}
}

static void an_ecdsa_signature_of_another_length_is_refused(void **state)
{
	(void)state;
	cleanup_buf sig = BUF_INIT, der = BUF_INIT;
	const struct vector *v = &VECTORS[1];
	assert_int_equal(base64url_decode(view_str(v->signature), &sig), 0);
	assert_int_equal(crypto_ecdsa_from_raw(buf_view(&sig), &der), 0);
	assert_int_equal(verify(v->alg, v->key, v->input, buf_view(&der)), XICA_ESIG); // the form of X.509
	assert_int_equal(verify(v->alg, v->key, v->input, view_sub(buf_view(&sig), 0, 63)), XICA_ESIG);
	assert_int_equal(verify(v->alg, v->key, v->input, view_sub(buf_view(&sig), 0, 62)), XICA_ESIG);
	assert_int_equal(verify(v->alg, v->key, v->input, VIEW_NONE), XICA_ESIG);
	cleanup_buf wide = BUF_INIT; // the same numbers with a zero before each
	buf_add_byte(&wide, 0);
	buf_add(&wide, view_sub(buf_view(&sig), 0, 32));
	buf_add_byte(&wide, 0);
	buf_add(&wide, view_sub(buf_view(&sig), 32, 32));
	assert_int_equal(verify(v->alg, v->key, v->input, buf_view(&wide)), XICA_ESIG);
}

static void an_ecdsa_signature_of_zeros_is_refused(void **state)
{
	(void)state;
	static const uint8_t ZEROS[64];
	assert_int_equal(verify(JWS_ES256, EC_7515, VECTORS[1].input, view_bytes(ZEROS, sizeof(ZEROS))), XICA_ESIG);
}

// RFC 7515 A.1
static const char MAC_INPUT[] = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." PAYLOAD;
static const char MAC_KEY[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
static const char MAC[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

static void the_mac_of_rfc_7515_verifies_and_a_shortened_one_does_not(void **state)
{
	(void)state;
	cleanup_buf key = BUF_INIT, mac = BUF_INIT;
	assert_int_equal(base64url_decode(VIEW_LIT(MAC_KEY), &key), 0);
	assert_int_equal(base64url_decode(VIEW_LIT(MAC), &mac), 0);
	struct jws jws = {.alg = JWS_HS256, .signing_input = VIEW_LIT(MAC_INPUT), .signature = buf_view(&mac)};
	assert_int_equal(jws_verify_hmac(&jws, buf_view(&key)), 0);
	assert_int_equal(jws_verify_hmac(&jws, VIEW_LIT("another key")), XICA_ESIG);
	jws.signature = view_sub(buf_view(&mac), 0, 16);
	assert_int_equal(jws_verify_hmac(&jws, buf_view(&key)), XICA_ESIG);
	jws.signature = VIEW_NONE;
	assert_int_equal(jws_verify_hmac(&jws, buf_view(&key)), XICA_ESIG);
}

static void a_mac_is_looked_at_only_under_hs256_and_kid(void **state)
{
	(void)state;
	cleanup_buf key = BUF_INIT, mac = BUF_INIT;
	assert_int_equal(base64url_decode(VIEW_LIT(MAC_KEY), &key), 0);
	assert_int_equal(base64url_decode(VIEW_LIT(MAC), &mac), 0);
	struct jws jws = {.alg = JWS_ES256, .signing_input = VIEW_LIT(MAC_INPUT), .signature = buf_view(&mac)};
	assert_int_equal(jws_verify_hmac(&jws, buf_view(&key)), XICA_ESIG);
	jws.alg = JWS_HS256;
	jws.has_jwk = true;
	assert_int_equal(jws_verify_hmac(&jws, buf_view(&key)), XICA_ESIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_rfc_7515_and_rfc_8037_verify),
		cmocka_unit_test(an_algorithm_that_does_not_fit_the_key_is_refused),
		cmocka_unit_test(an_ecdsa_signature_of_another_length_is_refused),
		cmocka_unit_test(an_ecdsa_signature_of_zeros_is_refused),
		cmocka_unit_test(the_mac_of_rfc_7515_verifies_and_a_shortened_one_does_not),
		cmocka_unit_test(a_mac_is_looked_at_only_under_hs256_and_kid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
