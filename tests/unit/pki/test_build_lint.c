// Builder and linter know nothing of one another: whatever the one builds, the other must find nothing in.
#include "check.h"
#include "config/builtin.h"
#include "pki/build_ca.h"
#include "pki/lint.h"

static const uint8_t SERIAL[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const xica_time NOW = 1777863721;
static const struct view COMPONENTS[] = {{(const uint8_t *)"conference", 10}};
static const struct pki_site SITE = {"http://ca.example.net", COMPONENTS, 1, 4};

#define DNS(text) {PKI_IDENTIFIER_DNS, {(const uint8_t *)(text), sizeof(text) - 1}, false}
#define WILDCARD(text) {PKI_IDENTIFIER_DNS, {(const uint8_t *)(text), sizeof(text) - 1}, true}
#define SRV(text) {PKI_IDENTIFIER_SRV, {(const uint8_t *)(text), sizeof(text) - 1}, false}
#define LABEL_60 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"

struct order {
	struct pki_identifier identifiers[3];
	size_t count;
};

static const struct order DNS_ORDERS[] = {
	{{DNS("example.org")}, 1},
	{{WILDCARD("example.org")}, 1},
	{{DNS("example.org"), WILDCARD("example.org"), DNS("conference.example.org")}, 3},
	{{DNS("xn--mnchen-3ya.example")}, 1},
	{{DNS(LABEL_60 ".example.org")}, 1}, // too long for a common name
	{{DNS("localhost")}, 1},
};
static const struct order SRV_ORDERS[] = {{{SRV("example.org")}, 1}, {{SRV("example.org"), SRV("xn--mnchen-3ya.example")}, 2}};

static void print_findings(const struct pki_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		print_error("%s: %s (%s)\n", findings->list[i].rule->id, findings->list[i].detail ? findings->list[i].detail : "",
			    findings->list[i].rule->section);
}

static void assert_builds_clean(const struct pki_profile *profile, const struct order *order, enum crypto_key_type type, xica_time validity)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_key *key = NULL;
	cleanup_buf spki = BUF_INIT, name = BUF_INIT, tbs = BUF_INIT;
	struct pki_sans sans;
	struct pki_findings findings;
	const char *why;
	assert_int_equal(crypto_key_generate(type, 2048, &key), 0);
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	pki_build_name(&name, VIEW_LIT("Example Federation"), VIEW_LIT("Example Issuer"));
	assert_int_equal(pki_profile_names(profile, &SITE, order->identifiers, order->count, &arena, &sans, &why), 0);
	struct pki_issuer issuer = {"0123456789abcdef", buf_view(&name), VIEW_LIT("01234567890123456789"), CRYPTO_SIG_ECDSA_SHA256, NOW + 400 * (xica_time)XICA_DAY};
	struct pki_leaf leaf = {profile, &SITE, &issuer, view_bytes(SERIAL, sizeof(SERIAL)), buf_view(&spki), &sans, NOW, NOW + validity - 1};
	assert_int_equal(pki_build_tbs(&leaf, &tbs), 0);
	assert_int_equal(pki_lint(buf_view(&tbs), true, PKI_LINT_END_ENTITY, profile, &arena, &findings), 0);
	print_findings(&findings);
	assert_int_equal(findings.count, 0);
}

static void certificates_of_every_profile_pass_the_linter(void **state)
{
	(void)state;
	for (const struct pki_profile *profile = config_builtin_profiles; profile->name; profile++) {
		const struct order *orders = profile->srv_only ? SRV_ORDERS : DNS_ORDERS;
		size_t count = profile->srv_only ? sizeof(SRV_ORDERS) / sizeof(SRV_ORDERS[0]) : sizeof(DNS_ORDERS) / sizeof(DNS_ORDERS[0]);
		for (size_t i = 0; i < count; i++)
			assert_builds_clean(profile, &orders[i], CRYPTO_KEY_P256, profile->validity);
	}
}

