// Requests as this test writes them itself, piece by piece, so that each can be wrong in one place. Nothing here verifies a signature.
#include "check.h"
#include "pki/csr.h"
#include "pki/der.h"

struct draft {
	uint64_t version;
	struct buf subject, names, extensions, attributes; // contents
	enum oid sig_alg;
	bool no_attributes;
};

#define DRAFT ((struct draft){.sig_alg = OID_ECDSA_SHA256})
#define cleanup_draft [[gnu::cleanup(draft_free)]] struct draft

static void draft_free(struct draft *d)
{
	buf_free(&d->subject);
	buf_free(&d->names);
	buf_free(&d->extensions);
	buf_free(&d->attributes);
}

static void add_attribute(struct buf *out, enum oid type, uint8_t tag, const char *value)
{
	size_t set = der_open(out, DER_SET), attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, type);
	der_add(out, tag, view_str(value));
	der_close(out, attribute);
	der_close(out, set);
}

static void add_dns(struct draft *d, const char *name)
{
	der_add(&d->names, DER_CONTEXT(2), view_str(name));
}

static void add_other_name(struct draft *d, const char *type, uint8_t tag, const char *value)
{
	size_t name = der_open(&d->names, DER_CONTEXT_CONSTRUCTED(0));
	assert_int_equal(der_add_oid_text(&d->names, type), 0);
	size_t value_mark = der_open(&d->names, DER_CONTEXT_CONSTRUCTED(0));
	der_add(&d->names, tag, view_str(value));
	der_close(&d->names, value_mark);
	der_close(&d->names, name);
}

static void add_srv(struct draft *d, const char *name)
{
	add_other_name(d, "1.3.6.1.5.5.7.8.7", DER_IA5_STRING, name);
}

static void add_xmpp(struct draft *d, const char *name)
{
	add_other_name(d, "1.3.6.1.5.5.7.8.5", DER_UTF8_STRING, name);
}

static void add_extension(struct draft *d, enum oid type, bool critical, struct view value)
{
	struct buf *out = &d->extensions;
	size_t extension = der_open(out, DER_SEQUENCE);
	der_add_oid(out, type);
	if (critical)
		der_add_bool(out, true);
	der_add(out, DER_OCTET_STRING, value);
	der_close(out, extension);
}

static void add_alt_names_of(struct draft *d)
{
	cleanup_buf value = BUF_INIT;
	der_add(&value, DER_SEQUENCE, buf_view(&d->names));
	add_extension(d, OID_SUBJECT_ALT_NAME, false, buf_view(&value));
}

// An extensionRequest attribute with `values` times the extensions.
static void add_extension_request(struct draft *d, int values)
{
	struct buf *out = &d->attributes;
	size_t attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_EXTENSION_REQUEST);
	size_t set = der_open(out, DER_SET);
	while (values--)
		der_add(out, DER_SEQUENCE, buf_view(&d->extensions));
	der_close(out, set);
	der_close(out, attribute);
}

static void write_csr(struct draft *d, struct buf *out)
{
	buf_clear(out);
	size_t whole = der_open(out, DER_SEQUENCE), info = der_open(out, DER_SEQUENCE);
	der_add_uint(out, d->version);
	der_add(out, DER_SEQUENCE, buf_view(&d->subject));
	der_add(out, DER_SEQUENCE, VIEW_LIT("\x05\x00")); // stands for the key, which nobody reads here
	if (!d->no_attributes)
		der_add(out, DER_CONTEXT_CONSTRUCTED(0), buf_view(&d->attributes));
	der_close(out, info);
	size_t algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, d->sig_alg);
	der_close(out, algorithm);
	der_add_bit_bytes(out, VIEW_LIT("signature"));
	der_close(out, whole);
	assert_int_equal(buf_error(out), 0);
}

// The request with these names alone.
static void write_simple(struct draft *d, struct buf *out)
{
	if (d->names.len)
		add_alt_names_of(d);
	if (d->extensions.len)
		add_extension_request(d, 1);
	write_csr(d, out);
}

static void assert_refused(struct draft *d, const char *why_part)
{
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why = "";
	write_csr(d, &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), XICA_EPARSE);
	if (!strstr(why, why_part))
		fail_msg("\"%s\" does not say \"%s\"", why, why_part);
}

