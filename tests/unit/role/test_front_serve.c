// What the front serves without a signature: pages, published documents, and its limits.
#include <stdio.h>
#include <unistd.h>

#include "front_setup.h"

enum { MODIFIED = 784111777 };

static void publish(struct rig *rig, const char *path, const char *content_type, const char *body, xica_time expires)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PUBLISH, 0);
	ipc_message_add_str(&message, IPC_URL, path);
	if (body) {
		ipc_message_add_str(&message, IPC_CONTENT_TYPE, content_type);
		ipc_message_add_str(&message, IPC_BODY, body);
		ipc_message_add_u64(&message, IPC_TIME, MODIFIED);
		if (expires)
			ipc_message_add_u64(&message, IPC_EXPIRES, (uint64_t)expires);
	}
	rig_send(rig, &message);
	(void)usleep(50000);
}

static void published_documents_have_type_validators_and_a_short_life(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", clock_now() + 86400);
	publish(rig, "/ca/abc.der", "application/pkix-cert", "CERT", 0);
	struct response crl = rig_get(rig, false, "GET", "/crl/abc/0.crl", "");
	assert_int_equal(crl.status, 200);
	assert_view(crl.body, "CRL");
	assert_string_equal(response_header(rig, &crl, "Content-Type"), "application/pkix-crl");
	assert_string_equal(response_header(rig, &crl, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_string_equal(response_header(rig, &crl, "Cache-Control"), "public, max-age=60");
	struct response certificate = rig_get(rig, false, "GET", "/ca/abc.der", "");
	assert_string_equal(response_header(rig, &certificate, "Content-Type"), "application/pkix-cert");
	assert_view(certificate.body, "CERT");
}

static void who_has_a_document_already_gets_304(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", 0);
	struct response first = rig_get(rig, false, "GET", "/crl/abc/0.crl", "");
	const char *etag = response_header(rig, &first, "ETag");
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", arena_printf(&rig->arena, "If-None-Match: %s\r\n", etag)).status, 304);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status, 304);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "If-None-Match: \"other\"\r\n").status, 200);
}

static void to_head_a_document_shows_its_length(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", 0);
	struct response head = rig_get(rig, false, "HEAD", "/crl/abc/0.crl", "");
	assert_int_equal(head.status, 200);
	assert_string_equal(response_header(rig, &head, "Content-Length"), "3");
	assert_non_null(response_header(rig, &head, "ETag"));
}

static void a_new_document_replaces_the_old_and_an_empty_one_takes_it_away(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "old", 0);
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "new", 0);
	assert_view(rig_get(rig, false, "GET", "/crl/abc/0.crl", "").body, "new");
	publish(rig, "/crl/abc/0.crl", NULL, NULL, 0);
	rig_tell_whole(rig);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "").status, 404);
}

static void what_is_only_not_here_yet_is_not_told_to_be_missing(void **state)
{
	struct rig *rig = *state;
	struct response early = rig_get(rig, false, "GET", "/crl/abc/0.crl", "");
	assert_int_equal(early.status, 503);
	assert_non_null(response_header(rig, &early, "Retry-After"));
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", 0);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "").status, 200);
	rig_tell_whole(rig);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "").status, 200);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/1.crl", "").status, 404);
}

static void documents_outlive_the_registrar(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", 0);
	rig_disconnect_registrar(rig);
	(void)usleep(50000);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "").status, 200);
}

static void documents_are_served_with_tls_too(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/root.pem", "application/x-pem-file", "PEM", 0);
	assert_view(rig_get(rig, true, "GET", "/root.pem", "").body, "PEM");
}

static void the_http_port_serves_nothing_else(void **state)
{
	static const char *const PATHS[] = {"/acme/directory", "/acme/new-nonce", "/style.css", "/terms", "//", "/crl", "/crl/"};
	struct rig *rig = *state;
	rig_tell_whole(rig);
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++)
		assert_int_equal(rig_get(rig, false, "GET", PATHS[i], "").status, 404);
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", 0);
	struct response post = rig_get(rig, false, "POST", "/crl/abc/0.crl", "Content-Length: 0\r\n");
	assert_int_equal(post.status, 405);
	assert_string_equal(response_header(rig, &post, "Allow"), "GET, HEAD");
}

static void the_http_port_leads_people_to_the_site(void **state)
{
	struct rig *rig = *state;
	struct response response = rig_get(rig, false, "GET", "/", "");
	assert_int_equal(response.status, 301);
	assert_string_equal(response_header(rig, &response, "Location"), arena_printf(&rig->arena, "%s/", rig->url));
}

