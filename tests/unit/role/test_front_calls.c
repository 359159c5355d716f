// A signed request on its way between front and registrar, whatever becomes of either.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front_setup.h"

static struct client post(struct rig *rig, const struct crypto_key *key, const char *path, const char *payload)
{
	return rig_post(rig, path, rig_sign(rig, key, rig_kid(rig, RIG_ACCOUNT), NULL, path, payload));
}

static struct response finish(struct rig *rig, struct client *client)
{
	struct response response = client_read(rig, client, false);
	client_close(client);
	return response;
}

// One whole request, so that the front knows the account's key.
static void make_known(struct rig *rig, const struct crypto_key *key)
{
	struct client client = post(rig, key, "/acme/order/1", "");
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, key);
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
	assert_int_equal(finish(rig, &client).status, 200);
}

static void an_accounts_key_is_asked_for_once(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	for (int i = 0; i < 3; i++) {
		struct client client = post(rig, rig->key, "/acme/order/1", "");
		rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
		assert_int_equal(finish(rig, &client).status, 200);
	}
}

static void an_account_that_the_registrar_does_not_know_does_not_exist(void **state)
{
	struct rig *rig = *state;
	for (int i = 0; i < 2; i++) { // that is not remembered: there may be one tomorrow
		struct client client = post(rig, rig->key, "/acme/order/1", "");
		rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, NULL);
		struct response response = finish(rig, &client);
		assert_problem(rig, &response, 400, "accountDoesNotExist");
		assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	}
}

static void a_key_that_could_not_be_looked_up_is_no_missing_account(void **state)
{
	struct rig *rig = *state;
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	rig_reply(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, 503, "{}");
	assert_int_equal(finish(rig, &client).status, 503);
}

static void a_signature_of_another_key_is_unauthorized(void **state)
{
	struct rig *rig = *state;
	struct client client = post(rig, rig->other_key, "/acme/order/1", "");
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->key);
	struct response response = finish(rig, &client);
	assert_problem(rig, &response, 403, "unauthorized");
	assert_true(rig_hears_nothing(rig));
}

static void nobody_is_refused_for_a_remembered_key_before_the_registrar_was_asked(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->other_key, "/acme/order/1", "");
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->other_key); // changed at another front
	struct ipc_message message = rig_take(rig, IPC_ACME_REQUEST);
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	assert_int_equal(jwk_thumbprint(rig->other_key, thumbprint), 0);
	assert_true(view_equal(ipc_message_bytes(&message, IPC_THUMBPRINT), view_bytes(thumbprint, sizeof(thumbprint))));
	rig_reply(rig, message.id, 200, "{}");
	assert_int_equal(finish(rig, &client).status, 200);
}

static void an_old_key_that_is_remembered_is_refused_when_the_registrar_says_so(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 0, NULL);
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->other_key);
	struct response response = finish(rig, &client);
	assert_problem(rig, &response, 403, "unauthorized");
}

static void a_key_that_is_the_newest_after_all_is_forwarded_once_more(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 0, NULL);
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->key);
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 0, NULL); // and once more only
	struct response response = finish(rig, &client);
	assert_problem(rig, &response, 403, "unauthorized");
	assert_true(rig_hears_nothing(rig));
}

static void an_answer_carries_everything_that_the_registrar_said(void **state)
{
	struct rig *rig = *state;
	cleanup_buf message = BUF_INIT;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/certificate/10ab", "");
	ipc_message_begin(&message, IPC_HTTP_REPLY, rig_take(rig, IPC_ACME_REQUEST).id);
	ipc_message_add_u64(&message, IPC_STATUS, 200);
	ipc_message_add_str(&message, IPC_CONTENT_TYPE, "application/pem-certificate-chain");
	ipc_message_add_str(&message, IPC_BODY, "PEM");
	ipc_message_add_str(&message, IPC_LOCATION, "https://ca.example/acme/order/1");
	ipc_message_add_str(&message, IPC_LINK, "<https://ca.example/1>;rel=\"alternate\"");
	ipc_message_add_str(&message, IPC_LINK, "<https://ca.example/2>;rel=\"alternate\"");
	ipc_message_add_u64(&message, IPC_RETRY_AFTER, 3);
	rig_send(rig, &message);
	struct response response = finish(rig, &client);
	assert_int_equal(response.status, 200);
	assert_string_equal(response_header(rig, &response, "Content-Type"), "application/pem-certificate-chain");
	assert_string_equal(response_header(rig, &response, "Location"), "https://ca.example/acme/order/1");
	assert_string_equal(response_header(rig, &response, "Retry-After"), "3");
	assert_string_equal(response_header(rig, &response, "Cache-Control"), "no-store");
	assert_true(response_has(rig, &response, "Link", "<https://ca.example/1>;rel=\"alternate\""));
	assert_true(response_has(rig, &response, "Link", "<https://ca.example/2>;rel=\"alternate\""));
	assert_true(response_has(rig, &response, "Link", arena_printf(&rig->arena, "<%s/acme/directory>;rel=\"index\"", rig->url)));
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	assert_view(response.body, "PEM");
}

