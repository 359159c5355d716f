#include "validate/url.h"

#include "check.h"
#include "validate/http01.h"

static const struct url_ports WEB = {80, 443}, PLAY = {5002, 5443};
static const struct url BASE = {false, "example.org", 80, "http://example.org/.well-known/acme-challenge/token"};

static void assert_followed(const char *location, bool https, const char *host, unsigned port, const char *text)
{
	cleanup_arena arena = ARENA_INIT;
	struct url url;
	const char *why = NULL;
	if (url_redirect(&BASE, view_str(location), &WEB, &arena, &url, &why))
		fail_msg("%s isn't followed: %s", location, why);
	assert_int_equal(url.https, https);
	assert_string_equal(url.host, host);
	assert_int_equal(url.port, port);
	assert_string_equal(url.text, text);
}

static void assert_refused(const char *location, const char *reason)
{
	cleanup_arena arena = ARENA_INIT;
	struct url url;
	const char *why = NULL;
	if (url_redirect(&BASE, view_str(location), &WEB, &arena, &url, &why) != XICA_EDENIED)
		fail_msg("%s is followed", location);
	if (!strstr(why, reason))
		fail_msg("%s: %s", location, why);
}

static void web_addresses_are_followed(void **state)
{
	(void)state;
	assert_followed("http://www.example.org/x", false, "www.example.org", 80, "http://www.example.org/x");
	assert_followed("https://www.example.org/x?y=z#part", true, "www.example.org", 443, "https://www.example.org/x?y=z");
	assert_followed("HTTP://WWW.Example.ORG:80", false, "www.example.org", 80, "http://www.example.org/");
	assert_followed("https://example.org:443/", true, "example.org", 443, "https://example.org/");
}

static void relative_references_are_resolved(void **state)
{
	(void)state;
	assert_followed("/x", false, "example.org", 80, "http://example.org/x");
	assert_followed("x", false, "example.org", 80, "http://example.org/.well-known/acme-challenge/x");
	assert_followed("../x", false, "example.org", 80, "http://example.org/.well-known/x");
	assert_followed("?a=b", false, "example.org", 80, "http://example.org/.well-known/acme-challenge/token?a=b");
	assert_followed("//www.example.org/x", false, "www.example.org", 80, "http://www.example.org/x");
}

static void other_schemes_are_refused(void **state)
{
	(void)state;
	static const char *const SCHEMES[] = {"ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "dict://example.org:80/", "ws://example.org/",
					      "ldap://example.org/", "smb://example.org/", "scp://example.org/x", "tftp://example.org/x", "telnet://example.org"};
	for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++)
		assert_refused(SCHEMES[i], "neither http nor https");
}

static void other_ports_are_refused(void **state)
{
	(void)state;
	assert_refused("http://example.org:22/", "port");
	assert_refused("http://example.org:443/", "port");
	assert_refused("https://example.org:80/", "port");
	assert_refused("http://example.org:8080/", "port");
	assert_refused("http://example.org:0/", "");
	assert_refused("http://example.org:65616/", ""); // 80 + 65536
	assert_refused("http://example.org:80a/", "");
	assert_refused("http://example.org:-80/", "");
}

static void the_configured_ports_count_like_the_usual_ones(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct url url;
	const char *why;
	assert_int_equal(url_redirect(&BASE, VIEW_LIT("http://example.org:5002/"), &PLAY, &arena, &url, &why), 0);
	assert_int_equal(url_redirect(&BASE, VIEW_LIT("https://example.org:5443/"), &PLAY, &arena, &url, &why), 0);
	assert_int_equal(url_redirect(&BASE, VIEW_LIT("http://example.org/"), &PLAY, &arena, &url, &why), 0);
	assert_int_equal(url_redirect(&BASE, VIEW_LIT("http://example.org:5443/"), &PLAY, &arena, &url, &why), XICA_EDENIED);
	assert_int_equal(url_redirect(&BASE, VIEW_LIT("http://example.org:5003/"), &PLAY, &arena, &url, &why), XICA_EDENIED);
}

