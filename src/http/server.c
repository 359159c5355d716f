#include <event2/listener.h>
#include <event2/util.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/connection.h"

static void sweep(int fd, short what, void *context)
{
	struct http_server *server = context;
	(void)fd, (void)what;
	http_connections_sweep(server, server->stopping);
}

static void set_accepting(struct http_server *server, bool accepting)
{
	for (size_t i = 0; i < server->listener_count; i++)
		(void)(accepting ? evconnlistener_enable(server->listeners[i]) : evconnlistener_disable(server->listeners[i]));
	server->paused = !accepting;
}

static void close_listeners(struct http_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		evhttp_del_accept_socket(server->evhttp, server->bound[i]);
	server->listener_count = 0;
}

// Later: accepting again after a failure; or, at the end, saying so outside of everything that may be under way in a connection.
static void follow_later(int fd, short what, void *context)
{
	struct http_server *server = context;
	void (*stopped)(void *) = server->stopped;
	(void)fd, (void)what;
	if (!server->stopping) {
		http_server_follow(server);
		return;
	}
	close_listeners(server);
	if (stopped && !server->connection_count && !server->fresh) {
		server->stopped = NULL;
		stopped(server->stopped_context);
	}
}

// Out of descriptors or memory: the listener would report the same connection again and again.
static void accept_failed(struct evconnlistener *listener, void *context)
{
	const struct timeval soon = {.tv_usec = 200000};
	struct http_server *server = context;
	(void)listener;
	set_accepting(server, false);
	(void)event_add(server->later, &soon);
}

static void next_turn(struct http_server *server)
{
	const struct timeval now = {0};
	(void)event_add(server->later, &now);
}

void http_server_follow(struct http_server *server)
{
	if (server->stopping) {
		if (!server->connection_count && !server->fresh)
			next_turn(server);
		return;
	}
	size_t max = server->options.connections_max;
	bool full = server->connection_count >= max + max / 8 + 1;
	bool waiting = server->options.tls && !server->tls;
	if (server->paused && !full && !waiting && !event_pending(server->later, EV_TIMEOUT, NULL))
		set_accepting(server, true);
	else if (!server->paused && (full || waiting))
		set_accepting(server, false);
}

static int make_evhttp(struct http_server *server)
{
	server->evhttp = evhttp_new(server->options.base);
	if (!server->evhttp)
		return XICA_ENOMEM;
	evhttp_set_allowed_methods(server->evhttp, UINT16_MAX); // which are allowed where is the router's to say
	evhttp_set_max_headers_size(server->evhttp, HTTP_HEADER_MAX);
	evhttp_set_max_body_size(server->evhttp, HTTP_BODY_READ_MAX);
	evhttp_set_default_content_type(server->evhttp, NULL);
	evhttp_set_timeout_tv(server->evhttp, &server->idle);
	evhttp_set_bevcb(server->evhttp, http_connection_make, server);
	evhttp_set_gencb(server->evhttp, http_request_arrived, server);
	return evhttp_set_flags(server->evhttp, EVHTTP_SERVER_LINGERING_CLOSE) ? XICA_EUNSUPPORTED : 0;
}

static void set_bounds(struct http_server *server)
{
	struct http_server_options *options = &server->options;
	if (!options->idle_ms)
		options->idle_ms = HTTP_IDLE_MS;
	if (!options->request_ms)
		options->request_ms = HTTP_REQUEST_MS;
	if (!options->reply_ms)
		options->reply_ms = HTTP_REPLY_MS;
	server->idle = (struct timeval){.tv_sec = options->idle_ms / 1000, .tv_usec = options->idle_ms % 1000 * 1000};
}

int http_server_new(const struct http_server_options *options, struct http_server **ret_server)
{
	const struct timeval second = {.tv_sec = 1};
	struct http_server *server = calloc(1, sizeof(*server));
	if (!server)
		return XICA_ENOMEM;
	server->options = *options;
	set_bounds(server);
	server->adopt = event_new(options->base, -1, 0, http_connection_adopt, server);
	server->sweep = event_new(options->base, -1, EV_PERSIST, sweep, server);
	server->later = event_new(options->base, -1, 0, follow_later, server);
	int error = server->adopt && server->later && server->sweep && !event_add(server->sweep, &second) ? 0 : XICA_ENOMEM;
	if (!error)
		error = make_evhttp(server);
	if (error) {
		http_server_free(server);
		return error;
	}
	*ret_server = server;
	return 0;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	while (server->fresh)
		http_connection_adopt(-1, 0, server);
	server->stopping = true;
	server->stopped = NULL;
	if (server->evhttp)
		evhttp_free(server->evhttp); // and with it listeners and connections
	free_event(server->adopt);
	free_event(server->sweep);
	free_event(server->later);
	crypto_tls_server_free(server->tls);
	free(server);
}

int http_server_listen(struct http_server *server, int fd)
{
	struct evconnlistener *listener = NULL;
	if (server->listener_count == LISTENERS_MAX || evutil_make_socket_nonblocking(fd))
		goto err0;
	listener = evconnlistener_new(server->options.base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!listener)
		goto err0;
	struct evhttp_bound_socket *bound = evhttp_bind_listener(server->evhttp, listener);
	if (!bound)
		goto err1;
	evconnlistener_set_error_cb(listener, accept_failed);
	server->bound[server->listener_count] = bound;
	server->listeners[server->listener_count++] = listener;
	set_accepting(server, !server->options.tls || server->tls);
	return 0;
err1:
	evconnlistener_free(listener);
	return XICA_ENOMEM;
err0:
	(void)close(fd);
	return XICA_EIO;
}

void http_server_set_tls(struct http_server *server, struct crypto_tls_server *tls)
{
	crypto_tls_server_free(server->tls);
	server->tls = tls;
	http_server_follow(server);
}

// Whoever made the sockets holds them still, so that closing doesn't take them out of the kernel's set: it must hear first that nobody waits for them, which an event base that
// tells its changes once a turn does at the beginning of the next one.
void http_server_stop(struct http_server *server, void (*stopped)(void *context), void *context)
{
	set_accepting(server, false);
	server->stopping = true;
	server->stopped = stopped;
	server->stopped_context = context;
	next_turn(server);
}

size_t http_server_connections(const struct http_server *server)
{
	return server->connection_count;
}
