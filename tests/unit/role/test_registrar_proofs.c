// From a challenge to what it proves, with a validator that answers late, twice, wrongly or not at all.
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "registrar_setup.h"

static void a_proof_makes_authorization_and_order_ready(void **state)
{
	struct order order = rig_order(&rig, "one.example", "two.example");
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_state(&rig, ACME_ORDER, order.id, "pending");
		struct ipc_message question = rig_challenge(&rig, order.authzs[i], "http-01");
		rig_prove(&rig, &question, 0);
		assert_state(&rig, ACME_AUTHZ, order.authzs[i], "valid");
	}
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void a_service_is_proven_by_dns_alone_and_asked_for_by_its_domain(void **state)
{
	struct answer answer = rig_call(&rig, ACME_NEW_AUTHZ, NULL, "{\"identifier\":{\"type\":\"srv\",\"value\":\"_xmpp-server.one.example\"}}");
	uint64_t type;
	(void)state;
	assert_int_equal(answer.status, 201);
	assert_non_null(strstr(answer.body, "_xmpp-server.one.example"));
	assert_non_null(strstr(answer.body, "dns-01"));
	assert_null(strstr(answer.body, "http-01"));
	assert_null(strstr(answer.body, "tls-alpn-01"));
	const char *authz = strrchr(answer.location, '/') + 1;
	struct ipc_message question = rig_challenge(&rig, authz, "dns-01");
	assert_int_equal(ipc_message_u64(&question, IPC_IDENTIFIER_TYPE, &type), 0);
	assert_int_equal(type, PKI_IDENTIFIER_SRV);
	assert_view(ipc_message_bytes(&question, IPC_IDENTIFIER), "one.example");
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_AUTHZ, authz, "valid");
}

static void a_failed_proof_ends_authorization_and_order_and_says_why(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	(void)state;
	rig_invalid(&rig, &question, "incorrectResponse");
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "invalid");
	assert_state(&rig, ACME_ORDER, order.id, "invalid");
	struct answer answer = rig_answer(&rig, rig_ask(&rig, ACME_CHALLENGE, order.authzs[0], "http-01", NULL));
	assert_string_equal(answer.state, "invalid");
	assert_non_null(strstr(answer.body, "what the validator saw"));
	assert_non_null(strstr(answer.body, "incorrectResponse"));
}

static void only_the_first_answer_to_a_question_counts(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	(void)state;
	rig_prove(&rig, &question, 0);
	rig_invalid(&rig, &question, "incorrectResponse");
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
	rig_invalid(&rig, &question, "incorrectResponse");
	assert_state(&rig, ACME_ORDER, order.id, "ready");
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "valid");
}

