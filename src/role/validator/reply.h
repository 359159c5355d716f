// The validator's answers to its registrar.
#pragma once
#include "ipc/channel.h"
#include "validate/proof.h"

void validator_reply(struct ipc_channel *channel, const struct buf *message); // any; what fails is logged
void validator_reply_invalid(struct ipc_channel *channel, uint64_t id, const struct challenge_outcome *outcome);
void validator_reply_validated(struct ipc_channel *channel, uint64_t id, const struct proof_result *result);
