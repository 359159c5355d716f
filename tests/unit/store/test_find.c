// Lists by any combination of properties, page by page, on a database of a million certificates.
#include <time.h>

#include "store/find.h"
#include "fixture.h"
#include "store/sql.h"

enum { ROWS = 1000000, PER_DAY = 100, RARE = 40000 };

static struct fixture big;

// Row n: account n % 1000 + 1, name "hN.example" (of 250000), made PER_DAY a day from NOW on; every 10th revoked, every 40000th of the rare profile.
static int fill(struct store_txn *txn, void *context)
{
	(void)context;
	for (int64_t n = 1; n <= 1000; n++)
		(void)fixture_account(txn, (uint64_t)n);
	static const char *const TEXTS[] = {
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
		" INSERT INTO certificate (id, serial, account_id, order_id, issuer, shard, profile, made, not_before, not_after, status, spki_sha256, names, tbs, der)"
		" SELECT i, CAST(printf('%016d', i) AS BLOB), i % 1000 + 1, i, 'issuing-1', 0, CASE i % 40000 WHEN 0 THEN 'rare' ELSE 'xmpp-server' END,"
		" 1800000000 + i / 100 * 86400, 1800000000 + i / 100 * 86400 - 3600, 1800000000 + i / 100 * 86400 + 7776000, CASE i % 10 WHEN 0 THEN 4 ELSE 2 END,"
		" CAST(printf('%032d', i) AS BLOB), 'h' || (i % 250000) || '.example', x'', zeroblob(300) FROM n",
		"INSERT INTO certificate_name SELECT names, id FROM certificate",
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		cleanup_sql q = sql_begin(txn, TEXTS[i]);
		assert_int_equal(sql_run(&q), 0);
	}
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	fixture_make(&big);
	big.store = fixture_open(big.path, NULL);
	return store_run(big.store, fill, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	fixture_remove(&big);
	return 0;
}

struct walk {
	struct store_find find;
	size_t count, calls;
	int64_t first, last;
	bool descending;
};

// Page after page to the end.
static int walk(struct store_txn *txn, void *context)
{
	struct walk *walk = context;
	int64_t before = INT64_MAX;
	walk->descending = true;
	do {
		cleanup_arena arena = ARENA_INIT;
		struct store_found found;
		assert_int_equal(store_certificate_find(txn, &walk->find, &arena, &found), 0);
		assert_true(found.count <= walk->find.limit);
		for (size_t i = 0; i < found.count; i++) {
			walk->descending = walk->descending && found.ids[i] < before;
			before = walk->last = found.ids[i];
			if (!walk->count++)
				walk->first = found.ids[i];
		}
		walk->calls++;
		walk->find.below = found.next;
	} while (walk->find.below);
	return 0;
}

static struct walk find(struct store_find find)
{
	struct walk result = {.find = find};
	if (!result.find.limit)
		result.find.limit = 200;
	assert_int_equal(store_run(big.store, walk, &result), 0);
	assert_true(result.descending);
	return result;
}

static void pages_hold_every_row_once_newest_first(void **state)
{
	(void)state;
	struct walk all = find((struct store_find){.limit = 7777});
	assert_int_equal(all.count, ROWS);
	assert_int_equal(all.first, ROWS);
	assert_int_equal(all.last, 1);
	assert_int_equal(all.calls, ROWS / 7777 + 1);
}

static void each_filter_finds_what_it_says_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(find((struct store_find){.status = STORE_CERTIFICATE_REVOKED}).count, ROWS / 10);
	assert_int_equal(find((struct store_find){.status = STORE_CERTIFICATE_PENDING}).count, 0);
	assert_int_equal(find((struct store_find){.profile = VIEW_LIT("rare")}).count, ROWS / RARE);
	assert_int_equal(find((struct store_find){.account = 7}).count, ROWS / 1000);
	assert_int_equal(find((struct store_find){.account = 5000}).count, 0);
	assert_int_equal(find((struct store_find){.name = VIEW_LIT("h17.example")}).count, 4);
	assert_int_equal(find((struct store_find){.name = VIEW_LIT("h17.exampl")}).count, 0);
	assert_int_equal(find((struct store_find){.since = 1800000000 + 1000 * XICA_DAY, .until = 1800000000 + 1003 * XICA_DAY}).count, 3 * PER_DAY);
	assert_int_equal(find((struct store_find){.expires_before = 1800000000 + 2 * XICA_DAY + 7776000}).count, 2 * PER_DAY - 1); // there is no row 0
}

