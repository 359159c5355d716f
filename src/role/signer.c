// The signer: holds the CA's keys and the audit log, believes evidence alone (role/signer_evidence.h), and reaches nothing else.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hex.h"
#include "base/log.h"
#include "role/role.h"
#include "role/signer_crl.h"

enum { REGISTRARS_MAX = 16, DESCRIPTORS_MAX = 64 };

static const uint64_t MEMORY_MAX = (uint64_t)2 << 30; // a CRL of a million entries, several times

struct reply { // waits until the audit log is on the disk
	struct reply *next;
	struct ipc_channel *channel; // NULL: the asker has gone
	uint64_t id;
	struct buf message;
};

struct signer {
	struct role *role;
	struct signer_core core;
	struct signer_crls crls;
	struct ipc_channel *registrars[REGISTRARS_MAX];
	struct reply *replies, **last_reply;
	struct event *commit; // runs once the loop has handed out what came together
};

static struct signer *signer_of(void *context)
{
	return ((struct role *)context)->state;
}

static struct signer_clock read_clock(void)
{
	return (struct signer_clock){clock_now(), clock_monotonic_ms()};
}

// --- replies

static void send_now(struct ipc_channel *channel, const struct buf *message)
{
	int error = buf_error(message);
	if (!error)
		error = ipc_channel_send(channel, message);
	if (error)
		log_error("an answer could not be sent: %s", xica_strerror(error));
}

static void send_refusal(struct ipc_channel *channel, uint64_t id, const struct signer_refusal *refusal)
{
	cleanup_buf message = BUF_INIT;
	log_warning("refused reason=%s detail=\"%s\"", pki_refusal_word(refusal->reason), refusal->detail);
	ipc_message_begin(&message, IPC_REFUSED, id);
	ipc_message_add_str(&message, IPC_PROBLEM, pki_refusal_problem(refusal->reason));
	ipc_message_add_str(&message, IPC_REASON, pki_refusal_word(refusal->reason));
	ipc_message_add_str(&message, IPC_DETAIL, refusal->detail);
	send_now(channel, &message);
}

// The answer to anything that is not 0: XICA_EDENIED comes with its refusal, the rest is our own fault.
static void send_failure(struct ipc_channel *channel, uint64_t id, int error, const struct signer_refusal *refusal)
{
	struct signer_refusal internal = {PKI_REFUSAL_INTERNAL, pki_refusal_text(PKI_REFUSAL_INTERNAL)};
	if (error != XICA_EDENIED)
		log_error("a request failed: %s", xica_strerror(error));
	send_refusal(channel, id, error == XICA_EDENIED ? refusal : &internal);
}

static void send_after_commit(struct signer *signer, struct ipc_channel *channel, uint64_t id, struct buf *message)
{
	struct reply *reply = calloc(1, sizeof(*reply));
	if (!reply) {
		buf_free(message);
		send_failure(channel, id, XICA_ENOMEM, NULL);
		return;
	}
	*reply = (struct reply){.channel = channel, .id = id, .message = *message};
	*signer->last_reply = reply;
	signer->last_reply = &reply->next;
	event_active(signer->commit, EV_TIMEOUT, 0);
}

static void finish_reply(struct reply *reply, int error)
{
	static const struct signer_refusal AUDIT = {PKI_REFUSAL_AUDIT, "the audit log cannot be written"};
	if (reply->channel && error)
		send_refusal(reply->channel, reply->id, &AUDIT);
	else if (reply->channel)
		send_now(reply->channel, &reply->message);
	buf_free(&reply->message);
	free(reply);
}

// What came in together is made durable together, and only then leaves.
static void commit(struct signer *signer)
{
	struct reply *reply = signer->replies;
	int error = audit_commit(signer->core.audit);
	signer->replies = NULL;
	signer->last_reply = &signer->replies;
	if (error)
		log_error("the audit log can't be written: %s; nothing is issued", xica_strerror(error));
	else if (reply)
		role_crash_point(signer->role, "after-audit");
	while (reply) {
		struct reply *next = reply->next;
		finish_reply(reply, error);
		reply = next;
	}
	if (error == XICA_ECLOSED)
		role_finished(signer->role); // a fresh start cuts off what is torn
}

