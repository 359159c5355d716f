// An issuance in the rig, from finalize to the certificate.
#include "registrar_rig.h"

struct under_way rig_finalized(struct rig *rig, const char *name)
{
	struct under_way it = {.order = rig_ready_order(rig, name, 0)};
	it.id = rig_finalize(rig, &it.order);
	it.question = rig_take(rig, RIG_SIGNER, IPC_PREPARE);
	return it;
}

void rig_signer_comes_back(struct rig *rig)
{
	rig_disconnect(rig, RIG_SIGNER);
	rig_connect(rig, RIG_SIGNER);
}

void rig_ends_valid(struct rig *rig, struct under_way *it, const struct prepared *prepared)
{
	struct answer answer = rig_answer(rig, it->id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "valid");
	assert_certified(rig, &it->order, prepared);
}

void rig_issues_it(struct rig *rig, struct under_way *it)
{
	struct prepared prepared = rig_prepared(rig, &it->question);
	struct ipc_message issue = rig_take(rig, RIG_SIGNER, IPC_ISSUE);
	assert_true(view_equal(ipc_message_bytes(&issue, IPC_TOKEN), prepared.token));
	rig_issued(rig, &issue, &prepared);
	rig_ends_valid(rig, it, &prepared);
}

void rig_can_be_finalized(struct rig *rig, struct under_way *it)
{
	assert_state(rig, ACME_ORDER, it->order.id, "ready");
	it->id = rig_finalize(rig, &it->order);
	it->question = rig_take(rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(rig, it);
}

struct ipc_message rig_recovering(struct rig *rig, struct under_way *it, struct prepared *prepared)
{
	*prepared = rig_prepared(rig, &it->question);
	(void)rig_take(rig, RIG_SIGNER, IPC_ISSUE);
	rig_signer_comes_back(rig);
	struct ipc_message recover = rig_take(rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared->serial));
	return recover;
}
