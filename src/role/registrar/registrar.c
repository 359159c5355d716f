#include "role/registrar/email.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/registrar/audit.h"
#include "role/registrar/blocked.h"
#include "role/registrar/chaos/chaos.h"
#include "role/registrar/cleanup.h"
#include "role/registrar/login.h"
#include "role/registrar/look.h"
#include "role/registrar/metrics.h"
#include "role/registrar/site.h"

enum { TAKE_UP_DELAY = 5, STOP_POLL_MS = 20 };
enum { DESCRIPTORS_WANTED = 32768 }; // each long CRL has one (publish.c), also on its way to a front

// --- peers

static void front_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct registrar *registrar = registrar_of(role);
	if (index >= REGISTRAR_FRONTS_MAX)
		return;
	registrar->fronts[index] = channel;
	registrar->front_life[index]++;
	registrar_publish_all(registrar, index);
	registrar_blocked_tell(registrar, channel);
}

static void front_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct registrar *registrar = registrar_of(role);
	if (index >= REGISTRAR_FRONTS_MAX || registrar->fronts[index] != channel)
		return;
	registrar->fronts[index] = NULL;
	registrar->front_waits[index] = false;
}

void registrar_tell_fronts(struct registrar *registrar, const struct buf *message)
{
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++) {
		int error = registrar->fronts[i] ? ipc_channel_send(registrar->fronts[i], message) : XICA_OK;
		if (error && error != XICA_ECLOSED)
			log_error("front %u could not be told that what it keeps holds no more: %s", i, xica_strerror(error));
	}
}

static void validator_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	registrar_of(role)->validator = channel;
	registrar_proofs_resend(registrar_of(role));
}

static void validator_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	if (registrar_of(role)->validator == channel)
		registrar_of(role)->validator = NULL;
	registrar_letters_interrupt(registrar_of(role));
	registrar_looks_interrupt(registrar_of(role));
}

static void signer_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	registrar_of(role)->signer = channel;
	registrar_issues_resend(registrar_of(role));
	registrar_crls_resend(registrar_of(role));
	registrar_audit_notes_go(registrar_of(role));
}

static void signer_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	if (registrar_of(role)->signer != channel)
		return;
	registrar_of(role)->signer = NULL;
	registrar_audit_signer_gone(registrar_of(role));
	registrar_ocsp_signer_gone(registrar_of(role));
}

static void mailer_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	registrar_of(role)->mailer = channel;
	registrar_mail_resend(registrar_of(role));
}

static void mailer_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	if (registrar_of(role)->mailer == channel)
		registrar_of(role)->mailer = NULL;
}

static void login_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	registrar_of(role)->login = channel;
}

static void login_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)index;
	if (registrar_of(role)->login != channel)
		return;
	registrar_of(role)->login = NULL;
	registrar_login_gone(registrar_of(role));
}

static const struct ipc_permit FRONT_PERMITS[] = {
	{IPC_ACME_REQUEST, registrar_handle_request},
	{IPC_ACCOUNT_KEY, registrar_handle_account_key},
	{IPC_SITE_REQUEST, registrar_handle_site},
	{IPC_OCSP_REQUEST, registrar_handle_ocsp},
	{0, NULL},
};

static const struct ipc_permit VALIDATOR_PERMITS[] = {
	{IPC_VALIDATED, registrar_handle_proof},
	{IPC_INVALID, registrar_handle_proof},
	{IPC_CODE_SENT, registrar_handle_code_sent},
	{IPC_LOOKED, registrar_handle_looked},
	{0, NULL},
};

static const struct ipc_permit SIGNER_PERMITS[] = {
	{IPC_PREPARED, registrar_handle_signer},
	{IPC_ISSUED, registrar_handle_signer},
	{IPC_NOT_ISSUED, registrar_handle_signer},
	{IPC_CRL, registrar_handle_signer},
	{IPC_OCSP, registrar_handle_signer},
	{IPC_REFUSED, registrar_handle_signer},
	{IPC_AUDIT_LINES, registrar_handle_signer},
	{IPC_AUDIT_VERIFIED, registrar_handle_signer},
	{IPC_AUDIT_NOTED, registrar_handle_signer},
	{0, NULL},
};

