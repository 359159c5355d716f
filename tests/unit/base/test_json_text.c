// What is written must be read by a parser of others' making as what it was.
#include <jansson.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "check.h"

static void assert_written(const char *text, size_t len, const char *want)
{
	cleanup_buf out = BUF_INIT;
	json_text_add_string(&out, view_bytes(text, len));
	assert_string_equal(buf_cstr(&out), want);
}

static void text_stands_as_it_is_and_the_rest_is_escaped(void **state)
{
	(void)state;
	assert_written("", 0, "\"\"");
	assert_written("https://ca/acme/order/1", 23, "\"https://ca/acme/order/1\"");
	assert_written("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
	assert_written("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
	assert_written("\0\x1f\x7f", 3, "\"\\u0000\\u001f\x7f\"");
	assert_written("größe 𝄞", 12, "\"größe 𝄞\"");
	assert_written("a\xff" "b\xc3", 4, "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"");
}

static void any_string_is_read_as_what_it_was(void **state)
{
	(void)state;
	unsigned seed = 7;
	for (int n = 0; n < 20000; n++) {
		char bytes[24];
		size_t len = (size_t)n % sizeof(bytes);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = (char)(n % 2 ? seed >> 16 & 0x7f : seed >> 16 & 0xff);
		}
		cleanup_buf out = BUF_INIT;
		json_text_add_string(&out, view_bytes(bytes, len));
		json_t *read = json_loadb((const char *)out.ptr, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(read);
		if (n % 2) { // ASCII
			assert_int_equal(json_string_length(read), len);
			assert_memory_equal(json_string_value(read), bytes, len);
		}
		json_decref(read);
	}
}

static void objects_and_arrays_have_commas_between(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	struct json_text object = json_text_open(&out, '{');
	json_text_member(&object, "none");
	struct json_text none = json_text_open(&out, '[');
	json_text_close(&none, ']');
	json_text_member(&object, "list");
	struct json_text list = json_text_open(&out, '[');
	for (int i = 1; i <= 3; i++) {
		json_text_element(&list);
		buf_addf(&out, "%d", i);
	}
	json_text_close(&list, ']');
	json_text_close(&object, '}');
	assert_string_equal(buf_cstr(&out), "{\"none\":[],\"list\":[1,2,3]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stands_as_it_is_and_the_rest_is_escaped),
		cmocka_unit_test(any_string_is_read_as_what_it_was),
		cmocka_unit_test(objects_and_arrays_have_commas_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
