// What the files of this room share and nobody else sees: OpenSSL's types.
#pragma once
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/key.h"

#define CRYPTO_CLEANUP(type, free_function)                                                                               \
	static inline void crypto_cleanup_##type(type **at)                                                               \
	{                                                                                                                 \
		free_function(*at);                                                                                       \
	}
CRYPTO_CLEANUP(BIGNUM, BN_clear_free)
CRYPTO_CLEANUP(BN_CTX, BN_CTX_free)
CRYPTO_CLEANUP(BIO, BIO_free_all)
CRYPTO_CLEANUP(EVP_PKEY, EVP_PKEY_free)
CRYPTO_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
CRYPTO_CLEANUP(EVP_MD_CTX, EVP_MD_CTX_free)
CRYPTO_CLEANUP(EVP_MAC_CTX, EVP_MAC_CTX_free)
CRYPTO_CLEANUP(X509, X509_free)
// cleanup_ossl(BIGNUM) *n = BN_new();
#define cleanup_ossl(type) [[gnu::cleanup(crypto_cleanup_##type)]] type

enum { CRYPTO_COORDINATE_MAX_LEN = 66 }; // P-521

// What OpenSSL 3 would make anew for each signature of a key: made at the first, and kept with it.
struct crypto_key_ready {
	EVP_PKEY_CTX *signer, *verifier; // of ECDSA
};

struct crypto_key {
	EVP_PKEY *pkey;
	unsigned refs; // roles are single-threaded
	enum crypto_key_type type;
	unsigned bits;
	bool is_private;
	uint8_t point[2 * CRYPTO_COORDINATE_MAX_LEN]; // x and y of a key that was made of them (crypto_key_from_ec)
	size_t point_len;                             // 0: not kept
	struct crypto_key_ready *ready; // owned; a const key's too
};

// Takes pkey in any case; NULL gives XICA_ECRYPTO.
XICA_MUST_CHECK int crypto_key_wrap(EVP_PKEY *pkey, bool is_private, struct crypto_key **ret_key);

// What OpenSSL 3 would look up by name on every use, fetched once. Borrowed, for the life of the process. NULL: not to be had.
const EVP_MD *crypto_fetched_sha1(void);
const EVP_MD *crypto_fetched_sha256(void);
const EVP_MD *crypto_fetched_sha384(void);
const EVP_MD *crypto_fetched_sha512(void);
EVP_MAC *crypto_fetched_hmac(void);
const EVP_CIPHER *crypto_fetched_aes256(void); // single blocks (ECB)
// A curve's parameters without a key; name as OpenSSL has it.
EVP_PKEY *crypto_fetched_curve(enum crypto_key_type type, const char *name);

// Empties OpenSSL's error queue, so that a later TLS call does not mistake an old error for its own, and hands error on.
int crypto_failed(int error);
