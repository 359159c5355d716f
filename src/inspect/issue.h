// A line of the audit log of the kind "issue" (role/signer/record.h), read. Pure.
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "base/clock.h"
#include "crypto/digest.h"

struct inspect_issue { // everything in the arena
	xica_time time;      // of the line: when it was signed
	struct view serial;  // without leading zeros
	const char *issuer, *profile;
	uint8_t account[CRYPTO_SHA256_LEN]; // thumbprint of the key that asked
	struct view certificate; // DER
	bool has_evidence;   // lines of xica 0.1 have none
	xica_time checked;   // when the evidence was believed
	struct view account_key, finalize; // JSON text: a JWK, a JWS
	struct view *receipts;
	size_t receipt_count;
	struct view *key_changes; // JWS, newest first
	size_t key_change_count;
};

// XICA_EPARSE: a member is missing or of the wrong kind; *ret_why names it (static). XICA_ENOMEM.
XICA_MUST_CHECK int inspect_issue_read(const json_t *line, struct arena *arena, struct inspect_issue *ret_issue, const char **ret_why);

// The numbers at the end of ".../acme/account/7" and ".../acme/order/7/finalize"; 0: the operator's own. XICA_EPARSE: neither.
XICA_MUST_CHECK int inspect_account_of(struct view kid, int64_t *ret_account);
XICA_MUST_CHECK int inspect_order_of(struct view url, int64_t *ret_order);
