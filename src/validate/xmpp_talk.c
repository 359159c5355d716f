#include "validate/xmpp_talk.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/tls.h"

enum { READ_AT_ONCE = 4096, UNREAD_MAX = 16384 };

enum state {
	CONNECTING,
	PLAIN_FEATURES, // our header is sent, its features are awaited
	PROCEED,        // <starttls/> is sent
	HANDSHAKE,
	FEATURES,       // of the encrypted stream
};

struct xmpp_talk {
	const struct challenge_tools *tools;
	struct xmpp_talk_request request;
	xmpp_talk_done *done;
	void *context;
	enum state state;
	bool opened;                   // the server's stream header came
	bool ended;                    // in this turn: what the caller gets stands in seen
	struct xmpp_talk_seen seen;
	struct bufferevent *tcp, *tls; // one after the other: at most one of them is there
	struct xmpp_stream *stream;
	struct event *limit;
	struct buf certificate, chain;
	struct arena arena;
};

void xmpp_talk_cancel(struct xmpp_talk *talk)
{
	if (!talk)
		return;
	if (talk->tls)
		bufferevent_free(talk->tls);
	else if (talk->tcp)
		bufferevent_free(talk->tcp);
	xmpp_stream_free(talk->stream);
	if (talk->limit)
		event_free(talk->limit);
	buf_free(&talk->certificate);
	buf_free(&talk->chain);
	arena_free(&talk->arena);
	free(talk);
}

// failure NULL: seen is what we came for.
static void finish(struct xmpp_talk *talk, const char *failure)
{
	talk->seen.failure = failure;
	talk->seen.problem = talk->state == HANDSHAKE ? ACME_TLS : ACME_CONNECTION;
	talk->done(&talk->seen, talk->context);
	xmpp_talk_cancel(talk);
}

// From within the stream's events, where the stream must live on until they return.
static void end(struct xmpp_talk *talk, const char *failure)
{
	if (talk->ended)
		return;
	talk->ended = true;
	talk->seen.failure = failure;
	talk->seen.problem = talk->state == HANDSHAKE ? ACME_TLS : ACME_CONNECTION;
	talk->done(&talk->seen, talk->context);
	xmpp_stream_stop(talk->stream);
}

// --- what the server says

static bool send_text(struct bufferevent *bev, const struct buf *text)
{
	return !buf_error(text) && !bufferevent_write(bev, text->ptr, text->len);
}

static void on_opened(const struct xmpp_element *element, void *context)
{
	struct xmpp_talk *talk = context;
	const char *version = xmpp_attribute(element, "version");
	talk->opened = true;
	if (!version || strcmp(version, "1.0") != 0)
		end(talk, "speaks an older XMPP, without stream features");
}

static void ask_for_tls(struct xmpp_talk *talk, const struct xmpp_element *element)
{
	struct xmpp_features features;
	cleanup_buf text = BUF_INIT;
	xmpp_features_read(element, &features);
	buf_add_str(&text, "<starttls xmlns='" XMPP_NS_TLS "'/>");
	talk->state = features.starttls ? PROCEED : HANDSHAKE;
	if (!features.starttls)
		end(talk, "offers no STARTTLS");
	else if (!send_text(talk->tcp, &text))
		end(talk, "can't be answered for want of memory");
}

static void on_element(const struct xmpp_element *element, void *context)
{
	struct xmpp_talk *talk = context;
	const char *condition = xmpp_stream_error(element);
	if (condition) {
		const char *clause = arena_printf(&talk->arena, "ended the stream with the error %s", condition);
		end(talk, clause ? clause : condition);
	} else if (talk->state == PROCEED) {
		bool proceed = strcmp(element->name, "proceed") == 0 && strcmp(element->ns, XMPP_NS_TLS) == 0;
		talk->state = HANDSHAKE;
		if (proceed)
			xmpp_stream_stop(talk->stream);
		else
			end(talk, "refuses STARTTLS");
	} else if (!xmpp_is_features(element)) {
		end(talk, "sent something else than stream features");
	} else if (talk->state == PLAIN_FEATURES) {
		ask_for_tls(talk, element);
	} else {
		talk->seen.features = element;
		end(talk, NULL);
	}
}

