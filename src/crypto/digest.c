#include "crypto/digest.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/openssl.h"

static int digest(const EVP_MD *md, struct view in, uint8_t *ret_digest)
{
	if (!md || EVP_Digest(in.ptr ? (const void *)in.ptr : "", in.len, ret_digest, NULL, md, NULL) != 1)
		return crypto_failed(XICA_ECRYPTO);
	return XICA_OK;
}

int crypto_sha256(struct view in, uint8_t ret_digest[CRYPTO_SHA256_LEN])
{
	return digest(crypto_fetched_sha256(), in, ret_digest);
}

int crypto_sha384(struct view in, uint8_t ret_digest[CRYPTO_SHA384_LEN])
{
	return digest(crypto_fetched_sha384(), in, ret_digest);
}

int crypto_sha1(struct view in, uint8_t ret_digest[CRYPTO_SHA1_LEN])
{
	return digest(crypto_fetched_sha1(), in, ret_digest);
}

static int hmac(const char *digest_name, struct view key, struct view in, size_t mac_len, uint8_t *ret_mac)
{
	char name[8] = "";
	uint8_t mac[CRYPTO_SHA256_LEN];
	size_t len = 0;
	EVP_MAC *method = crypto_fetched_hmac();
	cleanup_ossl(EVP_MAC_CTX) *ctx = method ? EVP_MAC_CTX_new(method) : NULL;
	memccpy(name, digest_name, 0, sizeof(name) - 1);
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};

	if (!ctx || EVP_MAC_init(ctx, key.ptr ? key.ptr : (const uint8_t *)"", key.len, params) != 1 ||
	    EVP_MAC_update(ctx, in.ptr, in.len) != 1 || EVP_MAC_final(ctx, mac, &len, sizeof(mac)) != 1 || len != mac_len)
		return crypto_failed(XICA_ECRYPTO);
	memcpy(ret_mac, mac, mac_len);
	return XICA_OK;
}

int crypto_hmac_sha256(struct view key, struct view in, uint8_t ret_mac[CRYPTO_SHA256_LEN])
{
	return hmac("SHA256", key, in, CRYPTO_SHA256_LEN, ret_mac);
}

int crypto_hmac_sha1(struct view key, struct view in, uint8_t ret_mac[CRYPTO_SHA1_LEN])
{
	return hmac("SHA1", key, in, CRYPTO_SHA1_LEN, ret_mac);
}

bool crypto_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

// The kernel's: for the few bytes of a nonce or a name OpenSSL's own generator, which is seeded by it, costs twice as much.
int crypto_random(void *out, size_t len)
{
	uint8_t *at = out;
	while (len) {
		ssize_t got = getrandom(at, len, 0);
		if (got < 0 && errno != EINTR)
			return XICA_ECRYPTO;
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
	return XICA_OK;
}
