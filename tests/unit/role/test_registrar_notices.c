// What ACME and the operator do is told to the person whose account it is, and counted: letters reach the mailer right after the commit.
#include <jansson.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "registrar_rig.h"
#include "store/certificate.h"
#include "store/eab.h"
#include "store/event.h"
#include "store/person.h"
#include "store/statistic.h"

static struct rig rig;

static const char URL[] = "https://localhost:14000/acme/something"; // of all requests that the rig makes
static const char MAC_KEY[] = "0123456789abcdef0123456789abcdef";

struct scene {
	int64_t person;
	const char *word;
	int64_t total;
	size_t events;
};

static int add_key(struct store_txn *txn, int64_t person, const char *kid)
{
	const struct store_eab eab = {.kid = view_str(kid), .mac_key = view_str(MAC_KEY), .person = person, .name = view_str(kid), .created = clock_now()};
	return store_eab_create(txn, &eab);
}

// Juliet, to whom the rig's account belongs from now on, and who has another key.
static int add_person(struct store_txn *txn, void *context)
{
	struct scene *scene = context;
	const struct store_person person = {.address = VIEW_LIT("juliet@example.org"), .key = VIEW_LIT("juliet@example.org"), .status = STORE_PERSON_ACTIVE,
					    .language = VIEW_LIT("de"), .created = clock_now(), .notices = STORE_NOTIFY_ALL, .unsubscribe = VIEW_LIT("token"),
					    .user_handle = VIEW_LIT("0123456789abcdef")};
	int error = store_person_insert(txn, &person, &scene->person);
	if (!error)
		error = add_key(txn, scene->person, "house");
	if (!error)
		error = add_key(txn, scene->person, "garden");
	return error ? error : store_eab_bind(txn, VIEW_LIT("house"), rig.account, clock_now());
}

static struct scene scene;

static int set_up(void **state)
{
	(void)state;
	rig_start(&rig, "");
	rig_run(&rig, add_person, &scene);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static int look(struct store_txn *txn, void *context)
{
	struct scene *seen = context;
	struct store_event *events;
	size_t count;
	int error = store_statistic_total(txn, view_str(seen->word), &seen->total);
	if (!error)
		error = store_event_list(txn, seen->person, 0, 100, &rig.arena, &events, &count);
	seen->events = 0;
	for (size_t i = 0; !error && i < count; i++)
		seen->events += view_equal_str(events[i].what, seen->word);
	return error;
}

static void assert_told(const char *word, int64_t total, size_t events)
{
	scene.word = word;
	rig_run(&rig, look, &scene);
	assert_int_equal(scene.total, total);
	assert_int_equal(scene.events, events);
}

static void assert_letter(const char *name, const char *value)
{
	struct ipc_message mail = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	struct view is;
	bool found = false;
	assert_view(ipc_message_bytes(&mail, IPC_LETTER), name);
	assert_view(ipc_message_bytes(&mail, IPC_MAIL_TO), "juliet@example.org");
	assert_view(ipc_message_bytes(&mail, IPC_LANGUAGE), "de");
	for (size_t i = 0; ipc_message_nth(&mail, IPC_VALUE, i, &is); i++)
		found |= view_equal_str(is, value);
	assert_true(found);
	cleanup_buf answer = BUF_INIT;
	ipc_message_begin(&answer, IPC_MAILED, mail.id);
	ipc_message_add_u64(&answer, IPC_RESULT, IPC_MAILED_SENT);
	rig_send(&rig, RIG_MAILER, &answer);
}

static struct prepared finalize(const struct order *order)
{
	uint64_t id = rig_finalize(&rig, order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &question);
	question = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &question, &prepared);
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	return prepared;
}

static struct prepared issue(const char *name)
{
	struct order order = rig_ready_order(&rig, name, 0);
	return finalize(&order);
}

static void issue_again(const char *name) // its proof is still good
{
	struct order order = rig_order(&rig, name, NULL);
	(void)finalize(&order);
}

