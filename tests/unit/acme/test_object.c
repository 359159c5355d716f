#include "acme/object.h"
#include "acme/problem.h"
#include "acme/url.h"
#include "check.h"

static void an_order_shows_what_clients_read(void **state)
{
	const struct pki_identifier identifiers[] = {{PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false},
						     {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), true}};
	const char *const urls[] = {"https://ca/a/1", "https://ca/a/2"};
	const struct acme_order_view order = {.status = ACME_VALID, .expires = 1777863721, .identifiers = identifiers, .identifier_count = 2,
					      .authorization_urls = urls, .authorization_count = 2, .finalize_url = "https://ca/f",
					      .certificate_url = "https://ca/c", .profile = "xmpp-server"};
	cleanup_buf text = BUF_INIT;
	(void)state;
	assert_int_equal(acme_order_write(&order, &text), 0);
	assert_view(buf_view(&text),
		    "{\"status\":\"valid\",\"expires\":\"2026-05-04T03:02:01Z\",\"identifiers\":[{\"type\":\"dns\",\"value\":\"example.org\"},"
		    "{\"type\":\"dns\",\"value\":\"*.example.org\"}],\"authorizations\":[\"https://ca/a/1\",\"https://ca/a/2\"],"
		    "\"finalize\":\"https://ca/f\",\"certificate\":\"https://ca/c\",\"profile\":\"xmpp-server\"}");
}

static void a_wildcard_authorization_says_so_and_names_the_bare_domain(void **state)
{
	const struct pki_identifier identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), true};
	const struct acme_challenge_view challenge = {.type = "dns-01", .url = "https://ca/ch", .status = ACME_INVALID, .token = VIEW_LIT("t"),
						      .error = VIEW_LIT("{\"detail\":\"no\"}")};
	const struct acme_authz_view authz = {ACME_INVALID, 0, &identifier, &challenge, 1};
	cleanup_buf text = BUF_INIT;
	(void)state;
	assert_int_equal(acme_authz_write(&authz, &text), 0);
	assert_view(buf_view(&text),
		    "{\"identifier\":{\"type\":\"dns\",\"value\":\"example.org\"},\"status\":\"invalid\",\"challenges\":[{\"type\":\"dns-01\","
		    "\"url\":\"https://ca/ch\",\"status\":\"invalid\",\"token\":\"t\",\"error\":{\"detail\":\"no\"}}],\"wildcard\":true}");
}

static void a_service_is_shown_whole_by_order_and_authorization(void **state)
{
	const struct pki_identifier identifier = {PKI_IDENTIFIER_SRV, VIEW_LIT("example.org"), false};
	const struct acme_authz_view authz = {.status = ACME_PENDING, .identifier = &identifier};
	const struct acme_order_view order = {.status = ACME_PENDING, .identifiers = &identifier, .identifier_count = 1};
	const char *shown = "{\"type\":\"srv\",\"value\":\"_xmpp-server.example.org\"}";
	cleanup_buf text = BUF_INIT;
	(void)state;
	assert_int_equal(acme_authz_write(&authz, &text), 0);
	assert_non_null(strstr(buf_cstr(&text), shown));
	assert_null(strstr(buf_cstr(&text), "wildcard"));
	buf_free(&text);
	assert_int_equal(acme_order_write(&order, &text), 0);
	assert_non_null(strstr(buf_cstr(&text), shown));
}

static void a_problem_has_its_urn_its_status_and_its_subproblems(void **state)
{
	const struct acme_problem sub = {.type = ACME_REJECTED_IDENTIFIER, .detail = "no", .identifier_type = "dns", .identifier_value = "bad.example"};
	const struct acme_problem problem = {.type = ACME_COMPOUND, .detail = "several", .subproblems = &sub, .subproblem_count = 1};
	cleanup_buf text = BUF_INIT;
	(void)state;
	assert_int_equal(acme_problem_write(&problem, &text), 0);
	assert_view(buf_view(&text),
		    "{\"type\":\"urn:ietf:params:acme:error:compound\",\"detail\":\"several\",\"status\":400,\"subproblems\":[{\"type\":"
		    "\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"no\",\"status\":400,\"identifier\":{\"type\":\"dns\","
		    "\"value\":\"bad.example\"}}]}");
}

