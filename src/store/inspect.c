#include "store/inspect.h"

#include "store/sql.h"

static int read_rest(struct store_txn *txn, struct view serial, struct store_inspect_row *row)
{
	cleanup_sql q = sql_begin(txn, "SELECT c.id, c.on_crl, c.noticed, a.person_id FROM certificate AS c LEFT JOIN account AS a ON a.id = c.account_id"
				       " WHERE c.serial = ?1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error)
		return error;
	row->id = sql_int(&q, 0);
	row->on_crl = sql_int(&q, 1) != 0;
	row->noticed = (unsigned)sql_int(&q, 2);
	row->account_person = sql_int(&q, 3);
	return XICA_OK;
}

int store_inspect_row(struct store_txn *txn, struct view serial, struct arena *arena, struct store_inspect_row *ret_row)
{
	struct store_inspect_row row = {0};
	int error = store_certificate_get(txn, serial, arena, &row.certificate);
	if (!error)
		error = read_rest(txn, serial, &row);
	if (!error)
		*ret_row = row;
	return error;
}

int store_inspect_has_name(struct store_txn *txn, struct view name, int64_t id, bool *ret_has)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM certificate_name WHERE name = ?1 AND certificate_id = ?2");
	sql_bind_text(&q, name);
	sql_bind_int(&q, id);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_has = !error;
	return XICA_OK;
}

static size_t count_lines(struct view text)
{
	size_t count = text.len != 0;
	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

int store_inspect_entries(struct store_txn *txn, int64_t after, int64_t last, size_t limit, struct arena *arena, struct store_inspect_entry **ret_list,
			  size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, serial, status, revoked_at, names FROM certificate WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3");
	sql_bind_int(&q, after);
	sql_bind_int(&q, last);
	sql_bind_size(&q, limit);
	struct store_inspect_entry *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = (struct store_inspect_entry){sql_int(&q, 0), sql_view(&q, 1, arena), (enum store_certificate_status)sql_int(&q, 2),
							     sql_int(&q, 3), count_lines(sql_borrow(&q, 4))};
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return XICA_OK;
}

int store_inspect_last(struct store_txn *txn, int64_t *ret_last)
{
	cleanup_sql q = sql_begin(txn, "SELECT coalesce(max(id), 0) FROM certificate");
	int error = sql_row(&q);
	if (!error)
		*ret_last = sql_int(&q, 0);
	return error;
}

int store_inspect_count_names(struct store_txn *txn, int64_t last, uint64_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM certificate_name WHERE certificate_id <= ?1");
	sql_bind_int(&q, last);
	int error = sql_row(&q);
	if (!error)
		*ret_count = (uint64_t)sql_int(&q, 0);
	return error;
}

static int read_changed(struct sql *q, int64_t after, size_t limit, struct arena *arena, struct store_inspect_changed **ret_list, size_t *ret_count)
{
	struct store_inspect_changed *list = NULL;
	size_t count = 0;
	int error;
	sql_bind_int(q, after);
	sql_bind_size(q, limit);
	while (!(error = sql_row(q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = (struct store_inspect_changed){sql_int(q, 0), (unsigned)sql_int(q, 1), sql_int(q, 2) != 0};
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return XICA_OK;
}

int store_inspect_accounts(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_inspect_changed **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, status, rests FROM account WHERE (status <> 1 OR rests <> 0) AND id > ?1 ORDER BY id LIMIT ?2");
	return read_changed(&q, after, limit, arena, ret_list, ret_count);
}

int store_inspect_people(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_inspect_changed **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, status, operator FROM person WHERE (status <> 1 OR operator <> 0) AND id > ?1 ORDER BY id LIMIT ?2");
	return read_changed(&q, after, limit, arena, ret_list, ret_count);
}

static int read_ids(struct sql *q, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	sql_bind_int(q, after);
	sql_bind_size(q, limit);
	return sql_all_ids(q, arena, ret_ids, ret_count);
}

int store_inspect_orders(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM orders WHERE (serial <> x'' OR status = 4) AND id > ?1 ORDER BY id LIMIT ?2");
	return read_ids(&q, after, limit, arena, ret_ids, ret_count);
}

int store_inspect_orders_below(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT DISTINCT order_id FROM order_authz WHERE below <> '' AND order_id > ?1 ORDER BY order_id LIMIT ?2");
	return read_ids(&q, after, limit, arena, ret_ids, ret_count);
}

int store_inspect_authzs(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM authz WHERE (status = 2 OR EXISTS (SELECT 1 FROM receipt WHERE receipt.authz_id = authz.id)) AND id > ?1"
				       " ORDER BY id LIMIT ?2");
	return read_ids(&q, after, limit, arena, ret_ids, ret_count);
}

int store_inspect_note_waits(struct store_txn *txn, struct view serial, bool *ret_waits)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM operator_note WHERE instr(body, lower(hex(?1))) > 0 AND instr(body, '\"revoke\"') > 0 LIMIT 1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_waits = !error;
	return XICA_OK;
}
