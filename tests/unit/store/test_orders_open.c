// What came into a state and did not leave it is what the table counts there, whatever became of orders.
#include "store/cleanup.h"
#include "fixture.h"

static struct store_orders_open told(const struct store *store)
{
	struct store_stats stats = store_stats(store);
	const uint64_t *tally = stats.tally;
	return (struct store_orders_open){(int64_t)(tally[STORE_TALLY_ORDER_PENDING] - tally[STORE_TALLY_ORDER_LEFT_PENDING]),
					  (int64_t)(tally[STORE_TALLY_ORDER_READY] - tally[STORE_TALLY_ORDER_LEFT_READY]),
					  (int64_t)(tally[STORE_TALLY_ORDER_PROCESSING] - tally[STORE_TALLY_ORDER_LEFT_PROCESSING])};
}

static int count(struct store_txn *txn, void *context)
{
	return store_order_count_open(txn, context);
}

static void assert_open(struct store *store, int64_t pending, int64_t ready, int64_t processing)
{
	struct store_orders_open rows, counted = told(store);
	assert_int_equal(store_run(store, count, &rows), 0);
	assert_int_equal(rows.pending, pending);
	assert_int_equal(rows.ready, ready);
	assert_int_equal(rows.processing, processing);
	assert_int_equal(counted.pending, pending);
	assert_int_equal(counted.ready, ready);
	assert_int_equal(counted.processing, processing);
}

static int64_t ids[16];

static void make(struct store_txn *txn, int64_t account, size_t at, enum store_order_status status, xica_time expires)
{
	int64_t authz = fixture_authz(txn, account, "a.example", STORE_AUTHZ_VALID, NOW + XICA_DAY);
	struct store_order order = fixture_order(account, at);
	order.status = status;
	order.expires = expires;
	assert_int_equal(store_order_insert(txn, &order, &authz, 1, &ids[at]), 0);
}

// Of 1 to 4: pending ones; of 5 to 9: ready ones; some of each expire soon.
static int make_all(struct store_txn *txn, void *context)
{
	int64_t account = fixture_account(txn, 1);
	(void)context;
	for (size_t i = 1; i < 10; i++)
		make(txn, account, i, i < 5 ? STORE_ORDER_PENDING : STORE_ORDER_READY, NOW + (i % 2 ? XICA_HOUR : XICA_DAY));
	return 0;
}

static int go_on(struct store_txn *txn, void *context)
{
	(void)context;
	assert_int_equal(store_order_ready(txn, ids[1]), 0);
	assert_int_equal(store_order_ready(txn, ids[1]), XICA_ECONFLICT); // moves nothing
	for (size_t i = 5; i < 9; i++)
		assert_int_equal(store_order_process(txn, ids[i], VIEW_LIT("csr"), VIEW_LIT("jws")), 0);
	assert_int_equal(store_order_return(txn, ids[5]), 0);
	assert_int_equal(store_order_complete(txn, ids[6], VIEW_LIT("\x01"), NOW + 9 * XICA_DAY), 0);
	assert_int_equal(store_order_fail(txn, ids[7], STORE_ORDER_PROCESSING, VIEW_LIT("{}")), 0);
	assert_int_equal(store_order_fail(txn, ids[2], STORE_ORDER_PENDING, VIEW_LIT("{}")), 0);
	assert_int_equal(store_order_fail(txn, ids[2], STORE_ORDER_PENDING, VIEW_LIT("{}")), XICA_ECONFLICT);
	return 0;
}

static int go_on_and_fail(struct store_txn *txn, void *context)
{
	(void)context;
	assert_int_equal(store_order_ready(txn, ids[4]), 0);
	return XICA_EDENIED;
}

static int clean(struct store_txn *txn, void *context)
{
	const struct store_cleanup options = {.now = NOW + 2 * XICA_HOUR, .grace = XICA_DAY, .limit = *(const size_t *)context};
	struct store_cleanup_result result;
	return store_cleanup(txn, &options, &result);
}

static void clean_up(struct store *store, size_t limit)
{
	assert_int_equal(store_run(store, clean, &limit), 0);
}

static struct store *open_with_orders(struct fixture *f)
{
	fixture_make(f);
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(store_run(f->store, make_all, NULL), 0);
	return f->store;
}

static void each_change_of_a_state_is_counted_on_both_sides(void **state)
{
	struct fixture f;
	struct store *store = open_with_orders(&f);
	(void)state;
	assert_open(store, 4, 5, 0);
	assert_int_equal(store_run(store, go_on, NULL), 0);
	assert_open(store, 2, 3, 1); // 3, 4; 1, 5, 9; 8
	fixture_remove(&f);
}

static void what_was_undone_was_never_counted(void **state)
{
	struct fixture f;
	struct store *store = open_with_orders(&f);
	(void)state;
	assert_int_equal(store_run(store, go_on_and_fail, NULL), XICA_EDENIED);
	assert_open(store, 4, 5, 0);
	fixture_remove(&f);
}

// In one group: those around what fails are counted once.
static void what_was_undone_in_a_group_was_never_counted(void **state)
{
	struct fixture f;
	struct store *store = open_with_orders(&f);
	(void)state;
	assert_int_equal(store_submit(store, go_on, NULL, NULL), 0);
	assert_int_equal(store_submit(store, go_on_and_fail, NULL, NULL), 0);
	store_flush(store);
	assert_open(store, 2, 3, 1);
	fixture_remove(&f);
}

static void expired_ones_are_open_until_clean_up_ended_them(void **state)
{
	struct fixture f;
	struct store *store = open_with_orders(&f);
	(void)state;
	assert_int_equal(store_run(store, go_on, NULL), 0);
	clean_up(store, 1); // 1 expires first, with 3, 5 and 9
	assert_open(store, 2, 2, 1);
	clean_up(store, 9);
	assert_open(store, 1, 0, 1);
	clean_up(store, 9);
	assert_open(store, 1, 0, 1);
	fixture_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_of_a_state_is_counted_on_both_sides),
		cmocka_unit_test(what_was_undone_was_never_counted),
		cmocka_unit_test(what_was_undone_in_a_group_was_never_counted),
		cmocka_unit_test(expired_ones_are_open_until_clean_up_ended_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
