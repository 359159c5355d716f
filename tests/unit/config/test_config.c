#include "base/log.h"
#include "chaos/kind.h"
#include "check.h"
#include "config/config.h"

static void must_parse(const char *text, struct config *config)
{
	cleanup_buf why = BUF_INIT;
	int error = config_parse(view_str(text), "xicad.conf", config, &why);
	if (error)
		fail_msg("%s", buf_cstr(&why));
}

// The text is refused, and the reason begins with this.
static void must_refuse(const char *text, const char *reason)
{
	cleanup_buf why = BUF_INIT;
	struct config config;
	if (config_parse(view_str(text), "xicad.conf", &config, &why) != XICA_EPARSE)
		fail_msg("%s\nis taken", text);
	if (!view_starts(buf_view(&why), view_str(reason)))
		fail_msg("%s\nis told as: %s\ninstead of: %s", text, buf_cstr(&why), reason);
}

static void a_file_with_nothing_but_its_url_is_a_whole_configuration(void **state)
{
	struct config config;
	(void)state;
	must_parse("url = \"https://ca.example.org:8443\"\n", &config);
	assert_string_equal(config.url, "https://ca.example.org:8443");
	assert_string_equal(config.http_url, "http://ca.example.org");
	assert_string_equal(config.terms_of_service, "https://ca.example.org:8443/terms");
	assert_null(config.website);
	assert_int_equal(config.caa_identity_count, 1);
	assert_string_equal(config.caa_identities[0], "ca.example.org");
	assert_string_equal(config.database, "/var/lib/xica/db/xica.db");
	assert_string_equal(config.ca_dir, "/var/lib/xica/ca");
	assert_true(config.own_certificate);
	assert_string_equal(config.tls_key, "/var/lib/xica/site/key.pem");
	assert_string_equal(config.own_names[0], "ca.example.org");
	assert_string_equal(config.https_listen[0], "[::]:443");
	assert_true(config.fronts >= 1);
	assert_int_equal(config.requests_per_minute, 600);
	assert_int_equal(config.requests_burst, 200);
	assert_true(view_ends(view_str(config.site_dir), VIEW_LIT("/xica/site")));
	assert_null(config.user_signer);
	assert_null(config.dns);
	assert_int_equal(config.http01_port, 80);
	assert_int_equal(config.tlsalpn01_port, 443);
	assert_int_equal(config.allowed_network_count, 0);
	assert_false(config.lenient_names);
	assert_true(config.component_label_count > 5);
	assert_int_equal(config.order_names_max, 100);
	assert_int_equal(config.authorization_lifetime, 7 * XICA_DAY);
	assert_int_equal(config.crl_shards, 1);
	assert_true(config.ocsp);
	assert_int_equal(config.ocsp_lifetime, XICA_DAY);
	assert_false(config.trust_web);
	assert_false(config.dev);
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	assert_int_equal(config.profile_count, 4);
	assert_string_equal(config_profile(&config, VIEW_NONE)->name, "xmpp-server");
	assert_false(config_profile(&config, VIEW_LIT("serverauth"))->client_auth);
	assert_int_equal(config_profile(&config, VIEW_LIT("shortlived"))->validity, 6 * XICA_DAY);
	assert_false(config_profile(&config, VIEW_LIT("shortlived"))->status_urls);
	assert_true(config_profile(&config, VIEW_LIT("delegated"))->srv_only);
	assert_null(config_profile(&config, VIEW_LIT("xmpp")));
	assert_string_equal(config_site(&config).http_url, "http://ca.example.org");
	config_free(&config);
}

