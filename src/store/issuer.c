#include "store/issuer.h"

#include "store/sql.h"

int store_issuer_note_end(struct store_txn *txn, struct view issuer, xica_time not_after)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO issuer_end (issuer, not_after) VALUES (?1, ?2)"
				       " ON CONFLICT (issuer) DO UPDATE SET not_after = excluded.not_after WHERE issuer_end.not_after < excluded.not_after");
	sql_bind_text(&q, issuer);
	sql_bind_int(&q, not_after);
	return sql_run(&q);
}

int store_issuer_end(struct store_txn *txn, struct view issuer, xica_time *ret_not_after)
{
	cleanup_sql q = sql_begin(txn, "SELECT not_after FROM issuer_end WHERE issuer = ?1");
	sql_bind_text(&q, issuer);
	int error = sql_row(&q);
	if (!error)
		*ret_not_after = sql_int(&q, 0);
	return error;
}

int store_issuer_crls(struct store_txn *txn, struct view issuer, struct store_issuer_crls *ret_crls)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*), coalesce(min(next_update), 0) FROM crl WHERE issuer = ?1");
	sql_bind_text(&q, issuer);
	int error = sql_row(&q);
	if (!error)
		*ret_crls = (struct store_issuer_crls){(size_t)sql_int(&q, 0), sql_int(&q, 1)};
	return error;
}
