// Why the signer may sign: the applicant's own finalize request and the validator's receipts, looked at step by step, and nothing else believed.
//
//   1 finalize     signed by the account key, and for this CSR
//   2 request      the CSR's own signature, its key's strength, the block list
//   3 key changes  which older thumbprints are this account's too, by the proofs that the holder of both keys signed
//   4 receipts     for every identifier that the CSR asks: control and CAA, exact, unexpired, sealed, of this account
//   5 names        the CSR asks for nothing else, and the profile can certify all of it
//
// Building, linting and signing follow in role/signer/issue.h. Does no I/O.
#pragma once
#include "config/config.h"
#include "jose/jwk.h"
#include "pki/csr.h"
#include "pki/refusal.h"
#include "role/signer/blocklist.h"
#include "validate/receipt.h"

struct signer_policy { // what a request is held against; all borrowed
	const struct config *config;
	struct pki_site site;
	const struct signer_blocklist *blocked;
	struct view receipt_key;
};

struct signer_request { // as IPC_PREPARE brings it; all borrowed
	struct view profile, csr, finalize, jwk;
	const struct view *receipts;
	size_t receipt_count;
	const struct view *key_changes; // newest first
	size_t key_change_count;
	xica_time not_before, not_after; // 0: not asked for
};

struct signer_refusal {
	enum pki_refusal reason;
	const char *detail; // a sentence for the applicant, in the arena or static
};

enum { SIGNER_KEY_CHANGES_MAX = 64 };

struct signer_evidence { // what the steps found; views point into the request or the arena
	const struct pki_profile *profile;
	struct jwk account;
	struct view finalize_input, finalize_signature; // of the finalize request's JWS: what was signed, as sent, and by what
	struct pki_csr csr;
	struct crypto_key *key; // the CSR's
	uint8_t (*thumbprints)[CRYPTO_SHA256_LEN]; // this account's, newest first
	size_t thumbprint_count;
	struct pki_identifier *identifiers; // what the certificate is for
	enum receipt_method *methods;       // and how each was proven
	size_t identifier_count;
	struct pki_sans sans;
};

void signer_evidence_free(struct signer_evidence *evidence);
// All steps in order. XICA_EDENIED: *ret_refusal says which failed. Otherwise 0 or an error of our own.
XICA_MUST_CHECK int signer_evidence_check(const struct signer_policy *policy, const struct signer_request *request, xica_time now,
					  struct arena *arena, struct signer_evidence *ret_evidence,
					  struct signer_refusal *ret_refusal);
