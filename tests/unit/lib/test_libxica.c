// The library as its users see it: through xica.h and the shared object alone.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <xica.h>

#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

enum { IN_2030 = 1893456000, IN_2050 = 2524608000, IN_2020 = 1577836800 };

static char *vector(const char *name)
{
	static char texts[4][16384];
	static unsigned next;
	char path[512], *text = texts[next++ % 4];
	(void)snprintf(path, sizeof(path), "%s/peer/%s.pem", TEST_VECTORS, name);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t len = fread(text, 1, sizeof(texts[0]) - 1, file);
	(void)fclose(file);
	text[len] = '\0';
	return text;
}

static struct xica_question question_for(const char *chain)
{
	struct xica_question question = XICA_QUESTION_INIT;
	question.domain = "example.org";
	question.chain_pem = chain;
	question.roots_pem = vector("root");
	question.time = IN_2030;
	return question;
}

static void assert_fault(const struct xica_question *question, enum xica_fault fault, const char *word)
{
	struct xica_verdict *verdict = NULL;
	assert_int_equal(xica_verify(question, &verdict), XICA_DONE);
	assert_int_equal(verdict->accepted, 0);
	assert_int_equal(verdict->reason_count, 1);
	assert_int_equal(verdict->reasons[0].fault, fault);
	assert_string_equal(verdict->reasons[0].word, word);
	assert_true(strlen(verdict->reasons[0].text) > 10);
	xica_verdict_free(verdict);
}

static void test_a_good_chain_is_accepted_for_both_roles_and_says_by_which_name(void **state)
{
	(void)state;
	for (enum xica_role role = XICA_ROLE_C2S; role <= XICA_ROLE_S2S; role++) {
		struct xica_question question = question_for(vector("chain"));
		struct xica_verdict *verdict = NULL;
		question.role = role;
		question.domain = "Example.ORG.";
		question.crls_pem = vector("crls");
		assert_int_equal(xica_verify(&question, &verdict), XICA_DONE);
		assert_int_equal(verdict->accepted, 1);
		assert_int_equal(verdict->reason_count, 0);
		assert_string_equal(verdict->domain, "example.org");
		assert_string_equal(verdict->name_kind, "dNSName");
		assert_string_equal(verdict->name, "example.org");
		xica_verdict_free(verdict);
	}
}

static void test_each_refusal_has_its_fault(void **state)
{
	(void)state;
	struct xica_question question = question_for(vector("chain"));
	question.domain = "example.net";
	assert_fault(&question, XICA_FAULT_NAME, "name");
	question = question_for(vector("chain"));
	question.time = IN_2050;
	assert_fault(&question, XICA_FAULT_EXPIRED, "expired");
	question.time = IN_2020;
	assert_fault(&question, XICA_FAULT_NOT_YET_VALID, "not-yet-valid");
	question = question_for(vector("chain"));
	question.roots_pem = "";
	assert_fault(&question, XICA_FAULT_UNTRUSTED, "untrusted");
	question.roots_pem = NULL; // the system's
	assert_fault(&question, XICA_FAULT_UNTRUSTED, "untrusted");
	question = question_for(vector("revoked"));
	question.crls_pem = vector("crls");
	assert_fault(&question, XICA_FAULT_REVOKED, "revoked");
	question.crls_pem = "";
	assert_fault(&question, XICA_FAULT_NO_STATUS, "no-status");
	question = question_for("");
	assert_fault(&question, XICA_FAULT_MALFORMED, "malformed");
}

static void test_a_question_at_fault_gets_no_verdict(void **state)
{
	(void)state;
	struct xica_verdict *verdict = NULL;
	struct xica_question question = question_for(vector("chain"));
	question.role = (enum xica_role)3;
	assert_int_equal(xica_verify(&question, &verdict), XICA_ERROR_ARGUMENT);
	question = question_for(NULL);
	assert_int_equal(xica_verify(&question, &verdict), XICA_ERROR_ARGUMENT);
	question = question_for(vector("chain"));
	question.size = 8;
	assert_int_equal(xica_verify(&question, &verdict), XICA_ERROR_ARGUMENT);
	question = question_for(vector("chain"));
	question.domain = "*.example.org";
	assert_int_equal(xica_verify(&question, &verdict), XICA_ERROR_INPUT);
	question.domain = "example.org";
	question.roots_pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
	assert_int_equal(xica_verify(&question, &verdict), XICA_ERROR_INPUT);
	assert_int_equal(xica_verify(NULL, &verdict), XICA_ERROR_ARGUMENT);
	assert_null(verdict);
	xica_verdict_free(NULL);
}

static void assert_domain(const char *domain, const char *ascii)
{
	char *result = NULL;
	assert_int_equal(xica_domain_to_ascii(domain, &result), ascii ? XICA_DONE : XICA_ERROR_INPUT);
	assert_int_equal(xica_domain_is_valid(domain), ascii != NULL);
	if (ascii)
		assert_string_equal(result, ascii);
	else
		assert_null(result);
	xica_free(result);
}

static void test_domains_become_a_labels_and_what_is_none_is_refused(void **state)
{
	(void)state;
	assert_domain("Example.org", "example.org");
	assert_domain("example.org.", "example.org");
	assert_domain("localhost", "localhost");
	assert_domain("bücher.example", "xn--bcher-kva.example");
	assert_domain("XN--Bcher-KVA.example", "xn--bcher-kva.example");
	assert_domain("", NULL);
	assert_domain(".", NULL);
	assert_domain("example..org", NULL);
	assert_domain("*.example.org", NULL);
	assert_domain("192.0.2.1", NULL);
	assert_domain("juliet@example.org", NULL);
	assert_domain("exam ple.org", NULL);
	assert_domain("-a.example", NULL);
	assert_domain("BÜCHER.example", NULL);
	assert_domain("\xff.example", NULL);
	assert_int_equal(xica_domain_is_valid(NULL), 0);
	assert_int_equal(xica_domain_to_ascii("example.org", NULL), XICA_ERROR_ARGUMENT);
}

