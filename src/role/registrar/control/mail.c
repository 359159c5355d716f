// The queue of letters, for the operator: mail-list, mail-retry. What a letter says is not shown: it may hold a token.
#include "base/log.h"
#include "role/registrar/control/control.h"
#include "store/mail.h"

static const struct {
	enum store_mail_state state;
	const char *text;
} STATES[] = {{STORE_MAIL_WAITING, "waiting"}, {STORE_MAIL_SENT, "sent"}, {STORE_MAIL_FAILED, "failed"}};

enum { STATE_COUNT = sizeof(STATES) / sizeof(STATES[0]) };

static const char *state_text(enum store_mail_state state)
{
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (STATES[i].state == state)
			return STATES[i].text;
	return "?";
}

static int read_state(struct control_command *command, enum store_mail_state *ret_state)
{
	struct view text = control_text(command, "state");
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (view_equal_str(text, STATES[i].text)) {
			*ret_state = STATES[i].state;
			return XICA_OK;
		}
	*ret_state = 0;
	return text.len ? control_fail(command, XICA_EINVAL, "the state must be one of waiting, sent, failed") : XICA_OK;
}

static json_t *mail_json(const struct store_mail *mail)
{
	bool waits = mail->state == STORE_MAIL_WAITING;
	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "id", (json_int_t)mail->id, "state", state_text(mail->state), "letter",
			 control_json_text(mail->letter), "language", control_json_text(mail->language), "to", control_json_text(mail->to), "created",
			 control_json_time(mail->created), "tries", (json_int_t)mail->tries, "next_try", control_json_time(waits ? mail->next_try : 0), "ended",
			 control_json_time(mail->ended), "error", control_json_text(mail->error));
}

static int mail_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_mail *rows;
	enum store_mail_state state;
	size_t count, i, used = 0, limit = control_limit(command);
	int64_t before = 0;
	int error = control_id(command, "after", &before);
	if (error || (error = read_state(command, &state)) ||
	    (error = store_mail_list(txn, state, before, limit, &command->arena, &rows, &count)))
		return error;
	json_t *list = json_array();
	for (i = 0; i < count; i++)
		if (!control_page_add(list, mail_json(&rows[i]), &used))
			break;
	return control_page_end(command, "letters", list, i && (i < count || count == limit) ? json_integer(rows[i - 1].id) : NULL);
}

static int mail_retry(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_mail mail;
	int64_t id = 0;
	int error = control_id(command, "mail", &id);
	if (error)
		return error;
	error = store_mail_get(txn, id, &command->arena, &mail);
	if (error == XICA_ENOTFOUND)
		return control_fail(command, error, "there is no such letter");
	if (error)
		return error;
	switch (mail.state) {
	case STORE_MAIL_SENT: return control_fail(command, XICA_ECONFLICT, "this letter was sent");
	case STORE_MAIL_FAILED: error = store_mail_retry(txn, id, command->now); break;
	case STORE_MAIL_WAITING: error = store_mail_later(txn, id, command->now, mail.error); break;
	}
	if (error)
		return error;
	command->result = json_pack("{s:I, s:s}", "id", (json_int_t)id, "state", state_text(STORE_MAIL_WAITING));
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static void mail_retried(struct control_command *command)
{
	log_info("mail=%lld is tried again: the operator says so", (long long)json_integer_value(json_object_get(command->result, "id")));
	registrar_mail_waits(command->registrar);
}

const struct control_verb registrar_control_mail[] = {
	{"mail-list", CONTROL_LOOK, mail_list, NULL, NULL},
	{"mail-retry", CONTROL_ACT, mail_retry, mail_retried, NULL},
	{NULL},
};