static void all_names_are_read_and_folded(void **state)
{
	(void)state;
	cleanup_draft d = DRAFT;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why;
	add_attribute(&d.subject, OID_ORGANIZATION, DER_UTF8_STRING, "Example");
	add_attribute(&d.subject, OID_COMMON_NAME, DER_UTF8_STRING, "Example.org");
	add_dns(&d, "Example.ORG");
	add_dns(&d, "*.example.org");
	add_srv(&d, "_XMPP-server.Example.org");
	add_xmpp(&d, "Example.org");
	write_simple(&d, &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	assert_view(csr.common_name, "Example.org");
	assert_int_equal(csr.sans.count, 4);
	assert_view(csr.sans.list[0].value, "example.org");
	assert_view(csr.sans.list[1].value, "*.example.org");
	assert_int_equal(csr.sans.list[2].type, PKI_SAN_SRV);
	assert_view(csr.sans.list[2].value, "_xmpp-server.example.org");
	assert_int_equal(csr.sans.list[3].type, PKI_SAN_XMPP);
	assert_false(csr.other_names);
	assert_false(csr.must_staple);
	assert_int_equal(csr.sig_alg, CRYPTO_SIG_ECDSA_SHA256);
	assert_view(csr.signature, "signature");
	assert_int_equal(csr.spki.len, 4);
	assert_memory_equal(csr.spki.ptr, "\x30\x02\x05\x00", 4);
}

static void an_empty_subject_and_critical_key_usage_are_fine(void **state)
{
	(void)state;
	cleanup_draft d = DRAFT;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why;
	add_dns(&d, "example.org");
	add_extension(&d, OID_KEY_USAGE, true, VIEW_LIT("\x03\x02\x05\xa0"));
	add_extension(&d, OID_BASIC_CONSTRAINTS, true, VIEW_LIT("\x30\x00"));
	add_extension(&d, OID_TLS_FEATURE, false, VIEW_LIT("\x30\x03\x02\x01\x05"));
	write_simple(&d, &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	assert_int_equal(csr.common_name.len, 0);
	assert_int_equal(csr.sans.count, 1);
	assert_true(csr.must_staple);
}

static void a_request_without_attributes_has_no_names(void **state)
{
	(void)state;
	cleanup_draft d = DRAFT;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why;
	d.no_attributes = true;
	write_simple(&d, &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	assert_int_equal(csr.sans.count, 0);
}

static void an_unknown_other_name_is_reported_with_its_oid(void **state)
{
	(void)state;
	cleanup_draft d = DRAFT;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why;
	add_dns(&d, "example.org");
	add_other_name(&d, "1.3.6.1.4.1.311.20.2.3", DER_UTF8_STRING, "admin@example.org");
	der_add(&d.names, DER_CONTEXT(7), VIEW_LIT("\x7f\x00\x00\x01"));
	write_simple(&d, &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	assert_true(csr.other_names);
	assert_view(csr.other_name, "otherName 1.3.6.1.4.1.311.20.2.3");
	assert_int_equal(csr.sans.count, 1);
}

static void every_other_kind_of_general_name_is_reported(void **state)
{
	static const struct {
		uint8_t tag;
		const char *name;
	} KINDS[] = {{DER_CONTEXT(1), "rfc822Name"}, {DER_CONTEXT_CONSTRUCTED(3), "x400Address"}, {DER_CONTEXT_CONSTRUCTED(4), "directoryName"},
		{DER_CONTEXT_CONSTRUCTED(5), "ediPartyName"}, {DER_CONTEXT(6), "uniformResourceIdentifier"}, {DER_CONTEXT(7), "iPAddress"},
		{DER_CONTEXT(8), "registeredID"}};
	(void)state;
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		cleanup_draft d = DRAFT;
		cleanup_buf der = BUF_INIT;
		cleanup_arena arena = ARENA_INIT;
		struct pki_csr csr;
		const char *why;
		der_add(&d.names, KINDS[i].tag, VIEW_LIT("x"));
		write_simple(&d, &der);
		assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
		assert_true(csr.other_names);
		assert_view(csr.other_name, KINDS[i].name);
	}
}

static void what_breaks_the_frame_is_refused(void **state)
{
	(void)state;
	cleanup_draft version = DRAFT, algorithm = DRAFT, twice = DRAFT, two_values = DRAFT, no_value = DRAFT;
	version.version = 1;
	assert_refused(&version, "version");
	algorithm.sig_alg = OID_ECDSA_SHA1;
	assert_refused(&algorithm, "algorithm");
	add_extension(&twice, OID_KEY_USAGE, false, VIEW_LIT("\x03\x02\x07\x80"));
	add_extension_request(&twice, 1);
	add_extension_request(&twice, 1);
	assert_refused(&twice, "several extensionRequest");
	add_extension_request(&two_values, 2);
	assert_refused(&two_values, "exactly one value");
	add_extension_request(&no_value, 0);
	assert_refused(&no_value, "attribute");
}

static void what_breaks_an_extension_is_refused(void **state)
{
	static const struct {
		enum oid type;
		const char *value;
		size_t len;
		const char *why;
	} BAD[] = {{OID_SUBJECT_ALT_NAME, "\x30\x00", 2, "empty"}, {OID_SUBJECT_ALT_NAME, "\x30\x01", 2, "malformed"},
		{OID_SUBJECT_ALT_NAME, "\x30\x02\x82\x00", 4, "dNSName"}, {OID_SUBJECT_ALT_NAME, "\x30\x03\x82\x01\x00", 5, "dNSName"},
		{OID_SUBJECT_ALT_NAME, "\x30\x03\x82\x01\xfc", 5, "dNSName"}, {OID_SUBJECT_ALT_NAME, "\x30\x03\xa2\x01x", 5, "no GeneralName"},
		{OID_SUBJECT_ALT_NAME, "\x30\x03\x04\x01x", 5, "no GeneralName"}, {OID_SUBJECT_ALT_NAME, "\x30\x03\x89\x01x", 5, "no GeneralName"},
		{OID_SUBJECT_ALT_NAME, "\x30\x02\xa0\x00", 4, "otherName"}, {OID_SUBJECT_ALT_NAME, "", 0, "malformed"},
		{OID_BASIC_CONSTRAINTS, "\x30\x03\x01\x01\xff", 5, "CA certificate"}, {OID_BASIC_CONSTRAINTS, "\x30\x03\x01\x01\x01", 5, "malformed"},
		{OID_TLS_FEATURE, "\x30\x02\x05\x00", 4, "tlsFeature"}};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_draft d = DRAFT;
		add_extension(&d, BAD[i].type, false, view_bytes(BAD[i].value, BAD[i].len));
		add_extension_request(&d, 1);
		assert_refused(&d, BAD[i].why);
	}
	cleanup_draft same = DRAFT;
	add_extension(&same, OID_KEY_USAGE, false, VIEW_LIT("\x03\x02\x07\x80"));
	add_extension(&same, OID_KEY_USAGE, true, VIEW_LIT("\x03\x02\x07\x80"));
	add_extension_request(&same, 1);
	assert_refused(&same, "twice");
}

static void names_in_the_wrong_kind_of_string_are_refused(void **state)
{
	(void)state;
	cleanup_draft srv = DRAFT, xmpp = DRAFT, several = DRAFT, bmp = DRAFT, control = DRAFT;
	add_other_name(&srv, "1.3.6.1.5.5.7.8.7", DER_UTF8_STRING, "_xmpp-server.example.org");
	add_alt_names_of(&srv);
	add_extension_request(&srv, 1);
	assert_refused(&srv, "SRVName");
	add_other_name(&xmpp, "1.3.6.1.5.5.7.8.5", DER_IA5_STRING, "example.org");
	add_alt_names_of(&xmpp);
	add_extension_request(&xmpp, 1);
	assert_refused(&xmpp, "XmppAddr");
	add_attribute(&several.subject, OID_COMMON_NAME, DER_UTF8_STRING, "a.example.org");
	add_attribute(&several.subject, OID_COMMON_NAME, DER_UTF8_STRING, "b.example.org");
	assert_refused(&several, "several common names");
	add_attribute(&bmp.subject, OID_COMMON_NAME, DER_BMP_STRING, "ab");
	assert_refused(&bmp, "common name");
	add_attribute(&control.subject, OID_COMMON_NAME, DER_UTF8_STRING, "a\nb");
	assert_refused(&control, "common name");
}

static void bytes_cut_short_or_left_over_are_refused(void **state)
{
	(void)state;
	cleanup_draft d = DRAFT;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why;
	add_dns(&d, "example.org");
	write_simple(&d, &der);
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(pki_csr_parse(view_bytes(der.ptr, len), &arena, &csr, &why), XICA_EPARSE);
	buf_add_byte(&der, 0);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), XICA_EPARSE);
	while (der.len <= PKI_CSR_MAX_LEN)
		buf_add_byte(&der, 0);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), XICA_EPARSE);
	assert_non_null(strstr(why, "longer"));
}

// --- does it fit?

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_names_are_read_and_folded),
		cmocka_unit_test(an_empty_subject_and_critical_key_usage_are_fine),
		cmocka_unit_test(a_request_without_attributes_has_no_names),
		cmocka_unit_test(an_unknown_other_name_is_reported_with_its_oid),
		cmocka_unit_test(every_other_kind_of_general_name_is_reported),
		cmocka_unit_test(what_breaks_the_frame_is_refused),
		cmocka_unit_test(what_breaks_an_extension_is_refused),
		cmocka_unit_test(names_in_the_wrong_kind_of_string_are_refused),
		cmocka_unit_test(bytes_cut_short_or_left_over_are_refused),
		cmocka_unit_test(a_request_for_the_orders_names_fits),
		cmocka_unit_test(a_name_more_or_less_than_the_order_does_not_fit),
		cmocka_unit_test(a_wildcard_does_not_cover_its_base_name_nor_the_other_way),
		cmocka_unit_test(srv_names_are_covered_one_by_one),
		cmocka_unit_test(a_name_that_is_never_certified_does_not_fit_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
