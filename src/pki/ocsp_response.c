#include "pki/crl.h"
#include "pki/extension.h"
#include "pki/ocsp.h"
#include "pki/sig_alg.h"

enum { SUCCESSFUL = 0, TAG_GOOD = 0, TAG_REVOKED = 1, TAG_UNKNOWN = 2 };

static void add_enumerated(struct buf *out, unsigned value)
{
	uint8_t byte = (uint8_t)value;
	der_add(out, DER_ENUMERATED, view_bytes(&byte, 1));
}

// --- ResponseData (RFC 6960 §4.2.1)

// With NULL as parameters: so do those who ask, and some compare the bytes.
static void add_hash(struct buf *out, enum oid oid)
{
	size_t algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, oid);
	der_add_null(out);
	der_close(out, algorithm);
}

static void add_id(struct buf *out, const struct pki_ocsp_issuer *issuer, const struct pki_ocsp_single *single)
{
	bool sha1 = single->hash == PKI_OCSP_SHA1;
	size_t id = der_open(out, DER_SEQUENCE);
	add_hash(out, sha1 ? OID_SHA1 : OID_SHA256);
	der_add(out, DER_OCTET_STRING, sha1 ? view_bytes(issuer->sha1_name, CRYPTO_SHA1_LEN) : view_bytes(issuer->sha256_name, CRYPTO_SHA256_LEN));
	der_add(out, DER_OCTET_STRING, sha1 ? view_bytes(issuer->sha1_key, CRYPTO_SHA1_LEN) : view_bytes(issuer->sha256_key, CRYPTO_SHA256_LEN));
	der_add_integer(out, single->serial);
	der_close(out, id);
}

static void add_revoked(struct buf *out, const struct pki_ocsp_single *single)
{
	size_t revoked = der_open(out, DER_CONTEXT_CONSTRUCTED(TAG_REVOKED));
	der_add_generalized_time(out, single->revoked_at);
	if (single->reason != PKI_REASON_UNSPECIFIED) { // as in our CRLs
		size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
		add_enumerated(out, single->reason);
		der_close(out, explicit_tag);
	}
	der_close(out, revoked);
}

static void add_status(struct buf *out, const struct pki_ocsp_single *single)
{
	switch (single->status) {
	case PKI_OCSP_GOOD: der_add(out, DER_CONTEXT(TAG_GOOD), VIEW_NONE); return;
	case PKI_OCSP_REVOKED: add_revoked(out, single); return;
	case PKI_OCSP_UNKNOWN: der_add(out, DER_CONTEXT(TAG_UNKNOWN), VIEW_NONE); return;
	}
}

static void add_single(struct buf *out, const struct pki_ocsp_response *response, const struct pki_ocsp_single *single)
{
	size_t one = der_open(out, DER_SEQUENCE);
	add_id(out, response->issuer, single);
	add_status(out, single);
	der_add_generalized_time(out, response->this_update);
	size_t next = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add_generalized_time(out, response->next_update);
	der_close(out, next);
	der_close(out, one);
}

static void add_nonce(struct buf *out, struct view nonce)
{
	if (!nonce.len)
		return;
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(1));
	size_t list = der_open(out, DER_SEQUENCE);
	struct pki_extension_mark mark = pki_extension_open(out, OID_OCSP_NONCE, false);
	der_add(out, DER_OCTET_STRING, nonce);
	pki_extension_close(out, mark);
	der_close(out, list);
	der_close(out, explicit_tag);
}

static bool is_possible(const struct pki_ocsp_single *single)
{
	bool status = single->status == PKI_OCSP_GOOD || single->status == PKI_OCSP_REVOKED || single->status == PKI_OCSP_UNKNOWN;
	bool hash = single->hash == PKI_OCSP_SHA1 || single->hash == PKI_OCSP_SHA256;
	bool reason = single->reason <= PKI_REASON_CESSATION_OF_OPERATION || single->reason == PKI_REASON_PRIVILEGE_WITHDRAWN ||
		      single->reason == PKI_REASON_AA_COMPROMISE;
	return status && hash && reason && single->serial.len <= PKI_OCSP_SERIAL_MAX;
}

int pki_ocsp_response_data(const struct pki_ocsp_response *response, struct buf *data_out)
{
	if (!response->count || response->count > PKI_OCSP_LIST_MAX || response->nonce.len > PKI_OCSP_NONCE_MAX || response->responder.len != CRYPTO_SHA1_LEN)
		return XICA_EINVAL;
	for (size_t i = 0; i < response->count; i++)
		if (!is_possible(&response->list[i]))
			return XICA_EINVAL;
	size_t before = data_out->len;
	size_t data = der_open(data_out, DER_SEQUENCE);
	size_t by_key = der_open(data_out, DER_CONTEXT_CONSTRUCTED(2));
	der_add(data_out, DER_OCTET_STRING, response->responder);
	der_close(data_out, by_key);
	der_add_generalized_time(data_out, response->produced_at);
	size_t list = der_open(data_out, DER_SEQUENCE);
	for (size_t i = 0; i < response->count; i++)
		add_single(data_out, response, &response->list[i]);
	der_close(data_out, list);
	add_nonce(data_out, response->nonce);
	der_close(data_out, data);
	int error = buf_error(data_out);
	if (error)
		buf_truncate(data_out, before);
	return error;
}

// --- OCSPResponse

static void add_basic(struct buf *out, enum crypto_sig sig_alg, struct view certificate, struct view data, struct view signature)
{
	size_t basic = der_open(out, DER_SEQUENCE);
	buf_add(out, data);
	pki_sig_alg_add(out, sig_alg);
	der_add_bit_bytes(out, signature);
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add(out, DER_SEQUENCE, certificate);
	der_close(out, explicit_tag);
	der_close(out, basic);
}

int pki_ocsp_response_sign(const struct crypto_key *key, struct view certificate, struct view data, struct buf *out)
{
	cleanup_buf signature = BUF_INIT;
	enum crypto_sig sig_alg = crypto_sig_default(key);
	size_t before = out->len;
	int error = crypto_sign(key, sig_alg, data, &signature);
	if (error)
		return error;
	size_t response = der_open(out, DER_SEQUENCE);
	add_enumerated(out, SUCCESSFUL);
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	size_t bytes = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_OCSP_BASIC);
	size_t string = der_open(out, DER_OCTET_STRING);
	add_basic(out, sig_alg, certificate, data, buf_view(&signature));
	der_close(out, string);
	der_close(out, bytes);
	der_close(out, explicit_tag);
	der_close(out, response);
	error = buf_error(out);
	if (error)
		buf_truncate(out, before);
	return error;
}

void pki_ocsp_response_failure(struct buf *out, enum pki_ocsp_failure failure)
{
	size_t response = der_open(out, DER_SEQUENCE);
	add_enumerated(out, failure);
	der_close(out, response);
}
