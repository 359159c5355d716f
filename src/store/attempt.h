// Wrong tries (passwords, codes, sign-ups) by whom or against whom: after some, each next one must wait twice as long as the one before.
//
// Where the check is made elsewhere meanwhile (the login role), count the try before it is made and forgive it where it was right: many at a time don't get around the
// wait then.
#pragma once
#include "store/store.h"

struct store_attempt_policy {
	unsigned free;           // so many without a wait
	xica_time wait;          // seconds after the last free one; doubles with each further one
	xica_time most;          // the longest wait
	xica_time forget;        // so long after the last one all are forgotten
};

#define STORE_ATTEMPT_POLICY ((struct store_attempt_policy){.free = 5, .wait = 2, .most = XICA_HOUR, .forget = XICA_DAY})

// key: a hash of what is counted, such as of "log-in" and an address. Seconds until another try is allowed; 0: now.
XICA_MUST_CHECK int store_attempt_wait(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], xica_time now, xica_time *ret_wait);
// Counts one more.
XICA_MUST_CHECK int store_attempt_failed(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], xica_time now,
					 const struct store_attempt_policy *policy);
// Takes one back, and the wait with it; those before it stay counted. None there is no error.
XICA_MUST_CHECK int store_attempt_forgive(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN]);
// Forgets all. None there is no error.
XICA_MUST_CHECK int store_attempt_clear(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN]);
