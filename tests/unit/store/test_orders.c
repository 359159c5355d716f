#include "fixture.h"

static int an_order_is_seen_by_its_account_alone(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t mine = fixture_account(txn, 1), theirs = fixture_account(txn, 2), id, *ids;
	size_t count;
	int64_t authzs[3];
	for (size_t i = 0; i < 3; i++)
		authzs[2 - i] = fixture_authz(txn, mine, "example.org", STORE_AUTHZ_PENDING, NOW + XICA_DAY);
	struct store_order in = fixture_order(mine, 5), out;
	in.not_before = NOW + 10;
	in.not_after = NOW + 20;
	assert_int_equal(store_order_insert(txn, &in, authzs, 3, &id), 0);
	assert_int_equal(store_order_get(txn, theirs, id, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_order_get(txn, mine, id, &arena, &out), 0);
	assert_int_equal(out.id, id);
	assert_int_equal(out.account, mine);
	assert_int_equal(out.status, STORE_ORDER_PENDING);
	assert_int_equal(out.created, NOW);
	assert_int_equal(out.expires, NOW + XICA_DAY);
	assert_int_equal(out.not_before, NOW + 10);
	assert_int_equal(out.not_after, NOW + 20);
	assert_view(out.profile, "xmpp-server");
	assert_memory_equal(out.names_hash, in.names_hash, STORE_HASH_LEN);
	assert_int_equal(out.error.len + out.csr.len + out.finalize_jws.len + out.serial.len, 0);
	assert_int_equal(store_order_by_id(txn, id, &arena, &out), 0);
	assert_int_equal(store_order_by_id(txn, id + 1, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_order_authzs(txn, id, &arena, &ids, &count), 0);
	assert_int_equal(count, 3);
	assert_memory_equal(ids, authzs, sizeof(authzs));
	return 0;
}

static int an_order_needs_an_account_and_authorizations_that_exist(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1), id, nobody = 99;
	struct store_order order = fixture_order(account, 5);
	assert_int_equal(store_order_insert(txn, &order, &nobody, 1, &id), XICA_ENOTFOUND);
	order.account = 99;
	assert_int_equal(store_order_insert(txn, &order, NULL, 0, &id), XICA_ENOTFOUND);
	order.account = account;
	order.status = STORE_ORDER_VALID;
	assert_int_equal(store_order_insert(txn, &order, NULL, 0, &id), XICA_EINVAL);
	return 0;
}

static int an_order_goes_from_pending_to_valid_one_step_at_a_time(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), id, *ids;
	size_t count;
	struct store_order order = fixture_order(account, 5);
	assert_int_equal(store_order_insert(txn, &order, NULL, 0, &id), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("csr"), VIEW_LIT("jws")), XICA_ECONFLICT);
	assert_int_equal(store_order_complete(txn, id, VIEW_LIT("\x01"), NOW), XICA_ECONFLICT);
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_ready(txn, id), XICA_ECONFLICT);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("c\0r"), VIEW_LIT("jws")), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("other"), VIEW_LIT("other")), XICA_ECONFLICT);
	assert_int_equal(store_order_list_processing(txn, 0, 10, &arena, &ids, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(ids[0], id);
	assert_int_equal(store_order_list_processing(txn, id, 10, &arena, &ids, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_order_complete(txn, id, VIEW_LIT("\x01\x00\x02"), NOW + 90 * XICA_DAY), 0);
	assert_int_equal(store_order_fail(txn, id, STORE_ORDER_PROCESSING, VIEW_LIT("{}")), XICA_ECONFLICT);
	assert_int_equal(store_order_fail(txn, id, STORE_ORDER_VALID, VIEW_LIT("{}")), XICA_EINVAL);
	assert_int_equal(store_order_get(txn, account, id, &arena, &order), 0);
	assert_int_equal(order.status, STORE_ORDER_VALID);
	assert_true(view_equal(order.csr, VIEW_LIT("c\0r")));
	assert_view(order.finalize_jws, "jws");
	assert_true(view_equal(order.serial, VIEW_LIT("\x01\x00\x02")));
	return 0;
}

static int a_refused_finalize_leaves_the_order_ready_for_another(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t id;
	struct store_order order = fixture_order(fixture_account(txn, 1), 5);
	assert_int_equal(store_order_insert(txn, &order, NULL, 0, &id), 0);
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_return(txn, id), XICA_ECONFLICT);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("csr"), VIEW_LIT("jws")), 0);
	assert_int_equal(store_order_return(txn, id), 0);
	assert_int_equal(store_order_return(txn, id), XICA_ECONFLICT);
	assert_int_equal(store_order_by_id(txn, id, &arena, &order), 0);
	assert_int_equal(order.status, STORE_ORDER_READY);
	assert_int_equal(order.csr.len + order.finalize_jws.len, 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("csr2"), VIEW_LIT("jws2")), 0);
	return 0;
}

