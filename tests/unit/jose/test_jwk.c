#include "base/base64url.h"
#include "base/file.h"
#include "base/hex.h"
#include "check.h"
#include "jose/jwk.h"
#include "rfc_keys.h"

static int parse(const char *text)
{
	struct jwk jwk = {0};
	int error = jwk_parse_text(view_str(text), &jwk);
	if (error)
		assert_null(jwk.key);
	jwk_free(&jwk);
	return error;
}

static void assert_thumbprint(const char *text, const char *thumbprint)
{
	struct jwk jwk = {0};
	uint8_t again[CRYPTO_SHA256_LEN];
	cleanup_buf encoded = BUF_INIT;
	assert_int_equal(jwk_parse_text(view_str(text), &jwk), 0);
	base64url_encode(&encoded, view_bytes(jwk.thumbprint, sizeof(jwk.thumbprint)));
	assert_view(buf_view(&encoded), thumbprint);
	assert_int_equal(jwk_thumbprint(jwk.key, again), 0);
	assert_memory_equal(again, jwk.thumbprint, sizeof(again));
	jwk_free(&jwk);
}

static void thumbprints_are_those_of_rfc_7638_and_rfc_8037(void **state)
{
	(void)state;
	assert_thumbprint("{\"kty\":\"RSA\",\"n\":\"" RSA_7638_N "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}",
		RSA_7638_THUMBPRINT);
	assert_thumbprint(OKP_8037, OKP_8037_THUMBPRINT);
}

static void the_order_of_members_changes_nothing(void **state)
{
	(void)state;
	assert_thumbprint("{\"e\":\"AQAB\",\"alg\":\"RS256\",\"n\":\"" RSA_7638_N "\",\"kty\":\"RSA\"}", RSA_7638_THUMBPRINT);
	assert_thumbprint("{\"x\":\"" OKP_8037_X "\",\"crv\":\"Ed25519\",\"kty\":\"OKP\"}", OKP_8037_THUMBPRINT);
}

static void what_is_written_has_the_members_of_rfc_7638_in_order(void **state)
{
	(void)state;
	static const char *const PAIRS[][2] = {
		{RSA_7515, "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\"}"},
		{EC_7515, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_Y "\"}"},
		{OKP_8037, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" OKP_8037_X "\"}"},
	};
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		struct jwk jwk = {0};
		cleanup_buf out = BUF_INIT;
		assert_int_equal(jwk_parse_text(view_str(PAIRS[i][0]), &jwk), 0);
		assert_int_equal(jwk_write(jwk.key, &out), 0);
		assert_view(buf_view(&out), PAIRS[i][1]);
		jwk_free(&jwk);
	}
}

static void p384_goes_both_ways_and_p521_is_not_written(void **state)
{
	(void)state;
	struct jwk jwk = {0};
	cleanup_buf out = BUF_INIT, none = BUF_INIT;
	cleanup_key *p384 = NULL;
	cleanup_key *p521 = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P384, 0, &p384), 0);
	assert_int_equal(jwk_write(p384, &out), 0);
	assert_int_equal(jwk_parse_text(buf_view(&out), &jwk), 0);
	assert_true(crypto_key_equal(jwk.key, p384));
	jwk_free(&jwk);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P521, 0, &p521), 0);
	assert_int_equal(jwk_write(p521, &none), XICA_EUNSUPPORTED);
	assert_int_equal(none.len, 0);
}

static void a_private_member_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_Y "\",\"d\":\"AQ\"}"),
		XICA_EPARSE);
	assert_int_equal(parse("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP_8037_X "\",\"d\":null}"), XICA_EPARSE);
	assert_int_equal(parse("{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":\"AQAB\",\"d\":\"AQ\"}"), XICA_EPARSE);
	assert_int_equal(parse("{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":\"AQAB\",\"p\":\"AQ\"}"), XICA_EPARSE);
}

