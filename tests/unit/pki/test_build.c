// Certificates and CRLs, built whole, and what OpenSSL and GnuTLS say of them.
#include <stdlib.h>

#include "crypto/digest.h"
#include "pki/build_ca.h"
#include "pki/crl.h"
#include "pki/extension.h"
#include "tool.h"

enum { FILE_COUNT = 8 };

static xica_time NOW; // the real one: certtool knows no other

static struct ca {
	struct crypto_key *key;
	struct buf der;
	struct pki_certificate certificate;
	struct pki_issuer issuer;
} root, middle;

static char folder[] = "/tmp/xica-test-build-XXXXXX";
static char paths[FILE_COUNT][64];
static const char *const FILES[FILE_COUNT] = {"root.pem", "middle.pem", "leaf.pem", "root.crl", "middle.crl", "all.crl", "chain.pem", "crl.pem"};

static const struct pki_profile PROFILE = {.name = "xmpp-server", .dns_names = true, .srv_names = true, .server_auth = true,
	.client_auth = true, .status_urls = true, .policy_oid = "2.23.140.1.2.1"};
static const struct pki_site SITE = {.http_url = "http://ca.example", .crl_shards = 4};

static const uint8_t *serial_of(uint8_t last)
{
	static uint8_t serial[PKI_SERIAL_LEN];
	memset(serial, 0xab, sizeof(serial));
	serial[0] = PKI_SERIAL_FIRST;
	serial[PKI_SERIAL_LEN - 1] = last;
	return serial;
}

static void make_ca(struct ca *ca, enum crypto_key_type type, const struct ca *above, const char *name)
{
	cleanup_buf spki = BUF_INIT, subject = BUF_INIT, tbs = BUF_INIT;
	const char *why = NULL;
	assert_int_equal(crypto_key_generate(type, 2048, &ca->key), 0);
	assert_int_equal(crypto_key_to_spki(ca->key, &spki), 0);
	pki_build_name(&subject, VIEW_LIT("Example Föderation"), view_str(name));
	struct pki_authority about = {.serial = view_bytes(serial_of(above ? 2 : 1), PKI_SERIAL_LEN), .subject = buf_view(&subject),
		.spki = buf_view(&spki), .issuer = above ? &above->issuer : NULL, .sig_alg = crypto_sig_default(ca->key),
		.not_before = NOW - 100, .not_after = above ? NOW + 3650 * (xica_time)XICA_DAY : NOW + 36500 * (xica_time)XICA_DAY,
		.path_len = above ? 0 : -1, .issuer_url = above ? "http://ca.example/ca/root.der" : NULL,
		.crl_url = above ? "http://ca.example/ca/root.crl" : NULL};
	assert_int_equal(pki_build_ca_tbs(&about, &tbs), 0);
	assert_int_equal(pki_build_sign(above ? above->key : ca->key, buf_view(&tbs), &ca->der), 0);
	assert_int_equal(pki_certificate_parse(buf_view(&ca->der), &ca->certificate, &why), 0);
	ca->issuer = (struct pki_issuer){"0123456789abcdef", ca->certificate.subject, ca->certificate.key_id,
		crypto_sig_default(ca->key), ca->certificate.not_after};
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	NOW = clock_now();
	for (size_t i = 0; i < FILE_COUNT; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, FILES[i]);
	make_ca(&root, CRYPTO_KEY_P384, NULL, "Example Root");
	make_ca(&middle, CRYPTO_KEY_P256, &root, "Example Issuer");
	tool_write_pem(paths[0], PEM_CERTIFICATE, buf_view(&root.der));
	tool_write_pem(paths[1], PEM_CERTIFICATE, buf_view(&middle.der));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILE_COUNT; i++)
		(void)unlink(paths[i]);
	crypto_key_free(root.key);
	crypto_key_free(middle.key);
	buf_free(&root.der);
	buf_free(&middle.der);
	return rmdir(folder);
}

