#include "store/limit.h"

#include "store/sql.h"

static const char *const KINDS[STORE_LIMIT_KIND_END] = {
	[STORE_LIMIT_ACCOUNTS_PER_ADDRESS] = "accounts-per-address",
	[STORE_LIMIT_ACCOUNTS_PER_NETWORK] = "accounts-per-network",
	[STORE_LIMIT_ORDERS_PER_ACCOUNT] = "orders-per-account",
	[STORE_LIMIT_ORDERS_PER_NAMES] = "orders-per-names",
	[STORE_LIMIT_CERTIFICATES_PER_DOMAIN] = "certificates-per-domain",
	[STORE_LIMIT_FAILED_VALIDATIONS] = "failed-validations",
};

const char *store_limit_kind_text(enum store_limit_kind kind)
{
	return kind > 0 && kind < STORE_LIMIT_KIND_END ? KINDS[kind] : NULL;
}

bool store_limit_kind_parse(struct view text, enum store_limit_kind *ret_kind)
{
	for (int kind = 1; kind < STORE_LIMIT_KIND_END; kind++)
		if (view_equal_str(text, KINDS[kind])) {
			*ret_kind = (enum store_limit_kind)kind;
			return true;
		}
	return false;
}

static int read_tat(struct store_txn *txn, const struct store_limit *limit, int64_t *ret_tat_us)
{
	cleanup_sql q = sql_begin(txn, "SELECT tat FROM rate_limit WHERE kind = ?1 AND subject = ?2");
	sql_bind_int(&q, limit->kind);
	sql_bind_text(&q, limit->subject);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_tat_us = error ? 0 : sql_int(&q, 0);
	return XICA_OK;
}

static int write_tat(struct store_txn *txn, const struct store_limit *limit, int64_t tat_us)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO rate_limit (kind, subject, tat, note) VALUES (?1, ?2, ?3, ?4)"
				       " ON CONFLICT (kind, subject) DO UPDATE SET tat = excluded.tat, note = excluded.note");
	sql_bind_int(&q, limit->kind);
	sql_bind_text(&q, limit->subject);
	sql_bind_int(&q, tat_us);
	sql_bind_text(&q, limit->note);
	return sql_run(&q);
}

// The rate that counts for this owner.
static int choose_rate(struct store_txn *txn, const struct store_limit *limit, struct rate *ret_rate)
{
	cleanup_sql q = sql_begin(txn, "SELECT rate FROM rate_override WHERE kind = ?1 AND owner = ?2");
	sql_bind_int(&q, limit->kind);
	sql_bind_text(&q, limit->owner);
	int error = sql_row(&q);
	if (error == XICA_ENOTFOUND) {
		*ret_rate = limit->rate;
		return XICA_OK;
	}
	return error ? error : rate_parse(sql_borrow(&q, 0), ret_rate);
}

static int look(struct store_txn *txn, const struct store_limit *limit, xica_time now, struct rate *rate, int64_t *tat_us, xica_time *wait)
{
	int error = choose_rate(txn, limit, rate);
	*tat_us = 0;
	*wait = 0;
	if (error || rate_is_none(rate) || (error = read_tat(txn, limit, tat_us)))
		return error;
	*wait = rate_wait(rate, *tat_us, now);
	return XICA_OK;
}

int store_limit_look(struct store_txn *txn, const struct store_limit *limit, xica_time now, xica_time *ret_wait, struct rate *ret_rate)
{
	struct rate rate;
	int64_t tat_us;
	xica_time wait;
	int error = look(txn, limit, now, &rate, &tat_us, &wait);
	if (error)
		return error;
	*ret_wait = wait;
	if (ret_rate)
		*ret_rate = rate;
	return XICA_OK;
}

int store_limit_take(struct store_txn *txn, const struct store_limit *limit, xica_time now, xica_time *ret_wait, struct rate *ret_rate)
{
	struct rate rate;
	int64_t tat_us;
	xica_time wait;
	int error = look(txn, limit, now, &rate, &tat_us, &wait);
	if (!error && !wait && !rate_is_none(&rate))
		error = write_tat(txn, limit, rate_after(&rate, tat_us, now));
	if (error)
		return error;
	*ret_wait = wait;
	if (ret_rate)
		*ret_rate = rate;
	return XICA_OK;
}

