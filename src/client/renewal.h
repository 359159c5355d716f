// When a certificate is to be renewed: when the CA says so (ARI, RFC 9773), or when a third of its lifetime is left.
#pragma once
#include "client/acme.h"
#include "client/chain.h"

// By its lifetime alone. The moment is a little different for each certificate, and always the same for one: not all at once.
bool client_renewal_due(const struct client_chain *chain, xica_time now);
// Asks the CA where its directory has renewalInfo; else, or when that fails, as above.
bool client_renewal_due_at(struct client_acme *acme, const struct client_chain *chain, xica_time now);
// base64url(key identifier of the issuer) "." base64url(serial) (RFC 9773 §4.1), appended. XICA_ENOTFOUND: the certificate has no such identifier.
XICA_MUST_CHECK int client_renewal_id(const struct client_chain *chain, struct buf *out);
