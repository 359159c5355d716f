// A database of an earlier schema, with rows in every state, keeps what it holds when it is brought up to date.
//
// Its rows are written by SQL, as of the schema that they are for: the store's own functions know today's alone.
#include "store/certificate.h"
#include "store/schema.h"
#include "store/sql.h"
#include "fixture.h"

enum { VERSION_9 = 9, VERSION_13 = 13 }; // before operating the CA wanted tables of its own; with all of them

#define HASH(byte) "x'00000000000000000000000000000000000000000000000000000000000000" byte "'"

// Authorizations and challenges in all of their states; orders in all of theirs, finalized or not, waiting for an operator, replacing a certificate; names below their
// authorization's; certificates in all states, with and without an order, an account and a person.
static const char ROWS_9[] =
	"INSERT INTO person (id, key, address, status, created, operator, notices, language, unsubscribe, user_handle, password_hash)"
	" VALUES (1, 'p@example.org', 'p@example.org', 1, 100, 0, 0, 'en', 'u', zeroblob(16), '');"
	"INSERT INTO account (id, status, thumbprint, created, terms_agreed, eab_kid, contacts, jwk, person_id) VALUES"
	" (1, 1, zeroblob(32), 100, 0, '', '[]', '{}', 1), (2, 1, " HASH("01") ", 100, 0, '', '[]', '{}', NULL);"
	"INSERT INTO authz (id, account_id, identifier, identifier_type, wildcard, status, created, expires, keep_until, subdomains) VALUES"
	" (1, 1, 'one.example', 1, 0, 1, 100, 200, 300, 0), (2, 1, 'one.example', 1, 0, 2, 101, 201, 301, 0), (3, 1, 'one.example', 1, 1, 3, 102, 202, 302, 0),"
	" (4, 2, 'two.example', 1, 0, 4, 103, 203, 303, 1), (5, 2, 'two.example', 2, 0, 5, 104, 204, 304, 0), (6, 2, 'two.example', 1, 0, 6, 105, 205, 305, 0),"
	" (7, 1, 'above.example', 1, 0, 2, 106, 206, 306, 1);"
	"INSERT INTO challenge (authz_id, type, position, status, validated, attempts, token, error) VALUES (1, 'http-01', 0, 1, 0, 0, 'a', ''),"
	" (1, 'dns-01', 1, 2, 0, 1, 'b', ''), (2, 'http-01', 0, 3, 99, 1, 'c', ''), (3, 'dns-01', 0, 4, 0, 2, 'd', '{}');"
	"INSERT INTO receipt (authz_id, kind, method, expires, bytes) VALUES (2, 1, 1, 201, x'0102'), (2, 2, 1, 201, x'03'), (7, 1, 2, 206, x'04');"
	"INSERT INTO code_letter (authz_id, address, count, asked) VALUES (1, 'postmaster@one.example', 1, 100);"
	"INSERT INTO orders (id, account_id, status, created, expires, keep_until, not_before, not_after, profile, names_hash, serial, error, csr, finalize_jws, review,"
	" replaces, counted) VALUES"
	" (1, 1, 1, 100, 200, 200, 0, 0, 'p', " HASH("01") ", x'', '', x'', '', 0, x'', 0),"
	" (2, 1, 2, 101, 201, 201, 5, 6, 'p', " HASH("02") ", x'', '', x'', '', 1, x'0a', 0),"
	" (3, 1, 3, 102, 202, 202, 0, 0, 'q', " HASH("03") ", x'', '', x'30', 'signed 3', 1, x'', 1),"
	" (4, 1, 4, 103, 203, 999, 0, 0, 'q', " HASH("04") ", x'0b', '', x'3001', 'signed 4', 2, x'0c', 1),"
	" (5, 2, 5, 104, 204, 204, 0, 0, 'p', " HASH("05") ", x'', '{\"type\":\"x\"}', x'3002', 'signed 5', 0, x'', 1),"
	" (6, 2, 5, 105, 205, 205, 0, 0, 'p', " HASH("06") ", x'', '{\"type\":\"y\"}', x'', '', 0, x'0a', 0),"
	" (9, 2, 4, 106, 206, 998, 0, 0, 'p', " HASH("07") ", x'0c', '', x'3003', 'signed 9', 0, x'', 1);"
	"UPDATE sqlite_sequence SET seq = 40 WHERE name = 'orders';" // numbers that were given and are gone
	"INSERT INTO order_authz (order_id, position, authz_id, below, caa) VALUES (1, 0, 1, '', x''), (2, 0, 2, '', x''), (2, 1, 7, 'a.above.example', x'05'),"
	" (2, 2, 7, 'b.above.example', x''), (3, 0, 2, '', x''), (4, 0, 2, '', x''), (5, 0, 4, '', x''), (6, 0, 5, '', x''), (9, 0, 6, '', x'');"
	"INSERT INTO certificate (id, serial, account_id, order_id, issuer, shard, profile, not_before, not_after, status, revoked_at, reason, on_crl, spki_sha256, names, tbs,"
	" der, person_id, noticed, replaced_by) VALUES"
	" (1, x'0a', 1, 4, 'i', 0, 'p', 10, 1000, 1, 0, 0, 0, " HASH("01") ", 'one.example', x'30', x'', 1, 0, x''),"
	" (2, x'0b', 1, 4, 'i', 1, 'q', 11, 1001, 2, 0, 0, 0, " HASH("02") ", 'one.example' || char(10) || 'b.example', x'', x'3031', 1, 2, x''),"
	" (3, x'0c', 2, 9, 'j', 0, 'p', 12, 1002, 4, 500, 4, 1, " HASH("03") ", 'two.example', x'', x'3032', NULL, 0, x'0b'),"
	" (4, x'0d', NULL, NULL, 'j', 0, 'p', 13, 1003, 3, 0, 0, 0, " HASH("04") ", 'site.example', x'30', x'', NULL, 0, x'');"
	"INSERT INTO certificate_name (name, certificate_id) VALUES ('one.example', 1), ('one.example', 2), ('b.example', 2), ('two.example', 3), ('site.example', 4);"
	"INSERT INTO certificate_expiry (day, active) VALUES (0, 1);"
	"INSERT INTO crl_shard (issuer, shard, revision) VALUES ('j', 0, 3);"
	"INSERT INTO crl (issuer, shard, number, this_update, next_update, revision, der) VALUES ('j', 0, 7, 1, 2, 3, x'30');"
	"INSERT INTO statistic (day, what, value) VALUES (1, 'certificates', 5), (2, 'certificates', 0), (2, 'people', 3);";

