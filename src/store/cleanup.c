#include "store/cleanup.h"

#include "store/authz.h"
#include "store/sql.h"

enum { TWO_YEARS = 2 * 365 * XICA_DAY };

static int run_bounded(struct store_txn *txn, const char *text, xica_time until, size_t limit, bool *more, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, text);
	sql_bind_int(&q, until);
	sql_bind_size(&q, limit);
	size_t count = 0;
	int error = sql_run_count(&q, &count);
	if (error)
		return error;
	*ret_count = count;
	*more = *more || count >= limit;
	return 0;
}

static int drop_past_days(struct store_txn *txn, xica_time until)
{
	cleanup_sql q = sql_begin(txn, "DELETE FROM certificate_expiry WHERE day < ?1");
	sql_bind_int(&q, until / XICA_DAY);
	return sql_run(&q);
}

// What the site leaves behind: deleted when older than age.
static const struct {
	const char *text;
	xica_time age;
} SITE[] = {
	{"DELETE FROM token WHERE token_hash IN (SELECT token_hash FROM token WHERE expires <= ?1 ORDER BY expires LIMIT ?2)", 0},
	{"DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ends <= ?1 ORDER BY ends LIMIT ?2)", 0},
	{"DELETE FROM pending WHERE (key, purpose) IN (SELECT key, purpose FROM pending WHERE expires <= ?1 ORDER BY expires LIMIT ?2)", 0},
	{"DELETE FROM attempt WHERE key IN (SELECT key FROM attempt WHERE forget <= ?1 ORDER BY forget LIMIT ?2)", 0},
	{"DELETE FROM rate_limit WHERE (kind, subject) IN (SELECT kind, subject FROM rate_limit WHERE tat <= ?1 * 1000000 ORDER BY tat LIMIT ?2)", 0},
	{"DELETE FROM device WHERE (person_id, hash) IN (SELECT person_id, hash FROM device WHERE seen <= ?1 ORDER BY seen LIMIT ?2)", TWO_YEARS},
	{"DELETE FROM event WHERE id IN (SELECT id FROM event WHERE time <= ?1 ORDER BY time LIMIT ?2)", TWO_YEARS},
	{"DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE state = 2 AND ended <= ?1 ORDER BY ended LIMIT ?2)", 7 * XICA_DAY},
	{"DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE state = 3 AND ended <= ?1 ORDER BY ended LIMIT ?2)", 30 * XICA_DAY},
};

static int clean_site(struct store_txn *txn, xica_time now, size_t limit, struct store_cleanup_result *result)
{
	for (size_t i = 0; i < sizeof(SITE) / sizeof(SITE[0]); i++) {
		size_t count = 0;
		int error = run_bounded(txn, SITE[i].text, now - SITE[i].age, limit, &result->more, &count);
		if (error)
			return error;
		result->site_deleted += count;
	}
	return 0;
}

// The orders that are about to end, by the state that they are in; in the index's order, as they are ended below.
#define ENDING "FROM orders WHERE status IN (1, 2) AND expires <= ?1 ORDER BY expires, id LIMIT ?2"

static int tally_ending(struct store_txn *txn, xica_time now, size_t limit)
{
	cleanup_sql q = sql_begin(txn, "SELECT status " ENDING);
	sql_bind_int(&q, now);
	sql_bind_size(&q, limit);
	int error;
	while (!(error = sql_row(&q))) {
		sql_tally(txn, sql_int(&q, 0) == 1 ? STORE_TALLY_ORDER_LEFT_PENDING : STORE_TALLY_ORDER_LEFT_READY, 1);
		sql_tally(txn, STORE_TALLY_ORDER_INVALID, 1);
	}
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// RFC 8555 §7.1.6: pending or ready -> invalid.
static int end_orders(struct store_txn *txn, xica_time now, size_t limit, struct store_cleanup_result *result)
{
	int error = tally_ending(txn, now, limit);
	return error ? error : run_bounded(txn, "UPDATE orders SET status = 5 WHERE id IN (SELECT id " ENDING ")", now, limit, &result->more, &result->orders_expired);
}

int store_cleanup(struct store_txn *txn, const struct store_cleanup *options, struct store_cleanup_result *ret_result)
{
	xica_time now = options->now, dead = options->now - options->grace;
	size_t limit = options->limit ? options->limit : 500;
	struct store_cleanup_result result = {0};
	int error = end_orders(txn, now, limit, &result);
	// RFC 8555 §7.1.6: pending -> invalid, valid -> expired.
	if (!error)
		error = run_bounded(txn, "UPDATE authz SET status = CASE status WHEN 1 THEN 3 ELSE 5 END, keep_until = max(keep_until, " AUTHZ_HELD_UNTIL ") WHERE id IN"
					 " (SELECT id FROM authz WHERE status IN (1, 2) AND expires <= ?1 ORDER BY expires LIMIT ?2)",
				    now, limit, &result.more, &result.authzs_expired);
	// What may still become something is never deleted: it has expired first, or, an order in processing, recovery has ended it. Links go with their order,
	// challenges and receipts with their authorization.
	if (!error)
		error = run_bounded(txn, "DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE keep_until <= ?1 AND status IN (4, 5)"
					 " ORDER BY keep_until LIMIT ?2)",
				    dead, limit, &result.more, &result.orders_deleted);
	if (!error)
		error = run_bounded(txn, "DELETE FROM authz WHERE id IN (SELECT a.id FROM authz AS a WHERE a.keep_until <= ?1 AND a.status > 2 AND NOT EXISTS"
					 " (SELECT 1 FROM order_authz AS l WHERE l.authz_id = a.id) ORDER BY a.keep_until LIMIT ?2)",
				    dead, limit, &result.more, &result.authzs_deleted);
	// RFC 5280 §3.3: a revoked certificate stands on one CRL more, made after it expired.
	if (!error)
		error = run_bounded(txn, "UPDATE certificate SET on_crl = 0 WHERE id IN (SELECT id FROM certificate AS c WHERE on_crl = 1"
					 " AND not_after <= ?1 AND EXISTS (SELECT 1 FROM crl WHERE crl.issuer = c.issuer AND crl.shard = c.shard"
					 " AND crl.this_update > c.not_after) ORDER BY not_after LIMIT ?2)",
				    dead, limit, &result.more, &result.revocations_delisted);
	if (!error)
		error = drop_past_days(txn, now);
	if (!error)
		error = clean_site(txn, now, limit, &result);
	if (!error)
		*ret_result = result;
	return error;
}