static void a_certificate_that_is_issued_is_counted_and_told(void **state)
{
	(void)state;
	(void)issue("a.example");
	assert_letter("issued", "domain=a.example");
	assert_told("issued", 1, 1);
	assert_told("method:http-01", 1, 0);
	assert_told("profile:xmpp-server", 1, 0);
	assert_told("key:P-256", 1, 0);
	assert_told("domain", 1, 0);
	assert_told("renewed", 0, 0);
	issue_again("a.example");
	assert_letter("issued", "domain=a.example");
	assert_told("renewed", 1, 0);
	assert_told("domain", 1, 0);
}

static void a_certificate_that_acme_revokes_is_counted_and_told(void **state)
{
	cleanup_buf text = BUF_INIT;
	(void)state;
	struct prepared prepared = issue("a.example");
	assert_letter("issued", "domain=a.example");
	base64url_encode(&text, prepared.der);
	const char *payload = arena_printf(&rig.arena, "{\"certificate\":\"%s\",\"reason\":4}", buf_cstr(&text));
	assert_int_equal(rig_call(&rig, ACME_REVOKE_CERT, NULL, payload).status, 200);
	assert_letter("revoked", "reason=superseded");
	assert_told("revoked", 1, 1);
	assert_int_equal(rig_call(&rig, ACME_REVOKE_CERT, NULL, payload).status, 400); // a second time
	assert_told("revoked", 1, 1);
}

static void a_certificate_that_the_operator_revokes_is_counted_and_told(void **state)
{
	cleanup_buf serial = BUF_INIT;
	(void)state;
	struct prepared prepared = issue("a.example");
	assert_letter("issued", "domain=a.example");
	hex_encode(&serial, prepared.serial);
	int fd = rig_command_send(&rig, arena_printf(&rig.arena, "{\"command\":\"cert-revoke\",\"serial\":\"%s\",\"reason\":\"keyCompromise\"}", buf_cstr(&serial)));
	(void)rig_take_note(&rig);
	assert_non_null(strstr(rig_command_answer(&rig, fd), buf_cstr(&serial)));
	assert_letter("revoked", "reason=keyCompromise");
	assert_told("revoked", 1, 1);
}

static void an_account_that_is_opened_with_a_persons_key_is_told(void **state)
{
	cleanup_key *key = NULL;
	cleanup_buf jwk = BUF_INIT, binding = BUF_INIT;
	(void)state;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(jwk_write(key, &jwk), 0);
	assert_int_equal(jwk_thumbprint(key, rig.thumbprint), 0);
	rig.jwk = arena_copy(&rig.arena, buf_view(&jwk));
	assert_int_equal(jws_sign_hmac(view_str(MAC_KEY), VIEW_LIT("garden"), view_str(URL), rig.jwk, &binding), 0);
	const char *payload = arena_printf(&rig.arena, "{\"termsOfServiceAgreed\":true,\"externalAccountBinding\":%s}", buf_cstr(&binding));
	assert_int_equal(rig_call(&rig, ACME_NEW_ACCOUNT, NULL, payload).status, 201);
	assert_letter("key-bound", "key=garden");
	assert_told("key-bound", 0, 1);
}

static int add_ending(struct store_txn *txn, void *context)
{
	struct view name = VIEW_LIT("a.example");
	const struct store_certificate certificate = {.serial = VIEW_LIT("\x07"), .account = rig.account, .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("p"),
						      .not_before = clock_now() - 80 * XICA_DAY, .not_after = clock_now() + XICA_HOUR, .tbs = VIEW_LIT("tbs"),
						      .names = &name, .name_count = 1};
	(void)context;
	int error = store_certificate_insert(txn, &certificate);
	return error ? error : store_certificate_issued(txn, certificate.serial, VIEW_LIT("der"));
}

static void a_certificate_that_ends_is_told_after_a_start_too(void **state)
{
	(void)state;
	rig_kill(&rig);
	rig_run(&rig, add_ending, NULL);
	rig_launch(&rig);
	assert_letter("expires", "days=1");
	assert_told("active", 1, 0);
}

#define notices_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		notices_test(a_certificate_that_is_issued_is_counted_and_told),
		notices_test(a_certificate_that_acme_revokes_is_counted_and_told),
		notices_test(a_certificate_that_the_operator_revokes_is_counted_and_told),
		notices_test(an_account_that_is_opened_with_a_persons_key_is_told),
		notices_test(a_certificate_that_ends_is_told_after_a_start_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
