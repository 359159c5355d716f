// Which names prove a domain, and which purposes serve: on extensions alone, without keys and signatures.
#include "check.h"

#include "pki/extension.h"
#include "pki/peer.h"

struct made { // a certificate that has extensions and nothing else
	struct buf extensions;
	struct pki_certificate certificate;
};

static struct made with_name(enum pki_san_type type, const char *name)
{
	struct pki_san san = {type, view_str(name)};
	struct pki_sans sans = {&san, 1};
	struct made made = {.extensions = BUF_INIT};
	pki_extension_add_alt_names(&made.extensions, &sans, false);
	assert_int_equal(buf_error(&made.extensions), 0);
	made.certificate.extensions = buf_view(&made.extensions);
	return made;
}

static struct made with_purposes(const enum oid *purposes, size_t count)
{
	struct made made = {.extensions = BUF_INIT};
	struct pki_extension_mark mark = pki_extension_open(&made.extensions, OID_EXT_KEY_USAGE, false);
	size_t list = der_open(&made.extensions, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		der_add_oid(&made.extensions, purposes[i]);
	der_close(&made.extensions, list);
	pki_extension_close(&made.extensions, mark);
	made.certificate.extensions = buf_view(&made.extensions);
	return made;
}

static bool proves(enum pki_san_type type, const char *name, const char *domain, enum pki_peer_role role)
{
	cleanup_arena arena = ARENA_INIT;
	struct made made = with_name(type, name);
	struct pki_peer_names names;
	assert_int_equal(pki_peer_names(&made.certificate, view_str(domain), role, &arena, &names), 0);
	assert_int_equal(names.count, 1);
	assert_true((names.match == NULL) == (names.list[0].why != NULL));
	buf_free(&made.extensions);
	return names.match;
}

static void test_a_dns_name_proves_its_domain_in_both_roles(void **state)
{
	(void)state;
	for (enum pki_peer_role role = PKI_PEER_C2S; role <= PKI_PEER_S2S; role++) {
		assert_true(proves(PKI_SAN_DNS, "example.org", "example.org", role));
		assert_true(proves(PKI_SAN_DNS, "eXample.ORG", "example.org", role));
		assert_false(proves(PKI_SAN_DNS, "example.net", "example.org", role));
		assert_false(proves(PKI_SAN_DNS, "chat.example.org", "example.org", role));
		assert_false(proves(PKI_SAN_DNS, "org", "example.org", role));
		assert_false(proves(PKI_SAN_DNS, "example.org.", "example.org", role));
		assert_false(proves(PKI_SAN_DNS, "", "example.org", role));
		assert_false(proves(PKI_SAN_DNS, "b\xc3\xbc" "cher.example", "xn--bcher-kva.example", role));
	}
}

static void test_a_wildcard_is_one_whole_label(void **state)
{
	(void)state;
	static const struct {
		const char *name, *domain;
		bool proves;
	} CASES[] = {{"*.example.org", "chat.example.org", true}, {"*.Example.org", "chat.example.org", true}, {"*.example.org", "example.org", false},
		{"*.example.org", "a.b.example.org", false}, {"*.example.org", "chatexample.org", false}, {"*.example.org", "chat.example.net", false},
		{"*.org", "example.org", false}, {"*", "localhost", false}, {"*.", "example.org", false}, {"**.example.org", "chat.example.org", false},
		{"*.*.org", "chat.example.org", false}, {"c*.example.org", "chat.example.org", false}, {"*t.example.org", "chat.example.org", false},
		{"chat.*.org", "chat.example.org", false}, {"*example.org", "example.org", false}};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		assert_int_equal(proves(PKI_SAN_DNS, CASES[i].name, CASES[i].domain, PKI_PEER_S2S), CASES[i].proves);
}

static void test_the_role_decides_the_service_of_an_srv_name(void **state)
{
	(void)state;
	assert_true(proves(PKI_SAN_SRV, "_xmpp-client.example.org", "example.org", PKI_PEER_C2S));
	assert_true(proves(PKI_SAN_SRV, "_xmpp-server.example.org", "example.org", PKI_PEER_S2S));
	assert_true(proves(PKI_SAN_SRV, "_XMPP-Server.Example.ORG", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_SRV, "_xmpp-client.example.org", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_SRV, "_xmpp-server.example.org", "example.org", PKI_PEER_C2S));
	assert_false(proves(PKI_SAN_SRV, "_imaps.example.org", "example.org", PKI_PEER_C2S));
	assert_false(proves(PKI_SAN_SRV, "_xmpp-server._tcp.example.org", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_SRV, "_xmpp-server.*.org", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_SRV, "_xmpp-server.*.example.org", "chat.example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_SRV, "example.org", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_SRV, "", "example.org", PKI_PEER_S2S));
}

static void test_an_xmpp_addr_proves_a_domain_alone(void **state)
{
	(void)state;
	assert_true(proves(PKI_SAN_XMPP, "example.org", "example.org", PKI_PEER_C2S));
	assert_true(proves(PKI_SAN_XMPP, "Example.org", "example.org", PKI_PEER_S2S));
	assert_true(proves(PKI_SAN_XMPP, "b\xc3\xbc" "cher.example", "xn--bcher-kva.example", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_XMPP, "juliet@example.org", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_XMPP, "example.org/balcony", "example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_XMPP, "*.example.org", "chat.example.org", PKI_PEER_S2S));
	assert_false(proves(PKI_SAN_XMPP, "\xff", "example.org", PKI_PEER_S2S));
}

static void test_names_are_shown_without_what_could_deceive(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct made made = with_name(PKI_SAN_DNS, "a\"\\\x1b[2J\xc3\xbc b");
	struct pki_peer_names names;
	assert_int_equal(pki_peer_names(&made.certificate, VIEW_LIT("example.org"), PKI_PEER_S2S, &arena, &names), 0);
	assert_string_equal(names.list[0].text, "a\\x22\\x5c\\x1b[2J\\xc3\\xbc\\x20b");
	buf_free(&made.extensions);
}

static void test_a_second_or_malformed_list_of_names_is_an_error(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct pki_peer_names names;
	struct made made = with_name(PKI_SAN_DNS, "example.org"), other = with_name(PKI_SAN_DNS, "example.net");
	size_t len = made.extensions.len;
	buf_add(&made.extensions, buf_view(&other.extensions));
	made.certificate.extensions = buf_view(&made.extensions);
	assert_int_equal(pki_peer_names(&made.certificate, VIEW_LIT("example.org"), PKI_PEER_S2S, &arena, &names), XICA_EPARSE);
	made.extensions.ptr[len - sizeof("example.org")] = 0x7f; // the dNSName's length: more than there is
	made.certificate.extensions = view_sub(buf_view(&made.extensions), 0, len);
	assert_int_equal(pki_peer_names(&made.certificate, VIEW_LIT("example.org"), PKI_PEER_S2S, &arena, &names), XICA_EPARSE);
	buf_free(&made.extensions);
	buf_free(&other.extensions);
}

static int purpose(const enum oid *purposes, size_t count, enum pki_peer_role role)
{
	struct made made = with_purposes(purposes, count);
	const char *why = NULL;
	int error = pki_peer_purpose(&made.certificate, role, &why);
	assert_true((error == XICA_EDENIED) == (why != NULL));
	buf_free(&made.extensions);
	return error;
}

static void test_a_server_is_accepted_with_server_auth_alone_and_never_without_a_purpose_of_tls(void **state)
{
	(void)state;
	const enum oid SERVER = OID_EKU_SERVER_AUTH, CLIENT = OID_EKU_CLIENT_AUTH, ANY = OID_EKU_ANY, CODE = OID_EKU_CODE_SIGNING,
		       BOTH[] = {OID_EKU_CODE_SIGNING, OID_EKU_SERVER_AUTH};
	struct pki_certificate none = {0};
	const char *why;
	for (enum pki_peer_role role = PKI_PEER_C2S; role <= PKI_PEER_S2S; role++) {
		assert_int_equal(pki_peer_purpose(&none, role, &why), 0);
		assert_int_equal(purpose(&SERVER, 1, role), 0);
		assert_int_equal(purpose(&ANY, 1, role), 0);
		assert_int_equal(purpose(BOTH, 2, role), 0);
		assert_int_equal(purpose(&CODE, 1, role), XICA_EDENIED);
		assert_int_equal(purpose(NULL, 0, role), XICA_EDENIED);
	}
	assert_int_equal(purpose(&CLIENT, 1, PKI_PEER_S2S), 0);
	assert_int_equal(purpose(&CLIENT, 1, PKI_PEER_C2S), XICA_EDENIED);
}

static void test_domains_of_jids_become_a_labels(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct view domain;
	const char *why;
	assert_int_equal(pki_peer_domain(VIEW_LIT("Chat.Example.org."), &arena, &domain, &why), 0);
	assert_view(domain, "chat.example.org");
	assert_int_equal(pki_peer_domain(VIEW_LIT("b\xc3\xbc" "cher.example"), &arena, &domain, &why), 0);
	assert_view(domain, "xn--bcher-kva.example");
	static const char *const BAD[] = {"", ".", "..", "a..b", "*.example.org", "example.org..", "192.0.2.1", "[2001:db8::1]", "a@example.org", "-a.org", "a_b.org", "\xff"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		why = NULL;
		assert_int_equal(pki_peer_domain(view_str(BAD[i]), &arena, &domain, &why), XICA_EPARSE);
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_dns_name_proves_its_domain_in_both_roles),
		cmocka_unit_test(test_a_wildcard_is_one_whole_label),
		cmocka_unit_test(test_the_role_decides_the_service_of_an_srv_name),
		cmocka_unit_test(test_an_xmpp_addr_proves_a_domain_alone),
		cmocka_unit_test(test_names_are_shown_without_what_could_deceive),
		cmocka_unit_test(test_a_second_or_malformed_list_of_names_is_an_error),
		cmocka_unit_test(test_a_server_is_accepted_with_server_auth_alone_and_never_without_a_purpose_of_tls),
		cmocka_unit_test(test_domains_of_jids_become_a_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
