#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>

#include "http/connection.h"

struct request {
	struct http_request public; // first
	struct evhttp_request *evhttp;
	struct http_server *server;
	struct connection *connection; // NULL: the client has gone
	bool close;                    // after the reply
	char remote[INET6_ADDRSTRLEN];
};

static struct request *inside(const struct http_request *request)
{
	return (struct request *)(uintptr_t)request;
}

static enum http_method method_of(struct evhttp_request *evhttp)
{
	switch (evhttp_request_get_command(evhttp)) {
	case EVHTTP_REQ_GET: return HTTP_METHOD_GET;
	case EVHTTP_REQ_HEAD: return HTTP_METHOD_HEAD;
	case EVHTTP_REQ_POST: return HTTP_METHOD_POST;
	case EVHTTP_REQ_PUT: return HTTP_METHOD_PUT;
	case EVHTTP_REQ_DELETE: return HTTP_METHOD_DELETE;
	case EVHTTP_REQ_OPTIONS: return HTTP_METHOD_OPTIONS;
	case EVHTTP_REQ_PATCH: return HTTP_METHOD_PATCH;
	case EVHTTP_REQ_TRACE:
	case EVHTTP_REQ_CONNECT: return HTTP_METHOD_OTHER;
	}
	return HTTP_METHOD_OTHER; // evhttp's own mark of a method that it doesn't know
}

// How the body's end was told, in all headers that speak of it, or would if their names were read less strictly.
struct framing {
	unsigned lengths, encodings;
	bool sound;
};

static bool is_token(struct view name) // RFC 9110 §5.6.2
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];
		if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return name.len > 0;
}

static struct framing framing_of(struct evhttp_request *evhttp)
{
	struct framing framing = {.sound = true};
	for (const struct evkeyval *header = evhttp_request_get_input_headers(evhttp)->tqh_first; header; header = header->next.tqe_next) {
		struct view name = view_str(header->key);
		framing.sound &= is_token(name);
		if (view_equal_nocase(name, VIEW_LIT("Content-Length"))) {
			framing.lengths++;
			framing.sound &= *header->value && strspn(header->value, "0123456789") == strlen(header->value);
		} else if (view_equal_nocase(name, VIEW_LIT("Transfer-Encoding"))) {
			framing.encodings++;
			framing.sound &= view_equal_nocase(view_str(header->value), VIEW_LIT("chunked"));
		}
	}
	framing.sound &= framing.lengths + framing.encodings <= 1;
	return framing;
}

// evhttp reads no body for these, and would take it for the next request.
static bool leaves_body_unread(enum http_method method, const struct framing *framing)
{
	return (method == HTTP_METHOD_HEAD || method == HTTP_METHOD_OTHER) && framing->lengths + framing->encodings > 0;
}

static void note_address(struct request *request)
{
	static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
	struct http_request *public = &request->public;
	memcpy(public->address, request->connection->address, sizeof(public->address));
	bool four = memcmp(public->address, MAPPED, sizeof(MAPPED)) == 0;
	if (!inet_ntop(four ? AF_INET : AF_INET6, public->address + (four ? 12 : 0), request->remote, sizeof(request->remote)))
		request->remote[0] = 0;
	public->remote = request->remote;
}

static void note_target(struct http_request *public, struct evhttp_request *evhttp)
{
	public->target = view_str(evhttp_request_get_uri(evhttp));
	size_t mark = view_index(public->target, '?', 0);
	public->has_query = mark != SIZE_MAX;
	public->path = view_sub(public->target, 0, mark);
	if (public->has_query)
		public->query = view_sub(public->target, mark + 1, SIZE_MAX);
}

static void note_body(struct http_request *public, struct evhttp_request *evhttp)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(evhttp);
	size_t len = evbuffer_get_length(body);
	if (len)
		public->body = view_bytes(evbuffer_pullup(body, -1), len);
}

static void reply_bare(struct http_request *request, unsigned status)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(status);
	reply.close = true;
	http_request_reply(request, &reply);
}

void http_request_arrived(struct evhttp_request *evhttp, void *context)
{
	struct http_server *server = context;
	struct connection *connection = http_connection_find(server, evhttp_request_get_connection(evhttp));
	struct request *request = connection ? calloc(1, sizeof(*request)) : NULL;
	if (!request) {
		evhttp_connection_free(evhttp_request_get_connection(evhttp));
		return;
	}
	const struct framing framing = framing_of(evhttp);
	struct http_request *public = &request->public;
	request->evhttp = evhttp;
	request->server = server;
	request->connection = connection;
	public->since_us = clock_monotonic_us();
	public->method = method_of(evhttp);
	public->overloaded = connection->overload;
	request->close = connection->overload || leaves_body_unread(public->method, &framing);
	note_target(public, evhttp);
	note_body(public, evhttp);
	note_address(request);
	connection->request = request;
	http_connection_enter(connection, CONNECTION_HANDLED);
	if (!framing.sound || (evbuffer_get_length(evhttp_request_get_input_buffer(evhttp)) && !public->body.ptr))
		reply_bare(public, 400);
	else
		server->options.handler(public, server->options.context);
}

