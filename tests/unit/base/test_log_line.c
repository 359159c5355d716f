#include <stdlib.h>

#include <jansson.h>

#include "base/log_line.h"
#include "check.h"

static const struct log_line LOGFMT = {.form = LOG_FORM_LOGFMT, .time = 1780000000, .millisecond = 7, .level = "info", .role = "front-1", .pid = 42, .saved_errno = 2};

[[gnu::format(printf, 3, 4)]] static void write_line(struct buf *out, const struct log_line *line, const char *format, ...)
{
	va_list args;
	buf_clear(out);
	va_start(args, format);
	log_line_write(out, line, format, args);
	va_end(args);
}

#define assert_line(want, ...)                                                                                            \
	do {                                                                                                              \
		cleanup_buf assert_line_out = BUF_INIT;                                                                   \
		write_line(&assert_line_out, &LOGFMT, __VA_ARGS__);                                                       \
		assert_string_equal(buf_cstr(&assert_line_out), "time=2026-05-28T20:26:40.007Z level=info role=front-1 pid=42 " want "\n"); \
	} while (0)

static void the_format_says_what_is_a_field(void **state)
{
	(void)state;
	assert_line("msg=\"is issued\" order=7 serial=03ab", "order=%lld serial=%s is issued", 7LL, "03ab");
	assert_line("msg=refused path=\"/a b\" status=404", "refused path=\"%.*s\" status=%u", 4, "/a bcd", 404U);
	assert_line("msg=\"can't be read: 12\" reason=why", "reason=%s: can't be read: %zu", "why", (size_t)12);
	assert_line("msg=\"No such file or directory (50%)\"", "%m (%d%%)", 50);
	assert_line("msg=x outcome=proven", "x outcome=proven");
	assert_line("msg=\"ff 0a c -3 18446744073709551615\"", "%x %02x %c %ld %llu", 255U, 10U, 'c', -3L, ~0ULL);
	assert_line("msg=\"all at the end\"", "all at the end");
	assert_line("msg=\"a = b c=\"", "a = b c=");
}

static void a_value_never_makes_a_field_nor_a_line(void **state)
{
	(void)state;
	assert_line("msg=\"said admin=yes\"", "said %s", "admin=yes");
	assert_line("msg=\"\" path=\"x\\\" status=200 y=\\\"\"", "path=\"%s\"", "x\" status=200 y=\"");
	assert_line("msg=\"\" path=\"a\\ntime=2026 level=error\"", "path=%s", "a\ntime=2026 level=error");
	assert_line("msg=\"\" path=\"\\u001b[31m\\u007f\"", "path=%s", "\x1b[31m\x7f");
	assert_line("msg=\"\" path=\"back\\\\slash\"", "path=%s", "back\\slash");
	assert_line("msg=\"%s %n\"", "%s", "%s %n");
}

static void what_a_terminal_would_act_on_is_escaped_and_what_people_write_is_not(void **state)
{
	(void)state;
	assert_line("msg=\"\" name=\"gr\xc3\xbc\xc3\x9f dich\"", "name=\"%s\"", "gr\xc3\xbc\xc3\x9f dich");
	assert_line("msg=\"\" name=\"\\u009b1m\"", "name=%s", "\xc2\x9b" "1m");
	assert_line("msg=\"\" name=\"\\u202efdp\"", "name=%s", "\xe2\x80\xae" "fdp");
	assert_line("msg=\"\" name=\"a\xef\xbf\xbd" "b\"", "name=%s", "a\xff" "b");
	assert_line("msg=\"\" name=\"\xef\xbf\xbd\xef\xbf\xbd\"", "name=%s", "\xc0\xaf"); // an overlong slash
	assert_line("msg=\"\" name=\"\xef\xbf\xbd\"", "name=%s", "\xe2");
}

static void a_request_that_has_no_name_has_no_field(void **state)
{
	(void)state;
	assert_line("msg=done account=3", "request=%s account=%d done", "", 3);
	assert_line("msg=done request=4f account=\"\"", "request=%.*s account=%s done", 2, "4f00", "");
}

