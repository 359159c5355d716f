// Revocation by the operator, portion by portion, on a database alone: what is meant is revoked whole, and no portion is long.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "role/registrar/control/control.h"
#include "store/blocked.h"

enum { MANY = 450, PORTION = 200 };
static const xica_time FAR_AWAY = 4000000000;

static struct fixture {
	char folder[64], path[96];
	struct store *store;
	struct config config;
	struct registrar registrar;
} fixture;

static int set_up(void **state)
{
	cleanup_buf why = BUF_INIT;
	(void)state;
	(void)snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/xica-revoke-XXXXXX");
	assert_non_null(mkdtemp(fixture.folder));
	(void)snprintf(fixture.path, sizeof(fixture.path), "%s/xica.db", fixture.folder);
	assert_int_equal(store_open(&(struct store_options){.path = fixture.path}, &fixture.store, &why), 0);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const FILES[] = {"", "-wal", "-shm"};
	(void)state;
	store_close(fixture.store);
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "%s%s", fixture.path, FILES[i]);
		(void)unlink(path);
	}
	return rmdir(fixture.folder);
}

struct batch {
	unsigned first, count;
	const char *name;
	uint8_t key;         // the digest's first byte
	bool pending;
	xica_time not_after; // 0: far away
};

static int issue(struct store_txn *txn, void *context)
{
	const struct batch *batch = context;
	struct view name = view_str(batch->name);
	for (unsigned i = 0; i < batch->count; i++) {
		unsigned number = batch->first + i;
		const uint8_t serial[] = {1, (uint8_t)(number >> 8), (uint8_t)number};
		struct store_certificate certificate = {.serial = view_bytes(serial, sizeof(serial)), .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("p"),
							.not_after = batch->not_after ? batch->not_after : FAR_AWAY, .tbs = VIEW_LIT("tbs"),
							.spki_sha256 = {batch->key}, .names = &name, .name_count = 1};
		int error = store_certificate_insert(txn, &certificate);
		if (!error && !batch->pending)
			error = store_certificate_issued(txn, certificate.serial, VIEW_LIT("der"));
		if (error)
			return error;
	}
	return XICA_OK;
}

static void have(struct batch batch)
{
	assert_int_equal(store_run(fixture.store, issue, &batch), 0);
}

static int is_blocked(struct store_txn *txn, void *context)
{
	const uint8_t hash[STORE_HASH_LEN] = {7};
	return store_blocked_has(txn, hash, context);
}

// One portion; NULL: refused.
static json_t *ask(json_t *arguments)
{
	fixture.registrar.config = &fixture.config;
	struct control_command command = {.registrar = &fixture.registrar, .arguments = arguments, .arena = ARENA_INIT};
	int error = store_run(fixture.store, registrar_control_revoke[0].work, &command);
	json_decref(command.outcome);
	arena_free(&command.arena);
	if (!error)
		return command.result;
	json_decref(command.result);
	return NULL;
}

struct outcome {
	size_t revoked, portions, longest;
	json_int_t pending, already, expired;
};

// All portions, as the command line asks for them. Takes the reference.
static struct outcome revoke_all(json_t *arguments)
{
	struct outcome outcome = {0};
	bool more = true;
	while (more) {
		json_t *answer = ask(arguments);
		assert_non_null(answer);
		size_t count = json_array_size(json_object_get(answer, "serials"));
		outcome.portions++;
		assert_true(outcome.portions < 100);
		outcome.revoked += count;
		outcome.longest = count > outcome.longest ? count : outcome.longest;
		outcome.pending += json_integer_value(json_object_get(answer, "pending"));
		outcome.already += json_integer_value(json_object_get(answer, "already"));
		outcome.expired += json_integer_value(json_object_get(answer, "expired"));
		json_object_del(arguments, "after");
		json_object_del(arguments, "key_after");
		more = json_object_get(answer, "after") || json_object_get(answer, "key_after");
		if (json_object_get(answer, "after"))
			json_object_set(arguments, "after", json_object_get(answer, "after"));
		if (json_object_get(answer, "key_after"))
			json_object_set(arguments, "key_after", json_object_get(answer, "key_after"));
		json_decref(answer);
	}
	json_decref(arguments);
	return outcome;
}