static struct pki_leaf leaf_for(const struct pki_sans *sans, const struct buf *spki, uint8_t last)
{
	return (struct pki_leaf){&PROFILE, &SITE, &middle.issuer, view_bytes(serial_of(last), PKI_SERIAL_LEN), buf_view(spki), sans,
		NOW - 60, NOW + 90 * XICA_DAY};
}

// A leaf for the names, signed by middle, in der.
static void make_leaf(enum crypto_key_type type, const struct pki_sans *sans, struct buf *der)
{
	struct crypto_key *key = NULL;
	cleanup_buf spki = BUF_INIT, tbs = BUF_INIT;
	assert_int_equal(crypto_key_generate(type, 2048, &key), 0);
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	struct pki_leaf leaf = leaf_for(sans, &spki, 3);
	assert_int_equal(pki_build_tbs(&leaf, &tbs), 0);
	assert_int_equal(pki_build_sign(middle.key, buf_view(&tbs), der), 0);
	crypto_key_free(key);
}

static void make_crl(const struct ca *ca, const char *url, const uint8_t *revoked, const char *path)
{
	struct pki_crl crl = {&ca->issuer, 7, NOW - 60, NOW + XICA_DAY, url, BUF_INIT};
	cleanup_buf tbs = BUF_INIT, der = BUF_INIT;
	if (revoked)
		assert_int_equal(pki_crl_add(&crl, view_bytes(revoked, PKI_SERIAL_LEN), NOW - 30, PKI_REASON_SUPERSEDED), 0);
	assert_int_equal(pki_crl_tbs(&crl, &tbs), 0);
	assert_int_equal(pki_build_sign(ca->key, buf_view(&tbs), &der), 0);
	tool_write_pem(path, PEM_CRL, buf_view(&der));
	buf_free(&crl.entries);
}

static struct pki_san NAMES[] = {{PKI_SAN_DNS, VIEW_LIT("example.org")}, {PKI_SAN_DNS, VIEW_LIT("*.example.org")},
	{PKI_SAN_SRV, VIEW_LIT("_xmpp-client.example.org")}, {PKI_SAN_SRV, VIEW_LIT("_xmpp-server.example.org")}};
static const struct pki_sans SANS = {NAMES, 4};

static void openssl_accepts_the_chain_in_both_roles(void **state)
{
	static const enum crypto_key_type TYPES[] = {CRYPTO_KEY_P256, CRYPTO_KEY_P384, CRYPTO_KEY_RSA};
	static const char *const PURPOSES[] = {"sslserver", "sslclient"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		cleanup_buf der = BUF_INIT;
		make_leaf(TYPES[i], &SANS, &der);
		tool_write_pem(paths[2], PEM_CERTIFICATE, buf_view(&der));
		for (size_t p = 0; p < 2; p++)
			assert_int_equal(tool("openssl", "verify", "-x509_strict", "-purpose", PURPOSES[p],
					      "-policy_check", "-CAfile", paths[0], "-untrusted", paths[1], "-verify_hostname",
					      "chat.example.org", paths[2]), 0);
		assert_int_not_equal(tool("openssl", "verify", "-x509_strict", "-CAfile", paths[0], "-untrusted",
					  paths[1], "-verify_hostname", "other.example", paths[2]), 0);
	}
}

static void append_file(const char *to, const char *from)
{
	cleanup_buf all = BUF_INIT;
	if (file_exists(to))
		assert_int_equal(file_read(to, 100000, &all), 0);
	assert_int_equal(file_read(from, 100000, &all), 0);
	assert_int_equal(file_replace(to, 0644, buf_view(&all)), 0);
}

static int verify_with_crls(void)
{
	(void)unlink(paths[5]);
	append_file(paths[5], paths[3]);
	append_file(paths[5], paths[4]);
	return tool("openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", paths[5], "-CAfile", paths[0],
		    "-untrusted", paths[1], paths[2]);
}

