// One question put to the validator, from beginning to end: control of the identifier first, then CAA, and a receipt for each.
// With tools->assume_valid nothing is looked at, and the receipts' method is `assumed`.
#pragma once
#include "validate/challenge.h"

enum { PROOF_TIMEOUT = 45 }; // seconds for everything; less than the shortest patience of a client for a whole issuance

struct proof_request {
	const struct challenge_method *challenge; // NULL: CAA alone
	struct pki_identifier identifier;
	bool subdomains;            // and of the names below it: the control receipt says so
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	struct view token;          // where challenge
	struct view code;           // email-01
	enum receipt_method method; // the challenge's; for CAA alone: by which control was proven
	struct view account_url;
	struct view former;         // thumbprints of keys that the account had before: dns-persist-01
	xica_time expires;          // of the control receipt
};

struct proof_result {
	struct challenge_outcome outcome; // detail is never NULL
	struct view receipts[2];          // where proven: control (unless CAA alone), caa
	size_t receipt_count;
};

// Once, from the loop; result and proof are gone when it returns.
typedef void proof_done(const struct proof_result *result, void *context);

struct proof;
// Copies the request. XICA_EDENIED: this method can't prove this identifier. XICA_EINVAL: a name or token that can't be asked for.
XICA_MUST_CHECK int proof_start(const struct challenge_tools *tools, struct view receipt_key, const struct proof_request *request,
				proof_done *done, void *context, struct proof **ret_proof);
void proof_cancel(struct proof *proof); // NULL is fine
