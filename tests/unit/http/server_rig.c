#include "server_rig.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/server.h"

static void answer(struct http_request *request)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(request->overloaded ? 503 : 200);
	cleanup_buf body = BUF_INIT;
	buf_addf(&body, "method=%d path=%.*s query=%.*s body=%zu from=%s type=%.*s", request->method, VIEW_FMT(request->path), VIEW_FMT(request->query),
		 request->body.len, request->remote, VIEW_FMT(http_request_header(request, "content-type")));
	http_reply_body(&reply, "text/plain", buf_view(&body));
	if (view_equal_str(request->path, "/bad-header"))
		http_reply_add_str(&reply, "X", "a\r\nSet-Cookie: b");
	if (view_equal_str(request->path, "/none"))
		reply.status = 204;
	http_request_reply(request, &reply);
}

static void answer_later(int fd, short what, void *context)
{
	(void)fd, (void)what;
	answer(context);
}

static void drop_later(int fd, short what, void *context)
{
	(void)fd, (void)what;
	http_request_drop(context);
}

static void handle(struct http_request *request, void *context)
{
	const struct timeval half = {.tv_usec = 500000};
	if (view_equal_str(request->path, "/drop")) {
		http_request_drop(request);
		return;
	}
	if (view_equal_str(request->path, "/drop-later")) {
		(void)event_base_once(context, -1, EV_TIMEOUT, drop_later, request, &half);
		return;
	}
	if (view_equal_str(request->path, "/later"))
		(void)event_base_once(context, -1, EV_TIMEOUT, answer_later, request, &half);
	else if (!view_equal_str(request->path, "/never"))
		answer(request);
}

static struct http_server *server; // of the one server in this process
static struct event_base *base;

static void all_gone(void *context)
{
	(void)context;
	http_server_free(server);
	(void)event_base_loopbreak(base);
}

static void on_signal(int fd, short what, void *context)
{
	(void)fd, (void)what, (void)context;
	http_server_stop(server, all_gone, NULL);
}

// As the fronts have it.
static struct event_base *make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *made = config && !event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) ? event_base_new_with_config(config) : NULL;
	event_config_free(config);
	return made;
}

static void serve(int fd, size_t share)
{
	base = make_base();
	struct event *stop = evsignal_new(base, SIGTERM, on_signal, NULL);
	static struct http_shares_window window;
	static const uint8_t KEY[HTTP_CUSTOMER_KEY_LEN];
	const struct http_shares_options of_one = {&window, KEY, 0, 1, (unsigned)share};
	struct http_shares *shares = NULL;
	if (share && http_shares_new(&of_one, &shares))
		_exit(1);
	const struct http_server_options options = {.base = base, .connections_max = SERVER_CONNECTIONS_MAX, .shares = shares, .handler = handle, .context = base,
		.idle_ms = SERVER_IDLE_MS, .request_ms = SERVER_REQUEST_MS};
	(void)signal(SIGPIPE, SIG_IGN);
	if (event_add(stop, NULL) || http_server_new(&options, &server) || http_server_listen(server, fd))
		_exit(1);
	(void)event_base_dispatch(base);
	http_shares_free(shares);
	event_free(stop);
	event_base_free(base);
}

static int start_with(void **state, size_t share)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct server_rig *rig = calloc(1, sizeof(*rig));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!rig || fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 16) || getsockname(fd, (struct sockaddr *)&address, &len))
		return -1;
	rig->port = ntohs(address.sin_port);
	rig->server = fork();
	if (!rig->server) {
		free(rig);
		serve(fd, share);
		exit(0); // not _exit: so that a sanitizer looks for leaks
	}
	(void)close(fd);
	*state = rig;
	return rig->server < 0 ? -1 : 0;
}

int server_start(void **state)
{
	return start_with(state, 0);
}

int server_start_with_shares(void **state)
{
	return start_with(state, SERVER_SHARE);
}

int server_stop(void **state)
{
	struct server_rig *rig = *state;
	int status = 0;
	if (rig->server) {
		(void)kill(rig->server, SIGTERM);
		assert_int_equal(waitpid(rig->server, &status, 0), rig->server);
	}
	assert_int_equal(status, 0);
	buf_free(&rig->seen);
	free(rig);
	return 0;
}

int server_dial(struct server_rig *rig)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)rig->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void server_say(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL); // the server may have closed already: that is for the test to see
}

bool server_hear_some(struct server_rig *rig, int fd, int timeout_ms, bool *ended)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	uint8_t bytes[4096];
	if (poll(&wait, 1, timeout_ms) != 1)
		return false;
	ssize_t len = recv(fd, bytes, sizeof(bytes), 0);
	*ended = len <= 0;
	if (len > 0)
		buf_add(&rig->seen, view_bytes(bytes, (size_t)len));
	return len > 0;
}

const char *server_hear_all(struct server_rig *rig, int fd)
{
	bool ended = false;
	buf_clear(&rig->seen);
	while (server_hear_some(rig, fd, SERVER_PATIENCE_MS, &ended))
		;
	(void)close(fd);
	return ended ? buf_cstr(&rig->seen) : NULL;
}

const char *server_hear(struct server_rig *rig, int fd, const char *text)
{
	bool ended = false;
	buf_clear(&rig->seen);
	while (!strstr(buf_cstr(&rig->seen), text))
		if (!server_hear_some(rig, fd, SERVER_PATIENCE_MS, &ended))
			fail_msg("\"%s\" has not come, but: %s", text, buf_cstr(&rig->seen));
	return buf_cstr(&rig->seen);
}

const char *server_ask(struct server_rig *rig, const char *request)
{
	int fd = server_dial(rig);
	server_say(fd, request);
	const char *answer = server_hear_all(rig, fd);
	assert_non_null(answer);
	return answer;
}
