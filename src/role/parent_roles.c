#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "role/parent.h"

enum { LONG_LIFE_MS = 60000, PAUSE_MS = 100, PAUSE_MAX_MS = 30000, STOP_PATIENCE_S = 10, GONE_PATIENCE_S = 5, ENVIRONMENT_MAX = 8 };

static const char *const NAMES[] = {[PARENT_SIGNER] = "signer", [PARENT_VALIDATOR] = "validator", [PARENT_REGISTRAR] = "registrar"};

// --- starting one

// What a role is told of our surroundings: nothing that it has no use for, so that no secret and no socket of the service manager goes with it.
static void keep_environment(char *kept[])
{
	static const char *const NAMES_KEPT[] = {"OPENSSL_CONF=", "OPENSSL_MODULES=", "ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS="};
	size_t count = 0;
	for (char **entry = environ; *entry; entry++)
		for (size_t i = 0; i < sizeof(NAMES_KEPT) / sizeof(NAMES_KEPT[0]) && count < ENVIRONMENT_MAX; i++)
			if (!strncmp(*entry, NAMES_KEPT[i], strlen(NAMES_KEPT[i])))
				kept[count++] = *entry;
	kept[count] = NULL;
}

static void exec_role(const struct parent_role *role, int fd)
{
	char title[32], index[16], program[] = "/proc/self/exe", role_option[] = "--role", index_option[] = "--index", name[16];
	(void)snprintf(title, sizeof(title), role->parent->roles + PARENT_FRONT <= role ? "xicad: %s %u" : "xicad: %s", role->name, role->index);
	(void)snprintf(index, sizeof(index), "%u", role->index);
	(void)snprintf(name, sizeof(name), "%s", role->name);
	char *const arguments[] = {title, role_option, name, index_option, index, NULL};
	char *environment[ENVIRONMENT_MAX + 1];
	int nothing = open("/dev/null", O_RDONLY);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return;
	if (fd == ROLE_SOCKET ? fcntl(fd, F_SETFD, 0) : dup2(fd, ROLE_SOCKET) < 0)
		return;
	(void)close_range(ROLE_SOCKET + 1, ~0U, 0);
	keep_environment(environment);
	(void)execve(program, arguments, environment);
}

// The role's end of a fresh socketpair goes with it; ours is returned.
static int spawn(struct parent_role *role, int *ret_fd)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return XICA_EIO;
	role->pid = fork();
	if (role->pid == 0) {
		exec_role(role, ends[1]);
		_exit(127);
	}
	(void)close(ends[1]);
	if (role->pid < 0) {
		role->pid = 0;
		(void)close(ends[0]);
		return XICA_EIO;
	}
	*ret_fd = ends[0];
	return XICA_OK;
}

static bool crashes_here(struct parent_role *role)
{
	const char *point = role->parent->config.crash_at;
	size_t len = strlen(role->name);
	if (!point || role->crash_spent || strncmp(point, role->name, len) || point[len] != ':')
		return false;
	role->crash_spent = true;
	return true;
}

static size_t add_listeners(const struct parent_role *role, struct buf *message, int *fds)
{
	const struct parent_listeners *listeners = &role->parent->listeners;
	size_t count = 0, https = 0;
	for (int pass = 0; pass < 2; pass++) { // https first
		for (size_t i = 0; i < listeners->count; i++)
			if (listeners->list[i].front == role->index && listeners->list[i].https == (pass == 0))
				fds[count++] = listeners->list[i].fd;
		if (pass == 0)
			https = count;
	}
	ipc_message_add_u64(message, IPC_HTTPS_LISTENERS, https);
	ipc_message_add_u64(message, IPC_HTTP_LISTENERS, count - https);
	return count;
}

static int configure(struct parent_role *role)
{
	struct parent *parent = role->parent;
	struct buf message = BUF_INIT;
	int fds[IPC_FDS_MAX];
	size_t fd_count = 0;
	ptrdiff_t which = role - parent->roles;
	ipc_message_begin(&message, IPC_CONFIGURE, 0);
	ipc_message_add(&message, IPC_CONFIG, buf_view(&parent->config_text));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, role->index);
	if (crashes_here(role))
		ipc_message_add(&message, IPC_CRASH, VIEW_NONE);
	if (which == PARENT_SIGNER || which == PARENT_VALIDATOR) {
		ipc_message_add(&message, IPC_RECEIPT_KEY, buf_view(&parent->receipt_key));
	} else if (which == PARENT_REGISTRAR) {
		fds[fd_count++] = parent->control;
	} else {
		ipc_message_add(&message, IPC_NONCE_KEY, view_bytes(parent->nonce_key, sizeof(parent->nonce_key)));
		if (parent->own.chain.len) {
			ipc_message_add(&message, IPC_TLS_CHAIN, buf_view(&parent->own.chain));
			ipc_message_add(&message, IPC_TLS_KEY, buf_view(&parent->own.key));
		}
		fds[fd_count++] = parent->nonces;
		fd_count += add_listeners(role, &message, fds + 1);
	}
	int error = ipc_channel_send_fds(role->channel, &message, fds, fd_count);
	buf_wipe(&message);
	return error;
}

