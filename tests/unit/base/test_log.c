#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"

static struct {
	int standard_error, read_end, woken;
	char text[65536];
} seen;

static int divert(void **state)
{
	int ends[2];
	(void)state;
	seen.standard_error = dup(STDERR_FILENO);
	if (seen.standard_error < 0 || pipe2(ends, O_NONBLOCK | O_CLOEXEC) || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	seen.read_end = ends[0];
	seen.woken = 0;
	return close(ends[1]);
}

static int restore(void **state)
{
	(void)state;
	log_hold(NULL, NULL);
	return dup2(seen.standard_error, STDERR_FILENO) < 0 || close(seen.standard_error) || close(seen.read_end) ? -1 : 0;
}

// What has been written since the last look.
static const char *look(void)
{
	ssize_t len = read(seen.read_end, seen.text, sizeof(seen.text) - 1);
	seen.text[len < 0 ? 0 : len] = 0;
	return seen.text;
}

static void wake(void *context)
{
	assert_ptr_equal(context, &seen);
	seen.woken++;
}

static size_t lines(const char *text)
{
	size_t count = 0;
	while ((text = strchr(text, '\n')))
		count++, text++;
	return count;
}

static void a_line_is_written_at_once(void **state)
{
	(void)state;
	log_info("one");
	assert_int_equal(lines(look()), 1);
}

static void held_lines_are_written_together_in_order(void **state)
{
	(void)state;
	log_hold(wake, &seen);
	log_info("one");
	log_info("two");
	assert_string_equal(look(), "");
	assert_int_equal(seen.woken, 1);
	log_flush();
	const char *text = look();
	assert_int_equal(lines(text), 2);
	assert_true(strstr(text, "msg=one") && strstr(text, "msg=one") < strstr(text, "msg=two"));
	log_flush();
	assert_string_equal(look(), "");
	log_info("three");
	assert_int_equal(seen.woken, 2);
}

static void a_warning_waits_for_nobody_and_takes_along_what_came_before(void **state)
{
	(void)state;
	log_hold(wake, &seen);
	log_info("before");
	log_warning("now");
	const char *text = look();
	assert_int_equal(lines(text), 2);
	assert_true(strstr(text, "before") < strstr(text, "now"));
	log_error("at once");
	assert_int_equal(lines(look()), 1);
}

static void many_lines_are_written_in_whole_ones_that_a_pipe_does_not_tear(void **state)
{
	(void)state;
	size_t count = 0;
	log_hold(wake, &seen);
	for (int i = 0; i < 200; i++) {
		log_info("line=%d of many", i);
		const char *text = look();
		size_t len = strlen(text);
		assert_true(len <= PIPE_BUF);
		assert_true(!len || text[len - 1] == '\n');
		count += lines(text);
	}
	assert_true(count > 100 && count < 200);
	log_hold(NULL, NULL);
	assert_int_equal(count + lines(look()), 200);
}

int main(void)
{
#define diverted(name) cmocka_unit_test_setup_teardown(name, divert, restore)
	const struct CMUnitTest tests[] = {
		diverted(a_line_is_written_at_once), diverted(held_lines_are_written_together_in_order),
		diverted(a_warning_waits_for_nobody_and_takes_along_what_came_before),
		diverted(many_lines_are_written_in_whole_ones_that_a_pipe_does_not_tear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
