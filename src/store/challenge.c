#include "store/challenge.h"

#include "store/sql.h"

#define COLUMNS "authz_id, type, token, status, validated, error, attempts"

static struct store_challenge read_challenge(struct sql *q, struct arena *arena)
{
	return (struct store_challenge){
		.authz = sql_int(q, 0),
		.type = sql_view(q, 1, arena),
		.token = sql_view(q, 2, arena),
		.status = (enum store_challenge_status)sql_int(q, 3),
		.validated = sql_int(q, 4),
		.error = sql_view(q, 5, arena),
		.attempts = (unsigned)sql_int(q, 6),
	};
}

static int read_list(struct sql *q, struct arena *arena, struct store_challenge **ret_list, size_t *ret_count)
{
	struct store_challenge *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = read_challenge(q, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_challenge_get(struct store_txn *txn, int64_t authz, struct view type, struct arena *arena, struct store_challenge *ret_challenge)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM challenge WHERE authz_id = ?1 AND type = ?2");
	sql_bind_int(&q, authz);
	sql_bind_text(&q, type);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_challenge challenge = read_challenge(&q, arena);
	error = sql_error(&q);
	if (!error)
		*ret_challenge = challenge;
	return error;
}

int store_challenge_list(struct store_txn *txn, int64_t authz, struct arena *arena, struct store_challenge **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM challenge WHERE authz_id = ?1 ORDER BY position");
	sql_bind_int(&q, authz);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_challenge_list_processing(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena,
				    struct store_challenge **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM challenge WHERE status = 2 AND authz_id IN"
				       " (SELECT DISTINCT authz_id FROM challenge WHERE status = 2 AND authz_id > ?1 ORDER BY authz_id LIMIT ?2)"
				       " ORDER BY authz_id");
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_challenge_process(struct store_txn *txn, int64_t authz, struct view type)
{
	cleanup_sql q = sql_begin(txn, "UPDATE challenge SET status = 2, attempts = attempts + 1 WHERE authz_id = ?1 AND type = ?2 AND status = 1");
	sql_bind_int(&q, authz);
	sql_bind_text(&q, type);
	return sql_run_cas(&q);
}

int store_challenge_valid(struct store_txn *txn, int64_t authz, struct view type, xica_time validated)
{
	cleanup_sql q = sql_begin(txn, "UPDATE challenge SET status = 3, validated = ?3, error = '', attempts = attempts + (status = 1)"
				       " WHERE authz_id = ?1 AND type = ?2 AND status IN (1, 2)");
	sql_bind_int(&q, authz);
	sql_bind_text(&q, type);
	sql_bind_int(&q, validated);
	return sql_run_cas(&q);
}

int store_challenge_fail(struct store_txn *txn, int64_t authz, struct view type, enum store_challenge_status to, struct view error_json)
{
	if (to != STORE_CHALLENGE_INVALID && to != STORE_CHALLENGE_PENDING)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "UPDATE challenge SET status = ?3, error = ?4, attempts = attempts + (status = 1)"
				       " WHERE authz_id = ?1 AND type = ?2 AND status IN (1, 2)");
	sql_bind_int(&q, authz);
	sql_bind_text(&q, type);
	sql_bind_int(&q, to);
	sql_bind_text(&q, error_json);
	return sql_run_cas(&q);
}

int store_challenge_note(struct store_txn *txn, int64_t authz, struct view type, struct view error_json)
{
	cleanup_sql q = sql_begin(txn, "UPDATE challenge SET error = ?3 WHERE authz_id = ?1 AND type = ?2 AND status = 1");
	sql_bind_int(&q, authz);
	sql_bind_text(&q, type);
	sql_bind_text(&q, error_json);
	return sql_run_cas(&q);
}
