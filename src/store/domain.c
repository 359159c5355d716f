#include "store/domain.h"

#include <stdlib.h>

#include "store/sql.h"

#define COLUMNS \
	"a.id, a.account_id, a.identifier_type, a.identifier, a.wildcard, a.status, a.created, a.expires, coalesce(r.method, 0), c.eab_kid," \
	" coalesce(k.name, '')"
// The control receipt; the key, which the account remembers by its id.
#define JOINS \
	" FROM account AS c CROSS JOIN authz AS a ON a.account_id = c.id LEFT JOIN receipt AS r ON r.authz_id = a.id AND r.kind = 1" \
	" LEFT JOIN eab_key AS k ON k.kid = c.eab_kid"

static int read_domain(struct sql *q, struct arena *arena, struct store_domain *ret_domain)
{
	int error = sql_row(q);
	if (error)
		return error;
	const struct store_domain domain = {
		.authz = {
			.id = sql_int(q, 0),
			.account = sql_int(q, 1),
			.identifier = {.type = (enum pki_identifier_type)sql_int(q, 2), .value = sql_view(q, 3, arena), .wildcard = sql_int(q, 4)},
			.status = (enum store_authz_status)sql_int(q, 5),
			.created = sql_int(q, 6),
			.expires = sql_int(q, 7),
		},
		.method = (enum receipt_method)sql_int(q, 8),
		.kid = sql_view(q, 9, arena),
		.key_name = sql_view(q, 10, arena),
	};
	error = sql_error(q);
	if (!error)
		*ret_domain = domain;
	return error;
}

static int read_list(struct sql *q, struct arena *arena, struct store_domain **ret_list, size_t *ret_count)
{
	struct store_domain *list = NULL, domain;
	size_t count = 0;
	int error;
	while (!(error = read_domain(q, arena, &domain))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = domain;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

// The account of the last authorization of the page before.
static int find_cursor(struct store_txn *txn, int64_t person, int64_t after, int64_t *ret_account)
{
	if (!after) {
		*ret_account = INT64_MAX;
		return 0;
	}
	cleanup_sql q = sql_begin(txn, "SELECT c.id FROM authz AS a JOIN account AS c ON c.id = a.account_id WHERE a.id = ?1 AND c.person_id = ?2");
	sql_bind_int(&q, after);
	sql_bind_int(&q, person);
	int error = sql_row(&q);
	if (!error)
		*ret_account = sql_int(&q, 0);
	return error;
}

int store_domain_list(struct store_txn *txn, int64_t person, xica_time now, int64_t after, size_t limit, struct arena *arena,
		      struct store_domain **ret_list, size_t *ret_count)
{
	int64_t account = 0;
	int error = find_cursor(txn, person, after, &account);
	if (error)
		return error;
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS JOINS " WHERE c.person_id = ?1 AND c.id <= ?2 AND (c.id < ?2 OR a.id < ?3) AND a.status = 2"
				       " AND +a.expires > ?4 ORDER BY c.id DESC, a.id DESC LIMIT ?5");
	sql_bind_int(&q, person);
	sql_bind_int(&q, account);
	sql_bind_int(&q, after);
	sql_bind_int(&q, now);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

// ---- who else

static int holders_of_certificates(struct store_txn *txn, struct view name, int64_t account, xica_time now, struct arena *arena,
				   int64_t **ret_persons, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT c.person_id FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id"
				       " WHERE n.name = ?1 AND c.status = 2 AND c.not_after > ?2 AND c.person_id IS NOT NULL"
				       " AND c.person_id IS NOT (SELECT person_id FROM account WHERE id = ?3)");
	sql_bind_text(&q, name);
	sql_bind_int(&q, now);
	sql_bind_int(&q, account);
	return sql_all_ids(&q, arena, ret_persons, ret_count);
}

static int holders_of_proofs(struct store_txn *txn, struct view domain, int64_t account, xica_time now, struct arena *arena, int64_t **ret_persons,
			     size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT c.person_id FROM authz AS a CROSS JOIN account AS c ON c.id = a.account_id WHERE a.identifier = ?1"
				       " AND a.identifier_type = 1 AND a.status = 2 AND a.expires > ?2 AND c.person_id IS NOT NULL"
				       " AND c.person_id IS NOT (SELECT person_id FROM account WHERE id = ?3)");
	sql_bind_text(&q, domain);
	sql_bind_int(&q, now);
	sql_bind_int(&q, account);
	return sql_all_ids(&q, arena, ret_persons, ret_count);
}

