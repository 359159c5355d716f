// What happened on a day, counted where it happens and kept for ever: a few dozen rows a day.
//
// Words in use: "issued", "revoked", "renewed", "domain" (seen for the first time), "key:P-256" and so on (of an issued certificate), "profile:xmpp-server",
// "method:dns-01"; and "active", which is measured, not counted.
#pragma once
#include "store/store.h"

struct store_statistic {
	int64_t day;             // days since 1970-01-01, UTC
	struct view what;
	int64_t value;
};

// Raises it by n, in the unit that does what is counted.
XICA_MUST_CHECK int store_statistic_add(struct store_txn *txn, int64_t day, struct view what, int64_t n);
// What was measured on a day; replaces what was measured before.
XICA_MUST_CHECK int store_statistic_set(struct store_txn *txn, int64_t day, struct view what, int64_t value);
// From day from to day to (both included), by day and word.
XICA_MUST_CHECK int store_statistic_list(struct store_txn *txn, int64_t from, int64_t to, struct arena *arena, struct store_statistic **ret_list,
					 size_t *ret_count);
// All days: the sum for a word. 0 where there is none.
XICA_MUST_CHECK int store_statistic_total(struct store_txn *txn, struct view what, int64_t *ret_total);