// --- peers: whenever both are ready, both get an end of a fresh socketpair

static const struct {
	const char *one, *other;
} PAIRS[] = {{"front", "registrar"}, {"validator", "registrar"}, {"signer", "registrar"}};

static bool are_peers(const struct parent_role *a, const struct parent_role *b)
{
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++)
		if ((!strcmp(a->name, PAIRS[i].one) && !strcmp(b->name, PAIRS[i].other)) ||
		    (!strcmp(b->name, PAIRS[i].one) && !strcmp(a->name, PAIRS[i].other)))
			return true;
	return false;
}

static int tell_of_peer(struct parent_role *role, const struct parent_role *peer, int fd)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, peer->name);
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, peer->index);
	return ipc_channel_send_fds(role->channel, &message, &fd, 1);
}

// XICA_ECLOSED: one of them has gone, and comes again.
static int connect_peers(struct parent_role *role, struct parent_role *peer)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return XICA_EIO;
	int error = tell_of_peer(role, peer, ends[0]);
	if (!error)
		error = tell_of_peer(peer, role, ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return error;
}

// A role without all of its peers is of no use: where it can't be connected (for want of descriptors) it ends, and its successor is tried later.
static int connect_all(struct parent_role *role)
{
	struct parent *parent = role->parent;
	for (size_t i = 0; i < parent->role_count; i++) {
		struct parent_role *peer = &parent->roles[i];
		int error = peer->ready && peer->channel && are_peers(role, peer) ? connect_peers(role, peer) : XICA_OK;
		if (error && error != XICA_ECLOSED) {
			log_error("%s and %s can't be connected: %s", role->name, peer->name, xica_strerror(error));
			return error;
		}
	}
	return XICA_OK;
}

// --- what a role says

static void on_ready(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct parent_role *role = context;
	struct parent *parent = role->parent;
	(void)channel, (void)message, (void)fds, (void)fd_count;
	if (role->ready)
		return;
	if (connect_all(role)) {
		(void)kill(role->pid, SIGKILL);
		return;
	}
	role->ready = role->was_ready = true;
	log_info("role=%s index=%u pid=%d is ready", role->name, role->index, (int)role->pid);
	parent_advance(parent);
}

static void on_operator_issued(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct parent_role *role = context;
	(void)channel, (void)fds, (void)fd_count;
	parent_own_answer(role->parent, message);
}

static const struct ipc_permit PERMITS[] = {{IPC_READY, on_ready}, {0, NULL}};
static const struct ipc_permit REGISTRAR_PERMITS[] = {{IPC_READY, on_ready}, {IPC_OPERATOR_ISSUED, on_operator_issued}, {0, NULL}};

// Without its parent a role ends by itself, soon. One that broke the rules is not waited for.
static void on_closed(struct ipc_channel *channel, int error, void *context)
{
	struct parent_role *role = context;
	const struct timeval patience = {GONE_PATIENCE_S, 0};
	(void)channel;
	role->channel = NULL;
	role->ready = false;
	if (!role->pid || (error == XICA_ECLOSED && event_add(role->timer, &patience) == 0))
		return;
	log_error("role=%s index=%u is cut off: %s", role->name, role->index, xica_strerror(error));
	(void)kill(role->pid, SIGKILL);
}

// --- life and death

// At once after a first death, so that it is back within a second; a role that dies again and again gets longer and longer pauses.
static void start_later(struct parent_role *role)
{
	bool long_life = clock_monotonic_ms() - role->started > LONG_LIFE_MS;
	role->deaths = long_life ? 1 : role->deaths + 1;
	int64_t pause = role->deaths == 1 ? 0 : PAUSE_MS;
	for (unsigned i = 2; i < role->deaths && pause < PAUSE_MAX_MS; i++)
		pause *= 2;
	const struct timeval delay = {pause / 1000, pause % 1000 * 1000};
	if (event_add(role->timer, &delay))
		parent_fail(role->parent);
}

