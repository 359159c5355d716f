// Rates that survive: one row for each that is limited, exceptions, clean-up.
#include "fixture.h"
#include "store/cleanup.h"
#include "store/limit.h"

static const struct rate FIVE = {5, 100, 5};

static struct store_limit limit_of(enum store_limit_kind kind, const char *owner, const char *subject)
{
	return (struct store_limit){.kind = kind, .owner = view_str(owner), .subject = view_str(subject), .note = VIEW_LIT("note"), .rate = FIVE};
}

static xica_time take(struct store_txn *txn, const struct store_limit *limit, xica_time now)
{
	xica_time wait = -1;
	assert_int_equal(store_limit_take(txn, limit, now, &wait, NULL), 0);
	return wait;
}

static size_t rows_of(struct store_txn *txn, enum store_limit_kind kind, const char *owner, xica_time now)
{
	cleanup_arena arena = ARENA_INIT;
	const struct store_limit_page page = {.kind = kind, .owner = view_str(owner), .limit = 100};
	struct store_limit_row *rows;
	size_t count;
	assert_int_equal(store_limit_list(txn, &page, now, &arena, &rows, &count), 0);
	return count;
}

static int a_burst_is_given_and_not_one_more(struct store_txn *txn, void *context)
{
	struct store_limit limit = limit_of(STORE_LIMIT_ORDERS_PER_ACCOUNT, "1", "1");
	xica_time wait;
	(void)context;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(take(txn, &limit, NOW), 0);
	assert_int_equal(take(txn, &limit, NOW), 20);
	assert_int_equal(take(txn, &limit, NOW), 20); // being refused costs nothing
	assert_int_equal(store_limit_look(txn, &limit, NOW + 20, &wait, NULL), 0);
	assert_int_equal(wait, 0);
	assert_int_equal(take(txn, &limit, NOW + 20), 0);
	assert_int_equal(take(txn, &limit, NOW + 20), 20);
	struct store_limit other = limit_of(STORE_LIMIT_ORDERS_PER_ACCOUNT, "11", "11"), kind = limit_of(STORE_LIMIT_ORDERS_PER_NAMES, "1", "1:ab");
	assert_int_equal(take(txn, &other, NOW), 0);
	assert_int_equal(take(txn, &kind, NOW), 0);
	return 0;
}