static int an_unfinished_order_can_fail_with_words(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), id;
	struct store_order order = fixture_order(account, 5);
	assert_int_equal(store_order_insert(txn, &order, NULL, 0, &id), 0);
	assert_int_equal(store_order_fail(txn, id, STORE_ORDER_READY, VIEW_LIT("{}")), XICA_ECONFLICT);
	assert_int_equal(store_order_fail(txn, id, STORE_ORDER_PENDING, VIEW_LIT("{\"type\":\"x\"}")), 0);
	assert_int_equal(store_order_by_id(txn, id, &arena, &order), 0);
	assert_int_equal(order.status, STORE_ORDER_INVALID);
	assert_view(order.error, "{\"type\":\"x\"}");
	return 0;
}

static int orders_are_listed_in_pages_and_invalid_ones_on_request(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t mine = fixture_account(txn, 1), theirs = fixture_account(txn, 2), made[12], *ids;
	size_t count;
	for (size_t i = 0; i < 12; i++) {
		struct store_order order = fixture_order(i % 2 ? theirs : mine, i);
		assert_int_equal(store_order_insert(txn, &order, NULL, 0, &made[i]), 0);
	}
	assert_int_equal(store_order_fail(txn, made[2], STORE_ORDER_PENDING, VIEW_LIT("{}")), 0);
	assert_int_equal(store_order_list(txn, mine, 0, 3, false, &arena, &ids, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(ids[0], made[0]);
	assert_int_equal(ids[1], made[4]);
	assert_int_equal(ids[2], made[6]);
	assert_int_equal(store_order_list(txn, mine, ids[2], 3, false, &arena, &ids, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(ids[1], made[10]);
	assert_int_equal(store_order_list(txn, mine, 0, 100, true, &arena, &ids, &count), 0);
	assert_int_equal(count, 6);
	return 0;
}

static int only_an_order_alike_in_everything_is_reused(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), other = fixture_account(txn, 2), id;
	struct store_order order = fixture_order(account, 5), like = order, found;
	assert_int_equal(store_order_insert(txn, &order, NULL, 0, &id), 0);
	assert_int_equal(store_order_find_reusable(txn, &like, NOW, &arena, &found), 0);
	assert_int_equal(found.id, id);
	assert_int_equal(store_order_find_reusable(txn, &like, order.expires, &arena, &found), XICA_ENOTFOUND);
	like.account = other;
	assert_int_equal(store_order_find_reusable(txn, &like, NOW, &arena, &found), XICA_ENOTFOUND);
	like = order;
	like.profile = VIEW_LIT("shortlived");
	assert_int_equal(store_order_find_reusable(txn, &like, NOW, &arena, &found), XICA_ENOTFOUND);
	like = order;
	like.not_after = NOW + 5;
	assert_int_equal(store_order_find_reusable(txn, &like, NOW, &arena, &found), XICA_ENOTFOUND);
	like = order;
	like.not_before = NOW;
	assert_int_equal(store_order_find_reusable(txn, &like, NOW, &arena, &found), XICA_ENOTFOUND);
	like = fixture_order(account, 6);
	assert_int_equal(store_order_find_reusable(txn, &like, NOW, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_find_reusable(txn, &order, NOW, &arena, &found), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("c"), VIEW_LIT("j")), 0);
	assert_int_equal(store_order_find_reusable(txn, &order, NOW, &arena, &found), XICA_ENOTFOUND);
	return 0;
}

static int unfinished_orders_are_found_by_an_authorization(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), made[3], *ids;
	int64_t authz = fixture_authz(txn, account, "a.example", STORE_AUTHZ_PENDING, NOW + 9);
	size_t count;
	for (size_t i = 0; i < 3; i++) {
		struct store_order order = fixture_order(account, i);
		assert_int_equal(store_order_insert(txn, &order, &authz, 1, &made[i]), 0);
	}
	assert_int_equal(store_order_ready(txn, made[1]), 0);
	assert_int_equal(store_order_ready(txn, made[2]), 0);
	assert_int_equal(store_order_process(txn, made[2], VIEW_LIT("csr"), VIEW_LIT("jws")), 0);
	assert_int_equal(store_order_unfinished_with(txn, authz, &arena, &ids, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(ids[0], made[0]);
	assert_int_equal(ids[1], made[1]);
	assert_int_equal(store_order_unfinished_with(txn, authz + 1, &arena, &ids, &count), 0);
	assert_int_equal(count, 0);
	return 0;
}

static int more_rows_than_a_list_begins_with_are_all_there(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), made[100], *ids;
	size_t count;
	for (size_t i = 0; i < 100; i++) {
		struct store_order order = fixture_order(account, i);
		assert_int_equal(store_order_insert(txn, &order, NULL, 0, &made[i]), 0);
	}
	for (size_t want = 0; want <= 100; want++) {
		assert_int_equal(store_order_list(txn, account, 0, want, true, &arena, &ids, &count), 0);
		assert_int_equal(count, want);
		if (want)
			assert_memory_equal(ids, made, want * sizeof(*ids));
	}
	return 0;
}

static int an_order_waits_for_an_operator_until_approved_or_ended(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), ids[3], *waiting;
	size_t count;
	for (uint64_t i = 0; i < 3; i++) {
		int64_t authz = fixture_authz(txn, account, "a.example", STORE_AUTHZ_PENDING, NOW);
		struct store_order order = fixture_order(account, i);
		order.review = i ? STORE_REVIEW_WAITS : STORE_REVIEW_NONE;
		assert_int_equal(store_order_insert(txn, &order, &authz, 1, &ids[i]), 0);
	}
	struct store_order order;
	assert_int_equal(store_order_by_id(txn, ids[1], &arena, &order), 0);
	assert_int_equal(order.review, STORE_REVIEW_WAITS);
	assert_int_equal(store_order_list_review(txn, 0, 9, &arena, &waiting, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(waiting[0], ids[1]);
	assert_int_equal(store_order_list_review(txn, ids[1], 9, &arena, &waiting, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_order_review(txn, ids[0], STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED), XICA_ECONFLICT);
	assert_int_equal(store_order_review(txn, ids[1], STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED), 0);
	assert_int_equal(store_order_review(txn, ids[1], STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED), XICA_ECONFLICT);
	assert_int_equal(store_order_fail(txn, ids[2], STORE_ORDER_PENDING, VIEW_LIT("{}")), 0);
	assert_int_equal(store_order_review(txn, ids[2], STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED), XICA_ECONFLICT);
	assert_int_equal(store_order_list_review(txn, 0, 9, &arena, &waiting, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_order_by_id(txn, ids[1], &arena, &order), 0);
	assert_int_equal(order.review, STORE_REVIEW_APPROVED);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(an_order_is_seen_by_its_account_alone),
		store_test(an_order_needs_an_account_and_authorizations_that_exist),
		store_test(an_order_goes_from_pending_to_valid_one_step_at_a_time),
		store_test(a_refused_finalize_leaves_the_order_ready_for_another),
		store_test(an_unfinished_order_can_fail_with_words),
		store_test(orders_are_listed_in_pages_and_invalid_ones_on_request),
		store_test(only_an_order_alike_in_everything_is_reused),
		store_test(unfinished_orders_are_found_by_an_authorization),
		store_test(more_rows_than_a_list_begins_with_are_all_there),
		store_test(an_order_waits_for_an_operator_until_approved_or_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
