// The certificate of tls-alpn-01 (RFC 8737 §3): self-signed, one dNSName and nothing else for a name, and the critical acmeIdentifier
// extension with the digest of the key authorization. Pure.
#pragma once
#include "crypto/digest.h"

// der: the certificate as the server showed it. domain: lower case. XICA_EPARSE: not a certificate, or not such a one; XICA_EDENIED: it is for
// another name or another key authorization. *ret_why: a clause that follows "the certificate" (static storage).
XICA_MUST_CHECK int acme_identifier_check(struct view der, struct view domain, const uint8_t digest[CRYPTO_SHA256_LEN], const char **ret_why);
