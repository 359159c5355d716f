// JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037): public keys of ACME accounts.
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "crypto/key.h"

struct jwk {
	struct crypto_key *key;
	uint8_t thumbprint[CRYPTO_SHA256_LEN]; // RFC 7638, SHA-256
};

void jwk_free(struct jwk *jwk); // releases key; the struct is the caller's
// EC P-256 and P-384, RSA of 2048 to 8192 bits, OKP Ed25519. A private member ("d") is XICA_EPARSE: nobody should send one.
// XICA_EUNSUPPORTED: another kty or crv. XICA_EWEAK: RSA too small or too large, or a weak one (crypto/weak.h).
XICA_MUST_CHECK int jwk_parse(const json_t *json, struct jwk *ret_jwk);
XICA_MUST_CHECK int jwk_parse_text(struct view text, struct jwk *ret_jwk);
// The canonical public JWK (RFC 7638 §3.2 members, in order): what the store keeps.
XICA_MUST_CHECK int jwk_write(const struct crypto_key *key, struct buf *out);
XICA_MUST_CHECK int jwk_thumbprint(const struct crypto_key *key, uint8_t ret_thumbprint[CRYPTO_SHA256_LEN]);
