#include "load_link.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_LEN = 16384 };

struct load_link {
	const struct load_server *server;
	load_answered *answered;
	void *context;
	int fd;
	SSL *ssl;
	struct event *readable, *writable;
	struct buf out, in;
	size_t sent;
	bool asking;    // an answer is awaited
	bool used;      // an answer came by this connection already
	bool heard;     // a byte of the awaited answer came
};

static void on_ready(evutil_socket_t fd, short what, void *context);

int load_link_new(const struct load_server *server, load_answered *answered, void *context, struct load_link **ret_link)
{
	struct load_link *link = calloc(1, sizeof(*link));
	if (!link)
		return XICA_ENOMEM;
	*link = (struct load_link){.server = server, .answered = answered, .context = context, .fd = -1};
	*ret_link = link;
	return XICA_OK;
}

static void close_link(struct load_link *link)
{
	if (link->fd < 0)
		return;
	if (link->readable)
		event_free(link->readable);
	if (link->writable)
		event_free(link->writable);
	if (link->ssl)
		SSL_free(link->ssl);
	(void)close(link->fd);
	link->readable = link->writable = NULL;
	link->ssl = NULL;
	link->fd = -1;
	link->used = false;
}

void load_link_free(struct load_link *link)
{
	if (!link)
		return;
	close_link(link);
	buf_free(&link->out);
	buf_free(&link->in);
	free(link);
}

