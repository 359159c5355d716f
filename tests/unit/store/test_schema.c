#include <event2/event.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/certificate.h"
#include "store/domain.h"
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

static void no_row_that_is_written_has_its_state_looked_up_in_a_list(void **state)
{
	struct fixture *f = *state;
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(int_from_file(f->path, "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql GLOB '*IN (*,*,*)*'"), 0);
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

static int read_cache_spill(struct store_txn *txn, void *context)
{
	cleanup_sql q = sql_begin(txn, "PRAGMA cache_spill");
	int error = sql_row(&q);
	*(int64_t *)context = sql_int(&q, 0);
	return error;
}

static int64_t cache_spill(struct fixture *f, struct event_base *base)
{
	int64_t pages = -1;
	f->store = fixture_open(f->path, base);
	assert_int_equal(store_run(f->store, read_cache_spill, &pages), 0);
	store_close(f->store);
	f->store = NULL;
	return pages;
}

// store/wal.h counts on it: of what the loop's store writes to the log nothing is there before its commit. All others write by the system's VFS, and may.
static void the_store_of_a_loop_spills_no_page_before_its_commit(void **state)
{
	struct event_base *base = event_base_new();
	assert_int_equal(cache_spill(*state, base), 0);
	assert_int_equal(cache_spill(*state, base), 0); // nor where the schema is there already
	assert_true(cache_spill(*state, NULL) > 0);
	event_base_free(base);
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

// ---- a database that the version before wrote

static void make_version_1(const char *path)
{
	cleanup_buf text = BUF_INIT;
	assert_int_equal(file_read(TEST_VECTORS "/store/version-1.sql", 1 << 20, &text), 0);
	sql_on_file(path, buf_cstr(&text));
}

static int check_old_rows(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account account;
	struct store_eab eab;
	struct store_order order;
	struct store_certificate certificate;
	uint64_t active;
	assert_int_equal(store_eab_get(txn, VIEW_LIT("kid-1"), &arena, &eab), 0);
	assert_view(eab.note, "for a friend");
	assert_int_equal(eab.person, 0);
	assert_int_equal(eab.name.len, 0);
	assert_int_equal(store_account_get(txn, eab.account, &arena, &account), 0);
	assert_view(account.contacts, "[\"mailto:a@example.org\"]");
	assert_int_equal(account.person, 0);
	assert_int_equal(store_order_get(txn, account.id, 1, &arena, &order), 0);
	assert_int_equal(order.status, STORE_ORDER_VALID);
	assert_int_equal(order.review, STORE_REVIEW_NONE);
	assert_int_equal(store_certificate_get(txn, order.serial, &arena, &certificate), 0);
	assert_view(certificate.der, "der");
	assert_int_equal(certificate.person, 0);
	assert_int_equal(store_certificate_count_active(txn, NOW, &active), 0);
	assert_int_equal(active, 1);
	return 0;
}

static int use_what_is_new(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_domain *domains;
	size_t count;
	int64_t person = fixture_person(txn, 1);
	(void)fixture_own_account(txn, person, 7);
	assert_int_equal(store_domain_list(txn, person, NOW, 0, 9, &arena, &domains, &count), 0);
	assert_int_equal(count, 0);
	return store_person_delete(txn, person, NOW);
}

static void a_real_database_of_version_1_keeps_all_it_held(void **state)
{
	struct fixture *f = *state;
	cleanup_buf copy = BUF_INIT;
	buf_addf(&copy, "%s.schema-1", f->path);
	make_version_1(f->path);
	f->store = fixture_open(f->path, NULL);
	assert_int_equal(store_run(f->store, check_old_rows, NULL), 0);
	assert_int_equal(store_run(f->store, use_what_is_new, NULL), 0);
	assert_int_equal(int_from_file(f->path, "PRAGMA user_version"), (int64_t)SCHEMA_STEP_COUNT);
	assert_int_equal(int_from_file(f->path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(int_from_file(buf_cstr(&copy), "PRAGMA user_version"), 1);
	assert_int_equal(int_from_file(buf_cstr(&copy), "SELECT count(*) FROM sqlite_schema WHERE name = 'person'"), 0);
	assert_int_equal(int_from_file(buf_cstr(&copy), "SELECT count(*) FROM certificate"), 2);
}

static void a_database_of_version_1_ends_with_the_tables_of_a_new_one(void **state)
{
	struct fixture *f = *state;
	cleanup_buf other = BUF_INIT, text = BUF_INIT;
	buf_addf(&other, "%s/new.db", f->folder);
	make_version_1(f->path);
	store_close(fixture_open(f->path, NULL));
	store_close(fixture_open(buf_cstr(&other), NULL));
	buf_addf(&text, "ATTACH '%s' AS other", buf_cstr(&other));
	sqlite3 *db;
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, buf_cstr(&text), NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT (SELECT count(*) FROM main.sqlite_schema), (SELECT count(*) FROM (SELECT name, sql FROM main.sqlite_schema"
						" INTERSECT SELECT name, sql FROM other.sqlite_schema)), (SELECT count(*) FROM other.sqlite_schema)",
					    -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_true(sqlite3_column_int(stmt, 0) > 60);
	assert_int_equal(sqlite3_column_int(stmt, 1), sqlite3_column_int(stmt, 0));
	assert_int_equal(sqlite3_column_int(stmt, 2), sqlite3_column_int(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
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
		schema_test(no_row_that_is_written_has_its_state_looked_up_in_a_list),
		schema_test(commits_are_durable_and_references_are_checked),
		schema_test(the_store_of_a_loop_spills_no_page_before_its_commit),
		schema_test(a_database_of_a_newer_version_is_refused_and_left_alone),
		schema_test(a_database_of_another_program_is_refused_and_left_alone),
		schema_test(what_is_no_database_is_refused),
		schema_test(a_path_that_can_not_be_made_is_told),
		schema_test(a_real_database_of_version_1_keeps_all_it_held),
		schema_test(a_database_of_version_1_ends_with_the_tables_of_a_new_one),
		schema_test(a_database_of_version_1_is_brought_up_to_date_and_a_copy_is_kept),
		schema_test(a_step_that_fails_leaves_the_version_before_it),
		schema_test(without_room_for_the_copy_nothing_is_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
