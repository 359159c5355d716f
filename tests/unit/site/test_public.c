// What everybody may see: numbers, statistics, certificates by domain, the CA itself, a look at a certificate request, a code from a letter.
#include <stdio.h>
#include <stdlib.h>

#include "../config/ca_fixture.h"
#include "base/hex.h"
#include "crypto/digest.h"
#include "pki/csr_write.h"
#include "pki/pem.h"
#include "site/report.h"
#include "site_rig.h"
#include "store/blocked.h"

static struct ca_dir ca;

struct batch { // certificates with these names
	struct rig *rig;
	uint8_t first, count;
	struct view names[3];
	size_t name_count;
};

static int issue(struct store_txn *txn, void *context)
{
	struct batch *batch = context;
	cleanup_arena arena = ARENA_INIT;
	struct site_report report = {.config = &batch->rig->config, .arena = &arena, .now = rig_now()};
	int error = 0;
	for (uint8_t i = 0; !error && i < batch->count; i++) {
		const uint8_t serial[] = {(uint8_t)(batch->first + i)};
		const struct store_certificate certificate = {.serial = view_bytes(serial, 1), .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("xmpp-server"),
							      .not_before = rig_now(), .not_after = rig_now() + 90 * XICA_DAY, .tbs = VIEW_LIT("tbs"),
							      .names = batch->names, .name_count = batch->name_count};
		error = store_certificate_insert(txn, &certificate);
		if (!error)
			error = store_certificate_issued(txn, certificate.serial, ca.issuers[0].certificate);
		if (!error)
			error = site_report_issued(txn, &report, certificate.serial);
	}
	return error;
}

static void have(struct rig *rig, uint8_t first, uint8_t count, const char *name, const char *other)
{
	struct batch batch = {.rig = rig, .first = first, .count = count, .names = {view_str(name), view_str(other)}, .name_count = other ? 2 : 1};
	assert_int_equal(store_run(rig->store, issue, &batch), 0);
}

static int revoke_it(struct store_txn *txn, void *context)
{
	struct batch *batch = context;
	cleanup_arena arena = ARENA_INIT;
	struct site_report report = {.config = &batch->rig->config, .arena = &arena, .now = rig_now()};
	return site_report_revoke(txn, &report, view_bytes(&batch->first, 1), 4);
}

static void have_revoked(struct rig *rig, uint8_t serial)
{
	struct batch batch = {.rig = rig, .first = serial};
	assert_int_equal(store_run(rig->store, revoke_it, &batch), 0);
}

static const json_t *at(const json_t *array, size_t from_end)
{
	return json_array_get(array, json_array_size(array) - 1 - from_end);
}

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

// --- numbers

static void numbers_are_right_and_counted_once_a_minute(struct rig *rig)
{
	have(rig, 1, 2, "a.example", NULL);
	have(rig, 3, 1, "b.example", NULL);
	have_revoked(rig, 3);
	assert_int_equal(rig_get(rig, "/api/public/numbers"), 200);
	assert_int_equal(rig_number(rig, "active"), 2);
	assert_int_equal(rig_number(rig, "issued"), 3);
	assert_int_equal(rig_number(rig, "revoked"), 1);
	assert_int_equal(rig_number(rig, "domains"), 2);
	have(rig, 4, 1, "c.example", NULL);
	rig_sleep(59);
	assert_int_equal(rig_get(rig, "/api/public/numbers"), 200);
	assert_int_equal(rig_number(rig, "issued"), 3);
	rig_sleep(2);
	assert_int_equal(rig_get(rig, "/api/public/numbers"), 200);
	assert_int_equal(rig_number(rig, "issued"), 4);
}

