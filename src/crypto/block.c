#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/openssl.h"

struct crypto_block { // the key schedules of both directions are made once
	EVP_CIPHER_CTX *encrypt;
	EVP_CIPHER_CTX *decrypt;
};

static EVP_CIPHER_CTX *schedule(const uint8_t key[32], int encrypt)
{
	const EVP_CIPHER *aes = crypto_fetched_aes256();
	EVP_CIPHER_CTX *ctx = aes ? EVP_CIPHER_CTX_new() : NULL;
	if (ctx && (EVP_CipherInit_ex2(ctx, aes, key, NULL, encrypt, NULL) != 1 || EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

int crypto_block_new(const uint8_t key[32], struct crypto_block **ret_block)
{
	struct crypto_block *block = calloc(1, sizeof(*block));
	if (!block)
		return XICA_ENOMEM;
	block->encrypt = schedule(key, 1);
	block->decrypt = schedule(key, 0);
	if (!block->encrypt || !block->decrypt) {
		crypto_block_free(block);
		return crypto_failed(XICA_ECRYPTO);
	}
	*ret_block = block;
	return XICA_OK;
}

void crypto_block_free(struct crypto_block *block)
{
	if (!block)
		return;
	EVP_CIPHER_CTX_free(block->encrypt); // wipes the schedule
	EVP_CIPHER_CTX_free(block->decrypt);
	free(block);
}

static int one_block(EVP_CIPHER_CTX *ctx, const uint8_t in[16], uint8_t ret_out[16])
{
	uint8_t out[32]; // EVP may be asked for a block more than it gets
	int len = 0;
	if (EVP_CipherUpdate(ctx, out, &len, in, 16) != 1 || len != 16)
		return crypto_failed(XICA_ECRYPTO);
	memcpy(ret_out, out, 16);
	return XICA_OK;
}

int crypto_block_encrypt(struct crypto_block *block, const uint8_t in[16], uint8_t ret_out[16])
{
	return one_block(block->encrypt, in, ret_out);
}

int crypto_block_decrypt(struct crypto_block *block, const uint8_t in[16], uint8_t ret_out[16])
{
	return one_block(block->decrypt, in, ret_out);
}
