// What is theirs: keys, certificates, domains, history, notices; and that nobody gets at anybody else's.
#include <stdio.h>
#include <stdlib.h>

#include "../config/ca_fixture.h"
#include "base/base64url.h"
#include "crypto/digest.h"
#include "pki/csr_write.h"
#include "site/report.h"
#include "site_rig.h"
#include "store/account.h"
#include "store/authz.h"
#include "store/blocked.h"
#include "store/eab.h"
#include "store/order.h"
#include "store/renewal.h"

static struct ca_dir ca; // real certificates, to be shown as if they were the ones issued

// What a test has in the store, and wants to know of it.
struct scene {
	struct rig *rig;
	const char *kid;      // of the key that the account is opened with
	int64_t account, order;
	uint8_t serial;
	const char *name;
	bool flag;
	enum store_account_status status;
};

static int open_account(struct store_txn *txn, void *context)
{
	struct scene *scene = context;
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[]"), .created = rig_now(),
					.eab_kid = view_str(scene->kid)};
	assert_int_equal(crypto_random(account.thumbprint, sizeof(account.thumbprint)), 0);
	int error = store_account_insert(txn, &account, &scene->account);
	return error ? error : store_eab_bind(txn, account.eab_kid, scene->account, rig_now());
}

static int add_order(struct store_txn *txn, void *context)
{
	struct scene *scene = context;
	const struct store_challenge challenge = {.type = VIEW_LIT("dns-01"), .token = VIEW_LIT("token")};
	const struct store_authz authz = {.account = scene->account, .identifier = {PKI_IDENTIFIER_DNS, view_str(scene->name), false},
					  .status = STORE_AUTHZ_VALID, .created = rig_now(), .expires = rig_now() + 30 * XICA_DAY};
	struct store_order order = {.account = scene->account, .status = STORE_ORDER_READY, .created = rig_now(), .expires = rig_now() + XICA_DAY,
				    .profile = VIEW_LIT("xmpp-server"), .names_hash = {scene->serial}};
	struct view name = view_str(scene->name);
	cleanup_buf csr = BUF_INIT;
	cleanup_key *key = NULL;
	int64_t id;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(pki_csr_write(key, &name, 1, &csr), 0);
	int error = store_authz_insert(txn, &authz, &challenge, 1, &id);
	if (!error)
		error = store_order_insert(txn, &order, &id, 1, &scene->order);
	return error ? error : store_order_process(txn, scene->order, buf_view(&csr), VIEW_LIT("jws"));
}

static int add_certificate(struct store_txn *txn, void *context)
{
	struct scene *scene = context;
	cleanup_arena arena = ARENA_INIT;
	struct view name = view_str(scene->name), serial = view_bytes(&scene->serial, 1);
	struct site_report report = {.config = &scene->rig->config, .arena = &arena, .now = rig_now()};
	const struct store_certificate certificate = {.serial = serial, .account = scene->account, .order = scene->order, .issuer = view_str(ca.issuers[0].id),
						      .profile = VIEW_LIT("xmpp-server"), .not_before = rig_now(),
						      .not_after = rig_now() + 90 * XICA_DAY + scene->serial, .tbs = VIEW_LIT("tbs"),
						      .spki_sha256 = {7}, .names = &name, .name_count = 1};
	int error = store_certificate_insert(txn, &certificate);
	if (!error)
		error = store_certificate_issued(txn, serial, ca.issuers[0].certificate);
	return error ? error : site_report_issued(txn, &report, serial);
}

static int look(struct store_txn *txn, void *context)
{
	struct scene *scene = context;
	cleanup_arena arena = ARENA_INIT;
	struct store_account account;
	const uint8_t hash[STORE_HASH_LEN] = {7};
	int error = store_account_get(txn, scene->account, &arena, &account);
	if (!error)
		scene->status = account.status;
	return error ? error : store_blocked_has(txn, hash, &scene->flag);
}

