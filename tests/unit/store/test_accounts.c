#include "store/certificate.h"
#include "store/eab.h"
#include "store/recover.h"
#include "fixture.h"

static int an_account_is_found_by_id_and_by_thumbprint_as_it_was_stored(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account in = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{\"kty\":\"OKP\"}"), .contacts = VIEW_LIT("[\"mailto:a@b.example\"]"),
				   .terms_agreed = NOW - 1, .eab_kid = VIEW_LIT("kid-1"), .created = NOW};
	struct store_account out;
	fixture_hash(in.thumbprint, 7);
	int64_t id;
	assert_int_equal(store_account_insert(txn, &in, &id), 0);
	assert_int_equal(store_account_get(txn, id, &arena, &out), 0);
	assert_int_equal(out.id, id);
	assert_int_equal(out.status, STORE_ACCOUNT_VALID);
	assert_true(view_equal(out.jwk, in.jwk));
	assert_true(view_equal(out.contacts, in.contacts));
	assert_view(out.eab_kid, "kid-1");
	assert_int_equal(out.terms_agreed, NOW - 1);
	assert_int_equal(out.created, NOW);
	assert_memory_equal(out.thumbprint, in.thumbprint, STORE_HASH_LEN);
	assert_int_equal(store_account_by_thumbprint(txn, in.thumbprint, &arena, &out), 0);
	assert_int_equal(out.id, id);
	assert_int_equal(store_account_get(txn, id + 1, &arena, &out), XICA_ENOTFOUND);
	fixture_hash(in.thumbprint, 8);
	assert_int_equal(store_account_by_thumbprint(txn, in.thumbprint, &arena, &out), XICA_ENOTFOUND);
	return 0;
}

static int an_accounts_number_is_never_anothers_also_after_a_restore(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t first = fixture_account(txn, 1), second = fixture_account(txn, 2);
	assert_int_equal(first, 1);
	assert_int_equal(second, 2);
	assert_int_equal(store_recover_sequences(txn, 0, 0), 0);
	int64_t third = fixture_account(txn, 3);
	assert_true(third > 1000); // more than were ever opened since a backup
	assert_int_equal(fixture_account(txn, 4), third + 1);
	assert_int_equal(store_recover_sequences(txn, 0, 0), 0);
	assert_int_equal(store_recover_sequences(txn, 0, 0), 0);
	assert_true(fixture_account(txn, 5) > 2 * third);
	return 0;
}

static int a_thumbprint_has_one_account_also_when_it_is_deactivated(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t id = fixture_account(txn, 1), other = 77;
	struct store_account again = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[]")};
	fixture_hash(again.thumbprint, 1);
	assert_int_equal(store_account_change(txn, id, STORE_ACCOUNT_VALID, STORE_ACCOUNT_DEACTIVATED), 0);
	assert_int_equal(store_account_insert(txn, &again, &other), XICA_EEXIST);
	assert_int_equal(other, 77);
	fixture_hash(again.thumbprint, 2); // the failed statement left the unit usable
	assert_int_equal(store_account_insert(txn, &again, &other), 0);
	return 0;
}

static int an_account_changes_status_only_from_the_one_believed(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account out;
	int64_t id = fixture_account(txn, 1);
	assert_int_equal(store_account_change(txn, id, STORE_ACCOUNT_VALID, STORE_ACCOUNT_REVOKED), 0);
	assert_int_equal(store_account_change(txn, id, STORE_ACCOUNT_VALID, STORE_ACCOUNT_DEACTIVATED), XICA_ECONFLICT);
	assert_int_equal(store_account_change(txn, id, STORE_ACCOUNT_REVOKED, 9), XICA_EINVAL);
	assert_int_equal(store_account_get(txn, id, &arena, &out), 0);
	assert_int_equal(out.status, STORE_ACCOUNT_REVOKED);
	return 0;
}

static int contacts_and_terms_can_be_changed_of_an_account_that_is_there(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account out;
	int64_t id = fixture_account(txn, 1);
	assert_int_equal(store_account_set_contacts(txn, id, VIEW_LIT("[\"mailto:x@y.example\"]")), 0);
	assert_int_equal(store_account_set_terms(txn, id, NOW + 5), 0);
	assert_int_equal(store_account_get(txn, id, &arena, &out), 0);
	assert_view(out.contacts, "[\"mailto:x@y.example\"]");
	assert_int_equal(out.terms_agreed, NOW + 5);
	assert_int_equal(store_account_set_contacts(txn, id + 1, VIEW_LIT("[]")), XICA_ENOTFOUND);
	assert_int_equal(store_account_set_terms(txn, id + 1, NOW), XICA_ENOTFOUND);
	return 0;
}

