// Does a request ask for exactly what the order covers (RFC 8555 §7.4)?
#include "csr_draft.h"

#define DNS(text) {PKI_IDENTIFIER_DNS, {(const uint8_t *)(text), sizeof(text) - 1}, false}
#define WILDCARD(text) {PKI_IDENTIFIER_DNS, {(const uint8_t *)(text), sizeof(text) - 1}, true}
#define SRV(text) {PKI_IDENTIFIER_SRV, {(const uint8_t *)(text), sizeof(text) - 1}, false}

static void assert_fit(struct draft *d, const struct pki_identifier *identifiers, size_t count, const char *why_part)
{
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why = "";
	write_simple(d, &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	int error = pki_csr_fits(&csr, identifiers, count, &arena, &why);
	if (error && !why_part)
		fail_msg("refused: %s", why);
	assert_int_equal(error, why_part ? XICA_EDENIED : 0);
	if (why_part && !strstr(why, why_part))
		fail_msg("\"%s\" does not say \"%s\"", why, why_part);
}

// One row: the names asked for (NULL ends), the order, and what the refusal says (NULL: it fits).
struct row {
	const char *common_name;
	const char *dns[3], *srv[3], *xmpp[2];
	struct pki_identifier order[3];
	size_t count;
	const char *why;
};

static void assert_row(const struct row *row)
{
	cleanup_draft d = DRAFT;
	if (row->common_name)
		add_attribute(&d.subject, OID_COMMON_NAME, DER_UTF8_STRING, row->common_name);
	for (const char *const *name = row->dns; *name; name++)
		add_dns(&d, *name);
	for (const char *const *name = row->srv; *name; name++)
		add_srv(&d, *name);
	for (const char *const *name = row->xmpp; *name; name++)
		add_xmpp(&d, *name);
	assert_fit(&d, row->order, row->count, row->why);
}

static void a_request_for_the_orders_names_fits(void **state)
{
	static const struct row ROWS[] = {
		{.dns = {"example.org"}, .order = {DNS("example.org")}, .count = 1},
		{.common_name = "Example.ORG", .order = {DNS("example.org")}, .count = 1},
		{.common_name = "example.org", .dns = {"b.example.org"}, .order = {DNS("b.example.org"), DNS("example.org")}, .count = 2},
		{.dns = {"*.example.org", "EXAMPLE.org"}, .order = {DNS("example.org"), WILDCARD("example.org")}, .count = 2},
		{.common_name = "*.example.org", .order = {WILDCARD("example.org")}, .count = 1},
		{.dns = {"example.org"}, .srv = {"_xmpp-client.example.org", "_xmpp-server.example.org"}, .order = {DNS("example.org")}, .count = 1},
		{.dns = {"example.org"}, .xmpp = {"example.org"}, .order = {DNS("example.org")}, .count = 1},
		{.dns = {"xn--mnchen-3ya.org"}, .xmpp = {"m\xc3\xbcnchen.org"}, .order = {DNS("xn--mnchen-3ya.org")}, .count = 1},
		{.srv = {"_xmpp-server.example.org"}, .order = {SRV("example.org")}, .count = 1},
		{.order = {SRV("example.org")}, .count = 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		assert_row(&ROWS[i]);
}

static void a_name_more_or_less_than_the_order_does_not_fit(void **state)
{
	static const struct row ROWS[] = {
		{.dns = {"example.org", "example.net"}, .order = {DNS("example.org")}, .count = 1, .why = "dNSName \"example.net\" is not covered"},
		{.dns = {"example.org"}, .order = {DNS("example.org"), DNS("example.net")}, .count = 2, .why = "does not ask for \"example.net\""},
		{.common_name = "example.net", .dns = {"example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "common name \"example.net\""},
		{.common_name = "My server", .dns = {"example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "common name \"My server\""},
		{.order = {DNS("example.org")}, .count = 1, .why = "does not ask for \"example.org\""},
		{.srv = {"_xmpp-server.example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "does not ask for \"example.org\""},
		{.dns = {"example.org."}, .order = {DNS("example.org")}, .count = 1, .why = "not covered"},
		{.dns = {"sub.example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "not covered"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		assert_row(&ROWS[i]);
}

// boulder #8504: the wildcard flag is part of the name
static void a_wildcard_does_not_cover_its_base_name_nor_the_other_way(void **state)
{
	static const struct row ROWS[] = {
		{.dns = {"example.org"}, .order = {WILDCARD("example.org")}, .count = 1, .why = "dNSName \"example.org\" is not covered"},
		{.dns = {"*.example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "dNSName \"*.example.org\" is not covered"},
		{.dns = {"example.org"}, .order = {DNS("example.org"), WILDCARD("example.org")}, .count = 2, .why = "does not ask for \"*.example.org\""},
		{.common_name = "example.org", .order = {WILDCARD("example.org")}, .count = 1, .why = "common name"},
		{.dns = {"a.example.org"}, .order = {WILDCARD("example.org")}, .count = 1, .why = "not covered"},
		{.dns = {"*.example.org"}, .srv = {"_xmpp-server.example.org"}, .order = {WILDCARD("example.org")}, .count = 1, .why = "SRVName"},
		{.dns = {"*.example.org"}, .srv = {"_xmpp-server.a.example.org"}, .order = {WILDCARD("example.org")}, .count = 1, .why = "SRVName"},
		{.dns = {"*.example.org"}, .srv = {"_xmpp-server.*.example.org"}, .order = {WILDCARD("example.org")}, .count = 1, .why = "SRVName"},
		{.dns = {"*.example.org"}, .xmpp = {"example.org"}, .order = {WILDCARD("example.org")}, .count = 1, .why = "XmppAddr"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		assert_row(&ROWS[i]);
}

static void srv_names_are_covered_one_by_one(void **state)
{
	static const struct row ROWS[] = {
		{.dns = {"example.org"}, .srv = {"_xmpp-server.example.net"}, .order = {DNS("example.org")}, .count = 1, .why = "SRVName \"_xmpp-server.example.net\""},
		{.dns = {"example.org"}, .srv = {"_xmpp-server._tcp.example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "SRVName"},
		{.dns = {"example.org"}, .srv = {"_imaps.example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "SRVName"},
		{.dns = {"example.org"}, .srv = {"example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "SRVName"},
		{.srv = {"_xmpp-client.example.org"}, .order = {SRV("example.org")}, .count = 1, .why = "SRVName \"_xmpp-client.example.org\""},
		{.dns = {"example.org"}, .order = {SRV("example.org")}, .count = 1, .why = "dNSName"},
		{.common_name = "example.org", .order = {SRV("example.org")}, .count = 1, .why = "common name"},
		{.dns = {"example.org"}, .xmpp = {"user@example.org"}, .order = {DNS("example.org")}, .count = 1, .why = "XmppAddr \"user@example.org\""},
		{.dns = {"example.org"}, .xmpp = {"example.net"}, .order = {DNS("example.org")}, .count = 1, .why = "XmppAddr"},
		{.xmpp = {"example.org"}, .order = {SRV("example.org")}, .count = 1, .why = "XmppAddr"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		assert_row(&ROWS[i]);
}

static void a_name_that_is_never_certified_does_not_fit_any_order(void **state)
{
	static const struct pki_identifier ORDER[] = {DNS("example.org")};
	(void)state;
	cleanup_draft unknown = DRAFT, address = DRAFT;
	add_dns(&unknown, "example.org");
	add_other_name(&unknown, "1.2.3.4", DER_UTF8_STRING, "example.org");
	assert_fit(&unknown, ORDER, 1, "otherName 1.2.3.4");
	add_dns(&address, "example.org");
	der_add(&address.names, DER_CONTEXT(7), VIEW_LIT("\xc0\x00\x02\x07"));
	assert_fit(&address, ORDER, 1, "iPAddress");
}

static void by_an_operators_word_names_may_be_missing_in_the_request_but_none_may_be_too_many(void **state)
{
	static const struct pki_identifier NAMES[] = {DNS("example.org"), DNS("www.example.org")};
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr = {0};
	const char *why = "";
	(void)state;
	assert_int_equal(pki_csr_fits_word(&csr, NAMES, 2, &arena, &why), 0);
	csr.common_name = VIEW_LIT("www.example.org");
	assert_int_equal(pki_csr_fits_word(&csr, NAMES, 2, &arena, &why), 0);
	csr.common_name = VIEW_LIT("other.example");
	assert_int_equal(pki_csr_fits_word(&csr, NAMES, 2, &arena, &why), XICA_EDENIED);
	assert_string_equal(why, "the request's common name \"other.example\" is none of the names that the operator vouches for");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_for_the_orders_names_fits),
		cmocka_unit_test(a_name_more_or_less_than_the_order_does_not_fit),
		cmocka_unit_test(a_wildcard_does_not_cover_its_base_name_nor_the_other_way),
		cmocka_unit_test(srv_names_are_covered_one_by_one),
		cmocka_unit_test(a_name_that_is_never_certified_does_not_fit_any_order),
		cmocka_unit_test(by_an_operators_word_names_may_be_missing_in_the_request_but_none_may_be_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
