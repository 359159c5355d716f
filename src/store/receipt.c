#include "store/receipt.h"

#include "store/sql.h"

static struct store_receipt read_receipt(struct sql *q, struct arena *arena)
{
	return (struct store_receipt){
		.authz = sql_int(q, 0),
		.kind = (enum receipt_kind)sql_int(q, 1),
		.method = (enum receipt_method)sql_int(q, 2),
		.bytes = sql_view(q, 3, arena),
		.expires = sql_int(q, 4),
	};
}

int store_receipt_put(struct store_txn *txn, const struct store_receipt *receipt)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO receipt (authz_id, kind, method, expires, bytes) VALUES (?1, ?2, ?3, ?4, ?5)"
				       " ON CONFLICT (authz_id, kind) DO UPDATE SET method = excluded.method, expires = excluded.expires,"
				       " bytes = excluded.bytes");
	sql_bind_int(&q, receipt->authz);
	sql_bind_int(&q, receipt->kind);
	sql_bind_int(&q, receipt->method);
	sql_bind_int(&q, receipt->expires);
	sql_bind_blob(&q, receipt->bytes);
	return sql_run(&q);
}

int store_receipt_get(struct store_txn *txn, int64_t authz, enum receipt_kind kind, struct arena *arena, struct store_receipt *ret_receipt)
{
	cleanup_sql q = sql_begin(txn, "SELECT authz_id, kind, method, bytes, expires FROM receipt WHERE authz_id = ?1 AND kind = ?2");
	sql_bind_int(&q, authz);
	sql_bind_int(&q, kind);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_receipt receipt = read_receipt(&q, arena);
	error = sql_error(&q);
	if (!error)
		*ret_receipt = receipt;
	return error;
}

int store_receipt_list(struct store_txn *txn, int64_t authz, struct arena *arena, struct store_receipt **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT authz_id, kind, method, bytes, expires FROM receipt WHERE authz_id = ?1 ORDER BY kind");
	sql_bind_int(&q, authz);
	struct store_receipt *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = read_receipt(&q, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
