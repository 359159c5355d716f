#include "http/language.h"
#include "check.h"

static const char *const LANGUAGES[] = {"en", "de", "fr"};

static void the_best_weight_wins_and_who_names_none_of_ours_gets_the_first(void **state)
{
	static const struct {
		const char *wish, *accept;
		size_t chosen;
	} ROWS[] = {
		{"", "", 0}, {"", "de", 1}, {"", "de-AT", 1}, {"", "DE", 1}, {"", "en;q=0.8, de;q=0.9", 1}, {"", "en;q=0.9,de;q=0.8", 0},
		{"", "it, es", 0}, {"", "den", 0}, {"", "de;q=0", 0}, {"", "it, fr;q=0.1", 2}, {"", "*", 0}, {"", "de;q=x, fr;q=0.5", 2},
		{"", "de;q=1.5, fr;q=0.5", 2}, {"", ",,;;=,fr", 2}, {"fr", "de", 2}, {"xx", "de", 1}, {"FR", "", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		assert_int_equal(http_language_choose(LANGUAGES, 3, view_str(ROWS[i].wish), view_str(ROWS[i].accept)), ROWS[i].chosen);
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
	(void)state;
	assert_view(http_cookie(VIEW_LIT("a=1; lang=de; b=2"), "lang"), "de");
	assert_view(http_cookie(VIEW_LIT("lang="), "lang"), "");
	assert_view(http_cookie(VIEW_LIT("lang=a=b"), "lang"), "a=b");
	assert_view(http_cookie(VIEW_LIT("lang=first; lang=second"), "lang"), "first");
	static const char *const NOT[] = {"", "xlang=de", "langx=de", "lang", "=lang", "a=lang=de", "Lang=de"};
	for (size_t i = 0; i < sizeof(NOT) / sizeof(NOT[0]); i++)
		assert_null(http_cookie(view_str(NOT[i]), "lang").ptr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_weight_wins_and_who_names_none_of_ours_gets_the_first),
		cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
