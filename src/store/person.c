#include "store/person.h"

#include "store/sql.h"

#define COLUMNS \
	"id, address, key, password_hash, status, language, created, totp_secret, totp_step, operator, notices, unsubscribe, user_handle"

static int read_person(struct sql *q, struct arena *arena, struct store_person *ret_person)
{
	int error = sql_row(q);
	if (error)
		return error;
	struct store_person person = {
		.id = sql_int(q, 0),
		.address = sql_view(q, 1, arena),
		.key = sql_view(q, 2, arena),
		.password_hash = sql_view(q, 3, arena),
		.status = (enum store_person_status)sql_int(q, 4),
		.language = sql_view(q, 5, arena),
		.created = sql_int(q, 6),
		.totp_secret = sql_view(q, 7, arena),
		.totp_step = sql_int(q, 8),
		.is_operator = sql_int(q, 9),
		.notices = (unsigned)sql_int(q, 10),
		.unsubscribe = sql_view(q, 11, arena),
		.user_handle = sql_view(q, 12, arena),
	};
	error = sql_error(q);
	if (!error)
		*ret_person = person;
	return error;
}

static int read_list(struct sql *q, struct arena *arena, struct store_person **ret_list, size_t *ret_count)
{
	struct store_person *list = NULL, person;
	size_t count = 0;
	int error;
	while (!(error = read_person(q, arena, &person))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = person;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_person_insert(struct store_txn *txn, const struct store_person *person, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO person (address, key, password_hash, status, language, created, totp_secret, totp_step, operator,"
				       " notices, unsubscribe, user_handle) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
	sql_bind_text(&q, person->address);
	sql_bind_text(&q, person->key);
	sql_bind_text(&q, person->password_hash);
	sql_bind_int(&q, person->status);
	sql_bind_text(&q, person->language);
	sql_bind_int(&q, person->created);
	sql_bind_blob(&q, person->totp_secret);
	sql_bind_int(&q, person->totp_step);
	sql_bind_int(&q, person->is_operator);
	sql_bind_int(&q, person->notices);
	sql_bind_text(&q, person->unsubscribe);
	sql_bind_blob(&q, person->user_handle);
	return sql_run_id(&q, ret_id);
}

// ---- looking up

int store_person_get(struct store_txn *txn, int64_t id, struct arena *arena, struct store_person *ret_person)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM person WHERE id = ?1");
	sql_bind_int(&q, id);
	return read_person(&q, arena, ret_person);
}

int store_person_by_key(struct store_txn *txn, struct view key, struct arena *arena, struct store_person *ret_person)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM person WHERE key = ?1");
	sql_bind_text(&q, key);
	return read_person(&q, arena, ret_person);
}

int store_person_by_unsubscribe(struct store_txn *txn, struct view unsubscribe, struct arena *arena, struct store_person *ret_person)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM person WHERE unsubscribe = ?1");
	sql_bind_text(&q, unsubscribe);
	return read_person(&q, arena, ret_person);
}

int store_person_list(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_person **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM person WHERE id > ?1 ORDER BY id LIMIT ?2");
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_person_find(struct store_txn *txn, struct view prefix, struct view after, size_t limit, struct arena *arena, struct store_person **ret_list,
		      size_t *ret_count)
{
	static const char LAST[] = "\xf4\x8f\xbf\xbf"; // U+10FFFF: no text that begins with the prefix comes after it
	cleanup_buf end = BUF_INIT;
	buf_add(&end, prefix);
	buf_add_str(&end, LAST);
	int error = buf_error(&end);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM person WHERE key >= ?1 AND key < ?2 AND key > ?3 ORDER BY key LIMIT ?4");
	sql_bind_text(&q, prefix);
	sql_bind_text(&q, buf_view(&end));
	sql_bind_text(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

// ---- changing

// An update of one row by its id: where there is none, XICA_ENOTFOUND.
static int run_existing(struct sql *q)
{
	int error = sql_run_cas(q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_person_set_address(struct store_txn *txn, int64_t id, struct view address, struct view key)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET address = ?2, key = ?3 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_text(&q, address);
	sql_bind_text(&q, key);
	return run_existing(&q);
}

int store_person_set_password(struct store_txn *txn, int64_t id, struct view password_hash)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET password_hash = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_text(&q, password_hash);
	return run_existing(&q);
}

int store_person_set_language(struct store_txn *txn, int64_t id, struct view language)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET language = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_text(&q, language);
	return run_existing(&q);
}

int store_person_set_notices(struct store_txn *txn, int64_t id, unsigned notices)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET notices = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, notices);
	return run_existing(&q);
}

int store_person_set_operator(struct store_txn *txn, int64_t id, bool is_operator)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET operator = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, is_operator);
	return run_existing(&q);
}

int store_person_set_totp(struct store_txn *txn, int64_t id, struct view secret, int64_t step)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET totp_secret = ?2, totp_step = ?3 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_blob(&q, secret);
	sql_bind_int(&q, step);
	return run_existing(&q);
}

int store_person_renew_password(struct store_txn *txn, int64_t id, struct view from, struct view to)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2");
	sql_bind_int(&q, id);
	sql_bind_text(&q, from);
	sql_bind_text(&q, to);
	return sql_run_cas(&q);
}

int store_person_use_totp(struct store_txn *txn, int64_t id, int64_t step)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2 AND length(totp_secret) > 0");
	sql_bind_int(&q, id);
	sql_bind_int(&q, step);
	return sql_run_cas(&q);
}

int store_person_change(struct store_txn *txn, int64_t id, enum store_person_status from, enum store_person_status to)
{
	cleanup_sql q = sql_begin(txn, "UPDATE person SET status = ?3 WHERE id = ?1 AND status = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, from);
	sql_bind_int(&q, to);
	return sql_run_cas(&q);
}
