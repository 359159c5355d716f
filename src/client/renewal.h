// When a certificate is to be renewed: when the CA says so (ARI, RFC 9773), or by its lifetime.
#pragma once
#include "client/acme.h"
#include "client/chain.h"

struct client_renewal {
	xica_time at;                // then, or at the first occasion after it
	xica_time ask_again;         // when the CA may be asked again; 0: it wasn't asked
	const char *explanation_url; // what the CA has to say about it; NULL: nothing
};

// By its lifetime alone: when a third of it is left, or half of one that is no longer than ten days. The moment is a little earlier for each certificate, and
// always the same for one: not all at once.
struct client_renewal client_renewal_by_lifetime(const struct client_chain *chain);
// A renewalInfo object (§4.2). retry_after: seconds; 0: it wasn't said. As client_renewal_ask. XICA_EPARSE: it makes no sense. Pure.
XICA_MUST_CHECK int client_renewal_read(const json_t *info, long retry_after, const struct client_chain *chain, xica_time now, struct arena *arena,
					struct client_renewal *ret_renewal);
// Asks the CA: a moment in the window that it suggests, always the same for one certificate (§4.2), and soon enough in any case. Text in arena.
// XICA_ENOTFOUND: its directory has no renewalInfo, or the certificate nothing to ask by. Others: no answer, or none that makes sense; untold.
XICA_MUST_CHECK int client_renewal_ask(struct client_acme *acme, const struct client_chain *chain, xica_time now, struct arena *arena,
				       struct client_renewal *ret_renewal);
// Is now the last occasion that is known of before it, or later? A program that runs twice a day comes too late if it waits for the very moment (§4.2).
bool client_renewal_due(const struct client_renewal *renewal, const struct client_chain *chain, xica_time now);
// base64url(key identifier of the issuer) "." base64url(serial) (§4.1), appended. XICA_ENOTFOUND: the certificate has no such identifier.
XICA_MUST_CHECK int client_renewal_id(const struct client_chain *chain, struct buf *out);

// FOLDER/renewal.json: what the CA said of the current certificate, so that it isn't asked more often than it wants (Retry-After, §4.3).
// XICA_ENOTFOUND: there is nothing on this certificate.
XICA_MUST_CHECK int client_renewal_load(const char *folder, const struct client_chain *chain, struct arena *arena, struct client_renewal *ret_renewal);
XICA_MUST_CHECK int client_renewal_save(const char *folder, const struct client_chain *chain, const struct client_renewal *renewal);
