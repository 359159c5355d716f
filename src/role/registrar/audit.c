#include "role/registrar/audit.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "jose/jws.h"
#include "role/audit/chain.h"
#include "store/audit_head.h"
#include "store/operator_note.h"

// Of CONTROL_ARGUMENTS_MAX arguments, with names and texts so long, the signer takes a note, however their characters are escaped.
enum { TEXT_SHOWN = 200, NAME_SHOWN = 40, NOTE_AGAIN = 30, NOTES_AT_ONCE = 100, NOTES_BYTES = 256 * 1024 };

struct audit_ask { // a command that waits for the signer
	struct audit_ask *next;
	uint64_t id;
	struct control_command *command;
};

struct registrar_audit {
	struct audit_ask *asks;
	uint64_t head_size;       // as the signer said last; 0: it did not yet
	char head_hash[AUDIT_HASH_HEX + 1];
	struct event *again;      // a note that failed is tried again
	bool busy;                // notes are being told
	uint64_t note_id;         // of the question about those that the signer has; 0: it has none
	struct store_operator_note *notes;
	size_t note_count;
	int64_t told;             // the last one of them that the signer has
	struct arena arena;       // of notes
};

// --- a note is made

// How much of it is shown.
static size_t short_length(const char *text, size_t most)
{
	size_t len = strlen(text), shown = len < most ? len : most;
	while (shown < len && ((unsigned char)text[shown] & 0xc0) == 0x80)
		shown--; // not within a character
	return shown;
}

json_t *registrar_audit_short(const char *text)
{
	size_t shown = short_length(text, TEXT_SHOWN);
	return text[shown] ? json_sprintf("%.*s…", (int)shown, text) : json_string(text);
}

static json_t *short_value(const json_t *value)
{
	if (json_is_string(value))
		return registrar_audit_short(json_string_value(value));
	if (!json_is_object(value) && !json_is_array(value))
		return json_deep_copy(value);
	char *text = json_dumps(value, JSON_COMPACT);
	json_t *is = text ? registrar_audit_short(text) : NULL;
	free(text);
	return is;
}

static void add_short(json_t *list, const char *name, const json_t *value)
{
	char key[NAME_SHOWN + 1] = "";
	memcpy(key, name, short_length(name, NAME_SHOWN));
	(void)json_object_set_new(list, key, short_value(value));
}

static json_t *short_arguments(json_t *arguments)
{
	json_t *list = json_object(), *value;
	const char *name;
	json_object_foreach(arguments, name, value)
		if (strcmp(name, "command") != 0)
			add_short(list, name, value);
	return list;
}

int registrar_audit_note(struct store_txn *txn, struct control_command *command)
{
	cleanup_buf when = BUF_INIT;
	clock_add_rfc3339(&when, command->now);
	json_t *note = buf_cstr(&when) ? json_pack("{s:s%, s:s, s:s, s:o, s:O*}", "by", (const char *)command->by.ptr, command->by.len, "command",
						   command->verb->name, "done", buf_cstr(&when), "arguments", short_arguments(command->arguments),
						   "outcome", command->outcome) : NULL;
	char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	int error = text ? store_operator_note_insert(txn, command->now, view_str(text)) : XICA_ENOMEM;
	free(text);
	json_decref(note);
	return error;
}

// --- and told to the signer, as many at once as fit

static void note_ended(struct registrar *registrar)
{
	struct registrar_audit *audit = registrar->audit;
	audit->busy = false;
	audit->note_id = 0;
	arena_free(&audit->arena);
}

static void note_failed(struct registrar *registrar, const char *why)
{
	static const struct timeval LATER = {NOTE_AGAIN, 0};
	log_error("an operator's act does not stand in the audit log yet: %s; it is tried again", why);
	note_ended(registrar);
	(void)event_add(registrar->audit->again, &LATER);
}

static int drop_note(struct store_txn *txn, void *context)
{
	struct registrar *registrar = context;
	int error = store_operator_note_done(txn, registrar->audit->told);
	return error ? error : registrar_audit_keep_head(txn, registrar);
}

static void note_dropped(int error, void *context)
{
	struct registrar *registrar = context;
	if (error == XICA_ECLOSED) {
		note_ended(registrar);
	} else if (error) {
		note_failed(registrar, xica_strerror(error));
	} else {
		note_ended(registrar);
		registrar_audit_notes_go(registrar);
	}
}

