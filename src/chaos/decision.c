#include "chaos/decision.h"

int chaos_plan_make(unsigned kinds, uint64_t seed, unsigned delay_ms, struct chaos_plan *ret_plan)
{
	*ret_plan = (struct chaos_plan){.kinds = kinds, .seed = seed, .delay_ms = delay_ms};
	return chaos_dice_new(seed, &ret_plan->dice);
}

static enum chaos_refusal refusal_of(const struct chaos_plan *plan, const struct chaos_place *place)
{
	const struct chaos_dice *dice = &plan->dice;
	if (place->refusals >= CHAOS_REFUSALS_MOST)
		return CHAOS_REFUSAL_NONE;
	if (plan->kinds & CHAOS_NONCE && chaos_dice_happens(dice, "nonce", place->name, place->times, CHAOS_NONCE_PERCENT))
		return CHAOS_REFUSAL_NONCE;
	if (!(plan->kinds & CHAOS_BUSY))
		return CHAOS_REFUSAL_NONE;
	if (chaos_dice_happens(dice, "429", place->name, place->times, CHAOS_BUSY_PERCENT))
		return CHAOS_REFUSAL_429;
	if (chaos_dice_happens(dice, "503", place->name, place->times, CHAOS_AWAY_PERCENT))
		return chaos_dice_happens(dice, "bare", place->name, place->times, 50) ? CHAOS_REFUSAL_503_BARE : CHAOS_REFUSAL_503;
	return CHAOS_REFUSAL_NONE;
}

struct chaos_decision chaos_decide(const struct chaos_plan *plan, struct chaos_place *place)
{
	const struct chaos_dice *dice = &plan->dice;
	struct chaos_decision decision = {.time = ++place->times};
	unsigned longest_s = plan->delay_ms / 1000 ? plan->delay_ms / 1000 : 1;
	decision.refusal = refusal_of(plan, place);
	place->refusals = decision.refusal ? place->refusals + 1 : 0;
	decision.retry_after = 1 + chaos_dice_roll(dice, "retry", place->name, place->times, longest_s);
	decision.date = plan->kinds & CHAOS_DATE && chaos_dice_happens(dice, "date", place->name, place->times, CHAOS_DATE_PERCENT);
	if (plan->delay_ms && plan->kinds & CHAOS_DELAY && chaos_dice_happens(dice, "delay", place->name, place->times, CHAOS_DELAY_PERCENT))
		decision.delay_ms = 1 + chaos_dice_roll(dice, "delay-ms", place->name, place->times, plan->delay_ms);
	return decision;
}

const char *chaos_refusal_text(enum chaos_refusal refusal)
{
	switch (refusal) {
	case CHAOS_REFUSAL_NONE: return "none";
	case CHAOS_REFUSAL_NONCE: return "badNonce";
	case CHAOS_REFUSAL_429: return "429";
	case CHAOS_REFUSAL_503: return "503";
	case CHAOS_REFUSAL_503_BARE: return "503-without-body";
	}
	return "none";
}