static void every_problem_type_has_a_name_that_leads_back(void **state)
{
	(void)state;
	for (int type = ACME_PROBLEM_NONE + 1; type < ACME_PROBLEM_COUNT; type++) {
		const struct acme_problem problem = {.type = (enum acme_problem_type)type};
		assert_non_null(acme_problem_name(problem.type));
		assert_int_equal(acme_problem_from_name(view_str(acme_problem_name(problem.type))), type);
		assert_in_range(acme_problem_status(&problem), 400, 500);
	}
	assert_int_equal(acme_problem_from_name(VIEW_LIT("none such")), ACME_SERVER_INTERNAL);
}

static void urls_lead_back_to_ids_and_nothing_else_does(void **state)
{
	static const char *const BAD[] = {"", "0", "01", "-1", "+1", "1 ", "1a", "9999999999999999999", "%31"};
	cleanup_arena arena = ARENA_INIT;
	int64_t id = 42;
	(void)state;
	assert_int_equal(acme_url_parse_account(view_str(acme_url_account(&arena, "https://ca", 7)), "https://ca", &id), 0);
	assert_int_equal(id, 7);
	assert_int_equal(acme_url_parse_account(VIEW_LIT("https://ca.evil/acme/account/7"), "https://ca", &id), XICA_EPARSE);
	assert_int_equal(acme_url_parse_account(VIEW_LIT("https://ca/acme/account/7/"), "https://ca", &id), XICA_EPARSE);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(acme_url_parse_id(view_str(BAD[i]), &id), XICA_EPARSE);
	assert_string_equal(acme_url_certificate(&arena, "https://ca", view_bytes("\x10\xff", 2), 0), "https://ca/acme/certificate/10ff");
	assert_string_equal(acme_url_certificate(&arena, "https://ca", view_bytes("\x10\xff", 2), 3), "https://ca/acme/certificate/10ff/3");
}

static void a_code_by_mail_shows_where_letters_go_and_the_one_that_counts(void **state)
{
	static const char *const ADDRESSES[] = {"hostmaster@a.example", "postmaster@a.example"};
	struct acme_challenge_view challenge = {.type = "email-01", .url = "https://ca/ch", .status = ACME_PENDING, .token = VIEW_LIT("t"),
						.addresses = ADDRESSES, .address_count = 2};
	cleanup_buf text = BUF_INIT, sent = BUF_INIT;
	(void)state;
	assert_int_equal(acme_challenge_write(&challenge, &text), 0);
	assert_view(buf_view(&text), "{\"type\":\"email-01\",\"url\":\"https://ca/ch\",\"status\":\"pending\",\"token\":\"t\","
				     "\"addresses\":[\"hostmaster@a.example\",\"postmaster@a.example\"]}");
	challenge.sent_to = ADDRESSES[1];
	challenge.sent_expires = 4102444800;
	challenge.tries_left = 3;
	assert_int_equal(acme_challenge_write(&challenge, &sent), 0);
	assert_non_null(strstr(buf_cstr(&sent), "\"sent\":{\"address\":\"postmaster@a.example\",\"expires\":\"2100-01-01T00:00:00Z\"},\"triesLeft\":3}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_shows_what_clients_read),
		cmocka_unit_test(a_wildcard_authorization_says_so_and_names_the_bare_domain),
		cmocka_unit_test(a_service_is_shown_whole_by_order_and_authorization),
		cmocka_unit_test(a_problem_has_its_urn_its_status_and_its_subproblems),
		cmocka_unit_test(every_problem_type_has_a_name_that_leads_back),
		cmocka_unit_test(urls_lead_back_to_ids_and_nothing_else_does),
		cmocka_unit_test(a_code_by_mail_shows_where_letters_go_and_the_one_that_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
