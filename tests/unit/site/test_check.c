// What is made of what the validator saw at somebody's XMPP servers: verdicts, whatever a stranger's server showed, and how often a person may ask.
#include <stdio.h>
#include <stdlib.h>

#include "base/base64url.h"
#include "base/file.h"
#include "pki/pem.h"
#include "site_rig.h"

enum { YEAR = 365 * XICA_DAY };

#define SERVER(record, failure, tls, certificate)                                                                                        \
	"{\"record\":\"" record "\",\"host\":\"h.example\",\"port\":5269,\"address\":\"192.0.2.7\",\"failure\":" failure ",\"tls\":" tls           \
	",\"certificate\":" certificate ",\"chain\":null,\"external\":false,\"secure\":false}"
#define SEEN(server) "{\"failure\":null,\"servers\":[" server "]}"

// The first certificate of the file, for example.org from 2026 to 2045 and of another authority, as a look brings it.
static const char *seen_with(const char *record, const char *file, struct arena *arena)
{
	cleanup_buf text = BUF_INIT, der = BUF_INIT, encoded = BUF_INIT;
	assert_int_equal(file_read(arena_printf(arena, TEST_VECTORS "/peer/%s", file), 65536, &text), 0);
	struct view cursor = buf_view(&text);
	assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, &der), 0);
	base64url_encode(&encoded, buf_view(&der));
	return arena_printf(arena, "{\"failure\":null,\"servers\":[{\"record\":\"%s\",\"host\":\"h\",\"port\":1,\"address\":null,\"failure\":null,\"tls\":\"TLSv1.3\","
			    "\"certificate\":\"%s\",\"chain\":null,\"external\":true,\"secure\":true}]}", record, buf_cstr(&encoded));
}

static const json_t *server(const struct rig *rig)
{
	return json_array_get(json_object_get(rig->json, "servers"), 0);
}

static const char *verdict(struct rig *rig, const char *domain)
{
	assert_int_equal(rig_postf(rig, "/api/check", "{\"domain\":\"%s\"}", domain), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "servers")), 1);
	assert_null(json_object_get(server(rig), "chain"));
	return json_string_value(json_object_get(server(rig), "verdict"));
}

static void a_certificate_is_judged_by_its_names_its_time_and_who_issued_it(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	rig_join(rig, "anna@example.org");
	rig->seen = seen_with("_xmpp-server", "chain.pem", &arena);
	assert_string_equal(verdict(rig, "example.org"), "other-authority");
	assert_string_equal(rig->looked_at, "example.org");
	const json_t *certificate = json_object_get(server(rig), "certificate");
	assert_true(json_is_true(json_object_get(certificate, "proves")));
	assert_true(json_is_false(json_object_get(certificate, "ours")));
	assert_true(json_is_null(json_object_get(certificate, "serial")));
	assert_int_equal(json_array_size(json_object_get(certificate, "names")), 3);
	assert_string_equal(verdict(rig, "www.example.org"), "other-name");
	assert_string_equal(verdict(rig, "EXAMPLE.org"), "other-authority");
	assert_string_equal(rig->looked_at, "example.org");
}

static void a_certificate_that_has_ended_or_not_begun_is_told(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	rig->seen = seen_with("_xmpp-client", "chain.pem", &arena);
	rig_sleep(-2 * YEAR);
	rig_join(rig, "early@example.org");
	assert_string_equal(verdict(rig, "example.org"), "not-yet");
	rig_sleep(25 * (xica_time)YEAR);
	rig_join(rig, "late@example.org");
	assert_string_equal(verdict(rig, "example.org"), "expired");
}

