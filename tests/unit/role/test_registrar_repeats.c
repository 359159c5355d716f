// When one of the requests of a turn is refused after it wrote, the units of work of the others are done again: which must show nowhere.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "registrar_rig.h"
#include "store/account.h"
#include "store/block.h"
#include "store/statistic.h"

static struct rig rig;
static FILE *log_file; // what the registrar says, all of it

static const char MANY[] = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"many.example\"}]}";

static void ends(struct order order)
{
	assert_int_equal(rig_call(&rig, ACME_AUTHZ, order.authzs[0], "{\"status\":\"deactivated\"}").status, 200);
	assert_state(&rig, ACME_ORDER, order.id, "invalid");
}

// The next order of these names will be refused for their limit, when the account's limit was written already.
static int set_up(void **state)
{
	int own = dup(STDERR_FILENO);
	(void)state;
	log_file = tmpfile();
	assert_non_null(log_file);
	assert_int_equal(setenv("RIG_VERBOSE", "1", 1), 0);
	assert_true(dup2(fileno(log_file), STDERR_FILENO) >= 0);
	rig_start_reviewing(&rig, "*bank*", "limits { orders-per-account = \"100 per 1d\" orders-per-names = \"1 per 1d\" }\n");
	assert_true(dup2(own, STDERR_FILENO) >= 0);
	(void)close(own);
	ends(rig_order(&rig, "many.example", NULL));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	(void)fclose(log_file);
	return 0;
}

static void is_limited(uint64_t id)
{
	struct answer answer = rig_answer(&rig, id);
	assert_problem(&answer, 429, "rateLimited");
	assert_non_null(strstr(answer.body, "orders-per-names"));
}

static void assert_said_once(const char *words)
{
	static char text[1 << 20];
	ssize_t len = pread(fileno(log_file), text, sizeof(text) - 1, 0); // the offset is the registrar's too
	assert_true(len > 0);
	text[len] = 0;
	const char *at = strstr(text, words);
	if (!at || strstr(at + 1, words))
		fail_msg("not said once: %s, in\n%s", words, text);
}

// Another key's request to open an account; its answer is as any other's.
static uint64_t ask_for_account(const struct crypto_key *key)
{
	cleanup_buf jwk = BUF_INIT;
	struct view own_jwk = rig.jwk;
	uint8_t own[CRYPTO_SHA256_LEN];
	memcpy(own, rig.thumbprint, sizeof(own));
	assert_int_equal(jwk_write(key, &jwk), 0);
	assert_int_equal(jwk_thumbprint(key, rig.thumbprint), 0);
	rig.jwk = buf_view(&jwk);
	uint64_t id = rig_ask(&rig, ACME_NEW_ACCOUNT, NULL, NULL, "{\"termsOfServiceAgreed\":true}");
	rig.jwk = own_jwk;
	memcpy(rig.thumbprint, own, sizeof(own));
	return id;
}

static uint64_t ask_for_key_change(const struct crypto_key *key)
{
	cleanup_buf inner = BUF_INIT;
	const char *payload = arena_printf(&rig.arena, "{\"account\":\"%s/acme/account/%lld\",\"oldKey\":%.*s}", rig.config.url, (long long)rig.account, VIEW_FMT(rig.jwk));
	assert_int_equal(jws_sign(key, VIEW_NONE, VIEW_NONE, VIEW_LIT("https://localhost:14000/acme/something"), view_str(payload), &inner), 0);
	return rig_ask(&rig, ACME_KEY_CHANGE, NULL, NULL, buf_cstr(&inner));
}

static uint64_t ask_to_revoke(const struct prepared *prepared)
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, prepared->der);
	return rig_ask(&rig, ACME_REVOKE_CERT, NULL, NULL, arena_printf(&rig.arena, "{\"certificate\":\"%s\"}", buf_cstr(&text)));
}

static int block(struct store_txn *txn, void *context)
{
	const struct store_block unwanted = {.kind = STORE_BLOCK_NAME, .value = view_str(context), .reason = VIEW_LIT("a test"), .who = VIEW_LIT("a test"), .time = 1};
	return store_block_put(txn, &unwanted);
}

static struct prepared issued(const char *name)
{
	struct order order = rig_ready_order(&rig, name, 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &question);
	question = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &question, &prepared);
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	return prepared;
}

static void what_was_done_again_is_said_and_counted_once(void **state)
{
	static const char UNWANTED[] = "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"unwanted.example\"}]}";
	struct crypto_key *one = NULL, *other = NULL;
	struct order bank = rig_ready_order(&rig, "bank.example", 0);
	struct prepared prepared = issued("one.example");
	char unwanted[] = "unwanted.example";
	(void)state;
	rig_run(&rig, block, unwanted);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &one), 0);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &other), 0);
	rig_hold(&rig);
	uint64_t opens = ask_for_account(one), finalizes = rig_finalize(&rig, &bank), revokes = ask_to_revoke(&prepared),
		 blocked = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, UNWANTED), limited = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, MANY), changes = ask_for_key_change(other);
	rig_let_go(&rig);
	assert_int_equal(rig_answer(&rig, opens).status, 201);
	assert_int_equal(rig_answer(&rig, revokes).status, 200);
	struct answer answer = rig_answer(&rig, blocked);
	assert_problem(&answer, 400, "rejectedIdentifier");
	is_limited(limited);
	assert_int_equal(rig_answer(&rig, changes).status, 200);
	assert_string_equal(rig_answer(&rig, finalizes).state, "processing"); // in a unit of its own, since it waits
	assert_said_once(arena_printf(&rig.arena, "msg=opened account=%lld", (long long)rig.account + 1));
	assert_said_once("waits for an operator");
	assert_said_once("msg=revokes");
	assert_said_once("has a new key");
	assert_said_once("is limited");
	assert_int_equal(rig.metrics->registrar.blocked, 1);
	assert_int_equal(rig.metrics->registrar.limited[STORE_LIMIT_ORDERS_PER_NAMES], 1);
	crypto_key_free(one);
	crypto_key_free(other);
}

