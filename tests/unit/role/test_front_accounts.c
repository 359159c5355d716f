#include "check.h"
#include "role/front/front.h"

static struct jwk new_key(void)
{
	struct jwk jwk = {0};
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &jwk.key), 0);
	assert_int_equal(jwk_thumbprint(jwk.key, jwk.thumbprint), 0);
	return jwk;
}

static void put(struct front_accounts *accounts, int64_t id)
{
	struct jwk jwk = new_key();
	assert_int_equal(front_accounts_put(accounts, id, &jwk), 0);
}

static struct front_accounts *accounts_of(size_t max)
{
	struct front_accounts *accounts = NULL;
	assert_int_equal(front_accounts_new(max, &accounts), 0);
	return accounts;
}

static void what_was_put_is_found_and_nothing_else(void **state)
{
	struct front_accounts *accounts = accounts_of(4);
	(void)state;
	put(accounts, 1);
	put(accounts, 17); // shares a bucket with 1
	assert_non_null(front_accounts_find(accounts, 1));
	assert_non_null(front_accounts_find(accounts, 17));
	assert_null(front_accounts_find(accounts, 33));
	assert_null(front_accounts_find(accounts, 0));
	front_accounts_free(accounts);
}

static void a_new_key_replaces_the_old_one(void **state)
{
	struct front_accounts *accounts = accounts_of(4);
	struct jwk first = new_key(), second = new_key();
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	(void)state;
	memcpy(thumbprint, second.thumbprint, sizeof(thumbprint));
	assert_int_equal(front_accounts_put(accounts, 1, &first), 0);
	assert_int_equal(front_accounts_put(accounts, 1, &second), 0);
	assert_memory_equal(front_accounts_find(accounts, 1)->thumbprint, thumbprint, sizeof(thumbprint));
	front_accounts_free(accounts);
}

static void the_one_not_used_for_longest_makes_room(void **state)
{
	struct front_accounts *accounts = accounts_of(3);
	(void)state;
	put(accounts, 1);
	put(accounts, 2);
	put(accounts, 3);
	assert_non_null(front_accounts_find(accounts, 1));
	put(accounts, 4);
	assert_null(front_accounts_find(accounts, 2));
	assert_non_null(front_accounts_find(accounts, 1));
	assert_non_null(front_accounts_find(accounts, 3));
	assert_non_null(front_accounts_find(accounts, 4));
	front_accounts_free(accounts);
}

static void what_was_dropped_is_gone(void **state)
{
	struct front_accounts *accounts = accounts_of(3);
	(void)state;
	for (int64_t id = 1; id <= 3; id++)
		put(accounts, id);
	front_accounts_drop(accounts, 2);
	front_accounts_drop(accounts, 2);
	front_accounts_drop(accounts, 99);
	assert_null(front_accounts_find(accounts, 2));
	assert_non_null(front_accounts_find(accounts, 1));
	assert_non_null(front_accounts_find(accounts, 3));
	front_accounts_drop(accounts, 1);
	front_accounts_drop(accounts, 3);
	put(accounts, 2);
	assert_non_null(front_accounts_find(accounts, 2));
	front_accounts_free(accounts);
	front_accounts_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found_and_nothing_else),
		cmocka_unit_test(a_new_key_replaces_the_old_one),
		cmocka_unit_test(the_one_not_used_for_longest_makes_room),
		cmocka_unit_test(what_was_dropped_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
