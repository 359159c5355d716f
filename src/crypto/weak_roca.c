#include "crypto/openssl.h"
#include "crypto/weak_rsa.h"

enum { GENERATOR = 65537 };

// 2 is left out: it divides no modulus that comes here.
static const unsigned PRIMES[] = {3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
	103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
enum { PRIMES_LEN = sizeof(PRIMES) / sizeof(PRIMES[0]) };

struct congruence { // the exponent is value modulo order
	unsigned value;
	unsigned order;
};

// The discrete logarithm of residue to the base 65537 modulo prime, by walking the whole cycle. false: it has none.
static bool logarithm(unsigned residue, unsigned prime, struct congruence *ret_log)
{
	const unsigned step = GENERATOR % prime;
	struct congruence log = {0, 0};
	bool found = false;
	unsigned power = 1;
	do {
		if (power == residue) {
			found = true;
			log.value = log.order;
		}
		power = power * step % prime;
		log.order++;
	} while (power != 1);
	*ret_log = log;
	return found;
}

static unsigned gcd(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

// Congruences have a common solution exactly when each two of them have one.
static bool have_common_exponent(const struct congruence logs[PRIMES_LEN])
{
	for (size_t i = 0; i < PRIMES_LEN; i++)
		for (size_t j = 0; j < i; j++) {
			unsigned common = gcd(logs[i].order, logs[j].order);
			if (logs[i].value % common != logs[j].value % common)
				return false;
		}
	return true;
}

int crypto_weak_roca(const BIGNUM *n, bool *ret_roca)
{
	struct congruence logs[PRIMES_LEN];
	for (size_t i = 0; i < PRIMES_LEN; i++) {
		BN_ULONG residue = BN_mod_word(n, PRIMES[i]);
		if (residue == (BN_ULONG)-1)
			return crypto_failed(XICA_ECRYPTO);
		if (!logarithm((unsigned)residue, PRIMES[i], &logs[i])) {
			*ret_roca = false;
			return XICA_OK;
		}
	}
	*ret_roca = have_common_exponent(logs);
	return XICA_OK;
}
