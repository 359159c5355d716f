#include "base/arena.h"
#include "check.h"

static void a_buffer_grows_and_keeps_what_it_has(void **state)
{
	(void)state;
	cleanup_buf b = BUF_INIT;
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%03d", i);
	assert_int_equal(buf_error(&b), 0);
	assert_int_equal(b.len, 3000);
	assert_memory_equal(b.ptr + 2997, "999", 3);
	assert_int_equal(buf_cstr(&b)[3000], 0);
}

static void integers_are_big_endian(void **state)
{
	(void)state;
	cleanup_buf b = BUF_INIT;
	buf_add_u16(&b, 0x0102);
	buf_add_u32(&b, 0x03040506);
	buf_add_u64(&b, 0x0708090a0b0c0d0e);
	assert_memory_equal(b.ptr, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e", 14);
}

static void an_impossible_size_marks_the_buffer_for_good(void **state)
{
	(void)state;
	cleanup_buf b = BUF_INIT;
	assert_null(buf_extend(&b, SIZE_MAX / 2));
	buf_add_str(&b, "more");
	assert_int_equal(buf_error(&b), XICA_ENOMEM);
	assert_null(buf_cstr(&b));
}

static void views_compare_as_bytes(void **state)
{
	(void)state;
	assert_true(view_compare(VIEW_LIT("ab"), VIEW_LIT("abc")) < 0);
	assert_true(view_compare(VIEW_LIT("b"), VIEW_LIT("abc")) > 0);
	assert_true(view_equal_nocase(VIEW_LIT("Example.ORG"), VIEW_LIT("example.org")));
	assert_false(view_equal_nocase(VIEW_LIT("[xample"), VIEW_LIT("{xample")));
	assert_true(view_ends(VIEW_LIT("conference.example.org"), VIEW_LIT(".example.org")));
	assert_false(view_ends(VIEW_LIT("org"), VIEW_LIT(".example.org")));
	assert_int_equal(view_sub(VIEW_LIT("abc"), 1, SIZE_MAX).len, 2);
	assert_int_equal(view_sub(VIEW_LIT("abc"), 7, 1).len, 0);
	assert_int_equal(view_index(VIEW_LIT("a.b.c"), '.', 2), 3);
	assert_int_equal(view_index(VIEW_LIT("abc"), '.', 0), SIZE_MAX);
}

static void an_arena_gives_zeroed_memory_of_any_size(void **state)
{
	(void)state;
	cleanup_arena a = ARENA_INIT;
	for (size_t size = 1; size < 40000; size *= 3) {
		uint8_t *p = arena_alloc(&a, size);
		assert_non_null(p);
		assert_int_equal(p[0] | p[size - 1], 0);
		memset(p, 0xff, size);
	}
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_strdup(&a, view_sub(VIEW_LIT("abcdef"), 0, 3)), "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_grows_and_keeps_what_it_has),
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(an_impossible_size_marks_the_buffer_for_good),
		cmocka_unit_test(views_compare_as_bytes),
		cmocka_unit_test(an_arena_gives_zeroed_memory_of_any_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
