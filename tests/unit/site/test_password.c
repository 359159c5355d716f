#include "check.h"
#include "site/password.h"

static const char *refusal(const char *password)
{
	return password_refusal(view_str(password), VIEW_LIT("juliet.capulet@verona.example"), VIEW_LIT("ca.montague.example"));
}

static void length_is_counted_in_characters_not_in_bytes(void **state)
{
	char longest[PASSWORD_POINTS_MAX + 2];
	(void)state;
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = "kx8wqz3mvt5rj"[i * i % 13];
	longest[PASSWORD_POINTS_MAX + 1] = 0;
	assert_string_equal(refusal(longest), "too-long");
	longest[PASSWORD_POINTS_MAX] = 0;
	assert_null(refusal(longest));
	assert_string_equal(refusal("kx8wqz3mv"), "too-short");
	assert_null(refusal("kx8wqz3mvt"));
	assert_string_equal(refusal("äßöüéñøåæ"), "too-short"); // nine characters, eighteen bytes
	assert_null(refusal("äßöüéñøåæþ"));
	assert_string_equal(refusal(""), "too-short");
}

static void good_passwords_are_taken(void **state)
{
	static const char *const GOOD[] = {"correct horse battery staple", "Gr\xc3\xbcne Wolken tanzen", "tr0ub4dor&3xyz", "password is not what I say", "7dKq!mmZp2",
					   "abc leads to xylophone", "juliet loves romeo in the spring", "\xe5\xaf\x86\xe7\xa0\x81\xe5\xbe\x88\xe9\x95\xbf\xe4\xb9\x9f\xe5\xbe\x88\xe5\xa5\xbd\xe8\xae\xb0\xe4\xbd\x8f\xe5\x90\xa7"};
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
		if (refusal(GOOD[i]))
			fail_msg("%s: %s", GOOD[i], refusal(GOOD[i]));
}

static void check_common(const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *word = refusal(list[i]);
		if (!word || strcmp(word, "common-password") != 0)
			fail_msg("%s: %s", list[i], word ? word : "taken");
	}
}

static void single_patterns_are_refused(void **state)
{
	static const char *const BAD[] = {"aaaaaaaaaa", "1234567890", "0987654321", "abcdefghijkl", "qwertyuiop", "qwertzuiop", "poiuytrewq", "abcabcabcabc",
					  "xyzxyzxyzx", "1q1q1q1q1q", "aaaaabbbbb", "12345qwert", "qweasdzxc123", "1234567890qwertyuiop", "abababcbabcb",
					  "asdfghjkl;asdfghjkl;", "1qaz2wsx3edc", "QWERTYUIOP", "1111122222", "111222333444"};
	(void)state;
	check_common(BAD, sizeof(BAD) / sizeof(BAD[0]));
}

static void the_commonest_are_refused_in_all_their_dresses(void **state)
{
	static const char *const BAD[] = {"password123", "Password2024!", "p@ssw0rd1234", "passwordpassword", "iloveyou123!", "administrator", "Administrator1",
					  "letmeinplease", "qwerty123456", "welcome2026!", "passwort1234", "hallo12345", "Sommer2026!!", "changeme123"};
	(void)state;
	check_common(BAD, sizeof(BAD) / sizeof(BAD[0]));
}

static void little_besides_the_address_or_the_site_is_refused(void **state)
{
	static const char *const BAD[] = {"juliet.capulet", "capulet2026", "juliet.capulet@verona.example", "Montague-2026", "verona.example1", "julietcapulet!"};
	(void)state;
	check_common(BAD, sizeof(BAD) / sizeof(BAD[0]));
}

static void bytes_that_are_no_text_are_counted_without_harm(void **state)
{
	(void)state;
	assert_non_null(refusal("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"));
	(void)refusal("\xff\xfe\xc3\x28\xa0\xa1\xe2\x28\xa1\xf0\x28\x8c\xbc\xf8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_is_counted_in_characters_not_in_bytes),
		cmocka_unit_test(good_passwords_are_taken),
		cmocka_unit_test(single_patterns_are_refused),
		cmocka_unit_test(the_commonest_are_refused_in_all_their_dresses),
		cmocka_unit_test(little_besides_the_address_or_the_site_is_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_counted_without_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
