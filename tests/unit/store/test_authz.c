#include "store/receipt.h"
#include "store/find.h"
#include "fixture.h"

static int an_authorization_comes_with_its_challenges_in_order(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t mine = fixture_account(txn, 1), theirs = fixture_account(txn, 2);
	int64_t id = fixture_authz(txn, mine, "example.org", STORE_AUTHZ_PENDING, NOW + 60);
	struct store_authz authz;
	struct store_challenge *list, one;
	size_t count;
	assert_int_equal(store_authz_get(txn, theirs, id, &arena, &authz), XICA_ENOTFOUND);
	assert_int_equal(store_authz_get(txn, mine, id, &arena, &authz), 0);
	assert_int_equal(store_authz_by_id(txn, id, &arena, &authz), 0);
	assert_int_equal(authz.id, id);
	assert_int_equal(authz.account, mine);
	assert_int_equal(authz.identifier.type, PKI_IDENTIFIER_DNS);
	assert_view(authz.identifier.value, "example.org");
	assert_false(authz.identifier.wildcard);
	assert_int_equal(authz.status, STORE_AUTHZ_PENDING);
	assert_int_equal(authz.created, NOW);
	assert_int_equal(authz.expires, NOW + 60);
	assert_int_equal(store_challenge_list(txn, id, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].type, "http-01");
	assert_view(list[0].token, "token-h");
	assert_view(list[1].type, "dns-01");
	assert_int_equal(list[1].status, STORE_CHALLENGE_PENDING);
	assert_int_equal(store_challenge_get(txn, id, VIEW_LIT("dns-01"), &arena, &one), 0);
	assert_int_equal(one.authz, id);
	assert_view(one.token, "token-d");
	assert_int_equal(store_challenge_get(txn, id, VIEW_LIT("tls-alpn-01"), &arena, &one), XICA_ENOTFOUND);
	return 0;
}

static int an_authorization_without_or_with_doubled_challenges_is_refused(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t id;
	const struct store_challenge same[] = {{.type = VIEW_LIT("http-01"), .token = VIEW_LIT("a")}, {.type = VIEW_LIT("http-01"), .token = VIEW_LIT("b")}};
	struct store_authz authz = {.account = fixture_account(txn, 1), .identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("a.example"), false},
				    .status = STORE_AUTHZ_PENDING, .expires = NOW};
	assert_int_equal(store_authz_insert(txn, &authz, same, 0, &id), XICA_EINVAL);
	assert_int_equal(store_authz_insert(txn, &authz, same, 2, &id), XICA_EEXIST);
	authz.account = 99;
	assert_int_equal(store_authz_insert(txn, &authz, same, 1, &id), XICA_ENOTFOUND);
	return 0;
}

