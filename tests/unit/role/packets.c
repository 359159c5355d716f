#include "packets.h"

#include <poll.h>
#include <sys/socket.h>

enum { PACKET_MAX = 64 * 1024, PIECE = 32 * 1024, FDS_MAX = 8 };

bool packets_readable(int fd, int timeout_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	return poll(&wait, 1, timeout_ms) == 1;
}

static void put_fds(struct msghdr *header, uint8_t *control, const int *fds, size_t fd_count)
{
	assert_true(fd_count <= FDS_MAX);
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, fd_count * sizeof(int));
}

void packets_send(int to, const struct buf *message, const int *fds, size_t fd_count)
{
	assert_int_equal(buf_error(message), 0);
	for (size_t at = 0; at < message->len; at += PIECE) {
		size_t len = message->len - at < PIECE ? message->len - at : PIECE;
		uint8_t more = at + len < message->len;
		struct iovec parts[] = {{&more, 1}, {message->ptr + at, len}};
		struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
		_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(FDS_MAX * sizeof(int))] = {0};
		if (fd_count && !at)
			put_fds(&header, control, fds, fd_count);
		assert_true(sendmsg(to, &header, MSG_NOSIGNAL) > 0);
	}
}

struct ipc_message packets_take(int from, int timeout_ms, struct arena *arena)
{
	cleanup_buf bytes = BUF_INIT;
	for (bool more = true; more;) {
		static uint8_t packet[PACKET_MAX];
		assert_true(packets_readable(from, timeout_ms));
		ssize_t len = recv(from, packet, sizeof(packet), 0);
		assert_true(len > 1);
		more = packet[0];
		buf_add(&bytes, view_bytes(packet + 1, (size_t)len - 1));
	}
	struct ipc_message message;
	assert_int_equal(ipc_message_parse(arena_copy(arena, buf_view(&bytes)), arena, &message), 0);
	return message;
}
