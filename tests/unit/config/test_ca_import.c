// An intermediate under somebody else's root: the request goes out, and of what comes back each fault is refused with its own sentence.
#include "ca_fixture.h"
#include "config/ca_import.h"
#include "crypto/digest.h"
#include "pki/build_ca.h"
#include "pki/extension.h"
#include "pki/pem.h"
#include "pki/sig_alg.h"

enum { USAGE_CA = PKI_USAGE_DIGITAL_SIGNATURE | PKI_USAGE_KEY_CERT_SIGN | PKI_USAGE_CRL_SIGN };

struct wish { // a certificate with all that can be wrong in it
	const char *subject, *issuer;         // NULL subject: empty
	const struct crypto_key *key, *signer;
	uint32_t usage;                       // 0: no keyUsage
	int path_len;
	bool no_ca, no_key_id;
	xica_time not_before, not_after;
};

static struct crypto_key *outside_key; // of the outside root

static void add_name(struct buf *out, const char *name)
{
	pki_build_name(out, VIEW_NONE, view_str(name));
}

static void add_extensions(struct buf *out, const struct wish *w, struct view spki)
{
	uint8_t key_id[20];
	assert_int_equal(pki_key_id(spki, key_id), 0);
	size_t tag = der_open(out, DER_CONTEXT_CONSTRUCTED(3)), list = der_open(out, DER_SEQUENCE);
	if (w->no_ca)
		pki_extension_add_end_entity(out);
	else
		pki_extension_add_ca(out, w->path_len);
	if (w->usage)
		pki_extension_add_key_usage(out, w->usage);
	if (!w->no_key_id)
		pki_extension_add_key_id(out, view_bytes(key_id, sizeof(key_id)));
	der_close(out, list);
	der_close(out, tag);
}

// Appends the certificate in PEM.
static void grant(const struct wish *w, struct buf *pem)
{
	cleanup_buf tbs = BUF_INIT, spki = BUF_INIT, name = BUF_INIT, der = BUF_INIT;
	uint8_t serial[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST};
	xica_time now = clock_now();
	assert_int_equal(crypto_random(serial + 1, 16), 0);
	assert_int_equal(crypto_key_to_spki(w->key, &spki), 0);
	add_name(&name, w->issuer);
	const struct pki_issuer issuer = {.name = buf_view(&name), .sig_alg = crypto_sig_default(w->signer)};
	size_t body = der_open(&tbs, DER_SEQUENCE);
	pki_build_begin(&tbs, &issuer, view_bytes(serial, sizeof(serial)));
	pki_build_validity(&tbs, w->not_before ? w->not_before : now - 60, w->not_after ? w->not_after : now + XICA_DAY);
	add_name(&tbs, w->subject);
	buf_add(&tbs, buf_view(&spki));
	add_extensions(&tbs, w, buf_view(&spki));
	der_close(&tbs, body);
	assert_int_equal(pki_build_sign(w->signer, buf_view(&tbs), &der), 0);
	pem_write(pem, PEM_CERTIFICATE, buf_view(&der));
}

static struct wish outside_root(void)
{
	return (struct wish){"Outside Root", "Outside Root", outside_key, outside_key, USAGE_CA, -1, false, false, 0, 0};
}

static struct wish intermediate(const struct crypto_key *key)
{
	return (struct wish){"Test Issuer", "Outside Root", key, outside_key, USAGE_CA, 0, false, false, 0, 0};
}

// The SubjectPublicKeyInfo in a CSR: pki_csr_parse is for servers, and refuses one that asks for a CA.
static struct view spki_of(const struct buf *csr)
{
	struct view body, info, version, subject, spki;
	assert_int_equal(der_read_only(buf_view(csr), DER_SEQUENCE, &body), 0);
	assert_int_equal(der_read(&body, DER_SEQUENCE, &info), 0);
	assert_int_equal(der_read_integer(&info, &version), 0);
	assert_int_equal(der_read(&info, DER_SEQUENCE, &subject), 0);
	assert_int_equal(der_read_whole(&info, DER_SEQUENCE, &spki), 0);
	return spki;
}

