#include "crypto/weak.h"

#include <openssl/core_names.h>

#include "crypto/openssl.h"
#include "crypto/weak_rsa.h"

enum {
	RSA_MIN_BITS = 2048,
	RSA_MAX_BITS = 8192,
	EXPONENT_MIN = 65537,
	EXPONENT_MAX_BITS = 256,
	FACTOR_BOUND = 752,
	FERMAT_ROUNDS = 100,
};

static bool is_weak_exponent(const BIGNUM *e)
{
	// Up to 2^256: an odd number of 256 bits at most.
	return !BN_is_odd(e) || BN_num_bits(e) > EXPONENT_MAX_BITS || BN_get_word(e) < EXPONENT_MIN;
}

static bool has_small_factor(const BIGNUM *n)
{
	if (!BN_is_odd(n))
		return true;
	// A composite divisor adds nothing to its primes, and costs less than a table of them.
	for (unsigned divisor = 3; divisor < FACTOR_BOUND; divisor += 2)
		if (BN_mod_word(n, divisor) == 0)
			return true;
	return false;
}

static int check_rsa(const BIGNUM *n, const BIGNUM *e, enum crypto_weakness *ret_weakness)
{
	bool roca = false, close = false;
	int bits = BN_num_bits(n), error = XICA_OK;
	enum crypto_weakness found = CRYPTO_WEAK_NONE;
	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS || bits % 8)
		found = CRYPTO_WEAK_SIZE;
	else if (is_weak_exponent(e))
		found = CRYPTO_WEAK_EXPONENT;
	else if (has_small_factor(n))
		found = CRYPTO_WEAK_SMALL_FACTOR;
	else if (!(error = crypto_weak_roca(n, &roca)) && roca)
		found = CRYPTO_WEAK_ROCA;
	else if (!error && !(error = crypto_weak_fermat(n, FERMAT_ROUNDS, &close)) && close)
		found = CRYPTO_WEAK_FERMAT;
	if (error)
		return error;
	*ret_weakness = found;
	return XICA_OK;
}

static int check_rsa_key(const struct crypto_key *key, enum crypto_weakness *ret_weakness)
{
	BIGNUM *n = NULL, *e = NULL;
	int error = XICA_ECRYPTO;
	if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1)
		error = check_rsa(n, e, ret_weakness);
	BN_free(n);
	BN_free(e);
	return crypto_failed(error);
}

int crypto_weak_check(const struct crypto_key *key, enum crypto_weakness *ret_weakness)
{
	switch (key->type) {
	case CRYPTO_KEY_RSA:
		return check_rsa_key(key, ret_weakness);
	case CRYPTO_KEY_P256:
	case CRYPTO_KEY_P384:
		*ret_weakness = CRYPTO_WEAK_NONE;
		return XICA_OK;
	case CRYPTO_KEY_P521:
	case CRYPTO_KEY_ED25519:
	case CRYPTO_KEY_OTHER:
		break;
	}
	*ret_weakness = CRYPTO_WEAK_TYPE;
	return XICA_OK;
}

const char *crypto_weakness_text(enum crypto_weakness weakness)
{
	switch (weakness) {
	case CRYPTO_WEAK_NONE:
		return "nothing is known against the key";
	case CRYPTO_WEAK_TYPE:
		return "keys of this kind are not certified (RSA of 2048 to 8192 bits, P-256 and P-384 are)";
	case CRYPTO_WEAK_SIZE:
		return "an RSA modulus must have 2048 to 8192 bits, a multiple of 8";
	case CRYPTO_WEAK_EXPONENT:
		return "the RSA exponent must be odd, 65537 or more, and at most 2^256";
	case CRYPTO_WEAK_SMALL_FACTOR:
		return "the modulus has a small prime factor";
	case CRYPTO_WEAK_ROCA:
		return "the modulus was made by a faulty library (ROCA, CVE-2017-15361)";
	case CRYPTO_WEAK_FERMAT:
		return "the prime factors of the modulus are too close together (CVE-2022-26320)";
	}
	return "the key is weak";
}
