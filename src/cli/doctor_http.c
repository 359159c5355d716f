#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/doctor.h"

enum { PATIENCE_SECONDS = 10, REPLY_MAX = 64 << 20, HOST_MAX = 256, CHUNK = 65536 };

struct place { // out of a URL
	char host[HOST_MAX], port[8];
	const char *path;
};

// "http://host:port/path"; an IPv6 address stands in brackets.
static int split_url(const char *url, struct place *place)
{
	struct view rest = view_str(url), scheme = VIEW_LIT("http://");
	if (!view_starts(rest, scheme))
		return XICA_EPARSE;
	rest = view_sub(rest, scheme.len, SIZE_MAX);
	struct view authority = view_sub(rest, 0, view_index(rest, '/', 0));
	size_t close = view_index(authority, ']', 0), colon = view_index(authority, ':', close == SIZE_MAX ? 0 : close);
	bool address = authority.len && authority.ptr[0] == '[';
	struct view host = view_sub(authority, address, address ? close - 1 : colon), port = colon == SIZE_MAX ? VIEW_LIT("80") : view_sub(authority, colon + 1, SIZE_MAX);
	if (!host.len || host.len >= sizeof(place->host) || !port.len || port.len >= sizeof(place->port))
		return XICA_EPARSE;
	*place = (struct place){.path = authority.len < rest.len ? (const char *)authority.ptr + authority.len : "/"};
	memcpy(place->host, host.ptr, host.len);
	memcpy(place->port, port.ptr, port.len);
	return XICA_OK;
}

static int connect_one(const struct addrinfo *to)
{
	const struct timeval patience = {PATIENCE_SECONDS, 0};
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)); // of connect too
	if (!connect(fd, to->ai_addr, to->ai_addrlen))
		return fd;
	(void)close(fd);
	return -1;
}

int doctor_connect(const char *host, const char *port, int *ret_fd, struct buf *why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int failed = getaddrinfo(host, port, &hints, &list), fd = -1;
	if (failed) {
		buf_addf(why, "%s: %s", host, gai_strerror(failed));
		return XICA_EIO;
	}
	for (const struct addrinfo *to = list; to && fd < 0; to = to->ai_next)
		fd = connect_one(to);
	if (fd < 0)
		buf_addf(why, "%s, port %s: %s", host, port, strerror(errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno));
	freeaddrinfo(list);
	if (fd < 0)
		return XICA_EIO;
	*ret_fd = fd;
	return XICA_OK;
}

static int read_all(int fd, struct buf *reply)
{
	while (reply->len < REPLY_MAX) {
		uint8_t *room = buf_extend(reply, CHUNK);
		if (!room)
			return XICA_ENOMEM;
		ssize_t got = recv(fd, room, CHUNK, 0);
		buf_truncate(reply, reply->len - CHUNK + (got > 0 ? (size_t)got : 0));
		if (got == 0)
			return XICA_OK;
		if (got < 0 && errno != EINTR)
			return XICA_EIO;
	}
	return XICA_ERANGE;
}

static xica_time date_of(struct view head)
{
	const struct view name = VIEW_LIT("\r\ndate: ");
	xica_time date = 0;
	for (size_t i = 0; i + name.len < head.len; i++) {
		struct view here = view_sub(head, i, name.len);
		if (!view_equal_nocase(here, name))
			continue;
		struct view value = view_sub(head, i + name.len, SIZE_MAX);
		value = view_sub(value, 0, view_index(value, '\r', 0));
		return clock_parse_http(value, &date) ? 0 : date;
	}
	return 0;
}

// "HTTP/1.1 200 OK", headers, an empty line, the body: HTTP/1.0 was asked for, so it ends with the connection and comes in no chunks.
static int read_reply(struct view bytes, struct doctor_reply *reply)
{
	const uint8_t *end = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);
	if (!end || bytes.len < 12 || !view_starts(bytes, VIEW_LIT("HTTP/1.")))
		return XICA_EPARSE;
	struct view head = view_sub(bytes, 0, (size_t)(end - bytes.ptr) + 2);
	for (size_t i = 9; i < 12; i++) {
		if (bytes.ptr[i] < '0' || bytes.ptr[i] > '9')
			return XICA_EPARSE;
		reply->status = reply->status * 10 + (unsigned)(bytes.ptr[i] - '0');
	}
	reply->date = date_of(head);
	buf_add(&reply->body, view_sub(bytes, head.len + 2, SIZE_MAX));
	return buf_error(&reply->body);
}

static int exchange(int fd, const struct place *place, struct view body, const char *content_type, struct doctor_reply *reply)
{
	cleanup_buf request = BUF_INIT, bytes = BUF_INIT;
	buf_addf(&request, "%s %s HTTP/1.0\r\nHost: %s:%s\r\nConnection: close\r\n", body.len ? "POST" : "GET", place->path, place->host, place->port);
	if (body.len)
		buf_addf(&request, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, body.len);
	buf_add_str(&request, "\r\n");
	buf_add(&request, body);
	int error = buf_error(&request);
	if (!error)
		error = file_write_all(fd, buf_view(&request));
	if (!error)
		error = read_all(fd, &bytes);
	return error ? error : read_reply(buf_view(&bytes), reply);
}

int doctor_http(const char *url, struct view body, const char *content_type, struct doctor_reply *ret_reply, struct buf *why)
{
	struct place place;
	struct doctor_reply reply = {.body = BUF_INIT};
	int fd = -1;
	if (split_url(url, &place)) {
		buf_add_str(why, "it is no http URL");
		return XICA_EIO;
	}
	int error = doctor_connect(place.host, place.port, &fd, why);
	if (error)
		return error;
	error = exchange(fd, &place, body, content_type, &reply);
	(void)close(fd);
	if (error) {
		buf_addf(why, "no answer of HTTP: %s", xica_strerror(error));
		buf_free(&reply.body);
		return XICA_EIO;
	}
	*ret_reply = reply;
	return XICA_OK;
}
