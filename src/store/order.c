#include "store/order.h"

#include "store/sql.h"

#define COLUMNS \
	"o.id, o.account_id, o.status, o.created, o.expires, o.not_before, o.not_after, o.profile, o.names_hash, o.error, r.csr, r.finalize_jws, o.serial," \
	" o.review, o.replaces"
#define TABLES " FROM orders AS o LEFT JOIN order_request AS r ON r.order_id = o.id"

static int read_order(struct sql *q, struct arena *arena, struct store_order *ret_order)
{
	int error = sql_row(q);
	if (error)
		return error;
	struct store_order order = {
		.id = sql_int(q, 0),
		.account = sql_int(q, 1),
		.status = (enum store_order_status)sql_int(q, 2),
		.created = sql_int(q, 3),
		.expires = sql_int(q, 4),
		.not_before = sql_int(q, 5),
		.not_after = sql_int(q, 6),
		.profile = sql_view(q, 7, arena),
		.error = sql_view(q, 9, arena),
		.csr = sql_view(q, 10, arena),
		.finalize_jws = sql_view(q, 11, arena),
		.serial = sql_view(q, 12, arena),
		.review = (enum store_order_review)sql_int(q, 13),
		.replaces = sql_view(q, 14, arena),
	};
	sql_hash(q, 8, order.names_hash);
	error = sql_error(q);
	if (!error)
		*ret_order = order;
	return error;
}

// For the numbers that the CA shows of itself: what came into this state.
static int came_into(struct store_txn *txn, enum store_order_status status, int error)
{
	if (!error)
		sql_tally(txn, (enum store_tally)(STORE_TALLY_ORDER_PENDING + (status - STORE_ORDER_PENDING)), 1);
	return error;
}

// And from which it came. What came and did not leave is open.
static int moved(struct store_txn *txn, enum store_order_status from, enum store_order_status to, int error)
{
	if (!error)
		sql_tally(txn, (enum store_tally)(STORE_TALLY_ORDER_LEFT_PENDING + (from - STORE_ORDER_PENDING)), 1);
	return came_into(txn, to, error);
}

// ---- making one

static int insert_row(struct store_txn *txn, const struct store_order *order, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO orders (account_id, status, created, expires, keep_until, not_before, not_after, profile,"
				       " names_hash, review, replaces) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
	sql_bind_int(&q, order->account);
	sql_bind_int(&q, order->status);
	sql_bind_int(&q, order->created);
	sql_bind_int(&q, order->expires);
	sql_bind_int(&q, order->not_before);
	sql_bind_int(&q, order->not_after);
	sql_bind_text(&q, order->profile);
	sql_bind_hash(&q, order->names_hash);
	sql_bind_int(&q, order->review);
	sql_bind_blob(&q, order->replaces);
	return sql_run_id(&q, ret_id);
}

int store_order_count(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET counted = 1 WHERE id = ?1 AND counted = 0");
	sql_bind_int(&q, id);
	return sql_run_cas(&q);
}

static int insert_link(struct store_txn *txn, int64_t order, size_t position, int64_t authz)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO order_authz (order_id, position, authz_id) VALUES (?1, ?2, ?3)");
	sql_bind_int(&q, order);
	sql_bind_size(&q, position);
	sql_bind_int(&q, authz);
	return sql_run(&q);
}

static int keep_authz(struct store_txn *txn, int64_t authz, xica_time until)
{
	cleanup_sql q = sql_begin(txn, "UPDATE authz SET keep_until = ?2 WHERE id = ?1");
	sql_bind_int(&q, authz);
	sql_bind_int(&q, until);
	return sql_run(&q);
}

// Authorizations outlive the orders that hold them: those that live see to it when they end (AUTHZ_HELD_UNTIL), so that hardly ever one is written here.
static int keep_authzs(struct store_txn *txn, int64_t order, xica_time until)
{
	cleanup_sql q = sql_begin(txn, "SELECT a.id FROM order_authz AS l CROSS JOIN authz AS a ON a.id = l.authz_id WHERE l.order_id = ?1 AND a.keep_until < ?2"
				       " AND +a.status > 2");
	sql_bind_int(&q, order);
	sql_bind_int(&q, until);
	int error;
	while (!(error = sql_row(&q)))
		if ((error = keep_authz(txn, sql_int(&q, 0), until)))
			return error;
	return error == XICA_ENOTFOUND ? 0 : error;
}

