// From finalize to the certificate, with a signer and a validator that answer late, twice, wrongly or not at all.
#include <stdlib.h>

#include "registrar_rig.h"
#include "store/sql.h"

static struct rig rig;

static int set_up(void **state)
{
	(void)state;
	rig_start(&rig, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

// An order whose finalize request is under way: the signer is asked to prepare.
struct under_way {
	struct order order;
	uint64_t id;
	struct ipc_message question;
};

static struct under_way finalized(const char *name)
{
	struct under_way it = {.order = rig_ready_order(&rig, name, 0)};
	it.id = rig_finalize(&rig, &it.order);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	return it;
}

static void signer_comes_back(void)
{
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
}

static void ends_valid(struct under_way *it, const struct prepared *prepared)
{
	struct answer answer = rig_answer(&rig, it->id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "valid");
	assert_certified(&rig, &it->order, prepared);
}

// PREPARED and ISSUED, as a good signer says them.
static void issues_it(struct under_way *it)
{
	struct prepared prepared = rig_prepared(&rig, &it->question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	assert_true(view_equal(ipc_message_bytes(&issue, IPC_TOKEN), prepared.token));
	rig_issued(&rig, &issue, &prepared);
	ends_valid(it, &prepared);
}

// A new finalize request of the same order, which ends well.
static void can_be_finalized(struct under_way *it)
{
	assert_state(&rig, ACME_ORDER, it->order.id, "ready");
	it->id = rig_finalize(&rig, &it->order);
	it->question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(it);
}

static void an_order_is_prepared_recorded_issued_and_then_valid(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	issues_it(&it);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_csr_that_the_signer_refuses_leaves_the_order_ready(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	rig_refused(&rig, &it.question, "badCSR", "weak-key");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 400, "badCSR");
	can_be_finalized(&it);
}

static void evidence_that_the_signer_refuses_ends_the_order(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	rig_refused(&rig, &it.question, "unauthorized", "no-control");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "unauthorized");
	assert_state(&rig, ACME_ORDER, it.order.id, "invalid");
}

static void a_signer_that_went_while_preparing_is_asked_again(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	signer_comes_back();
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(&it);
}

static void a_signer_that_is_away_at_finalize_is_asked_when_it_comes(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 0)};
	(void)state;
	rig_disconnect(&rig, RIG_SIGNER);
	it.id = rig_finalize(&rig, &it.order);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	rig_connect(&rig, RIG_SIGNER);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(&it);
}

// Up to RECOVER: the signer went with the answer to ISSUE.
static struct ipc_message recovering(struct under_way *it, struct prepared *prepared)
{
	*prepared = rig_prepared(&rig, &it->question);
	(void)rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	signer_comes_back();
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared->serial));
	return recover;
}

static void what_a_signer_signed_before_it_went_is_recovered(void **state)
{
	struct under_way it = finalized("one.example");
	struct prepared prepared;
	struct ipc_message recover = recovering(&it, &prepared);
	(void)state;
	rig_issued(&rig, &recover, &prepared);
	ends_valid(&it, &prepared);
}

static void what_was_not_signed_begins_again_with_another_serial(void **state)
{
	struct under_way it = finalized("one.example");
	struct prepared prepared;
	struct ipc_message recover = recovering(&it, &prepared);
	(void)state;
	rig_not_issued(&rig, &recover);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(&it);
}

static void a_signer_that_went_while_recovering_is_asked_again(void **state)
{
	struct under_way it = finalized("one.example");
	struct prepared prepared;
	(void)state;
	(void)recovering(&it, &prepared);
	signer_comes_back();
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_issued(&rig, &recover, &prepared);
	ends_valid(&it, &prepared);
}

static void a_token_that_is_refused_is_looked_for_in_the_audit_log(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	(void)rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_refused(&rig, &issue, "serverInternal", "unknown-token");
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_not_issued(&rig, &recover);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(&it);
}

static void what_cannot_be_signed_three_times_leaves_the_order_ready(void **state)
{
	struct under_way it = finalized("one.example");
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
	can_be_finalized(&it);
}

static void answers_that_come_twice_count_once(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	struct prepared prepared = rig_prepared(&rig, &it.question);
	(void)rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	assert_true(view_equal(ipc_message_bytes(&issue, IPC_TOKEN), prepared.token));
	rig_issued(&rig, &issue, &prepared);
	rig_issued(&rig, &issue, &prepared);
	rig_refused(&rig, &issue, "serverInternal", "unknown-token");
	ends_valid(&it, &prepared);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void answers_out_of_turn_change_nothing(void **state)
{
	struct under_way it = finalized("one.example");
	struct prepared never = {.serial = VIEW_LIT("a serial"), .der = VIEW_LIT("a certificate")};
	struct ipc_message unknown = {.id = 4711};
	(void)state;
	rig_issued(&rig, &it.question, &never); // before there was anything to sign
	rig_issued(&rig, &unknown, &never);
	rig_refused(&rig, &unknown, "badCSR", "weak-key");
	issues_it(&it);
}

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
	issues_it(&it);
}

static void caa_receipts_of_less_than_eight_hours_are_good(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 7 * XICA_HOUR)};
	(void)state;
	it.id = rig_finalize(&rig, &it.order);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(&it);
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
	issues_it(&it);
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
	issues_it(&it);
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

static void a_certificate_is_finished_for_a_front_that_has_gone(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	rig_disconnect(&rig, RIG_FRONT);
	struct prepared prepared = rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_connect(&rig, RIG_FRONT);
	rig_issued(&rig, &issue, &prepared);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT)); // the answer was for the front before
	assert_certified(&rig, &it.order, &prepared);
}

