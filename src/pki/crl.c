#include "pki/crl.h"

#include "pki/extension.h"
#include "pki/sig_alg.h"

static bool reason_belongs(unsigned reason)
{
	switch ((enum pki_reason)reason) {
	case PKI_REASON_UNSPECIFIED:
	case PKI_REASON_KEY_COMPROMISE:
	case PKI_REASON_CA_COMPROMISE:
	case PKI_REASON_AFFILIATION_CHANGED:
	case PKI_REASON_SUPERSEDED:
	case PKI_REASON_CESSATION_OF_OPERATION:
	case PKI_REASON_PRIVILEGE_WITHDRAWN:
	case PKI_REASON_AA_COMPROMISE:
		return true;
	case PKI_REASON_CERTIFICATE_HOLD: // a certificate here is revoked for good
	case PKI_REASON_REMOVE_FROM_CRL:  // delta CRLs only
		return false;
	}
	return false;
}

static void add_reason(struct buf *out, unsigned reason)
{
	uint8_t byte = (uint8_t)reason;
	size_t list = der_open(out, DER_SEQUENCE);
	struct pki_extension_mark mark = pki_extension_open(out, OID_CRL_REASON, false);
	der_add(out, DER_ENUMERATED, view_bytes(&byte, 1));
	pki_extension_close(out, mark);
	der_close(out, list);
}

int pki_crl_add(struct pki_crl *crl, struct view serial, xica_time revoked_at, unsigned reason)
{
	while (serial.len && serial.ptr[0] == 0)
		serial = view_sub(serial, 1, SIZE_MAX);
	if (serial.len == 0 || serial.len > PKI_SERIAL_MAX || !reason_belongs(reason))
		return XICA_EINVAL;
	size_t entry = der_open(&crl->entries, DER_SEQUENCE);
	der_add_integer(&crl->entries, serial);
	der_add_time(&crl->entries, revoked_at);
	if (reason != PKI_REASON_UNSPECIFIED) // "should be absent instead of using unspecified" (RFC 5280 §5.3.1)
		add_reason(&crl->entries, reason);
	der_close(&crl->entries, entry);
	return buf_error(&crl->entries);
}

static void add_number(struct buf *out, uint64_t number)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_CRL_NUMBER, false);
	der_add_uint(out, number);
	pki_extension_close(out, mark);
}

static void add_extensions(struct buf *out, const struct pki_crl *crl)
{
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	size_t list = der_open(out, DER_SEQUENCE);
	pki_extension_add_authority_key_id(out, crl->issuer->key_id);
	add_number(out, crl->number);
	if (crl->url)
		pki_extension_add_issuing_point(out, crl->url);
	der_close(out, list);
	der_close(out, explicit_tag);
}

int pki_crl_tbs(const struct pki_crl *crl, struct buf *tbs_out)
{
	if (crl->this_update >= crl->next_update || buf_error(&crl->entries))
		return XICA_EINVAL;
	size_t tbs = der_open(tbs_out, DER_SEQUENCE);
	der_add_uint(tbs_out, 1); // v2
	pki_sig_alg_add(tbs_out, crl->issuer->sig_alg);
	buf_add(tbs_out, crl->issuer->name);
	der_add_time(tbs_out, crl->this_update);
	der_add_time(tbs_out, crl->next_update);
	if (crl->entries.len) // "MUST be absent" when nothing is revoked (§5.1.2.6)
		der_add(tbs_out, DER_SEQUENCE, buf_view(&crl->entries));
	add_extensions(tbs_out, crl);
	der_close(tbs_out, tbs);
	return buf_error(tbs_out);
}
