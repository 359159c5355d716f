// Does a chain of certificates lead to a root that is trusted (RFC 5280 §6)? Whatever the certificate is for: names and purposes are
// pki/peer.h's. Nothing is fetched.
#pragma once
#include "base/arena.h"
#include "base/clock.h"

enum { CRYPTO_CHAIN_MAX = 16, CRYPTO_CHAIN_CRLS_MAX = 64, CRYPTO_CHAIN_ROOTS_MAX = 1000 };

enum crypto_chain_fault {
	CRYPTO_CHAIN_OK,
	CRYPTO_CHAIN_MALFORMED,     // a certificate of the chain cannot be read, or there are too many
	CRYPTO_CHAIN_UNTRUSTED,     // it leads to no root of ours
	CRYPTO_CHAIN_NOT_YET_VALID,
	CRYPTO_CHAIN_EXPIRED,
	CRYPTO_CHAIN_REVOKED,
	CRYPTO_CHAIN_NO_STATUS,     // a revocation list is missing, too old, or not properly signed
	CRYPTO_CHAIN_WEAK,          // a key or a digest below 112 bits of strength: RSA below 2048 bits, SHA-1
	CRYPTO_CHAIN_INVALID,       // anything else: a signature, an issuer that is no CA, name constraints …
};

struct crypto_chain_question { // all DER, borrowed
	const struct view *chain;   // the certificate in question first; the others help to find a way, in any order
	size_t chain_count;         // 1 or more
	const struct view *roots;   // self-signed certificates that are trusted
	size_t root_count;
	const struct view *crls;
	size_t crl_count;
	bool revocation;            // each certificate on the way needs a revocation list that is good now
	xica_time now;
};

struct crypto_chain_verdict {
	enum crypto_chain_fault fault;
	const char *text;           // a clause about the certificate at fault: "has expired"; static storage
	struct view at;             // that certificate, DER in arena; empty: unknown
	struct view *path;          // the way that was found, as far as it leads: the certificate first; DER in arena
	size_t path_count;
};

// XICA_EPARSE: a root or a revocation list cannot be read. XICA_EINVAL: no certificate, or more than the bounds say of roots and lists. XICA_ENOMEM,
// XICA_ECRYPTO. What is wrong with the chain is no error, but the verdict.
XICA_MUST_CHECK int crypto_chain_check(const struct crypto_chain_question *question, struct arena *arena, struct crypto_chain_verdict *ret_verdict);
