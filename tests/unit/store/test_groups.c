#include <event2/event.h>
#include <signal.h>
#include <sys/resource.h>

#include "store/sql.h"
#include "fixture.h"

// One unit of these tests: inserts account n, then returns result.
struct insertion {
	uint64_t n;
	int result;
	int error;              // what done was told; 1: not called
	struct fixture *f;
	bool seen_by_others;    // when done was called, another connection saw the row
	unsigned *order, turn;  // the how-manieth done call of the test it was
	unsigned calls;         // of insert
};

static int insert(struct store_txn *txn, void *context)
{
	struct insertion *i = context;
	i->calls++;
	(void)fixture_account(txn, i->n);
	return i->result;
}

static bool others_see(const struct fixture *f, uint64_t n)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	uint8_t thumbprint[STORE_HASH_LEN];
	fixture_hash(thumbprint, n);
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM account WHERE thumbprint = ?1", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_bind_blob(stmt, 1, thumbprint, STORE_HASH_LEN, SQLITE_STATIC), SQLITE_OK);
	bool there = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return there;
}

static void inserted(int error, void *context)
{
	struct insertion *i = context;
	i->error = error;
	i->turn = ++*i->order;
	i->seen_by_others = others_see(i->f, i->n);
}

static void note_error(int error, void *context)
{
	*(int *)context = error;
}

static int on_commit(void *context)
{
	++*(unsigned *)context;
	return 0;
}

static unsigned commits;

static int hook_commits(struct store_txn *txn, void *context)
{
	(void)context;
	(void)sqlite3_commit_hook(txn->db, on_commit, &commits);
	return 0;
}

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	fixture_make(f);
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(store_run(f->store, hook_commits, NULL), 0);
	commits = 0;
	*state = f;
	return 0;
}

static int unmake(void **state)
{
	fixture_remove(*state);
	free(*state);
	return 0;
}

static void submit_all(struct fixture *f, struct insertion *list, size_t count, unsigned *order)
{
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct insertion){.n = i + 1, .result = list[i].result, .error = 1, .f = f, .order = order};
		assert_int_equal(store_submit(f->store, insert, inserted, &list[i]), 0);
	}
}

static void many_units_share_one_commit_and_are_told_in_order_when_it_is_done(void **state)
{
	struct fixture *f = *state;
	struct insertion list[100] = {0};
	unsigned order = 0;
	submit_all(f, list, 100, &order);
	assert_int_equal(order, 0);
	assert_int_equal(store_queued(f->store), 100);
	store_flush(f->store);
	assert_int_equal(commits, 1);
	assert_int_equal(store_queued(f->store), 0);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(list[i].error, 0);
		assert_int_equal(list[i].turn, i + 1);
		assert_true(list[i].seen_by_others);
	}
	assert_int_equal(store_stats(f->store).groups, 2); // with that of the hook
	assert_int_equal(store_stats(f->store).units, 101);
}

static void a_group_has_a_bound(void **state)
{
	struct fixture *f = *state;
	static struct insertion list[STORE_GROUP_MAX * 2 + 1];
	unsigned order = 0;
	submit_all(f, list, STORE_GROUP_MAX * 2 + 1, &order);
	store_flush(f->store);
	assert_int_equal(commits, 3);
	assert_int_equal(order, STORE_GROUP_MAX * 2 + 1);
}

static void a_unit_that_fails_is_undone_alone(void **state)
{
	struct fixture *f = *state;
	struct insertion list[3] = {{0}, {.result = XICA_ECONFLICT}, {0}};
	unsigned order = 0;
	submit_all(f, list, 3, &order);
	store_flush(f->store);
	assert_int_equal(list[0].error, 0);
	assert_int_equal(list[1].error, XICA_ECONFLICT);
	assert_int_equal(list[2].error, 0);
	assert_true(list[0].seen_by_others && !list[1].seen_by_others && list[2].seen_by_others);
}

static void submit_all_repeatable(struct fixture *f, struct insertion *list, size_t count, unsigned *order)
{
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct insertion){.n = i + 1, .result = list[i].result, .error = 1, .f = f, .order = order};
		assert_int_equal(store_submit_as(f->store, STORE_REPEATABLE, insert, inserted, &list[i]), 0);
	}
}