static void the_site_tells_the_directorys_url(void **state)
{
	struct rig *rig = *state;
	struct response page = rig_get(rig, true, "GET", "/", "");
	assert_int_equal(page.status, 200);
	assert_string_equal(response_header(rig, &page, "Content-Type"), "text/html; charset=utf-8");
	assert_non_null(strstr((const char *)page.body.ptr, arena_printf(&rig->arena, "%s/acme/directory", rig->url)));
	assert_null(strstr((const char *)page.body.ptr, "{{"));
	for (const char *script = strstr((const char *)page.body.ptr, "<script"); script; script = strstr(script + 1, "<script"))
		assert_int_equal(strncmp(script, "<script type=\"module\" src=\"/", strlen("<script type=\"module\" src=\"/")), 0);
	assert_null(strstr((const char *)page.body.ptr, "style=\""));
	assert_non_null(response_header(rig, &page, "Content-Security-Policy"));
	assert_string_equal(response_header(rig, &page, "X-Content-Type-Options"), "nosniff");
	assert_null(response_header(rig, &page, "Strict-Transport-Security")); // a CA to play with on localhost
	assert_int_equal(rig_get(rig, true, "GET", "/style.css", "").status, 200);
	assert_int_equal(rig_get(rig, true, "GET", "/terms", "").status, 200);
}

static void a_new_tls_certificate_is_taken_while_running(void **state)
{
	struct rig *rig = *state;
	rig_renew_tls(rig);
	assert_int_equal(rig_get(rig, true, "GET", "/acme/directory", "").status, 200);
}

static void one_connection_serves_many_requests(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_client(rig, true);
	for (int i = 0; i < 3; i++) {
		client_send(&client, VIEW_LIT("HEAD /acme/new-nonce HTTP/1.1\r\nHost: localhost\r\n\r\n"));
		assert_int_equal(client_read(rig, &client, true).status, 200);
	}
	client_close(&client);
}

static int start_in_production(void **state)
{
	return start_front_with(state, "limits { requests-per-minute = 6 burst = 3 }\n");
}

static void an_address_that_asks_too_often_is_told_when_to_come_again(void **state)
{
	struct rig *rig = *state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_get(rig, true, "GET", "/acme/directory", "").status, 200);
	struct response response = rig_get(rig, true, "POST", "/acme/new-order", "Content-Length: 0\r\n");
	assert_problem(rig, &response, 429, "rateLimited");
	assert_in_range(strtoul(response_header(rig, &response, "Retry-After"), NULL, 10), 1, 10);
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	assert_int_equal(rig_get(rig, true, "GET", "/", "").status, 429);
	assert_int_equal(rig_get(rig, false, "GET", "/", "").status, 301); // the other port is no burden
}

static void in_production_pages_ask_for_tls_from_now_on(void **state)
{
	struct rig *rig = *state;
	struct response page = rig_get(rig, true, "GET", "/", "");
	assert_non_null(response_header(rig, &page, "Strict-Transport-Security"));
}

#ifndef __SANITIZE_ADDRESS__ // which opens files of its own, and so can't be locked in

static int start_locked_in(void **state)
{
	(void)setenv("RIG_LOCKED_IN", "1", 1);
	int error = start_front(state);
	(void)unsetenv("RIG_LOCKED_IN");
	return error;
}

// That files, connections and programs are closed to it is seen in its own process: front_rig.c.
static void locked_in_it_opens_connects_and_executes_nothing_and_serves_all(void **state)
{
	struct rig *rig = *state;
	publish(rig, "/crl/abc/0.crl", "application/pkix-crl", "CRL", 0);
	assert_int_equal(rig_get(rig, true, "GET", "/acme/directory", "").status, 200);
	assert_int_equal(rig_get(rig, true, "GET", "/", "").status, 200);
	assert_int_equal(rig_get(rig, false, "GET", "/crl/abc/0.crl", "").status, 200);
	struct client client = rig_post(rig, "/acme/new-account", rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{}"));
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
	assert_int_equal(client_read(rig, &client, false).status, 201);
	client_close(&client);
	rig_renew_tls(rig);
	assert_int_equal(rig_get(rig, true, "GET", "/acme/directory", "").status, 200);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		front_test(published_documents_have_type_validators_and_a_short_life),
		front_test(who_has_a_document_already_gets_304),
		front_test(to_head_a_document_shows_its_length),
		front_test(a_new_document_replaces_the_old_and_an_empty_one_takes_it_away),
		front_test(what_is_only_not_here_yet_is_not_told_to_be_missing),
		front_test(documents_outlive_the_registrar),
		front_test(documents_are_served_with_tls_too),
		front_test(the_http_port_serves_nothing_else),
		front_test(the_http_port_leads_people_to_the_site),
		front_test(the_site_tells_the_directorys_url),
		front_test(a_new_tls_certificate_is_taken_while_running),
		front_test(one_connection_serves_many_requests),
		cmocka_unit_test_setup_teardown(an_address_that_asks_too_often_is_told_when_to_come_again, start_in_production, stop_front),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test_setup_teardown(locked_in_it_opens_connects_and_executes_nothing_and_serves_all, start_locked_in, stop_front),
#endif
		cmocka_unit_test_setup_teardown(in_production_pages_ask_for_tls_from_now_on, start_in_production, stop_front),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
