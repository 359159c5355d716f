// HTTP/1.1 on libevent's evhttp, with TLS or without.
//
// Bounds: header 16 KiB; body HTTP_BODY_MAX, of which a handler hears of up to HTTP_BODY_READ_MAX bytes, so that it can answer a body that is
// somewhat too long in its own words (evhttp answers 413 beyond); 30 s without a byte end a connection; 60 s from being ready for a request to having
// read it whole; 300 s for a reply to be taken. What a request's framing leaves in doubt (two lengths, a length beside chunks) is answered 400.
// At connections_max, and where one address has more than its share (http/shares.h), new connections get their first request with `overloaded` set, have an eighth of
// the usual time for it, and are closed after the reply; at an eighth more than connections_max nothing is accepted until some close: the newcomers
// wait in the kernel's queue, or go to another process that listens on the same socket.
#pragma once
#include <event2/event.h>

#include "crypto/tls.h"
#include "http/reply.h"
#include "http/router.h"
#include "http/shares.h"

enum {
	HTTP_HEADER_MAX = 16 * 1024,
	HTTP_BODY_MAX = 64 * 1024,
	HTTP_BODY_READ_MAX = 128 * 1024,
	HTTP_IDLE_MS = 30 * 1000,
	HTTP_REQUEST_MS = 60 * 1000,
	HTTP_REPLY_MS = 300 * 1000,
	HTTP_REQUEST_ID_LEN = 12,
};

struct http_server;

// One request, from its handler's call until it is answered. All views are borrowed from it.
struct http_request {
	enum http_method method;
	struct view target;      // as sent: path and query
	struct view path;
	bool has_query;
	struct view query;       // behind the first '?'
	struct view body;        // up to HTTP_BODY_READ_MAX; what is beyond HTTP_BODY_MAX is too long, and the handler's to refuse
	bool overloaded;         // the server, or this client, has more connections than it should: refuse
	uint8_t address[16];     // of the client; IPv4 as mapped
	const char *remote;      // the same as text
	int64_t since_us;        // clock_monotonic_us when it was whole
	int tag;                 // for the handler: what kind of request it is; 0 until then
	int64_t who;             // likewise: whose
	char id[HTTP_REQUEST_ID_LEN + 1]; // likewise: its name in the log; empty until then
	void *owner;             // for whoever keeps the request
};

// Must answer by http_request_reply, now or later, exactly once. If the client goes meanwhile, the reply goes nowhere.
typedef void http_handler(struct http_request *request, void *context);

struct http_server_options {
	struct event_base *base;
	bool tls;
	size_t connections_max;
	struct http_shares *shares; // borrowed: of one address's connections; NULL: it may have any number
	uint8_t shares_kind;
	unsigned idle_ms, request_ms, reply_ms; // 0: HTTP_IDLE_MS and so on
	http_handler *handler;
	void (*answered)(const struct http_request *request, unsigned status, void *context); // may be NULL: of each, as it is answered, whether its client is still there or not. status 0: it was dropped
	void *context;
};

XICA_MUST_CHECK int http_server_new(const struct http_server_options *options, struct http_server **ret_server);
// All requests must have been answered. Connections are closed, whatever is still to be sent.
void http_server_free(struct http_server *server);
// fd: a listening socket, the server's from now on. With tls nothing is accepted before the first http_server_set_tls.
XICA_MUST_CHECK int http_server_listen(struct http_server *server, int fd);
// For connections from now on. tls is the server's from now on.
void http_server_set_tls(struct http_server *server, struct crypto_tls_server *tls);
// Accepts nothing more; connections end after the request that is under way, idle ones within two seconds. stopped is called from the
// loop when none is left; the server may be freed in it.
void http_server_stop(struct http_server *server, void (*stopped)(void *context), void *context);
size_t http_server_connections(const struct http_server *server);

// The first header of that name; empty where there is none.
struct view http_request_header(const struct http_request *request, const char *name);
struct http_conditions http_request_conditions(const struct http_request *request);
// Sends; the request is gone afterwards. The reply stays the caller's, without its shared body.
void http_request_reply(struct http_request *request, struct http_reply *reply);
// Closes the connection instead; the request is gone afterwards. For a server that is to behave badly.
void http_request_drop(struct http_request *request);
