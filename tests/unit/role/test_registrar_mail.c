// Letters from the queue to the mailer: none is lost, whoever goes; none is sent by two at a time.
#include <jansson.h>
#include <unistd.h>

#include "registrar_setup.h"
#include "store/mail.h"

// --- the queue, seen from beside the registrar

struct putting {
	size_t count;
	xica_time created;
	int64_t last;
};

static int put(struct store_txn *txn, void *context)
{
	struct putting *putting = context;
	struct store_mail mail = {.letter = VIEW_LIT("confirm"), .language = VIEW_LIT("de"), .to = VIEW_LIT("juliet@example.org"),
				  .values = VIEW_LIT("{\"url\":\"https://localhost\",\"link\":\"a=b\"}"), .created = putting->created,
				  .next_try = putting->created};
	for (size_t i = 0; i < putting->count; i++) {
		int error = store_mail_insert(txn, &mail, &putting->last);
		if (error)
			return error;
	}
	return 0;
}

// Puts letters into the queue and lets the registrar know, as a route of the site does.
static int64_t post(size_t count, xica_time created)
{
	struct putting putting = {count, created, 0};
	rig_run(&rig, put, &putting);
	const char *answer = rig_command(&rig, arena_printf(&rig.arena, "{\"command\":\"mail-retry\",\"mail\":%lld}", (long long)putting.last));
	assert_null(strstr(answer, "\"error\":\"t"));
	(void)rig_take_note(&rig);
	return putting.last;
}

static json_t *letter(int64_t id)
{
	json_t *answer = json_loads(rig_command(&rig, "{\"command\":\"mail-list\"}"), 0, NULL), *found = NULL;
	const json_t *list = json_object_get(answer, "letters");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_integer_value(json_object_get(json_array_get(list, i), "id")) == id)
			found = json_incref(json_array_get(list, i));
	json_decref(answer);
	assert_non_null(found);
	return found;
}

static void assert_letter(int64_t id, const char *state, const char *error)
{
	for (int i = 0; i < 200; i++) { // what the mailer said may still be on its way
		json_t *is = letter(id);
		bool there = !strcmp(json_string_value(json_object_get(is, "state")), state) &&
			     !strcmp(json_string_value(json_object_get(is, "error")), error);
		json_decref(is);
		if (there)
			return;
		(void)usleep(20000);
	}
	fail_msg("letter %lld does not become %s: '%s'", (long long)id, state, error);
}

static void answer(const struct ipc_message *mail, enum ipc_mailed result, const char *detail)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_MAILED, mail->id);
	ipc_message_add_u64(&message, IPC_RESULT, result);
	ipc_message_add_str(&message, IPC_DETAIL, detail);
	rig_send(&rig, RIG_MAILER, &message);
}

// --- what must be true

static void a_letter_reaches_the_mailer_with_all_that_it_says_and_is_sent_once(void **state)
{
	struct view value;
	bool link = false;
	(void)state;
	int64_t id = post(1, clock_now());
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	assert_true(view_equal_str(ipc_message_bytes(&mail, IPC_LETTER), "confirm"));
	assert_true(view_equal_str(ipc_message_bytes(&mail, IPC_LANGUAGE), "de"));
	assert_true(view_equal_str(ipc_message_bytes(&mail, IPC_MAIL_TO), "juliet@example.org"));
	for (size_t i = 0; ipc_message_nth(&mail, IPC_VALUE, i, &value); i++)
		link = link || view_equal_str(value, "link=a=b");
	assert_true(link);
	answer(&mail, IPC_MAILED_SENT, NULL);
	assert_letter(id, "sent", "");
	assert_true(rig_hears_nothing(&rig, RIG_MAILER));
}

static void at_most_eight_are_under_way(void **state)
{
	struct ipc_message mails[8];
	(void)state;
	int64_t last = post(10, clock_now());
	for (size_t i = 0; i < 8; i++)
		mails[i] = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	assert_true(rig_hears_nothing(&rig, RIG_MAILER));
	answer(&mails[3], IPC_MAILED_SENT, NULL);
	struct ipc_message ninth = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	assert_true(rig_hears_nothing(&rig, RIG_MAILER));
	answer(&ninth, IPC_MAILED_SENT, NULL);
	struct ipc_message tenth = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&tenth, IPC_MAILED_SENT, NULL);
	for (size_t i = 0; i < 8; i++)
		if (i != 3)
			answer(&mails[i], IPC_MAILED_SENT, NULL);
	assert_letter(last, "sent", "");
	assert_letter(last - 9, "sent", "");
}

