// Renewal information at the front: asked by anybody, kept for a while, dropped when something changes.
#include "front_setup.h"

static const char PATH[] = "/acme/renewal-info/YWJj.fw", OTHER[] = "/acme/renewal-info/YWJj.fg";

static struct client ask(struct rig *rig, const char *path)
{
	struct client client = rig_client(rig, true);
	client_send(&client, view_str(arena_printf(&rig->arena, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)));
	return client;
}

static void tell(struct rig *rig, const char *body)
{
	cleanup_buf message = BUF_INIT;
	struct ipc_message question = rig_take(rig, IPC_ACME_REQUEST);
	uint64_t endpoint;
	assert_int_equal(ipc_message_u64(&question, IPC_ENDPOINT, &endpoint), 0);
	assert_int_equal(endpoint, ACME_RENEWAL_INFO);
	assert_false(ipc_message_has(&question, IPC_ACCOUNT) || ipc_message_has(&question, IPC_JWK) || ipc_message_has(&question, IPC_JWS));
	ipc_message_begin(&message, IPC_HTTP_REPLY, question.id);
	ipc_message_add_u64(&message, IPC_STATUS, 200);
	ipc_message_add_str(&message, IPC_CONTENT_TYPE, "application/json");
	ipc_message_add_str(&message, IPC_BODY, body);
	ipc_message_add_u64(&message, IPC_RETRY_AFTER, 21600);
	rig_send(rig, &message);
}

static struct response answer_to(struct rig *rig, struct client *client)
{
	struct response response = client_read(rig, client, false);
	client_close(client);
	return response;
}

static void is_asked(struct rig *rig, const char *path, const char *body)
{
	struct client client = ask(rig, path);
	tell(rig, body);
	struct response response = answer_to(rig, &client);
	assert_int_equal(response.status, 200);
	assert_view(response.body, body);
	assert_string_equal(response_header(rig, &response, "Retry-After"), "21600");
	assert_string_equal(response_header(rig, &response, "Content-Type"), "application/json");
	assert_null(response_header(rig, &response, "Replay-Nonce"));
}

static void is_kept(struct rig *rig, const char *path, const char *body)
{
	struct client client = ask(rig, path);
	struct response response = answer_to(rig, &client);
	assert_int_equal(response.status, 200);
	assert_view(response.body, body);
	assert_string_equal(response_header(rig, &response, "Retry-After"), "21600");
	assert_true(rig_hears_nothing(rig));
}

static void an_answer_is_asked_for_once_and_kept(void **state)
{
	struct rig *rig = *state;
	is_asked(rig, PATH, "{\"a\":1}");
	is_kept(rig, PATH, "{\"a\":1}");
	is_asked(rig, OTHER, "{\"b\":1}");
	is_kept(rig, PATH, "{\"a\":1}");
	is_kept(rig, OTHER, "{\"b\":1}");
	struct response head = rig_get(rig, true, "HEAD", PATH, "");
	assert_int_equal(head.status, 200);
	assert_int_equal(head.body.len, 0);
}

static void what_changes_is_asked_for_anew(void **state)
{
	struct rig *rig = *state;
	cleanup_buf drop = BUF_INIT;
	is_asked(rig, PATH, "{\"a\":1}");
	ipc_message_begin(&drop, IPC_RENEWAL_DROP, 0);
	rig_send(rig, &drop);
	is_asked(rig, PATH, "{\"a\":2}");
	is_kept(rig, PATH, "{\"a\":2}");
	rig_disconnect_registrar(rig);
	is_kept(rig, PATH, "{\"a\":2}"); // while it is away
	rig_connect_registrar(rig);
	is_asked(rig, PATH, "{\"a\":3}"); // it may have gone before it could say
}

static void a_problem_is_not_kept(void **state)
{
	struct rig *rig = *state;
	for (int i = 0; i < 2; i++) {
		struct client client = ask(rig, PATH);
		struct ipc_message question = rig_take(rig, IPC_ACME_REQUEST);
		rig_reply(rig, question.id, 404, "{}");
		assert_int_equal(answer_to(rig, &client).status, 404);
	}
}

static void only_a_get_without_a_query_is_answered(void **state)
{
	struct rig *rig = *state;
	struct response response = rig_get(rig, true, "POST", PATH, "Content-Length: 0\r\n");
	assert_int_equal(response.status, 405);
	assert_string_equal(response_header(rig, &response, "Allow"), "GET, HEAD");
	response = rig_get(rig, true, "GET", arena_printf(&rig->arena, "%s?x", PATH), "");
	assert_problem(rig, &response, 404, "malformed");
	assert_int_equal(rig_get(rig, true, "GET", "/acme/renewal-info", "").status, 404);
	assert_int_equal(rig_get(rig, true, "GET", "/acme/renewal-info/a/b", "").status, 404);
	assert_int_equal(rig_get(rig, true, "GET", "/acme/renewal-info/a%2e", "").status, 404);
	assert_true(rig_hears_nothing(rig));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		front_test(an_answer_is_asked_for_once_and_kept),
		front_test(what_changes_is_asked_for_anew),
		front_test(a_problem_is_not_kept),
		front_test(only_a_get_without_a_query_is_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
