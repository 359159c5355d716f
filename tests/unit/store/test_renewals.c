// Which certificate renews which, the letters about a certificate's end, and what is counted.
#include "store/notice.h"
#include "store/renewal.h"
#include "store/statistic.h"
#include "own.h"

static int renewed_by(struct store_txn *txn, struct view serial)
{
	cleanup_arena arena = ARENA_INIT;
	struct view found;
	int error = store_certificate_renewed_by(txn, serial, &arena, &found);
	return error ? error : found.ptr[0];
}

static int a_certificate_is_renewed_by_the_newest_with_all_its_names(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t mine = fixture_own_account(txn, fixture_person(txn, 1), 1), other = fixture_own_account(txn, fixture_person(txn, 2), 2);
	struct view first = own_issued(txn, mine, 1, "a.example b.example", NOW + 10);
	assert_int_equal(renewed_by(txn, first), XICA_ENOTFOUND);
	(void)own_issued(txn, mine, 2, "a.example", NOW + 20);                  // a name is missing
	(void)own_issued(txn, mine, 3, "b.example a.example", NOW + 10);        // no longer than the first
	(void)own_pending(txn, mine, 4, "a.example b.example", NOW + 30);       // was not issued
	assert_int_equal(renewed_by(txn, first), XICA_ENOTFOUND);
	struct view second = own_issued(txn, other, 5, "c.example b.example a.example", NOW + 40); // another account, and a name more
	assert_int_equal(renewed_by(txn, first), 5);
	assert_int_equal(renewed_by(txn, second), XICA_ENOTFOUND);
	assert_int_equal(store_certificate_revoke(txn, second, 1, NOW), 0);
	assert_int_equal(renewed_by(txn, first), XICA_ENOTFOUND);
	(void)own_issued(txn, mine, 6, "a.example b.example", NOW + 50);
	(void)own_issued(txn, mine, 7, "a.example b.example", NOW + 45);
	assert_int_equal(renewed_by(txn, first), 7);
	assert_int_equal(renewed_by(txn, VIEW_LIT("none")), XICA_ENOTFOUND);
	return 0;
}

// ---- what the holder says

// An order that replaces the certificate with this serial; 0: it may not.
static int64_t order_to_replace(struct store_txn *txn, int64_t account, struct view serial)
{
	struct store_order order = fixture_order(account, 5);
	int64_t id = 0;
	order.replaces = serial;
	int error = store_order_insert(txn, &order, NULL, 0, &id);
	assert_true(!error || error == XICA_EEXIST);
	return error ? 0 : id;
}

static int a_certificate_is_replaced_by_one_order_that_is_not_invalid(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1);
	struct view old = own_issued(txn, account, 1, "a.example", NOW + 10), other = own_issued(txn, account, 2, "a.example", NOW + 10);
	struct store_order found;
	assert_int_equal(store_order_replacing(txn, old, &arena, &found), XICA_ENOTFOUND);
	int64_t first = order_to_replace(txn, account, old);
	assert_true(first);
	assert_false(order_to_replace(txn, account, old));
	assert_true(order_to_replace(txn, account, other));
	assert_true(order_to_replace(txn, account, VIEW_NONE)); // nothing, as often as you like
	assert_true(order_to_replace(txn, account, VIEW_NONE));
	assert_int_equal(store_order_replacing(txn, VIEW_NONE, &arena, &found), XICA_ENOTFOUND);
	assert_int_equal(store_order_replacing(txn, old, &arena, &found), 0);
	assert_int_equal(found.id, first);
	assert_true(view_equal(found.replaces, old));
	assert_int_equal(store_order_fail(txn, first, STORE_ORDER_PENDING, VIEW_NONE), 0);
	assert_int_equal(store_order_replacing(txn, old, &arena, &found), XICA_ENOTFOUND);
	int64_t second = order_to_replace(txn, account, old);
	assert_int_equal(store_order_ready(txn, second), 0);
	assert_int_equal(store_order_process(txn, second, VIEW_LIT("csr"), VIEW_LIT("jws")), 0);
	assert_false(order_to_replace(txn, account, old));
	assert_int_equal(store_order_complete(txn, second, VIEW_LIT("\x09"), NOW), 0);
	assert_false(order_to_replace(txn, account, old));
	return 0;
}

