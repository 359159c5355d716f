#include "signer_fixture.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64url.h"
#include "config/ca_dir_init.h"
#include "pki/build_ca.h"
#include "pki/extension.h"

char fixture_folder[] = "/tmp/xica-test-signer-XXXXXX";
struct config fixture_config;
struct signer_core fixture_core;
struct signer_clock fixture_clock;
const uint8_t FIXTURE_RECEIPT_KEY[RECEIPT_KEY_LEN] = "the key of validator and signer";
const char FIXTURE_KID[] = "https://localhost:14000/acme/acct/1";

struct crypto_key *fixture_key(enum crypto_key_type type)
{
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_generate(type, 2048, &key), 0);
	return key;
}

static void make_core(void)
{
	cleanup_buf text = BUF_INIT, why = BUF_INIT, path = BUF_INIT;
	const struct config_dev_options options = {.dir = fixture_folder, .resolve_all = "127.0.0.1"};
	assert_int_equal(config_dev(&options, &text), 0);
	assert_int_equal(config_parse(buf_view(&text), "dev", &fixture_config, &why), 0);
	fixture_clock = (struct signer_clock){clock_now(), clock_monotonic_ms()};
	const struct ca_init init = {.dir = fixture_config.ca_dir, .name = "Test", .key_type = CRYPTO_KEY_P256, .now = fixture_clock.now};
	assert_int_equal(ca_init(&init, &why), 0);
	assert_int_equal(ca_dir_read(fixture_config.ca_dir, CA_DIR_WITH_KEYS, &fixture_core.ca, &why), 0);
	assert_int_equal(audit_open(fixture_config.audit_log, &fixture_core.audit, &why), 0);
	memcpy(fixture_core.receipt_key, FIXTURE_RECEIPT_KEY, sizeof(FIXTURE_RECEIPT_KEY));
	signer_core_init(&fixture_core, &fixture_config);
}

int fixture_set_up(void **state)
{
	(void)state;
	if (!mkdtemp(fixture_folder))
		return -1;
	make_core();
	return 0;
}

static int remove_one(const char *path, const struct stat *is, int flag, struct FTW *ftw)
{
	(void)is, (void)flag, (void)ftw;
	return remove(path);
}