static void on_closed(void *context)
{
	end(context, "closed the stream");
}

static const struct xmpp_stream_events EVENTS = {on_opened, on_element, on_closed};

// A stream of our own from here: the one before, if any, is void (RFC 6120 §5.4.3.3).
static bool open_stream(struct xmpp_talk *talk, struct bufferevent *bev)
{
	cleanup_buf header = BUF_INIT;
	uint64_t salt = 0;
	xmpp_stream_free(talk->stream);
	talk->stream = NULL;
	talk->opened = false;
	xmpp_stream_add_header(&header, talk->request.service, view_str(talk->request.domain));
	return !crypto_random(&salt, sizeof(salt)) && !xmpp_stream_new(&EVENTS, talk, salt, &talk->stream) && send_text(bev, &header);
}

static void shake_hands(struct xmpp_talk *talk);

static void on_readable(struct bufferevent *bev, void *context)
{
	struct xmpp_talk *talk = context;
	struct evbuffer *in = bufferevent_get_input(bev);
	uint8_t bytes[READ_AT_ONCE];
	int len;
	while (talk->state != HANDSHAKE && (len = evbuffer_remove(in, bytes, sizeof(bytes))) > 0) {
		const char *why = NULL;
		int error = xmpp_stream_feed(talk->stream, view_bytes(bytes, (size_t)len), &why);
		if (talk->ended) {
			xmpp_talk_cancel(talk);
			return;
		}
		if (error) {
			finish(talk, why);
			return;
		}
		// What came in one go with <proceed/> would be taken for words of the encrypted stream.
		if (talk->state == HANDSHAKE && (evbuffer_get_length(in) || xmpp_stream_left_over(talk->stream))) {
			finish(talk, "sent more behind its consent to STARTTLS, unencrypted");
			return;
		}
	}
	if (talk->state == HANDSHAKE && !talk->tls)
		shake_hands(talk);
}

// --- connections

static void on_encrypted(struct xmpp_talk *talk)
{
	struct ssl_st *ssl = bufferevent_openssl_get_ssl(talk->tls);
	talk->seen.tls_version = crypto_tls_version(ssl);
	if (crypto_tls_peer_certificate(ssl, &talk->certificate)) {
		finish(talk, "showed no certificate");
		return;
	}
	talk->seen.certificate = buf_view(&talk->certificate);
	if (!crypto_tls_peer_chain(ssl, &talk->chain))
		talk->seen.chain = buf_view(&talk->chain);
	if (!talk->request.features) {
		finish(talk, NULL);
		return;
	}
	talk->state = FEATURES;
	if (!open_stream(talk, talk->tls))
		finish(talk, "can't be answered for want of memory");
}

static const char *where_it_ended(const struct xmpp_talk *talk)
{
	switch (talk->state) {
	case CONNECTING: return "no connection came about";
	case PLAIN_FEATURES:
	case FEATURES: return talk->opened ? "closed the connection before its stream features" : "closed the connection instead of answering the stream";
	case PROCEED: return "closed the connection instead of starting TLS";
	case HANDSHAKE: return "closed the connection during the TLS handshake";
	}
	return "closed the connection";
}

static void on_tls(struct bufferevent *bev, short what, void *context)
{
	struct xmpp_talk *talk = context;
	if (what & BEV_EVENT_CONNECTED) {
		on_encrypted(talk);
		return;
	}
	const char *reason = talk->state == HANDSHAKE ? crypto_tls_reason(bufferevent_get_openssl_error(bev)) : NULL;
	const char *clause = reason ? arena_printf(&talk->arena, "failed in the TLS handshake: %s", reason) : NULL;
	finish(talk, clause ? clause : where_it_ended(talk));
}

static struct crypto_tls_client *tls_client(const struct xmpp_talk *talk)
{
	if (!talk->request.direct_tls)
		return talk->tools->tls_plain;
	return talk->request.service == XMPP_SERVER ? talk->tools->tls_xmpp_server : talk->tools->tls_xmpp_client;
}

