// Inside the http room: the connections of a server, and what evhttp does not tell about them.
//
// evhttp has no hook for a new connection but the one that makes its bufferevent. There the bufferevent is noted, and right after evhttp is done with the
// accepting (before anything was read) it is looked up which evhttp connection it serves, and evhttp asked to say when that closes. So each connection has
// an object here for exactly its life: for counting, for deadlines, for closing the idle ones.
#pragma once
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "http/server.h"

struct request; // http/request.c

enum connection_state {
	CONNECTION_READY,   // for a request, or in the middle of reading one (or of the TLS handshake)
	CONNECTION_HANDLED, // a handler has the request
	CONNECTION_SENDING, // the reply is on its way
};

struct connection {
	struct http_server *server;
	struct evhttp_connection *evhttp;
	enum connection_state state;
	int64_t since_ms;        // in this state
	bool overload;           // one too many
	uint8_t address[16];     // of the client; IPv4 as mapped
	struct http_shares_places places; // where it is counted
	struct request *request; // while HANDLED
	struct connection *next, **back;           // in the server's list
	struct connection *next_in_bucket;
};

enum { CONNECTION_BUCKETS = 1024, LISTENERS_MAX = 16 };

struct fresh_connection { // accepted, and its evhttp connection not yet known
	struct bufferevent *bufferevent; // one reference is ours
	struct fresh_connection *next;
};

struct http_server {
	struct http_server_options options;
	struct timeval idle;
	struct evhttp *evhttp;
	struct crypto_tls_server *tls;
	struct evconnlistener *listeners[LISTENERS_MAX];
	struct evhttp_bound_socket *bound[LISTENERS_MAX];
	size_t listener_count;
	struct event *adopt, *sweep, *later;
	struct fresh_connection *fresh;
	struct connection *connections;
	size_t connection_count;
	struct connection *buckets[CONNECTION_BUCKETS];
	bool paused;
	bool stopping;
	void (*stopped)(void *context);
	void *stopped_context;
};

// server.c
void http_server_follow(struct http_server *server); // after the number of connections changed: accept or not, stopped or not
// connection.c
struct bufferevent *http_connection_make(struct event_base *base, void *server); // evhttp's hook
void http_connection_adopt(int fd, short what, void *server);                    // the event behind it
struct connection *http_connection_find(const struct http_server *server, const struct evhttp_connection *evhttp); // NULL: unknown
void http_connection_enter(struct connection *connection, enum connection_state state);
// Closes those that are over their time. all_idle: and those that have been waiting for a request for a second.
void http_connections_sweep(struct http_server *server, bool all_idle);
// request.c
void http_request_arrived(struct evhttp_request *evhttp, void *server); // evhttp's handler
void http_request_orphan(struct request *request); // its connection has closed
