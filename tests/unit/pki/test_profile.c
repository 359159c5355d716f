#include "check.h"
#include "pki/profile.h"

static const struct view LABELS[] = {{(const uint8_t *)"conference", 10}, {(const uint8_t *)"upload", 6}};
static const struct pki_site SITE = {.component_labels = LABELS, .component_label_count = 2, .crl_shards = 1};
static const struct pki_profile XMPP = {.name = "xmpp-server", .dns_names = true, .srv_names = true};
static const struct pki_profile DELEGATED = {.name = "delegated", .srv_names = true, .srv_only = true};
static const struct pki_profile PLAIN = {.name = "plain", .dns_names = true};

static struct pki_identifier dns(const char *name)
{
	return (struct pki_identifier){PKI_IDENTIFIER_DNS, view_str(name), false};
}

static struct pki_identifier wildcard(const char *name)
{
	return (struct pki_identifier){PKI_IDENTIFIER_DNS, view_str(name), true};
}

static struct pki_identifier srv(const char *name)
{
	return (struct pki_identifier){PKI_IDENTIFIER_SRV, view_str(name), false};
}

static void check(const struct pki_profile *profile, const struct pki_identifier *identifiers, size_t count, const char *const *want)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_sans sans;
	const char *why = NULL;
	size_t i = 0;
	assert_int_equal(pki_profile_names(profile, &SITE, identifiers, count, &arena, &sans, &why), 0);
	for (; i < sans.count && want[i]; i++)
		assert_view(sans.list[i].value, want[i]);
	assert_null(want[i]);
	assert_int_equal(i, sans.count);
}

static void a_domain_has_its_dns_name_and_both_srv_names(void **state)
{
	(void)state;
	check(&XMPP, (struct pki_identifier[]){dns("example.org")}, 1,
	      (const char *[]){"example.org", "_xmpp-client.example.org", "_xmpp-server.example.org", NULL});
}

static void a_component_host_is_for_servers_only(void **state)
{
	(void)state;
	check(&XMPP, (struct pki_identifier[]){dns("conference.example.org"), dns("example.org")}, 2,
	      (const char *[]){"example.org", "conference.example.org", "_xmpp-client.example.org", "_xmpp-server.example.org",
			       "_xmpp-server.conference.example.org", NULL});
	check(&XMPP, (struct pki_identifier[]){dns("conference.example.org")}, 1, // alone it is a domain like any other
	      (const char *[]){"conference.example.org", "_xmpp-client.conference.example.org", "_xmpp-server.conference.example.org",
			       NULL});
}

static void a_wildcard_gives_a_dns_name_and_nothing_else(void **state)
{
	(void)state;
	check(&XMPP, (struct pki_identifier[]){wildcard("example.org")}, 1, (const char *[]){"*.example.org", NULL});
}

static void names_are_sorted_and_stand_once(void **state)
{
	(void)state;
	check(&PLAIN, (struct pki_identifier[]){dns("bb.example"), dns("a.example"), wildcard("a.example"), dns("bb.example")}, 4,
	      (const char *[]){"a.example", "bb.example", "*.a.example", NULL});
	check(&XMPP, (struct pki_identifier[]){srv("a.example"), dns("a.example")}, 2,
	      (const char *[]){"a.example", "_xmpp-client.a.example", "_xmpp-server.a.example", NULL});
}

static void a_srv_identifier_gives_the_server_name_alone(void **state)
{
	(void)state;
	check(&DELEGATED, (struct pki_identifier[]){srv("example.org")}, 1, (const char *[]){"_xmpp-server.example.org", NULL});
	check(&XMPP, (struct pki_identifier[]){srv("example.org")}, 1, (const char *[]){"_xmpp-server.example.org", NULL});
}

