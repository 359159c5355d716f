// CAA records at finalize: receipts of eight hours ago are made fresh, and a name that they forbid by now gets no certificate.
#include "registrar_setup.h"

static void caa_receipts_older_than_eight_hours_are_made_fresh(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 8 * XICA_HOUR)};
	struct view bytes;
	struct receipt receipt;
	(void)state;
	it.id = rig_finalize(&rig, &it.order);
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	assert_view(ipc_message_bytes(&question, IPC_IDENTIFIER), "one.example");
	assert_view(ipc_message_bytes(&question, IPC_METHOD), "http-01");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	rig_allow(&rig, &question);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	for (size_t i = 0; i < 2; i++) {
		assert_true(ipc_message_nth(&it.question, IPC_RECEIPT, i, &bytes));
		assert_int_equal(receipt_peek(bytes, &receipt), 0);
		assert_true(receipt.expires > clock_now() + XICA_HOUR);
	}
	rig_issues_it(&rig, &it);
}

static void caa_receipts_of_less_than_eight_hours_are_good(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 7 * XICA_HOUR)};
	(void)state;
	it.id = rig_finalize(&rig, &it.order);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
}

static void caa_records_that_forbid_at_finalize_leave_the_order_ready(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 8 * XICA_HOUR)};
	(void)state;
	it.id = rig_finalize(&rig, &it.order);
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	rig_invalid(&rig, &question, "caa");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "caa");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	it.id = rig_finalize(&rig, &it.order);
	question = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	rig_allow(&rig, &question);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
}

// Two names, whose CAA records are asked for both.
static struct under_way with_two_checks(struct ipc_message questions[2])
{
	struct under_way it = {.order = rig_order(&rig, "one.example", "two.example")};
	for (size_t i = 0; i < 2; i++) {
		struct ipc_message question = rig_challenge(&rig, it.order.authzs[i], "http-01");
		rig_prove(&rig, &question, 8 * XICA_HOUR);
		assert_state(&rig, ACME_AUTHZ, it.order.authzs[i], "valid");
	}
	assert_state(&rig, ACME_ORDER, it.order.id, "ready");
	it.id = rig_finalize(&rig, &it.order);
	questions[0] = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	questions[1] = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	return it;
}

static void one_name_of_two_that_caa_forbids_is_enough_to_refuse(void **state)
{
	struct ipc_message questions[2];
	struct under_way it = with_two_checks(questions);
	(void)state;
	rig_invalid(&rig, &questions[0], "caa");
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	rig_allow(&rig, &questions[1]);
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "caa");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_state(&rig, ACME_ORDER, it.order.id, "ready");
}

static void a_validator_that_went_is_asked_again_for_what_it_still_owes(void **state)
{
	struct ipc_message questions[2];
	struct under_way it = with_two_checks(questions);
	(void)state;
	rig_allow(&rig, &questions[0]);
	(void)rig_call(&rig, ACME_ORDER, it.order.id, NULL);
	rig_disconnect(&rig, RIG_VALIDATOR);
	rig_connect(&rig, RIG_VALIDATOR);
	struct ipc_message again = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	assert_true(again.id == questions[1].id);
	rig_allow(&rig, &again);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
}

static void an_answer_that_is_no_caa_receipt_is_none(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 8 * XICA_HOUR)};
	cleanup_buf message = BUF_INIT;
	(void)state;
	it.id = rig_finalize(&rig, &it.order);
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_CHECK_CAA);
	ipc_message_begin(&message, IPC_VALIDATED, question.id);
	ipc_message_add_str(&message, IPC_RECEIPT, "nothing that is a receipt");
	rig_send(&rig, RIG_VALIDATOR, &message);
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 500, "serverInternal");
	assert_state(&rig, ACME_ORDER, it.order.id, "ready");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(caa_receipts_older_than_eight_hours_are_made_fresh),
		registrar_test(caa_receipts_of_less_than_eight_hours_are_good),
		registrar_test(caa_records_that_forbid_at_finalize_leave_the_order_ready),
		registrar_test(one_name_of_two_that_caa_forbids_is_enough_to_refuse),
		registrar_test(a_validator_that_went_is_asked_again_for_what_it_still_owes),
		registrar_test(an_answer_that_is_no_caa_receipt_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