static int a_replaced_certificate_is_renewed_whatever_names_the_other_has(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1);
	struct store_certificate certificate;
	struct view old = own_issued(txn, account, 1, "a.example b.example", NOW + 10), new = own_issued(txn, account, 2, "a.example", NOW + 20);
	int64_t id = order_to_replace(txn, account, old);
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("csr"), VIEW_LIT("jws")), 0);
	assert_int_equal(renewed_by(txn, old), XICA_ENOTFOUND);
	assert_int_equal(store_order_complete(txn, id, new, NOW), 0);
	assert_int_equal(renewed_by(txn, old), 2);
	assert_int_equal(store_certificate_get(txn, old, &arena, &certificate), 0);
	assert_true(view_equal(certificate.replaced_by, new));
	assert_int_equal(store_certificate_get(txn, new, &arena, &certificate), 0);
	assert_int_equal(certificate.replaced_by.len, 0);
	assert_int_equal(store_certificate_revoke(txn, new, 1, NOW), 0); // what isn't good is no renewal
	assert_int_equal(renewed_by(txn, old), XICA_ENOTFOUND);
	return 0;
}

static int a_call_to_renew_keeps_its_first_time_until_it_is_withdrawn(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct view serial = VIEW_LIT("\x01");
	struct store_renewal_call call;
	assert_int_equal(store_renewal_call_get(txn, serial, &arena, &call), XICA_ENOTFOUND);
	assert_int_equal(store_renewal_call_put(txn, serial, &(struct store_renewal_call){NOW, VIEW_NONE}), 0);
	assert_int_equal(store_renewal_call_put(txn, serial, &(struct store_renewal_call){NOW + 5, VIEW_LIT("https://a.example/")}), 0);
	assert_int_equal(store_renewal_call_get(txn, serial, &arena, &call), 0);
	assert_int_equal(call.time, NOW);
	assert_view(call.explanation, "https://a.example/");
	assert_int_equal(store_renewal_call_drop(txn, serial), 0);
	assert_int_equal(store_renewal_call_drop(txn, serial), XICA_ECONFLICT);
	assert_int_equal(store_renewal_call_get(txn, serial, &arena, &call), XICA_ENOTFOUND);
	return 0;
}

static bool renews(struct store_txn *txn, struct view serial)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_certificate certificate;
	bool is = false;
	assert_int_equal(store_certificate_get(txn, serial, &arena, &certificate), 0);
	assert_int_equal(store_certificate_renews(txn, &certificate, &is), 0);
	return is;
}

static bool is_first(struct store_txn *txn, struct view serial, const char *name)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_certificate certificate;
	bool is = false;
	assert_int_equal(store_certificate_get(txn, serial, &arena, &certificate), 0);
	assert_int_equal(store_certificate_is_first(txn, &certificate, view_str(name), &is), 0);
	return is;
}

static int the_first_certificate_with_a_name_is_known_as_that_even_when_another_is_pending(struct store_txn *txn, void *context)
{
	(void)context;
	struct view pending = own_pending(txn, 0, 1, "a.example", NOW), first = own_issued(txn, 0, 2, "a.example b.example", NOW);
	assert_true(is_first(txn, first, "a.example"));
	assert_true(is_first(txn, first, "b.example"));
	assert_int_equal(store_certificate_issued(txn, pending, VIEW_LIT("der")), 0); // its row is the earlier one
	assert_false(is_first(txn, pending, "a.example"));
	assert_int_equal(store_certificate_revoke(txn, first, 1, NOW), 0);
	assert_false(is_first(txn, own_issued(txn, 0, 3, "b.example", NOW), "b.example"));
	return 0;
}

