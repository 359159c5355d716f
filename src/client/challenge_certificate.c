#include "client/challenge_certificate.h"

#include "crypto/digest.h"
#include "pki/build_ca.h"
#include "pki/extension.h"
#include "pki/sig_alg.h"

enum { GENERAL_NAME_DNS = 2 }; // RFC 5280 §4.2.1.6

static void add_name(struct buf *out, struct view domain)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_SUBJECT_ALT_NAME, false);
	size_t names = der_open(out, DER_SEQUENCE);
	der_add(out, DER_CONTEXT(GENERAL_NAME_DNS), domain);
	der_close(out, names);
	pki_extension_close(out, mark);
}

static void add_extensions(struct buf *out, struct view domain, struct view digest)
{
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(3));
	size_t list = der_open(out, DER_SEQUENCE);
	add_name(out, domain);
	struct pki_extension_mark mark = pki_extension_open(out, OID_ACME_IDENTIFIER, true);
	der_add(out, DER_OCTET_STRING, digest);
	pki_extension_close(out, mark);
	der_close(out, list);
	der_close(out, explicit_tag);
}

static int add_tbs(const struct crypto_key *key, struct view domain, struct view digest, xica_time now, struct buf *out)
{
	cleanup_buf name = BUF_INIT, spki = BUF_INIT;
	uint8_t serial[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST};
	int error = crypto_random(serial + 1, sizeof(serial) - 1);
	if (!error)
		error = crypto_key_to_spki(key, &spki);
	pki_build_name(&name, VIEW_NONE, VIEW_LIT("ACME challenge"));
	if (!error)
		error = buf_error(&name);
	if (error)
		return error;
	const struct pki_issuer self = {.name = buf_view(&name), .sig_alg = crypto_sig_default(key)};
	size_t tbs = der_open(out, DER_SEQUENCE);
	pki_build_begin(out, &self, view_bytes(serial, sizeof(serial)));
	pki_build_validity(out, now - XICA_DAY, now + 7 * XICA_DAY);
	buf_add(out, buf_view(&name));
	buf_add(out, buf_view(&spki));
	add_extensions(out, domain, digest);
	der_close(out, tbs);
	return buf_error(out);
}

int client_challenge_certificate(const struct crypto_key *key, struct view domain, const char *key_authorization, xica_time now, struct buf *der_out)
{
	cleanup_buf tbs = BUF_INIT;
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(view_str(key_authorization), digest);
	if (!error)
		error = add_tbs(key, domain, view_bytes(digest, sizeof(digest)), now, &tbs);
	return error ? error : pki_build_sign(key, buf_view(&tbs), der_out);
}
