#include "check.h"
#include "pki/names.h"

static enum pki_name_fault fault_of(const char *text, bool lenient)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier identifier;
	enum pki_name_fault fault = PKI_NAME_OK;
	int error = pki_identifier_parse_dns(view_str(text), lenient, &arena, &identifier, &fault);
	assert_int_equal(error, fault == PKI_NAME_OK ? 0 : XICA_EPARSE);
	return fault;
}

static void a_name_is_folded_and_a_wildcard_is_a_flag(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	assert_int_equal(pki_identifier_parse_dns(VIEW_LIT("XMPP.Example.ORG"), false, &arena, &identifier, &fault), 0);
	assert_view(identifier.value, "xmpp.example.org");
	assert_false(identifier.wildcard);
	assert_int_equal(identifier.type, PKI_IDENTIFIER_DNS);
	assert_int_equal(pki_identifier_parse_dns(VIEW_LIT("*.Example.org"), false, &arena, &identifier, &fault), 0);
	assert_view(identifier.value, "example.org");
	assert_true(identifier.wildcard);
	assert_string_equal(pki_identifier_text(&identifier, &arena), "*.example.org");
}

static void a_srv_identifier_is_the_service_of_a_domain(void **state)
{
	static const struct {
		const char *text;
		enum pki_name_fault fault;
	} NAMES[] = {
		{"_xmpp-server.example.org", PKI_NAME_OK},
		{"_XMPP-Server.Example.ORG", PKI_NAME_OK},
		{"", PKI_NAME_EMPTY},
		{"_xmpp-server", PKI_NAME_NO_SRV_NAME},
		{"_xmpp-server.", PKI_NAME_NO_SRV_NAME},
		{"example.org", PKI_NAME_NO_SRV_NAME},
		{"_xmpp-server._tcp.example.org", PKI_NAME_NO_SRV_NAME},
		{"_acme-challenge._xmpp-server.example.org", PKI_NAME_NO_SRV_NAME},
		{"*._xmpp-server.example.org", PKI_NAME_NO_SRV_NAME},
		{"_xmpp-client.example.org", PKI_NAME_SERVICE},
		{"_xmpps-server.example.org", PKI_NAME_SERVICE},
		{"_imaps.example.org", PKI_NAME_SERVICE},
		{"_xmpp-server.*.example.org", PKI_NAME_WILDCARD},
		{"_xmpp-server.*", PKI_NAME_WILDCARD},
		{"_xmpp-server.localhost", PKI_NAME_SINGLE_LABEL},
		{"_xmpp-server.co.uk", PKI_NAME_PUBLIC_SUFFIX},
		{"_xmpp-server.192.0.2.7", PKI_NAME_IP_ADDRESS},
		{"_xmpp-server.example.org.", PKI_NAME_TRAILING_DOT},
		{"_xmpp-server.exa_mple.org", PKI_NAME_BAD_CHARACTER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct pki_identifier identifier;
		enum pki_name_fault fault = PKI_NAME_OK;
		int error = pki_identifier_parse_srv(view_str(NAMES[i].text), false, &arena, &identifier, &fault);
		assert_int_equal(fault, NAMES[i].fault);
		assert_int_equal(error, fault ? XICA_EPARSE : 0);
		if (fault)
			continue;
		assert_int_equal(identifier.type, PKI_IDENTIFIER_SRV);
		assert_view(identifier.value, "example.org");
		assert_false(identifier.wildcard);
		assert_string_equal(pki_identifier_text(&identifier, &arena), "_xmpp-server.example.org");
		assert_string_equal(pki_identifier_type_text(identifier.type), "srv");
	}
}

static void a_service_is_so_long_at_most_that_the_name_of_its_proof_fits(void **state)
{
	static const struct {
		int first; // bytes of the label before three of 50 and example.org
		enum pki_name_fault fault;
	} CASES[] = {{59, PKI_NAME_OK}, {60, PKI_NAME_NO_PROOF}, {63, PKI_NAME_NO_PROOF}};
	char label[64];
	(void)state;
	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = 0;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct pki_identifier identifier;
		enum pki_name_fault fault = PKI_NAME_OK;
		const char *text = arena_printf(&arena, "_xmpp-server.%.*s.%.50s.%.50s.%.50s.%s", CASES[i].first, label, label, label, label, "example.org");
		assert_int_equal(pki_identifier_parse_srv(view_str(text), false, &arena, &identifier, &fault), CASES[i].fault ? XICA_EPARSE : 0);
		assert_int_equal(fault, CASES[i].fault);
		if (!fault)
			assert_int_equal(strlen("_acme-challenge.") + strlen(text), PKI_NAME_MAX);
	}
	enum pki_name_fault fault;
	struct pki_identifier identifier;
	cleanup_arena arena = ARENA_INIT;
	const char *text = arena_printf(&arena, "_xmpp-server.%s.%s.%s.%s", label, label, label, label);
	assert_int_equal(pki_identifier_parse_srv(view_str(text), false, &arena, &identifier, &fault), XICA_EPARSE);
	assert_int_equal(fault, PKI_NAME_TOO_LONG);
}

