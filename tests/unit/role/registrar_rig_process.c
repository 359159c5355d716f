// The registrar's side of the rig: what role.c does for it, without sandbox.
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "registrar_rig.h"
#include "role/role_peers.h"

void role_finished(struct role *role)
{
	((struct role_process *)role)->finished = true;
	(void)event_base_loopbreak(role->base);
}

void role_crash_point(const struct role *role, const char *point)
{
	(void)role, (void)point;
}

static void take_configure(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	cleanup_buf why = BUF_INIT, ready = BUF_INIT;
	int error = config_parse(ipc_message_bytes(message, IPC_CONFIG), "test.conf", &role->config, &why);
	if (error || role->kind->open(role, message, fds, fd_count) || role->kind->start(role))
		_exit(91);
	ipc_message_begin(&ready, IPC_READY, 0);
	if (ipc_channel_send(channel, &ready))
		_exit(92);
}

static void take_connect(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	uint64_t index = 0;
	(void)channel;
	if (fd_count != 1 || ipc_message_u64(message, IPC_ROLE_INDEX, &index) ||
	    role_peers_connect(context, ipc_message_bytes(message, IPC_PEER), (unsigned)index, fds[0]))
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
	_exit(94);
}

void rig_run_registrar(int fd, struct metrics *metrics)
{
	static const struct ipc_permit PERMITS[] = {{IPC_CONFIGURE, take_configure}, {IPC_CONNECT, take_connect},
		{IPC_SHUT_DOWN, take_shut_down}, {0, NULL}};
	struct role_process process = {.role = {.kind = &role_registrar, .base = event_base_new(), .metrics = metrics}};
	log_open("registrar", getenv("RIG_VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	if (ipc_channel_new(process.role.base, fd, PERMITS, parent_gone, &process, &process.role.parent))
		_exit(95);
	(void)event_base_dispatch(process.role.base);
	role_peers_drain(&process, 1000);
	role_peers_free(&process);
	ipc_channel_free(process.role.parent);
	config_free(&process.role.config);
	event_base_free(process.role.base);
}
