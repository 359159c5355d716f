#include "store/find.h"

#include "store/sql.h"

// What an entry of the listing indexes holds (schema_operate.c): columns 0 to 4 of every query below.
struct entry {
	int64_t id;
	unsigned status;
	struct view profile; // borrowed
	xica_time made, not_after;
};

#define CERTIFICATE_COLUMNS "c.id, c.status, c.profile, CASE c.made WHEN 0 THEN c.not_before ELSE c.made END, c.not_after"
#define ORDER_COLUMNS "o.id, o.status, o.profile, o.created, 0"

// A name of an order is its authorization's, or stands in the order beside the authorization of a domain above it.
#define ORDERS_WITH_NAME \
	"SELECT p.order_id FROM authz AS a INDEXED BY authz_name CROSS JOIN order_authz AS p ON p.authz_id = a.id" \
	" WHERE a.identifier = ?1 AND p.order_id < ?2 AND p.below = ''" \
	" UNION ALL SELECT order_id FROM order_authz INDEXED BY order_authz_below WHERE below = ?1 AND below <> '' AND order_id < ?2"

static struct entry read_entry(struct sql *q)
{
	return (struct entry){sql_int(q, 0), (unsigned)sql_int(q, 1), sql_borrow(q, 2), sql_int(q, 3), sql_int(q, 4)};
}

static bool fits(const struct store_find *find, const struct entry *entry)
{
	return (!find->status || entry->status == find->status) && (!find->profile.len || view_equal(entry->profile, find->profile)) &&
	       (!find->since || entry->made >= find->since) && (!find->until || entry->made < find->until) &&
	       (!find->expires_before || entry->not_after < find->expires_before);
}

static int collect(struct sql *q, const struct store_find *find, struct arena *arena, struct store_found *found)
{
	size_t seen = 0;
	int64_t last = 0;
	int error = XICA_OK;
	while (found->count < find->limit && !(error = sql_row(q))) {
		struct entry entry = read_entry(q);
		seen++;
		last = entry.id;
		if (!fits(find, &entry))
			continue;
		found->ids = sql_grow(arena, found->ids, found->count, sizeof(*found->ids));
		if (!found->ids)
			return XICA_ENOMEM;
		found->ids[found->count++] = entry.id;
	}
	if (error && error != XICA_ENOTFOUND)
		return error;
	found->next = found->count == find->limit || seen == STORE_FIND_PORTION ? last : 0;
	return XICA_OK;
}

static int64_t below(const struct store_find *find)
{
	return find->below ? find->below : INT64_MAX;
}

static int by_name(struct store_txn *txn, const char *text, const struct store_find *find, struct arena *arena, struct store_found *found)
{
	cleanup_sql q = sql_begin(txn, text);
	sql_bind_text(&q, find->name);
	sql_bind_int(&q, below(find));
	sql_bind_size(&q, STORE_FIND_PORTION);
	sql_bind_int(&q, find->account);
	return collect(&q, find, arena, found);
}

static int by_account(struct store_txn *txn, const char *text, const struct store_find *find, struct arena *arena, struct store_found *found)
{
	cleanup_sql q = sql_begin(txn, text);
	sql_bind_int(&q, find->account);
	sql_bind_int(&q, below(find));
	sql_bind_size(&q, STORE_FIND_PORTION);
	return collect(&q, find, arena, found);
}

static int by_number(struct store_txn *txn, const char *text, const struct store_find *find, struct arena *arena, struct store_found *found)
{
	cleanup_sql q = sql_begin(txn, text);
	sql_bind_int(&q, below(find));
	sql_bind_size(&q, STORE_FIND_PORTION);
	return collect(&q, find, arena, found);
}

int store_certificate_find(struct store_txn *txn, const struct store_find *find, struct arena *arena, struct store_found *ret_found)
{
	struct store_found found = {0};
	int error;
	if (find->name.len)
		error = by_name(txn, "SELECT " CERTIFICATE_COLUMNS " FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id"
				     " WHERE n.name = ?1 AND n.certificate_id < ?2 AND (?4 = 0 OR c.account_id = ?4) ORDER BY n.certificate_id DESC LIMIT ?3",
				find, arena, &found);
	else if (find->account)
		error = by_account(txn, "SELECT " CERTIFICATE_COLUMNS " FROM certificate AS c INDEXED BY certificate_account WHERE c.account_id = ?1 AND c.id < ?2"
					" ORDER BY c.id DESC LIMIT ?3", find, arena, &found);
	else
		error = by_number(txn, "SELECT " CERTIFICATE_COLUMNS " FROM certificate AS c INDEXED BY certificate_listing WHERE c.id < ?1 ORDER BY c.id DESC LIMIT ?2",
				  find, arena, &found);
	if (!error)
		*ret_found = found;
	return error;
}

int store_order_find(struct store_txn *txn, const struct store_find *find, struct arena *arena, struct store_found *ret_found)
{
	struct store_found found = {0};
	int error;
	if (find->name.len)
		error = by_name(txn, "SELECT " ORDER_COLUMNS " FROM orders AS o WHERE o.id IN (" ORDERS_WITH_NAME ") AND (?4 = 0 OR o.account_id = ?4)"
				     " ORDER BY o.id DESC LIMIT ?3", find, arena, &found);
	else if (find->account)
		error = by_account(txn, "SELECT " ORDER_COLUMNS " FROM orders AS o INDEXED BY orders_account WHERE o.account_id = ?1 AND o.id < ?2"
					" ORDER BY o.id DESC LIMIT ?3", find, arena, &found);
	else
		error = by_number(txn, "SELECT " ORDER_COLUMNS " FROM orders AS o WHERE o.id < ?1 ORDER BY o.id DESC LIMIT ?2", find, arena,
				  &found);
	if (!error)
		*ret_found = found;
	return error;
}

int store_certificate_number(struct store_txn *txn, struct view serial, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM certificate WHERE serial = ?1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (!error)
		*ret_id = sql_int(&q, 0);
	return error;
}

int store_certificate_serial(struct store_txn *txn, int64_t id, struct arena *arena, struct view *ret_serial)
{
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE id = ?1");
	sql_bind_int(&q, id);
	int error = sql_row(&q);
	if (error)
		return error;
	struct view serial = sql_view(&q, 0, arena);
	error = sql_error(&q);
	if (!error)
		*ret_serial = serial;
	return error;
}
