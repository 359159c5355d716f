// Passkeys (WebAuthn credentials) and recovery codes of people.
#pragma once
#include "store/store.h"

enum { STORE_CREDENTIAL_MAX = 1023 }; // bytes (WebAuthn §5.8.3)

struct store_passkey {
	struct view credential;  // its id: 1 to 1023 bytes, unique over all people
	int64_t person;
	struct view name;        // the person's own word
	struct view public_key;  // opaque
	uint64_t counter;        // the signature counter last seen, 32 bits
	xica_time created;
	xica_time used;          // 0: never
};

// used is ignored. XICA_EEXIST: the credential is registered already. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_passkey_insert(struct store_txn *txn, const struct store_passkey *passkey);
XICA_MUST_CHECK int store_passkey_get(struct store_txn *txn, struct view credential, struct arena *arena, struct store_passkey *ret_passkey);
// All of a person's, newest first, at most limit.
XICA_MUST_CHECK int store_passkey_list(struct store_txn *txn, int64_t person, size_t limit, struct arena *arena, struct store_passkey **ret_list,
				       size_t *ret_count);
XICA_MUST_CHECK int store_passkey_count(struct store_txn *txn, int64_t person, size_t *ret_count);
// It was shown: counter goes from what was checked to the new one. XICA_ECONFLICT: from is not its counter any more, or there is none.
XICA_MUST_CHECK int store_passkey_use(struct store_txn *txn, struct view credential, uint64_t from, uint64_t to, xica_time time);
// XICA_ENOTFOUND also for another person's.
XICA_MUST_CHECK int store_passkey_remove(struct store_txn *txn, int64_t person, struct view credential);

// --- recovery.c: recovery codes, as hashes
// The ones before are void. count 0: none remain. XICA_EEXIST: two of them are the same. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_recovery_replace(struct store_txn *txn, int64_t person, const uint8_t (*hashes)[STORE_HASH_LEN], size_t count);
// Good once. XICA_ENOTFOUND: not one of this person's, or used already.
XICA_MUST_CHECK int store_recovery_take(struct store_txn *txn, int64_t person, const uint8_t hash[STORE_HASH_LEN]);
XICA_MUST_CHECK int store_recovery_count(struct store_txn *txn, int64_t person, size_t *ret_count);
