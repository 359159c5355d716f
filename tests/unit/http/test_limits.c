// Limits of an address, in memory that several fronts share.
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_window.h"
#include "check.h"
#include "http/limits.h"

enum { PROCESSES = 8, SLOTS = HTTP_LIMITS_SETS * HTTP_LIMITS_WAYS, HOUR_MS = 3600000 };

static const uint8_t KEY[HTTP_CUSTOMER_KEY_LEN] = "a key for tests of thirty-two b";

struct fixture {
	int fd;
	struct http_limits_window *window;
};

struct address {
	uint8_t bytes[16];
};

static struct address four(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
}

static struct address nth(uint32_t n)
{
	return four((uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n);
}

static struct http_limits_window *map(int fd)
{
	void *window = NULL;
	assert_int_equal(shared_window_map(fd, sizeof(struct http_limits_window), &window), 0);
	return window;
}

static int open_window(void **state)
{
	static struct fixture fixture;
	assert_int_equal(shared_window_make("limits", sizeof(*fixture.window), &fixture.fd), 0);
	fixture.window = map(fixture.fd);
	*state = &fixture;
	return 0;
}

static int close_window(void **state)
{
	struct fixture *fixture = *state;
	shared_window_unmap(fixture->window, sizeof(*fixture->window));
	return close(fixture->fd);
}

static struct http_limits *limits_in(struct http_limits_window *window, uint8_t kind, unsigned per_minute, unsigned burst)
{
	const struct http_limits_options options = {window, KEY, kind, per_minute, burst};
	struct http_limits *limits = NULL;
	assert_int_equal(http_limits_new(&options, &limits), 0);
	return limits;
}

static struct http_limits *limits_of(void **state, unsigned per_minute, unsigned burst)
{
	struct fixture *fixture = *state;
	return limits_in(fixture->window, 0, per_minute, burst);
}

static unsigned taken(struct http_limits *limits, struct address address, int64_t now_ms, unsigned tries)
{
	unsigned count = 0, wait_s = 0;
	for (unsigned i = 0; i < tries; i++)
		count += http_limits_take(limits, address.bytes, now_ms, &wait_s);
	return count;
}

static void a_burst_passes_and_then_the_rate(void **state)
{
	struct http_limits *limits = limits_of(state, 60, 10);
	const struct address a = four(192, 0, 2, 1);
	assert_int_equal(taken(limits, a, 1000, 20), 10);
	assert_int_equal(taken(limits, a, 1999, 5), 0);
	assert_int_equal(taken(limits, a, 2000, 5), 1);
	assert_int_equal(taken(limits, a, 5000, 5), 3);
	assert_int_equal(taken(limits, a, 600000, 50), 10);
	http_limits_free(limits);
}

static void in_the_long_run_it_is_the_rate_that_was_configured(void **state)
{
	static const unsigned RATES[] = {1, 7, 60, 600, 7000, 100000};
	for (size_t i = 0; i < sizeof(RATES) / sizeof(RATES[0]); i++) {
		struct http_limits *limits = limits_of(state, RATES[i], RATES[i]);
		const struct address a = four(192, 0, 2, (uint8_t)i);
		unsigned count = taken(limits, a, 0, RATES[i]) - RATES[i];
		for (int64_t now_ms = 50; now_ms <= 10 * 60000; now_ms += 50)
			count += taken(limits, a, now_ms, RATES[i] / 1000 + 1);
		assert_in_range(count, RATES[i] * 10 - RATES[i] * 10 / 20, RATES[i] * 10);
		http_limits_free(limits);
	}
}

static void who_is_refused_hears_when_to_come_again(void **state)
{
	struct http_limits *limits = limits_of(state, 6, 1); // every ten seconds
	const struct address a = four(192, 0, 2, 1);
	unsigned wait_s = 0;
	assert_true(http_limits_take(limits, a.bytes, 0, &wait_s));
	assert_false(http_limits_take(limits, a.bytes, 0, &wait_s));
	assert_int_equal(wait_s, 10);
	assert_false(http_limits_take(limits, a.bytes, 9500, &wait_s));
	assert_int_equal(wait_s, 1);
	assert_true(http_limits_take(limits, a.bytes, 10000, &wait_s));
	http_limits_free(limits);
}

static void being_refused_costs_nothing(void **state)
{
	struct http_limits *limits = limits_of(state, 60, 1);
	const struct address a = four(192, 0, 2, 1);
	assert_int_equal(taken(limits, a, 0, 1000), 1);
	assert_int_equal(taken(limits, a, 1000, 1), 1);
	http_limits_free(limits);
}

static void one_address_does_not_pay_for_another(void **state)
{
	struct http_limits *limits = limits_of(state, 1, 1);
	assert_int_equal(taken(limits, four(192, 0, 2, 1), 0, 5), 1);
	assert_int_equal(taken(limits, four(192, 0, 2, 2), 0, 5), 1);
	http_limits_free(limits);
}

static void of_ipv6_a_customer_is_64_bits(void **state)
{
	struct http_limits *limits = limits_of(state, 1, 1);
	const struct address a = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}}, neighbour = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9}},
			     other = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 2}};
	assert_int_equal(taken(limits, a, 0, 1), 1);
	assert_int_equal(taken(limits, neighbour, 0, 1), 0);
	assert_int_equal(taken(limits, other, 0, 1), 1);
	http_limits_free(limits);
}

