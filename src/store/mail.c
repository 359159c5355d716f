#include "store/mail.h"

#include "store/sql.h"

#define COLUMNS "id, letter, language, recipient, fill, person_id, created, tries, next_try, state, ended, error"

static int read_mail(struct sql *q, struct arena *arena, struct store_mail *ret_mail)
{
	int error = sql_row(q);
	if (error)
		return error;
	const struct store_mail mail = {
		.id = sql_int(q, 0),
		.letter = sql_view(q, 1, arena),
		.language = sql_view(q, 2, arena),
		.to = sql_view(q, 3, arena),
		.values = sql_view(q, 4, arena),
		.person = sql_int(q, 5),
		.created = sql_int(q, 6),
		.tries = (unsigned)sql_int(q, 7),
		.next_try = sql_int(q, 8),
		.state = (enum store_mail_state)sql_int(q, 9),
		.ended = sql_int(q, 10),
		.error = sql_view(q, 11, arena),
	};
	error = sql_error(q);
	if (!error)
		*ret_mail = mail;
	return error;
}

static int read_list(struct sql *q, struct arena *arena, struct store_mail **ret_list, size_t *ret_count)
{
	struct store_mail *list = NULL, mail;
	size_t count = 0;
	int error;
	while (!(error = read_mail(q, arena, &mail))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = mail;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_mail_insert(struct store_txn *txn, const struct store_mail *mail, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO mail (state, person_id, created, next_try, letter, language, recipient, fill)"
				       " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	sql_bind_id(&q, mail->person);
	sql_bind_int(&q, mail->created);
	sql_bind_int(&q, mail->next_try);
	sql_bind_text(&q, mail->letter);
	sql_bind_text(&q, mail->language);
	sql_bind_text(&q, mail->to);
	sql_bind_text(&q, mail->values);
	return sql_run_id(&q, ret_id);
}

// ---- looking up

int store_mail_get(struct store_txn *txn, int64_t id, struct arena *arena, struct store_mail *ret_mail)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM mail WHERE id = ?1");
	sql_bind_int(&q, id);
	return read_mail(&q, arena, ret_mail);
}

int store_mail_due(struct store_txn *txn, xica_time now, size_t limit, struct arena *arena, struct store_mail **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM mail WHERE state = 1 AND next_try <= ?1 ORDER BY next_try, id LIMIT ?2");
	sql_bind_int(&q, now);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_mail_next(struct store_txn *txn, xica_time *ret_time)
{
	cleanup_sql q = sql_begin(txn, "SELECT next_try FROM mail WHERE state = 1 ORDER BY next_try LIMIT 1");
	int error = sql_row(&q);
	if (!error)
		*ret_time = sql_int(&q, 0);
	return error;
}

static int list_all(struct store_txn *txn, int64_t below, size_t limit, struct arena *arena, struct store_mail **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM mail WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
	sql_bind_int(&q, below);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_mail_list(struct store_txn *txn, enum store_mail_state state, int64_t before, size_t limit, struct arena *arena,
		    struct store_mail **ret_list, size_t *ret_count)
{
	int64_t below = before ? before : INT64_MAX;
	if (!state)
		return list_all(txn, below, limit, arena, ret_list, ret_count);
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM mail WHERE state = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
	sql_bind_int(&q, state);
	sql_bind_int(&q, below);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_mail_count(struct store_txn *txn, enum store_mail_state state, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM mail WHERE state = ?1");
	sql_bind_int(&q, state);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (size_t)sql_int(&q, 0);
	return error;
}

// ---- changing the state

int store_mail_begin(struct store_txn *txn, int64_t id, unsigned tries, xica_time again)
{
	cleanup_sql q = sql_begin(txn, "UPDATE mail SET tries = tries + 1, next_try = ?3 WHERE id = ?1 AND tries = ?2 AND state = 1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, tries);
	sql_bind_int(&q, again);
	return sql_run_cas(&q);
}

int store_mail_sent(struct store_txn *txn, int64_t id, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE mail SET state = 2, ended = ?2, error = '', fill = '{}' WHERE id = ?1 AND state = 1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, time);
	return sql_run_cas(&q);
}

int store_mail_later(struct store_txn *txn, int64_t id, xica_time next_try, struct view words)
{
	cleanup_sql q = sql_begin(txn, "UPDATE mail SET next_try = ?2, error = ?3 WHERE id = ?1 AND state = 1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, next_try);
	sql_bind_text(&q, words);
	return sql_run_cas(&q);
}

int store_mail_failed(struct store_txn *txn, int64_t id, xica_time time, struct view words)
{
	cleanup_sql q = sql_begin(txn, "UPDATE mail SET state = 3, ended = ?2, error = ?3 WHERE id = ?1 AND state = 1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, time);
	sql_bind_text(&q, words);
	return sql_run_cas(&q);
}

int store_mail_retry(struct store_txn *txn, int64_t id, xica_time now)
{
	cleanup_sql q = sql_begin(txn, "UPDATE mail SET state = 1, tries = 0, next_try = ?2, ended = 0 WHERE id = ?1 AND state = 3");
	sql_bind_int(&q, id);
	sql_bind_int(&q, now);
	return sql_run_cas(&q);
}
