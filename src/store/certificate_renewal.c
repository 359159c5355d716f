// Which certificate follows which. A later one follows when it has all names of the earlier one, and perhaps more: who added a name has renewed too.
#include "store/certificate.h"
#include "store/sql.h"

struct subject {
	int64_t id;
	xica_time not_after;
	struct view *names;
	size_t count;
};

static int find_subject(struct store_txn *txn, struct view serial, struct arena *arena, struct subject *ret_subject)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, not_after, names FROM certificate WHERE serial = ?1");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error)
		return error;
	struct subject subject = {.id = sql_int(&q, 0), .not_after = sql_int(&q, 1)};
	struct view names = sql_view(&q, 2, arena);
	error = sql_error(&q);
	if (!error)
		error = store_certificate_split_names(names, arena, &subject.names, &subject.count);
	if (!error)
		*ret_subject = subject;
	return error;
}

static int has_name(struct store_txn *txn, int64_t id, struct view name)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM certificate_name WHERE name = ?1 AND certificate_id = ?2");
	sql_bind_text(&q, name);
	sql_bind_int(&q, id);
	return sql_row(&q);
}

// XICA_ENOTFOUND: not all.
static int has_names(struct store_txn *txn, int64_t id, const struct view *names, size_t count)
{
	int error = XICA_OK;
	for (size_t i = 0; !error && i < count; i++)
		error = has_name(txn, id, names[i]);
	return error;
}

// Its holder said so, whatever names the other has.
static int replaced_by(struct store_txn *txn, struct view serial, struct arena *arena, struct view *ret_serial)
{
	cleanup_sql q = sql_begin(txn, "SELECT n.serial FROM certificate AS c CROSS JOIN certificate AS n ON n.serial = c.replaced_by"
				       " WHERE c.serial = ?1 AND c.replaced_by <> x'' AND n.status = 2 AND n.not_after > c.not_after");
	sql_bind_blob(&q, serial);
	int error = sql_row(&q);
	if (error)
		return error;
	struct view found = sql_view(&q, 0, arena);
	error = sql_error(&q);
	if (!error)
		*ret_serial = found;
	return error;
}

int store_certificate_renewed_by(struct store_txn *txn, struct view serial, struct arena *arena, struct view *ret_serial)
{
	cleanup_arena work = ARENA_INIT;
	struct subject subject;
	int error = replaced_by(txn, serial, arena, ret_serial);
	if (error != XICA_ENOTFOUND)
		return error;
	error = find_subject(txn, serial, &work, &subject);
	if (error || !subject.count)
		return error ? error : XICA_ENOTFOUND;
	// A follower has the first name too.
	cleanup_sql q = sql_begin(txn, "SELECT c.id, c.serial FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id"
				       " WHERE n.name = ?1 AND n.certificate_id > ?2 AND c.status = 2 AND c.not_after > ?3 ORDER BY n.certificate_id DESC");
	sql_bind_text(&q, subject.names[0]);
	sql_bind_int(&q, subject.id);
	sql_bind_int(&q, subject.not_after);
	while (!(error = sql_row(&q))) {
		error = has_names(txn, sql_int(&q, 0), subject.names, subject.count);
		if (!error) {
			struct view found = sql_view(&q, 1, arena);
			error = sql_error(&q);
			if (!error)
				*ret_serial = found;
			return error;
		}
		if (error != XICA_ENOTFOUND)
			return error;
	}
	return error;
}

// Is this one's every name among names?
static bool is_within(const struct view *part, size_t part_count, const struct view *names, size_t count)
{
	for (size_t i = 0; i < part_count; i++) {
		size_t at = 0;
		while (at < count && !view_equal(part[i], names[at]))
			at++;
		if (at == count)
			return false;
	}
	return true;
}

// An earlier one whose first name this is.
static int renews_with_name(struct store_txn *txn, const struct store_certificate *certificate, struct view name, bool *ret_renews)
{
	cleanup_sql q = sql_begin(txn, "SELECT c.names FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id"
				       " WHERE n.name = ?1 AND n.certificate_id < ?2 AND c.status IN (2, 4) ORDER BY n.certificate_id DESC");
	sql_bind_text(&q, name);
	sql_bind_int(&q, certificate->id);
	int error;
	while (!(error = sql_row(&q))) {
		cleanup_arena arena = ARENA_INIT;
		struct view *names;
		size_t count;
		error = store_certificate_split_names(sql_borrow(&q, 0), &arena, &names, &count);
		if (error)
			return error;
		if (count && view_equal(names[0], name) && is_within(names, count, certificate->names, certificate->name_count)) {
			*ret_renews = true;
			return 0;
		}
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_renews = false;
	return 0;
}

static int has_row(struct sql *q, bool *ret_has)
{
	int error = sql_row(q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_has = !error;
	return XICA_OK;
}

// Does its order say to replace one (RFC 9773 §5)? Then it renews that, whatever names the two have.
static int says_so(struct store_txn *txn, int64_t order, bool *ret_says)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM orders WHERE id = ?1 AND replaces <> x''");
	sql_bind_int(&q, order);
	return has_row(&q, ret_says);
}

int store_certificate_renews(struct store_txn *txn, const struct store_certificate *certificate, bool *ret_renews)
{
	bool renews = false;
	int error = says_so(txn, certificate->order, &renews);
	for (size_t i = 0; !error && !renews && i < certificate->name_count; i++)
		error = renews_with_name(txn, certificate, certificate->names[i], &renews);
	if (!error)
		*ret_renews = renews;
	return error;
}

int store_certificate_is_first(struct store_txn *txn, const struct store_certificate *certificate, struct view name, bool *ret_first)
{
	bool other = false;
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id WHERE n.name = ?1"
				       " AND n.certificate_id <> ?2 AND c.status IN (2, 4) LIMIT 1");
	sql_bind_text(&q, name);
	sql_bind_int(&q, certificate->id);
	int error = has_row(&q, &other);
	if (!error)
		*ret_first = !other;
	return error;
}