static int an_exception_counts_for_its_owner_alone(struct store_txn *txn, void *context)
{
	struct store_limit limit = limit_of(STORE_LIMIT_ORDERS_PER_NAMES, "7", "7:aa"), other = limit_of(STORE_LIMIT_ORDERS_PER_NAMES, "8", "8:aa");
	struct store_override override = {.kind = STORE_LIMIT_ORDERS_PER_NAMES, .owner = VIEW_LIT("7"), .reason = VIEW_LIT("why"), .rate = RATE_NONE, .time = NOW};
	cleanup_arena arena = ARENA_INIT;
	struct store_override *list;
	struct rate rate;
	xica_time wait;
	size_t count;
	(void)context;
	assert_int_equal(store_override_put(txn, &override), 0);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(take(txn, &limit, NOW), 0);
	assert_int_equal(rows_of(txn, 0, "7", NOW), 0); // where there is no limit nothing is kept
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(take(txn, &other, NOW), 0);
	assert_true(take(txn, &other, NOW) > 0);
	override.rate = (struct rate){1, 10, 1};
	assert_int_equal(store_override_put(txn, &override), 0);
	assert_int_equal(store_limit_take(txn, &limit, NOW, &wait, &rate), 0);
	assert_int_equal(rate.count, 1);
	assert_int_equal(take(txn, &limit, NOW), 10);
	assert_int_equal(store_override_list(txn, 0, VIEW_NONE, 10, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].owner, "7");
	assert_view(list[0].reason, "why");
	assert_int_equal(store_override_list(txn, STORE_LIMIT_ORDERS_PER_NAMES, VIEW_LIT("7"), 10, &arena, &list, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_override_delete(txn, override.kind, override.owner), 0);
	assert_int_equal(store_override_delete(txn, override.kind, override.owner), XICA_ENOTFOUND);
	return 0;
}

static int what_happened_is_counted_even_where_it_could_not_be_refused(struct store_txn *txn, void *context)
{
	struct store_limit limit = limit_of(STORE_LIMIT_FAILED_VALIDATIONS, "3", "3:example.org");
	xica_time wait = 0;
	(void)context;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(store_limit_count(txn, &limit, NOW), 0);
	assert_int_equal(store_limit_look(txn, &limit, NOW, &wait, NULL), 0);
	assert_int_equal(wait, 20);
	return 0;
}

static int rows_are_found_and_forgiven_by_whole_owners(struct store_txn *txn, void *context)
{
	static const char *const SUBJECTS[][2] = {{"1", "1:example.org"}, {"1", "1:b.example"}, {"11", "11:example.org"}, {"2", "2:example.org"}};
	cleanup_arena arena = ARENA_INIT;
	struct store_limit_row *rows;
	size_t count;
	(void)context;
	for (size_t i = 0; i < 4; i++) {
		struct store_limit limit = limit_of(STORE_LIMIT_FAILED_VALIDATIONS, SUBJECTS[i][0], SUBJECTS[i][1]);
		assert_int_equal(take(txn, &limit, NOW), 0);
	}
	struct store_limit own = limit_of(STORE_LIMIT_ORDERS_PER_ACCOUNT, "1", "1");
	assert_int_equal(take(txn, &own, NOW), 0);
	assert_int_equal(rows_of(txn, 0, "", NOW), 5);
	assert_int_equal(rows_of(txn, 0, "1", NOW), 3);
	assert_int_equal(rows_of(txn, STORE_LIMIT_FAILED_VALIDATIONS, "1", NOW), 2);
	assert_int_equal(rows_of(txn, 0, "1", NOW + 1000), 0); // over
	size_t seen = 0;
	struct store_limit_page page = {.limit = 2};
	do {
		assert_int_equal(store_limit_list(txn, &page, NOW, &arena, &rows, &count), 0);
		seen += count;
		if (count) {
			page.after_kind = rows[count - 1].kind;
			page.after_subject = rows[count - 1].subject;
		}
	} while (count == 2);
	assert_int_equal(seen, 5);
	assert_int_equal(store_limit_reset(txn, 0, VIEW_LIT("1"), &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(rows_of(txn, 0, "", NOW), 2);
	return 0;
}

static int what_is_over_is_cleaned_away_in_steps(struct store_txn *txn, void *context)
{
	struct store_cleanup_result result = {0};
	(void)context;
	for (unsigned i = 0; i < 30; i++) {
		char subject[16];
		(void)snprintf(subject, sizeof(subject), "%u", i + 1);
		struct store_limit limit = limit_of(STORE_LIMIT_ORDERS_PER_ACCOUNT, subject, subject);
		assert_int_equal(take(txn, &limit, i < 20 ? NOW - 1000 : NOW), 0);
	}
	const struct store_cleanup options = {.now = NOW, .limit = 15};
	assert_int_equal(store_cleanup(txn, &options, &result), 0);
	assert_int_equal(result.site_deleted, 15);
	assert_true(result.more);
	assert_int_equal(store_cleanup(txn, &options, &result), 0);
	assert_int_equal(result.site_deleted, 5);
	assert_int_equal(rows_of(txn, 0, "", NOW), 10);
	return 0;
}

static void kinds_have_their_names_in_both_directions(void **state)
{
	(void)state;
	for (unsigned kind = 1; kind < STORE_LIMIT_KIND_END; kind++) {
		enum store_limit_kind found = 0;
		assert_true(store_limit_kind_parse(view_str(store_limit_kind_text((enum store_limit_kind)kind)), &found));
		assert_int_equal(found, kind);
	}
	enum store_limit_kind none;
	assert_false(store_limit_kind_parse(VIEW_LIT("orders"), &none));
	assert_null(store_limit_kind_text(0));
	assert_null(store_limit_kind_text(STORE_LIMIT_KIND_END));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_burst_is_given_and_not_one_more),
		store_test(an_exception_counts_for_its_owner_alone),
		store_test(what_happened_is_counted_even_where_it_could_not_be_refused),
		store_test(rows_are_found_and_forgiven_by_whole_owners),
		store_test(what_is_over_is_cleaned_away_in_steps),
		cmocka_unit_test(kinds_have_their_names_in_both_directions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
