// SQLite's n-th allocation fails, for n from 1 on: each time there is a clean error and nothing half done, and the store goes on when there is memory again.
#include "store/certificate.h"
#include "store/cleanup.h"
#include "store/mail.h"
#include "store/passkey.h"
#include "store/session.h"
#include "store/statistic.h"
#include "store/token.h"
#include "fixture.h"

static sqlite3_mem_methods real;
static long allocations_left = -1; // before one fails; -1: none does

static bool fails_now(void)
{
	if (allocations_left < 0)
		return false;
	return !allocations_left || !--allocations_left; // from there on all fail, until reset
}

static void *failing_malloc(int size)
{
	return fails_now() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *old, int size)
{
	return fails_now() ? NULL : real.xRealloc(old, size);
}

// A person with what a log-in and a letter need, and one who goes.
static int write_site(struct store_txn *txn, uint64_t n)
{
	cleanup_arena arena = ARENA_INIT;
	char key[32];
	uint8_t hash[1][STORE_HASH_LEN];
	(void)snprintf(key, sizeof(key), "%llu@example.org", (unsigned long long)n);
	fixture_hash(hash[0], n);
	const struct view handle = view_bytes(hash[0], STORE_HASH_LEN);
	struct store_person person = {.address = view_str(key), .key = view_str(key), .status = STORE_PERSON_ACTIVE, .unsubscribe = view_str(key),
				      .user_handle = handle};
	struct store_session session = {.kind = STORE_SESSION_FULL, .idle = 1, .expires = NOW, .seen = NOW}, found;
	struct store_token token = {.purpose = STORE_TOKEN_RESET, .address = view_str(key), .key = view_str(key), .expires = NOW}, taken;
	struct store_mail mail = {.letter = VIEW_LIT("l"), .to = VIEW_LIT("a")}, *due;
	size_t count;
	int64_t id = 0;
	memcpy(session.token_hash, hash[0], STORE_HASH_LEN);
	memcpy(token.token_hash, hash[0], STORE_HASH_LEN);
	int error = store_person_insert(txn, &person, &person.id);
	session.person = token.person = mail.person = person.id;
	if (!error)
		error = store_session_insert(txn, &session, &id);
	if (!error)
		error = store_session_by_hash(txn, hash[0], NOW - 1, &arena, &found);
	if (!error)
		error = store_token_insert(txn, &token);
	if (!error)
		error = store_token_take(txn, hash[0], STORE_TOKEN_RESET, NOW - 1, &arena, &taken);
	if (!error)
		error = store_recovery_replace(txn, person.id, hash, 1);
	if (!error)
		error = store_mail_insert(txn, &mail, &id);
	if (!error)
		error = store_mail_due(txn, NOW, 9, &arena, &due, &count);
	if (!error)
		error = store_statistic_add(txn, 1, VIEW_LIT("issued"), 1);
	return error || n % 2 == 0 ? error : store_person_delete(txn, person.id, NOW);
}

static int write_all(struct store_txn *txn, void *context)
{
	uint64_t n = *(uint64_t *)context;
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[]"), .created = NOW};
	const struct store_challenge challenge = {.type = VIEW_LIT("http-01"), .token = VIEW_LIT("t")};
	struct store_authz authz = {.identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("a.example"), false}, .status = STORE_AUTHZ_PENDING, .expires = NOW};
	struct view name = VIEW_LIT("a.example");
	struct store_cleanup_result cleaned;
	int64_t authz_id = 0;
	fixture_hash(account.thumbprint, n);
	struct store_certificate certificate = {.serial = view_bytes(account.thumbprint + 12, 20), .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("p"),
						.tbs = VIEW_LIT("tbs"), .names = &name, .name_count = 1};
	int error = store_account_insert(txn, &account, &authz.account);
	if (!error)
		error = store_authz_insert(txn, &authz, &challenge, 1, &authz_id);
	struct store_order order = fixture_order(authz.account, n);
	if (!error)
		error = store_order_insert(txn, &order, &authz_id, 1, &certificate.order);
	if (!error)
		error = store_certificate_insert(txn, &certificate);
	if (!error)
		error = store_certificate_issued(txn, certificate.serial, VIEW_LIT("der"));
	if (!error)
		error = store_certificate_revoke(txn, certificate.serial, 1, NOW);
	if (!error)
		error = write_site(txn, n);
	return error ? error : store_cleanup(txn, &(struct store_cleanup){.now = NOW - 1}, &cleaned);
}

static int check_whole(struct store_txn *txn, void *context)
{
	cleanup_sql q = sql_begin(txn, "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM certificate WHERE status = 4),"
				       " (SELECT count(*) FROM orders), (SELECT count(*) FROM challenge), (SELECT count(*) FROM order_authz),"
				       " (SELECT coalesce(sum(value), 0) FROM statistic), (SELECT count(*) FROM person), (SELECT count(*) FROM session),"
				       " (SELECT count(*) FROM mail), (SELECT count(*) FROM recovery_code)");
	const int64_t units = *(int64_t *)context;
	assert_int_equal(sql_row(&q), 0);
	for (int column = 0; column < 6; column++)
		assert_int_equal(sql_int(&q, column), units);
	for (int column = 6; column < 10; column++)
		assert_int_equal(sql_int(&q, column), (units + 1) / 2); // every second person goes, with all that is theirs
	return 0;
}

static void without_memory_a_unit_fails_cleanly_wherever_it_ends(void **state)
{
	(void)state;
	struct fixture f;
	fixture_make(&f);
	uint64_t n = 0;
	int error = XICA_ENOMEM;
	for (long left = 1; error; left += 1 + left / 32) {
		assert_true(left < 50000);
		f.store = fixture_open(f.path, NULL); // nothing is prepared yet: most allocations are there
		allocations_left = left;
		error = store_run(f.store, write_all, &n);
		allocations_left = -1;
		if (error)
			assert_true(error == XICA_ENOMEM || error == XICA_EIO);
		else
			n++;
		assert_int_equal(store_run(f.store, check_whole, &n), 0);
		if (left % 4 == 0) { // the same store goes on
			assert_int_equal(store_run(f.store, write_all, &n), 0);
			n++;
			assert_int_equal(store_run(f.store, check_whole, &n), 0);
		}
		store_close(f.store);
		f.store = NULL;
	}
	fixture_remove(&f);
}

static void without_memory_opening_fails_cleanly_wherever_it_ends(void **state)
{
	(void)state;
	int error = XICA_ENOMEM;
	for (long left = 1; error; left += 1 + left / 8) { // near the beginning every one, later fewer: each costs a file
		struct fixture f;
		cleanup_buf why = BUF_INIT;
		assert_true(left < 200000);
		fixture_make(&f);
		allocations_left = left;
		error = store_open(&(struct store_options){.path = f.path}, &f.store, &why);
		allocations_left = -1;
		if (error) {
			assert_null(f.store);
			assert_true(why.len > 0);
			f.store = fixture_open(f.path, NULL); // what was begun can be finished
		}
		fixture_remove(&f);
	}
}

int main(void)
{
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
		return 1;
	sqlite3_mem_methods failing = real;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK || sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_a_unit_fails_cleanly_wherever_it_ends),
		cmocka_unit_test(without_memory_opening_fails_cleanly_wherever_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
