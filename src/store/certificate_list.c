// Lists of certificates. A page goes on where the one before ended, by the row's number, so that a page costs what it holds.
#include "store/certificate.h"

#include "store/sql.h"

// Rows below this number come next.
static int find_cursor(struct store_txn *txn, struct view after, int64_t *ret_id)
{
	if (!after.len) {
		*ret_id = INT64_MAX;
		return 0;
	}
	cleanup_sql q = sql_begin(txn, "SELECT id FROM certificate WHERE serial = ?1");
	sql_bind_blob(&q, after);
	int error = sql_row(&q);
	if (!error)
		*ret_id = sql_int(&q, 0);
	return error;
}

int store_certificate_list(struct store_txn *txn, const struct store_certificate_page *page, struct arena *arena, struct view **ret_serials,
			   size_t *ret_count)
{
	int64_t below = 0;
	int error = find_cursor(txn, page->after, &below);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
	sql_bind_int(&q, below);
	sql_bind_size(&q, page->limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

int store_certificate_list_by_name(struct store_txn *txn, struct view name, const struct store_certificate_page *page, struct arena *arena,
				   struct view **ret_serials, size_t *ret_count)
{
	int64_t below = 0;
	int error = find_cursor(txn, page->after, &below);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT c.serial FROM certificate_name AS n JOIN certificate AS c ON c.id = n.certificate_id"
				       " WHERE n.name = ?1 AND n.certificate_id < ?2 ORDER BY n.certificate_id DESC LIMIT ?3");
	sql_bind_text(&q, name);
	sql_bind_int(&q, below);
	sql_bind_size(&q, page->limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

struct numbered {
	int64_t id;
	struct view serial;
};

static int list_numbered(struct store_txn *txn, struct view name, int64_t below, size_t limit, struct arena *arena, struct numbered **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT c.id, c.serial FROM certificate_name AS n JOIN certificate AS c ON c.id = n.certificate_id"
				       " WHERE n.name = ?1 AND n.certificate_id < ?2 ORDER BY n.certificate_id DESC LIMIT ?3");
	sql_bind_text(&q, name);
	sql_bind_int(&q, below);
	sql_bind_size(&q, limit);
	struct numbered *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count].id = sql_int(&q, 0);
		list[count++].serial = sql_view(&q, 1, arena);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

// A page of each name, by one number; what bears both names comes once.
int store_certificate_list_by_names(struct store_txn *txn, const struct view names[2], const struct store_certificate_page *page, struct arena *arena,
				    struct view **ret_serials, size_t *ret_count)
{
	struct numbered *lists[2];
	size_t counts[2], at[2] = {0}, count = 0;
	int64_t below = 0;
	int error = find_cursor(txn, page->after, &below);
	for (size_t i = 0; !error && i < 2; i++)
		error = list_numbered(txn, names[i], below, page->limit, arena, &lists[i], &counts[i]);
	if (error)
		return error;
	struct view *serials = arena_array(arena, counts[0] + counts[1] + 1, sizeof(*serials));
	if (!serials)
		return XICA_ENOMEM;
	while (count < page->limit && (at[0] < counts[0] || at[1] < counts[1])) {
		int64_t first = at[0] < counts[0] ? lists[0][at[0]].id : 0, second = at[1] < counts[1] ? lists[1][at[1]].id : 0;
		serials[count++] = first >= second ? lists[0][at[0]].serial : lists[1][at[1]].serial;
		at[0] += first >= second;
		at[1] += second >= first;
	}
	*ret_serials = serials;
	*ret_count = count;
	return 0;
}

int store_certificate_list_by_account(struct store_txn *txn, int64_t account, const struct store_certificate_page *page, struct arena *arena,
				      struct view **ret_serials, size_t *ret_count)
{
	int64_t below = 0;
	int error = find_cursor(txn, page->after, &below);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE account_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
	sql_bind_int(&q, account);
	sql_bind_int(&q, below);
	sql_bind_size(&q, page->limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

static int find_own_cursor(struct store_txn *txn, int64_t person, struct view after, int64_t *ret_id)
{
	if (!after.len) {
		*ret_id = INT64_MAX;
		return 0;
	}
	cleanup_sql q = sql_begin(txn, "SELECT id FROM certificate WHERE serial = ?1 AND person_id = ?2");
	sql_bind_blob(&q, after);
	sql_bind_int(&q, person);
	int error = sql_row(&q);
	if (!error)
		*ret_id = sql_int(&q, 0);
	return error;
}

int store_certificate_list_by_person(struct store_txn *txn, int64_t person, const struct store_certificate_page *page, struct arena *arena,
				     struct view **ret_serials, size_t *ret_count)
{
	int64_t below = 0;
	int error = find_own_cursor(txn, person, page->after, &below);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE person_id = ?1 AND status IN (2, 4) AND id < ?2 ORDER BY id DESC LIMIT ?3");
	sql_bind_int(&q, person);
	sql_bind_int(&q, below);
	sql_bind_size(&q, page->limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

int store_certificate_list_by_key(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], const struct store_certificate_page *page,
				  struct arena *arena, struct view **ret_serials, size_t *ret_count)
{
	int64_t below = 0;
	int error = find_cursor(txn, page->after, &below);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE spki_sha256 = ?1 AND status = 2 AND id < ?2 ORDER BY id DESC LIMIT ?3");
	sql_bind_hash(&q, spki_sha256);
	sql_bind_int(&q, below);
	sql_bind_size(&q, page->limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

int store_certificate_key_pending(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], bool *ret_pending)
{
	cleanup_sql q = sql_begin(txn, "SELECT id FROM certificate WHERE status = 1 AND spki_sha256 = ?1 ORDER BY id LIMIT 1");
	sql_bind_hash(&q, spki_sha256);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_pending = !error;
	return 0;
}
