// The signer's work on one certificate: prepare builds and lints it, issue signs what was linted. What it signs it has built itself, from
// evidence (role/signer/evidence.h). No I/O but the audit log's batch.
#pragma once
#include "role/audit/audit.h"
#include "role/signer/evidence.h"
#include "role/signer/tokens.h"

struct signer_core { // what the role keeps for it
	struct signer_policy policy;
	struct ca_dir ca;
	struct signer_blocklist blocked;
	uint8_t receipt_key[RECEIPT_KEY_LEN];
	struct audit *audit;
	struct signer_tokens tokens;
};

// policy points into core itself from now on. config is borrowed; ca, blocked, audit and receipt_key are set already.
void signer_core_init(struct signer_core *core, const struct config *config);
void signer_core_free(struct signer_core *core); // wipes the keys

struct signer_prepared {
	uint8_t token[SIGNER_TOKEN_LEN], serial[PKI_SERIAL_LEN];
	struct view tbs;   // in the arena
	const char *issuer;
	unsigned shard;
	xica_time not_before, not_after;
};

struct signer_clock {
	xica_time now;
	int64_t monotonic_ms;
};

// XICA_EDENIED with *ret_refusal; anything else that is not 0 is a failure of our own.
XICA_MUST_CHECK int signer_prepare(struct signer_core *core, const struct signer_request *request, struct signer_clock clock,
				   struct arena *arena, struct signer_prepared *ret_prepared, struct signer_refusal *ret_refusal);

// What issue does between taking the ticket and giving the certificate away, as the crash tests name it; may be NULL.
typedef void signer_checkpoint(void *context, const char *point);

struct signer_issued {
	uint8_t serial[PKI_SERIAL_LEN];
	struct buf certificate; // owner: the caller
};

// Signs, compares, and adds the certificate to the audit log's batch: it may leave only after audit_commit.
XICA_MUST_CHECK int signer_issue(struct signer_core *core, struct view token, struct signer_clock clock, signer_checkpoint *checkpoint,
				 void *context, struct signer_issued *ret_issued, struct signer_refusal *ret_refusal);
