#include "role/role.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/init.h"
#include "jose/jws.h"
#include "role/role_peers.h"

enum { DRAIN_MS = 1000 };

static void stop(struct role_process *process, int exit_code)
{
	if (process->finished)
		return;
	process->exit_code = exit_code;
	process->finished = true;
	(void)event_base_loopbreak(process->role.base);
}

void role_finished(struct role *role)
{
	stop((struct role_process *)role, EXIT_SUCCESS);
}

void role_crash_point(const struct role *role, const char *point)
{
	char here[64];
	if (!role->config.crash_at)
		return;
	(void)snprintf(here, sizeof(here), "%s:%s", role->kind->name, point);
	if (!strcmp(role->config.crash_at, here)) {
		log_warning("crashing at %s, as the configuration says", here);
		(void)kill(getpid(), SIGKILL);
	}
}

// The start sequence

static int configure(struct role *role, const struct ipc_message *message)
{
	cleanup_buf why = BUF_INIT;
	int error = config_parse(ipc_message_bytes(message, IPC_CONFIG), "configuration", &role->config, &why);
	if (error) {
		log_error("can't be configured: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
		return error;
	}
	if (!ipc_message_has(message, IPC_CRASH))
		role->config.crash_at = NULL;
	log_open(((struct role_process *)role)->who, (enum log_level)role->config.log_level);
	log_use_form((enum log_form)role->config.log_form);
	return XICA_OK;
}

static int lock_in(struct role *role)
{
	struct sandbox sandbox = {0};
	const char *missing = NULL;
	if (role->kind->lock_in)
		role->kind->lock_in(role, &sandbox);
	int error = sandbox_enter(&sandbox, &missing);
	if (error)
		log_error("can't lock itself in%s%s: %s (%m)", sandbox.user ? " as user " : "", sandbox.user ? sandbox.user : "", xica_strerror(error));
	else if (missing)
		log_warning("this kernel lacks %s: the role is locked in without", missing);
	return error;
}

static int say_ready(struct role *role)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_READY, 0);
	return ipc_channel_send(role->parent, &message);
}

// The last descriptor, where the message says so; else it counts for itself alone.
static int take_metrics(struct role *role, const struct ipc_message *message, const int *fds, size_t *fd_count)
{
	int fd = ipc_message_has(message, IPC_METRICS) && *fd_count ? fds[--*fd_count] : -1;
	role->metrics = metrics_map(fd);
	if (fd >= 0)
		(void)close(fd);
	if (!role->metrics)
		log_error("the metrics' memory can't be had");
	return role->metrics ? XICA_OK : XICA_ENOMEM;
}

static int start(struct role *role, const struct ipc_message *message, const int *fds, size_t fd_count)
{
	int error = configure(role, message);
	if (!error)
		error = take_metrics(role, message, fds, &fd_count);
	if (!error && ((error = crypto_init()) || (error = jose_init())))
		log_error("the crypto library can't be used: %s", xica_strerror(error));
	if (!error && role->kind->open)
		error = role->kind->open(role, message, fds, fd_count);
	if (!error)
		error = lock_in(role);
	if (!error && role->kind->start)
		error = role->kind->start(role);
	return error ? error : say_ready(role);
}

// What the parent says

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

static void on_configure(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role_process *process = context;
	(void)channel;
	if (process->configured) {
		log_error("was configured twice");
		close_all(fds, fd_count);
		stop(process, EXIT_FAILURE);
		return;
	}
	process->configured = true;
	int error = start(&process->role, message, fds, fd_count);
	if (error && !process->finished) {
		log_error("can't start: %s", xica_strerror(error));
		stop(process, EXIT_FAILURE);
	}
}

static void on_connect(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role_process *process = context;
	struct view name = ipc_message_bytes(message, IPC_PEER);
	uint64_t index;
	(void)channel;
	int error = ipc_message_u64(message, IPC_ROLE_INDEX, &index);
	if (error || index > UINT32_MAX || fd_count != 1 || !process->configured || process->finished) {
		close_all(fds, fd_count);
		return;
	}
	error = role_peers_connect(process, name, (unsigned)index, fds[0]);
	if (error)
		log_error("can't be connected with %.*s: %s", VIEW_FMT(name), xica_strerror(error));
}

static void on_shut_down(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role_process *process = context;
	(void)channel, (void)message, (void)fds, (void)fd_count;
	if (process->configured && process->role.kind->shut_down && !process->finished)
		process->role.kind->shut_down(&process->role);
	else
		role_finished(&process->role);
}

static void on_parent_gone(struct ipc_channel *channel, int error, void *context)
{
	struct role_process *process = context;
	(void)channel;
	log_warning("the parent has gone: %s", xica_strerror(error));
	process->role.parent = NULL;
	stop(process, EXIT_FAILURE);
}

static const struct ipc_permit COMMON_PERMITS[] = {{IPC_CONFIGURE, on_configure}, {IPC_CONNECT, on_connect}, {IPC_SHUT_DOWN, on_shut_down}};

// The common ones, then the role's own.
static struct ipc_permit *parent_permits(const struct ipc_permit *own)
{
	size_t common = sizeof(COMMON_PERMITS) / sizeof(COMMON_PERMITS[0]), count = 0;
	while (own && own[count].handler)
		count++;
	struct ipc_permit *permits = calloc(common + count + 1, sizeof(*permits));
	if (!permits)
		return NULL;
	memcpy(permits, COMMON_PERMITS, sizeof(COMMON_PERMITS));
	if (count)
		memcpy(permits + common, own, count * sizeof(*permits));
	return permits;
}

// The life of the process

// What is sent to the whole process group (Ctrl-C, a service manager) reaches the parent too, and it is the parent who says in which order we end.
static void ignore_signals(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	static const int SIGNALS[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP};
	for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++)
		(void)sigaction(SIGNALS[i], &ignore, NULL);
}

static struct event_base *make_base(const struct role_kind *kind)
{
	struct event_config *config = event_config_new();
	bool fits = config && (!kind->changes_at_once || !event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST));
	struct event_base *base = fits ? event_base_new_with_config(config) : NULL;
	if (config)
		event_config_free(config);
	return base;
}

static int set_up(struct role_process *process)
{
	struct role *role = &process->role;
	role->base = make_base(role->kind);
	process->permits = parent_permits(role->kind->parent_permits);
	if (!role->base || !process->permits)
		return XICA_ENOMEM;
	return ipc_channel_new(role->base, ROLE_SOCKET, process->permits, on_parent_gone, process, &role->parent);
}

static void tear_down(struct role_process *process)
{
	role_peers_drain(process, DRAIN_MS);
	role_peers_free(process);
	ipc_channel_free(process->role.parent);
	if (process->role.base)
		event_base_free(process->role.base);
	config_free(&process->role.config);
	free(process->permits);
}

int role_run(const struct role_kind *kind, unsigned index)
{
	struct role_process process = {.role = {.kind = kind, .index = index}, .exit_code = EXIT_FAILURE};
	(void)snprintf(process.who, sizeof(process.who), kind->numbered ? "%s-%u" : "%s", kind->name, index);
	log_open(process.who, LOG_LEVEL_INFO);
	ignore_signals();
	int error = set_up(&process);
	if (error)
		log_error("can't start: %s", xica_strerror(error));
	else if (event_base_dispatch(process.role.base) < 0)
		log_error("the event loop failed");
	tear_down(&process);
	return process.exit_code;
}