static bool open_link(struct load_link *link)
{
	const struct load_server *server = link->server;
	const int on = 1;
	link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return false;
	(void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link->readable = event_new(server->base, link->fd, EV_READ | EV_PERSIST, on_ready, link);
	link->writable = event_new(server->base, link->fd, EV_WRITE, on_ready, link);
	if (connect(link->fd, (const struct sockaddr *)&server->address, sizeof(server->address)) && errno != EINPROGRESS)
		return false;
	if (server->tls) {
		link->ssl = crypto_tls_connect(server->tls, server->name);
		if (!link->ssl || SSL_set_fd(link->ssl, link->fd) != 1)
			return false;
	}
	return event_add(link->readable, NULL) == 0 && event_add(link->writable, NULL) == 0;
}

static void finish(struct load_link *link, const struct load_answer *answer)
{
	link->asking = false;
	if (!answer->status || !link->server->keep)
		close_link(link);
	link->answered(answer, link->context);
}

// A kept connection that ends before its answer begins was closed before the request came: it is made anew.
static void fail(struct load_link *link)
{
	bool again = link->used && !link->heard;
	close_link(link);
	if (!link->asking)
		return; // the server closed an idle connection
	link->sent = 0;
	if (again && open_link(link))
		return;
	finish(link, &(struct load_answer){0});
}

// --- reading

struct view load_answer_header(const struct load_answer *answer, const char *name)
{
	size_t len = strlen(name);
	struct view rest = answer->head;
	for (const uint8_t *end; (end = memmem(rest.ptr, rest.len, "\r\n", 2));) {
		struct view line = view_bytes(rest.ptr, (size_t)(end - rest.ptr));
		rest = view_sub(rest, line.len + 2, SIZE_MAX);
		if (line.len <= len || line.ptr[len] != ':' || strncasecmp((const char *)line.ptr, name, len) != 0)
			continue;
		line = view_sub(line, len + 1, SIZE_MAX);
		while (line.len && line.ptr[0] == ' ')
			line = view_sub(line, 1, SIZE_MAX);
		return line;
	}
	return VIEW_NONE;
}

static unsigned long number_of(struct view text, int base)
{
	char copy[24] = "";
	memcpy(copy, text.ptr, text.len < sizeof(copy) - 1 ? text.len : sizeof(copy) - 1);
	return strtoul(copy, NULL, base);
}

// In place. False: more is to come.
static bool join_chunks(struct view chunked, struct view *ret_body)
{
	uint8_t *at = (uint8_t *)(uintptr_t)chunked.ptr, *to = at, *end = at + chunked.len;
	for (;;) {
		uint8_t *line = memmem(at, (size_t)(end - at), "\r\n", 2);
		if (!line)
			return false;
		size_t len = number_of(view_bytes(at, (size_t)(line - at)), 16);
		if ((size_t)(end - line) < len + 4)
			return false;
		if (!len)
			break;
		at = line + 2;
		to = (uint8_t *)memmove(to, at, len) + len;
		at += len + 2;
	}
	*ret_body = view_bytes(chunked.ptr, (size_t)(to - chunked.ptr));
	return true;
}

static bool is_whole(struct load_link *link, struct load_answer *ret_answer)
{
	struct view in = buf_view(&link->in);
	const uint8_t *end = memmem(in.ptr, in.len, "\r\n\r\n", 4);
	if (!end || in.len < 12)
		return false;
	size_t head_len = (size_t)(end - in.ptr) + 2;
	struct load_answer answer = {.status = (int)number_of(view_sub(in, 9, 3), 10), .head = view_sub(in, 0, head_len)};
	struct view length = load_answer_header(&answer, "Content-Length"), rest = view_sub(in, head_len + 2, SIZE_MAX);
	bool bodiless = answer.status == 204 || (link->out.len > 4 && memcmp(link->out.ptr, "HEAD", 4) == 0);
	if (bodiless) {
		answer.body = VIEW_NONE;
	} else if (length.len) {
		size_t len = number_of(length, 10);
		if (rest.len < len)
			return false;
		answer.body = view_sub(rest, 0, len);
	} else if (view_equal_nocase(load_answer_header(&answer, "Transfer-Encoding"), VIEW_LIT("chunked"))) {
		// only a body that seems to be at its end is joined: that changes it
		if (rest.len < 5 || memcmp(rest.ptr + rest.len - 5, "0\r\n\r\n", 5) != 0 || !join_chunks(rest, &answer.body))
			return false;
	}
	*ret_answer = answer;
	return true;
}

// How many bytes came; 0: none now; -1: the end.
static ssize_t receive(struct load_link *link, uint8_t *to, size_t len)
{
	if (!link->ssl) {
		ssize_t got = recv(link->fd, to, len, 0);
		return got > 0 ? got : got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	}
	int got = SSL_read(link->ssl, to, (int)len);
	if (got > 0)
		return got;
	int why = SSL_get_error(link->ssl, got);
	ERR_clear_error();
	if (why == SSL_ERROR_WANT_WRITE)
		(void)event_add(link->writable, NULL);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void take(struct load_link *link)
{
	[[gnu::uninitialized]] uint8_t bytes[READ_LEN];
	struct load_answer answer;
	for (ssize_t got; (got = receive(link, bytes, sizeof(bytes)));) {
		if (got < 0) {
			fail(link);
			return;
		}
		buf_add(&link->in, view_bytes(bytes, (size_t)got));
		link->heard = true;
		if (link->asking && is_whole(link, &answer)) {
			link->used = true;
			if (view_equal_nocase(load_answer_header(&answer, "Connection"), VIEW_LIT("close")))
				close_link(link);
			finish(link, &answer); // may ask again
			return;
		}
	}
}

// --- writing

// As receive.
static ssize_t give(struct load_link *link, const uint8_t *from, size_t len)
{
	if (!link->ssl) {
		ssize_t put = send(link->fd, from, len, MSG_NOSIGNAL);
		return put > 0 ? put : put < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) ? 0 : -1;
	}
	int put = SSL_write(link->ssl, from, (int)len);
	if (put > 0)
		return put;
	int why = SSL_get_error(link->ssl, put);
	ERR_clear_error();
	if (why == SSL_ERROR_WANT_READ)
		return 0; // the handshake goes on when the server's part is there
	if (why != SSL_ERROR_WANT_WRITE)
		return -1;
	(void)event_add(link->writable, NULL);
	return 0;
}

static bool write_out(struct load_link *link)
{
	while (link->sent < link->out.len) {
		ssize_t put = give(link, link->out.ptr + link->sent, link->out.len - link->sent);
		if (put < 0)
			return false;
		if (!put) {
			if (!link->ssl)
				(void)event_add(link->writable, NULL);
			return true;
		}
		link->sent += (size_t)put;
	}
	return true;
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct load_link *link = context;
	(void)fd;
	if (link->asking && link->sent < link->out.len && !write_out(link)) {
		fail(link);
		return;
	}
	if (what & EV_READ && (!link->asking || link->sent == link->out.len))
		take(link);
}

static void on_unopened(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	fail(context);
}

void load_link_ask(struct load_link *link, struct view request)
{
	buf_clear(&link->out);
	buf_clear(&link->in);
	buf_add(&link->out, request);
	link->sent = 0;
	link->asking = true;
	link->heard = false;
	if (link->fd >= 0) {
		if (!write_out(link))
			fail(link);
	} else if (!open_link(link)) {
		static const struct timeval AT_ONCE = {0};
		(void)event_base_once(link->server->base, -1, EV_TIMEOUT, on_unopened, link, &AT_ONCE);
	}
}
