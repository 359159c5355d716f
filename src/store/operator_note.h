// What operators did, and which certificates were revoked by whomever, that the audit log does not hold yet (role/registrar/audit.h): put here in the unit of the act itself, gone when the log has it.
#pragma once
#include "store/store.h"

struct store_operator_note {
	int64_t id;              // from 1; rising; never used twice
	xica_time time;
	struct view body;        // JSON text: an object
};

XICA_MUST_CHECK int store_operator_note_insert(struct store_txn *txn, xica_time time, struct view body);
// The oldest ones, at most limit.
XICA_MUST_CHECK int store_operator_note_list(struct store_txn *txn, size_t limit, struct arena *arena, struct store_operator_note **ret_list, size_t *ret_count);
XICA_MUST_CHECK int store_operator_note_done(struct store_txn *txn, int64_t last); // the log has all up to this one. None there is no error.
// The highest number that any note ever had; 0: there were none. What a note above it tells of is not in this database.
XICA_MUST_CHECK int store_operator_note_last(struct store_txn *txn, int64_t *ret_last);
XICA_MUST_CHECK int store_operator_note_count(struct store_txn *txn, size_t *ret_count);
