// From a prepared certificate to a signed one: tokens work once, what is signed is what was linted, and nothing leaves that the audit log
// does not hold.
#include "pki/certificate.h"
#include "pki/crl.h"
#include "role/audit/search.h"
#include "role/signer/crl.h"
#include "signer_fixture.h"

static struct signer_prepared prepare(struct arena *arena)
{
	struct applicant a = fixture_applicant();
	struct signer_prepared prepared;
	struct signer_refusal refusal;
	fixture_prove(&a, "example.org");
	assert_int_equal(fixture_prepare(&a, arena, &prepared, &refusal), 0);
	fixture_forget(&a);
	return prepared;
}

static struct view token_of(const struct signer_prepared *prepared)
{
	return view_bytes(prepared->token, sizeof(prepared->token));
}

static struct view serial_of(const struct signer_prepared *prepared)
{
	return view_bytes(prepared->serial, sizeof(prepared->serial));
}

static int issue(struct view token, struct signer_clock clock, struct buf *certificate, enum pki_refusal *reason)
{
	struct signer_issued issued;
	struct signer_refusal refusal = {PKI_REFUSAL_NONE, NULL};
	int error = signer_issue(&fixture_core, token, clock, NULL, NULL, &issued, &refusal);
	*reason = refusal.reason;
	if (!error)
		*certificate = issued.certificate;
	return error;
}

static void keep_answer(void *context, const struct audit_sought *sought, int error, struct view certificate)
{
	(void)sought;
	assert_int_equal(error, 0);
	buf_add(context, certificate);
}

static void look_for(struct view serial, struct buf *certificate)
{
	struct audit_search search;
	const struct audit_sought sought = {.serial = serial};
	audit_search_begin(&search, keep_answer, certificate);
	assert_int_equal(audit_look_for(fixture_core.audit, &search, &sought), 0);
	while (audit_search_step(&search))
		;
	audit_search_end(&search);
}

static void what_is_issued_is_what_was_prepared_and_the_log_holds_it(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT, recovered = BUF_INIT;
	struct pki_certificate read, issuer;
	const char *why = NULL;
	enum pki_refusal reason;
	struct signer_prepared prepared = prepare(&arena);
	assert_int_equal(issue(token_of(&prepared), fixture_clock, &certificate, &reason), 0);
	assert_int_equal(pki_certificate_parse(buf_view(&certificate), &read, &why), 0);
	assert_true(view_equal(read.tbs, prepared.tbs));
	assert_true(view_equal(read.serial, serial_of(&prepared)));
	assert_int_equal(pki_certificate_parse(fixture_core.ca.issuers[0].certificate, &issuer, &why), 0);
	assert_int_equal(pki_certificate_signed_by(&read, &issuer), 0);
	assert_true(audit_pending(fixture_core.audit));
	assert_int_equal(audit_commit(fixture_core.audit), 0);
	look_for(serial_of(&prepared), &recovered);
	assert_true(view_equal(buf_view(&recovered), buf_view(&certificate)));
}

