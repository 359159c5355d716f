// Control of a domain that is said to hold for the names below it too (RFC 9444): for which of them the signer believes that, and for which it doesn't.
#include "signer_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domains_receipt_for_the_names_below_carries_them_each_with_its_own_caa_check),
		cmocka_unit_test(of_many_names_below_each_needs_its_own_caa_check),
		cmocka_unit_test(of_many_names_below_one_that_is_not_below_is_refused),
		cmocka_unit_test(a_receipt_that_does_not_say_so_covers_nothing_below),
		cmocka_unit_test(neither_a_wildcard_nor_a_service_is_covered_from_above),
		cmocka_unit_test(nobody_holds_what_is_below_a_public_suffix),
		cmocka_unit_test(only_a_proof_in_the_zone_is_one_for_the_names_below),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