static void statistics_tell_days_and_quarters(struct rig *rig)
{
	have(rig, 1, 2, "a.example", NULL); // one of them renews the other
	rig_sleep(XICA_DAY);
	have_revoked(rig, 1);
	assert_int_equal(rig_get(rig, "/api/public/statistics"), 200);
	const json_t *days = json_object_get(rig->json, "days"), *quarters = json_object_get(rig->json, "quarters");
	assert_string_equal(json_string_value(json_object_get(at(days, 0), "day")), "2027-01-16");
	assert_int_equal(number(at(days, 1), "issued"), 2);
	assert_int_equal(number(at(days, 1), "renewed"), 1);
	assert_true(json_is_null(json_object_get(at(days, 1), "active"))); // nobody measured
	assert_int_equal(number(at(days, 0), "issued"), 0);
	assert_int_equal(number(at(days, 0), "revoked"), 1);
	assert_int_equal(number(at(days, 0), "active"), 1);
	assert_int_equal(json_array_size(days), 2);
	assert_int_equal(json_array_size(quarters), 1);
	assert_string_equal(json_string_value(json_object_get(at(quarters, 0), "quarter")), "2027-Q1");
	assert_int_equal(number(at(quarters, 0), "issued"), 2);
	assert_int_equal(number(at(quarters, 0), "revoked"), 1);
	assert_int_equal(number(at(quarters, 0), "active"), 1);
	assert_true(json_real_value(json_object_get(at(quarters, 0), "renewal_rate")) == 0.5);
	assert_int_equal(number(json_object_get(rig->json, "key_types"), "P-256"), 2);
	assert_int_equal(number(json_object_get(at(quarters, 0), "profiles"), "xmpp-server"), 2);
	assert_int_equal(number(json_object_get(rig->json, "methods"), "operator"), 2);
}

static void statistics_go_back_for_eight_quarters(struct rig *rig)
{
	have(rig, 1, 1, "a.example", NULL);
	rig_sleep(180 * XICA_DAY);
	have(rig, 2, 1, "b.example", NULL);
	assert_int_equal(rig_get(rig, "/api/public/statistics"), 200);
	const json_t *quarters = json_object_get(rig->json, "quarters");
	assert_int_equal(json_array_size(quarters), 3);
	assert_int_equal(json_array_size(json_object_get(rig->json, "days")), 181);
	assert_string_equal(json_string_value(json_object_get(at(quarters, 0), "quarter")), "2027-Q3");
	assert_int_equal(number(at(quarters, 2), "issued"), 1);
	assert_int_equal(number(at(quarters, 1), "issued"), 0);
	assert_true(json_is_null(json_object_get(at(quarters, 1), "renewal_rate")));
	rig_sleep(600 * XICA_DAY); // now the first one is too long ago
	assert_int_equal(rig_get(rig, "/api/public/statistics"), 200);
	quarters = json_object_get(rig->json, "quarters");
	assert_string_equal(json_string_value(json_object_get(at(quarters, 0), "quarter")), "2029-Q1");
	assert_int_equal(number(at(quarters, 6), "issued"), 1);
	assert_int_equal(number(json_object_get(rig->json, "key_types"), "P-256"), 1);
}

static char csv[65536];
static void (*rig_reply)(void *context, struct site_request *request);

static void keep_csv(void *context, struct site_request *request)
{
	assert_true(request->text.len < sizeof(csv));
	memcpy(csv, request->text.ptr, request->text.len);
	csv[request->text.len] = 0;
	assert_string_equal(request->content_type, "text/csv; charset=utf-8");
	rig_reply(context, request);
}

static void statistics_come_as_csv_too(struct rig *rig)
{
	have(rig, 1, 2, "a.example", NULL);
	rig_reply = rig->site->reply;
	rig->site->reply = keep_csv;
	assert_int_equal(rig_get(rig, "/api/public/statistics.csv"), 200);
	assert_string_equal(rig->file_name, "statistics.csv");
	assert_string_equal(csv, "day,issued,revoked,renewed,active\r\n2027-01-15,2,0,1,2\r\n");
}

// --- certificates

static size_t found(struct rig *rig, const char *domain)
{
	char path[512];
	(void)snprintf(path, sizeof(path), "/api/public/search?domain=%s", domain);
	assert_int_equal(rig_get(rig, path), 200);
	return json_array_size(json_object_get(rig->json, "certificates"));
}

