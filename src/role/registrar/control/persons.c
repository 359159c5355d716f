// People with an account on the site, for the operator: person-list, person-show, person-suspend, person-resume, person-log-out, person-operator, person-delete.
//
// Who is suspended can't log in, has no session, and their ACME accounts are suspended too (control/accounts.c); resuming gives all of that back, but for accounts
// that were suspended one by one. Certificates stay good: cert-revoke.
#include <stdlib.h>

#include "base/log.h"
#include "role/registrar/control/control.h"
#include "site/acts.h"
#include "site/mail_address.h"
#include "store/mail.h"
#include "store/passkey.h"
#include "store/person.h"
#include "store/session.h"
#include "store/token.h"

enum { ACCOUNTS_PAGE = 200, SESSIONS_SHOWN = 50 };

static const char *state_text(enum store_person_status status)
{
	switch (status) {
	case STORE_PERSON_ACTIVE: return "active";
	case STORE_PERSON_SUSPENDED: return "suspended";
	}
	return "?";
}

static json_t *person_json(const struct store_person *person)
{
	return json_pack("{s:I, s:o, s:s, s:b, s:o, s:o, s:b}", "id", (json_int_t)person->id, "address", control_json_text(person->address), "status",
			 state_text(person->status), "operator", person->is_operator, "created", control_json_time(person->created), "language",
			 control_json_text(person->language), "totp", person->totp_secret.len != 0);
}

// --- which one

static int key_of(struct control_command *command, struct view text, struct view *ret_key)
{
	struct view address;
	int error = mail_address_parse(text, command->registrar->config->lenient_names, &command->arena, &address);
	if (error == XICA_EPARSE)
		return control_fail(command, XICA_EINVAL, "this is no mail address");
	char *key = error ? NULL : arena_strdup(&command->arena, address);
	for (char *c = key; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	if (!key)
		return error ? error : XICA_ENOMEM;
	*ret_key = view_str(key);
	return XICA_OK;
}

// By "person", the number, or "address".
static int get(struct store_txn *txn, struct control_command *command, struct store_person *ret_person)
{
	struct view address = control_text(command, "address"), key;
	int64_t id = 0;
	int error = control_id(command, "person", &id);
	if (error)
		return error;
	if (!id && !address.len)
		return control_fail(command, XICA_EINVAL, "say who: by the number or the address");
	if (id)
		error = store_person_get(txn, id, &command->arena, ret_person);
	else if (!(error = key_of(command, address, &key)))
		error = store_person_by_key(txn, key, &command->arena, ret_person);
	return error == XICA_ENOTFOUND ? control_fail(command, error, "there is no such person") : error;
}

// --- looking

static int person_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct view prefix = control_text(command, "address");
	struct store_person *rows;
	size_t count, i, used = 0, limit = control_limit(command);
	int64_t after = 0;
	int error = prefix.len ? XICA_OK : control_id(command, "after", &after);
	if (!error)
		error = prefix.len ? store_person_find(txn, prefix, control_text(command, "after"), limit, &command->arena, &rows, &count)
				   : store_person_list(txn, after, limit, &command->arena, &rows, &count);
	if (error)
		return error;
	json_t *list = json_array(), *next = NULL;
	for (i = 0; i < count; i++)
		if (!control_page_add(list, person_json(&rows[i]), &used))
			break;
	if (i && (i < count || count == limit))
		next = prefix.len ? control_json_text(rows[i - 1].key) : json_integer(rows[i - 1].id);
	return control_page_end(command, "people", list, next);
}

static int add_accounts(struct store_txn *txn, struct control_command *command, int64_t person)
{
	struct store_account *accounts;
	size_t count;
	int error = store_account_list_by_person(txn, person, 0, ACCOUNTS_PAGE, &command->arena, &accounts, &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, json_integer(accounts[i].id));
	return json_object_set_new(command->result, "accounts", list) ? XICA_ENOMEM : XICA_OK;
}

static int add_sessions(struct store_txn *txn, struct control_command *command, int64_t person)
{
	struct store_session *sessions;
	size_t count;
	int error = store_session_list(txn, person, command->now, SESSIONS_SHOWN, &command->arena, &sessions, &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, json_pack("{s:b, s:o, s:o, s:o, s:o}", "console", sessions[i].kind == STORE_SESSION_OPERATOR, "created",
							    control_json_time(sessions[i].created), "seen", control_json_time(sessions[i].seen), "remote",
							    control_json_text(sessions[i].remote), "agent", control_json_text(sessions[i].agent)));
	return json_object_set_new(command->result, "sessions", list) ? XICA_ENOMEM : XICA_OK;
}

static int person_show(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_person person;
	size_t passkeys, codes;
	int error = get(txn, command, &person);
	if (error || (error = store_passkey_count(txn, person.id, &passkeys)) || (error = store_recovery_count(txn, person.id, &codes)))
		return error;
	command->result = person_json(&person);
	if (!command->result || json_object_set_new(command->result, "passkeys", json_integer((json_int_t)passkeys)) ||
	    json_object_set_new(command->result, "recovery_codes", json_integer((json_int_t)codes)))
		return XICA_ENOMEM;
	error = add_accounts(txn, command, person.id);
	return error ? error : add_sessions(txn, command, person.id);
}

// --- suspending

