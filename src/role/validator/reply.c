#include "role/validator/reply.h"

#include "base/log.h"

void validator_reply(struct ipc_channel *channel, const struct buf *message)
{
	int error = buf_error(message);
	if (!error)
		error = ipc_channel_send(channel, message);
	if (error)
		log_error("an answer could not be sent: %s", xica_strerror(error));
}

void validator_reply_invalid(struct ipc_channel *channel, uint64_t id, const struct challenge_outcome *outcome)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_INVALID, id);
	ipc_message_add_str(&message, IPC_PROBLEM, acme_problem_name(outcome->problem));
	ipc_message_add_str(&message, IPC_DETAIL, outcome->detail ? outcome->detail : "out of memory");
	if (outcome->again)
		ipc_message_add_u64(&message, IPC_TRIES_LEFT, outcome->tries_left);
	validator_reply(channel, &message);
}

void validator_reply_validated(struct ipc_channel *channel, uint64_t id, const struct proof_result *result)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_VALIDATED, id);
	for (size_t i = 0; i < result->receipt_count; i++)
		ipc_message_add(&message, IPC_RECEIPT, result->receipts[i]);
	ipc_message_add_str(&message, IPC_DETAIL, result->outcome.detail);
	validator_reply(channel, &message);
}
