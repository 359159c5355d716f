// Plays a registrar that lies: whatever it hands over, the signer signs nothing that the evidence does not carry, and says why.
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

static void another_accounts_receipt_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant(), other = fixture_applicant();
	struct receipt stolen = fixture_receipt(&other, RECEIPT_CONTROL, "example.org");
	struct receipt caa = fixture_receipt(&a, RECEIPT_CAA, "example.org");
	fixture_add_receipt(&a, &stolen);
	fixture_add_receipt(&a, &caa);
	fixture_forget(&other);
	fixture_expect(&a, PKI_REFUSAL_RECEIPT_ACCOUNT);
}

static void an_expired_receipt_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org"), caa = fixture_receipt(&a, RECEIPT_CAA, "example.org");
	control.expires = fixture_clock.now;
	fixture_add_receipt(&a, &control);
	fixture_add_receipt(&a, &caa);
	fixture_expect(&a, PKI_REFUSAL_RECEIPT_EXPIRED);
}

static void an_expired_caa_receipt_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org"), caa = fixture_receipt(&a, RECEIPT_CAA, "example.org");
	caa.expires = fixture_clock.now - 1;
	fixture_add_receipt(&a, &control);
	fixture_add_receipt(&a, &caa);
	fixture_expect(&a, PKI_REFUSAL_CAA_EXPIRED);
}

static void a_fresh_receipt_beside_an_expired_one_is_enough(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org"), caa = fixture_receipt(&a, RECEIPT_CAA, "example.org");
	control.expires = caa.expires = fixture_clock.now - 1;
	fixture_add_receipt(&a, &caa);
	fixture_add_receipt(&a, &control);
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
}

static void a_receipt_for_a_name_is_none_for_its_wildcard(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "*.example.org");
	fixture_prove(&a, "example.org");
	fixture_expect(&a, PKI_REFUSAL_WILDCARD);
}

static void a_receipt_for_a_wildcard_is_none_for_the_name(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "*.example.org");
	fixture_expect(&a, PKI_REFUSAL_WILDCARD);
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

static void a_receipt_sealed_with_another_key_is_refused(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org");
	fixture_prove(&a, "example.org");
	buf_clear(&a.receipts[0]);
	assert_int_equal(receipt_write(&control, VIEW_LIT("0123456789abcdef0123456789abcdef"), &a.receipts[0]), 0);
	fixture_expect(&a, PKI_REFUSAL_RECEIPT_SEAL);
}

static void a_receipt_with_one_changed_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 60; i += 7) {
		struct applicant a = fixture_applicant();
		fixture_prove(&a, "example.org");
		a.receipts[1].ptr[i] ^= 1;
		fixture_expect(&a, PKI_REFUSAL_RECEIPT_SEAL);
	}
}

// Let's Encrypt, 2020: a loop checked one name N times.
static void of_many_names_each_needs_its_own_caa_check(void **state)
{
	static const char *const NAMES[] = {"a.example", "b.example", "c.example", "d.example", "e.example", NULL};
	(void)state;
	for (size_t missing = 0; missing < 5; missing++) {
		struct applicant a = fixture_applicant();
		fixture_ask(&a, NAMES);
		for (size_t i = 0; i < 5; i++) {
			struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, NAMES[i]);
			struct receipt caa = fixture_receipt(&a, RECEIPT_CAA, NAMES[i == missing ? (i + 1) % 5 : i]);
			fixture_add_receipt(&a, &control);
			fixture_add_receipt(&a, &caa);
		}
		fixture_expect(&a, PKI_REFUSAL_NO_CAA);
	}
}

static void of_many_names_each_needs_its_own_proof_of_control(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "a.example", "b.example");
	fixture_prove(&a, "a.example");
	struct receipt caa = fixture_receipt(&a, RECEIPT_CAA, "b.example");
	fixture_add_receipt(&a, &caa);
	fixture_expect(&a, PKI_REFUSAL_NO_CONTROL);
}

// --- control of a domain above

// Control of this domain and of the names below it, by dns-01.
static void prove_below(struct applicant *a, const char *domain)
{
	struct receipt control = fixture_receipt(a, RECEIPT_CONTROL, domain);
	control.subdomains = true;
	fixture_add_receipt(a, &control);
}

static void add_caa(struct applicant *a, const char *name)
{
	struct receipt caa = fixture_receipt(a, RECEIPT_CAA, name);
	fixture_add_receipt(a, &caa);
}

