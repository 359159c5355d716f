// An operator's command on its way: its verb is found, its work runs in one unit of the store, together with the note that it was done; the answer follows the commit.
#include <stdlib.h>

#include "base/log.h"
#include "role/registrar/audit.h"
#include "role/registrar/control/control.h"

static const struct control_verb *const VERBS[] = {
	registrar_control_eab,     registrar_control_certificates, registrar_control_revoke, registrar_control_renewal, registrar_control_issuers,
	registrar_control_accounts,
	registrar_control_orders,  registrar_control_review,       registrar_control_blocked, registrar_control_persons,
	registrar_control_mail,    registrar_control_health, registrar_control_limits,       registrar_control_audit,     registrar_control_issue,
	registrar_control_blocks,
};

static const struct control_verb *find_verb(struct view name)
{
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++)
		for (const struct control_verb *verb = VERBS[i]; verb->name; verb++)
			if (view_equal_str(name, verb->name))
				return verb;
	return NULL;
}

static void command_free(struct control_command *command)
{
	json_decref(command->arguments);
	json_decref(command->result);
	json_decref(command->outcome);
	arena_free(&command->arena);
	free(command);
}

void control_answer(struct control_command *command, const char *error)
{
	json_t *answer = error ? json_pack("{s:s}", "error", error) : json_incref(command->result);
	command->done(command->context, answer);
	json_decref(answer);
	command_free(command);
}

// What a command does is noted whatever its arguments say, but for those that know what a dry run is.
static bool is_act(const struct control_command *command)
{
	switch (command->verb->kind) {
	case CONTROL_LOOK: return false;
	case CONTROL_ACT_OR_DRY: return !json_is_true(json_object_get(command->arguments, "dry"));
	case CONTROL_ACT:
	case CONTROL_LOCAL_ACT: break;
	}
	return true;
}

static int carry_out(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	int error = command->verb->work ? command->verb->work(txn, command) : XICA_OK;
	return error || !is_act(command) ? error : registrar_audit_note(txn, command);
}

static void carried_out(int error, void *context)
{
	struct control_command *command = context;
	const struct control_verb *verb = command->verb;
	const char *why = !error ? NULL : command->error ? command->error : xica_strerror(error);
	log_info("operator command=%s by=\"%.*s\" result=\"%s\"", verb->name, VIEW_FMT(command->by), why ? why : "done");
	if (!error && verb->then)
		verb->then(command);
	if (!error && is_act(command)) {
		registrar_ahead_drop(command->registrar);
		registrar_audit_notes_go(command->registrar);
	}
	if (!error && verb->ask)
		verb->ask(command);
	else
		control_answer(command, why);
}

static int nothing(struct store_txn *txn, void *context)
{
	(void)txn, (void)context;
	return XICA_OK;
}

static void refused(int error, void *context)
{
	struct control_command *command = context;
	(void)error;
	control_answer(command, command->error);
}

int control_carry_out(struct registrar *registrar, json_t *question, enum control_from from, struct view by, control_done *done, void *context)
{
	struct control_command *command = calloc(1, sizeof(*command));
	if (!command)
		return XICA_ENOMEM;
	*command = (struct control_command){.registrar = registrar, .arguments = json_incref(question), .now = clock_now(), .done = done, .context = context};
	command->by = arena_copy(&command->arena, by);
	command->verb = find_verb(view_str(json_string_value(json_object_get(question, "command"))));
	if (!command->verb)
		command->error = "there is no such command";
	else if (json_object_size(question) > CONTROL_ARGUMENTS_MAX)
		command->error = "no command has so many arguments";
	else if (command->verb->kind == CONTROL_LOCAL_ACT && from != CONTROL_SOCKET)
		command->error = "this can be done on the CA's machine alone, by the command xica";
	int error = !command->by.ptr ? XICA_ENOMEM
		    : command->error ? store_submit(registrar->store, nothing, refused, command)
				     : store_submit(registrar->store, carry_out, carried_out, command);
	if (error)
		command_free(command);
	return error;
}
