// The letters of email-01 (docs/acme-email.md): for each authorization that had one, to whom the last was sent, how many there were, and how long its code counts. The
// code itself is the validator's alone and never here.
#pragma once
#include "store/store.h"

struct store_code_letter {
	int64_t authz;
	struct view address;  // of the last one
	unsigned count;       // asked for, without those that could not be sent
	xica_time asked;      // when the last one was
	xica_time expires;    // of the code that is valid; 0: none is
	unsigned tries_left;  // to it
};

XICA_MUST_CHECK int store_code_letter_get(struct store_txn *txn, int64_t authz, struct arena *arena, struct store_code_letter *ret_letter);
// One more is asked for, where there were count so far (XICA_ECONFLICT: there weren't). No code is valid then.
XICA_MUST_CHECK int store_code_letter_ask(struct store_txn *txn, int64_t authz, unsigned count, struct view address, xica_time asked);
// What became of the one asked for at that time; XICA_ECONFLICT: it isn't the last one any more.
XICA_MUST_CHECK int store_code_letter_sent(struct store_txn *txn, int64_t authz, xica_time asked, xica_time expires, unsigned tries_left);
XICA_MUST_CHECK int store_code_letter_failed(struct store_txn *txn, int64_t authz, xica_time asked); // and it doesn't count
XICA_MUST_CHECK int store_code_letter_tried(struct store_txn *txn, int64_t authz, unsigned tries_left); // 0: no code is valid any more
