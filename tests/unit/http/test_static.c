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
	static const char *const NAMES[] = {"text/en.json", "text/de.json", "text/aa.json", "text", "parts/head.html", "parts/loop.html", "parts", "letters/en.json", "letters", "404.html",
					    "index.html", "style.css", "secret.key", ".hidden.html", "a.html", "help/index.html", "help"};
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
	assert_view(http_static_find(site->files, VIEW_LIT("/"), 0)->body, "start");
	assert_view(http_static_find(site->files, VIEW_LIT("/style.css"), 0)->body, "css");
	assert_view(http_static_find(site->files, VIEW_LIT("/help/"), 0)->body, "help");
	assert_view(http_static_find(site->files, VIEW_LIT("/a"), 0)->body, "page");
	static const char *const NOT[] = {"", "/index.html", "/help", "/help/index.html", "/a.html", "/a/", "//", "/style.css/", "/../style.css", "/%73tyle.css", "/STYLE.css"};
	for (size_t i = 0; i < sizeof(NOT) / sizeof(NOT[0]); i++)
		assert_null(http_static_find(site->files, view_str(NOT[i]), 0));
}

static void hidden_and_unknown_kinds_of_files_are_not_served(void **state)
{
	struct site *site = *state;
	put(site, "secret.key", "secret");
	put(site, ".hidden.html", "hidden");
	load(site);
	assert_null(http_static_find(site->files, VIEW_LIT("/secret.key"), 0));
	assert_null(http_static_find(site->files, VIEW_LIT("/.hidden.html"), 0));
}

static void variables_are_filled_in_and_escaped_in_pages_alone(void **state)
{
	struct site *site = *state;
	put(site, "index.html", "<a href=\"{{url}}/x\">{{name}}</a> { } {{url}}");
	put(site, "style.css", "a{{url}}");
	load(site);
	assert_view(http_static_find(site->files, VIEW_LIT("/"), 0)->body,
		    "<a href=\"https://ca.example/x\">&lt;A&amp;B&gt;</a> { } https://ca.example");
	assert_view(http_static_find(site->files, VIEW_LIT("/style.css"), 0)->body, "a{{url}}");
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
		if (strcmp(reply->headers[i].name, name) == 0 && strstr(reply->headers[i].value, part))
			return true;
	return false;
}

static void pages_have_every_security_header(void **state)
{
	struct site *site = *state;
	const struct http_conditions none = {.if_none_match = VIEW_NONE};
	put(site, "index.html", "start");
	put(site, "style.css", "css");
	load(site);
	cleanup_http_reply page = HTTP_REPLY_INIT(0), style = HTTP_REPLY_INIT(0), play = HTTP_REPLY_INIT(0);
	http_reply_static(&page, http_static_find(site->files, VIEW_LIT("/"), 0), &none, true);
	assert_false(page.failed);
	assert_true(has(&page, "Content-Type", "text/html; charset=utf-8"));
	assert_true(has(&page, "Content-Security-Policy", "default-src 'none'"));
	assert_true(has(&page, "Content-Security-Policy", "frame-ancestors 'none'"));
	assert_true(has(&page, "Content-Security-Policy", "require-trusted-types-for 'script'"));
	assert_true(has(&page, "Vary", "Accept-Language"));
	assert_false(has(&page, "Content-Security-Policy", "unsafe"));
	assert_true(has(&page, "X-Content-Type-Options", "nosniff"));
	assert_true(has(&page, "Referrer-Policy", "no-referrer"));
	assert_true(has(&page, "Strict-Transport-Security", "max-age="));
	assert_true(has(&page, "Cache-Control", "no-cache"));
	assert_true(has(&page, "ETag", "\""));
	http_reply_static(&style, http_static_find(site->files, VIEW_LIT("/style.css"), 0), &none, true);
	assert_true(has(&style, "X-Content-Type-Options", "nosniff"));
	assert_true(has(&style, "Cache-Control", "max-age=300"));
	http_reply_static(&play, http_static_find(site->files, VIEW_LIT("/"), 0), &none, false);
	assert_false(has(&play, "Strict-Transport-Security", ""));
}

static void put_texts(struct site *site)
{
	make_folder(site, "text");
	put(site, "text/de.json", "{\"home.title\": \"<Zertifikate>\", \"home.lead\": \"<b>fett</b>\"}");
	put(site, "text/en.json", "{\"home.title\": \"<Certificates>\", \"home.lead\": \"<b>bold</b>\"}");
	put(site, "text/aa.json", "{\"home.title\": \"\", \"home.lead\": \"\"}");
}

static void a_page_is_there_in_each_language_and_english_comes_first(void **state)
{
	struct site *site = *state;
	size_t count;
	put_texts(site);
	put(site, "index.html", "<html lang=\"{{lang}}\">{{home.title}}{{&home.lead}}");
	load(site);
	const char *const *languages = http_static_languages(site->files, &count);
	assert_int_equal(count, 3);
	assert_string_equal(languages[0], "en");
	assert_string_equal(languages[1], "aa");
	assert_string_equal(languages[2], "de");
	assert_view(http_static_find(site->files, VIEW_LIT("/"), 0)->body, "<html lang=\"en\">&lt;Certificates&gt;<b>bold</b>");
	assert_view(http_static_find(site->files, VIEW_LIT("/"), 2)->body, "<html lang=\"de\">&lt;Zertifikate&gt;<b>fett</b>");
	assert_view(http_static_find(site->files, VIEW_LIT("/"), 9)->body, "<html lang=\"en\">&lt;Certificates&gt;<b>bold</b>");
	assert_string_not_equal(http_static_find(site->files, VIEW_LIT("/"), 0)->etag, http_static_find(site->files, VIEW_LIT("/"), 2)->etag);
}