static void openssl_accepts_the_crls_and_sees_who_is_revoked(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT, url = BUF_INIT, other = BUF_INIT;
	make_leaf(CRYPTO_KEY_P256, &SANS, &der);
	tool_write_pem(paths[2], PEM_CERTIFICATE, buf_view(&der));
	unsigned shard = pki_shard(view_bytes(serial_of(3), PKI_SERIAL_LEN), SITE.crl_shards);
	buf_add_str(&url, SITE.http_url);
	pki_path_crl(&url, middle.issuer.id, shard);
	buf_add_str(&other, SITE.http_url);
	pki_path_crl(&other, middle.issuer.id, shard + 1);
	make_crl(&root, NULL, NULL, paths[3]);
	make_crl(&middle, buf_cstr(&url), serial_of(4), paths[4]);
	assert_int_equal(verify_with_crls(), 0);
	make_crl(&middle, buf_cstr(&url), serial_of(3), paths[4]);
	assert_int_not_equal(verify_with_crls(), 0);
	make_crl(&middle, buf_cstr(&other), NULL, paths[4]); // another shard's CRL says nothing of this certificate
	assert_int_not_equal(verify_with_crls(), 0);
	make_crl(&middle, buf_cstr(&url), NULL, paths[4]);
	make_crl(&root, NULL, serial_of(2), paths[3]); // the intermediate itself
	assert_int_not_equal(verify_with_crls(), 0);
}

static void gnutls_accepts_chain_and_crl(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT;
	make_leaf(CRYPTO_KEY_P256, &SANS, &der);
	tool_write_pem(paths[2], PEM_CERTIFICATE, buf_view(&der));
	(void)unlink(paths[6]);
	append_file(paths[6], paths[2]);
	append_file(paths[6], paths[1]);
	assert_int_equal(tool("certtool", "--verify", "--load-ca-certificate", paths[0],
			      "--verify-hostname", "example.org", "--infile", paths[6]), 0);
	make_crl(&middle, "http://ca.example/crl/x/0.crl", serial_of(4), paths[4]);
	assert_int_equal(tool("certtool", "--verify-crl", "--load-ca-certificate", paths[1], "--infile",
			      paths[4]), 0);
}

static void common_name_is(const struct pki_sans *sans, const char *want)
{
	cleanup_buf der = BUF_INIT, text = BUF_INIT;
	struct pki_certificate certificate;
	const char *why = NULL;
	make_leaf(CRYPTO_KEY_P256, sans, &der);
	assert_int_equal(pki_certificate_parse(buf_view(&der), &certificate, &why), 0);
	pki_name_add_text(&text, certificate.subject);
	assert_view(buf_view(&text), want);
}