static void json_lines_say_the_same(void **state)
{
	struct log_line line = LOGFMT;
	cleanup_buf out = BUF_INIT;
	(void)state;
	line.form = LOG_FORM_JSON;
	write_line(&out, &line, "request=%s order=%d is \"issued\" detail=\"%s\" ms=%lld.%01lld serial=%s padded=%03d part=1/%d to=%d%s", "ab", 7, "l\n\"ine", 41LL, 2LL, "17", 7, 2, 3, "");
	json_t *object = json_loads(buf_cstr(&out), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	assert_string_equal(json_string_value(json_object_get(object, "time")), "2026-05-28T20:26:40.007Z");
	assert_string_equal(json_string_value(json_object_get(object, "msg")), "is \"issued\"");
	assert_int_equal(json_integer_value(json_object_get(object, "order")), 7);
	assert_true(json_real_value(json_object_get(object, "ms")) > 41.1 && json_real_value(json_object_get(object, "ms")) < 41.3);
	assert_string_equal(json_string_value(json_object_get(object, "serial")), "17");   // text, whatever it looks like
	assert_int_equal(json_integer_value(json_object_get(object, "padded")), 7);
	assert_string_equal(json_string_value(json_object_get(object, "part")), "1/2");
	assert_string_equal(json_string_value(json_object_get(object, "to")), "3");
	assert_string_equal(json_string_value(json_object_get(object, "detail")), "l\n\"ine");
	assert_int_equal(json_integer_value(json_object_get(object, "pid")), 42);
	json_decref(object);
}

static void a_line_stays_short_enough_to_be_written_whole(void **state)
{
	cleanup_buf out = BUF_INIT;
	char *text = malloc(10001);
	(void)state;
	assert_non_null(text);
	memset(text, '"', 10000);
	text[10000] = 0;
	write_line(&out, &LOGFMT, "%s a=%s b=%s c=%s d=%s last=%s", text, text, text, text, text, "x");
	assert_true(out.len < 4096);
	assert_non_null(strstr(buf_cstr(&out), "left_out=yes"));
	assert_non_null(strstr(buf_cstr(&out), "\xe2\x80\xa6\""));
	assert_non_null(strstr(buf_cstr(&out), " last=x"));
	free(text);
}

static bool is_one_clean_line(struct view line)
{
	for (size_t i = 0; i + 1 < line.len; i++)
		if (line.ptr[i] < 0x20 || line.ptr[i] == 0x7f)
			return false;
	return line.len && line.ptr[line.len - 1] == '\n';
}

static void whatever_bytes_come_it_is_one_line_and_json_can_be_read(void **state)
{
	struct log_line json = LOGFMT;
	unsigned seed = 4711;
	(void)state;
	json.form = LOG_FORM_JSON;
	for (size_t round = 0; round < 20000; round++) {
		cleanup_buf out = BUF_INIT;
		uint8_t bytes[64];
		int len = (int)((unsigned)rand_r(&seed) % sizeof(bytes));
		for (int i = 0; i < len; i++)
			bytes[i] = (uint8_t)(round % 2 ? (uint8_t)rand_r(&seed) : (uint8_t)"\"\\\n =\xc2\x9b\xe2\x80\xae{}%s"[(unsigned)rand_r(&seed) % 14]);
		write_line(&out, &LOGFMT, "said %.*s path=\"%.*s\"", len, (const char *)bytes, len, (const char *)bytes);
		assert_true(is_one_clean_line(buf_view(&out)));
		write_line(&out, &json, "said %.*s path=\"%.*s\"", len, (const char *)bytes, len, (const char *)bytes);
		assert_true(is_one_clean_line(buf_view(&out)));
		json_t *object = json_loads(buf_cstr(&out), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
		assert_non_null(object);
		assert_int_equal(json_object_size(object), 6);
		json_decref(object);
	}
}

// The value that is told of one of so many bytes, in both forms.
static void check_cut(size_t len, const char *end, size_t shown)
{
	struct log_line json = LOGFMT;
	char value[LOG_VALUE_MAX + 8] = {0};
	memset(value, 'v', len);
	json.form = LOG_FORM_JSON;
	for (int i = 0; i < 2; i++) {
		cleanup_buf out = BUF_INIT;
		write_line(&out, i ? &json : &LOGFMT, "key=%s", value);
		const char *begin = strstr(buf_cstr(&out), "vvv");
		assert_int_equal(strspn(begin, "v"), shown);
		assert_int_equal(strncmp(begin + shown, end, strlen(end)), 0);
	}
}

static void a_value_of_the_utmost_length_is_whole_in_both_forms_and_one_byte_more_is_cut(void **state)
{
	(void)state;
	check_cut(LOG_VALUE_MAX - 3, "", LOG_VALUE_MAX - 3);
	check_cut(LOG_VALUE_MAX, "", LOG_VALUE_MAX);
	check_cut(LOG_VALUE_MAX + 1, "\xe2\x80\xa6\"", LOG_VALUE_MAX - 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_format_says_what_is_a_field),
		cmocka_unit_test(a_value_never_makes_a_field_nor_a_line),
		cmocka_unit_test(what_a_terminal_would_act_on_is_escaped_and_what_people_write_is_not),
		cmocka_unit_test(a_request_that_has_no_name_has_no_field),
		cmocka_unit_test(json_lines_say_the_same),
		cmocka_unit_test(a_line_stays_short_enough_to_be_written_whole),
		cmocka_unit_test(a_value_of_the_utmost_length_is_whole_in_both_forms_and_one_byte_more_is_cut),
		cmocka_unit_test(whatever_bytes_come_it_is_one_line_and_json_can_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