static void a_text_that_one_language_lacks_is_an_error_that_names_it(void **state)
{
	struct site *site = *state;
	put_texts(site);
	put(site, "text/aa.json", "{\"home.title\": \"\"}");
	put(site, "a.html", "{{&home.lead}}");
	assert_int_equal(http_static_load(site->dir, VARIABLES, &site->files, &site->why), XICA_EPARSE);
	assert_non_null(strstr(buf_cstr(&site->why), "/a.html: {{&home.lead}} stands for nothing in language aa"));
}

static void parts_are_included_and_neither_they_nor_letters_are_served(void **state)
{
	struct site *site = *state;
	put_texts(site);
	make_folder(site, "parts");
	make_folder(site, "letters");
	put(site, "parts/head.html", "<h1>{{home.title}} {{page}}</h1>");
	put(site, "letters/en.json", "{}");
	put(site, "a.html", "{{>head}}!");
	load(site);
	assert_view(http_static_find(site->files, VIEW_LIT("/a"), 0)->body, "<h1>&lt;Certificates&gt; /a</h1>!");
	static const char *const NOT[] = {"/parts/head", "/parts/head.html", "/letters/en.json"};
	for (size_t i = 0; i < sizeof(NOT) / sizeof(NOT[0]); i++)
		assert_null(http_static_find(site->files, view_str(NOT[i]), 0));
	assert_non_null(http_static_find(site->files, VIEW_LIT("/text/de.json"), 0));
}

static void parts_that_include_themselves_are_an_error(void **state)
{
	struct site *site = *state;
	make_folder(site, "parts");
	put(site, "parts/loop.html", "{{>loop}}");
	put(site, "a.html", "{{>loop}}");
	assert_int_equal(http_static_load(site->dir, VARIABLES, &site->files, &site->why), XICA_ERANGE);
}

static void a_catalogue_that_is_none_is_an_error_with_the_files_name(void **state)
{
	struct site *site = *state;
	make_folder(site, "text");
	put(site, "text/en.json", "{\"home.title\": 5}");
	assert_int_equal(http_static_load(site->dir, VARIABLES, &site->files, &site->why), XICA_EPARSE);
	assert_non_null(strstr(buf_cstr(&site->why), "/text/en.json: not a JSON object of texts"));
}

static void what_gets_shorter_is_sent_compressed_to_those_who_take_it(void **state)
{
	struct site *site = *state;
	char text[2001];
	memset(text, 'a', 2000);
	text[2000] = 0;
	put(site, "style.css", text);
	put(site, "a.html", "x");
	load(site);
	const struct http_document *style = http_static_find(site->files, VIEW_LIT("/style.css"), 0);
	static const struct {
		const char *accept;
		bool gzip;
	} ASKED[] = {{"gzip, deflate, br", true}, {"br;q=1, GZIP;q=0.2", true}, {"gzip;q=0", false}, {"gzip;q=0.000", false}, {"br", false}, {"", false}, {"gzipped", false}};
	for (size_t i = 0; i < sizeof(ASKED) / sizeof(ASKED[0]); i++) {
		const struct http_conditions conditions = {.accept_encoding = view_str(ASKED[i].accept)};
		cleanup_http_reply reply = HTTP_REPLY_INIT(0);
		http_reply_static(&reply, style, &conditions, false);
		assert_int_equal(has(&reply, "Content-Encoding", "gzip"), ASKED[i].gzip);
		assert_true(has(&reply, "Vary", "Accept-Encoding"));
		assert_int_equal(reply.body.len < 100, ASKED[i].gzip);
	}
	const struct http_conditions known = {.if_none_match = view_str(style->gzip_etag)};
	assert_true(http_document_is_known(style, &known));
	assert_int_equal(http_static_find(site->files, VIEW_LIT("/a"), 0)->gzip.len, 0);
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
		cmocka_unit_test_setup_teardown(a_page_is_there_in_each_language_and_english_comes_first, open_site, close_site),
		cmocka_unit_test_setup_teardown(a_text_that_one_language_lacks_is_an_error_that_names_it, open_site, close_site),
		cmocka_unit_test_setup_teardown(parts_are_included_and_neither_they_nor_letters_are_served, open_site, close_site),
		cmocka_unit_test_setup_teardown(parts_that_include_themselves_are_an_error, open_site, close_site),
		cmocka_unit_test_setup_teardown(a_catalogue_that_is_none_is_an_error_with_the_files_name, open_site, close_site),
		cmocka_unit_test_setup_teardown(what_gets_shorter_is_sent_compressed_to_those_who_take_it, open_site, close_site),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