// The key of a new request.
static struct crypto_key *request(void)
{
	struct ca_init init = ca_fixture_init();
	cleanup_buf csr = BUF_INIT, why = BUF_INIT;
	struct crypto_key *key = NULL;
	assert_done(ca_request(&init, NULL, &csr, &why));
	assert_int_equal(crypto_key_from_spki(spki_of(&csr), &key), 0);
	return key;
}

static int import_chain(const struct wish *ours, const struct wish *root, bool make_default, struct buf *why)
{
	cleanup_buf pem = BUF_INIT;
	buf_add_str(&pem, "Here is your certificate.\n");
	grant(ours, &pem);
	if (root)
		grant(root, &pem);
	buf_clear(why);
	return ca_import(ca_folder, buf_view(&pem), make_default, clock_now(), why);
}

static void what_the_outside_root_signed_issues(void **state)
{
	(void)state;
	struct crypto_key *key = request();
	struct wish ours = intermediate(key), root = outside_root();
	cleanup_buf why = BUF_INIT;
	struct ca_dir dir;
	assert_int_equal(ca_dir_read(ca_folder, CA_DIR_WITH_KEYS, &dir, &why), XICA_ENOTFOUND); // the request is still out
	buf_clear(&why);
	assert_done(import_chain(&ours, &root, false, &why));
	dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_int_equal(dir.issuer_count, 1);
	assert_int_equal(dir.root_count, 0);
	assert_int_equal(dir.issuers[0].chains[0].count, 1); // without the root
	assert_true(crypto_key_equal(dir.issuers[0].key, key));
	ca_dir_free(&dir);
	crypto_key_free(key);
}

static void expect(const struct wish *ours, const struct wish *root, const char *sentence)
{
	cleanup_buf why = BUF_INIT;
	int error = import_chain(ours, root, false, &why);
	if (!error || !strstr(buf_cstr(&why), sentence))
		fail_msg("wanted \"%s\", got \"%s\"", sentence, buf_cstr(&why));
}

static void each_fault_of_a_chain_has_its_sentence(void **state)
{
	(void)state;
	struct crypto_key *key = request(), *other = NULL;
	struct wish good = intermediate(key), root = outside_root(), bad;
	xica_time now = clock_now();
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &other), 0);
	bad = good, bad.key = other, expect(&bad, &root, "a key that is not of this CA");
	bad = good, bad.no_ca = true, expect(&bad, &root, "not one of a CA");
	bad = good, bad.usage = 0, expect(&bad, &root, "has no keyUsage");
	bad = good, bad.usage &= ~(uint32_t)PKI_USAGE_KEY_CERT_SIGN, expect(&bad, &root, "lacks keyCertSign");
	bad = good, bad.usage &= ~(uint32_t)PKI_USAGE_CRL_SIGN, expect(&bad, &root, "lacks cRLSign");
	bad = good, bad.usage &= ~(uint32_t)PKI_USAGE_DIGITAL_SIGNATURE, expect(&bad, &root, "lacks digitalSignature");
	bad = good, bad.subject = NULL, expect(&bad, &root, "empty subject");
	bad = good, bad.no_key_id = true, expect(&bad, &root, "no subject key identifier");
	bad = good, bad.not_after = now - 10, expect(&bad, &root, "has expired");
	bad = good, bad.not_before = now + 1000, expect(&bad, &root, "not valid yet");
	bad = good, bad.issuer = "Somebody", expect(&bad, &root, "names another issuer");
	bad = good, bad.signer = other, expect(&bad, &root, "not signed by the certificate after it");
	bad = root, bad.path_len = 0, expect(&good, &bad, "pathLenConstraint too small");
	bad = root, bad.not_after = now - 10, expect(&good, &bad, "has expired");
	bad = root, bad.no_ca = true, expect(&good, &bad, "not one of a CA");
	bad = root, bad.signer = other, expect(&good, &bad, "not signed by the certificate after it");
	expect(&good, NULL, "no root");
	expect(&root, NULL, "a root alone");
	crypto_key_free(other);
	crypto_key_free(key);
}

