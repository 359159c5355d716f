#include "base/base64url.h"
#include "check.h"
#include "jose/jws.h"
#include "rfc_keys.h"

static void add_encoded(struct buf *out, const char *before, const char *text)
{
	buf_add_str(out, before);
	base64url_encode(out, view_str(text));
	buf_add_str(out, "\"");
}

// The fault that jws_parse finds; checks that the error agrees, and that a refused JWS leaves nothing behind.
static enum jws_fault fault_of(struct view text)
{
	cleanup_arena arena = ARENA_INIT;
	struct jws jws = {0};
	enum jws_fault fault = JWS_FAULT_SIZE;
	int error = jws_parse(text, &arena, &jws, &fault);
	assert_int_equal(error, fault ? XICA_EPARSE : 0);
	if (error) {
		assert_null(jws.jwk.key);
		assert_null(jws.signing_input.ptr);
	}
	jws_free(&jws);
	return fault;
}

static enum jws_fault fault_of_header(const char *header)
{
	cleanup_buf text = BUF_INIT;
	add_encoded(&text, "{\"protected\":\"", header);
	add_encoded(&text, ",\"payload\":\"", "{}");
	add_encoded(&text, ",\"signature\":\"", "signature");
	buf_add_str(&text, "}");
	return fault_of(buf_view(&text));
}

#define URL "\"url\":\"https://ca.example/acme/new-order\""
#define NONCE "\"nonce\":\"bm9uY2U\""
#define KID "\"kid\":\"https://ca.example/acme/account/1\""
#define GOOD "\"alg\":\"ES256\"," NONCE "," URL "," KID
// {"alg":"ES256","url":"https://ca.example/","kid":"1"}
#define PROTECTED "eyJhbGciOiJFUzI1NiIsInVybCI6Imh0dHBzOi8vY2EuZXhhbXBsZS8iLCJraWQiOiIxIn0"

static void every_part_of_a_good_jws_is_found(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct jws jws = {0};
	enum jws_fault fault = JWS_FAULT_SIZE;
	cleanup_buf text = BUF_INIT, input = BUF_INIT;
	add_encoded(&text, "{\"protected\":\"", "{" GOOD "}");
	add_encoded(&text, ",\"payload\":\"", "{\"identifiers\":[]}");
	add_encoded(&text, ",\"signature\":\"", "signature");
	buf_add_str(&text, "}");
	assert_int_equal(jws_parse(buf_view(&text), &arena, &jws, &fault), 0);
	memset(text.ptr, 0, text.len); // nothing may point into the request
	assert_int_equal(fault, JWS_FAULT_NONE);
	assert_int_equal(jws.alg, JWS_ES256);
	assert_false(jws.has_jwk);
	assert_view(jws.kid, "https://ca.example/acme/account/1");
	assert_view(jws.nonce, "bm9uY2U");
	assert_view(jws.url, "https://ca.example/acme/new-order");
	assert_view(jws.payload, "{\"identifiers\":[]}");
	assert_view(jws.signature, "signature");
	base64url_encode(&input, VIEW_LIT("{" GOOD "}"));
	buf_add_str(&input, ".");
	base64url_encode(&input, VIEW_LIT("{\"identifiers\":[]}"));
	assert_true(view_equal(jws.signing_input, buf_view(&input)));
	jws_free(&jws);
}

static void the_order_of_members_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(fault_of(VIEW_LIT("{\"signature\":\"AA\",\"protected\":\"" PROTECTED "\",\"payload\":\"\"}")), JWS_FAULT_NONE);
	assert_int_equal(fault_of(VIEW_LIT("{\"payload\":\"\",\"signature\":\"AA\",\"protected\":\"" PROTECTED "\"}")), JWS_FAULT_NONE);
	assert_int_equal(fault_of_header("{" KID "," URL "," NONCE ",\"alg\":\"ES256\"}"), JWS_FAULT_NONE);
}

static void a_jwk_is_parsed_and_an_empty_payload_is_empty(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct jws jws = {0};
	enum jws_fault fault;
	cleanup_buf text = BUF_INIT;
	add_encoded(&text, "{\"protected\":\"", "{\"alg\":\"EdDSA\"," URL ",\"jwk\":" OKP_8037 "}");
	buf_add_str(&text, ",\"payload\":\"\",\"signature\":\"\"}");
	assert_int_equal(jws_parse(buf_view(&text), &arena, &jws, &fault), 0);
	assert_true(jws.has_jwk);
	assert_int_equal(crypto_key_type(jws.jwk.key), CRYPTO_KEY_ED25519);
	assert_int_equal(jws.kid.len, 0);
	assert_int_equal(jws.nonce.len, 0);
	assert_int_equal(jws.payload.len, 0);
	assert_int_equal(jws.signature.len, 0);
	jws_free(&jws);
}