static void every_section_is_read(void **state)
{
	struct config config;
	(void)state;
	must_parse("url = \"https://ca.example.org\"\n"
		   "trust = web\nlog-level = debug\nexternal-account-required = yes\ncaa-identities = {ca.example.org, ca.example.net}\n"
		   "state-dir = \"/srv/ca\"\naudit-log = \"/var/log/xica/audit.log\"\n"
		   "tls { certificate = \"/etc/c.pem\" key = \"/etc/k.pem\" }\n"
		   "listen { https = {\"192.0.2.1:443\", \"[2001:db8::1]:443\"} http = {\"192.0.2.1:80\"} fronts = 3 }\n"
		   "site-dir = /srv/site limits { requests-per-minute = 60 burst = 5 }\n"
		   "users { front = xica-front registrar = xica signer = xica-signer }\n"
		   "proof { dns = \"127.0.0.1:5353\" http01-port = 8080 allowed-networks = {\"10.0.0.0/8\", \"2001:db8::/32\", \"192.0.2.7\"} }\n"
		   "names { lenient = on component-labels = {muc, upload} }\n"
		   "orders { names-max = 10 lifetime = 8h authorization-lifetime = 1d }\n"
		   "crl { shards = 4 lifetime = 2w }\nocsp { enabled = false lifetime = 3h fresh-per-second = 7 }\n",
		   &config);
	assert_true(config.trust_web);
	assert_true(config.external_account_required);
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config.caa_identity_count, 2);
	assert_string_equal(config.database, "/srv/ca/db/xica.db");
	assert_string_equal(config.audit_log, "/var/log/xica/audit.log");
	assert_false(config.own_certificate);
	assert_string_equal(config.tls_certificate, "/etc/c.pem");
	assert_int_equal(config.https_listen_count, 2);
	assert_int_equal(config.fronts, 3);
	assert_int_equal(config.requests_per_minute, 60);
	assert_int_equal(config.requests_burst, 5);
	assert_string_equal(config.site_dir, "/srv/site");
	assert_string_equal(config.user_registrar, "xica");
	assert_null(config.user_validator);
	assert_string_equal(config.dns, "127.0.0.1:5353");
	assert_int_equal(config.http01_port, 8080);
	assert_int_equal(config.allowed_network_count, 3);
	assert_int_equal(config.allowed_networks[0].prefix, 104);
	assert_memory_equal(config.allowed_networks[0].address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\0", 16);
	assert_int_equal(config.allowed_networks[1].prefix, 32);
	assert_int_equal(config.allowed_networks[2].prefix, 128);
	assert_true(config.lenient_names);
	assert_int_equal(config.component_label_count, 2);
	assert_view(config.component_labels[1], "upload");
	assert_int_equal(config.order_lifetime, 8 * XICA_HOUR);
	assert_int_equal(config.crl_lifetime, 14 * XICA_DAY);
	assert_false(config.ocsp);
	assert_int_equal(config.ocsp_lifetime, 3 * XICA_HOUR);
	assert_int_equal(config.ocsp_fresh_per_second, 7);
	config_free(&config);
}

static void profiles_that_are_named_are_all_there_are_and_start_from_the_built_in_ones(void **state)
{
	struct config config;
	(void)state;
	must_parse("url = \"https://ca.example.org\"\n"
		   "profile \"shortlived\" { validity = 4d }\n"
		   "profile \"jabber\" { description = \"House rules\" client-auth = false policy-oid = \"1.3.6.1.4.1.1\" }\n"
		   "profile \"hosted\" { srv-only = true validity = 30d }\n",
		   &config);
	assert_int_equal(config.profile_count, 3);
	const struct pki_profile *first = config_profile(&config, VIEW_NONE);
	assert_string_equal(first->name, "shortlived");
	assert_int_equal(first->validity, 4 * XICA_DAY);
	assert_int_equal(first->validity_max, 4 * XICA_DAY);
	assert_false(first->status_urls);
	const struct pki_profile *second = config_profile(&config, VIEW_LIT("jabber"));
	assert_string_equal(second->description, "House rules");
	assert_string_equal(second->policy_oid, "1.3.6.1.4.1.1");
	assert_int_equal(second->validity, 90 * XICA_DAY);
	assert_true(second->srv_names);
	assert_false(second->client_auth);
	assert_false(config_profile(&config, VIEW_LIT("hosted"))->dns_names);
	config_free(&config);
}

