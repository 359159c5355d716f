// Is a public key one that must not be certified? (CA/Browser Forum BR §6.1.1.3; reference: ROCA is CVE-2017-15361,
// close primes CVE-2022-26320, Debian's predictable keys CVE-2008-0166)
#pragma once
#include "crypto/key.h"

enum crypto_weakness {
	CRYPTO_WEAK_NONE,
	CRYPTO_WEAK_TYPE,           // a kind of key that we do not certify
	CRYPTO_WEAK_SIZE,           // RSA below 2048 or above 8192 bits, or not a multiple of 8
	CRYPTO_WEAK_EXPONENT,       // RSA exponent even, or below 65537, or above 2^256
	CRYPTO_WEAK_SMALL_FACTOR,   // modulus even, or divisible by a prime below 752
	CRYPTO_WEAK_ROCA,
	CRYPTO_WEAK_FERMAT,         // prime factors close together: found by 100 rounds of Fermat's method
};

// Leaf keys: RSA 2048-8192 and P-256, P-384. 0 always but for XICA_ECRYPTO and XICA_ENOMEM.
XICA_MUST_CHECK int crypto_weak_check(const struct crypto_key *key, enum crypto_weakness *ret_weakness);
// A clause for people: "the modulus was made by a faulty library (ROCA, CVE-2017-15361)". Static storage.
const char *crypto_weakness_text(enum crypto_weakness weakness);
