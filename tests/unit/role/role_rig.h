// A role in a process of its own, and its parent's end of the socket between them, used by hand.
#pragma once
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "packets.h"
#include "role/role.h"

struct rig {
	pid_t pid;
	int fd; // to the role
};

enum { RIG_PATIENCE_MS = 5000 };

static inline struct rig rig_start(const struct role_kind *kind)
{
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	struct rig rig = {fork(), ends[0]};
	assert_true(rig.pid >= 0);
	if (rig.pid == 0) {
		(void)dup2(ends[1], ROLE_SOCKET); // its number may be anybody's here: nothing else of this process is needed any more
		(void)close_range(ROLE_SOCKET + 1, ~0U, 0);
		_exit(role_run(kind, 0));
	}
	(void)close(ends[1]);
	return rig;
}

// The type of the next message; -1: the other side has gone.
static inline int rig_receive_from(int from, uint64_t *ret_id)
{
	uint8_t packet[65536];
	assert_true(packets_readable(from, RIG_PATIENCE_MS));
	ssize_t len = recv(from, packet, sizeof(packet), 0);
	if (len <= 0)
		return -1;
	assert_true(len >= 11 && packet[0] == 0);
	*ret_id = packet[10];
	return packet[1] << 8 | packet[2];
}

static inline int rig_wait(struct rig *rig) // the exit code, or minus the signal
{
	int status;
	(void)close(rig->fd);
	assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline void rig_begin_configure(struct buf *message, const char *config)
{
	ipc_message_begin(message, IPC_CONFIGURE, 0);
	ipc_message_add_str(message, IPC_CONFIG, config);
	ipc_message_add_u64(message, IPC_ROLE_INDEX, 0);
}
