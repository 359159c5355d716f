// Public keys that must never be certified again: SHA-256 of their SubjectPublicKeyInfo.
#pragma once
#include "store/store.h"

struct store_blocked {
	uint8_t spki_sha256[STORE_HASH_LEN];
	struct view reason;      // words for the operator
	xica_time time;
};

// Adding one that is there already changes nothing and is no error.
XICA_MUST_CHECK int store_blocked_add(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], struct view reason, xica_time time);
XICA_MUST_CHECK int store_blocked_has(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], bool *ret_has);
// By hash; after: the last of the page before, NULL for the first page.
XICA_MUST_CHECK int store_blocked_list(struct store_txn *txn, const uint8_t *after, size_t limit, struct arena *arena,
				       struct store_blocked **ret_list, size_t *ret_count);