static void each_fault_of_a_name_has_its_own_word(void **state)
{
	static const struct {
		const char *text;
		enum pki_name_fault strict, lenient;
	} NAMES[] = {
		{"example.org", PKI_NAME_OK, PKI_NAME_OK},
		{"a-b.1.example.org", PKI_NAME_OK, PKI_NAME_OK},
		{"1and1.example.org", PKI_NAME_OK, PKI_NAME_OK},
		{"", PKI_NAME_EMPTY, PKI_NAME_EMPTY},
		{"*.", PKI_NAME_EMPTY, PKI_NAME_EMPTY},
		{"example.org.", PKI_NAME_TRAILING_DOT, PKI_NAME_TRAILING_DOT},
		{".", PKI_NAME_TRAILING_DOT, PKI_NAME_TRAILING_DOT},
		{"exa_mple.org", PKI_NAME_BAD_CHARACTER, PKI_NAME_BAD_CHARACTER},
		{"exam ple.org", PKI_NAME_BAD_CHARACTER, PKI_NAME_BAD_CHARACTER},
		{"m\xc3\xbcnchen.org", PKI_NAME_BAD_CHARACTER, PKI_NAME_BAD_CHARACTER},
		{"example.org/", PKI_NAME_BAD_CHARACTER, PKI_NAME_BAD_CHARACTER},
		{"user@example.org", PKI_NAME_BAD_CHARACTER, PKI_NAME_BAD_CHARACTER},
		{"::1", PKI_NAME_BAD_CHARACTER, PKI_NAME_BAD_CHARACTER},
		{".example.org", PKI_NAME_BAD_LABEL, PKI_NAME_BAD_LABEL},
		{"example..org", PKI_NAME_BAD_LABEL, PKI_NAME_BAD_LABEL},
		{"-a.example.org", PKI_NAME_BAD_LABEL, PKI_NAME_BAD_LABEL},
		{"a-.example.org", PKI_NAME_BAD_LABEL, PKI_NAME_BAD_LABEL},
		{"ab--c.example.org", PKI_NAME_BAD_LABEL, PKI_NAME_BAD_LABEL},
		{"localhost", PKI_NAME_SINGLE_LABEL, PKI_NAME_OK},
		{"192.0.2.7", PKI_NAME_IP_ADDRESS, PKI_NAME_IP_ADDRESS},
		{"a.192", PKI_NAME_IP_ADDRESS, PKI_NAME_IP_ADDRESS},
		{"1", PKI_NAME_IP_ADDRESS, PKI_NAME_IP_ADDRESS},
		{"*", PKI_NAME_WILDCARD, PKI_NAME_WILDCARD},
		{"*.*.example.org", PKI_NAME_WILDCARD, PKI_NAME_WILDCARD},
		{"x*.example.org", PKI_NAME_WILDCARD, PKI_NAME_WILDCARD},
		{"xmpp.*.example.org", PKI_NAME_WILDCARD, PKI_NAME_WILDCARD},
		{"co.uk", PKI_NAME_PUBLIC_SUFFIX, PKI_NAME_OK},
		{"*.co.uk", PKI_NAME_PUBLIC_SUFFIX, PKI_NAME_OK},
		{"*.com", PKI_NAME_SINGLE_LABEL, PKI_NAME_OK},
		{"foo.ck", PKI_NAME_PUBLIC_SUFFIX, PKI_NAME_OK},
		{"www.ck", PKI_NAME_OK, PKI_NAME_OK},
		{"github.io", PKI_NAME_OK, PKI_NAME_OK},
		{"abcdefghijklmnop.onion", PKI_NAME_RESERVED, PKI_NAME_OK},
		{"example.test", PKI_NAME_RESERVED, PKI_NAME_OK},
		{"host.home.arpa", PKI_NAME_RESERVED, PKI_NAME_OK},
		{"printer.local", PKI_NAME_RESERVED, PKI_NAME_OK},
		{"ldap.internal", PKI_NAME_RESERVED, PKI_NAME_OK},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		assert_int_equal(fault_of(NAMES[i].text, false), NAMES[i].strict);
		assert_int_equal(fault_of(NAMES[i].text, true), NAMES[i].lenient);
	}
}

static void the_newest_list_of_public_suffixes_says_the_same(void **state)
{
	(void)state;
	pki_names_open();
	assert_int_equal(fault_of("co.uk", false), PKI_NAME_PUBLIC_SUFFIX);
	assert_int_equal(fault_of("example.co.uk", false), PKI_NAME_OK);
}

