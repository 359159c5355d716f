// The site's JSON interface at the front: what it lets through to the registrar, and what it makes of the answer.
#include "front_setup.h"

#define FROM_HERE(rig) arena_printf(&(rig)->arena, "Origin: %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\n", (rig)->url)

static struct client post(struct rig *rig, const char *path, const char *headers)
{
	struct client client = rig_client(rig, true);
	client_send(&client, view_str(arena_printf(&rig->arena, "POST %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n{}", path, headers)));
	return client;
}

static struct response refused(struct rig *rig, const char *path, const char *headers)
{
	struct client client = post(rig, path, headers);
	struct response response = client_read(rig, &client, false);
	client_close(&client);
	return response;
}

static struct response answer(struct rig *rig, struct client *client, uint64_t id)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_HTTP_REPLY, id);
	ipc_message_add_u64(&message, IPC_STATUS, 200);
	ipc_message_add_str(&message, IPC_CONTENT_TYPE, "application/json");
	ipc_message_add_str(&message, IPC_BODY, "{\"a\":1}");
	ipc_message_add_str(&message, IPC_SET_COOKIE, "__Host-session=x; Secure; HttpOnly");
	ipc_message_add_str(&message, IPC_SET_COOKIE, "__Host-device=y; Secure; HttpOnly");
	ipc_message_add_str(&message, IPC_FILE_NAME, "mine.json");
	rig_send(rig, &message);
	struct response response = client_read(rig, client, false);
	client_close(client);
	return response;
}

static void a_request_of_our_own_page_reaches_the_registrar_whole(void **state)
{
	struct rig *rig = *state;
	const char *headers = arena_printf(&rig->arena, "%sSec-Fetch-Site: same-origin\r\nCookie: __Host-session=abc; lang=de\r\nUser-Agent: browser\r\n", FROM_HERE(rig));
	struct client client = post(rig, "/api/log-in?x=1", headers);
	struct ipc_message message = rig_take(rig, IPC_SITE_REQUEST);
	uint64_t method;
	assert_int_equal(ipc_message_u64(&message, IPC_HTTP_METHOD, &method), 0);
	assert_int_equal(method, HTTP_METHOD_POST);
	assert_view(ipc_message_bytes(&message, IPC_URL), "/api/log-in");
	assert_view(ipc_message_bytes(&message, IPC_QUERY), "x=1");
	assert_view(ipc_message_bytes(&message, IPC_BODY), "{}");
	assert_view(ipc_message_bytes(&message, IPC_COOKIE), "__Host-session=abc; lang=de");
	assert_view(ipc_message_bytes(&message, IPC_AGENT), "browser");
	assert_view(ipc_message_bytes(&message, IPC_REMOTE), "127.0.0.1");
	struct response response = answer(rig, &client, message.id);
	assert_int_equal(response.status, 200);
	assert_view(response.body, "{\"a\":1}");
	assert_true(response_has(rig, &response, "Set-Cookie", "__Host-session=x; Secure; HttpOnly"));
	assert_true(response_has(rig, &response, "Set-Cookie", "__Host-device=y; Secure; HttpOnly"));
	assert_string_equal(response_header(rig, &response, "Content-Disposition"), "attachment; filename=\"mine.json\"");
	assert_string_equal(response_header(rig, &response, "Cache-Control"), "no-store");
	assert_string_equal(response_header(rig, &response, "X-Content-Type-Options"), "nosniff");
	assert_null(response_header(rig, &response, "Replay-Nonce"));
	assert_null(response_header(rig, &response, "Access-Control-Allow-Origin"));
}

// CSRF: whatever a page of somebody else makes the browser send, it ends here.
static void what_another_origin_makes_a_browser_send_is_refused(void **state)
{
	struct rig *rig = *state;
	const char *json = "Content-Type: application/json\r\nContent-Length: 2\r\n";
	const char *const HEADERS[] = {
		json,
		arena_printf(&rig->arena, "Origin: https://evil.example\r\n%s", json),
		arena_printf(&rig->arena, "Origin: null\r\n%s", json),
		arena_printf(&rig->arena, "Origin: %s.evil.example\r\n%s", rig->url, json),
		arena_printf(&rig->arena, "Origin: %s/\r\n%s", rig->url, json),
		arena_printf(&rig->arena, "Sec-Fetch-Site: same-site\r\n%s", FROM_HERE(rig)),
		arena_printf(&rig->arena, "Sec-Fetch-Site: cross-site\r\n%s", FROM_HERE(rig)),
		arena_printf(&rig->arena, "Sec-Fetch-Site: none\r\n%s", FROM_HERE(rig)),
	};
	for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
		struct response response = refused(rig, "/api/person/delete", HEADERS[i]);
		assert_int_equal(response.status, 403);
		assert_view(response.body, "{\"error\":\"cross-origin\"}");
	}
	assert_true(rig_hears_nothing(rig));
}

static void a_form_is_refused(void **state)
{
	struct rig *rig = *state;
	static const char *const TYPES[] = {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/jsonx"};
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		struct response response = refused(rig, "/api/log-in", arena_printf(&rig->arena, "Origin: %s\r\nContent-Type: %s\r\nContent-Length: 2\r\n", rig->url, TYPES[i]));
		assert_int_equal(response.status, 415);
	}
	assert_true(rig_hears_nothing(rig));
}

