// A server in a process of its own, and clients that say exactly what a test wants.
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "http/server.h"

enum { CONNECTIONS_MAX = 4, SHARE = 2, PATIENCE_MS = 5000, IDLE_MS = 700, REQUEST_MS = 1500 };

struct fixture {
	pid_t server;
	unsigned port;
	struct buf seen;
};

// Answers with what it was asked; "/later" is answered half a second later, "/never" not at all; at "/drop" and "/drop-later" the connection is closed instead.
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
	const struct http_server_options options = {.base = base, .connections_max = CONNECTIONS_MAX, .shares = shares, .handler = handle, .context = base,
		.idle_ms = IDLE_MS, .request_ms = REQUEST_MS};
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
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!fixture || fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 16) || getsockname(fd, (struct sockaddr *)&address, &len))
		return -1;
	fixture->port = ntohs(address.sin_port);
	fixture->server = fork();
	if (!fixture->server) {
		free(fixture);
		serve(fd, share);
		exit(0); // not _exit: so that a sanitizer looks for leaks
	}
	(void)close(fd);
	*state = fixture;
	return fixture->server < 0 ? -1 : 0;
}

static int start(void **state)
{
	return start_with(state, 0);
}

static int start_with_shares(void **state)
{
	return start_with(state, SHARE);
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	int status = 0;
	if (fixture->server) {
		(void)kill(fixture->server, SIGTERM);
		assert_int_equal(waitpid(fixture->server, &status, 0), fixture->server);
	}
	assert_int_equal(status, 0);
	buf_free(&fixture->seen);
	free(fixture);
	return 0;
}

static int dial(struct fixture *fixture)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)fixture->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL); // the server may have closed already: that is for the test to see
}

// One more piece of what the server says; false: nothing in this time, or the end (*ended).
static bool hear_some(struct fixture *fixture, int fd, int timeout_ms, bool *ended)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	uint8_t bytes[4096];
	if (poll(&wait, 1, timeout_ms) != 1)
		return false;
	ssize_t len = recv(fd, bytes, sizeof(bytes), 0);
	*ended = len <= 0;
	if (len > 0)
		buf_add(&fixture->seen, view_bytes(bytes, (size_t)len));
	return len > 0;
}

// All until the server closes; NULL when it doesn't.
static const char *hear_all(struct fixture *fixture, int fd)
{
	bool ended = false;
	buf_clear(&fixture->seen);
	while (hear_some(fixture, fd, PATIENCE_MS, &ended))
		;
	(void)close(fd);
	return ended ? buf_cstr(&fixture->seen) : NULL;
}

// Until this text has come.
static const char *hear(struct fixture *fixture, int fd, const char *text)
{
	bool ended = false;
	buf_clear(&fixture->seen);
	while (!strstr(buf_cstr(&fixture->seen), text))
		if (!hear_some(fixture, fd, PATIENCE_MS, &ended))
			fail_msg("\"%s\" has not come, but: %s", text, buf_cstr(&fixture->seen));
	return buf_cstr(&fixture->seen);
}

static const char *ask(struct fixture *fixture, const char *request)
{
	int fd = dial(fixture);
	say(fd, request);
	const char *answer = hear_all(fixture, fd);
	assert_non_null(answer);
	return answer;
}

#define assert_has(text, part) assert_non_null(strstr(text, part))
#define assert_has_not(text, part) assert_null(strstr(text, part))