static void where_a_unit_that_can_be_repeated_fails_it_is_undone_alone_too_and_the_others_happen_once(void **state)
{
	struct fixture *f = *state;
	struct insertion list[4] = {{0}, {.result = XICA_ECONFLICT}, {0}, {.result = XICA_EDENIED}};
	unsigned order = 0;
	submit_all_repeatable(f, list, 4, &order);
	store_flush(f->store);
	assert_int_equal(order, 4);
	assert_int_equal(commits, 1);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(list[i].turn, i + 1);
		assert_int_equal(list[i].error, list[i].result);
		assert_int_equal(list[i].seen_by_others, !list[i].result);
	}
	assert_int_equal(list[0].calls, 2);
	assert_int_equal(list[2].calls, 1); // it had not run yet
	assert_int_equal(store_stats(f->store).tally[STORE_TALLY_ACCOUNT], 2);
}

static void when_a_group_had_to_be_repeated_the_next_ones_do_not(void **state)
{
	struct fixture *f = *state;
	struct insertion list[2] = {{.result = XICA_EDENIED}, {.result = XICA_EDENIED}};
	unsigned order = 0, repeated = 0;
	for (size_t groups = 0; groups < 100; groups++) {
		submit_all_repeatable(f, list, 2, &order);
		store_flush(f->store);
		repeated += list[0].calls - 1;
		assert_int_equal(list[1].error, XICA_EDENIED);
	}
	assert_in_range(repeated, 2, 10); // now and then it is tried without savepoints
}

static int refuse(struct store_txn *txn, void *context)
{
	(void)txn, (void)context;
	return XICA_EDENIED;
}

static void a_unit_that_fails_before_it_wrote_leaves_nothing_to_undo(void **state)
{
	struct fixture *f = *state;
	struct insertion list[2] = {0};
	unsigned order = 0;
	int error = 1;
	submit_all_repeatable(f, list, 2, &order);
	assert_int_equal(store_submit_as(f->store, STORE_REPEATABLE, refuse, note_error, &error), 0);
	store_flush(f->store);
	assert_int_equal(error, XICA_EDENIED);
	assert_int_equal(list[0].calls + list[1].calls, 2);
	assert_true(list[0].seen_by_others && list[1].seen_by_others);
}

static void beside_a_unit_that_can_not_be_repeated_none_is(void **state)
{
	struct fixture *f = *state;
	struct insertion list[2] = {{0}, {.result = XICA_ECONFLICT}}, once = {.n = 9, .error = 1, .f = f};
	unsigned order = 0;
	submit_all_repeatable(f, list, 2, &order);
	once.order = &order;
	assert_int_equal(store_submit(f->store, insert, inserted, &once), 0);
	store_flush(f->store);
	assert_int_equal(list[0].calls + list[1].calls + once.calls, 3);
	assert_int_equal(list[1].error, XICA_ECONFLICT);
	assert_true(list[0].seen_by_others && !list[1].seen_by_others && once.seen_by_others);
}

static int expect_account_1(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account account;
	uint8_t thumbprint[STORE_HASH_LEN];
	fixture_hash(thumbprint, 1);
	return store_account_by_thumbprint(txn, thumbprint, &arena, &account);
}

static void a_unit_sees_what_those_before_it_in_the_group_wrote(void **state)
{
	struct fixture *f = *state;
	struct insertion one = {.result = 0};
	unsigned order = 0;
	int before = 1, after = 1;
	assert_int_equal(store_submit(f->store, expect_account_1, note_error, &before), 0);
	submit_all(f, &one, 1, &order);
	assert_int_equal(store_submit(f->store, expect_account_1, note_error, &after), 0);
	store_flush(f->store);
	assert_int_equal(before, XICA_ENOTFOUND);
	assert_int_equal(after, 0);
}

