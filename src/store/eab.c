#include "store/eab.h"

#include "store/sql.h"

#define COLUMNS "kid, mac_key, note, created, account_id, revoked"

static struct store_eab read_eab(struct sql *q, struct arena *arena)
{
	return (struct store_eab){
		.kid = sql_view(q, 0, arena),
		.mac_key = sql_view(q, 1, arena),
		.note = sql_view(q, 2, arena),
		.created = sql_int(q, 3),
		.account = sql_int(q, 4),
		.revoked = sql_int(q, 5),
	};
}

int store_eab_create(struct store_txn *txn, const struct store_eab *eab)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO eab_key (kid, mac_key, note, created) VALUES (?1, ?2, ?3, ?4)");
	sql_bind_text(&q, eab->kid);
	sql_bind_blob(&q, eab->mac_key);
	sql_bind_text(&q, eab->note);
	sql_bind_int(&q, eab->created);
	return sql_run(&q);
}

int store_eab_get(struct store_txn *txn, struct view kid, struct arena *arena, struct store_eab *ret_eab)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE kid = ?1");
	sql_bind_text(&q, kid);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_eab eab = read_eab(&q, arena);
	error = sql_error(&q);
	if (!error)
		*ret_eab = eab;
	return error;
}

int store_eab_bind(struct store_txn *txn, struct view kid, int64_t account)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET account_id = ?2 WHERE kid = ?1 AND account_id IS NULL AND revoked = 0");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, account);
	return sql_run_cas(&q);
}

int store_eab_revoke(struct store_txn *txn, struct view kid, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET revoked = ?2 WHERE kid = ?1 AND revoked = 0");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, time);
	return sql_run_cas(&q);
}

int store_eab_list(struct store_txn *txn, struct view after, size_t limit, struct arena *arena, struct store_eab **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE kid > ?1 ORDER BY kid LIMIT ?2");
	sql_bind_text(&q, after);
	sql_bind_size(&q, limit);
	struct store_eab *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = read_eab(&q, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
