// Plays a registrar that lies: whatever it hands over, the signer signs nothing that the evidence does not carry, and says why. Here about the request:
// who signed it, its keys, its names and what its profile allows.
#include "role/signer/evidence.h"
#include "signer_fixture.h"

static void an_honest_request_is_prepared(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
}

static void every_profile_can_be_issued(void **state)
{
	static const char *const PROFILES[] = {"xmpp-server", "serverauth", "shortlived"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct applicant a = fixture_applicant();
		a.profile = PROFILES[i];
		fixture_prove(&a, "example.org");
		fixture_expect(&a, PKI_REFUSAL_NONE);
	}
	struct applicant a = fixture_applicant();
	a.profile = "delegated";
	fixture_ask_for(&a, "_xmpp-server.example.org");
	fixture_prove(&a, "_xmpp-server.example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
}

static void an_order_of_many_names_with_wildcard_and_components_is_prepared(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "example.org", "*.example.org", "conference.example.org", "_xmpp-client.example.org");
	fixture_prove(&a, "conference.example.org");
	fixture_prove(&a, "*.example.org");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
}

static void a_finalize_signed_by_another_key_is_forged(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct crypto_key *stranger = fixture_key(CRYPTO_KEY_P256);
	fixture_prove(&a, "example.org");
	fixture_finalize(&a, buf_view(&a.csr), stranger);
	crypto_key_free(stranger);
	fixture_expect(&a, PKI_REFUSAL_FORGED_FINALIZE);
}

// The applicant's own finalize, word for word, but for the URL: an account key may serve at several CAs.
static void a_finalize_that_was_signed_for_another_ca_is_refused(void **state)
{
	static const char *const URLS[] = {"https://other.example/acme/order/1/finalize", "https://localhost:140001/acme/order/1/finalize"};
	(void)state;
	for (size_t i = 0; i < sizeof(URLS) / sizeof(URLS[0]); i++) {
		struct applicant a = fixture_applicant();
		fixture_prove(&a, "example.org");
		fixture_finalize_at(&a, buf_view(&a.csr), a.account, URLS[i]);
		fixture_expect(&a, PKI_REFUSAL_OTHER_SITE);
	}
}

static void a_finalize_for_another_csr_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	cleanup_buf older = BUF_INIT;
	fixture_prove(&a, "example.org");
	buf_add(&older, buf_view(&a.csr));
	crypto_key_free(a.key);
	a.key = fixture_key(CRYPTO_KEY_P256);
	fixture_ask_for(&a, "example.org");
	fixture_finalize(&a, buf_view(&older), a.account);
	fixture_expect(&a, PKI_REFUSAL_OTHER_CSR);
}

static void what_is_no_finalize_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "example.org");
	buf_truncate(&a.finalize, a.finalize.len - 1);
	fixture_expect(&a, PKI_REFUSAL_MALFORMED_FINALIZE);
	a = fixture_applicant();
	buf_clear(&a.finalize);
	assert_int_equal(jws_sign(a.account, view_str(FIXTURE_KID), VIEW_NONE, VIEW_LIT("https://localhost/x"), VIEW_LIT("{\"crt\":\"AAAA\"}"),
				  &a.finalize), 0);
	fixture_expect(&a, PKI_REFUSAL_MALFORMED_FINALIZE);
	a = fixture_applicant();
	buf_clear(&a.jwk);
	buf_add_str(&a.jwk, "{\"kty\":\"oct\",\"k\":\"AAAA\"}");
	fixture_expect(&a, PKI_REFUSAL_MALFORMED_KEY);
}

static void a_request_not_signed_by_its_own_key_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	const struct pki_san name = {PKI_SAN_DNS, VIEW_LIT("example.org")};
	struct crypto_key *stranger = fixture_key(CRYPTO_KEY_P256);
	fixture_prove(&a, "example.org");
	fixture_csr(&a, &name, 1, stranger);
	fixture_finalize(&a, buf_view(&a.csr), a.account);
	crypto_key_free(stranger);
	fixture_expect(&a, PKI_REFUSAL_CSR_SIGNATURE);
	a = fixture_applicant();
	buf_truncate(&a.csr, 20);
	fixture_finalize(&a, buf_view(&a.csr), a.account);
	fixture_expect(&a, PKI_REFUSAL_MALFORMED_CSR);
}

static void weak_keys_are_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	crypto_key_free(a.key);
	a.key = fixture_key(CRYPTO_KEY_P521);
	fixture_ask_for(&a, "example.org");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_WEAK_KEY);
	a = fixture_applicant();
	crypto_key_free(a.key);
	a.key = fixture_key(CRYPTO_KEY_ED25519);
	fixture_ask_for(&a, "example.org");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_WEAK_KEY);
}

static void the_account_key_as_certificate_key_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	crypto_key_free(a.key);
	a.key = crypto_key_ref(a.account);
	fixture_ask_for(&a, "example.org");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_ACCOUNT_KEY);
}