static void each_kind_is_counted_by_itself(void **state)
{
	struct fixture *fixture = *state;
	struct http_limits *some = limits_in(fixture->window, 1, 1, 3), *others = limits_in(fixture->window, 2, 1, 5);
	const struct address six = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1}}, addresses[] = {four(192, 0, 2, 1), six};
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(taken(some, addresses[i], 0, 9), 3);
		assert_int_equal(taken(others, addresses[i], 0, 9), 5);
		assert_int_equal(taken(some, addresses[i], 0, 9), 0);
	}
	http_limits_free(some);
	http_limits_free(others);
}

// --- several fronts

static void who_asks_two_fronts_gets_no_more_than_who_asks_one(void **state)
{
	struct fixture *fixture = *state;
	struct http_limits_window *again = map(fixture->fd);
	struct http_limits *fronts[] = {limits_in(fixture->window, 0, 6, 10), limits_in(again, 0, 6, 10)};
	const struct address a = four(192, 0, 2, 1), b = four(192, 0, 2, 2);
	unsigned count = 0, wait_s = 0;
	assert_ptr_not_equal(again, fixture->window);
	for (unsigned i = 0; i < 40; i++)
		count += http_limits_take(fronts[i % 2], a.bytes, 5000, &wait_s);
	assert_int_equal(count, 10);
	assert_int_equal(wait_s, 10);
	assert_int_equal(taken(fronts[1], b, 5000, 40), 10);
	assert_int_equal(taken(fronts[0], a, 14999, 5) + taken(fronts[1], a, 14999, 5), 0);
	assert_int_equal(taken(fronts[1], a, 15000, 5) + taken(fronts[0], a, 15000, 5), 1);
	http_limits_free(fronts[0]);
	http_limits_free(fronts[1]);
	shared_window_unmap(again, sizeof(*again));
}

static void what_was_counted_outlives_a_front(void **state)
{
	struct http_limits *limits = limits_of(state, 1, 5);
	const struct address a = four(192, 0, 2, 1);
	assert_int_equal(taken(limits, a, 0, 9), 5);
	http_limits_free(limits);
	limits = limits_of(state, 1, 5);
	assert_int_equal(taken(limits, a, 0, 9), 0);
	http_limits_free(limits);
}

// Each asks for the same addresses until it is refused for all; its exit code tells how often it was let through for one.
static void ask_in_a_process(void **state, int go)
{
	enum { ADDRESSES = 50 };
	struct http_limits *limits = limits_of(state, 1, 100);
	unsigned count = 0;
	char byte;
	(void)!read(go, &byte, 1); // the end of the pipe: all begin together
	for (unsigned round = 0; round < 200; round++)
		for (uint32_t i = 0; i < ADDRESSES; i++)
			count += taken(limits, nth(i), 0, 1) && i == 7;
	http_limits_free(limits);
	_exit((int)count);
}

static void many_at_once_get_exactly_what_one_would(void **state)
{
	int go[2], status;
	pid_t children[PROCESSES];
	unsigned count = 0;
	assert_int_equal(pipe(go), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			(void)close(go[1]);
			ask_in_a_process(state, go[0]);
		}
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		count += (unsigned)WEXITSTATUS(status);
	}
	assert_int_equal(count, 100);
}

// --- more addresses than slots

static void a_full_table_refuses_hardly_any_newcomer(void **state)
{
	struct http_limits *limits = limits_of(state, 1, 1);
	unsigned refused = 0;
	for (uint32_t i = 0; i < 4 * SLOTS; i++) // each is at its limit from then on
		refused += !taken(limits, nth(i), 0, 1);
	assert_in_range(refused, 0, 30); // one in 2^17
	http_limits_free(limits);
}

