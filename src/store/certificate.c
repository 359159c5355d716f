#include "store/certificate.h"

#include "store/issuer.h"
#include "store/sql.h"

// ---- names, as one text with a line for each

static int check_names(const struct store_certificate *certificate)
{
	for (size_t i = 0; i < certificate->name_count; i++)
		if (!certificate->names[i].len || view_index(certificate->names[i], '\n', 0) != SIZE_MAX)
			return XICA_EINVAL;
	return 0;
}

static void join_names(const struct store_certificate *certificate, struct buf *out)
{
	for (size_t i = 0; i < certificate->name_count; i++) {
		if (i)
			buf_add_byte(out, '\n');
		buf_add(out, certificate->names[i]);
	}
}

int store_certificate_split_names(struct view text, struct arena *arena, struct view **ret_names, size_t *ret_count)
{
	struct view *list = NULL;
	size_t count = 0;
	for (size_t from = 0; from < text.len;) {
		size_t end = view_index(text, '\n', from);
		if (end == SIZE_MAX)
			end = text.len;
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = view_sub(text, from, end - from);
		from = end + 1;
	}
	*ret_names = list;
	*ret_count = count;
	return 0;
}

// ---- how many expire on which day

static int count_expiry(struct store_txn *txn, xica_time not_after, int64_t change)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO certificate_expiry (day, active) VALUES (?1, ?2)"
				       " ON CONFLICT (day) DO UPDATE SET active = certificate_expiry.active + excluded.active");
	sql_bind_int(&q, not_after / XICA_DAY);
	sql_bind_int(&q, change);
	return sql_run(&q);
}

int store_certificate_count_active(struct store_txn *txn, xica_time now, uint64_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT coalesce(sum(active), 0) FROM certificate_expiry WHERE day >= ?1");
	sql_bind_int(&q, now / XICA_DAY);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (uint64_t)sql_int(&q, 0);
	return error;
}

// ---- making one

static int insert_row(struct store_txn *txn, const struct store_certificate *certificate, struct view names, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO certificate (serial, account_id, order_id, issuer, shard, profile, not_before, not_after, status,"
				       " spki_sha256, names, tbs, made, person_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10, ?11, ?12,"
				       " (SELECT person_id FROM account WHERE id = ?2))");
	sql_bind_blob(&q, certificate->serial);
	sql_bind_id(&q, certificate->account);
	sql_bind_id(&q, certificate->order);
	sql_bind_text(&q, certificate->issuer);
	sql_bind_int(&q, certificate->shard);
	sql_bind_text(&q, certificate->profile);
	sql_bind_int(&q, certificate->not_before);
	sql_bind_int(&q, certificate->not_after);
	sql_bind_hash(&q, certificate->spki_sha256);
	sql_bind_text(&q, names);
	sql_bind_blob(&q, certificate->tbs);
	sql_bind_int(&q, certificate->made);
	return sql_run_id(&q, ret_id);
}

static int insert_name(struct store_txn *txn, struct view name, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO certificate_name (name, certificate_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
	sql_bind_text(&q, name);
	sql_bind_int(&q, id);
	return sql_run(&q);
}

int store_certificate_insert(struct store_txn *txn, const struct store_certificate *certificate)
{
	cleanup_buf names = BUF_INIT;
	int error = check_names(certificate);
	if (error)
		return error;
	join_names(certificate, &names);
	error = buf_error(&names);
	int64_t id = 0;
	if (!error)
		error = insert_row(txn, certificate, buf_view(&names), &id);
	for (size_t i = 0; !error && i < certificate->name_count; i++)
		error = insert_name(txn, certificate->names[i], id);
	return error ? error : store_issuer_note_end(txn, certificate->issuer, certificate->not_after);
}

int store_certificate_get(struct store_txn *txn, struct view serial, struct arena *arena, struct store_certificate *ret_certificate)
{
	cleanup_sql q = sql_begin(txn, "SELECT serial, account_id, order_id, issuer, shard, profile, not_before, not_after, status, tbs, der,"
				       " revoked_at, reason, spki_sha256, names, person_id, replaced_by, made, id FROM certificate WHERE serial = ?1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error)
		return error;
	struct store_certificate certificate = {
		.serial = sql_view(&q, 0, arena),
		.account = sql_int(&q, 1),
		.order = sql_int(&q, 2),
		.issuer = sql_view(&q, 3, arena),
		.shard = (uint32_t)sql_int(&q, 4),
		.profile = sql_view(&q, 5, arena),
		.not_before = sql_int(&q, 6),
		.not_after = sql_int(&q, 7),
		.status = (enum store_certificate_status)sql_int(&q, 8),
		.tbs = sql_view(&q, 9, arena),
		.der = sql_view(&q, 10, arena),
		.revoked_at = sql_int(&q, 11),
		.reason = (unsigned)sql_int(&q, 12),
		.person = sql_int(&q, 15),
		.replaced_by = sql_view(&q, 16, arena),
		.made = sql_int(&q, 17),
		.id = sql_int(&q, 18),
	};
	sql_hash(&q, 13, certificate.spki_sha256);
	struct view names = sql_view(&q, 14, arena);
	error = sql_error(&q);
	if (!error)
		error = store_certificate_split_names(names, arena, &certificate.names, &certificate.name_count);
	if (!error)
		*ret_certificate = certificate;
	return error;
}

// ---- changing the status

static int no_row_is_conflict(int error)
{
	return error == XICA_ENOTFOUND ? XICA_ECONFLICT : error;
}

static int find_pending(struct store_txn *txn, struct view serial, int64_t *ret_id, xica_time *ret_not_after)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, not_after FROM certificate WHERE serial = ?1 AND +status = 1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error)
		return error;
	*ret_id = sql_int(&q, 0);
	*ret_not_after = sql_int(&q, 1);
	return 0;
}

