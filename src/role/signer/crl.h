// CRLs, gathered over several messages (IPC_CRL_BEGIN, ENTRIES, SIGN) under the id of the first, then signed.
#pragma once
#include "pki/crl.h"
#include "role/signer/issue.h"

enum { SIGNER_CRLS_MAX = 16, SIGNER_CRL_ENTRY_LEN = PKI_SERIAL_MAX + 8 + 1, SIGNER_CRL_MAX_LEN = 60 * 1024 * 1024 };

struct signer_crl {
	bool used;
	unsigned peer; // whose it is, with id
	uint64_t id;
	const struct ca_issuer *issuer;
	struct pki_issuer parts;
	struct pki_crl crl;
	struct buf url;
	unsigned shard;
	uint64_t count;
};

struct signer_crls { // begin with zeros
	struct signer_crl list[SIGNER_CRLS_MAX];
};

struct signer_crl_head {
	struct view issuer; // its id
	uint64_t shard, number;
	xica_time this_update, next_update;
};

// All: XICA_EDENIED with *ret_refusal; the CRL under way is dropped.
XICA_MUST_CHECK int signer_crl_begin(struct signer_crls *crls, const struct signer_core *core, unsigned peer, uint64_t id,
				     const struct signer_crl_head *head, xica_time now, struct signer_refusal *ret_refusal);
// entry: serial (20 bytes, left-padded), u64 time, u8 reason.
XICA_MUST_CHECK int signer_crl_add(struct signer_crls *crls, unsigned peer, uint64_t id, struct view entry,
				   struct signer_refusal *ret_refusal);
// Appends the CRL, and adds it to the audit log's batch: it may leave only after audit_commit.
XICA_MUST_CHECK int signer_crl_sign(struct signer_crls *crls, struct signer_core *core, unsigned peer, uint64_t id, xica_time now,
				    struct buf *crl_out, struct signer_refusal *ret_refusal);
void signer_crls_drop(struct signer_crls *crls, unsigned peer); // its peer has gone
void signer_crls_clear(struct signer_crls *crls);
