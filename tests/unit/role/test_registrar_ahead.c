// What comes along with an answer is what the registrar would answer to the read itself.
#include <stdlib.h>

#include "registrar_setup.h"
#include "store/authz.h"

static struct ipc_message reply_to(uint64_t id)
{
	struct ipc_message reply = rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
	assert_int_equal(reply.id, id);
	return reply;
}

static size_t count_ahead(const struct ipc_message *reply)
{
	size_t count = 0;
	struct view ahead;
	while (ipc_message_nth(reply, IPC_AHEAD, count, &ahead))
		count++;
	return count;
}

// The last part of the path that it answers.
static const char *object_of(const struct ipc_message *ahead)
{
	const char *url = arena_strdup(&rig.arena, ipc_message_bytes(ahead, IPC_URL));
	assert_non_null(url);
	return strrchr(url, '/') + 1;
}

static void assert_same(const struct ipc_message *one, const struct ipc_message *other)
{
	static const enum ipc_field FIELDS[] = {IPC_STATUS, IPC_CONTENT_TYPE, IPC_BODY, IPC_LOCATION, IPC_LINK, IPC_RETRY_AFTER};
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
		struct view a = VIEW_NONE, b = VIEW_NONE;
		for (size_t n = 0; ipc_message_nth(one, FIELDS[i], n, &a) | ipc_message_nth(other, FIELDS[i], n, &b); n++, a = b = VIEW_NONE)
			assert_true(view_equal(a, b));
	}
}

static void assert_ahead(const struct ipc_message *reply, size_t n, enum acme_endpoint endpoint)
{
	struct view bytes;
	struct ipc_message ahead;
	assert_true(ipc_message_nth(reply, IPC_AHEAD, n, &bytes));
	assert_int_equal(ipc_message_parse(bytes, &rig.arena, &ahead), 0);
	assert_int_equal(ahead.type, IPC_HTTP_REPLY);
	struct ipc_message read = reply_to(rig_ask(&rig, endpoint, object_of(&ahead), NULL, NULL));
	assert_true(ipc_message_has(&read, IPC_BODY));
	assert_same(&ahead, &read);
}

static void a_new_orders_authorizations_come_along(void **state)
{
	(void)state;
	struct ipc_message reply = reply_to(rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL,
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.example\"},{\"type\":\"dns\",\"value\":\"b.example\"}]}"));
	assert_int_equal(count_ahead(&reply), 2);
	assert_ahead(&reply, 0, ACME_AUTHZ);
	assert_ahead(&reply, 1, ACME_AUTHZ);
}

static struct ipc_message ask_for_letter(const char *authz)
{
	(void)rig_ask_by(&rig, RIG_OTHER_FRONT, ACME_CHALLENGE, authz, "email-01", "{\"address\":\"hostmaster@a.example\"}");
	return rig_take(&rig, RIG_VALIDATOR, IPC_CODE_SEND);
}

static void say_sent(const struct ipc_message *question)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CODE_SENT, question->id);
	ipc_message_add_u64(&message, IPC_EXPIRES, (uint64_t)clock_now() + 900);
	ipc_message_add_u64(&message, IPC_TRIES_LEFT, 5);
	rig_send(&rig, RIG_VALIDATOR, &message);
	(void)rig_take(&rig, RIG_OTHER_FRONT, IPC_HTTP_REPLY);
}

// A wildcard, a service, a name below one that is to be proven for it, and one with a letter that waits for its code: as each would be read.
static void whatever_is_authorized_comes_along_as_it_is(void **state)
{
	struct order order = rig_order(&rig, "a.example", NULL);
	struct ipc_message question = ask_for_letter(order.authzs[0]);
	(void)state;
	say_sent(&question);
	struct ipc_message reply = reply_to(rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL,
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"*.b.example\"},{\"type\":\"srv\",\"value\":\"_xmpp-server.c.example\"},"
		"{\"type\":\"dns\",\"value\":\"d.e.example\",\"ancestorDomain\":\"e.example\"},{\"type\":\"dns\",\"value\":\"a.example\"}]}"));
	assert_int_equal(count_ahead(&reply), 4);
	for (size_t i = 0; i < 4; i++)
		assert_ahead(&reply, i, ACME_AUTHZ);
}

static void of_many_the_first_come_along(void **state)
{
	cleanup_buf payload = BUF_INIT;
	(void)state;
	buf_add_str(&payload, "{\"identifiers\":[");
	for (int i = 0; i <= 8; i++)
		buf_addf(&payload, "%s{\"type\":\"dns\",\"value\":\"%c.example\"}", i ? "," : "", 'a' + i);
	buf_add_str(&payload, "]}");
	struct ipc_message reply = reply_to(rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, buf_cstr(&payload)));
	assert_int_equal(count_ahead(&reply), 8);
}

static void a_refused_order_has_nothing(void **state)
{
	(void)state;
	struct ipc_message reply = reply_to(rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, "{\"identifiers\":[]}"));
	assert_int_equal(count_ahead(&reply), 0);
}

