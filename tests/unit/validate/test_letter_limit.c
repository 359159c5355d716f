#include "validate/letter_limit.h"

#include "check.h"

enum { NOW = 1800000000 };

static void the_sixth_letter_of_an_hour_is_refused(void **state)
{
	struct letter_limit *limit;
	(void)state;
	assert_int_equal(letter_limit_new(4, &limit), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@one.example"), NOW + i * 100), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@one.example"), NOW + 500), XICA_EAGAIN);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@one.example"), NOW + 3599), XICA_EAGAIN);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@one.example"), NOW + 3600), 0); // the first one is an hour old
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@one.example"), NOW + 3601), XICA_EAGAIN);
	letter_limit_free(limit);
}

static void each_address_has_its_own_five(void **state)
{
	struct letter_limit *limit;
	(void)state;
	assert_int_equal(letter_limit_new(4, &limit), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@one.example"), NOW), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("postmaster@one.example"), NOW), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("hostmaster@two.example"), NOW), 0);
	letter_limit_free(limit);
}

static void when_no_more_addresses_can_be_remembered_others_are_refused(void **state)
{
	struct letter_limit *limit;
	(void)state;
	assert_int_equal(letter_limit_new(2, &limit), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("a@one.example"), NOW), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("b@one.example"), NOW + 1), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("c@one.example"), NOW + 2), XICA_EAGAIN);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("b@one.example"), NOW + 2), 0);
	assert_int_equal(letter_limit_take(limit, VIEW_LIT("c@one.example"), NOW + 3600), 0);
	letter_limit_free(limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sixth_letter_of_an_hour_is_refused),
		cmocka_unit_test(each_address_has_its_own_five),
		cmocka_unit_test(when_no_more_addresses_can_be_remembered_others_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
