// One-time tokens that go out by mail, to confirm an address or to set a new password. The database holds their SHA-256.
#pragma once
#include "store/store.h"

enum store_token_purpose { STORE_TOKEN_SIGN_UP = 1, STORE_TOKEN_RESET = 2, STORE_TOKEN_ADDRESS = 3 };

struct store_token {
	uint8_t token_hash[STORE_HASH_LEN]; // unique
	enum store_token_purpose purpose;
	int64_t person;          // 0: none (sign-up)
	struct view address;     // as written: to be confirmed, or where the letter went
	struct view key;         // normalised
	struct view secret;      // of a sign-up: the password's hash; else empty
	struct view language;
	xica_time created;
	xica_time expires;
};

// Earlier ones of the same purpose and person (without a person: the same purpose and key) are void from now on. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_token_insert(struct store_txn *txn, const struct store_token *token);
// Looks without taking. XICA_ENOTFOUND: unknown, void, taken, expired at now, or for another purpose; so for take.
XICA_MUST_CHECK int store_token_get(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], enum store_token_purpose purpose, xica_time now,
				    struct arena *arena, struct store_token *ret_token);
// Deletes it and gives what it was: only one caller gets it.
XICA_MUST_CHECK int store_token_take(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], enum store_token_purpose purpose, xica_time now,
				     struct arena *arena, struct store_token *ret_token);
// Makes all of a person's for this purpose void (a password was set: no letter from before may set another).
XICA_MUST_CHECK int store_token_void(struct store_txn *txn, int64_t person, enum store_token_purpose purpose);
// How many letters with a token went to this key for this purpose at or after since: those that are void count too, as long as they have not expired.
XICA_MUST_CHECK int store_token_count(struct store_txn *txn, enum store_token_purpose purpose, struct view key, xica_time since, size_t *ret_count);