int fixture_tear_down(void **state)
{
	(void)state;
	signer_core_free(&fixture_core);
	config_free(&fixture_config);
	return nftw(fixture_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void fixture_csr(struct applicant *a, const struct pki_san *names, size_t count, const struct crypto_key *signer)
{
	cleanup_buf info = BUF_INIT, spki = BUF_INIT;
	size_t body = der_open(&info, DER_SEQUENCE);
	der_add_uint(&info, 0);
	pki_build_name(&info, VIEW_NONE, VIEW_NONE);
	assert_int_equal(crypto_key_to_spki(a->key, &info), 0);
	size_t attributes = der_open(&info, DER_CONTEXT_CONSTRUCTED(0));
	size_t attribute = der_open(&info, DER_SEQUENCE);
	der_add_oid(&info, OID_EXTENSION_REQUEST);
	size_t set = der_open(&info, DER_SET), list = der_open(&info, DER_SEQUENCE);
	pki_extension_add_alt_names(&info, &(struct pki_sans){(struct pki_san *)names, count}, false);
	der_close(&info, list);
	der_close(&info, set);
	der_close(&info, attribute);
	der_close(&info, attributes);
	der_close(&info, body);
	buf_clear(&a->csr);
	assert_int_equal(pki_build_sign(signer, buf_view(&info), &a->csr), 0);
}

void fixture_finalize_at(struct applicant *a, struct view csr, const struct crypto_key *signer, const char *url)
{
	cleanup_buf payload = BUF_INIT;
	buf_add_str(&payload, "{\"csr\":\"");
	base64url_encode(&payload, csr);
	buf_add_str(&payload, "\"}");
	buf_clear(&a->finalize);
	assert_int_equal(jws_sign(signer, view_str(FIXTURE_KID), VIEW_LIT("nonce"), view_str(url), buf_view(&payload), &a->finalize), 0);
}

void fixture_finalize(struct applicant *a, struct view csr, const struct crypto_key *signer)
{
	fixture_finalize_at(a, csr, signer, "https://localhost:14000/acme/order/1/finalize");
}

void fixture_jwk(struct applicant *a)
{
	buf_clear(&a->jwk);
	assert_int_equal(jwk_write(a->account, &a->jwk), 0);
}

struct receipt fixture_receipt(const struct applicant *a, enum receipt_kind kind, const char *name)
{
	bool wildcard = name[0] == '*', srv = name[0] == '_';
	struct receipt receipt = {.kind = kind, .method = RECEIPT_DNS_01, .perspectives = 1, .seen = fixture_clock.now - 60,
		.expires = fixture_clock.now + XICA_HOUR};
	const char *domain = wildcard ? name + 2 : srv ? strchr(name, '.') + 1 : name;
	receipt.identifier = (struct pki_identifier){srv ? PKI_IDENTIFIER_SRV : PKI_IDENTIFIER_DNS, view_str(domain), wildcard};
	assert_int_equal(jwk_thumbprint(a->account, receipt.thumbprint), 0);
	return receipt;
}

void fixture_add_receipt(struct applicant *a, const struct receipt *receipt)
{
	assert_true(a->receipt_count < RECEIPTS_MAX);
	assert_int_equal(receipt_write(receipt, view_bytes(FIXTURE_RECEIPT_KEY, RECEIPT_KEY_LEN), &a->receipts[a->receipt_count++]), 0);
}

void fixture_prove(struct applicant *a, const char *name)
{
	struct receipt control = fixture_receipt(a, RECEIPT_CONTROL, name), caa = fixture_receipt(a, RECEIPT_CAA, name);
	fixture_add_receipt(a, &control);
	fixture_add_receipt(a, &caa);
}

void fixture_ask(struct applicant *a, const char *const *names)
{
	struct pki_san sans[RECEIPTS_MAX];
	size_t count = 0;
	for (; names[count]; count++)
		sans[count] = (struct pki_san){names[count][0] == '_' ? PKI_SAN_SRV : PKI_SAN_DNS, view_str(names[count])};
	fixture_csr(a, sans, count, a->key);
	fixture_finalize(a, buf_view(&a->csr), a->account);
}

struct applicant fixture_applicant(void)
{
	struct applicant a = {.account = fixture_key(CRYPTO_KEY_P256), .key = fixture_key(CRYPTO_KEY_P256), .profile = "xmpp-server"};
	fixture_jwk(&a);
	fixture_ask_for(&a, "example.org");
	return a;
}

void fixture_forget(struct applicant *a)
{
	crypto_key_free(a->account);
	crypto_key_free(a->key);
	buf_free(&a->jwk);
	buf_free(&a->csr);
	buf_free(&a->finalize);
	for (size_t i = 0; i < RECEIPTS_MAX; i++)
		buf_free(&a->receipts[i]);
	for (size_t i = 0; i < 4; i++)
		buf_free(&a->key_changes[i]);
}

int fixture_prepare(const struct applicant *a, struct arena *arena, struct signer_prepared *prepared, struct signer_refusal *refusal)
{
	struct view receipts[RECEIPTS_MAX], changes[4];
	for (size_t i = 0; i < a->receipt_count; i++)
		receipts[i] = buf_view(&a->receipts[i]);
	for (size_t i = 0; i < a->key_change_count; i++)
		changes[i] = buf_view(&a->key_changes[i]);
	const struct signer_request request = {view_str(a->profile), buf_view(&a->csr), buf_view(&a->finalize), buf_view(&a->jwk), receipts,
		a->receipt_count, changes, a->key_change_count, a->not_before, a->not_after};
	return signer_prepare(&fixture_core, &request, fixture_clock, arena, prepared, refusal);
}

void fixture_expect(struct applicant *a, enum pki_refusal reason)
{
	cleanup_arena arena = ARENA_INIT;
	struct signer_prepared prepared;
	struct signer_refusal refusal = {PKI_REFUSAL_NONE, "nothing was refused"};
	int error = fixture_prepare(a, &arena, &prepared, &refusal);
	assert_string_equal(pki_refusal_word(refusal.reason), pki_refusal_word(reason));
	assert_int_equal(error, reason == PKI_REFUSAL_NONE ? 0 : XICA_EDENIED);
	assert_true(refusal.detail && strlen(refusal.detail) > 5);
	fixture_forget(a);
}
