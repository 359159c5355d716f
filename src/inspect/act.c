#include "inspect/act.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

struct reader {
	const json_t *line, *arguments, *outcome;
	inspect_act_each *each;
	void *context;
	struct inspect_act act;
};

static struct view text_of(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);
	return json_is_string(value) ? view_bytes(json_string_value(value), json_string_length(value)) : VIEW_NONE;
}

static int tell(struct reader *r)
{
	return r->each(&r->act, r->context);
}

// --- lines of their own kind

static int read_key(struct reader *r, struct view text, struct view reason)
{
	cleanup_buf bytes = BUF_INIT;
	int error = hex_decode(text, &bytes);
	if (error == XICA_ENOMEM)
		return error;
	if (error || bytes.len != sizeof(r->act.hash))
		return XICA_OK;
	memcpy(r->act.hash, bytes.ptr, sizeof(r->act.hash));
	r->act.kind = INSPECT_ACT_KEY_BLOCKED;
	r->act.text = reason;
	return tell(r);
}

static int read_block_key(struct reader *r)
{
	return read_key(r, text_of(r->line, "spki_sha256"), text_of(r->line, "reason"));
}

static int read_account(struct reader *r)
{
	static const struct {
		const char *status;
		enum inspect_act_kind kind;
	} KINDS[] = {{"valid", INSPECT_ACT_ACCOUNT_VALID}, {"suspended", INSPECT_ACT_ACCOUNT_SUSPENDED}, {"deactivated", INSPECT_ACT_ACCOUNT_DEACTIVATED}};
	struct view status = text_of(r->line, "status");
	const json_t *key = json_object_get(r->line, "account_key");
	char *jwk = json_is_object(key) ? json_dumps(key, JSON_COMPACT | JSON_SORT_KEYS) : NULL; // as RFC 7638 §3 has it
	int error = XICA_OK;
	r->act.id = json_integer_value(json_object_get(r->line, "account"));
	r->act.flag = json_is_true(json_object_get(r->line, "rests"));
	r->act.text = view_str(jwk ? jwk : "");
	for (size_t i = 0; r->act.id > 0 && i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (view_equal_str(status, KINDS[i].status)) {
			r->act.kind = KINDS[i].kind;
			error = tell(r);
		}
	free(jwk);
	return error;
}

static int tell_value(struct reader *r, enum inspect_act_kind kind, struct view value)
{
	r->act.kind = kind;
	r->act.value = value;
	return value.len ? tell(r) : XICA_OK;
}

static int tell_id(struct reader *r, enum inspect_act_kind kind, const json_t *id)
{
	r->act.kind = kind;
	r->act.id = json_integer_value(id);
	return r->act.id > 0 ? tell(r) : XICA_OK;
}

static int read_eab(struct reader *r)
{
	return tell_value(r, INSPECT_ACT_EAB_REVOKED, text_of(r->line, "kid"));
}

static int read_person(struct reader *r)
{
	return tell_id(r, INSPECT_ACT_PERSON_DELETED, json_object_get(r->line, "person"));
}

// --- an operator's commands

static int read_block_add(struct reader *r)
{
	struct view reason = text_of(r->arguments, "reason");
	return read_key(r, text_of(r->arguments, "spki"), reason.len ? reason : VIEW_LIT("blocked by the operator"));
}

static int read_block(struct reader *r, enum inspect_act_kind kind)
{
	r->act.flag = json_is_true(json_object_get(r->outcome, "below"));
	r->act.text = text_of(r->outcome, "reason");
	r->act.by = text_of(r->outcome, "by"); // of an earlier one where nothing was added to it
	if (clock_parse_rfc3339(text_of(r->outcome, "time"), &r->act.time))
		return XICA_OK;
	return tell_value(r, kind, text_of(r->outcome, "value"));
}

static int read_block_name(struct reader *r)
{
	return read_block(r, INSPECT_ACT_NAME_BLOCKED);
}

static int read_block_address(struct reader *r)
{
	return read_block(r, INSPECT_ACT_NETWORK_BLOCKED);
}

static int read_unblock(struct reader *r)
{
	bool name = text_of(r->arguments, "name").len != 0;
	return tell_value(r, name ? INSPECT_ACT_NAME_UNBLOCKED : INSPECT_ACT_NETWORK_UNBLOCKED, text_of(r->outcome, "value"));
}

static int read_person_suspend(struct reader *r)
{
	return tell_id(r, INSPECT_ACT_PERSON_SUSPENDED, json_object_get(r->outcome, "person"));
}

static int read_person_resume(struct reader *r)
{
	return tell_id(r, INSPECT_ACT_PERSON_RESUMED, json_object_get(r->outcome, "person"));
}

static int read_person_log_out(struct reader *r)
{
	return tell_id(r, INSPECT_ACT_PERSON_LOGGED_OUT, json_object_get(r->outcome, "person"));
}

static int read_person_operator(struct reader *r)
{
	r->act.flag = json_is_true(json_object_get(r->outcome, "operator"));
	return tell_id(r, INSPECT_ACT_PERSON_OPERATOR, json_object_get(r->outcome, "person"));
}

static int read_eab_create(struct reader *r)
{
	return tell_value(r, INSPECT_ACT_EAB_MADE, text_of(r->outcome, "kid"));
}

static int read_limits(struct reader *r, enum inspect_act_kind kind)
{
	const json_t *list = json_object_get(r->outcome, "limits"), *entry;
	size_t i;
	r->act.text = text_of(r->arguments, "reason");
	json_array_foreach(list, i, entry) {
		r->act.limit = text_of(entry, "kind");
		int error = tell_value(r, kind, text_of(entry, "owner"));
		if (error)
			return error;
	}
	return XICA_OK;
}

static int read_limit_override(struct reader *r)
{
	return rate_parse(text_of(r->outcome, "rate"), &r->act.rate) ? XICA_OK : read_limits(r, INSPECT_ACT_RATE_SET);
}

static int read_limit_override_drop(struct reader *r)
{
	return read_limits(r, INSPECT_ACT_RATE_DROPPED);
}

static int read_cert_renew_now(struct reader *r)
{
	bool withdraw = json_is_true(json_object_get(r->arguments, "withdraw"));
	const json_t *list = json_object_get(r->outcome, "serials"), *entry;
	size_t i;
	r->act.text = text_of(r->outcome, "explanation");
	json_array_foreach(list, i, entry) {
		cleanup_buf serial = BUF_INIT;
		int error = hex_decode(view_str(json_string_value(entry)), &serial);
		if (!error)
			error = tell_value(r, withdraw ? INSPECT_ACT_RENEWAL_WITHDRAWN : INSPECT_ACT_RENEWAL_CALLED, buf_view(&serial));
		if (error && error != XICA_EPARSE)
			return error;
	}
	return XICA_OK;
}

static int read_order_approve(struct reader *r)
{
	return tell_id(r, INSPECT_ACT_ORDER_APPROVED, json_object_get(r->arguments, "order"));
}

static int read_order_refuse(struct reader *r)
{
	r->act.text = text_of(r->arguments, "reason");
	return tell_id(r, INSPECT_ACT_ORDER_REFUSED, json_object_get(r->arguments, "order"));
}

// --- which of them

static const struct {
	const char *name;
	int (*read)(struct reader *r);
} KINDS[] = {{"block-key", read_block_key}, {"account", read_account}, {"eab", read_eab}, {"person", read_person}},
  COMMANDS[] = {{"block-add", read_block_add}, {"block-name", read_block_name}, {"block-address", read_block_address}, {"unblock", read_unblock},
		{"person-suspend", read_person_suspend}, {"person-resume", read_person_resume}, {"person-log-out", read_person_log_out},
		{"person-operator", read_person_operator}, {"eab-create", read_eab_create}, {"limit-override", read_limit_override},
		{"limit-override-drop", read_limit_override_drop}, {"cert-renew-now", read_cert_renew_now}, {"order-approve", read_order_approve},
		{"order-refuse", read_order_refuse}};

int inspect_acts_read(const char *kind, const json_t *line, inspect_act_each *each, void *context)
{
	struct reader r = {.line = line, .arguments = json_object_get(line, "arguments"), .outcome = json_object_get(line, "outcome"), .each = each, .context = context};
	struct view command = text_of(line, "command");
	if (clock_parse_rfc3339(text_of(line, "done"), &r.act.time))
		return XICA_OK;
	r.act.by = text_of(line, "by");
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (!strcmp(kind, KINDS[i].name))
			return KINDS[i].read(&r);
	for (size_t i = 0; !strcmp(kind, "operator") && i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++)
		if (view_equal_str(command, COMMANDS[i].name))
			return COMMANDS[i].read(&r);
	return XICA_OK;
}

bool inspect_act_text_is(struct view line, struct view text)
{
	const struct view cut = VIEW_LIT("…");
	return view_equal(line, text) || (view_ends(line, cut) && view_starts(text, view_sub(line, 0, line.len - cut.len)));
}
