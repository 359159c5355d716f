// The tests of an RSA modulus that want arithmetic of their own. Of this room alone.
#pragma once
#include <openssl/bn.h>

#include "base/error.h"
#include <stdbool.h>

// Primes of the faulty library have the form k*M + (65537^a mod M), M the product of the first 39 or more primes. So their
// product n is a power of 65537 modulo M too: *ret_roca tells whether a single exponent fits all of the first 39 primes, which a
// sound modulus does with a chance below 2^-140. (Nemec et al., The Return of Coppersmith's Attack, 2017, §2.2)
XICA_MUST_CHECK int crypto_weak_roca(const BIGNUM *n, bool *ret_roca);
// Fermat: for n = p*q and a = (p+q)/2, a^2 - n is a square. Tries the first rounds values of a from the square root of n up.
XICA_MUST_CHECK int crypto_weak_fermat(const BIGNUM *n, unsigned rounds, bool *ret_close);
