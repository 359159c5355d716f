// Private keys as PEM. What is written is PKCS #8 (RFC 5958), encrypted by PBES2 (RFC 8018 §6.2) with PBKDF2-HMAC-SHA256 and
// AES-256-CBC, since every tool reads that; scrypt is not known to all of them.
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/openssl.h"

enum { PBKDF2_ROUNDS = 600000, SALT_LEN = 16, PEM_MAX_LEN = 1 << 20, PASSPHRASE_MAX_LEN = 1024 };

struct passphrase {
	struct view view;
	bool asked;
};

static int give_passphrase(char *out, int size, int writing, void *arg)
{
	struct passphrase *passphrase = arg;
	(void)writing;
	passphrase->asked = true;
	if (!passphrase->view.len || passphrase->view.len > (size_t)size)
		return -1;
	memcpy(out, passphrase->view.ptr, passphrase->view.len);
	return (int)passphrase->view.len;
}

int crypto_key_from_pem(struct view pem, struct view passphrase, struct crypto_key **ret_key)
{
	struct passphrase asked = {passphrase, false};
	if (!pem.len || pem.len > PEM_MAX_LEN)
		return XICA_EPARSE;
	cleanup_ossl(BIO) *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (!bio)
		return crypto_failed(XICA_ENOMEM);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &asked);
	if (!pkey)
		return crypto_failed(asked.asked ? XICA_EDENIED : XICA_EPARSE);
	return crypto_key_wrap(pkey, true, ret_key);
}

static X509_SIG *encrypt(PKCS8_PRIV_KEY_INFO *info, struct view passphrase)
{
	uint8_t salt[SALT_LEN];
	X509_ALGOR *pbe = NULL;
	X509_SIG *encrypted = NULL;
	if (crypto_random(salt, sizeof(salt)))
		return NULL;
	pbe = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBKDF2_ROUNDS, salt, sizeof(salt), NULL, NID_hmacWithSHA256);
	if (pbe)
		encrypted = PKCS8_set0_pbe((const char *)passphrase.ptr, (int)passphrase.len, info, pbe);
	if (!encrypted)
		X509_ALGOR_free(pbe);
	return encrypted;
}

static int write_pem(BIO *bio, const EVP_PKEY *pkey, struct view passphrase)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	X509_SIG *encrypted = info && passphrase.len ? encrypt(info, passphrase) : NULL;
	int written = 0;
	if (encrypted)
		written = PEM_write_bio_PKCS8(bio, encrypted);
	else if (info && !passphrase.len)
		written = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info);
	X509_SIG_free(encrypted);
	PKCS8_PRIV_KEY_INFO_free(info);
	return written == 1 ? XICA_OK : crypto_failed(XICA_ECRYPTO);
}

int crypto_key_to_pem(const struct crypto_key *key, struct view passphrase, struct buf *pem_out)
{
	if (!key->is_private || passphrase.len > PASSPHRASE_MAX_LEN)
		return XICA_EINVAL;
	cleanup_ossl(BIO) *bio = BIO_new(BIO_s_secmem()); // wiped when freed
	if (!bio)
		return crypto_failed(XICA_ENOMEM);
	int error = write_pem(bio, key->pkey, passphrase);
	if (error)
		return error;
	char *text = NULL;
	long len = BIO_get_mem_data(bio, &text);
	if (len <= 0)
		return crypto_failed(XICA_ECRYPTO);
	buf_add(pem_out, view_bytes(text, (size_t)len));
	return buf_error(pem_out);
}
