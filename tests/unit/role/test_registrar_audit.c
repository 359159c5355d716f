// A note of each act of an operator, in the audit log: what it says, and that each goes there once. And the log, asked for.
#include <jansson.h>
#include <unistd.h>

#include "registrar_setup.h"

static void an_act_is_noted_with_who_did_what_to_whom(void **state)
{
	(void)state;
	rig_act(&rig, "{\"command\":\"account-suspend\",\"account\":1}");
	struct ipc_message notes = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	rig_noted(&rig, &notes);
	json_t *what = json_loads(rig_nth_note(&rig, &notes, 0), 0, NULL); // of the account: with its key, whoever did it
	assert_string_equal(json_string_value(json_object_get(what, "kind")), "account");
	assert_string_equal(json_string_value(json_object_get(what, "status")), "suspended");
	assert_int_equal(json_integer_value(json_object_get(what, "account")), 1);
	assert_true(json_is_object(json_object_get(what, "account_key")));
	json_decref(what);
	json_t *note = json_loads(rig_nth_note(&rig, &notes, 1), 0, NULL);
	assert_null(rig_nth_note(&rig, &notes, 2));
	assert_string_equal(json_string_value(json_object_get(note, "by")), arena_printf(&rig.arena, "uid %lu (control socket)", (unsigned long)getuid()));
	assert_string_equal(json_string_value(json_object_get(note, "command")), "account-suspend");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(note, "arguments"), "account")), 1);
	assert_null(json_object_get(json_object_get(note, "arguments"), "command"));
	assert_non_null(json_string_value(json_object_get(note, "done")));
	assert_true(json_integer_value(json_object_get(note, "note")) > 0);
	json_decref(note);
}