// In a running CA the want of processes or descriptors may pass.
static void fail_to_start(struct parent_role *role, int error)
{
	log_error("role=%s index=%u can't be started: %s", role->name, role->index, xica_strerror(error));
	if (role->pid)
		(void)kill(role->pid, SIGKILL); // the rest follows when it is reaped
	else if (role->parent->phase == PARENT_STARTING && !role->was_ready)
		parent_fail(role->parent);
	else
		start_later(role);
}

void parent_role_start(struct parent_role *role)
{
	const struct ipc_permit *permits = role - role->parent->roles == PARENT_REGISTRAR ? REGISTRAR_PERMITS : PERMITS;
	int fd;
	(void)event_del(role->timer);
	role->ready = role->stopping = role->stale = false;
	role->started = clock_monotonic_ms();
	int error = spawn(role, &fd);
	if (!error && (error = ipc_channel_new(role->parent->base, fd, permits, on_closed, role, &role->channel)))
		(void)close(fd);
	if (!error)
		error = configure(role);
	if (error && error != XICA_ECLOSED) // it died already: that is seen when it is reaped
		fail_to_start(role, error);
}

void parent_role_stop(struct parent_role *role)
{
	cleanup_buf message = BUF_INIT;
	const struct timeval patience = {STOP_PATIENCE_S, 0};
	(void)event_del(role->timer);
	if (!role->pid || role->stopping)
		return;
	role->stopping = true;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	if (!role->channel || ipc_channel_send(role->channel, &message) || event_add(role->timer, &patience))
		(void)kill(role->pid, SIGKILL);
}

static void on_timer(evutil_socket_t fd, short events, void *context)
{
	struct parent_role *role = context;
	(void)fd, (void)events;
	if (role->pid) {
		log_warning("role=%s index=%u does not end in time and is killed", role->name, role->index);
		(void)kill(role->pid, SIGKILL);
	} else if (role->parent->phase != PARENT_STOPPING && parent_role_wanted(role)) {
		parent_role_start(role);
	}
}

static void log_death(const struct parent_role *role, int status)
{
	enum log_level level = role->stopping && WIFEXITED(status) && !WEXITSTATUS(status) ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR;
	if (WIFSIGNALED(status))
		log_write(level, "role=%s index=%u pid=%d was ended by signal %d", role->name, role->index, (int)role->pid, WTERMSIG(status));
	else
		log_write(level, "role=%s index=%u pid=%d ended with %d", role->name, role->index, (int)role->pid, WEXITSTATUS(status));
}

static void bury(struct parent_role *role, int status)
{
	struct parent *parent = role->parent;
	bool was_asked = role->stopping;
	log_death(role, status);
	(void)event_del(role->timer);
	ipc_channel_free(role->channel);
	role->channel = NULL;
	role->pid = 0;
	role->ready = role->stopping = false;
	if (role - parent->roles == PARENT_REGISTRAR)
		parent_own_interrupted(parent);
	if (parent->phase == PARENT_STARTING && !role->was_ready)
		parent_fail(parent);
	else if (parent->phase != PARENT_STOPPING && was_asked && parent_role_wanted(role))
		parent_role_start(role);
	else if (parent->phase != PARENT_STOPPING && parent_role_wanted(role))
		start_later(role);
}

void parent_roles_reap(struct parent *parent)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < parent->role_count; i++)
			if (parent->roles[i].pid == pid) {
				bury(&parent->roles[i], status);
				break;
			}
	parent_advance(parent);
}

void parent_roles_kill(struct parent *parent)
{
	for (size_t i = 0; i < parent->role_count; i++)
		if (parent->roles[i].pid)
			(void)kill(parent->roles[i].pid, SIGKILL);
}

bool parent_role_wanted(const struct parent_role *role)
{
	const struct parent *parent = role->parent;
	return role < parent->roles + PARENT_FRONT || role->index < parent->config.fronts;
}

void parent_roles_init(struct parent *parent)
{
	parent->role_count = PARENT_ROLES_MAX;
	for (size_t i = 0; i < parent->role_count; i++) {
		struct parent_role *role = &parent->roles[i];
		role->parent = parent;
		role->name = i < PARENT_FRONT ? NAMES[i] : "front";
		role->index = i < PARENT_FRONT ? 0 : (unsigned)i - PARENT_FRONT;
		role->timer = evtimer_new(parent->base, on_timer, role);
		if (!role->timer)
			parent_fail(parent);
	}
}

void parent_roles_free(struct parent *parent)
{
	for (size_t i = 0; i < parent->role_count; i++) {
		ipc_channel_free(parent->roles[i].channel);
		if (parent->roles[i].timer)
			event_free(parent->roles[i].timer);
	}
}