static int a_valid_authorization_serves_its_exact_identifier_and_account_alone(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t mine = fixture_account(txn, 1), theirs = fixture_account(txn, 2);
	int64_t id = fixture_authz(txn, mine, "example.org", STORE_AUTHZ_VALID, NOW + 60);
	const struct pki_identifier same = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false};
	const struct pki_identifier others[] = {{PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), true}, {PKI_IDENTIFIER_SRV, VIEW_LIT("example.org"), false},
						{PKI_IDENTIFIER_DNS, VIEW_LIT("www.example.org"), false}};
	struct store_authz found;
	bool has = false;
	assert_int_equal(store_authz_find(txn, mine, &same, STORE_AUTHZ_VALID, NOW, &arena, &found), 0);
	assert_int_equal(found.id, id);
	assert_int_equal(store_authz_has_valid(txn, mine, &same, NOW, &has), 0);
	assert_true(has);
	assert_int_equal(store_authz_has_valid(txn, theirs, &same, NOW, &has), 0);
	assert_false(has);
	assert_int_equal(store_authz_find(txn, mine, &same, STORE_AUTHZ_VALID, NOW + 60, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_authz_find(txn, mine, &same, STORE_AUTHZ_PENDING, NOW, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_authz_find(txn, mine, &same, STORE_AUTHZ_INVALID, NOW, &arena, &found), XICA_EINVAL);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(store_authz_find(txn, mine, &others[i], STORE_AUTHZ_VALID, NOW, &arena, &found), XICA_ENOTFOUND);
	int64_t newer = fixture_authz(txn, mine, "example.org", STORE_AUTHZ_VALID, NOW + 30);
	(void)fixture_authz(txn, mine, "example.org", STORE_AUTHZ_PENDING, NOW + 90);
	assert_int_equal(store_authz_find(txn, mine, &same, STORE_AUTHZ_VALID, NOW, &arena, &found), 0);
	assert_int_equal(found.id, newer);
	assert_int_equal(store_authz_find(txn, mine, &same, STORE_AUTHZ_VALID, NOW + 30, &arena, &found), 0);
	assert_int_equal(found.id, id);
	return 0;
}

static int an_authorization_changes_status_only_from_the_one_believed(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t id = fixture_authz(txn, fixture_account(txn, 1), "example.org", STORE_AUTHZ_PENDING, NOW + 60);
	struct store_authz authz;
	assert_int_equal(store_authz_change(txn, id, STORE_AUTHZ_PENDING, STORE_AUTHZ_VALID, NOW + 7 * XICA_DAY), 0);
	assert_int_equal(store_authz_change(txn, id, STORE_AUTHZ_PENDING, STORE_AUTHZ_INVALID, 0), XICA_ECONFLICT);
	assert_int_equal(store_authz_change(txn, id, STORE_AUTHZ_VALID, STORE_AUTHZ_DEACTIVATED, 0), 0);
	assert_int_equal(store_authz_by_id(txn, id, &arena, &authz), 0);
	assert_int_equal(authz.status, STORE_AUTHZ_DEACTIVATED);
	assert_int_equal(authz.expires, NOW + 7 * XICA_DAY);
	return 0;
}

static int the_authorizations_of_an_order_come_in_its_order(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), order_id;
	int64_t ids[2] = {0};
	ids[1] = fixture_authz(txn, account, "b.example", STORE_AUTHZ_VALID, NOW + 60);
	ids[0] = fixture_authz(txn, account, "a.example", STORE_AUTHZ_PENDING, NOW + 60);
	struct store_order order = fixture_order(account, 1);
	assert_int_equal(store_order_insert(txn, &order, ids, 2, &order_id), 0);
	struct store_authz *list;
	size_t count;
	assert_int_equal(store_authz_of_order(txn, order_id, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].identifier.value, "a.example");
	assert_int_equal(list[0].status, STORE_AUTHZ_PENDING);
	assert_view(list[1].identifier.value, "b.example");
	assert_int_equal(list[1].id, ids[1]);
	return 0;
}

