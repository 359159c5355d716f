#include "store/recover.h"

#include <string.h>

#include "store/sql.h"

enum { FAR = 1000000 };

int store_recover_account(struct store_txn *txn, const struct store_account *account)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_account there;
	int error = store_account_get(txn, account->id, &arena, &there);
	if (!error)
		return memcmp(there.thumbprint, account->thumbprint, STORE_HASH_LEN) ? XICA_EEXIST : XICA_OK;
	if (error != XICA_ENOTFOUND)
		return error;
	cleanup_sql q = sql_begin(txn, "INSERT INTO account (id, status, thumbprint, created, terms_agreed, eab_kid, contacts, jwk) VALUES (?1, 1, ?2, ?3, ?3, '',"
				       " '[]', ?4)");
	sql_bind_int(&q, account->id);
	sql_bind_hash(&q, account->thumbprint);
	sql_bind_int(&q, account->created);
	sql_bind_text(&q, account->jwk);
	return sql_run(&q);
}

static int insert_change(struct store_txn *txn, const struct store_key_change *change)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO key_change (account_id, old_thumbprint, new_thumbprint, time, jws) VALUES (?1, ?2, ?3, ?4, ?5)");
	sql_bind_int(&q, change->account);
	sql_bind_hash(&q, change->old_thumbprint);
	sql_bind_hash(&q, change->new_thumbprint);
	sql_bind_int(&q, change->time);
	sql_bind_text(&q, change->jws);
	return sql_run(&q);
}

int store_recover_key(struct store_txn *txn, const struct store_account *account, const struct store_key_change *changes, size_t count)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET thumbprint = ?2, jwk = ?3 WHERE id = ?1");
	sql_bind_int(&q, account->id);
	sql_bind_hash(&q, account->thumbprint);
	sql_bind_text(&q, account->jwk);
	int error = sql_run_cas(&q);
	for (size_t i = 0; !error && i < count; i++)
		error = insert_change(txn, &changes[i]);
	return error;
}

int store_recover_account_status(struct store_txn *txn, int64_t account, enum store_account_status status, bool rests)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET status = ?2, rests = ?3 WHERE id = ?1");
	sql_bind_int(&q, account);
	sql_bind_int(&q, status);
	sql_bind_int(&q, rests);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_recover_order(struct store_txn *txn, const struct store_order *order, xica_time keep_until)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET status = 3 WHERE id = ?1 AND account_id = ?2 AND status <> 4");
	sql_bind_int(&q, order->id);
	sql_bind_int(&q, order->account);
	int error = sql_run_cas(&q);
	if (error)
		return error == XICA_ECONFLICT ? XICA_OK : error;
	error = store_order_put_request(txn, order->id, order->csr, order->finalize_jws);
	return error ? error : store_order_complete(txn, order->id, order->serial, keep_until);
}

int store_recover_pending(struct store_txn *txn)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET status = 3 WHERE status = 1"
				       " AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = certificate.order_id AND orders.status = 3)");
	size_t count = 0;
	return sql_run_count(&q, &count);
}

int store_recover_certificate(struct store_txn *txn, const struct store_certificate *certificate, bool *ret_new)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_certificate there = {0};
	int error = store_certificate_get(txn, certificate->serial, &arena, &there);
	bool is_new = error == XICA_ENOTFOUND || (!error && there.status == STORE_CERTIFICATE_PENDING);
	if (error == XICA_ENOTFOUND)
		error = store_certificate_insert(txn, certificate);
	if (!error && is_new)
		error = store_certificate_issued(txn, certificate->serial, certificate->der);
	if (!error)
		*ret_new = is_new;
	return error;
}

int store_recover_revocation(struct store_txn *txn, struct view serial, unsigned reason, xica_time time, bool *ret_new)
{
	int error = store_certificate_revoke(txn, serial, reason, time);
	if (error && error != XICA_ECONFLICT)
		return error;
	*ret_new = !error;
	return XICA_OK;
}

int store_recover_crl_number(struct store_txn *txn, struct view issuer, uint32_t shard, uint64_t number)
{
	if (number > INT64_MAX)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "INSERT INTO crl (issuer, shard, number, this_update, next_update, revision, der) VALUES (?1, ?2, ?3, 0, 0, 0, x'')"
				       " ON CONFLICT (issuer, shard) DO UPDATE SET number = excluded.number, revision = -1, der = x'' WHERE crl.number < excluded.number");
	sql_bind_text(&q, issuer);
	sql_bind_int(&q, shard);
	sql_bind_int(&q, (int64_t)number);
	return sql_run(&q);
}

static int raise_sequence(struct store_txn *txn, const char *table, int64_t least)
{
	cleanup_sql q = sql_begin(txn, "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1");
	sql_bind_text(&q, view_str(table));
	sql_bind_int(&q, least);
	size_t count = 0;
	int error = sql_run_count(&q, &count);
	if (error || count)
		return error;
	cleanup_sql insert = sql_begin(txn, "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)");
	sql_bind_text(&insert, view_str(table));
	sql_bind_int(&insert, least);
	return sql_run(&insert);
}

static int raise_accounts(struct store_txn *txn)
{
	cleanup_sql q = sql_begin(txn, "INSERT OR REPLACE INTO account_floor (id, last) SELECT 1, ?1 + max((SELECT coalesce(max(id), 0) FROM account),"
				       " coalesce((SELECT last FROM account_floor WHERE id = 1), 0))");
	sql_bind_int(&q, FAR);
	return sql_run(&q);
}

int store_recover_sequences(struct store_txn *txn, int64_t order, int64_t note)
{
	cleanup_sql q = sql_begin(txn, "UPDATE sqlite_sequence SET seq = seq + ?1");
	sql_bind_int(&q, FAR);
	size_t count = 0;
	int error = sql_run_count(&q, &count);
	if (!error)
		error = raise_accounts(txn);
	if (!error)
		error = raise_sequence(txn, "orders", order + FAR);
	if (!error)
		error = raise_sequence(txn, "authz", FAR);
	return error ? error : raise_sequence(txn, "operator_note", note);
}
