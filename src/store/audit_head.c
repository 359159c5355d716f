#include "store/audit_head.h"

#include "store/sql.h"

int store_audit_head_put(struct store_txn *txn, const struct store_audit_head *head)
{
	if (head->size > INT64_MAX)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "INSERT INTO audit_head (id, size, hash) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET size = excluded.size,"
				       " hash = excluded.hash WHERE audit_head.size < excluded.size");
	sql_bind_int(&q, (int64_t)head->size);
	sql_bind_text(&q, head->hash);
	return sql_run(&q);
}

int store_audit_head_get(struct store_txn *txn, struct arena *arena, struct store_audit_head *ret_head)
{
	cleanup_sql q = sql_begin(txn, "SELECT size, hash FROM audit_head WHERE id = 1");
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_audit_head head = {(uint64_t)sql_int(&q, 0), sql_view(&q, 1, arena)};
	error = sql_error(&q);
	if (!error)
		*ret_head = head;
	return error;
}