static void what_is_not_public_is_not_read_from_other_sites(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(rig_get(rig, true, "GET", "/api/session", "Sec-Fetch-Site: cross-site\r\n").status, 403);
	assert_int_equal(rig_get(rig, true, "GET", "/api/session", "Sec-Fetch-Site: same-site\r\n").status, 403);
	assert_true(rig_hears_nothing(rig));
	struct client client = rig_client(rig, true);
	client_send(&client, VIEW_LIT("GET /api/public/numbers HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n"));
	assert_int_equal(answer(rig, &client, rig_take(rig, IPC_SITE_REQUEST).id).status, 200);
}

static void one_click_unsubscribing_needs_no_origin_and_its_body_goes_nowhere(void **state)
{
	struct rig *rig = *state;
	struct client client = post(rig, "/api/unsubscribe?token=t", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n");
	struct ipc_message message = rig_take(rig, IPC_SITE_REQUEST);
	assert_view(ipc_message_bytes(&message, IPC_QUERY), "token=t");
	assert_false(ipc_message_has(&message, IPC_BODY));
	assert_int_equal(answer(rig, &client, message.id).status, 200);
}

static void other_methods_and_long_bodies_are_refused(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(rig_get(rig, true, "DELETE", "/api/session", "").status, 405);
	assert_int_equal(rig_get(rig, true, "OPTIONS", "/api/session", "Origin: https://evil.example\r\n").status, 405);
	cleanup_buf bytes = BUF_INIT;
	struct client client = rig_client(rig, true);
	buf_addf(&bytes, "POST /api/log-in HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", rig->url,
		 HTTP_BODY_MAX + 1);
	for (int i = 0; i <= HTTP_BODY_MAX; i++)
		buf_add_byte(&bytes, ' ');
	client_send(&client, buf_view(&bytes));
	assert_int_equal(client_read(rig, &client, false).status, 413);
	client_close(&client);
	assert_true(rig_hears_nothing(rig));
}

static void a_file_name_that_is_none_and_a_cookie_with_a_line_end_are_not_sent(void **state)
{
	struct rig *rig = *state;
	static const struct {
		enum ipc_field field;
		const char *value;
	} BAD[] = {{IPC_FILE_NAME, "a\"; x=\"b"}, {IPC_FILE_NAME, ""}, {IPC_FILE_NAME, "../a"}, {IPC_SET_COOKIE, "a=b\r\nX-Evil: 1"}};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_buf message = BUF_INIT;
		struct client client = rig_client(rig, true);
		client_send(&client, VIEW_LIT("GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n"));
		ipc_message_begin(&message, IPC_HTTP_REPLY, rig_take(rig, IPC_SITE_REQUEST).id);
		ipc_message_add_u64(&message, IPC_STATUS, 200);
		ipc_message_add_str(&message, BAD[i].field, BAD[i].value);
		rig_send(rig, &message);
		struct response response = client_read(rig, &client, false);
		assert_int_equal(response.status, 500);
		assert_null(response_header(rig, &response, "X-Evil"));
		client_close(&client);
	}
}

static void while_the_registrar_is_away_the_page_is_told_to_try_again(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_client(rig, true);
	client_send(&client, VIEW_LIT("GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n"));
	(void)rig_take(rig, IPC_SITE_REQUEST);
	rig_disconnect_registrar(rig);
	struct response response = client_read(rig, &client, false);
	assert_int_equal(response.status, 503);
	assert_view(response.body, "{\"error\":\"try-again\"}");
	assert_non_null(response_header(rig, &response, "Retry-After"));
	client_close(&client);
}

static void pages_come_in_the_language_that_is_asked_for(void **state)
{
	struct rig *rig = *state;
	struct response english = rig_get(rig, true, "GET", "/", ""), german = rig_get(rig, true, "GET", "/", "Accept-Language: de-DE,de;q=0.9\r\n");
	struct response wish = rig_get(rig, true, "GET", "/", "Accept-Language: de\r\nCookie: lang=en\r\n"), link = rig_get(rig, true, "GET", "/?lang=de", "");
	assert_non_null(strstr((const char *)english.body.ptr, "<html lang=\"en\""));
	assert_non_null(strstr((const char *)german.body.ptr, "<html lang=\"de\""));
	assert_non_null(strstr((const char *)wish.body.ptr, "<html lang=\"en\""));
	assert_non_null(strstr((const char *)link.body.ptr, "<html lang=\"de\""));
	assert_true(response_has(rig, &english, "Vary", "Accept-Language, Cookie"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		front_test(a_request_of_our_own_page_reaches_the_registrar_whole),
		front_test(what_another_origin_makes_a_browser_send_is_refused),
		front_test(a_form_is_refused),
		front_test(what_is_not_public_is_not_read_from_other_sites),
		front_test(one_click_unsubscribing_needs_no_origin_and_its_body_goes_nowhere),
		front_test(other_methods_and_long_bodies_are_refused),
		front_test(a_file_name_that_is_none_and_a_cookie_with_a_line_end_are_not_sent),
		front_test(while_the_registrar_is_away_the_page_is_told_to_try_again),
		front_test(pages_come_in_the_language_that_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