void http_request_orphan(struct request *request)
{
	request->connection = NULL;
}

struct view http_request_header(const struct http_request *request, const char *name)
{
	return view_str(evhttp_find_header(evhttp_request_get_input_headers(inside(request)->evhttp), name));
}

struct http_conditions http_request_conditions(const struct http_request *request)
{
	return (struct http_conditions){
		.if_none_match = http_request_header(request, "If-None-Match"),
		.if_modified_since = http_request_header(request, "If-Modified-Since"),
		.accept_encoding = http_request_header(request, "Accept-Encoding"),
	};
}

static const char *reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} REASONS[] = {
		{200, "OK"}, {201, "Created"}, {204, "No Content"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
		{304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"}, {409, "Conflict"}, {410, "Gone"},
		{413, "Content Too Large"}, {415, "Unsupported Media Type"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"}, {500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};
	for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
		if (REASONS[i].status == status)
			return REASONS[i].text;
	return "Status";
}

static bool has_no_body(unsigned status)
{
	return status == 204 || status == 304;
}

// A shared body is handed on with its release; any other is copied.
static bool add_body(struct http_reply *reply, struct evbuffer *body)
{
	if (!reply->body.len)
		return true;
	if (!reply->release)
		return !evbuffer_add(body, reply->body.ptr, reply->body.len);
	if (evbuffer_add_reference(body, reply->body.ptr, reply->body.len, reply->release, reply->release_context))
		return false;
	reply->release = NULL;
	return true;
}

// Headers and body into evhttp's hands. False: something was wrong, or there is no memory.
static bool fill_in(const struct request *request, struct http_reply *reply, struct evbuffer *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request->evhttp);
	char length[24];
	if (reply->failed)
		return false;
	for (size_t i = 0; i < reply->header_count; i++)
		if (evhttp_add_header(headers, reply->headers[i].name, reply->headers[i].value))
			return false;
	if (has_no_body(reply->status))
		return true;
	// To HEAD too: the length of what GET would get (RFC 9110 §9.3.2).
	if (evutil_snprintf(length, sizeof(length), "%zu", reply->body.len) < 0 || evhttp_add_header(headers, "Content-Length", length))
		return false;
	return request->public.method == HTTP_METHOD_HEAD || add_body(reply, body);
}

static void sent(struct evhttp_request *evhttp, void *context)
{
	struct connection *connection = context;
	const struct timeval *idle = &connection->server->idle;
	(void)evhttp;
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(connection->evhttp), idle, idle);
	http_connection_enter(connection, CONNECTION_READY);
}

// While we send the client has nothing to say: only its not taking anything for a while counts as idle.
static void prepare_to_send(struct request *request)
{
	struct connection *connection = request->connection;
	connection->request = NULL;
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(connection->evhttp), NULL, &connection->server->idle);
	http_connection_enter(connection, CONNECTION_SENDING);
	evhttp_request_set_on_complete_cb(request->evhttp, sent, connection);
}

// Header and body would go out as a record of TLS each, and a packet each.
static void join_up(struct bufferevent *bev)
{
	enum { RECORD_MAX = 16384 };
	struct evbuffer *output = bufferevent_get_output(bev);
	if (evbuffer_get_length(output) <= RECORD_MAX)
		(void)evbuffer_pullup(output, -1);
}

void http_request_reply(struct http_request *public, struct http_reply *reply)
{
	struct request *request = inside(public);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request->evhttp);
	struct evbuffer *body = evbuffer_new();
	unsigned status = reply->status;
	if (!body || !fill_in(request, reply, body)) {
		evhttp_clear_headers(headers);
		if (body)
			(void)evbuffer_drain(body, evbuffer_get_length(body));
		status = 500;
	}
	bool stopping = request->connection && request->connection->server->stopping;
	if (request->close || reply->close || stopping)
		(void)evhttp_add_header(headers, "Connection", "close");
	if (request->server->options.answered)
		request->server->options.answered(public, status, request->server->options.context);
	struct bufferevent *bev = request->connection ? evhttp_connection_get_bufferevent(request->connection->evhttp) : NULL;
	if (bev) {
		prepare_to_send(request);
		bufferevent_incref(bev);
	}
	evhttp_send_reply(request->evhttp, (int)status, reason_of(status), body); // may end the connection at once
	if (bev) {
		join_up(bev);
		(void)bufferevent_decref(bev);
	}
	if (body)
		evbuffer_free(body);
	free(request);
}

void http_request_drop(struct http_request *public)
{
	struct request *request = inside(public);
	struct connection *connection = request->connection;
	if (request->server->options.answered)
		request->server->options.answered(public, 0, request->server->options.context);
	if (connection) {
		connection->request = NULL;
		evhttp_connection_free(connection->evhttp); // and with it evhttp's request
	} else {
		evhttp_request_free(request->evhttp);
	}
	free(request);
}
