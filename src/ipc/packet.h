// One packet on a SEQPACKET socket: a byte that says whether more of the message follows, a part of the message, and descriptors beside it. Never blocks.
#pragma once
#include "base/buf.h"

enum { IPC_FDS_MAX = 32, IPC_PACKET_BODY_MAX = 32 * 1024 }; // a packet fits a socket buffer of the kernel's default size several times

struct ipc_fds {
	int list[IPC_FDS_MAX];
	size_t count;
};

void ipc_fds_close(struct ipc_fds *fds); // and forgets them
// Duplicates. XICA_EIO: too few descriptors are left; *ret_fds is untouched.
XICA_MUST_CHECK int ipc_fds_duplicate(const int *fds, size_t count, struct ipc_fds *ret_fds);

// body: at most IPC_PACKET_BODY_MAX bytes. The descriptors stay the caller's. XICA_EAGAIN: the kernel takes nothing now, or no more
// descriptors before some of those on their way have come. XICA_ECLOSED.
XICA_MUST_CHECK int ipc_packet_send(int fd, struct view body, bool more, const struct ipc_fds *fds);
// Appends the body to message and the descriptors to fds (also on failure). XICA_EAGAIN: nothing is there. XICA_ECLOSED. XICA_EPARSE: no packet of
// ours, too many descriptors, or a message beyond IPC_MESSAGE_MAX.
XICA_MUST_CHECK int ipc_packet_receive(int fd, struct buf *message, struct ipc_fds *fds, bool *ret_more);
