#include "acme/payload.h"
#include "check.h"

static const struct acme_name_policy STRICT = {false, 3};

static void refused(struct view payload, enum acme_problem_type type)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_new_order order;
	struct acme_problem problem = {0};
	assert_int_equal(acme_parse_new_order(payload, &STRICT, &arena, &order, &problem), XICA_EPARSE);
	assert_int_equal(problem.type, type);
	assert_non_null(problem.detail);
}

static void an_order_names_each_identifier_once_in_one_order(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_new_order order;
	struct acme_problem problem;
	(void)state;
	assert_int_equal(acme_parse_new_order(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"Example.org\"},"
						       "{\"value\":\"*.example.org\",\"type\":\"dns\"},{\"type\":\"dns\",\"value\":\"example.org\"}],"
						       "\"profile\":\"shortlived\",\"notAfter\":\"2026-05-04T03:02:01Z\",\"unknown\":1}"),
					      &STRICT, &arena, &order, &problem), 0);
	assert_int_equal(order.count, 2);
	assert_view(order.identifiers[0].value, "example.org");
	assert_view(order.identifiers[1].value, "example.org");
	assert_true(order.identifiers[0].wildcard != order.identifiers[1].wildcard);
	assert_string_equal(order.profile, "shortlived");
	assert_int_equal(order.not_after, 1777863721);
	assert_int_equal(order.not_before, 0);
}

static void what_is_no_order_is_refused_by_type(void **state)
{
	(void)state;
	refused(VIEW_LIT(""), ACME_MALFORMED);
	refused(VIEW_LIT("[]"), ACME_MALFORMED);
	refused(VIEW_LIT("{}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[]}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[7]}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\"}]}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.example.org\"}],\"identifiers\":[]}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"ip\",\"value\":\"192.0.2.1\"}]}"), ACME_UNSUPPORTED_IDENTIFIER);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"localhost\"}]}"), ACME_REJECTED_IDENTIFIER);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.example.org\"}],\"notBefore\":\"soon\"}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.example.org\"}],\"profile\":1}"), ACME_MALFORMED);
	refused(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.example.org\"},{\"type\":\"dns\",\"value\":\"b.example.org\"},"
			 "{\"type\":\"dns\",\"value\":\"c.example.org\"},{\"type\":\"dns\",\"value\":\"d.example.org\"}]}"), ACME_REJECTED_IDENTIFIER);
}

static void every_bad_identifier_is_named(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_new_order order;
	struct acme_problem problem = {0};
	(void)state;
	assert_int_equal(acme_parse_new_order(VIEW_LIT("{\"identifiers\":[{\"type\":\"dns\",\"value\":\"good.example.org\"},"
						       "{\"type\":\"dns\",\"value\":\"-bad.example.org\"},{\"type\":\"dns\",\"value\":\"192.0.2.1\"}]}"),
					      &STRICT, &arena, &order, &problem), XICA_EPARSE);
	assert_int_equal(problem.type, ACME_REJECTED_IDENTIFIER);
	assert_int_equal(problem.subproblem_count, 2);
	assert_string_equal(problem.subproblems[0].identifier_value, "-bad.example.org");
	assert_string_equal(problem.subproblems[1].identifier_value, "192.0.2.1");
}

static void a_srv_identifier_stands_beside_a_dns_one(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_new_order order;
	struct acme_problem problem = {0};
	(void)state;
	assert_int_equal(acme_parse_new_order(VIEW_LIT("{\"identifiers\":[{\"type\":\"srv\",\"value\":\"_XMPP-Server.Example.org\"},"
						       "{\"type\":\"dns\",\"value\":\"example.org\"},{\"type\":\"srv\",\"value\":\"_xmpp-server.example.org\"}]}"),
					      &STRICT, &arena, &order, &problem), 0);
	assert_int_equal(order.count, 2);
	assert_int_equal(order.identifiers[0].type, PKI_IDENTIFIER_DNS);
	assert_int_equal(order.identifiers[1].type, PKI_IDENTIFIER_SRV);
	for (size_t i = 0; i < order.count; i++) {
		assert_view(order.identifiers[i].value, "example.org");
		assert_false(order.identifiers[i].wildcard);
	}
}

