#include "http/connection.h"

#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// More than a whole body and a header, so that evhttp, which collects a body here, is never starved; less than what a flood would like.
enum { INPUT_MAX = HTTP_BODY_READ_MAX + 4 * HTTP_HEADER_MAX };

static struct bufferevent *make_tls(struct http_server *server, struct event_base *base)
{
	struct ssl_st *ssl = server->tls ? crypto_tls_accept(server->tls) : NULL;
	if (!ssl)
		return NULL;
	// takes ssl, whatever comes
	struct bufferevent *made = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (made)
		bufferevent_openssl_set_allow_dirty_shutdown(made, 1); // many clients just go; evhttp looks at lengths, not at ends
	return made;
}

// When this returns NULL evhttp makes a plain connection by itself, which nobody adopts: request.c closes it unheard.
struct bufferevent *http_connection_make(struct event_base *base, void *context)
{
	struct http_server *server = context;
	struct fresh_connection *fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return NULL;
	fresh->bufferevent = server->options.tls ? make_tls(server, base) : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!fresh->bufferevent) {
		free(fresh);
		return NULL;
	}
	bufferevent_setwatermark(fresh->bufferevent, EV_READ, 0, INPUT_MAX);
	bufferevent_incref(fresh->bufferevent);
	fresh->next = server->fresh;
	server->fresh = fresh;
	event_active(server->adopt, EV_TIMEOUT, 0);
	return fresh->bufferevent;
}

static struct connection **bucket_of(const struct http_server *server, const struct evhttp_connection *evhttp)
{
	uintptr_t hash = (uintptr_t)evhttp / 64;
	return (struct connection **)&server->buckets[(hash ^ hash / CONNECTION_BUCKETS) % CONNECTION_BUCKETS];
}

struct connection *http_connection_find(const struct http_server *server, const struct evhttp_connection *evhttp)
{
	struct connection *connection = *bucket_of(server, evhttp);
	while (connection && connection->evhttp != evhttp)
		connection = connection->next_in_bucket;
	return connection;
}

void http_connection_enter(struct connection *connection, enum connection_state state)
{
	connection->state = state;
	connection->since_ms = clock_monotonic_ms();
}

static void closed(struct evhttp_connection *evhttp, void *context)
{
	struct connection *connection = context;
	struct http_server *server = connection->server;
	struct connection **at = bucket_of(server, evhttp);
	while (*at != connection)
		at = &(*at)->next_in_bucket;
	*at = connection->next_in_bucket;
	*connection->back = connection->next;
	if (connection->next)
		connection->next->back = connection->back;
	if (connection->request)
		http_request_orphan(connection->request);
	if (server->options.shares)
		http_shares_leave(server->options.shares, &connection->places);
	free(connection);
	server->connection_count--;
	http_server_follow(server);
}

static void note_address(struct connection *connection)
{
	static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
	const struct sockaddr *address = evhttp_connection_get_addr(connection->evhttp);
	if (address && address->sa_family == AF_INET) {
		memcpy(connection->address, MAPPED, sizeof(MAPPED));
		memcpy(connection->address + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	} else if (address && address->sa_family == AF_INET6) {
		memcpy(connection->address, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	}
}

static bool join(struct connection *connection)
{
	const struct http_server_options *options = &connection->server->options;
	return !options->shares || http_shares_join(options->shares, connection->address, options->shares_kind, &connection->places);
}

static void add(struct http_server *server, struct evhttp_connection *evhttp)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	if (!connection)
		return; // as above: closed unheard
	struct connection **bucket = bucket_of(server, evhttp);
	connection->server = server;
	connection->evhttp = evhttp;
	connection->next_in_bucket = *bucket;
	*bucket = connection;
	connection->next = server->connections;
	connection->back = &server->connections;
	if (connection->next)
		connection->next->back = &connection->next;
	server->connections = connection;
	server->connection_count++;
	note_address(connection);
	connection->overload = !join(connection) || server->connection_count > server->options.connections_max;
	http_connection_enter(connection, CONNECTION_READY);
	evhttp_connection_set_closecb(evhttp, closed, connection);
}

// evhttp gives its bufferevents the connection as the callbacks' argument, and takes the callbacks away when it lets go of one.
void http_connection_adopt(int fd, short what, void *context)
{
	struct http_server *server = context;
	(void)fd, (void)what;
	while (server->fresh) {
		struct fresh_connection *fresh = server->fresh;
		bufferevent_data_cb read = NULL;
		void *evhttp = NULL;
		const int on = 1;
		server->fresh = fresh->next;
		bufferevent_getcb(fresh->bufferevent, &read, NULL, NULL, &evhttp);
		(void)setsockopt(bufferevent_getfd(fresh->bufferevent), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (read && evhttp)
			add(server, evhttp);
		(void)bufferevent_decref(fresh->bufferevent);
		free(fresh);
	}
	http_server_follow(server);
}

static bool is_over(const struct connection *connection, int64_t now_ms, bool all_idle)
{
	const struct http_server_options *options = &connection->server->options;
	int64_t age_ms = now_ms - connection->since_ms;
	switch (connection->state) {
	case CONNECTION_READY: return age_ms > options->request_ms / (connection->overload ? 8 : 1) || (all_idle && age_ms >= 1000);
	case CONNECTION_HANDLED: return false; // its handler has deadlines of its own
	case CONNECTION_SENDING: return age_ms > options->reply_ms;
	}
	return false;
}

void http_connections_sweep(struct http_server *server, bool all_idle)
{
	int64_t now_ms = clock_monotonic_ms();
	for (struct connection *connection = server->connections, *next; connection; connection = next) {
		next = connection->next;
		if (is_over(connection, now_ms, all_idle))
			evhttp_connection_free(connection->evhttp);
	}
}
