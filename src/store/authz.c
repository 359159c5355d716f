#include "store/authz.h"

#include "store/sql.h"

#define COLUMNS "a.id, a.account_id, a.identifier_type, a.identifier, a.wildcard, a.status, a.created, a.expires, a.subdomains"

enum { COLUMN_COUNT = 9 };

static struct store_authz read_columns(struct sql *q, struct arena *arena)
{
	return (struct store_authz){
		.id = sql_int(q, 0),
		.account = sql_int(q, 1),
		.identifier = {.type = (enum pki_identifier_type)sql_int(q, 2), .value = sql_view(q, 3, arena), .wildcard = sql_int(q, 4)},
		.status = (enum store_authz_status)sql_int(q, 5),
		.created = sql_int(q, 6),
		.expires = sql_int(q, 7),
		.subdomains = sql_int(q, 8),
	};
}

static int read_authz(struct sql *q, struct arena *arena, struct store_authz *ret_authz)
{
	int error = sql_row(q);
	if (error)
		return error;
	struct store_authz authz = read_columns(q, arena);
	error = sql_error(q);
	if (!error)
		*ret_authz = authz;
	return error;
}

static int insert_row(struct store_txn *txn, const struct store_authz *authz, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO authz (account_id, identifier_type, identifier, wildcard, status, created, expires, keep_until, subdomains)"
				       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)");
	sql_bind_int(&q, authz->account);
	sql_bind_int(&q, authz->identifier.type);
	sql_bind_text(&q, authz->identifier.value);
	sql_bind_int(&q, authz->identifier.wildcard);
	sql_bind_int(&q, authz->status);
	sql_bind_int(&q, authz->created);
	sql_bind_int(&q, authz->expires);
	sql_bind_int(&q, authz->subdomains);
	return sql_run_id(&q, ret_id);
}

static int insert_challenge(struct store_txn *txn, int64_t authz, size_t position, const struct store_challenge *challenge)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO challenge (authz_id, type, position, status, token) VALUES (?1, ?2, ?3, ?4, ?5)");
	sql_bind_int(&q, authz);
	sql_bind_text(&q, challenge->type);
	sql_bind_size(&q, position);
	sql_bind_int(&q, STORE_CHALLENGE_PENDING);
	sql_bind_text(&q, challenge->token);
	return sql_run(&q);
}

int store_authz_insert(struct store_txn *txn, const struct store_authz *authz, const struct store_challenge *challenges,
		       size_t challenge_count, int64_t *ret_id)
{
	if (!challenge_count)
		return XICA_EINVAL;
	int64_t id = 0;
	int error = insert_row(txn, authz, &id);
	for (size_t i = 0; !error && i < challenge_count; i++)
		error = insert_challenge(txn, id, i, &challenges[i]);
	if (!error)
		*ret_id = id;
	return error;
}

int store_authz_get(struct store_txn *txn, int64_t account, int64_t id, struct arena *arena, struct store_authz *ret_authz)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM authz AS a WHERE a.id = ?1 AND a.account_id = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, account);
	return read_authz(&q, arena, ret_authz);
}

int store_authz_by_id(struct store_txn *txn, int64_t id, struct arena *arena, struct store_authz *ret_authz)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM authz AS a WHERE a.id = ?1");
	sql_bind_int(&q, id);
	return read_authz(&q, arena, ret_authz);
}

