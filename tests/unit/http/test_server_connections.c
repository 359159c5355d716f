// How many connections there may be, for how long and for how many requests; and how they end when the server stops.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "server_rig.h"

static void a_connection_serves_one_request_after_the_other(void **state)
{
	struct server_rig *rig = *state;
	int fd = server_dial(rig);
	for (int i = 0; i < 3; i++) {
		server_say(fd, "GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_has_not(server_hear(rig, fd, "type="), "Connection: close");
	}
	server_say(fd, "GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	const char *both = server_hear_all(rig, fd);
	assert_has(both, "path=/one");
	assert_has(both, "path=/two");
}

static void a_dropped_request_gets_the_end_of_its_connection_and_no_byte(void **state)
{
	struct server_rig *rig = *state;
	for (int i = 0; i < 3; i++) {
		assert_string_equal(server_ask(rig, "POST /drop HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"), "");
		assert_string_equal(server_ask(rig, "GET /drop-later HTTP/1.1\r\nHost: h\r\n\r\n"), "");
	}
	int fd = server_dial(rig);
	server_say(fd, "GET /drop-later HTTP/1.1\r\nHost: h\r\n\r\n");
	(void)close(fd); // has gone itself before it is dropped
	fd = server_dial(rig);
	server_say(fd, "GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_has(server_hear(rig, fd, "type="), "path=/first");
	server_say(fd, "GET /drop HTTP/1.1\r\nHost: h\r\n\r\nGET /behind HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_string_equal(server_hear_all(rig, fd), "");
	(void)usleep(600000); // until the one that has gone is dropped
	assert_has(server_ask(rig, "GET /still HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "path=/still");
}

static void who_says_nothing_is_cut_after_the_idle_time(void **state)
{
	struct server_rig *rig = *state;
	int64_t began = clock_monotonic_ms();
	assert_string_equal(server_hear_all(rig, server_dial(rig)), "");
	assert_in_range(clock_monotonic_ms() - began, SERVER_IDLE_MS - 100, SERVER_IDLE_MS + 1500);
}

static void who_drips_a_request_is_cut_too(void **state)
{
	struct server_rig *rig = *state;
	int fd = server_dial(rig);
	int64_t began = clock_monotonic_ms();
	bool ended = false;
	buf_clear(&rig->seen);
	server_say(fd, "GET / HTTP/1.1\r\nA: ");
	while (!ended && clock_monotonic_ms() - began < SERVER_PATIENCE_MS) {
		server_say(fd, "a");
		(void)server_hear_some(rig, fd, 200, &ended);
	}
	(void)close(fd);
	assert_true(ended);
	assert_in_range(clock_monotonic_ms() - began, SERVER_REQUEST_MS - 100, SERVER_REQUEST_MS + 1500);
	assert_int_equal(rig->seen.len, 0);
}

static void a_client_that_goes_before_the_answer_does_no_harm(void **state)
{
	struct server_rig *rig = *state;
	for (int i = 0; i < 3; i++) {
		int fd = server_dial(rig);
		server_say(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
		(void)usleep(20000);
		const struct linger reset = {.l_onoff = 1};
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		(void)close(fd);
	}
	(void)usleep(700000);
	assert_has(server_ask(*state, "GET /alive HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "path=/alive");
}

static void one_connection_too_many_is_refused_in_words(void **state)
{
	struct server_rig *rig = *state;
	int fds[SERVER_CONNECTIONS_MAX];
	for (int i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
		fds[i] = server_dial(rig);
		server_say(fds[i], "GET /kept HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_has(server_hear(rig, fds[i], "type="), "HTTP/1.1 200");
	}
	const char *got = server_ask(rig, "GET /one-more HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_has(got, "HTTP/1.1 503 ");
	assert_has(got, "Connection: close\r\n");
	for (int i = 0; i < SERVER_CONNECTIONS_MAX; i++)
		(void)close(fds[i]);
	(void)usleep(50000);
	assert_has(server_ask(rig, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "HTTP/1.1 200");
}

static void far_too_many_wait_until_some_have_gone(void **state)
{
	struct server_rig *rig = *state;
	int fds[SERVER_CONNECTIONS_MAX * 3];
	enum { COUNT = sizeof(fds) / sizeof(fds[0]) };
	for (size_t i = 0; i < COUNT; i++)
		fds[i] = server_dial(rig); // into the kernel's queue
	for (size_t i = 0; i < COUNT; i++)
		server_say(fds[i], "GET /patience HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	for (size_t i = 0; i < COUNT; i++)
		assert_has(server_hear_all(rig, fds[i]), "path=/patience");
}

static void one_address_has_its_share_of_connections(void **state)
{
	struct server_rig *rig = *state;
	int fds[SERVER_SHARE];
	for (int i = 0; i < SERVER_SHARE; i++)
		fds[i] = server_dial(rig);
	(void)usleep(50000);
	assert_has(server_ask(rig, "GET /greedy HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 503 ");
	for (int i = 0; i < SERVER_SHARE; i++)
		(void)close(fds[i]);
	(void)usleep(50000);
	assert_has(server_ask(rig, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "HTTP/1.1 200");
}

static void stopping_finishes_what_is_under_way_and_accepts_nothing(void **state)
{
	struct server_rig *rig = *state;
	int idle = server_dial(rig), busy = server_dial(rig), status = -1;
	server_say(busy, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
	(void)usleep(100000);
	(void)kill(rig->server, SIGTERM);
	(void)usleep(100000);
	int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)rig->port)};
	assert_int_not_equal(connect(late, (struct sockaddr *)&address, sizeof(address)), 0);
	(void)close(late);
	const char *got = server_hear_all(rig, busy);
	assert_has(got, "path=/later");
	assert_has(got, "Connection: close\r\n");
	assert_string_equal(server_hear_all(rig, idle), "");
	assert_int_equal(waitpid(rig->server, &status, 0), rig->server);
	assert_int_equal(status, 0);
	rig->server = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(a_connection_serves_one_request_after_the_other),
		server_test(a_dropped_request_gets_the_end_of_its_connection_and_no_byte),
		server_test(who_says_nothing_is_cut_after_the_idle_time),
		server_test(who_drips_a_request_is_cut_too),
		server_test(a_client_that_goes_before_the_answer_does_no_harm),
		server_test(one_connection_too_many_is_refused_in_words),
		server_test(far_too_many_wait_until_some_have_gone),
		cmocka_unit_test_setup_teardown(one_address_has_its_share_of_connections, server_start_with_shares, server_stop),
		server_test(stopping_finishes_what_is_under_way_and_accepts_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