static bool add_note(const struct store_operator_note *note, struct buf *message)
{
	json_t *body = jose_json_parse(note->body);
	char *text = body && !json_object_set_new(body, "note", json_integer(note->id)) ? json_dumps(body, JSON_COMPACT) : NULL;
	bool made = text != NULL;
	ipc_message_add_str(message, IPC_BODY, text);
	free(text);
	json_decref(body);
	return made;
}

// The first, and more of them as long as the message stays short. False: no memory.
static bool add_notes(struct registrar_audit *audit, struct buf *message)
{
	for (size_t i = 0; i < audit->note_count && message->len < NOTES_BYTES; i++) {
		if (!add_note(&audit->notes[i], message))
			return false;
		audit->told = audit->notes[i].id;
	}
	return !buf_error(message);
}

static void tell_notes(struct registrar *registrar)
{
	struct registrar_audit *audit = registrar->audit;
	cleanup_buf message = BUF_INIT;
	audit->note_id = ++registrar->last_id;
	ipc_message_begin(&message, IPC_AUDIT_NOTE, audit->note_id);
	bool told = add_notes(audit, &message) && registrar->signer && !ipc_channel_send(registrar->signer, &message);
	if (!told && registrar->signer)
		note_failed(registrar, "the signer could not be told");
	else if (!told)
		note_ended(registrar); // when there is a signer again
}

static int next_notes(struct store_txn *txn, void *context)
{
	struct registrar_audit *audit = ((struct registrar *)context)->audit;
	return store_operator_note_list(txn, NOTES_AT_ONCE, &audit->arena, &audit->notes, &audit->note_count);
}

static void notes_read(int error, void *context)
{
	struct registrar *registrar = context;
	if (!error && registrar->audit->note_count) {
		tell_notes(registrar);
	} else if (error && error != XICA_ECLOSED) {
		note_failed(registrar, xica_strerror(error));
	} else {
		note_ended(registrar);
	}
}

void registrar_audit_notes_go(struct registrar *registrar)
{
	struct registrar_audit *audit = registrar->audit;
	if (audit->busy || !registrar->signer)
		return; // what came while one was told is found after it
	audit->busy = true;
	if (store_submit(registrar->store, next_notes, notes_read, registrar))
		note_failed(registrar, xica_strerror(XICA_ENOMEM));
}

static void again_due(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	registrar_audit_notes_go(context);
}

// --- the log, read and verified

static void ask_signer(struct control_command *command, enum ipc_type type, bool with_offset, uint64_t offset)
{
	struct registrar *registrar = command->registrar;
	struct audit_ask *ask = registrar->signer ? calloc(1, sizeof(*ask)) : NULL;
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, type, ++registrar->last_id);
	if (with_offset)
		ipc_message_add_u64(&message, IPC_OFFSET, offset);
	if (!ask || ipc_channel_send(registrar->signer, &message)) {
		free(ask);
		control_answer(command, "the signer is not there at the moment: try again");
		return;
	}
	*ask = (struct audit_ask){registrar->audit->asks, registrar->last_id, command};
	registrar->audit->asks = ask;
}

static void audit_read(struct control_command *command)
{
	const json_t *before = json_object_get(command->arguments, "before");
	if (before && (!json_is_integer(before) || json_integer_value(before) < 0))
		control_answer(command, "'before' must be the \"next\" of the answer before");
	else
		ask_signer(command, IPC_AUDIT_READ, true, before ? (uint64_t)json_integer_value(before) : UINT64_MAX);
}

static void audit_verify(struct control_command *command)
{
	ask_signer(command, IPC_AUDIT_VERIFY, false, 0);
}

// Newest first. A line of issuance is long: its certificate and its evidence are left to who reads the file.
static json_t *line_json(struct view line)
{
	json_t *entry = jose_json_parse(line), *value;
	const char *name;
	void *next;
	json_object_foreach_safe(entry, next, name, value)
		if (strcmp(name, "arguments") != 0 && strcmp(name, "outcome") != 0)
			(void)json_object_set_new(entry, name, short_value(value));
	return entry ? entry : json_null();
}

static json_t *lines_json(struct view lines)
{
	json_t *list = json_array();
	for (size_t at = 0, end; (end = view_index(lines, '\n', at)) != SIZE_MAX; at = end + 1)
		(void)json_array_insert_new(list, 0, line_json(view_sub(lines, at, end - at)));
	return list;
}

