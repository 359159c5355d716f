// The extensions that we write (RFC 5280 §4.2, §5.2), each a whole Extension element, appended.
#pragma once
#include "pki/certificate.h"
#include "pki/names.h"

// Opens an Extension down to its OCTET STRING; pki_extension_close takes what was opened.
struct pki_extension_mark {
	size_t extension, value;
};
struct pki_extension_mark pki_extension_open(struct buf *out, enum oid oid, bool critical);
void pki_extension_close(struct buf *out, struct pki_extension_mark mark);

void pki_extension_add_key_id(struct buf *out, struct view key_id);
void pki_extension_add_authority_key_id(struct buf *out, struct view key_id);
void pki_extension_add_key_usage(struct buf *out, uint32_t usage); // critical
void pki_extension_add_end_entity(struct buf *out);                // basicConstraints, critical, cA FALSE
void pki_extension_add_ca(struct buf *out, int path_len);          // basicConstraints, critical, cA TRUE; -1: no pathLen
void pki_extension_add_alt_names(struct buf *out, const struct pki_sans *sans, bool critical);
// authorityInfoAccess: where OCSP is answered (NULL: nowhere), and where the issuer's certificate is.
void pki_extension_add_access(struct buf *out, const char *ocsp_url, const char *issuer_url);
void pki_extension_add_crl_url(struct buf *out, const char *url);
// The critical issuingDistributionPoint of a CRL (RFC 5280 §5.2.5).
void pki_extension_add_issuing_point(struct buf *out, const char *url);

// The subject key identifier of a public key: the left 160 bits of SHA-256 over its bits (RFC 7093 §2, method 1).
XICA_MUST_CHECK int pki_key_id(struct view spki, uint8_t ret_key_id[20]);
