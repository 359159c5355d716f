// Sessions of the web site: the browser holds a random token in a cookie, the database its SHA-256. A session that has ended, by time or by a call, is not
// found any more.
#pragma once
#include "store/store.h"

enum store_session_kind {
	STORE_SESSION_HALF = 1,     // the password was right; the second factor is missing
	STORE_SESSION_FULL = 2,
	STORE_SESSION_OPERATOR = 3, // of the console
};

struct store_session {
	int64_t id;              // from 1; never used twice; shown to the person, good for nothing without their own session
	uint8_t token_hash[STORE_HASH_LEN]; // unique
	bool old_token;          // found by the token before the last (store_session_rotate): answer, but don't rotate it again
	enum store_session_kind kind;
	int64_t person;
	int64_t parent;          // session that this one ends with (an operator's: the person's own); 0: none
	xica_time created;
	xica_time seen;          // last request
	xica_time fresh;         // when a password or passkey was shown last; 0: never
	xica_time rotated;       // when it got its token
	xica_time old_until;     // until when the token before it is good; 0: there is none
	xica_time expires;       // in any case
	xica_time idle;          // seconds without a request after which it ends
	struct view remote;      // address as text
	struct view agent;       // User-Agent
	struct view device;      // hash of the device's cookie (device.h); empty: none
};

// id, old_token, old_until are ignored. XICA_EEXIST: the hash is there already. XICA_ENOTFOUND: no such person or parent.
XICA_MUST_CHECK int store_session_insert(struct store_txn *txn, const struct store_session *session, int64_t *ret_id);
// The living one that has this token: neither expired nor idle for too long at now.
XICA_MUST_CHECK int store_session_by_hash(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], xica_time now, struct arena *arena,
					  struct store_session *ret_session);
// A request came: it is idle from now on. A time before the one that is there changes nothing. XICA_ENOTFOUND: no such session.
XICA_MUST_CHECK int store_session_touch(struct store_txn *txn, int64_t id, xica_time now);
// A new token, if it has the old one. keep_old: seconds for which the old one is good too, for requests that are under way; 0 where rights changed.
// XICA_ECONFLICT: it has another token than from (somebody rotated it meanwhile), or there is none.
XICA_MUST_CHECK int store_session_rotate(struct store_txn *txn, int64_t id, const uint8_t from[STORE_HASH_LEN], const uint8_t to[STORE_HASH_LEN],
					 xica_time now, xica_time keep_old);
// Likewise once more, where the token that the last rotation gave never came back: the old one stays as good as it is.
XICA_MUST_CHECK int store_session_rotate_again(struct store_txn *txn, int64_t id, const uint8_t from[STORE_HASH_LEN], const uint8_t to[STORE_HASH_LEN],
					       xica_time now);
// The new token came back: the old one is good until then, if it isn't for less. XICA_ENOTFOUND: no such session.
XICA_MUST_CHECK int store_session_settle(struct store_txn *txn, int64_t id, xica_time until);
// XICA_ENOTFOUND: no such session.
XICA_MUST_CHECK int store_session_set_fresh(struct store_txn *txn, int64_t id, xica_time fresh);
// Ends one of this person's, with those that it is parent of. XICA_ENOTFOUND: no such one, or another person's.
XICA_MUST_CHECK int store_session_end(struct store_txn *txn, int64_t person, int64_t id);
// Ends all of a person's, with the console's. except: this one (and those it is parent of) stays; 0: none does.
XICA_MUST_CHECK int store_session_end_all(struct store_txn *txn, int64_t person, int64_t except, size_t *ret_count);
// Living ones of a person, of all kinds, newest first, at most limit.
XICA_MUST_CHECK int store_session_list(struct store_txn *txn, int64_t person, xica_time now, size_t limit, struct arena *arena,
				       struct store_session **ret_list, size_t *ret_count);
