#include "http/limits.h"
#include "check.h"

struct address {
	uint8_t bytes[16];
};

static struct address four(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
}

static struct http_limits *limits_of(size_t addresses, unsigned per_minute, unsigned burst)
{
	const struct http_limits_options options = {addresses, per_minute, burst, 42};
	struct http_limits *limits = NULL;
	assert_int_equal(http_limits_new(&options, &limits), 0);
	return limits;
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
	struct http_limits *limits = limits_of(64, 60, 10);
	const struct address a = four(192, 0, 2, 1);
	(void)state;
	assert_int_equal(taken(limits, a, 1000, 20), 10);
	assert_int_equal(taken(limits, a, 1999, 5), 0);
	assert_int_equal(taken(limits, a, 2000, 5), 1);
	assert_int_equal(taken(limits, a, 5000, 5), 3);
	assert_int_equal(taken(limits, a, 600000, 50), 10);
	http_limits_free(limits);
}

static void who_is_refused_hears_when_to_come_again(void **state)
{
	struct http_limits *limits = limits_of(64, 6, 1); // every ten seconds
	const struct address a = four(192, 0, 2, 1);
	unsigned wait_s = 0;
	(void)state;
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
	struct http_limits *limits = limits_of(64, 60, 1);
	const struct address a = four(192, 0, 2, 1);
	(void)state;
	assert_int_equal(taken(limits, a, 0, 1000), 1);
	assert_int_equal(taken(limits, a, 1000, 1), 1);
	http_limits_free(limits);
}

static void one_address_does_not_pay_for_another(void **state)
{
	struct http_limits *limits = limits_of(64, 1, 1);
	(void)state;
	assert_int_equal(taken(limits, four(192, 0, 2, 1), 0, 5), 1);
	assert_int_equal(taken(limits, four(192, 0, 2, 2), 0, 5), 1);
	http_limits_free(limits);
}

static void a_full_table_refuses_no_newcomer(void **state)
{
	struct http_limits *limits = limits_of(16, 1, 1);
	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(taken(limits, four(10, 0, (uint8_t)(i >> 8), (uint8_t)i), i, 1), 1);
	http_limits_free(limits);
}

static void of_ipv6_a_customer_is_64_bits(void **state)
{
	struct http_limits *limits = limits_of(64, 1, 1);
	const struct address a = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}}, neighbour = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9}},
			     other = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 2}};
	(void)state;
	assert_int_equal(taken(limits, a, 0, 1), 1);
	assert_int_equal(taken(limits, neighbour, 0, 1), 0);
	assert_int_equal(taken(limits, other, 0, 1), 1);
	http_limits_free(limits);
}

static void senseless_limits_are_refused(void **state)
{
	static const struct http_limits_options BAD[] = {{0, 1, 1, 0}, {1, 0, 1, 0}, {1, 1, 0, 0}};
	struct http_limits *limits = NULL;
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(http_limits_new(&BAD[i], &limits), XICA_EINVAL);
	assert_null(limits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_passes_and_then_the_rate),
		cmocka_unit_test(who_is_refused_hears_when_to_come_again),
		cmocka_unit_test(being_refused_costs_nothing),
		cmocka_unit_test(one_address_does_not_pay_for_another),
		cmocka_unit_test(a_full_table_refuses_no_newcomer),
		cmocka_unit_test(of_ipv6_a_customer_is_64_bits),
		cmocka_unit_test(senseless_limits_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
