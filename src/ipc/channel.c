#include "ipc/channel.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { PACKETS_PER_TURN = 64 };

// One message on its way out.
struct outgoing {
	struct outgoing *next;
	size_t len, sent;
	struct ipc_fds fds; // until its first packet has gone
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
	struct ipc_fds fds;  // and the descriptors beside them
	bool in_handler, doomed; // freed within its own handler: frees itself afterwards
};

static void drop_first(struct ipc_channel *channel)
{
	struct outgoing *done = channel->first;
	channel->first = done->next;
	if (!channel->first)
		channel->last = &channel->first;
	channel->queued -= done->len - done->sent;
	ipc_fds_close(&done->fds);
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
	ipc_fds_close(&channel->fds);
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

// The next packet of the first message; the descriptors go with its first one.
static int send_packet(struct ipc_channel *channel)
{
	struct outgoing *message = channel->first;
	size_t len = message->len - message->sent;
	bool more = len > IPC_PACKET_BODY_MAX;
	if (more)
		len = IPC_PACKET_BODY_MAX;
	int error = ipc_packet_send(channel->fd, view_bytes(message->bytes + message->sent, len), more, &message->fds);
	if (error)
		return error;
	ipc_fds_close(&message->fds);
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

// Most messages are short, and nothing waits before them. XICA_EAGAIN: it must wait.
static int send_at_once(struct ipc_channel *channel, struct view message)
{
	const struct ipc_fds none = {.count = 0};
	int error = ipc_packet_send(channel->fd, message, false, &none);
	if (error && error != XICA_EAGAIN)
		give_up(channel);
	return error;
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
	if (!channel->first && !count && message->len <= IPC_PACKET_BODY_MAX) {
		int error = send_at_once(channel, buf_view(message));
		if (error != XICA_EAGAIN)
			return error;
	}
	struct outgoing *entry = malloc(sizeof(*entry) + message->len);
	if (!entry)
		return XICA_ENOMEM;
	*entry = (struct outgoing){0};
	if (ipc_fds_duplicate(fds, count, &entry->fds)) {
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
	if (channel->fds.count && !ipc_type_has_descriptors(message.type))
		return XICA_EPARSE;
	struct ipc_fds fds = channel->fds;
	channel->fds.count = 0; // they are the handler's
	channel->in_handler = true;
	permit->handler(channel, &message, fds.list, fds.count, channel->context);
	channel->in_handler = false;
	return XICA_OK;
}

// Takes one packet; *ret_whole: the message is complete. XICA_EAGAIN: nothing there.
static int receive_packet(struct ipc_channel *channel, bool *ret_whole)
{
	bool more;
	int error = ipc_packet_receive(channel->fd, &channel->incoming, &channel->fds, &more);
	if (error)
		return error;
	*ret_whole = !more;
	return check_beginning(channel);
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