static void what_is_no_certificate_is_strange_and_what_is_none_is_unreachable(struct rig *rig)
{
	static const struct {
		const char *seen, *verdict;
	} ROWS[] = {
		{SEEN(SERVER("_xmpp-server", "\"can't be reached: Connection refused\"", "null", "null")), "unreachable"},
		{SEEN(SERVER("_xmpp-server", "null", "\"TLSv1.3\"", "\"AAAA\"")), "strange"},
		{SEEN(SERVER("_xmpp-server", "null", "\"TLSv1.3\"", "\"MAA\"")), "strange"},
		{SEEN(SERVER("_xmpp-server", "null", "\"TLSv1.3\"", "\"not base64!\"")), "strange"},
		{SEEN(SERVER("_xmpp-server", "null", "\"TLSv1.3\"", "\"\"")), "strange"},
		{SEEN(SERVER("_xmpp-server", "null", "\"TLSv1.3\"", "5")), "strange"},
	};
	rig_join(rig, "anna@example.org");
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		rig->seen = ROWS[i].seen;
		assert_string_equal(verdict(rig, "example.org"), ROWS[i].verdict);
		assert_true(json_is_null(json_object_get(server(rig), "certificate")));
	}
}

static void a_validator_that_could_not_look_is_no_verdict(struct rig *rig)
{
	rig_join(rig, "anna@example.org");
	rig->seen = NULL;
	assert_int_equal(rig_post(rig, "/api/check", "{\"domain\":\"example.org\"}"), 503);
	rig->validator_away = true;
	assert_int_equal(rig_post(rig, "/api/check", "{\"domain\":\"example.org\"}"), 503);
	assert_true(rig->retry_after > 0);
}

static void nobody_is_sent_to_what_is_no_domain(struct rig *rig)
{
	static const char *const NOT[] = {"", " ", "*.example.org", "192.0.2.7", "a'/><x", "example..org", "_xmpp-server.example.org", "a b.example"};
	rig_join(rig, "anna@example.org");
	for (size_t i = 0; i < sizeof(NOT) / sizeof(NOT[0]); i++) {
		assert_int_equal(rig_postf(rig, "/api/check", "{\"domain\":\"%s\"}", NOT[i]), 422);
		assert_string_equal(rig->field, "domain");
	}
	assert_int_equal(rig->looks, 0);
}

// The CA connects to whatever SRV records name: so nobody has it do so without end, from however many addresses.
static void who_looks_again_and_again_must_wait_and_others_need_not(struct rig *rig)
{
	rig->seen = "{\"failure\":null,\"servers\":[]}";
	rig_join(rig, "anna@example.org");
	unsigned looked = 0;
	while (looked < 100 && rig_post(rig, "/api/check", "{\"domain\":\"example.org\"}") == 200) {
		looked++;
		rig->browser.remote = looked % 2 ? "192.0.2.9" : "198.51.100.9";
	}
	assert_int_equal(looked, 20);
	assert_int_equal(rig->looks, 20);
	assert_int_equal(rig->status, 429);
	assert_string_equal(rig->word, "too-many-tries");
	assert_true(rig->retry_after >= 60);
	const struct rig_browser anna = rig->browser;
	rig->browser = rig_fresh_browser("192.0.2.9");
	rig_join(rig, "berta@example.org");
	assert_int_equal(rig_post(rig, "/api/check", "{\"domain\":\"example.org\"}"), 200);
	rig->browser = anna;
	rig_sleep(61);
	assert_int_equal(rig_post(rig, "/api/check", "{\"domain\":\"example.org\"}"), 200);
}

static void only_those_who_are_signed_in_may_ask(struct rig *rig)
{
	assert_int_equal(rig_post(rig, "/api/check", "{\"domain\":\"example.org\"}"), 401);
	assert_int_equal(rig->looks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_certificate_is_judged_by_its_names_its_time_and_who_issued_it),
		rig_test(a_certificate_that_has_ended_or_not_begun_is_told),
		rig_test(what_is_no_certificate_is_strange_and_what_is_none_is_unreachable),
		rig_test(a_validator_that_could_not_look_is_no_verdict),
		rig_test(nobody_is_sent_to_what_is_no_domain),
		rig_test(who_looks_again_and_again_must_wait_and_others_need_not),
		rig_test(only_those_who_are_signed_in_may_ask),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
