// A power failure: of the write-ahead log there is what was synced, and of the rest some pages or none. What was told to be durable must be there, and the database whole.
#include <event2/event.h>

#include "fixture.h"
#include "log_vfs.h"

enum { LOG_HEADER = 32, LOG_MOST = 1 << 20 };

// --- what of the log is on disk

static unsigned syncs;
static bool is_full;    // the disk: the log's header can be written over, and nothing behind it
static bool sync_fails; // once: what was to be written is taken for written then, as systems do
static bool to_write[LOG_MOST];
static struct buf on_disk;

static void forget_disk(void)
{
	memset(to_write, 0, sizeof(to_write));
	buf_clear(&on_disk);
}

static void put_on_disk(struct view file)
{
	for (size_t i = 0; i < file.len; i++) {
		if (i == on_disk.len)
			buf_add_byte(&on_disk, 0);
		if (to_write[i])
			on_disk.ptr[i] = file.ptr[i];
	}
}

static int sync_and_keep(sqlite3_file *file, int flags)
{
	sqlite3_int64 size = 0;
	uint8_t *bytes;
	bool fails = sync_fails;
	syncs++;
	sync_fails = false;
	assert_int_equal(log_system->xFileSize(file, &size), SQLITE_OK);
	assert_non_null(bytes = malloc((size_t)size + 1));
	assert_int_equal(log_system->xRead(file, bytes, (int)size, 0), SQLITE_OK);
	if (!fails)
		put_on_disk(view_bytes(bytes, (size_t)size));
	memset(to_write, 0, sizeof(to_write));
	free(bytes);
	return fails ? SQLITE_IOERR_FSYNC : log_system->xSync(file, flags);
}

static int write_if_there_is_room(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 at)
{
	if (is_full && at >= LOG_HEADER)
		return SQLITE_FULL;
	assert_true(at + amount <= LOG_MOST);
	memset(to_write + at, 1, (size_t)amount);
	return log_system->xWrite(file, bytes, amount, at);
}

// --- a store, and the machine that it runs on

struct machine {
	struct fixture f;
	struct event_base *base;
};

static int make(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	fixture_make(&m->f);
	forget_disk();
	m->base = event_base_new();
	m->f.store = fixture_open(m->f.path, m->base); // with a loop: else the log is SQLite's alone
	*state = m;
	return 0;
}

static int unmake(void **state)
{
	struct machine *m = *state;
	fixture_remove(&m->f);
	event_base_free(m->base);
	free(m);
	return 0;
}

static struct buf read_file(const char *path)
{
	struct buf bytes = BUF_INIT;
	char block[4096];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	for (size_t len; (len = fread(block, 1, sizeof(block), file));)
		buf_add(&bytes, view_bytes((uint8_t *)block, len));
	(void)fclose(file);
	return bytes;
}

static void write_file(const char *path, struct view bytes)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

// Is account n there after the power came back, with this log?
static bool has_account(const struct machine *m, struct view log, uint64_t n)
{
	struct fixture after;
	char path[128];
	fixture_make(&after);
	struct buf database = read_file(m->f.path);
	write_file(after.path, buf_view(&database));
	(void)snprintf(path, sizeof(path), "%s-wal", after.path);
	write_file(path, log);
	buf_free(&database);
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	uint8_t thumbprint[STORE_HASH_LEN];
	fixture_hash(thumbprint, n);
	assert_int_equal(sqlite3_open_v2(after.path, &db, SQLITE_OPEN_READWRITE, log_vfs_system->zName), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(stmt, 0), "ok");
	(void)sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM account WHERE thumbprint = ?1", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_bind_blob(stmt, 1, thumbprint, STORE_HASH_LEN, SQLITE_STATIC), SQLITE_OK);
	bool there = sqlite3_step(stmt) == SQLITE_ROW;
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	fixture_remove(&after);
	return there;
}

// --- units

static int insert(struct store_txn *txn, void *context)
{
	(void)fixture_account(txn, *(uint64_t *)context);
	return 0;
}

static int look(struct store_txn *txn, void *context)
{
	(void)context;
	return fixture_rows(txn, "SELECT count(*) FROM account") >= 0 ? 0 : XICA_EIO;
}

static int touch(struct store_txn *txn, void *context)
{
	(void)context;
	return store_touch(txn);
}

static void note_error(int error, void *context)
{
	(void)context;
	assert_int_equal(error, 0);
}

static uint64_t last_account;

static void submit(struct machine *m, unsigned kind, store_work *work)
{
	static uint64_t numbers[64];
	uint64_t *n = &numbers[last_account % 64];
	*n = work == insert ? ++last_account : 0;
	assert_int_equal(store_submit_as(m->f.store, kind, work, note_error, n), 0);
}

static unsigned syncs_of_flush(struct machine *m)
{
	unsigned before = syncs;
	store_flush(m->f.store);
	return syncs - before;
}

// --- tests

static void a_group_is_synced_unless_all_that_it_wrote_is_on_disk_elsewhere(void **state)
{
	struct machine *m = *state;
	submit(m, 0, insert);
	assert_int_equal(syncs_of_flush(m), 1);
	submit(m, STORE_RECOVERABLE, insert);
	assert_int_equal(syncs_of_flush(m), 0);
	submit(m, 0, look);
	submit(m, STORE_RECOVERABLE | STORE_REPEATABLE, insert);
	submit(m, STORE_RECOVERABLE, insert);
	assert_int_equal(syncs_of_flush(m), 0);
	submit(m, STORE_RECOVERABLE, insert);
	submit(m, STORE_REPEATABLE, insert);
	assert_int_equal(syncs_of_flush(m), 1);
	submit(m, STORE_REPEATABLE, insert);
	submit(m, STORE_RECOVERABLE, look);
	assert_int_equal(syncs_of_flush(m), 1);
	submit(m, 0, touch); // changes no row, and asks the disk all the same
	assert_int_equal(syncs_of_flush(m), 1);
	uint64_t n = ++last_account;
	unsigned before = syncs;
	assert_int_equal(store_run(m->f.store, insert, &n), 0);
	assert_int_equal(syncs - before, 1);
}

