// With five million certificates every statement must still go by an index: each one that the room has is prepared, and SQLite is asked how it would run it.
#include "store/blocked.h"
#include "store/renewal.h"
#include "store/certificate.h"
#include "store/cleanup.h"
#include "store/crl.h"
#include "store/eab.h"
#include "store/find.h"
#include "store/receipt.h"
#include "plans.h"

static int no_entries(const struct store_revocation *revocation, void *context)
{
	(void)revocation;
	(void)context;
	return 0;
}

static void call_reading(struct store_txn *txn)
{
	cleanup_arena a = ARENA_INIT;
	uint8_t hash[STORE_HASH_LEN] = {0};
	struct store_account account, *accounts;
	struct store_key_change *changes;
	struct store_eab eab, *eabs;
	struct store_order order = fixture_order(1, 1);
	struct store_authz authz, *authzs;
	struct store_order_name *order_names;
	struct store_orders_open open;
	struct store_challenge challenge, *challenges;
	struct store_receipt receipt, *receipts;
	struct store_certificate certificate;
	struct store_crl crl, *crls;
	struct store_blocked *blocked;
	struct store_renewal_call renewal_call;
	struct view *views;
	int64_t *ids;
	size_t count;
	uint64_t number;
	uint32_t shards;
	bool has;
	struct store_found found;
	struct view serial;
	int64_t number_of;
	const struct store_certificate_page page = {.limit = 9}, next_page = {.after = VIEW_LIT("s"), .limit = 9};
	const struct store_revocation_page revoked = {.after = VIEW_LIT("s"), .limit = 9};
	const struct pki_identifier identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("a"), false};
	call(store_account_get(txn, 1, &a, &account));
	call(store_account_list(txn, 0, 9, &a, &accounts, &count));
	call(store_account_list_by_name(txn, VIEW_LIT("n"), 0, 9, &a, &accounts, &count));
	call(store_account_by_thumbprint(txn, hash, &a, &account));
	call(store_account_key_changes(txn, 1, 9, &a, &changes, &count));
	call(store_eab_get(txn, VIEW_LIT("k"), &a, &eab));
	call(store_eab_list(txn, VIEW_NONE, 9, &a, &eabs, &count));
	call(store_order_get(txn, 1, 1, &a, &order));
	call(store_order_by_id(txn, 1, &a, &order));
	call(store_order_authzs(txn, 1, &a, &ids, &count));
	call(store_order_list(txn, 1, 0, 9, false, &a, &ids, &count));
	call(store_order_find_reusable(txn, &order, NOW, &a, &order));
	call(store_order_unfinished_with(txn, 1, &a, &ids, &count));
	call(store_order_list_processing(txn, 0, 9, &a, &ids, &count));
	call(store_order_count_open(txn, &open));
	call(store_authz_get(txn, 1, 1, &a, &authz));
	call(store_authz_by_id(txn, 1, &a, &authz));
	call(store_authz_of_order(txn, 1, &a, &authzs, &count));
	call(store_authz_order_names(txn, 1, &a, &order_names, &count));
	call(store_authz_find_scope(txn, 1, &identifier, true, STORE_AUTHZ_VALID, NOW, &a, &authz));
	call(store_authz_find(txn, 1, &identifier, STORE_AUTHZ_VALID, NOW, &a, &authz));
	call(store_challenge_get(txn, 1, VIEW_LIT("t"), &a, &challenge));
	call(store_challenge_list(txn, 1, &a, &challenges, &count));
	call(store_challenge_list_processing(txn, 0, 9, &a, &challenges, &count));
	call(store_receipt_get(txn, 1, RECEIPT_CAA, &a, &receipt));
	call(store_receipt_list(txn, 1, &a, &receipts, &count));
	call(store_certificate_get(txn, VIEW_LIT("s"), &a, &certificate));
	const struct store_find finds[] = {{.limit = 9}, {.name = VIEW_LIT("a"), .limit = 9}, {.account = 1, .limit = 9}};
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		call(store_certificate_find(txn, &finds[i], &a, &found));
		call(store_order_find(txn, &finds[i], &a, &found));
	}
	call(store_certificate_number(txn, VIEW_LIT("s"), &number_of));
	call(store_certificate_serial(txn, 1, &a, &serial));
	call(store_certificate_list_pending(txn, 9, &a, &views, &count));
	call(store_certificate_list(txn, &page, &a, &views, &count));
	call(store_certificate_list(txn, &next_page, &a, &views, &count));
	call(store_certificate_list_by_name(txn, VIEW_LIT("n"), &page, &a, &views, &count));
	call(store_certificate_list_by_account(txn, 1, &page, &a, &views, &count));
	call(store_certificate_list_by_key(txn, hash, &page, &a, &views, &count));
	call(store_certificate_key_pending(txn, hash, &has));
	call(store_certificate_count_active(txn, NOW, &number));
	call(store_certificate_list_revoked(txn, VIEW_LIT("i"), 0, NOW, &revoked, no_entries, NULL));
	call(store_crl_revision(txn, VIEW_LIT("i"), 0, &number));
	call(store_crl_get(txn, VIEW_LIT("i"), 0, &a, &crl));
	call(store_crl_shards(txn, VIEW_LIT("i"), &shards));
	call(store_crl_list(txn, &a, &crls, &count));
	call(store_order_replacing(txn, VIEW_LIT("s"), &a, &order));
	call(store_renewal_call_get(txn, VIEW_LIT("s"), &a, &renewal_call));
	call(store_blocked_has(txn, hash, &has));
	call(store_blocked_list(txn, NULL, 9, &a, &blocked, &count));
}