static void other_kinds_and_curves_are_unsupported(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"kty\":\"oct\",\"k\":\"AAAA\"}"), XICA_EUNSUPPORTED);
	assert_int_equal(parse("{\"kty\":\"ec\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}"), XICA_EUNSUPPORTED);
	assert_int_equal(parse("{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AA\",\"y\":\"AA\"}"), XICA_EUNSUPPORTED);
	assert_int_equal(parse("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}"), XICA_EUNSUPPORTED);
	assert_int_equal(parse("{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"}"), XICA_EUNSUPPORTED);
	assert_int_equal(parse("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" OKP_8037_X "\"}"), XICA_EUNSUPPORTED);
}

static void malformed_keys_are_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {
		"", "[]", "{}", "{\"kty\":1}", "{\"kty\":null}", "{\"kty\":\"EC\"}", "{\"kty\":\"OKP\"}", "{\"kty\":\"RSA\"}",
		"{\"kty\":\"EC\",\"crv\":1,\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\",\"y\":1}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\",\"y\":\"\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_Y "=\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_X "\"}", // beside the curve
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_7515_X "\",\"x\":\"" EC_7515_X "\",\"y\":\"" EC_7515_Y "\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
		"{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\"}",
		"{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":65537}",
		"{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":\"AAEAAQ\"}", // leading zero (RFC 7518 §6.3.1.2)
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (parse(BAD[i]) != XICA_EPARSE)
			fail_msg("not refused as malformed: %s", BAD[i]);
}

static int parse_rsa(struct view n, struct view e)
{
	struct jwk jwk = {0};
	cleanup_buf text = BUF_INIT;
	buf_add_str(&text, "{\"kty\":\"RSA\",\"n\":\"");
	base64url_encode(&text, n);
	buf_add_str(&text, "\",\"e\":\"");
	base64url_encode(&text, e);
	buf_add_str(&text, "\"}");
	int error = jwk_parse_text(buf_view(&text), &jwk);
	jwk_free(&jwk);
	return error;
}

static void rsa_below_2048_or_above_8192_bits_is_weak(void **state)
{
	(void)state;
	static uint8_t n[2049];
	static const struct view E = {(const uint8_t *)"\1\0\1", 3};
	memset(n, 0xff, sizeof(n));
	assert_int_equal(parse_rsa(view_bytes(n, 128), E), XICA_EWEAK);
	assert_int_equal(parse_rsa(view_bytes(n, 255), E), XICA_EWEAK);
	assert_int_equal(parse_rsa(view_bytes(n, 1025), E), XICA_EWEAK);
	assert_int_equal(parse_rsa(view_bytes(n, 2049), E), XICA_EWEAK);
	n[0] = 0x7f; // 2047 bits
	assert_int_equal(parse_rsa(view_bytes(n, 256), E), XICA_EWEAK);
}

static void a_small_exponent_is_weak(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":\"Aw\"}"), XICA_EWEAK);
	assert_int_equal(parse("{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":\"AQAA\"}"), XICA_EWEAK);
	assert_int_equal(parse(RSA_7515), 0);
}

static void a_roca_key_is_weak(void **state)
{
	(void)state;
	cleanup_buf pem = BUF_INIT, n = BUF_INIT, e = BUF_INIT;
	cleanup_key *key = NULL;
	assert_int_equal(file_read(TEST_VECTORS "/keys/roca.key", 1 << 16, &pem), 0);
	assert_int_equal(crypto_key_from_pem(buf_view(&pem), VIEW_NONE, &key), 0);
	assert_int_equal(crypto_key_public_parts(key, &n, &e), 0);
	assert_int_equal(parse_rsa(buf_view(&n), buf_view(&e)), XICA_EWEAK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thumbprints_are_those_of_rfc_7638_and_rfc_8037),
		cmocka_unit_test(the_order_of_members_changes_nothing),
		cmocka_unit_test(what_is_written_has_the_members_of_rfc_7638_in_order),
		cmocka_unit_test(p384_goes_both_ways_and_p521_is_not_written),
		cmocka_unit_test(a_private_member_is_refused),
		cmocka_unit_test(other_kinds_and_curves_are_unsupported),
		cmocka_unit_test(malformed_keys_are_refused),
		cmocka_unit_test(rsa_below_2048_or_above_8192_bits_is_weak),
		cmocka_unit_test(a_small_exponent_is_weak),
		cmocka_unit_test(a_roca_key_is_weak),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
