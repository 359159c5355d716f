// Certificates of CAs (RFC 5280 §4.2, RFC 6120 §13.7.1.1): roots, intermediates, cross certificates; and the CSR for an outside root. Pure.
#pragma once
#include "pki/build.h"

struct pki_authority {
	struct view serial;      // PKI_SERIAL_LEN bytes
	struct view subject;     // Name, DER
	struct view spki;        // DER
	const struct pki_issuer *issuer; // NULL: self-signed
	enum crypto_sig sig_alg; // of the root's own key, where self-signed
	xica_time not_before, not_after;
	int path_len;            // -1: no bound
	const char *issuer_url;  // caIssuers; NULL: none
	const char *crl_url;     // NULL: none
};

// Appends. keyUsage is keyCertSign, cRLSign and digitalSignature. XICA_ERANGE as in pki_build_tbs.
XICA_MUST_CHECK int pki_build_ca_tbs(const struct pki_authority *authority, struct buf *tbs_out);
// A CSR (RFC 2986) for a CA certificate, signed by key: asks for cA, pathLen 0 and the key usages. Appends.
XICA_MUST_CHECK int pki_build_ca_csr(const struct crypto_key *key, struct view subject, struct buf *out);

// The pieces that every TBSCertificate begins with.
void pki_build_begin(struct buf *out, const struct pki_issuer *issuer, struct view serial); // version to issuer
void pki_build_validity(struct buf *out, xica_time not_before, xica_time not_after);
// A Name of organization and common name, both UTF-8; an empty one is left out.
void pki_build_name(struct buf *out, struct view organization, struct view common);