static void a_domains_receipt_for_the_names_below_carries_them_each_with_its_own_caa_check(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "example.org", "conference.example.org", "b.a.example.org", "_xmpp-server.conference.example.org");
	prove_below(&a, "example.org");
	add_caa(&a, "example.org");
	add_caa(&a, "conference.example.org");
	add_caa(&a, "b.a.example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
	a = fixture_applicant();
	fixture_ask_for(&a, "conference.example.org"); // without the domain itself
	prove_below(&a, "example.org");
	add_caa(&a, "conference.example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
}

static void of_many_names_below_each_needs_its_own_caa_check(void **state)
{
	static const char *const NAMES[] = {"a.example.org", "b.example.org", "c.example.org", "d.example.org"};
	(void)state;
	for (size_t left_out = 0; left_out < 4; left_out++) {
		struct applicant a = fixture_applicant();
		fixture_ask_for(&a, "a.example.org", "b.example.org", "c.example.org", "d.example.org");
		prove_below(&a, "example.org");
		for (size_t i = 0; i < 4; i++)
			if (i != left_out)
				add_caa(&a, NAMES[i]);
		fixture_expect(&a, PKI_REFUSAL_NAMES); // nothing speaks of it
	}
}

static void of_many_names_below_one_that_is_not_below_is_refused(void **state)
{
	static const char *const STRANGERS[] = {"badexample.org", "example.org.evil.net", "example.net", "org.example"};
	(void)state;
	for (size_t i = 0; i < sizeof(STRANGERS) / sizeof(STRANGERS[0]); i++) {
		struct applicant a = fixture_applicant();
		fixture_ask_for(&a, "a.example.org", "b.example.org", STRANGERS[i]);
		prove_below(&a, "example.org");
		add_caa(&a, "a.example.org");
		add_caa(&a, "b.example.org");
		add_caa(&a, STRANGERS[i]);
		fixture_expect(&a, PKI_REFUSAL_NO_CONTROL);
	}
}

static void a_receipt_that_does_not_say_so_covers_nothing_below(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "conference.example.org");
	fixture_prove(&a, "example.org");
	add_caa(&a, "conference.example.org");
	fixture_expect(&a, PKI_REFUSAL_NO_CONTROL);
}

static void neither_a_wildcard_nor_a_service_is_covered_from_above(void **state)
{
	static const char *const NAMES[] = {"*.example.org", "*.a.example.org", "_xmpp-server.a.example.org"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct applicant a = fixture_applicant();
		fixture_ask_for(&a, NAMES[i]);
		prove_below(&a, "example.org");
		add_caa(&a, NAMES[i]);
		fixture_expect(&a, PKI_REFUSAL_NO_CONTROL);
	}
}

static void nobody_holds_what_is_below_a_public_suffix(void **state)
{
	static const char *const CASES[][2] = {{"org", "example.org"}, {"co.uk", "example.co.uk"}, {"uk", "a.example.co.uk"}};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct applicant a = fixture_applicant();
		fixture_ask_for(&a, CASES[i][1]);
		prove_below(&a, CASES[i][0]);
		add_caa(&a, CASES[i][1]);
		fixture_expect(&a, PKI_REFUSAL_NO_CONTROL);
	}
}

static void only_a_proof_in_the_zone_is_one_for_the_names_below(void **state)
{
	static const enum receipt_method METHODS[] = {RECEIPT_HTTP_01, RECEIPT_TLS_ALPN_01, RECEIPT_XMPP_01, RECEIPT_XMPP_TLS_01, RECEIPT_EMAIL_01, RECEIPT_OPERATOR};
	(void)state;
	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
		struct applicant a = fixture_applicant();
		struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org"), caa = fixture_receipt(&a, RECEIPT_CAA, "a.example.org");
		fixture_ask_for(&a, "a.example.org");
		control.subdomains = true;
		control.method = caa.method = METHODS[i];
		fixture_add_receipt(&a, &control);
		fixture_add_receipt(&a, &caa);
		fixture_expect(&a, PKI_REFUSAL_NO_CONTROL);
	}
}

static void a_caa_check_for_another_method_does_not_count(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org"), caa = fixture_receipt(&a, RECEIPT_CAA, "example.org");
	caa.method = RECEIPT_HTTP_01; // RFC 8657: the records may forbid dns-01
	fixture_add_receipt(&a, &control);
	fixture_add_receipt(&a, &caa);
	fixture_expect(&a, PKI_REFUSAL_NO_CAA);
}

static void the_operators_word_needs_no_caa_check(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	struct receipt control = fixture_receipt(&a, RECEIPT_CONTROL, "example.org");
	control.method = RECEIPT_OPERATOR;
	fixture_add_receipt(&a, &control);
	fixture_expect(&a, PKI_REFUSAL_NONE);
}