static void many_of_a_name_are_revoked_in_portions(void **state)
{
	(void)state;
	have((struct batch){.first = 1, .count = MANY, .name = "a.example", .key = 1});
	have((struct batch){.first = 1000, .count = 3, .name = "b.example", .key = 1});
	struct outcome counted = revoke_all(json_pack("{s:s, s:b}", "name", "a.example", "dry", 1));
	struct outcome done = revoke_all(json_pack("{s:s}", "name", "a.example"));
	assert_int_equal(counted.revoked, MANY);
	assert_int_equal(done.revoked, MANY);
	assert_int_equal(done.longest, PORTION);
	assert_int_equal(revoke_all(json_pack("{s:s}", "name", "a.example")).already, MANY);
	assert_int_equal(revoke_all(json_pack("{s:s}", "name", "b.example")).revoked, 3);
}

static void many_of_a_compromised_key_are_revoked_in_portions_and_the_key_is_blocked(void **state)
{
	bool blocked = true;
	(void)state;
	have((struct batch){.first = 1, .count = 2, .name = "a.example", .key = 7});
	have((struct batch){.first = 100, .count = MANY, .name = "b.example", .key = 7});
	have((struct batch){.first = 1000, .count = 5, .name = "a.example", .key = 8});
	(void)revoke_all(json_pack("{s:s, s:s, s:b}", "serial", "010001", "reason", "keyCompromise", "dry", 1));
	assert_int_equal(store_run(fixture.store, is_blocked, &blocked), 0);
	assert_false(blocked); // it was only counted
	struct outcome done = revoke_all(json_pack("{s:s, s:s}", "serial", "010001", "reason", "keyCompromise"));
	assert_int_equal(done.revoked, MANY + 2);
	assert_true(done.longest <= PORTION + 1);
	assert_int_equal(store_run(fixture.store, is_blocked, &blocked), 0);
	assert_true(blocked);
	assert_int_equal(revoke_all(json_pack("{s:s}", "name", "a.example")).revoked, 5);
}

static void what_is_being_issued_or_has_expired_is_counted_and_left(void **state)
{
	(void)state;
	have((struct batch){.first = 1, .count = 1, .name = "a.example", .key = 7});
	have((struct batch){.first = 2, .count = 1, .name = "a.example", .key = 7, .pending = true});
	have((struct batch){.first = 3, .count = 1, .name = "a.example", .key = 9, .not_after = 1000});
	struct outcome done = revoke_all(json_pack("{s:s}", "name", "a.example"));
	assert_int_equal(done.revoked, 1);
	assert_int_equal(done.pending, 1);
	assert_int_equal(done.expired, 1);
	assert_int_equal(revoke_all(json_pack("{s:s, s:b}", "serial", "010001", "with_key", 1)).pending, 1); // its twin
}

static void what_is_not_understood_revokes_nothing(void **state)
{
	(void)state;
	have((struct batch){.first = 1, .count = 1, .name = "a.example", .key = 1});
	static const char *const BAD[] = {
		"{}", "{\"name\": \"a.example\", \"serial\": \"010001\"}", "{\"name\": \"a.example\", \"account\": 1}", "{\"account\": -1}", "{\"account\": \"1\"}",
		"{\"serial\": \"0100zz\"}", "{\"serial\": \"00\"}", "{\"serial\": \"0101010101010101010101010101010101010101010101\"}",
		"{\"serial\": \"020001\"}", "{\"name\": \"a.example\", \"reason\": \"certificateHold\"}", "{\"name\": \"a.example\", \"after\": \"020001\"}",
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		json_t *arguments = json_loads(BAD[i], 0, NULL);
		assert_non_null(arguments);
		assert_null(ask(arguments));
		json_decref(arguments);
	}
	assert_int_equal(revoke_all(json_pack("{s:s}", "serial", "01:00:01")).revoked, 1);
}

#define revoke_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		revoke_test(many_of_a_name_are_revoked_in_portions),
		revoke_test(many_of_a_compromised_key_are_revoked_in_portions_and_the_key_is_blocked),
		revoke_test(what_is_being_issued_or_has_expired_is_counted_and_left),
		revoke_test(what_is_not_understood_revokes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