static void every_fault_has_a_text(void **state)
{
	(void)state;
	for (int fault = PKI_NAME_OK; fault <= PKI_NAME_RESERVED; fault++)
		assert_true(strlen(pki_name_fault_text((enum pki_name_fault)fault)) > 5);
}

static void a_name_of_253_bytes_is_one_and_of_254_is_not(void **state)
{
	char name[260] = {0};
	(void)state;
	memset(name, 'a', 253);
	for (size_t i = 61; i < 253; i += 62)
		name[i] = '.';
	assert_int_equal(fault_of(name, false), PKI_NAME_OK);
	name[253] = '.';
	assert_int_equal(fault_of(name, false), PKI_NAME_TRAILING_DOT);
	name[253] = 'a';
	assert_int_equal(fault_of(name, false), PKI_NAME_TOO_LONG);
	memset(name, 'b', 64);
	memcpy(name + 64, ".example.org", 13);
	assert_int_equal(fault_of(name, false), PKI_NAME_TOO_LONG);
	assert_int_equal(fault_of(name + 1, false), PKI_NAME_OK);
}

static void an_a_label_is_one_that_idna2008_gives_back(void **state)
{
	static const char *const GOOD[] = {"xn--mnchen-3ya.example.org", "XN--MNCHEN-3YA.example.org", "xn--strae-oqa.org", "xn--fiqs8s.org", "www.xn--jxalpdlp.org"};
	static const char *const BAD[] = {"xn--.org", "xn--a.org", "xn--ls8h.la", "xn--0ca24w.org", "xn--abc.org", "xn--ass-x.org", "xn--1ch.com", "a.xn--99999999.org"};
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
		assert_int_equal(fault_of(GOOD[i], false), PKI_NAME_OK);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_not_equal(fault_of(BAD[i], false), PKI_NAME_OK);
	assert_int_equal(fault_of("xn--ls8h.la", false), PKI_NAME_BAD_IDNA);
}

static void the_domain_of_a_jid_becomes_a_labels(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct view name;
	assert_int_equal(pki_name_to_ascii(VIEW_LIT("M\xc3\xbcnchen.Example"), &arena, &name), 0);
	assert_view(name, "xn--mnchen-3ya.example");
	assert_int_equal(pki_name_to_ascii(VIEW_LIT("Example.org"), &arena, &name), 0);
	assert_view(name, "example.org");
	assert_int_equal(pki_name_to_ascii(VIEW_LIT("\xf0\x9f\x92\xa9.la"), &arena, &name), XICA_EPARSE);
	assert_int_equal(pki_name_to_ascii(VIEW_LIT("\xff.la"), &arena, &name), XICA_EPARSE);
	assert_int_equal(pki_name_to_ascii(VIEW_LIT("a\0.la"), &arena, &name), XICA_EPARSE);
}

static void a_wildcard_and_its_base_name_are_different_identifiers(void **state)
{
	(void)state;
	struct pki_identifier base = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false}, wildcard = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), true},
			      srv = {PKI_IDENTIFIER_SRV, VIEW_LIT("example.org"), false}, other = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.net"), true};
	assert_int_equal(pki_identifier_compare(&base, &base), 0);
	assert_true(pki_identifier_compare(&base, &wildcard) < 0);
	assert_true(pki_identifier_compare(&wildcard, &base) > 0);
	assert_true(pki_identifier_compare(&wildcard, &srv) < 0);
	assert_true(pki_identifier_compare(&other, &base) < 0);
}

static void an_srv_name_is_service_and_domain_without_a_protocol(void **state)
{
	static const char *const BAD[] = {"", "_xmpp-server", "_xmpp-server.", "xmpp-server.example.org", "_.example.org", "_xmpp-server._tcp.example.org", "example.org"};
	(void)state;
	struct view service, domain;
	assert_int_equal(pki_srv_name_split(VIEW_LIT("_xmpp-server.example.org"), &service, &domain), 0);
	assert_view(service, "_xmpp-server");
	assert_view(domain, "example.org");
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(pki_srv_name_split(view_str(BAD[i]), &service, &domain), XICA_EPARSE);
}

