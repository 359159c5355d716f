#include "store/session.h"
#include "fixture.h"

static struct store_session session(int64_t person, uint64_t n)
{
	struct store_session s = {.kind = STORE_SESSION_FULL, .person = person, .created = NOW, .seen = NOW, .fresh = NOW, .rotated = NOW,
				  .expires = NOW + 30 * XICA_DAY, .idle = 12 * XICA_HOUR, .remote = VIEW_LIT("192.0.2.1"), .agent = VIEW_LIT("Browser")};
	fixture_hash(s.token_hash, n);
	return s;
}

static int64_t insert(struct store_txn *txn, const struct store_session *s)
{
	int64_t id = 0;
	assert_int_equal(store_session_insert(txn, s, &id), 0);
	return id;
}

static int find(struct store_txn *txn, uint64_t n, xica_time now)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_session found;
	uint8_t hash[STORE_HASH_LEN];
	fixture_hash(hash, n);
	return store_session_by_hash(txn, hash, now, &arena, &found);
}

static int a_session_is_found_by_its_token(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_session in = session(fixture_person(txn, 1), 1), out;
	uint8_t device[STORE_HASH_LEN] = {5};
	in.device = view_bytes(device, sizeof(device));
	int64_t id = insert(txn, &in), again;
	assert_int_equal(store_session_by_hash(txn, in.token_hash, NOW, &arena, &out), 0);
	assert_int_equal(out.id, id);
	assert_memory_equal(out.token_hash, in.token_hash, STORE_HASH_LEN);
	assert_false(out.old_token);
	assert_int_equal(out.kind, STORE_SESSION_FULL);
	assert_int_equal(out.person, in.person);
	assert_int_equal(out.parent, 0);
	assert_int_equal(out.created, NOW);
	assert_int_equal(out.seen, NOW);
	assert_int_equal(out.fresh, NOW);
	assert_int_equal(out.rotated, NOW);
	assert_int_equal(out.expires, in.expires);
	assert_int_equal(out.idle, in.idle);
	assert_view(out.remote, "192.0.2.1");
	assert_view(out.agent, "Browser");
	assert_true(view_equal(out.device, in.device));
	assert_int_equal(find(txn, 2, NOW), XICA_ENOTFOUND);
	assert_int_equal(store_session_insert(txn, &in, &again), XICA_EEXIST);
	return 0;
}

static int a_session_of_nobody_is_refused(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_session s = session(99, 1);
	int64_t id;
	assert_int_equal(store_session_insert(txn, &s, &id), XICA_ENOTFOUND);
	return 0;
}

static int a_session_ends_when_it_was_idle_for_too_long(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_session s = session(fixture_person(txn, 1), 1);
	int64_t id = insert(txn, &s);
	assert_int_equal(find(txn, 1, NOW + s.idle - 1), 0);
	assert_int_equal(find(txn, 1, NOW + s.idle), XICA_ENOTFOUND);
	assert_int_equal(store_session_touch(txn, id, NOW + 100), 0);
	assert_int_equal(find(txn, 1, NOW + 100 + s.idle - 1), 0);
	assert_int_equal(store_session_touch(txn, id, NOW + 50), 0); // a slower request: changes nothing
	assert_int_equal(find(txn, 1, NOW + 100 + s.idle - 1), 0);
	assert_int_equal(find(txn, 1, NOW + 100 + s.idle), XICA_ENOTFOUND);
	assert_int_equal(store_session_touch(txn, id + 1, NOW), XICA_ENOTFOUND);
	return 0;
}

static int requests_do_not_keep_a_session_beyond_its_end(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_session s = session(fixture_person(txn, 1), 1);
	int64_t id = insert(txn, &s);
	assert_int_equal(store_session_touch(txn, id, s.expires - 1), 0);
	assert_int_equal(find(txn, 1, s.expires - 1), 0);
	assert_int_equal(find(txn, 1, s.expires), XICA_ENOTFOUND);
	return 0;
}

static int a_new_token_leaves_the_old_one_as_long_as_is_said(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_session s = session(fixture_person(txn, 1), 1), found;
	uint8_t second[STORE_HASH_LEN], third[STORE_HASH_LEN];
	int64_t id = insert(txn, &s);
	fixture_hash(second, 2);
	fixture_hash(third, 3);
	assert_int_equal(store_session_rotate(txn, id, s.token_hash, second, NOW + 10, 60), 0);
	assert_int_equal(store_session_rotate(txn, id, s.token_hash, third, NOW + 10, 60), XICA_ECONFLICT); // another request was first
	assert_int_equal(store_session_by_hash(txn, s.token_hash, NOW + 69, &arena, &found), 0);
	assert_true(found.old_token);
	assert_memory_equal(found.token_hash, second, STORE_HASH_LEN);
	assert_int_equal(found.rotated, NOW + 10);
	assert_int_equal(find(txn, 1, NOW + 70), XICA_ENOTFOUND);
	assert_int_equal(store_session_rotate(txn, id, second, third, NOW + 20, 0), 0); // rights changed
	assert_int_equal(find(txn, 1, NOW + 20), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 2, NOW + 20), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 3, NOW + 20), 0);
	return 0;
}

