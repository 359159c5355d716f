// What a registrar asks about the audit log: that an operator's act or a revocation be noted in it, its lines, and whether it is whole. None of this can make a line of
// another kind than those of registrars (kind_of), and so none that an issuance is recovered from.
#include <string.h>

#include "base/log.h"
#include "jose/jws.h"
#include "role/signer/signer.h"

enum { NOTE_MAX = 32 * 1024, NOTES_MAX = 256, LINES_MAX = 128 * 1024 };

static struct signer *signer_of(void *context)
{
	return ((struct role *)context)->state;
}

static void refuse(struct ipc_channel *channel, uint64_t id, const char *detail)
{
	const struct signer_refusal refusal = {PKI_REFUSAL_AUDIT, detail};
	signer_send_failure(channel, id, XICA_EDENIED, &refusal);
}

// --- noting

// What is done by many has a line of its own kind; everything else is an operator's act.
static const char *kind_of(const json_t *note)
{
	static const char *const KINDS[] = {"revoke", "block-key", "account", "eab", "person"}; // site/report.h, site/acts.h
	const char *kind = json_string_value(json_object_get(note, "kind"));
	for (size_t i = 0; kind && i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (!strcmp(kind, KINDS[i]))
			return KINDS[i];
	return "operator";
}

// All are read before the first is added.
static int read_notes(const struct ipc_message *message, json_t *list)
{
	struct view body;
	for (size_t i = 0; ipc_message_nth(message, IPC_BODY, i, &body); i++) {
		json_t *note = body.len <= NOTE_MAX && i < NOTES_MAX ? jose_json_parse(body) : NULL;
		bool good = json_is_object(note);
		if (json_array_append_new(list, note) || !good)
			return XICA_EDENIED;
	}
	return XICA_OK;
}

static int add_notes(struct audit *audit, json_t *list)
{
	json_t *note;
	size_t i;
	xica_time now = clock_now();
	json_array_foreach(list, i, note) {
		int error = audit_add(audit, kind_of(note), json_incref(note), now);
		if (error)
			return error;
	}
	return XICA_OK;
}

void signer_audit_note(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	json_t *list = json_array();
	struct buf reply = BUF_INIT;
	(void)fds, (void)fd_count;
	int error = list ? read_notes(message, list) : XICA_ENOMEM;
	if (!error)
		error = add_notes(signer->core.audit, list);
	json_decref(list);
	if (error == XICA_EDENIED)
		refuse(channel, message->id, "this can't stand in the audit log: it is no JSON object, or too long");
	else if (error)
		signer_send_failure(channel, message->id, error, NULL);
	if (error)
		return;
	ipc_message_begin(&reply, IPC_AUDIT_NOTED, message->id);
	signer_add_head(signer, &reply);
	signer_send_after_commit(signer, channel, message->id, &reply);
}

// --- reading

void signer_audit_read(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	cleanup_buf lines = BUF_INIT, reply = BUF_INIT;
	uint64_t before = 0, first = 0;
	(void)fds, (void)fd_count;
	signer_commit(signer); // what was noted before is seen
	int error = ipc_message_u64(message, IPC_OFFSET, &before);
	if (!error)
		error = audit_read_before(signer->core.audit, before, LINES_MAX, &lines, &first);
	if (error == XICA_EINVAL) {
		refuse(channel, message->id, "no line of the audit log ends there");
		return;
	}
	if (error) {
		signer_send_failure(channel, message->id, error, NULL);
		return;
	}
	ipc_message_begin(&reply, IPC_AUDIT_LINES, message->id);
	ipc_message_add_u64(&reply, IPC_OFFSET, first);
	ipc_message_add(&reply, IPC_BODY, buf_view(&lines));
	signer_send(channel, &reply);
}

// --- verifying, a stretch a turn of the loop, so that certificates are signed meanwhile

static void tell(const struct signer_verification *verification, int error)
{
	cleanup_buf reply = BUF_INIT, detail = BUF_INIT;
	unsigned long long line = (unsigned long long)verification->check.lines + 1;
	ipc_message_begin(&reply, IPC_AUDIT_VERIFIED, verification->id);
	ipc_message_add_u64(&reply, IPC_NUMBER, verification->check.lines);
	if (error == XICA_ESIG)
		buf_addf(&detail, "line %llu is not what its digest says, or does not follow from the line before it: one of them was changed, or something between "
				  "them was taken out, put in or moved", line);
	else if (error == XICA_EPARSE)
		buf_addf(&detail, "line %llu is no line of an audit log", line);
	if (detail.len)
		ipc_message_add(&reply, IPC_DETAIL, buf_view(&detail));
	if (buf_error(&detail) || (error && !detail.len))
		signer_send_failure(verification->asker, verification->id, error ? error : XICA_ENOMEM, NULL);
	else
		signer_send(verification->asker, &reply);
}

void signer_audit_stop(struct signer *signer)
{
	struct signer_verification *verification = &signer->verification;
	if (!verification->turn)
		return;
	audit_check_end(&verification->check);
	event_free(verification->turn);
	*verification = (struct signer_verification){0};
}

static void go_on(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval NOW = {0, 0};
	struct signer *signer = context;
	struct signer_verification *verification = &signer->verification;
	(void)fd, (void)what;
	int error = audit_check_step(&verification->check);
	if (error == XICA_EAGAIN && !event_add(verification->turn, &NOW))
		return;
	if (error == XICA_ESIG || error == XICA_EPARSE)
		log_error("the audit log is not whole: line %llu is wrong", (unsigned long long)verification->check.lines + 1);
	tell(verification, error);
	signer_audit_stop(signer);
}

void signer_audit_verify(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	static const struct timeval NOW = {0, 0};
	struct signer *signer = signer_of(context);
	struct signer_verification *verification = &signer->verification;
	(void)fds, (void)fd_count;
	if (verification->turn) {
		refuse(channel, message->id, "the audit log is being verified already: ask again later");
		return;
	}
	signer_commit(signer);
	verification->turn = evtimer_new(signer->role->base, go_on, signer);
	if (!verification->turn || event_add(verification->turn, &NOW)) {
		signer_send_failure(channel, message->id, XICA_ENOMEM, NULL);
		signer_audit_stop(signer);
		return;
	}
	verification->asker = channel;
	verification->id = message->id;
	audit_begin_check(signer->core.audit, &verification->check);
}

void signer_audit_forget_channel(struct signer *signer, const struct ipc_channel *channel)
{
	if (signer->verification.asker == channel)
		signer_audit_stop(signer); // nobody waits for it any more
}
