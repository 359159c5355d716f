// What a code is worth, to whom, how long, and how often it may be guessed.
#include "validate/codes.h"

#include "check.h"

enum { NOW = 1800000000 };

static const uint8_t THUMBPRINT[CRYPTO_SHA256_LEN] = "the thumbprint of an account";
static const struct pki_identifier NAME = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"one.example", 11}, false};

static struct code_subject subject_of(const struct pki_identifier *identifier, const char *token, const uint8_t thumbprint[CRYPTO_SHA256_LEN])
{
	struct code_subject subject;
	assert_int_equal(code_subject_of(identifier, view_str(token), thumbprint, &subject), 0);
	return subject;
}

static struct codes *table(size_t max)
{
	struct codes *codes;
	assert_int_equal(codes_new(max, &codes), 0);
	return codes;
}

static struct code make(struct codes *codes, const struct code_subject *subject, xica_time now)
{
	struct code code;
	assert_int_equal(codes_make(codes, subject, now, &code), 0);
	return code;
}

static enum code_verdict try(struct codes *codes, const struct code_subject *subject, const char *typed, xica_time now)
{
	unsigned left;
	return codes_try(codes, subject, view_str(typed), now, &left);
}

// Of the same form, and certainly another.
static const char *wrong_for(const struct code *code)
{
	return code->text[0] == '0' ? "1111-1111" : "0000-0000";
}

static void a_code_is_eight_characters_without_look_alikes(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	(void)state;
	for (int i = 0; i < 500; i++) {
		struct code code = make(codes, &subject, NOW);
		assert_int_equal(strlen(code.text), 9);
		assert_int_equal(code.text[4], '-');
		assert_null(strpbrk(code.text, "ILOUabcdefghijklmnopqrstuvwxyz "));
		assert_int_equal(code.expires, NOW + 15 * 60);
	}
	codes_free(codes);
}

static void codes_are_not_the_same_twice(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code first = make(codes, &subject, NOW), second = make(codes, &subject, NOW);
	(void)state;
	assert_string_not_equal(first.text, second.text);
	assert_int_equal(try(codes, &subject, first.text, NOW), CODE_WRONG);
	assert_int_equal(try(codes, &subject, second.text, NOW), CODE_RIGHT);
	codes_free(codes);
}

static void a_right_code_is_right_until_it_expires(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code code = make(codes, &subject, NOW);
	(void)state;
	assert_int_equal(try(codes, &subject, code.text, NOW), CODE_RIGHT);
	assert_int_equal(try(codes, &subject, code.text, NOW + CODE_LIFETIME - 1), CODE_RIGHT);
	assert_int_equal(try(codes, &subject, code.text, NOW + CODE_LIFETIME), CODE_UNKNOWN);
	assert_int_equal(codes_count(codes, NOW + CODE_LIFETIME), 0);
	codes_free(codes);
}

static void after_five_wrong_tries_the_right_one_is_nothing_any_more(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code code = make(codes, &subject, NOW);
	unsigned left = 99;
	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(codes_try(codes, &subject, view_str(wrong_for(&code)), NOW, &left), CODE_WRONG);
		assert_int_equal(left, 5 - i);
	}
	assert_int_equal(try(codes, &subject, code.text, NOW), CODE_UNKNOWN);
	codes_free(codes);
}

static void what_is_no_code_costs_a_try_too(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code code = make(codes, &subject, NOW);
	static const char *const TYPED[] = {"", "ABCD", "ABCD-EFGH-J", "ABCD_EFGH", "\xc3\xa4" "BCDEFG"};
	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(try(codes, &subject, TYPED[i], NOW), CODE_WRONG);
	assert_int_equal(try(codes, &subject, code.text, NOW), CODE_UNKNOWN);
	codes_free(codes);
}

static void a_new_letter_brings_no_new_tries(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code code = make(codes, &subject, NOW);
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(try(codes, &subject, wrong_for(&code), NOW), CODE_WRONG);
	code = make(codes, &subject, NOW + 60);
	assert_int_equal(code.tries_left, 2);
	assert_int_equal(try(codes, &subject, wrong_for(&code), NOW + 60), CODE_WRONG);
	assert_int_equal(try(codes, &subject, wrong_for(&code), NOW + 60), CODE_WRONG);
	assert_int_equal(try(codes, &subject, code.text, NOW + 60), CODE_UNKNOWN);
	codes_free(codes);
}

