#include "dns/caa.h"

#include "check.h"

static void a_property_has_flags_a_tag_and_a_value(void **state)
{
	(void)state;
	struct dns_caa caa;
	assert_int_equal(dns_caa_read(VIEW_LIT("\x80\5issueca.example"), &caa), 0);
	assert_true(caa.critical);
	assert_view(caa.tag, "issue");
	assert_view(caa.value, "ca.example");
	assert_int_equal(dns_caa_read(VIEW_LIT("\x7f\5issue"), &caa), 0); // reserved flags say nothing
	assert_false(caa.critical);
	assert_int_equal(caa.value.len, 0);
}

static void a_malformed_property_is_refused(void **state)
{
	(void)state;
	struct dns_caa caa;
	assert_int_equal(dns_caa_read(VIEW_NONE, &caa), XICA_EPARSE);
	assert_int_equal(dns_caa_read(VIEW_LIT("\0"), &caa), XICA_EPARSE);
	assert_int_equal(dns_caa_read(VIEW_LIT("\0\0"), &caa), XICA_EPARSE);
	assert_int_equal(dns_caa_read(VIEW_LIT("\0\6issue"), &caa), XICA_EPARSE);
	assert_int_equal(dns_caa_read(VIEW_LIT("\0\5iss-eca.example"), &caa), XICA_EPARSE);
	assert_int_equal(dns_caa_read(VIEW_LIT("\0\5iss\0eca.example"), &caa), XICA_EPARSE);
}

static void the_examples_of_rfc_8659_are_read(void **state)
{
	(void)state;
	struct dns_caa_issue issue;
	static const struct {
		const char *value, *domain;
	} GOOD[] = {
		{"", ""}, {";", ""}, {" ", ""}, {" ; ", ""}, {"ca1.example.net", "ca1.example.net"}, {"  ca1.example.net\t", "ca1.example.net"},
		{"ca1.example.net; account=230123", "ca1.example.net"}, {"ca1.example.net;policy=ev", "ca1.example.net"},
		{"ca1.example.net; a = b ; c=d", "ca1.example.net"}, {"ca1.example.net;", "ca1.example.net"}, {"; a=", ""}, {"CA-1.example", "CA-1.example"},
		{"a--b.example", "a--b.example"},
	};
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		assert_int_equal(dns_caa_issue_read(view_str(GOOD[i].value), &issue), 0);
		assert_view(issue.domain, GOOD[i].domain);
	}
}

static void what_is_outside_the_grammar_is_refused(void **state)
{
	(void)state;
	struct dns_caa_issue issue;
	static const char *const BAD[] = {
		"%%%%%", "ca1.example.net; policy", "ca1.example.net policy=ev", "ca1.example.net.", ".example.net", "ca1..net", "-ca.example",
		"ca-.example", "ca_1.example", "ca1.example;a=b;", "ca1.example;;a=b", "ca1.example; =b", "ca1.example; a=b c", "ca1.example; a_b=c",
		"ca1.example; a=\x7f", "ca1.example\n",
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(dns_caa_issue_read(view_str(BAD[i]), &issue), XICA_EPARSE);
	assert_int_equal(dns_caa_issue_read(VIEW_LIT("ca1.example\0"), &issue), XICA_EPARSE);
}

static void account_and_methods_are_found_among_the_parameters(void **state)
{
	(void)state;
	struct dns_caa_issue issue;
	assert_int_equal(dns_caa_issue_read(VIEW_LIT("ca.example; x=y; AccountURI=https://ca.example/acct/1;validationmethods=dns-01,http-01"), &issue), 0);
	assert_true(issue.has_account_uri && issue.has_methods && !issue.contradictory);
	assert_view(issue.account_uri, "https://ca.example/acct/1");
	assert_view(issue.methods, "dns-01,http-01");
	assert_int_equal(dns_caa_issue_read(VIEW_LIT("ca.example; accounturi=a; accounturi=a"), &issue), 0);
	assert_true(issue.contradictory);
	assert_int_equal(dns_caa_issue_read(VIEW_LIT("ca.example; validationmethods=a; validationmethods=b"), &issue), 0);
	assert_true(issue.contradictory);
	assert_int_equal(dns_caa_issue_read(VIEW_LIT("ca.example; validationmethods="), &issue), 0);
	assert_true(issue.has_methods);
}

static void a_method_is_in_a_list_as_a_whole_name(void **state)
{
	(void)state;
	assert_true(dns_caa_methods_have(VIEW_LIT("dns-01"), VIEW_LIT("dns-01")));
	assert_true(dns_caa_methods_have(VIEW_LIT("http-01,dns-01"), VIEW_LIT("dns-01")));
	assert_false(dns_caa_methods_have(VIEW_LIT("http-01,dns-011"), VIEW_LIT("dns-01")));
	assert_false(dns_caa_methods_have(VIEW_LIT("xdns-01"), VIEW_LIT("dns-01")));
	assert_false(dns_caa_methods_have(VIEW_NONE, VIEW_LIT("dns-01")));
	assert_false(dns_caa_methods_have(VIEW_LIT(",,"), VIEW_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_property_has_flags_a_tag_and_a_value),
		cmocka_unit_test(a_malformed_property_is_refused),
		cmocka_unit_test(the_examples_of_rfc_8659_are_read),
		cmocka_unit_test(what_is_outside_the_grammar_is_refused),
		cmocka_unit_test(account_and_methods_are_found_among_the_parameters),
		cmocka_unit_test(a_method_is_in_a_list_as_a_whole_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
