#include "site/acts.h"

#include "base/hex.h"
#include "jose/jws.h"
#include "site/json.h"
#include "site/site.h"
#include "store/blocked.h"
#include "store/eab.h"
#include "store/operator_note.h"

enum { TEXT_SHOWN = 200, ACCOUNTS_AT_ONCE = 200 };

// Takes the reference of note.
static int put(struct store_txn *txn, const struct site_act *act, const char *kind, json_t *note)
{
	cleanup_buf text = BUF_INIT, when = BUF_INIT;
	clock_add_rfc3339(&when, act->now);
	bool made = note && buf_cstr(&when) && !json_object_set_new(note, "kind", json_string(kind)) && !json_object_set_new(note, "done", json_string(buf_cstr(&when))) &&
		    !json_object_set_new(note, "by", site_json_text(act->by));
	int error = made ? site_json_write(note, &text) : XICA_ENOMEM;
	json_decref(note);
	return error ? error : store_operator_note_insert(txn, act->now, buf_view(&text));
}

// A line holds no text without end.
static json_t *short_text(struct view text)
{
	size_t shown = text.len < TEXT_SHOWN ? text.len : TEXT_SHOWN;
	while (shown < text.len && (text.ptr[shown] & 0xc0) == 0x80)
		shown--; // not within a character
	return shown < text.len ? json_sprintf("%.*s…", (int)shown, (const char *)text.ptr) : site_json_text(text);
}

int site_act_block_key(struct store_txn *txn, const struct site_act *act, const uint8_t spki_sha256[STORE_HASH_LEN], struct view reason, bool *ret_added)
{
	bool known = false;
	int error = store_blocked_has(txn, spki_sha256, &known);
	if (!error && !known)
		error = store_blocked_add(txn, spki_sha256, reason, act->now);
	if (!error && !known)
		error = put(txn, act, "block-key", json_pack("{s:o, s:o}", "spki_sha256", site_json_hex(view_bytes(spki_sha256, STORE_HASH_LEN)), "reason", short_text(reason)));
	if (!error && ret_added)
		*ret_added = !known;
	return error;
}

static const char *status_text(enum store_account_status status)
{
	switch (status) {
	case STORE_ACCOUNT_VALID: return "valid";
	case STORE_ACCOUNT_DEACTIVATED: return "deactivated";
	case STORE_ACCOUNT_REVOKED: return "suspended";
	}
	return "?";
}

// With its key: an account that has no certificate stands nowhere else in the log.
static int note_account(struct store_txn *txn, const struct site_act *act, const struct store_account *account, enum store_account_status status, bool rests)
{
	json_t *note = json_pack("{s:I, s:s, s:o}", "account", (json_int_t)account->id, "status", status_text(status), "account_key", jose_json_parse(account->jwk));
	if (note && rests)
		(void)json_object_set_new(note, "rests", json_true());
	return put(txn, act, "account", note);
}

int site_act_account(struct store_txn *txn, const struct site_act *act, int64_t id, enum store_account_status from, enum store_account_status to)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_account account;
	int error = store_account_change(txn, id, from, to);
	if (!error)
		error = store_account_get(txn, id, &arena, &account);
	return error ? error : note_account(txn, act, &account, to, false);
}

// Each account of the person that is in this status, and rests or not.
static int note_accounts(struct store_txn *txn, const struct site_act *act, int64_t person, enum store_account_status status, bool rests, enum store_account_status to,
			 bool will_rest)
{
	int64_t after = 0;
	size_t count = ACCOUNTS_AT_ONCE;
	int error = XICA_OK;
	while (!error && count == ACCOUNTS_AT_ONCE) {
		cleanup_arena arena = ARENA_INIT;
		struct store_account *list;
		error = store_account_list_by_person(txn, person, after, ACCOUNTS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			after = list[i].id;
			if (list[i].status == status && list[i].rests == rests)
				error = note_account(txn, act, &list[i], to, will_rest);
		}
	}
	return error;
}

int site_act_rest(struct store_txn *txn, const struct site_act *act, int64_t person, bool rest, size_t *ret_count)
{
	int error = rest ? note_accounts(txn, act, person, STORE_ACCOUNT_VALID, false, STORE_ACCOUNT_REVOKED, true)
			 : note_accounts(txn, act, person, STORE_ACCOUNT_REVOKED, true, STORE_ACCOUNT_VALID, false);
	return error ? error : (rest ? store_account_rest : store_account_wake)(txn, person, ret_count);
}

int site_act_revoke_eab(struct store_txn *txn, const struct site_act *act, struct view kid)
{
	int error = store_eab_revoke(txn, kid, act->now);
	return error ? error : put(txn, act, "eab", json_pack("{s:o}", "kid", site_json_text(kid)));
}

int site_act_delete_person(struct store_txn *txn, const struct site_act *act, int64_t person)
{
	int error = note_accounts(txn, act, person, STORE_ACCOUNT_VALID, false, STORE_ACCOUNT_DEACTIVATED, false);
	if (!error)
		error = note_accounts(txn, act, person, STORE_ACCOUNT_REVOKED, true, STORE_ACCOUNT_DEACTIVATED, false);
	if (!error)
		error = store_person_delete(txn, person, act->now);
	return error ? error : put(txn, act, "person", json_pack("{s:I}", "person", (json_int_t)person));
}
