// From names to a certificate (RFC 8555 §7.4, §7.5): order, proofs, CSR, chain. Blocking.
#pragma once
#include "client/acme.h"
#include "client/proof.h"
#include "client/tell.h"

struct client_order_options { // all borrowed
	const struct pki_identifier *names;
	size_t name_count;
	const char *profile;          // draft-ietf-acme-profiles; NULL: the CA's default
	const char *replaces;         // RFC 9773 §5: what it renews; NULL: nothing
	const char *chain;            // take the chain that ends in this common name, where the CA offers it; NULL: its first
	const struct crypto_key *key; // the certificate's
	const struct client_proof_kind *proof;
	const struct client_proof_options *proof_options;
	const struct client_tell *tell;
	bool try_only;                // prove the names, and leave the order as it is: no certificate
};

// Appends the chain in PEM, checked by client_chain_check (nothing with try_only). All proofs are taken away again, whatever happens.
XICA_MUST_CHECK int client_order_run(struct client_acme *acme, const struct client_order_options *options, struct buf *pem_out,
				     struct client_trouble *trouble);
// §7.6, signed by the account. reason: RFC 5280 §5.3.1.
XICA_MUST_CHECK int client_order_revoke(struct client_acme *acme, struct view certificate_der, unsigned reason, struct client_trouble *trouble);
