// Shares of connections, in memory that several fronts share.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_window.h"
#include "check.h"
#include "http/shares.h"

enum { FRONTS = 8, MOST = 128, KIND = 1, FULL = 4544 }; // so many connections a front has room for

static const uint8_t KEY[HTTP_CUSTOMER_KEY_LEN] = "a key for tests of thirty-two b";

struct fixture {
	int fd;
	struct http_shares_window *window;
	struct http_shares *fronts[FRONTS];
};

struct address {
	uint8_t bytes[16];
};

static struct address nth(uint32_t n)
{
	return (struct address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

static struct http_shares_window *map(int fd)
{
	void *window = NULL;
	assert_int_equal(shared_window_map(fd, sizeof(struct http_shares_window), &window), 0);
	return window;
}

static struct http_shares *front_in(struct http_shares_window *window, unsigned part, unsigned parts, unsigned most)
{
	const struct http_shares_options options = {window, KEY, part, parts, most};
	struct http_shares *shares = NULL;
	assert_int_equal(http_shares_new(&options, &shares), 0);
	return shares;
}

static int open_window(void **state)
{
	static struct fixture fixture;
	assert_int_equal(shared_window_make("shares", sizeof(*fixture.window), &fixture.fd), 0);
	fixture.window = map(fixture.fd);
	for (unsigned i = 0; i < FRONTS; i++)
		fixture.fronts[i] = front_in(fixture.window, i, FRONTS, MOST);
	*state = &fixture;
	return 0;
}

static int close_window(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < FRONTS; i++)
		http_shares_free(fixture->fronts[i]);
	shared_window_unmap(fixture->window, sizeof(*fixture->window));
	return close(fixture->fd);
}

// How many of so many new ones are within the share. All stay.
static unsigned joined(struct http_shares *shares, struct address address, unsigned tries)
{
	struct http_shares_places places;
	unsigned count = 0;
	for (unsigned i = 0; i < tries; i++)
		count += http_shares_join(shares, address.bytes, KIND, &places);
	return count;
}

static bool has_room(struct http_shares *shares, struct address address)
{
	struct http_shares_places places;
	bool within = http_shares_join(shares, address.bytes, KIND, &places);
	http_shares_leave(shares, &places);
	return within;
}

static void an_address_has_its_share_and_one_that_goes_makes_room(void **state)
{
	struct fixture *fixture = *state;
	struct http_shares *front = fixture->fronts[0];
	struct http_shares_places first, places;
	assert_true(http_shares_join(front, nth(1).bytes, KIND, &first));
	assert_int_equal(joined(front, nth(1), MOST - 1), MOST - 1);
	assert_false(http_shares_join(front, nth(1).bytes, KIND, &places));
	http_shares_leave(front, &first); // the one too many is still there
	assert_false(has_room(front, nth(1)));
	http_shares_leave(front, &places);
	assert_true(has_room(front, nth(1)));
	assert_int_equal(joined(front, nth(2), 2 * MOST), MOST);
}

static void each_kind_is_counted_by_itself(void **state)
{
	struct fixture *fixture = *state;
	struct http_shares_places places;
	assert_int_equal(joined(fixture->fronts[0], nth(1), 2 * MOST), MOST);
	assert_true(http_shares_join(fixture->fronts[0], nth(1).bytes, KIND + 1, &places));
}

static void of_ipv6_a_customer_is_64_bits(void **state)
{
	struct fixture *fixture = *state;
	const struct address a = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}}, neighbour = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9}},
			     other = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 2}};
	assert_int_equal(joined(fixture->fronts[0], a, MOST), MOST);
	assert_false(has_room(fixture->fronts[0], neighbour));
	assert_true(has_room(fixture->fronts[0], other));
}

// --- several fronts

static void who_is_connected_to_all_fronts_has_no_more_than_at_one(void **state)
{
	struct fixture *fixture = *state;
	struct http_shares_window *again = map(fixture->fd);
	struct http_shares *front = front_in(again, 3, FRONTS, MOST);
	unsigned count = 0;
	assert_ptr_not_equal(again, fixture->window);
	for (unsigned i = 0; i < FRONTS; i++)
		count += joined(i == 3 ? front : fixture->fronts[i], nth(1), MOST / FRONTS);
	assert_int_equal(count, MOST);
	for (unsigned i = 0; i < FRONTS; i++)
		assert_false(has_room(i == 3 ? front : fixture->fronts[i], nth(1)));
	http_shares_free(front);
	shared_window_unmap(again, sizeof(*again));
}

static void what_a_killed_front_had_its_successor_forgets_and_nobody_elses(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(joined(fixture->fronts[0], nth(1), 100), 100);
	assert_int_equal(joined(fixture->fronts[1], nth(1), 20), 20);
	http_shares_free(fixture->fronts[0]); // all its connections are still counted
	assert_int_equal(joined(fixture->fronts[1], nth(1), 9), 8);
	fixture->fronts[0] = front_in(fixture->window, 0, FRONTS, MOST);
	assert_int_equal(joined(fixture->fronts[0], nth(1), 2 * MOST), MOST - 29);
}

static void fronts_beyond_the_configured_number_are_not_counted(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(joined(fixture->fronts[7], nth(1), MOST), MOST); // and is killed, and never comes again
	struct http_shares *fewer = front_in(fixture->window, 0, 7, MOST);
	assert_true(has_room(fewer, nth(1)));
	http_shares_free(fewer);
}

