// Two servers in processes of their own, whose connections of one address are counted together.
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shared_window.h"
#include "check.h"
#include "http/server.h"

enum { SERVERS = 2, SHARE = 3, CONNECTIONS_MAX = 100, PATIENCE_MS = 5000 };

struct one {
	int listener; // the test's: what comes while there is no server waits
	unsigned port;
	pid_t pid;
};

struct fixture {
	int window;
	struct one servers[SERVERS];
};

// --- the server's process

static void answer(struct http_request *request, void *context)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(request->overloaded ? 503 : 200);
	(void)context;
	http_request_reply(request, &reply);
}

static void on_signal(int fd, short what, void *context)
{
	(void)fd, (void)what;
	(void)event_base_loopbreak(context);
}

static void serve(const struct fixture *fixture, unsigned which)
{
	static const uint8_t KEY[HTTP_CUSTOMER_KEY_LEN];
	struct event_base *base = event_base_new();
	struct event *stop = evsignal_new(base, SIGTERM, on_signal, base);
	struct http_shares *shares = NULL;
	struct http_server *server = NULL;
	void *window = NULL;
	if (shared_window_map(fixture->window, sizeof(struct http_shares_window), &window))
		_exit(1);
	const struct http_shares_options options = {window, KEY, which, SERVERS, SHARE};
	if (event_add(stop, NULL) || http_shares_new(&options, &shares))
		_exit(2);
	const struct http_server_options with = {.base = base, .connections_max = CONNECTIONS_MAX, .shares = shares, .handler = answer};
	if (http_server_new(&with, &server) || http_server_listen(server, dup(fixture->servers[which].listener)))
		_exit(3);
	(void)event_base_dispatch(base);
	http_server_free(server);
	http_shares_free(shares);
	shared_window_unmap(window, sizeof(struct http_shares_window));
	event_free(stop);
	event_base_free(base);
	exit(0); // not _exit: so that a sanitizer looks for leaks
}

static void start_one(struct fixture *fixture, unsigned which)
{
	fixture->servers[which].pid = fork();
	if (!fixture->servers[which].pid)
		serve(fixture, which);
	assert_true(fixture->servers[which].pid > 0);
}

static void end_one(struct fixture *fixture, unsigned which, int by)
{
	int status = 0;
	struct one *server = &fixture->servers[which];
	assert_int_equal(kill(server->pid, by), 0);
	assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
	assert_true(by == SIGKILL ? WIFSIGNALED(status) : status == 0);
	server->pid = 0;
}

static void listen_one(struct one *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->listener, 16), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
	server->port = ntohs(address.sin_port);
}

static int start(void **state)
{
	static struct fixture fixture;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(shared_window_make("shares", sizeof(struct http_shares_window), &fixture.window), 0);
	for (unsigned i = 0; i < SERVERS; i++)
		listen_one(&fixture.servers[i]);
	for (unsigned i = 0; i < SERVERS; i++)
		start_one(&fixture, i);
	*state = &fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < SERVERS; i++) {
		if (fixture->servers[i].pid)
			end_one(fixture, i, SIGTERM);
		(void)close(fixture->servers[i].listener);
	}
	return close(fixture->window);
}

// --- clients

// A connection that stays, and the status that its first request got.
static int dial(const struct fixture *fixture, unsigned which, unsigned *ret_status)
{
	static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)fixture->servers[which].port)};
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	char text[512] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, REQUEST, sizeof(REQUEST) - 1, MSG_NOSIGNAL), sizeof(REQUEST) - 1);
	for (size_t len = 0; !strstr(text, "\r\n\r\n");) {
		ssize_t more = recv(fd, text + len, sizeof(text) - 1 - len, 0);
		assert_true(more > 0);
		len += (size_t)more;
		text[len] = 0;
	}
	assert_memory_equal(text, "HTTP/1.1 ", 9);
	*ret_status = (unsigned)strtoul(text + 9, NULL, 10);
	return fd;
}

static void is_served(const struct fixture *fixture, unsigned which, int *ret_fd)
{
	unsigned status = 0;
	*ret_fd = dial(fixture, which, &status);
	assert_int_equal(status, 200);
}

static unsigned status_once(const struct fixture *fixture, unsigned which)
{
	unsigned status = 0;
	(void)close(dial(fixture, which, &status));
	return status;
}

// A server hears of it a moment later when a connection has gone.
static void comes_to_be_served(const struct fixture *fixture, unsigned which, int *ret_fd)
{
	int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
	unsigned status = 0;
	for (;;) {
		*ret_fd = dial(fixture, which, &status);
		if (status == 200)
			return;
		(void)close(*ret_fd);
		assert_true(clock_monotonic_ms() < end_ms);
		(void)usleep(20000);
	}
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

static void an_address_has_its_share_at_both_together(void **state)
{
	const struct fixture *fixture = *state;
	int fds[SHARE];
	is_served(fixture, 0, &fds[0]);
	is_served(fixture, 0, &fds[1]);
	is_served(fixture, 1, &fds[2]);
	assert_int_equal(status_once(fixture, 0), 503);
	assert_int_equal(status_once(fixture, 1), 503);
	(void)close(fds[0]);
	comes_to_be_served(fixture, 1, &fds[0]);
	assert_int_equal(status_once(fixture, 0), 503);
	close_all(fds, SHARE);
}

static void what_a_killed_one_had_is_forgotten_when_it_is_back(void **state)
{
	struct fixture *fixture = *state;
	int fds[SHARE], again[SHARE];
	for (size_t i = 0; i < SHARE; i++)
		is_served(fixture, 0, &fds[i]);
	end_one(fixture, 0, SIGKILL);
	assert_int_equal(status_once(fixture, 1), 503);
	start_one(fixture, 0);
	for (size_t i = 0; i < SHARE; i++)
		comes_to_be_served(fixture, 1, &again[i]);
	assert_int_equal(status_once(fixture, 0), 503);
	close_all(fds, SHARE);
	close_all(again, SHARE);
}

static void one_that_ends_takes_its_connections_out_of_the_count(void **state)
{
	struct fixture *fixture = *state;
	int fds[SHARE], again[SHARE];
	for (size_t i = 0; i < SHARE; i++)
		is_served(fixture, 0, &fds[i]);
	end_one(fixture, 0, SIGTERM);
	for (size_t i = 0; i < SHARE; i++)
		is_served(fixture, 1, &again[i]);
	assert_int_equal(status_once(fixture, 1), 503);
	close_all(fds, SHARE);
	close_all(again, SHARE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_address_has_its_share_at_both_together, start, stop),
		cmocka_unit_test_setup_teardown(what_a_killed_one_had_is_forgotten_when_it_is_back, start, stop),
		cmocka_unit_test_setup_teardown(one_that_ends_takes_its_connections_out_of_the_count, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