static void letters_go_to_the_relay_that_is_named_and_without_one_nowhere(void **state)
{
	struct config config;
	(void)state;
	must_parse("url = \"https://ca.example.org\"\n", &config);
	assert_false(config.mail || config.mail_relay || config.mail_folder || config.mail_code_challenge);
	assert_true(config.sign_up);
	config_free(&config);
	must_parse("url = \"https://ca.example.org\"\nmail { relay = \"smtp://mail.example.org:25\" from = \"The CA <ca@example.org>\" user = me\n"
		   "password-file = \"/etc/xica/password\" trust = \"/etc/relay.pem\" code-challenge = true }\n"
		   "site { sign-up = false } names { review = {\"*bank*\", \"gov.example\"} } users { mailer = xica-mailer login = xica-login }\n", &config);
	assert_true(config.mail && config.mail_tls && config.mail_code_challenge && !config.mail_relay_tls && !config.mail_folder && !config.sign_up);
	assert_string_equal(config.mail_relay_host, "mail.example.org");
	assert_int_equal(config.mail_relay_port, 25);
	assert_string_equal(config.mail_from, "The CA <ca@example.org>");
	assert_string_equal(config.mail_user, "me");
	assert_string_equal(config.mail_password_file, "/etc/xica/password");
	assert_string_equal(config.mail_trust, "/etc/relay.pem");
	assert_int_equal(config.review_name_count, 2);
	assert_string_equal(config.review_names[0], "*bank*");
	assert_string_equal(config.user_mailer, "xica-mailer");
	assert_string_equal(config.user_login, "xica-login");
	config_free(&config);
	must_parse("url = \"https://ca.example.org\"\nmail { relay = \"smtps://[2001:db8::25]\" from = \"ca@example.org\" }\n", &config);
	assert_true(config.mail_relay_tls);
	assert_string_equal(config.mail_relay_host, "2001:db8::25");
	assert_int_equal(config.mail_relay_port, 465);
	config_free(&config);
	must_parse("url = \"https://ca.example.org\"\nmail { relay = \"smtp://127.0.0.1\" from = \"ca@example.org\" tls = none }\n", &config);
	assert_int_equal(config.mail_relay_port, 587);
	assert_false(config.mail_tls);
	config_free(&config);
}

static void a_ca_to_play_with_puts_its_letters_into_a_folder_or_gives_them_to_the_relay_named(void **state)
{
	struct config config;
	cleanup_buf text = BUF_INIT, other = BUF_INIT;
	(void)state;
	const struct config_dev_options options = {.dir = "/srv/dev"}, with_relay = {.dir = "/srv/dev", .mail_relay = "smtp://mail.example:2525"};
	assert_int_equal(config_dev(&options, &text), 0);
	must_parse(buf_cstr(&text), &config);
	assert_true(config.mail && config.mail_code_challenge && !config.mail_relay);
	assert_string_equal(config.mail_folder, "/srv/dev/mail");
	assert_string_equal(config.mail_from, "xica <ca@localhost>");
	config_free(&config);
	assert_int_equal(config_dev(&with_relay, &other), 0);
	must_parse(buf_cstr(&other), &config);
	assert_true(config.mail && !config.mail_tls && !config.mail_folder);
	assert_string_equal(config.mail_relay_host, "mail.example");
	assert_int_equal(config.mail_relay_port, 2525);
	config_free(&config);
}