static void what_the_relay_does_not_take_yet_is_tried_again_later(void **state)
{
	xica_time next = 0, before = clock_now();
	(void)state;
	int64_t id = post(1, before);
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&mail, IPC_MAILED_LATER, "451 greylisted");
	assert_letter(id, "waiting", "451 greylisted");
	json_t *is = letter(id);
	assert_int_equal(clock_parse_rfc3339(view_str(json_string_value(json_object_get(is, "next_try"))), &next), 0);
	assert_true(next >= before + XICA_MINUTE && next <= clock_now() + XICA_MINUTE);
	json_decref(is);
	assert_true(rig_hears_nothing(&rig, RIG_MAILER));
}

static void after_three_days_a_letter_is_given_up(void **state)
{
	(void)state;
	int64_t id = post(1, clock_now() - 3 * XICA_DAY);
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&mail, IPC_MAILED_LATER, "connection refused");
	assert_letter(id, "failed", "connection refused");
}

static void what_the_relay_refuses_for_good_has_failed_until_an_operator_tries_it_again(void **state)
{
	(void)state;
	int64_t id = post(1, clock_now());
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&mail, IPC_MAILED_NEVER, "550 no such user");
	assert_letter(id, "failed", "550 no such user");
	assert_null(strstr(rig_command(&rig, arena_printf(&rig.arena, "{\"command\":\"mail-retry\",\"mail\":%lld}", (long long)id)), "\"error\":\"t"));
	mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&mail, IPC_MAILED_SENT, NULL);
	assert_letter(id, "sent", "");
	assert_non_null(strstr(rig_command(&rig, arena_printf(&rig.arena, "{\"command\":\"mail-retry\",\"mail\":%lld}", (long long)id)), "was sent"));
}

static void a_mailer_that_comes_back_is_told_again_what_was_under_way(void **state)
{
	(void)state;
	int64_t id = post(2, clock_now());
	struct ipc_message one = rig_take(&rig, RIG_MAILER, IPC_MAIL), two = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&one, IPC_MAILED_SENT, NULL);
	assert_letter(id - 1, "sent", "");
	rig_disconnect(&rig, RIG_MAILER);
	rig_connect(&rig, RIG_MAILER);
	two = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&two, IPC_MAILED_SENT, NULL);
	assert_letter(id, "sent", "");
	assert_true(rig_hears_nothing(&rig, RIG_MAILER));
}

static void a_letter_that_comes_while_there_is_no_mailer_waits_for_it(void **state)
{
	(void)state;
	rig_disconnect(&rig, RIG_MAILER);
	int64_t id = post(1, clock_now());
	assert_letter(id, "waiting", "");
	rig_connect(&rig, RIG_MAILER);
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&mail, IPC_MAILED_SENT, NULL);
	assert_letter(id, "sent", "");
}

static void a_registrar_that_is_killed_loses_no_letter(void **state)
{
	(void)state;
	int64_t id = post(2, clock_now());
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	answer(&mail, IPC_MAILED_LATER, "451 later");
	(void)rig_take(&rig, RIG_MAILER, IPC_MAIL);
	assert_letter(id - 1, "waiting", "451 later");
	rig_kill(&rig);
	rig_launch(&rig);
	mail = rig_take(&rig, RIG_MAILER, IPC_MAIL); // the one that was under way, at once
	answer(&mail, IPC_MAILED_SENT, NULL);
	assert_letter(id, "sent", "");
	assert_letter(id - 1, "waiting", "451 later");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(a_letter_reaches_the_mailer_with_all_that_it_says_and_is_sent_once),
		registrar_test(at_most_eight_are_under_way),
		registrar_test(what_the_relay_does_not_take_yet_is_tried_again_later),
		registrar_test(after_three_days_a_letter_is_given_up),
		registrar_test(what_the_relay_refuses_for_good_has_failed_until_an_operator_tries_it_again),
		registrar_test(a_mailer_that_comes_back_is_told_again_what_was_under_way),
		registrar_test(a_letter_that_comes_while_there_is_no_mailer_waits_for_it),
		registrar_test(a_registrar_that_is_killed_loses_no_letter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
