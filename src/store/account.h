// ACME accounts (RFC 8555 §7.1.2) and the history of their keys (§7.3.5). Accounts are never deleted: a key that had an account finds it
// again, deactivated or not.
#pragma once
#include "store/store.h"

enum store_account_status { STORE_ACCOUNT_VALID = 1, STORE_ACCOUNT_DEACTIVATED = 2, STORE_ACCOUNT_REVOKED = 3 };

struct store_account {
	int64_t id;              // from 1; never used twice
	enum store_account_status status;
	struct view jwk;         // canonical JSON text (RFC 7638 §3)
	uint8_t thumbprint[STORE_HASH_LEN]; // of jwk; unique over all accounts
	struct view contacts;    // JSON text: an array of URLs
	xica_time terms_agreed;  // 0: not agreed
	struct view eab_kid;     // external account key it was bound with; empty: none
	int64_t person;          // whose key that is (person.h); 0: nobody's
	bool rests;              // revoked with its person, who is suspended; only read
	xica_time created;
};

// id is ignored. XICA_EEXIST: an account, in whatever status, has this thumbprint. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_account_insert(struct store_txn *txn, const struct store_account *account, int64_t *ret_id);
XICA_MUST_CHECK int store_account_get(struct store_txn *txn, int64_t id, struct arena *arena, struct store_account *ret_account);
XICA_MUST_CHECK int store_account_by_thumbprint(struct store_txn *txn, const uint8_t thumbprint[STORE_HASH_LEN], struct arena *arena,
						struct store_account *ret_account);
// Accounts with an id above after, in whatever status, oldest first, at most limit.
XICA_MUST_CHECK int store_account_list(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_account **ret_list,
				       size_t *ret_count);
// Likewise those that ever had a certificate with exactly this name, as the newest STORE_ACCOUNT_CERTIFICATES of it say.
enum { STORE_ACCOUNT_CERTIFICATES = 20000 };
XICA_MUST_CHECK int store_account_list_by_name(struct store_txn *txn, struct view name, int64_t after, size_t limit, struct arena *arena,
					       struct store_account **ret_list, size_t *ret_count);
// Likewise of one person.
XICA_MUST_CHECK int store_account_list_by_person(struct store_txn *txn, int64_t person, int64_t after, size_t limit, struct arena *arena,
						 struct store_account **ret_list, size_t *ret_count);
XICA_MUST_CHECK int store_account_set_contacts(struct store_txn *txn, int64_t id, struct view contacts);
XICA_MUST_CHECK int store_account_set_terms(struct store_txn *txn, int64_t id, xica_time agreed);
XICA_MUST_CHECK int store_account_change(struct store_txn *txn, int64_t id, enum store_account_status from, enum store_account_status to);
// A person is suspended: their valid accounts are revoked. And back: those that were revoked so, and not those that somebody changed one by one.
XICA_MUST_CHECK int store_account_rest(struct store_txn *txn, int64_t person, size_t *ret_count);
XICA_MUST_CHECK int store_account_wake(struct store_txn *txn, int64_t person, size_t *ret_count);

struct store_key_change {
	int64_t account;
	uint8_t old_thumbprint[STORE_HASH_LEN];
	uint8_t new_thumbprint[STORE_HASH_LEN];
	struct view jws;         // the whole keyChange request, as signed by both keys
	xica_time time;
};

// The new key of a valid account, and a row of its history, at once. jwk belongs to change->new_thumbprint. XICA_ECONFLICT: the account's key is not (or no longer)
// change->old_thumbprint, or it is not valid. XICA_EEXIST: another account has the new key (store_account_by_thumbprint says which).
XICA_MUST_CHECK int store_account_change_key(struct store_txn *txn, const struct store_key_change *change, struct view jwk);
// Newest first, at most limit.
XICA_MUST_CHECK int store_account_key_changes(struct store_txn *txn, int64_t account, size_t limit, struct arena *arena,
					      struct store_key_change **ret_list, size_t *ret_count);
