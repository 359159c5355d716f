#include "crypto/init.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <string.h>

#include "crypto/openssl.h"

// Write-once caches of immutable objects: the one exception from "no global state", because OpenSSL's own lookup is global too
// and costs more than a short digest.
// Threads of libxica's users may come here at the same time: each sees one whole object, and the one that came late frees its own.
static EVP_MD *_Atomic sha1_md, *_Atomic sha256_md, *_Atomic sha384_md, *_Atomic sha512_md;
static EVP_MAC *_Atomic hmac_mac;
static EVP_CIPHER *_Atomic aes256_cipher;
static EVP_PKEY *_Atomic curves[CRYPTO_KEY_OTHER];

#define KEEP(slot, fetched, free_it) \
	do { \
		if (fetched && !atomic_compare_exchange_strong(slot, &kept, fetched)) { \
			free_it(fetched); \
			return kept; \
		} \
		return fetched; \
	} while (0)

static const EVP_MD *fetch_md(EVP_MD *_Atomic *slot, const char *name)
{
	EVP_MD *kept = atomic_load(slot);
	if (kept)
		return kept;
	EVP_MD *fetched = EVP_MD_fetch(NULL, name, NULL);
	KEEP(slot, fetched, EVP_MD_free);
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

const EVP_MD *crypto_fetched_sha512(void)
{
	return fetch_md(&sha512_md, "SHA512");
}

EVP_MAC *crypto_fetched_hmac(void)
{
	EVP_MAC *kept = atomic_load(&hmac_mac);
	if (kept)
		return kept;
	EVP_MAC *fetched = EVP_MAC_fetch(NULL, "HMAC", NULL);
	KEEP(&hmac_mac, fetched, EVP_MAC_free);
}

const EVP_CIPHER *crypto_fetched_aes256(void)
{
	EVP_CIPHER *kept = atomic_load(&aes256_cipher);
	if (kept)
		return kept;
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	KEEP(&aes256_cipher, fetched, EVP_CIPHER_free);
}

static EVP_PKEY *make_curve(const char *name)
{
	char group[16] = "";
	EVP_PKEY *parameters = NULL;
	memccpy(group, name, 0, sizeof(group) - 1);
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0), OSSL_PARAM_construct_end()};
	cleanup_ossl(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &parameters, EVP_PKEY_KEY_PARAMETERS, params) != 1)
		return NULL;
	return parameters;
}

EVP_PKEY *crypto_fetched_curve(enum crypto_key_type type, const char *name)
{
	EVP_PKEY *kept = atomic_load(&curves[type]);
	if (kept)
		return kept;
	EVP_PKEY *made = make_curve(name);
	KEEP(&curves[type], made, EVP_PKEY_free);
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
	if (!crypto_fetched_sha1() || !crypto_fetched_sha256() || !crypto_fetched_sha384() || !crypto_fetched_sha512() || !crypto_fetched_hmac() ||
	    !crypto_fetched_aes256() || RAND_bytes(seed, sizeof(seed)) != 1)
		return crypto_failed(XICA_ECRYPTO);
	return XICA_OK;
}
