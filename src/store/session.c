#include "store/session.h"

#include "store/sql.h"

#define COLUMNS \
	"s.id, s.token_hash, s.kind, s.person_id, s.parent_id, s.created, s.seen, s.fresh, s.rotated, s.expires, s.idle, s.remote, s.agent, s.device, "                                   \
	"CASE WHEN s.old_hash IS NULL THEN 0 ELSE s.old_until END"
// At ?2. A parent that has expired may still be there.
#define LIVES "s.ends > ?2 AND (s.parent_id IS NULL OR EXISTS (SELECT 1 FROM session AS p WHERE p.id = s.parent_id AND p.ends > ?2))"

static int read_session(struct sql *q, struct arena *arena, struct store_session *ret_session)
{
	int error = sql_row(q);
	if (error)
		return error;
	struct store_session session = {
		.id = sql_int(q, 0),
		.kind = (enum store_session_kind)sql_int(q, 2),
		.person = sql_int(q, 3),
		.parent = sql_int(q, 4),
		.created = sql_int(q, 5),
		.seen = sql_int(q, 6),
		.fresh = sql_int(q, 7),
		.rotated = sql_int(q, 8),
		.expires = sql_int(q, 9),
		.idle = sql_int(q, 10),
		.remote = sql_view(q, 11, arena),
		.agent = sql_view(q, 12, arena),
		.device = sql_view(q, 13, arena),
		.old_until = sql_int(q, 14),
	};
	sql_hash(q, 1, session.token_hash);
	error = sql_error(q);
	if (!error)
		*ret_session = session;
	return error;
}

int store_session_insert(struct store_txn *txn, const struct store_session *session, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO session (token_hash, kind, person_id, parent_id, created, seen, fresh, rotated, expires, idle, ends,"
				       " remote, agent, device) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
				       " CASE WHEN ?9 < ?6 + ?10 THEN ?9 ELSE ?6 + ?10 END, ?11, ?12, ?13)");
	sql_bind_hash(&q, session->token_hash);
	sql_bind_int(&q, session->kind);
	sql_bind_int(&q, session->person);
	sql_bind_id(&q, session->parent);
	sql_bind_int(&q, session->created);
	sql_bind_int(&q, session->seen);
	sql_bind_int(&q, session->fresh);
	sql_bind_int(&q, session->rotated);
	sql_bind_int(&q, session->expires);
	sql_bind_int(&q, session->idle);
	sql_bind_text(&q, session->remote);
	sql_bind_text(&q, session->agent);
	sql_bind_blob(&q, session->device);
	return sql_run_id(&q, ret_id);
}

static int by_old_hash(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], xica_time now, struct arena *arena,
		       struct store_session *ret_session)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM session AS s WHERE s.old_hash = ?1 AND s.old_until > ?2 AND " LIVES);
	sql_bind_hash(&q, token_hash);
	sql_bind_int(&q, now);
	int error = read_session(&q, arena, ret_session);
	if (!error)
		ret_session->old_token = true;
	return error;
}

int store_session_by_hash(struct store_txn *txn, const uint8_t token_hash[STORE_HASH_LEN], xica_time now, struct arena *arena,
			  struct store_session *ret_session)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM session AS s WHERE s.token_hash = ?1 AND " LIVES);
	sql_bind_hash(&q, token_hash);
	sql_bind_int(&q, now);
	int error = read_session(&q, arena, ret_session);
	return error == XICA_ENOTFOUND ? by_old_hash(txn, token_hash, now, arena, ret_session) : error;
}

int store_session_touch(struct store_txn *txn, int64_t id, xica_time now)
{
	cleanup_sql q = sql_begin(txn, "UPDATE session SET seen = CASE WHEN seen < ?2 THEN ?2 ELSE seen END,"
				       " ends = CASE WHEN seen >= ?2 THEN ends WHEN expires < ?2 + idle THEN expires ELSE ?2 + idle END WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, now);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_session_rotate(struct store_txn *txn, int64_t id, const uint8_t from[STORE_HASH_LEN], const uint8_t to[STORE_HASH_LEN], xica_time now,
			 xica_time keep_old)
{
	cleanup_sql q = sql_begin(txn, "UPDATE session SET token_hash = ?3, rotated = ?4, old_hash = CASE ?5 WHEN 0 THEN NULL ELSE ?2 END,"
				       " old_until = ?4 + ?5 WHERE id = ?1 AND token_hash = ?2");
	sql_bind_int(&q, id);
	sql_bind_hash(&q, from);
	sql_bind_hash(&q, to);
	sql_bind_int(&q, now);
	sql_bind_int(&q, keep_old);
	return sql_run_cas(&q);
}

int store_session_rotate_again(struct store_txn *txn, int64_t id, const uint8_t from[STORE_HASH_LEN], const uint8_t to[STORE_HASH_LEN], xica_time now)
{
	cleanup_sql q = sql_begin(txn, "UPDATE session SET token_hash = ?3, rotated = ?4 WHERE id = ?1 AND token_hash = ?2");
	sql_bind_int(&q, id);
	sql_bind_hash(&q, from);
	sql_bind_hash(&q, to);
	sql_bind_int(&q, now);
	return sql_run_cas(&q);
}

int store_session_settle(struct store_txn *txn, int64_t id, xica_time until)
{
	cleanup_sql q = sql_begin(txn, "UPDATE session SET old_until = CASE WHEN old_until < ?2 THEN old_until ELSE ?2 END WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, until);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_session_set_fresh(struct store_txn *txn, int64_t id, xica_time fresh)
{
	cleanup_sql q = sql_begin(txn, "UPDATE session SET fresh = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, fresh);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_session_end(struct store_txn *txn, int64_t person, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM session WHERE id = ?1 AND person_id = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, person);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_session_end_all(struct store_txn *txn, int64_t person, int64_t except, size_t *ret_count)
{
	// What has a parent goes with it.
	cleanup_sql q = sql_begin(txn, "DELETE FROM session WHERE person_id = ?1 AND id <> ?2 AND parent_id IS NULL");
	sql_bind_int(&q, person);
	sql_bind_int(&q, except);
	return sql_run_count(&q, ret_count);
}

int store_session_list(struct store_txn *txn, int64_t person, xica_time now, size_t limit, struct arena *arena, struct store_session **ret_list,
		       size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM session AS s WHERE s.person_id = ?1 AND " LIVES " ORDER BY s.id DESC LIMIT ?3");
	sql_bind_int(&q, person);
	sql_bind_int(&q, now);
	sql_bind_size(&q, limit);
	struct store_session *list = NULL, session;
	size_t count = 0;
	int error;
	while (!(error = read_session(&q, arena, &session))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = session;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