int store_order_insert(struct store_txn *txn, const struct store_order *order, const int64_t *authzs, size_t authz_count, int64_t *ret_id)
{
	if (order->status != STORE_ORDER_PENDING && order->status != STORE_ORDER_READY)
		return XICA_EINVAL;
	int64_t id = 0;
	int error = insert_row(txn, order, &id);
	for (size_t i = 0; !error && i < authz_count; i++)
		error = insert_link(txn, id, i, authzs[i]);
	if (!error)
		*ret_id = id;
	return came_into(txn, order->status, error);
}

// ---- looking up

int store_order_get(struct store_txn *txn, int64_t account, int64_t id, struct arena *arena, struct store_order *ret_order)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS TABLES " WHERE o.id = ?1 AND o.account_id = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, account);
	return read_order(&q, arena, ret_order);
}

int store_order_by_id(struct store_txn *txn, int64_t id, struct arena *arena, struct store_order *ret_order)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS TABLES " WHERE o.id = ?1");
	sql_bind_int(&q, id);
	return read_order(&q, arena, ret_order);
}

int store_order_replacing(struct store_txn *txn, struct view serial, struct arena *arena, struct store_order *ret_order)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS TABLES " WHERE o.replaces = ?1 AND o.replaces <> x'' AND o.status < 5");
	sql_bind_blob(&q, serial);
	return read_order(&q, arena, ret_order);
}

int store_order_authzs(struct store_txn *txn, int64_t id, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT authz_id FROM order_authz WHERE order_id = ?1 ORDER BY position");
	sql_bind_int(&q, id);
	return sql_all_ids(&q, arena, ret_ids, ret_count);
}

int store_order_list(struct store_txn *txn, int64_t account, int64_t after, size_t limit, bool with_invalid, struct arena *arena,
		     int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM orders WHERE account_id = ?1 AND id > ?2 AND (?3 OR status <> 5) ORDER BY id LIMIT ?4");
	sql_bind_int(&q, account);
	sql_bind_int(&q, after);
	sql_bind_int(&q, with_invalid);
	sql_bind_size(&q, limit);
	return sql_all_ids(&q, arena, ret_ids, ret_count);
}

int store_order_find_reusable(struct store_txn *txn, const struct store_order *like, xica_time now, struct arena *arena,
			      struct store_order *ret_order)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS TABLES " WHERE o.account_id = ?1 AND o.names_hash = ?2 AND o.status IN (1, 2)"
				       " AND o.profile = ?3 AND o.not_before = ?4 AND o.not_after = ?5 AND o.expires > ?6"
				       " AND o.replaces = ?7 ORDER BY o.id DESC LIMIT 1");
	sql_bind_int(&q, like->account);
	sql_bind_hash(&q, like->names_hash);
	sql_bind_text(&q, like->profile);
	sql_bind_int(&q, like->not_before);
	sql_bind_int(&q, like->not_after);
	sql_bind_int(&q, now);
	sql_bind_blob(&q, like->replaces);
	return read_order(&q, arena, ret_order);
}

int store_order_unfinished_with(struct store_txn *txn, int64_t authz, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT l.order_id FROM order_authz AS l JOIN orders AS o ON o.id = l.order_id"
				       " WHERE l.authz_id = ?1 AND +o.status IN (1, 2) GROUP BY l.order_id ORDER BY l.order_id");
	sql_bind_int(&q, authz);
	return sql_all_ids(&q, arena, ret_ids, ret_count);
}

int store_order_list_processing(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM orders WHERE status = 3 AND id > ?1 ORDER BY id LIMIT ?2");
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	return sql_all_ids(&q, arena, ret_ids, ret_count);
}

int store_order_count_open(struct store_txn *txn, struct store_orders_open *ret_open)
{
	cleanup_sql unfinished = sql_begin(txn, "SELECT count(*) FILTER (WHERE status = 1), count(*) FILTER (WHERE status = 2)"
						" FROM orders INDEXED BY orders_unfinished WHERE status IN (1, 2)");
	cleanup_sql processing = sql_begin(txn, "SELECT count(*) FROM orders WHERE status = 3 AND id > 0");
	int error = sql_row(&unfinished);
	if (error || (error = sql_row(&processing)))
		return error;
	*ret_open = (struct store_orders_open){sql_int(&unfinished, 0), sql_int(&unfinished, 1), sql_int(&processing, 0)};
	return XICA_OK;
}