// What the steps up to 13 have made room for.
static const char ROWS_13[] =
	"INSERT INTO audit_head (id, size, hash) VALUES (1, 4711, 'h');"
	"UPDATE certificate SET made = 9 WHERE id IN (2, 3);"
	"INSERT INTO blocked (kind, key, value, below, reason, who, time) VALUES (1, 'example.bad', 'bad.example', 1, 'r', 'w', 5), (2, '10', '10.0.0.0/8', 0, 'r', 'w', 6);"
	"INSERT INTO account_floor (id, last) VALUES (1, 77);";

struct old {
	struct fixture f;
	sqlite3 *db; // what became of it, with the copy of what was before as "old"
};

static void run(sqlite3 *db, const char *text)
{
	char *why = NULL;
	if (sqlite3_exec(db, text, NULL, NULL, &why))
		fail_msg("%s", why);
}

static int64_t number(sqlite3 *db, const char *text)
{
	sqlite3_stmt *stmt;
	if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL))
		fail_msg("%s: %s", sqlite3_errmsg(db), text);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return value;
}

static void step_up(const char *path, size_t version, const char *rows)
{
	cleanup_buf why = BUF_INIT;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	run(db, "PRAGMA foreign_keys = ON");
	int error = schema_migrate(db, path, SCHEMA_STEPS, version, &why);
	if (error)
		fail_msg("%s", buf_cstr(&why));
	run(db, rows);
	assert_int_equal(number(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

// A database of this version, with these rows, opened by today's store; the copy that it kept is "old".
static void bring_up_to_date(struct old *old, size_t version)
{
	cleanup_buf text = BUF_INIT;
	fixture_make(&old->f);
	step_up(old->f.path, VERSION_9, ROWS_9);
	if (version == VERSION_13)
		step_up(old->f.path, VERSION_13, ROWS_13);
	old->f.store = fixture_open(old->f.path, NULL);
	buf_addf(&text, "ATTACH '%s.schema-%zu' AS old", old->f.path, version);
	assert_int_equal(sqlite3_open(old->f.path, &old->db), SQLITE_OK);
	run(old->db, buf_cstr(&text));
	assert_int_equal(number(old->db, "PRAGMA old.user_version"), (int64_t)version);
}

static int make_9(void **state)
{
	static struct old old;
	bring_up_to_date(&old, VERSION_9);
	*state = &old;
	return 0;
}

static int make_13(void **state)
{
	static struct old old;
	bring_up_to_date(&old, VERSION_13);
	*state = &old;
	return 0;
}

static int unmake(void **state)
{
	struct old *old = *state;
	(void)sqlite3_close(old->db);
	fixture_remove(&old->f);
	return 0;
}

// The columns of this table that there were and still are.
static void add_columns(sqlite3 *db, const char *table, struct buf *columns)
{
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info(?1, 'old') INTERSECT SELECT name FROM pragma_table_info(?1, 'main')", -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		buf_addf(columns, "%s\"%s\"", columns->len ? ", " : "", (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	assert_true(columns->len > 0);
}

static void assert_same_rows(sqlite3 *db, const char *table)
{
	cleanup_buf columns = BUF_INIT, text = BUF_INIT;
	add_columns(db, table, &columns);
	const char *list = buf_cstr(&columns);
	buf_addf(&text, "SELECT (SELECT count(*) FROM (SELECT %s FROM old.%s EXCEPT SELECT %s FROM main.%s))"
			" + abs((SELECT count(*) FROM old.%s) - (SELECT count(*) FROM main.%s))", list, table, list, table, table, table);
	if (number(db, buf_cstr(&text)))
		fail_msg("%s does not hold what it did", table);
}

static void every_table_holds_what_it_did(void **state)
{
	sqlite3 *db = ((struct old *)*state)->db;
	sqlite3_stmt *stmt;
	size_t count = 0;
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM old.sqlite_schema WHERE type = 'table'", -1, &stmt, NULL), SQLITE_OK);
	for (; sqlite3_step(stmt) == SQLITE_ROW; count++)
		assert_same_rows(db, (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	assert_true(count > 20);
	assert_int_equal(number(db, "SELECT count(*) FROM certificate WHERE status IN (1, 3) AND made <> 0"), 0);
}

static void every_state_was_tried(void **state)
{
	sqlite3 *db = ((struct old *)*state)->db;
	assert_int_equal(number(db, "SELECT count(DISTINCT status) FROM orders"), STORE_ORDER_INVALID);
	assert_int_equal(number(db, "SELECT count(DISTINCT status) FROM authz"), STORE_AUTHZ_REVOKED);
	assert_int_equal(number(db, "SELECT count(DISTINCT status) FROM certificate"), STORE_CERTIFICATE_REVOKED);
	assert_int_equal(number(db, "SELECT count(DISTINCT status) FROM challenge"), 4);
	assert_int_equal(number(db, "SELECT count(DISTINCT review) FROM orders"), 3);
}

static void what_orders_were_finalized_by_stands_beside_them(void **state)
{
	sqlite3 *db = ((struct old *)*state)->db;
	assert_int_equal(number(db, "SELECT count(*) FROM old.orders WHERE csr <> x''"), 4);
	assert_int_equal(number(db, "SELECT count(*) FROM order_request"), 4);
	assert_int_equal(number(db, "SELECT count(*) FROM (SELECT id, csr, finalize_jws FROM old.orders WHERE csr <> x'' EXCEPT"
				    " SELECT order_id, csr, finalize_jws FROM order_request)"), 0);
}

static void references_and_indexes_are_whole(void **state)
{
	sqlite3 *db = ((struct old *)*state)->db;
	assert_int_equal(number(db, "PRAGMA main.user_version"), (int64_t)SCHEMA_STEP_COUNT);
	assert_int_equal(number(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

static void look_at(struct store_txn *txn, int64_t id, enum store_order_status status, const char *csr, const char *jws)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_order order;
	assert_int_equal(store_order_by_id(txn, id, &arena, &order), 0);
	assert_int_equal(order.status, status);
	assert_view(order.csr, csr);
	assert_view(order.finalize_jws, jws);
}

// The store goes on with each of them as if it had made it.
static int go_on(struct store_txn *txn, void *context)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_order order = fixture_order(1, 99);
	int64_t *ids, authz = 2, id;
	size_t count;
	(void)context;
	look_at(txn, 1, STORE_ORDER_PENDING, "", "");
	look_at(txn, 3, STORE_ORDER_PROCESSING, "0", "signed 3");
	look_at(txn, 5, STORE_ORDER_INVALID, "0\x02", "signed 5");
	assert_int_equal(store_order_list_processing(txn, 0, 9, &arena, &ids, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_order_list_review(txn, 0, 9, &arena, &ids, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(store_order_ready(txn, 1), 0);
	assert_int_equal(store_order_process(txn, 2, VIEW_LIT("csr"), VIEW_LIT("signed 2")), 0);
	look_at(txn, 2, STORE_ORDER_PROCESSING, "csr", "signed 2");
	assert_int_equal(store_order_return(txn, 3), 0);
	look_at(txn, 3, STORE_ORDER_READY, "", "");
	assert_int_equal(store_order_complete(txn, 2, VIEW_LIT("\x0e"), 2000), 0);
	assert_int_equal(store_order_insert(txn, &order, &authz, 1, &id), 0);
	assert_int_equal(id, 41); // a number of old is not given again
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM certificate WHERE serial = x'0a' AND replaced_by = x'0e'"), 1);
	cleanup_sql q = sql_begin(txn, "DELETE FROM orders WHERE id = 5");
	assert_int_equal(sql_run(&q), 0);
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM order_request WHERE order_id = 5"), 0);
	return 0;
}

static void orders_go_on_from_the_state_in_which_they_were(void **state)
{
	struct old *old = *state;
	assert_int_equal(store_run(old->f.store, go_on, NULL), 0);
	assert_int_equal(number(old->db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static void what_came_with_the_steps_between_is_kept(void **state)
{
	sqlite3 *db = ((struct old *)*state)->db;
	assert_int_equal(number(db, "SELECT size FROM audit_head WHERE hash = 'h'"), 4711);
	assert_int_equal(number(db, "SELECT last FROM account_floor"), 77);
	assert_int_equal(number(db, "SELECT count(*) FROM blocked"), 2);
	assert_int_equal(number(db, "SELECT count(*) FROM certificate WHERE made = 9"), 2);
}

#define old_test(version, name) {#name " (version " #version ")", name, make_##version, unmake, NULL}

int main(void)
{
	const struct CMUnitTest tests[] = {
		old_test(9, every_table_holds_what_it_did), old_test(13, every_table_holds_what_it_did),
		old_test(9, every_state_was_tried), old_test(13, every_state_was_tried),
		old_test(9, what_orders_were_finalized_by_stands_beside_them), old_test(13, what_orders_were_finalized_by_stands_beside_them),
		old_test(9, references_and_indexes_are_whole), old_test(13, references_and_indexes_are_whole),
		old_test(9, orders_go_on_from_the_state_in_which_they_were), old_test(13, orders_go_on_from_the_state_in_which_they_were),
		old_test(13, what_came_with_the_steps_between_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
