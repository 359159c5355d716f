// Tokens that go out by mail, values that must come back, wrong tries, known browsers.
#include "store/attempt.h"
#include "store/device.h"
#include "store/pending.h"
#include "store/token.h"
#include "fixture.h"

static struct store_token token(enum store_token_purpose purpose, int64_t person, uint64_t n)
{
	struct store_token t = {.purpose = purpose, .person = person, .address = VIEW_LIT("Anna@Example.org"), .key = VIEW_LIT("anna@example.org"),
				.secret = VIEW_LIT("$argon2id$"), .language = VIEW_LIT("de"), .created = NOW + (xica_time)n, .expires = NOW + XICA_DAY};
	fixture_hash(t.token_hash, n);
	return t;
}

static int64_t put(struct store_txn *txn, enum store_token_purpose purpose, int64_t person, uint64_t n)
{
	struct store_token t = token(purpose, person, n);
	assert_int_equal(store_token_insert(txn, &t), 0);
	return (int64_t)n;
}

static int look(struct store_txn *txn, enum store_token_purpose purpose, uint64_t n, xica_time now)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_token found;
	uint8_t hash[STORE_HASH_LEN];
	fixture_hash(hash, n);
	return store_token_get(txn, hash, purpose, now, &arena, &found);
}

static int a_token_is_good_once(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_token in = token(STORE_TOKEN_SIGN_UP, 0, 1), out;
	assert_int_equal(store_token_insert(txn, &in), 0);
	assert_int_equal(look(txn, STORE_TOKEN_SIGN_UP, 1, NOW), 0);
	assert_int_equal(store_token_take(txn, in.token_hash, STORE_TOKEN_SIGN_UP, NOW, &arena, &out), 0);
	assert_memory_equal(out.token_hash, in.token_hash, STORE_HASH_LEN);
	assert_int_equal(out.purpose, STORE_TOKEN_SIGN_UP);
	assert_int_equal(out.person, 0);
	assert_view(out.address, "Anna@Example.org");
	assert_view(out.key, "anna@example.org");
	assert_view(out.secret, "$argon2id$");
	assert_view(out.language, "de");
	assert_int_equal(out.created, in.created);
	assert_int_equal(out.expires, in.expires);
	assert_int_equal(store_token_take(txn, in.token_hash, STORE_TOKEN_SIGN_UP, NOW, &arena, &out), XICA_ENOTFOUND);
	return 0;
}

