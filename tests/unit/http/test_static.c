#include "http/static.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static const struct http_static_variable VARIABLES[] = {{"url", "https://ca.example"}, {"name", "<A&B>"}, {0}};

struct site {
	char dir[64];
	struct http_static *files;
	struct buf why;
};

static void put(struct site *site, const char *name, const char *content)
{
	cleanup_arena arena = ARENA_INIT;
	assert_int_equal(file_replace(arena_printf(&arena, "%s/%s", site->dir, name), 0644, view_str(content)), 0);
}

static void make_folder(struct site *site, const char *name)
{
	cleanup_arena arena = ARENA_INIT;
	assert_int_equal(mkdir(arena_printf(&arena, "%s/%s", site->dir, name), 0755), 0);
}

static int open_site(void **state)
{
	struct site *site = calloc(1, sizeof(*site));
	if (!site)
		return -1;
	memcpy(site->dir, "/tmp/xica-test-static-XXXXXX", sizeof("/tmp/xica-test-static-XXXXXX"));
	if (!mkdtemp(site->dir))
		return -1;
	*state = site;
	return 0;
}

static void remove_tree(const char *path)
{
	cleanup_arena arena = ARENA_INIT;
	static const char *const NAMES[] = {"index.html", "style.css", "secret.key", ".hidden.html", "a.html", "help/index.html", "help"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		(void)remove(arena_printf(&arena, "%s/%s", path, NAMES[i]));
	(void)rmdir(path);
}

static int close_site(void **state)
{
	struct site *site = *state;
	http_static_free(site->files);
	buf_free(&site->why);
	remove_tree(site->dir);
	free(site);
	return 0;
}

static void load(struct site *site)
{
	assert_int_equal(http_static_load(site->dir, VARIABLES, &site->files, &site->why), 0);
}

static void files_are_found_by_their_path_alone(void **state)
{
	struct site *site = *state;
	make_folder(site, "help");
	put(site, "index.html", "start");
	put(site, "style.css", "css");
	put(site, "help/index.html", "help");
	put(site, "a.html", "page");
	load(site);
	assert_view(http_static_find(site->files, VIEW_LIT("/"))->body, "start");
	assert_view(http_static_find(site->files, VIEW_LIT("/style.css"))->body, "css");
	assert_view(http_static_find(site->files, VIEW_LIT("/help/"))->body, "help");
	assert_view(http_static_find(site->files, VIEW_LIT("/a"))->body, "page");
	static const char *const NOT[] = {"", "/index.html", "/help", "/help/index.html", "/a.html", "/a/", "//", "/style.css/", "/../style.css", "/%73tyle.css", "/STYLE.css"};
	for (size_t i = 0; i < sizeof(NOT) / sizeof(NOT[0]); i++)
		assert_null(http_static_find(site->files, view_str(NOT[i])));
}

static void hidden_and_unknown_kinds_of_files_are_not_served(void **state)
{
	struct site *site = *state;
	put(site, "secret.key", "secret");
	put(site, ".hidden.html", "hidden");
	load(site);
	assert_null(http_static_find(site->files, VIEW_LIT("/secret.key")));
	assert_null(http_static_find(site->files, VIEW_LIT("/.hidden.html")));
}

static void variables_are_filled_in_and_escaped_in_pages_alone(void **state)
{
	struct site *site = *state;
	put(site, "index.html", "<a href=\"{{url}}/x\">{{name}}</a> { } {{url}}");
	put(site, "style.css", "a{{url}}");
	load(site);
	assert_view(http_static_find(site->files, VIEW_LIT("/"))->body,
		    "<a href=\"https://ca.example/x\">&lt;A&amp;B&gt;</a> { } https://ca.example");
	assert_view(http_static_find(site->files, VIEW_LIT("/style.css"))->body, "a{{url}}");
}

static void a_variable_that_is_none_is_an_error_with_the_files_name(void **state)
{
	struct site *site = *state;
	put(site, "a.html", "{{nobody}}");
	assert_int_equal(http_static_load(site->dir, VARIABLES, &site->files, &site->why), XICA_EPARSE);
	assert_non_null(strstr(buf_cstr(&site->why), "/a.html: "));
	assert_null(site->files);
}

static void a_folder_that_is_not_there_says_so(void **state)
{
	struct site *site = *state;
	assert_int_equal(http_static_load("/nonexistent/site", VARIABLES, &site->files, &site->why), XICA_ENOTFOUND);
}

static bool has(const struct http_reply *reply, const char *name, const char *part)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return strstr(reply->headers[i].value, part);
	return false;
}

static void pages_have_every_security_header(void **state)
{
	struct site *site = *state;
	const struct http_conditions none = {VIEW_NONE, VIEW_NONE};
	put(site, "index.html", "start");
	put(site, "style.css", "css");
	load(site);
	cleanup_http_reply page = HTTP_REPLY_INIT(0), style = HTTP_REPLY_INIT(0), play = HTTP_REPLY_INIT(0);
	http_reply_static(&page, http_static_find(site->files, VIEW_LIT("/")), &none, true);
	assert_false(page.failed);
	assert_true(has(&page, "Content-Type", "text/html; charset=utf-8"));
	assert_true(has(&page, "Content-Security-Policy", "default-src 'none'"));
	assert_true(has(&page, "Content-Security-Policy", "frame-ancestors 'none'"));
	assert_false(has(&page, "Content-Security-Policy", "unsafe"));
	assert_true(has(&page, "X-Content-Type-Options", "nosniff"));
	assert_true(has(&page, "Referrer-Policy", "no-referrer"));
	assert_true(has(&page, "Strict-Transport-Security", "max-age="));
	assert_true(has(&page, "Cache-Control", "no-cache"));
	assert_true(has(&page, "ETag", "\""));
	http_reply_static(&style, http_static_find(site->files, VIEW_LIT("/style.css")), &none, true);
	assert_true(has(&style, "X-Content-Type-Options", "nosniff"));
	assert_true(has(&style, "Cache-Control", "max-age=300"));
	http_reply_static(&play, http_static_find(site->files, VIEW_LIT("/")), &none, false);
	assert_false(has(&play, "Strict-Transport-Security", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_found_by_their_path_alone, open_site, close_site),
		cmocka_unit_test_setup_teardown(hidden_and_unknown_kinds_of_files_are_not_served, open_site, close_site),
		cmocka_unit_test_setup_teardown(variables_are_filled_in_and_escaped_in_pages_alone, open_site, close_site),
		cmocka_unit_test_setup_teardown(a_variable_that_is_none_is_an_error_with_the_files_name, open_site, close_site),
		cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_says_so, open_site, close_site),
		cmocka_unit_test_setup_teardown(pages_have_every_security_header, open_site, close_site),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
