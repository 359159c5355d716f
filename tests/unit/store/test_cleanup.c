#include "store/attempt.h"
#include "store/certificate.h"
#include "store/cleanup.h"
#include "store/crl.h"
#include "store/device.h"
#include "store/event.h"
#include "store/mail.h"
#include "store/pending.h"
#include "store/receipt.h"
#include "store/session.h"
#include "store/token.h"
#include "fixture.h"

static struct store_cleanup_result clean(struct store_txn *txn, xica_time now, xica_time grace, size_t limit)
{
	struct store_cleanup_result result;
	assert_int_equal(store_cleanup(txn, &(struct store_cleanup){.now = now, .grace = grace, .limit = limit}, &result), 0);
	return result;
}

static int64_t make_order(struct store_txn *txn, int64_t account, uint64_t names, int64_t authz)
{
	struct store_order order = fixture_order(account, names);
	int64_t id;
	assert_int_equal(store_order_insert(txn, &order, &authz, 1, &id), 0);
	return id;
}

static int nothing_is_touched_before_its_time(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1);
	(void)make_order(txn, account, 1, fixture_authz(txn, account, "a.example", STORE_AUTHZ_PENDING, NOW + XICA_DAY));
	struct store_cleanup_result r = clean(txn, NOW + XICA_DAY - 1, 0, 0);
	assert_int_equal(r.orders_expired + r.authzs_expired + r.orders_deleted + r.authzs_deleted + r.revocations_delisted, 0);
	assert_false(r.more);
	return 0;
}

static int what_expires_is_marked_first_and_deleted_after_the_grace(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t account = fixture_account(txn, 1);
	int64_t pending = fixture_authz(txn, account, "a.example", STORE_AUTHZ_PENDING, NOW + XICA_DAY);
	int64_t valid = fixture_authz(txn, account, "b.example", STORE_AUTHZ_VALID, NOW + XICA_DAY);
	int64_t id = make_order(txn, account, 1, pending);
	struct store_receipt receipt = {.authz = valid, .kind = RECEIPT_CAA, .method = RECEIPT_HTTP_01, .bytes = VIEW_LIT("r"), .expires = NOW};
	assert_int_equal(store_receipt_put(txn, &receipt), 0);
	struct store_cleanup_result r = clean(txn, NOW + XICA_DAY, XICA_DAY, 0);
	assert_int_equal(r.orders_expired, 1);
	assert_int_equal(r.authzs_expired, 2);
	assert_int_equal(r.orders_deleted + r.authzs_deleted, 0);
	struct store_order order;
	struct store_authz authz;
	assert_int_equal(store_order_by_id(txn, id, &arena, &order), 0);
	assert_int_equal(order.status, STORE_ORDER_INVALID);
	assert_int_equal(store_authz_by_id(txn, pending, &arena, &authz), 0);
	assert_int_equal(authz.status, STORE_AUTHZ_INVALID);
	assert_int_equal(store_authz_by_id(txn, valid, &arena, &authz), 0);
	assert_int_equal(authz.status, STORE_AUTHZ_EXPIRED);
	r = clean(txn, NOW + 2 * XICA_DAY, XICA_DAY, 0);
	assert_int_equal(r.orders_deleted, 1);
	assert_int_equal(r.authzs_deleted, 2);
	assert_int_equal(fixture_rows(txn, "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_authz) + (SELECT count(*) FROM authz)"
				   " + (SELECT count(*) FROM challenge) + (SELECT count(*) FROM receipt)"), 0);
	int64_t next = make_order(txn, account, 2, fixture_authz(txn, account, "c.example", STORE_AUTHZ_PENDING, NOW));
	assert_true(next > id); // numbers that were shown are not used again
	return 0;
}

static int a_valid_order_and_its_authorizations_stay_as_long_as_the_certificate(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1);
	int64_t authz = fixture_authz(txn, account, "a.example", STORE_AUTHZ_VALID, NOW + XICA_DAY);
	int64_t id = make_order(txn, account, 1, authz);
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("c"), VIEW_LIT("j")), 0);
	assert_int_equal(store_order_complete(txn, id, VIEW_LIT("\x01"), NOW + 90 * XICA_DAY), 0);
	struct store_cleanup_result r = clean(txn, NOW + 90 * XICA_DAY - 1, 0, 0);
	assert_int_equal(r.orders_deleted + r.authzs_deleted, 0);
	r = clean(txn, NOW + 90 * XICA_DAY, 0, 0);
	assert_int_equal(r.orders_deleted, 1);
	assert_int_equal(r.authzs_deleted, 1);
	return 0;
}

static xica_time kept_until(struct store_txn *txn)
{
	return fixture_rows(txn, "SELECT max(keep_until) FROM authz");
}

