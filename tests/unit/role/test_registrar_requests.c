// Requests as the fronts hand them over: equal ones at once, fronts that go, a database that can't be written.
#include <sqlite3.h>
#include <stdlib.h>

#include "registrar_setup.h"

static const char ORDER[] = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"one.example\"}]}";

static void sixty_four_equal_orders_are_one(void **state)
{
	uint64_t ids[64];
	const char *location = NULL;
	(void)state;
	for (size_t i = 0; i < 64; i++)
		ids[i] = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, ORDER);
	for (size_t i = 0; i < 64; i++) {
		struct answer answer = rig_answer(&rig, ids[i]);
		assert_int_equal(answer.status, 201);
		if (location)
			assert_string_equal(answer.location, location);
		location = answer.location;
	}
}

static void sixty_four_equal_accounts_are_one(void **state)
{
	uint64_t ids[64];
	(void)state;
	for (size_t i = 0; i < 64; i++)
		ids[i] = rig_ask(&rig, ACME_NEW_ACCOUNT, NULL, NULL, "{\"termsOfServiceAgreed\":true}");
	for (size_t i = 0; i < 64; i++) {
		struct answer answer = rig_answer(&rig, ids[i]);
		assert_int_equal(answer.status, 200); // rig_start opened it
		assert_int_equal(strtoll(strrchr(answer.location, '/') + 1, NULL, 10), rig.account);
	}
}

static void an_answer_goes_to_the_front_that_asked_and_to_no_other(void **state)
{
	(void)state;
	uint64_t id = rig_ask_by(&rig, RIG_OTHER_FRONT, ACME_NEW_ORDER, NULL, NULL, ORDER);
	struct ipc_message reply = rig_take(&rig, RIG_OTHER_FRONT, IPC_HTTP_REPLY);
	assert_true(reply.id == id);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
}

static void a_deactivated_account_can_do_nothing_more(void **state)
{
	const char *self = arena_printf(&rig.arena, "%lld", (long long)rig.account);
	struct order order = rig_ready_order(&rig, "one.example", 0);
	(void)state;
	assert_int_equal(rig_call(&rig, ACME_ACCOUNT, self, "{\"status\":\"deactivated\"}").status, 200);
	struct ipc_message note = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	assert_non_null(strstr(arena_strdup(&rig.arena, ipc_message_bytes(&note, IPC_BODY)), "\"status\":\"deactivated\""));
	struct answer answers[] = {rig_call(&rig, ACME_ORDER, order.id, NULL), rig_call(&rig, ACME_NEW_ORDER, NULL, ORDER),
		rig_answer(&rig, rig_finalize(&rig, &order)), rig_call(&rig, ACME_NEW_ACCOUNT, NULL, "{\"termsOfServiceAgreed\":true}")};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_problem(&answers[i], 403, "unauthorized");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_key_that_is_not_the_accounts_is_told_to_the_front(void **state)
{
	(void)state;
	rig.thumbprint[0] ^= 1;
	uint64_t id = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, ORDER);
	rig.thumbprint[0] ^= 1;
	assert_int_equal(rig_answer(&rig, id).status, 0);
}

static void what_the_database_cannot_take_is_no_answer_about_accounts(void **state)
{
	sqlite3 *db = NULL;
	cleanup_buf question = BUF_INIT;
	(void)state;
	assert_int_equal(sqlite3_open(rig.config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ipc_message_begin(&question, IPC_ACCOUNT_KEY, ++rig.last_id);
	ipc_message_add_u64(&question, IPC_ACCOUNT, (uint64_t)rig.account);
	rig_send(&rig, RIG_FRONT, &question);
	struct answer answer = rig_answer(&rig, rig.last_id); // not: there is no such account
	assert_problem(&answer, 503, "serverInternal");
	answer = rig_call(&rig, ACME_NEW_ORDER, NULL, ORDER);
	assert_problem(&answer, 503, "serverInternal");
	assert_true(answer.retry_after > 0);
	assert_null(answer.location);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(rig_call(&rig, ACME_NEW_ORDER, NULL, ORDER).status, 201);
}

static const char *expiry(enum acme_endpoint endpoint, const char *id)
{
	const char *at = strstr(rig_call(&rig, endpoint, id, NULL).body, "\"expires\":\"");
	assert_non_null(at);
	return arena_strdup(&rig.arena, view_bytes(at + strlen("\"expires\":\""), strlen("2026-01-01T00:00:00Z")));
}

static void no_order_outlives_its_authorizations(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	(void)state;
	assert_string_equal(expiry(ACME_ORDER, order.id), expiry(ACME_AUTHZ, order.authzs[0]));
}

static int set_up_short_authorizations(void **state)
{
	(void)state;
	rig_start(&rig, "orders { authorization-lifetime = 1h }\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(sixty_four_equal_orders_are_one),
		registrar_test(sixty_four_equal_accounts_are_one),
		registrar_test(an_answer_goes_to_the_front_that_asked_and_to_no_other),
		registrar_test(a_deactivated_account_can_do_nothing_more),
		registrar_test(a_key_that_is_not_the_accounts_is_told_to_the_front),
		registrar_test(what_the_database_cannot_take_is_no_answer_about_accounts),
		cmocka_unit_test_setup_teardown(no_order_outlives_its_authorizations, set_up_short_authorizations, stop_registrar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
