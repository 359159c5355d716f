#include "role/validator/queue.h"

#include <stdlib.h>
#include <string.h>

struct validator_share { // what one account has
	TAILQ_ENTRY(validator_share) in_bucket, in_ready;
	uint8_t account[VALIDATOR_ACCOUNT_LEN];
	struct validator_turns waiting;
	unsigned active;
	bool is_ready; // stands in the list of those
};

void validator_queue_init(struct validator_queue *queue, unsigned places, unsigned places_of_one)
{
	memset(queue, 0, sizeof(*queue));
	queue->places = places;
	queue->places_of_one = places_of_one;
	TAILQ_INIT(&queue->ready);
	for (size_t i = 0; i < VALIDATOR_BUCKETS; i++)
		TAILQ_INIT(&queue->shares[i]);
}

static struct validator_share *share_of(struct validator_queue *queue, const uint8_t account[VALIDATOR_ACCOUNT_LEN])
{
	struct validator_shares *bucket = &queue->shares[account[0] % VALIDATOR_BUCKETS];
	struct validator_share *share;
	TAILQ_FOREACH(share, bucket, in_bucket)
		if (!memcmp(share->account, account, VALIDATOR_ACCOUNT_LEN))
			return share;
	share = calloc(1, sizeof(*share));
	if (!share)
		return NULL;
	memcpy(share->account, account, VALIDATOR_ACCOUNT_LEN);
	TAILQ_INIT(&share->waiting);
	TAILQ_INSERT_TAIL(bucket, share, in_bucket);
	return share;
}

// After anything about it has changed: is it among those whose turn may come? One without anything is forgotten.
static void settle(struct validator_queue *queue, struct validator_share *share)
{
	bool ready = !TAILQ_EMPTY(&share->waiting) && share->active < queue->places_of_one;
	if (ready && !share->is_ready)
		TAILQ_INSERT_TAIL(&queue->ready, share, in_ready);
	else if (!ready && share->is_ready)
		TAILQ_REMOVE(&queue->ready, share, in_ready);
	share->is_ready = ready;
	if (TAILQ_EMPTY(&share->waiting) && !share->active) {
		TAILQ_REMOVE(&queue->shares[share->account[0] % VALIDATOR_BUCKETS], share, in_bucket);
		free(share);
	}
}

int validator_queue_add(struct validator_queue *queue, struct validator_turn *turn, const uint8_t account[VALIDATOR_ACCOUNT_LEN])
{
	struct validator_share *share = share_of(queue, account);
	if (!share)
		return XICA_ENOMEM;
	turn->share = share;
	turn->active = false;
	TAILQ_INSERT_TAIL(&share->waiting, turn, link);
	queue->waiting++;
	settle(queue, share);
	return XICA_OK;
}

struct validator_turn *validator_queue_next(struct validator_queue *queue)
{
	struct validator_share *share = queue->active < queue->places ? TAILQ_FIRST(&queue->ready) : NULL;
	if (!share)
		return NULL;
	struct validator_turn *turn = TAILQ_FIRST(&share->waiting);
	TAILQ_REMOVE(&share->waiting, turn, link);
	turn->active = true;
	share->active++;
	queue->active++;
	queue->waiting--;
	TAILQ_REMOVE(&queue->ready, share, in_ready); // to the end of the line
	share->is_ready = false;
	settle(queue, share);
	return turn;
}

void validator_queue_remove(struct validator_queue *queue, struct validator_turn *turn)
{
	struct validator_share *share = turn->share;
	if (!share)
		return;
	if (turn->active) {
		share->active--;
		queue->active--;
	} else {
		TAILQ_REMOVE(&share->waiting, turn, link);
		queue->waiting--;
	}
	turn->share = NULL;
	turn->active = false;
	settle(queue, share);
}
