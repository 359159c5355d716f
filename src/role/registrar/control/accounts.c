// ACME accounts, for the operator: account-list, account-show, account-suspend, account-resume. A suspended account is one in the status "revoked" (RFC 8555 §7.1.2):
// this and the suspension of its person alone bring an account there, so it can come back.
#include <string.h>

#include "base/base64url.h"
#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar/control/control.h"
#include "site/acts.h"
#include "store/find.h"

enum { KEY_CHANGES_SHOWN = 20, LOOKED_AT = 1000 };

static const char *state_text(enum store_account_status status)
{
	switch (status) {
	case STORE_ACCOUNT_VALID: return "valid";
	case STORE_ACCOUNT_DEACTIVATED: return "deactivated";
	case STORE_ACCOUNT_REVOKED: return "suspended";
	}
	return "?";
}

static json_t *thumbprint_json(const uint8_t thumbprint[STORE_HASH_LEN])
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, view_bytes(thumbprint, STORE_HASH_LEN));
	return json_string(buf_cstr(&text));
}

static json_t *account_json(const struct store_account *account)
{
	json_t *contacts = jose_json_parse(account->contacts);
	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)account->id, "status", state_text(account->status),
			 "created", control_json_time(account->created), "contacts", contacts ? contacts : json_array(),
			 "terms_agreed", control_json_time(account->terms_agreed), "eab_kid", control_json_text(account->eab_kid),
			 "thumbprint", thumbprint_json(account->thumbprint));
}

// --- list

static const char *const STATES[] = {"valid", "deactivated", "suspended"}; // by enum store_account_status, from 1

struct filter {
	struct store_find find;
	struct view contact, eab_kid; // a part of a contact, whatever the case; the key that opened it. Empty: any
	int64_t person;               // 0: whoever's
	bool has_thumbprint;
	uint8_t thumbprint[STORE_HASH_LEN];
};

static int read_filter(struct control_command *command, struct filter *filter)
{
	struct view thumbprint = control_text(command, "thumbprint");
	cleanup_buf hash = BUF_INIT;
	filter->contact = control_text(command, "contact");
	filter->eab_kid = control_text(command, "eab_kid");
	filter->has_thumbprint = thumbprint.len != 0;
	int error = control_filter(command, STATES, sizeof(STATES) / sizeof(STATES[0]), &filter->find);
	if (!error)
		error = control_id(command, "person", &filter->person);
	if (error || !filter->has_thumbprint)
		return error;
	if (base64url_decode(thumbprint, &hash) || hash.len != STORE_HASH_LEN)
		return control_fail(command, XICA_EINVAL, "the thumbprint must be the SHA-256 digest of a JWK (RFC 7638): 43 characters of base64url");
	memcpy(filter->thumbprint, hash.ptr, STORE_HASH_LEN);
	return XICA_OK;
}

static bool has_contact(const struct store_account *account, struct view part)
{
	json_t *contacts = jose_json_parse(account->contacts);
	const json_t *contact;
	size_t i;
	bool has = false;
	json_array_foreach(contacts, i, contact) {
		struct view text = view_bytes(json_string_value(contact), json_string_length(contact));
		for (size_t at = 0; !has && at + part.len <= text.len; at++)
			has = view_equal_nocase(view_sub(text, at, part.len), part);
	}
	json_decref(contacts);
	return has;
}

static bool fits(const struct filter *filter, const struct store_account *account)
{
	const struct store_find *find = &filter->find;
	return (!find->status || account->status == (enum store_account_status)find->status) && (!find->since || account->created >= find->since) &&
	       (!find->until || account->created < find->until) && (!filter->person || account->person == filter->person) &&
	       (!filter->eab_kid.len || view_equal(account->eab_kid, filter->eab_kid)) &&
	       (!filter->has_thumbprint || !memcmp(account->thumbprint, filter->thumbprint, STORE_HASH_LEN)) &&
	       (!filter->contact.len || has_contact(account, filter->contact));
}

