#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

// A packet fits a socket buffer of the kernel's default size several times.
enum { PACKET_BODY_MAX = 32 * 1024, PACKETS_PER_TURN = 64 };

// One message on its way out.
struct outgoing {
	struct outgoing *next;
	size_t len, sent;
	int fds[IPC_FDS_MAX];
	size_t fd_count;
	uint8_t bytes[];
};

struct ipc_channel {
	int fd;
	const struct ipc_permit *permits;
	ipc_closed *closed;
	void *context;
	struct event *readable, *writable;
	struct outgoing *first, **last;
	size_t queued;
	struct buf incoming; // the packets so far of one message
	int fds[IPC_FDS_MAX];
	size_t fd_count;
	bool in_handler, doomed; // freed within its own handler: frees itself afterwards
};

static void close_fds(int *fds, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		(void)close(fds[i]);
	*count = 0;
}

static void drop_first(struct ipc_channel *channel)
{
	struct outgoing *done = channel->first;
	channel->first = done->next;
	if (!channel->first)
		channel->last = &channel->first;
	channel->queued -= done->len - done->sent;
	close_fds(done->fds, &done->fd_count);
	explicit_bzero(done->bytes, done->len); // keys travel here
	free(done);
}

static void drop_queue(struct ipc_channel *channel)
{
	while (channel->first)
		drop_first(channel);
}

static void destroy(struct ipc_channel *channel)
{
	drop_queue(channel);
	if (channel->readable)
		event_free(channel->readable);
	if (channel->writable)
		event_free(channel->writable);
	close_fds(channel->fds, &channel->fd_count);
	buf_wipe(&channel->incoming);
	(void)close(channel->fd);
	free(channel);
}

void ipc_channel_free(struct ipc_channel *channel)
{
	if (!channel)
		return;
	if (channel->in_handler)
		channel->doomed = true;
	else
		destroy(channel);
}

static void end(struct ipc_channel *channel, int error)
{
	channel->in_handler = true;
	channel->closed(channel, error, channel->context);
	destroy(channel);
}

// Writing

static void put_fds(struct msghdr *header, uint8_t *control, const struct outgoing *message)
{
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(message->fd_count * sizeof(int));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(message->fd_count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), message->fds, message->fd_count * sizeof(int));
}

// The next packet of the first message; the descriptors go with its first one.
static int send_packet(struct ipc_channel *channel)
{
	struct outgoing *message = channel->first;
	size_t len = message->len - message->sent;
	uint8_t more = len > PACKET_BODY_MAX;
	if (more)
		len = PACKET_BODY_MAX;
	struct iovec parts[] = {{&more, 1}, {message->bytes + message->sent, len}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
	alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))] = {0};
	if (message->fd_count && !message->sent)
		put_fds(&header, control, message);
	if (sendmsg(channel->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? XICA_EAGAIN : XICA_ECLOSED;
	message->sent += len;
	channel->queued -= len;
	if (!more)
		drop_first(channel);
	return XICA_OK;
}

// A peer that takes no more is found gone by the reading side, after what it said before it went.
static void give_up(struct ipc_channel *channel)
{
	drop_queue(channel);
	(void)shutdown(channel->fd, SHUT_RDWR);
}

static int flush(struct ipc_channel *channel)
{
	int error = XICA_OK;
	while (channel->first && !error)
		error = send_packet(channel);
	if (error == XICA_EAGAIN)
		return event_add(channel->writable, NULL) ? XICA_ENOMEM : XICA_OK;
	if (error)
		give_up(channel);
	return error;
}

static void on_writable(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	if (flush(context))
		return; // reading will find it
}

static int duplicate_fds(struct outgoing *message, const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		message->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (message->fds[i] < 0)
			return XICA_EIO;
		message->fd_count++;
	}
	return XICA_OK;
}

int ipc_channel_send_fds(struct ipc_channel *channel, const struct buf *message, const int *fds, size_t count)
{
	if (message->failed)
		return XICA_ENOMEM;
	enum ipc_type type;
	if (count > IPC_FDS_MAX || ipc_message_peek(buf_view(message), &type))
		return XICA_EINVAL;
	if (message->len > ipc_type_most(type))
		return XICA_ERANGE;
	if (channel->queued + message->len > IPC_QUEUED_MAX) {
		give_up(channel);
		return XICA_ECLOSED;
	}
	struct outgoing *entry = calloc(1, sizeof(*entry) + message->len);
	if (!entry)
		return XICA_ENOMEM;
	if (duplicate_fds(entry, fds, count)) {
		close_fds(entry->fds, &entry->fd_count);
		free(entry);
		return XICA_EIO;
	}
	entry->len = message->len;
	memcpy(entry->bytes, message->ptr, message->len);
	*channel->last = entry;
	channel->last = &entry->next;
	channel->queued += entry->len;
	return channel->first == entry ? flush(channel) : XICA_OK;
}

int ipc_channel_send(struct ipc_channel *channel, const struct buf *message)
{
	return ipc_channel_send_fds(channel, message, NULL, 0);
}

// Reading