// --- what is read together with such a request

struct reading {
	enum acme_endpoint endpoint;
	const char *object, *part;
};

static void assert_same(const struct ipc_message *one, const struct ipc_message *other)
{
	static const enum ipc_field FIELDS[] = {IPC_STATUS, IPC_CONTENT_TYPE, IPC_BODY, IPC_LOCATION, IPC_RETRY_AFTER};
	struct view a, b;
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
		assert_true(view_equal(ipc_message_bytes(one, FIELDS[i]), ipc_message_bytes(other, FIELDS[i])));
	for (size_t n = 0; n < 9; n++) {
		bool is = ipc_message_nth(one, IPC_LINK, n, &a);
		assert_int_equal(ipc_message_nth(other, IPC_LINK, n, &b), is);
		assert_true(!is || view_equal(a, b));
	}
}

static void what_was_read_again_is_answered_as_ever(void **state)
{
	enum { READINGS = 6 };
	const struct prepared prepared = issued("one.example");
	const struct order order = rig_order(&rig, "two.example", NULL);
	cleanup_buf serial = BUF_INIT, question = BUF_INIT;
	const char *account = arena_printf(&rig.arena, "%lld", (long long)rig.account);
	struct ipc_message alone[READINGS];
	uint64_t ids[READINGS];
	(void)state;
	hex_encode(&serial, prepared.serial);
	const struct reading readings[READINGS] = {{ACME_ACCOUNT, account, NULL}, {ACME_ORDERS, account, NULL}, {ACME_ORDER, order.id, NULL},
						   {ACME_AUTHZ, order.authzs[0], NULL}, {ACME_CHALLENGE, order.authzs[0], "http-01"}, {ACME_CERTIFICATE, buf_cstr(&serial), "0"}};
	for (size_t i = 0; i < READINGS; i++) {
		ids[i] = rig_ask(&rig, readings[i].endpoint, readings[i].object, readings[i].part, NULL);
		alone[i] = rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
	}
	rig_hold(&rig);
	for (size_t i = 0; i < READINGS; i++)
		ids[i] = rig_ask(&rig, readings[i].endpoint, readings[i].object, readings[i].part, NULL);
	ipc_message_begin(&question, IPC_ACCOUNT_KEY, ++rig.last_id);
	ipc_message_add_u64(&question, IPC_ACCOUNT, (uint64_t)rig.account);
	rig_send(&rig, RIG_FRONT, &question);
	uint64_t limited = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, MANY);
	rig_let_go(&rig);
	for (size_t i = 0; i < READINGS; i++) {
		struct ipc_message again = rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
		assert_int_equal(again.id, ids[i]);
		assert_same(&alone[i], &again);
	}
	struct ipc_message key = rig_take(&rig, RIG_FRONT, IPC_ACCOUNT_KEY_IS);
	assert_true(view_equal(ipc_message_bytes(&key, IPC_JWK), rig.jwk));
	is_limited(limited);
}

// --- what validator and signer answered is recorded together with such a request

static int count_issued(struct store_txn *txn, void *context)
{
	return store_statistic_total(txn, VIEW_LIT("issued"), context);
}

static void a_serial_that_was_recorded_again_is_signed_once(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	(void)state;
	rig_hold(&rig);
	struct prepared prepared = rig_prepared(&rig, &question);
	uint64_t limited = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, MANY);
	rig_let_go(&rig);
	is_limited(limited);
	question = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	assert_true(view_equal(ipc_message_bytes(&question, IPC_TOKEN), prepared.token));
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	rig_issued(&rig, &question, &prepared);
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	assert_certified(&rig, &order, &prepared);
}

static void a_certificate_that_was_recorded_again_is_one(void **state)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	int64_t count = 0;
	(void)state;
	struct prepared prepared = rig_prepared(&rig, &question);
	question = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_hold(&rig);
	rig_issued(&rig, &question, &prepared);
	uint64_t limited = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, MANY);
	rig_let_go(&rig);
	struct answer answer = rig_answer(&rig, id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "valid");
	is_limited(limited);
	assert_certified(&rig, &order, &prepared);
	rig_run(&rig, count_issued, &count);
	assert_int_equal(count, 1);
}

static void a_proof_that_was_recorded_again_is_told_to_who_waits(void **state)
{
	struct order order = rig_order(&rig, "one.example", NULL);
	(void)state;
	uint64_t id = rig_ask(&rig, ACME_CHALLENGE, order.authzs[0], "http-01", "{}");
	struct ipc_message question = rig_take(&rig, RIG_VALIDATOR, IPC_VALIDATE);
	rig_hold(&rig);
	rig_prove(&rig, &question, 0);
	uint64_t limited = rig_ask(&rig, ACME_NEW_ORDER, NULL, NULL, MANY);
	rig_let_go(&rig);
	struct answer answer = rig_answer(&rig, id);
	assert_int_equal(answer.status, 200);
	assert_true(!strcmp(answer.state, "valid") || !strcmp(answer.state, "processing")); // that, where the machine is slow
	is_limited(limited);
	assert_state(&rig, ACME_AUTHZ, order.authzs[0], "valid");
	assert_state(&rig, ACME_ORDER, order.id, "ready");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(what_was_done_again_is_said_and_counted_once),
		T(what_was_read_again_is_answered_as_ever),
		T(a_serial_that_was_recorded_again_is_signed_once),
		T(a_certificate_that_was_recorded_again_is_one),
		T(a_proof_that_was_recorded_again_is_told_to_who_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
