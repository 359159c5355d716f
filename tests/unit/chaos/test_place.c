#include "chaos/place.h"
#include "check.h"

#include <stdio.h>

static void a_name_is_one_place_and_keeps_its_count(void **state)
{
	struct chaos_places *places = NULL;
	(void)state;
	assert_int_equal(chaos_places_new(&places), 0);
	struct chaos_place *first = chaos_places_at(places, "order a.example#1"), *other = chaos_places_at(places, "order a.example#2");
	assert_non_null(first);
	assert_ptr_not_equal(first, other);
	first->times = 3;
	assert_ptr_equal(chaos_places_at(places, "order a.example#1"), first);
	assert_int_equal(other->times, 0);
	chaos_places_free(places);
}

static void the_first_label_stays(void **state)
{
	struct chaos_places *places = NULL;
	(void)state;
	assert_int_equal(chaos_places_new(&places), 0);
	struct chaos_place *place = chaos_places_at(places, "(order 17)");
	assert_null(place->label);
	assert_int_equal(chaos_place_call(place, "a.example#1"), 0);
	assert_int_equal(chaos_place_call(place, "b.example#1"), 0);
	assert_string_equal(place->label, "a.example#1");
	chaos_places_free(places);
}

static void many_places_are_kept_apart(void **state)
{
	struct chaos_places *places = NULL;
	char name[32];
	(void)state;
	assert_int_equal(chaos_places_new(&places), 0);
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "order %u", i);
		chaos_places_at(places, name)->times = i;
	}
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "order %u", i);
		assert_int_equal(chaos_places_at(places, name)->times, i);
	}
	chaos_places_free(places);
	chaos_places_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_one_place_and_keeps_its_count),
		cmocka_unit_test(the_first_label_stays),
		cmocka_unit_test(many_places_are_kept_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