static void run(struct scene *scene, store_work *work)
{
	assert_int_equal(store_run(scene->rig->store, work, scene), 0);
}

static char kid_kept[64];

// Logged in as this person, with a key that an ACME account was opened with, and a certificate.
static struct scene settle(struct rig *rig, const char *address, const char *name, uint8_t serial)
{
	struct scene scene = {.rig = rig, .serial = serial, .name = name, .kid = kid_kept};
	rig->site->ca = &ca;
	rig->browser = rig_fresh_browser("192.0.2.1");
	rig_join(rig, address);
	assert_int_equal(rig_post(rig, "/api/keys", "{\"name\":\"my server\"}"), 200);
	(void)snprintf(kid_kept, sizeof(kid_kept), "%s", rig_text(rig, "kid"));
	run(&scene, open_account);
	run(&scene, add_order);
	run(&scene, add_certificate);
	return scene;
}

static const json_t *first(const struct rig *rig, const char *list)
{
	return json_array_get(json_object_get(rig->json, list), 0);
}

static const char *text(const json_t *object, const char *member)
{
	const char *is = json_string_value(json_object_get(object, member));
	return is ? is : "";
}

// --- keys

static void a_key_is_shown_once_and_listed_without_its_secret(struct rig *rig)
{
	cleanup_buf mac_key = BUF_INIT;
	rig_join(rig, "ann@example.org");
	assert_int_equal(rig_post(rig, "/api/keys", "{\"name\":\"M\xc3\xbcnchen\"}"), 200);
	assert_int_equal(base64url_decode(view_str(rig_text(rig, "mac_key")), &mac_key), 0);
	assert_int_equal(mac_key.len, 32);
	assert_string_equal(rig_text(rig, "directory"), "https://ca.example/acme/directory");
	assert_int_equal(rig_get(rig, "/api/keys"), 200);
	assert_string_equal(text(first(rig, "keys"), "name"), "M\xc3\xbcnchen");
	assert_null(json_object_get(first(rig, "keys"), "mac_key"));
	assert_false(json_is_true(json_object_get(first(rig, "keys"), "used")));
	assert_true(json_is_null(json_object_get(first(rig, "keys"), "account")));
	assert_true(rig_has_event(rig, "ann@example.org", "key-made"));
}

static void a_name_that_could_deceive_is_no_keys_name(struct rig *rig)
{
	static const char *const BAD[] = {
		"{}", "{\"name\":\"\"}", "{\"name\":1}", "{\"name\":\"a\\nb\"}", "{\"name\":\"a\\u007f\"}", "{\"name\":\"a\\u0085\"}", "{\"name\":\"a\\u202eb\"}",
		"{\"name\":\"a\\u2028b\"}", "{\"name\":\"1234567890123456789012345678901234567890123456789012345678901\"}",
	};
	rig_join(rig, "ann@example.org");
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		assert_int_equal(rig_post(rig, "/api/keys", BAD[i]), 422);
		assert_string_equal(rig->field, "name");
	}
	assert_int_equal(rig_post(rig, "/api/keys", "{\"name\":\"<script>'\\\";--\"}"), 200); // text is text
}

static void there_is_an_end_to_keys(struct rig *rig)
{
	char kid[64];
	rig_join(rig, "ann@example.org");
	for (int i = 0; i < 100; i++)
		assert_int_equal(rig_postf(rig, "/api/keys", "{\"name\":\"%d\"}", i), 200);
	(void)snprintf(kid, sizeof(kid), "/api/keys/%s/revoke", rig_text(rig, "kid"));
	assert_int_equal(rig_post(rig, "/api/keys", "{\"name\":\"one more\"}"), 409);
	assert_string_equal(rig->word, "too-many-keys");
	assert_int_equal(rig_post(rig, kid, "{}"), 200);
	assert_int_equal(rig_post(rig, "/api/keys", "{\"name\":\"one more\"}"), 200);
	assert_int_equal(rig_get(rig, "/api/keys"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "keys")), 101);
}

