#include "store/passkey.h"

#include "store/sql.h"

#define COLUMNS "credential, person_id, name, public_key, counter, created, used"

static int read_passkey(struct sql *q, struct arena *arena, struct store_passkey *ret_passkey)
{
	int error = sql_row(q);
	if (error)
		return error;
	const struct store_passkey passkey = {
		.credential = sql_view(q, 0, arena),
		.person = sql_int(q, 1),
		.name = sql_view(q, 2, arena),
		.public_key = sql_view(q, 3, arena),
		.counter = (uint64_t)sql_int(q, 4),
		.created = sql_int(q, 5),
		.used = sql_int(q, 6),
	};
	error = sql_error(q);
	if (!error)
		*ret_passkey = passkey;
	return error;
}

int store_passkey_insert(struct store_txn *txn, const struct store_passkey *passkey)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO passkey (credential, person_id, name, public_key, counter, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	sql_bind_blob(&q, passkey->credential);
	sql_bind_int(&q, passkey->person);
	sql_bind_text(&q, passkey->name);
	sql_bind_blob(&q, passkey->public_key);
	sql_bind_int(&q, (int64_t)passkey->counter);
	sql_bind_int(&q, passkey->created);
	return sql_run(&q);
}

int store_passkey_get(struct store_txn *txn, struct view credential, struct arena *arena, struct store_passkey *ret_passkey)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM passkey WHERE credential = ?1");
	sql_bind_blob(&q, credential);
	return read_passkey(&q, arena, ret_passkey);
}

int store_passkey_list(struct store_txn *txn, int64_t person, size_t limit, struct arena *arena, struct store_passkey **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM passkey WHERE person_id = ?1 ORDER BY created DESC, credential DESC LIMIT ?2");
	sql_bind_int(&q, person);
	sql_bind_size(&q, limit);
	struct store_passkey *list = NULL, passkey;
	size_t count = 0;
	int error;
	while (!(error = read_passkey(&q, arena, &passkey))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = passkey;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_passkey_count(struct store_txn *txn, int64_t person, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM passkey WHERE person_id = ?1");
	sql_bind_int(&q, person);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (size_t)sql_int(&q, 0);
	return error;
}

int store_passkey_use(struct store_txn *txn, struct view credential, uint64_t from, uint64_t to, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE passkey SET counter = ?3, used = ?4 WHERE credential = ?1 AND counter = ?2");
	sql_bind_blob(&q, credential);
	sql_bind_int(&q, (int64_t)from);
	sql_bind_int(&q, (int64_t)to);
	sql_bind_int(&q, time);
	return sql_run_cas(&q);
}

int store_passkey_remove(struct store_txn *txn, int64_t person, struct view credential)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM passkey WHERE credential = ?1 AND person_id = ?2");
	sql_bind_blob(&q, credential);
	sql_bind_int(&q, person);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}
