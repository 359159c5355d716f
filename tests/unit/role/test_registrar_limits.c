// What is limited by what comes of requests, when several come at once.
#include "registrar_rig.h"

static struct rig rig;

static int set_up(void **state)
{
	(void)state;
	rig_start(&rig, "limits { failed-validations = \"2 per 1d\" }\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static void expect_processing(uint64_t id)
{
	struct answer answer = rig_answer(&rig, id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "processing");
}

// Two first answers to its challenge come while the registrar can't run, so that it reads them in one turn; the proof fails.
static void fails_once(void)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	rig_hold(&rig);
	uint64_t first = rig_ask(&rig, ACME_CHALLENGE, order.authzs[0], "http-01", "{}"), second = rig_ask(&rig, ACME_CHALLENGE, order.authzs[0], "http-01", "{}");
	rig_let_go(&rig);
	expect_processing(second);
	expect_processing(first); // which waited for the outcome
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	assert_true(rig_hears_nothing(&rig, RIG_VALIDATOR));
	rig_invalid(&rig, &question, "incorrectResponse");
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "invalid");
}

static void a_validation_that_two_asked_for_at_once_counts_once_when_it_fails(void **state)
{
	static const char ASKED[] = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"one.example\"}]}";
	(void)state;
	fails_once();
	fails_once();
	struct answer answer = rig_call(&rig, ACME_NEW_ORDER, NULL, ASKED);
	assert_problem(&answer, 429, "rateLimited");
	assert_non_null(strstr(answer.body, "failed-validations allows 2 per 1d"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_validation_that_two_asked_for_at_once_counts_once_when_it_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
