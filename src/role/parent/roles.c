#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "role/parent/parent.h"

enum { LONG_LIFE_MS = 60000, PAUSE_MS = 100, PAUSE_MAX_MS = 30000, STOP_PATIENCE_S = 10, GONE_PATIENCE_S = 5 };

static const char *const NAMES[] = {[PARENT_SIGNER] = "signer", [PARENT_LOGIN] = "login", [PARENT_MAILER] = "mailer", [PARENT_VALIDATOR] = "validator",
	[PARENT_REGISTRAR] = "registrar"};

static enum metrics_role kind_of(const struct parent_role *role)
{
	static const enum metrics_role KINDS[] = {[PARENT_SIGNER] = METRICS_ROLE_SIGNER, [PARENT_LOGIN] = METRICS_ROLE_LOGIN, [PARENT_MAILER] = METRICS_ROLE_MAILER,
		[PARENT_VALIDATOR] = METRICS_ROLE_VALIDATOR, [PARENT_REGISTRAR] = METRICS_ROLE_REGISTRAR};
	ptrdiff_t which = role - role->parent->roles;
	return which < PARENT_FRONT ? KINDS[which] : METRICS_ROLE_FRONT;
}

static void count_ready(struct parent *parent)
{
	int64_t up[METRICS_ROLES] = {0};
	for (size_t i = 0; i < parent->role_count; i++)
		up[kind_of(&parent->roles[i])] += parent->roles[i].ready;
	for (size_t i = 0; i < METRICS_ROLES; i++)
		metrics_set(&parent->metrics->parent.up[i], up[i]);
}

// --- what a role says

static void on_ready(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct parent_role *role = context;
	struct parent *parent = role->parent;
	(void)channel, (void)message, (void)fds, (void)fd_count;
	if (role->ready)
		return;
	if (parent_peers_connect(role)) {
		(void)kill(role->pid, SIGKILL);
		return;
	}
	role->ready = role->was_ready = true;
	count_ready(parent);
	log_info("child=%s index=%u child_pid=%d is ready", role->name, role->index, (int)role->pid);
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
	log_error("child=%s index=%u is cut off: %s", role->name, role->index, xica_strerror(error));
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
	log_error("child=%s index=%u can't be started: %s", role->name, role->index, xica_strerror(error));
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
	metrics_add(&role->parent->metrics->parent.starts[kind_of(role)], 1);
	int error = parent_spawn(role, &fd);
	if (!error && (error = ipc_channel_new(role->parent->base, fd, permits, on_closed, role, &role->channel)))
		(void)close(fd);
	if (!error)
		error = parent_spawn_configure(role);
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
		log_warning("child=%s index=%u does not end in time and is killed", role->name, role->index);
		(void)kill(role->pid, SIGKILL);
	} else if (role->parent->phase != PARENT_STOPPING && parent_role_wanted(role)) {
		parent_role_start(role);
	}
}

static void log_death(const struct parent_role *role, int status)
{
	enum log_level level = role->stopping && WIFEXITED(status) && !WEXITSTATUS(status) ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR;
	if (WIFSIGNALED(status))
		log_write(level, "child=%s index=%u child_pid=%d was ended by signal %d", role->name, role->index, (int)role->pid, WTERMSIG(status));
	else
		log_write(level, "child=%s index=%u child_pid=%d ended with %d", role->name, role->index, (int)role->pid, WEXITSTATUS(status));
}

static void bury(struct parent_role *role, int status)
{
	struct parent *parent = role->parent;
	bool was_asked = role->stopping;
	if (!was_asked)
		metrics_add(&parent->metrics->parent.deaths[kind_of(role)], 1);
	log_death(role, status);
	(void)event_del(role->timer);
	ipc_channel_free(role->channel);
	role->channel = NULL;
	role->pid = 0;
	role->ready = role->stopping = false;
	count_ready(parent);
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