static void a_key_that_is_revoked_ends_the_account_that_it_opened(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	char path[128];
	(void)snprintf(path, sizeof(path), "/api/keys/%s/revoke", scene.kid);
	assert_int_equal(rig_post(rig, path, "{}"), 200);
	run(&scene, look);
	assert_int_equal(scene.status, STORE_ACCOUNT_DEACTIVATED);
	assert_int_equal(rig_post(rig, path, "{}"), 409);
	assert_string_equal(rig->word, "already-revoked");
	assert_true(rig_has_event(rig, "ann@example.org", "key-revoked"));
}

static int suspend_account(struct store_txn *txn, void *context)
{
	struct store_account *accounts;
	size_t count;
	cleanup_arena arena = ARENA_INIT;
	(void)context;
	int error = store_account_list(txn, 0, 9, &arena, &accounts, &count);
	return error ? error : store_account_change(txn, accounts[count - 1].id, STORE_ACCOUNT_VALID, STORE_ACCOUNT_REVOKED);
}

static void a_key_that_is_revoked_ends_its_account_also_where_that_is_suspended(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	run(&scene, suspend_account);
	char path[128];
	(void)snprintf(path, sizeof(path), "/api/keys/%s/revoke", scene.kid);
	assert_int_equal(rig_post(rig, path, "{}"), 200);
	run(&scene, look);
	assert_int_equal(scene.status, STORE_ACCOUNT_DEACTIVATED);
}

static void a_key_is_renamed(struct rig *rig)
{
	rig_join(rig, "ann@example.org");
	assert_int_equal(rig_post(rig, "/api/keys", "{\"name\":\"old\",\"browser\":true}"), 200);
	char path[128];
	(void)snprintf(path, sizeof(path), "/api/keys/%s/rename", rig_text(rig, "kid"));
	assert_int_equal(rig_post(rig, path, "{\"name\":\"new\"}"), 200);
	assert_int_equal(rig_get(rig, "/api/keys"), 200);
	assert_string_equal(text(first(rig, "keys"), "name"), "new");
	assert_true(json_is_true(json_object_get(first(rig, "keys"), "browser")));
}

// --- certificates

static unsigned crls_touched;

static void take_revoked(void *context, struct view issuer, uint32_t shard)
{
	(void)context, (void)shard;
	assert_view(issuer, ca.issuers[0].id);
	crls_touched++;
}

static void their_certificates_are_listed_and_shown(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	scene.serial = 2;
	run(&scene, add_certificate);
	assert_int_equal(rig_get(rig, "/api/certificates"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "certificates")), 2);
	assert_string_equal(text(first(rig, "certificates"), "serial"), "02");
	assert_string_equal(text(first(rig, "certificates"), "domain"), "a.example");
	assert_string_equal(text(first(rig, "certificates"), "key"), "my server");
	assert_true(json_is_null(json_object_get(first(rig, "certificates"), "renewed_by")));
	assert_string_equal(text(json_array_get(json_object_get(rig->json, "certificates"), 1), "renewed_by"), "02");
	assert_int_equal(rig_get(rig, "/api/certificates?after=02"), 200);
	assert_string_equal(text(first(rig, "certificates"), "serial"), "01");
	assert_int_equal(rig_get(rig, "/api/certificates/01"), 200);
	assert_string_equal(rig_text(rig, "status"), "issued");
	assert_string_equal(rig_text(rig, "key_type"), "P-256");
	assert_non_null(strstr(rig_text(rig, "pem"), "-----BEGIN CERTIFICATE-----"));
	assert_int_equal(json_array_size(json_object_get(rig->json, "chain")), 1);
}

static int call_for_renewal(struct store_txn *txn, void *context)
{
	struct scene *scene = context;
	const struct store_renewal_call call = {rig_now(), VIEW_LIT("https://ca.example/why")};
	return store_renewal_call_put(txn, view_bytes(&scene->serial, 1), &call);
}