static void a_code_is_worth_nothing_to_another_account_name_or_authorization(void **state)
{
	static const uint8_t OTHER[CRYPTO_SHA256_LEN] = "the thumbprint of another";
	static const struct pki_identifier OTHER_NAME = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"two.example", 11}, false},
					   WILDCARD = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"one.example", 11}, true},
					   SERVICE = {PKI_IDENTIFIER_SRV, {(const uint8_t *)"one.example", 11}, false},
					   SHIFTED = {PKI_IDENTIFIER_DNS, {(const uint8_t *)"one.examplet", 12}, false};
	struct codes *codes = table(8);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	const struct code_subject others[] = {subject_of(&NAME, "token", OTHER), subject_of(&OTHER_NAME, "token", THUMBPRINT),
		subject_of(&NAME, "tokem", THUMBPRINT), subject_of(&WILDCARD, "token", THUMBPRINT), subject_of(&SERVICE, "token", THUMBPRINT),
		subject_of(&SHIFTED, "oken", THUMBPRINT)};
	struct code code = make(codes, &subject, NOW);
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(try(codes, &others[i], code.text, NOW), CODE_UNKNOWN);
		(void)make(codes, &others[i], NOW);
		assert_int_equal(try(codes, &others[i], code.text, NOW), CODE_WRONG);
	}
	assert_int_equal(try(codes, &subject, code.text, NOW), CODE_RIGHT);
	codes_free(codes);
}

static void a_full_table_refuses_and_forgets_nobody(void **state)
{
	struct codes *codes = table(2);
	struct code_subject first = subject_of(&NAME, "first", THUMBPRINT), second = subject_of(&NAME, "second", THUMBPRINT),
			    third = subject_of(&NAME, "third", THUMBPRINT);
	struct code code = make(codes, &first, NOW), refused;
	(void)state;
	(void)make(codes, &second, NOW + 10);
	assert_int_equal(codes_make(codes, &third, NOW + 20, &refused), XICA_EAGAIN);
	assert_int_equal(try(codes, &first, code.text, NOW + 20), CODE_RIGHT);
	(void)make(codes, &second, NOW + 20); // who has one may have a newer one
	assert_int_equal(codes_count(codes, NOW + 20), 2);
	(void)make(codes, &third, NOW + CODE_LIFETIME); // the first has expired
	assert_int_equal(try(codes, &first, code.text, NOW + CODE_LIFETIME), CODE_UNKNOWN);
	codes_free(codes);
}

static void a_code_that_is_forgotten_takes_no_successor_with_it(void **state)
{
	struct codes *codes = table(2);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code first = make(codes, &subject, NOW), second = make(codes, &subject, NOW);
	(void)state;
	codes_forget(codes, first.number);
	assert_int_equal(try(codes, &subject, second.text, NOW), CODE_RIGHT);
	codes_forget(codes, second.number);
	codes_forget(codes, 0);
	assert_int_equal(try(codes, &subject, second.text, NOW), CODE_UNKNOWN);
	codes_free(codes);
}

static void codes_are_read_as_people_type_them(void **state)
{
	static const struct {
		const char *typed, *is;
	} CASES[] = {{"ABCD-EFGH", "ABCDEFGH"}, {"abcdefgh", "ABCDEFGH"}, {" ab cd\tef-gh ", "ABCDEFGH"}, {"o0Oo-iIlL", "00001111"},
		     {"uVuv-zzzz", "VVVVZZZZ"}, {"--ABCDEFGH--", "ABCDEFGH"}};
	static const char *const BAD[] = {"", "ABCDEFG", "ABCDEFGHJ", "ABCD EFG!", "ABCD\nEFGH", "ABCDEFG\xff", "$BCDEFGH", "ABCD.EFGH"};
	char code[CODE_LEN];
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_int_equal(code_normalise(view_str(CASES[i].typed), code), 0);
		assert_memory_equal(code, CASES[i].is, CODE_LEN);
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(code_normalise(view_str(BAD[i]), code), XICA_EPARSE);
	assert_int_equal(code_normalise(VIEW_LIT("ABCDEFG\0"), code), XICA_EPARSE);
	assert_int_equal(code_normalise(VIEW_NONE, code), XICA_EPARSE);
}

static void a_typed_code_is_right_however_it_was_typed(void **state)
{
	struct codes *codes = table(1);
	struct code_subject subject = subject_of(&NAME, "token", THUMBPRINT);
	struct code code = make(codes, &subject, NOW);
	char typed[32];
	size_t len = 0;
	(void)state;
	for (const char *c = code.text; *c; c++) {
		typed[len++] = *c == '0' ? 'o' : *c == '1' ? 'l' : *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
		typed[len++] = ' ';
	}
	typed[len] = 0;
	assert_int_equal(try(codes, &subject, typed, NOW), CODE_RIGHT);
	codes_free(codes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_eight_characters_without_look_alikes),
		cmocka_unit_test(codes_are_not_the_same_twice),
		cmocka_unit_test(a_right_code_is_right_until_it_expires),
		cmocka_unit_test(after_five_wrong_tries_the_right_one_is_nothing_any_more),
		cmocka_unit_test(what_is_no_code_costs_a_try_too),
		cmocka_unit_test(a_new_letter_brings_no_new_tries),
		cmocka_unit_test(a_code_is_worth_nothing_to_another_account_name_or_authorization),
		cmocka_unit_test(a_full_table_refuses_and_forgets_nobody),
		cmocka_unit_test(a_code_that_is_forgotten_takes_no_successor_with_it),
		cmocka_unit_test(codes_are_read_as_people_type_them),
		cmocka_unit_test(a_typed_code_is_right_however_it_was_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
