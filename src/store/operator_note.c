#include "store/operator_note.h"

#include "store/sql.h"

int store_operator_note_insert(struct store_txn *txn, xica_time time, struct view body)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO operator_note (time, body) VALUES (?1, ?2)");
	sql_bind_int(&q, time);
	sql_bind_text(&q, body);
	return sql_run(&q);
}

int store_operator_note_list(struct store_txn *txn, size_t limit, struct arena *arena, struct store_operator_note **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, time, body FROM operator_note WHERE id > 0 ORDER BY id LIMIT ?1");
	sql_bind_size(&q, limit);
	struct store_operator_note *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = (struct store_operator_note){.id = sql_int(&q, 0), .time = sql_int(&q, 1), .body = sql_view(&q, 2, arena)};
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_operator_note_done(struct store_txn *txn, int64_t last)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM operator_note WHERE id <= ?1");
	sql_bind_int(&q, last);
	size_t count = 0;
	return sql_run_count(&q, &count);
}

int store_operator_note_last(struct store_txn *txn, int64_t *ret_last)
{
	cleanup_sql q = sql_begin(txn, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'operator_note'");
	int error = sql_row(&q);
	if (!error)
		*ret_last = sql_int(&q, 0);
	return error;
}

int store_operator_note_count(struct store_txn *txn, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM operator_note");
	int error = sql_row(&q);
	if (!error)
		*ret_count = (size_t)sql_int(&q, 0);
	return error ? error : sql_error(&q);
}
