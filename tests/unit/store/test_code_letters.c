#include "store/code_letter.h"
#include "fixture.h"

static struct store_code_letter get(struct store_txn *txn, int64_t authz, struct arena *arena)
{
	struct store_code_letter letter;
	assert_int_equal(store_code_letter_get(txn, authz, arena, &letter), 0);
	return letter;
}

static int64_t some_authz(struct store_txn *txn)
{
	return fixture_authz(txn, fixture_account(txn, 1), "example.org", STORE_AUTHZ_PENDING, NOW + 60);
}

static int a_letter_counts_from_when_it_is_asked_for_and_its_code_from_when_it_is_sent(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t authz = some_authz(txn);
	struct store_code_letter letter;
	assert_int_equal(store_code_letter_get(txn, authz, &arena, &letter), XICA_ENOTFOUND);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@example.org"), NOW), 0);
	letter = get(txn, authz, &arena);
	assert_view(letter.address, "hostmaster@example.org");
	assert_int_equal(letter.authz, authz);
	assert_int_equal(letter.count, 1);
	assert_int_equal(letter.asked, NOW);
	assert_int_equal(letter.expires, 0);
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), 0);
	letter = get(txn, authz, &arena);
	assert_int_equal(letter.expires, NOW + 900);
	assert_int_equal(letter.tries_left, 5);
	return 0;
}

static int another_letter_voids_the_code_of_the_one_before(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t authz = some_authz(txn);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@example.org"), NOW), 0);
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), 0);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("webmaster@example.org"), NOW + 60), XICA_ECONFLICT); // somebody was faster
	assert_int_equal(store_code_letter_ask(txn, authz, 1, VIEW_LIT("webmaster@example.org"), NOW + 60), 0);
	struct store_code_letter letter = get(txn, authz, &arena);
	assert_view(letter.address, "webmaster@example.org");
	assert_int_equal(letter.count, 2);
	assert_int_equal(letter.expires, 0);
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), XICA_ECONFLICT); // the older one, late
	assert_int_equal(store_code_letter_failed(txn, authz, NOW), XICA_ECONFLICT);
	assert_int_equal(get(txn, authz, &arena).count, 2);
	return 0;
}

static int a_letter_that_failed_does_not_count(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t authz = some_authz(txn);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@example.org"), NOW), 0);
	assert_int_equal(store_code_letter_failed(txn, authz, NOW), 0);
	struct store_code_letter letter = get(txn, authz, &arena);
	assert_int_equal(letter.count, 0);
	assert_int_equal(letter.asked, NOW); // and yet the next one has to wait
	return 0;
}

static int with_the_last_try_the_code_ends(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t authz = some_authz(txn);
	assert_int_equal(store_code_letter_tried(txn, authz, 4), XICA_ECONFLICT);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@example.org"), NOW), 0);
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), 0);
	assert_int_equal(store_code_letter_tried(txn, authz, 1), 0);
	assert_int_equal(get(txn, authz, &arena).expires, NOW + 900);
	assert_int_equal(get(txn, authz, &arena).tries_left, 1);
	assert_int_equal(store_code_letter_tried(txn, authz, 0), 0);
	assert_int_equal(get(txn, authz, &arena).expires, 0);
	return 0;
}

static int letters_go_with_their_authorization(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_code_letter letter;
	int64_t authz = some_authz(txn);
	assert_int_equal(store_code_letter_ask(txn, 9999, 0, VIEW_LIT("hostmaster@example.org"), NOW), XICA_ENOTFOUND);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@example.org"), NOW), 0);
	cleanup_sql q = sql_begin(txn, "DELETE FROM authz WHERE id = ?1");
	sql_bind_int(&q, authz);
	assert_int_equal(sql_run(&q), 0);
	assert_int_equal(store_code_letter_get(txn, authz, &arena, &letter), XICA_ENOTFOUND);
	return 0;
}

static int what_went_wrong_is_noted_beside_a_pending_challenge_alone(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_challenge challenge;
	struct view type = VIEW_LIT("http-01");
	int64_t authz = some_authz(txn);
	assert_int_equal(store_challenge_note(txn, authz, type, VIEW_LIT("{}")), 0);
	assert_int_equal(store_challenge_get(txn, authz, type, &arena, &challenge), 0);
	assert_view(challenge.error, "{}");
	assert_int_equal(challenge.status, STORE_CHALLENGE_PENDING);
	assert_int_equal(store_challenge_note(txn, authz, type, VIEW_NONE), 0);
	assert_int_equal(store_challenge_get(txn, authz, type, &arena, &challenge), 0);
	assert_int_equal(challenge.error.len, 0);
	assert_int_equal(store_challenge_process(txn, authz, type), 0);
	assert_int_equal(store_challenge_note(txn, authz, type, VIEW_LIT("{}")), XICA_ECONFLICT);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_letter_counts_from_when_it_is_asked_for_and_its_code_from_when_it_is_sent),
		store_test(another_letter_voids_the_code_of_the_one_before),
		store_test(a_letter_that_failed_does_not_count),
		store_test(with_the_last_try_the_code_ends),
		store_test(letters_go_with_their_authorization),
		store_test(what_went_wrong_is_noted_beside_a_pending_challenge_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
