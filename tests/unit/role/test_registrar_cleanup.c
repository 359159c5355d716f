// What a big clean-up leaves to the requests that come meanwhile, and how long it takes.
#include <unistd.h>

#include "base/clock.h"
#include "registrar_rig.h"
#include "store/pending.h"
#include "store/sql.h"

enum { PORTION = 100, ROWS = 150 * PORTION, PORTIONS_SEEN = 5, PATIENCE_MS = 20000 };

static struct rig rig;

static int add_rows(struct store_txn *txn, void *context)
{
	struct store_pending pending = {.purpose = STORE_PENDING_TOTP, .expires = clock_now() - 1};
	(void)context;
	for (uint32_t i = 0; i < ROWS; i++) {
		memcpy(pending.key, &i, sizeof(i));
		int error = store_pending_put(txn, &pending);
		if (error)
			return error;
	}
	return 0;
}

static int count_rows(struct store_txn *txn, void *context)
{
	size_t *count = context;
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM pending");
	int error = sql_row(&q);
	*count = error ? 0 : (size_t)sql_int(&q, 0);
	return error;
}

static size_t rows_left(void)
{
	size_t count = 0;
	rig_run(&rig, count_rows, &count);
	return count;
}

static int start_with_a_backlog(void **state)
{
	(void)state;
	rig_start(&rig, "");
	rig_end(&rig);
	rig_run(&rig, add_rows, NULL);
	rig_launch(&rig);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static void a_backlog_is_gone_in_a_moment_where_nobody_else_has_work(void **state)
{
	int64_t began = clock_monotonic_ms();
	(void)state;
	assert_int_equal(rows_left(), ROWS);
	while (rows_left() && clock_monotonic_ms() - began < PATIENCE_MS)
		(void)usleep(50000);
	assert_int_equal(rows_left(), 0);
}

// There is always a request on its way: each answer is followed by the next question at once. Both go on: portions are not put off for ever, and don't follow one another so closely that
// requests wait for several of them.
static void it_goes_on_beside_requests_without_pause_and_they_are_answered(void **state)
{
	enum { AT_ONCE = 64, LOOK_EVERY = 200 };
	struct order order = rig_order(&rig, "busy.example", NULL);
	int64_t began = clock_monotonic_ms();
	size_t answers = 0, left = ROWS, first = ROWS; // first: rows left when it was seen to have begun; from then on answers are counted
	(void)state;
	for (size_t i = 0; i < AT_ONCE; i++)
		(void)rig_ask(&rig, ACME_ORDER, order.id, NULL, "");
	while (left + PORTIONS_SEEN * PORTION > first && clock_monotonic_ms() - began < PATIENCE_MS) {
		(void)rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
		(void)rig_ask(&rig, ACME_ORDER, order.id, NULL, "");
		if (++answers % LOOK_EVERY)
			continue;
		left = rows_left();
		if (first == ROWS && left < ROWS) {
			first = left;
			answers = 0;
		}
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		(void)rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
	assert_true(first < ROWS && left + PORTIONS_SEEN * PORTION <= first);
	assert_true(answers > 10 * (first - left) / PORTION); // hundreds; one or two where portions follow one another without a pause
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start_with_a_backlog, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_backlog_is_gone_in_a_moment_where_nobody_else_has_work),
		T(it_goes_on_beside_requests_without_pause_and_they_are_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
