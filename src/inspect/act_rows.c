// The rows that acts leave (acts.c), each against what the log's last act about it made of it; and what the log tells of, and no row has.
#include "inspect/pass.h"

#include <string.h>

#include "base/hex.h"
#include "jose/jwk.h"
#include "store/account.h"
#include "store/block.h"
#include "store/blocked.h"
#include "store/eab.h"
#include "store/limit.h"
#include "store/person.h"
#include "store/renewal.h"

static void differs(struct inspect_pass *run, const char *what, struct view name)
{
	inspect_say(&run->subject, "row-differs", "%s %.*s: the database has something else than the audit log tells", what, VIEW_FMT(name));
}

// NULL: said.
static struct inspect_entry *expected(struct inspect_pass *run, enum inspect_subject_kind kind, struct view name, const char *what, struct view shown)
{
	struct inspect_entry *entry = inspect_expected_find(&run->expected, kind, name);
	if (entry)
		entry->seen = true;
	else
		inspect_say(&run->subject, "not-in-log", "%s %.*s: the audit log tells of none", what, VIEW_FMT(shown));
	return entry;
}

static int check_keys(struct inspect_pass *run)
{
	uint8_t after[STORE_HASH_LEN];
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	for (bool first = true; !error && count == INSPECT_ROWS_AT_ONCE; first = false) {
		cleanup_arena arena = ARENA_INIT;
		struct store_blocked *list;
		error = store_blocked_list(run->txn, first ? NULL : after, INSPECT_ROWS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			struct view hash = view_bytes(list[i].spki_sha256, STORE_HASH_LEN);
			cleanup_buf hex = BUF_INIT;
			memcpy(after, list[i].spki_sha256, sizeof(after));
			hex_encode(&hex, hash);
			const struct inspect_entry *entry = expected(run, INSPECT_OF_KEY, hash, "blocked key", buf_view(&hex));
			if (entry && (entry->act.time != list[i].time || !inspect_act_text_is(entry->act.text, list[i].reason)))
				differs(run, "blocked key", buf_view(&hex));
		}
	}
	return error;
}

static int check_blocks(struct inspect_pass *run, enum store_block_kind kind)
{
	cleanup_arena arena = ARENA_INIT;
	struct view after = VIEW_NONE;
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	const char *what = kind == STORE_BLOCK_NAME ? "blocked name" : "blocked network";
	while (!error && count == INSPECT_ROWS_AT_ONCE) {
		struct store_block *list;
		error = store_block_list(run->txn, kind, after, INSPECT_ROWS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			const struct store_block *row = &list[i];
			const struct inspect_entry *entry = expected(run, kind == STORE_BLOCK_NAME ? INSPECT_OF_NAME : INSPECT_OF_NETWORK, row->value, what, row->value);
			after = row->value;
			if (row->misplaced)
				inspect_say(&run->subject, "row-differs", "%s %.*s is not found by that name", what, VIEW_FMT(row->value));
			if (entry && (entry->act.time != row->time || entry->act.flag != row->below || !view_equal(entry->act.by, row->who) ||
				      !inspect_act_text_is(entry->act.text, row->reason)))
				differs(run, what, row->value);
		}
	}
	return error;
}

static int check_names(struct inspect_pass *run)
{
	return check_blocks(run, STORE_BLOCK_NAME);
}

static int check_networks(struct inspect_pass *run)
{
	return check_blocks(run, STORE_BLOCK_NETWORK);
}

static int check_rates(struct inspect_pass *run)
{
	cleanup_arena arena = ARENA_INIT;
	enum store_limit_kind kind = 0;
	struct view owner = VIEW_NONE;
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	while (!error && count == INSPECT_ROWS_AT_ONCE) {
		struct store_override *list;
		error = store_override_list(run->txn, kind, owner, INSPECT_ROWS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			const char *word = store_limit_kind_text(list[i].kind), *name = arena_printf(&arena, "%s %.*s", word ? word : "?", VIEW_FMT(list[i].owner));
			if (!name)
				return XICA_ENOMEM;
			const struct inspect_entry *entry = expected(run, INSPECT_OF_RATE, view_str(name), "exception from a limit:", view_str(name));
			const struct rate *rate = &list[i].rate;
			kind = list[i].kind;
			owner = list[i].owner;
			if (entry && (entry->act.time != list[i].time || entry->act.rate.count != rate->count || entry->act.rate.period != rate->period ||
				      entry->act.rate.burst != rate->burst || !inspect_act_text_is(entry->act.text, list[i].reason)))
				differs(run, "exception from a limit:", view_str(name));
		}
	}
	return error;
}

static int check_calls(struct inspect_pass *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct view after = VIEW_LIT("");
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	while (!error && count == INSPECT_ROWS_AT_ONCE) {
		struct view *serials;
		error = store_renewal_call_list(run->txn, after, INSPECT_ROWS_AT_ONCE, &arena, &serials, &count);
		for (size_t i = 0; !error && i < count; i++) {
			struct store_renewal_call call;
			cleanup_buf hex = BUF_INIT;
			after = serials[i];
			hex_encode(&hex, serials[i]);
			if ((error = store_renewal_call_get(run->txn, serials[i], &arena, &call)))
				break;
			const struct inspect_entry *entry = expected(run, INSPECT_OF_RENEWAL, serials[i], "call to renew", buf_view(&hex));
			if (entry && (entry->act.time != call.time || !view_equal(entry->act.text, call.explanation)))
				differs(run, "call to renew", buf_view(&hex));
		}
	}
	return error;
}