static const struct ipc_permit *permit_for(const struct ipc_channel *channel, enum ipc_type type)
{
	for (const struct ipc_permit *permit = channel->permits; permit->handler; permit++)
		if (permit->type == type)
			return permit;
	return NULL;
}

// May what has come so far become a message? That it may not is seen before the rest is taken.
static int check_beginning(const struct ipc_channel *channel)
{
	enum ipc_type type;
	if (ipc_message_peek(buf_view(&channel->incoming), &type))
		return XICA_OK; // too little to know
	if (!permit_for(channel, type))
		return XICA_EDENIED;
	return channel->incoming.len > ipc_type_most(type) ? XICA_EPARSE : XICA_OK;
}

static int dispatch(struct ipc_channel *channel)
{
	cleanup_arena arena = ARENA_INIT;
	struct ipc_message message;
	int error = ipc_message_parse(buf_view(&channel->incoming), &arena, &message);
	if (error)
		return error;
	const struct ipc_permit *permit = permit_for(channel, message.type);
	if (!permit)
		return XICA_EDENIED;
	if (channel->fd_count && !ipc_type_has_descriptors(message.type))
		return XICA_EPARSE;
	size_t fd_count = channel->fd_count;
	channel->fd_count = 0;
	channel->in_handler = true;
	permit->handler(channel, &message, channel->fds, fd_count, channel->context);
	channel->in_handler = false;
	return XICA_OK;
}

static int take_fds(struct ipc_channel *channel, struct msghdr *header)
{
	bool too_many = header->msg_flags & MSG_CTRUNC;
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
			if (channel->fd_count < IPC_FDS_MAX) {
				channel->fds[channel->fd_count++] = fd;
			} else {
				(void)close(fd);
				too_many = true;
			}
		}
	}
	return too_many ? XICA_EPARSE : XICA_OK;
}

// Takes one packet; *ret_whole: the message is complete. XICA_EAGAIN: nothing there.
static int receive_packet(struct ipc_channel *channel, bool *ret_whole)
{
	uint8_t packet[1 + PACKET_BODY_MAX];
	struct iovec part = {packet, sizeof(packet)};
	alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))];
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(channel->fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? XICA_EAGAIN : XICA_ECLOSED;
	if (take_fds(channel, &header) || header.msg_flags & MSG_TRUNC)
		return XICA_EPARSE;
	if (!len)
		return XICA_ECLOSED;
	size_t body = (size_t)len - 1;
	if (packet[0] > 1 || (packet[0] && !body) || body > IPC_MESSAGE_MAX - channel->incoming.len)
		return XICA_EPARSE;
	buf_add(&channel->incoming, view_bytes(packet + 1, body));
	*ret_whole = !packet[0];
	int error = buf_error(&channel->incoming);
	return error ? error : check_beginning(channel);
}

static void forget_incoming(struct ipc_channel *channel)
{
	enum { KEEP_MAX = 256 * 1024 };
	if (channel->incoming.cap > KEEP_MAX)
		buf_wipe(&channel->incoming);
	else
		buf_clear(&channel->incoming);
}

static void on_readable(evutil_socket_t fd, short events, void *context)
{
	struct ipc_channel *channel = context;
	(void)fd;
	(void)events;
	// bounded, so that one peer can't keep the loop; and a handler may have ended it
	for (int i = 0; i < PACKETS_PER_TURN && !event_base_got_break(event_get_base(channel->readable)); i++) {
		bool whole = false;
		int error = receive_packet(channel, &whole);
		if (error == XICA_EAGAIN)
			return;
		if (!error && whole) {
			error = dispatch(channel);
			forget_incoming(channel);
			if (channel->doomed) {
				destroy(channel);
				return;
			}
		}
		if (error) {
			end(channel, error);
			return;
		}
	}
}

int ipc_channel_new(struct event_base *base, int fd, const struct ipc_permit *permits, ipc_closed *closed, void *context,
		    struct ipc_channel **ret_channel)
{
	struct ipc_channel *channel = calloc(1, sizeof(*channel));
	if (!channel)
		return XICA_ENOMEM;
	channel->fd = fd;
	channel->permits = permits;
	channel->closed = closed;
	channel->context = context;
	channel->last = &channel->first;
	channel->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, channel);
	channel->writable = event_new(base, fd, EV_WRITE, on_writable, channel);
	if (!channel->readable || !channel->writable || event_add(channel->readable, NULL)) {
		channel->fd = -1; // stays the caller's when this fails
		destroy(channel);
		return XICA_ENOMEM;
	}
	*ret_channel = channel;
	return XICA_OK;
}

void ipc_channel_drain(struct ipc_channel *channel, int milliseconds)
{
	int64_t end = clock_monotonic_ms() + milliseconds;
	while (channel->first && !flush(channel) && channel->first) {
		int64_t left = end - clock_monotonic_ms();
		struct pollfd wait = {.fd = channel->fd, .events = POLLOUT};
		if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
			return;
	}
}

size_t ipc_channel_queued(const struct ipc_channel *channel)
{
	return channel->queued;
}

void ipc_channel_set_context(struct ipc_channel *channel, void *context)
{
	channel->context = context;
}