static void a_token_works_once(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT;
	enum pki_refusal reason;
	struct signer_prepared prepared = prepare(&arena);
	assert_int_equal(issue(token_of(&prepared), fixture_clock, &certificate, &reason), 0);
	assert_int_equal(issue(token_of(&prepared), fixture_clock, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_UNKNOWN_TOKEN);
}

static void a_token_that_was_never_given_is_refused(void **state)
{
	(void)state;
	cleanup_buf certificate = BUF_INIT;
	uint8_t zeros[SIGNER_TOKEN_LEN] = {0};
	enum pki_refusal reason;
	assert_int_equal(issue(view_bytes(zeros, sizeof(zeros)), fixture_clock, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_UNKNOWN_TOKEN);
	assert_int_equal(issue(VIEW_NONE, fixture_clock, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_UNKNOWN_TOKEN);
}

static void a_token_is_good_for_a_minute(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT;
	enum pki_refusal reason;
	struct signer_prepared prepared = prepare(&arena);
	struct signer_clock later = fixture_clock;
	later.monotonic_ms += SIGNER_TOKEN_LIFETIME_MS;
	assert_int_equal(issue(token_of(&prepared), later, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_UNKNOWN_TOKEN);
}

static void a_recovered_serial_is_burnt(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT;
	enum pki_refusal reason;
	struct signer_prepared prepared = prepare(&arena);
	assert_true(signer_tokens_burn(&fixture_core.tokens, serial_of(&prepared)));
	assert_false(signer_tokens_burn(&fixture_core.tokens, serial_of(&prepared)));
	assert_int_equal(issue(token_of(&prepared), fixture_clock, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_UNKNOWN_TOKEN);
}

static struct signer_ticket *ticket_of(const struct signer_prepared *prepared)
{
	for (size_t i = 0; i < SIGNER_TICKETS_MAX; i++) {
		struct signer_ticket *ticket = &fixture_core.tokens.tickets[i];
		if (ticket->used && view_equal(token_of(prepared), view_bytes(ticket->token, SIGNER_TOKEN_LEN)))
			return ticket;
	}
	fail_msg("there is no such ticket");
	return NULL;
}

// Let's Encrypt, 2023: what was signed was not what had been checked.
static void bytes_altered_after_the_lint_are_not_signed(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT;
	enum pki_refusal reason;
	struct signer_prepared prepared = prepare(&arena);
	struct signer_ticket *ticket = ticket_of(&prepared);
	uint8_t *name = memmem(ticket->tbs.ptr, ticket->tbs.len, "example.org", 11);
	assert_non_null(name);
	name[0] ^= 1;
	assert_int_equal(audit_commit(fixture_core.audit), 0);
	assert_int_equal(issue(token_of(&prepared), fixture_clock, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_ALTERED);
	assert_false(audit_pending(fixture_core.audit));
}

static void a_signature_that_the_issuers_certificate_does_not_verify_never_leaves(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT;
	enum pki_refusal reason;
	struct signer_prepared prepared = prepare(&arena);
	struct ca_issuer *issuer = &fixture_core.ca.issuers[0];
	struct crypto_key *right = issuer->key;
	issuer->key = fixture_key(CRYPTO_KEY_P256);
	assert_int_equal(issue(token_of(&prepared), fixture_clock, &certificate, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_ALTERED);
	crypto_key_free(issuer->key);
	issuer->key = right;
}

static void more_than_the_table_holds_is_refused_as_busy(void **state)
{
	(void)state;
	static struct signer_tokens tokens;
	uint8_t token[SIGNER_TOKEN_LEN];
	for (size_t i = 0; i < SIGNER_TICKETS_MAX; i++) {
		struct signer_ticket ticket = {.tbs = BUF_INIT};
		assert_int_equal(signer_tokens_add(&tokens, &ticket, 1000, token), 0);
	}
	struct signer_ticket one_more = {.tbs = BUF_INIT};
	assert_int_equal(signer_tokens_add(&tokens, &one_more, 1000 + SIGNER_TOKEN_LIFETIME_MS - 1, token), XICA_ERANGE);
	assert_int_equal(signer_tokens_add(&tokens, &one_more, 1000 + SIGNER_TOKEN_LIFETIME_MS, token), 0);
	signer_tokens_clear(&tokens);
}

static void serials_differ_and_are_positive(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct signer_prepared one = prepare(&arena), other = prepare(&arena);
	assert_int_equal(one.serial[0], PKI_SERIAL_FIRST);
	assert_memory_not_equal(one.serial, other.serial, PKI_SERIAL_LEN);
}

// --- CRLs

static struct signer_crls crls;

static struct signer_crl_head head(void)
{
	return (struct signer_crl_head){view_str(fixture_core.ca.issuers[0].id), 0, 7, fixture_clock.now, fixture_clock.now + XICA_DAY};
}

static int begin(const struct signer_crl_head *with, enum pki_refusal *reason)
{
	struct signer_refusal refusal = {PKI_REFUSAL_NONE, NULL};
	int error = signer_crl_begin(&crls, &fixture_core, 1, 42, with, fixture_clock.now, &refusal);
	*reason = refusal.reason;
	return error;
}

static void entry_of(uint8_t entry[SIGNER_CRL_ENTRY_LEN], uint8_t reason)
{
	memset(entry, 0, SIGNER_CRL_ENTRY_LEN);
	entry[3] = PKI_SERIAL_FIRST;
	entry[19] = 5;
	for (size_t i = 0; i < 8; i++)
		entry[20 + i] = (uint8_t)(fixture_clock.now >> (56 - 8 * i));
	entry[28] = reason;
}

static void a_crl_is_gathered_signed_and_logged(void **state)
{
	(void)state;
	cleanup_buf crl = BUF_INIT;
	struct signer_crl_head with = head();
	struct signer_refusal refusal;
	uint8_t entry[SIGNER_CRL_ENTRY_LEN];
	enum pki_refusal reason;
	entry_of(entry, PKI_REASON_KEY_COMPROMISE);
	assert_int_equal(audit_commit(fixture_core.audit), 0);
	assert_int_equal(begin(&with, &reason), 0);
	assert_int_equal(signer_crl_add(&crls, 1, 42, view_bytes(entry, sizeof(entry)), &refusal), 0);
	assert_int_equal(signer_crl_sign(&crls, &fixture_core, 1, 42, fixture_clock.now, &crl, &refusal), 0);
	assert_true(crl.len > 200);
	assert_non_null(memmem(crl.ptr, crl.len, "/0.crl", 6));
	assert_true(audit_pending(fixture_core.audit));
	assert_int_equal(signer_crl_sign(&crls, &fixture_core, 1, 42, fixture_clock.now, &crl, &refusal), XICA_EDENIED);
	assert_int_equal(refusal.reason, PKI_REFUSAL_CRL_ORDER);
}

static void crl_messages_out_of_order_are_refused(void **state)
{
	(void)state;
	cleanup_buf crl = BUF_INIT;
	struct signer_crl_head with = head();
	struct signer_refusal refusal;
	uint8_t entry[SIGNER_CRL_ENTRY_LEN];
	enum pki_refusal reason;
	entry_of(entry, 0);
	assert_int_equal(signer_crl_add(&crls, 1, 42, view_bytes(entry, sizeof(entry)), &refusal), XICA_EDENIED);
	assert_int_equal(refusal.reason, PKI_REFUSAL_CRL_ORDER);
	assert_int_equal(begin(&with, &reason), 0);
	assert_int_equal(signer_crl_add(&crls, 2, 42, view_bytes(entry, sizeof(entry)), &refusal), XICA_EDENIED); // another peer's
	assert_int_equal(begin(&with, &reason), XICA_EDENIED);                                                    // twice
	assert_int_equal(reason, PKI_REFUSAL_CRL_ORDER);
	assert_int_equal(begin(&with, &reason), 0);
	signer_crls_drop(&crls, 1);
	assert_int_equal(signer_crl_sign(&crls, &fixture_core, 1, 42, fixture_clock.now, &crl, &refusal), XICA_EDENIED);
	assert_int_equal(crl.len, 0);
}

static void a_crl_of_an_unknown_issuer_or_time_is_refused(void **state)
{
	(void)state;
	enum pki_refusal reason;
	struct signer_crl_head with = head();
	with.issuer = VIEW_LIT("0000000000000000");
	assert_int_equal(begin(&with, &reason), XICA_EDENIED);
	assert_int_equal(reason, PKI_REFUSAL_UNKNOWN_ISSUER);
	with = head();
	with.next_update = with.this_update;
	assert_int_equal(begin(&with, &reason), XICA_EDENIED);
	with = head();
	with.this_update = fixture_clock.now + XICA_DAY;
	with.next_update = with.this_update + XICA_DAY;
	assert_int_equal(begin(&with, &reason), XICA_EDENIED);
	with = head();
	with.next_update = INT64_MAX;
	assert_int_equal(begin(&with, &reason), XICA_EDENIED);
	with = head();
	with.this_update = INT64_MIN;
	assert_int_equal(begin(&with, &reason), XICA_EDENIED);
	signer_crls_clear(&crls);
}

static void a_crl_entry_that_is_none_is_refused(void **state)
{
	(void)state;
	static const uint8_t REASONS[] = {6, 7, 8, 11, 255};
	struct signer_crl_head with = head();
	struct signer_refusal refusal;
	uint8_t entry[SIGNER_CRL_ENTRY_LEN];
	enum pki_refusal reason;
	for (size_t i = 0; i < sizeof(REASONS); i++) {
		entry_of(entry, REASONS[i]);
		assert_int_equal(begin(&with, &reason), 0);
		assert_int_equal(signer_crl_add(&crls, 1, 42, view_bytes(entry, sizeof(entry)), &refusal), XICA_EDENIED);
		assert_int_equal(refusal.reason, PKI_REFUSAL_CRL_ENTRY);
	}
	entry_of(entry, 0);
	assert_int_equal(begin(&with, &reason), 0);
	assert_int_equal(signer_crl_add(&crls, 1, 42, view_bytes(entry, sizeof(entry) - 1), &refusal), XICA_EDENIED);
	memset(entry + 20, 0xff, 8);
	assert_int_equal(begin(&with, &reason), 0);
	assert_int_equal(signer_crl_add(&crls, 1, 42, view_bytes(entry, sizeof(entry)), &refusal), XICA_EDENIED);
	signer_crls_clear(&crls);
}

static void a_crl_of_more_than_a_million_entries_says_that_it_is_full(void **state)
{
	(void)state;
	struct signer_crl_head with = head();
	struct signer_refusal refusal;
	uint8_t entry[SIGNER_CRL_ENTRY_LEN];
	enum pki_refusal reason;
	size_t count = 0;
	assert_int_equal(begin(&with, &reason), 0);
	do {
		entry_of(entry, 1);
		for (size_t i = 0; i < 4; i++)
			entry[16 + i] = (uint8_t)(count >> (24 - 8 * i));
		count++;
	} while (!signer_crl_add(&crls, 1, 42, view_bytes(entry, sizeof(entry)), &refusal));
	assert_int_equal(refusal.reason, PKI_REFUSAL_CRL_FULL);
	assert_true(count > 1000000 && count < 2000000); // as xicad.conf(5) says of a shard
	signer_crls_clear(&crls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_issued_is_what_was_prepared_and_the_log_holds_it),
		cmocka_unit_test(a_token_works_once),
		cmocka_unit_test(a_token_that_was_never_given_is_refused),
		cmocka_unit_test(a_token_is_good_for_a_minute),
		cmocka_unit_test(a_recovered_serial_is_burnt),
		cmocka_unit_test(bytes_altered_after_the_lint_are_not_signed),
		cmocka_unit_test(a_signature_that_the_issuers_certificate_does_not_verify_never_leaves),
		cmocka_unit_test(more_than_the_table_holds_is_refused_as_busy),
		cmocka_unit_test(serials_differ_and_are_positive),
		cmocka_unit_test(a_crl_is_gathered_signed_and_logged),
		cmocka_unit_test(crl_messages_out_of_order_are_refused),
		cmocka_unit_test(a_crl_of_an_unknown_issuer_or_time_is_refused),
		cmocka_unit_test(a_crl_entry_that_is_none_is_refused),
		cmocka_unit_test(a_crl_of_more_than_a_million_entries_says_that_it_is_full),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