static void a_relay_that_would_hear_passwords_in_the_clear_or_half_a_mail_section_is_refused(void **state)
{
#define MAIL "url = \"https://ca.example.org\"\nmail { from = \"ca@example.org\" "
	(void)state;
	must_refuse(MAIL "relay = \"smtp://mail.example.org\" tls = none }\n", "xicad.conf:2: mail: tls = none is for a relay on this machine alone");
	must_refuse(MAIL "relay = \"smtps://127.0.0.1\" tls = none }\n", "xicad.conf:2: mail: an smtps relay speaks TLS");
	must_refuse(MAIL "relay = \"smtp://127.0.0.1\" user = me }\n", "xicad.conf:2: mail: user and password-file belong together");
	must_refuse(MAIL "code-challenge = true }\n", "xicad.conf:2: mail: relay is missing");
	must_refuse("url = \"https://ca.example.org\"\nmail { relay = \"smtp://127.0.0.1\" }\n", "xicad.conf:2: mail: from is missing");
	static const char *const RELAYS[] = {"mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail.example.org/path", "smtp://me@mail.example.org",
		"smtp://mail.example.org:0", "smtp://[::1", "smtp://[127.0.0.1]", "smtp://[::1]25", "smtp://[::1]:99999", "xsmtp://[::1]"};
	for (size_t i = 0; i < sizeof(RELAYS) / sizeof(RELAYS[0]); i++) {
		cleanup_buf text = BUF_INIT, reason = BUF_INIT;
		buf_addf(&text, MAIL "relay = \"%s\" }\n", RELAYS[i]);
		buf_addf(&reason, "xicad.conf:2: relay = \"%s\": must be", RELAYS[i]);
		must_refuse(buf_cstr(&text), buf_cstr(&reason));
	}
	must_refuse("url = \"https://ca.example.org\"\nmail { from = \"ca\" }\n", "xicad.conf:2: from = \"ca\": must be");
	must_refuse("url = \"https://ca.example.org\"\nmail { from = \"ca@a, b@c\" }\n", "xicad.conf:2: from = \"ca@a, b@c\": must be");
	must_refuse("url = \"https://ca.example.org\"\nmail { tls = maybe }\n", "xicad.conf:2: tls = \"maybe\": must be required or none");
	must_refuse("url = \"https://ca.example.org\"\nnames { review = {\"Bank?\"} }\n", "xicad.conf:2: review = \"Bank?\": must be");
}

static void an_unknown_option_is_an_error_with_file_and_line(void **state)
{
	(void)state;
	must_refuse("url = \"https://ca.example.org\"\n\nprot = 1\n", "xicad.conf:3: no such option 'prot'");
	must_refuse("url = \"https://ca.example.org\"\nlisten {\n  https = {\"[::]:443\"}\n  htp = {\"[::]:80\"}\n}\n",
		    "xicad.conf:4: no such option 'htp'");
	must_refuse("url = \"https://ca.example.org\"\nprofile \"a\" {\n\tvalid = 90d\n}\n", "xicad.conf:3: no such option 'valid'");
	must_refuse("url = \"https://ca.example.org\"\ninclude(\"/etc/passwd\")\n", "xicad.conf:2: no such option 'include'");
}

static void a_wrong_value_is_told_with_its_line_and_what_it_must_be(void **state)
{
	(void)state;
	must_refuse("url = \"http://ca.example.org\"\n", "xicad.conf:1: url = \"http://ca.example.org\": must be https://HOST");
	must_refuse("url = \"https://ca.example.org/\"\n", "xicad.conf:1: url = ");
	must_refuse("url = \"https://\"\n", "xicad.conf:1: url = ");
	must_refuse("url = \"https://ca.example.org:0\"\n", "xicad.conf:1: url = ");
	must_refuse("\n\ntrust = maybe\n", "xicad.conf:3: trust = \"maybe\": must be xmpp-only or web");
	must_refuse("state-dir = \"var\"\n", "xicad.conf:1: state-dir = \"var\": must be an absolute path");
	must_refuse("proof {\n\nhttp01-port = 65536\n}\n", "xicad.conf:3: http01-port = \"65536\": must be a port");
	must_refuse("proof {\nallowed-networks = {\"10.0.0.0/8\",\n\"10.0.0.1/8\"}\n}\n", "xicad.conf:3: allowed-networks = \"10.0.0.1/8\"");
	must_refuse("crl { lifetime = 7 }\n", "xicad.conf:1: lifetime = \"7\": must be a duration");
	must_refuse("crl { lifetime = 99999999999d }\n", "xicad.conf:1: lifetime = ");
	must_refuse("listen { https = {\"::1:443\"} }\n", "xicad.conf:1: https = \"::1:443\": must be an address with a port");
	must_refuse("listen { https = {\"localhost:443\"} }\n", "xicad.conf:1: https = ");
	must_refuse("users { front = \"-x\" }\n", "xicad.conf:1: front = ");
	must_refuse("names { lenient = 2 }\n", "xicad.conf:1: lenient = \"2\": must be true or false");
	must_refuse("website = \"https://ca.example.org/\x01\"\n", "xicad.conf:1: website = ");
}

