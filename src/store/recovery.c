#include "store/passkey.h"
#include "store/sql.h"

static int delete_all(struct store_txn *txn, int64_t person)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM recovery_code WHERE person_id = ?1");
	sql_bind_int(&q, person);
	return sql_run(&q);
}

static int insert_one(struct store_txn *txn, int64_t person, const uint8_t hash[STORE_HASH_LEN])
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO recovery_code (person_id, hash) VALUES (?1, ?2)");
	sql_bind_int(&q, person);
	sql_bind_hash(&q, hash);
	return sql_run(&q);
}

int store_recovery_replace(struct store_txn *txn, int64_t person, const uint8_t (*hashes)[STORE_HASH_LEN], size_t count)
{
	int error = delete_all(txn, person);
	for (size_t i = 0; !error && i < count; i++)
		error = insert_one(txn, person, hashes[i]);
	return error;
}

int store_recovery_take(struct store_txn *txn, int64_t person, const uint8_t hash[STORE_HASH_LEN])
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM recovery_code WHERE person_id = ?1 AND hash = ?2");
	sql_bind_int(&q, person);
	sql_bind_hash(&q, hash);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_recovery_count(struct store_txn *txn, int64_t person, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM recovery_code WHERE person_id = ?1");
	sql_bind_int(&q, person);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (size_t)sql_int(&q, 0);
	return error;
}
