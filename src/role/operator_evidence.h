// Evidence for the operator's own issuance, as the signer wants it from everybody: a request that an account key signed, and receipts for each name. The
// account is made for this once, and the receipts have the method `operator`: whoever holds the receipt key vouches for the names.
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "crypto/key.h"

struct operator_evidence {
	const char *profile;
	const char *const *names;       // dns names; "*.example.org" is a wildcard
	size_t name_count;
	const struct crypto_key *key;   // the certificate's; or:
	struct view csr;                // a request that is there already; empty: one is made for key
	bool service;                   // for the XMPP service of these names alone (srv identifiers)
	struct view receipt_key;        // RECEIPT_KEY_LEN bytes
	const char *url;                // of this CA's site: stands in the signed request
	xica_time now;
};

struct operator_made { // in the arena
	struct view csr, jws, jwk;
	struct view *receipts;
	size_t receipt_count;
};
XICA_MUST_CHECK int operator_evidence_make(const struct operator_evidence *evidence, struct arena *arena, struct operator_made *ret_made);
// Appends a whole IPC_OPERATOR_ISSUE message with this id.
XICA_MUST_CHECK int operator_evidence_write(const struct operator_evidence *evidence, uint64_t id, struct buf *message_out);
