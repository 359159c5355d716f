#include "pki/build_ca.h"

#include "pki/extension.h"

// RFC 6120 §13.7.1.1 asks for digitalSignature too.
enum { CA_USAGE = PKI_USAGE_DIGITAL_SIGNATURE | PKI_USAGE_KEY_CERT_SIGN | PKI_USAGE_CRL_SIGN };

static int add_extensions(struct buf *out, const struct pki_authority *authority)
{
	uint8_t key_id[PKI_KEY_ID_LEN];
	int error = pki_key_id(authority->spki, key_id);
	if (error)
		return error;
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(3));
	size_t list = der_open(out, DER_SEQUENCE);
	pki_extension_add_ca(out, authority->path_len);
	pki_extension_add_key_usage(out, CA_USAGE);
	pki_extension_add_key_id(out, view_bytes(key_id, sizeof(key_id)));
	if (authority->issuer)
		pki_extension_add_authority_key_id(out, authority->issuer->key_id);
	if (authority->issuer_url)
		pki_extension_add_access(out, NULL, authority->issuer_url);
	if (authority->crl_url)
		pki_extension_add_crl_url(out, authority->crl_url);
	der_close(out, list);
	der_close(out, explicit_tag);
	return XICA_OK;
}

int pki_build_ca_tbs(const struct pki_authority *authority, struct buf *tbs_out)
{
	const struct pki_issuer self = {.name = authority->subject, .sig_alg = authority->sig_alg, .not_after = authority->not_after};
	const struct pki_issuer *issuer = authority->issuer ? authority->issuer : &self;
	if (authority->not_before > authority->not_after || authority->not_after > issuer->not_after)
		return XICA_ERANGE;
	size_t tbs = der_open(tbs_out, DER_SEQUENCE);
	pki_build_begin(tbs_out, issuer, authority->serial);
	pki_build_validity(tbs_out, authority->not_before, authority->not_after);
	buf_add(tbs_out, authority->subject);
	buf_add(tbs_out, authority->spki);
	int error = add_extensions(tbs_out, authority);
	der_close(tbs_out, tbs);
	return error ? error : buf_error(tbs_out);
}

// attributes [0]: one, extensionRequest (RFC 2985 §5.4.2)
static void add_request(struct buf *out)
{
	size_t attributes = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	size_t attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_EXTENSION_REQUEST);
	size_t set = der_open(out, DER_SET);
	size_t list = der_open(out, DER_SEQUENCE);
	pki_extension_add_ca(out, 0);
	pki_extension_add_key_usage(out, CA_USAGE);
	der_close(out, list);
	der_close(out, set);
	der_close(out, attribute);
	der_close(out, attributes);
}

int pki_build_ca_csr(const struct crypto_key *key, struct view subject, struct buf *out)
{
	cleanup_buf info = BUF_INIT;
	size_t body = der_open(&info, DER_SEQUENCE);
	der_add_uint(&info, 0);
	buf_add(&info, subject);
	int error = crypto_key_to_spki(key, &info);
	if (error)
		return error;
	add_request(&info);
	der_close(&info, body);
	error = buf_error(&info);
	return error ? error : pki_build_sign(key, buf_view(&info), out);
}
