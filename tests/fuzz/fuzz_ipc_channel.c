// Packets of a peer that was taken over, on a channel: whatever they are, a handler sees whole messages of its own types, and after the first packet against the rules none.
// The input is packets, each behind its length (16 bits, big-endian).
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/channel.h"

enum { PACKETS_MAX = 64 };

struct ear {
	struct ipc_channel *channel;
	bool ended, frees;
	unsigned heard;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_message(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct ear *ear = context;
	(void)fds;
	if (ear->ended || fd_count || (message->type != IPC_CRL_SIGN && message->type != IPC_ACME_REQUEST))
		abort();
	ear->heard++;
	if (!ear->frees)
		return;
	ipc_channel_free(channel);
	ear->channel = NULL;
	ear->ended = true; // nothing is heard after that
}

static void on_closed(struct ipc_channel *channel, int error, void *context)
{
	struct ear *ear = context;
	(void)channel, (void)error;
	ear->channel = NULL;
	ear->ended = true;
}

static void send_packets(int fd, struct view input)
{
	for (unsigned i = 0; i < PACKETS_MAX && input.len >= 2; i++) {
		struct view packet = view_sub(input, 2, (size_t)input.ptr[0] << 8 | input.ptr[1]);
		input = view_sub(input, 2 + packet.len, SIZE_MAX);
		if (send(fd, packet.ptr, packet.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ipc_permit PERMITS[] = {{IPC_CRL_SIGN, on_message}, {IPC_ACME_REQUEST, on_message}, {0, NULL}};
	static struct event_base *base;
	struct ear ear = {.frees = size % 7 == 0};
	int fds[2];
	if (!base && !(base = event_base_new()))
		abort();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) || ipc_channel_new(base, fds[0], PERMITS, on_closed, &ear, &ear.channel))
		abort();
	send_packets(fds[1], view_bytes(data, size));
	(void)close(fds[1]);
	for (int i = 0; i < PACKETS_MAX && !ear.ended; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	if (!ear.ended) // its peer has gone
		abort();
	return 0;
}
