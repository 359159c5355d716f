// Looks at a domain's XMPP servers on behalf of a registrar: for people who ask whether their server is right.
#pragma once
#include "ipc/channel.h"
#include "validate/xmpp_look.h"

enum { VALIDATOR_LOOKS_MAX = 16 }; // at once; more are answered with nothing seen

struct validator_looks;

// tools must outlive it.
XICA_MUST_CHECK int validator_looks_new(const struct challenge_tools *tools, struct validator_looks **ret_looks);
void validator_looks_free(struct validator_looks *looks); // answers nobody; NULL is fine
void validator_looks_take(struct validator_looks *looks, struct ipc_channel *registrar, const struct ipc_message *message);
void validator_looks_forget(struct validator_looks *looks, const struct ipc_channel *registrar); // it has gone
