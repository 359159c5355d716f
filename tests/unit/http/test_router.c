#include "http/router.h"
#include "check.h"

static const struct http_route ROUTES[] = {
	{HTTP_METHOD_GET | HTTP_METHOD_HEAD, "/", NULL, 1},
	{HTTP_METHOD_GET, "/acme/directory", NULL, 2},
	{HTTP_METHOD_POST, "/acme/order/{}", NULL, 3},
	{HTTP_METHOD_POST, "/acme/order/{}/finalize", NULL, 4},
	{HTTP_METHOD_POST, "/acme/challenge/{}/{}", NULL, 5},
	{HTTP_METHOD_GET, "/both", NULL, 6},
	{HTTP_METHOD_POST, "/both", NULL, 7},
	{HTTP_METHOD_GET, "/x/{}.txt", NULL, 8},
	{0},
};

static int tag_of(enum http_method method, const char *path)
{
	struct http_match match;
	int error = http_router_find(ROUTES, method, view_str(path), &match);
	return error ? error : match.route->tag;
}

static void a_path_of_the_table_finds_its_row(void **state)
{
	(void)state;
	assert_int_equal(tag_of(HTTP_METHOD_GET, "/"), 1);
	assert_int_equal(tag_of(HTTP_METHOD_HEAD, "/"), 1);
	assert_int_equal(tag_of(HTTP_METHOD_GET, "/acme/directory"), 2);
	assert_int_equal(tag_of(HTTP_METHOD_POST, "/acme/order/7"), 3);
	assert_int_equal(tag_of(HTTP_METHOD_POST, "/acme/order/7/finalize"), 4);
	assert_int_equal(tag_of(HTTP_METHOD_GET, "/both"), 6);
	assert_int_equal(tag_of(HTTP_METHOD_POST, "/both"), 7);
}

static void segments_are_handed_over_as_sent(void **state)
{
	struct http_match match;
	(void)state;
	assert_int_equal(http_router_find(ROUTES, HTTP_METHOD_POST, VIEW_LIT("/acme/challenge/12/http-01"), &match), 0);
	assert_int_equal(match.segment_count, 2);
	assert_view(match.segments[0], "12");
	assert_view(match.segments[1], "http-01");
}

static void a_path_has_one_spelling_only(void **state)
{
	static const char *const OTHERS[] = {"", "acme/directory", "/acme/directory/", "//acme/directory", "/acme//directory", "/acme/./directory",
		"/acme/x/../directory", "/ACME/directory", "/acme/%64irectory", "/acme%2fdirectory", "/acme/directory%00", "/acme/directory;x", "/acme/director",
		"/acme/directory ", "/acme/directory#", "http://h/acme/directory", "*"};
	(void)state;
	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++)
		assert_int_equal(tag_of(HTTP_METHOD_GET, OTHERS[i]), XICA_ENOTFOUND);
}

static void a_segment_is_one_and_never_empty(void **state)
{
	static const char *const BAD[] = {"/acme/order/", "/acme/order//finalize", "/acme/order/7/", "/acme/order/7/8", "/acme/order/%37", "/acme/order/..",
		"/acme/order/.", "/acme/order/7+8", "/acme/order/7?", "/acme/order/7\\8", "/acme/challenge/7", "/acme/challenge/7/", "/acme/challenge//a"};
	char lengthy[HTTP_SEGMENT_LEN_MAX + 20] = "/acme/order/";
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(tag_of(HTTP_METHOD_POST, BAD[i]), XICA_ENOTFOUND);
	memset(lengthy + 12, 'a', HTTP_SEGMENT_LEN_MAX);
	assert_int_equal(tag_of(HTTP_METHOD_POST, lengthy), 3);
	lengthy[12 + HTTP_SEGMENT_LEN_MAX] = 'a';
	assert_int_equal(tag_of(HTTP_METHOD_POST, lengthy), XICA_ENOTFOUND);
}

static void a_nul_in_a_path_is_no_end_of_it(void **state)
{
	struct http_match match;
	(void)state;
	assert_int_equal(http_router_find(ROUTES, HTTP_METHOD_GET, view_bytes("/acme/directory\0", 16), &match), XICA_ENOTFOUND);
	assert_int_equal(http_router_find(ROUTES, HTTP_METHOD_POST, view_bytes("/acme/order/7\0", 14), &match), XICA_ENOTFOUND);
}

static void another_method_is_told_which_are_allowed(void **state)
{
	struct http_match match;
	cleanup_buf allow = BUF_INIT;
	(void)state;
	assert_int_equal(http_router_find(ROUTES, HTTP_METHOD_DELETE, VIEW_LIT("/both"), &match), XICA_EDENIED);
	http_router_add_allow(&allow, match.allowed);
	assert_view(buf_view(&allow), "GET, POST");
	assert_int_equal(tag_of(HTTP_METHOD_GET, "/acme/order/7"), XICA_EDENIED);
}

static void a_method_that_nobody_knows_is_never_allowed(void **state)
{
	static const struct http_route CARELESS[] = {{0xffff, "/", NULL, 1}, {0}};
	struct http_match match;
	(void)state;
	assert_int_equal(tag_of(HTTP_METHOD_OTHER, "/acme/directory"), XICA_EDENIED);
	assert_int_equal(http_router_find(CARELESS, HTTP_METHOD_OTHER, VIEW_LIT("/"), &match), XICA_EDENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_of_the_table_finds_its_row),
		cmocka_unit_test(segments_are_handed_over_as_sent),
		cmocka_unit_test(a_path_has_one_spelling_only),
		cmocka_unit_test(a_segment_is_one_and_never_empty),
		cmocka_unit_test(a_nul_in_a_path_is_no_end_of_it),
		cmocka_unit_test(another_method_is_told_which_are_allowed),
		cmocka_unit_test(a_method_that_nobody_knows_is_never_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
