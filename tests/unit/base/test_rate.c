#include "base/rate.h"
#include "check.h"

enum { NOW = 1780000000 };

static struct rate parsed(const char *text)
{
	struct rate rate = RATE_NONE;
	assert_int_equal(rate_parse(view_str(text), &rate), 0);
	return rate;
}

static bool take(const struct rate *rate, int64_t *tat_us, xica_time now)
{
	if (rate_wait(rate, *tat_us, now))
		return false;
	*tat_us = rate_after(rate, *tat_us, now);
	return true;
}

static void a_rate_is_read_and_written_in_human_units(void **state)
{
	static const char *const SAME[] = {"300 per 3h", "5 per 7d, burst 2", "1 per 1s", "10 per 90m", "50 per 2w", "none", "1000000 per 366d"};
	(void)state;
	for (size_t i = 0; i < sizeof(SAME) / sizeof(SAME[0]); i++) {
		cleanup_buf text = BUF_INIT;
		struct rate rate = parsed(SAME[i]);
		struct rate again;
		rate_add_text(&text, &rate);
		assert_int_equal(rate_parse(buf_view(&text), &again), 0);
		assert_true(again.count == rate.count && again.period == rate.period && again.burst == rate.burst);
	}
	struct rate rate = parsed("300 per 3h");
	assert_true(rate.count == 300 && rate.period == 10800 && rate.burst == 300);
	rate = parsed("5 per 7d,burst 2");
	assert_true(rate.count == 5 && rate.period == 7 * XICA_DAY && rate.burst == 2);
}

static void what_is_no_rate_is_refused(void **state)
{
	static const char *const BAD[] = {"", "5", "5 per", "5 per 3", "0 per 3h", "5 per 0h", "5 per 3h,", "5 per 3h, burst", "5 per 3h, burst 0", "-5 per 3h",
		"5 per 3h extra", "1000001 per 3h", "5 per 400d", "99999999999999999999 per 1h", "none at all", "5 per 3y", "NaN per 3h"};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct rate rate = {7, 7, 7};
		assert_int_equal(rate_parse(view_str(BAD[i]), &rate), XICA_EPARSE);
		assert_int_equal(rate.count, 7);
	}
}

static void a_burst_may_come_at_once_and_then_one_in_each_interval(void **state)
{
	struct rate rate = parsed("5 per 100s, burst 3");
	int64_t tat = 0;
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(rate_left(&rate, tat, NOW), 3 - i);
		assert_true(take(&rate, &tat, NOW));
	}
	assert_false(take(&rate, &tat, NOW));
	assert_int_equal(rate_left(&rate, tat, NOW), 0);
	assert_int_equal(rate_wait(&rate, tat, NOW), 20);
	assert_false(take(&rate, &tat, NOW + 19));
	assert_true(take(&rate, &tat, NOW + 20));
	assert_false(take(&rate, &tat, NOW + 20));
	assert_true(take(&rate, &tat, NOW + 1000));
	assert_int_equal(rate_left(&rate, tat, NOW + 1000), 2); // what was not used in all that time is not saved up
}

static void in_the_long_run_nobody_gets_more_than_the_rate(void **state)
{
	struct rate rate = parsed("50 per 1h, burst 10");
	int64_t tat = 0;
	unsigned taken = 0;
	(void)state;
	for (xica_time now = NOW; now < NOW + 10 * XICA_HOUR; now++)
		taken += take(&rate, &tat, now);
	assert_in_range(taken, 500, 510);
}

static void a_clock_that_was_set_back_and_a_rate_that_was_changed_shut_nobody_out(void **state)
{
	struct rate rate = parsed("10 per 1h");
	int64_t tat = 0;
	(void)state;
	for (unsigned i = 0; i < 10; i++)
		assert_true(take(&rate, &tat, NOW));
	assert_int_equal(rate_wait(&rate, tat, NOW - 10 * XICA_DAY), 360);
	struct rate faster = parsed("10 per 1m");
	assert_int_equal(rate_wait(&faster, tat, NOW), 6);
}

static void what_can_not_be_refused_is_counted_up_to_a_full_burst(void **state)
{
	struct rate rate = parsed("5 per 1h");
	int64_t tat = 0;
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		tat = rate_after(&rate, tat, NOW);
	assert_int_equal(rate_wait(&rate, tat, NOW), 720);
}

static void without_a_limit_nothing_waits(void **state)
{
	struct rate rate = RATE_NONE;
	(void)state;
	assert_int_equal(rate_wait(&rate, INT64_MAX, NOW), 0);
	assert_int_equal(rate_after(&rate, 5, NOW), 0);
}

static void durations_are_said_as_people_say_them(void **state)
{
	static const struct {
		xica_time seconds;
		const char *text;
	} SAID[] = {{0, "0 seconds"}, {1, "1 second"}, {45, "45 seconds"}, {60, "1 minute"}, {125, "2 minutes and 5 seconds"}, {3 * XICA_HOUR, "3 hours"},
		    {33 * XICA_HOUR, "1 day and 9 hours"}, {7 * XICA_DAY, "7 days"}};
	(void)state;
	for (size_t i = 0; i < sizeof(SAID) / sizeof(SAID[0]); i++) {
		cleanup_buf text = BUF_INIT;
		rate_add_duration(&text, SAID[i].seconds);
		assert_string_equal(buf_cstr(&text), SAID[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_read_and_written_in_human_units),
		cmocka_unit_test(what_is_no_rate_is_refused),
		cmocka_unit_test(a_burst_may_come_at_once_and_then_one_in_each_interval),
		cmocka_unit_test(in_the_long_run_nobody_gets_more_than_the_rate),
		cmocka_unit_test(a_clock_that_was_set_back_and_a_rate_that_was_changed_shut_nobody_out),
		cmocka_unit_test(what_can_not_be_refused_is_counted_up_to_a_full_burst),
		cmocka_unit_test(without_a_limit_nothing_waits),
		cmocka_unit_test(durations_are_said_as_people_say_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