static void what_the_operator_wants_renewed_is_said_of_that_certificate_alone(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	scene.serial = 2;
	run(&scene, add_certificate);
	run(&scene, call_for_renewal);
	assert_int_equal(rig_get(rig, "/api/certificates/02"), 200);
	assert_true(json_is_true(json_object_get(rig->json, "renew_now")));
	assert_string_equal(rig_text(rig, "renew_why"), "https://ca.example/why");
	assert_int_equal(rig_get(rig, "/api/certificates/01"), 200);
	assert_true(json_is_false(json_object_get(rig->json, "renew_now")));
	assert_true(json_is_null(json_object_get(rig->json, "renew_why")));
}

static void a_certificate_is_revoked_with_its_reason(struct rig *rig)
{
	(void)settle(rig, "ann@example.org", "a.example", 1);
	rig->site->owner.revoked = take_revoked;
	crls_touched = 0;
	static const char *const BAD[] = {"{}", "{\"reason\":2}", "{\"reason\":6}", "{\"reason\":-1}", "{\"reason\":\"1\"}", "{\"reason\":4294967297}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", BAD[i]), 422);
	assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", "{\"reason\":4}"), 200);
	assert_int_equal(crls_touched, 1);
	assert_string_equal(rig_letter(rig), "revoked");
	assert_string_equal(rig_letter_value(rig, "reason"), "superseded");
	assert_int_equal(rig_get(rig, "/api/certificates/01"), 200);
	assert_string_equal(rig_text(rig, "status"), "revoked");
	assert_string_equal(rig_text(rig, "reason"), "superseded");
	assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", "{\"reason\":4}"), 409);
	assert_string_equal(rig->word, "already-revoked");
	assert_int_equal(crls_touched, 1);
}

static void a_compromised_key_takes_a_password_is_blocked_and_takes_its_other_certificates_along(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	scene.serial = 2;
	run(&scene, add_certificate);
	rig_sleep(XICA_HOUR);
	assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", "{\"reason\":1}"), 403);
	assert_string_equal(rig->word, "show-password");
	assert_int_equal(rig_post(rig, "/api/show-password", "{\"password\":\"" RIG_PASSWORD "\"}"), 200);
	assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", "{\"reason\":1}"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "revoked")), 2);
	run(&scene, look);
	assert_true(scene.flag);
}

static void what_has_expired_is_not_revoked(struct rig *rig)
{
	(void)settle(rig, "ann@example.org", "a.example", 1);
	rig_sleep(91 * XICA_DAY);
	assert_int_equal(rig_log_in(rig, "ann@example.org", RIG_PASSWORD), 200);
	assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", "{\"reason\":0}"), 409);
	assert_string_equal(rig->word, "expired");
}

static void the_request_of_a_certificate_is_there_to_renew_with(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	assert_int_equal(rig_get(rig, "/api/certificates/01/csr"), 200);
	assert_non_null(strstr(rig_text(rig, "csr"), "-----BEGIN CERTIFICATE REQUEST-----"));
	assert_string_equal(text(first(rig, "identifiers"), "type"), "dns");
	assert_string_equal(text(first(rig, "identifiers"), "value"), "a.example");
	assert_string_equal(rig_text(rig, "profile"), "xmpp-server");
	scene.serial = 3;
	scene.order = 0;
	run(&scene, add_certificate);
	assert_int_equal(rig_get(rig, "/api/certificates/03/csr"), 404);
}

// --- domains, history, notices

static void a_domain_is_listed_once_with_its_longest_proof(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	rig_sleep(XICA_HOUR);
	scene.serial = 2;
	run(&scene, add_order);
	assert_int_equal(rig_get(rig, "/api/domains"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "domains")), 1);
	assert_string_equal(text(json_object_get(first(rig, "domains"), "identifier"), "value"), "a.example");
	assert_int_equal(json_integer_value(json_object_get(first(rig, "domains"), "expires")), rig_now() + 30 * XICA_DAY);
	assert_string_equal(text(first(rig, "domains"), "key"), "my server");
}