int store_order_list_review(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM orders WHERE review = 1 AND status < 4 AND id > ?1 ORDER BY id LIMIT ?2");
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	return sql_all_ids(&q, arena, ret_ids, ret_count);
}

// ---- changing the status

int store_order_end_by(struct store_txn *txn, int64_t id, xica_time expires)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET expires = CASE WHEN expires < ?2 THEN expires ELSE ?2 END WHERE id = ?1 AND status IN (1, 2)");
	sql_bind_int(&q, id);
	sql_bind_int(&q, expires);
	return sql_run_cas(&q);
}

int store_order_ready(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET status = 2 WHERE id = ?1 AND status = 1");
	sql_bind_int(&q, id);
	return moved(txn, STORE_ORDER_PENDING, STORE_ORDER_READY, sql_run_cas(&q));
}

int store_order_put_request(struct store_txn *txn, int64_t id, struct view csr, struct view finalize_jws)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO order_request (order_id, csr, finalize_jws) VALUES (?1, ?2, ?3)"
				       " ON CONFLICT (order_id) DO UPDATE SET csr = excluded.csr, finalize_jws = excluded.finalize_jws");
	sql_bind_int(&q, id);
	sql_bind_blob(&q, csr);
	sql_bind_text(&q, finalize_jws);
	return sql_run(&q);
}

int store_order_process(struct store_txn *txn, int64_t id, struct view csr, struct view finalize_jws)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET status = 3 WHERE id = ?1 AND status = 2");
	sql_bind_int(&q, id);
	int error = moved(txn, STORE_ORDER_READY, STORE_ORDER_PROCESSING, sql_run_cas(&q));
	return error ? error : store_order_put_request(txn, id, csr, finalize_jws);
}

static int forget_request(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM order_request WHERE order_id = ?1");
	sql_bind_int(&q, id);
	return sql_run(&q);
}

int store_order_return(struct store_txn *txn, int64_t id)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET status = 2 WHERE id = ?1 AND status = 3");
	sql_bind_int(&q, id);
	int error = moved(txn, STORE_ORDER_PROCESSING, STORE_ORDER_READY, sql_run_cas(&q));
	return error ? error : forget_request(txn, id);
}

static int mark_replaced(struct store_txn *txn, int64_t order, struct view by)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET replaced_by = ?2 WHERE serial = (SELECT replaces FROM orders WHERE id = ?1)");
	sql_bind_int(&q, order);
	sql_bind_blob(&q, by);
	return sql_run(&q);
}

int store_order_complete(struct store_txn *txn, int64_t id, struct view serial, xica_time keep_until)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET status = 4, serial = ?2,"
				       " keep_until = CASE WHEN keep_until < ?3 THEN ?3 ELSE keep_until END WHERE id = ?1 AND status = 3");
	sql_bind_int(&q, id);
	sql_bind_blob(&q, serial);
	sql_bind_int(&q, keep_until);
	int error = moved(txn, STORE_ORDER_PROCESSING, STORE_ORDER_VALID, sql_run_cas(&q));
	if (!error)
		error = mark_replaced(txn, id, serial);
	return error ? error : keep_authzs(txn, id, keep_until);
}

int store_order_fail(struct store_txn *txn, int64_t id, enum store_order_status from, struct view error_json)
{
	if (from != STORE_ORDER_PENDING && from != STORE_ORDER_READY && from != STORE_ORDER_PROCESSING)
		return XICA_EINVAL;
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET status = 5, error = ?3 WHERE id = ?1 AND status = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, from);
	sql_bind_text(&q, error_json);
	return moved(txn, from, STORE_ORDER_INVALID, sql_run_cas(&q));
}

int store_order_review(struct store_txn *txn, int64_t id, enum store_order_review from, enum store_order_review to)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET review = ?3 WHERE id = ?1 AND review = ?2 AND +status < 4");
	sql_bind_int(&q, id);
	sql_bind_int(&q, from);
	sql_bind_int(&q, to);
	return sql_run_cas(&q);
}
