#include "store/passkey.h"
#include "fixture.h"

static struct store_passkey passkey(int64_t person, struct view credential)
{
	return (struct store_passkey){.credential = credential, .person = person, .name = VIEW_LIT("my phone"), .public_key = VIEW_LIT("k\0ey"),
				      .counter = 4000000000, .created = NOW};
}

static int a_passkey_is_kept_as_given(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	const struct view id = VIEW_LIT("c\0red");
	struct store_passkey in = passkey(fixture_person(txn, 1), id), out;
	assert_int_equal(store_passkey_insert(txn, &in), 0);
	assert_int_equal(store_passkey_get(txn, id, &arena, &out), 0);
	assert_true(view_equal(out.credential, id));
	assert_int_equal(out.person, in.person);
	assert_view(out.name, "my phone");
	assert_true(view_equal(out.public_key, in.public_key));
	assert_int_equal(out.counter, 4000000000);
	assert_int_equal(out.created, NOW);
	assert_int_equal(out.used, 0);
	assert_int_equal(store_passkey_get(txn, VIEW_LIT("c"), &arena, &out), XICA_ENOTFOUND);
	return 0;
}

static int a_credential_is_one_persons(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_passkey mine = passkey(fixture_person(txn, 1), VIEW_LIT("c")), theirs = passkey(fixture_person(txn, 2), VIEW_LIT("c"));
	assert_int_equal(store_passkey_insert(txn, &mine), 0);
	assert_int_equal(store_passkey_insert(txn, &theirs), XICA_EEXIST);
	theirs = passkey(99, VIEW_LIT("d"));
	assert_int_equal(store_passkey_insert(txn, &theirs), XICA_ENOTFOUND);
	return 0;
}

static int what_the_schema_does_not_know_is_refused(struct store_txn *txn, void *context)
{
	(void)context;
	static const uint8_t LONG[STORE_CREDENTIAL_MAX + 1];
	int64_t person = fixture_person(txn, 1);
	struct store_passkey bad[] = {passkey(person, VIEW_NONE), passkey(person, view_bytes(LONG, sizeof(LONG))), passkey(person, VIEW_LIT("c")),
				      passkey(person, VIEW_LIT("c"))};
	bad[2].public_key = VIEW_NONE;
	bad[3].counter = UINT64_C(1) << 32;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(store_passkey_insert(txn, &bad[i]), XICA_EINVAL);
	bad[0].credential = view_bytes(LONG, STORE_CREDENTIAL_MAX);
	assert_int_equal(store_passkey_insert(txn, &bad[0]), 0);
	return 0;
}

static int use_goes_on_only_from_the_counter_that_was_checked(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_passkey p = passkey(fixture_person(txn, 1), VIEW_LIT("c")), out;
	p.counter = 5;
	assert_int_equal(store_passkey_insert(txn, &p), 0);
	assert_int_equal(store_passkey_use(txn, p.credential, 5, 9, NOW + 1), 0);
	assert_int_equal(store_passkey_use(txn, p.credential, 5, 9, NOW + 1), XICA_ECONFLICT);
	assert_int_equal(store_passkey_use(txn, VIEW_LIT("d"), 5, 9, NOW), XICA_ECONFLICT);
	assert_int_equal(store_passkey_get(txn, p.credential, &arena, &out), 0);
	assert_int_equal(out.counter, 9);
	assert_int_equal(out.used, NOW + 1);
	return 0;
}

static int passkeys_are_listed_newest_first_and_removed_by_their_person_alone(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_passkey first = passkey(a, VIEW_LIT("1")), second = passkey(a, VIEW_LIT("2")), others = passkey(b, VIEW_LIT("3")), *list;
	size_t count;
	second.created = NOW + 1;
	assert_int_equal(store_passkey_insert(txn, &second), 0);
	assert_int_equal(store_passkey_insert(txn, &first), 0);
	assert_int_equal(store_passkey_insert(txn, &others), 0);
	assert_int_equal(store_passkey_list(txn, a, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[0].credential, "2");
	assert_int_equal(store_passkey_remove(txn, b, first.credential), XICA_ENOTFOUND);
	assert_int_equal(store_passkey_count(txn, a, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(store_passkey_remove(txn, a, first.credential), 0);
	assert_int_equal(store_passkey_remove(txn, a, first.credential), XICA_ENOTFOUND);
	assert_int_equal(store_passkey_count(txn, a, &count), 0);
	assert_int_equal(count, 1);
	return 0;
}

static int recovery_codes_are_good_once_and_until_there_are_new_ones(struct store_txn *txn, void *context)
{
	(void)context;
	static const uint8_t OLD[][STORE_HASH_LEN] = {{1}, {2}, {3}}, NEW[][STORE_HASH_LEN] = {{3}, {4}}, TWICE[][STORE_HASH_LEN] = {{5}, {5}};
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	size_t count;
	assert_int_equal(store_recovery_replace(txn, a, OLD, 3), 0);
	assert_int_equal(store_recovery_take(txn, b, OLD[0]), XICA_ENOTFOUND);
	assert_int_equal(store_recovery_take(txn, a, OLD[0]), 0);
	assert_int_equal(store_recovery_take(txn, a, OLD[0]), XICA_ENOTFOUND);
	assert_int_equal(store_recovery_count(txn, a, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(store_recovery_replace(txn, a, NEW, 2), 0);
	assert_int_equal(store_recovery_take(txn, a, OLD[1]), XICA_ENOTFOUND);
	assert_int_equal(store_recovery_take(txn, a, NEW[1]), 0);
	assert_int_equal(store_recovery_replace(txn, b, OLD, 3), 0); // the same hash for two people is no matter
	assert_int_equal(store_recovery_replace(txn, a, NULL, 0), 0);
	assert_int_equal(store_recovery_count(txn, a, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_recovery_count(txn, b, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(store_recovery_replace(txn, a, TWICE, 2), XICA_EEXIST);
	assert_int_equal(store_recovery_replace(txn, 99, OLD, 1), XICA_ENOTFOUND);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_passkey_is_kept_as_given),
		store_test(a_credential_is_one_persons),
		store_test(what_the_schema_does_not_know_is_refused),
		store_test(use_goes_on_only_from_the_counter_that_was_checked),
		store_test(passkeys_are_listed_newest_first_and_removed_by_their_person_alone),
		store_test(recovery_codes_are_good_once_and_until_there_are_new_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
