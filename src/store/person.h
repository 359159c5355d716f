// People with an account on the web site. (An "account" is always the ACME one; a person may have several, opened with the keys of eab.h.)
// Who has not confirmed the address yet is no person: a sign-up lives as a token (token.h).
#pragma once
#include "store/store.h"

enum store_person_status { STORE_PERSON_ACTIVE = 1, STORE_PERSON_SUSPENDED = 2 };

// Letters that a person may switch off: bits of notices.
enum store_notify {
	STORE_NOTIFY_ISSUED = 1,
	STORE_NOTIFY_REVOKED = 2,
	STORE_NOTIFY_EXPIRES = 4,
	STORE_NOTIFY_KEY_BOUND = 8,
	STORE_NOTIFY_NEW_DEVICE = 16,
	STORE_NOTIFY_ALL = 31,
};

enum { STORE_USER_HANDLE_MIN = 16, STORE_USER_HANDLE_MAX = 32 };

struct store_person {
	int64_t id;                // from 1; never used twice
	struct view address;       // as the person wrote it
	struct view key;           // the address normalised, lower case; unique
	struct view password_hash; // text that holds its own parameters; empty: none
	enum store_person_status status;
	struct view language;      // "en"
	xica_time created;
	struct view totp_secret;   // raw bytes; empty: no TOTP
	int64_t totp_step;         // the newest time step whose code was used; 0: none
	bool is_operator;
	unsigned notices;          // bits of enum store_notify that are on
	struct view unsubscribe;   // token for the links in letters; unique; good for switching notices off, and for nothing else
	struct view user_handle;   // WebAuthn's, 16 to 32 random bytes; unique
};

// id is ignored. XICA_EEXIST: the key is taken (or a random value came twice). XICA_EINVAL: an empty address, a user handle of another length.
XICA_MUST_CHECK int store_person_insert(struct store_txn *txn, const struct store_person *person, int64_t *ret_id);
XICA_MUST_CHECK int store_person_get(struct store_txn *txn, int64_t id, struct arena *arena, struct store_person *ret_person);
XICA_MUST_CHECK int store_person_by_key(struct store_txn *txn, struct view key, struct arena *arena, struct store_person *ret_person);
XICA_MUST_CHECK int store_person_by_unsubscribe(struct store_txn *txn, struct view unsubscribe, struct arena *arena, struct store_person *ret_person);

// Of these, XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_person_set_address(struct store_txn *txn, int64_t id, struct view address, struct view key); // XICA_EEXIST: key is taken
XICA_MUST_CHECK int store_person_set_password(struct store_txn *txn, int64_t id, struct view password_hash);
XICA_MUST_CHECK int store_person_set_language(struct store_txn *txn, int64_t id, struct view language);
XICA_MUST_CHECK int store_person_set_notices(struct store_txn *txn, int64_t id, unsigned notices);
XICA_MUST_CHECK int store_person_set_operator(struct store_txn *txn, int64_t id, bool is_operator);
// step: of the code that was shown with it, so that it isn't good a second time. An empty secret takes TOTP away.
XICA_MUST_CHECK int store_person_set_totp(struct store_txn *txn, int64_t id, struct view secret, int64_t step);

// Compare-and-set; XICA_ECONFLICT also where there is no such person.
XICA_MUST_CHECK int store_person_renew_password(struct store_txn *txn, int64_t id, struct view from, struct view to); // the same one, hashed anew
XICA_MUST_CHECK int store_person_use_totp(struct store_txn *txn, int64_t id, int64_t step); // only a later step than any before
XICA_MUST_CHECK int store_person_change(struct store_txn *txn, int64_t id, enum store_person_status from, enum store_person_status to);

// Deletes the person and all that is held for them: sessions, passkeys, recovery codes, tokens, pending values, devices, history, letters. Their EAB keys are
// revoked (unless they were), lose their names and belong to nobody. Their ACME accounts are deactivated, forget their contacts and belong to nobody, as do their
// certificates, which stay. XICA_ENOTFOUND: no such person. A letter that says so goes into the queue afterwards, with person 0.
XICA_MUST_CHECK int store_person_delete(struct store_txn *txn, int64_t id, xica_time time);

// For the console. By id, those above after, at most limit.
XICA_MUST_CHECK int store_person_list(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_person **ret_list,
				      size_t *ret_count);
// Whose key begins with prefix, by key; after: the last key of the page before, or empty.
XICA_MUST_CHECK int store_person_find(struct store_txn *txn, struct view prefix, struct view after, size_t limit, struct arena *arena,
				      struct store_person **ret_list, size_t *ret_count);