// A proof under way changes it without its client.
static void an_authorization_in_processing_does_not(void **state)
{
	static const char ORDER[] = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.example\"}]}";
	(void)state;
	struct order order = rig_order(&rig, "a.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "dns-01");
	struct ipc_message reply = reply_to(rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, ORDER));
	assert_int_equal(count_ahead(&reply), 0);
	rig_prove(&rig, &question, 0);
}

static size_t count_with_another_order(const char *name)
{
	struct ipc_message reply = reply_to(rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL,
		arena_printf(&rig.arena, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}]}", name)));
	return count_ahead(&reply);
}

// Its row says nothing of it while the request that began it waits.
static void an_authorization_whose_proof_has_just_begun_does_not(void **state)
{
	struct order order = rig_order(&rig, "a.example", NULL);
	uint64_t id = rig_ask_by(&rig, RIG_OTHER_FRONT, ACME_CHALLENGE, order.authzs[0], "dns-01", "{}");
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	(void)state;
	assert_int_equal(count_with_another_order("a.example"), 0);
	rig_prove(&rig, &question, 0);
	assert_int_equal(rig_take(&rig, RIG_OTHER_FRONT, IPC_HTTP_REPLY).id, id);
	assert_int_equal(count_with_another_order("a.example"), 1);
}

static void an_authorization_whose_letter_is_on_its_way_does_not(void **state)
{
	struct order order = rig_order(&rig, "a.example", NULL);
	struct ipc_message question = ask_for_letter(order.authzs[0]);
	(void)state;
	assert_int_equal(count_with_another_order("a.example"), 0);
	say_sent(&question);
	assert_int_equal(count_with_another_order("a.example"), 1);
}

static const char *text_of(const struct ipc_message *message, enum ipc_field field)
{
	return arena_strdup(&rig.arena, ipc_message_bytes(message, field));
}

// Whoever got the letter is no client whose requests its account's front counts.
static void a_code_that_is_confirmed_on_the_site_takes_it_back(void **state)
{
	struct order order = rig_order(&rig, "a.example", NULL);
	struct ipc_message question = ask_for_letter(order.authzs[0]);
	const char *link = strchr(text_of(&question, IPC_URL), '#') + 1;
	(void)state;
	say_sent(&question);
	uint64_t id = rig_site_ask(&rig, "192.0.2.1", "/api/code",
		arena_printf(&rig.arena, "{\"authz\":\"%.*s\",\"code\":\"ABCD-EFGH\"}", (int)strcspn(link, "."), link));
	(void)rig_take(&rig, RIG_FRONT, IPC_AHEAD_DROP);
	(void)rig_take(&rig, RIG_OTHER_FRONT, IPC_AHEAD_DROP);
	question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	rig_prove(&rig, &question, 0);
	assert_int_equal(rig_answer(&rig, id).status, 200);
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "valid");
}

static int end_soon(struct store_txn *txn, void *context)
{
	const struct order *order = context;
	return store_authz_change(txn, atoll(order->authzs[0]), STORE_AUTHZ_PENDING, STORE_AUTHZ_PENDING, clock_now() + 5);
}

static void an_authorization_that_is_about_to_end_does_not(void **state)
{
	struct order order = rig_order(&rig, "a.example", NULL);
	(void)state;
	assert_int_equal(count_with_another_order("a.example"), 1);
	rig_run(&rig, end_soon, &order);
	assert_int_equal(count_with_another_order("a.example"), 0);
}

static void the_certificate_comes_along_with_its_order(void **state)
{
	(void)state;
	struct order order = rig_ready_order(&rig, "a.example", 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	struct ipc_message reply = reply_to(id);
	assert_int_equal(count_ahead(&reply), 1);
	assert_ahead(&reply, 0, ACME_CERTIFICATE);
	reply = reply_to(rig_ask(&rig, ACME_ORDER, order.id, NULL, NULL)); // whoever polls
	assert_int_equal(count_ahead(&reply), 1);
	assert_ahead(&reply, 0, ACME_CERTIFICATE);
}

static void what_an_operator_does_takes_it_back_at_every_front(void **state)
{
	(void)state;
	assert_non_null(strstr(rig_command(&rig, "{\"command\":\"account-suspend\",\"account\":1}"), "suspended"));
	(void)rig_take(&rig, RIG_FRONT, IPC_AHEAD_DROP);
	(void)rig_take(&rig, RIG_OTHER_FRONT, IPC_AHEAD_DROP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(a_new_orders_authorizations_come_along),
		registrar_test(whatever_is_authorized_comes_along_as_it_is),
		registrar_test(of_many_the_first_come_along),
		registrar_test(a_refused_order_has_nothing),
		registrar_test(an_authorization_in_processing_does_not),
		registrar_test(an_authorization_whose_proof_has_just_begun_does_not),
		registrar_test(an_authorization_whose_letter_is_on_its_way_does_not),
		registrar_test(a_code_that_is_confirmed_on_the_site_takes_it_back),
		registrar_test(an_authorization_that_is_about_to_end_does_not),
		registrar_test(the_certificate_comes_along_with_its_order),
		registrar_test(what_an_operator_does_takes_it_back_at_every_front),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
