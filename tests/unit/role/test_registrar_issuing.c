// From finalize to the certificate, with a signer that refuses, answers twice, out of turn or wrongly, and with requests that come together.
#include <stdlib.h>

#include "registrar_setup.h"
#include "store/sql.h"

static void an_order_is_prepared_recorded_issued_and_then_valid(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	rig_issues_it(&rig, &it);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_csr_that_the_signer_refuses_leaves_the_order_ready(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	rig_refused(&rig, &it.question, "badCSR", "weak-key");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 400, "badCSR");
	rig_can_be_finalized(&rig, &it);
}

static void evidence_that_the_signer_refuses_ends_the_order(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	rig_refused(&rig, &it.question, "unauthorized", "no-control");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "unauthorized");
	assert_state(&rig, ACME_ORDER, it.order.id, "invalid");
}

static void a_token_that_is_refused_is_looked_for_in_the_audit_log(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	(void)rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_refused(&rig, &issue, "serverInternal", "unknown-token");
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_not_issued(&rig, &recover);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
}

static void what_cannot_be_signed_three_times_leaves_the_order_ready(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	for (int i = 0; i < 3; i++) {
		if (i)
			it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
		(void)rig_prepared(&rig, &it.question);
		struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
		rig_refused(&rig, &issue, "serverInternal", "altered");
		struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
		rig_not_issued(&rig, &recover);
	}
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 500, "serverInternal");
	assert_true(answer.retry_after > 0);
	rig_can_be_finalized(&rig, &it);
}

static void answers_that_come_twice_count_once(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	struct prepared prepared = rig_prepared(&rig, &it.question);
	(void)rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	assert_true(view_equal(ipc_message_bytes(&issue, IPC_TOKEN), prepared.token));
	rig_issued(&rig, &issue, &prepared);
	rig_issued(&rig, &issue, &prepared);
	rig_refused(&rig, &issue, "serverInternal", "unknown-token");
	rig_ends_valid(&rig, &it, &prepared);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void answers_out_of_turn_change_nothing(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	struct prepared never = {.serial = VIEW_LIT("a serial"), .der = VIEW_LIT("a certificate")};
	struct ipc_message unknown = {.id = 4711};
	(void)state;
	rig_issued(&rig, &it.question, &never); // before there was anything to sign
	rig_issued(&rig, &unknown, &never);
	rig_refused(&rig, &unknown, "badCSR", "weak-key");
	rig_issues_it(&rig, &it);
}

static void what_was_prepared_for_an_order_that_ended_meanwhile_is_forgotten(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	assert_int_equal(rig_call(&rig, ACME_AUTHZ, it.order.authzs[0], "{\"status\":\"deactivated\"}").status, 200);
	struct prepared prepared = rig_prepared(&rig, &it.question);
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared.serial));
	assert_true(ipc_message_has(&recover, IPC_TIME)); // so that the log is not searched to its beginning
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "orderNotReady");
	rig_not_issued(&rig, &recover);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_state(&rig, ACME_ORDER, it.order.id, "invalid");
}

static void sixty_four_equal_finalize_requests_make_one_certificate(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 0)};
	uint64_t ids[64];
	const char *csr = rig_csr(&rig, &it.order);
	(void)state;
	for (size_t i = 0; i < 64; i++)
		ids[i] = rig_ask(&rig, ACME_FINALIZE, it.order.id, NULL, csr);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT)); // the others wait for the first
	struct prepared prepared = rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	for (size_t i = 64; i; i--) { // the first, and then the last of the others
		struct answer answer = rig_answer(&rig, ids[i % 64]);
		assert_int_equal(answer.status, 200);
		assert_string_equal(answer.state, "valid");
	}
	assert_certified(&rig, &it.order, &prepared);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void another_csr_for_an_order_under_way_is_refused(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	uint64_t other = rig_finalize(&rig, &it.order); // signed anew: another CSR
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	struct prepared prepared = rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	assert_string_equal(rig_answer(&rig, it.id).state, "valid");
	struct answer answer = rig_answer(&rig, other);
	assert_problem(&answer, 403, "orderNotReady");
	assert_certified(&rig, &it.order, &prepared);
}

static void a_certificate_that_is_not_the_one_prepared_is_not_recorded(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example"), other = rig_finalized(&rig, "two.example");
	(void)state;
	struct prepared prepared = rig_prepared(&rig, &it.question), of_other = rig_prepared(&rig, &other.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE), issue_other = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &of_other);
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 500, "serverInternal");
	rig_issued(&rig, &issue_other, &of_other);
	rig_ends_valid(&rig, &other, &of_other);
	assert_state(&rig, ACME_ORDER, it.order.id, "processing");
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_issued(&rig, &recover, &prepared);
	assert_certified(&rig, &it.order, &prepared);
}

static void a_finalize_request_of_an_older_key_can_be_made_again(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	rig_refused(&rig, &it.question, "unauthorized", "forged-finalize");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "unauthorized");
	rig_can_be_finalized(&rig, &it);
}

// Renewals are looked at where domains are limited.
static int set_up_limited(void **state)
{
	(void)state;
	rig_start(&rig, "limits { certificates-per-domain = \"50 per 7d\" }\n");
	return 0;
}

// Says that the order replaces a certificate that isn't there.
static int break_order(struct store_txn *txn, void *context)
{
	cleanup_sql q = sql_begin(txn, "UPDATE orders SET replaces = x'07' WHERE id = ?1");
	sql_bind_int(&q, atoll(((const struct order *)context)->id));
	return sql_run_cas(&q);
}

static void an_order_that_refers_to_what_is_missing_is_our_fault_and_not_unknown(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	(void)state;
	rig_run(&rig, break_order, &order);
	struct answer answer = rig_answer(&rig, rig_finalize(&rig, &order));
	assert_problem(&answer, 500, "serverInternal");
	answer = rig_call(&rig, ACME_ORDER, order.id, NULL);
	assert_problem(&answer, 500, "serverInternal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(an_order_is_prepared_recorded_issued_and_then_valid),
		registrar_test(a_csr_that_the_signer_refuses_leaves_the_order_ready),
		registrar_test(evidence_that_the_signer_refuses_ends_the_order),
		registrar_test(a_token_that_is_refused_is_looked_for_in_the_audit_log),
		registrar_test(what_cannot_be_signed_three_times_leaves_the_order_ready),
		registrar_test(answers_that_come_twice_count_once),
		registrar_test(answers_out_of_turn_change_nothing),
		registrar_test(what_was_prepared_for_an_order_that_ended_meanwhile_is_forgotten),
		registrar_test(sixty_four_equal_finalize_requests_make_one_certificate),
		registrar_test(another_csr_for_an_order_under_way_is_refused),
		registrar_test(a_certificate_that_is_not_the_one_prepared_is_not_recorded),
		registrar_test(a_finalize_request_of_an_older_key_can_be_made_again),
		cmocka_unit_test_setup_teardown(an_order_that_refers_to_what_is_missing_is_our_fault_and_not_unknown, set_up_limited, stop_registrar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
