#include "store/account.h"

#include "store/sql.h"

#define COLUMNS "id, status, jwk, thumbprint, contacts, terms_agreed, eab_kid, created, person_id, rests"

static int read_account(struct sql *q, struct arena *arena, struct store_account *ret_account)
{
	int error = sql_row(q);
	if (error)
		return error;
	struct store_account account = {
		.id = sql_int(q, 0),
		.status = (enum store_account_status)sql_int(q, 1),
		.jwk = sql_view(q, 2, arena),
		.contacts = sql_view(q, 4, arena),
		.terms_agreed = sql_int(q, 5),
		.eab_kid = sql_view(q, 6, arena),
		.created = sql_int(q, 7),
		.person = sql_int(q, 8),
		.rests = sql_int(q, 9) != 0,
	};
	sql_hash(q, 3, account.thumbprint);
	error = sql_error(q);
	if (!error)
		*ret_account = account;
	return error;
}

int store_account_insert(struct store_txn *txn, const struct store_account *account, int64_t *ret_id)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO account (id, status, thumbprint, created, terms_agreed, eab_kid, contacts, jwk, person_id)"
				       " VALUES (1 + max((SELECT coalesce(max(id), 0) FROM account), coalesce((SELECT last FROM account_floor WHERE id = 1), 0)),"
				       " ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	sql_bind_int(&q, account->status);
	sql_bind_hash(&q, account->thumbprint);
	sql_bind_int(&q, account->created);
	sql_bind_int(&q, account->terms_agreed);
	sql_bind_text(&q, account->eab_kid);
	sql_bind_text(&q, account->contacts);
	sql_bind_text(&q, account->jwk);
	sql_bind_id(&q, account->person);
	int error = sql_run_id(&q, ret_id);
	if (!error)
		sql_tally(txn, STORE_TALLY_ACCOUNT, 1);
	return error;
}

int store_account_get(struct store_txn *txn, int64_t id, struct arena *arena, struct store_account *ret_account)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM account WHERE id = ?1");
	sql_bind_int(&q, id);
	return read_account(&q, arena, ret_account);
}

int store_account_by_thumbprint(struct store_txn *txn, const uint8_t thumbprint[STORE_HASH_LEN], struct arena *arena,
				struct store_account *ret_account)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM account WHERE thumbprint = ?1");
	sql_bind_hash(&q, thumbprint);
	return read_account(&q, arena, ret_account);
}

static int read_list(struct sql *q, struct arena *arena, struct store_account **ret_list, size_t *ret_count)
{
	struct store_account *list = NULL, account;
	size_t count = 0;
	int error;
	while (!(error = read_account(q, arena, &account))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = account;
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_account_list(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_account **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM account WHERE id > ?1 ORDER BY id LIMIT ?2");
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_account_list_by_name(struct store_txn *txn, struct view name, int64_t after, size_t limit, struct arena *arena, struct store_account **ret_list,
			       size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM account WHERE id > ?2 AND id IN"
				       " (SELECT c.account_id FROM certificate_name AS n CROSS JOIN certificate AS c ON c.id = n.certificate_id"
				       " WHERE n.name = ?1 AND c.status IN (2, 4) ORDER BY n.certificate_id DESC LIMIT ?4) ORDER BY id LIMIT ?3");
	sql_bind_text(&q, name);
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	sql_bind_size(&q, STORE_ACCOUNT_CERTIFICATES);
	return read_list(&q, arena, ret_list, ret_count);
}

int store_account_list_by_person(struct store_txn *txn, int64_t person, int64_t after, size_t limit, struct arena *arena,
				 struct store_account **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT " COLUMNS " FROM account WHERE person_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
	sql_bind_int(&q, person);
	sql_bind_int(&q, after);
	sql_bind_size(&q, limit);
	return read_list(&q, arena, ret_list, ret_count);
}

// An update of one row by its id: where there is none, XICA_ENOTFOUND.
static int run_existing(struct sql *q)
{
	int error = sql_run_cas(q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

int store_account_set_contacts(struct store_txn *txn, int64_t id, struct view contacts)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET contacts = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_text(&q, contacts);
	return run_existing(&q);
}

int store_account_set_terms(struct store_txn *txn, int64_t id, xica_time agreed)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET terms_agreed = ?2 WHERE id = ?1");
	sql_bind_int(&q, id);
	sql_bind_int(&q, agreed);
	return run_existing(&q);
}

int store_account_change(struct store_txn *txn, int64_t id, enum store_account_status from, enum store_account_status to)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET status = ?3, rests = 0 WHERE id = ?1 AND status = ?2");
	sql_bind_int(&q, id);
	sql_bind_int(&q, from);
	sql_bind_int(&q, to);
	return sql_run_cas(&q);
}

int store_account_rest(struct store_txn *txn, int64_t person, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET status = 3, rests = 1 WHERE person_id = ?1 AND status = 1");
	sql_bind_int(&q, person);
	return sql_run_count(&q, ret_count);
}

int store_account_wake(struct store_txn *txn, int64_t person, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET status = 1, rests = 0 WHERE person_id = ?1 AND status = 3 AND rests = 1");
	sql_bind_int(&q, person);
	return sql_run_count(&q, ret_count);
}

static int append_key_change(struct store_txn *txn, const struct store_key_change *change)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO key_change (account_id, old_thumbprint, new_thumbprint, time, jws)"
				       " VALUES (?1, ?2, ?3, ?4, ?5)");
	sql_bind_int(&q, change->account);
	sql_bind_hash(&q, change->old_thumbprint);
	sql_bind_hash(&q, change->new_thumbprint);
	sql_bind_int(&q, change->time);
	sql_bind_text(&q, change->jws);
	return sql_run(&q);
}

int store_account_change_key(struct store_txn *txn, const struct store_key_change *change, struct view jwk)
{
	cleanup_sql q = sql_begin(txn, "UPDATE account SET thumbprint = ?4, jwk = ?5 WHERE id = ?1 AND thumbprint = ?2 AND status = ?3");
	sql_bind_int(&q, change->account);
	sql_bind_hash(&q, change->old_thumbprint);
	sql_bind_int(&q, STORE_ACCOUNT_VALID);
	sql_bind_hash(&q, change->new_thumbprint);
	sql_bind_text(&q, jwk);
	int error = sql_run_cas(&q);
	return error ? error : append_key_change(txn, change);
}

int store_account_key_changes(struct store_txn *txn, int64_t account, size_t limit, struct arena *arena,
			      struct store_key_change **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT old_thumbprint, new_thumbprint, jws, time FROM key_change"
				       " WHERE account_id = ?1 ORDER BY id DESC LIMIT ?2");
	sql_bind_int(&q, account);
	sql_bind_size(&q, limit);
	struct store_key_change *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		struct store_key_change *change = &list[count++];
		*change = (struct store_key_change){.account = account, .jws = sql_view(&q, 2, arena), .time = sql_int(&q, 3)};
		sql_hash(&q, 0, change->old_thumbprint);
		sql_hash(&q, 1, change->new_thumbprint);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
