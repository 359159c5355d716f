#include "validate/challenge.h"

#include "base/hex.h"
#include "check.h"

static void the_key_authorization_is_token_dot_thumbprint(void **state)
{
	(void)state;
	struct challenge_request request = {.token = VIEW_LIT("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA")};
	cleanup_buf text = BUF_INIT, hex = BUF_INIT;
	memset(request.thumbprint, 0xff, sizeof(request.thumbprint));
	assert_int_equal(challenge_key_authorization(&request, &text), 0);
	assert_view(buf_view(&text), "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.__________________________________________8");
	uint8_t digest[CRYPTO_SHA256_LEN];
	assert_int_equal(challenge_digest(&request, digest), 0);
	hex_encode(&hex, view_bytes(digest, sizeof(digest)));
	assert_view(buf_view(&hex), "61ea3a3fbd95b577804c3bdd71d80a82e639805924dbe37092c722d8ec0bff2b");
}

static void a_token_that_is_no_base64url_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", "a.b", "../x", "ab==", "a b", "a"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct challenge_request request = {.token = view_str(BAD[i])};
		cleanup_buf text = BUF_INIT;
		assert_int_equal(challenge_key_authorization(&request, &text), XICA_EINVAL);
	}
}

static void methods_are_found_by_their_whole_name(void **state)
{
	(void)state;
	static const char *const NAMES[] = {"http-01", "dns-01", "tls-alpn-01", "email-01", "dns-account-01", "dns-persist-01"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		const struct challenge_method *method = challenge_find(view_str(NAMES[i]));
		assert_non_null(method);
		assert_string_equal(method->name, NAMES[i]);
		assert_string_equal(receipt_method_text(method->method), NAMES[i]);
	}
	assert_null(challenge_find(VIEW_LIT("http-0")));
	assert_null(challenge_find(VIEW_LIT("HTTP-01")));
	assert_null(challenge_find(VIEW_LIT("operator")));
	assert_null(challenge_find(VIEW_NONE));
}

static void only_dns_proves_wildcards_and_dns_01_alone_services(void **state)
{
	(void)state;
	static const struct pki_identifier HOST = {.type = PKI_IDENTIFIER_DNS}, WILDCARD = {.type = PKI_IDENTIFIER_DNS, .wildcard = true},
					   SERVICE = {.type = PKI_IDENTIFIER_SRV}, ODD = {.type = PKI_IDENTIFIER_SRV, .wildcard = true},
					   UNKNOWN = {.type = (enum pki_identifier_type)9};
	static const char *const NAMES[] = {"http-01", "dns-01", "tls-alpn-01", "email-01", "dns-account-01", "dns-persist-01"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		const struct challenge_method *method = challenge_find(view_str(NAMES[i]));
		bool dns = strcmp(NAMES[i], "dns-01") == 0;
		assert_true(challenge_may_prove(method, &HOST));
		assert_int_equal(challenge_may_prove(method, &WILDCARD), strncmp(NAMES[i], "dns-", 4) == 0);
		assert_int_equal(challenge_may_prove(method, &SERVICE), dns);
		assert_false(challenge_may_prove(method, &ODD));
		assert_false(challenge_may_prove(method, &UNKNOWN));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_authorization_is_token_dot_thumbprint),
		cmocka_unit_test(a_token_that_is_no_base64url_is_refused),
		cmocka_unit_test(methods_are_found_by_their_whole_name),
		cmocka_unit_test(only_dns_proves_wildcards_and_dns_01_alone_services),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