static void what_was_not_synced_may_be_missing_and_comes_with_the_next_that_is(void **state)
{
	struct machine *m = *state;
	uint64_t first = last_account + 1;
	submit(m, 0, insert);
	store_flush(m->f.store);
	submit(m, STORE_RECOVERABLE, insert);
	store_flush(m->f.store);
	assert_true(has_account(m, buf_view(&on_disk), first));
	assert_false(has_account(m, buf_view(&on_disk), first + 1));
	submit(m, 0, insert);
	store_flush(m->f.store);
	for (uint64_t n = first; n < first + 3; n++)
		assert_true(has_account(m, buf_view(&on_disk), n));
}

// Some of its pages came to the disk, in whatever order.
static void of_a_commit_that_is_half_on_disk_nothing_is_there(void **state)
{
	struct machine *m = *state;
	char path[128];
	uint64_t first = last_account + 1;
	submit(m, 0, insert);
	store_flush(m->f.store);
	size_t synced = on_disk.len;
	submit(m, STORE_RECOVERABLE, insert);
	store_flush(m->f.store);
	(void)snprintf(path, sizeof(path), "%s-wal", m->f.path);
	struct buf whole = read_file(path);
	assert_true(whole.len > synced);
	assert_true(has_account(m, buf_view(&whole), first + 1));
	memset(whole.ptr + synced + 100, 0x55, 512); // a sector of its first page is of something else
	assert_true(has_account(m, buf_view(&whole), first));
	assert_false(has_account(m, buf_view(&whole), first + 1));
	buf_free(&whole);
}

static int checkpoint_often(struct store_txn *txn, void *context)
{
	(void)context;
	return sqlite3_wal_autocheckpoint(txn->db, 1) ? XICA_EIO : 0;
}

static void before_the_log_is_copied_into_the_database_it_is_synced(void **state)
{
	struct machine *m = *state;
	uint64_t n = last_account + 1;
	assert_int_equal(store_run(m->f.store, checkpoint_often, NULL), 0);
	submit(m, STORE_RECOVERABLE, insert);
	assert_true(syncs_of_flush(m) >= 1);
	assert_true(has_account(m, buf_view(&on_disk), n));
}

static int note_database(struct store_txn *txn, void *context)
{
	*(sqlite3 **)context = txn->db;
	return 0;
}

static void note_failure(int error, void *context)
{
	(void)context;
	assert_int_equal(error, XICA_EIO);
}

static void fail_to_insert(struct machine *m)
{
	uint64_t lost = ++last_account;
	assert_int_equal(store_submit(m->f.store, insert, note_failure, &lost), 0);
	store_flush(m->f.store);
}

// Without that sync what follows may come to the disk before it, over pages that the older header still stands for.
static void the_header_of_a_log_that_begins_again_is_synced_also_behind_a_commit_that_failed(void **state)
{
	struct machine *m = *state;
	sqlite3 *db = NULL;
	assert_int_equal(store_run(m->f.store, note_database, &db), 0);
	assert_int_equal(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL), SQLITE_OK);
	is_full = true;
	fail_to_insert(m);
	is_full = false;
	submit(m, STORE_RECOVERABLE, insert);
	assert_int_equal(syncs_of_flush(m), 1);
	submit(m, STORE_RECOVERABLE, insert);
	assert_int_equal(syncs_of_flush(m), 0);
}

static void what_a_sync_that_failed_may_have_lost_is_no_hole_before_what_is_synced_later(void **state)
{
	struct machine *m = *state;
	for (unsigned kind = 0; kind <= STORE_RECOVERABLE; kind += STORE_RECOVERABLE) {
		submit(m, STORE_RECOVERABLE, insert);
		uint64_t recoverable = last_account;
		assert_int_equal(syncs_of_flush(m), 0);
		sync_fails = true;
		fail_to_insert(m);
		assert_false(has_account(m, buf_view(&on_disk), recoverable));
		submit(m, kind, insert);
		assert_int_equal(syncs_of_flush(m), 1);
		assert_true(has_account(m, buf_view(&on_disk), last_account));
		assert_true(has_account(m, buf_view(&on_disk), recoverable));
		assert_false(has_account(m, buf_view(&on_disk), recoverable + 1));
	}
}

#define power_test(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		power_test(a_group_is_synced_unless_all_that_it_wrote_is_on_disk_elsewhere),
		power_test(what_was_not_synced_may_be_missing_and_comes_with_the_next_that_is),
		power_test(of_a_commit_that_is_half_on_disk_nothing_is_there),
		power_test(before_the_log_is_copied_into_the_database_it_is_synced),
		power_test(the_header_of_a_log_that_begins_again_is_synced_also_behind_a_commit_that_failed),
		power_test(what_a_sync_that_failed_may_have_lost_is_no_hole_before_what_is_synced_later),
	};
	log_vfs_put_in_place(write_if_there_is_room, sync_and_keep);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_free(&on_disk);
	return failed;
}
