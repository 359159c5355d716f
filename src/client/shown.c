#include "client/shown.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/tls_fd.h"
#include "xmpp/features.h"

enum { STEP_SECONDS = 5, TALK_MS = 10000 };

// --- a socket

static int dial_one(const struct addrinfo *at)
{
	const struct timeval patience = {STEP_SECONDS, 0};
	int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)); // connect's too
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, at->ai_addr, at->ai_addrlen))
		return fd;
	(void)close(fd);
	return -1;
}

static int dial(const char *where)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	const char *colon = strrchr(where, ':');
	bool brackets = colon && where[0] == '[' && colon > where + 1 && colon[-1] == ']';
	char host[256];
	size_t len = colon ? (size_t)(colon - where) - (brackets ? 2 : 0) : sizeof(host);
	int fd = -1;
	if (len >= sizeof(host))
		return -1;
	memcpy(host, where + brackets, len);
	host[len] = 0;
	if (getaddrinfo(host, colon + 1, &hints, &list))
		return -1;
	for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
		fd = dial_one(at);
	freeaddrinfo(list);
	return fd;
}

// --- up to TLS (RFC 6120 §5)

struct talk {
	struct xmpp_stream *stream;
	bool starttls, proceeds, over;
};

static void on_element(const struct xmpp_element *element, void *context)
{
	struct talk *talk = context;
	struct xmpp_features features;
	if (xmpp_is_features(element)) {
		xmpp_features_read(element, &features);
		talk->starttls = features.starttls;
		talk->over = !features.starttls;
	} else {
		talk->proceeds = !strcmp(element->ns, XMPP_NS_TLS) && !strcmp(element->name, "proceed");
		talk->over = true;
	}
	if (talk->over)
		xmpp_stream_stop(talk->stream);
}

static void on_nothing(const struct xmpp_element *element, void *context)
{
	(void)element;
	(void)context;
}

static void on_closed(void *context)
{
	struct talk *talk = context;
	talk->over = true;
}

static bool say(int fd, struct view text)
{
	return send(fd, text.ptr, text.len, MSG_NOSIGNAL) == (ssize_t)text.len;
}

static bool hear(int fd, struct talk *talk)
{
	uint8_t block[4096];
	const char *why;
	ssize_t got = recv(fd, block, sizeof(block), 0);
	return got > 0 && !xmpp_stream_feed(talk->stream, view_bytes(block, (size_t)got), &why);
}

static bool proceed(int fd, struct talk *talk, enum xmpp_service service, const char *domain)
{
	cleanup_buf header = BUF_INIT;
	bool asked = false;
	int64_t until = clock_monotonic_ms() + TALK_MS;
	xmpp_stream_add_header(&header, service, view_str(domain));
	if (buf_error(&header) || !say(fd, buf_view(&header)))
		return false;
	while (!talk->over && clock_monotonic_ms() < until && hear(fd, talk))
		if (talk->starttls && !asked) {
			asked = true;
			if (!say(fd, VIEW_LIT("<starttls xmlns='" XMPP_NS_TLS "'/>")))
				return false;
		}
	return talk->proceeds;
}

static bool start_tls(int fd, enum xmpp_service service, const char *domain)
{
	static const struct xmpp_stream_events EVENTS = {on_nothing, on_element, on_closed};
	struct talk talk = {.over = false};
	uint64_t salt = 0;
	if (crypto_random(&salt, sizeof(salt)) || xmpp_stream_new(&EVENTS, &talk, salt, &talk.stream))
		return false;
	bool done = proceed(fd, &talk, service, domain);
	xmpp_stream_free(talk.stream);
	return done;
}

// --- the certificate

static enum client_shown compare(int fd, const char *domain, struct view der)
{
	struct crypto_tls_client *client = NULL;
	cleanup_buf shown = BUF_INIT;
	if (crypto_tls_client_new(VIEW_NONE, &client))
		return CLIENT_SHOWS_NONE;
	struct ssl_st *ssl = crypto_tls_connect(client, domain);
	bool seen = ssl && !crypto_tls_handshake_fd(ssl, fd) && !crypto_tls_peer_certificate(ssl, &shown);
	if (ssl)
		crypto_tls_ssl_free(ssl);
	crypto_tls_client_free(client);
	return !seen ? CLIENT_SHOWS_NONE : view_equal(buf_view(&shown), der) ? CLIENT_SHOWS_IT : CLIENT_SHOWS_OTHER;
}

enum client_shown client_shown_at(const char *where, enum xmpp_service service, const char *domain, struct view der)
{
	int fd = dial(where);
	if (fd < 0)
		return CLIENT_UNREACHABLE;
	enum client_shown shown = start_tls(fd, service, domain) ? compare(fd, domain, der) : CLIENT_SHOWS_NONE;
	(void)close(fd);
	return shown;
}
