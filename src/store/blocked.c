#include "store/blocked.h"

#include "store/sql.h"

int store_blocked_add(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], struct view reason, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO blocked_key (spki_sha256, reason, time) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
	sql_bind_hash(&q, spki_sha256);
	sql_bind_text(&q, reason);
	sql_bind_int(&q, time);
	return sql_run(&q);
}

int store_blocked_has(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], bool *ret_has)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM blocked_key WHERE spki_sha256 = ?1");
	sql_bind_hash(&q, spki_sha256);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_has = !error;
	return 0;
}

int store_blocked_list(struct store_txn *txn, const uint8_t *after, size_t limit, struct arena *arena, struct store_blocked **ret_list,
		       size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT spki_sha256, reason, time FROM blocked_key WHERE spki_sha256 > ?1 ORDER BY spki_sha256 LIMIT ?2");
	sql_bind_blob(&q, after ? view_bytes(after, STORE_HASH_LEN) : VIEW_NONE);
	sql_bind_size(&q, limit);
	struct store_blocked *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		struct store_blocked *blocked = &list[count++];
		*blocked = (struct store_blocked){.reason = sql_view(&q, 1, arena), .time = sql_int(&q, 2)};
		sql_hash(&q, 0, blocked->spki_sha256);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