static void when_the_commit_fails_nothing_of_the_group_happened_and_all_are_told(void **state)
{
	struct fixture *f = *state;
	struct insertion list[5] = {[3] = {.result = XICA_ECONFLICT}};
	unsigned order = 0;
	struct rlimit old, none;
	submit_all(f, list, 5, &order);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0); // no file can grow: a full disk
	store_flush(f->store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(order, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(list[i].error, XICA_EIO);
		assert_false(others_see(f, list[i].n));
	}
	assert_int_equal(store_stats(f->store).groups_failed, 1);
	assert_true(strlen(store_error_text(f->store)) > 0);
	submit_all(f, list, 3, &order); // and with room again it works again
	store_flush(f->store);
	assert_int_equal(list[0].error, 0);
	assert_true(others_see(f, 3));
}

static int lose_the_transaction(struct store_txn *txn, void *context)
{
	(void)context;
	assert_int_equal(sqlite3_exec(txn->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK); // as SQLite does by itself on some errors
	assert_int_equal(store_account_set_terms(txn, 1, NOW), XICA_EIO); // nothing runs outside a transaction
	return 0;
}

static void a_transaction_lost_in_the_middle_takes_the_whole_group(void **state)
{
	struct fixture *f = *state;
	struct insertion list[2] = {0}, last = {0};
	unsigned order = 0;
	int lost = 1;
	submit_all(f, list, 2, &order);
	assert_int_equal(store_submit(f->store, lose_the_transaction, note_error, &lost), 0);
	submit_all(f, &last, 1, &order);
	store_flush(f->store);
	assert_int_equal(lost, XICA_EIO);
	assert_int_equal(list[0].error, XICA_EIO);
	assert_int_equal(last.error, XICA_EIO);
	assert_false(list[0].seen_by_others || list[1].seen_by_others || last.seen_by_others);
	submit_all(f, list, 2, &order);
	store_flush(f->store);
	assert_int_equal(list[1].error, 0);
}

static void while_another_process_writes_a_group_waits_and_then_fails(void **state)
{
	struct fixture *f = *state;
	struct store *impatient;
	cleanup_buf why = BUF_INIT;
	sqlite3 *other;
	assert_int_equal(store_open(&(struct store_options){.path = f->path, .busy_ms = 20}, &impatient, &why), 0);
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	struct insertion one = {.n = 1};
	assert_int_equal(store_run(impatient, insert, &one), XICA_EIO);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_run(impatient, insert, &one), 0);
	sqlite3_close(other);
	store_close(impatient);
}

static void submit_again(int error, void *context)
{
	struct insertion *i = context;
	assert_int_equal(error, 0);
	store_flush(i->f->store); // does nothing here
	assert_int_equal(store_run(i->f->store, insert, i), XICA_EINVAL);
	i->n = 2;
	assert_int_equal(store_submit(i->f->store, insert, inserted, i), 0);
}

static void a_done_function_may_submit_and_that_joins_the_next_group(void **state)
{
	struct fixture *f = *state;
	unsigned order = 0;
	struct insertion one = {.n = 1, .error = 1, .f = f, .order = &order};
	assert_int_equal(store_submit(f->store, insert, submit_again, &one), 0);
	store_flush(f->store);
	assert_int_equal(one.error, 1);
	assert_int_equal(store_queued(f->store), 1);
	store_flush(f->store);
	assert_int_equal(one.error, 0);
	assert_int_equal(commits, 2);
}

static void what_is_queued_at_the_close_is_told_so(void **state)
{
	struct fixture *f = *state;
	int error = 1;
	struct insertion one = {.n = 1};
	assert_int_equal(store_submit(f->store, insert, NULL, &one), 0);
	assert_int_equal(store_submit(f->store, expect_account_1, note_error, &error), 0);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(error, XICA_ECLOSED);
	assert_false(others_see(f, 1));
}

struct chain {
	struct store *store;
	unsigned told;
};

static void submit_another(int error, void *context)
{
	struct chain *chain = context;
	assert_int_equal(error, XICA_ECLOSED);
	if (++chain->told < 3)
		assert_int_equal(store_submit(chain->store, expect_account_1, submit_another, chain), 0);
}

static void what_is_submitted_during_the_close_is_told_so_too(void **state)
{
	struct fixture *f = *state;
	struct chain chain = {f->store, 0};
	assert_int_equal(store_submit(f->store, expect_account_1, submit_another, &chain), 0);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(chain.told, 3);
}