static const struct ipc_permit MAILER_PERMITS[] = {
	{IPC_MAILED, registrar_handle_mailed},
	{0, NULL},
};

static const struct ipc_permit LOGIN_PERMITS[] = {
	{IPC_PASSWORD_IS, registrar_handle_login},
	{IPC_LOGIN_IS, registrar_handle_login},
	{IPC_PASSKEY_IS, registrar_handle_login},
	{0, NULL},
};

static const struct ipc_permit PARENT_PERMITS[] = {
	{IPC_OPERATOR_ISSUE, registrar_handle_operator_issue},
	{0, NULL},
};

static const struct role_peer_kind PEERS[] = {
	{"front", FRONT_PERMITS, front_connected, front_gone},
	{"validator", VALIDATOR_PERMITS, validator_connected, validator_gone},
	{"signer", SIGNER_PERMITS, signer_connected, signer_gone},
	{"mailer", MAILER_PERMITS, mailer_connected, mailer_gone},
	{"login", LOGIN_PERMITS, login_connected, login_gone},
	{NULL, NULL, NULL, NULL},
};

// --- what was under way

static int take_up(struct registrar *registrar)
{
	int error = registrar_proofs_recover(registrar);
	if (!error)
		error = registrar_issues_recover(registrar);
	if (error)
		log_error("what was under way can't be taken up again: %s", xica_strerror(error));
	return error;
}

static void take_up_due(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	if (take_up(context))
		registrar_take_up_soon(context);
}

void registrar_take_up_soon(struct registrar *registrar)
{
	static const struct timeval DELAY = {TAKE_UP_DELAY, 0};
	if (!registrar->stopping && !evtimer_pending(registrar->take_up_timer, NULL) && event_add(registrar->take_up_timer, &DELAY))
		log_error("out of memory: what was left undone waits for the next start");
}

int registrar_submit_as(struct registrar *registrar, unsigned kind, store_work *work, store_done *done, void *context)
{
	unsigned may = registrar->chaos ? kind & ~(unsigned)STORE_REPEATABLE : kind;
	return store_submit_as(registrar->store, may, work, done, context);
}

// --- the role's life

static int open_all(struct registrar *registrar)
{
	const struct config *config = registrar->config;
	cleanup_buf why = BUF_INIT;
	pki_names_open();
	int error = ca_dir_read(config->ca_dir, CA_DIR_PUBLIC, &registrar->ca, &why);
	if (error) {
		log_error("the CA's folder can't be used: %s", buf_cstr(&why));
		return error;
	}
	if (config->user_registrar && (error = sandbox_become(config->user_registrar))) { // the database must belong to us
		log_error("can't become user %s: %s", config->user_registrar, xica_strerror(error));
		return error;
	}
	(void)sandbox_raise_files(DESCRIPTORS_WANTED);
	const struct store_options options = {.path = config->database, .base = registrar->role->base};
	if ((error = store_open(&options, &registrar->store, &why)))
		log_error("the database can't be used: %s", buf_cstr(&why));
	return error;
}

static int registrar_open(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	struct registrar *registrar = calloc(1, sizeof(*registrar));
	(void)configure;
	if (!registrar)
		return XICA_ENOMEM;
	role->state = registrar;
	registrar->role = role;
	registrar->config = &role->config;
	registrar->started = clock_now();
	int error = open_all(registrar);
	if (!error)
		error = registrar_chaos_start(registrar);
	if (!error)
		error = registrar_audit_start(registrar);
	if (!error)
		error = registrar_ocsp_start(registrar);
	if (!error)
		error = registrar_site_start(registrar);
	if (!error && fd_count)
		error = registrar_control_start(registrar, fds[0]);
	return error;
}