static void what_a_profile_cannot_certify_is_refused_in_words(void **state)
{
	static const struct pki_profile SRV_FROM_DNS = {.srv_names = true};
	const struct {
		const struct pki_profile *profile;
		struct pki_identifier identifier;
	} BAD[] = {
		{&DELEGATED, dns("example.org")},
		{&PLAIN, srv("example.org")},
		{&SRV_FROM_DNS, wildcard("example.org")},
		{&XMPP, {PKI_IDENTIFIER_SRV, VIEW_LIT("example.org"), true}},
		{&XMPP, {(enum pki_identifier_type)9, VIEW_LIT("example.org"), false}},
		{&(struct pki_profile){.name = "empty"}, dns("example.org")},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct pki_sans sans;
		const char *why = NULL;
		assert_int_equal(pki_profile_names(BAD[i].profile, &SITE, &BAD[i].identifier, 1, &arena, &sans, &why), XICA_EDENIED);
		assert_non_null(why);
	}
	cleanup_arena arena = ARENA_INIT;
	struct pki_sans sans;
	const char *why = NULL;
	assert_int_equal(pki_profile_names(&XMPP, &SITE, NULL, 0, &arena, &sans, &why), XICA_EDENIED);
}

static void a_certificate_is_to_be_renewed_in_the_last_third_of_its_life(void **state)
{
	enum { NOW = 1800000000 };
	static const struct pki_profile USUAL = {.name = "usual"}, EARLY = {.renew_after = 10, .renew_window = 20};
	xica_time start, end;
	(void)state;
	pki_profile_renewal(&USUAL, NOW, NOW + 90 * XICA_DAY - 1, &start, &end);
	assert_int_equal(start, NOW + 60 * XICA_DAY);
	assert_int_equal(end, start + 90 * XICA_DAY / 25);
	pki_profile_renewal(NULL, NOW, NOW + 90 * XICA_DAY - 1, &start, &end);
	assert_int_equal(start, NOW + 60 * XICA_DAY);
	pki_profile_renewal(&USUAL, NOW, NOW + 6 * XICA_DAY - 1, &start, &end); // a short one when half of it is over
	assert_int_equal(start, NOW + 3 * XICA_DAY);
	assert_int_equal(end, start + 6 * XICA_DAY / 25);
	pki_profile_renewal(&EARLY, NOW, NOW + 90 * XICA_DAY - 1, &start, &end);
	assert_int_equal(start, NOW + 9 * XICA_DAY);
	assert_int_equal(end, NOW + 27 * XICA_DAY);
}

static void validity_stays_within_profile_and_issuer(void **state)
{
	enum { NOW = 1800000000 };
	static const struct pki_profile TIMES = {.validity = 90 * XICA_DAY, .validity_min = XICA_DAY, .validity_max = 90 * XICA_DAY,
		.backdate = XICA_HOUR};
	const xica_time far = NOW + 3650 * (xica_time)XICA_DAY;
	xica_time from, to;
	(void)state;
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, 0, 0, &from, &to), 0);
	assert_int_equal(from, NOW - XICA_HOUR);
	assert_int_equal(to - from + 1, 90 * XICA_DAY);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, NOW + 5 * XICA_DAY, 0, 0, &from, &to), 0); // cut to the issuer's end
	assert_int_equal(to, NOW + 5 * XICA_DAY);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, NOW + XICA_HOUR, 0, 0, &from, &to), XICA_ERANGE); // less than the least
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, NOW, NOW + 7 * XICA_DAY, &from, &to), 0);
	assert_int_equal(from, NOW);
	assert_int_equal(to, NOW + 7 * XICA_DAY);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, NOW + 5 * XICA_DAY, NOW, NOW + 7 * XICA_DAY, &from, &to), XICA_ERANGE);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, 0, NOW - 1, &from, &to), XICA_ERANGE);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, NOW - 8 * XICA_DAY, 0, &from, &to), XICA_ERANGE);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, NOW + 90 * XICA_DAY, 0, &from, &to), XICA_ERANGE);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, INT64_MIN, INT64_MAX, &from, &to), XICA_ERANGE);
	assert_int_equal(pki_profile_validity(&TIMES, NOW, far, INT64_MAX, INT64_MAX, &from, &to), XICA_ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_has_its_dns_name_and_both_srv_names),
		cmocka_unit_test(a_component_host_is_for_servers_only),
		cmocka_unit_test(a_wildcard_gives_a_dns_name_and_nothing_else),
		cmocka_unit_test(names_are_sorted_and_stand_once),
		cmocka_unit_test(a_srv_identifier_gives_the_server_name_alone),
		cmocka_unit_test(what_a_profile_cannot_certify_is_refused_in_words),
		cmocka_unit_test(a_certificate_is_to_be_renewed_in_the_last_third_of_its_life),
		cmocka_unit_test(validity_stays_within_profile_and_issuer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
