// A process that writes is killed at a random moment; what it leaves must hold whole groups, and all that it was told is durable.
#include <signal.h>
#include <sys/wait.h>

#include "store/certificate.h"
#include "store/event.h"
#include "store/mail.h"
#include "fixture.h"

enum { ROUNDS = 20, GROUP = 8, MS_MAX = 60 };

struct unit {
	uint64_t n;
	int report; // a pipe: n is written there when the unit is durable
};

// A person with an event and a letter.
static int write_person(struct store_txn *txn, uint64_t n)
{
	char key[32];
	uint8_t handle[STORE_HASH_LEN];
	int64_t id = 0;
	(void)snprintf(key, sizeof(key), "%llu@example.org", (unsigned long long)n);
	fixture_hash(handle, n);
	const struct store_person person = {.address = view_str(key), .key = view_str(key), .status = STORE_PERSON_ACTIVE, .unsubscribe = view_str(key),
					    .user_handle = view_bytes(handle, sizeof(handle))};
	int error = store_person_insert(txn, &person, &id);
	const struct store_event event = {.person = id, .what = VIEW_LIT("signed-up")};
	const struct store_mail mail = {.letter = VIEW_LIT("confirm"), .to = view_str(key), .person = id};
	if (!error)
		error = store_event_insert(txn, &event);
	return error ? error : store_mail_insert(txn, &mail, &id);
}

// Account, authorization with challenges, order, certificate, person: all of them or none.
static int write_unit(struct store_txn *txn, void *context)
{
	const struct unit *unit = context;
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[]"), .created = NOW};
	fixture_hash(account.thumbprint, unit->n);
	const struct store_challenge challenge = {.type = VIEW_LIT("http-01"), .token = VIEW_LIT("t")};
	struct store_authz authz = {.identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("a.example"), false}, .status = STORE_AUTHZ_PENDING, .expires = NOW};
	struct view name = VIEW_LIT("a.example");
	struct store_certificate certificate = {.serial = view_bytes(account.thumbprint + 12, 20), .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("p"),
						.tbs = VIEW_LIT("tbs"), .names = &name, .name_count = 1};
	int error = store_account_insert(txn, &account, &authz.account);
	int64_t authz_id = 0;
	if (!error)
		error = store_authz_insert(txn, &authz, &challenge, 1, &authz_id);
	struct store_order order = fixture_order(authz.account, unit->n);
	if (!error)
		error = store_order_insert(txn, &order, &authz_id, 1, &certificate.order);
	certificate.account = authz.account;
	if (!error)
		error = store_certificate_insert(txn, &certificate);
	if (!error && unit->n % 2)
		error = store_certificate_issued(txn, certificate.serial, VIEW_LIT("der"));
	return error ? error : write_person(txn, unit->n);
}

static void report_unit(int error, void *context)
{
	const struct unit *unit = context;
	if (error || write(unit->report, &unit->n, sizeof(unit->n)) != (ssize_t)sizeof(unit->n))
		_exit(1);
}

[[gnu::noreturn]] static void write_until_killed(const char *path, uint64_t from, int report)
{
	struct store *store;
	struct buf why = BUF_INIT;
	struct unit units[GROUP];
	if (store_open(&(struct store_options){.path = path}, &store, &why))
		_exit(2);
	for (uint64_t n = from;; n += GROUP) {
		for (uint64_t i = 0; i < GROUP; i++) {
			units[i] = (struct unit){n + i, report};
			if (store_submit(store, write_unit, report_unit, &units[i]))
				_exit(3);
		}
		store_flush(store);
	}
}

static int64_t count(struct store_txn *txn, const char *text)
{
	cleanup_sql q = sql_begin(txn, text);
	assert_int_equal(sql_row(&q), 0);
	return sql_int(&q, 0);
}

static int check_whole(struct store_txn *txn, void *context)
{
	const uint64_t *last_told = context;
	cleanup_arena arena = ARENA_INIT;
	int64_t accounts = count(txn, "SELECT count(*) FROM account");
	assert_int_equal(accounts % GROUP, 0);
	assert_int_equal(count(txn, "SELECT count(*) FROM authz"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM challenge"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM orders"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM order_authz"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM certificate"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM person"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM event"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM mail"), accounts);
	assert_int_equal(count(txn, "SELECT count(*) FROM certificate WHERE status = 2"), accounts / 2);
	assert_int_equal(count(txn, "SELECT coalesce(sum(active), 0) FROM certificate_expiry"), accounts / 2);
	assert_true((uint64_t)accounts >= *last_told);
	cleanup_sql integrity = sql_begin(txn, "PRAGMA integrity_check");
	assert_int_equal(sql_row(&integrity), 0);
	assert_view(sql_borrow(&integrity, 0), "ok");
	cleanup_sql references = sql_begin(txn, "PRAGMA foreign_key_check");
	assert_int_equal(sql_row(&references), XICA_ENOTFOUND);
	*(uint64_t *)context = (uint64_t)accounts;
	return 0;
}

// Returns the highest n that the child was told is durable, or told.
static uint64_t kill_a_writer(const char *path, uint64_t from, unsigned after_us, uint64_t told)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		(void)close(fds[0]);
		write_until_killed(path, from, fds[1]);
	}
	(void)close(fds[1]);
	(void)usleep(after_us);
	assert_int_equal(kill(child, SIGKILL), 0);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	uint64_t n;
	while (read(fds[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
		told = n;
	(void)close(fds[0]);
	return told;
}

static void a_killed_writer_leaves_whole_groups_and_all_it_was_told(void **state)
{
	(void)state;
	struct fixture f;
	fixture_make(&f);
	uint64_t there = 0, rounds_that_wrote = 0;
	srandom((unsigned)getpid());
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t told = kill_a_writer(f.path, there + 1, (unsigned)random() % (MS_MAX * 1000), there);
		rounds_that_wrote += told > there;
		f.store = fixture_open(f.path, NULL);
		there = told;
		assert_int_equal(store_run(f.store, check_whole, &there), 0);
		store_close(f.store);
		f.store = NULL;
	}
	assert_true(rounds_that_wrote > 0);
	fixture_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_killed_writer_leaves_whole_groups_and_all_it_was_told)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
