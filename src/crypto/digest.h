// Digests, MACs, seals and random bytes.
#pragma once
#include "base/buf.h"

enum { CRYPTO_SHA256_LEN = 32, CRYPTO_SHA384_LEN = 48, CRYPTO_SHA1_LEN = 20, CRYPTO_SEAL_KEY_LEN = 32 };

XICA_MUST_CHECK int crypto_sha256(struct view in, uint8_t ret_digest[CRYPTO_SHA256_LEN]);
XICA_MUST_CHECK int crypto_sha384(struct view in, uint8_t ret_digest[CRYPTO_SHA384_LEN]);
// For key identifiers (RFC 5280 §4.2.1.2) and OCSP CertIDs alone, where nothing rests on its strength.
XICA_MUST_CHECK int crypto_sha1(struct view in, uint8_t ret_digest[CRYPTO_SHA1_LEN]);
XICA_MUST_CHECK int crypto_hmac_sha256(struct view key, struct view in, uint8_t ret_mac[CRYPTO_SHA256_LEN]);
// For time-based codes (RFC 6238) alone: what authenticator apps know.
XICA_MUST_CHECK int crypto_hmac_sha1(struct view key, struct view in, uint8_t ret_mac[CRYPTO_SHA1_LEN]);
bool crypto_equal(struct view a, struct view b); // constant time for equal lengths
XICA_MUST_CHECK int crypto_random(void *out, size_t len);

// One 16-byte block under AES-256: a keyed permutation, for nonces that are sealed counters (acme/nonce.h).
struct crypto_block;
XICA_MUST_CHECK int crypto_block_new(const uint8_t key[32], struct crypto_block **ret_block);
void crypto_block_free(struct crypto_block *block);
XICA_MUST_CHECK int crypto_block_encrypt(struct crypto_block *block, const uint8_t in[16], uint8_t ret_out[16]);
XICA_MUST_CHECK int crypto_block_decrypt(struct crypto_block *block, const uint8_t in[16], uint8_t ret_out[16]);