static int fill_in(struct store_txn *txn, int64_t id, struct view der)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET status = 2, der = ?2, tbs = x'' WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_blob(&q, der);
	return sql_run_cas(&q);
}

int store_certificate_issued(struct store_txn *txn, struct view serial, struct view der)
{
	int64_t id = 0;
	xica_time not_after = 0;
	int error = no_row_is_conflict(find_pending(txn, serial, &id, &not_after));
	if (!error)
		error = fill_in(txn, id, der);
	if (!error)
		sql_tally(txn, STORE_TALLY_ISSUED, 1);
	return error ? error : count_expiry(txn, not_after, 1);
}

int store_certificate_abandon(struct store_txn *txn, struct view serial)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET status = 3 WHERE serial = ?1 AND status = 1");
	sql_bind_blob(&q, serial);
	return sql_run_cas(&q);
}

static int raise_revision(struct store_txn *txn, struct view issuer, int64_t shard)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO crl_shard (issuer, shard, revision) VALUES (?1, ?2, 1)"
				       " ON CONFLICT (issuer, shard) DO UPDATE SET revision = crl_shard.revision + 1");
	sql_bind_text(&q, issuer);
	sql_bind_int(&q, shard);
	return sql_run(&q);
}

int store_certificate_revoke(struct store_txn *txn, struct view serial, unsigned reason, xica_time time)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET status = 4, revoked_at = ?2, reason = ?3, on_crl = 1 WHERE serial = ?1 AND status = 2"
				       " RETURNING issuer, shard, not_after");
	sql_bind_blob(&q, serial);
	sql_bind_int(&q, time);
	sql_bind_int(&q, reason);
	int error = no_row_is_conflict(sql_row(&q));
	if (error)
		return error;
	sql_tally(txn, STORE_TALLY_REVOKED, 1);
	cleanup_arena arena = ARENA_INIT;
	struct view issuer = sql_view(&q, 0, &arena);
	int64_t shard = sql_int(&q, 1);
	xica_time not_after = sql_int(&q, 2);
	error = sql_run(&q);
	if (!error)
		error = raise_revision(txn, issuer, shard);
	return error ? error : count_expiry(txn, not_after, -1);
}

// ---- lists

int store_certificate_list_pending(struct store_txn *txn, size_t limit, struct arena *arena, struct view **ret_serials, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE status = 1 ORDER BY id LIMIT ?1");
	sql_bind_size(&q, limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

int store_certificate_list_revoked(struct store_txn *txn, struct view issuer, uint32_t shard, xica_time since, const struct store_revocation_page *page,
				   store_revocation_each *each, void *context)
{
	cleanup_sql q = sql_begin(txn, "SELECT serial, revoked_at, reason FROM certificate WHERE on_crl = 1 AND issuer = ?1 AND shard = ?2"
				       " AND not_after >= ?3 AND serial > ?4 ORDER BY serial LIMIT ?5");
	sql_bind_text(&q, issuer);
	sql_bind_int(&q, shard);
	sql_bind_int(&q, since);
	sql_bind_blob(&q, page->after.ptr ? page->after : VIEW_LIT(""));
	sql_bind_int(&q, (int64_t)page->limit);
	int error;
	while (!(error = sql_row(&q))) {
		struct store_revocation revocation = {.serial = sql_borrow(&q, 0), .time = sql_int(&q, 1), .reason = (unsigned)sql_int(&q, 2)};
		error = each(&revocation, context);
		if (error)
			return error;
	}
	return error == XICA_ENOTFOUND ? 0 : error;
}