static void registrar_lock_in(struct role *role, struct sandbox *sandbox)
{
	struct registrar *registrar = registrar_of(role);
	static char folder[4096];
	struct view path = view_str(registrar->config->database);
	size_t slash = path.len;
	while (slash && path.ptr[slash - 1] != '/')
		slash--;
	if (slash && slash < sizeof(folder))
		memcpy(folder, path.ptr, slash);
	else
		folder[0] = '.';
	sandbox->rights = SANDBOX_FILES | SANDBOX_ACCEPT;
	sandbox->user = registrar->config->user_registrar;
	if (sandbox_allow_path(sandbox, folder, SANDBOX_READ_WRITE)) // the database, its log and its index
		log_error("the database's folder can't be allowed");
}

static int registrar_start(struct role *role)
{
	struct registrar *registrar = registrar_of(role);
	registrar->take_up_timer = evtimer_new(role->base, take_up_due, registrar);
	if (!registrar->take_up_timer)
		return XICA_ENOMEM;
	int error = registrar_cleanup_start(registrar);
	if (!error)
		error = registrar_metrics_start(registrar);
	if (!error)
		error = registrar_blocked_start(registrar);
	if (!error)
		error = registrar_publish_start(registrar);
	if (!error)
		error = registrar_publish_ca(registrar);
	if (error || (error = registrar_crls_start(registrar)))
		log_error("certificates and CRLs can't be published: %s", xica_strerror(error));
	if (error || (error = registrar_mail_start(registrar)) || (error = registrar_notices_start(registrar)))
		return error;
	return take_up(registrar);
}

static void finish(struct registrar *registrar)
{
	struct role *role = registrar->role;
	for (unsigned i = 0; i < 10 && store_queued(registrar->store); i++)
		store_flush(registrar->store);
	registrar_metrics_tell(registrar);
	store_close(registrar->store);
	registrar->store = NULL;
	registrar_metrics_free(registrar);
	registrar_blocked_free(registrar);
	registrar_chaos_free(registrar);
	registrar_audit_free(registrar);
	registrar_issues_interrupt(registrar);
	registrar_control_free(registrar);
	registrar_site_free(registrar);
	registrar_mail_free(registrar);
	registrar_crls_free(registrar);
	registrar_ocsp_free(registrar);
	registrar_proofs_free(registrar);
	registrar_letters_free(registrar);
	registrar_issues_free(registrar);
	registrar_publications_free(registrar);
	registrar_notices_free(registrar);
	registrar_cleanup_free(registrar);
	event_free(registrar->take_up_timer);
	if (registrar->stop_timer)
		event_free(registrar->stop_timer);
	ca_dir_free(&registrar->ca);
	role->state = NULL;
	free(registrar);
	role_finished(role);
}

// Requests under way have their answers first. Proofs can wait: they are taken up at the next start.
static void stop_due(evutil_socket_t fd, short what, void *context)
{
	struct registrar *registrar = context;
	const struct timeval again = {0, STOP_POLL_MS * 1000};
	(void)fd, (void)what;
	registrar_letters_detach(registrar);
	registrar_looks_interrupt(registrar);
	if (registrar->requests || store_queued(registrar->store))
		(void)event_add(registrar->stop_timer, &again);
	else
		finish(registrar);
}

static void registrar_shut_down(struct role *role)
{
	struct registrar *registrar = registrar_of(role);
	const struct timeval now = {0, 0};
	if (registrar->stopping)
		return;
	registrar->stopping = true;
	registrar->stop_timer = evtimer_new(role->base, stop_due, registrar);
	if (!registrar->stop_timer || event_add(registrar->stop_timer, &now))
		finish(registrar);
}

const struct role_kind role_registrar = {
	.name = "registrar",
	.peers = PEERS,
	.parent_permits = PARENT_PERMITS,
	.open = registrar_open,
	.lock_in = registrar_lock_in,
	.start = registrar_start,
	.shut_down = registrar_shut_down,
};
