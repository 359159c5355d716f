#include "http/reply.h"
#include "check.h"

static const char *header_of(const struct http_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

static void headers_stand_as_given(void **state)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(200);
	(void)state;
	http_reply_add_str(&reply, "Location", "https://ca.example/acme/order/1");
	http_reply_addf(&reply, "Retry-After", "%d", 5);
	http_reply_body(&reply, "application/json", VIEW_LIT("{}"));
	assert_false(reply.failed);
	assert_string_equal(header_of(&reply, "Location"), "https://ca.example/acme/order/1");
	assert_string_equal(header_of(&reply, "Retry-After"), "5");
	assert_string_equal(header_of(&reply, "Content-Type"), "application/json");
	assert_view(reply.body, "{}");
}

static void a_value_can_not_begin_another_header(void **state)
{
	static const char *const BAD[] = {"a\r\nSet-Cookie: x", "a\nb", "a\rb", "\x1b[0m", "\x7f", "caf\xc3\xa9"};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_http_reply reply = HTTP_REPLY_INIT(200);
		http_reply_add_str(&reply, "Location", BAD[i]);
		assert_true(reply.failed);
		assert_int_equal(reply.header_count, 0);
	}
	cleanup_http_reply reply = HTTP_REPLY_INIT(200);
	http_reply_add(&reply, "Location", view_bytes("a\0b", 3));
	assert_true(reply.failed);
}

static void a_name_is_a_token(void **state)
{
	static const char *const BAD[] = {"", "A: b", "A\r\nB", "A B"};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_http_reply reply = HTTP_REPLY_INIT(200);
		http_reply_add_str(&reply, BAD[i], "x");
		assert_true(reply.failed);
	}
}

static void too_many_or_too_long_headers_fail_the_reply(void **state)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(200), other = HTTP_REPLY_INIT(200);
	char lengthy[600] = {0};
	(void)state;
	for (size_t i = 0; i < HTTP_HEADERS_MAX; i++)
		http_reply_add_str(&reply, "Link", "x");
	assert_false(reply.failed);
	http_reply_add_str(&reply, "Link", "x");
	assert_true(reply.failed);
	memset(lengthy, 'a', sizeof(lengthy) - 1);
	http_reply_addf(&other, "Location", "%s", lengthy);
	assert_true(other.failed);
}

static struct http_document document(void)
{
	struct http_document document = {.content_type = "text/plain", .body = VIEW_LIT("hello"), .modified = 784111777};
	assert_int_equal(http_document_tag(document.body, document.etag), 0);
	return document;
}

static void a_document_has_validators(void **state)
{
	const struct http_document hello = document();
	const struct http_conditions none = {VIEW_NONE, VIEW_NONE};
	cleanup_http_reply reply = HTTP_REPLY_INIT(0);
	(void)state;
	http_reply_document(&reply, &hello, &none);
	assert_int_equal(reply.status, 200);
	assert_view(reply.body, "hello");
	assert_string_equal(header_of(&reply, "ETag"), "\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"");
	assert_string_equal(header_of(&reply, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void who_has_it_gets_304_without_a_body(void **state)
{
	static const struct {
		const char *if_none_match, *if_modified_since;
	} HAVE[] = {
		{"\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"", NULL},
		{"W/\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"", NULL},
		{"\"a\", W/\"b,c\" ,\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"", NULL},
		{"*", NULL},
		{NULL, "Sun, 06 Nov 1994 08:49:37 GMT"},
		{NULL, "Mon, 07 Nov 1994 08:49:37 GMT"},
		{"\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"", "Sun, 06 Nov 1994 08:49:36 GMT"},
	};
	const struct http_document hello = document();
	(void)state;
	for (size_t i = 0; i < sizeof(HAVE) / sizeof(HAVE[0]); i++) {
		const struct http_conditions conditions = {view_str(HAVE[i].if_none_match), view_str(HAVE[i].if_modified_since)};
		cleanup_http_reply reply = HTTP_REPLY_INIT(0);
		http_reply_document(&reply, &hello, &conditions);
		assert_int_equal(reply.status, 304);
		assert_int_equal(reply.body.len, 0);
		assert_non_null(header_of(&reply, "ETag"));
		assert_null(header_of(&reply, "Content-Type"));
	}
}

static void who_has_another_gets_it_whole(void **state)
{
	static const struct {
		const char *if_none_match, *if_modified_since;
	} HAVE_NOT[] = {
		{"\"2cf24dba5fb0a30e26e83b2ac5b9e29\"", NULL},
		{"2cf24dba5fb0a30e26e83b2ac5b9e29e", NULL},
		{"\"unfinished", NULL},
		{"W/", NULL},
		{",", NULL},
		{NULL, "Sun, 06 Nov 1994 08:49:36 GMT"},
		{NULL, "yesterday"},
		{"\"other\"", "Mon, 07 Nov 1994 08:49:37 GMT"},
	};
	const struct http_document hello = document();
	(void)state;
	for (size_t i = 0; i < sizeof(HAVE_NOT) / sizeof(HAVE_NOT[0]); i++) {
		const struct http_conditions conditions = {view_str(HAVE_NOT[i].if_none_match), view_str(HAVE_NOT[i].if_modified_since)};
		assert_false(http_document_is_known(&hello, &conditions));
	}
}

static void count_release(const void *body, size_t len, void *context)
{
	assert_view(view_bytes(body, len), "shared");
	++*(int *)context;
}

static void a_shared_body_that_was_never_sent_is_released_once(void **state)
{
	int released = 0;
	struct http_reply reply = HTTP_REPLY_INIT(200);
	(void)state;
	http_reply_body(&reply, "text/plain", VIEW_LIT("shared"));
	http_reply_share(&reply, count_release, &released);
	http_reply_free(&reply);
	http_reply_free(&reply);
	assert_int_equal(released, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_stand_as_given),
		cmocka_unit_test(a_value_can_not_begin_another_header),
		cmocka_unit_test(a_name_is_a_token),
		cmocka_unit_test(too_many_or_too_long_headers_fail_the_reply),
		cmocka_unit_test(a_document_has_validators),
		cmocka_unit_test(who_has_it_gets_304_without_a_body),
		cmocka_unit_test(who_has_another_gets_it_whole),
		cmocka_unit_test(a_shared_body_that_was_never_sent_is_released_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
