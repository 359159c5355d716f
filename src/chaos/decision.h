// What is done to one request before it is looked at. Pure.
#pragma once
#include "chaos/dice.h"
#include "chaos/kind.h"
#include "chaos/place.h"

enum { // of a hundred requests
	CHAOS_NONCE_PERCENT = 12,
	CHAOS_BUSY_PERCENT = 2,   // 429
	CHAOS_AWAY_PERCENT = 3,   // 503
	CHAOS_DELAY_PERCENT = 25,
	CHAOS_DATE_PERCENT = 50,  // of those answers that have a Retry-After
	CHAOS_DROP_PERCENT = 12,  // of those to finalize
	CHAOS_EXPIRE_PERCENT = 12,
	CHAOS_POLLS_MOST = 3,     // answers that say processing, for one challenge or order
	CHAOS_REFUSALS_MOST = 2,  // in a row at one place
};

struct chaos_plan {
	unsigned kinds;
	uint64_t seed;
	unsigned delay_ms; // the longest
	struct chaos_dice dice;
};

enum chaos_refusal { CHAOS_REFUSAL_NONE, CHAOS_REFUSAL_NONCE, CHAOS_REFUSAL_429, CHAOS_REFUSAL_503, CHAOS_REFUSAL_503_BARE }; // the last without a body

struct chaos_decision {
	uint64_t time;        // the how-manieth request at this place, from 1
	unsigned delay_ms;
	enum chaos_refusal refusal;
	unsigned retry_after; // seconds, of 429 and 503
	bool date;            // a Retry-After of this answer is a date
};

XICA_MUST_CHECK int chaos_plan_make(unsigned kinds, uint64_t seed, unsigned delay_ms, struct chaos_plan *ret_plan);
// Counts the place once more, and decides. Never more than CHAOS_REFUSALS_MOST refusals in a row: whoever tries again gets through.
struct chaos_decision chaos_decide(const struct chaos_plan *plan, struct chaos_place *place);
const char *chaos_refusal_text(enum chaos_refusal refusal);
