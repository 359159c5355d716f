#include <stdlib.h>

#include "base/file.h"
#include "check.h"
#include "http/connection.h"

static bool has_memory = true; // libevent

static void *allocate(size_t len)
{
	return has_memory ? malloc(len) : NULL;
}

static void handle(struct http_request *request, void *context)
{
	(void)request, (void)context;
}

static struct crypto_tls_server *make_tls(void)
{
	cleanup_buf chain = BUF_INIT, key = BUF_INIT;
	struct crypto_tls_server *tls = NULL;
	assert_int_equal(file_read(TEST_VECTORS "/keys/tls.crt", 1 << 16, &chain), 0);
	assert_int_equal(file_read(TEST_VECTORS "/keys/tls.key", 1 << 16, &key), 0);
	assert_int_equal(crypto_tls_server_new(buf_view(&chain), buf_view(&key), &tls), 0);
	return tls;
}

// A sanitizer, or the C library, finds what is freed twice or never.
static void a_tls_connection_for_which_there_is_no_memory_frees_what_it_took_once(void **state)
{
	struct http_server *server = NULL;
	struct bufferevent *made = NULL;
	(void)state;
	event_set_mem_functions(allocate, realloc, free);
	struct event_base *base = event_base_new();
	const struct http_server_options options = {.base = base, .tls = true, .connections_max = 4, .handler = handle};
	assert_int_equal(http_server_new(&options, &server), 0);
	http_server_set_tls(server, make_tls());
	has_memory = false;
	assert_null(http_connection_make(base, server));
	has_memory = true;
	made = http_connection_make(base, server);
	assert_non_null(made);
	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	bufferevent_free(made);
	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	http_server_free(server);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tls_connection_for_which_there_is_no_memory_frees_what_it_took_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