static void relaunch(void)
{
	rig_kill(&rig);
	rig_launch(&rig);
}

static void a_registrar_that_died_before_the_serial_was_recorded_leaves_a_ready_order(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	relaunch();
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_state(&rig, ACME_ORDER, it.order.id, "ready");
	it.id = rig_finalize(&rig, &it.order);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	issues_it(&it);
}

// There the order is in processing on disk.
static void a_registrar_that_died_while_the_signer_was_away_begins_again(void **state)
{
	struct under_way it = {.order = rig_ready_order(&rig, "one.example", 0)};
	(void)state;
	rig_disconnect(&rig, RIG_SIGNER);
	it.id = rig_finalize(&rig, &it.order);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	relaunch();
	assert_state(&rig, ACME_ORDER, it.order.id, "processing");
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	assert_certified(&rig, &it.order, &prepared);
}

static void a_registrar_that_died_while_the_signer_signed_asks_what_became_of_it(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	struct prepared prepared = rig_prepared(&rig, &it.question);
	(void)rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	relaunch();
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared.serial));
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER)); // it is not begun a second time meanwhile
	rig_issued(&rig, &recover, &prepared);
	assert_certified(&rig, &it.order, &prepared);
}

static void a_registrar_that_died_before_the_signer_signed_begins_again(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	(void)rig_prepared(&rig, &it.question);
	(void)rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	relaunch();
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_not_issued(&rig, &recover);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &it.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	assert_certified(&rig, &it.order, &prepared);
}

static void what_was_prepared_for_an_order_that_ended_meanwhile_is_forgotten(void **state)
{
	struct under_way it = finalized("one.example");
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
	struct under_way it = finalized("one.example");
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

static void what_the_audit_log_cannot_tell_is_asked_again_later(void **state)
{
	struct under_way it = finalized("one.example");
	struct prepared prepared;
	struct ipc_message recover = recovering(&it, &prepared);
	(void)state;
	rig_refused(&rig, &recover, "serverInternal", "internal");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 500, "serverInternal");
	assert_true(answer.retry_after > 0);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER)); // not at once
	assert_state(&rig, ACME_ORDER, it.order.id, "processing");
	recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared.serial));
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER)); // nor is the order begun again beside it
	rig_issued(&rig, &recover, &prepared);
	assert_certified(&rig, &it.order, &prepared);
}

static void a_certificate_that_is_not_the_one_prepared_is_not_recorded(void **state)
{
	struct under_way it = finalized("one.example"), other = finalized("two.example");
	(void)state;
	struct prepared prepared = rig_prepared(&rig, &it.question), of_other = rig_prepared(&rig, &other.question);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE), issue_other = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &of_other);
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 500, "serverInternal");
	rig_issued(&rig, &issue_other, &of_other);
	ends_valid(&other, &of_other);
	assert_state(&rig, ACME_ORDER, it.order.id, "processing");
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_issued(&rig, &recover, &prepared);
	assert_certified(&rig, &it.order, &prepared);
}

static void a_finalize_request_of_an_older_key_can_be_made_again(void **state)
{
	struct under_way it = finalized("one.example");
	(void)state;
	rig_refused(&rig, &it.question, "unauthorized", "forged-finalize");
	struct answer answer = rig_answer(&rig, it.id);
	assert_problem(&answer, 403, "unauthorized");
	can_be_finalized(&it);
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
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(an_order_is_prepared_recorded_issued_and_then_valid),
		T(a_csr_that_the_signer_refuses_leaves_the_order_ready),
		T(evidence_that_the_signer_refuses_ends_the_order),
		T(a_signer_that_went_while_preparing_is_asked_again),
		T(a_signer_that_is_away_at_finalize_is_asked_when_it_comes),
		T(what_a_signer_signed_before_it_went_is_recovered),
		T(what_was_not_signed_begins_again_with_another_serial),
		T(a_signer_that_went_while_recovering_is_asked_again),
		T(a_token_that_is_refused_is_looked_for_in_the_audit_log),
		T(what_cannot_be_signed_three_times_leaves_the_order_ready),
		T(answers_that_come_twice_count_once),
		T(answers_out_of_turn_change_nothing),
		T(caa_receipts_older_than_eight_hours_are_made_fresh),
		T(caa_receipts_of_less_than_eight_hours_are_good),
		T(caa_records_that_forbid_at_finalize_leave_the_order_ready),
		T(one_name_of_two_that_caa_forbids_is_enough_to_refuse),
		T(a_validator_that_went_is_asked_again_for_what_it_still_owes),
		T(an_answer_that_is_no_caa_receipt_is_none),
		T(a_certificate_is_finished_for_a_front_that_has_gone),
		T(a_registrar_that_died_before_the_serial_was_recorded_leaves_a_ready_order),
		T(a_registrar_that_died_while_the_signer_was_away_begins_again),
		T(what_was_prepared_for_an_order_that_ended_meanwhile_is_forgotten),
		T(a_registrar_that_died_while_the_signer_signed_asks_what_became_of_it),
		T(a_registrar_that_died_before_the_signer_signed_begins_again),
		T(sixty_four_equal_finalize_requests_make_one_certificate),
		T(another_csr_for_an_order_under_way_is_refused),
		T(what_the_audit_log_cannot_tell_is_asked_again_later),
		T(a_certificate_that_is_not_the_one_prepared_is_not_recorded),
		T(a_finalize_request_of_an_older_key_can_be_made_again),
		cmocka_unit_test_setup_teardown(an_order_that_refers_to_what_is_missing_is_our_fault_and_not_unknown, set_up_limited, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
