// A CA's key and certificate in hand, to sign other CAs' certificates with: roots at the ceremony.
#pragma once
#include "config/ca_change.h"
#include "config/ca_dir_init.h"
#include "pki/certificate.h"

struct ca_authority {
	char id[CA_ID_LEN + 1];
	struct crypto_key *key;
	struct buf der;                     // of its certificate
	struct pki_certificate certificate; // views into der
};

void ca_authority_free(struct ca_authority *authority);
// A new key and, where issuer is given, a certificate signed by it, else a self-signed one. role: "Root" or "Issuer", for the name.
XICA_MUST_CHECK int ca_authority_new(const struct ca_init *init, const char *role, const struct ca_authority *issuer,
				     struct ca_authority *ret_authority);
// The newest root of the folder, with its key. XICA_ENOTFOUND: the root is another's, or its key is not here.
XICA_MUST_CHECK int ca_authority_open_root(struct ca_change *change, const struct ca_init *init, struct ca_authority *ret_authority);
// A cross certificate: other's name and key, signed by authority. Appends DER.
XICA_MUST_CHECK int ca_authority_cross(const struct ca_authority *authority, const struct ca_authority *other, const char *http_url,
				       xica_time now, struct buf *der_out);
// The authority's own CRL, of the serials in revoked: a JSON array of {"serial": hex, "time": seconds, "reason": number}. Appends DER.
XICA_MUST_CHECK int ca_authority_crl(const struct ca_authority *authority, const json_t *revoked, xica_time now, struct buf *der_out);
