// The server of tls-alpn-01 (RFC 8737 §3): it speaks the one protocol acme-tls/1, and shows each name its own certificate.
#pragma once
#include "crypto/key.h"
#include "crypto/tls.h"

struct crypto_tls_challenges;

XICA_MUST_CHECK int crypto_tls_challenges_new(struct crypto_tls_challenges **ret_challenges);
void crypto_tls_challenges_free(struct crypto_tls_challenges *challenges); // NULL is fine
// name: as SNI has it. XICA_EPARSE: the certificate; XICA_EINVAL: it isn't the key's.
XICA_MUST_CHECK int crypto_tls_challenges_add(struct crypto_tls_challenges *challenges, const char *name, struct view certificate_der,
					      const struct crypto_key *key);
// Owned by the caller, for crypto_tls_handshake_fd; challenges outlives it. A client that asks for another name or another protocol is refused by an alert. NULL: no memory.
struct ssl_st *crypto_tls_challenges_accept(struct crypto_tls_challenges *challenges);