static int read_one(struct store_txn *txn, struct control_command *command, const struct filter *filter, int64_t after, struct store_account **ret_rows, size_t *ret_count)
{
	struct store_account *row = arena_array(&command->arena, 1, sizeof(*row));
	int error = row ? store_account_by_thumbprint(txn, filter->thumbprint, &command->arena, row) : XICA_ENOMEM;
	*ret_rows = row;
	*ret_count = !error && row->id > after;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// The next ones by the index that leaves the fewest; fits() looks at the rest.
static int read_rows(struct store_txn *txn, struct control_command *command, const struct filter *filter, int64_t after, struct store_account **ret_rows, size_t *ret_count)
{
	if (filter->has_thumbprint && !filter->find.name.len)
		return read_one(txn, command, filter, after, ret_rows, ret_count);
	if (filter->find.name.len)
		return store_account_list_by_name(txn, filter->find.name, after, LOOKED_AT, &command->arena, ret_rows, ret_count);
	if (filter->person)
		return store_account_list_by_person(txn, filter->person, after, LOOKED_AT, &command->arena, ret_rows, ret_count);
	return store_account_list(txn, after, LOOKED_AT, &command->arena, ret_rows, ret_count);
}

// Accounts behind *after that fit, of at most LOOKED_AT; *after: the last one that was looked at, 0 where there are no more.
static int find_accounts(struct store_txn *txn, struct control_command *command, const struct filter *filter, int64_t *after, json_t *list)
{
	struct store_account *rows;
	size_t count, used = 0;
	int64_t last = *after;
	int error = read_rows(txn, command, filter, *after, &rows, &count);
	for (size_t i = 0; !error && i < count; i++) {
		if (fits(filter, &rows[i]) && (json_array_size(list) == filter->find.limit || !control_page_add(list, account_json(&rows[i]), &used))) {
			*after = last;
			return XICA_OK;
		}
		last = rows[i].id;
	}
	*after = count == LOOKED_AT || json_array_size(list) == filter->find.limit ? last : 0;
	return error;
}

static int account_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct filter filter = {0};
	int64_t after = 0;
	int error = read_filter(command, &filter);
	if (error || (error = control_id(command, "after", &after)))
		return error;
	json_t *list = json_array();
	if ((error = find_accounts(txn, command, &filter, &after, list))) {
		json_decref(list);
		return error;
	}
	return control_page_end(command, "accounts", list, after ? json_integer(after) : NULL);
}

// --- one

static int get(struct store_txn *txn, struct control_command *command, struct store_account *ret_account)
{
	int64_t id = 0;
	int error = control_id(command, "account", &id);
	if (error)
		return error;
	error = store_account_get(txn, id, &command->arena, ret_account);
	return error == XICA_ENOTFOUND ? control_fail(command, error, "there is no such account") : error;
}

static int account_show(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_account account;
	struct store_key_change *changes;
	size_t count;
	int error = get(txn, command, &account);
	if (error || (error = store_account_key_changes(txn, account.id, KEY_CHANGES_SHOWN, &command->arena, &changes, &count)))
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, json_pack("{s:o, s:o}", "time", control_json_time(changes[i].time), "old_thumbprint",
							    thumbprint_json(changes[i].old_thumbprint)));
	command->result = account_json(&account);
	return command->result && !json_object_set_new(command->result, "key_changes", list) ? XICA_OK : XICA_ENOMEM;
}

static int change(struct store_txn *txn, struct control_command *command, enum store_account_status from, enum store_account_status to)
{
	struct store_account account;
	int error = get(txn, command, &account);
	if (error)
		return error;
	error = site_act_account(txn, &(struct site_act){command->now, command->by}, account.id, from, to);
	if (error == XICA_ECONFLICT)
		return control_fail(command, error, arena_printf(&command->arena, "account %lld is %s already", (long long)account.id,
								 state_text(account.status)));
	account.status = to;
	command->result = error ? NULL : account_json(&account);
	return error ? error : command->result ? XICA_OK : XICA_ENOMEM;
}

static int account_suspend(struct store_txn *txn, void *context)
{
	return change(txn, context, STORE_ACCOUNT_VALID, STORE_ACCOUNT_REVOKED);
}

static int account_resume(struct store_txn *txn, void *context)
{
	return change(txn, context, STORE_ACCOUNT_REVOKED, STORE_ACCOUNT_VALID);
}

static void changed(struct control_command *command)
{
	log_info("account=%lld is changed by the operator to %s", (long long)json_integer_value(json_object_get(command->result, "id")),
		 json_string_value(json_object_get(command->result, "status")));
}

const struct control_verb registrar_control_accounts[] = {
	{"account-list", CONTROL_LOOK, account_list, NULL, NULL},
	{"account-show", CONTROL_LOOK, account_show, NULL, NULL},
	{"account-suspend", CONTROL_ACT, account_suspend, changed, NULL},
	{"account-resume", CONTROL_ACT, account_resume, changed, NULL},
	{NULL},
};
