// The queue of letters. A letter waits until the relay took it (sent) or refused it for good (failed). It may go out twice where the machine stops between the
// relay's answer and ours, but is never lost.
#pragma once
#include "store/store.h"

enum store_mail_state { STORE_MAIL_WAITING = 1, STORE_MAIL_SENT = 2, STORE_MAIL_FAILED = 3 };

struct store_mail {
	int64_t id;              // from 1; never used twice
	struct view letter;      // its name in the catalogue
	struct view language;
	struct view to;          // one address
	struct view values;      // JSON text: an object of texts. May hold a token: forgotten once it was sent
	int64_t person;          // goes with this one; 0: none
	xica_time created;
	unsigned tries;
	xica_time next_try;      // while waiting
	enum store_mail_state state;
	xica_time ended;         // when it was sent or given up; 0: waiting
	struct view error;       // of the last try, the relay's words; empty: none
};

// Fields used: letter, language, to, values, person, created, next_try. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_mail_insert(struct store_txn *txn, const struct store_mail *mail, int64_t *ret_id);
XICA_MUST_CHECK int store_mail_get(struct store_txn *txn, int64_t id, struct arena *arena, struct store_mail *ret_mail);
// Waiting ones whose next try is due at now, the longest due first, at most limit.
XICA_MUST_CHECK int store_mail_due(struct store_txn *txn, xica_time now, size_t limit, struct arena *arena, struct store_mail **ret_list, size_t *ret_count);
// When the next one is due. XICA_ENOTFOUND: none waits.
XICA_MUST_CHECK int store_mail_next(struct store_txn *txn, xica_time *ret_time);

// The changes of state; XICA_ECONFLICT when it doesn't wait (for retry: has not failed), or there is none.
// A try begins: counts it; should nobody tell how it ended, it is due again at again. tries: as read, so that it is begun once.
XICA_MUST_CHECK int store_mail_begin(struct store_txn *txn, int64_t id, unsigned tries, xica_time again);
XICA_MUST_CHECK int store_mail_sent(struct store_txn *txn, int64_t id, xica_time time);
XICA_MUST_CHECK int store_mail_later(struct store_txn *txn, int64_t id, xica_time next_try, struct view error);
XICA_MUST_CHECK int store_mail_failed(struct store_txn *txn, int64_t id, xica_time time, struct view error);
XICA_MUST_CHECK int store_mail_retry(struct store_txn *txn, int64_t id, xica_time now); // failed -> waiting, due now, as if never tried

// For the console: newest first, those with an id below before (0: from the newest), at most limit. state 0: of any.
XICA_MUST_CHECK int store_mail_list(struct store_txn *txn, enum store_mail_state state, int64_t before, size_t limit, struct arena *arena,
				    struct store_mail **ret_list, size_t *ret_count);
// How many are in this state.
XICA_MUST_CHECK int store_mail_count(struct store_txn *txn, enum store_mail_state state, size_t *ret_count);
