// Inside this room only: one prepared statement in use, with SQLite's details and error codes kept from the aggregates.
//
//	cleanup_sql q = sql_begin(txn, "SELECT jwk FROM account WHERE id = ?1");
//	sql_bind_int(&q, id);
//	int error = sql_row(&q); // 0, XICA_ENOTFOUND when there is none, or what went wrong, also in preparing and binding
//
// Statements are prepared at their first use and kept. Their text must be a string literal: the cache knows it by its address. A statement is not re-entrant: end it
// before it is begun again. What is bound is borrowed until the end.
#pragma once
#include <sqlite3.h>

#include "store/store.h"

enum { SQL_CACHE_SIZE = 512 };

struct store_txn {
	sqlite3 *db;
	uint64_t tally[STORE_TALLY_END]; // of the unit that runs
	bool touched;                    // by it: store_touch
	struct {
		const char *text;
		sqlite3_stmt *stmt;
	} cache[SQL_CACHE_SIZE]; // open addressing, by the address of text
};

struct sql {
	struct store_txn *txn;
	sqlite3_stmt *stmt;
	int error;               // the first one; sticks
	int bound;
};

#define cleanup_sql [[gnu::cleanup(sql_end)]] struct sql

// Needs an open transaction: XICA_EIO when the engine has rolled it back by itself (disk full), so that nothing runs outside of one.
struct sql sql_begin(struct store_txn *txn, const char *text);
void sql_end(struct sql *q);
// BEGIN, COMMIT, SAVEPOINT … : may run outside a transaction.
XICA_MUST_CHECK int sql_control(struct store_txn *txn, const char *text);
void sql_close_cache(struct store_txn *txn);

// Parameters ?1, ?2 … in turn.
void sql_bind_int(struct sql *q, int64_t value);
void sql_bind_id(struct sql *q, int64_t id);           // 0 is NULL
void sql_bind_size(struct sql *q, size_t value);       // for LIMIT; clamped
void sql_bind_text(struct sql *q, struct view text);   // an empty view is the empty string, not NULL
void sql_bind_blob(struct sql *q, struct view bytes);
void sql_bind_hash(struct sql *q, const uint8_t hash[STORE_HASH_LEN]);

XICA_MUST_CHECK int sql_row(struct sql *q);
XICA_MUST_CHECK int sql_run(struct sql *q);            // to the end, no (more) rows expected; after RETURNING's row, it is here that references are checked
XICA_MUST_CHECK int sql_run_cas(struct sql *q);        // sql_run; XICA_ECONFLICT unless exactly one row was changed
// sql_run; how many rows were changed.
XICA_MUST_CHECK int sql_run_count(struct sql *q, size_t *ret_count);
XICA_MUST_CHECK int sql_run_id(struct sql *q, int64_t *ret_id); // of the one row that it inserts
XICA_MUST_CHECK int sql_run_int(struct sql *q, int64_t *ret_value); // what RETURNING says of the one row; XICA_ENOTFOUND: there was none

// Columns from 0 of the row. Copies go to arena; when it is out of memory q->error is XICA_ENOMEM.
int64_t sql_int(struct sql *q, int column);
struct view sql_view(struct sql *q, int column, struct arena *arena);
struct view sql_borrow(struct sql *q, int column);     // until the next row or the end
void sql_hash(struct sql *q, int column, uint8_t out[STORE_HASH_LEN]);
XICA_MUST_CHECK int sql_error(const struct sql *q);

// Makes room for element count (from 0) in a list in arena, doubling; NULL: no memory.
void *sql_grow(struct arena *arena, void *list, size_t count, size_t size);
// All rows' column 0, as integers and as bytes.
XICA_MUST_CHECK int sql_all_ids(struct sql *q, struct arena *arena, int64_t **ret_list, size_t *ret_count);
XICA_MUST_CHECK int sql_all_views(struct sql *q, struct arena *arena, struct view **ret_list, size_t *ret_count);

// The unit did something that is counted.
void sql_tally(struct store_txn *txn, enum store_tally what, size_t count);

// An SQLite result code, extended or not, as ours.
int sql_error_from(int code);
