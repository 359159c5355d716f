// External account keys (RFC 8555 §7.3.4): the operator or a person makes one, one account binds it, once, and belongs to that person then.
#pragma once
#include "store/store.h"

struct store_eab {
	struct view kid;       // text, unique
	struct view mac_key;   // secret, at least 32 bytes
	struct view note;      // the operator's own words
	int64_t person;        // whose it is (person.h); 0: of the operator's making
	struct view name;      // the person's own words
	bool browser;          // made by the site's own pages for themselves
	xica_time created;
	int64_t account;       // that bound it; 0: none yet
	xica_time used;        // when; 0: not yet
	xica_time revoked;     // 0: not revoked
};

// account, used and revoked are ignored. XICA_EEXIST: the kid is taken. XICA_EINVAL: the MAC key is too short. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_eab_create(struct store_txn *txn, const struct store_eab *eab);
XICA_MUST_CHECK int store_eab_get(struct store_txn *txn, struct view kid, struct arena *arena, struct store_eab *ret_eab);
// The account belongs to the key's person from now on. XICA_ECONFLICT: bound or revoked already, or no such key.
XICA_MUST_CHECK int store_eab_bind(struct store_txn *txn, struct view kid, int64_t account, xica_time time);
// A bound account stays as it is. XICA_ECONFLICT: revoked already, or no such key.
XICA_MUST_CHECK int store_eab_revoke(struct store_txn *txn, struct view kid, xica_time time);
// By kid; after: the last kid of the page before, or empty.
XICA_MUST_CHECK int store_eab_list(struct store_txn *txn, struct view after, size_t limit, struct arena *arena,
				   struct store_eab **ret_list, size_t *ret_count);

// --- keys of a person. XICA_ENOTFOUND also for another person's key.
XICA_MUST_CHECK int store_eab_get_own(struct store_txn *txn, int64_t person, struct view kid, struct arena *arena, struct store_eab *ret_eab);
XICA_MUST_CHECK int store_eab_rename(struct store_txn *txn, int64_t person, struct view kid, struct view name);
// All that are not revoked yet.
XICA_MUST_CHECK int store_eab_revoke_all(struct store_txn *txn, int64_t person, xica_time time, size_t *ret_count);
// Newest first; after: the last kid of the page before, or empty.
XICA_MUST_CHECK int store_eab_list_own(struct store_txn *txn, int64_t person, struct view after, size_t limit, struct arena *arena,
				       struct store_eab **ret_list, size_t *ret_count);
