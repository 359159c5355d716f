#include "pki/build_ca.h"
#include "pki/extension.h"
#include "pki/ocsp.h"

static void add_purpose(struct buf *out)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_EXT_KEY_USAGE, false);
	size_t list = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_EKU_OCSP_SIGNING);
	der_close(out, list);
	pki_extension_close(out, mark);
}

// Its life is so short that its own revocation is none of the client's business (RFC 6960 §4.2.2.2.1).
static void add_nocheck(struct buf *out)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_OCSP_NOCHECK, false);
	der_add_null(out);
	pki_extension_close(out, mark);
}

static int add_extensions(struct buf *out, const struct pki_ocsp_responder *responder)
{
	uint8_t key_id[PKI_KEY_ID_LEN];
	int error = pki_key_id(responder->spki, key_id);
	if (error)
		return error;
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(3));
	size_t list = der_open(out, DER_SEQUENCE);
	pki_extension_add_authority_key_id(out, responder->issuer->key_id);
	pki_extension_add_key_id(out, view_bytes(key_id, sizeof(key_id)));
	pki_extension_add_key_usage(out, PKI_USAGE_DIGITAL_SIGNATURE);
	add_purpose(out);
	pki_extension_add_end_entity(out);
	add_nocheck(out);
	der_close(out, list);
	der_close(out, explicit_tag);
	return XICA_OK;
}

int pki_ocsp_responder_tbs(const struct pki_ocsp_responder *responder, struct buf *tbs_out)
{
	if (responder->serial.len != PKI_SERIAL_LEN || responder->serial.ptr[0] != PKI_SERIAL_FIRST)
		return XICA_EINVAL;
	if (responder->not_before > responder->not_after || responder->not_after > responder->issuer->not_after)
		return XICA_ERANGE;
	size_t before = tbs_out->len;
	size_t tbs = der_open(tbs_out, DER_SEQUENCE);
	pki_build_begin(tbs_out, responder->issuer, responder->serial);
	pki_build_validity(tbs_out, responder->not_before, responder->not_after);
	pki_build_name(tbs_out, VIEW_NONE, VIEW_LIT("OCSP responder"));
	buf_add(tbs_out, responder->spki);
	int error = add_extensions(tbs_out, responder);
	der_close(tbs_out, tbs);
	if (!error)
		error = buf_error(tbs_out);
	if (error)
		buf_truncate(tbs_out, before);
	return error;
}