static void certificates_are_found_by_exactly_their_domain(struct rig *rig)
{
	have(rig, 1, 1, "a.example", "_xmpp-server.a.example");
	have(rig, 2, 1, "_xmpp-server.a.example", NULL);
	have(rig, 3, 1, "*.a.example", NULL);
	have(rig, 4, 1, "xn--mnchen-3ya.example", NULL);
	assert_int_equal(found(rig, "a.example"), 2);
	assert_int_equal(found(rig, "A.EXAMPLE"), 2);
	assert_int_equal(found(rig, "_xmpp-server.a.example"), 2);
	assert_int_equal(found(rig, "%2A.a.example"), 1);
	assert_int_equal(found(rig, "b.a.example"), 0);
	assert_int_equal(found(rig, "example"), 0);
	assert_int_equal(found(rig, "%25"), 0);
	assert_int_equal(found(rig, "xn--mnchen-3ya.example"), 1);
	assert_int_equal(found(rig, "m%C3%BCnchen.example"), 1);
	assert_string_equal(rig_text(rig, "domain"), "xn--mnchen-3ya.example");
	assert_int_equal(rig_get(rig, "/api/public/search"), 422);
	assert_int_equal(rig_get(rig, "/api/public/search?domain=a%00b"), 422);
	assert_int_equal(rig_get(rig, "/api/public/search?domain=_xmpp-server"), 422);
}

static void many_certificates_come_in_pages(struct rig *rig)
{
	have(rig, 1, 120, "a.example", NULL);
	size_t total = 0, pages = 0;
	char path[128] = "/api/public/search?domain=a.example";
	for (bool more = true; more && pages < 10; pages++) {
		assert_int_equal(rig_get(rig, path), 200);
		total += json_array_size(json_object_get(rig->json, "certificates"));
		more = rig_text(rig, "next")[0];
		(void)snprintf(path, sizeof(path), "/api/public/search?domain=a.example&after=%s", rig_text(rig, "next"));
	}
	assert_int_equal(total, 120);
	assert_int_equal(pages, 3);
	assert_int_equal(rig_get(rig, "/api/public/search?domain=a.example&after=ff"), 404);
}

static void a_certificate_is_shown_by_its_number(struct rig *rig)
{
	have(rig, 1, 1, "a.example", NULL);
	assert_int_equal(rig_get(rig, "/api/public/certificates/01"), 200);
	assert_string_equal(rig_text(rig, "serial"), "01");
	assert_non_null(strstr(rig_text(rig, "pem"), "-----BEGIN CERTIFICATE-----"));
	assert_null(json_object_get(rig->json, "key")); // a person's own word for it is nobody else's
	assert_int_equal(rig_get(rig, "/api/public/certificates/02"), 404);
	assert_int_equal(rig_get(rig, "/api/public/certificates/xx"), 404);
}

// --- the CA

static void the_authorities_are_shown_with_fingerprints_and_addresses(struct rig *rig)
{
	rig->site->ca = &ca;
	rig->config.crl_shards = 2;
	assert_int_equal(rig_get(rig, "/api/public/authorities"), 200);
	const json_t *list = json_object_get(rig->json, "authorities"), *root = json_array_get(list, 0), *issuer = json_array_get(list, 1);
	cleanup_buf digest_text = BUF_INIT, url = BUF_INIT;
	uint8_t digest[CRYPTO_SHA256_LEN];
	assert_int_equal(json_array_size(list), 2);
	assert_true(json_is_true(json_object_get(root, "root")));
	assert_true(json_is_true(json_object_get(root, "current")));
	assert_false(json_is_true(json_object_get(issuer, "root")));
	assert_int_equal(crypto_sha256(ca.roots[0].certificate, digest), 0);
	hex_encode(&digest_text, view_bytes(digest, sizeof(digest)));
	assert_string_equal(json_string_value(json_object_get(root, "sha256")), buf_cstr(&digest_text));
	buf_addf(&url, "http://ca.example/ca/%s.der", ca.roots[0].id);
	assert_string_equal(json_string_value(json_object_get(root, "der_url")), buf_cstr(&url));
	assert_int_equal(json_array_size(json_object_get(issuer, "crl_urls")), 2);
	assert_string_equal(rig_text(rig, "bundle_url"), "https://ca.example/root.pem");
	assert_string_equal(rig_text(rig, "bundle_p7b_url"), "https://ca.example/root.p7b");
	assert_string_equal(rig_text(rig, "p7b_url"), "https://ca.example/ca.p7b");
	assert_string_equal(rig_text(rig, "directory"), "https://ca.example/acme/directory");
}

// --- a certificate request

