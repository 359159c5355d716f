// The write-ahead log in long pieces must be the log that SQLite wrote: for other connections, which use the system's VFS, for our own reading, and after errors.
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "fixture.h"
#include "log_vfs.h"
#include "store/wal.h"

enum { PAGES = 300 }; // more than a piece holds

struct pair {
	struct fixture f;
	sqlite3 *ours, *other;
};

static void run(sqlite3 *db, const char *text)
{
	char *why = NULL;
	if (sqlite3_exec(db, text, NULL, NULL, &why))
		fail_msg("%s: %s", text, why);
}

static int64_t number(sqlite3 *db, const char *text)
{
	sqlite3_stmt *stmt = NULL;
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return value;
}

static void open_pair(struct pair *p)
{
	fixture_make(&p->f);
	assert_true(wal_vfs_register());
	assert_int_equal(sqlite3_open_v2(p->f.path, &p->ours, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, WAL_VFS_NAME), SQLITE_OK);
	run(p->ours, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB)");
	assert_int_equal(sqlite3_open_v2(p->f.path, &p->other, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
}

static void close_pair(struct pair *p)
{
	assert_int_equal(sqlite3_close(p->ours), SQLITE_OK);
	assert_int_equal(sqlite3_close(p->other), SQLITE_OK);
	fixture_remove(&p->f);
}

static void expect_whole(sqlite3 *db, int64_t rows)
{
	sqlite3_stmt *stmt = NULL;
	assert_int_equal(number(db, "SELECT count(*) FROM t"), rows);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(stmt, 0), "ok");
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

static void others_see_each_commit_at_once(const char *synchronous)
{
	struct pair p = {0};
	open_pair(&p);
	run(p.ours, synchronous);
	for (int64_t i = 1; i <= 40; i++) {
		run(p.ours, "INSERT INTO t (bytes) VALUES (randomblob(3000))");
		expect_whole(p.other, i);
	}
	run(p.other, "INSERT INTO t (bytes) VALUES (x'00')"); // what others write is seen here too
	expect_whole(p.ours, 41);
	run(p.ours, "DELETE FROM t WHERE id % 2");
	expect_whole(p.other, 20);
	close_pair(&p);
}

static void a_commit_is_seen_by_other_connections_at_once(void **state)
{
	(void)state;
	others_see_each_commit_at_once("PRAGMA synchronous = FULL");
}

static void a_commit_that_is_not_synced_is_seen_too(void **state)
{
	(void)state;
	others_see_each_commit_at_once("PRAGMA synchronous = NORMAL");
	others_see_each_commit_at_once("PRAGMA synchronous = OFF");
}

// What the cache can't hold goes to the log before the commit, is read from there, and written there again.
static void a_transaction_that_is_longer_than_the_cache_reads_what_it_wrote(void **state)
{
	(void)state;
	struct pair p = {0};
	char insert[160];
	open_pair(&p);
	run(p.ours, "PRAGMA cache_size = 5; BEGIN");
	(void)snprintf(insert, sizeof(insert), "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO t SELECT i, zeroblob(3000) FROM n", PAGES);
	run(p.ours, insert);
	run(p.ours, "UPDATE t SET bytes = CAST(printf('%03000d', id) AS BLOB)");
	assert_int_equal(number(p.ours, "SELECT count(*) FROM t WHERE CAST(bytes AS INTEGER) = id"), PAGES);
	assert_int_equal(number(p.other, "SELECT count(*) FROM t"), 0);
	run(p.ours, "SAVEPOINT s; UPDATE t SET bytes = x''; ROLLBACK TO s; COMMIT");
	expect_whole(p.other, PAGES);
	assert_int_equal(number(p.other, "SELECT count(*) FROM t WHERE CAST(bytes AS INTEGER) = id"), PAGES);
	run(p.ours, "BEGIN; DELETE FROM t; ROLLBACK");
	run(p.ours, "INSERT INTO t (bytes) VALUES (x'01')");
	expect_whole(p.other, PAGES + 1);
	close_pair(&p);
}

static void a_checkpoint_empties_a_log_that_was_just_written(void **state)
{
	(void)state;
	struct pair p = {0};
	open_pair(&p);
	for (int i = 0; i < 3; i++) {
		run(p.ours, "INSERT INTO t (bytes) VALUES (randomblob(100000))");
		assert_int_equal(number(p.ours, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
		expect_whole(p.other, i + 1);
	}
	close_pair(&p);
}

static int64_t writes_so_far(void)
{
	char text[512] = "";
	FILE *file = fopen("/proc/self/io", "r");
	assert_non_null(file);
	size_t len = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	const char *at = len ? strstr(text, "syscw: ") : NULL;
	assert_non_null(at);
	return strtoll(at + strlen("syscw: "), NULL, 10);
}

static void a_commit_of_many_pages_is_few_writes(void **state)
{
	(void)state;
	struct pair p = {0};
	open_pair(&p);
	int64_t before = writes_so_far();
	run(p.ours, "INSERT INTO t (bytes) VALUES (randomblob(400000))"); // a hundred pages
	int64_t ours = writes_so_far() - before;
	run(p.other, "PRAGMA synchronous = FULL");
	before = writes_so_far();
	run(p.other, "INSERT INTO t (bytes) VALUES (randomblob(400000))");
	int64_t others = writes_so_far() - before;
	assert_true(others > 190);
	assert_true(ours > 0 && ours < 20);
	close_pair(&p);
}

static void a_full_disk_loses_what_was_not_committed_and_nothing_else(void **state)
{
	(void)state;
	struct pair p = {0};
	struct rlimit was, little;
	open_pair(&p);
	run(p.ours, "INSERT INTO t (bytes) VALUES (randomblob(50000))");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	little = was;
	little.rlim_cur = 200000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	int failed = sqlite3_exec(p.ours, "INSERT INTO t (bytes) VALUES (randomblob(400000))", NULL, NULL, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_not_equal(failed, SQLITE_OK);
	expect_whole(p.other, 1);
	expect_whole(p.ours, 1);
	run(p.ours, "INSERT INTO t (bytes) VALUES (randomblob(400000))");
	expect_whole(p.other, 2);
	close_pair(&p);
}

// --- a disk that is full at one moment, as only a full one says it

static bool is_full;

static int write_unless_full(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 at)
{
	return is_full ? SQLITE_FULL : log_system->xWrite(file, bytes, amount, at);
}

// Pages go to the log before the commit; the disk is full while a statement reads them back; the statement fails, and the transaction goes on.
static bool goes_on_after(struct pair *p, const char *statement, int rows)
{
	char insert[160];
	run(p->ours, "PRAGMA cache_size = 5; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE; SAVEPOINT unit");
	(void)snprintf(insert, sizeof(insert), "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO t SELECT i, zeroblob(3000) FROM n", rows);
	run(p->ours, insert);
	is_full = true;
	(void)sqlite3_exec(p->ours, statement, NULL, NULL, NULL);
	is_full = false;
	return !sqlite3_get_autocommit(p->ours);
}

static void a_disk_that_is_full_amidst_a_transaction_makes_no_hole_in_what_is_committed(void **state)
{
	(void)state;
	static const char *const STATEMENTS[] = {"UPDATE t SET bytes = zeroblob(2900) WHERE id % 2", "UPDATE t SET id = id + 100000", "SELECT sum(length(bytes)) FROM t"};
	int went_on = 0;
	for (int i = 0; i < 78; i++) {
		struct pair p = {0};
		int rows = 20 + i / 3 * 7;
		open_pair(&p);
		bool goes_on = goes_on_after(&p, STATEMENTS[i % 3], rows) && sqlite3_exec(p.ours, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
		went_on += goes_on;
		expect_whole(p.other, goes_on ? rows : 0);
		expect_whole(p.ours, goes_on ? rows : 0);
		close_pair(&p);
	}
	print_message("%d transactions went on\n", went_on);
	assert_true(went_on > 0); // else nothing was tested
}

static void what_was_rolled_back_is_not_written_over_what_others_committed(void **state)
{
	(void)state;
	struct pair p = {0};
	open_pair(&p);
	assert_true(goes_on_after(&p, "SELECT 1", 100));
	run(p.ours, "ROLLBACK");
	for (int i = 0; i < 10; i++)
		run(p.other, "INSERT INTO t (bytes) VALUES (randomblob(9000))");
	expect_whole(p.ours, 10);
	assert_int_equal(sqlite3_close(p.ours), SQLITE_OK);
	expect_whole(p.other, 10);
	assert_int_equal(sqlite3_open_v2(p.f.path, &p.ours, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_is_seen_by_other_connections_at_once),
		cmocka_unit_test(a_commit_that_is_not_synced_is_seen_too),
		cmocka_unit_test(a_transaction_that_is_longer_than_the_cache_reads_what_it_wrote),
		cmocka_unit_test(a_checkpoint_empties_a_log_that_was_just_written),
		cmocka_unit_test(a_commit_of_many_pages_is_few_writes),
		cmocka_unit_test(a_disk_that_is_full_amidst_a_transaction_makes_no_hole_in_what_is_committed),
		cmocka_unit_test(what_was_rolled_back_is_not_written_over_what_others_committed),
		cmocka_unit_test(a_full_disk_loses_what_was_not_committed_and_nothing_else),
	};
	log_vfs_put_in_place(write_unless_full, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