static void history_tells_what_was_done_newest_first_page_by_page(struct rig *rig)
{
	rig_join(rig, "ann@example.org");
	for (int i = 0; i < 60; i++)
		assert_int_equal(rig_postf(rig, "/api/keys", "{\"name\":\"%d\"}", i), 200);
	assert_int_equal(rig_get(rig, "/api/history"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "events")), 50);
	assert_string_equal(text(first(rig, "events"), "what"), "key-made");
	assert_string_equal(text(json_object_get(first(rig, "events"), "detail"), "key"), "59");
	assert_string_equal(text(first(rig, "events"), "remote"), "192.0.2.1");
	char path[64];
	(void)snprintf(path, sizeof(path), "/api/history?after=%s", rig_text(rig, "next"));
	assert_int_equal(rig_get(rig, path), 200);
	assert_string_equal(text(json_object_get(first(rig, "events"), "detail"), "key"), "9");
	assert_int_equal(rig_get(rig, "/api/history?after=1%20OR%201"), 404);
}

static void notices_are_switched_one_by_one(struct rig *rig)
{
	rig_join(rig, "ann@example.org");
	assert_int_equal(rig_post(rig, "/api/notices", "{\"issued\":false,\"expires\":false}"), 200);
	assert_int_equal(rig_post(rig, "/api/notices", "{\"expires\":true}"), 200);
	assert_int_equal(rig_get(rig, "/api/notices"), 200);
	const json_t *notices = json_object_get(rig->json, "notices");
	assert_int_equal(json_object_size(notices), 5);
	assert_true(json_is_false(json_object_get(notices, "issued")));
	assert_true(json_is_true(json_object_get(notices, "expires")));
	assert_true(json_is_true(json_object_get(notices, "key-bound")));
	assert_int_equal(rig_post(rig, "/api/notices", "{\"other-account\":false}"), 422);
	assert_int_equal(rig_post(rig, "/api/notices", "{\"issued\":0}"), 422);
}

static void the_link_in_a_letter_switches_one_notice_off_for_whoever_follows_it(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	char path[256];
	(void)settle(rig, "ann@example.org", "a.example", 1);
	assert_string_equal(rig_letter(rig), "issued");
	(void)snprintf(path, sizeof(path), "%s", rig_letter_value(rig, "unsubscribe") + strlen("https://ca.example"));
	rig->browser = rig_fresh_browser("198.51.100.1"); // a mail program, without a session
	assert_int_equal(rig_post(rig, path, "List-Unsubscribe=One-Click"), 200);
	assert_int_equal(rig_person(rig, "ann@example.org", &arena).notices, STORE_NOTIFY_ALL & ~STORE_NOTIFY_ISSUED);
	assert_int_equal(rig_post(rig, path, ""), 200);
	assert_int_equal(rig_post(rig, "/api/unsubscribe?token=x&notice=issued", ""), 404);
	assert_int_equal(rig_post(rig, "/api/unsubscribe?token=&notice=issued", ""), 404);
	*strstr(path, "notice=issued") = 'x';
	assert_int_equal(rig_post(rig, path, ""), 404);
	assert_int_equal(rig_person(rig, "ann@example.org", &arena).notices, STORE_NOTIFY_ALL & ~STORE_NOTIFY_ISSUED);
	arena_free(&arena);
}

// --- whose?

static void try_all(struct rig *rig, const char *kid, unsigned status)
{
	static const struct {
		const char *format, *body;
	} KEYS[] = {{"/api/keys/%s/rename", "{\"name\":\"mine now\"}"}, {"/api/keys/%s/revoke", "{}"}};
	char path[128];
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s%s%s", "/api/keys/", kid, strrchr(KEYS[i].format, '/'));
		assert_int_equal(rig_post(rig, path, KEYS[i].body), status);
	}
	assert_int_equal(rig_get(rig, "/api/certificates/01"), status);
	assert_int_equal(rig_get(rig, "/api/certificates/01/csr"), status);
	assert_int_equal(rig_post(rig, "/api/certificates/01/revoke", "{\"reason\":0}"), status);
	assert_int_equal(rig_get(rig, "/api/certificates?after=01"), status);
}