static void what_is_not_closed_is_refused(void **state)
{
	(void)state;
	must_refuse("url = \"https://ca.example.org\"\nproof {\nhttp01-port = 80\n", "xicad.conf:4: the section's closing brace is missing");
	must_refuse("url = \"https://ca.example.org\"\nproof {", "xicad.conf:2: the section's closing brace is missing");
	must_refuse("url = \"https://ca.example.org\"\nproof {\nallowed-networks = {\"10.0.0.0/8\"", "xicad.conf:");
	must_refuse("url = \"https://ca.example.org\"\n/* never ends\n", "xicad.conf: ends in the middle");
	must_refuse("url = \"https://ca.example.org", "xicad.conf:");
}

static void what_contradicts_itself_is_refused(void **state)
{
	(void)state;
#define URL "url = \"https://ca.example.org\"\n"
	must_refuse("", "xicad.conf: url is missing");
	must_refuse(URL URL, "xicad.conf:2: url is given twice");
	must_refuse(URL "crl { }\ncrl {\n}\n", "xicad.conf:4: crl: is given twice");
	must_refuse(URL "tls { key = \"/k\" }\n", "xicad.conf:2: tls: certificate and key belong together");
	must_refuse(URL "proof {\ndns = \"127.0.0.1:53\"\nresolve-all = \"127.0.0.1\"\n}\n", "xicad.conf:5: proof: dns and resolve-all exclude");
	must_refuse(URL "limits { burst = 0 }\n", "xicad.conf:2: limits: requests-per-minute is at most 1000000, burst from 1");
	must_refuse(URL "orders { names-max = 0 }\n", "xicad.conf:2: orders: names-max must be");
	must_refuse(URL "crl { shards = 0 }\n", "xicad.conf:2: crl: shards must be");
	must_refuse(URL "ocsp { lifetime = 8d }\n", "xicad.conf:2: ocsp: lifetime must be");
	must_refuse(URL "profile \"a\" { server-auth = false }\n", "xicad.conf:2: a: server-auth must be true");
	must_refuse(URL "profile \"a\" { srv-only = true dns-names = true }\n", "xicad.conf:2: a: with srv-only there are srv-names alone");
	must_refuse(URL "profile \"a\" { validity = 90d validity-max = 30d }\n", "xicad.conf:2: a: validity must be from");
	must_refuse(URL "profile \"a\" { validity = 5m }\n", "xicad.conf:2: a: validity must be from 10 minutes");
	must_refuse(URL "profile \"A b\" { }\n", "xicad.conf:2: A b: a profile's name");
	must_refuse(URL "profile \"a\" { }\nprofile \"a\" { }\n", "xicad.conf:3: ");
}

static void a_development_configuration_is_read_by_the_same_reader(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	struct config config;
	const struct config_dev_options options = {.dir = "/tmp/a \"$HOME\" \\dir", .resolve_all = "127.0.0.1", .crash_at = "signer:after-sign",
		.external_account_required = true, .assume_valid = true};
	assert_int_equal(config_dev(&options, &text), 0);
	must_parse(buf_cstr(&text), &config);
	assert_string_equal(config.url, "https://localhost:14000");
	assert_string_equal(config.http_url, "http://localhost:14080");
	assert_string_equal(config.state_dir, "/tmp/a \"$HOME\" \\dir");
	assert_string_equal(config.resolve_all, "127.0.0.1");
	assert_string_equal(config.crash_at, "signer:after-sign");
	assert_string_equal(config.https_listen[0], "127.0.0.1:14000");
	assert_int_equal(config.http01_port, 5002);
	assert_int_equal(config.tlsalpn01_port, 5001);
	assert_int_equal(config.allowed_network_count, 2);
	assert_true(config.dev && config.lenient_names && config.own_certificate && config.external_account_required && config.assume_valid);
	assert_string_equal(config.own_names[0], "localhost");
	config_free(&config);
}