static void on_commit(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	commit(context);
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
	send_now(channel, &reply);
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
		send_failure(channel, message->id, error, &refusal);
		return;
	}
	role_crash_point(signer->role, "after-prepare");
	send_prepared(channel, message->id, &prepared);
}

static void at_checkpoint(void *context, const char *point)
{
	role_crash_point(context, point);
}

static struct buf issued_message(uint64_t id, struct view serial, struct view certificate)
{
	struct buf reply = BUF_INIT;
	ipc_message_begin(&reply, IPC_ISSUED, id);
	ipc_message_add(&reply, IPC_SERIAL, serial);
	ipc_message_add(&reply, IPC_CERTIFICATE, certificate);
	return reply;
}

static void on_issue(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	struct signer_issued issued;
	struct signer_refusal refusal;
	(void)fds, (void)fd_count;
	int error = signer_issue(&signer->core, ipc_message_bytes(message, IPC_TOKEN), read_clock(), at_checkpoint, context, &issued, &refusal);
	if (error) {
		send_failure(channel, message->id, error, &refusal);
		return;
	}
	struct buf reply = issued_message(message->id, view_bytes(issued.serial, sizeof(issued.serial)), buf_view(&issued.certificate));
	buf_free(&issued.certificate);
	send_after_commit(signer, channel, message->id, &reply);
}

static void on_recover(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct signer *signer = signer_of(context);
	struct view serial = ipc_message_bytes(message, IPC_SERIAL);
	cleanup_buf certificate = BUF_INIT;
	struct buf reply = BUF_INIT;
	xica_time since = 0;
	(void)fds, (void)fd_count;
	commit(signer); // what was signed in this turn counts
	int error = optional_time(message, IPC_TIME, &since);
	if (!error)
		error = signer_recover(&signer->core, serial, since, &certificate);
	if (!error) {
		reply = issued_message(message->id, serial, buf_view(&certificate));
	} else if (error == XICA_ENOTFOUND) {
		ipc_message_begin(&reply, IPC_NOT_ISSUED, message->id);
		ipc_message_add(&reply, IPC_SERIAL, serial);
	} else {
		send_failure(channel, message->id, error, NULL);
		return;
	}
	send_now(channel, &reply);
	buf_free(&reply);
}

// --- CRLs

static unsigned index_of(const struct signer *signer, const struct ipc_channel *channel)
{
	unsigned i = 0;
	while (i < REGISTRARS_MAX && signer->registrars[i] != channel)
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
		send_failure(channel, message->id, error, &refusal);
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
		send_failure(channel, message->id, error, &refusal);
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
		send_failure(channel, message->id, error, &refusal);
		return;
	}
	ipc_message_begin(&reply, IPC_CRL, message->id);
	ipc_message_add(&reply, IPC_CRL_DER, buf_view(&crl));
	send_after_commit(signer, channel, message->id, &reply);
}

// --- peers

static void registrar_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct signer *signer = role->state;
	if (index < REGISTRARS_MAX)
		signer->registrars[index] = channel;
}

static void registrar_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct signer *signer = role->state;
	if (!signer)
		return; // shut down meanwhile
	for (struct reply *reply = signer->replies; reply; reply = reply->next)
		if (reply->channel == channel)
			reply->channel = NULL;
	if (index < REGISTRARS_MAX && signer->registrars[index] == channel) {
		signer->registrars[index] = NULL;
		signer_crls_drop(&signer->crls, index);
	}
}

static const struct ipc_permit REGISTRAR_PERMITS[] = {
	{IPC_PREPARE, on_prepare},
	{IPC_ISSUE, on_issue},
	{IPC_RECOVER, on_recover},
	{IPC_CRL_BEGIN, on_crl_begin},
	{IPC_CRL_ENTRIES, on_crl_entries},
	{IPC_CRL_SIGN, on_crl_sign},
	{0, NULL},
};

