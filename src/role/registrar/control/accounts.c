// ACME accounts, for the operator: account-list, account-show, account-suspend, account-resume. A suspended account is one in the status "revoked" (RFC 8555 §7.1.2):
// this and the suspension of its person alone bring an account there, so it can come back.
#include "base/base64url.h"
#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar/control/control.h"
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

static const char *const STATES[] = {"valid", "deactivated", "suspended"}; // by enum store_account_status, from 1

static bool fits(const struct store_find *find, const struct store_account *account)
{
	return (!find->status || account->status == (enum store_account_status)find->status) && (!find->since || account->created >= find->since) &&
	       (!find->until || account->created < find->until);
}

// Accounts behind *after that fit, of at most LOOKED_AT; *after: the last one that was looked at, 0 where there are no more.
static int find_accounts(struct store_txn *txn, struct control_command *command, const struct store_find *find, int64_t *after, json_t *list)
{
	struct store_account *rows;
	size_t count, used = 0;
	int64_t last = *after;
	int error = store_account_list(txn, *after, LOOKED_AT, &command->arena, &rows, &count);
	for (size_t i = 0; !error && i < count; i++) {
		if (fits(find, &rows[i]) && (json_array_size(list) == find->limit || !control_page_add(list, account_json(&rows[i]), &used))) {
			*after = last;
			return XICA_OK;
		}
		last = rows[i].id;
	}
	*after = count == LOOKED_AT || json_array_size(list) == find->limit ? last : 0;
	return error;
}

static int account_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_find find;
	int64_t after = 0;
	int error = control_filter(command, STATES, sizeof(STATES) / sizeof(STATES[0]), &find);
	if (error || (error = control_id(command, "after", &after)))
		return error;
	json_t *list = json_array();
	if ((error = find_accounts(txn, command, &find, &after, list))) {
		json_decref(list);
		return error;
	}
	return control_page_end(command, "accounts", list, after ? json_integer(after) : NULL);
}

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
	error = store_account_change(txn, account.id, from, to);
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
