// What a client believes of the chain that the CA gives it.
#include <stdio.h>

#include "base/file.h"
#include "check.h"
#include "client/chain.h"

enum { NOW = 1800000000 }; // 2027

static const struct pki_identifier EXAMPLE = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false}, WILDCARD = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), true},
				   SERVICE = {PKI_IDENTIFIER_SRV, VIEW_LIT("example.net"), false}, OTHER = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.com"), false},
				   BELOW = {PKI_IDENTIFIER_DNS, VIEW_LIT("a.example.org"), false};

static void load(const char *name, struct buf *out)
{
	char path[512];
	(void)snprintf(path, sizeof(path), TEST_VECTORS "/client/%s", name);
	assert_int_equal(file_read(path, 1 << 20, out), 0);
}

static int check(const char *file, const char *key_file, const struct pki_identifier *names, size_t count, xica_time now, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf pem = BUF_INIT, key_pem = BUF_INIT;
	cleanup_key *key = NULL;
	struct client_chain chain;
	load(file, &pem);
	load(key_file, &key_pem);
	assert_int_equal(crypto_key_from_pem(buf_view(&key_pem), VIEW_NONE, &key), 0);
	int error = client_chain_read(buf_view(&pem), &arena, &chain, trouble);
	return error ? error : client_chain_check(&chain, key, names, count, now, trouble);
}

static void assert_refused(const char *file, const char *key_file, const struct pki_identifier *name, xica_time now, const char *word)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	assert_int_equal(check(file, key_file, name, 1, now, &trouble), XICA_EDENIED);
	if (!strstr(client_trouble_text(&trouble), word))
		fail_msg("'%s' is not in: %s", word, client_trouble_text(&trouble));
}

static void a_chain_for_our_key_and_names_is_taken(void **state)
{
	const struct pki_identifier names[] = {EXAMPLE, WILDCARD, SERVICE};
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	(void)state;
	assert_int_equal(check("chain.pem", "key.pem", names, 3, NOW, &trouble), 0);
}

static void another_key_another_name_and_the_end_are_refused(void **state)
{
	(void)state;
	assert_refused("chain.pem", "other-key.pem", &EXAMPLE, NOW, "another key");
	assert_refused("chain.pem", "key.pem", &OTHER, NOW, "example.com");
	assert_refused("chain.pem", "key.pem", &BELOW, NOW, "a.example.org"); // the wildcard isn't what was asked for
	assert_refused("chain.pem", "key.pem", &EXAMPLE, (xica_time)8000000000, "clock");
}

static void a_chain_with_a_gap_is_refused(void **state)
{
	(void)state;
	assert_refused("gap.pem", "key.pem", &EXAMPLE, NOW, "not signed by");
}

static void what_is_no_chain_is_said_to_be_none(void **state)
{
	static const char *const TEXTS[] = {"", "not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n"};
	(void)state;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
		struct client_chain chain;
		assert_int_equal(client_chain_read(view_str(TEXTS[i]), &arena, &chain, &trouble), XICA_EPARSE);
	}
}

static void the_root_that_it_leads_to_is_known_by_its_common_name(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf pem = BUF_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	struct client_chain chain;
	(void)state;
	load("chain.pem", &pem);
	assert_int_equal(client_chain_read(buf_view(&pem), &arena, &chain, &trouble), 0);
	assert_true(client_chain_ends_in(&chain, "Example Root"));
	assert_false(client_chain_ends_in(&chain, "Root"));
	assert_false(client_chain_ends_in(&chain, "Example Issuer"));
	assert_false(client_chain_ends_in(&chain, ""));
}

static void what_the_ca_says_can_not_steer_a_terminal(void **state)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	(void)state;
	json_t *problem = json_pack("{s:s, s:s}", "type", "urn:ietf:params:acme:error:caa", "detail", "no\x1b[2J\n!");
	assert_int_equal(client_trouble_problem(&trouble, "what", problem), XICA_EDENIED);
	json_decref(problem);
	assert_string_equal(client_trouble_text(&trouble), "what: no?[2J?! (caa)");
	assert_string_equal(client_trouble_type(&trouble), "caa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_for_our_key_and_names_is_taken),
		cmocka_unit_test(another_key_another_name_and_the_end_are_refused),
		cmocka_unit_test(a_chain_with_a_gap_is_refused),
		cmocka_unit_test(what_is_no_chain_is_said_to_be_none),
		cmocka_unit_test(the_root_that_it_leads_to_is_known_by_its_common_name),
		cmocka_unit_test(what_the_ca_says_can_not_steer_a_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