static void a_large_answer_arrives_whole(void **state)
{
	struct rig *rig = *state;
	enum { LEN = 900000 };
	cleanup_buf message = BUF_INIT;
	uint8_t *body = arena_alloc(&rig->arena, LEN);
	memset(body, 'x', LEN);
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	ipc_message_begin(&message, IPC_HTTP_REPLY, rig_take(rig, IPC_ACME_REQUEST).id);
	ipc_message_add_u64(&message, IPC_STATUS, 200);
	ipc_message_add_str(&message, IPC_CONTENT_TYPE, "application/json");
	ipc_message_add(&message, IPC_BODY, view_bytes(body, LEN));
	rig_send(rig, &message);
	assert_int_equal(finish(rig, &client).body.len, LEN);
}

static void a_registrar_can_not_forge_headers(void **state)
{
	struct rig *rig = *state;
	cleanup_buf message = BUF_INIT;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	ipc_message_begin(&message, IPC_HTTP_REPLY, rig_take(rig, IPC_ACME_REQUEST).id);
	ipc_message_add_u64(&message, IPC_STATUS, 200);
	ipc_message_add_str(&message, IPC_LOCATION, "https://ca.example/\r\nSet-Cookie: a=b");
	rig_send(rig, &message);
	struct response response = finish(rig, &client);
	assert_int_equal(response.status, 500);
	assert_null(response_header(rig, &response, "Set-Cookie"));
}

static void requests_wait_while_the_registrar_is_away(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	rig_disconnect_registrar(rig);
	struct client known = post(rig, rig->key, "/acme/order/1", ""), fresh = rig_post(rig, "/acme/new-account", rig_sign(rig, rig->other_key, NULL, NULL,
		"/acme/new-account", "{}"));
	(void)usleep(300000);
	rig_connect_registrar(rig);
	for (int i = 0; i < 2; i++)
		rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
	assert_int_equal(finish(rig, &known).status, 200);
	assert_int_equal(finish(rig, &fresh).status, 200);
}

static void who_waited_too_long_gets_503_and_hears_when_to_come_again(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	rig_disconnect_registrar(rig);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	int64_t began = clock_monotonic_ms();
	struct response response = finish(rig, &client);
	assert_problem(rig, &response, 503, "serverInternal");
	assert_non_null(response_header(rig, &response, "Retry-After"));
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	assert_in_range(clock_monotonic_ms() - began, 4000, 7000);
}

static void what_was_under_way_when_the_registrar_died_gets_503(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	(void)rig_take(rig, IPC_ACME_REQUEST);
	rig_disconnect_registrar(rig);
	struct response response = finish(rig, &client);
	assert_problem(rig, &response, 503, "serverInternal");
	assert_non_null(response_header(rig, &response, "Retry-After"));
	rig_connect_registrar(rig);
	client = post(rig, rig->key, "/acme/order/1", "");
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
	assert_int_equal(finish(rig, &client).status, 200);
}

static void a_key_that_was_asked_for_is_asked_of_the_next_registrar(void **state)
{
	struct rig *rig = *state;
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	(void)rig_take(rig, IPC_ACCOUNT_KEY);
	rig_disconnect_registrar(rig);
	(void)usleep(100000);
	rig_connect_registrar(rig);
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->key);
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
	assert_int_equal(finish(rig, &client).status, 200);
}

static void answers_to_nothing_are_passed_over(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	for (uint64_t id = 0; id < 5; id++) {
		rig_reply(rig, id, 200, "{}");
		rig_tell_key(rig, id, rig->other_key);
	}
	rig_reply(rig, UINT64_MAX, 200, "{}");
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
	assert_int_equal(finish(rig, &client).status, 201);
}

static void a_client_that_went_meanwhile_does_no_harm(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	for (int i = 0; i < 3; i++) {
		struct client client = post(rig, rig->key, "/acme/order/1", "");
		uint64_t id = rig_take(rig, IPC_ACME_REQUEST).id;
		client_close(&client);
		rig_reply(rig, id, 200, "{}");
	}
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
	assert_int_equal(finish(rig, &client).status, 200);
}