static void vouch(struct applicant *a, const char *name)
{
	struct receipt control = fixture_receipt(a, RECEIPT_CONTROL, name);
	control.method = RECEIPT_OPERATOR;
	fixture_add_receipt(a, &control);
}

static void the_operators_word_stands_for_names_that_the_request_does_not_ask_for_and_for_all_that_it_does(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	vouch(&a, "example.org");
	vouch(&a, "www.example.org");
	fixture_expect(&a, PKI_REFUSAL_NONE);
	a = fixture_applicant();
	vouch(&a, "www.example.org"); // the request asks for example.org
	fixture_expect(&a, PKI_REFUSAL_NAMES);
	a = fixture_applicant();
	vouch(&a, "www.example.org");
	fixture_prove(&a, "b.example.org"); // where anything is proven, the request must ask for what it gets
	fixture_expect(&a, PKI_REFUSAL_NAMES);
}

static void assume(struct applicant *a)
{
	struct receipt control = fixture_receipt(a, RECEIPT_CONTROL, "example.org"), caa = fixture_receipt(a, RECEIPT_CAA, "example.org");
	control.method = caa.method = RECEIPT_ASSUMED;
	fixture_add_receipt(a, &control);
	fixture_add_receipt(a, &caa);
}

static void what_was_assumed_is_believed_in_development_alone_and_where_the_signers_own_configuration_says_so(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct applicant a = fixture_applicant();
		assume(&a);
		fixture_config.dev = i & 1;
		fixture_config.assume_valid = i & 2;
		fixture_expect(&a, i == 3 ? PKI_REFUSAL_NONE : PKI_REFUSAL_METHOD);
	}
	fixture_config.assume_valid = false;
}

