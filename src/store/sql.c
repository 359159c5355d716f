#include "store/sql.h"

#include <string.h>

int sql_error_from(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID: return XICA_EEXIST;
	case SQLITE_CONSTRAINT_FOREIGNKEY: return XICA_ENOTFOUND;
	default: break;
	}
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_NOMEM: return XICA_ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return XICA_EAGAIN;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH: return XICA_EINVAL;
	case SQLITE_TOOBIG: return XICA_ERANGE;
	default: return XICA_EIO;
	}
}

static int prepare(struct store_txn *txn, const char *text, sqlite3_stmt **ret_stmt)
{
	size_t at = ((uintptr_t)text >> 3) * 0x9e3779b1u % SQL_CACHE_SIZE;
	for (size_t tried = 0; txn->cache[at].text; tried++, at = (at + 1) % SQL_CACHE_SIZE) {
		if (txn->cache[at].text == text) {
			*ret_stmt = txn->cache[at].stmt;
			return 0;
		}
		if (tried == SQL_CACHE_SIZE - 2) // the room has more statements than this: raise SQL_CACHE_SIZE
			return XICA_ERANGE;
	}
	int code = sqlite3_prepare_v3(txn->db, text, -1, SQLITE_PREPARE_PERSISTENT, &txn->cache[at].stmt, NULL);
	if (code)
		return sql_error_from(code);
	txn->cache[at].text = text;
	*ret_stmt = txn->cache[at].stmt;
	return 0;
}

void sql_close_cache(struct store_txn *txn)
{
	for (size_t i = 0; i < SQL_CACHE_SIZE; i++)
		sqlite3_finalize(txn->cache[i].stmt);
	memset(txn->cache, 0, sizeof(txn->cache));
}

struct sql sql_begin(struct store_txn *txn, const char *text)
{
	struct sql q = {.txn = txn};
	sqlite3_stmt *stmt = NULL;
	q.error = sqlite3_get_autocommit(txn->db) ? XICA_EIO : prepare(txn, text, &stmt);
	if (!q.error && sqlite3_stmt_busy(stmt))
		q.error = XICA_EINVAL;
	if (!q.error)
		q.stmt = stmt;
	return q;
}

void sql_end(struct sql *q)
{
	if (!q->stmt)
		return;
	(void)sqlite3_reset(q->stmt); // repeats the error that the step told
	(void)sqlite3_clear_bindings(q->stmt);
	q->stmt = NULL;
}

int sql_control(struct store_txn *txn, const char *text)
{
	sqlite3_stmt *stmt;
	int error = prepare(txn, text, &stmt);
	if (error)
		return error;
	error = sql_error_from(sqlite3_step(stmt));
	(void)sqlite3_reset(stmt);
	return error;
}

static void bind_result(struct sql *q, int code)
{
	if (!q->error)
		q->error = sql_error_from(code);
}

void sql_bind_int(struct sql *q, int64_t value)
{
	if (q->stmt)
		bind_result(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void sql_bind_id(struct sql *q, int64_t id)
{
	if (id)
		sql_bind_int(q, id);
	else
		q->bound++; // what isn't bound is NULL
}

void sql_bind_size(struct sql *q, size_t value)
{
	sql_bind_int(q, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void sql_bind_text(struct sql *q, struct view text)
{
	if (q->stmt)
		bind_result(q, sqlite3_bind_text64(q->stmt, ++q->bound, text.len ? (const char *)text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void sql_bind_blob(struct sql *q, struct view bytes)
{
	if (q->stmt)
		bind_result(q, sqlite3_bind_blob64(q->stmt, ++q->bound, bytes.len ? (const void *)bytes.ptr : "", bytes.len, SQLITE_STATIC));
}

void sql_bind_hash(struct sql *q, const uint8_t hash[STORE_HASH_LEN])
{
	sql_bind_blob(q, view_bytes(hash, STORE_HASH_LEN));
}

int sql_row(struct sql *q)
{
	if (q->error)
		return q->error;
	int code = sqlite3_step(q->stmt);
	if (code == SQLITE_ROW)
		return 0;
	return q->error = code == SQLITE_DONE ? XICA_ENOTFOUND : sql_error_from(code);
}

int sql_run(struct sql *q)
{
	if (q->error)
		return q->error;
	int code = sqlite3_step(q->stmt);
	return q->error = code == SQLITE_ROW ? XICA_EINVAL : sql_error_from(code);
}

int sql_run_count(struct sql *q, size_t *ret_count)
{
	int error = sql_run(q);
	if (!error)
		*ret_count = (size_t)sqlite3_changes64(q->txn->db);
	return error;
}

int sql_run_cas(struct sql *q)
{
	size_t changed;
	int error = sql_run_count(q, &changed);
	if (error)
		return error;
	return changed == 1 ? 0 : XICA_ECONFLICT;
}

int sql_run_id(struct sql *q, int64_t *ret_id)
{
	int error = sql_run(q);
	if (!error)
		*ret_id = sqlite3_last_insert_rowid(q->txn->db);
	return error;
}

int sql_run_int(struct sql *q, int64_t *ret_value)
{
	int error = sql_row(q);
	if (error)
		return error;
	int64_t value = sql_int(q, 0);
	error = sql_run(q);
	if (!error)
		*ret_value = value;
	return error;
}

int64_t sql_int(struct sql *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

struct view sql_borrow(struct sql *q, int column)
{
	const void *ptr = sqlite3_column_blob(q->stmt, column); // as text too: no conversion
	return view_bytes(ptr, (size_t)sqlite3_column_bytes(q->stmt, column));
}

struct view sql_view(struct sql *q, int column, struct arena *arena)
{
	struct view copy = arena_copy(arena, sql_borrow(q, column));
	if (!copy.ptr)
		q->error = XICA_ENOMEM;
	return copy;
}

void sql_hash(struct sql *q, int column, uint8_t out[STORE_HASH_LEN])
{
	struct view bytes = sql_borrow(q, column);
	if (bytes.len == STORE_HASH_LEN)
		memcpy(out, bytes.ptr, STORE_HASH_LEN);
	else
		q->error = XICA_EIO; // the schema checks lengths: the file is damaged, or the memory short
}

int sql_error(const struct sql *q)
{
	return q->error;
}

void *sql_grow(struct arena *arena, void *list, size_t count, size_t size)
{
	enum { FIRST = 8 };
	if (list && (count < FIRST || (count & (count - 1))))
		return list;
	void *longer = arena_array(arena, count ? count * 2 : FIRST, size);
	if (longer && count)
		memcpy(longer, list, count * size);
	return longer;
}

int sql_all_ids(struct sql *q, struct arena *arena, int64_t **ret_list, size_t *ret_count)
{
	int64_t *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = sql_int(q, 0);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int sql_all_views(struct sql *q, struct arena *arena, struct view **ret_list, size_t *ret_count)
{
	struct view *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = sql_view(q, 0, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

void sql_tally(struct store_txn *txn, enum store_tally what, size_t count)
{
	txn->tally[what] += count;
}