static void a_handler_hears_the_request_as_it_was_sent(void **state)
{
	const char *got = ask(*state, "POST /a%2Fb//c?x=1&y?z HTTP/1.1\r\nHost: h\r\nContent-Type: a/b\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
	assert_has(got, "HTTP/1.1 200 OK\r\n");
	assert_has(got, "method=4 path=/a%2Fb//c query=x=1&y?z body=5 from=127.0.0.1 type=a/b");
	assert_has(got, "Connection: close\r\n");
}

static void chunked_bodies_are_read(void **state)
{
	const char *got = ask(*state, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
	assert_has(got, " body=7 ");
}

static void a_connection_serves_one_request_after_the_other(void **state)
{
	struct fixture *fixture = *state;
	int fd = dial(fixture);
	for (int i = 0; i < 3; i++) {
		say(fd, "GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_has_not(hear(fixture, fd, "type="), "Connection: close");
	}
	say(fd, "GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	const char *both = hear_all(fixture, fd);
	assert_has(both, "path=/one");
	assert_has(both, "path=/two");
}

static void a_dropped_request_gets_the_end_of_its_connection_and_no_byte(void **state)
{
	struct fixture *fixture = *state;
	for (int i = 0; i < 3; i++) {
		assert_string_equal(ask(fixture, "POST /drop HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"), "");
		assert_string_equal(ask(fixture, "GET /drop-later HTTP/1.1\r\nHost: h\r\n\r\n"), "");
	}
	int fd = dial(fixture);
	say(fd, "GET /drop-later HTTP/1.1\r\nHost: h\r\n\r\n");
	(void)close(fd); // has gone itself before it is dropped
	fd = dial(fixture);
	say(fd, "GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_has(hear(fixture, fd, "type="), "path=/first");
	say(fd, "GET /drop HTTP/1.1\r\nHost: h\r\n\r\nGET /behind HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_string_equal(hear_all(fixture, fd), "");
	(void)usleep(600000); // until the one that has gone is dropped
	assert_has(ask(fixture, "GET /still HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "path=/still");
}

static void to_head_only_the_length_goes_out(void **state)
{
	const char *got = ask(*state, "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_has(got, "Content-Length: 51\r\n");
	assert_true(view_ends(view_str(got), VIEW_LIT("\r\n\r\n")));
}

static void an_answer_without_content_has_no_length(void **state)
{
	const char *got = ask(*state, "GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_has(got, "HTTP/1.1 204 No Content\r\n");
	assert_has_not(got, "Content-Length");
	assert_has_not(got, "path=");
}

static void a_method_that_nobody_knows_reaches_the_handler(void **state)
{
	assert_has(ask(*state, "BREW / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "method=128 ");
	assert_has(ask(*state, "TRACE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "method=128 ");
	assert_has(ask(*state, "OPTIONS / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "method=32 ");
}

static void a_header_that_would_forge_another_becomes_500(void **state)
{
	const char *got = ask(*state, "GET /bad-header HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_has(got, "HTTP/1.1 500 ");
	assert_has_not(got, "Set-Cookie");
	assert_has_not(got, "path=");
}

static void a_body_whose_end_is_in_doubt_is_refused(void **state)
{
	static const char *const HEADERS[] = {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"Content-Length: +5\r\n", "Content-Length: 5,5\r\n", "Content-Length: 0x5\r\n", "Content-Length: -5\r\n", "Transfer-Encoding: gzip\r\n",
		"Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: \vchunked\r\n", "Transfer-Encoding:\r\n\tgzip\r\n", "Content-Length: \r\n", "Content-Length: 5\r\n\t5\r\n",
		"Transfer-Encoding: chunked\r\n x\r\n"};
	cleanup_arena arena = ARENA_INIT;
	for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
		const char *got = ask(*state, arena_printf(&arena, "POST / HTTP/1.1\r\nHost: h\r\n%s\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", HEADERS[i]));
		assert_has(got, "HTTP/1.1 400 ");
		assert_has_not(got, "path=");
	}
}

// "Content-Length : 5" is another header to one reader, and the body's length to the next (RFC 9112 §5.1: "MUST reject").
static void a_header_whose_name_is_none_is_refused(void **state)
{
	static const char *const HEADERS[] = {"Content-Length : 5\r\n", "Content-Length\t: 5\r\n", "Transfer-Encoding : chunked\r\n",
		"Transfer-Encoding\v: chunked\r\n", "A B: 5\r\n", "A\x80: 5\r\n", ": 5\r\n"};
	cleanup_arena arena = ARENA_INIT;
	for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
		const char *got = ask(*state, arena_printf(&arena, "POST / HTTP/1.1\r\nHost: h\r\n%s\r\nGET /smuggled HTTP/1.1\r\n\r\n", HEADERS[i]));
		assert_has(got, "HTTP/1.1 400 ");
		assert_has_not(got, "path=");
	}
}

static void a_body_beside_head_is_not_taken_for_the_next_request(void **state)
{
	const char *got = ask(*state, "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 33\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_has(got, "Connection: close\r\n");
	assert_has_not(got, "smuggled");
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const BAD[] = {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/9\r\n\r\n"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		const char *got = ask(*state, BAD[i]);
		assert_has_not(got, "HTTP/1.1 200");
		assert_has_not(got, "path=");
	}
}

static void a_header_over_16_kib_is_refused(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	char *lengthy = arena_alloc(&arena, HTTP_HEADER_MAX + 1);
	memset(lengthy, 'a', HTTP_HEADER_MAX);
	const char *got = ask(*state, arena_printf(&arena, "GET / HTTP/1.1\r\nHost: h\r\nA: %s\r\n\r\n", lengthy));
	assert_has_not(got, "path=");
}

static void a_handler_hears_of_a_body_that_is_somewhat_too_long(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	char *lengthy = arena_alloc(&arena, HTTP_BODY_READ_MAX + 2);
	memset(lengthy, 'a', HTTP_BODY_READ_MAX);
	for (size_t len = HTTP_BODY_READ_MAX; len <= HTTP_BODY_READ_MAX + 1; len++) {
		lengthy[len - 1] = 'a';
		const char *got = ask(*state, arena_printf(&arena, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
							   len, lengthy));
		assert_has(got, len == HTTP_BODY_READ_MAX ? " body=131072 " : "HTTP/1.1 413 ");
	}
}

static void who_says_nothing_is_cut_after_the_idle_time(void **state)
{
	struct fixture *fixture = *state;
	int64_t began = clock_monotonic_ms();
	assert_string_equal(hear_all(fixture, dial(fixture)), "");
	assert_in_range(clock_monotonic_ms() - began, IDLE_MS - 100, IDLE_MS + 1500);
}

static void who_drips_a_request_is_cut_too(void **state)
{
	struct fixture *fixture = *state;
	int fd = dial(fixture);
	int64_t began = clock_monotonic_ms();
	bool ended = false;
	buf_clear(&fixture->seen);
	say(fd, "GET / HTTP/1.1\r\nA: ");
	while (!ended && clock_monotonic_ms() - began < PATIENCE_MS) {
		say(fd, "a");
		(void)hear_some(fixture, fd, 200, &ended);
	}
	(void)close(fd);
	assert_true(ended);
	assert_in_range(clock_monotonic_ms() - began, REQUEST_MS - 100, REQUEST_MS + 1500);
	assert_int_equal(fixture->seen.len, 0);
}

static void a_handler_that_takes_its_time_is_waited_for(void **state)
{
	assert_has(ask(*state, "GET /later HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "path=/later");
}

static void a_client_that_goes_before_the_answer_does_no_harm(void **state)
{
	struct fixture *fixture = *state;
	for (int i = 0; i < 3; i++) {
		int fd = dial(fixture);
		say(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
		(void)usleep(20000);
		const struct linger reset = {.l_onoff = 1};
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		(void)close(fd);
	}
	(void)usleep(700000);
	assert_has(ask(*state, "GET /alive HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "path=/alive");
}

static void one_connection_too_many_is_refused_in_words(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONNECTIONS_MAX];
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		fds[i] = dial(fixture);
		say(fds[i], "GET /kept HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_has(hear(fixture, fds[i], "type="), "HTTP/1.1 200");
	}
	const char *got = ask(fixture, "GET /one-more HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_has(got, "HTTP/1.1 503 ");
	assert_has(got, "Connection: close\r\n");
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		(void)close(fds[i]);
	(void)usleep(50000);
	assert_has(ask(fixture, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "HTTP/1.1 200");
}

static void far_too_many_wait_until_some_have_gone(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONNECTIONS_MAX * 3];
	enum { COUNT = sizeof(fds) / sizeof(fds[0]) };
	for (size_t i = 0; i < COUNT; i++)
		fds[i] = dial(fixture); // into the kernel's queue
	for (size_t i = 0; i < COUNT; i++)
		say(fds[i], "GET /patience HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	for (size_t i = 0; i < COUNT; i++)
		assert_has(hear_all(fixture, fds[i]), "path=/patience");
}

static void one_address_has_its_share_of_connections(void **state)
{
	struct fixture *fixture = *state;
	int fds[SHARE];
	for (int i = 0; i < SHARE; i++)
		fds[i] = dial(fixture);
	(void)usleep(50000);
	assert_has(ask(fixture, "GET /greedy HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 503 ");
	for (int i = 0; i < SHARE; i++)
		(void)close(fds[i]);
	(void)usleep(50000);
	assert_has(ask(fixture, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "HTTP/1.1 200");
}

static void who_waits_to_be_told_to_go_on_is_told(void **state)
{
	struct fixture *fixture = *state;
	int fd = dial(fixture);
	say(fd, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n");
	(void)hear(fixture, fd, "HTTP/1.1 100 Continue\r\n\r\n");
	say(fd, "hello");
	assert_has(hear_all(fixture, fd), " body=5 ");
}

static void stopping_finishes_what_is_under_way_and_accepts_nothing(void **state)
{
	struct fixture *fixture = *state;
	int idle = dial(fixture), busy = dial(fixture), status = -1;
	say(busy, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
	(void)usleep(100000);
	(void)kill(fixture->server, SIGTERM);
	(void)usleep(100000);
	int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)fixture->port)};
	assert_int_not_equal(connect(late, (struct sockaddr *)&address, sizeof(address)), 0);
	(void)close(late);
	const char *got = hear_all(fixture, busy);
	assert_has(got, "path=/later");
	assert_has(got, "Connection: close\r\n");
	assert_string_equal(hear_all(fixture, idle), "");
	assert_int_equal(waitpid(fixture->server, &status, 0), fixture->server);
	assert_int_equal(status, 0);
	fixture->server = 0;
}

#define server_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(a_handler_hears_the_request_as_it_was_sent),
		server_test(chunked_bodies_are_read),
		server_test(a_connection_serves_one_request_after_the_other),
		server_test(a_dropped_request_gets_the_end_of_its_connection_and_no_byte),
		server_test(to_head_only_the_length_goes_out),
		server_test(an_answer_without_content_has_no_length),
		server_test(a_method_that_nobody_knows_reaches_the_handler),
		server_test(a_header_that_would_forge_another_becomes_500),
		server_test(a_body_whose_end_is_in_doubt_is_refused),
		server_test(a_body_beside_head_is_not_taken_for_the_next_request),
		server_test(a_header_whose_name_is_none_is_refused),
		server_test(what_is_no_request_is_refused),
		server_test(a_header_over_16_kib_is_refused),
		server_test(a_handler_hears_of_a_body_that_is_somewhat_too_long),
		server_test(who_says_nothing_is_cut_after_the_idle_time),
		server_test(who_drips_a_request_is_cut_too),
		server_test(a_handler_that_takes_its_time_is_waited_for),
		server_test(a_client_that_goes_before_the_answer_does_no_harm),
		server_test(one_connection_too_many_is_refused_in_words),
		server_test(far_too_many_wait_until_some_have_gone),
		cmocka_unit_test_setup_teardown(one_address_has_its_share_of_connections, start_with_shares, stop),
		server_test(who_waits_to_be_told_to_go_on_is_told),
		server_test(stopping_finishes_what_is_under_way_and_accepts_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