static void run_commits_what_is_queued_and_then_its_own(void **state)
{
	struct fixture *f = *state;
	struct insertion one = {0}, bad = {.n = 7, .result = XICA_EDENIED};
	unsigned order = 0;
	submit_all(f, &one, 1, &order);
	assert_int_equal(store_run(f->store, expect_account_1, NULL), 0);
	assert_int_equal(order, 1);
	assert_int_equal(store_run(f->store, insert, &bad), XICA_EDENIED);
	assert_false(others_see(f, 7));
}

// Two sockets become readable in the same turn of a loop; each handler submits.
struct reader {
	struct insertion insertion;
	int fds[2];
};

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct reader *reader = context;
	char byte;
	(void)what;
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(store_submit(reader->insertion.f->store, insert, inserted, &reader->insertion), 0);
}

static void what_one_turn_of_the_loop_reads_shares_a_commit(void **state)
{
	struct fixture *f = *state;
	store_close(f->store);
	struct event_base *base = event_base_new();
	f->store = fixture_open(f->path, base);
	assert_int_equal(store_run(f->store, hook_commits, NULL), 0);
	commits = 0;
	struct reader readers[8];
	struct event *events[8];
	unsigned order = 0;
	for (size_t i = 0; i < 8; i++) {
		readers[i].insertion = (struct insertion){.n = i, .error = 1, .f = f, .order = &order};
		assert_int_equal(pipe(readers[i].fds), 0);
		assert_int_equal(write(readers[i].fds[1], "x", 1), 1);
		events[i] = event_new(base, readers[i].fds[0], EV_READ, on_readable, &readers[i]);
		assert_int_equal(event_add(events[i], NULL), 0);
	}
	assert_true(event_base_dispatch(base) >= 0); // returns when there is nothing left to wait for
	assert_int_equal(order, 8);
	assert_int_equal(commits, 1);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(readers[i].insertion.error, 0);
		event_free(events[i]);
		(void)close(readers[i].fds[0]);
		(void)close(readers[i].fds[1]);
	}
	store_close(f->store);
	f->store = NULL;
	event_base_free(base);
}

static void resubmit_until_done(int error, void *context)
{
	struct insertion *i = context;
	assert_int_equal(error, 0);
	if (++i->n < 5)
		assert_int_equal(store_submit(i->f->store, insert, resubmit_until_done, i), 0);
}

static void the_loop_goes_on_until_done_functions_submit_no_more(void **state)
{
	struct fixture *f = *state;
	store_close(f->store);
	struct event_base *base = event_base_new();
	f->store = fixture_open(f->path, base);
	struct insertion i = {.n = 1, .f = f};
	assert_int_equal(store_submit(f->store, insert, resubmit_until_done, &i), 0);
	assert_true(event_base_dispatch(base) >= 0);
	assert_int_equal(i.n, 5);
	assert_true(others_see(f, 4));
	store_close(f->store);
	f->store = NULL;
	event_base_free(base);
}

#define group_test(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		group_test(many_units_share_one_commit_and_are_told_in_order_when_it_is_done),
		group_test(a_group_has_a_bound),
		group_test(a_unit_that_fails_is_undone_alone),
		group_test(where_a_unit_that_can_be_repeated_fails_it_is_undone_alone_too_and_the_others_happen_once),
		group_test(when_a_group_had_to_be_repeated_the_next_ones_do_not),
		group_test(a_unit_that_fails_before_it_wrote_leaves_nothing_to_undo),
		group_test(beside_a_unit_that_can_not_be_repeated_none_is),
		group_test(a_unit_sees_what_those_before_it_in_the_group_wrote),
		group_test(when_the_commit_fails_nothing_of_the_group_happened_and_all_are_told),
		group_test(a_transaction_lost_in_the_middle_takes_the_whole_group),
		group_test(while_another_process_writes_a_group_waits_and_then_fails),
		group_test(a_done_function_may_submit_and_that_joins_the_next_group),
		group_test(what_is_queued_at_the_close_is_told_so),
		group_test(what_is_submitted_during_the_close_is_told_so_too),
		group_test(run_commits_what_is_queued_and_then_its_own),
		group_test(what_one_turn_of_the_loop_reads_shares_a_commit),
		group_test(the_loop_goes_on_until_done_functions_submit_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