static struct store_key_change key_change(int64_t account, uint64_t from, uint64_t to)
{
	struct store_key_change change = {.account = account, .jws = VIEW_LIT("{\"payload\":\"…\"}"), .time = NOW};
	fixture_hash(change.old_thumbprint, from);
	fixture_hash(change.new_thumbprint, to);
	return change;
}

static int a_key_is_changed_once_and_never_to_that_of_another_account(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_account(txn, 1), b = fixture_account(txn, 2);
	struct store_key_change change = key_change(a, 1, 3), late = key_change(a, 1, 4), taken = key_change(a, 3, 2);
	assert_int_equal(store_account_change_key(txn, &change, VIEW_LIT("{\"new\":1}")), 0);
	assert_int_equal(store_account_change_key(txn, &late, VIEW_LIT("{}")), XICA_ECONFLICT);
	assert_int_equal(store_account_change_key(txn, &taken, VIEW_LIT("{}")), XICA_EEXIST);
	struct store_account out;
	assert_int_equal(store_account_by_thumbprint(txn, change.new_thumbprint, &arena, &out), 0);
	assert_int_equal(out.id, a);
	assert_view(out.jwk, "{\"new\":1}");
	assert_int_equal(store_account_by_thumbprint(txn, change.old_thumbprint, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_account_change(txn, b, STORE_ACCOUNT_VALID, STORE_ACCOUNT_DEACTIVATED), 0);
	change = key_change(b, 2, 9);
	assert_int_equal(store_account_change_key(txn, &change, VIEW_LIT("{}")), XICA_ECONFLICT);
	return 0;
}

static int key_changes_are_listed_newest_first(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_account(txn, 100), b = fixture_account(txn, 200);
	for (uint64_t i = 100; i < 120; i++) {
		struct store_key_change change = key_change(a, i, i + 1);
		assert_int_equal(store_account_change_key(txn, &change, VIEW_LIT("{}")), 0);
	}
	struct store_key_change of_b = key_change(b, 200, 201);
	assert_int_equal(store_account_change_key(txn, &of_b, VIEW_LIT("{}")), 0);
	struct store_key_change *list;
	size_t count;
	assert_int_equal(store_account_key_changes(txn, a, 100, &arena, &list, &count), 0);
	assert_int_equal(count, 20);
	for (uint64_t i = 0; i < count; i++) {
		struct store_key_change want = key_change(a, 119 - i, 120 - i);
		assert_int_equal(list[i].account, a);
		assert_memory_equal(list[i].old_thumbprint, want.old_thumbprint, STORE_HASH_LEN);
		assert_memory_equal(list[i].new_thumbprint, want.new_thumbprint, STORE_HASH_LEN);
		assert_true(view_equal(list[i].jws, want.jws));
		assert_int_equal(list[i].time, NOW);
	}
	assert_int_equal(store_account_key_changes(txn, a, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	return 0;
}

// ---- external account keys

static const struct store_eab EAB = {.kid = VIEW_LIT("kid-1"), .mac_key = VIEW_LIT("0123456789abcdef0123456789abcdef"), .note = VIEW_LIT("for ops"),
				     .created = NOW};

static int an_external_account_key_is_bound_once(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_eab out;
	int64_t a = fixture_account(txn, 1), b = fixture_account(txn, 2);
	assert_int_equal(store_eab_create(txn, &EAB), 0);
	assert_int_equal(store_eab_create(txn, &EAB), XICA_EEXIST);
	assert_int_equal(store_eab_get(txn, EAB.kid, &arena, &out), 0);
	assert_true(view_equal(out.mac_key, EAB.mac_key));
	assert_view(out.note, "for ops");
	assert_int_equal(out.account, 0);
	assert_int_equal(out.revoked, 0);
	assert_int_equal(store_eab_bind(txn, EAB.kid, 999, NOW), XICA_ENOTFOUND);
	assert_int_equal(store_eab_bind(txn, EAB.kid, a, NOW), 0);
	assert_int_equal(store_eab_bind(txn, EAB.kid, b, NOW), XICA_ECONFLICT);
	assert_int_equal(store_eab_get(txn, EAB.kid, &arena, &out), 0);
	assert_int_equal(out.account, a);
	assert_int_equal(store_eab_get(txn, VIEW_LIT("kid-2"), &arena, &out), XICA_ENOTFOUND);
	return 0;
}

static int a_revoked_external_account_key_binds_nobody(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_eab out;
	int64_t a = fixture_account(txn, 1);
	assert_int_equal(store_eab_create(txn, &EAB), 0);
	assert_int_equal(store_eab_revoke(txn, EAB.kid, NOW + 9), 0);
	assert_int_equal(store_eab_revoke(txn, EAB.kid, NOW + 10), XICA_ECONFLICT);
	assert_int_equal(store_eab_bind(txn, EAB.kid, a, NOW), XICA_ECONFLICT);
	assert_int_equal(store_eab_get(txn, EAB.kid, &arena, &out), 0);
	assert_int_equal(out.revoked, NOW + 9);
	return 0;
}

static int a_short_mac_key_is_refused(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_eab eab = EAB;
	eab.mac_key.len = 31;
	assert_int_equal(store_eab_create(txn, &eab), XICA_EINVAL);
	return 0;
}

static int external_account_keys_are_listed_in_pages(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	static const char *const KIDS[] = {"c", "a", "b"};
	for (size_t i = 0; i < 3; i++) {
		struct store_eab eab = EAB;
		eab.kid = view_str(KIDS[i]);
		assert_int_equal(store_eab_create(txn, &eab), 0);
	}
	struct store_eab *list;
	size_t count;
	assert_int_equal(store_eab_list(txn, VIEW_NONE, 2, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].kid, "a");
	assert_view(list[1].kid, "b");
	assert_int_equal(store_eab_list(txn, list[1].kid, 2, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].kid, "c");
	return 0;
}

static void certify(struct store_txn *txn, int64_t account, struct view name, struct view serial, bool issued)
{
	const struct store_certificate certificate = {.account = account, .serial = serial, .issuer = VIEW_LIT("issuer-1"), .profile = VIEW_LIT("xmpp-server"),
						      .not_before = NOW, .not_after = NOW + XICA_DAY, .tbs = VIEW_LIT("tbs"), .names = &name, .name_count = 1};
	assert_int_equal(store_certificate_insert(txn, &certificate), 0);
	if (issued)
		assert_int_equal(store_certificate_issued(txn, serial, VIEW_LIT("der")), 0);
}

static int accounts_are_listed_once_by_a_name_that_they_ever_had_a_certificate_for(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	const struct view name = VIEW_LIT("a.example");
	int64_t first = fixture_account(txn, 1), second = fixture_account(txn, 2), third = fixture_account(txn, 3), fourth = fixture_account(txn, 4);
	struct store_account *list;
	size_t count;
	certify(txn, third, name, VIEW_LIT("\x01"), true);
	certify(txn, first, name, VIEW_LIT("\x02"), true);
	certify(txn, third, name, VIEW_LIT("\x03"), true);
	assert_int_equal(store_certificate_revoke(txn, VIEW_LIT("\x02"), 4, NOW), 0);
	certify(txn, second, name, VIEW_LIT("\x04"), false); // nobody has it yet
	certify(txn, fourth, VIEW_LIT("b.example"), VIEW_LIT("\x05"), true);
	assert_int_equal(store_account_list_by_name(txn, name, 0, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].id, first);
	assert_int_equal(list[1].id, third);
	assert_int_equal(store_account_list_by_name(txn, name, 0, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_account_list_by_name(txn, name, list[0].id, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, third);
	assert_int_equal(store_account_list_by_name(txn, VIEW_LIT("A.example"), 0, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(an_account_is_found_by_id_and_by_thumbprint_as_it_was_stored),
		store_test(an_accounts_number_is_never_anothers_also_after_a_restore),
		store_test(a_thumbprint_has_one_account_also_when_it_is_deactivated),
		store_test(an_account_changes_status_only_from_the_one_believed),
		store_test(contacts_and_terms_can_be_changed_of_an_account_that_is_there),
		store_test(a_key_is_changed_once_and_never_to_that_of_another_account),
		store_test(key_changes_are_listed_newest_first),
		store_test(accounts_are_listed_once_by_a_name_that_they_ever_had_a_certificate_for),
		store_test(an_external_account_key_is_bound_once),
		store_test(a_revoked_external_account_key_binds_nobody),
		store_test(a_short_mac_key_is_refused),
		store_test(external_account_keys_are_listed_in_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