// --- accounts and people: only those that are not as they came are looked for

static enum store_account_status status_of(const struct inspect_act *act)
{
	return act->kind == INSPECT_ACT_ACCOUNT_SUSPENDED ? STORE_ACCOUNT_REVOKED : STORE_ACCOUNT_DEACTIVATED;
}

static void check_account(struct inspect_pass *run, const struct store_inspect_changed *account, struct view name)
{
	const struct inspect_entry *entry = expected(run, INSPECT_OF_ACCOUNT, name, "suspension or end of account", name);
	if (entry && ((unsigned)status_of(&entry->act) != account->status || entry->act.flag != account->flag))
		differs(run, "status of account", name);
}

static void check_person(struct inspect_pass *run, const struct store_inspect_changed *person, struct view name)
{
	if (person->status == STORE_PERSON_SUSPENDED)
		(void)expected(run, INSPECT_OF_PERSON, name, "suspension of person", name);
	if (person->flag)
		(void)expected(run, INSPECT_OF_OPERATOR, name, "operator's rights of person", name);
}

static int check_changed(struct inspect_pass *run, store_inspect_list_changed *list_changed,
			 void (*check)(struct inspect_pass *run, const struct store_inspect_changed *changed, struct view name))
{
	int64_t after = 0;
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	while (!error && count == INSPECT_ROWS_AT_ONCE) {
		cleanup_arena arena = ARENA_INIT;
		struct store_inspect_changed *list;
		error = list_changed(run->txn, after, INSPECT_ROWS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			const char *name = arena_printf(&arena, "%lld", (long long)list[i].id);
			after = list[i].id;
			if (name)
				check(run, &list[i], view_str(name));
			else
				error = XICA_ENOMEM;
		}
	}
	return error;
}

static int check_accounts(struct inspect_pass *run)
{
	return check_changed(run, store_inspect_accounts, check_account);
}

static int check_people(struct inspect_pass *run)
{
	return check_changed(run, store_inspect_people, check_person);
}

// --- what the log tells of and no row has

// The account of this act may have come back with another number when the database was restored.
static int has_account(struct inspect_pass *run, const struct inspect_act *act, bool *ret_has)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_account account;
	struct jwk key;
	int error = store_account_get(run->txn, act->id, &arena, &account);
	*ret_has = !error;
	if (error != XICA_ENOTFOUND || !act->text.len || jwk_parse_text(act->text, &key))
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	error = store_account_by_thumbprint(run->txn, key.thumbprint, &arena, &account);
	*ret_has = error == XICA_ENOTFOUND; // nobody has the key: it was here, and is gone
	jwk_free(&key);
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static int has_person(struct inspect_pass *run, const struct inspect_act *act, bool *ret_has)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_person person;
	int error = store_person_get(run->txn, act->id, &arena, &person);
	*ret_has = !error;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static int is_unrevoked(struct inspect_pass *run, struct view kid, bool *ret_is)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_eab key;
	int error = store_eab_get(run->txn, kid, &arena, &key);
	*ret_is = !error && !key.revoked;
	return error == XICA_ENOTFOUND ? XICA_OK : error; // one that was made after a backup is lost
}

static int check_missing(struct inspect_pass *run, const struct inspect_entry *entry)
{
	cleanup_buf hex = BUF_INIT;
	struct view name = view_sub(entry->name, 1, SIZE_MAX);
	const char *what = "";
	bool missing = true;
	int error = XICA_OK;
	switch ((enum inspect_subject_kind)entry->name.ptr[0]) {
	case INSPECT_OF_KEY: what = "blocked key"; break;
	case INSPECT_OF_NAME: what = "blocked name"; break;
	case INSPECT_OF_NETWORK: what = "blocked network"; break;
	case INSPECT_OF_RATE: what = "exception from a limit:"; break;
	case INSPECT_OF_RENEWAL: what = "call to renew"; break;
	case INSPECT_OF_ACCOUNT: what = "suspension or end of account"; error = has_account(run, &entry->act, &missing); break;
	case INSPECT_OF_PERSON: what = "suspension of person"; error = has_person(run, &entry->act, &missing); break;
	case INSPECT_OF_OPERATOR: what = "operator's rights of person"; error = has_person(run, &entry->act, &missing); break;
	case INSPECT_OF_EAB: what = "revocation of external account key"; error = is_unrevoked(run, name, &missing); break;
	}
	if (entry->name.ptr[0] == INSPECT_OF_KEY || entry->name.ptr[0] == INSPECT_OF_RENEWAL) {
		hex_encode(&hex, name);
		name = buf_view(&hex);
	}
	if (!error && missing)
		inspect_say(&run->subject, "not-in-database", "%s %.*s: the audit log tells of it, and the database has none", what, VIEW_FMT(name));
	return error;
}

int inspect_act_rows(struct inspect_pass *run)
{
	static int (*const CHECKS[])(struct inspect_pass *) = {check_keys, check_names, check_networks, check_rates, check_calls, check_accounts, check_people};
	int error = XICA_OK;
	for (size_t i = 0; !error && i < sizeof(CHECKS) / sizeof(CHECKS[0]); i++)
		error = CHECKS[i](run);
	for (const struct inspect_entry *entry = run->expected.first; !error && entry; entry = entry->next)
		if (entry->there && !entry->seen)
			error = check_missing(run, entry);
	return error;
}
