#include "chaos/decision.h"
#include "check.h"

enum { MANY = 10000 };

struct counts {
	unsigned nonce, busy, away, bare, delayed, dates, most_in_a_row;
};

static struct counts count(unsigned kinds, uint64_t seed, unsigned delay_ms)
{
	struct chaos_plan plan;
	struct chaos_place place = {.name = "order a.example#1"};
	struct counts counts = {0};
	unsigned in_a_row = 0;
	assert_int_equal(chaos_plan_make(kinds, seed, delay_ms, &plan), 0);
	for (unsigned i = 0; i < MANY; i++) {
		struct chaos_decision decision = chaos_decide(&plan, &place);
		assert_int_equal(decision.time, i + 1);
		assert_true(decision.delay_ms <= delay_ms);
		assert_in_range(decision.retry_after, 1, delay_ms < 1000 ? 1 : delay_ms / 1000);
		counts.nonce += decision.refusal == CHAOS_REFUSAL_NONCE;
		counts.busy += decision.refusal == CHAOS_REFUSAL_429;
		counts.away += decision.refusal == CHAOS_REFUSAL_503;
		counts.bare += decision.refusal == CHAOS_REFUSAL_503_BARE;
		counts.delayed += decision.delay_ms > 0;
		counts.dates += decision.date;
		in_a_row = decision.refusal ? in_a_row + 1 : 0;
		if (in_a_row > counts.most_in_a_row)
			counts.most_in_a_row = in_a_row;
	}
	return counts;
}

static void the_shares_are_those_that_are_written_down(void **state)
{
	(void)state;
	struct counts counts = count(CHAOS_ALL, 7, 3000);
	assert_in_range(counts.nonce, MANY * 10 / 100, MANY * 14 / 100);
	assert_in_range(counts.busy, MANY / 100, MANY * 3 / 100);
	assert_in_range(counts.away + counts.bare, MANY * 2 / 100, MANY * 4 / 100);
	assert_true(counts.away && counts.bare);
	assert_in_range(counts.delayed, MANY * 22 / 100, MANY * 28 / 100);
	assert_in_range(counts.dates, MANY * 46 / 100, MANY * 54 / 100);
}

static void whoever_tries_again_gets_through(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++)
		assert_int_equal(count(CHAOS_ALL, seed, 0).most_in_a_row, CHAOS_REFUSALS_MOST);
}

static void a_kind_that_is_off_does_not_happen(void **state)
{
	(void)state;
	struct counts counts = count(CHAOS_ALL & ~CHAOS_NONCE, 7, 1000);
	assert_int_equal(counts.nonce, 0);
	assert_true(counts.busy && counts.delayed && counts.dates);
	counts = count(CHAOS_NONCE, 7, 1000);
	assert_true(counts.nonce);
	assert_int_equal(counts.busy + counts.away + counts.bare + counts.delayed + counts.dates, 0);
	assert_int_equal(count(CHAOS_ALL, 7, 0).delayed, 0);
}

static void the_same_seed_decides_the_same_and_another_one_otherwise(void **state)
{
	struct chaos_plan one, same, other;
	struct chaos_place places[3] = {{.name = "finalize a.example#1"}, {.name = "finalize a.example#1"}, {.name = "finalize a.example#1"}};
	unsigned differ = 0;
	(void)state;
	assert_int_equal(chaos_plan_make(CHAOS_ALL, 7, 1000, &one), 0);
	assert_int_equal(chaos_plan_make(CHAOS_ALL, 7, 1000, &same), 0);
	assert_int_equal(chaos_plan_make(CHAOS_ALL, 8, 1000, &other), 0);
	for (unsigned i = 0; i < 200; i++) {
		struct chaos_decision a = chaos_decide(&one, &places[0]), b = chaos_decide(&same, &places[1]), c = chaos_decide(&other, &places[2]);
		assert_int_equal(a.refusal, b.refusal);
		assert_int_equal(a.delay_ms, b.delay_ms);
		assert_int_equal(a.retry_after, b.retry_after);
		assert_int_equal(a.date, b.date);
		differ += a.refusal != c.refusal || a.delay_ms != c.delay_ms;
	}
	assert_true(differ > 20);
}

static void other_places_do_not_change_what_is_decided_at_one(void **state)
{
	struct chaos_plan plan;
	struct chaos_place alone = {.name = "order a.example#1"}, among = {.name = "order a.example#1"}, others = {.name = "order b.example#1"};
	(void)state;
	assert_int_equal(chaos_plan_make(CHAOS_ALL, 3, 1000, &plan), 0);
	for (unsigned i = 0; i < 100; i++) {
		struct chaos_decision a = chaos_decide(&plan, &alone);
		(void)chaos_decide(&plan, &others);
		struct chaos_decision b = chaos_decide(&plan, &among);
		(void)chaos_decide(&plan, &others);
		assert_int_equal(a.refusal, b.refusal);
		assert_int_equal(a.delay_ms, b.delay_ms);
	}
}

static void a_shuffle_is_a_permutation_and_every_one_comes_up(void **state)
{
	struct chaos_dice dice;
	unsigned seen[3][3] = {{0}};
	(void)state;
	assert_int_equal(chaos_dice_new(1, &dice), 0);
	for (uint64_t time = 0; time < 300; time++) {
		size_t order[3], sum = 0;
		chaos_dice_shuffle(&dice, "list", "place", time, order, 3);
		for (size_t i = 0; i < 3; i++) {
			assert_in_range(order[i], 0, 2);
			sum += 1u << order[i];
			seen[i][order[i]]++;
		}
		assert_int_equal(sum, 7);
	}
	for (size_t i = 0; i < 9; i++)
		assert_in_range(seen[i / 3][i % 3], 60, 140);
}

static void the_external_account_key_is_of_the_seed_alone(void **state)
{
	struct chaos_dice dice, other;
	uint8_t a[CRYPTO_SHA256_LEN], b[CRYPTO_SHA256_LEN], c[CRYPTO_SHA256_LEN];
	(void)state;
	assert_int_equal(chaos_dice_new(7, &dice), 0);
	assert_int_equal(chaos_dice_new(8, &other), 0);
	assert_int_equal(chaos_dice_secret(&dice, a), 0);
	assert_int_equal(chaos_dice_secret(&dice, b), 0);
	assert_int_equal(chaos_dice_secret(&other, c), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shares_are_those_that_are_written_down),
		cmocka_unit_test(whoever_tries_again_gets_through),
		cmocka_unit_test(a_kind_that_is_off_does_not_happen),
		cmocka_unit_test(the_same_seed_decides_the_same_and_another_one_otherwise),
		cmocka_unit_test(other_places_do_not_change_what_is_decided_at_one),
		cmocka_unit_test(a_shuffle_is_a_permutation_and_every_one_comes_up),
		cmocka_unit_test(the_external_account_key_is_of_the_seed_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
