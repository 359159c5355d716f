#include "store/operator_note.h"

#include "store/sql.h"

int store_operator_note_insert(struct store_txn *txn, xica_time time, struct view body)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO operator_note (time, body) VALUES (?1, ?2)");
	sql_bind_int(&q, time);
	sql_bind_text(&q, body);
	return sql_run(&q);
}

int store_operator_note_next(struct store_txn *txn, struct arena *arena, struct store_operator_note *ret_note)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, time, body FROM operator_note ORDER BY id LIMIT 1");
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_operator_note note = {.id = sql_int(&q, 0), .time = sql_int(&q, 1), .body = sql_view(&q, 2, arena)};
	error = sql_error(&q);
	if (!error)
		*ret_note = note;
	return error;
}

int store_operator_note_done(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM operator_note WHERE id = ?1");
	sql_bind_int(&q, id);
	size_t count = 0;
	return sql_run_count(&q, &count);
}

int store_operator_note_count(struct store_txn *txn, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM operator_note");
	int error = sql_row(&q);
	if (!error)
		*ret_count = (size_t)sql_int(&q, 0);
	return error ? error : sql_error(&q);
}
