// An account that is deactivated, or suspended by the operator, while a certificate for it is on its way (RFC 8555 §7.3.6): nothing is signed for it any more.
#include <stdlib.h>

#include "registrar_setup.h"
#include "store/account.h"
#include "store/order.h"

// The act's line in the audit log is on disk.
static void deactivate(void)
{
	const char *self = arena_printf(&rig.arena, "%lld", (long long)rig.account);
	assert_int_equal(rig_call(&rig, ACME_ACCOUNT, self, "{\"status\":\"deactivated\"}").status, 200);
	(void)rig_take_note(&rig);
}

static void command(const char *verb)
{
	const char *answer = rig_command(&rig, arena_printf(&rig.arena, "{\"command\":\"%s\",\"account\":%lld}", verb, (long long)rig.account));
	assert_null(strstr(answer, "\"error\""));
	(void)rig_take_note(&rig);
}

static void suspend(void)
{
	command("account-suspend");
}

static int close_account(struct store_txn *txn, void *context)
{
	(void)context;
	return store_account_change(txn, rig.account, STORE_ACCOUNT_VALID, STORE_ACCOUNT_DEACTIVATED);
}

// By nobody whose act is to be noted: where the signer is away.
static void ends(void)
{
	rig_run(&rig, close_account, NULL);
}

// --- what became of the order, which its account can't ask any more

struct look {
	int64_t id;
	struct arena *arena;
	struct store_order order;
};

static int look_at(struct store_txn *txn, void *context)
{
	struct look *look = context;
	return store_order_by_id(txn, look->id, look->arena, &look->order);
}

static void ended_unauthorized(const struct order *order)
{
	struct look look = {.id = atoll(order->id), .arena = &rig.arena};
	rig_run(&rig, look_at, &look);
	assert_int_equal(look.order.status, STORE_ORDER_INVALID);
	assert_non_null(strstr(arena_strdup(&rig.arena, look.order.error), "unauthorized"));
}

// The signer is told to forget the serial, and is asked for nothing more.
static void is_forgotten(const struct prepared *prepared)
{
	struct ipc_message forget = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(view_equal(ipc_message_bytes(&forget, IPC_SERIAL), prepared->serial));
	assert_true(ipc_message_has(&forget, IPC_TIME));
	rig_not_issued(&rig, &forget);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

// --- tests

static void ends_while_the_signer_prepares(void (*end)(void))
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	end();
	struct prepared prepared = rig_prepared(&rig, &prepare);
	is_forgotten(&prepared);
	struct answer answer = rig_answer(&rig, id);
	assert_problem(&answer, 403, "unauthorized");
	ended_unauthorized(&order);
}

static void an_account_that_is_deactivated_while_the_signer_prepares_gets_no_certificate(void **state)
{
	(void)state;
	ends_while_the_signer_prepares(deactivate);
}

static void an_account_that_is_suspended_while_the_signer_prepares_gets_no_certificate(void **state)
{
	(void)state;
	ends_while_the_signer_prepares(suspend);
}

static void an_account_that_is_active_again_in_time_gets_its_certificate(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	(void)state;
	suspend();
	command("account-resume");
	struct prepared prepared = rig_prepared(&rig, &prepare);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	assert_certified(&rig, &order, &prepared);
}

// There the order is in processing on disk.
static void an_order_in_processing_ends_where_its_account_did_before_the_signer_came(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	(void)state;
	rig_disconnect(&rig, RIG_SIGNER);
	uint64_t id = rig_finalize(&rig, &order);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	ends();
	rig_connect(&rig, RIG_SIGNER);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &prepare);
	is_forgotten(&prepared);
	struct answer answer = rig_answer(&rig, id);
	assert_problem(&answer, 403, "unauthorized");
	ended_unauthorized(&order);
}

static void an_order_that_is_taken_up_after_a_start_ends_where_its_account_did(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	(void)state;
	rig_disconnect(&rig, RIG_SIGNER);
	(void)rig_finalize(&rig, &order);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
	ends();
	rig_kill(&rig);
	rig_launch(&rig);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &prepare);
	is_forgotten(&prepared);
	ended_unauthorized(&order);
}

// Its serial was recorded, and the account ended before it was known whether it was signed.
static struct ipc_message asked_after_a_start(struct order *order, struct prepared *prepared)
{
	*order = rig_ready_order(&rig, "one.example", 0);
	(void)rig_finalize(&rig, order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	*prepared = rig_prepared(&rig, &prepare);
	(void)rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	ends();
	rig_kill(&rig);
	rig_launch(&rig);
	return rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
}

static void what_was_not_signed_for_an_account_that_ended_is_not_begun_again(void **state)
{
	struct order order;
	struct prepared prepared;
	struct ipc_message recover = asked_after_a_start(&order, &prepared);
	(void)state;
	rig_not_issued(&rig, &recover);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	prepared = rig_prepared(&rig, &prepare);
	is_forgotten(&prepared);
	ended_unauthorized(&order);
}

static void what_was_signed_before_its_account_ended_is_on_record(void **state)
{
	struct order order;
	struct prepared prepared;
	struct ipc_message recover = asked_after_a_start(&order, &prepared);
	struct look look = {.id = atoll(order.id), .arena = &rig.arena};
	(void)state;
	rig_issued(&rig, &recover, &prepared);
	rig_end(&rig); // what it was doing is recorded
	rig_run(&rig, look_at, &look);
	assert_int_equal(look.order.status, STORE_ORDER_VALID);
	rig_launch(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(an_account_that_is_deactivated_while_the_signer_prepares_gets_no_certificate),
		registrar_test(an_account_that_is_suspended_while_the_signer_prepares_gets_no_certificate),
		registrar_test(an_account_that_is_active_again_in_time_gets_its_certificate),
		registrar_test(an_order_in_processing_ends_where_its_account_did_before_the_signer_came),
		registrar_test(an_order_that_is_taken_up_after_a_start_ends_where_its_account_did),
		registrar_test(what_was_not_signed_for_an_account_that_ended_is_not_begun_again),
		registrar_test(what_was_signed_before_its_account_ended_is_on_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
