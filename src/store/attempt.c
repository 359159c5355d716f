#include "store/attempt.h"

#include "store/sql.h"

int store_attempt_wait(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], xica_time now, xica_time *ret_wait)
{
	cleanup_sql q = sql_begin(txn, "SELECT next_try - ?2 FROM attempt WHERE key = ?1 AND next_try > ?2 AND forget > ?2");
	sql_bind_hash(&q, key);
	sql_bind_int(&q, now);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_wait = error ? 0 : sql_int(&q, 0);
	return 0;
}

// tries: those that count, this one included.
static xica_time wait_after(const struct store_attempt_policy *policy, uint64_t tries)
{
	xica_time wait = policy->wait;
	if (tries < policy->free)
		return 0;
	for (uint64_t doubled = policy->free; doubled < tries && wait < policy->most; doubled++)
		wait *= 2;
	return wait < policy->most ? wait : policy->most;
}

static int count_one(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], xica_time now, xica_time forget, int64_t *ret_tries)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO attempt (key, tries, next_try, forget) VALUES (?1, 1, 0, ?3) ON CONFLICT (key) DO UPDATE SET"
				       " tries = CASE WHEN attempt.forget <= ?2 THEN 1 ELSE attempt.tries + 1 END, forget = excluded.forget RETURNING tries");
	sql_bind_hash(&q, key);
	sql_bind_int(&q, now);
	sql_bind_int(&q, now + forget);
	return sql_run_int(&q, ret_tries);
}

int store_attempt_failed(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN], xica_time now, const struct store_attempt_policy *policy)
{
	int64_t tries = 0;
	int error = count_one(txn, key, now, policy->forget, &tries);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "UPDATE attempt SET next_try = ?2 WHERE key = ?1");
	sql_bind_hash(&q, key);
	sql_bind_int(&q, now + wait_after(policy, (uint64_t)tries));
	return sql_run_cas(&q);
}

int store_attempt_forgive(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN])
{
	cleanup_sql q = sql_begin(txn, "UPDATE attempt SET tries = tries - 1, next_try = 0 WHERE key = ?1 AND tries > 0");
	sql_bind_hash(&q, key);
	return sql_run(&q);
}

int store_attempt_clear(struct store_txn *txn, const uint8_t key[STORE_HASH_LEN])
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM attempt WHERE key = ?1");
	sql_bind_hash(&q, key);
	return sql_run(&q);
}