static int block(struct store_txn *txn, void *context)
{
	return store_blocked_add(txn, context, VIEW_LIT("test"), rig_now());
}

static void post_csr(struct rig *rig, struct view der)
{
	cleanup_buf pem = BUF_INIT;
	pem_write(&pem, PEM_REQUEST, der);
	json_t *body = json_pack("{s:s}", "csr", buf_cstr(&pem));
	char *text = json_dumps(body, JSON_COMPACT);
	assert_int_equal(rig_post(rig, "/api/public/csr", text), 200);
	free(text);
	json_decref(body);
}

static void a_request_is_looked_at_in_words(struct rig *rig)
{
	const struct view name = VIEW_LIT("example.org");
	cleanup_buf der = BUF_INIT, spki = BUF_INIT;
	cleanup_key *key = NULL;
	uint8_t hash[CRYPTO_SHA256_LEN];
	rig->config.order_names_max = 10;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P384, 0, &key), 0);
	assert_int_equal(pki_csr_write(key, &name, 1, &der), 0);
	post_csr(rig, buf_view(&der));
	assert_int_equal(rig_number(rig, "usable"), 1);
	assert_string_equal(rig_text(rig, "key_type"), "P-384");
	assert_string_equal(json_string_value(json_array_get(json_object_get(rig->json, "names"), 0)), "example.org");
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	assert_int_equal(crypto_sha256(buf_view(&spki), hash), 0);
	assert_int_equal(store_run(rig->store, block, hash), 0);
	post_csr(rig, buf_view(&der));
	assert_int_equal(rig_number(rig, "usable"), 0);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(rig->json, "findings"), 0), "word")), "blocked-key");
	assert_int_equal(rig_post(rig, "/api/public/csr", "{\"csr\":\"hello\"}"), 200);
	assert_int_equal(rig_number(rig, "usable"), 0);
	assert_int_equal(rig_post(rig, "/api/public/csr", "{}"), 422);
}

// --- a code

static struct site_request *waiting;
static void (*code_done)(struct site_request *request, const char *why);

static int take_code(void *context, struct view authz, struct view code, struct site_request *request,
		     void (*done)(struct site_request *request, const char *why))
{
	(void)context;
	assert_view(authz, "abc");
	assert_view(code, "123456");
	waiting = request;
	code_done = done;
	return 0;
}

static void send_code(struct rig *rig, const char *why)
{
	rig_begin(rig, HTTP_METHOD_POST, "/api/code", "{\"authz\":\"abc\",\"code\":\"123456\"}");
	store_flush(rig->store);
	assert_false(rig->answered);
	code_done(waiting, why);
	rig_run(rig);
}

static void a_code_is_passed_on_and_its_outcome_told(struct rig *rig)
{
	assert_int_equal(rig_post(rig, "/api/code", "{\"authz\":\"abc\",\"code\":\"123456\"}"), 503); // nobody checks
	rig->site->owner.confirm_code = take_code;
	send_code(rig, NULL);
	assert_int_equal(rig->status, 200);
	assert_int_equal(rig_number(rig, "proven"), 1);
	send_code(rig, "the code is another");
	assert_int_equal(rig->status, 422);
	assert_string_equal(rig->word, "wrong-code");
	assert_string_equal(rig_text(rig, "why"), "the code is another");
	assert_int_equal(rig_post(rig, "/api/code", "{\"authz\":\"abc\"}"), 422);
	assert_int_equal(rig_post(rig, "/api/code", "{\"code\":\"abc\"}"), 422);
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
		rig_test(numbers_are_right_and_counted_once_a_minute),
		rig_test(statistics_tell_days_and_quarters),
		rig_test(statistics_go_back_for_eight_quarters),
		rig_test(statistics_come_as_csv_too),
		rig_test(certificates_are_found_by_exactly_their_domain),
		rig_test(many_certificates_come_in_pages),
		rig_test(a_certificate_is_shown_by_its_number),
		rig_test(the_authorities_are_shown_with_fingerprints_and_addresses),
		rig_test(a_request_is_looked_at_in_words),
		rig_test(a_code_is_passed_on_and_its_outcome_told),
	};
	return cmocka_run_group_tests(tests, make_ca, remove_ca);
}
