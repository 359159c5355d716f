#include "ipc/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/message.h"

void ipc_fds_close(struct ipc_fds *fds)
{
	for (size_t i = 0; i < fds->count; i++)
		(void)close(fds->list[i]);
	fds->count = 0;
}

int ipc_fds_duplicate(const int *fds, size_t count, struct ipc_fds *ret_fds)
{
	struct ipc_fds copies = {.count = 0};
	for (size_t i = 0; i < count; i++) {
		int copy = fcntl(fds[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (copy < 0) {
			ipc_fds_close(&copies);
			return XICA_EIO;
		}
		copies.list[copies.count++] = copy;
	}
	*ret_fds = copies;
	return XICA_OK;
}

// --- sending

static void put_fds(struct msghdr *header, uint8_t *control, const struct ipc_fds *fds)
{
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(fds->count * sizeof(int));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(fds->count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds->list, fds->count * sizeof(int));
}

int ipc_packet_send(int fd, struct view body, bool more, const struct ipc_fds *fds)
{
	uint8_t first = more;
	struct iovec parts[] = {{&first, 1}, {(void *)(uintptr_t)body.ptr, body.len}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
	alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))] = {0};
	if (fds->count)
		put_fds(&header, control, fds);
	if (sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ETOOMANYREFS ? XICA_EAGAIN : XICA_ECLOSED;
	return XICA_OK;
}

// --- receiving

static int take_fds(struct msghdr *header, struct ipc_fds *fds)
{
	bool too_many = header->msg_flags & MSG_CTRUNC;
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
			if (fds->count < IPC_FDS_MAX) {
				fds->list[fds->count++] = fd;
			} else {
				(void)close(fd);
				too_many = true;
			}
		}
	}
	return too_many ? XICA_EPARSE : XICA_OK;
}

int ipc_packet_receive(int fd, struct buf *message, struct ipc_fds *fds, bool *ret_more)
{
	uint8_t first = 0;
	size_t before = message->len;
	uint8_t *body = buf_extend(message, IPC_PACKET_BODY_MAX);
	if (!body)
		return XICA_ENOMEM;
	struct iovec parts[] = {{&first, 1}, {body, IPC_PACKET_BODY_MAX}};
	alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))];
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	buf_truncate(message, before + (len > 1 ? (size_t)len - 1 : 0));
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? XICA_EAGAIN : XICA_ECLOSED;
	if (take_fds(&header, fds) || header.msg_flags & MSG_TRUNC)
		return XICA_EPARSE;
	if (!len)
		return XICA_ECLOSED;
	if (first > 1 || (first && len == 1) || message->len > IPC_MESSAGE_MAX)
		return XICA_EPARSE;
	*ret_more = first;
	return XICA_OK;
}
