// A rate that several processes share.
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_rate.h"
#include "base/shared_window.h"
#include "check.h"

enum { PROCESSES = 8 };

static const int64_t SECOND_US = 1000000, START_US = 5000000;

struct fixture {
	int fd;
	struct shared_rate *rate;
};

static struct shared_rate *map(int fd)
{
	void *window = NULL;
	assert_int_equal(shared_window_map(fd, sizeof(struct shared_rate), &window), 0);
	return window;
}

static int open_window(void **state)
{
	static struct fixture fixture;
	assert_int_equal(shared_window_make("rate", sizeof(struct shared_rate), &fixture.fd), 0);
	fixture.rate = map(fixture.fd);
	*state = &fixture;
	return 0;
}

static int close_window(void **state)
{
	struct fixture *fixture = *state;
	shared_window_unmap(fixture->rate, sizeof(*fixture->rate));
	return close(fixture->fd);
}

static unsigned taken(struct shared_rate *rate, unsigned per_second, int64_t now_us, unsigned tries)
{
	unsigned count = 0;
	for (unsigned i = 0; i < tries; i++)
		count += shared_rate_take(rate, per_second, now_us);
	return count;
}

static void a_seconds_worth_may_come_at_once_and_then_one_in_each_interval(void **state)
{
	struct shared_rate *rate = ((struct fixture *)*state)->rate;
	assert_int_equal(taken(rate, 4, START_US, 20), 4);
	assert_int_equal(taken(rate, 4, START_US + 249999, 20), 0);
	assert_int_equal(taken(rate, 4, START_US + 250000, 20), 1);
	assert_int_equal(taken(rate, 4, START_US + 800000, 20), 2);
	assert_int_equal(taken(rate, 4, START_US + 60 * SECOND_US, 20), 4); // nothing is saved up
}

static void in_the_long_run_it_is_the_rate_that_was_configured(void **state)
{
	static const unsigned RATES[] = {1, 7, 500, 9999, SHARED_RATE_MAX};
	struct shared_rate *rate = ((struct fixture *)*state)->rate;
	for (size_t i = 0; i < sizeof(RATES) / sizeof(RATES[0]); i++) {
		int64_t start_us = START_US + (int64_t)i * 3600 * SECOND_US;
		assert_int_equal(taken(rate, RATES[i], start_us, RATES[i] + 5), RATES[i]);
		unsigned count = 0;
		for (int64_t after_us = 1000; after_us <= 3 * SECOND_US; after_us += 1000)
			count += taken(rate, RATES[i], start_us + after_us, RATES[i] / 1000 + 2);
		assert_in_range(count, RATES[i] * 3 - RATES[i] / 50 - (RATES[i] > 1), RATES[i] * 3);
	}
}

static void who_asks_in_two_processes_gets_no_more_than_in_one(void **state)
{
	struct fixture *fixture = *state;
	struct shared_rate *again = map(fixture->fd);
	assert_ptr_not_equal(again, fixture->rate);
	assert_int_equal(taken(fixture->rate, 10, START_US, 6) + taken(again, 10, START_US, 20), 10);
	assert_int_equal(taken(fixture->rate, 10, START_US, 5), 0);
	assert_int_equal(taken(again, 10, START_US + 100000, 5) + taken(fixture->rate, 10, START_US + 100000, 5), 1);
	shared_window_unmap(again, sizeof(*again));
}

static void many_at_once_get_exactly_what_one_would(void **state)
{
	struct fixture *fixture = *state;
	int go[2], status;
	pid_t children[PROCESSES];
	unsigned count = 0;
	char byte;
	assert_int_equal(pipe(go), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			(void)close(go[1]);
			(void)!read(go[0], &byte, 1); // the end of the pipe: all begin together
			_exit((int)taken(fixture->rate, 200, START_US, 5000));
		}
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		count += (unsigned)WEXITSTATUS(status);
	}
	assert_int_equal(count, 200);
}

static void whatever_stands_there_nothing_is_refused_for_longer_than_an_interval(void **state)
{
	static const int64_t WRONG[] = {INT64_MAX, INT64_MIN, -1, START_US * 1000 + 3600 * INT64_C(1000000000)};
	struct shared_rate *rate = ((struct fixture *)*state)->rate;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		atomic_store(&rate->tat, WRONG[i]);
		assert_int_equal(taken(rate, 5, START_US, 9), WRONG[i] < 0 ? 5 : 0);
		assert_int_equal(taken(rate, 5, START_US + 200000, 9), 1);
	}
}

static void after_a_reload_the_new_rate_holds(void **state)
{
	struct shared_rate *rate = ((struct fixture *)*state)->rate;
	assert_int_equal(taken(rate, 1, START_US, 2), 1);
	assert_int_equal(taken(rate, 1000, START_US + 1000, 2000), 1);
	assert_int_equal(taken(rate, 5, START_US + SECOND_US + 1000, 20), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_window, close_window)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_seconds_worth_may_come_at_once_and_then_one_in_each_interval),
		TEST(in_the_long_run_it_is_the_rate_that_was_configured),
		TEST(who_asks_in_two_processes_gets_no_more_than_in_one),
		TEST(many_at_once_get_exactly_what_one_would),
		TEST(whatever_stands_there_nothing_is_refused_for_longer_than_an_interval),
		TEST(after_a_reload_the_new_rate_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
