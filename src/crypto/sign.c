#include "crypto/key.h"
#include "crypto/openssl.h"

static const char *digest_name(enum crypto_sig alg)
{
	switch (alg) {
	case CRYPTO_SIG_RSA_SHA256:
		return "SHA256";
	case CRYPTO_SIG_RSA_SHA384:
		return "SHA384";
	case CRYPTO_SIG_RSA_SHA512:
		return "SHA512";
	case CRYPTO_SIG_ECDSA_SHA256:
	case CRYPTO_SIG_ECDSA_SHA384:
	case CRYPTO_SIG_ECDSA_SHA512: // ecdsa_digest
	case CRYPTO_SIG_ED25519:      // takes the message whole
		break;
	}
	return NULL;
}

static bool fits(enum crypto_key_type type, enum crypto_sig alg)
{
	switch (alg) {
	case CRYPTO_SIG_RSA_SHA256:
	case CRYPTO_SIG_RSA_SHA384:
	case CRYPTO_SIG_RSA_SHA512:
		return type == CRYPTO_KEY_RSA;
	case CRYPTO_SIG_ECDSA_SHA256:
	case CRYPTO_SIG_ECDSA_SHA384:
	case CRYPTO_SIG_ECDSA_SHA512:
		return type == CRYPTO_KEY_P256 || type == CRYPTO_KEY_P384 || type == CRYPTO_KEY_P521;
	case CRYPTO_SIG_ED25519:
		return type == CRYPTO_KEY_ED25519;
	}
	return false;
}

static const EVP_MD *ecdsa_digest(enum crypto_sig alg)
{
	switch (alg) {
	case CRYPTO_SIG_ECDSA_SHA256: return crypto_fetched_sha256();
	case CRYPTO_SIG_ECDSA_SHA384: return crypto_fetched_sha384();
	case CRYPTO_SIG_ECDSA_SHA512: return crypto_fetched_sha512();
	case CRYPTO_SIG_RSA_SHA256:
	case CRYPTO_SIG_RSA_SHA384:
	case CRYPTO_SIG_RSA_SHA512:
	case CRYPTO_SIG_ED25519: break;
	}
	return NULL; // not ECDSA
}

// --- ECDSA: hash first, then a context that stays with its key

static EVP_PKEY_CTX *ready(EVP_PKEY_CTX **slot, const struct crypto_key *key, int init(EVP_PKEY_CTX *ctx))
{
	if (*slot)
		return *slot;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (ctx && init(ctx) == 1)
		return *slot = ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static bool hash(const EVP_MD *md, struct view message, uint8_t digest[EVP_MAX_MD_SIZE], unsigned *ret_len)
{
	return EVP_Digest(message.ptr ? (const void *)message.ptr : "", message.len, digest, ret_len, md, NULL) == 1;
}

static bool ecdsa_sign(const struct crypto_key *key, const EVP_MD *md, struct view message, uint8_t *at, size_t *len)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	EVP_PKEY_CTX *ctx = ready(&key->ready->signer, key, EVP_PKEY_sign_init);
	return ctx && hash(md, message, digest, &digest_len) && EVP_PKEY_sign(ctx, at, len, digest, digest_len) == 1;
}

static int ecdsa_verify(const struct crypto_key *key, const EVP_MD *md, struct view message, struct view sig)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	EVP_PKEY_CTX *ctx = ready(&key->ready->verifier, key, EVP_PKEY_verify_init);
	if (!ctx || !hash(md, message, digest, &digest_len))
		return crypto_failed(XICA_ECRYPTO);
	return EVP_PKEY_verify(ctx, sig.ptr, sig.len, digest, digest_len) == 1 ? XICA_OK : crypto_failed(XICA_ESIG);
}

// --- all

static bool digest_sign(const struct crypto_key *key, enum crypto_sig alg, struct view message, uint8_t *at, size_t *len)
{
	cleanup_ossl(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
	return ctx && EVP_DigestSignInit_ex(ctx, NULL, digest_name(alg), NULL, NULL, key->pkey, NULL) == 1 &&
	       EVP_DigestSign(ctx, at, len, message.ptr, message.len) == 1;
}

int crypto_sign(const struct crypto_key *key, enum crypto_sig alg, struct view message, struct buf *sig_out)
{
	if (!key->is_private || !fits(key->type, alg))
		return XICA_EINVAL;
	int max = EVP_PKEY_get_size(key->pkey);
	const EVP_MD *md = ecdsa_digest(alg);
	if (max <= 0)
		return crypto_failed(XICA_ECRYPTO);
	size_t before = sig_out->len, len = (size_t)max;
	uint8_t *at = buf_extend(sig_out, len);
	if (!at)
		return XICA_ENOMEM;
	if (!(md ? ecdsa_sign(key, md, message, at, &len) : digest_sign(key, alg, message, at, &len))) {
		buf_truncate(sig_out, before);
		return crypto_failed(XICA_ECRYPTO);
	}
	buf_truncate(sig_out, before + len);
	return XICA_OK;
}

int crypto_verify(const struct crypto_key *key, enum crypto_sig alg, struct view message, struct view sig)
{
	if (!fits(key->type, alg))
		return XICA_ESIG;
	const EVP_MD *md = ecdsa_digest(alg);
	if (md)
		return ecdsa_verify(key, md, message, sig);
	cleanup_ossl(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
	if (!ctx)
		return crypto_failed(XICA_ENOMEM);
	if (EVP_DigestVerifyInit_ex(ctx, NULL, digest_name(alg), NULL, NULL, key->pkey, NULL) != 1)
		return crypto_failed(XICA_ECRYPTO);
	if (EVP_DigestVerify(ctx, sig.ptr, sig.len, message.ptr, message.len) != 1)
		return crypto_failed(XICA_ESIG);
	return XICA_OK;
}

enum crypto_sig crypto_sig_default(const struct crypto_key *key)
{
	switch (key->type) {
	case CRYPTO_KEY_P256:
		return CRYPTO_SIG_ECDSA_SHA256;
	case CRYPTO_KEY_P384:
		return CRYPTO_SIG_ECDSA_SHA384;
	case CRYPTO_KEY_P521:
		return CRYPTO_SIG_ECDSA_SHA512;
	case CRYPTO_KEY_ED25519:
		return CRYPTO_SIG_ED25519;
	case CRYPTO_KEY_RSA:
	case CRYPTO_KEY_OTHER: // fits nothing: crypto_sign refuses
		break;
	}
	return CRYPTO_SIG_RSA_SHA256;
}