static void a_component_host_is_below_another_name_and_has_a_known_first_label(void **state)
{
	static const struct view LABELS[] = {{(const uint8_t *)"conference", 10}, {(const uint8_t *)"upload", 6}};
	static const struct pki_identifier ALL[] = {{PKI_IDENTIFIER_DNS, {(const uint8_t *)"example.org", 11}, false},
		{PKI_IDENTIFIER_DNS, {(const uint8_t *)"conference.example.org", 22}, false}, {PKI_IDENTIFIER_DNS, {(const uint8_t *)"example.net", 11}, true}};
	(void)state;
	assert_true(pki_name_is_component(VIEW_LIT("conference.example.org"), ALL, 3, LABELS, 2));
	assert_true(pki_name_is_component(VIEW_LIT("upload.a.example.org"), ALL, 3, LABELS, 2));
	assert_false(pki_name_is_component(VIEW_LIT("xmpp.example.org"), ALL, 3, LABELS, 2));
	assert_false(pki_name_is_component(VIEW_LIT("example.org"), ALL, 3, LABELS, 2));
	assert_false(pki_name_is_component(VIEW_LIT("conference.badexample.org"), ALL, 3, LABELS, 2));
	assert_false(pki_name_is_component(VIEW_LIT("conference.example.net"), ALL, 3, LABELS, 2));
	assert_false(pki_name_is_component(VIEW_LIT("conference"), ALL, 3, LABELS, 2));
}

static void a_name_is_below_another_on_label_boundaries_alone(void **state)
{
	(void)state;
	assert_true(pki_name_is_below(VIEW_LIT("a.example.org"), VIEW_LIT("example.org")));
	assert_true(pki_name_is_below(VIEW_LIT("c.b.a.example.org"), VIEW_LIT("example.org")));
	assert_false(pki_name_is_below(VIEW_LIT("badexample.org"), VIEW_LIT("example.org")));
	assert_false(pki_name_is_below(VIEW_LIT("example.org"), VIEW_LIT("example.org")));
	assert_false(pki_name_is_below(VIEW_LIT(".example.org"), VIEW_LIT("example.org")));
	assert_false(pki_name_is_below(VIEW_LIT("example.org"), VIEW_LIT("a.example.org")));
	assert_false(pki_name_is_below(VIEW_LIT("a.example.org.evil.net"), VIEW_LIT("example.org")));
	assert_false(pki_name_is_below(VIEW_LIT("a.example.org"), VIEW_LIT("xample.org")));
	assert_false(pki_name_is_below(VIEW_LIT("a.example.org"), VIEW_LIT(".example.org")));
	assert_false(pki_name_is_below(VIEW_LIT("a.example.org"), VIEW_LIT("")));
	assert_false(pki_name_is_below(VIEW_LIT(""), VIEW_LIT("")));
}

static void a_domain_stands_for_the_names_below_it_but_for_those_of_strangers(void **state)
{
	static const char *const NO[][2] = {{"org", "example.org"}, {"co.uk", "example.co.uk"}, {"example", "a.example"}, {"example.org", "badexample.org"},
		{"uk", "a.example.co.uk"}, {"jp", "a.b.kobe.jp"}, {"example.org", "example.org"}};
	(void)state;
	assert_true(pki_ancestor_covers(VIEW_LIT("example.org"), VIEW_LIT("conference.example.org")));
	assert_true(pki_ancestor_covers(VIEW_LIT("example.co.uk"), VIEW_LIT("c.b.a.example.co.uk")));
	assert_true(pki_ancestor_covers(VIEW_LIT("a.example.org"), VIEW_LIT("b.a.example.org")));
	for (size_t i = 0; i < sizeof(NO) / sizeof(NO[0]); i++)
		if (pki_ancestor_covers(view_str(NO[i][0]), view_str(NO[i][1])))
			fail_msg("%s stands for %s", NO[i][0], NO[i][1]);
	assert_true(pki_ancestor_may(VIEW_LIT("example.org")));
	assert_false(pki_ancestor_may(VIEW_LIT("org")));
	assert_false(pki_ancestor_may(VIEW_LIT("co.uk")));
	assert_false(pki_ancestor_may(VIEW_LIT("localhost")));
	assert_false(pki_ancestor_may(VIEW_LIT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_folded_and_a_wildcard_is_a_flag),
		cmocka_unit_test(a_srv_identifier_is_the_service_of_a_domain),
		cmocka_unit_test(a_service_is_so_long_at_most_that_the_name_of_its_proof_fits),
		cmocka_unit_test(each_fault_of_a_name_has_its_own_word),
		cmocka_unit_test(the_newest_list_of_public_suffixes_says_the_same),
		cmocka_unit_test(every_fault_has_a_text),
		cmocka_unit_test(a_name_of_253_bytes_is_one_and_of_254_is_not),
		cmocka_unit_test(an_a_label_is_one_that_idna2008_gives_back),
		cmocka_unit_test(the_domain_of_a_jid_becomes_a_labels),
		cmocka_unit_test(a_wildcard_and_its_base_name_are_different_identifiers),
		cmocka_unit_test(an_srv_name_is_service_and_domain_without_a_protocol),
		cmocka_unit_test(a_name_is_below_another_on_label_boundaries_alone),
		cmocka_unit_test(a_domain_stands_for_the_names_below_it_but_for_those_of_strangers),
		cmocka_unit_test(a_component_host_is_below_another_name_and_has_a_known_first_label),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