static int a_certificate_renews_an_earlier_one_whose_names_it_has(struct store_txn *txn, void *context)
{
	(void)context;
	(void)own_pending(txn, 0, 1, "a.example", NOW); // was not issued
	assert_false(renews(txn, own_issued(txn, 0, 2, "a.example b.example", NOW)));
	assert_false(renews(txn, own_issued(txn, 0, 3, "b.example", NOW)));
	assert_true(renews(txn, own_issued(txn, 0, 4, "c.example b.example a.example", NOW)));
	assert_false(renews(txn, own_issued(txn, 0, 5, "d.example", NOW)));
	assert_int_equal(store_certificate_revoke(txn, VIEW_LIT("\5"), 1, NOW), 0);
	assert_true(renews(txn, own_issued(txn, 0, 6, "d.example", NOW)));
	return 0;
}

static int a_certificate_whose_order_replaces_another_renews_it_whatever_names_it_has(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1);
	struct view name = VIEW_LIT("a.example"), old = own_issued(txn, account, 1, "a.example b.example", NOW + 10);
	const int64_t orders[] = {order_to_replace(txn, account, VIEW_NONE), order_to_replace(txn, account, old)};
	static const char *const SERIALS_OF[] = {"\x21", "\x22"};
	for (size_t i = 0; i < 2; i++) {
		const struct store_certificate certificate = {.serial = view_str(SERIALS_OF[i]), .account = account, .order = orders[i], .issuer = VIEW_LIT("i"),
							      .profile = VIEW_LIT("p"), .not_before = NOW, .not_after = NOW + 20, .names = &name, .name_count = 1};
		assert_int_equal(store_certificate_insert(txn, &certificate), 0);
		assert_int_equal(renews(txn, certificate.serial), i == 1);
	}
	return 0;
}

// ---- letters about the end

static size_t due(struct store_txn *txn, enum store_notice notice, xica_time until)
{
	cleanup_arena arena = ARENA_INIT;
	struct view *serials;
	size_t count = 99;
	assert_int_equal(store_notice_due(txn, notice, NOW, until, 9, &arena, &serials, &count), 0);
	return count;
}

static int each_letter_about_the_end_is_due_once(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_own_account(txn, fixture_person(txn, 1), 1);
	struct view soon = own_issued(txn, account, 1, "a.example", NOW + XICA_DAY), later = own_issued(txn, account, 2, "b.example", NOW + 7 * XICA_DAY);
	(void)own_issued(txn, fixture_account(txn, 1), 3, "c.example", NOW + XICA_DAY); // nobody's
	(void)own_issued(txn, account, 4, "d.example", NOW);                            // expired
	struct view revoked = own_issued(txn, account, 5, "e.example", NOW + XICA_DAY);
	assert_int_equal(store_certificate_revoke(txn, revoked, 1, NOW), 0);
	(void)own_pending(txn, account, 6, "f.example", NOW + XICA_DAY); // pending
	assert_int_equal(due(txn, STORE_NOTICE_FIRST, NOW + 20 * XICA_DAY), 2);
	assert_int_equal(due(txn, STORE_NOTICE_LAST, NOW + XICA_DAY), 1);
	assert_int_equal(due(txn, STORE_NOTICE_LAST, NOW + XICA_DAY - 1), 0);
	assert_int_equal(store_notice_done(txn, later, STORE_NOTICE_FIRST), 0);
	assert_int_equal(store_notice_done(txn, later, STORE_NOTICE_FIRST), XICA_ECONFLICT);
	assert_int_equal(due(txn, STORE_NOTICE_FIRST, NOW + 20 * XICA_DAY), 1);
	assert_int_equal(due(txn, STORE_NOTICE_SECOND, NOW + 20 * XICA_DAY), 2);
	assert_int_equal(store_notice_done(txn, soon, STORE_NOTICE_LAST), 0); // those before it are superfluous
	assert_int_equal(store_notice_done(txn, soon, STORE_NOTICE_FIRST), XICA_ECONFLICT);
	assert_int_equal(due(txn, STORE_NOTICE_FIRST, NOW + 20 * XICA_DAY), 0);
	assert_int_equal(due(txn, STORE_NOTICE_SECOND, NOW + 20 * XICA_DAY), 1);
	assert_int_equal(due(txn, STORE_NOTICE_LAST, NOW + 20 * XICA_DAY), 1);
	assert_int_equal(store_notice_done(txn, VIEW_LIT("none"), STORE_NOTICE_FIRST), XICA_ECONFLICT);
	return 0;
}

