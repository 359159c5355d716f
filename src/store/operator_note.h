// What operators did and the audit log does not hold yet (role/registrar_audit.h): put here in the unit of the act itself, gone when the log has it.
#pragma once
#include "store/store.h"

struct store_operator_note {
	int64_t id;              // from 1; rising; never used twice
	xica_time time;
	struct view body;        // JSON text: an object
};

XICA_MUST_CHECK int store_operator_note_insert(struct store_txn *txn, xica_time time, struct view body);
// The oldest one. XICA_ENOTFOUND: there is none.
XICA_MUST_CHECK int store_operator_note_next(struct store_txn *txn, struct arena *arena, struct store_operator_note *ret_note);
XICA_MUST_CHECK int store_operator_note_done(struct store_txn *txn, int64_t id); // the log has it. None there is no error.
XICA_MUST_CHECK int store_operator_note_count(struct store_txn *txn, size_t *ret_count);
