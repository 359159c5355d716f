// Whose turn it is: the validator's places are shared between accounts.
//
// So many validations are under way at once, and of one account so many at most (a stranger whose hosts answer slowly must not hold all places). Accounts with something
// waiting take turns, each with its oldest question; so who asks for one name doesn't wait behind who asks for a thousand. Pure.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/error.h"

enum { VALIDATOR_ACCOUNT_LEN = 32, VALIDATOR_BUCKETS = 256 };

struct validator_share;

struct validator_turn { // stands in whatever waits; zeroed at first
	TAILQ_ENTRY(validator_turn) link;
	struct validator_share *share; // NULL: in no queue
	bool active;
};

TAILQ_HEAD(validator_turns, validator_turn);
TAILQ_HEAD(validator_shares, validator_share);

struct validator_queue {
	unsigned places, places_of_one;
	unsigned active, waiting;
	struct validator_shares shares[VALIDATOR_BUCKETS]; // all, by account
	struct validator_shares ready;                     // those that have something waiting, and a place
};

void validator_queue_init(struct validator_queue *queue, unsigned places, unsigned places_of_one);
// account: a hash, so that its bytes are evenly spread.
XICA_MUST_CHECK int validator_queue_add(struct validator_queue *queue, struct validator_turn *turn, const uint8_t account[VALIDATOR_ACCOUNT_LEN]);
// Whoever may begin, and has a place from now on; NULL: nobody.
struct validator_turn *validator_queue_next(struct validator_queue *queue);
void validator_queue_remove(struct validator_queue *queue, struct validator_turn *turn); // it has ended, or waits no more; of none: nothing