static void many_at_once_are_each_answered_with_their_own(void **state)
{
	struct rig *rig = *state;
	enum { MANY = 40 };
	struct client clients[MANY];
	uint64_t ids[MANY];
	const char *objects[MANY];
	make_known(rig, rig->key);
	for (int i = 0; i < MANY; i++)
		clients[i] = post(rig, rig->key, arena_printf(&rig->arena, "/acme/order/%d", i + 1), "");
	for (int i = 0; i < MANY; i++) {
		struct ipc_message message = rig_take(rig, IPC_ACME_REQUEST);
		ids[i] = message.id;
		objects[i] = arena_strdup(&rig->arena, ipc_message_bytes(&message, IPC_OBJECT));
	}
	for (int i = MANY - 1; i >= 0; i--)
		rig_reply(rig, ids[i], 200, objects[i]);
	for (int i = 0; i < MANY; i++) {
		struct response response = finish(rig, &clients[i]);
		assert_int_equal(response.status, 200);
		assert_view(response.body, arena_printf(&rig->arena, "%d", i + 1));
	}
}

static void shutting_down_answers_what_is_under_way(void **state)
{
	struct rig *rig = *state;
	make_known(rig, rig->key);
	struct client client = post(rig, rig->key, "/acme/order/1", "");
	uint64_t id = rig_take(rig, IPC_ACME_REQUEST).id;
	rig_shut_down(rig);
	(void)usleep(100000);
	rig_reply(rig, id, 200, "{}");
	struct response response = client_read(rig, &client, false);
	assert_int_equal(response.status, 200);
	assert_string_equal(response_header(rig, &response, "Connection"), "close");
	client_close(&client);
	int status = rig_wait(rig);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// No connection by TLS is left, and one without is.
static void a_certificate_that_comes_while_it_shuts_down_is_nothing_to_it(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_client(rig, false);
	client_send(&client, VIEW_LIT("GET / HTTP/1.1\r\n"));
	(void)usleep(100000);
	rig_shut_down(rig);
	(void)usleep(100000);
	rig_renew_tls(rig);
	int status = rig_wait(rig);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	client_close(&client);
}

static int start_to_crash_before_forward(void **state)
{
	return start_front_with(state, "development { crash-at = \"front:before-forward\" }\n");
}

static int start_to_crash_before_reply(void **state)
{
	return start_front_with(state, "development { crash-at = \"front:before-reply\" }\n");
}

static void assert_killed(struct rig *rig)
{
	int status = rig_wait(rig);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_crash_before_forwarding_tells_the_registrar_nothing(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_post(rig, "/acme/new-account", rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{}"));
	assert_killed(rig);
	uint8_t byte;
	assert_true(recv(rig->registrar, &byte, 1, 0) <= 0);
	client_close(&client);
}

static void a_crash_before_the_reply_loses_the_reply_alone(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_post(rig, "/acme/new-account", rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{}"));
	uint64_t head = rig->shared->nonces.head;
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
	assert_killed(rig);
	assert_true(client_ended(&client, 2000));
	assert_int_equal(rig->shared->nonces.head, head); // the nonces are where they were
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		front_test(an_accounts_key_is_asked_for_once),
		front_test(an_account_that_the_registrar_does_not_know_does_not_exist),
		front_test(a_key_that_could_not_be_looked_up_is_no_missing_account),
		front_test(a_signature_of_another_key_is_unauthorized),
		front_test(nobody_is_refused_for_a_remembered_key_before_the_registrar_was_asked),
		front_test(an_old_key_that_is_remembered_is_refused_when_the_registrar_says_so),
		front_test(a_key_that_is_the_newest_after_all_is_forwarded_once_more),
		front_test(an_answer_carries_everything_that_the_registrar_said),
		front_test(a_large_answer_arrives_whole),
		front_test(a_registrar_can_not_forge_headers),
		front_test(requests_wait_while_the_registrar_is_away),
		front_test(who_waited_too_long_gets_503_and_hears_when_to_come_again),
		front_test(what_was_under_way_when_the_registrar_died_gets_503),
		front_test(a_key_that_was_asked_for_is_asked_of_the_next_registrar),
		front_test(answers_to_nothing_are_passed_over),
		front_test(a_client_that_went_meanwhile_does_no_harm),
		front_test(many_at_once_are_each_answered_with_their_own),
		front_test(shutting_down_answers_what_is_under_way),
		front_test(a_certificate_that_comes_while_it_shuts_down_is_nothing_to_it),
		cmocka_unit_test_setup_teardown(a_crash_before_forwarding_tells_the_registrar_nothing, start_to_crash_before_forward, stop_front),
		cmocka_unit_test_setup_teardown(a_crash_before_the_reply_loses_the_reply_alone, start_to_crash_before_reply, stop_front),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
