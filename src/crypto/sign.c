#include "crypto/key.h"
#include "crypto/openssl.h"

static const char *digest_name(enum crypto_sig alg)
{
	switch (alg) {
	case CRYPTO_SIG_RSA_SHA256:
	case CRYPTO_SIG_ECDSA_SHA256:
		return "SHA256";
	case CRYPTO_SIG_RSA_SHA384:
	case CRYPTO_SIG_ECDSA_SHA384:
		return "SHA384";
	case CRYPTO_SIG_RSA_SHA512:
	case CRYPTO_SIG_ECDSA_SHA512:
		return "SHA512";
	case CRYPTO_SIG_ED25519:
		break;
	}
	return NULL; // Ed25519 takes the message whole
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

int crypto_sign(const struct crypto_key *key, enum crypto_sig alg, struct view message, struct buf *sig_out)
{
	if (!key->is_private || !fits(key->type, alg))
		return XICA_EINVAL;
	int max = EVP_PKEY_get_size(key->pkey);
	cleanup_ossl(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
	if (!ctx || max <= 0)
		return crypto_failed(XICA_ECRYPTO);
	size_t before = sig_out->len, len = (size_t)max;
	uint8_t *at = buf_extend(sig_out, len);
	if (!at)
		return XICA_ENOMEM;
	if (EVP_DigestSignInit_ex(ctx, NULL, digest_name(alg), NULL, NULL, key->pkey, NULL) != 1 ||
	    EVP_DigestSign(ctx, at, &len, message.ptr, message.len) != 1) {
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
