#include <stdlib.h>

#include "base/log.h"
#include "role/signer/signer.h"

struct signer_reply {
	struct signer_reply *next;
	struct ipc_channel *channel; // NULL: the asker has gone
	uint64_t id;
	struct buf message;
};

void signer_send(struct ipc_channel *channel, const struct buf *message)
{
	int error = buf_error(message);
	if (!error)
		error = ipc_channel_send(channel, message);
	if (error)
		log_error("an answer could not be sent: %s", xica_strerror(error));
}

static void send_refusal(struct ipc_channel *channel, uint64_t id, struct view request_id, const struct signer_refusal *refusal)
{
	cleanup_buf message = BUF_INIT;
	log_warning("request=%.*s refused reason=%s detail=\"%s\"", VIEW_FMT(request_id), pki_refusal_word(refusal->reason), refusal->detail);
	ipc_message_begin(&message, IPC_REFUSED, id);
	ipc_message_add_str(&message, IPC_PROBLEM, pki_refusal_problem(refusal->reason));
	ipc_message_add_str(&message, IPC_REASON, pki_refusal_word(refusal->reason));
	ipc_message_add_str(&message, IPC_DETAIL, refusal->detail);
	signer_send(channel, &message);
}

static void send_failure(struct ipc_channel *channel, uint64_t id, struct view request_id, int error, const struct signer_refusal *refusal)
{
	struct signer_refusal internal = {PKI_REFUSAL_INTERNAL, pki_refusal_text(PKI_REFUSAL_INTERNAL)};
	if (error != XICA_EDENIED)
		log_error("request=%.*s failed: %s", VIEW_FMT(request_id), xica_strerror(error));
	send_refusal(channel, id, request_id, error == XICA_EDENIED ? refusal : &internal);
}

void signer_send_failure(struct ipc_channel *channel, uint64_t id, int error, const struct signer_refusal *refusal)
{
	send_failure(channel, id, VIEW_NONE, error, refusal);
}

void signer_answer_failure(const struct signer *signer, struct ipc_channel *channel, const struct ipc_message *question, int error, const struct signer_refusal *refusal)
{
	metrics_add(&signer->role->metrics->signer.refused, 1);
	send_failure(channel, question->id, ipc_message_bytes(question, IPC_REQUEST_ID), error, refusal);
}

struct buf signer_issued_message(uint64_t id, struct view serial, struct view certificate)
{
	struct buf reply = BUF_INIT;
	ipc_message_begin(&reply, IPC_ISSUED, id);
	ipc_message_add(&reply, IPC_SERIAL, serial);
	ipc_message_add(&reply, IPC_CERTIFICATE, certificate);
	return reply;
}

void signer_add_head(const struct signer *signer, struct buf *message)
{
	struct audit_head head = audit_head_of(signer->core.audit);
	ipc_message_add_u64(message, IPC_AUDIT_SIZE, head.size);
	ipc_message_add_str(message, IPC_AUDIT_HASH, head.hash);
}

void signer_send_after_commit(struct signer *signer, struct ipc_channel *channel, uint64_t id, struct buf *message)
{
	struct signer_reply *reply = calloc(1, sizeof(*reply));
	if (!reply) {
		buf_free(message);
		send_failure(channel, id, VIEW_NONE, XICA_ENOMEM, NULL);
		return;
	}
	*reply = (struct signer_reply){.channel = channel, .id = id, .message = *message};
	*signer->last_reply = reply;
	signer->last_reply = &reply->next;
	event_active(signer->commit, EV_TIMEOUT, 0);
}

static void finish_reply(struct signer_reply *reply, int error)
{
	static const struct signer_refusal AUDIT = {PKI_REFUSAL_AUDIT, "the audit log cannot be written"};
	if (reply->channel && error)
		send_refusal(reply->channel, reply->id, VIEW_NONE, &AUDIT);
	else if (reply->channel)
		signer_send(reply->channel, &reply->message);
	buf_free(&reply->message);
	free(reply);
}

void signer_commit(struct signer *signer)
{
	struct signer_reply *reply = signer->replies;
	int error = audit_commit(signer->core.audit);
	signer->replies = NULL;
	signer->last_reply = &signer->replies;
	if (error)
		log_error("the audit log can't be written: %s; nothing is issued", xica_strerror(error));
	else if (reply)
		role_crash_point(signer->role, "after-audit");
	while (reply) {
		struct signer_reply *next = reply->next;
		finish_reply(reply, error);
		reply = next;
	}
	if (error == XICA_ECLOSED)
		role_finished(signer->role); // a fresh start cuts off what is torn
}

void signer_forget_channel(struct signer *signer, const struct ipc_channel *channel)
{
	for (struct signer_reply *reply = signer->replies; reply; reply = reply->next)
		if (reply->channel == channel)
			reply->channel = NULL;
	signer_audit_forget_channel(signer, channel);
	signer_recover_forget_channel(signer, channel);
}