static void development_ports_can_be_chosen(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	struct config config;
	const struct config_dev_options options = {.dir = "/d", .https_port = 1, .http_port = 2, .http01_port = 3, .tlsalpn01_port = 4,
		.dns = "127.0.0.1:53", .verbose = true, .crash_at = "front:before-reply"};
	assert_int_equal(config_dev(&options, &text), 0);
	must_parse(buf_cstr(&text), &config);
	assert_string_equal(config.url, "https://localhost:1");
	assert_string_equal(config.http_listen[1], "[::1]:2");
	assert_int_equal(config.http01_port, 3);
	assert_int_equal(config.tlsalpn01_port, 4);
	assert_string_equal(config.dns, "127.0.0.1:53");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config.fronts, 1);
	assert_int_equal(config.requests_per_minute, 0);
	assert_false(config.assume_valid);
	config_free(&config);
}

static void chaos_is_read_as_it_was_asked_for_and_its_external_account_is_required(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT, calm = BUF_INIT;
	struct config config;
	const struct config_dev_options options = {.dir = "/d", .chaos_kinds = CHAOS_NONCE | CHAOS_EAB, .chaos_seed = INT64_MAX, .chaos_delay_ms = 50,
		.strict = true}, without = {.dir = "/d"};
	assert_int_equal(config_dev(&options, &text), 0);
	must_parse(buf_cstr(&text), &config);
	assert_int_equal(config.chaos_kinds, CHAOS_NONCE | CHAOS_EAB);
	assert_int_equal(config.chaos_seed, INT64_MAX);
	assert_int_equal(config.chaos_delay_ms, 50);
	assert_true(config.strict && config.external_account_required);
	config_free(&config);
	assert_int_equal(config_dev(&without, &calm), 0);
	must_parse(buf_cstr(&calm), &config);
	assert_int_equal(config.chaos_kinds, 0);
	assert_false(config.strict || config.external_account_required);
	config_free(&config);
	must_refuse(URL "chaos = all\n", "xicad.conf:2: ");
	must_refuse(URL "strict = true\n", "xicad.conf:2: ");
	must_refuse(URL "development {\nchaos = \"luck\"\n}\n", "xicad.conf:3: ");
	must_refuse(URL "development {\nchaos = all\nchaos-delay-ms = 10001\n}\n", "xicad.conf:5: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_with_nothing_but_its_url_is_a_whole_configuration),
		cmocka_unit_test(every_section_is_read),
		cmocka_unit_test(profiles_that_are_named_are_all_there_are_and_start_from_the_built_in_ones),
		cmocka_unit_test(letters_go_to_the_relay_that_is_named_and_without_one_nowhere),
		cmocka_unit_test(a_ca_to_play_with_puts_its_letters_into_a_folder_or_gives_them_to_the_relay_named),
		cmocka_unit_test(a_relay_that_would_hear_passwords_in_the_clear_or_half_a_mail_section_is_refused),
		cmocka_unit_test(an_unknown_option_is_an_error_with_file_and_line),
		cmocka_unit_test(a_wrong_value_is_told_with_its_line_and_what_it_must_be),
		cmocka_unit_test(what_is_not_closed_is_refused),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(a_development_configuration_is_read_by_the_same_reader),
		cmocka_unit_test(development_ports_can_be_chosen),
		cmocka_unit_test(chaos_is_read_as_it_was_asked_for_and_its_external_account_is_required),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
