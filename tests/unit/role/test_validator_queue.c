#include "check.h"
#include "role/validator/queue.h"

enum { PLACES = 8, OF_ONE = 3 };

static const uint8_t ONE[VALIDATOR_ACCOUNT_LEN] = {1}, TWO[VALIDATOR_ACCOUNT_LEN] = {2}, THREE[VALIDATOR_ACCOUNT_LEN] = {1, 1}; // ONE and THREE share a bucket

static void add(struct validator_queue *queue, struct validator_turn *turns, size_t count, const uint8_t account[VALIDATOR_ACCOUNT_LEN])
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(validator_queue_add(queue, &turns[i], account), 0);
}

static void an_account_alone_never_gets_all_places(void **state)
{
	struct validator_queue queue;
	struct validator_turn turns[10] = {0}, other[1] = {0};
	(void)state;
	validator_queue_init(&queue, PLACES, OF_ONE);
	add(&queue, turns, 10, ONE);
	for (size_t i = 0; i < OF_ONE; i++)
		assert_ptr_equal(validator_queue_next(&queue), &turns[i]);
	assert_null(validator_queue_next(&queue));
	add(&queue, other, 1, TWO);
	assert_ptr_equal(validator_queue_next(&queue), &other[0]);
	assert_null(validator_queue_next(&queue));
	validator_queue_remove(&queue, &turns[1]);
	assert_ptr_equal(validator_queue_next(&queue), &turns[3]);
	for (size_t i = 0; i < 10; i++)
		validator_queue_remove(&queue, &turns[i]);
	validator_queue_remove(&queue, &other[0]);
	assert_true(queue.active == 0 && queue.waiting == 0 && TAILQ_EMPTY(&queue.ready));
}

static void accounts_take_turns(void **state)
{
	struct validator_queue queue;
	struct validator_turn one[3] = {0}, two[2] = {0}, three[1] = {0};
	(void)state;
	validator_queue_init(&queue, PLACES, OF_ONE);
	add(&queue, one, 3, ONE);
	add(&queue, two, 2, TWO);
	add(&queue, three, 1, THREE);
	struct validator_turn *const ORDER[] = {&one[0], &two[0], &three[0], &one[1], &two[1], &one[2]};
	for (size_t i = 0; i < 6; i++)
		assert_ptr_equal(validator_queue_next(&queue), ORDER[i]);
	for (size_t i = 0; i < 6; i++)
		validator_queue_remove(&queue, ORDER[i]);
}

static void there_are_no_more_places_than_there_are(void **state)
{
	struct validator_queue queue;
	struct validator_turn turns[40] = {0};
	uint8_t account[VALIDATOR_ACCOUNT_LEN] = {0};
	unsigned begun = 0;
	(void)state;
	validator_queue_init(&queue, PLACES, OF_ONE);
	for (size_t i = 0; i < 40; i++) {
		account[0] = (uint8_t)(i % 20);
		assert_int_equal(validator_queue_add(&queue, &turns[i], account), 0);
	}
	while (validator_queue_next(&queue))
		begun++;
	assert_int_equal(begun, PLACES);
	assert_int_equal(queue.waiting, 40 - PLACES);
	for (size_t i = 0; i < 40; i++)
		validator_queue_remove(&queue, &turns[i]);
	assert_int_equal(queue.waiting + queue.active, 0);
}

static void what_waits_no_more_is_not_begun(void **state)
{
	struct validator_queue queue;
	struct validator_turn turns[2] = {0}, none = {0};
	(void)state;
	validator_queue_init(&queue, PLACES, OF_ONE);
	add(&queue, turns, 2, ONE);
	validator_queue_remove(&queue, &turns[0]);
	validator_queue_remove(&queue, &turns[0]);
	validator_queue_remove(&queue, &none);
	assert_ptr_equal(validator_queue_next(&queue), &turns[1]);
	assert_null(validator_queue_next(&queue));
	validator_queue_remove(&queue, &turns[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_alone_never_gets_all_places),
		cmocka_unit_test(accounts_take_turns),
		cmocka_unit_test(there_are_no_more_places_than_there_are),
		cmocka_unit_test(what_waits_no_more_is_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