static void every_kind_of_key_and_length_of_the_profile_passes(void **state)
{
	(void)state;
	const struct pki_profile *profile = config_builtin_profile("xmpp-server");
	assert_builds_clean(profile, &DNS_ORDERS[0], CRYPTO_KEY_P384, profile->validity_max);
	assert_builds_clean(profile, &DNS_ORDERS[0], CRYPTO_KEY_RSA, profile->validity_min);
}

static void srv_identifiers_pass_beside_dns_ones(void **state)
{
	static const struct order BOTH = {{DNS("example.org"), SRV("example.net")}, 2}, ALONE = {{SRV("example.net")}, 1};
	(void)state;
	assert_builds_clean(config_builtin_profile("xmpp-server"), &BOTH, CRYPTO_KEY_P256, 90 * XICA_DAY);
	assert_builds_clean(config_builtin_profile("xmpp-server"), &ALONE, CRYPTO_KEY_P256, 90 * XICA_DAY);
}

static void xmpp_addr_and_policy_pass_where_the_profile_has_them(void **state)
{
	(void)state;
	struct pki_profile profile = *config_builtin_profile("xmpp-server");
	profile.xmpp_addrs = true;
	profile.policy_oid = "2.23.140.1.2.1";
	assert_builds_clean(&profile, &DNS_ORDERS[0], CRYPTO_KEY_P256, 90 * XICA_DAY);
}

static void assert_ca_builds_clean(bool root, enum crypto_key_type type)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_key *key = NULL;
	cleanup_buf spki = BUF_INIT, subject = BUF_INIT, above = BUF_INIT, tbs = BUF_INIT;
	struct pki_findings findings;
	assert_int_equal(crypto_key_generate(type, 3072, &key), 0);
	assert_int_equal(crypto_key_to_spki(key, &spki), 0);
	pki_build_name(&subject, VIEW_LIT("Example Föderation"), VIEW_LIT("Example CA"));
	pki_build_name(&above, VIEW_LIT("Example Föderation"), VIEW_LIT("Example Root"));
	struct pki_issuer issuer = {"0123456789abcdef", buf_view(&above), VIEW_LIT("01234567890123456789"), CRYPTO_SIG_ECDSA_SHA384, NOW + 9000 * (xica_time)XICA_DAY};
	struct pki_authority authority = {.serial = view_bytes(SERIAL, sizeof(SERIAL)), .subject = buf_view(&subject), .spki = buf_view(&spki),
		.issuer = root ? NULL : &issuer, .sig_alg = crypto_sig_default(key), .not_before = NOW, .not_after = NOW + 9000 * (xica_time)XICA_DAY,
		.path_len = root ? -1 : 0, .issuer_url = root ? NULL : "http://ca.example.net/ca/0.der", .crl_url = root ? NULL : "http://ca.example.net/ca/0.crl"};
	assert_int_equal(pki_build_ca_tbs(&authority, &tbs), 0);
	for (int kind = PKI_LINT_CA; kind <= PKI_LINT_GUESS; kind++) {
		assert_int_equal(pki_lint(buf_view(&tbs), true, (enum pki_lint_kind)kind, NULL, &arena, &findings), 0);
		print_findings(&findings);
		assert_int_equal(findings.count, 0);
	}
}

static void roots_and_intermediates_pass_the_linter(void **state)
{
	static const enum crypto_key_type TYPES[] = {CRYPTO_KEY_P256, CRYPTO_KEY_P384, CRYPTO_KEY_RSA};
	(void)state;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		assert_ca_builds_clean(true, TYPES[i]);
		assert_ca_builds_clean(false, TYPES[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_of_every_profile_pass_the_linter),
		cmocka_unit_test(every_kind_of_key_and_length_of_the_profile_passes),
		cmocka_unit_test(srv_identifiers_pass_beside_dns_ones),
		cmocka_unit_test(xmpp_addr_and_policy_pass_where_the_profile_has_them),
		cmocka_unit_test(roots_and_intermediates_pass_the_linter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