static int no_more_letters_are_due_than_asked_for(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_own_account(txn, fixture_person(txn, 1), 1);
	struct view *serials;
	size_t count;
	for (uint8_t n = 1; n <= 6; n++) {
		struct view serial = own_issued(txn, account, n, "a.example", NOW + n);
		if (n % 2)
			assert_int_equal(store_notice_done(txn, serial, STORE_NOTICE_FIRST), 0);
	}
	assert_int_equal(store_notice_due(txn, STORE_NOTICE_SECOND, NOW, NOW + 9, 4, &arena, &serials, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(serials[0].ptr[0], 2); // those that had none come first
	assert_int_equal(serials[3].ptr[0], 1);
	assert_int_equal(store_notice_due(txn, STORE_NOTICE_NONE, NOW, NOW + 9, 4, &arena, &serials, &count), XICA_EINVAL);
	return 0;
}

// ---- statistics

static int statistics_are_summed_by_day_and_word(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_statistic *list;
	size_t count;
	int64_t total;
	assert_int_equal(store_statistic_add(txn, 10, VIEW_LIT("issued"), 1), 0);
	assert_int_equal(store_statistic_add(txn, 10, VIEW_LIT("issued"), 2), 0);
	assert_int_equal(store_statistic_add(txn, 10, VIEW_LIT("active"), 5), 0);
	assert_int_equal(store_statistic_set(txn, 10, VIEW_LIT("active"), 4), 0);
	assert_int_equal(store_statistic_add(txn, 12, VIEW_LIT("issued"), 7), 0);
	assert_int_equal(store_statistic_add(txn, 13, VIEW_LIT("issued"), 1), 0);
	assert_int_equal(store_statistic_list(txn, 10, 12, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].day, 10);
	assert_view(list[0].what, "active");
	assert_int_equal(list[0].value, 4);
	assert_view(list[1].what, "issued");
	assert_int_equal(list[1].value, 3);
	assert_int_equal(list[2].day, 12);
	assert_int_equal(store_statistic_total(txn, VIEW_LIT("issued"), &total), 0);
	assert_int_equal(total, 11);
	assert_int_equal(store_statistic_total(txn, VIEW_LIT("revoked"), &total), 0);
	assert_int_equal(total, 0);
	assert_int_equal(store_statistic_add(txn, 10, VIEW_NONE, 1), XICA_EINVAL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_certificate_is_renewed_by_the_newest_with_all_its_names),
		store_test(a_certificate_is_replaced_by_one_order_that_is_not_invalid),
		store_test(a_replaced_certificate_is_renewed_whatever_names_the_other_has),
		store_test(a_call_to_renew_keeps_its_first_time_until_it_is_withdrawn),
		store_test(the_first_certificate_with_a_name_is_known_as_that_even_when_another_is_pending),
		store_test(a_certificate_renews_an_earlier_one_whose_names_it_has),
		store_test(a_certificate_whose_order_replaces_another_renews_it_whatever_names_it_has),
		store_test(each_letter_about_the_end_is_due_once),
		store_test(no_more_letters_are_due_than_asked_for),
		store_test(statistics_are_summed_by_day_and_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