static int an_authorization_that_ends_is_kept_as_long_as_its_orders_need_it_whichever_ends_first(struct store_txn *txn, void *context)
{
	(void)context;
	const xica_time until = NOW + 90 * XICA_DAY;
	int64_t account = fixture_account(txn, 1);
	int64_t before = fixture_authz(txn, account, "a.example", STORE_AUTHZ_VALID, NOW + XICA_DAY), orders[3];
	for (uint64_t i = 0; i < 3; i++) {
		orders[i] = make_order(txn, account, i, before);
		assert_int_equal(store_order_ready(txn, orders[i]), 0);
		assert_int_equal(store_order_process(txn, orders[i], VIEW_LIT("c"), VIEW_LIT("j")), 0);
	}
	assert_int_equal(store_order_complete(txn, orders[0], VIEW_LIT("\x01"), until), 0);
	assert_int_equal(store_order_complete(txn, orders[1], VIEW_LIT("\x02"), until - 1), 0);
	assert_int_equal(kept_until(txn), NOW + XICA_DAY); // it lives: nobody asks
	assert_int_equal(store_authz_change(txn, before, STORE_AUTHZ_VALID, STORE_AUTHZ_DEACTIVATED, 0), 0);
	assert_int_equal(kept_until(txn), until);
	assert_int_equal(store_order_complete(txn, orders[2], VIEW_LIT("\x03"), until + 5), 0);
	assert_int_equal(kept_until(txn), until + 5);
	assert_int_equal(clean(txn, until + 4, 0, 0).authzs_deleted, 0);
	assert_int_equal(clean(txn, until + 5, 0, 0).authzs_deleted, 1);
	return 0;
}

static int a_proof_that_expires_is_kept_as_long_as_its_orders_need_it(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1);
	int64_t id = make_order(txn, account, 1, fixture_authz(txn, account, "a.example", STORE_AUTHZ_VALID, NOW + XICA_DAY));
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("c"), VIEW_LIT("j")), 0);
	assert_int_equal(store_order_complete(txn, id, VIEW_LIT("\x01"), NOW + 90 * XICA_DAY), 0);
	assert_int_equal(clean(txn, NOW + XICA_DAY, 0, 0).authzs_expired, 1);
	assert_int_equal(kept_until(txn), NOW + 90 * XICA_DAY);
	return 0;
}

static int an_order_in_processing_is_never_deleted(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1);
	int64_t id = make_order(txn, account, 1, fixture_authz(txn, account, "a.example", STORE_AUTHZ_VALID, NOW + XICA_DAY));
	assert_int_equal(store_order_ready(txn, id), 0);
	assert_int_equal(store_order_process(txn, id, VIEW_LIT("c"), VIEW_LIT("j")), 0);
	struct store_cleanup_result r = clean(txn, NOW + 1000 * XICA_DAY, 0, 0);
	assert_int_equal(r.orders_expired + r.orders_deleted + r.authzs_deleted, 0);
	assert_int_equal(store_order_fail(txn, id, STORE_ORDER_PROCESSING, VIEW_LIT("{}")), 0);
	r = clean(txn, NOW + 1000 * XICA_DAY, 0, 0);
	assert_int_equal(r.orders_deleted, 1);
	assert_int_equal(r.authzs_deleted, 1);
	return 0;
}

static int one_call_deletes_no_more_than_its_limit(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t account = fixture_account(txn, 1);
	for (uint64_t i = 0; i < 25; i++)
		(void)make_order(txn, account, i, fixture_authz(txn, account, "a.example", STORE_AUTHZ_PENDING, NOW + XICA_DAY));
	size_t calls = 0, orders = 0, authzs = 0;
	struct store_cleanup_result r = {.more = true};
	for (; r.more && calls < 20; calls++) {
		r = clean(txn, NOW + XICA_DAY, 0, 10);
		assert_true(r.orders_deleted <= 10 && r.authzs_deleted <= 10 && r.orders_expired <= 10 && r.authzs_expired <= 10);
		orders += r.orders_deleted;
		authzs += r.authzs_deleted;
	}
	assert_int_equal(orders, 25);
	assert_int_equal(authzs, 25);
	assert_true(calls >= 3 && calls <= 4);
	return 0;
}

static int never_on_a_crl(const struct store_revocation *revocation, void *context)
{
	(void)revocation;
	(void)context;
	return XICA_ERANGE;
}

static int certificates_stay_for_ever_but_leave_the_crl(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_certificate c = {.serial = VIEW_LIT("\x05"), .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("p"), .not_before = NOW,
				      .not_after = NOW + XICA_DAY, .tbs = VIEW_LIT("t")};
	assert_int_equal(store_certificate_insert(txn, &c), 0);
	assert_int_equal(store_certificate_issued(txn, c.serial, VIEW_LIT("d")), 0);
	assert_int_equal(store_certificate_revoke(txn, c.serial, 1, NOW), 0);
	assert_int_equal(clean(txn, NOW + XICA_DAY, XICA_DAY, 0).revocations_delisted, 0);
	struct store_crl crl = {.issuer = c.issuer, .number = 1, .this_update = NOW + XICA_DAY, .next_update = NOW + 8 * XICA_DAY, .der = VIEW_LIT("d")};
	assert_int_equal(store_crl_put(txn, &crl), 0); // made before it had expired: it must stand on the next one too
	assert_int_equal(clean(txn, NOW + 3 * XICA_DAY, XICA_DAY, 0).revocations_delisted, 0);
	crl.number = 2;
	crl.this_update = NOW + 4 * XICA_DAY;
	assert_int_equal(store_crl_put(txn, &crl), 0);
	assert_int_equal(clean(txn, NOW + 4 * XICA_DAY, XICA_DAY, 0).revocations_delisted, 1);
	assert_int_equal(store_certificate_list_revoked(txn, c.issuer, 0, 0, &(struct store_revocation_page){.limit = 9}, never_on_a_crl, NULL), 0);
	assert_int_equal(store_certificate_get(txn, VIEW_LIT("\x05"), &arena, &c), 0);
	assert_int_equal(c.status, STORE_CERTIFICATE_REVOKED);
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM certificate_expiry"), 0);
	return 0;
}

