#include "store/pending.h"

#include <string.h>

#include "store/sql.h"

int store_pending_put(struct store_txn *txn, const struct store_pending *pending)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO pending (key, purpose, person_id, expires, bytes) VALUES (?1, ?2, ?3, ?4, ?5)"
				       " ON CONFLICT (key, purpose) DO UPDATE SET person_id = excluded.person_id, expires = excluded.expires,"
				       " bytes = excluded.bytes");
	sql_bind_hash(&q, pending->key);
	sql_bind_int(&q, pending->purpose);
	sql_bind_id(&q, pending->person);
	sql_bind_int(&q, pending->expires);
	sql_bind_blob(&q, pending->bytes);
	return sql_run(&q);
}

int store_pending_get(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], enum store_pending_purpose purpose, xica_time now,
		      struct arena *arena, struct store_pending *ret_pending)
{
	cleanup_sql q = sql_begin(txn, "SELECT person_id, expires, bytes FROM pending WHERE key = ?1 AND purpose = ?2 AND expires > ?3");
	sql_bind_hash(&q, key);
	sql_bind_int(&q, purpose);
	sql_bind_int(&q, now);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_pending pending = {.purpose = purpose, .person = sql_int(&q, 0), .expires = sql_int(&q, 1), .bytes = sql_view(&q, 2, arena)};
	memcpy(pending.key, key, STORE_HASH_LEN);
	error = sql_error(&q);
	if (!error)
		*ret_pending = pending;
	return error;
}

static int delete_one(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], enum store_pending_purpose purpose)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM pending WHERE key = ?1 AND purpose = ?2");
	sql_bind_hash(&q, key);
	sql_bind_int(&q, purpose);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_pending_take(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], enum store_pending_purpose purpose, xica_time now,
		       struct arena *arena, struct store_pending *ret_pending)
{
	struct store_pending pending;
	int error = store_pending_get(txn, key, purpose, now, arena, &pending);
	if (!error)
		error = delete_one(txn, key, purpose);
	if (!error)
		*ret_pending = pending;
	return error;
}