static int a_page_of_challenges_in_processing_cuts_no_authorization_in_two(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), ids[2];
	struct store_challenge *list;
	size_t count;
	for (size_t i = 0; i < 2; i++) {
		ids[i] = fixture_authz(txn, account, "example.org", STORE_AUTHZ_PENDING, NOW + 60);
		assert_int_equal(store_challenge_process(txn, ids[i], VIEW_LIT("http-01")), 0);
		assert_int_equal(store_challenge_process(txn, ids[i], VIEW_LIT("dns-01")), 0);
	}
	assert_int_equal(store_challenge_list_processing(txn, 0, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_true(list[0].authz == ids[0] && list[1].authz == ids[0]);
	assert_int_equal(store_challenge_list_processing(txn, ids[0], 1, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_true(list[0].authz == ids[1] && list[1].authz == ids[1]);
	return 0;
}

static int a_challenge_is_taken_up_once_and_ends_once(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	const struct view type = VIEW_LIT("http-01");
	int64_t id = fixture_authz(txn, fixture_account(txn, 1), "example.org", STORE_AUTHZ_PENDING, NOW + 60);
	struct store_challenge challenge, *list;
	size_t count;
	assert_int_equal(store_challenge_process(txn, id, type), 0);
	assert_int_equal(store_challenge_process(txn, id, type), XICA_ECONFLICT);
	assert_int_equal(store_challenge_list_processing(txn, 0, 10, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].type, "http-01");
	assert_int_equal(store_challenge_list_processing(txn, id, 10, &arena, &list, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_challenge_fail(txn, id, type, STORE_CHALLENGE_PENDING, VIEW_LIT("{\"once\":1}")), 0);
	assert_int_equal(store_challenge_get(txn, id, type, &arena, &challenge), 0);
	assert_int_equal(challenge.status, STORE_CHALLENGE_PENDING);
	assert_view(challenge.error, "{\"once\":1}");
	assert_int_equal(store_challenge_process(txn, id, type), 0);
	assert_int_equal(store_challenge_valid(txn, id, type, NOW + 3), 0);
	assert_int_equal(store_challenge_fail(txn, id, type, STORE_CHALLENGE_INVALID, VIEW_LIT("{}")), XICA_ECONFLICT);
	assert_int_equal(store_challenge_get(txn, id, type, &arena, &challenge), 0);
	assert_int_equal(challenge.status, STORE_CHALLENGE_VALID);
	assert_int_equal(challenge.validated, NOW + 3);
	assert_int_equal(challenge.attempts, 2);
	assert_int_equal(challenge.error.len, 0);
	assert_int_equal(store_challenge_process(txn, id, VIEW_LIT("dns-01")), 0);
	assert_int_equal(store_challenge_fail(txn, id, VIEW_LIT("dns-01"), STORE_CHALLENGE_VALID, VIEW_LIT("{}")), XICA_EINVAL);
	assert_int_equal(store_challenge_fail(txn, id, VIEW_LIT("dns-01"), STORE_CHALLENGE_INVALID, VIEW_LIT("{}")), 0);
	assert_int_equal(store_challenge_valid(txn, id, VIEW_LIT("dns-01"), NOW), XICA_ECONFLICT);
	return 0;
}

static int a_challenge_may_end_before_anybody_was_told_that_it_is_in_processing(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t id = fixture_authz(txn, fixture_account(txn, 1), "example.org", STORE_AUTHZ_PENDING, NOW + 60);
	struct store_challenge challenge;
	assert_int_equal(store_challenge_valid(txn, id, VIEW_LIT("http-01"), NOW + 3), 0);
	assert_int_equal(store_challenge_get(txn, id, VIEW_LIT("http-01"), &arena, &challenge), 0);
	assert_int_equal(challenge.status, STORE_CHALLENGE_VALID);
	assert_int_equal(challenge.attempts, 1);
	assert_int_equal(store_challenge_fail(txn, id, VIEW_LIT("dns-01"), STORE_CHALLENGE_INVALID, VIEW_LIT("{}")), 0);
	assert_int_equal(store_challenge_get(txn, id, VIEW_LIT("dns-01"), &arena, &challenge), 0);
	assert_int_equal(challenge.status, STORE_CHALLENGE_INVALID);
	assert_int_equal(challenge.attempts, 1);
	return 0;
}

static int a_receipt_replaces_the_one_of_its_kind(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t id = fixture_authz(txn, fixture_account(txn, 1), "example.org", STORE_AUTHZ_PENDING, NOW + 60);
	struct store_receipt receipt = {.authz = id, .kind = RECEIPT_CAA, .method = RECEIPT_HTTP_01, .bytes = VIEW_LIT("caa\0one"), .expires = NOW + 1};
	struct store_receipt *list, one;
	size_t count;
	assert_int_equal(store_receipt_put(txn, &receipt), 0);
	receipt.kind = RECEIPT_CONTROL;
	receipt.bytes = VIEW_LIT("control");
	assert_int_equal(store_receipt_put(txn, &receipt), 0);
	receipt.kind = RECEIPT_CAA;
	receipt.method = RECEIPT_DNS_01;
	receipt.bytes = VIEW_LIT("caa\0two");
	receipt.expires = NOW + 2;
	assert_int_equal(store_receipt_put(txn, &receipt), 0);
	assert_int_equal(store_receipt_list(txn, id, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].kind, RECEIPT_CONTROL);
	assert_view(list[0].bytes, "control");
	assert_int_equal(store_receipt_get(txn, id, RECEIPT_CAA, &arena, &one), 0);
	assert_true(view_equal(one.bytes, VIEW_LIT("caa\0two")));
	assert_int_equal(one.method, RECEIPT_DNS_01);
	assert_int_equal(one.expires, NOW + 2);
	receipt.authz = id + 1;
	assert_int_equal(store_receipt_put(txn, &receipt), XICA_ENOTFOUND);
	assert_int_equal(store_receipt_get(txn, id + 1, RECEIPT_CAA, &arena, &one), XICA_ENOTFOUND);
	return 0;
}

static int64_t authz_below(struct store_txn *txn, int64_t account, const char *name, enum store_authz_status status)
{
	const struct store_challenge challenge = {.type = VIEW_LIT("dns-01"), .token = VIEW_LIT("token")};
	const struct store_authz authz = {.account = account, .identifier = {PKI_IDENTIFIER_DNS, view_str(name), false}, .status = status, .subdomains = true,
					  .created = NOW, .expires = NOW + XICA_DAY};
	int64_t id = 0;
	assert_int_equal(store_authz_insert(txn, &authz, &challenge, 1, &id), 0);
	return id;
}

static int several_names_of_an_order_may_have_one_authorization(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1), above = authz_below(txn, account, "example.org", STORE_AUTHZ_VALID), order;
	int64_t other = fixture_authz(txn, account, "example.net", STORE_AUTHZ_VALID, NOW + XICA_DAY);
	const int64_t ids[] = {above, above, other, above};
	struct store_order row = fixture_order(account, 5);
	struct store_order_name *names;
	struct store_authz *authzs;
	size_t count;
	assert_int_equal(store_order_insert(txn, &row, ids, 4, &order), 0);
	assert_int_equal(store_authz_order_below(txn, order, 1, VIEW_LIT("a.example.org")), 0);
	assert_int_equal(store_authz_order_below(txn, order, 3, VIEW_LIT("b.example.org")), 0);
	assert_int_equal(store_authz_order_below(txn, order, 4, VIEW_LIT("c.example.org")), XICA_ECONFLICT);
	assert_int_equal(store_authz_order_caa(txn, order, 3, VIEW_LIT("re\0ceipt")), 0);
	assert_int_equal(store_authz_order_names(txn, order, &arena, &names, &count), 0);
	assert_int_equal(count, 4);
	static const char *const EXPECTED[] = {"example.org", "a.example.org", "example.net", "b.example.org"};
	for (size_t i = 0; i < 4; i++) {
		assert_view(names[i].identifier.value, EXPECTED[i]);
		assert_int_equal(names[i].authz.id, ids[i]);
		assert_int_equal(names[i].below, i % 2);
		assert_int_equal(names[i].authz.subdomains, i != 2);
	}
	assert_view(names[1].authz.identifier.value, "example.org");
	assert_int_equal(names[1].caa.len, 0);
	assert_true(view_equal(names[3].caa, VIEW_LIT("re\0ceipt")));
	assert_int_equal(store_authz_of_order(txn, order, &arena, &authzs, &count), 0);
	assert_int_equal(count, 2); // each once
	assert_int_equal(authzs[0].id, above);
	assert_int_equal(authzs[1].id, other);
	int64_t *orders;
	assert_int_equal(store_order_unfinished_with(txn, above, &arena, &orders, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(orders[0], order);
	return 0;
}

static void check_found(struct store_txn *txn, const char *name, int64_t account, const int64_t *expected, size_t expected_count)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_found found;
	const struct store_find find = {.name = view_str(name), .account = account, .limit = 9};
	assert_int_equal(store_order_find(txn, &find, &arena, &found), 0);
	assert_int_equal(found.count, expected_count);
	for (size_t i = 0; i < expected_count; i++)
		assert_int_equal(found.ids[i], expected[i]);
}

static int an_order_is_found_by_its_names_and_not_by_the_domain_above_that_proves_them(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1), above = authz_below(txn, account, "example.org", STORE_AUTHZ_VALID), first, second;
	const int64_t both[] = {above, above, above};
	const struct store_order row = fixture_order(account, 5), other = fixture_order(account, 6);
	assert_int_equal(store_order_insert(txn, &row, both, 3, &first), 0);
	assert_int_equal(store_authz_order_below(txn, first, 1, VIEW_LIT("a.example.org")), 0);
	assert_int_equal(store_authz_order_below(txn, first, 2, VIEW_LIT("b.example.org")), 0);
	assert_int_equal(store_order_insert(txn, &other, &above, 1, &second), 0);
	assert_int_equal(store_authz_order_below(txn, second, 0, VIEW_LIT("a.example.org")), 0);
	check_found(txn, "a.example.org", 0, (const int64_t[]){second, first}, 2);
	check_found(txn, "b.example.org", account, &first, 1);
	check_found(txn, "example.org", 0, &first, 1);
	check_found(txn, "a.example.org", account + 1, NULL, 0);
	check_found(txn, "c.example.org", 0, NULL, 0);
	int64_t own = fixture_authz(txn, account, "a.example.org", STORE_AUTHZ_VALID, NOW + XICA_DAY), third;
	const struct store_order proven = fixture_order(account, 7);
	assert_int_equal(store_order_insert(txn, &proven, &own, 1, &third), 0);
	check_found(txn, "a.example.org", 0, (const int64_t[]){third, second, first}, 3);
	return 0;
}

static int an_authorization_for_the_names_below_is_told_from_one_for_the_domain(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1);
	const struct pki_identifier name = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false};
	struct store_authz found;
	int64_t plain = fixture_authz(txn, account, "example.org", STORE_AUTHZ_VALID, NOW + XICA_DAY);
	assert_int_equal(store_authz_find_scope(txn, account, &name, true, STORE_AUTHZ_VALID, NOW, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_authz_find_scope(txn, account, &name, false, STORE_AUTHZ_VALID, NOW, &arena, &found), 0);
	assert_int_equal(found.id, plain);
	assert_false(found.subdomains);
	int64_t below = authz_below(txn, account, "example.org", STORE_AUTHZ_VALID);
	assert_int_equal(store_authz_find_scope(txn, account, &name, true, STORE_AUTHZ_VALID, NOW, &arena, &found), 0);
	assert_int_equal(found.id, below);
	assert_true(found.subdomains);
	assert_int_equal(store_authz_find_scope(txn, account, &name, true, STORE_AUTHZ_PENDING, NOW, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_authz_find_scope(txn, account, &name, true, STORE_AUTHZ_VALID, NOW + XICA_DAY, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_authz_find_scope(txn, account + 1, &name, true, STORE_AUTHZ_VALID, NOW, &arena, &found), XICA_ENOTFOUND);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(an_authorization_comes_with_its_challenges_in_order),
		store_test(an_authorization_without_or_with_doubled_challenges_is_refused),
		store_test(a_valid_authorization_serves_its_exact_identifier_and_account_alone),
		store_test(an_authorization_changes_status_only_from_the_one_believed),
		store_test(the_authorizations_of_an_order_come_in_its_order),
		store_test(several_names_of_an_order_may_have_one_authorization),
		store_test(an_order_is_found_by_its_names_and_not_by_the_domain_above_that_proves_them),
		store_test(an_authorization_for_the_names_below_is_told_from_one_for_the_domain),
		store_test(a_page_of_challenges_in_processing_cuts_no_authorization_in_two),
		store_test(a_challenge_is_taken_up_once_and_ends_once),
		store_test(a_challenge_may_end_before_anybody_was_told_that_it_is_in_processing),
		store_test(a_receipt_replaces_the_one_of_its_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