// ---- what the web site keeps

static void make_site_rows(struct store_txn *txn)
{
	int64_t person = fixture_person(txn, 1), sent, failed, waiting;
	const struct store_session session = {.token_hash = {1}, .kind = STORE_SESSION_FULL, .person = person, .seen = NOW,
					      .expires = NOW + XICA_DAY, .idle = 100};
	const struct store_token token = {.token_hash = {1}, .purpose = STORE_TOKEN_SIGN_UP, .address = VIEW_LIT("a"), .key = VIEW_LIT("a"),
					  .expires = NOW + 200};
	const struct store_pending pending = {.key = {1}, .purpose = STORE_PENDING_TOTP, .expires = NOW + 300};
	const struct store_event event = {.person = person, .what = VIEW_LIT("w"), .time = NOW};
	const struct store_mail mail = {.letter = VIEW_LIT("l"), .to = VIEW_LIT("a")};
	const uint8_t hash[STORE_HASH_LEN] = {1};
	bool is;
	assert_int_equal(store_session_insert(txn, &session, &sent), 0);
	assert_int_equal(store_token_insert(txn, &token), 0);
	assert_int_equal(store_pending_put(txn, &pending), 0);
	assert_int_equal(store_attempt_failed(txn, hash, NOW, &STORE_ATTEMPT_POLICY), 0);
	assert_int_equal(store_device_see(txn, person, hash, NOW, &is), 0);
	assert_int_equal(store_event_insert(txn, &event), 0);
	assert_int_equal(store_mail_insert(txn, &mail, &waiting), 0);
	assert_int_equal(store_mail_insert(txn, &mail, &sent), 0);
	assert_int_equal(store_mail_insert(txn, &mail, &failed), 0);
	assert_int_equal(store_mail_sent(txn, sent, NOW), 0);
	assert_int_equal(store_mail_failed(txn, failed, NOW, VIEW_NONE), 0);
}

static int what_the_site_keeps_goes_each_at_its_time(struct store_txn *txn, void *context)
{
	(void)context;
	enum { TWO_YEARS = 730 };
	static const struct {
		xica_time time;
		size_t deleted;
	} STEPS[] = {{99, 0}, {100, 1}, {199, 0}, {200, 1}, {299, 0}, {300, 1}, {XICA_DAY - 1, 0}, {XICA_DAY, 1}, {7 * XICA_DAY - 1, 0}, {7 * XICA_DAY, 1},
		     {30 * XICA_DAY - 1, 0}, {30 * XICA_DAY, 1}, {TWO_YEARS * XICA_DAY - 1, 0}, {TWO_YEARS * XICA_DAY, 2}, {9 * TWO_YEARS * XICA_DAY, 0}};
	make_site_rows(txn);
	for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		assert_int_equal(clean(txn, NOW + STEPS[i].time, 0, 0).site_deleted, STEPS[i].deleted);
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM mail WHERE state = 1"), 1); // a letter that waits is not lost
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM person"), 1);
	return 0;
}

static int the_limit_holds_for_what_the_site_keeps_too(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_pending pending = {.purpose = STORE_PENDING_TOTP, .expires = NOW};
	for (uint8_t i = 0; i < 5; i++) {
		pending.key[0] = i;
		assert_int_equal(store_pending_put(txn, &pending), 0);
	}
	struct store_cleanup_result r = clean(txn, NOW, 0, 3);
	assert_int_equal(r.site_deleted, 3);
	assert_true(r.more);
	r = clean(txn, NOW, 0, 3);
	assert_int_equal(r.site_deleted, 2);
	assert_false(r.more);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(nothing_is_touched_before_its_time),
		store_test(what_expires_is_marked_first_and_deleted_after_the_grace),
		store_test(a_valid_order_and_its_authorizations_stay_as_long_as_the_certificate),
		store_test(an_authorization_that_ends_is_kept_as_long_as_its_orders_need_it_whichever_ends_first),
		store_test(a_proof_that_expires_is_kept_as_long_as_its_orders_need_it),
		store_test(an_order_in_processing_is_never_deleted),
		store_test(one_call_deletes_no_more_than_its_limit),
		store_test(certificates_stay_for_ever_but_leave_the_crl),
		store_test(what_the_site_keeps_goes_each_at_its_time),
		store_test(the_limit_holds_for_what_the_site_keeps_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
