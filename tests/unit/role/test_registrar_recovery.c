// From finalize to the certificate when signer, front or registrar go on the way: each is asked again for what it owes, and nothing is signed twice.
#include "registrar_setup.h"

static void a_signer_that_went_while_preparing_is_asked_again(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	rig_signer_comes_back(&rig);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
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
	rig_issues_it(&rig, &it);
}

static void what_a_signer_signed_before_it_went_is_recovered(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	struct prepared prepared;
	struct ipc_message recover = rig_recovering(&rig, &it, &prepared);
	(void)state;
	rig_issued(&rig, &recover, &prepared);
	rig_ends_valid(&rig, &it, &prepared);
}

static void what_was_not_signed_begins_again_with_another_serial(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	struct prepared prepared;
	struct ipc_message recover = rig_recovering(&rig, &it, &prepared);
	(void)state;
	rig_not_issued(&rig, &recover);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
}

static void a_signer_that_went_while_recovering_is_asked_again(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	struct prepared prepared;
	(void)state;
	(void)rig_recovering(&rig, &it, &prepared);
	rig_signer_comes_back(&rig);
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	rig_issued(&rig, &recover, &prepared);
	rig_ends_valid(&rig, &it, &prepared);
}

static void a_certificate_is_finished_for_a_front_that_has_gone(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
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
	struct under_way it = rig_finalized(&rig, "one.example");
	(void)state;
	relaunch();
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_state(&rig, ACME_ORDER, it.order.id, "ready");
	it.id = rig_finalize(&rig, &it.order);
	it.question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_issues_it(&rig, &it);
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
	struct under_way it = rig_finalized(&rig, "one.example");
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
	struct under_way it = rig_finalized(&rig, "one.example");
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

static void what_the_audit_log_cannot_tell_is_asked_again_later(void **state)
{
	struct under_way it = rig_finalized(&rig, "one.example");
	struct prepared prepared;
	struct ipc_message recover = rig_recovering(&rig, &it, &prepared);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(a_signer_that_went_while_preparing_is_asked_again),
		registrar_test(a_signer_that_is_away_at_finalize_is_asked_when_it_comes),
		registrar_test(what_a_signer_signed_before_it_went_is_recovered),
		registrar_test(what_was_not_signed_begins_again_with_another_serial),
		registrar_test(a_signer_that_went_while_recovering_is_asked_again),
		registrar_test(a_certificate_is_finished_for_a_front_that_has_gone),
		registrar_test(a_registrar_that_died_before_the_serial_was_recorded_leaves_a_ready_order),
		registrar_test(a_registrar_that_died_while_the_signer_was_away_begins_again),
		registrar_test(a_registrar_that_died_while_the_signer_signed_asks_what_became_of_it),
		registrar_test(a_registrar_that_died_before_the_signer_signed_begins_again),
		registrar_test(what_the_audit_log_cannot_tell_is_asked_again_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
