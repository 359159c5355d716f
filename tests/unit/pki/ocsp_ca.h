// An issuer of OCSP's tests with a responder that it appointed, made anew in each program.
#pragma once
#include "pki/build_ca.h"
#include "pki/certificate.h"
#include "pki/ocsp.h"
#include "check.h"

struct ocsp_ca {
	struct crypto_key *key, *responder_key;
	struct buf root, responder; // certificates, DER
	struct pki_ocsp_issuer names;
	uint8_t key_hash[CRYPTO_SHA1_LEN];
	xica_time now;
};

static void ocsp_ca_make_root(struct ocsp_ca *ca)
{
	static const uint8_t SERIAL[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST, 1};
	cleanup_buf spki = BUF_INIT, subject = BUF_INIT, tbs = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &ca->key), 0);
	assert_int_equal(crypto_key_to_spki(ca->key, &spki), 0);
	pki_build_name(&subject, VIEW_NONE, VIEW_LIT("Issuer"));
	struct pki_authority about = {.serial = view_bytes(SERIAL, sizeof(SERIAL)), .subject = buf_view(&subject), .spki = buf_view(&spki),
		.sig_alg = crypto_sig_default(ca->key), .not_before = ca->now - 100, .not_after = ca->now + 365 * XICA_DAY, .path_len = -1};
	assert_int_equal(pki_build_ca_tbs(&about, &tbs), 0);
	assert_int_equal(pki_build_sign(ca->key, buf_view(&tbs), &ca->root), 0);
	assert_int_equal(pki_ocsp_issuer_of(buf_view(&ca->root), &ca->names), 0);
}

// Of the responder's key, by the issuer, or by whoever's key is given instead. Returns what pki_ocsp_responder_tbs says.
static int ocsp_ca_appoint(const struct ocsp_ca *ca, const struct crypto_key *signer, xica_time not_before, xica_time not_after, struct buf *certificate_out)
{
	static const uint8_t SERIAL[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST, 2};
	struct pki_certificate root;
	cleanup_buf spki = BUF_INIT, tbs = BUF_INIT;
	const char *why;
	assert_int_equal(pki_certificate_parse(buf_view(&ca->root), &root, &why), 0);
	const struct pki_issuer issuer = {"id", root.subject, root.key_id, crypto_sig_default(ca->key), root.not_after};
	assert_int_equal(crypto_key_to_spki(ca->responder_key, &spki), 0);
	const struct pki_ocsp_responder about = {&issuer, view_bytes(SERIAL, sizeof(SERIAL)), buf_view(&spki), not_before, not_after};
	int error = pki_ocsp_responder_tbs(&about, &tbs);
	if (!error)
		assert_int_equal(pki_build_sign(signer, buf_view(&tbs), certificate_out), 0);
	return error;
}

static void ocsp_ca_make(struct ocsp_ca *ca)
{
	cleanup_buf spki = BUF_INIT;
	ca->now = clock_now();
	ocsp_ca_make_root(ca);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &ca->responder_key), 0);
	assert_int_equal(crypto_key_to_spki(ca->responder_key, &spki), 0);
	assert_int_equal(pki_ocsp_key_hash(buf_view(&spki), ca->key_hash), 0);
	assert_int_equal(ocsp_ca_appoint(ca, ca->key, ca->now - 60, ca->now + 14 * XICA_DAY, &ca->responder), 0);
}

static void ocsp_ca_free(struct ocsp_ca *ca)
{
	crypto_key_free(ca->key);
	crypto_key_free(ca->responder_key);
	buf_free(&ca->root);
	buf_free(&ca->responder);
}