static void addresses_that_ask_a_little_do_not_push_out_one_at_its_limit(void **state)
{
	struct http_limits *limits = limits_of(state, 1, 20);
	unsigned forgotten = 0;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(taken(limits, nth(i), 0, 30), 20);
	for (uint32_t i = 1000; i < 4 * SLOTS; i++)
		(void)taken(limits, nth(i), 0, 1);
	for (uint32_t i = 0; i < 100; i++)
		forgotten += taken(limits, nth(i), 0, 1);
	assert_int_equal(forgotten, 0);
	http_limits_free(limits);
}

// A full table of addresses at their limit can only come from whoever has that many; then the newest are remembered.
static void what_is_over_makes_room(void **state)
{
	struct http_limits *limits = limits_of(state, 60, 2);
	const struct address a = four(192, 0, 2, 1);
	for (uint32_t i = 1000; i < 2 * SLOTS; i++)
		(void)taken(limits, nth(i), 0, 2);
	assert_int_equal(taken(limits, a, HOUR_MS, 9), 2);
	for (uint32_t i = 0; i < SLOTS / 16; i++)
		(void)taken(limits, nth(i), HOUR_MS, 2);
	assert_int_equal(taken(limits, a, HOUR_MS, 9), 0);
	http_limits_free(limits);
}

// --- a front that has gone wrong

static void whatever_stands_in_the_window_nobody_waits_longer_than_a_full_burst(void **state)
{
	struct fixture *fixture = *state;
	struct http_limits *limits = limits_of(state, 6, 3);
	const struct address a = four(192, 0, 2, 1);
	unsigned wait_s = 0;
	(void)taken(limits, a, 0, 1);
	for (size_t set = 0; set < HTTP_LIMITS_SETS; set++)
		for (size_t way = 0; way < HTTP_LIMITS_WAYS; way++)
			fixture->window->slots[set][way] |= UINT64_MAX >> 20;
	assert_false(http_limits_take(limits, a.bytes, 0, &wait_s));
	assert_int_equal(wait_s, 10);
	assert_int_equal(taken(limits, four(192, 0, 2, 2), 0, 9), 3);
	assert_int_equal(taken(limits, a, 9999, 9), 0);
	assert_int_equal(taken(limits, a, 10000, 9), 1);
	http_limits_free(limits);
}

static void after_a_reload_the_new_burst_holds(void **state)
{
	struct http_limits *limits = limits_of(state, 1, 600);
	const struct address a = four(192, 0, 2, 1);
	assert_int_equal(taken(limits, a, 0, 700), 600); // for ten hours
	http_limits_free(limits);
	limits = limits_of(state, 60, 10);
	assert_int_equal(taken(limits, a, 1000, 20), 0);
	assert_int_equal(taken(limits, a, 11000, 20), 10);
	http_limits_free(limits);
}

static void senseless_limits_are_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct http_limits_options bad[] = {{fixture->window, KEY, 0, 0, 1}, {fixture->window, KEY, 0, 1, 0}, {NULL, KEY, 0, 1, 1},
		{fixture->window, KEY, 0, 1000001, 1}, {fixture->window, KEY, 0, 1, 1000001}};
	struct http_limits *limits = NULL;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(http_limits_new(&bad[i], &limits), XICA_EINVAL);
	assert_null(limits);
	http_limits_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_window, close_window)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_burst_passes_and_then_the_rate),
		TEST(in_the_long_run_it_is_the_rate_that_was_configured),
		TEST(who_is_refused_hears_when_to_come_again),
		TEST(being_refused_costs_nothing),
		TEST(one_address_does_not_pay_for_another),
		TEST(of_ipv6_a_customer_is_64_bits),
		TEST(each_kind_is_counted_by_itself),
		TEST(who_asks_two_fronts_gets_no_more_than_who_asks_one),
		TEST(what_was_counted_outlives_a_front),
		TEST(many_at_once_get_exactly_what_one_would),
		TEST(a_full_table_refuses_hardly_any_newcomer),
		TEST(addresses_that_ask_a_little_do_not_push_out_one_at_its_limit),
		TEST(what_is_over_makes_room),
		TEST(whatever_stands_in_the_window_nobody_waits_longer_than_a_full_burst),
		TEST(after_a_reload_the_new_burst_holds),
		TEST(senseless_limits_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
