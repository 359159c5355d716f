// Evidence for the operator's own issuance, as the signer wants it from everybody: a request that an account key signed, and receipts for each name. The
// account is made for this once, and the receipts have the method `operator`: whoever holds the receipt key vouches for the names.
#pragma once
#include "base/clock.h"
#include "crypto/key.h"

struct operator_evidence {
	const char *profile;
	const char *const *names;       // dns names; "*.example.org" is a wildcard
	size_t name_count;
	const struct crypto_key *key;   // the certificate's
	struct view receipt_key;        // RECEIPT_KEY_LEN bytes
	const char *url;                // of this CA's site: stands in the signed request
	xica_time now;
};

// Appends a whole IPC_OPERATOR_ISSUE message with this id.
XICA_MUST_CHECK int operator_evidence_write(const struct operator_evidence *evidence, uint64_t id, struct buf *message_out);