static void addresses_for_hosts_are_refused_in_every_notation(void **state)
{
	(void)state;
	static const char *const HOSTS[] = {"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
					    "[fe80::1%25eth0]", "192.0.2.7", "example.1", "1e3.0x1", "example.0xff", "0", "[v1.x]"};
	for (size_t i = 0; i < sizeof(HOSTS) / sizeof(HOSTS[0]); i++) {
		char location[64];
		(void)snprintf(location, sizeof(location), "http://%s/", HOSTS[i]);
		assert_refused(location, "");
	}
}

static void what_is_no_plain_host_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"http://", "http://exa mple.org/", "http://exam\tple.org/", "http://example.org\r\nHost: x", "http://example..org/",
					  "http://.example.org/", "http://example.org./", "http://ex%61mple..org/", "http://ex\xc3\xa4mple.org/", "http://exam*ple.org/",
					  "http://example.org%00.evil.example/", "", "http://example.org\\@evil.example/", "http:\\\\example.org"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_refused(BAD[i], "");
}

static void credentials_are_refused(void **state)
{
	(void)state;
	assert_refused("http://user@example.org/", "credentials");
	assert_refused("http://user:secret@example.org/", "credentials");
	assert_refused("//user@example.org/", "credentials");
	assert_refused("http://@example.org/", "");
	assert_refused("http://example.org@evil.example/", "credentials");
}

static void a_very_long_url_is_refused(void **state)
{
	(void)state;
	char location[URL_MAX_LEN + 64];
	memset(location, 'a', sizeof(location));
	location[0] = '/';
	location[sizeof(location) - 1] = 0;
	assert_refused(location, "too long");
	location[URL_MAX_LEN - 5] = 0; // alone it would do, with its host it is too long
	assert_refused(location, "too long");
}

static void the_first_url_is_made_of_a_host_and_a_token(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct url url;
	assert_int_equal(url_challenge(VIEW_LIT("example.org"), VIEW_LIT("to_ken-1"), &arena, &url), 0);
	assert_string_equal(url.text, "http://example.org/.well-known/acme-challenge/to_ken-1");
	assert_int_equal(url_challenge(VIEW_LIT("example.org"), VIEW_LIT("../x"), &arena, &url), XICA_EPARSE);
	assert_int_equal(url_challenge(VIEW_LIT("example.org"), VIEW_NONE, &arena, &url), XICA_EPARSE);
	assert_int_equal(url_challenge(VIEW_LIT("example.org:22"), VIEW_LIT("x"), &arena, &url), XICA_EPARSE);
	assert_int_equal(url_challenge(VIEW_LIT("127.0.0.1"), VIEW_LIT("x"), &arena, &url), XICA_EPARSE);
}

static void white_space_at_the_end_of_a_body_counts_for_nothing(void **state)
{
	(void)state;
	assert_true(http01_body_fits(VIEW_LIT("token.print"), VIEW_LIT("token.print")));
	assert_true(http01_body_fits(VIEW_LIT("token.print \t\r\n\v\f"), VIEW_LIT("token.print")));
	assert_false(http01_body_fits(VIEW_LIT(" token.print"), VIEW_LIT("token.print")));
	assert_false(http01_body_fits(VIEW_LIT("token.print\0"), VIEW_LIT("token.print")));
	assert_false(http01_body_fits(VIEW_LIT("token.prin"), VIEW_LIT("token.print")));
	assert_false(http01_body_fits(VIEW_LIT("TOKEN.print"), VIEW_LIT("token.print")));
	assert_false(http01_body_fits(VIEW_LIT(" \n"), VIEW_NONE));
	assert_false(http01_body_fits(VIEW_NONE, VIEW_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(web_addresses_are_followed),
		cmocka_unit_test(relative_references_are_resolved),
		cmocka_unit_test(other_schemes_are_refused),
		cmocka_unit_test(other_ports_are_refused),
		cmocka_unit_test(the_configured_ports_count_like_the_usual_ones),
		cmocka_unit_test(addresses_for_hosts_are_refused_in_every_notation),
		cmocka_unit_test(what_is_no_plain_host_is_refused),
		cmocka_unit_test(credentials_are_refused),
		cmocka_unit_test(a_very_long_url_is_refused),
		cmocka_unit_test(the_first_url_is_made_of_a_host_and_a_token),
		cmocka_unit_test(white_space_at_the_end_of_a_body_counts_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
