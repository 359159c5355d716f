// A signer that takes long to say what it had signed before a crash: who waits for it, and who doesn't.
#include <stdio.h>
#include <unistd.h>

#include "registrar_setup.h"
#include "store/certificate.h"

enum { LEFT = 5, AT_ONCE = 10000 }; // as many rows as are taken up together (role/registrar/recover.c)

static struct prepared recorded(uint64_t *ret_id, const struct order *order)
{
	*ret_id = rig_finalize(&rig, order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &prepare);
	(void)rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	return prepared;
}

static void signer_comes_back(void)
{
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
}

static void is_told_to_look_again(uint64_t id)
{
	struct answer answer = rig_answer(&rig, id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "processing");
	assert_true(answer.retry_after > 0);
}

static struct prepared signed_anew(void)
{
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &prepare);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	return prepared;
}

// --- tests

static void a_client_does_not_wait_as_long_as_the_signer_searches(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id;
	struct prepared prepared = recorded(&id, &order);
	(void)state;
	signer_comes_back();
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT)); // not at once: mostly it takes milliseconds
	is_told_to_look_again(id);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER)); // nor is it begun a second time
	rig_issued(&rig, &recover, &prepared);
	assert_certified(&rig, &order, &prepared);
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
}

static void patience_does_not_begin_anew_with_each_signer(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id;
	int64_t began = clock_monotonic_ms();
	struct prepared prepared = recorded(&id, &order);
	(void)state;
	signer_comes_back();
	(void)rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	(void)sleep(3);
	signer_comes_back();
	struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
	is_told_to_look_again(id);
	assert_true(clock_monotonic_ms() - began < 7500);
	rig_not_issued(&rig, &recover);
	prepared = signed_anew();
	assert_certified(&rig, &order, &prepared);
}

// Left over from before a start; the signer's answers come in any order, and certificates are issued beside it.
static void answers_may_come_late_and_in_any_order_while_others_are_issued(void **state)
{
	struct order orders[LEFT];
	struct prepared prepared[LEFT];
	struct ipc_message asked[LEFT];
	(void)state;
	for (int i = 0; i < LEFT; i++) {
		uint64_t id;
		orders[i] = rig_ready_order(&rig, arena_printf(&rig.arena, "left%d.example", i), 0);
		prepared[i] = recorded(&id, &orders[i]);
	}
	rig_kill(&rig);
	rig_launch(&rig);
	for (int i = 0; i < LEFT; i++) {
		struct ipc_message recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
		for (int k = 0; k < LEFT; k++)
			if (view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared[k].serial))
				asked[k] = recover;
	}
	struct order other = rig_ready_order(&rig, "other.example", 0);
	uint64_t id = rig_finalize(&rig, &other);
	(void)signed_anew();
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	for (int i = LEFT; i--;) {
		assert_state(&rig, ACME_ORDER, orders[i].id, "processing");
		if (i % 2) {
			rig_issued(&rig, &asked[i], &prepared[i]);
		} else {
			rig_not_issued(&rig, &asked[i]);
			prepared[i] = signed_anew();
		}
		assert_certified(&rig, &orders[i], &prepared[i]);
	}
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static int leave_many(struct store_txn *txn, void *context)
{
	char serial[20];
	int error = XICA_OK;
	(void)context;
	for (int i = 0; i < AT_ONCE && !error; i++) {
		(void)snprintf(serial, sizeof(serial), "%017d", i);
		const struct store_certificate row = {.serial = view_str(serial), .issuer = VIEW_LIT("i1"), .profile = VIEW_LIT("xmpp"), .made = 1, .not_before = 1,
						      .not_after = clock_now() + XICA_DAY, .tbs = VIEW_LIT("x")};
		error = store_certificate_insert(txn, &row);
	}
	return error;
}

// What is not taken up yet may have been signed all the same.
static void no_order_begins_again_while_there_are_more_certificates_than_are_taken_up_at_once(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	struct ipc_message recover;
	uint64_t id;
	(void)state;
	rig_run(&rig, leave_many, NULL);
	struct prepared prepared = recorded(&id, &order);
	rig_kill(&rig);
	rig_launch(&rig);
	for (int i = 0; i < AT_ONCE; i++) {
		recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER);
		assert_false(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared.serial));
		if (i < 2)
			rig_not_issued(&rig, &recover);
	}
	recover = rig_take(&rig, RIG_SIGNER, IPC_RECOVER); // the next that is asked for, and no PREPARE before it
	assert_true(view_equal(ipc_message_bytes(&recover, IPC_SERIAL), prepared.serial));
	rig_issued(&rig, &recover, &prepared);
	assert_certified(&rig, &order, &prepared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(a_client_does_not_wait_as_long_as_the_signer_searches),
		registrar_test(patience_does_not_begin_anew_with_each_signer),
		registrar_test(answers_may_come_late_and_in_any_order_while_others_are_issued),
		registrar_test(no_order_begins_again_while_there_are_more_certificates_than_are_taken_up_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
