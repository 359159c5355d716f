// A certificate request, looked at before it is used: what to order for it, and what is wrong in words.
#include "site/csr_check.h"

#include "../pki/csr_draft.h"
#include "base/base64url.h"
#include "pki/csr_write.h"
#include "pki/pem.h"

enum { NAMES_MAX = 3 };

static struct site_csr_check check(struct view text, struct arena *arena)
{
	struct site_csr_check check = {.lenient = true, .names_max = NAMES_MAX, .arena = arena};
	assert_int_equal(site_csr_check(text, &check), 0);
	return check;
}

static struct site_csr_check check_der(struct view der, struct arena *arena)
{
	cleanup_buf pem = BUF_INIT;
	pem_write(&pem, PEM_REQUEST, der);
	return check(buf_view(&pem), arena);
}

static bool found(const struct site_csr_check *check, const char *word)
{
	const json_t *finding;
	size_t i;
	json_array_foreach(check->findings, i, finding)
		if (!strcmp(json_string_value(json_object_get(finding, "word")), word))
			return true;
	return false;
}

// By a key of its own, with these dNSNames.
static void write_request(const struct view *names, size_t count, struct buf *out)
{
	cleanup_key *key = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(pki_csr_write(key, names, count, out), 0);
}

static void a_good_request_can_be_used_and_says_what_to_order(void **state)
{
	const struct view names[] = {VIEW_LIT("Example.org"), VIEW_LIT("*.example.org")};
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf der = BUF_INIT;
	const char *why;
	(void)state;
	write_request(names, 2, &der);
	struct site_csr_check is = check_der(buf_view(&der), &arena);
	assert_true(is.usable);
	assert_int_equal(json_array_size(is.findings), 0);
	assert_int_equal(is.identifier_count, 2);
	assert_view(is.identifiers[0].value, "example.org");
	assert_true(is.identifiers[1].wildcard);
	assert_int_equal(pki_csr_fits(&is.csr, is.identifiers, is.identifier_count, &arena, &why), 0);
	json_t *order = site_csr_identifiers(&is);
	assert_string_equal(json_string_value(json_object_get(json_array_get(order, 1), "value")), "*.example.org");
	json_decref(order);
	json_decref(is.findings);
}

static void too_many_names_are_said(void **state)
{
	const struct view names[] = {VIEW_LIT("a.example"), VIEW_LIT("b.example"), VIEW_LIT("c.example"), VIEW_LIT("d.example")};
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf der = BUF_INIT;
	(void)state;
	write_request(names, 4, &der);
	struct site_csr_check is = check_der(buf_view(&der), &arena);
	assert_true(found(&is, "too-many-names"));
	assert_false(is.usable);
	json_decref(is.findings);
}

static void a_signature_by_another_key_is_said(void **state)
{
	const struct view names[] = {VIEW_LIT("example.org")};
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf der = BUF_INIT;
	(void)state;
	write_request(names, 1, &der);
	der.ptr[der.len - 1] ^= 1;
	struct site_csr_check is = check_der(buf_view(&der), &arena);
	assert_true(found(&is, "signature"));
	assert_false(is.usable);
	json_decref(is.findings);
}

static void a_private_key_beside_it_is_said(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	(void)state;
	struct site_csr_check is = check(VIEW_LIT("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"), &arena);
	assert_true(found(&is, "private-key"));
	assert_true(found(&is, "no-request"));
	assert_false(is.usable);
	json_decref(is.findings);
}

static void what_is_no_request_is_said(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	static const struct {
		const char *text, *word;
	} CASES[] = {
		{"hello", "no-request"},
		{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no-request"},
		{"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "malformed"},
		{"-----BEGIN NEW CERTIFICATE REQUEST-----\nAAAA\n-----END NEW CERTIFICATE REQUEST-----\n", "malformed"},
		{"-----BEGIN CERTIFICATE REQUEST-----\n!\n-----END CERTIFICATE REQUEST-----\n", "malformed"},
		{"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "malformed"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct site_csr_check is = check(view_str(CASES[i].text), &arena);
		assert_true(found(&is, CASES[i].word));
		assert_false(is.usable);
		json_decref(is.findings);
	}
}

// Names of requests whose key and signature are none: those are said too, and the names all the same.
static struct site_csr_check check_draft(struct draft *draft, struct arena *arena)
{
	cleanup_buf der = BUF_INIT;
	write_simple(draft, &der);
	return check_der(buf_view(&der), arena);
}

static void names_that_no_order_covers_are_said(void **state)
{
	static const struct {
		const char *srv, *xmpp, *dns, *word;
	} CASES[] = {
		{.srv = "_xmpp-client.example.org", .word = "domain-missing"},
		{.srv = "_sip.example.org", .word = "other-service"},
		{.srv = "example.org", .word = "bad-name"},
		{.srv = "_xmpp-server.*.example.org", .dns = "*.example.org", .word = "bad-name"},
		{.xmpp = "user@example.org", .dns = "example.org", .word = "domain-missing"},
		{.xmpp = "example.org", .word = "domain-missing"},
		{.dns = "192.0.2.1", .word = "bad-name"},
		{.dns = "a..b", .word = "bad-name"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		cleanup_draft draft = DRAFT;
		if (CASES[i].dns)
			add_dns(&draft, CASES[i].dns);
		if (CASES[i].srv)
			add_srv(&draft, CASES[i].srv);
		if (CASES[i].xmpp)
			add_xmpp(&draft, CASES[i].xmpp);
		struct site_csr_check is = check_draft(&draft, &arena);
		assert_true(found(&is, CASES[i].word));
		json_decref(is.findings);
	}
}

static void a_service_is_ordered_for_itself_where_its_domain_is_not(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_draft draft = DRAFT;
	(void)state;
	add_dns(&draft, "example.org");
	add_srv(&draft, "_xmpp-client.example.org");
	add_srv(&draft, "_xmpp-server.example.org");
	add_srv(&draft, "_xmpp-server.example.net");
	struct site_csr_check is = check_draft(&draft, &arena);
	assert_int_equal(is.identifier_count, 2);
	assert_int_equal(is.identifiers[1].type, PKI_IDENTIFIER_SRV);
	assert_view(is.identifiers[1].value, "example.net");
	assert_false(found(&is, "domain-missing"));
	json_decref(is.findings);
}

static void a_name_that_is_code_comes_back_as_plain_text(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_draft draft = DRAFT;
	(void)state;
	add_attribute(&draft.subject, OID_COMMON_NAME, DER_UTF8_STRING, "<b>\xc3\xa9</b>");
	struct site_csr_check is = check_draft(&draft, &arena);
	assert_true(found(&is, "common-name"));
	const json_t *finding = json_array_get(is.findings, json_array_size(is.findings) - 1);
	assert_string_equal(json_string_value(json_object_get(finding, "detail")), "<b>?\?</b>");
	json_decref(is.findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_request_can_be_used_and_says_what_to_order),
		cmocka_unit_test(too_many_names_are_said),
		cmocka_unit_test(a_signature_by_another_key_is_said),
		cmocka_unit_test(a_private_key_beside_it_is_said),
		cmocka_unit_test(what_is_no_request_is_said),
		cmocka_unit_test(names_that_no_order_covers_are_said),
		cmocka_unit_test(a_service_is_ordered_for_itself_where_its_domain_is_not),
		cmocka_unit_test(a_name_that_is_code_comes_back_as_plain_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