static void block(const struct crypto_key *key)
{
	cleanup_buf spki = BUF_INIT;
	uint8_t digest[CRYPTO_SHA256_LEN];
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	assert_int_equal(crypto_sha256(buf_view(&spki), digest), 0);
	signer_blocklist_free(&fixture_core.blocked);
	buf_add(&fixture_core.blocked.digests, view_bytes(digest, sizeof(digest)));
}

static void a_key_on_the_block_list_is_refused_for_certificate_and_account(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "example.org");
	block(a.key);
	fixture_expect(&a, PKI_REFUSAL_BLOCKED_KEY);
	a = fixture_applicant();
	fixture_prove(&a, "example.org");
	block(a.account);
	fixture_expect(&a, PKI_REFUSAL_BLOCKED_KEY);
	signer_blocklist_free(&fixture_core.blocked);
}

static void an_unknown_profile_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "example.org");
	a.profile = "xmpp-user";
	fixture_expect(&a, PKI_REFUSAL_UNKNOWN_PROFILE);
}

static void a_csr_with_one_name_more_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "example.org", "other.example");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_NAMES);
	a = fixture_applicant();
	fixture_ask_for(&a, "example.org", "_xmpp-client.other.example");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_NAMES);
}

static void a_name_that_the_csr_does_not_ask_stays_out(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	cleanup_arena arena = ARENA_INIT;
	struct signer_prepared prepared;
	struct signer_refusal refusal;
	fixture_prove(&a, "example.org");
	fixture_prove(&a, "other.example");
	assert_int_equal(fixture_prepare(&a, &arena, &prepared, &refusal), 0);
	assert_null(memmem(prepared.tbs.ptr, prepared.tbs.len, "other.example", 13));
	assert_non_null(memmem(prepared.tbs.ptr, prepared.tbs.len, "_xmpp-server.example.org", 24));
	fixture_forget(&a);
}

static void an_identifier_beyond_the_profile_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	a.profile = "delegated";
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_PROFILE_NAMES);
	a = fixture_applicant();
	a.profile = "serverauth";
	fixture_ask_for(&a, "_xmpp-server.example.org");
	fixture_prove(&a, "_xmpp-server.example.org");
	fixture_expect(&a, PKI_REFUSAL_PROFILE_NAMES);
}

static void a_validity_beyond_the_profile_is_refused(void **state)
{
	const struct {
		xica_time not_before, not_after;
		enum pki_refusal reason;
	} CASES[] = {
		{0, fixture_clock.now + 30 * XICA_DAY, PKI_REFUSAL_NONE},
		{fixture_clock.now, fixture_clock.now + 30 * XICA_DAY, PKI_REFUSAL_NONE},
		{fixture_clock.now + XICA_DAY, 0, PKI_REFUSAL_NONE},
		{0, fixture_clock.now + 91 * XICA_DAY, PKI_REFUSAL_VALIDITY},
		{0, fixture_clock.now + XICA_HOUR, PKI_REFUSAL_VALIDITY},
		{0, fixture_clock.now - XICA_DAY, PKI_REFUSAL_VALIDITY},
		{fixture_clock.now - 30 * XICA_DAY, 0, PKI_REFUSAL_VALIDITY},
		{fixture_clock.now + 60 * XICA_DAY, fixture_clock.now + 100 * XICA_DAY, PKI_REFUSAL_VALIDITY},
		{INT64_MAX, INT64_MIN, PKI_REFUSAL_VALIDITY},
		{INT64_MIN, INT64_MAX, PKI_REFUSAL_VALIDITY},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct applicant a = fixture_applicant();
		fixture_prove(&a, "example.org");
		a.not_before = CASES[i].not_before;
		a.not_after = CASES[i].not_after;
		fixture_expect(&a, CASES[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_request_is_prepared),
		cmocka_unit_test(every_profile_can_be_issued),
		cmocka_unit_test(an_order_of_many_names_with_wildcard_and_components_is_prepared),
		cmocka_unit_test(a_finalize_signed_by_another_key_is_forged),
		cmocka_unit_test(a_finalize_that_was_signed_for_another_ca_is_refused),
		cmocka_unit_test(a_finalize_for_another_csr_is_refused),
		cmocka_unit_test(what_is_no_finalize_is_refused),
		cmocka_unit_test(a_request_not_signed_by_its_own_key_is_refused),
		cmocka_unit_test(weak_keys_are_refused),
		cmocka_unit_test(the_account_key_as_certificate_key_is_refused),
		cmocka_unit_test(a_key_on_the_block_list_is_refused_for_certificate_and_account),
		cmocka_unit_test(an_unknown_profile_is_refused),
		cmocka_unit_test(a_csr_with_one_name_more_is_refused),
		cmocka_unit_test(a_name_that_the_csr_does_not_ask_stays_out),
		cmocka_unit_test(an_identifier_beyond_the_profile_is_refused),
		cmocka_unit_test(a_validity_beyond_the_profile_is_refused),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