int store_authz_of_order(struct store_txn *txn, int64_t order, struct arena *arena, struct store_authz **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM order_authz AS l JOIN authz AS a ON a.id = l.authz_id"
				       " WHERE l.order_id = ?1 AND l.position = (SELECT min(f.position) FROM order_authz AS f"
				       " WHERE f.authz_id = l.authz_id AND f.order_id = ?1) ORDER BY l.position");
	sql_bind_int(&q, order);
	struct store_authz *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = read_columns(&q, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

static void read_name(struct sql *q, struct arena *arena, struct store_order_name *name)
{
	struct view below = sql_view(q, COLUMN_COUNT, arena);
	name->authz = read_columns(q, arena);
	name->identifier = name->authz.identifier;
	name->below = below.len;
	if (name->below)
		name->identifier.value = below;
	name->caa = sql_view(q, COLUMN_COUNT + 1, arena);
}

int store_authz_order_names(struct store_txn *txn, int64_t order, struct arena *arena, struct store_order_name **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS ", l.below, l.caa FROM order_authz AS l JOIN authz AS a ON a.id = l.authz_id"
				       " WHERE l.order_id = ?1 ORDER BY l.position");
	sql_bind_int(&q, order);
	struct store_order_name *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		read_name(&q, arena, &list[count++]);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_authz_order_below(struct store_txn *txn, int64_t order, size_t position, struct view name)
{
	cleanup_sql q = sql_begin(txn, "UPDATE order_authz SET below = ?3 WHERE order_id = ?1 AND position = ?2");
	sql_bind_int(&q, order);
	sql_bind_size(&q, position);
	sql_bind_text(&q, name);
	return sql_run_cas(&q);
}

int store_authz_order_caa(struct store_txn *txn, int64_t order, size_t position, struct view receipt)
{
	cleanup_sql q = sql_begin(txn, "UPDATE order_authz SET caa = ?3 WHERE order_id = ?1 AND position = ?2");
	sql_bind_int(&q, order);
	sql_bind_size(&q, position);
	sql_bind_blob(&q, receipt);
	return sql_run_cas(&q);
}

int store_authz_find_scope(struct store_txn *txn, int64_t account, const struct pki_identifier *identifier, bool subdomains,
			   enum store_authz_status status, xica_time now, struct arena *arena, struct store_authz *ret_authz)
{
	if (status != STORE_AUTHZ_PENDING && status != STORE_AUTHZ_VALID)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM authz AS a WHERE a.account_id = ?1 AND a.identifier = ?2"
				       " AND a.identifier_type = ?3 AND a.wildcard = ?4 AND a.status IN (1, 2) AND a.status = ?5 AND a.expires > ?6 AND a.subdomains = ?7"
				       " ORDER BY a.id DESC LIMIT 1");
	sql_bind_int(&q, account);
	sql_bind_text(&q, identifier->value);
	sql_bind_int(&q, identifier->type);
	sql_bind_int(&q, identifier->wildcard);
	sql_bind_int(&q, status);
	sql_bind_int(&q, now);
	sql_bind_int(&q, subdomains);
	return read_authz(&q, arena, ret_authz);
}

int store_authz_find(struct store_txn *txn, int64_t account, const struct pki_identifier *identifier, enum store_authz_status status,
		     xica_time now, struct arena *arena, struct store_authz *ret_authz)
{
	if (status != STORE_AUTHZ_PENDING && status != STORE_AUTHZ_VALID)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM authz AS a WHERE a.account_id = ?1 AND a.identifier = ?2"
				       " AND a.identifier_type = ?3 AND a.wildcard = ?4 AND a.status IN (1, 2) AND a.status = ?5 AND a.expires > ?6"
				       " ORDER BY a.id DESC LIMIT 1");
	sql_bind_int(&q, account);
	sql_bind_text(&q, identifier->value);
	sql_bind_int(&q, identifier->type);
	sql_bind_int(&q, identifier->wildcard);
	sql_bind_int(&q, status);
	sql_bind_int(&q, now);
	return read_authz(&q, arena, ret_authz);
}

int store_authz_has_valid(struct store_txn *txn, int64_t account, const struct pki_identifier *identifier, xica_time now, bool *ret_has)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_authz authz;
	int error = store_authz_find(txn, account, identifier, STORE_AUTHZ_VALID, now, &arena, &authz);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_has = !error;
	return 0;
}

int store_authz_change(struct store_txn *txn, int64_t id, enum store_authz_status from, enum store_authz_status to, xica_time expires)
{
	bool lives = to == STORE_AUTHZ_PENDING || to == STORE_AUTHZ_VALID;
	cleanup_sql q = sql_begin(txn, lives ? "UPDATE authz SET status = ?3, expires = CASE WHEN ?4 = 0 THEN expires ELSE ?4 END, keep_until = max(keep_until, ?4)"
					       " WHERE id = ?1 AND status = ?2"
					     : "UPDATE authz SET status = ?3, expires = CASE WHEN ?4 = 0 THEN expires ELSE ?4 END,"
					       " keep_until = max(keep_until, ?4, " AUTHZ_HELD_UNTIL ") WHERE id = ?1 AND status = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, from);
	sql_bind_int(&q, to);
	sql_bind_int(&q, expires);
	return sql_run_cas(&q);
}
