// Browsers on which a person has logged in, known again by a cookie: a log-in from another one is worth a letter.
#pragma once
#include "store/store.h"

struct store_device {
	uint8_t hash[STORE_HASH_LEN]; // of the cookie; the same browser may be known for several people
	int64_t person;
	xica_time created;
	xica_time seen;
};

// Logged in here now. ret_new: for the first time. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_device_see(struct store_txn *txn, int64_t person, const uint8_t hash[STORE_HASH_LEN], xica_time now, bool *ret_new);
// Does the person have any? (The very first is no news.)
XICA_MUST_CHECK int store_device_any(struct store_txn *txn, int64_t person, bool *ret_any);
// All of a person's, last seen first, at most limit.
XICA_MUST_CHECK int store_device_list(struct store_txn *txn, int64_t person, size_t limit, struct arena *arena, struct store_device **ret_list,
				      size_t *ret_count);
