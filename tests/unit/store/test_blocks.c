// Names and networks that operators block.
#include "fixture.h"
#include "store/block.h"

static void block(struct store_txn *txn, const char *name, bool below)
{
	const struct store_block row = {.kind = STORE_BLOCK_NAME, .value = view_str(name), .below = below, .reason = VIEW_LIT("why"), .who = VIEW_LIT("who"), .time = NOW};
	assert_int_equal(store_block_put(txn, &row), 0);
}

static bool covers(struct store_txn *txn, const char *name)
{
	bool is = false;
	struct view text = view_str(name);
	bool wildcard = view_starts(text, VIEW_LIT("*."));
	assert_int_equal(store_block_covers(txn, wildcard ? view_sub(text, 2, SIZE_MAX) : text, wildcard, &is), 0);
	return is;
}

static int a_name_is_blocked_by_itself_or_with_all_below_it(struct store_txn *txn, void *context)
{
	(void)context;
	assert_false(covers(txn, "example.org"));
	block(txn, "one.example.org", false);
	block(txn, "example.net", true);
	assert_true(covers(txn, "one.example.org"));
	assert_false(covers(txn, "example.org"));
	assert_false(covers(txn, "a.one.example.org"));
	assert_false(covers(txn, "xone.example.org"));
	assert_true(covers(txn, "example.net"));
	assert_true(covers(txn, "a.example.net"));
	assert_true(covers(txn, "c.b.a.example.net"));
	assert_false(covers(txn, "badexample.net"));
	assert_false(covers(txn, "net"));
	assert_false(covers(txn, "example.net.org"));
	return 0;
}

static int a_wildcard_is_blocked_by_what_it_would_cover(struct store_txn *txn, void *context)
{
	(void)context;
	block(txn, "one.example.org", false);
	block(txn, "deep.two.example.com", false);
	assert_true(covers(txn, "*.example.org"));
	assert_true(covers(txn, "*.one.example.org")); // its base is the blocked name
	assert_false(covers(txn, "*.example.com"));
	assert_true(covers(txn, "*.two.example.com"));
	assert_false(covers(txn, "*.org"));
	return 0;
}

static int a_block_is_changed_listed_and_taken_back(struct store_txn *txn, void *context)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_block *list;
	size_t count;
	const struct store_block network = {.kind = STORE_BLOCK_NETWORK, .value = VIEW_LIT("192.0.2.0/24"), .reason = VIEW_LIT("noise"), .who = VIEW_LIT("me"), .time = NOW};
	(void)context;
	block(txn, "example.org", false);
	block(txn, "example.org", true);
	block(txn, "a.example", false);
	assert_int_equal(store_block_put(txn, &network), 0);
	assert_int_equal(store_block_list(txn, STORE_BLOCK_NAME, VIEW_NONE, 10, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].value, "a.example");
	assert_view(list[1].value, "example.org");
	assert_true(list[1].below);
	assert_int_equal(store_block_list(txn, STORE_BLOCK_NAME, VIEW_LIT("a.example"), 10, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_block_list(txn, STORE_BLOCK_NETWORK, VIEW_NONE, 10, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].reason, "noise");
	assert_view(list[0].who, "me");
	assert_int_equal(store_block_delete(txn, STORE_BLOCK_NAME, VIEW_LIT("example.org")), 0);
	assert_int_equal(store_block_delete(txn, STORE_BLOCK_NAME, VIEW_LIT("example.org")), XICA_ENOTFOUND);
	assert_false(covers(txn, "x.example.org"));
	return 0;
}

static int a_block_is_never_narrowed_nor_forgets_why(struct store_txn *txn, void *context)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_block again = {.kind = STORE_BLOCK_NAME, .value = VIEW_LIT("example.org"), .who = VIEW_LIT("another"), .time = NOW + 1}, is;
	(void)context;
	assert_int_equal(store_block_get(txn, STORE_BLOCK_NAME, again.value, &arena, &is), XICA_ENOTFOUND);
	block(txn, "example.org", true);
	assert_int_equal(store_block_put(txn, &again), 0);
	assert_int_equal(store_block_get(txn, STORE_BLOCK_NAME, again.value, &arena, &is), 0);
	assert_true(is.below && covers(txn, "a.example.org"));
	assert_view(is.reason, "why");
	assert_view(is.who, "who"); // nothing was changed
	assert_int_equal(is.time, NOW);
	again.reason = VIEW_LIT("better");
	assert_int_equal(store_block_put(txn, &again), 0);
	assert_int_equal(store_block_get(txn, STORE_BLOCK_NAME, again.value, &arena, &is), 0);
	assert_true(is.below);
	assert_view(is.reason, "better");
	assert_view(is.who, "another");
	assert_int_equal(is.time, NOW + 1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_name_is_blocked_by_itself_or_with_all_below_it),
		store_test(a_wildcard_is_blocked_by_what_it_would_cover),
		store_test(a_block_is_changed_listed_and_taken_back),
		store_test(a_block_is_never_narrowed_nor_forgets_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