static const struct role_peer_kind PEERS[] = {
	{"registrar", REGISTRAR_PERMITS, registrar_connected, registrar_gone},
	{NULL, NULL, NULL, NULL},
};

// --- start and end

static int open_audit(struct signer_core *core, const char *path)
{
	cleanup_buf notice = BUF_INIT;
	int error = audit_open(path, &core->audit, &notice);
	if (notice.len)
		log_warning("%s: %s", path, buf_cstr(&notice));
	if (error == XICA_ESIG)
		log_error("%s: its last lines do not fit one another: it was changed, or belongs to another log; nothing is signed", path);
	else if (error)
		log_error("%s: the audit log can't be opened: %s", path, xica_strerror(error));
	return error;
}

static int open_blocklist(struct signer_core *core, const char *state_dir)
{
	cleanup_buf path = BUF_INIT, why = BUF_INIT;
	buf_addf(&path, "%s/blocked-keys", state_dir);
	if (!buf_cstr(&path))
		return XICA_ENOMEM;
	int error = signer_blocklist_read(buf_cstr(&path), &core->blocked, &why);
	if (error)
		log_error("%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	return error;
}

static int open_keys(struct signer_core *core, const char *ca_dir)
{
	cleanup_buf why = BUF_INIT;
	int error = ca_dir_read(ca_dir, CA_DIR_WITH_KEYS, &core->ca, &why);
	if (error)
		log_error("the CA can't be read: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
	return error;
}

static int signer_open(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	struct signer *signer = calloc(1, sizeof(*signer));
	struct view key = ipc_message_bytes(configure, IPC_RECEIPT_KEY);
	(void)fds, (void)fd_count;
	if (!signer)
		return XICA_ENOMEM;
	if (key.len != RECEIPT_KEY_LEN) {
		log_error("the key of the receipts is missing");
		free(signer);
		return XICA_EINVAL;
	}
	signer->role = role;
	signer->last_reply = &signer->replies;
	role->state = signer;
	memcpy(signer->core.receipt_key, key.ptr, RECEIPT_KEY_LEN);
	signer_core_init(&signer->core, &role->config);
	int error = open_keys(&signer->core, role->config.ca_dir);
	if (!error)
		error = open_blocklist(&signer->core, role->config.state_dir);
	if (!error)
		error = open_audit(&signer->core, role->config.audit_log);
	return error;
}

static void signer_lock_in(struct role *role, struct sandbox *sandbox)
{
	sandbox->user = role->config.user_signer;
	sandbox->memory_max = MEMORY_MAX;
	sandbox->files_max = DESCRIPTORS_MAX;
	if (mlockall(MCL_CURRENT)) // the keys stand in what is mapped by now
		log_info("the keys can't be locked in memory; without swap that is no loss");
}

static int signer_start(struct role *role)
{
	struct signer *signer = role->state;
	signer->commit = event_new(role->base, -1, 0, on_commit, signer);
	if (!signer->commit)
		return XICA_ENOMEM;
	const struct ca_issuer *issuer = &signer->core.ca.issuers[0];
	int error = audit_add(signer->core.audit, "start", json_pack("{s:s, s:s}", "version", XICA_VERSION, "issuer", issuer->id), clock_now());
	if (!error)
		error = audit_commit(signer->core.audit);
	if (error)
		log_error("%s: the audit log can't be written: %s", role->config.audit_log, xica_strerror(error));
	else
		log_info("issuing as issuer=%s", issuer->id);
	return error;
}

static void signer_shut_down(struct role *role)
{
	struct signer *signer = role->state;
	commit(signer);
	signer_crls_clear(&signer->crls);
	event_free(signer->commit);
	signer_core_free(&signer->core);
	free(signer);
	role->state = NULL;
	role_finished(role);
}

const struct role_kind role_signer = {
	.name = "signer",
	.peers = PEERS,
	.open = signer_open,
	.lock_in = signer_lock_in,
	.start = signer_start,
	.shut_down = signer_shut_down,
};
