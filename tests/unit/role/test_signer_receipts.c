// Plays a registrar that lies about proofs: for each name there must be the receipts of this account, of this name, of now, with the validator's seal.
#include "signer_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_accounts_receipt_is_refused),
		cmocka_unit_test(an_expired_receipt_is_refused),
		cmocka_unit_test(an_expired_caa_receipt_is_refused),
		cmocka_unit_test(a_fresh_receipt_beside_an_expired_one_is_enough),
		cmocka_unit_test(a_receipt_for_a_name_is_none_for_its_wildcard),
		cmocka_unit_test(a_receipt_for_a_wildcard_is_none_for_the_name),
		cmocka_unit_test(a_receipt_sealed_with_another_key_is_refused),
		cmocka_unit_test(a_receipt_with_one_changed_byte_is_refused),
		cmocka_unit_test(of_many_names_each_needs_its_own_caa_check),
		cmocka_unit_test(of_many_names_each_needs_its_own_proof_of_control),
		cmocka_unit_test(a_caa_check_for_another_method_does_not_count),
		cmocka_unit_test(the_operators_word_needs_no_caa_check),
		cmocka_unit_test(the_operators_word_stands_for_names_that_the_request_does_not_ask_for_and_for_all_that_it_does),
		cmocka_unit_test(what_was_assumed_is_believed_in_development_alone_and_where_the_signers_own_configuration_says_so),
		cmocka_unit_test(a_proof_of_the_service_is_none_of_the_domain),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
