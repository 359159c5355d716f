// What is a person's: keys, accounts, certificates, domains; and who else is concerned by a domain.
#include "store/certificate.h"
#include "store/domain.h"
#include "own.h"

static const struct store_certificate_page PAGE = {.limit = 10};
// ---- keys and accounts

static int an_account_belongs_to_the_person_whose_key_opened_it(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	int64_t first = fixture_own_account(txn, a, 1), second = fixture_own_account(txn, a, 2), others = fixture_own_account(txn, b, 3),
		nobodys = fixture_account(txn, 1);
	struct store_account account, *list;
	struct store_eab eab;
	size_t count;
	assert_int_equal(store_account_get(txn, first, &arena, &account), 0);
	assert_int_equal(account.person, a);
	assert_int_equal(store_account_get(txn, nobodys, &arena, &account), 0);
	assert_int_equal(account.person, 0);
	assert_int_equal(store_account_list_by_person(txn, a, 0, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].id, first);
	assert_int_equal(store_account_list_by_person(txn, a, first, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, second);
	assert_int_equal(store_account_list_by_person(txn, b, 0, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, others);
	assert_int_equal(store_eab_get_own(txn, a, VIEW_LIT("kid-1"), &arena, &eab), 0);
	assert_int_equal(eab.account, first);
	assert_int_equal(eab.person, a);
	assert_int_equal(eab.used, NOW);
	assert_view(eab.name, "my server");
	assert_false(eab.browser);
	return 0;
}

static int a_key_is_seen_and_changed_by_its_person_alone(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2), account = fixture_own_account(txn, a, 1);
	struct store_eab eab;
	const struct view kid = VIEW_LIT("kid-1");
	assert_int_equal(store_eab_get_own(txn, b, kid, &arena, &eab), XICA_ENOTFOUND);
	assert_int_equal(store_eab_rename(txn, b, kid, VIEW_LIT("taken")), XICA_ENOTFOUND);
	assert_int_equal(store_eab_rename(txn, a, kid, VIEW_LIT("the new server")), 0);
	assert_int_equal(store_eab_revoke(txn, kid, NOW + 1), 0);
	assert_int_equal(store_eab_revoke(txn, kid, NOW + 1), XICA_ECONFLICT);
	assert_int_equal(store_eab_get(txn, kid, &arena, &eab), 0);
	assert_view(eab.name, "the new server");
	assert_int_equal(eab.revoked, NOW + 1);
	assert_int_equal(eab.account, account);
	return 0;
}

static int keys_are_listed_newest_first_and_revoked_together(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_eab *list, browser = {.kid = VIEW_LIT("kid-9"), .mac_key = VIEW_LIT("0123456789abcdef0123456789abcdef"), .person = a,
					   .browser = true, .created = NOW + 2};
	size_t count;
	for (unsigned n = 1; n <= 3; n++)
		(void)fixture_own_account(txn, a, n);
	(void)fixture_own_account(txn, b, 4);
	assert_int_equal(store_eab_create(txn, &browser), 0); // made in the same second as kid-2
	assert_int_equal(store_eab_list_own(txn, a, VIEW_NONE, 2, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].kid, "kid-3");
	assert_view(list[1].kid, "kid-9");
	assert_true(list[1].browser);
	assert_int_equal(store_eab_list_own(txn, a, list[1].kid, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].kid, "kid-2");
	assert_view(list[1].kid, "kid-1");
	assert_int_equal(store_eab_list_own(txn, a, VIEW_LIT("kid-4"), 9, &arena, &list, &count), XICA_ENOTFOUND);
	assert_int_equal(store_eab_revoke(txn, VIEW_LIT("kid-1"), NOW), 0);
	assert_int_equal(store_eab_revoke_all(txn, a, NOW, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM eab_key WHERE revoked = 0"), 1);
	browser.person = 99;
	browser.kid = VIEW_LIT("kid-10");
	assert_int_equal(store_eab_create(txn, &browser), XICA_ENOTFOUND);
	return 0;
}

// ---- certificates

static int certificates_of_all_a_persons_accounts_are_listed_newest_first(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	int64_t one = fixture_own_account(txn, a, 1), two = fixture_own_account(txn, a, 2), other = fixture_own_account(txn, b, 3);
	struct store_certificate certificate;
	struct view *list;
	size_t count;
	(void)own_issued(txn, one, 1, "a.example", NOW + XICA_DAY);
	struct view revoked = own_issued(txn, two, 2, "b.example", NOW + XICA_DAY), theirs = own_issued(txn, other, 3, "c.example", NOW + XICA_DAY);
	(void)own_issued(txn, one, 4, "d.example", NOW + XICA_DAY);
	struct view pending = own_pending(txn, one, 5, "e.example", NOW + XICA_DAY);
	assert_int_equal(store_certificate_revoke(txn, revoked, 4, NOW), 0);
	assert_int_equal(store_certificate_list_by_person(txn, a, &PAGE, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].ptr[0], 4);
	assert_int_equal(list[1].ptr[0], 2);
	assert_int_equal(list[2].ptr[0], 1);
	struct store_certificate_page next = {.after = list[0], .limit = 1};
	assert_int_equal(store_certificate_list_by_person(txn, a, &next, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].ptr[0], 2);
	next.after = theirs;
	assert_int_equal(store_certificate_list_by_person(txn, a, &next, &arena, &list, &count), XICA_ENOTFOUND);
	assert_int_equal(store_certificate_get(txn, pending, &arena, &certificate), 0);
	assert_int_equal(certificate.person, a);
	return 0;
}

// ---- domains

static int domains_are_shown_with_how_they_were_proved(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	int64_t one = fixture_own_account(txn, a, 1), two = fixture_own_account(txn, a, 2), other = fixture_own_account(txn, b, 3);
	int64_t first = fixture_authz(txn, one, "a.example", STORE_AUTHZ_VALID, NOW + 10),
		second = fixture_authz(txn, one, "b.example", STORE_AUTHZ_VALID, NOW + 10);
	(void)fixture_authz(txn, one, "c.example", STORE_AUTHZ_PENDING, NOW + 10);
	(void)fixture_authz(txn, one, "d.example", STORE_AUTHZ_VALID, NOW); // expired
	int64_t third = fixture_authz(txn, two, "e.example", STORE_AUTHZ_VALID, NOW + 10),
		theirs = fixture_authz(txn, other, "f.example", STORE_AUTHZ_VALID, NOW + 10);
	const struct store_receipt control = {.authz = first, .kind = RECEIPT_CONTROL, .method = RECEIPT_DNS_01, .bytes = VIEW_LIT("r"), .expires = NOW},
				   caa = {.authz = second, .kind = RECEIPT_CAA, .method = RECEIPT_HTTP_01, .bytes = VIEW_LIT("r"), .expires = NOW};
	struct store_domain *list;
	size_t count;
	assert_int_equal(store_receipt_put(txn, &control), 0);
	assert_int_equal(store_receipt_put(txn, &caa), 0);
	assert_int_equal(store_domain_list(txn, a, NOW, 0, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].authz.id, third);
	assert_view(list[0].kid, "kid-2");
	assert_int_equal(list[1].authz.id, second);
	assert_int_equal(list[1].method, 0); // a caa receipt tells nothing of control
	assert_int_equal(list[2].authz.id, first);
	assert_int_equal(list[2].authz.account, one);
	assert_view(list[2].authz.identifier.value, "a.example");
	assert_int_equal(list[2].authz.identifier.type, PKI_IDENTIFIER_DNS);
	assert_int_equal(list[2].authz.status, STORE_AUTHZ_VALID);
	assert_int_equal(list[2].authz.expires, NOW + 10);
	assert_int_equal(list[2].method, RECEIPT_DNS_01);
	assert_view(list[2].key_name, "my server");
	assert_int_equal(store_domain_list(txn, a, NOW, third, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].authz.id, second);
	assert_int_equal(store_domain_list(txn, a, NOW, second, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].authz.id, first);
	assert_int_equal(store_domain_list(txn, a, NOW, theirs, 9, &arena, &list, &count), XICA_ENOTFOUND);
	return 0;
}

static size_t owners(struct store_txn *txn, const char *domain, int64_t account, int64_t *ret_first)
{
	cleanup_arena arena = ARENA_INIT;
	int64_t *persons;
	size_t count = 99;
	assert_int_equal(store_domain_owners(txn, view_str(domain), account, NOW, &arena, &persons, &count), 0);
	*ret_first = count ? persons[0] : 0;
	return count;
}

static int who_holds_a_domain_is_concerned_by_a_certificate_of_another(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2), c = fixture_person(txn, 3), first;
	int64_t of_a = fixture_own_account(txn, a, 1), also_of_a = fixture_own_account(txn, a, 2), of_b = fixture_own_account(txn, b, 3),
		of_c = fixture_own_account(txn, c, 4), nobodys = fixture_account(txn, 1);
	(void)own_issued(txn, of_a, 1, "x.example", NOW + 10);
	(void)own_issued(txn, also_of_a, 2, "*.x.example", NOW + 10);
	(void)fixture_authz(txn, of_b, "x.example", STORE_AUTHZ_VALID, NOW + 10);
	(void)own_issued(txn, nobodys, 3, "x.example", NOW + 10);
	(void)own_issued(txn, of_c, 4, "x.example", NOW);                        // expired
	(void)own_pending(txn, of_c, 5, "x.example", NOW + 10);                  // was not issued
	(void)own_issued(txn, of_c, 6, "_xmpp-server.x.example y.x.example", NOW + 10); // no certificate for the domain
	(void)fixture_authz(txn, of_c, "x.example", STORE_AUTHZ_PENDING, NOW + 10);
	assert_int_equal(owners(txn, "x.example", of_c, &first), 2);
	assert_int_equal(first, a); // once, with two accounts
	assert_int_equal(owners(txn, "x.example", also_of_a, &first), 1);
	assert_int_equal(first, b); // not the person's own other account
	assert_int_equal(owners(txn, "x.example", nobodys, &first), 2);
	assert_int_equal(owners(txn, "x.example", of_b, &first), 1);
	assert_int_equal(first, a);
	assert_int_equal(owners(txn, "z.example", of_b, &first), 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(an_account_belongs_to_the_person_whose_key_opened_it),
		store_test(a_key_is_seen_and_changed_by_its_person_alone),
		store_test(keys_are_listed_newest_first_and_revoked_together),
		store_test(certificates_of_all_a_persons_accounts_are_listed_newest_first),
		store_test(domains_are_shown_with_how_they_were_proved),
		store_test(who_holds_a_domain_is_concerned_by_a_certificate_of_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
