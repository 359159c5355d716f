// When the next portion of a clean-up is due while others have work in the queue: by a clock that the test turns, and a queue that only the test empties.
#include <event2/event.h>

#include "role/registrar/cleanup.h"
#include "store/fixture.h"
#include "store/pending.h"

enum { PORTION = 100, ROWS = 10 * PORTION, GOES_FIRST_MS = 200 };

static struct {
	struct fixture database;
	struct event_base *base;
	struct role role;
	struct registrar registrar;
	int64_t now_ms;
	int64_t portion_ms; // how long one takes, by the clock
} world;

int64_t __wrap_clock_monotonic_ms(void);

// Asked when a portion begins, and when it has ended.
int64_t __wrap_clock_monotonic_ms(void)
{
	int64_t now_ms = world.now_ms;
	world.now_ms += world.portion_ms;
	return now_ms;
}

static int add_rows(struct store_txn *txn, void *context)
{
	struct store_pending pending = {.purpose = STORE_PENDING_TOTP, .expires = clock_now() - 1};
	int error = XICA_OK;
	(void)context;
	for (uint32_t i = 0; i < ROWS && !error; i++) {
		memcpy(pending.key, &i, sizeof(i));
		error = store_pending_put(txn, &pending);
	}
	return error;
}

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.base = world.role.base = event_base_new();
	fixture_make(&world.database);
	world.database.store = fixture_open(world.database.path, NULL); // without a loop: nothing leaves its queue but by store_flush
	world.registrar.role = &world.role;
	world.registrar.store = world.database.store;
	assert_int_equal(store_run(world.registrar.store, add_rows, NULL), 0);
	return registrar_cleanup_start(&world.registrar);
}

static int tear_down(void **state)
{
	(void)state;
	fixture_remove(&world.database);
	registrar_cleanup_free(&world.registrar);
	event_base_free(world.base);
	return 0;
}

static int count_rows(struct store_txn *txn, void *context)
{
	*(int64_t *)context = fixture_rows(txn, "SELECT count(*) FROM pending");
	return XICA_OK;
}

// Everything in the queue is done, a portion too where one was submitted; how many rows there are then.
static int64_t rows_left(void)
{
	int64_t count = -1;
	store_flush(world.registrar.store);
	assert_int_equal(store_run(world.registrar.store, count_rows, &count), 0);
	return count;
}

static size_t queued(void)
{
	return store_queued(world.registrar.store);
}

static int nothing(struct store_txn *txn, void *context)
{
	(void)txn, (void)context;
	return XICA_OK;
}

static void somebody_has_work(void)
{
	assert_int_equal(store_submit(world.registrar.store, nothing, NULL, NULL), 0);
	assert_int_equal(queued(), 1);
}

static int remember(const struct event_base *base, const struct event *event, void *context)
{
	(void)base;
	*(const struct event **)context = event;
	return 0;
}

static struct event *timer(void)
{
	struct event *found = NULL;
	(void)event_base_foreach_event(world.base, remember, &found);
	assert_non_null(found);
	assert_true(event_pending(found, EV_TIMEOUT, NULL));
	return found;
}

// Its time has come, however long it would have been until then.
static void is_due(void)
{
	event_active(timer(), EV_TIMEOUT, 1);
	assert_true(event_base_loop(world.base, EVLOOP_NONBLOCK) >= 0);
}

static void a_first_portion_is_done(void)
{
	is_due();
	assert_int_equal(queued(), 1);
	assert_int_equal(rows_left(), ROWS - PORTION);
}

static void where_nobody_has_work_the_next_portion_follows_whenever_it_is_due(void **state)
{
	(void)state;
	a_first_portion_is_done();
	is_due();
	assert_int_equal(queued(), 1);
	assert_int_equal(rows_left(), ROWS - 2 * PORTION);
}

static void others_go_first_but_not_for_longer_than_a_fifth_of_a_second(void **state)
{
	(void)state;
	a_first_portion_is_done();
	for (int portion = 2; portion < 5; portion++) {
		somebody_has_work();
		for (int i = 0; i < 100; i++) {
			is_due();
			assert_int_equal(queued(), 1); // theirs alone
		}
		world.now_ms += GOES_FIRST_MS - 1;
		is_due();
		assert_int_equal(queued(), 1);
		world.now_ms++;
		is_due();
		assert_int_equal(queued(), 2);
		assert_int_equal(rows_left(), ROWS - portion * PORTION);
	}
}

static void after_a_portion_that_took_long_the_next_look_is_within_a_fifth_of_a_second(void **state)
{
	struct timeval now, when;
	(void)state;
	world.portion_ms = 100000;
	a_first_portion_is_done();
	assert_true(event_pending(timer(), EV_TIMEOUT, &when));
	assert_int_equal(evutil_gettimeofday(&now, NULL), 0);
	// libevent's clock and ours differ by milliseconds; three times what the portion took would be minutes.
	assert_true((when.tv_sec - now.tv_sec) * 1000 + (when.tv_usec - now.tv_usec) / 1000 < 2 * GOES_FIRST_MS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(where_nobody_has_work_the_next_portion_follows_whenever_it_is_due),
		T(others_go_first_but_not_for_longer_than_a_fifth_of_a_second),
		T(after_a_portion_that_took_long_the_next_look_is_within_a_fifth_of_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
