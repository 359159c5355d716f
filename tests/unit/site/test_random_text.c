#include "base/base64url.h"
#include "check.h"
#include "site/random_text.h"

// One text of 64 would.
static void none_begins_like_an_option(void **state)
{
	(void)state;
	uint8_t first[256] = {0};
	for (unsigned i = 0; i < 4096; i++) {
		cleanup_buf bytes = BUF_INIT, text = BUF_INIT;
		assert_int_equal(site_random_text(12, &bytes, &text), 0);
		assert_int_equal(bytes.len, 12);
		assert_int_equal(text.len, 16);
		assert_int_not_equal(text.ptr[0], '-');
		first[text.ptr[0]] = 1;
	}
	unsigned different = 0;
	for (unsigned c = 0; c < 256; c++)
		different += first[c];
	assert_int_equal(different, 63);
}

static void the_text_is_that_of_the_bytes(void **state)
{
	(void)state;
	for (size_t len = 1; len < 40; len++) {
		cleanup_buf bytes = BUF_INIT, text = BUF_INIT, expected = BUF_INIT;
		assert_int_equal(site_random_text(len, &bytes, &text), 0);
		base64url_encode(&expected, buf_view(&bytes));
		assert_true(view_equal(buf_view(&text), buf_view(&expected)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_begins_like_an_option),
		cmocka_unit_test(the_text_is_that_of_the_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