static void nobody_gets_at_what_is_anothers(struct rig *rig)
{
	struct scene anns = settle(rig, "ann@example.org", "a.example", 1);
	char kid[64];
	(void)snprintf(kid, sizeof(kid), "%s", anns.kid);
	(void)settle(rig, "bob@example.org", "b.example", 2);
	try_all(rig, kid, 404);
	assert_int_equal(rig_get(rig, "/api/certificates"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "certificates")), 1);
	assert_string_equal(text(first(rig, "certificates"), "serial"), "02");
	assert_int_equal(rig_get(rig, "/api/domains"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "domains")), 1);
	assert_int_equal(rig_get(rig, "/api/domains?after=1"), 404);
	assert_int_equal(rig_get(rig, "/api/keys"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "keys")), 1);
	assert_int_equal(rig_get(rig, "/api/history?after=1"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "events")), 0);
	rig->browser = rig_fresh_browser("192.0.2.3");
	try_all(rig, kid, 401);
	static const char *const LISTS[] = {"/api/keys", "/api/certificates", "/api/domains", "/api/history", "/api/notices"};
	for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++)
		assert_int_equal(rig_get(rig, LISTS[i]), 401);
}

static void a_certificate_of_nobodys_account_is_nobodys(struct rig *rig)
{
	struct scene scene = settle(rig, "ann@example.org", "a.example", 1);
	scene.serial = 9;
	scene.account = 0;
	scene.order = 0;
	run(&scene, add_certificate);
	assert_int_equal(rig_get(rig, "/api/certificates/09"), 404);
	assert_int_equal(rig_get(rig, "/api/certificates/zz"), 404);
	assert_int_equal(rig_get(rig, "/api/certificates/0"), 404);
	assert_int_equal(rig_get(rig, "/api/certificates/000000000000000000000000000000000000000001"), 404);
}

static int make_ca(void **state)
{
	cleanup_buf why = BUF_INIT;
	if (ca_fixture_make(state))
		return -1;
	const struct ca_init init = ca_fixture_init();
	assert_done(ca_init(&init, &why));
	ca = ca_fixture_read(CA_DIR_PUBLIC);
	return 0;
}

static int remove_ca(void **state)
{
	ca_dir_free(&ca);
	return ca_fixture_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_key_is_shown_once_and_listed_without_its_secret),
		rig_test(a_name_that_could_deceive_is_no_keys_name),
		rig_test(there_is_an_end_to_keys),
		rig_test(a_key_that_is_revoked_ends_the_account_that_it_opened),
		rig_test(a_key_that_is_revoked_ends_its_account_also_where_that_is_suspended),
		rig_test(a_key_is_renamed),
		rig_test(their_certificates_are_listed_and_shown),
		rig_test(what_the_operator_wants_renewed_is_said_of_that_certificate_alone),
		rig_test(a_certificate_is_revoked_with_its_reason),
		rig_test(a_compromised_key_takes_a_password_is_blocked_and_takes_its_other_certificates_along),
		rig_test(what_has_expired_is_not_revoked),
		rig_test(the_request_of_a_certificate_is_there_to_renew_with),
		rig_test(a_domain_is_listed_once_with_its_longest_proof),
		rig_test(history_tells_what_was_done_newest_first_page_by_page),
		rig_test(notices_are_switched_one_by_one),
		rig_test(the_link_in_a_letter_switches_one_notice_off_for_whoever_follows_it),
		rig_test(nobody_gets_at_what_is_anothers),
		rig_test(a_certificate_of_nobodys_account_is_nobodys),
	};
	return cmocka_run_group_tests(tests, make_ca, remove_ca);
}
