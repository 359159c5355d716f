// OCSP responses (IPC_OCSP_SIGN). An issuer's own key signs none of them: for each issuer the signer makes a responder, a fresh key in its memory alone with
// a short-lived certificate, and another one when half of that life is over. What is signed is built here, of issuer, serials, states and times.
#pragma once
#include "pki/ocsp.h"
#include "role/signer/issue.h"

enum {
	SIGNER_OCSP_RESPONDER_LIFE = 14 * XICA_DAY,
	SIGNER_OCSP_LIFE_MAX = 7 * XICA_DAY, // of a response: the responder's certificate outlives it
	SIGNER_OCSP_ENTRY_LEN = 1 + PKI_OCSP_SERIAL_MAX + 1 + 8 + 1,
};

struct signer_responder {
	const struct ca_issuer *issuer;
	struct pki_ocsp_issuer names; // of the issuer in CertIDs
	struct crypto_key *key;       // NULL: none yet
	struct buf certificate;
	uint8_t key_hash[CRYPTO_SHA1_LEN];
	xica_time made, not_after;
	xica_time tried;              // when the last one was wanted, whatever became of it
};

struct signer_ocsp { // begin with zeros
	struct signer_responder list[CA_LIST_MAX];
	size_t count;
};

struct signer_ocsp_order {
	struct view issuer; // its id
	xica_time this_update, next_update;
	struct view nonce;  // empty: none
	// u8 hash (enum pki_ocsp_hash), serial (20 bytes, left-padded), u8 status (enum pki_ocsp_status), u64 time, u8 reason
	const struct view *entries;
	size_t count;
};

// Does this issuer want a new responder? Then what waits for the audit log must be committed before signer_ocsp_sign.
bool signer_ocsp_is_due(struct signer_ocsp *ocsp, const struct signer_core *core, struct view issuer, xica_time now);
// Appends the OCSPResponse. A new responder is in the audit log, on disk, before it signs; where the log can't be written the old one goes on as long as it
// lives. XICA_EDENIED with *ret_refusal.
XICA_MUST_CHECK int signer_ocsp_sign(struct signer_ocsp *ocsp, struct signer_core *core, const struct signer_ocsp_order *order, xica_time now,
				     struct buf *response_out, struct signer_refusal *ret_refusal);
void signer_ocsp_clear(struct signer_ocsp *ocsp);
