// A SEQPACKET socketpair between two roles, on a libevent loop: whole messages in, whole messages out, descriptors beside them.
//
// A message longer than one packet travels as several (each packet begins with a u8: 1 = more follows, 0 = last).
// What a peer may send is a permit table; any other type ends the connection, as does anything malformed, and a descriptor beside a
// message that has none by its type. Both the permit and the type's longest length (ipc_type_most) are looked at with each packet: who may ask little
// can't make its peer hold much. Nor can it by not reading: a peer that leaves more than IPC_QUEUED_MAX bytes unread is taken for gone.
#pragma once
#include <event2/event.h>

#include "ipc/message.h"
#include "ipc/packet.h"

enum { IPC_QUEUED_MAX = 256 * 1024 * 1024 };

struct ipc_channel;

// A message has come. fds are the handler's from now on (close them). The message and its views die when the handler returns.
typedef void ipc_handler(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
// The peer has gone (XICA_ECLOSED), or broke the rules (XICA_EPARSE, XICA_EDENIED: a type without a permit). The channel is freed after this returns.
typedef void ipc_closed(struct ipc_channel *channel, int error, void *context);

struct ipc_permit {
	enum ipc_type type;
	ipc_handler *handler;
};

// permits ends with a {0, NULL} and is borrowed for the channel's life. fd is the channel's once this succeeds.
XICA_MUST_CHECK int ipc_channel_new(struct event_base *base, int fd, const struct ipc_permit *permits, ipc_closed *closed,
				    void *context, struct ipc_channel **ret_channel);
// What is queued and unsent is lost. May be called in the channel's own handlers.
void ipc_channel_free(struct ipc_channel *channel);
// Queues; never blocks. message is copied; fds are duplicated into the queue, the caller keeps its own. XICA_ERANGE: longer than a message of its type may
// be. XICA_ECLOSED: the peer has gone, or does not read; `closed` follows from the loop.
XICA_MUST_CHECK int ipc_channel_send(struct ipc_channel *channel, const struct buf *message);
XICA_MUST_CHECK int ipc_channel_send_fds(struct ipc_channel *channel, const struct buf *message, const int *fds, size_t count);
// Waits, at most so long, until the kernel has taken all that is queued: for a process that is about to end. Hands nothing to handlers.
void ipc_channel_drain(struct ipc_channel *channel, int milliseconds);
size_t ipc_channel_queued(const struct ipc_channel *channel); // bytes not yet taken by the kernel
void ipc_channel_set_context(struct ipc_channel *channel, void *context);
