// The operator's own issuance: evidence that the parent made (receipts with method operator) goes the way of every other certificate.
#include "base/log.h"
#include "role/registrar/issue.h"

static void tell_parent(struct issuance *issuance, const struct acme_problem *problem)
{
	const struct ca_issuer *issuer = ca_dir_issuer(&issuance->registrar->ca, issuance->issuer);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_OPERATOR_ISSUED, issuance->operator_id);
	if (problem || !issuer) {
		ipc_message_add_str(&message, IPC_PROBLEM, acme_problem_name(problem ? problem->type : ACME_SERVER_INTERNAL));
		ipc_message_add_str(&message, IPC_DETAIL, problem && problem->detail ? problem->detail : "no such issuer");
	} else {
		ipc_message_add(&message, IPC_CERTIFICATE, issuance->der);
		for (size_t i = 0; i < issuer->chains[0].count; i++)
			ipc_message_add(&message, IPC_CERTIFICATE, issuer->chains[0].certificates[i]);
	}
	if (ipc_channel_send(issuance->registrar->role->parent, &message))
		log_error("the parent could not be told of its certificate");
}

static void issued(void *context, const struct acme_problem *problem)
{
	tell_parent(context, problem);
}

// The names are those of the receipts; whether the receipts are true is the signer's affair.
int issuance_take_receipts(struct issuance *issuance, const struct view *receipts, size_t count)
{
	issuance->receipts = arena_array(&issuance->arena, count + 1, sizeof(*issuance->receipts));
	issuance->identifiers = arena_array(&issuance->arena, count + 1, sizeof(*issuance->identifiers));
	if (!issuance->receipts || !issuance->identifiers)
		return XICA_ENOMEM;
	for (; issuance->receipt_count < count; issuance->receipt_count++) {
		struct receipt seen;
		struct view *kept = &issuance->receipts[issuance->receipt_count];
		*kept = arena_copy(&issuance->arena, receipts[issuance->receipt_count]);
		if (!kept->ptr || receipt_peek(*kept, &seen))
			return XICA_EPARSE;
		if (seen.kind == RECEIPT_CONTROL)
			issuance->identifiers[issuance->count++] = seen.identifier;
	}
	return XICA_OK;
}

static int take_evidence(struct issuance *issuance, const struct ipc_message *message)
{
	size_t count = 0;
	struct view receipt;
	while (ipc_message_nth(message, IPC_RECEIPT, count, &receipt))
		count++;
	struct view *list = arena_array(&issuance->arena, count + 1, sizeof(*list));
	if (!list)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		(void)ipc_message_nth(message, IPC_RECEIPT, i, &list[i]);
	return issuance_take_receipts(issuance, list, count);
}

void registrar_handle_operator_issue(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count,
				     void *context)
{
	struct registrar *registrar = registrar_of(context);
	struct issuance *issuance = issuance_new(registrar, issued, NULL);
	(void)channel, (void)fds, (void)fd_count;
	if (!issuance) {
		log_error("out of memory: the operator's certificate is not issued");
		return;
	}
	issuance->context = issuance;
	issuance->operator_id = message->id;
	issuance->profile = arena_copy(&issuance->arena, ipc_message_bytes(message, IPC_PROFILE));
	issuance->csr = arena_copy(&issuance->arena, ipc_message_bytes(message, IPC_CSR));
	issuance->jws = arena_copy(&issuance->arena, ipc_message_bytes(message, IPC_JWS));
	issuance->jwk = arena_copy(&issuance->arena, ipc_message_bytes(message, IPC_JWK));
	if (take_evidence(issuance, message))
		issuance_fail(issuance, ACME_SERVER_INTERNAL, "the operator's evidence can't be read");
	else
		issuance_prepare(issuance);
}