static void the_subject_is_the_shortest_name_or_no_host_name_at_all(void **state)
{
	static struct pki_san LONG[] = {
		{PKI_SAN_DNS, VIEW_LIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbb.example.org")}};
	(void)state;
	common_name_is(&SANS, "CN=example.org");
	common_name_is(&(struct pki_sans){NAMES + 3, 1}, "CN=XMPP server");
	common_name_is(&(struct pki_sans){LONG, 1}, "CN=XMPP server");
}

static void what_is_read_back_is_what_was_asked(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT;
	struct pki_certificate certificate;
	struct pki_extension extension;
	const char *why = NULL;
	make_leaf(CRYPTO_KEY_P256, &SANS, &der);
	assert_int_equal(pki_certificate_parse(buf_view(&der), &certificate, &why), 0);
	assert_int_equal(certificate.version, 3);
	assert_int_equal(certificate.serial.len, PKI_SERIAL_LEN);
	assert_int_equal(certificate.not_before, NOW - 60);
	assert_int_equal(certificate.not_after, NOW + 90 * XICA_DAY);
	assert_true(certificate.has_basic_constraints && !certificate.ca);
	assert_int_equal(certificate.key_usage, PKI_USAGE_DIGITAL_SIGNATURE);
	assert_true(view_equal(certificate.issuer, middle.certificate.subject));
	assert_true(view_equal(certificate.authority_key_id, middle.certificate.key_id));
	assert_int_equal(pki_extension_find(certificate.extensions, OID_SUBJECT_ALT_NAME, &extension), 0);
	assert_false(extension.critical);
	assert_int_equal(pki_extension_find(certificate.extensions, OID_CRL_DISTRIBUTION_POINTS, &extension), 0);
	assert_int_equal(pki_extension_find(certificate.extensions, OID_NAME_CONSTRAINTS, &extension), XICA_ENOTFOUND);
	assert_int_equal(pki_certificate_signed_by(&certificate, &middle.certificate), 0);
	assert_int_equal(pki_certificate_signed_by(&certificate, &root.certificate), XICA_ESIG);
	assert_int_equal(middle.certificate.path_len, 0);
	assert_int_equal(middle.certificate.key_usage & PKI_USAGE_DIGITAL_SIGNATURE, PKI_USAGE_DIGITAL_SIGNATURE);
}

static void a_short_lived_certificate_has_no_status_url(void **state)
{
	(void)state;
	struct pki_profile profile = PROFILE;
	struct pki_extension extension;
	struct pki_certificate certificate;
	cleanup_buf tbs = BUF_INIT, der = BUF_INIT, spki = BUF_INIT;
	const char *why = NULL;
	assert_int_equal(crypto_key_to_spki(root.key, &spki), 0);
	struct pki_leaf leaf = leaf_for(&SANS, &spki, 3);
	profile.status_urls = false;
	leaf.profile = &profile;
	assert_int_equal(pki_build_tbs(&leaf, &tbs), 0);
	assert_int_equal(pki_build_sign(middle.key, buf_view(&tbs), &der), 0);
	assert_int_equal(pki_certificate_parse(buf_view(&der), &certificate, &why), 0);
	assert_int_equal(pki_extension_find(certificate.extensions, OID_CRL_DISTRIBUTION_POINTS, &extension), XICA_ENOTFOUND);
	assert_int_equal(pki_extension_find(certificate.extensions, OID_AUTHORITY_INFO_ACCESS, &extension), 0);
}

static void ocsp_stands_in_a_certificate_where_the_site_and_the_profile_have_it(void **state)
{
	(void)state;
	struct pki_profile without = PROFILE;
	struct pki_site site = SITE;
	without.status_urls = false;
	for (unsigned i = 0; i < 4; i++) {
		cleanup_buf tbs = BUF_INIT, spki = BUF_INIT;
		assert_int_equal(crypto_key_to_spki(root.key, &spki), 0);
		struct pki_leaf leaf = leaf_for(&SANS, &spki, 3);
		site.ocsp = i & 1;
		leaf.site = &site;
		leaf.profile = i & 2 ? &PROFILE : &without;
		assert_int_equal(pki_build_tbs(&leaf, &tbs), 0);
		assert_int_equal(memmem(tbs.ptr, tbs.len, "http://ca.example/ocsp", 22) != NULL, i == 3);
	}
}

static void what_can_be_no_certificate_is_not_built(void **state)
{
	(void)state;
	cleanup_buf tbs = BUF_INIT, spki = BUF_INIT;
	assert_int_equal(crypto_key_to_spki(root.key, &spki), 0);
	struct pki_leaf leaf = leaf_for(&SANS, &spki, 3);
	leaf.not_after = middle.issuer.not_after + 1;
	assert_int_equal(pki_build_tbs(&leaf, &tbs), XICA_ERANGE);
	leaf = leaf_for(&SANS, &spki, 3);
	leaf.not_before = leaf.not_after + 1;
	assert_int_equal(pki_build_tbs(&leaf, &tbs), XICA_ERANGE);
	leaf = leaf_for(&(struct pki_sans){NULL, 0}, &spki, 3);
	assert_int_equal(pki_build_tbs(&leaf, &tbs), XICA_EINVAL);
	leaf = leaf_for(&SANS, &spki, 3);
	leaf.serial.len--;
	assert_int_equal(pki_build_tbs(&leaf, &tbs), XICA_EINVAL);
	leaf = leaf_for(&SANS, &spki, 3);
	leaf.spki = VIEW_LIT("no key");
	assert_int_equal(pki_build_tbs(&leaf, &tbs), XICA_EPARSE);
	assert_int_equal(tbs.len, 0);
}

static void reasons_without_a_place_are_refused(void **state)
{
	static const unsigned BAD[] = {6, 7, 8, 11, 255, 65536};
	(void)state;
	struct pki_crl crl = {.issuer = &middle.issuer, .entries = BUF_INIT};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(pki_crl_add(&crl, VIEW_LIT("\x01"), NOW, BAD[i]), XICA_EINVAL);
	assert_int_equal(pki_crl_add(&crl, VIEW_LIT("\x00\x00"), NOW, 0), XICA_EINVAL);
	assert_int_equal(crl.entries.len, 0);
}

static void a_million_entries_make_a_crl(void **state)
{
	(void)state;
	struct pki_crl crl = {&middle.issuer, 1, NOW, NOW + XICA_DAY, "http://ca.example/crl/x/0.crl", BUF_INIT};
	uint8_t serial[PKI_SERIAL_MAX] = {0};
	cleanup_buf tbs = BUF_INIT;
	memcpy(serial + 3, serial_of(0), PKI_SERIAL_LEN);
	for (uint32_t i = 0; i < 1000000; i++) {
		serial[17] = (uint8_t)(i >> 16);
		serial[18] = (uint8_t)(i >> 8);
		serial[19] = (uint8_t)i;
		assert_int_equal(pki_crl_add(&crl, view_bytes(serial, sizeof(serial)), NOW, 1), 0);
	}
	assert_int_equal(pki_crl_tbs(&crl, &tbs), 0);
	struct view body;
	assert_int_equal(der_read_only(buf_view(&tbs), DER_SEQUENCE, &body), 0);
	assert_true(tbs.len > 50 * 1000000 && tbs.len < 64 * 1024 * 1024);
	buf_free(&crl.entries);
}

static void shards_spread_and_stay(void **state)
{
	(void)state;
	size_t counts[4] = {0};
	for (unsigned i = 0; i < 256; i++)
		counts[pki_shard(view_bytes(serial_of((uint8_t)i), PKI_SERIAL_LEN), 4)]++;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(counts[i], 64);
	assert_int_equal(pki_shard(VIEW_LIT("\x05"), 1), 0);
	assert_int_equal(pki_shard(VIEW_NONE, 0), 0);
}

static void openssl_reads_the_request_for_an_outside_root(void **state)
{
	(void)state;
	cleanup_buf csr = BUF_INIT;
	assert_int_equal(pki_build_ca_csr(middle.key, middle.certificate.subject, &csr), 0);
	tool_write_pem(paths[7], PEM_REQUEST, buf_view(&csr));
	assert_int_equal(tool("openssl", "req", "-in", paths[7], "-verify", "-noout"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssl_accepts_the_chain_in_both_roles),
		cmocka_unit_test(openssl_accepts_the_crls_and_sees_who_is_revoked),
		cmocka_unit_test(gnutls_accepts_chain_and_crl),
		cmocka_unit_test(the_subject_is_the_shortest_name_or_no_host_name_at_all),
		cmocka_unit_test(what_is_read_back_is_what_was_asked),
		cmocka_unit_test(a_short_lived_certificate_has_no_status_url),
		cmocka_unit_test(ocsp_stands_in_a_certificate_where_the_site_and_the_profile_have_it),
		cmocka_unit_test(what_can_be_no_certificate_is_not_built),
		cmocka_unit_test(reasons_without_a_place_are_refused),
		cmocka_unit_test(a_million_entries_make_a_crl),
		cmocka_unit_test(shards_spread_and_stay),
		cmocka_unit_test(openssl_reads_the_request_for_an_outside_root),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