static void a_refused_identifier_is_named_in_the_words_of_the_request(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_new_order order;
	struct acme_problem problem = {0};
	(void)state;
	assert_int_equal(acme_parse_new_order(VIEW_LIT("{\"identifiers\":[{\"type\":\"srv\",\"value\":\"_xmpp-client.example.org\"},"
						       "{\"type\":\"ip\",\"value\":\"192.0.2.1\"},{\"type\":\"srv\",\"value\":\"*.example.org\"}]}"),
					      &STRICT, &arena, &order, &problem), XICA_EPARSE);
	assert_int_equal(problem.subproblem_count, 3);
	assert_string_equal(problem.subproblems[0].identifier_type, "srv");
	assert_string_equal(problem.subproblems[0].identifier_value, "_xmpp-client.example.org");
	assert_int_equal(problem.subproblems[0].type, ACME_REJECTED_IDENTIFIER);
	assert_string_equal(problem.subproblems[1].identifier_type, "ip");
	assert_int_equal(problem.subproblems[1].type, ACME_UNSUPPORTED_IDENTIFIER);
	assert_string_equal(problem.subproblems[2].identifier_value, "*.example.org");
}

static void a_service_can_be_authorized_ahead(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_problem problem = {0};
	struct acme_new_authz authz;
	(void)state;
	assert_int_equal(acme_parse_new_authz(VIEW_LIT("{\"identifier\":{\"type\":\"srv\",\"value\":\"_xmpp-server.example.org\"}}"), &STRICT, &arena,
					      &authz, &problem), 0);
	assert_int_equal(authz.identifier.type, PKI_IDENTIFIER_SRV);
	assert_view(authz.identifier.value, "example.org");
	assert_false(authz.subdomains);
}

static int ahead(const char *more, bool *ret_subdomains)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_problem problem = {0};
	struct acme_new_authz authz = {0};
	const char *text = arena_printf(&arena, "{\"identifier\":{\"type\":\"dns\",\"value\":\"example.org\"%s}}", more);
	int error = acme_parse_new_authz(view_str(text), &STRICT, &arena, &authz, &problem);
	*ret_subdomains = authz.subdomains;
	return error;
}

static void the_names_below_are_authorized_where_that_is_asked(void **state)
{
	bool subdomains;
	(void)state;
	assert_int_equal(ahead("", &subdomains), 0);
	assert_false(subdomains);
	assert_int_equal(ahead(",\"subdomainAuthAllowed\":true", &subdomains), 0);
	assert_true(subdomains);
	assert_int_equal(ahead(",\"subdomainAuthAllowed\":false", &subdomains), 0);
	assert_false(subdomains);
	assert_int_equal(ahead(",\"subdomainAuthAllowed\":\"true\"", &subdomains), XICA_EPARSE);
	assert_int_equal(ahead(",\"subdomainAuthAllowed\":1", &subdomains), XICA_EPARSE);
}

// What an order says about the ancestor of a.b.example.org; NULL: the order is refused.
static const char *ancestor(struct arena *arena, const char *value)
{
	struct acme_problem problem = {0};
	struct acme_new_order order;
	const struct pki_identifier name = {PKI_IDENTIFIER_DNS, VIEW_LIT("a.b.example.org"), false};
	const char *text = arena_printf(arena, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"z.example.org\"},"
					       "{\"type\":\"dns\",\"value\":\"A.b.example.org\",\"ancestorDomain\":%s}]}", value);
	if (acme_parse_new_order(view_str(text), &STRICT, arena, &order, &problem)) {
		assert_int_equal(problem.type, ACME_MALFORMED);
		return NULL;
	}
	assert_int_equal(order.count, 2);
	assert_int_equal(acme_new_order_ancestor(&order, &(struct pki_identifier){PKI_IDENTIFIER_DNS, VIEW_LIT("z.example.org"), false}).len, 0);
	return arena_strdup(arena, acme_new_order_ancestor(&order, &name));
}

