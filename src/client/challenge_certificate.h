// The certificate of tls-alpn-01 and xmpp-tls-01 (RFC 8737 §3): self-signed, for one name, with the digest of the key authorization in the critical
// acmeIdentifier extension. What validate/acme_identifier.h checks, written.
#pragma once
#include "base/clock.h"
#include "crypto/key.h"

// Good from a day before now to a week after. DER, appended.
XICA_MUST_CHECK int client_challenge_certificate(const struct crypto_key *key, struct view domain, const char *key_authorization, xica_time now,
						 struct buf *der_out);