static int a_new_token_that_never_came_back_is_replaced_beside_the_old_one(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_session s = session(fixture_person(txn, 1), 1), found;
	uint8_t second[STORE_HASH_LEN], third[STORE_HASH_LEN];
	int64_t id = insert(txn, &s);
	fixture_hash(second, 2);
	fixture_hash(third, 3);
	assert_int_equal(store_session_rotate(txn, id, s.token_hash, second, NOW + 10, 600), 0);
	assert_int_equal(store_session_rotate_again(txn, id, s.token_hash, third, NOW + 20), XICA_ECONFLICT);
	assert_int_equal(store_session_rotate_again(txn, id, second, third, NOW + 20), 0);
	assert_int_equal(find(txn, 2, NOW + 20), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 1, NOW + 609), 0);
	assert_int_equal(store_session_by_hash(txn, third, NOW + 20, &arena, &found), 0);
	assert_false(found.old_token);
	assert_int_equal(found.old_until, NOW + 610);
	assert_int_equal(store_session_settle(txn, id, NOW + 80), 0);
	assert_int_equal(store_session_settle(txn, id, NOW + 90), 0); // gives it no more time
	assert_int_equal(find(txn, 1, NOW + 79), 0);
	assert_int_equal(find(txn, 1, NOW + 80), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 3, NOW + 80), 0);
	assert_int_equal(store_session_settle(txn, id + 1, NOW), XICA_ENOTFOUND);
	return 0;
}

static int freshness_is_set(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_session s = session(fixture_person(txn, 1), 1), found;
	int64_t id = insert(txn, &s);
	assert_int_equal(store_session_set_fresh(txn, id, NOW + 5), 0);
	assert_int_equal(store_session_by_hash(txn, s.token_hash, NOW + 5, &arena, &found), 0);
	assert_int_equal(found.fresh, NOW + 5);
	assert_int_equal(store_session_set_fresh(txn, id + 1, NOW), XICA_ENOTFOUND);
	return 0;
}

static int only_the_person_ends_a_session(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_session s = session(a, 1);
	int64_t id = insert(txn, &s);
	assert_int_equal(store_session_end(txn, b, id), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 1, NOW), 0);
	assert_int_equal(store_session_end(txn, a, id), 0);
	assert_int_equal(find(txn, 1, NOW), XICA_ENOTFOUND);
	assert_int_equal(store_session_end(txn, a, id), XICA_ENOTFOUND);
	return 0;
}

static struct store_session console(int64_t person, int64_t parent, uint64_t n)
{
	struct store_session s = session(person, n);
	s.kind = STORE_SESSION_OPERATOR;
	s.parent = parent;
	return s;
}

static int the_console_ends_with_the_persons_own_session(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t person = fixture_person(txn, 1);
	struct store_session own = session(person, 1);
	int64_t id = insert(txn, &own);
	struct store_session operator = console(person, id, 2);
	operator.idle = 20 * XICA_HOUR;
	(void)insert(txn, &operator);
	assert_int_equal(find(txn, 2, NOW + own.idle - 1), 0);
	assert_int_equal(find(txn, 2, NOW + own.idle), XICA_ENOTFOUND); // the parent is still in its table, but has ended
	assert_int_equal(store_session_end(txn, person, id), 0);
	assert_int_equal(find(txn, 2, NOW), XICA_ENOTFOUND);
	return 0;
}

static int all_of_a_persons_end_but_the_one_excepted(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_session own = session(a, 1), second = session(a, 2), others = session(b, 3);
	int64_t kept = insert(txn, &own), ended = insert(txn, &second);
	size_t count;
	(void)insert(txn, &others);
	struct store_session kept_console = console(a, kept, 4), ended_console = console(a, ended, 5);
	(void)insert(txn, &kept_console);
	(void)insert(txn, &ended_console);
	assert_int_equal(store_session_end_all(txn, a, kept, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(find(txn, 1, NOW), 0);
	assert_int_equal(find(txn, 2, NOW), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 3, NOW), 0);
	assert_int_equal(find(txn, 4, NOW), 0);
	assert_int_equal(find(txn, 5, NOW), XICA_ENOTFOUND);
	assert_int_equal(store_session_end_all(txn, a, 0, &count), 0);
	assert_int_equal(find(txn, 1, NOW), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 4, NOW), XICA_ENOTFOUND);
	assert_int_equal(find(txn, 3, NOW), 0);
	return 0;
}

static int a_persons_living_sessions_are_listed_newest_first(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_session *list;
	size_t count;
	for (uint64_t n = 1; n <= 3; n++) {
		struct store_session s = session(a, n), others = session(b, 10 + n);
		if (n == 2)
			s.idle = 5;
		(void)insert(txn, &s);
		(void)insert(txn, &others);
	}
	assert_int_equal(store_session_list(txn, a, NOW + 5, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_true(list[0].id > list[1].id);
	assert_int_equal(list[0].person, a);
	assert_int_equal(store_session_list(txn, a, NOW, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_session_is_found_by_its_token),
		store_test(a_session_of_nobody_is_refused),
		store_test(a_session_ends_when_it_was_idle_for_too_long),
		store_test(requests_do_not_keep_a_session_beyond_its_end),
		store_test(a_new_token_leaves_the_old_one_as_long_as_is_said),
		store_test(a_new_token_that_never_came_back_is_replaced_beside_the_old_one),
		store_test(freshness_is_set),
		store_test(only_the_person_ends_a_session),
		store_test(the_console_ends_with_the_persons_own_session),
		store_test(all_of_a_persons_end_but_the_one_excepted),
		store_test(a_persons_living_sessions_are_listed_newest_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