static void looking_and_what_failed_are_not_noted(void **state)
{
	(void)state;
	rig_act(&rig, "{\"command\":\"account-list\"}");
	rig_act(&rig, "{\"command\":\"health\"}");
	rig_act(&rig, "{\"command\":\"limits\"}");
	rig_act_refused(&rig, "{\"command\":\"account-suspend\",\"account\":99}", "no such account");
	rig_act_refused(&rig, "{\"command\":\"sing\"}", "no such command");
	rig_act_refused(&rig, "nonsense", "no such command");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void long_arguments_are_cut_within_no_character_and_what_was_made_is_named(void **state)
{
	cleanup_buf question = BUF_INIT;
	(void)state;
	buf_add_str(&question, "{\"command\":\"eab-create\",\"note\":\"x");
	for (int i = 0; i < 300; i++)
		buf_add_str(&question, "ü");
	buf_add_str(&question, "\"}");
	json_t *made = json_loads(rig_act(&rig, buf_cstr(&question)), 0, NULL), *note = json_loads(rig_take_note(&rig), 0, NULL);
	const char *text = json_string_value(json_object_get(json_object_get(note, "arguments"), "note"));
	assert_non_null(text);
	assert_int_equal(strlen(text), 199 + strlen("…"));
	assert_string_equal(json_string_value(json_object_get(json_object_get(note, "outcome"), "kid")), json_string_value(json_object_get(made, "kid")));
	json_decref(made);
	json_decref(note);
}

static void an_act_that_is_no_dry_run_is_noted_though_it_says_so(void **state)
{
	(void)state;
	rig_act(&rig, "{\"command\":\"account-suspend\",\"account\":1,\"dry\":true}");
	assert_non_null(strstr(rig_take_note(&rig), "account-suspend"));
	rig_act(&rig, "{\"command\":\"cert-revoke\",\"account\":1,\"dry\":true}");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

// A note that the signer refuses would keep back all that come after it.
static void no_arguments_make_a_note_that_the_signer_does_not_take(void **state)
{
	enum { SIGNER_TAKES = 32 * 1024 };
	cleanup_buf question = BUF_INIT, many = BUF_INIT;
	(void)state;
	buf_add_str(&question, "{\"command\":\"account-suspend\",\"account\":1");
	for (int i = 0; i < 10; i++) {
		buf_addf(&question, ",\"%02d", i);
		for (int n = 0; n < 400; n++)
			buf_add_str(&question, "\\u0001");
		buf_add_str(&question, "\":\"");
		for (int n = 0; n < 600; n++)
			buf_add_str(&question, "\\u0001");
		buf_add_str(&question, "\"");
	}
	buf_add(&many, buf_view(&question));
	buf_add_str(&question, "}");
	buf_add_str(&many, ",\"more\":1}");
	rig_act_refused(&rig, buf_cstr(&many), "so many arguments");
	rig_act(&rig, buf_cstr(&question));
	const char *note = rig_take_note(&rig);
	assert_true(strlen(note) < SIGNER_TAKES);
	assert_non_null(strstr(note, "\"account\":1"));
}

static void notes_wait_for_the_signer_in_order_and_each_goes_once(void **state)
{
	(void)state;
	rig_disconnect(&rig, RIG_SIGNER);
	rig_act(&rig, "{\"command\":\"account-suspend\",\"account\":1}");
	rig_act(&rig, "{\"command\":\"account-resume\",\"account\":1}");
	rig_connect(&rig, RIG_SIGNER);
	struct ipc_message notes = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	static const char *const EXPECTED[] = {"\"suspended\"", "account-suspend", "\"valid\"", "account-resume"};
	for (size_t i = 0; i < 4; i++)
		assert_non_null(strstr(rig_nth_note(&rig, &notes, i), EXPECTED[i]));
	assert_null(rig_nth_note(&rig, &notes, 4));
	rig_noted(&rig, &notes);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_note_that_the_signer_did_not_answer_is_told_to_the_next_one(void **state)
{
	(void)state;
	rig_act(&rig, "{\"command\":\"account-suspend\",\"account\":1}");
	(void)rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	assert_non_null(strstr(rig_take_note(&rig), "account-suspend"));
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_note_survives_the_registrar(void **state)
{
	(void)state;
	rig_act(&rig, "{\"command\":\"account-suspend\",\"account\":1}");
	(void)rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	rig_kill(&rig);
	rig_launch(&rig);
	assert_non_null(strstr(rig_take_note(&rig), "account-suspend"));
}

// --- the audit log, asked for

static void the_log_is_read_newest_first_in_portions(void **state)
{
	static const char LINES[] = "{\"kind\":\"start\",\"previous\":\"00\"}\n{\"kind\":\"operator\",\"by\":\"juliet@example.org\"}\n";
	uint64_t offset = 0;
	(void)state;
	int fd = rig_command_send(&rig, "{\"command\":\"audit-read\"}");
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_READ);
	assert_int_equal(ipc_message_u64(&question, IPC_OFFSET, &offset), 0);
	assert_true(offset == UINT64_MAX);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_LINES, question.id);
	ipc_message_add_u64(&message, IPC_OFFSET, 4711);
	ipc_message_add_str(&message, IPC_BODY, LINES);
	rig_send(&rig, RIG_SIGNER, &message);
	json_t *answer = json_loads(rig_command_answer(&rig, fd), 0, NULL);
	const json_t *lines = json_object_get(answer, "lines");
	assert_int_equal(json_array_size(lines), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 0), "by")), "juliet@example.org");
	assert_int_equal(json_integer_value(json_object_get(answer, "next")), 4711);
	json_decref(answer);

	fd = rig_command_send(&rig, "{\"command\":\"audit-read\",\"before\":4711}");
	question = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_READ);
	assert_int_equal(ipc_message_u64(&question, IPC_OFFSET, &offset), 0);
	assert_true(offset == 4711);
	rig_disconnect(&rig, RIG_SIGNER); // who waits is told
	assert_non_null(strstr(rig_command_answer(&rig, fd), "the signer has gone"));
	rig_act_refused(&rig, "{\"command\":\"audit-verify\"}", "not there");
	rig_connect(&rig, RIG_SIGNER);
}

static void the_log_is_verified_by_the_signer(void **state)
{
	(void)state;
	int fd = rig_command_send(&rig, "{\"command\":\"audit-verify\"}");
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_VERIFY);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_VERIFIED, question.id);
	ipc_message_add_u64(&message, IPC_NUMBER, 41);
	ipc_message_add_str(&message, IPC_DETAIL, "line 42 is wrong");
	rig_send(&rig, RIG_SIGNER, &message);
	const char *answer = rig_command_answer(&rig, fd);
	assert_non_null(strstr(answer, "\"whole\":false"));
	assert_non_null(strstr(answer, "line 42 is wrong"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(an_act_is_noted_with_who_did_what_to_whom),
		registrar_test(looking_and_what_failed_are_not_noted),
		registrar_test(long_arguments_are_cut_within_no_character_and_what_was_made_is_named),
		registrar_test(an_act_that_is_no_dry_run_is_noted_though_it_says_so),
		registrar_test(no_arguments_make_a_note_that_the_signer_does_not_take),
		registrar_test(notes_wait_for_the_signer_in_order_and_each_goes_once),
		registrar_test(a_note_that_the_signer_did_not_answer_is_told_to_the_next_one),
		registrar_test(a_note_survives_the_registrar),
		registrar_test(the_log_is_read_newest_first_in_portions),
		registrar_test(the_log_is_verified_by_the_signer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
