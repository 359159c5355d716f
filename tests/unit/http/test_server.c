// What a handler hears of a request, and what a client gets of its answer.
#include "server_rig.h"

static void a_handler_hears_the_request_as_it_was_sent(void **state)
{
	const char *got = server_ask(*state, "POST /a%2Fb//c?x=1&y?z HTTP/1.1\r\nHost: h\r\nContent-Type: a/b\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
	assert_has(got, "HTTP/1.1 200 OK\r\n");
	assert_has(got, "method=4 path=/a%2Fb//c query=x=1&y?z body=5 from=127.0.0.1 type=a/b");
	assert_has(got, "Connection: close\r\n");
}

static void chunked_bodies_are_read(void **state)
{
	const char *got = server_ask(*state, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
	assert_has(got, " body=7 ");
}

static void to_head_only_the_length_goes_out(void **state)
{
	const char *got = server_ask(*state, "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_has(got, "Content-Length: 51\r\n");
	assert_true(view_ends(view_str(got), VIEW_LIT("\r\n\r\n")));
}

static void an_answer_without_content_has_no_length(void **state)
{
	const char *got = server_ask(*state, "GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	assert_has(got, "HTTP/1.1 204 No Content\r\n");
	assert_has_not(got, "Content-Length");
	assert_has_not(got, "path=");
}

static void a_method_that_nobody_knows_reaches_the_handler(void **state)
{
	assert_has(server_ask(*state, "BREW / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "method=128 ");
	assert_has(server_ask(*state, "TRACE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "method=128 ");
	assert_has(server_ask(*state, "OPTIONS / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "method=32 ");
}

static void a_handler_that_takes_its_time_is_waited_for(void **state)
{
	assert_has(server_ask(*state, "GET /later HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "path=/later");
}

static void who_waits_to_be_told_to_go_on_is_told(void **state)
{
	struct server_rig *rig = *state;
	int fd = server_dial(rig);
	server_say(fd, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n");
	(void)server_hear(rig, fd, "HTTP/1.1 100 Continue\r\n\r\n");
	server_say(fd, "hello");
	assert_has(server_hear_all(rig, fd), " body=5 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(a_handler_hears_the_request_as_it_was_sent),
		server_test(chunked_bodies_are_read),
		server_test(to_head_only_the_length_goes_out),
		server_test(an_answer_without_content_has_no_length),
		server_test(a_method_that_nobody_knows_reaches_the_handler),
		server_test(a_handler_that_takes_its_time_is_waited_for),
		server_test(who_waits_to_be_told_to_go_on_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
