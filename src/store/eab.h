// External account keys (RFC 8555 §7.3.4): the operator makes one, one account binds it, once.
#pragma once
#include "store/store.h"

struct store_eab {
	struct view kid;       // text, unique
	struct view mac_key;   // secret, at least 32 bytes
	struct view note;      // the operator's own words
	xica_time created;
	int64_t account;       // that bound it; 0: none yet
	xica_time revoked;     // 0: not revoked
};

// account and revoked are ignored. XICA_EEXIST: the kid is taken. XICA_EINVAL: the MAC key is too short.
XICA_MUST_CHECK int store_eab_create(struct store_txn *txn, const struct store_eab *eab);
XICA_MUST_CHECK int store_eab_get(struct store_txn *txn, struct view kid, struct arena *arena, struct store_eab *ret_eab);
// XICA_ECONFLICT: bound or revoked already, or no such key.
XICA_MUST_CHECK int store_eab_bind(struct store_txn *txn, struct view kid, int64_t account);
// A bound account stays as it is. XICA_ECONFLICT: revoked already, or no such key.
XICA_MUST_CHECK int store_eab_revoke(struct store_txn *txn, struct view kid, xica_time time);
// By kid; after: the last kid of the page before, or empty.
XICA_MUST_CHECK int store_eab_list(struct store_txn *txn, struct view after, size_t limit, struct arena *arena,
				   struct store_eab **ret_list, size_t *ret_count);