static void filters_join(void **state)
{
	(void)state;
	assert_int_equal(find((struct store_find){.name = VIEW_LIT("h20.example"), .status = STORE_CERTIFICATE_REVOKED}).count, 4);
	assert_int_equal(find((struct store_find){.name = VIEW_LIT("h20.example"), .account = 21}).count, 4);
	assert_int_equal(find((struct store_find){.name = VIEW_LIT("h20.example"), .account = 22}).count, 0);
	assert_int_equal(find((struct store_find){.account = 1, .profile = VIEW_LIT("rare")}).count, ROWS / RARE);
	assert_int_equal(find((struct store_find){.account = 1, .since = 1800000000 + (xica_time)9500 * XICA_DAY}).count, 51);
	struct walk last = find((struct store_find){.status = STORE_CERTIFICATE_REVOKED, .until = 1800000000 + XICA_DAY, .limit = 3});
	assert_int_equal(last.count, 9);
	assert_int_equal(last.last, 10);
}

// A rare property of many rows: each call is short, and so are all of them together.
static void what_is_rare_is_found_in_short_calls(void **state)
{
	(void)state;
	clock_t before = clock();
	struct walk rare = find((struct store_find){.profile = VIEW_LIT("rare"), .limit = 100});
	assert_int_equal(rare.calls, ROWS / STORE_FIND_PORTION + 1);
	assert_true(clock() - before < CLOCKS_PER_SEC); // 0.15 s where nothing else runs: the index holds all that is asked
}

static int plan_is_covered(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_sql q = sql_begin(txn, "EXPLAIN QUERY PLAN SELECT id, status, profile, made, not_before, not_after FROM certificate INDEXED BY certificate_listing"
				       " WHERE id < ?1 ORDER BY id DESC LIMIT 9");
	assert_int_equal(sql_row(&q), 0);
	cleanup_arena arena = ARENA_INIT;
	assert_non_null(strstr(arena_strdup(&arena, sql_view(&q, 3, &arena)), "COVERING INDEX certificate_listing (id<?)"));
	return 0;
}

static void rows_themselves_are_not_read(void **state)
{
	(void)state;
	assert_int_equal(store_run(big.store, plan_is_covered, NULL), 0);
}

static int numbers(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct view serial;
	int64_t id = 0;
	assert_int_equal(store_certificate_serial(txn, 77, &arena, &serial), 0);
	assert_view(serial, "0000000000000077");
	assert_int_equal(store_certificate_number(txn, serial, &id), 0);
	assert_int_equal(id, 77);
	assert_int_equal(store_certificate_number(txn, VIEW_LIT("none"), &id), XICA_ENOTFOUND);
	assert_int_equal(store_certificate_serial(txn, ROWS + 1, &arena, &serial), XICA_ENOTFOUND);
	return 0;
}

static void serials_and_numbers_lead_to_one_another(void **state)
{
	(void)state;
	assert_int_equal(store_run(big.store, numbers, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_hold_every_row_once_newest_first),
		cmocka_unit_test(each_filter_finds_what_it_says_and_nothing_else),
		cmocka_unit_test(filters_join),
		cmocka_unit_test(what_is_rare_is_found_in_short_calls),
		cmocka_unit_test(rows_themselves_are_not_read),
		cmocka_unit_test(serials_and_numbers_lead_to_one_another),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
