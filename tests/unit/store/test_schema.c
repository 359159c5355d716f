#include <sys/stat.h>

#include "store/schema.h"
#include "store/sql.h"
#include "fixture.h"

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	fixture_make(f);
	*state = f;
	return 0;
}

static int unmake(void **state)
{
	fixture_remove(*state);
	free(*state);
	return 0;
}

static void sql_on_file(const char *path, const char *text)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int64_t int_from_file(const char *path, const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

static int insert_account(struct store_txn *txn, void *context)
{
	(void)context;
	(void)fixture_account(txn, 1);
	return 0;
}

static int find_account(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account account;
	return store_account_get(txn, 1, &arena, &account);
}

static void a_new_database_is_its_owners_alone_and_is_found_again(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(store_run(f->store, insert_account, NULL), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	store_close(f->store);
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(store_run(f->store, find_account, NULL), 0);
	assert_int_equal(int_from_file(f->path, "PRAGMA user_version"), (int64_t)SCHEMA_STEP_COUNT);
}

static int check_settings(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_sql journal = sql_begin(txn, "PRAGMA journal_mode"), synchronous = sql_begin(txn, "PRAGMA synchronous"),
		    keys = sql_begin(txn, "PRAGMA foreign_keys");
	assert_int_equal(sql_row(&journal), 0);
	assert_view(sql_borrow(&journal, 0), "wal");
	assert_int_equal(sql_row(&synchronous), 0);
	assert_int_equal(sql_int(&synchronous, 0), 2); // FULL
	assert_int_equal(sql_row(&keys), 0);
	assert_int_equal(sql_int(&keys, 0), 1);
	return 0;
}

static void commits_are_durable_and_references_are_checked(void **state)
{
	struct fixture *f = *state;
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(store_run(f->store, check_settings, NULL), 0);
}

static void refused(struct fixture *f, int want, const char *words)
{
	cleanup_buf why = BUF_INIT;
	assert_int_equal(store_open(&(struct store_options){.path = f->path}, &f->store, &why), want);
	assert_null(f->store);
	if (!strstr(buf_cstr(&why), words))
		fail_msg("\"%s\" does not say \"%s\"", buf_cstr(&why), words);
	assert_non_null(strstr(buf_cstr(&why), f->path));
}

static void a_database_of_a_newer_version_is_refused_and_left_alone(void **state)
{
	struct fixture *f = *state;
	store_close(fixture_open(f->path, NULL));
	sql_on_file(f->path, "PRAGMA user_version = 99");
	refused(f, XICA_EUNSUPPORTED, "newer xica");
	assert_int_equal(int_from_file(f->path, "PRAGMA user_version"), 99);
}

static void a_database_of_another_program_is_refused_and_left_alone(void **state)
{
	struct fixture *f = *state;
	sql_on_file(f->path, "CREATE TABLE account (id INTEGER)");
	refused(f, XICA_EUNSUPPORTED, "another program");
	assert_int_equal(int_from_file(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void what_is_no_database_is_refused(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->path, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		(void)fputs("this is a text, no database\n", file);
	(void)fclose(file);
	refused(f, XICA_EIO, "not a database");
}

static void a_path_that_can_not_be_made_is_told(void **state)
{
	struct fixture *f = *state;
	size_t len = strlen(f->path);
	(void)snprintf(f->path + len, sizeof(f->path) - len, "/none/x.db");
	refused(f, XICA_EIO, "No such file");
}

// ---- steps of a schema that is not ours

static const char *const STEPS[] = {
	"CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
	"ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7",
	"CREATE TABLE other (id INTEGER); UPDATE thing SET size = size + 1; INSERT INTO thing (nonsense) VALUES (1)",
};

static int migrate(const char *path, size_t count, struct buf *why)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	int error = schema_migrate(db, path, STEPS, count, why);
	sqlite3_close(db);
	return error;
}

static void a_database_of_version_1_is_brought_up_to_date_and_a_copy_is_kept(void **state)
{
	struct fixture *f = *state;
	cleanup_buf why = BUF_INIT, copy = BUF_INIT;
	struct stat st;
	buf_addf(&copy, "%s.schema-1", f->path);
	assert_int_equal(migrate(f->path, 1, &why), 0);
	assert_int_not_equal(stat(buf_cstr(&copy), &st), 0); // nothing to lose yet
	sql_on_file(f->path, "INSERT INTO thing (name) VALUES ('kept')");
	assert_int_equal(migrate(f->path, 2, &why), 0);
	assert_int_equal(int_from_file(f->path, "PRAGMA user_version"), 2);
	assert_int_equal(int_from_file(f->path, "SELECT size FROM thing WHERE name = 'kept'"), 7);
	assert_int_equal(stat(buf_cstr(&copy), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(int_from_file(buf_cstr(&copy), "PRAGMA user_version"), 1);
	assert_int_equal(int_from_file(buf_cstr(&copy), "SELECT count(*) FROM thing WHERE name = 'kept'"), 1);
	assert_int_equal(migrate(f->path, 2, &why), 0); // and then there is nothing to do
	assert_int_equal(why.len, 0);
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
	struct fixture *f = *state;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(migrate(f->path, 2, &why), 0);
	sql_on_file(f->path, "INSERT INTO thing (name) VALUES ('kept')");
	assert_int_not_equal(migrate(f->path, 3, &why), 0);
	assert_non_null(strstr(buf_cstr(&why), "schema version 3"));
	assert_int_equal(int_from_file(f->path, "PRAGMA user_version"), 2);
	assert_int_equal(int_from_file(f->path, "SELECT size FROM thing"), 7);
	assert_int_equal(int_from_file(f->path, "SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), 0);
	assert_int_equal(migrate(f->path, 2, &why), 0);
}

static void without_room_for_the_copy_nothing_is_changed(void **state)
{
	struct fixture *f = *state;
	cleanup_buf why = BUF_INIT, copy = BUF_INIT;
	assert_int_equal(migrate(f->path, 1, &why), 0);
	buf_addf(&copy, "%s.schema-1.partial", f->path);
	assert_int_equal(mkdir(buf_cstr(&copy), 0700), 0); // stands in its way
	assert_int_equal(migrate(f->path, 2, &why), XICA_EIO);
	assert_non_null(strstr(buf_cstr(&why), "keeping a copy"));
	assert_int_equal(int_from_file(f->path, "PRAGMA user_version"), 1);
}

#define schema_test(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		schema_test(a_new_database_is_its_owners_alone_and_is_found_again),
		schema_test(commits_are_durable_and_references_are_checked),
		schema_test(a_database_of_a_newer_version_is_refused_and_left_alone),
		schema_test(a_database_of_another_program_is_refused_and_left_alone),
		schema_test(what_is_no_database_is_refused),
		schema_test(a_path_that_can_not_be_made_is_told),
		schema_test(a_database_of_version_1_is_brought_up_to_date_and_a_copy_is_kept),
		schema_test(a_step_that_fails_leaves_the_version_before_it),
		schema_test(without_room_for_the_copy_nothing_is_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
