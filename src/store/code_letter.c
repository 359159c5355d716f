#include "store/code_letter.h"

#include "store/sql.h"

int store_code_letter_get(struct store_txn *txn, int64_t authz, struct arena *arena, struct store_code_letter *ret_letter)
{
	cleanup_sql q = sql_begin(txn, "SELECT address, count, asked, expires, tries_left FROM code_letter WHERE authz_id = ?1");
	sql_bind_int(&q, authz);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_code_letter letter = {
		.authz = authz,
		.address = sql_view(&q, 0, arena),
		.count = (unsigned)sql_int(&q, 1),
		.asked = sql_int(&q, 2),
		.expires = sql_int(&q, 3),
		.tries_left = (unsigned)sql_int(&q, 4),
	};
	error = sql_error(&q);
	if (!error)
		*ret_letter = letter;
	return error;
}

int store_code_letter_ask(struct store_txn *txn, int64_t authz, unsigned count, struct view address, xica_time asked)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO code_letter (authz_id, count, address, asked) VALUES (?1, ?2 + 1, ?3, ?4)"
				       " ON CONFLICT (authz_id) DO UPDATE SET count = excluded.count, address = excluded.address, asked = excluded.asked,"
				       " expires = 0, tries_left = 0 WHERE count = ?2");
	sql_bind_int(&q, authz);
	sql_bind_int(&q, count);
	sql_bind_text(&q, address);
	sql_bind_int(&q, asked);
	return sql_run_cas(&q);
}

int store_code_letter_sent(struct store_txn *txn, int64_t authz, xica_time asked, xica_time expires, unsigned tries_left)
{
	cleanup_sql q = sql_begin(txn, "UPDATE code_letter SET expires = ?3, tries_left = ?4 WHERE authz_id = ?1 AND asked = ?2");
	sql_bind_int(&q, authz);
	sql_bind_int(&q, asked);
	sql_bind_int(&q, expires);
	sql_bind_int(&q, tries_left);
	return sql_run_cas(&q);
}

int store_code_letter_failed(struct store_txn *txn, int64_t authz, xica_time asked)
{
	cleanup_sql q = sql_begin(txn, "UPDATE code_letter SET count = count - 1 WHERE authz_id = ?1 AND asked = ?2");
	sql_bind_int(&q, authz);
	sql_bind_int(&q, asked);
	return sql_run_cas(&q);
}

int store_code_letter_tried(struct store_txn *txn, int64_t authz, unsigned tries_left)
{
	cleanup_sql q = sql_begin(txn, "UPDATE code_letter SET tries_left = ?2, expires = CASE WHEN ?2 = 0 THEN 0 ELSE expires END WHERE authz_id = ?1");
	sql_bind_int(&q, authz);
	sql_bind_int(&q, tries_left);
	return sql_run_cas(&q);
}