static void test_the_proof_is_that_of_the_specification(void **state)
{
	(void)state;
	char *text = NULL;
	assert_int_equal(xica_xmpp01_key_authorization(TOKEN, THUMBPRINT, &text), XICA_DONE);
	assert_string_equal(text, TOKEN "." THUMBPRINT);
	xica_free(text);
	assert_int_equal(xica_xmpp01_element(TOKEN, THUMBPRINT, &text), XICA_DONE);
	assert_string_equal(text, "<acme xmlns='urn:xica:acme:0' token='" TOKEN "'>" TOKEN "." THUMBPRINT "</acme>");
	xica_free(text);
}

static void test_a_token_that_could_break_out_of_the_xml_is_refused(void **state)
{
	(void)state;
	char *text = NULL;
	const char *const BAD[] = {"", "a'b", "a<b", "a b", "a&amp;", "a.b", "ä"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(xica_xmpp01_element(BAD[i], THUMBPRINT, &text), XICA_ERROR_INPUT);
	assert_int_equal(xica_xmpp01_element(TOKEN, "short", &text), XICA_ERROR_INPUT);
	assert_int_equal(xica_xmpp01_element(TOKEN, THUMBPRINT "A", &text), XICA_ERROR_INPUT);
	assert_int_equal(xica_xmpp01_element(NULL, THUMBPRINT, &text), XICA_ERROR_ARGUMENT);
	assert_null(text);
}

static void leave(const char *folder, const char *name, const char *text)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

// Shown for example.org, with this one file in the folder.
static void assert_shown(const char *folder, const char *name, const char *text, const char *xml)
{
	char path[256], *shown = NULL;
	leave(folder, name, text);
	assert_int_equal(xica_xmpp01_shown(folder, "Example.org", &shown), XICA_DONE);
	assert_string_equal(shown, xml);
	xica_free(shown);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

static void test_only_well_formed_proofs_of_the_domain_are_shown(void **state)
{
	(void)state;
	char folder[] = "/tmp/xica-test-XXXXXX", path[256], *shown = NULL;
	static const char XML[] = "<acme xmlns='urn:xica:acme:0' token='" TOKEN "'>" TOKEN "." THUMBPRINT "</acme>";
	assert_non_null(mkdtemp(folder));
	assert_shown(folder, TOKEN, "example.org\n" TOKEN "." THUMBPRINT "\n", XML);
	assert_shown(folder, TOKEN, "EXAMPLE.ORG\n" TOKEN "." THUMBPRINT, XML);
	assert_shown(folder, TOKEN, "example.net\n" TOKEN "." THUMBPRINT "\n", "");
	assert_shown(folder, TOKEN, "example.org\n", "");
	assert_shown(folder, TOKEN, "", "");
	assert_shown(folder, TOKEN, "example.org\n" TOKEN "\n", "");
	assert_shown(folder, TOKEN, "example.org\n" TOKEN ".\n", "");
	assert_shown(folder, TOKEN, "example.org\nother." THUMBPRINT "\n", "");
	assert_shown(folder, TOKEN, "example.org\n" TOKEN "." THUMBPRINT "<evil/>\n", "");
	assert_shown(folder, TOKEN, "example.org\n" TOKEN "." THUMBPRINT "\nmore\n", "");
	assert_shown(folder, "token.new", "example.org\ntoken.new." THUMBPRINT "\n", "");
	(void)snprintf(path, sizeof(path), "%s/%s", folder, TOKEN);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(xica_xmpp01_shown(folder, "example.org", &shown), XICA_DONE);
	assert_string_equal(shown, "");
	xica_free(shown);
	assert_int_equal(remove(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(xica_xmpp01_shown(folder, "example.org", &shown), XICA_DONE); // it is gone
	assert_string_equal(shown, "");
	xica_free(shown);
	assert_int_equal(xica_xmpp01_shown("/dev/null", "example.org", &shown), XICA_ERROR_FILE);
	assert_int_equal(xica_xmpp01_shown(folder, "*", &shown), XICA_ERROR_INPUT);
	assert_int_equal(xica_xmpp01_shown(NULL, "example.org", &shown), XICA_ERROR_ARGUMENT);
}

static void test_every_result_has_words(void **state)
{
	(void)state;
	for (int result = XICA_DONE; result >= XICA_ERROR_CRYPTO; result--)
		assert_string_not_equal(xica_result_text(result), "unknown result");
	assert_string_equal(xica_result_text(-100), "unknown result");
	assert_true(xica_version()[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_chain_is_accepted_for_both_roles_and_says_by_which_name),
		cmocka_unit_test(test_each_refusal_has_its_fault),
		cmocka_unit_test(test_a_question_at_fault_gets_no_verdict),
		cmocka_unit_test(test_domains_become_a_labels_and_what_is_none_is_refused),
		cmocka_unit_test(test_the_proof_is_that_of_the_specification),
		cmocka_unit_test(test_a_token_that_could_break_out_of_the_xml_is_refused),
		cmocka_unit_test(test_only_well_formed_proofs_of_the_domain_are_shown),
		cmocka_unit_test(test_every_result_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