// Joins and leaves as others do so too, and keeps what was within; the exit code says how many.
static void join_in_a_process(struct http_shares *shares, int go)
{
	struct http_shares_places places;
	unsigned count = 0;
	char byte;
	(void)!read(go, &byte, 1); // the end of the pipe: all begin together
	for (unsigned round = 0; round < 20000; round++) {
		if (http_shares_join(shares, nth(1).bytes, KIND, &places))
			count++;
		else
			http_shares_leave(shares, &places);
	}
	_exit((int)count);
}

static void many_at_once_never_have_more_than_the_share(void **state)
{
	struct fixture *fixture = *state;
	int go[2], status;
	pid_t children[FRONTS];
	unsigned count = 0;
	assert_int_equal(pipe(go), 0);
	for (unsigned i = 0; i < FRONTS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			(void)close(go[1]);
			join_in_a_process(fixture->fronts[i], go[0]);
		}
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (unsigned i = 0; i < FRONTS; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		count += (unsigned)WEXITSTATUS(status);
	}
	assert_in_range(count, MOST - FRONTS, MOST); // who meets others at the border may be refused with them, and comes again
	assert_false(has_room(fixture->fronts[0], nth(1)) && count == MOST);
}

// --- many addresses

static void whoever_else_comes_and_goes_nobody_gets_more_and_all_of_it_is_forgotten(void **state)
{
	enum { ROUNDS = 20000 };
	struct fixture *fixture = *state;
	struct http_shares_places *places = calloc(ROUNDS, sizeof(*places));
	assert_int_equal(joined(fixture->fronts[0], nth(1), MOST), MOST);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		(void)http_shares_join(fixture->fronts[i % FRONTS], nth(1000 + i * 7919).bytes, KIND, &places[i]);
		if (i % 100 == 0)
			assert_false(has_room(fixture->fronts[i / 100 % FRONTS], nth(1)));
	}
	for (uint32_t i = 0; i < ROUNDS; i++)
		http_shares_leave(fixture->fronts[i % FRONTS], &places[i]);
	for (unsigned row = 0; row < HTTP_SHARES_ROWS; row++)
		for (unsigned place = 0, all = 0; place < HTTP_SHARES_PLACES; place++) {
			all += fixture->window->parts[0].counts[row][place];
			assert_true(fixture->window->parts[1].counts[row][place] == 0);
			if (place == HTTP_SHARES_PLACES - 1)
				assert_int_equal(all, MOST);
		}
	free(places);
}

static unsigned refused_strangers(struct fixture *fixture, unsigned count)
{
	unsigned refused = 0;
	for (uint32_t i = 0; i < count; i++)
		refused += !has_room(fixture->fronts[i % FRONTS], nth(0x40000000 + i));
	return refused;
}

static void full_of_addresses_at_their_share_the_fronts_refuse_no_stranger(void **state)
{
	struct fixture *fixture = *state;
	for (uint32_t i = 0; i < FRONTS * FULL / MOST; i++)
		assert_int_equal(joined(fixture->fronts[i % FRONTS], nth(i), MOST), MOST);
	assert_int_equal(refused_strangers(fixture, 20000), 0); // one in ten million
}

static void full_of_addresses_with_one_connection_they_refuse_no_stranger(void **state)
{
	struct fixture *fixture = *state;
	unsigned refused = 0;
	for (uint32_t i = 0; i < FRONTS * FULL; i++)
		refused += joined(fixture->fronts[i % FRONTS], nth(i), 1) != 1;
	assert_int_equal(refused, 0);
	assert_int_equal(refused_strangers(fixture, 20000), 0);
	assert_in_range(joined(fixture->fronts[0], nth(0x50000000), 2 * MOST), MOST / 2, MOST); // nor has one much less than its share
}

// --- a front that has gone wrong

static void whatever_stands_in_another_part_ours_is_counted_as_it_is(void **state)
{
	struct fixture *fixture = *state;
	memset(&fixture->window->parts[1], 0xff, sizeof(fixture->window->parts[1]));
	assert_false(has_room(fixture->fronts[0], nth(1)));
	memset(&fixture->window->parts[1], 0, sizeof(fixture->window->parts[1]));
	assert_int_equal(joined(fixture->fronts[0], nth(1), 2 * MOST), MOST);
}

static void senseless_shares_are_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct http_shares_options bad[] = {{fixture->window, KEY, 0, 1, 0}, {fixture->window, KEY, 1, 1, 1}, {fixture->window, KEY, 0, 0, 1},
		{fixture->window, KEY, 0, HTTP_SHARES_PARTS + 1, 1}, {NULL, KEY, 0, 1, 1}};
	struct http_shares *shares = NULL;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(http_shares_new(&bad[i], &shares), XICA_EINVAL);
	assert_null(shares);
	http_shares_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_window, close_window)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_has_its_share_and_one_that_goes_makes_room),
		TEST(each_kind_is_counted_by_itself),
		TEST(of_ipv6_a_customer_is_64_bits),
		TEST(who_is_connected_to_all_fronts_has_no_more_than_at_one),
		TEST(what_a_killed_front_had_its_successor_forgets_and_nobody_elses),
		TEST(fronts_beyond_the_configured_number_are_not_counted),
		TEST(many_at_once_never_have_more_than_the_share),
		TEST(whoever_else_comes_and_goes_nobody_gets_more_and_all_of_it_is_forgotten),
		TEST(full_of_addresses_at_their_share_the_fronts_refuse_no_stranger),
		TEST(full_of_addresses_with_one_connection_they_refuse_no_stranger),
		TEST(whatever_stands_in_another_part_ours_is_counted_as_it_is),
		TEST(senseless_shares_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
