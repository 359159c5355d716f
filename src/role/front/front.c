#include "role/front/ocsp.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "role/site_folder.h"

enum {
	DESCRIPTORS_WANTED = 4608, // connections of both servers with their reserve, and what the process itself needs
	DESCRIPTORS_LEAST = 256,
	DESCRIPTORS_OWN = 64,
	METRICS_CONNECTIONS_MAX = 16,
};

// --- the registrar

static void connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct front *front = front_of(role);
	(void)index;
	if (!front)
		return;
	front->registrar = channel;
	front_ocsp_connected(front);
	front_renewals_clear(front);
	front_ahead_clear(front->ahead);
	front_calls_resume(front);
}

static void gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct front *front = front_of(role);
	(void)index;
	if (!front || front->registrar != channel)
		return;
	front->registrar = NULL;
	front_ahead_clear(front->ahead);
	front_calls_interrupt(front);
	front_ocsp_interrupt(front);
}

static void take_ahead_drop(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	(void)channel, (void)message, (void)fds, (void)fd_count; // the type has no descriptors
	if (front)
		front_ahead_clear(front->ahead);
}

static void take_publication(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	if (front && view_equal_str(ipc_message_bytes(message, IPC_URL), "/"))
		front->documents_whole = true;
	int error = front ? front_documents_take(front->documents, message, fd_count ? fds[0] : -1) : 0;
	(void)channel;
	for (size_t i = 0; i < fd_count; i++)
		(void)close(fds[i]);
	if (error)
		log_error("%.*s can not be published: %s", VIEW_FMT(ipc_message_bytes(message, IPC_URL)),
			  error == XICA_ERANGE ? "there are too many CRLs: configure fewer crl { shards }" : xica_strerror(error));
}

// --- the parent

// Of the first certificate; 0: it can't be read.
static xica_time end_of(struct view chain)
{
	cleanup_buf der = BUF_INIT;
	struct pki_certificate certificate;
	const char *why;
	if (pem_read(&chain, PEM_CERTIFICATE, &der) || pki_certificate_parse(buf_view(&der), &certificate, &why))
		return 0;
	return certificate.not_after;
}

static int take_tls(struct front *front, const struct ipc_message *message)
{
	struct crypto_tls_server *tls;
	if (!ipc_message_has(message, IPC_TLS_CHAIN) || !ipc_message_has(message, IPC_TLS_KEY))
		return 0;
	int error = crypto_tls_server_new(ipc_message_bytes(message, IPC_TLS_CHAIN), ipc_message_bytes(message, IPC_TLS_KEY), &tls);
	if (error)
		log_error("the TLS certificate can not be used: %s", xica_strerror(error));
	else
		http_server_set_tls(front->https, tls);
	if (!error)
		metrics_set(&front->counts->site_not_after, end_of(ipc_message_bytes(message, IPC_TLS_CHAIN)));
	return error;
}

static void take_tls_certificate(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	(void)channel, (void)fds, (void)fd_count;
	if (front && front->https && !take_tls(front, message)) // one that ends has no new connections
		log_info("new connections get the new TLS certificate");
}

static int listen_on(struct http_server *server, const int *fds, size_t count)
{
	int first_error = 0;
	for (size_t i = 0; i < count; i++) { // each takes its descriptor, whatever becomes of it
		int error = http_server_listen(server, fds[i]);
		if (error)
			first_error = error;
	}
	return first_error;
}

static int listen_for_metrics(struct front *front, const int *fds, size_t count)
{
	const struct http_server_options options = {.base = front->role->base, .handler = front_serve_metrics, .context = front, .connections_max = METRICS_CONNECTIONS_MAX};
	int error = http_server_new(&options, &front->metrics);
	if (!error)
		return listen_on(front->metrics, fds, count);
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
	return error;
}

// The first descriptor is the memory that fronts share, then come the listeners, as many as the message says.
static int take_descriptors(struct front *front, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	uint64_t https, http, metrics;
	if (ipc_message_u64(configure, IPC_METRICS_LISTENERS, &metrics))
		metrics = 0;
	if (ipc_message_u64(configure, IPC_HTTPS_LISTENERS, &https) || ipc_message_u64(configure, IPC_HTTP_LISTENERS, &http) || fd_count < 1 ||
	    https > fd_count || http > fd_count || metrics > fd_count || 1 + https + http + metrics != fd_count) {
		log_error("the listening sockets are not as announced");
		return XICA_EINVAL;
	}
	(void)close(fds[0]);
	int https_error = listen_on(front->https, fds + 1, https);
	int http_error = listen_on(front->http, fds + 1 + https, http);
	int metrics_error = metrics ? listen_for_metrics(front, fds + 1 + https + http, metrics) : 0;
	return https_error ? https_error : http_error ? http_error : metrics_error;
}

// As many as the kernel lets us have, up to what we want.
static unsigned raise_descriptors(void)
{
	unsigned may = sandbox_raise_files(DESCRIPTORS_WANTED);
	return may < DESCRIPTORS_LEAST ? DESCRIPTORS_LEAST : may;
}

static int make_servers(struct front *front)
{
	size_t room = (raise_descriptors() - DESCRIPTORS_OWN) / 4;
	const struct http_server_options https = {.base = front->role->base, .tls = true, .handler = front_serve_https, .answered = front_answered, .context = front,
		.connections_max = room * 3 * 8 / 9, .shares = front->shares, .shares_kind = FRONT_HTTPS_CONNECTIONS};
	const struct http_server_options http = {.base = front->role->base, .handler = front_serve_http, .answered = front_answered, .context = front,
		.connections_max = room * 8 / 9, .shares = front->shares, .shares_kind = FRONT_HTTP_CONNECTIONS};
	int error = http_server_new(&https, &front->https);
	return error ? error : http_server_new(&http, &front->http);
}

