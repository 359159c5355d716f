// Certificates that rest on an operator's word: those that the operator asks for, and orders for names of high risk, which wait for a person.
#include "base/base64url.h"
#include "registrar_rig.h"
#include "role/registrar/registrar.h"
#include "validate/receipt.h"

static struct rig rig;

static int set_up(void **state)
{
	(void)state;
	rig_start_reviewing(&rig, "*bank*", "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

// --- a certificate by an operator's word

static const char *issue_question(void)
{
	static const uint8_t KEY[RECEIPT_KEY_LEN] = {1};
	const struct receipt receipt = {.kind = RECEIPT_CONTROL, .method = RECEIPT_OPERATOR, .identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false},
		.perspectives = 1, .seen = clock_now(), .expires = clock_now() + XICA_HOUR};
	cleanup_buf sealed = BUF_INIT, text = BUF_INIT;
	assert_int_equal(receipt_write(&receipt, view_bytes(KEY, sizeof(KEY)), &sealed), 0);
	base64url_encode(&text, buf_view(&sealed));
	return arena_printf(&rig.arena, "{\"command\":\"cert-issue\",\"profile\":\"xmpp-server\",\"csr\":\"MAA\",\"jws\":\"{}\",\"jwk\":\"{}\",\"receipts\":[\"%s\"]}",
			    buf_cstr(&text));
}

static void who_waits_for_a_certificate_when_the_registrar_stops_is_told_what_to_do(void **state)
{
	(void)state;
	int fd = rig_command_send(&rig, issue_question());
	(void)rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_end(&rig);
	const char *answer = rig_command_answer(&rig, fd);
	if (!strstr(answer, "\"error\":\"xicad stops") || !strstr(answer, "xica cert list"))
		fail_msg("%s", answer);
	rig_launch(&rig);
}

static void a_signer_that_comes_back_is_asked_again_for_the_operators_certificate(void **state)
{
	(void)state;
	int fd = rig_command_send(&rig, issue_question());
	(void)rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	struct ipc_message again = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_refused(&rig, &again, "badCSR", "no request");
	assert_non_null(strstr(rig_command_answer(&rig, fd), "\"error\":"));
}

// --- orders that wait

// An order for a name that is to be looked at, finalized.
static struct order waiting_order(const char *name)
{
	struct order order = rig_ready_order(&rig, name, 0);
	struct answer answer = rig_answer(&rig, rig_finalize(&rig, &order));
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "processing");
	assert_true(answer.retry_after >= 30);
	return order;
}

static void an_order_for_a_name_of_high_risk_is_issued_only_when_approved(void **state)
{
	(void)state;
	struct order order = waiting_order("www.mybank.example");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_non_null(strstr(rig_act(&rig, "{\"command\":\"order-waiting\"}"), "www.mybank.example"));
	assert_non_null(strstr(rig_act(&rig, "{\"command\":\"health\"}"), "\"orders\":1"));
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id));
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	assert_non_null(strstr(rig_take_note(&rig), "order-approve"));
	struct prepared prepared = rig_prepared(&rig, &prepare);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	assert_certified(&rig, &order, &prepared);
	assert_null(strstr(rig_act(&rig, "{\"command\":\"order-waiting\"}"), "mybank"));
	rig_act_refused(&rig, arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id), "does not wait");
}

static void an_order_of_a_suspended_account_is_not_approved(void **state)
{
	(void)state;
	struct order order = waiting_order("bank.example");
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"account-suspend\",\"account\":%lld}", (long long)rig.account));
	(void)rig_take_note(&rig);
	rig_act_refused(&rig, arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id), "suspended or closed");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"order-refuse\",\"order\":%s}", order.id));
}

static void a_refused_order_is_over_and_says_why(void **state)
{
	(void)state;
	struct order order = waiting_order("bank.example");
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"order-refuse\",\"order\":%s,\"reason\":\"not yours\"}", order.id));
	(void)rig_take_note(&rig);
	struct answer answer = rig_call(&rig, ACME_ORDER, order.id, NULL);
	assert_string_equal(answer.state, "invalid");
	assert_non_null(strstr(answer.body, "rejectedIdentifier"));
	assert_non_null(strstr(answer.body, "not yours"));
	rig_act_refused(&rig, arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id), "does not wait");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void neither_a_start_nor_a_signer_that_comes_back_issues_what_waits(void **state)
{
	(void)state;
	struct order order = waiting_order("bank.example");
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	rig_kill(&rig);
	rig_launch(&rig);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_state(&rig, ACME_ORDER, order.id, "processing");
	assert_non_null(strstr(rig_act(&rig, "{\"command\":\"order-waiting\"}"), "bank.example"));
}

static void other_names_do_not_wait(void **state)
{
	(void)state;
	struct order order = rig_ready_order(&rig, "ban.example", 0);
	(void)rig_finalize(&rig, &order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &prepare);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	(void)rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
	assert_certified(&rig, &order, &prepared);
}

static void a_pattern_means_names_by_its_stars_and_wildcards_that_cover_one(void **state)
{
	static const struct {
		const char *pattern, *value;
		bool wildcard, wanted;
	} CASES[] = {
		{"bank.example", "bank.example", false, true},      {"bank.example", "www.bank.example", false, false},
		{"*.bank.example", "www.bank.example", false, true}, {"*.bank.example", "bank.example", false, false},
		{"*.bank.example", "bank.example", true, true},      {"www.bank.example", "bank.example", true, true},
		{"www.bank.example", "bank.example", false, false},  {"*bank*", "mybanker.example", false, true},
		{"*bank*", "ban.example", false, false},             {"*", "anything.example", false, true},
		{"a*b*c", "axxbxxbc", false, true},                  {"a*b*c", "axxbxxbd", false, false},
		{"a*b", "ab", false, true},                          {"bank", "bank.example", false, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const char *patterns[] = {CASES[i].pattern};
		const struct config config = {.review_names = patterns, .review_name_count = 1};
		const struct pki_identifier identifier = {PKI_IDENTIFIER_DNS, view_str(CASES[i].value), CASES[i].wildcard};
		if (registrar_review_wants(&config, &identifier) != CASES[i].wanted)
			fail_msg("%s and %s", CASES[i].pattern, CASES[i].value);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(who_waits_for_a_certificate_when_the_registrar_stops_is_told_what_to_do),
		T(a_signer_that_comes_back_is_asked_again_for_the_operators_certificate),
		T(an_order_for_a_name_of_high_risk_is_issued_only_when_approved),
		T(an_order_of_a_suspended_account_is_not_approved),
		T(a_refused_order_is_over_and_says_why),
		T(neither_a_start_nor_a_signer_that_comes_back_issues_what_waits),
		T(other_names_do_not_wait),
		cmocka_unit_test(a_pattern_means_names_by_its_stars_and_wildcards_that_cover_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
