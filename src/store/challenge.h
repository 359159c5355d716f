// Challenges of an authorization (RFC 8555 §7.1.5, §8): one row for each type offered.
#pragma once
#include "store/store.h"

enum store_challenge_status {
	STORE_CHALLENGE_PENDING = 1,
	STORE_CHALLENGE_PROCESSING = 2,
	STORE_CHALLENGE_VALID = 3,
	STORE_CHALLENGE_INVALID = 4,
};

struct store_challenge {
	int64_t authz;
	struct view type;        // "http-01"
	struct view token;       // text
	enum store_challenge_status status;
	xica_time validated;     // 0: not
	struct view error;       // problem document as JSON text; empty: none
	unsigned attempts;       // how often it went to processing
};

XICA_MUST_CHECK int store_challenge_get(struct store_txn *txn, int64_t authz, struct view type, struct arena *arena,
					struct store_challenge *ret_challenge);
// All of an authorization, in the order in which they were given.
XICA_MUST_CHECK int store_challenge_list(struct store_txn *txn, int64_t authz, struct arena *arena, struct store_challenge **ret_list,
					 size_t *ret_count);
// For recovery: all challenges in processing of the next authorizations, at most limit of these, with an id above after.
XICA_MUST_CHECK int store_challenge_list_processing(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena,
						    struct store_challenge **ret_list, size_t *ret_count);

// The changes of status; XICA_ECONFLICT when the challenge is in another state.
XICA_MUST_CHECK int store_challenge_process(struct store_txn *txn, int64_t authz, struct view type); // pending -> processing; counts an attempt
// Pending (when nobody was told yet that it is in processing: this counts the attempt) or processing -> valid.
XICA_MUST_CHECK int store_challenge_valid(struct store_txn *txn, int64_t authz, struct view type, xica_time validated);
// What went wrong beside it, of one that is pending and stays so; empty: nothing any more.
XICA_MUST_CHECK int store_challenge_note(struct store_txn *txn, int64_t authz, struct view type, struct view error);
// Likewise to invalid; or back to pending for another try. With what went wrong (problem document as JSON text).
XICA_MUST_CHECK int store_challenge_fail(struct store_txn *txn, int64_t authz, struct view type, enum store_challenge_status to,
					 struct view error);
