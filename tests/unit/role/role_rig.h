// A role in a process of its own, and its parent's end of the socket between them, used by hand.
#pragma once
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
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

// One message that fits a packet, with one descriptor or none (-1).
static inline void rig_send_to(int to, const struct buf *message, int fd)
{
	uint8_t last = 0;
	struct iovec parts[] = {{&last, 1}, {message->ptr, message->len}};
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
	assert_int_equal(buf_error(message), 0);
	if (fd >= 0) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control.bytes);
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	assert_int_equal(sendmsg(to, &header, MSG_NOSIGNAL), message->len + 1);
}

// The type of the next message; -1: the other side has gone.
static inline int rig_receive_from(int from, uint64_t *ret_id)
{
	uint8_t packet[65536];
	struct pollfd wait = {.fd = from, .events = POLLIN};
	assert_int_equal(poll(&wait, 1, RIG_PATIENCE_MS), 1);
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
