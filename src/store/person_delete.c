// A person goes, with all that is theirs; what must outlive them is detached first.
#include "store/person.h"
#include "store/sql.h"

static int revoke_keys(struct store_txn *txn, int64_t id, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET revoked = CASE revoked WHEN 0 THEN ?2 ELSE revoked END, name = '', person_id = NULL"
				       " WHERE person_id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, time);
	return sql_run(&q);
}

static int deactivate_accounts(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET status = CASE WHEN status = 1 OR rests = 1 THEN 2 ELSE status END, rests = 0, contacts = '[]',"
				       " person_id = NULL WHERE person_id = ?1");
	sql_bind_int(&q, id);
	return sql_run(&q);
}

static int detach_certificates(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET person_id = NULL WHERE person_id = ?1");
	sql_bind_int(&q, id);
	return sql_run(&q);
}

// Those that went to the address before it was a person's, or say that it is one already, belong to no person.
static int delete_by_address(struct store_txn *txn, const struct store_person *person)
{
	cleanup_sql tokens = sql_begin(txn, "DELETE FROM token WHERE key = ?1"), letters = sql_begin(txn, "DELETE FROM mail WHERE recipient = ?1");
	sql_bind_text(&tokens, person->key);
	sql_bind_text(&letters, person->address);
	int error = sql_run(&tokens);
	return error ? error : sql_run(&letters);
}

static int delete_row(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM person WHERE id = ?1");
	sql_bind_int(&q, id);
	return sql_run_cas(&q);
}

int store_person_delete(struct store_txn *txn, int64_t id, xica_time time)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_person person;
	int error = store_person_get(txn, id, &arena, &person);
	if (!error)
		error = revoke_keys(txn, id, time);
	if (!error)
		error = deactivate_accounts(txn, id);
	if (!error)
		error = detach_certificates(txn, id);
	if (!error)
		error = delete_by_address(txn, &person);
	return error ? error : delete_row(txn, id);
}
