// The signer: holds the CA's keys and the audit log, believes evidence alone (role/signer/evidence.h), and reaches nothing else.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "role/signer/signer.h"

enum { DESCRIPTORS_MAX = 64 };

static const uint64_t MEMORY_MAX = (uint64_t)2 << 30; // a CRL of a million entries, several times

// --- peers

static void registrar_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct signer *signer = role->state;
	if (index < SIGNER_REGISTRARS_MAX)
		signer->registrars[index] = channel;
}

static void registrar_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct signer *signer = role->state;
	if (!signer)
		return; // shut down meanwhile
	signer_forget_channel(signer, channel);
	if (index < SIGNER_REGISTRARS_MAX && signer->registrars[index] == channel) {
		signer->registrars[index] = NULL;
		signer_crls_drop(&signer->crls, index);
	}
}

static const struct role_peer_kind PEERS[] = {
	{"registrar", signer_permits, registrar_connected, registrar_gone},
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
	pki_names_open();
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

static void on_commit(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	signer_commit(context);
}

static int signer_start(struct role *role)
{
	struct signer *signer = role->state;
	signer->commit = event_new(role->base, -1, 0, on_commit, signer);
	if (!signer->commit || signer_recover_start(signer))
		return XICA_ENOMEM;
	const struct ca_issuer *issuer = &signer->core.ca.issuers[0];
	int error = signer_note_start(&signer->core);
	if (!error)
		error = audit_commit(signer->core.audit);
	if (error)
		log_error("%s: the audit log can't be written: %s", role->config.audit_log, xica_strerror(error));
	else
		log_info("issuing issuer=%s", issuer->id);
	return error;
}

static void signer_shut_down(struct role *role)
{
	struct signer *signer = role->state;
	signer_commit(signer);
	signer_crls_clear(&signer->crls);
	signer_ocsp_clear(&signer->ocsp);
	signer_audit_stop(signer);
	signer_recover_stop(signer);
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
