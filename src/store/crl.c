#include "store/crl.h"

#include "store/sql.h"

#define COLUMNS "issuer, shard, number, this_update, next_update, revision, der"

static struct store_crl read_crl(struct sql *q, struct arena *arena)
{
	return (struct store_crl){
		.issuer = sql_view(q, 0, arena),
		.shard = (uint32_t)sql_int(q, 1),
		.number = (uint64_t)sql_int(q, 2),
		.this_update = sql_int(q, 3),
		.next_update = sql_int(q, 4),
		.revision = (uint64_t)sql_int(q, 5),
		.der = sql_view(q, 6, arena),
	};
}

int store_crl_revision(struct store_txn *txn, struct view issuer, uint32_t shard, uint64_t *ret_revision)
{
	cleanup_sql q = sql_begin(txn, "SELECT revision FROM crl_shard WHERE issuer = ?1 AND shard = ?2");
	sql_bind_text(&q, issuer);
	sql_bind_int(&q, shard);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_revision = error ? 0 : (uint64_t)sql_int(&q, 0);
	return 0;
}

int store_crl_put(struct store_txn *txn, const struct store_crl *crl)
{
	if (crl->number > INT64_MAX || crl->revision > INT64_MAX)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "INSERT INTO crl (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (issuer, shard) DO UPDATE SET"
				       " number = excluded.number, this_update = excluded.this_update, next_update = excluded.next_update,"
				       " revision = excluded.revision, der = excluded.der WHERE crl.number < excluded.number");
	sql_bind_text(&q, crl->issuer);
	sql_bind_int(&q, crl->shard);
	sql_bind_int(&q, (int64_t)crl->number);
	sql_bind_int(&q, crl->this_update);
	sql_bind_int(&q, crl->next_update);
	sql_bind_int(&q, (int64_t)crl->revision);
	sql_bind_blob(&q, crl->der);
	return sql_run_cas(&q);
}

int store_crl_get(struct store_txn *txn, struct view issuer, uint32_t shard, struct arena *arena, struct store_crl *ret_crl)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM crl WHERE issuer = ?1 AND shard = ?2");
	sql_bind_text(&q, issuer);
	sql_bind_int(&q, shard);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_crl crl = read_crl(&q, arena);
	error = sql_error(&q);
	if (!error)
		*ret_crl = crl;
	return error;
}

int store_crl_shards(struct store_txn *txn, struct view issuer, uint32_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT coalesce(max(shard) + 1, 0) FROM crl WHERE issuer = ?1");
	sql_bind_text(&q, issuer);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (uint32_t)sql_int(&q, 0);
	return error;
}

int store_crl_list(struct store_txn *txn, struct arena *arena, struct store_crl **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM crl ORDER BY issuer, shard");
	struct store_crl *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = read_crl(&q, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
