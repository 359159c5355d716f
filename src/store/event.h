// History of what was done in a person's account, for the person's own eyes.
#pragma once
#include "store/store.h"

struct store_event {
	int64_t id;              // from 1; rising
	int64_t person;
	xica_time time;
	struct view what;        // a word: "log-in", "issued"
	struct view detail;      // JSON text: an object
	struct view remote;      // address as text; empty: none
};

// id is ignored. XICA_ENOTFOUND: no such person.
XICA_MUST_CHECK int store_event_insert(struct store_txn *txn, const struct store_event *event);
// Newest first, those with an id below before (0: from the newest), at most limit.
XICA_MUST_CHECK int store_event_list(struct store_txn *txn, int64_t person, int64_t before, size_t limit, struct arena *arena,
				     struct store_event **ret_list, size_t *ret_count);