static int load_site(struct front *front)
{
	const struct config *config = &front->role->config;
	const struct http_static_variable variables[] = {{"url", config->url}, {"http_url", config->http_url}, {0}};
	cleanup_buf why = BUF_INIT, beside = BUF_INIT;
	const char *folder = role_site_folder(config, &beside);
	int error = folder ? http_static_load(folder, variables, &front->files, &why) : XICA_ENOTFOUND;
	if (error == XICA_ENOTFOUND) {
		log_warning("there are no pages in %s: the site is without them", folder ? folder : "(nowhere)");
		return 0;
	}
	if (error)
		log_error("the pages can not be read: %s", buf_cstr(&why));
	return error;
}

static void free_front(struct front *front)
{
	front_calls_free(front);
	front_ocsp_free(front);
	front_renewals_free(front);
	http_server_free(front->https);
	http_server_free(front->http);
	http_server_free(front->metrics);
	front_accounts_free(front->accounts);
	front_documents_free(front->documents);
	http_static_free(front->files);
	front_leave_shared(front);
	http_networks_free(front->blocked);
	buf_free(&front->directory);
	buf_free(&front->index_link);
	if (front->stop_timer)
		event_free(front->stop_timer);
	free(front);
}

static int open_front(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	struct front *front = calloc(1, sizeof(*front));
	if (!front)
		return XICA_ENOMEM;
	front->role = role;
	front->counts = &role->metrics->fronts[role->index < METRICS_FRONTS ? role->index : METRICS_FRONTS - 1];
	(void)signal(SIGPIPE, SIG_IGN); // clients go while we write to them
	int error = front_directory_make(front);
	if (!error)
		error = front_accounts_new(FRONT_ACCOUNTS_MAX, &front->accounts);
	if (!error)
		error = front_documents_new(FRONT_DOCUMENTS_MAX, &front->documents);
	if (!error)
		error = front_ocsp_new(front);
	if (!error)
		error = front_renewals_new(front);
	if (!error)
		error = load_site(front);
	if (!error)
		error = front_take_shared(front, fd_count ? fds[0] : -1, ipc_message_bytes(configure, IPC_NONCE_KEY));
	if (!error)
		error = make_servers(front);
	if (!error)
		error = take_descriptors(front, configure, fds, fd_count);
	if (!error)
		error = take_tls(front, configure);
	if (error) {
		free_front(front);
		return error;
	}
	role->state = front;
	return 0;
}

static void lock_in(struct role *role, struct sandbox *sandbox)
{
	sandbox->rights = SANDBOX_ACCEPT;
	sandbox->user = role->config.user_front;
	sandbox->files_max = DESCRIPTORS_WANTED;
}

// --- the end

static void finish(struct front *front)
{
	struct role *role = front->role;
	free_front(front);
	role->state = NULL;
	role_finished(role);
}

static void one_stopped(struct front *front, struct http_server **server)
{
	http_server_free(*server);
	*server = NULL;
	if (!front->https && !front->http && !front->metrics)
		finish(front);
}

static void https_stopped(void *context)
{
	struct front *front = context;
	one_stopped(front, &front->https);
}

static void http_stopped(void *context)
{
	struct front *front = context;
	one_stopped(front, &front->http);
}

static void metrics_stopped(void *context)
{
	struct front *front = context;
	one_stopped(front, &front->metrics);
}

static void stop_takes_too_long(int fd, short what, void *context)
{
	(void)fd, (void)what;
	log_warning("some connections are still open: they are cut");
	finish(context);
}

static void shut_down(struct role *role)
{
	const struct timeval patience = {.tv_sec = FRONT_STOP_S};
	struct front *front = front_of(role);
	if (front->stop_timer)
		return;
	front->stop_timer = event_new(role->base, -1, 0, stop_takes_too_long, front);
	if (!front->stop_timer || event_add(front->stop_timer, &patience)) {
		finish(front);
		return;
	}
	http_server_stop(front->https, https_stopped, front);
	http_server_stop(front->http, http_stopped, front);
	if (front->metrics)
		http_server_stop(front->metrics, metrics_stopped, front);
}

static const struct ipc_permit REGISTRAR_PERMITS[] = {
	{IPC_HTTP_REPLY, front_take_reply}, {IPC_ACCOUNT_KEY_IS, front_take_account_key}, {IPC_PUBLISH, take_publication},
	{IPC_OCSP_RESPONSE, front_ocsp_take_response}, {IPC_OCSP_DROP, front_ocsp_take_drop},
	{IPC_RENEWAL_DROP, front_take_renewal_drop}, {IPC_AHEAD_DROP, take_ahead_drop}, {IPC_BLOCKED_NETWORKS, front_take_blocked}, {0}};
static const struct ipc_permit PARENT_PERMITS[] = {{IPC_TLS_CERTIFICATE, take_tls_certificate}, {0}};
static const struct role_peer_kind PEERS[] = {{"registrar", REGISTRAR_PERMITS, connected, gone}, {0}};

const struct role_kind role_front = {
	.name = "front",
	.numbered = true,
	.changes_at_once = true,
	.peers = PEERS,
	.parent_permits = PARENT_PERMITS,
	.open = open_front,
	.lock_in = lock_in,
	.shut_down = shut_down,
};