static void a_validator_that_went_is_asked_again(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	(void)state;
	rig_disconnect(&rig, RIG_VALIDATOR);
	rig_connect(&rig, RIG_VALIDATOR);
	struct ipc_message again = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	assert_true(view_equal(ipc_message_bytes(&question, IPC_TOKEN), ipc_message_bytes(&again, IPC_TOKEN)));
	rig_prove(&rig, &again, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void a_registrar_that_died_asks_for_every_proof_again(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	(void)rig_challenge(&rig, order.authzs[0], "http-01");
	(void)rig_challenge(&rig, order.authzs[0], "dns-01");
	rig_kill(&rig);
	rig_launch(&rig);
	struct ipc_message first = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE), second = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	assert_false(view_equal(ipc_message_bytes(&first, IPC_CHALLENGE), ipc_message_bytes(&second, IPC_CHALLENGE)));
	rig_prove(&rig, &second, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void sixty_four_answers_to_a_challenge_ask_the_validator_once(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t ids[64];
	(void)state;
	for (size_t i = 0; i < 64; i++)
		ids[i] = rig_ask(&rig, ACME_CHALLENGE, order.authzs[0], "http-01", "{}");
	for (size_t i = 1; i <= 64; i++) { // the first one waits a little for the outcome
		struct answer answer = rig_answer(&rig, ids[i % 64]);
		assert_int_equal(answer.status, 200);
		assert_string_equal(answer.state, "processing");
	}
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void a_client_hears_at_once_what_was_proven_while_it_waited(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	uint64_t id = rig_ask(&rig, ACME_CHALLENGE, order.authzs[0], "http-01", "{}");
	(void)state;
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	rig_prove(&rig, &question, 0);
	struct answer answer = rig_answer(&rig, id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "valid");
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

static void a_proof_for_what_was_deactivated_meanwhile_proves_nothing(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	(void)state;
	assert_int_equal(rig_call(&rig, ACME_AUTHZ, order.authzs[0], "{\"status\":\"deactivated\"}").status, 200);
	rig_prove(&rig, &question, 0);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "deactivated");
	assert_state(&rig, ACME_ORDER, order.id, "invalid");
}

static void a_second_proof_of_an_authorization_changes_neither_its_method_nor_its_end(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message first = rig_challenge(&rig, order.authzs[0], "http-01"), second = rig_challenge(&rig, order.authzs[0], "dns-01");
	struct receipt receipt;
	struct view bytes;
	(void)state;
	rig_prove(&rig, &first, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
	rig_prove(&rig, &second, 0);
	(void)rig_call(&rig, ACME_ORDER, order.id, NULL);
	(void)rig_finalize(&rig, &order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	for (size_t i = 0; i < 2; i++) {
		assert_true(ipc_message_nth(&prepare, IPC_RECEIPT, i, &bytes));
		assert_int_equal(receipt_peek(bytes, &receipt), 0);
		assert_int_equal(receipt.method, RECEIPT_HTTP_01);
	}
	rig_refused(&rig, &prepare, "badCSR", "weak-key");
}

static void a_receipt_for_another_name_proves_nothing(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	(void)state;
	rig_prove_for(&rig, &question, "two.example", 0);
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "invalid");
	assert_state(&rig, ACME_ORDER, order.id, "invalid");
}

static void an_answer_that_is_no_receipt_ends_the_challenge(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	cleanup_buf message = BUF_INIT;
	(void)state;
	ipc_message_begin(&message, IPC_VALIDATED, question.id);
	ipc_message_add_str(&message, IPC_RECEIPT, "nothing that is a receipt");
	rig_send(&rig, RIG_VALIDATOR, &message);
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "invalid");
	assert_non_null(strstr(rig_call(&rig, ACME_ORDER, order.id, NULL).body, "serverInternal"));
}

// Somebody else writes to the database for longer than the registrar waits.
static sqlite3 *lock_database(void)
{
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(rig.config.database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void a_proof_that_could_not_be_recorded_is_asked_for_again(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	struct ipc_message question = rig_challenge(&rig, order.authzs[0], "http-01");
	sqlite3 *db = lock_database();
	(void)state;
	rig_prove(&rig, &question, 0);
	(void)usleep(6000000);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	rig_prove(&rig, &question, 0);
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(a_proof_makes_authorization_and_order_ready),
		registrar_test(a_service_is_proven_by_dns_alone_and_asked_for_by_its_domain),
		registrar_test(a_failed_proof_ends_authorization_and_order_and_says_why),
		registrar_test(only_the_first_answer_to_a_question_counts),
		registrar_test(a_validator_that_went_is_asked_again),
		registrar_test(a_registrar_that_died_asks_for_every_proof_again),
		registrar_test(sixty_four_answers_to_a_challenge_ask_the_validator_once),
		registrar_test(a_client_hears_at_once_what_was_proven_while_it_waited),
		registrar_test(a_proof_for_what_was_deactivated_meanwhile_proves_nothing),
		registrar_test(a_second_proof_of_an_authorization_changes_neither_its_method_nor_its_end),
		registrar_test(a_receipt_for_another_name_proves_nothing),
		registrar_test(an_answer_that_is_no_receipt_ends_the_challenge),
		registrar_test(a_proof_that_could_not_be_recorded_is_asked_for_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