static void more_than_64_kib_are_refused_and_exactly_64_kib_are_not(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	buf_add_str(&text, "{\"signature\":\"AA\",\"protected\":\"" PROTECTED "\",\"payload\":\"\"}");
	while (text.len < JWS_MAX_LEN)
		buf_add_byte(&text, ' ');
	assert_int_equal(fault_of(buf_view(&text)), JWS_FAULT_NONE);
	buf_add_byte(&text, ' ');
	assert_int_equal(fault_of(buf_view(&text)), JWS_FAULT_SIZE);
}

static void what_is_no_json_object_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", "{", "[]", "\"x\"", "{} {}", "eyJhbGciOiJFUzI1NiJ9.e30.AA",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"payload\":\"\",\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":\"AA\",\"x\":{\"y\":[{\"a\":1,\"a\":1}]}}",
		"{\"x\":[[[[[[[[[]]]]]]]]],\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":\"AA\"}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(fault_of(view_str(BAD[i])), JWS_FAULT_JSON);
}

static void missing_or_forbidden_members_are_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"{}", "{\"payload\":\"\",\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"signature\":\"AA\"}", "{\"protected\":\"" PROTECTED "\",\"payload\":\"\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":{},\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":null}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":\"AA\",\"header\":{}}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":\"AA\",\"header\":{\"kid\":\"2\"}}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":\"AA\",\"signatures\":[]}",
		"{\"payload\":\"\",\"signatures\":[{\"protected\":\"" PROTECTED "\",\"signature\":\"AA\"}]}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(fault_of(view_str(BAD[i])), JWS_FAULT_MEMBERS);
}

static void padding_and_other_alphabets_are_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"{\"protected\":\"" PROTECTED "=\",\"payload\":\"\",\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"e30=\",\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"e30\",\"signature\":\"AA==\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"a+/b\",\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"e3\\n0\",\"signature\":\"AA\"}",
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"e31\",\"signature\":\"AA\"}", // stray bits
		"{\"protected\":\"" PROTECTED "\",\"payload\":\"\",\"signature\":\"A\"}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(fault_of(view_str(BAD[i])), JWS_FAULT_BASE64);
}

static void a_header_of_the_wrong_shape_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", "[]", "x", "\"ES256\"", "{}", "{" GOOD "} ,", "{" GOOD ",\"alg\":\"ES256\"}",
		"{" GOOD ",\"x\":{\"a\":1,\"a\":2}}",
		"{" NONCE "," URL "," KID "}", "{\"alg\":\"ES256\"," NONCE "," KID "}", "{\"alg\":1," NONCE "," URL "," KID "}",
		"{\"alg\":\"ES256\",\"nonce\":1," URL "," KID "}", "{\"alg\":\"ES256\",\"url\":null," KID "}",
		"{\"alg\":\"ES256\"," URL ",\"kid\":1}", "{\"alg\":\"ES256\"," URL ",\"jwk\":\"x\"}", "{" GOOD ",\"crit\":\"url\"}",
		"{" GOOD ",\"b64\":\"false\"}", "{" GOOD ",\"b64\":0}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (fault_of_header(BAD[i]) != JWS_FAULT_HEADER)
			fail_msg("not refused as a bad header: %s", BAD[i]);
}

static void none_and_unknown_algorithms_are_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"none", "None", "", "ES512", "RS384", "RS512", "PS256", "HS384", "es256", "ES256K", "ES256 "};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_buf header = BUF_INIT;
		buf_addf(&header, "{\"alg\":\"%s\"," URL "," KID "}", BAD[i]);
		assert_int_equal(fault_of_header(buf_cstr(&header)), JWS_FAULT_ALG);
	}
}

static void every_known_algorithm_is_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum jws_alg alg;
	} KNOWN[] = {{"ES256", JWS_ES256}, {"ES384", JWS_ES384}, {"RS256", JWS_RS256}, {"EdDSA", JWS_EDDSA}, {"HS256", JWS_HS256}};
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		cleanup_buf header = BUF_INIT, text = BUF_INIT;
		struct jws jws = {0};
		enum jws_fault fault;
		buf_addf(&header, "{\"alg\":\"%s\"," URL "," KID "}", KNOWN[i].name);
		add_encoded(&text, "{\"protected\":\"", buf_cstr(&header));
		buf_add_str(&text, ",\"payload\":\"\",\"signature\":\"AA\"}");
		assert_int_equal(jws_parse(buf_view(&text), &arena, &jws, &fault), 0);
		assert_int_equal(jws.alg, KNOWN[i].alg);
		jws_free(&jws);
	}
}

