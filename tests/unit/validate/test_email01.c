// email-01 as the table of challenges runs it.
#include "validate/email01.h"

#include <stdio.h>

#include "check.h"
#include "validate/codes.h"

static xica_time time_now = 1800000000;

static xica_time now(void)
{
	return time_now;
}

struct setting {
	struct challenge_tools tools;
	struct challenge_request request;
	unsigned answers;
	struct challenge_outcome outcome;
	char detail[256];
};

static struct setting setting;

static int set_up(void **state)
{
	(void)state;
	setting = (struct setting){.request = {.identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("one.example"), false}, .token = VIEW_LIT("dG9rZW4")}};
	setting.tools = (struct challenge_tools){.base = event_base_new(), .now = now};
	memset(setting.request.thumbprint, 7, sizeof(setting.request.thumbprint));
	return codes_new(16, &setting.tools.codes);
}

static int tear_down(void **state)
{
	(void)state;
	codes_free(setting.tools.codes);
	event_base_free(setting.tools.base);
	return 0;
}

static void on_done(const struct challenge_outcome *outcome, void *context)
{
	(void)context;
	setting.answers++;
	setting.outcome = *outcome;
	(void)snprintf(setting.detail, sizeof(setting.detail), "%s", outcome->detail);
}

static struct code send_code(void)
{
	struct code_subject subject;
	struct code code;
	assert_int_equal(code_subject_of(&setting.request.identifier, setting.request.token, setting.request.thumbprint, &subject), 0);
	assert_int_equal(codes_make(setting.tools.codes, &subject, time_now, &code), 0);
	return code;
}

static enum acme_problem_type answer(const struct challenge_request *request, const char *code)
{
	struct challenge_run *run;
	struct challenge_request typed = *request;
	unsigned before = setting.answers;
	typed.code = view_str(code);
	assert_int_equal(challenge_email01.start(&setting.tools, &typed, on_done, NULL, &run), 0);
	assert_int_equal(setting.answers, before); // never from within start
	assert_int_equal(event_base_loop(setting.tools.base, EVLOOP_NONBLOCK), 1);
	assert_int_equal(setting.answers, before + 1);
	return setting.outcome.problem;
}

static const char *wrong_for(const struct code *code)
{
	return code->text[0] == '0' ? "1111-1111" : "0000-0000";
}

static void the_code_that_was_sent_proves(void **state)
{
	struct code code = send_code();
	(void)state;
	assert_int_equal(answer(&setting.request, code.text), ACME_PROBLEM_NONE);
	assert_int_equal(answer(&setting.request, code.text), ACME_PROBLEM_NONE); // whose answer got lost asks again
}

static void a_wrong_code_says_how_many_tries_are_left_and_the_fifth_is_the_end(void **state)
{
	struct code code = send_code();
	(void)state;
	for (unsigned left = 4; left; left--) {
		assert_int_equal(answer(&setting.request, wrong_for(&code)), ACME_INCORRECT_RESPONSE);
		assert_true(setting.outcome.again);
		assert_int_equal(setting.outcome.tries_left, left);
	}
	assert_non_null(strstr(setting.detail, "1 more try"));
	assert_int_equal(answer(&setting.request, wrong_for(&code)), ACME_INCORRECT_RESPONSE);
	assert_false(setting.outcome.again);
	assert_int_not_equal(answer(&setting.request, code.text), ACME_PROBLEM_NONE);
}

static void without_a_living_code_another_letter_is_needed(void **state)
{
	struct code code = send_code();
	(void)state;
	time_now += CODE_LIFETIME;
	assert_int_equal(answer(&setting.request, code.text), ACME_UNAUTHORIZED);
	assert_true(setting.outcome.again);
	assert_int_equal(setting.outcome.tries_left, 0);
	assert_non_null(strstr(setting.detail, "new letter"));
}

static void a_code_proves_nothing_for_another_account_name_or_token(void **state)
{
	struct code code = send_code();
	struct challenge_request other = setting.request;
	(void)state;
	other.thumbprint[31] ^= 1;
	assert_int_equal(answer(&other, code.text), ACME_UNAUTHORIZED);
	other = setting.request;
	other.identifier.value = VIEW_LIT("two.example");
	assert_int_equal(answer(&other, code.text), ACME_UNAUTHORIZED);
	other = setting.request;
	other.token = VIEW_LIT("dG9rZWS");
	assert_int_equal(answer(&other, code.text), ACME_UNAUTHORIZED);
	assert_int_equal(answer(&setting.request, code.text), ACME_PROBLEM_NONE);
}

static void a_run_that_is_cancelled_costs_nothing_and_tells_nothing(void **state)
{
	struct code code = send_code();
	struct challenge_request wrong = setting.request;
	struct challenge_run *run;
	(void)state;
	wrong.code = view_str(wrong_for(&code));
	for (int i = 0; i < 9; i++) {
		assert_int_equal(challenge_email01.start(&setting.tools, &wrong, on_done, NULL, &run), 0);
		challenge_email01.cancel(run);
	}
	(void)event_base_loop(setting.tools.base, EVLOOP_NONBLOCK);
	assert_int_equal(setting.answers, 0);
	assert_int_equal(answer(&setting.request, code.text), ACME_PROBLEM_NONE);
}

static void letters_go_to_three_mailboxes_of_the_domain_and_nowhere_else(void **state)
{
	static const struct pki_identifier NAME = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"one.im", 6}, false},
					   WILDCARD = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"one.im", 6}, true},
					   SERVICE = {PKI_IDENTIFIER_SRV, {(const uint8_t *)"one.im", 6}, false},
					   UPPER = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"ONE.im", 6}, false},
					   BROKEN = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"a\r\nb.im", 7}, false},
					   LOCAL = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"localhost", 9}, false};
	static const char *const GOOD[] = {"hostmaster@one.im", "postmaster@one.im", "webmaster@one.im"};
	static const char *const BAD[] = {"admin@one.im", "hostmaster@two.im", "hostmaster@one.im\r\nBcc: x@two.im", "HOSTMASTER@one.im", "hostmaster@one.im ",
		"hostmaster@www.one.im", "", "hostmaster@one.im,x@two.im"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		cleanup_arena arena = ARENA_INIT;
		assert_string_equal(email01_address(&NAME, i, &arena), GOOD[i]);
		assert_true(email01_may_write(&NAME, view_str(GOOD[i]), false));
		assert_false(email01_may_write(&WILDCARD, view_str(GOOD[i]), false));
		assert_false(email01_may_write(&SERVICE, view_str(GOOD[i]), false));
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(email01_may_write(&NAME, view_str(BAD[i]), false));
	assert_false(email01_may_write(&UPPER, VIEW_LIT("hostmaster@ONE.im"), false));
	assert_false(email01_may_write(&BROKEN, VIEW_LIT("hostmaster@a\r\nb.im"), true));
	assert_false(email01_may_write(&LOCAL, VIEW_LIT("hostmaster@localhost"), false));
	assert_true(email01_may_write(&LOCAL, VIEW_LIT("hostmaster@localhost"), true));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(the_code_that_was_sent_proves),
		T(a_wrong_code_says_how_many_tries_are_left_and_the_fifth_is_the_end),
		T(without_a_living_code_another_letter_is_needed),
		T(a_code_proves_nothing_for_another_account_name_or_token),
		T(a_run_that_is_cancelled_costs_nothing_and_tells_nothing),
		cmocka_unit_test(letters_go_to_three_mailboxes_of_the_domain_and_nowhere_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