static int a_token_is_for_its_purpose_and_its_time(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_token in = token(STORE_TOKEN_RESET, fixture_person(txn, 1), 1), out;
	assert_int_equal(store_token_insert(txn, &in), 0);
	assert_int_equal(store_token_take(txn, in.token_hash, STORE_TOKEN_SIGN_UP, NOW, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_token_take(txn, in.token_hash, STORE_TOKEN_ADDRESS, NOW, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_token_take(txn, in.token_hash, STORE_TOKEN_RESET, in.expires, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_token_take(txn, in.token_hash, STORE_TOKEN_RESET, in.expires - 1, &arena, &out), 0);
	assert_int_equal(out.person, in.person);
	in.person = 99;
	assert_int_equal(store_token_insert(txn, &in), XICA_ENOTFOUND);
	return 0;
}

static int a_new_token_makes_the_ones_before_void(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	(void)put(txn, STORE_TOKEN_RESET, a, 1);
	(void)put(txn, STORE_TOKEN_ADDRESS, a, 2);
	(void)put(txn, STORE_TOKEN_RESET, b, 3);
	(void)put(txn, STORE_TOKEN_SIGN_UP, 0, 4);
	(void)put(txn, STORE_TOKEN_RESET, a, 5);
	assert_int_equal(look(txn, STORE_TOKEN_RESET, 1, NOW), XICA_ENOTFOUND);
	assert_int_equal(look(txn, STORE_TOKEN_ADDRESS, 2, NOW), 0);
	assert_int_equal(look(txn, STORE_TOKEN_RESET, 3, NOW), 0);
	assert_int_equal(look(txn, STORE_TOKEN_RESET, 5, NOW), 0);
	(void)put(txn, STORE_TOKEN_SIGN_UP, 0, 6);
	assert_int_equal(look(txn, STORE_TOKEN_SIGN_UP, 4, NOW), XICA_ENOTFOUND);
	assert_int_equal(look(txn, STORE_TOKEN_SIGN_UP, 6, NOW), 0);
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM token WHERE live = 0 AND secret <> ''"), 0);
	assert_int_equal(store_token_void(txn, a, STORE_TOKEN_RESET), 0);
	assert_int_equal(look(txn, STORE_TOKEN_RESET, 5, NOW), XICA_ENOTFOUND);
	assert_int_equal(look(txn, STORE_TOKEN_ADDRESS, 2, NOW), 0);
	return 0;
}

static int void_tokens_count_too(struct store_txn *txn, void *context)
{
	(void)context;
	size_t count;
	for (uint64_t n = 1; n <= 4; n++)
		(void)put(txn, STORE_TOKEN_SIGN_UP, 0, n);
	(void)put(txn, STORE_TOKEN_RESET, fixture_person(txn, 1), 5);
	assert_int_equal(store_token_count(txn, STORE_TOKEN_SIGN_UP, VIEW_LIT("anna@example.org"), NOW + 2, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(store_token_count(txn, STORE_TOKEN_SIGN_UP, VIEW_LIT("bert@example.org"), NOW, &count), 0);
	assert_int_equal(count, 0);
	return 0;
}

static int a_pending_value_comes_back_once(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_pending in = {.key = {1}, .purpose = STORE_PENDING_PASSKEY_LOGIN, .bytes = VIEW_LIT("challenge-1"), .expires = NOW + 60}, out;
	assert_int_equal(store_pending_put(txn, &in), 0);
	in.bytes = VIEW_LIT("challenge-2");
	assert_int_equal(store_pending_put(txn, &in), 0);
	in.purpose = STORE_PENDING_TOTP;
	in.person = fixture_person(txn, 1);
	in.bytes = VIEW_LIT("secret");
	assert_int_equal(store_pending_put(txn, &in), 0);
	assert_int_equal(store_pending_get(txn, in.key, STORE_PENDING_PASSKEY_LOGIN, NOW, &arena, &out), 0);
	assert_view(out.bytes, "challenge-2");
	assert_int_equal(out.person, 0);
	assert_int_equal(store_pending_take(txn, in.key, STORE_PENDING_PASSKEY_LOGIN, NOW, &arena, &out), 0);
	assert_int_equal(store_pending_take(txn, in.key, STORE_PENDING_PASSKEY_LOGIN, NOW, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_pending_take(txn, in.key, STORE_PENDING_PASSKEY_NEW, NOW, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_pending_take(txn, in.key, STORE_PENDING_TOTP, NOW + 60, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_pending_take(txn, in.key, STORE_PENDING_TOTP, NOW + 59, &arena, &out), 0);
	assert_view(out.bytes, "secret");
	assert_int_equal(out.person, in.person);
	assert_int_equal(out.expires, NOW + 60);
	in.person = 99;
	assert_int_equal(store_pending_put(txn, &in), XICA_ENOTFOUND);
	return 0;
}

// ---- wrong tries

static const uint8_t KEY[STORE_HASH_LEN] = {1}, OTHER[STORE_HASH_LEN] = {2};

static xica_time wait(struct store_txn *txn, xica_time now)
{
	xica_time seconds = -1;
	assert_int_equal(store_attempt_wait(txn, KEY, now, &seconds), 0);
	return seconds;
}

static void fail_once(struct store_txn *txn, xica_time now)
{
	assert_int_equal(store_attempt_failed(txn, KEY, now, &STORE_ATTEMPT_POLICY), 0);
}

static int after_five_wrong_tries_each_wait_is_twice_as_long_up_to_an_hour(struct store_txn *txn, void *context)
{
	(void)context;
	xica_time now = NOW;
	for (int i = 0; i < 4; i++) {
		fail_once(txn, now);
		assert_int_equal(wait(txn, now), 0);
	}
	for (xica_time want = 2; want < XICA_HOUR; want *= 2) {
		fail_once(txn, now);
		assert_int_equal(wait(txn, now), want);
		assert_int_equal(wait(txn, now + want - 1), 1);
		now += want;
		assert_int_equal(wait(txn, now), 0);
	}
	for (int i = 0; i < 80; i++) {
		fail_once(txn, now);
		assert_int_equal(wait(txn, now), XICA_HOUR);
	}
	return 0;
}

static int wrong_tries_are_counted_for_each_key_alone(struct store_txn *txn, void *context)
{
	(void)context;
	xica_time seconds;
	for (int i = 0; i < 9; i++)
		fail_once(txn, NOW);
	assert_int_equal(store_attempt_wait(txn, OTHER, NOW, &seconds), 0);
	assert_int_equal(seconds, 0);
	assert_int_equal(store_attempt_clear(txn, OTHER), 0);
	assert_true(wait(txn, NOW) > 0);
	assert_int_equal(store_attempt_clear(txn, KEY), 0);
	assert_int_equal(wait(txn, NOW), 0);
	fail_once(txn, NOW);
	assert_int_equal(wait(txn, NOW), 0); // the first again
	return 0;
}

static int a_day_after_the_last_wrong_try_all_are_forgotten(struct store_txn *txn, void *context)
{
	(void)context;
	for (int i = 0; i < 9; i++)
		fail_once(txn, NOW);
	fail_once(txn, NOW + XICA_DAY - 1);
	assert_true(wait(txn, NOW + XICA_DAY - 1) > 30);
	fail_once(txn, NOW + 2 * XICA_DAY - 1);
	assert_int_equal(wait(txn, NOW + 2 * XICA_DAY - 1), 0);
	return 0;
}

static int a_try_that_was_right_is_taken_back_alone(struct store_txn *txn, void *context)
{
	(void)context;
	assert_int_equal(store_attempt_forgive(txn, KEY), 0); // there is none
	for (int i = 0; i < 7; i++)
		fail_once(txn, NOW);
	assert_int_equal(wait(txn, NOW), 8);
	assert_int_equal(store_attempt_forgive(txn, KEY), 0);
	assert_int_equal(wait(txn, NOW), 0);
	fail_once(txn, NOW);
	assert_int_equal(wait(txn, NOW), 8);
	return 0;
}

// ---- browsers

static int a_browser_is_new_once_for_each_person(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_device *list;
	size_t count;
	bool is;
	assert_int_equal(store_device_any(txn, a, &is), 0);
	assert_false(is);
	assert_int_equal(store_device_see(txn, a, KEY, NOW, &is), 0);
	assert_true(is);
	assert_int_equal(store_device_see(txn, a, OTHER, NOW + 1, &is), 0);
	assert_true(is);
	assert_int_equal(store_device_see(txn, a, KEY, NOW + 2, &is), 0);
	assert_false(is);
	assert_int_equal(store_device_any(txn, a, &is), 0);
	assert_true(is);
	assert_int_equal(store_device_any(txn, b, &is), 0);
	assert_false(is);
	assert_int_equal(store_device_see(txn, b, KEY, NOW, &is), 0);
	assert_true(is);
	assert_int_equal(store_device_see(txn, 99, KEY, NOW, &is), XICA_ENOTFOUND);
	assert_int_equal(store_device_list(txn, a, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_memory_equal(list[0].hash, KEY, STORE_HASH_LEN);
	assert_int_equal(list[0].created, NOW);
	assert_int_equal(list[0].seen, NOW + 2);
	assert_int_equal(list[1].seen, NOW + 1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_token_is_good_once),
		store_test(a_token_is_for_its_purpose_and_its_time),
		store_test(a_new_token_makes_the_ones_before_void),
		store_test(void_tokens_count_too),
		store_test(a_pending_value_comes_back_once),
		store_test(after_five_wrong_tries_each_wait_is_twice_as_long_up_to_an_hour),
		store_test(wrong_tries_are_counted_for_each_key_alone),
		store_test(a_day_after_the_last_wrong_try_all_are_forgotten),
		store_test(a_try_that_was_right_is_taken_back_alone),
		store_test(a_browser_is_new_once_for_each_person),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
