// What a registrar asks of the signer, each message by its own handler.
#include "base/hex.h"
#include "base/log.h"
#include "role/signer/signer.h"

static struct signer *signer_of(void *context)
{
	return ((struct role *)context)->state;
}

static struct signer_clock read_clock(void)
{
	return (struct signer_clock){clock_now(), clock_monotonic_ms()};
}

// --- certificates

static int collect(const struct ipc_message *message, enum ipc_field field, struct arena *arena, const struct view **ret_list,
		   size_t *ret_count)
{
	size_t count = 0;
	struct view value;
	while (ipc_message_nth(message, field, count, &value))
		count++;
	struct view *list = arena_array(arena, count + 1, sizeof(*list));
	if (!list)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		(void)ipc_message_nth(message, field, i, &list[i]);
	*ret_list = list;
	*ret_count = count;
	return XICA_OK;
}

static int optional_time(const struct ipc_message *message, enum ipc_field field, xica_time *ret_time)
{
	uint64_t value = 0;
	int error = ipc_message_u64(message, field, &value);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_time = (xica_time)value;
	return XICA_OK;
}

static int read_request(const struct ipc_message *message, struct arena *arena, struct signer_request *to)
{
	to->profile = ipc_message_bytes(message, IPC_PROFILE);
	to->csr = ipc_message_bytes(message, IPC_CSR);
	to->finalize = ipc_message_bytes(message, IPC_JWS);
	to->jwk = ipc_message_bytes(message, IPC_JWK);
	int error = collect(message, IPC_RECEIPT, arena, &to->receipts, &to->receipt_count);
	if (!error)
		error = collect(message, IPC_KEY_CHANGE, arena, &to->key_changes, &to->key_change_count);
	if (!error)
		error = optional_time(message, IPC_NOT_BEFORE, &to->not_before);
	return error ? error : optional_time(message, IPC_NOT_AFTER, &to->not_after);
}

static void send_prepared(struct ipc_channel *channel, uint64_t id, const struct signer_prepared *prepared)
{
	cleanup_buf reply = BUF_INIT;
	ipc_message_begin(&reply, IPC_PREPARED, id);
	ipc_message_add(&reply, IPC_TOKEN, view_bytes(prepared->token, sizeof(prepared->token)));
	ipc_message_add(&reply, IPC_SERIAL, view_bytes(prepared->serial, sizeof(prepared->serial)));
	ipc_message_add(&reply, IPC_TBS, prepared->tbs);
	ipc_message_add_str(&reply, IPC_ISSUER, prepared->issuer);
	ipc_message_add_u64(&reply, IPC_SHARD, prepared->shard);
	ipc_message_add_u64(&reply, IPC_NOT_BEFORE, (uint64_t)prepared->not_before);
	ipc_message_add_u64(&reply, IPC_NOT_AFTER, (uint64_t)prepared->not_after);
	signer_send(channel, &reply);
}

static void on_prepare(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	cleanup_arena arena = ARENA_INIT;
	struct signer_request request = {0};
	struct signer_prepared prepared;
	struct signer_refusal refusal;
	(void)fds, (void)fd_count;
	int error = read_request(message, &arena, &request);
	if (!error)
		error = signer_prepare(&signer->core, &request, read_clock(), &arena, &prepared, &refusal);
	if (error) {
		signer_answer_failure(signer, channel, message, error, &refusal);
		return;
	}
	role_crash_point(signer->role, "after-prepare");
	send_prepared(channel, message->id, &prepared);
}

static void at_checkpoint(void *context, const char *point)
{
	role_crash_point(context, point);
}

static void log_signed(const struct ipc_message *message, struct view serial)
{
	cleanup_buf text = BUF_INIT;
	hex_encode(&text, serial);
	log_info("request=%.*s signed serial=%.*s", VIEW_FMT(ipc_message_bytes(message, IPC_REQUEST_ID)), VIEW_FMT(buf_view(&text)));
}

static void on_issue(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	struct signer_issued issued;
	struct signer_refusal refusal;
	(void)fds, (void)fd_count;
	int error = signer_issue(&signer->core, ipc_message_bytes(message, IPC_TOKEN), read_clock(), at_checkpoint, context, &issued, &refusal);
	if (error) {
		signer_answer_failure(signer, channel, message, error, &refusal);
		return;
	}
	metrics_add(&signer->role->metrics->signer.signatures[METRICS_SIGN_CERTIFICATE], 1);
	log_signed(message, view_bytes(issued.serial, sizeof(issued.serial)));
	struct buf reply = signer_issued_message(message->id, view_bytes(issued.serial, sizeof(issued.serial)), buf_view(&issued.certificate));
	buf_free(&issued.certificate);
	signer_add_head(signer, &reply);
	signer_send_after_commit(signer, channel, message->id, &reply);
}

