#include "store/token.h"

#include "store/sql.h"

// What is void stays only to be counted: its secret goes.
static int void_of_person(struct store_txn *txn, int64_t person, enum store_token_purpose purpose)
{
	cleanup_sql q = sql_begin(txn, "UPDATE token SET live = 0, secret = '' WHERE person_id = ?1 AND purpose = ?2 AND live = 1");
	sql_bind_int(&q, person);
	sql_bind_int(&q, purpose);
	return sql_run(&q);
}

static int void_of_key(struct store_txn *txn, struct view key, enum store_token_purpose purpose)
{
	cleanup_sql q = sql_begin(txn, "UPDATE token SET live = 0, secret = '' WHERE key = ?1 AND purpose = ?2 AND person_id IS NULL AND live = 1");
	sql_bind_text(&q, key);
	sql_bind_int(&q, purpose);
	return sql_run(&q);
}

int store_token_void(struct store_txn *txn, int64_t person, enum store_token_purpose purpose)
{
	return void_of_person(txn, person, purpose);
}

int store_token_insert(struct store_txn *txn, const struct store_token *token)
{
	int error = token->person ? void_of_person(txn, token->person, token->purpose) : void_of_key(txn, token->key, token->purpose);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "INSERT INTO token (token_hash, purpose, live, person_id, created, expires, key, address, language, secret)"
				       " VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
	sql_bind_hash(&q, token->token_hash);
	sql_bind_int(&q, token->purpose);
	sql_bind_id(&q, token->person);
	sql_bind_int(&q, token->created);
	sql_bind_int(&q, token->expires);
	sql_bind_text(&q, token->key);
	sql_bind_text(&q, token->address);
	sql_bind_text(&q, token->language);
	sql_bind_text(&q, token->secret);
	return sql_run(&q);
}

int store_token_get(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], enum store_token_purpose purpose, xica_time now,
		    struct arena *arena, struct store_token *ret_token)
{
	cleanup_sql q = sql_begin(txn, "SELECT token_hash, person_id, created, expires, key, address, language, secret FROM token"
				       " WHERE token_hash = ?1 AND purpose = ?2 AND expires > ?3 AND live = 1");
	sql_bind_hash(&q, token_hash);
	sql_bind_int(&q, purpose);
	sql_bind_int(&q, now);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_token token = {
		.purpose = purpose,
		.person = sql_int(&q, 1),
		.created = sql_int(&q, 2),
		.expires = sql_int(&q, 3),
		.key = sql_view(&q, 4, arena),
		.address = sql_view(&q, 5, arena),
		.language = sql_view(&q, 6, arena),
		.secret = sql_view(&q, 7, arena),
	};
	sql_hash(&q, 0, token.token_hash);
	error = sql_error(&q);
	if (!error)
		*ret_token = token;
	return error;
}

static int delete_live(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN])
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM token WHERE token_hash = ?1 AND live = 1");
	sql_bind_hash(&q, token_hash);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_token_take(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], enum store_token_purpose purpose, xica_time now,
		     struct arena *arena, struct store_token *ret_token)
{
	struct store_token token;
	int error = store_token_get(txn, token_hash, purpose, now, arena, &token);
	if (!error)
		error = delete_live(txn, token_hash);
	if (!error)
		*ret_token = token;
	return error;
}

int store_token_count(struct store_txn *txn, enum store_token_purpose purpose, struct view key, xica_time since, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM token WHERE key = ?1 AND purpose = ?2 AND created >= ?3");
	sql_bind_text(&q, key);
	sql_bind_int(&q, purpose);
	sql_bind_int(&q, since);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (size_t)sql_int(&q, 0);
	return error;
}