static void take_answer(struct control_command *command, const struct ipc_message *message)
{
	uint64_t number = 0;
	struct view detail = ipc_message_bytes(message, IPC_DETAIL);
	if (message->type == IPC_AUDIT_LINES && !ipc_message_u64(message, IPC_OFFSET, &number)) {
		command->result = json_pack("{s:o}", "lines", lines_json(ipc_message_bytes(message, IPC_BODY)));
		if (number)
			(void)json_object_set_new(command->result, "next", json_integer((json_int_t)number));
	} else if (message->type == IPC_AUDIT_VERIFIED && !ipc_message_u64(message, IPC_NUMBER, &number)) {
		command->result = json_pack("{s:b, s:I}", "whole", !detail.len, "lines", (json_int_t)number);
		if (detail.len)
			(void)json_object_set_new(command->result, "detail", control_json_text(detail));
	} else if (detail.len) {
		control_answer(command, arena_strdup(&command->arena, detail));
		return;
	}
	control_answer(command, command->result ? NULL : "the signer's answer can't be read");
}

bool registrar_audit_answer(struct registrar *registrar, const struct ipc_message *message)
{
	struct registrar_audit *audit = registrar->audit;
	if (audit->note_id && audit->note_id == message->id) {
		audit->note_id = 0;
		registrar_audit_take_head(registrar, message);
		if (message->type != IPC_AUDIT_NOTED)
			note_failed(registrar, "the signer refuses the note");
		else if (store_submit(registrar->store, drop_note, note_dropped, registrar))
			note_failed(registrar, xica_strerror(XICA_ENOMEM));
		return true;
	}
	struct audit_ask **link = &audit->asks;
	while (*link && (*link)->id != message->id)
		link = &(*link)->next;
	struct audit_ask *ask = *link;
	if (!ask)
		return message->type == IPC_AUDIT_LINES || message->type == IPC_AUDIT_VERIFIED || message->type == IPC_AUDIT_NOTED; // of an earlier life
	*link = ask->next;
	take_answer(ask->command, message);
	free(ask);
	return true;
}

// --- where the log ends

void registrar_audit_take_head(struct registrar *registrar, const struct ipc_message *message)
{
	struct registrar_audit *audit = registrar->audit;
	struct view hash = ipc_message_bytes(message, IPC_AUDIT_HASH);
	uint64_t size;
	if (ipc_message_u64(message, IPC_AUDIT_SIZE, &size) || hash.len >= sizeof(audit->head_hash) || size <= audit->head_size || size > INT64_MAX)
		return;
	memcpy(audit->head_hash, hash.ptr, hash.len);
	audit->head_hash[hash.len] = 0;
	audit->head_size = size;
}

int registrar_audit_keep_head(struct store_txn *txn, const struct registrar *registrar)
{
	const struct registrar_audit *audit = registrar->audit;
	const struct store_audit_head head = {audit->head_size, view_str(audit->head_hash)};
	return head.size ? store_audit_head_put(txn, &head) : XICA_OK;
}

// --- beginning and end

static void answer_all(struct registrar *registrar, const char *why)
{
	while (registrar->audit->asks) {
		struct audit_ask *ask = registrar->audit->asks;
		registrar->audit->asks = ask->next;
		control_answer(ask->command, why);
		free(ask);
	}
}

void registrar_audit_signer_gone(struct registrar *registrar)
{
	answer_all(registrar, "the signer has gone: try again");
	if (registrar->audit->note_id) // it is told again to the next one
		note_ended(registrar);
}

int registrar_audit_start(struct registrar *registrar)
{
	struct registrar_audit *audit = calloc(1, sizeof(*audit));
	if (!audit)
		return XICA_ENOMEM;
	registrar->audit = audit;
	audit->again = evtimer_new(registrar->role->base, again_due, registrar);
	return audit->again ? XICA_OK : XICA_ENOMEM;
}

void registrar_audit_free(struct registrar *registrar)
{
	if (!registrar->audit)
		return;
	answer_all(registrar, "the registrar stops: try again");
	if (registrar->audit->again)
		event_free(registrar->audit->again);
	arena_free(&registrar->audit->arena);
	free(registrar->audit);
	registrar->audit = NULL;
}

const struct control_verb registrar_control_audit[] = {
	{"audit-read", CONTROL_LOOK, NULL, NULL, audit_read},
	{"audit-verify", CONTROL_LOOK, NULL, NULL, audit_verify},
	{NULL},
};
