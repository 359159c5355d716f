#include "store/renewal.h"

#include "store/sql.h"

int store_renewal_call_put(struct store_txn *txn, struct view serial, const struct store_renewal_call *call)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO renewal_call (serial, time, explanation) VALUES (?1, ?2, ?3)"
				       " ON CONFLICT (serial) DO UPDATE SET explanation = excluded.explanation");
	sql_bind_blob(&q, serial);
	sql_bind_int(&q, call->time);
	sql_bind_text(&q, call->explanation);
	return sql_run(&q);
}

int store_renewal_call_get(struct store_txn *txn, struct view serial, struct arena *arena, struct store_renewal_call *ret_call)
{
	cleanup_sql q = sql_begin(txn, "SELECT time, explanation FROM renewal_call WHERE serial = ?1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_renewal_call call = {.time = sql_int(&q, 0), .explanation = sql_view(&q, 1, arena)};
	error = sql_error(&q);
	if (!error)
		*ret_call = call;
	return error;
}

int store_renewal_call_list(struct store_txn *txn, struct view after, size_t limit, struct arena *arena, struct view **ret_serials, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM renewal_call WHERE serial > ?1 ORDER BY serial LIMIT ?2");
	sql_bind_blob(&q, after.ptr ? after : VIEW_LIT(""));
	sql_bind_size(&q, limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

int store_renewal_call_drop(struct store_txn *txn, struct view serial)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM renewal_call WHERE serial = ?1");
	sql_bind_blob(&q, serial);
	return sql_run_cas(&q);
}
