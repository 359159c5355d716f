// Values that must come back once within minutes: challenges for passkeys, TOTP secrets that are not confirmed yet.
#pragma once
#include "store/store.h"

enum store_pending_purpose { STORE_PENDING_PASSKEY_NEW = 1, STORE_PENDING_PASSKEY_LOGIN = 2, STORE_PENDING_TOTP = 3 };

struct store_pending {
	uint8_t key[STORE_HASH_LEN]; // whose: hash of the session's token, or of a random value in a cookie, or of the challenge itself
	enum store_pending_purpose purpose;
	int64_t person;          // goes with this one; 0: none
	struct view bytes;
	xica_time expires;
};

// Replaces an earlier one with the same key and purpose. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_pending_put(struct store_txn *txn, const struct store_pending *pending);
// Looks without taking. XICA_ENOTFOUND: none, or expired at now; so for take.
XICA_MUST_CHECK int store_pending_get(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], enum store_pending_purpose purpose, xica_time now,
				      struct arena *arena, struct store_pending *ret_pending);
// Deletes it and gives what it was: only one caller gets it.
XICA_MUST_CHECK int store_pending_take(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], enum store_pending_purpose purpose, xica_time now,
				       struct arena *arena, struct store_pending *ret_pending);
