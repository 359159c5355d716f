// The front's side of the rig: what role.c does for it, without sandbox but where a test wants that.
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "front_rig.h"
#include "role/role.h"

static struct ipc_channel *front_peer; // of the one front in this process
static int role_listener;              // one of its sockets

void role_finished(struct role *role)
{
	(void)event_base_loopbreak(role->base);
}

void role_crash_point(const struct role *role, const char *point)
{
	const char *at = role->config.crash_at;
	if (at && view_starts(view_str(at), VIEW_LIT("front:")) && strcmp(at + strlen("front:"), point) == 0)
		(void)kill(getpid(), SIGKILL);
}

static void peer_closed(struct ipc_channel *channel, int error, void *context)
{
	struct role *role = context;
	(void)error;
	if (channel == front_peer)
		front_peer = NULL;
	role->kind->peers[0].gone(role, 0, channel);
}

static void take_connect(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	struct ipc_channel *peer;
	(void)channel, (void)message;
	if (fd_count != 1 || ipc_channel_new(role->base, fds[0], role->kind->peers[0].permits, peer_closed, role, &peer))
		_exit(90);
	front_peer = peer;
	role->kind->peers[0].connected(role, 0, peer);
}

// With RIG_LOCKED_IN the front locks itself in as it does in earnest, and looks whether the door holds.
static void lock_in(struct role *role)
{
	struct sandbox sandbox = {0};
	const char *missing = NULL;
	char *const arguments[] = {(char *)(uintptr_t)"true", NULL};
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
	role->kind->lock_in(role, &sandbox);
	if (sandbox_enter(&sandbox, &missing))
		_exit(80);
	if (open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp", O_RDONLY) >= 0 || open(TEST_VECTORS "/keys/tls.key", O_RDONLY) >= 0)
		_exit(81);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd >= 0 || connect(role_listener, (const struct sockaddr *)&address, sizeof(address)) == 0 || errno == ECONNREFUSED)
		_exit(82);
	(void)execve("/bin/true", arguments, NULL);
	if (fork() >= 0)
		_exit(83);
}

static void take_configure(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	cleanup_buf why = BUF_INIT, ready = BUF_INIT;
	int error = config_parse(ipc_message_bytes(message, IPC_CONFIG), "test.conf", &role->config, &why);
	if (error) {
		log_error("%s", buf_cstr(&why));
		_exit(91);
	}
	role_listener = fds[1];
	error = role->kind->open(role, message, fds, fd_count);
	if (!error && getenv("RIG_LOCKED_IN"))
		lock_in(role);
	if (!error && role->kind->start)
		error = role->kind->start(role);
	if (error)
		_exit(92);
	ipc_message_begin(&ready, IPC_READY, 0);
	if (ipc_channel_send(channel, &ready))
		_exit(93);
}

static void take_shut_down(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	(void)channel, (void)message, (void)fds, (void)fd_count;
	role->kind->shut_down(role);
}

static void parent_gone(struct ipc_channel *channel, int error, void *context)
{
	(void)channel, (void)error, (void)context;
	_exit(0);
}

void rig_run_front(int fd)
{
	struct role role = {.kind = &role_front, .base = event_base_new(), .metrics = metrics_map(-1)};
	struct ipc_permit permits[] = {{IPC_CONFIGURE, take_configure}, {IPC_CONNECT, take_connect}, {IPC_SHUT_DOWN, take_shut_down},
		{IPC_TLS_CERTIFICATE, NULL}, {0}};
	permits[3] = role_front.parent_permits[0];
	log_open("front", getenv("RIG_VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	if (ipc_channel_new(role.base, fd, permits, parent_gone, &role, &role.parent))
		_exit(94);
	(void)event_base_dispatch(role.base);
	ipc_channel_free(front_peer);
	ipc_channel_free(role.parent);
	config_free(&role.config);
	event_base_free(role.base);
}