// --- CRLs

static unsigned index_of(const struct signer *signer, const struct ipc_channel *channel)
{
	unsigned i = 0;
	while (i < SIGNER_REGISTRARS_MAX && signer->registrars[i] != channel)
		i++;
	return i;
}

static int read_crl_head(const struct ipc_message *message, struct signer_crl_head *head)
{
	head->issuer = ipc_message_bytes(message, IPC_ISSUER);
	int error = ipc_message_u64(message, IPC_SHARD, &head->shard);
	if (!error)
		error = ipc_message_u64(message, IPC_NUMBER, &head->number);
	if (!error)
		error = optional_time(message, IPC_THIS_UPDATE, &head->this_update);
	return error ? error : optional_time(message, IPC_NEXT_UPDATE, &head->next_update);
}

static void on_crl_begin(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	struct signer_crl_head head;
	struct signer_refusal refusal;
	(void)fds, (void)fd_count;
	int error = read_crl_head(message, &head);
	if (!error)
		error = signer_crl_begin(&signer->crls, &signer->core, index_of(signer, channel), message->id, &head, clock_now(), &refusal);
	if (error)
		signer_answer_failure(signer, channel, message, error, &refusal);
}

static void on_crl_entries(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	struct signer_refusal refusal;
	int error = XICA_OK;
	(void)fds, (void)fd_count;
	for (size_t i = 0; !error && i < message->count; i++)
		if (message->values[i].field == IPC_REVOKED)
			error = signer_crl_add(&signer->crls, index_of(signer, channel), message->id, message->values[i].bytes, &refusal);
	if (error)
		signer_answer_failure(signer, channel, message, error, &refusal);
}

static void on_crl_sign(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	cleanup_buf crl = BUF_INIT;
	struct buf reply = BUF_INIT;
	struct signer_refusal refusal;
	(void)fds, (void)fd_count;
	int error = signer_crl_sign(&signer->crls, &signer->core, index_of(signer, channel), message->id, clock_now(), &crl, &refusal);
	if (error) {
		signer_answer_failure(signer, channel, message, error, &refusal);
		return;
	}
	metrics_add(&signer->role->metrics->signer.signatures[METRICS_SIGN_CRL], 1);
	ipc_message_begin(&reply, IPC_CRL, message->id);
	ipc_message_add(&reply, IPC_CRL_DER, buf_view(&crl));
	buf_free(&crl);
	signer_add_head(signer, &reply);
	signer_send_after_commit(signer, channel, message->id, &reply);
}

// --- OCSP

static void on_ocsp_sign(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf response = BUF_INIT, reply = BUF_INIT;
	struct signer_ocsp_order order = {.issuer = ipc_message_bytes(message, IPC_ISSUER), .nonce = ipc_message_bytes(message, IPC_NONCE)};
	struct signer_refusal refusal;
	xica_time now = clock_now();
	(void)fds, (void)fd_count;
	if (signer_ocsp_is_due(&signer->ocsp, &signer->core, order.issuer, now))
		signer_commit(signer); // the responder's line is committed alone
	int error = optional_time(message, IPC_THIS_UPDATE, &order.this_update);
	if (!error)
		error = optional_time(message, IPC_NEXT_UPDATE, &order.next_update);
	if (!error)
		error = collect(message, IPC_OCSP_STATUS, &arena, &order.entries, &order.count);
	if (!error)
		error = signer_ocsp_sign(&signer->ocsp, &signer->core, &order, now, &response, &refusal);
	if (error) {
		signer_answer_failure(signer, channel, message, error, &refusal);
		return;
	}
	metrics_add(&signer->role->metrics->signer.signatures[METRICS_SIGN_OCSP], 1);
	ipc_message_begin(&reply, IPC_OCSP, message->id);
	ipc_message_add(&reply, IPC_BODY, buf_view(&response));
	signer_send(channel, &reply);
}

const struct ipc_permit signer_permits[] = {
	{IPC_PREPARE, on_prepare},
	{IPC_ISSUE, on_issue},
	{IPC_RECOVER, signer_recover},
	{IPC_CRL_BEGIN, on_crl_begin},
	{IPC_CRL_ENTRIES, on_crl_entries},
	{IPC_CRL_SIGN, on_crl_sign},
	{IPC_OCSP_SIGN, on_ocsp_sign},
	{IPC_AUDIT_NOTE, signer_audit_note},
	{IPC_AUDIT_READ, signer_audit_read},
	{IPC_AUDIT_VERIFY, signer_audit_verify},
	{0, NULL},
};