int store_limit_count(struct store_txn *txn, const struct store_limit *limit, xica_time now)
{
	struct rate rate;
	int64_t tat_us;
	xica_time wait;
	int error = look(txn, limit, now, &rate, &tat_us, &wait);
	return error || rate_is_none(&rate) ? error : write_tat(txn, limit, rate_after(&rate, tat_us, now));
}

// --- for operators

// A subject is its owner, or its owner, a colon and more (';' comes behind ':'): two ranges of the key.
#define OF_KIND "SELECT kind, subject, note, tat FROM rate_limit WHERE kind = ?1 AND subject > ?2 AND tat > ?3 ORDER BY subject LIMIT ?4"
#define OF_OWNER                                                                                                          \
	"SELECT kind, subject, note, tat FROM rate_limit WHERE kind = ?1 AND subject >= ?5 || ':' AND subject < ?5 || ';' AND subject > ?2 AND tat > ?3" \
	" ORDER BY subject LIMIT ?4"

struct rows {
	struct store_limit_row *list;
	size_t count;
};

static int add_rows(struct sql *q, const struct store_limit_page *page, struct arena *arena, struct rows *rows)
{
	int error = XICA_OK;
	while (rows->count < page->limit && !(error = sql_row(q))) {
		rows->list = sql_grow(arena, rows->list, rows->count, sizeof(*rows->list));
		if (!rows->list)
			return XICA_ENOMEM;
		rows->list[rows->count++] = (struct store_limit_row){(enum store_limit_kind)sql_int(q, 0), sql_view(q, 1, arena), sql_view(q, 2, arena), sql_int(q, 3)};
		if ((error = sql_error(q)))
			return error;
	}
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static void bind_page(struct sql *q, enum store_limit_kind kind, struct view after, xica_time now, size_t room)
{
	sql_bind_int(q, kind);
	sql_bind_text(q, after);
	sql_bind_int(q, now * 1000000);
	sql_bind_size(q, room);
}

static int list_owner_itself(struct store_txn *txn, const struct store_limit_page *page, enum store_limit_kind kind, struct view after, xica_time now,
			     struct arena *arena, struct rows *rows)
{
	cleanup_sql q = sql_begin(txn, "SELECT kind, subject, note, tat FROM rate_limit WHERE kind = ?1 AND subject = ?2 AND subject > ?3 AND tat > ?4");
	sql_bind_int(&q, kind);
	sql_bind_text(&q, page->owner);
	sql_bind_text(&q, after);
	sql_bind_int(&q, now * 1000000);
	return add_rows(&q, page, arena, rows);
}

static int list_kind(struct store_txn *txn, const struct store_limit_page *page, enum store_limit_kind kind, xica_time now, struct arena *arena, struct rows *rows)
{
	struct view after = kind == page->after_kind ? page->after_subject : VIEW_NONE;
	if (!page->owner.len) {
		cleanup_sql all = sql_begin(txn, OF_KIND);
		bind_page(&all, kind, after, now, page->limit - rows->count);
		return add_rows(&all, page, arena, rows);
	}
	int error = list_owner_itself(txn, page, kind, after, now, arena, rows);
	if (error)
		return error;
	cleanup_sql below = sql_begin(txn, OF_OWNER);
	bind_page(&below, kind, after, now, page->limit - rows->count);
	sql_bind_text(&below, page->owner);
	return add_rows(&below, page, arena, rows);
}

int store_limit_list(struct store_txn *txn, const struct store_limit_page *page, xica_time now, struct arena *arena, struct store_limit_row **ret_list,
		     size_t *ret_count)
{
	struct rows rows = {0};
	unsigned first = page->kind ? page->kind : page->after_kind ? page->after_kind : 1, end = page->kind ? page->kind + 1 : STORE_LIMIT_KIND_END;
	for (unsigned kind = first; kind < end && rows.count < page->limit; kind++) {
		int error = list_kind(txn, page, (enum store_limit_kind)kind, now, arena, &rows);
		if (error)
			return error;
	}
	*ret_list = rows.list;
	*ret_count = rows.count;
	return XICA_OK;
}

static int reset_kind(struct store_txn *txn, enum store_limit_kind kind, struct view owner, size_t *ret_count)
{
	size_t own = 0, below = 0;
	cleanup_sql itself = sql_begin(txn, "DELETE FROM rate_limit WHERE kind = ?1 AND subject = ?2");
	sql_bind_int(&itself, kind);
	sql_bind_text(&itself, owner);
	int error = sql_run_count(&itself, &own);
	if (error)
		return error;
	cleanup_sql rest = sql_begin(txn, "DELETE FROM rate_limit WHERE kind = ?1 AND subject >= ?2 || ':' AND subject < ?2 || ';'");
	sql_bind_int(&rest, kind);
	sql_bind_text(&rest, owner);
	if ((error = sql_run_count(&rest, &below)))
		return error;
	*ret_count += own + below;
	return XICA_OK;
}

int store_limit_reset(struct store_txn *txn, enum store_limit_kind kind, struct view owner, size_t *ret_count)
{
	unsigned first = kind ? kind : 1, end = kind ? kind + 1 : STORE_LIMIT_KIND_END;
	size_t count = 0;
	for (unsigned i = first; i < end; i++) {
		int error = reset_kind(txn, (enum store_limit_kind)i, owner, &count);
		if (error)
			return error;
	}
	*ret_count = count;
	return XICA_OK;
}

int store_override_put(struct store_txn *txn, const struct store_override *override)
{
	cleanup_buf text = BUF_INIT;
	rate_add_text(&text, &override->rate);
	if (buf_error(&text))
		return XICA_ENOMEM;
	cleanup_sql q = sql_begin(txn, "INSERT INTO rate_override (kind, owner, rate, reason, time) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (kind, owner)"
				       " DO UPDATE SET rate = excluded.rate, reason = excluded.reason, time = excluded.time");
	sql_bind_int(&q, override->kind);
	sql_bind_text(&q, override->owner);
	sql_bind_text(&q, buf_view(&text));
	sql_bind_text(&q, override->reason);
	sql_bind_int(&q, override->time);
	return sql_run(&q);
}

int store_override_delete(struct store_txn *txn, enum store_limit_kind kind, struct view owner)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM rate_override WHERE kind = ?1 AND owner = ?2");
	sql_bind_int(&q, kind);
	sql_bind_text(&q, owner);
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

static int read_override(struct sql *q, struct arena *arena, struct store_override *ret_override)
{
	struct store_override override = {.kind = (enum store_limit_kind)sql_int(q, 0), .owner = sql_view(q, 1, arena), .reason = sql_view(q, 3, arena),
					  .time = sql_int(q, 4)};
	int error = rate_parse(sql_borrow(q, 2), &override.rate);
	if (!error)
		error = sql_error(q);
	if (!error)
		*ret_override = override;
	return error;
}

int store_override_get(struct store_txn *txn, enum store_limit_kind kind, struct view owner, struct arena *arena, struct store_override *ret_override)
{
	cleanup_sql q = sql_begin(txn, "SELECT kind, owner, rate, reason, time FROM rate_override WHERE kind = ?1 AND owner = ?2");
	sql_bind_int(&q, kind);
	sql_bind_text(&q, owner);
	int error = sql_row(&q);
	return error ? error : read_override(&q, arena, ret_override);
}

int store_override_list(struct store_txn *txn, enum store_limit_kind after_kind, struct view after, size_t limit, struct arena *arena,
			struct store_override **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT kind, owner, rate, reason, time FROM rate_override WHERE (kind, owner) > (?1, ?2) ORDER BY kind, owner LIMIT ?3");
	sql_bind_int(&q, after_kind);
	sql_bind_text(&q, after);
	sql_bind_size(&q, limit);
	struct store_override *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		if ((error = read_override(&q, arena, &list[count++])))
			return error;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return XICA_OK;
}