static void a_proof_of_the_service_is_none_of_the_domain(void **state)
{
	(void)state;
	struct applicant a = fixture_applicant();
	fixture_ask_for(&a, "example.org");
	fixture_prove(&a, "_xmpp-server.example.org");
	fixture_expect(&a, PKI_REFUSAL_NAMES);
	a = fixture_applicant();
	fixture_ask_for(&a, "_xmpp-server.example.org", "_xmpp-client.example.org");
	fixture_prove(&a, "_xmpp-server.example.org");
	fixture_expect(&a, PKI_REFUSAL_NAMES);
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

// --- key changes

struct change {
	const struct crypto_key *outer, *inner, *old; // who signs the outer, who the inner, and which key the inner calls old
	const char *account, *url;
};

static void add_key_change(struct applicant *a, const struct change *change)
{
	cleanup_buf payload = BUF_INIT, inner = BUF_INIT;
	buf_addf(&payload, "{\"account\":\"%s\",\"oldKey\":", change->account);
	assert_int_equal(jwk_write(change->old, &payload), 0);
	buf_add_str(&payload, "}");
	assert_int_equal(jws_sign(change->inner, VIEW_NONE, VIEW_NONE, view_str(change->url), buf_view(&payload), &inner), 0);
	assert_int_equal(jws_sign(change->outer, view_str(FIXTURE_KID), VIEW_LIT("nonce"), VIEW_LIT("https://localhost:14000/acme/key-change"),
				  buf_view(&inner), &a->key_changes[a->key_change_count++]), 0);
}

// The applicant proved with first, then moved to second, and is at third now.
struct moved {
	struct applicant a;
	struct crypto_key *first, *second;
};

static struct moved make_moved(void)
{
	struct moved m = {.a = fixture_applicant()};
	m.first = crypto_key_ref(m.a.account);
	m.second = fixture_key(CRYPTO_KEY_P384);
	fixture_prove(&m.a, "example.org");
	crypto_key_free(m.a.account);
	m.a.account = fixture_key(CRYPTO_KEY_ED25519);
	fixture_jwk(&m.a);
	fixture_finalize(&m.a, buf_view(&m.a.csr), m.a.account);
	return m;
}

static struct change good_change(const struct crypto_key *older, const struct crypto_key *newer)
{
	return (struct change){older, newer, older, FIXTURE_KID, "https://localhost:14000/acme/key-change"};
}

static void expect_moved(struct moved *m, enum pki_refusal reason)
{
	fixture_expect(&m->a, reason);
	crypto_key_free(m->first);
	crypto_key_free(m->second);
}

static void a_chain_of_key_changes_carries_older_receipts(void **state)
{
	(void)state;
	struct moved m = make_moved();
	struct change newest = good_change(m.second, m.a.account), older = good_change(m.first, m.second);
	add_key_change(&m.a, &newest);
	add_key_change(&m.a, &older);
	expect_moved(&m, PKI_REFUSAL_NONE);
}

static void without_the_key_change_the_older_receipts_are_anothers(void **state)
{
	(void)state;
	struct moved m = make_moved();
	expect_moved(&m, PKI_REFUSAL_RECEIPT_ACCOUNT);
	m = make_moved();
	struct change newest = good_change(m.second, m.a.account);
	add_key_change(&m.a, &newest);
	expect_moved(&m, PKI_REFUSAL_RECEIPT_ACCOUNT);
}

static void key_changes_in_the_wrong_order_or_with_a_gap_are_refused(void **state)
{
	(void)state;
	struct moved m = make_moved();
	struct change newest = good_change(m.second, m.a.account), older = good_change(m.first, m.second);
	add_key_change(&m.a, &older);
	add_key_change(&m.a, &newest);
	expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
	m = make_moved();
	older = good_change(m.first, m.second);
	add_key_change(&m.a, &older);
	expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
}

static void a_forged_key_change_is_refused(void **state)
{
	(void)state;
	for (int forgery = 0; forgery < 5; forgery++) {
		struct moved m = make_moved();
		struct change change = good_change(m.first, m.a.account);
		switch (forgery) {
		case 0: change.outer = m.a.account; break; // only the new key signed: its holder claims another's account
		case 1: change.inner = m.second; break;    // the inner one is by a third key
		case 2: change.old = m.second; break;      // it speaks of another old key
		case 3: change.account = "https://localhost:14000/acme/acct/2"; break;
		default: change.url = "https://localhost:14000/acme/other"; break;
		}
		add_key_change(&m.a, &change);
		expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
	}
}

static void another_signed_request_is_no_key_change(void **state)
{
	(void)state;
	struct moved m = make_moved();
	buf_add(&m.a.key_changes[m.a.key_change_count++], buf_view(&m.a.finalize));
	expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
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
		cmocka_unit_test(another_accounts_receipt_is_refused),
		cmocka_unit_test(an_expired_receipt_is_refused),
		cmocka_unit_test(an_expired_caa_receipt_is_refused),
		cmocka_unit_test(a_fresh_receipt_beside_an_expired_one_is_enough),
		cmocka_unit_test(a_receipt_for_a_name_is_none_for_its_wildcard),
		cmocka_unit_test(a_receipt_for_a_wildcard_is_none_for_the_name),
		cmocka_unit_test(a_csr_with_one_name_more_is_refused),
		cmocka_unit_test(a_name_that_the_csr_does_not_ask_stays_out),
		cmocka_unit_test(a_receipt_sealed_with_another_key_is_refused),
		cmocka_unit_test(a_receipt_with_one_changed_byte_is_refused),
		cmocka_unit_test(of_many_names_each_needs_its_own_caa_check),
		cmocka_unit_test(of_many_names_each_needs_its_own_proof_of_control),
		cmocka_unit_test(a_domains_receipt_for_the_names_below_carries_them_each_with_its_own_caa_check),
		cmocka_unit_test(of_many_names_below_each_needs_its_own_caa_check),
		cmocka_unit_test(of_many_names_below_one_that_is_not_below_is_refused),
		cmocka_unit_test(a_receipt_that_does_not_say_so_covers_nothing_below),
		cmocka_unit_test(neither_a_wildcard_nor_a_service_is_covered_from_above),
		cmocka_unit_test(nobody_holds_what_is_below_a_public_suffix),
		cmocka_unit_test(only_a_proof_in_the_zone_is_one_for_the_names_below),
		cmocka_unit_test(a_caa_check_for_another_method_does_not_count),
		cmocka_unit_test(the_operators_word_needs_no_caa_check),
		cmocka_unit_test(the_operators_word_stands_for_names_that_the_request_does_not_ask_for_and_for_all_that_it_does),
		cmocka_unit_test(what_was_assumed_is_believed_in_development_alone_and_where_the_signers_own_configuration_says_so),
		cmocka_unit_test(a_proof_of_the_service_is_none_of_the_domain),
		cmocka_unit_test(an_identifier_beyond_the_profile_is_refused),
		cmocka_unit_test(a_validity_beyond_the_profile_is_refused),
		cmocka_unit_test(a_chain_of_key_changes_carries_older_receipts),
		cmocka_unit_test(without_the_key_change_the_older_receipts_are_anothers),
		cmocka_unit_test(key_changes_in_the_wrong_order_or_with_a_gap_are_refused),
		cmocka_unit_test(a_forged_key_change_is_refused),
		cmocka_unit_test(another_signed_request_is_no_key_change),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