static void an_ancestor_is_a_domain_above_its_identifier(void **state)
{
	static const char *const BAD[] = {"\"a.b.example.org\"", "\"c.example.org\"", "\"ample.org\"", "\"badexample.org\"", "\"x.a.b.example.org\"", "\"\"",
		"\"*.example.org\"", "\"b.example.org.\"", "true", "null", "[\"example.org\"]", "\".example.org\""};
	cleanup_arena arena = ARENA_INIT;
	(void)state;
	assert_string_equal(ancestor(&arena, "\"b.example.org\""), "b.example.org");
	assert_string_equal(ancestor(&arena, "\"Example.ORG\""), "example.org");
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (ancestor(&arena, BAD[i]))
			fail_msg("%s is taken for an ancestor of a.b.example.org", BAD[i]);
}

static void contacts_are_mail_addresses(void **state)
{
	static const struct {
		const char *contact;
		enum acme_problem_type type;
	} CASES[] = {
		{"\"mailto:admin@example.org\"", ACME_PROBLEM_NONE},
		{"\"tel:+123\"", ACME_UNSUPPORTED_CONTACT},
		{"\"mailto:\"", ACME_INVALID_CONTACT},
		{"\"mailto:admin\"", ACME_INVALID_CONTACT},
		{"\"mailto:a@example.org,b@example.org\"", ACME_INVALID_CONTACT},
		{"\"mailto:a@example.org?subject=x\"", ACME_INVALID_CONTACT},
		{"\"mailto:a@example.org\\nBcc: b@example.org\"", ACME_INVALID_CONTACT},
		{"7", ACME_MALFORMED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct acme_new_account account;
		struct acme_problem problem = {0};
		const char *text = arena_printf(&arena, "{\"contact\":[%s],\"termsOfServiceAgreed\":true}", CASES[i].contact);
		int error = acme_parse_new_account(view_str(text), &arena, &account, &problem);
		assert_int_equal(error, CASES[i].type ? XICA_EPARSE : 0);
		assert_int_equal(problem.type, CASES[i].type);
		if (!error) {
			assert_true(account.terms_agreed && account.contacts.given);
			assert_string_equal(account.contacts.json, "[\"mailto:admin@example.org\"]");
		}
	}
}

static void the_only_status_to_ask_for_is_deactivated(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_account_update update;
	struct acme_problem problem;
	bool deactivate = true;
	(void)state;
	assert_int_equal(acme_parse_account_update(VIEW_LIT("{\"status\":\"deactivated\"}"), &arena, &update, &problem), 0);
	assert_true(update.deactivate);
	assert_int_equal(acme_parse_account_update(VIEW_LIT("{\"status\":\"valid\"}"), &arena, &update, &problem), XICA_EPARSE);
	assert_int_equal(acme_parse_authz_update(VIEW_LIT("{}"), &deactivate, &problem), 0);
	assert_false(deactivate);
	assert_int_equal(acme_parse_authz_update(VIEW_LIT("{\"status\":7}"), &deactivate, &problem), XICA_EPARSE);
}

static void only_reasons_that_a_subscriber_may_give_are_taken(void **state)
{
	(void)state;
	for (int reason = -1; reason <= 11; reason++) {
		cleanup_arena arena = ARENA_INIT;
		struct acme_revocation revocation;
		struct acme_problem problem = {0};
		const char *text = arena_printf(&arena, "{\"certificate\":\"AAAA\",\"reason\":%d}", reason);
		bool fine = reason == 0 || reason == 1 || reason == 3 || reason == 4 || reason == 5;
		assert_int_equal(acme_parse_revocation(view_str(text), &arena, &revocation, &problem), fine ? 0 : XICA_EPARSE);
		if (!fine)
			assert_int_equal(problem.type, ACME_BAD_REVOCATION_REASON);
	}
}

static void a_csr_that_is_no_base64url_is_a_bad_csr(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_problem problem = {0};
	struct view csr;
	(void)state;
	assert_int_equal(acme_parse_finalize(VIEW_LIT("{\"csr\":\"AQI\"}"), &arena, &csr, &problem), 0);
	assert_int_equal(csr.len, 2);
	assert_int_equal(acme_parse_finalize(VIEW_LIT("{\"csr\":\"AQI=\"}"), &arena, &csr, &problem), XICA_EPARSE);
	assert_int_equal(problem.type, ACME_BAD_CSR);
	assert_int_equal(acme_parse_finalize(VIEW_LIT("{}"), &arena, &csr, &problem), XICA_EPARSE);
}

static void a_wildcard_is_not_authorized_ahead(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_problem problem = {0};
	struct acme_new_authz authz;
	(void)state;
	assert_int_equal(acme_parse_new_authz(VIEW_LIT("{\"identifier\":{\"type\":\"dns\",\"value\":\"x.example.org\"}}"), &STRICT, &arena,
					      &authz, &problem), 0);
	assert_int_equal(acme_parse_new_authz(VIEW_LIT("{\"identifier\":{\"type\":\"dns\",\"value\":\"*.example.org\"}}"), &STRICT, &arena,
					      &authz, &problem), XICA_EPARSE);
}

static void a_code_by_mail_is_asked_for_or_brought_and_never_both(void **state)
{
	static const char *const BAD[] = {"{}", "[]", "{\"address\":\"a@b.example\",\"code\":\"ABCD-EFGH\"}", "{\"code\":\"\"}", "{\"code\":7}", "{\"code\":null}",
		"{\"address\":[\"a@b.example\"]}", "{\"address\":\"\"}", "{\"language\":\"en\"}", "{\"code\":\"ABCD-EFGH\",\"code\":\"ABCD-EFGH\"}",
		"{\"address\":\"a@b.example\",\"language\":\"EN\"}", "{\"address\":\"a@b.example\",\"language\":\"e\"}",
		"{\"address\":\"a@b.example\",\"language\":\"eng\"}", "{\"address\":\"a@b.example\",\"language\":\"..\"}"};
	cleanup_arena arena = ARENA_INIT;
	struct acme_email_answer answer;
	struct acme_problem problem = {0};
	(void)state;
	assert_int_equal(acme_parse_email_answer(VIEW_LIT("{\"address\":\"a@b.example\",\"language\":\"de\",\"more\":1}"), &arena, &answer, &problem), 0);
	assert_view(answer.address, "a@b.example");
	assert_string_equal(answer.language, "de");
	assert_int_equal(answer.code.len, 0);
	assert_int_equal(acme_parse_email_answer(VIEW_LIT("{\"code\":\" abcd efgh \"}"), &arena, &answer, &problem), 0);
	assert_view(answer.code, " abcd efgh ");
	assert_null(answer.language);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		assert_int_equal(acme_parse_email_answer(view_str(BAD[i]), &arena, &answer, &problem), XICA_EPARSE);
		assert_int_equal(problem.type, ACME_MALFORMED);
	}
	const char *longest = arena_printf(&arena, "{\"code\":\"%0*d\"}", ACME_CODE_LEN_MAX, 7), *longer = arena_printf(&arena, "{\"code\":\"%0*d\"}", ACME_CODE_LEN_MAX + 1, 7);
	assert_int_equal(acme_parse_email_answer(view_str(longest), &arena, &answer, &problem), 0);
	assert_int_equal(acme_parse_email_answer(view_str(longer), &arena, &answer, &problem), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_names_each_identifier_once_in_one_order),
		cmocka_unit_test(what_is_no_order_is_refused_by_type),
		cmocka_unit_test(every_bad_identifier_is_named),
		cmocka_unit_test(a_srv_identifier_stands_beside_a_dns_one),
		cmocka_unit_test(a_refused_identifier_is_named_in_the_words_of_the_request),
		cmocka_unit_test(a_service_can_be_authorized_ahead),
		cmocka_unit_test(the_names_below_are_authorized_where_that_is_asked),
		cmocka_unit_test(an_ancestor_is_a_domain_above_its_identifier),
		cmocka_unit_test(contacts_are_mail_addresses),
		cmocka_unit_test(the_only_status_to_ask_for_is_deactivated),
		cmocka_unit_test(only_reasons_that_a_subscriber_may_give_are_taken),
		cmocka_unit_test(a_csr_that_is_no_base64url_is_a_bad_csr),
		cmocka_unit_test(a_wildcard_is_not_authorized_ahead),
		cmocka_unit_test(a_code_by_mail_is_asked_for_or_brought_and_never_both),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
