// Between the site and the login role: what is asked is answered once, also when that role goes, and never is a password kept to be asked again.
#include "registrar_setup.h"

// Each for an address and from a client of its own, so that no count of wrong tries matters.
static uint64_t log_in(unsigned n)
{
	return rig_site_ask(&rig, arena_printf(&rig.arena, "192.0.2.%u", n), "/api/log-in",
			    arena_printf(&rig.arena, "{\"address\":\"who%u@example.org\",\"password\":\"something long\"}", n));
}

static void login_is(const struct ipc_message *question, uint64_t result)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_LOGIN_IS, question->id);
	ipc_message_add_u64(&message, IPC_RESULT, result);
	rig_send(&rig, RIG_LOGIN, &message);
}

static void assert_says(const struct answer *answer, unsigned status, const char *word)
{
	if (answer->status != status || !strstr(answer->body, word))
		fail_msg("%u %s", answer->status, answer->body);
}

static void a_password_is_looked_at_by_the_login_role_and_its_word_decides(void **state)
{
	(void)state;
	uint64_t id = log_in(1);
	struct ipc_message question = rig_take(&rig, RIG_LOGIN, IPC_PASSWORD_CHECK);
	assert_true(view_equal_str(ipc_message_bytes(&question, IPC_PASSWORD), "something long"));
	assert_int_equal(ipc_message_bytes(&question, IPC_PASSWORD_HASH_TEXT).len, 0); // nobody has the address: asked all the same
	login_is(&question, IPC_LOGIN_WRONG);
	struct answer answer = rig_answer(&rig, id);
	assert_says(&answer, 422, "wrong-log-in");
}

static void an_answer_that_makes_no_sense_is_as_good_as_none(void **state)
{
	(void)state;
	uint64_t id = log_in(1);
	struct ipc_message question = rig_take(&rig, RIG_LOGIN, IPC_PASSWORD_CHECK);
	login_is(&question, 77);
	struct answer answer = rig_answer(&rig, id);
	assert_says(&answer, 503, "try-again");
	id = log_in(2);
	question = rig_take(&rig, RIG_LOGIN, IPC_PASSWORD_CHECK);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PASSWORD_IS, question.id);
	ipc_message_add_str(&message, IPC_PASSWORD_HASH_TEXT, "a hash");
	rig_send(&rig, RIG_LOGIN, &message);
	answer = rig_answer(&rig, id);
	assert_says(&answer, 503, "try-again");
}

static void when_the_role_goes_who_waits_is_told_and_nothing_is_asked_again(void **state)
{
	(void)state;
	uint64_t id = log_in(1);
	struct ipc_message question = rig_take(&rig, RIG_LOGIN, IPC_PASSWORD_CHECK);
	rig_disconnect(&rig, RIG_LOGIN);
	struct answer answer = rig_answer(&rig, id);
	assert_says(&answer, 503, "try-again");
	assert_true(answer.retry_after > 0);
	id = log_in(2); // nobody is there
	answer = rig_answer(&rig, id);
	assert_says(&answer, 503, "try-again");
	rig_connect(&rig, RIG_LOGIN);
	assert_true(rig_hears_nothing(&rig, RIG_LOGIN));
	login_is(&question, IPC_LOGIN_RIGHT); // of an earlier life: means nothing
	assert_true(rig_hears_nothing(&rig, RIG_FRONT));
}

static void at_most_sixty_four_wait(void **state)
{
	struct ipc_message questions[64];
	uint64_t ids[65];
	(void)state;
	for (unsigned i = 0; i < 65; i++) {
		ids[i] = log_in(i);
		if (i < 64)
			questions[i] = rig_take(&rig, RIG_LOGIN, IPC_PASSWORD_CHECK);
	}
	struct answer answer = rig_answer(&rig, ids[64]);
	assert_says(&answer, 503, "try-again");
	for (unsigned i = 0; i < 64; i++) {
		login_is(&questions[i], IPC_LOGIN_WRONG);
		answer = rig_answer(&rig, ids[i]);
		assert_says(&answer, 422, "wrong-log-in");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(a_password_is_looked_at_by_the_login_role_and_its_word_decides),
		registrar_test(an_answer_that_makes_no_sense_is_as_good_as_none),
		registrar_test(when_the_role_goes_who_waits_is_told_and_nothing_is_asked_again),
		registrar_test(at_most_sixty_four_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
