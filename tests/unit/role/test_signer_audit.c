// What a registrar may do with the audit log: have an operator's act noted, read it from its end, have it verified; and no more.
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "signer_rig.h"

static const struct rig_answer *read_log(uint64_t id, uint64_t before)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_READ, id);
	ipc_message_add_u64(&message, IPC_OFFSET, before);
	rig_send(&message);
	return rig_take(id, IPC_AUDIT_LINES);
}

static void verify_log(uint64_t id)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_VERIFY, id);
	rig_send(&message);
}

static void an_operators_act_stands_in_the_log_as_that_and_as_nothing_else(void **state)
{
	uint64_t lines;
	(void)state;
	rig_start(NULL);
	rig_send_with(IPC_AUDIT_NOTE, 1, IPC_BODY, VIEW_LIT("{\"by\":\"juliet@example.org\",\"kind\":\"issue\",\"serial\":\"10aa\",\"certificate\":\"AAAA\"}"));
	(void)rig_take(1, IPC_AUDIT_NOTED);
	rig_send_with(IPC_RECOVER, 2, IPC_SERIAL, VIEW_LIT("\x10\xaa"));
	(void)rig_take(2, IPC_NOT_ISSUED);
	const struct rig_answer *read = read_log(3, UINT64_MAX);
	cleanup_buf text = BUF_INIT;
	buf_add(&text, buf_view(&read->body));
	assert_non_null(strstr(buf_cstr(&text), "\"kind\":\"operator\",\"by\":\"juliet@example.org\""));
	assert_true(view_ends(buf_view(&read->body), VIEW_LIT("}\n")));
	assert_int_equal(rig_stop(), 0);
	assert_int_equal(audit_verify(fixture_config.audit_log, &lines), 0);
}

static void what_is_no_object_or_too_long_is_not_noted(void **state)
{
	uint64_t before, after;
	cleanup_buf text = BUF_INIT;
	(void)state;
	buf_add_str(&text, "{\"by\":\"");
	for (int i = 0; i < 40000; i++)
		buf_add_byte(&text, 'x');
	buf_add_str(&text, "\"}");
	rig_start(NULL);
	assert_int_equal(audit_verify(fixture_config.audit_log, &before), 0);
	rig_send_with(IPC_AUDIT_NOTE, 1, IPC_BODY, VIEW_LIT("[1]"));
	rig_expect_refusal(1, PKI_REFUSAL_AUDIT);
	rig_send_with(IPC_AUDIT_NOTE, 2, IPC_BODY, VIEW_LIT("{\"a\":1,\"a\":2}"));
	rig_expect_refusal(2, PKI_REFUSAL_AUDIT);
	rig_send_with(IPC_AUDIT_NOTE, 3, IPC_BODY, buf_view(&text));
	rig_expect_refusal(3, PKI_REFUSAL_AUDIT);
	assert_int_equal(rig_stop(), 0);
	assert_int_equal(audit_verify(fixture_config.audit_log, &after), 0);
	assert_int_equal(after, before);
}

static void the_log_is_read_backwards_to_its_first_line_and_none_is_missed(void **state)
{
	enum { MANY = 40 };
	cleanup_buf note = BUF_INIT, whole = BUF_INIT, file = BUF_INIT;
	uint64_t before = UINT64_MAX;
	(void)state;
	buf_add_str(&note, "{\"by\":\"");
	for (int i = 0; i < 10000; i++)
		buf_add_byte(&note, 'x');
	buf_add_str(&note, "\"}");
	rig_start(NULL);
	for (uint64_t i = 0; i < MANY; i++)
		rig_send_with(IPC_AUDIT_NOTE, i, IPC_BODY, buf_view(&note));
	rig_wait_for_answers(MANY);
	rig_forget_answers();
	do {
		struct buf joined = BUF_INIT;
		const struct rig_answer *read = read_log(1, before);
		assert_true(read->offset < before && read->body.len);
		before = read->offset;
		buf_add(&joined, buf_view(&read->body));
		buf_add(&joined, buf_view(&whole));
		buf_free(&whole);
		whole = joined;
	} while (before);
	assert_int_equal(file_read(fixture_config.audit_log, 10000000, &file), 0);
	assert_true(view_equal(buf_view(&file), buf_view(&whole)));
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_READ, 99);
	ipc_message_add_u64(&message, IPC_OFFSET, file.len - 2); // within a line
	rig_send(&message);
	rig_expect_refusal(99, PKI_REFUSAL_AUDIT);
	assert_int_equal(rig_stop(), 0);
}

static void the_log_is_verified_while_certificates_are_signed_and_a_changed_line_is_named(void **state)
{
	uint64_t lines;
	(void)state;
	rig_start(NULL);
	assert_int_equal(audit_verify(fixture_config.audit_log, &lines), 0);
	rig_hold();
	verify_log(1);
	verify_log(2); // one at a time
	rig_let_go();
	rig_wait_for_answers(2);
	bool first = rig.answers[0].id == 1;
	assert_int_equal(rig.answers[first ? 0 : 1].type, IPC_AUDIT_VERIFIED);
	assert_int_equal(rig.answers[first ? 1 : 0].type, IPC_REFUSED);
	assert_int_equal(rig.answers[first ? 0 : 1].number, lines);
	assert_false(rig.answers[first ? 0 : 1].faulty);

	int fd = open(fixture_config.audit_log, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "9", 1, 90), 1); // within the first line's time
	(void)close(fd);
	verify_log(3);
	const struct rig_answer *answer = rig_take(3, IPC_AUDIT_VERIFIED);
	assert_true(answer->faulty);
	assert_int_equal(answer->number, 0);
	(void)rig_prepare_honestly(4);
	assert_int_equal(rig_stop(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operators_act_stands_in_the_log_as_that_and_as_nothing_else),
		cmocka_unit_test(what_is_no_object_or_too_long_is_not_noted),
		cmocka_unit_test(the_log_is_read_backwards_to_its_first_line_and_none_is_missed),
		cmocka_unit_test(the_log_is_verified_while_certificates_are_signed_and_a_changed_line_is_named), // the last one: it spoils the log
	};
	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
