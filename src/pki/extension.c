#include "pki/extension.h"

#include <string.h>

#include "crypto/digest.h"

enum { GENERAL_NAME_OTHER = 0, GENERAL_NAME_DNS = 2, GENERAL_NAME_URI = 6 };

struct pki_extension_mark pki_extension_open(struct buf *out, enum oid oid, bool critical)
{
	struct pki_extension_mark mark;
	mark.extension = der_open(out, DER_SEQUENCE);
	der_add_oid(out, oid);
	if (critical)
		der_add_bool(out, true);
	mark.value = der_open(out, DER_OCTET_STRING);
	return mark;
}

void pki_extension_close(struct buf *out, struct pki_extension_mark mark)
{
	der_close(out, mark.value);
	der_close(out, mark.extension);
}

void pki_extension_add_key_id(struct buf *out, struct view key_id)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_SUBJECT_KEY_IDENTIFIER, false);
	der_add(out, DER_OCTET_STRING, key_id);
	pki_extension_close(out, mark);
}

void pki_extension_add_authority_key_id(struct buf *out, struct view key_id)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_AUTHORITY_KEY_IDENTIFIER, false);
	size_t list = der_open(out, DER_SEQUENCE);
	der_add(out, DER_CONTEXT(0), key_id);
	der_close(out, list);
	pki_extension_close(out, mark);
}

void pki_extension_add_key_usage(struct buf *out, uint32_t usage)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_KEY_USAGE, true);
	der_add_named_bits(out, usage);
	pki_extension_close(out, mark);
}

void pki_extension_add_end_entity(struct buf *out)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_BASIC_CONSTRAINTS, true);
	der_add(out, DER_SEQUENCE, VIEW_NONE); // cA is FALSE by default, and a default is not encoded
	pki_extension_close(out, mark);
}

void pki_extension_add_ca(struct buf *out, int path_len)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_BASIC_CONSTRAINTS, true);
	size_t list = der_open(out, DER_SEQUENCE);
	der_add_bool(out, true);
	if (path_len >= 0)
		der_add_uint(out, (uint64_t)path_len);
	der_close(out, list);
	pki_extension_close(out, mark);
}

// otherName [0] SEQUENCE { type-id, value [0] EXPLICIT }
static void add_other_name(struct buf *out, enum oid type, uint8_t string_tag, struct view value)
{
	size_t name = der_open(out, DER_CONTEXT_CONSTRUCTED(GENERAL_NAME_OTHER));
	der_add_oid(out, type);
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add(out, string_tag, value);
	der_close(out, explicit_tag);
	der_close(out, name);
}

static void add_alt_name(struct buf *out, const struct pki_san *san)
{
	switch (san->type) {
	case PKI_SAN_DNS:
		der_add(out, DER_CONTEXT(GENERAL_NAME_DNS), san->value);
		return;
	case PKI_SAN_SRV:
		add_other_name(out, OID_SRV_NAME, DER_IA5_STRING, san->value);
		return;
	case PKI_SAN_XMPP:
		add_other_name(out, OID_XMPP_ADDR, DER_UTF8_STRING, san->value);
		return;
	}
}

void pki_extension_add_alt_names(struct buf *out, const struct pki_sans *sans, bool critical)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_SUBJECT_ALT_NAME, critical);
	size_t names = der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < sans->count; i++)
		add_alt_name(out, &sans->list[i]);
	der_close(out, names);
	pki_extension_close(out, mark);
}

static void add_access(struct buf *out, enum oid method, const char *url)
{
	size_t access = der_open(out, DER_SEQUENCE);
	der_add_oid(out, method);
	der_add(out, DER_CONTEXT(GENERAL_NAME_URI), view_str(url));
	der_close(out, access);
}

void pki_extension_add_access(struct buf *out, const char *ocsp_url, const char *issuer_url)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_AUTHORITY_INFO_ACCESS, false);
	size_t list = der_open(out, DER_SEQUENCE);
	if (ocsp_url)
		add_access(out, OID_AD_OCSP, ocsp_url);
	add_access(out, OID_AD_CA_ISSUERS, issuer_url);
	der_close(out, list);
	pki_extension_close(out, mark);
}

// DistributionPointName ::= CHOICE { fullName [0] GeneralNames }, below an EXPLICIT [0] because it is a CHOICE
static void add_distribution_point(struct buf *out, const char *url)
{
	size_t point = der_open(out, DER_SEQUENCE);
	size_t name = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	size_t full_name = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add(out, DER_CONTEXT(GENERAL_NAME_URI), view_str(url));
	der_close(out, full_name);
	der_close(out, name);
	der_close(out, point);
}

void pki_extension_add_crl_url(struct buf *out, const char *url)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_CRL_DISTRIBUTION_POINTS, false);
	size_t list = der_open(out, DER_SEQUENCE);
	add_distribution_point(out, url);
	der_close(out, list);
	pki_extension_close(out, mark);
}

void pki_extension_add_issuing_point(struct buf *out, const char *url)
{
	struct pki_extension_mark mark = pki_extension_open(out, OID_ISSUING_DISTRIBUTION_POINT, true);
	add_distribution_point(out, url);
	pki_extension_close(out, mark);
}

int pki_key_id(struct view spki, uint8_t ret_key_id[20])
{
	struct view body, algorithm, bits;
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = der_read_only(spki, DER_SEQUENCE, &body);
	if (!error)
		error = der_read(&body, DER_SEQUENCE, &algorithm);
	if (!error)
		error = der_read_bit_bytes(&body, &bits);
	if (!error)
		error = der_end(body);
	if (!error)
		error = crypto_sha256(bits, digest);
	if (!error)
		memcpy(ret_key_id, digest, 20);
	return error;
}
