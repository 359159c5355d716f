// Names that get no certificate and networks that are not answered, because an operator says so. (Keys: store/blocked.h.)
#pragma once
#include "store/store.h"

enum store_block_kind { STORE_BLOCK_NAME = 1, STORE_BLOCK_NETWORK }; // numbers of the database

struct store_block {
	enum store_block_kind kind;
	struct view value;   // a domain (lower case, A-labels), or a network in CIDR form: in one way of writing alone
	bool below;          // of a name: all names below it too
	struct view reason, who;
	xica_time time;
	bool misplaced;      // only read: its row is not where a look for it finds it
};

// Where there is one with the same value: never narrows it, and keeps its reason where block has none. What was changed has block's time and who.
XICA_MUST_CHECK int store_block_put(struct store_txn *txn, const struct store_block *block);
XICA_MUST_CHECK int store_block_get(struct store_txn *txn, enum store_block_kind kind, struct view value, struct arena *arena, struct store_block *ret_block); // XICA_ENOTFOUND
XICA_MUST_CHECK int store_block_delete(struct store_txn *txn, enum store_block_kind kind, struct view value); // XICA_ENOTFOUND
// In an order of their own; after: the value of the last of the page before, empty: from the beginning.
XICA_MUST_CHECK int store_block_list(struct store_txn *txn, enum store_block_kind kind, struct view after, size_t limit, struct arena *arena, struct store_block **ret_list,
				     size_t *ret_count);
// Is this name blocked, by itself or by a name above it? Of a wildcard: or a name that it would cover?
XICA_MUST_CHECK int store_block_covers(struct store_txn *txn, struct view name, bool wildcard, bool *ret_covers);