static void call_writing(struct store_txn *txn)
{
	int64_t account = fixture_account(txn, 1), id = fixture_authz(txn, account, "a", STORE_AUTHZ_VALID, NOW);
	const struct store_order order = fixture_order(account, 1);
	struct view name = VIEW_LIT("n");
	const struct store_certificate certificate = {.serial = VIEW_LIT("s"), .names = &name, .name_count = 1};
	const struct store_eab eab = {.kid = VIEW_LIT("k")};
	const struct store_receipt receipt = {.authz = id, .kind = RECEIPT_CAA};
	const struct store_crl crl = {.number = 1};
	const struct store_key_change change = {.account = account, .old_thumbprint = {[STORE_HASH_LEN - 1] = 1}};
	struct store_cleanup_result result;
	size_t count;
	call(store_account_set_contacts(txn, 1, VIEW_NONE));
	call(store_account_set_terms(txn, 1, 1));
	call(store_account_change_key(txn, &change, VIEW_NONE));
	call(store_account_rest(txn, 1, &count));
	call(store_account_wake(txn, 1, &count));
	call(store_account_change(txn, 1, STORE_ACCOUNT_VALID, STORE_ACCOUNT_REVOKED));
	call(store_eab_create(txn, &eab));
	call(store_eab_bind(txn, eab.kid, 1, 1));
	call(store_eab_revoke(txn, eab.kid, 1));
	call(store_order_insert(txn, &order, &id, 1, &account));
	call(store_order_end_by(txn, 1, 1));
	call(store_order_ready(txn, account));
	call(store_order_process(txn, account, VIEW_NONE, VIEW_NONE));
	call(store_order_return(txn, account));
	call(store_order_complete(txn, account, VIEW_NONE, 1));
	call(store_order_fail(txn, account, STORE_ORDER_PENDING, VIEW_NONE));
	call(store_authz_order_below(txn, id, 0, VIEW_LIT("a.b")));
	call(store_authz_order_caa(txn, id, 0, VIEW_LIT("r")));
	call(store_authz_change(txn, id, STORE_AUTHZ_PENDING, STORE_AUTHZ_VALID, 0));
	call(store_challenge_process(txn, id, VIEW_LIT("http-01")));
	call(store_challenge_valid(txn, id, VIEW_LIT("dns-01"), 1));
	call(store_challenge_fail(txn, id, VIEW_LIT("http-01"), STORE_CHALLENGE_INVALID, VIEW_NONE));
	call(store_receipt_put(txn, &receipt));
	call(store_certificate_insert(txn, &certificate));
	call(store_certificate_issued(txn, certificate.serial, VIEW_NONE));
	call(store_certificate_abandon(txn, certificate.serial));
	call(store_certificate_revoke(txn, certificate.serial, 1, 1));
	call(store_crl_put(txn, &crl));
	call(store_renewal_call_put(txn, VIEW_LIT("s"), &(struct store_renewal_call){0}));
	call(store_renewal_call_drop(txn, VIEW_LIT("s")));
	call(store_blocked_add(txn, change.old_thumbprint, VIEW_NONE, 1));
	call(store_cleanup(txn, &(struct store_cleanup){.now = 1}, &result));
}

static int every_statement_goes_by_an_index(struct store_txn *txn, void *context)
{
	(void)context;
	call_writing(txn);
	call_reading(txn);
	check_all_plans(txn);
	return 0;
}

// A parent row that is deleted or changed must find its children by an index too.
static int every_reference_is_indexed_where_parents_are_deleted(struct store_txn *txn, void *context)
{
	(void)context;
	assert_int_equal(check_plan(txn->db, "SELECT 1 FROM challenge WHERE authz_id = 1", true), 0);
	assert_int_equal(check_plan(txn->db, "SELECT 1 FROM receipt WHERE authz_id = 1", true), 0);
	assert_int_equal(check_plan(txn->db, "SELECT 1 FROM order_authz WHERE authz_id = 1", true), 0);
	assert_int_equal(check_plan(txn->db, "SELECT 1 FROM order_authz WHERE order_id = 1", true), 0);
	assert_int_equal(check_plan(txn->db, "SELECT 1 FROM orders WHERE profile = 'x'", false), 1); // and this test can fail
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(every_statement_goes_by_an_index),
		store_test(every_reference_is_indexed_where_parents_are_deleted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
