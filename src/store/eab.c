#include "store/eab.h"

#include "store/sql.h"

#define COLUMNS "kid, mac_key, note, created, account_id, revoked, person_id, name, browser, used"

static int read_eab(struct sql *q, struct arena *arena, struct store_eab *ret_eab)
{
	int error = sql_row(q);
	if (error)
		return error;
	const struct store_eab eab = {
		.kid = sql_view(q, 0, arena),
		.mac_key = sql_view(q, 1, arena),
		.note = sql_view(q, 2, arena),
		.created = sql_int(q, 3),
		.account = sql_int(q, 4),
		.revoked = sql_int(q, 5),
		.person = sql_int(q, 6),
		.name = sql_view(q, 7, arena),
		.browser = sql_int(q, 8),
		.used = sql_int(q, 9),
	};
	error = sql_error(q);
	if (!error)
		*ret_eab = eab;
	return error;
}

static int read_list(struct sql *q, struct arena *arena, struct store_eab **ret_list, size_t *ret_count)
{
	struct store_eab *list = NULL, eab;
	size_t count = 0;
	int error;
	while (!(error = read_eab(q, arena, &eab))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = eab;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_eab_create(struct store_txn *txn, const struct store_eab *eab)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO eab_key (kid, mac_key, note, created, person_id, name, browser) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	sql_bind_text(&q, eab->kid);
	sql_bind_blob(&q, eab->mac_key);
	sql_bind_text(&q, eab->note);
	sql_bind_int(&q, eab->created);
	sql_bind_id(&q, eab->person);
	sql_bind_text(&q, eab->name);
	sql_bind_int(&q, eab->browser);
	return sql_run(&q);
}

int store_eab_get(struct store_txn *txn, struct view kid, struct arena *arena, struct store_eab *ret_eab)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE kid = ?1");
	sql_bind_text(&q, kid);
	return read_eab(&q, arena, ret_eab);
}

static int give_account_to_person(struct store_txn *txn, struct view kid, int64_t account)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET person_id = (SELECT person_id FROM eab_key WHERE kid = ?1) WHERE id = ?2");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, account);
	return sql_run_cas(&q);
}

int store_eab_bind(struct store_txn *txn, struct view kid, int64_t account, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET account_id = ?2, used = ?3 WHERE kid = ?1 AND account_id IS NULL AND revoked = 0");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, account);
	sql_bind_int(&q, time);
	int error = sql_run_cas(&q);
	return error ? error : give_account_to_person(txn, kid, account);
}

int store_eab_revoke(struct store_txn *txn, struct view kid, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET revoked = ?2 WHERE kid = ?1 AND revoked = 0");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, time);
	return sql_run_cas(&q);
}

int store_eab_list(struct store_txn *txn, struct view after, size_t limit, struct arena *arena, struct store_eab **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE kid > ?1 ORDER BY kid LIMIT ?2");
	sql_bind_text(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

// ---- of a person

int store_eab_get_own(struct store_txn *txn, int64_t person, struct view kid, struct arena *arena, struct store_eab *ret_eab)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE kid = ?1 AND person_id = ?2");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, person);
	return read_eab(&q, arena, ret_eab);
}

int store_eab_rename(struct store_txn *txn, int64_t person, struct view kid, struct view name)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET name = ?3 WHERE kid = ?1 AND person_id = ?2");
	sql_bind_text(&q, kid);
	sql_bind_int(&q, person);
	sql_bind_text(&q, name);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_eab_revoke_all(struct store_txn *txn, int64_t person, xica_time time, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "UPDATE eab_key SET revoked = ?2 WHERE person_id = ?1 AND revoked = 0");
	sql_bind_int(&q, person);
	sql_bind_int(&q, time);
	return sql_run_count(&q, ret_count);
}

static int list_own_first(struct store_txn *txn, int64_t person, size_t limit, struct arena *arena, struct store_eab **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE person_id = ?1 ORDER BY created DESC, kid DESC LIMIT ?2");
	sql_bind_int(&q, person);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_eab_list_own(struct store_txn *txn, int64_t person, struct view after, size_t limit, struct arena *arena, struct store_eab **ret_list,
		       size_t *ret_count)
{
	if (!after.len)
		return list_own_first(txn, person, limit, arena, ret_list, ret_count);
	cleanup_arena work = ARENA_INIT;
	struct store_eab last;
	int error = store_eab_get_own(txn, person, after, &work, &last);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM eab_key WHERE person_id = ?1 AND (created, kid) < (?2, ?3)"
				       " ORDER BY created DESC, kid DESC LIMIT ?4");
	sql_bind_int(&q, person);
	sql_bind_int(&q, last.created);
	sql_bind_text(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}
