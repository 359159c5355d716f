// What a request says, and what is refused before anybody looks at its names.
#include "csr_draft.h"

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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
