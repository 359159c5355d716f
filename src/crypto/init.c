#include "crypto/init.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "crypto/openssl.h"

// Write-once caches of immutable objects: the one exception from "no global state", because OpenSSL's own lookup is global too
// and costs more than a short digest.
static EVP_MD *sha1_md, *sha256_md, *sha384_md;
static EVP_MAC *hmac_mac;
static EVP_CIPHER *aes256_cipher;

static const EVP_MD *fetch_md(EVP_MD **slot, const char *name)
{
	if (!*slot)
		*slot = EVP_MD_fetch(NULL, name, NULL);
	return *slot;
}

const EVP_MD *crypto_fetched_sha1(void)
{
	return fetch_md(&sha1_md, "SHA1");
}

const EVP_MD *crypto_fetched_sha256(void)
{
	return fetch_md(&sha256_md, "SHA256");
}

const EVP_MD *crypto_fetched_sha384(void)
{
	return fetch_md(&sha384_md, "SHA384");
}

EVP_MAC *crypto_fetched_hmac(void)
{
	if (!hmac_mac)
		hmac_mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return hmac_mac;
}

const EVP_CIPHER *crypto_fetched_aes256(void)
{
	if (!aes256_cipher)
		aes256_cipher = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	return aes256_cipher;
}

int crypto_failed(int error)
{
	ERR_clear_error();
	return error;
}

int crypto_init(void)
{
	uint8_t seed[1];
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		return crypto_failed(XICA_ECRYPTO);
	if (!crypto_fetched_sha1() || !crypto_fetched_sha256() || !crypto_fetched_sha384() || !crypto_fetched_hmac() ||
	    !crypto_fetched_aes256() || RAND_bytes(seed, sizeof(seed)) != 1)
		return crypto_failed(XICA_ECRYPTO);
	return XICA_OK;
}