// The socket goes over to the TLS side.
static void shake_hands(struct xmpp_talk *talk)
{
	struct ssl_st *ssl = crypto_tls_connect(tls_client(talk), talk->request.domain);
	evutil_socket_t fd = bufferevent_getfd(talk->tcp);
	talk->state = HANDSHAKE;
	if (!ssl || bufferevent_setfd(talk->tcp, -1)) {
		crypto_tls_ssl_free(ssl);
		finish(talk, "can't be answered for want of memory");
		return;
	}
	bufferevent_free(talk->tcp);
	talk->tcp = NULL;
	talk->tls = bufferevent_openssl_socket_new(talk->tools->base, fd, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!talk->tls) { // ssl is gone with it
		(void)evutil_closesocket(fd);
		finish(talk, "can't be answered for want of memory");
		return;
	}
	bufferevent_setcb(talk->tls, on_readable, NULL, on_tls, talk);
	bufferevent_setwatermark(talk->tls, EV_READ, 0, UNREAD_MAX);
	(void)bufferevent_enable(talk->tls, EV_READ | EV_WRITE);
}

static void on_connected(struct xmpp_talk *talk)
{
	static const struct timeval LIMIT = {.tv_sec = XMPP_TALK_TIMEOUT};
	talk->seen.answered = true;
	if (event_add(talk->limit, &LIMIT)) {
		finish(talk, "can't be answered for want of memory");
	} else if (talk->request.direct_tls) {
		shake_hands(talk);
	} else {
		talk->state = PLAIN_FEATURES;
		(void)bufferevent_enable(talk->tcp, EV_READ | EV_WRITE);
		if (!open_stream(talk, talk->tcp))
			finish(talk, "can't be answered for want of memory");
	}
}

static void on_tcp(struct bufferevent *bev, short what, void *context)
{
	struct xmpp_talk *talk = context;
	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		on_connected(talk);
		return;
	}
	const char *text = talk->state == CONNECTING ? strerrordesc_np(EVUTIL_SOCKET_ERROR()) : NULL;
	finish(talk, text ? text : where_it_ended(talk));
}

static void on_limit(evutil_socket_t fd, short what, void *context)
{
	struct xmpp_talk *talk = context;
	(void)fd, (void)what;
	finish(talk, talk->state == CONNECTING ? "no answer in time" : "didn't come to an end in time");
}

static int dial(struct xmpp_talk *talk)
{
	static const struct timeval LIMIT = {.tv_sec = XMPP_TALK_CONNECT_TIMEOUT};
	struct sockaddr_storage to;
	socklen_t len = address_to_sockaddr(&talk->request.address, talk->request.port, &to);
	talk->limit = evtimer_new(talk->tools->base, on_limit, talk);
	talk->tcp = bufferevent_socket_new(talk->tools->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!talk->limit || !talk->tcp || event_add(talk->limit, &LIMIT))
		return XICA_ENOMEM;
	bufferevent_setcb(talk->tcp, on_readable, NULL, on_tcp, talk);
	bufferevent_setwatermark(talk->tcp, EV_READ, 0, UNREAD_MAX);
	return bufferevent_socket_connect(talk->tcp, (const struct sockaddr *)&to, (int)len) ? XICA_EIO : XICA_OK;
}

int xmpp_talk_start(const struct challenge_tools *tools, const struct xmpp_talk_request *request, xmpp_talk_done *done, void *context,
		    struct xmpp_talk **ret_talk)
{
	if (address_refusal(&request->address, tools->networks))
		return XICA_EDENIED;
	struct xmpp_talk *talk = calloc(1, sizeof(*talk));
	if (!talk)
		return XICA_ENOMEM;
	*talk = (struct xmpp_talk){.tools = tools, .request = *request, .done = done, .context = context};
	int error = dial(talk);
	if (error) {
		xmpp_talk_cancel(talk);
		return error;
	}
	*ret_talk = talk;
	return XICA_OK;
}
