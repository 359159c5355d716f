// Asks SQLite how it would run each statement that a txn has prepared: with five million certificates all must go by an index.
#pragma once
#include "store/sql.h"
#include "fixture.h"

static unsigned called;
#define call(expression) (called++, ignore(expression))

static void ignore(int error)
{
	(void)error; // of these calls only the preparing counts
}

// What reads all of something may do so when that is small by its nature.
static bool may_scan(const char *detail)
{
	static const char *const SMALL[] = {
		"SCAN crl USING INDEX",                             // issuers x shards
		"SCAN certificate USING INDEX certificate_pending", // holds the few that are under way
		"SCAN orders USING INDEX orders_unfinished",        // the open ones, once at a start
		"SCAN operator_note",                               // those that the audit log doesn't hold yet
	};
	for (size_t i = 0; i < sizeof(SMALL) / sizeof(SMALL[0]); i++)
		if (!strncmp(detail, SMALL[i], strlen(SMALL[i])))
			return true;
	return false;
}

static bool sorts_few(const char *text)
{
	return strstr(text, "FROM challenge WHERE authz_id = ?1 ORDER BY position") || // one authorization's
	       strstr(text, "IN (SELECT p.order_id FROM authz AS a INDEXED BY authz_name"); // one name's
}

static unsigned check_plan(sqlite3 *db, const char *text, bool tell)
{
	cleanup_buf explain = BUF_INIT;
	sqlite3_stmt *stmt;
	unsigned bad = 0;
	buf_addf(&explain, "EXPLAIN QUERY PLAN %s", text);
	assert_int_equal(sqlite3_prepare_v2(db, buf_cstr(&explain), -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);
		bool scans = !strncmp(detail, "SCAN ", 5) && !may_scan(detail);
		bool sorts = strstr(detail, "TEMP B-TREE") && !sorts_few(text);
		if (scans || sorts) {
			if (tell)
				print_error("%s\n    %s\n", text, detail);
			bad++;
		}
	}
	sqlite3_finalize(stmt);
	return bad;
}

static void check_all_plans(struct store_txn *txn)
{
	unsigned bad = 0, statements = 0;
	for (size_t i = 0; i < SQL_CACHE_SIZE; i++) {
		const char *text = txn->cache[i].text;
		if (!text || strstr(text, "unit") || !strcmp(text, "BEGIN IMMEDIATE"))
			continue;
		statements++;
		bad += check_plan(txn->db, text, true);
	}
	assert_int_equal(bad, 0);
	assert_true(statements >= called); // every function has one at least
	assert_true(statements < SQL_CACHE_SIZE / 2);
}
