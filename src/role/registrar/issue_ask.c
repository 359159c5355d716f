// What an issuance asks of the signer, and asks again.
#include "base/log.h"
#include "role/registrar/issue.h"

static void ask_signer(struct issuance *issuance, struct buf *message)
{
	struct ipc_channel *signer = issuance->registrar->signer;
	if (signer && ipc_channel_send(signer, message)) // without a signer it is asked when there is one again
		log_error("order=%lld the signer could not be asked", (long long)issuance->order);
}

static void add_request_id(const struct issuance *issuance, struct buf *message)
{
	if (issuance->request_id.len)
		ipc_message_add(message, IPC_REQUEST_ID, issuance->request_id);
}

void issuance_prepare(struct issuance *issuance)
{
	cleanup_buf message = BUF_INIT;
	role_crash_point(issuance->registrar->role, "before-prepare");
	issuance->step = ISSUE_PREPARING;
	issuance->question_id = ++issuance->registrar->last_id;
	ipc_message_begin(&message, IPC_PREPARE, issuance->question_id);
	ipc_message_add(&message, IPC_PROFILE, issuance->profile);
	ipc_message_add(&message, IPC_CSR, issuance->csr);
	ipc_message_add(&message, IPC_JWS, issuance->jws);
	ipc_message_add(&message, IPC_JWK, issuance->jwk);
	add_request_id(issuance, &message);
	for (size_t i = 0; i < issuance->receipt_count; i++)
		ipc_message_add(&message, IPC_RECEIPT, issuance->receipts[i]);
	for (size_t i = 0; i < issuance->key_change_count; i++)
		ipc_message_add(&message, IPC_KEY_CHANGE, issuance->key_changes[i]);
	if (issuance->not_before)
		ipc_message_add_u64(&message, IPC_NOT_BEFORE, (uint64_t)issuance->not_before);
	if (issuance->not_after)
		ipc_message_add_u64(&message, IPC_NOT_AFTER, (uint64_t)issuance->not_after);
	ask_signer(issuance, &message);
}

void issuance_issue(struct issuance *issuance)
{
	cleanup_buf message = BUF_INIT;
	issuance->step = ISSUE_ISSUING;
	issuance->question_id = ++issuance->registrar->last_id;
	ipc_message_begin(&message, IPC_ISSUE, issuance->question_id);
	ipc_message_add(&message, IPC_TOKEN, issuance->token);
	add_request_id(issuance, &message);
	ask_signer(issuance, &message);
}

// --- whether it was signed

static bool client_waits(const struct issuance *issuance)
{
	return issuance->step == ISSUE_RECOVERING && issuance->order && issuance->done;
}

static void wait_on(struct registrar *registrar);

// Nobody's connection is kept open while a long audit log is searched.
static void patience_over(evutil_socket_t fd, short what, void *context)
{
	struct registrar *registrar = context;
	int64_t now_ms = clock_monotonic_ms();
	(void)fd, (void)what;
	for (struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next) {
		if (!client_waits(issuance))
			continue;
		if (now_ms - issuance->recovering_ms < ISSUE_PATIENCE_MS) {
			wait_on(registrar);
			continue;
		}
		issuance_done *done = issuance->done;
		issuance->done = NULL;
		issuance->show = NULL;
		done(issuance->context, NULL);
	}
}

static void wait_on(struct registrar *registrar)
{
	static const struct timeval TICK = {ISSUE_PATIENCE_MS / 5 / 1000, 0};
	if (!registrar->patience_timer)
		registrar->patience_timer = evtimer_new(registrar->role->base, patience_over, registrar);
	if (!registrar->patience_timer || (!evtimer_pending(registrar->patience_timer, NULL) && event_add(registrar->patience_timer, &TICK)))
		log_error("out of memory: clients wait for as long as it takes");
}

void issuance_recover(struct issuance *issuance)
{
	cleanup_buf message = BUF_INIT;
	if (issuance->step != ISSUE_RECOVERING)
		issuance->recovering_ms = clock_monotonic_ms();
	issuance->step = ISSUE_RECOVERING;
	if (client_waits(issuance))
		wait_on(issuance->registrar);
	issuance->question_id = ++issuance->registrar->last_id;
	ipc_message_begin(&message, IPC_RECOVER, issuance->question_id);
	ipc_message_add(&message, IPC_SERIAL, issuance->serial);
	add_request_id(issuance, &message);
	ask_signer(issuance, &message);
}

// Whoever asks whether it was signed has the signer forget what it prepared. The answer is nobody's.
void issuance_forget(const struct issuance *issuance)
{
	struct ipc_channel *signer = issuance->registrar->signer;
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_RECOVER, ++issuance->registrar->last_id);
	ipc_message_add(&message, IPC_SERIAL, issuance->serial);
	ipc_message_add_u64(&message, IPC_TIME, (uint64_t)clock_now());
	add_request_id(issuance, &message);
	if (signer && ipc_channel_send(signer, &message))
		log_error("order=%lld the signer could not be told to forget a certificate", (long long)issuance->order);
}

void registrar_issues_resend(struct registrar *registrar)
{
	for (struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next) {
		if (issuance->step == ISSUE_PREPARING)
			issuance_prepare(issuance);
		else if (issuance->step == ISSUE_ISSUING || issuance->step == ISSUE_RECOVERING)
			issuance_recover(issuance);
	}
}