static int compare_ids(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

static size_t each_once(int64_t *ids, size_t count)
{
	size_t kept = 0;
	if (count)
		qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < count; i++)
		if (!kept || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return kept;
}

enum { SOURCES_MAX = 3 };

struct holders { // people, by why they are concerned
	struct arena arena;
	int64_t *parts[SOURCES_MAX];
	size_t counts[SOURCES_MAX];
};

// Each once; error: what went wrong in gathering.
static int join(struct holders *holders, int error, struct arena *arena, int64_t **ret_persons, size_t *ret_count)
{
	size_t total = 0;
	for (size_t i = 0; i < SOURCES_MAX; i++)
		total += holders->counts[i];
	int64_t *persons = error ? NULL : arena_array(arena, total + 1, sizeof(*persons));
	if (!error && !persons)
		error = XICA_ENOMEM;
	total = 0;
	for (size_t i = 0; !error && i < SOURCES_MAX; i++)
		for (size_t j = 0; j < holders->counts[i]; j++)
			persons[total++] = holders->parts[i][j];
	if (!error) {
		*ret_persons = persons;
		*ret_count = each_once(persons, total);
	}
	arena_free(&holders->arena);
	return error;
}

static int holders_of_wildcards(struct store_txn *txn, struct view domain, int64_t account, xica_time now, struct arena *arena, int64_t **ret_persons,
				size_t *ret_count)
{
	const char *wildcard = arena_printf(arena, "*.%.*s", VIEW_FMT(domain));
	return wildcard ? holders_of_certificates(txn, view_str(wildcard), account, now, arena, ret_persons, ret_count) : XICA_ENOMEM;
}

int store_domain_owners(struct store_txn *txn, struct view domain, int64_t account, xica_time now, struct arena *arena, int64_t **ret_persons,
			size_t *ret_count)
{
	struct holders holders = {0};
	int error = holders_of_certificates(txn, domain, account, now, &holders.arena, &holders.parts[0], &holders.counts[0]);
	if (!error)
		error = holders_of_wildcards(txn, domain, account, now, &holders.arena, &holders.parts[1], &holders.counts[1]);
	if (!error)
		error = holders_of_proofs(txn, domain, account, now, &holders.arena, &holders.parts[2], &holders.counts[2]);
	return join(&holders, error, arena, ret_persons, ret_count);
}

static int holders_of_proofs_below(struct store_txn *txn, struct view domain, bool parent, int64_t account, xica_time now, struct arena *arena,
				   int64_t **ret_persons, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT c.person_id FROM authz AS a CROSS JOIN account AS c ON c.id = a.account_id WHERE a.identifier = ?1"
				       " AND a.identifier_type = 1 AND a.status = 2 AND a.expires > ?2 AND c.person_id IS NOT NULL"
				       " AND c.person_id IS NOT (SELECT person_id FROM account WHERE id = ?3) AND (a.subdomains = 1 OR (?4 AND a.wildcard = 1))");
	sql_bind_text(&q, domain);
	sql_bind_int(&q, now);
	sql_bind_int(&q, account);
	sql_bind_int(&q, parent);
	return sql_all_ids(&q, arena, ret_persons, ret_count);
}

int store_domain_owners_above(struct store_txn *txn, struct view above, bool parent, int64_t account, xica_time now, struct arena *arena,
			      int64_t **ret_persons, size_t *ret_count)
{
	struct holders holders = {0};
	int error = holders_of_proofs_below(txn, above, parent, account, now, &holders.arena, &holders.parts[0], &holders.counts[0]);
	if (!error && parent)
		error = holders_of_wildcards(txn, above, account, now, &holders.arena, &holders.parts[1], &holders.counts[1]);
	return join(&holders, error, arena, ret_persons, ret_count);
}

int store_domain_had(struct store_txn *txn, struct view name, const struct store_certificate *certificate, bool *ret_had)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id WHERE n.name = ?1"
				       " AND c.account_id IS nullif(?2, 0) AND c.status IN (2, 4) AND n.certificate_id < ?3 LIMIT 1");
	sql_bind_text(&q, name);
	sql_bind_int(&q, certificate->account);
	sql_bind_int(&q, certificate->id);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_had = !error;
	return 0;
}