static void both_or_neither_of_jwk_and_kid_are_refused(void **state)
{
	(void)state;
	assert_int_equal(fault_of_header("{" GOOD ",\"jwk\":" EC_7515 "}"), JWS_FAULT_KEY_MEMBER);
	assert_int_equal(fault_of_header("{\"alg\":\"ES256\"," URL "}"), JWS_FAULT_KEY_MEMBER);
	assert_int_equal(fault_of_header("{\"alg\":\"ES256\"," URL ",\"jwk\":" EC_7515 "}"), JWS_FAULT_NONE);
}

static void a_malformed_or_private_jwk_is_told_from_an_unsupported_or_weak_one(void **state)
{
	(void)state;
	assert_int_equal(fault_of_header("{\"alg\":\"ES256\"," URL ",\"jwk\":{}}"), JWS_FAULT_JWK);
	assert_int_equal(fault_of_header("{\"alg\":\"EdDSA\"," URL ",\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP_8037_X
					 "\",\"d\":\"AAAA\"}}"),
		JWS_FAULT_JWK);
	assert_int_equal(fault_of_header("{\"alg\":\"ES256\"," URL ",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}"), JWS_FAULT_PUBLIC_KEY);
	assert_int_equal(fault_of_header("{\"alg\":\"RS256\"," URL ",\"jwk\":{\"kty\":\"RSA\",\"n\":\"" RSA_7515_N "\",\"e\":\"Aw\"}}"),
		JWS_FAULT_PUBLIC_KEY);
}

static void extensions_that_are_not_understood_are_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"[]", "[\"exp\"]", "[\"url\",\"exp\"]", "[\"b64\"]", "[1]", "[[\"url\"]]", "[null]"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_buf header = BUF_INIT;
		buf_addf(&header, "{" GOOD ",\"exp\":1,\"b64\":true,\"crit\":%s}", BAD[i]);
		assert_int_equal(fault_of_header(buf_cstr(&header)), JWS_FAULT_CRIT);
	}
	assert_int_equal(fault_of_header("{\"alg\":\"ES256\"," URL "," KID ",\"crit\":[\"nonce\"]}"), JWS_FAULT_CRIT); // not there
	assert_int_equal(fault_of_header("{" GOOD ",\"crit\":[\"url\",\"nonce\"]}"), JWS_FAULT_NONE);
}

static void an_unencoded_payload_is_refused(void **state)
{
	(void)state;
	assert_int_equal(fault_of_header("{" GOOD ",\"b64\":false}"), JWS_FAULT_B64);
	assert_int_equal(fault_of_header("{" GOOD ",\"b64\":false,\"crit\":[\"b64\"]}"), JWS_FAULT_B64);
	assert_int_equal(fault_of_header("{" GOOD ",\"b64\":true}"), JWS_FAULT_NONE);
}

static void each_fault_has_its_own_words(void **state)
{
	(void)state;
	for (int a = JWS_FAULT_NONE; a <= JWS_FAULT_B64; a++)
		for (int b = JWS_FAULT_NONE; b < a; b++)
			assert_string_not_equal(jws_fault_text((enum jws_fault)a), jws_fault_text((enum jws_fault)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_of_a_good_jws_is_found),
		cmocka_unit_test(the_order_of_members_changes_nothing),
		cmocka_unit_test(a_jwk_is_parsed_and_an_empty_payload_is_empty),
		cmocka_unit_test(more_than_64_kib_are_refused_and_exactly_64_kib_are_not),
		cmocka_unit_test(what_is_no_json_object_is_refused),
		cmocka_unit_test(missing_or_forbidden_members_are_refused),
		cmocka_unit_test(padding_and_other_alphabets_are_refused),
		cmocka_unit_test(a_header_of_the_wrong_shape_is_refused),
		cmocka_unit_test(none_and_unknown_algorithms_are_refused),
		cmocka_unit_test(every_known_algorithm_is_told_apart),
		cmocka_unit_test(both_or_neither_of_jwk_and_kid_are_refused),
		cmocka_unit_test(a_malformed_or_private_jwk_is_told_from_an_unsupported_or_weak_one),
		cmocka_unit_test(extensions_that_are_not_understood_are_refused),
		cmocka_unit_test(an_unencoded_payload_is_refused),
		cmocka_unit_test(each_fault_has_its_own_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
