#include "check.h"
#include "ipc/message.h"

static void what_is_written_is_read(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct ipc_message message;
	uint64_t status;
	struct view link;
	ipc_message_begin(&out, IPC_HTTP_REPLY, 0x0102030405060708);
	ipc_message_add_str(&out, IPC_LINK, "one");
	ipc_message_add_u64(&out, IPC_STATUS, 201);
	ipc_message_add(&out, IPC_BODY, view_bytes("", 0));
	ipc_message_add_str(&out, IPC_LINK, "two");
	ipc_message_add_str(&out, IPC_LOCATION, NULL);
	assert_int_equal(buf_error(&out), 0);
	assert_int_equal(ipc_message_parse(buf_view(&out), &arena, &message), 0);
	assert_int_equal(message.type, IPC_HTTP_REPLY);
	assert_true(message.id == 0x0102030405060708);
	assert_int_equal(message.count, 4);
	assert_int_equal(ipc_message_u64(&message, IPC_STATUS, &status), 0);
	assert_int_equal(status, 201);
	assert_true(ipc_message_has(&message, IPC_BODY));
	assert_non_null(ipc_message_bytes(&message, IPC_BODY).ptr);
	assert_int_equal(ipc_message_bytes(&message, IPC_BODY).len, 0);
	assert_false(ipc_message_has(&message, IPC_LOCATION));
	assert_null(ipc_message_bytes(&message, IPC_LOCATION).ptr);
	assert_true(ipc_message_nth(&message, IPC_LINK, 0, &link));
	assert_view(link, "one");
	assert_true(ipc_message_nth(&message, IPC_LINK, 1, &link));
	assert_view(link, "two");
	assert_false(ipc_message_nth(&message, IPC_LINK, 2, &link));
	assert_int_equal(ipc_message_u64(&message, IPC_RETRY_AFTER, &status), XICA_ENOTFOUND);
	assert_int_equal(ipc_message_u64(&message, IPC_BODY, &status), XICA_EPARSE);
}

static int parse(struct buf *out)
{
	cleanup_arena arena = ARENA_INIT;
	struct ipc_message message;
	assert_int_equal(buf_error(out), 0);
	return ipc_message_parse(buf_view(out), &arena, &message);
}

static void a_field_that_must_be_there_is_missed(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	ipc_message_begin(&out, IPC_REFUSED, 1);
	ipc_message_add_str(&out, IPC_PROBLEM, "badCSR");
	ipc_message_add_str(&out, IPC_REASON, "weak");
	assert_int_equal(parse(&out), XICA_EPARSE);
	ipc_message_add_str(&out, IPC_DETAIL, "…");
	assert_int_equal(parse(&out), 0);
}

static void a_field_comes_no_more_often_than_its_table_says(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	ipc_message_begin(&out, IPC_ISSUE, 1);
	ipc_message_add_str(&out, IPC_TOKEN, "a");
	assert_int_equal(parse(&out), 0);
	ipc_message_add_str(&out, IPC_TOKEN, "b");
	assert_int_equal(parse(&out), XICA_EPARSE);
	ipc_message_begin(&out, IPC_VALIDATED, 1);
	assert_int_equal(parse(&out), XICA_EPARSE);
	ipc_message_add_str(&out, IPC_RECEIPT, "a");
	ipc_message_add_str(&out, IPC_RECEIPT, "b");
	assert_int_equal(parse(&out), 0);
}

static void a_field_of_another_type_is_refused(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	ipc_message_begin(&out, IPC_SHUT_DOWN, 1);
	assert_int_equal(parse(&out), 0);
	ipc_message_add_str(&out, IPC_TOKEN, "a");
	assert_int_equal(parse(&out), XICA_EPARSE);
	ipc_message_begin(&out, IPC_SHUT_DOWN, 1);
	ipc_message_add_str(&out, (enum ipc_field)999, "a");
	assert_int_equal(parse(&out), XICA_EPARSE);
}

static void an_unknown_type_is_refused(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	const unsigned types[] = {0, 5, 86, 65535};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ipc_message_begin(&out, (enum ipc_type)types[i], 1);
		assert_int_equal(parse(&out), XICA_EPARSE);
	}
	assert_string_equal(ipc_type_text((enum ipc_type)86), "unknown");
	assert_string_equal(ipc_type_text(IPC_PREPARE), "prepare");
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	ipc_message_begin(&out, IPC_ISSUED, 1);
	ipc_message_add_str(&out, IPC_SERIAL, "serial");
	ipc_message_add_str(&out, IPC_CERTIFICATE, "certificate");
	size_t whole = out.len;
	assert_int_equal(parse(&out), 0);
	for (size_t len = 0; len < whole; len++) {
		cleanup_buf cut = BUF_INIT;
		buf_add(&cut, view_sub(buf_view(&out), 0, len));
		assert_int_equal(parse(&cut), XICA_EPARSE);
	}
	buf_add_byte(&out, 0);
	assert_int_equal(parse(&out), XICA_EPARSE);
}

static void descriptors_come_with_configure_connect_and_publish_alone(void **state)
{
	(void)state;
	assert_true(ipc_type_has_descriptors(IPC_CONFIGURE));
	assert_true(ipc_type_has_descriptors(IPC_CONNECT));
	assert_true(ipc_type_has_descriptors(IPC_PUBLISH));
	for (unsigned type = IPC_SHUT_DOWN; type < 100; type++)
		if (type != IPC_PUBLISH)
			assert_false(ipc_type_has_descriptors((enum ipc_type)type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_field_that_must_be_there_is_missed),
		cmocka_unit_test(a_field_comes_no_more_often_than_its_table_says),
		cmocka_unit_test(a_field_of_another_type_is_refused),
		cmocka_unit_test(an_unknown_type_is_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(descriptors_come_with_configure_connect_and_publish_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