// Sessions, and the links of letters that lead to a new password or address: whoever is to be kept out may have asked for them.
static int throw_out(struct store_txn *txn, int64_t person, size_t *ret_sessions)
{
	int error = store_token_void(txn, person, STORE_TOKEN_RESET);
	if (!error)
		error = store_token_void(txn, person, STORE_TOKEN_ADDRESS);
	return error ? error : store_session_end_all(txn, person, 0, ret_sessions);
}

static int change(struct store_txn *txn, struct control_command *command, enum store_person_status from, enum store_person_status to)
{
	struct store_person person;
	size_t sessions = 0, accounts = 0;
	bool suspend = to == STORE_PERSON_SUSPENDED;
	int error = get(txn, command, &person);
	if (error)
		return error;
	if (person.status != from)
		return control_fail(command, XICA_ECONFLICT, suspend ? "this person is suspended already" : "this person is not suspended");
	if ((error = store_person_change(txn, person.id, from, to)) || (suspend && (error = throw_out(txn, person.id, &sessions))) ||
	    (error = site_act_rest(txn, &(struct site_act){command->now, command->by}, person.id, suspend, &accounts)))
		return error;
	person.status = to;
	command->result = person_json(&person);
	command->outcome = json_pack("{s:I, s:I}", "person", (json_int_t)person.id, "accounts", (json_int_t)accounts);
	return command->result && !json_object_set_new(command->result, "accounts_changed", json_integer((json_int_t)accounts)) ? XICA_OK : XICA_ENOMEM;
}

static int person_suspend(struct store_txn *txn, void *context)
{
	return change(txn, context, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED);
}

static int person_resume(struct store_txn *txn, void *context)
{
	return change(txn, context, STORE_PERSON_SUSPENDED, STORE_PERSON_ACTIVE);
}

static void done(struct control_command *command)
{
	log_info("person=%lld the operator's %s", (long long)json_integer_value(json_object_get(command->result, "id")), command->verb->name);
}

// --- the rest

static int person_log_out(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_person person;
	size_t count = 0;
	int error = get(txn, command, &person);
	if (error || (error = throw_out(txn, person.id, &count)))
		return error;
	command->result = json_pack("{s:I, s:o, s:I}", "id", (json_int_t)person.id, "address", control_json_text(person.address), "sessions", (json_int_t)count);
	command->outcome = json_pack("{s:I}", "person", (json_int_t)person.id);
	return command->result && command->outcome ? XICA_OK : XICA_ENOMEM;
}

// "operator": true or false. Their sessions end, so that none has more or less than its person.
static int person_operator(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const json_t *wanted = json_object_get(command->arguments, "operator");
	struct store_person person;
	size_t passkeys = 0, sessions = 0;
	int error = get(txn, command, &person);
	if (error)
		return error;
	if (!json_is_boolean(wanted))
		return control_fail(command, XICA_EINVAL, "say whether this person is to be an operator: true or false");
	person.is_operator = json_is_true(wanted);
	if ((error = store_person_set_operator(txn, person.id, person.is_operator)) || (error = store_session_end_all(txn, person.id, 0, &sessions)) ||
	    (error = store_passkey_count(txn, person.id, &passkeys)))
		return error;
	command->result = person_json(&person);
	command->outcome = json_pack("{s:I, s:b}", "person", (json_int_t)person.id, "operator", person.is_operator);
	return command->result && command->outcome && !json_object_set_new(command->result, "passkeys", json_integer((json_int_t)passkeys)) ? XICA_OK : XICA_ENOMEM;
}

// The letter that says so outlives the person in the queue.
static int put_farewell(struct store_txn *txn, struct control_command *command, const struct store_person *person)
{
	int64_t id;
	json_t *values = json_pack("{s:s}", "url", command->registrar->config->url);
	char *text = values ? json_dumps(values, JSON_COMPACT) : NULL;
	const struct store_mail mail = {.letter = VIEW_LIT("person-deleted"), .language = person->language, .to = person->address, .values = view_str(text),
					.created = command->now, .next_try = command->now};
	int error = text ? store_mail_insert(txn, &mail, &id) : XICA_ENOMEM;
	free(text);
	json_decref(values);
	return error;
}

static int person_delete(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_person person;
	int error = get(txn, command, &person);
	if (error || (error = site_act_delete_person(txn, &(struct site_act){command->now, command->by}, person.id)) ||
	    (error = put_farewell(txn, command, &person)))
		return error;
	command->result = json_pack("{s:I, s:o}", "id", (json_int_t)person.id, "address", control_json_text(person.address));
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static void deleted(struct control_command *command)
{
	done(command);
	registrar_mail_waits(command->registrar);
}

const struct control_verb registrar_control_persons[] = {
	{"person-list", CONTROL_LOOK, person_list, NULL, NULL},
	{"person-show", CONTROL_LOOK, person_show, NULL, NULL},
	{"person-suspend", CONTROL_ACT, person_suspend, done, NULL},
	{"person-resume", CONTROL_ACT, person_resume, done, NULL},
	{"person-log-out", CONTROL_ACT, person_log_out, done, NULL},
	{"person-operator", CONTROL_LOCAL_ACT, person_operator, done, NULL},
	{"person-delete", CONTROL_ACT, person_delete, deleted, NULL},
	{NULL},
};
