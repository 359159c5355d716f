// What a handler hears of a request, and what a client gets of its answer; and requests that no handler hears of: whose end is in doubt, whose headers are none, or
// that are too long.
#include "http/server.h"
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

// --- what it refuses, and one answer that it will not send

static void a_header_that_would_forge_another_becomes_500(void **state)
{
	const char *got = server_ask(*state, "GET /bad-header HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
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
		const char *got = server_ask(*state, arena_printf(&arena, "POST / HTTP/1.1\r\nHost: h\r\n%s\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", HEADERS[i]));
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
		const char *got = server_ask(*state, arena_printf(&arena, "POST / HTTP/1.1\r\nHost: h\r\n%s\r\nGET /smuggled HTTP/1.1\r\n\r\n", HEADERS[i]));
		assert_has(got, "HTTP/1.1 400 ");
		assert_has_not(got, "path=");
	}
}

static void a_body_beside_head_is_not_taken_for_the_next_request(void **state)
{
	const char *got = server_ask(*state, "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 33\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_has(got, "Connection: close\r\n");
	assert_has_not(got, "smuggled");
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const BAD[] = {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/9\r\n\r\n"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		const char *got = server_ask(*state, BAD[i]);
		assert_has_not(got, "HTTP/1.1 200");
		assert_has_not(got, "path=");
	}
}

static void a_header_over_16_kib_is_refused(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	char *lengthy = arena_alloc(&arena, HTTP_HEADER_MAX + 1);
	memset(lengthy, 'a', HTTP_HEADER_MAX);
	const char *got = server_ask(*state, arena_printf(&arena, "GET / HTTP/1.1\r\nHost: h\r\nA: %s\r\n\r\n", lengthy));
	assert_has_not(got, "path=");
}

static void a_handler_hears_of_a_body_that_is_somewhat_too_long(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	char *lengthy = arena_alloc(&arena, HTTP_BODY_READ_MAX + 2);
	memset(lengthy, 'a', HTTP_BODY_READ_MAX);
	for (size_t len = HTTP_BODY_READ_MAX; len <= HTTP_BODY_READ_MAX + 1; len++) {
		lengthy[len - 1] = 'a';
		const char *got = server_ask(*state, arena_printf(&arena, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
							   len, lengthy));
		assert_has(got, len == HTTP_BODY_READ_MAX ? " body=131072 " : "HTTP/1.1 413 ");
	}
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
		server_test(a_header_that_would_forge_another_becomes_500),
		server_test(a_body_whose_end_is_in_doubt_is_refused),
		server_test(a_body_beside_head_is_not_taken_for_the_next_request),
		server_test(a_header_whose_name_is_none_is_refused),
		server_test(what_is_no_request_is_refused),
		server_test(a_header_over_16_kib_is_refused),
		server_test(a_handler_hears_of_a_body_that_is_somewhat_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