static void what_is_no_chain_is_refused(void **state)
{
	static const char *const BAD[] = {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
	(void)state;
	crypto_key_free(request());
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_buf why = BUF_INIT;
		assert_int_equal(ca_import(ca_folder, view_str(BAD[i]), false, clock_now(), &why), XICA_EPARSE);
		assert_true(why.len > 10);
	}
}

static void a_second_chain_becomes_an_alternate_or_the_default(void **state)
{
	(void)state;
	struct crypto_key *key = request(), *first_root = outside_key;
	struct wish ours = intermediate(key), root = outside_root();
	cleanup_buf why = BUF_INIT;
	assert_done(import_chain(&ours, &root, false, &why));
	outside_key = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P384, 0, &outside_key), 0);
	ours = intermediate(key);
	root = outside_root();
	root.subject = root.issuer = ours.issuer = "Another Root";
	assert_done(import_chain(&ours, &root, false, &why));
	struct ca_dir dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_int_equal(dir.issuer_count, 1);
	assert_int_equal(dir.issuers[0].chain_count, 2);
	assert_null(memmem(dir.issuers[0].certificate.ptr, dir.issuers[0].certificate.len, "Another Root", 12));
	ca_dir_free(&dir);
	assert_done(import_chain(&ours, &root, true, &why));
	dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_non_null(memmem(dir.issuers[0].certificate.ptr, dir.issuers[0].certificate.len, "Another Root", 12));
	ca_dir_free(&dir);
	ours.subject = "Test Issuer Renamed";
	assert_int_equal(import_chain(&ours, &root, false, &why), XICA_EDENIED);
	assert_non_null(strstr(buf_cstr(&why), "another subject"));
	crypto_key_free(outside_key);
	outside_key = first_root;
	crypto_key_free(key);
}

static void the_same_chain_twice_is_told(void **state)
{
	(void)state;
	struct crypto_key *key = request();
	struct wish ours = intermediate(key), root = outside_root();
	cleanup_buf pem = BUF_INIT, why = BUF_INIT;
	grant(&ours, &pem);
	grant(&root, &pem);
	assert_done(ca_import(ca_folder, buf_view(&pem), false, clock_now(), &why));
	assert_int_equal(ca_import(ca_folder, buf_view(&pem), false, clock_now(), &why), XICA_EEXIST);
	crypto_key_free(key);
}

static void an_issuer_that_there_is_can_be_signed_by_an_outside_root_too(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT, csr = BUF_INIT;
	const char *clause = NULL;
	assert_done(ca_init(&init, &why));
	struct ca_dir dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_done(ca_request(&init, dir.issuers[0].id, &csr, &why));
	struct pki_certificate is;
	assert_int_equal(pki_certificate_parse(dir.issuers[0].certificate, &is, &clause), 0);
	assert_true(view_equal(spki_of(&csr), is.spki));
	assert_int_equal(ca_request(&init, "0000000000000000", &csr, &why), XICA_ENOTFOUND);
	ca_dir_free(&dir);
}

static int set_up(void **state)
{
	(void)state;
	return crypto_key_generate(CRYPTO_KEY_P256, 0, &outside_key);
}

static int tear_down(void **state)
{
	(void)state;
	crypto_key_free(outside_key);
	return 0;
}

#define ca_test(f) cmocka_unit_test_setup_teardown(f, ca_fixture_make, ca_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ca_test(what_the_outside_root_signed_issues),
		ca_test(each_fault_of_a_chain_has_its_sentence),
		ca_test(what_is_no_chain_is_refused),
		ca_test(a_second_chain_becomes_an_alternate_or_the_default),
		ca_test(the_same_chain_twice_is_told),
		ca_test(an_issuer_that_there_is_can_be_signed_by_an_outside_root_too),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
