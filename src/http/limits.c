#include "http/limits.h"

#include <stdlib.h>
#include <string.h>

#include "http/customer.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics that take a lock do not work between processes");

enum {
	TAT_BITS = 44,       // of ticks: 34 years since the machine started
	TICKS_PER_MS = 16,   // 960,000 a minute: finer than any rate that somebody configures for one address
	RATE_MAX = 1000000,
	TRIES_MAX = 100,     // each that fails is another front's success in the same slot
	LATE = 60000 * TICKS_PER_MS, // as much older may a front's time be that had to wait for the processor
};

static const uint64_t TAT_MASK = (UINT64_C(1) << TAT_BITS) - 1;

struct http_limits {
	struct http_limits_window *window;
	struct crypto_block *block;
	uint8_t kind;
	int64_t interval;  // ticks between two requests at the allowed rate
	int64_t tolerance; // how many before its TAT a request may come
};

int http_limits_new(const struct http_limits_options *options, struct http_limits **ret_limits)
{
	if (!options->per_minute || !options->burst || options->per_minute > RATE_MAX || options->burst > RATE_MAX || !options->window)
		return XICA_EINVAL;
	struct http_limits *limits = calloc(1, sizeof(*limits));
	if (!limits)
		return XICA_ENOMEM;
	int error = crypto_block_new(options->key, &limits->block);
	if (error) {
		free(limits);
		return error;
	}
	limits->window = options->window;
	limits->kind = options->kind;
	limits->interval = (INT64_C(60000) * TICKS_PER_MS + options->per_minute - 1) / options->per_minute; // rounded up: never more than is allowed
	limits->tolerance = limits->interval * (options->burst - 1);
	*ret_limits = limits;
	return 0;
}

void http_limits_free(struct http_limits *limits)
{
	if (!limits)
		return;
	crypto_block_free(limits->block);
	free(limits);
}

static int find_set(const struct http_limits *limits, const uint8_t address[16], _Atomic uint64_t **ret_set, uint64_t *ret_tag)
{
	uint8_t sealed[HTTP_CUSTOMER_LEN];
	uint64_t halves[2];
	int error = http_customer_seal(limits->block, address, limits->kind, sealed);
	if (error)
		return error;
	memcpy(halves, sealed, sizeof(halves));
	*ret_set = limits->window->slots[halves[0] % HTTP_LIMITS_SETS];
	*ret_tag = halves[1] >> TAT_BITS;
	return 0;
}

// The slot of this tag, or one to be taken over: with the TAT that lies furthest back. Two fronts that saw a newcomer at the same moment may have made two
// slots of it: the stricter one counts.
static _Atomic uint64_t *find_slot(_Atomic uint64_t *set, uint64_t tag, uint64_t *ret_is)
{
	_Atomic uint64_t *own = NULL, *oldest = NULL;
	uint64_t own_is = 0, oldest_is = 0;
	for (size_t i = 0; i < HTTP_LIMITS_WAYS; i++) {
		uint64_t is = atomic_load_explicit(&set[i], memory_order_relaxed);
		if (is >> TAT_BITS == tag && (!own || is > own_is)) {
			own = &set[i];
			own_is = is;
		}
		if (!oldest || (is & TAT_MASK) < (oldest_is & TAT_MASK)) {
			oldest = &set[i];
			oldest_is = is;
		}
	}
	*ret_is = own ? own_is : oldest_is;
	return own ? own : oldest;
}

// As it counts now: never in the past, never further ahead than a full burst.
static int64_t effective_tat(const struct http_limits *limits, uint64_t is, uint64_t tag, int64_t now)
{
	int64_t tat = is >> TAT_BITS == tag ? (int64_t)(is & TAT_MASK) : 0, most = now + limits->tolerance + limits->interval;
	return tat < now ? now : tat > most ? most : tat;
}

// The slot of somebody who is refused. So far ahead as no request of his brought it, it would refuse him for as long.
static void mend(_Atomic uint64_t *slot, uint64_t is, int64_t tat)
{
	if ((int64_t)(is & TAT_MASK) - tat > LATE)
		(void)atomic_compare_exchange_strong_explicit(slot, &is, (is & ~TAT_MASK) | ((uint64_t)tat & TAT_MASK), memory_order_relaxed, memory_order_relaxed);
}

bool http_limits_take(struct http_limits *limits, const uint8_t address[16], int64_t now_ms, unsigned *ret_wait_s)
{
	enum { TICKS_PER_S = TICKS_PER_MS * 1000 };
	_Atomic uint64_t *set;
	uint64_t tag, is;
	int64_t now = now_ms * TICKS_PER_MS;
	if (find_set(limits, address, &set, &tag))
		return true; // who can't be counted isn't
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		_Atomic uint64_t *slot = find_slot(set, tag, &is);
		int64_t tat = effective_tat(limits, is, tag, now), early = tat - now - limits->tolerance;
		if (early > 0) {
			mend(slot, is, tat);
			*ret_wait_s = (unsigned)((early + TICKS_PER_S - 1) / TICKS_PER_S);
			return false;
		}
		uint64_t shall = tag << TAT_BITS | ((uint64_t)(tat + limits->interval) & TAT_MASK);
		if (atomic_compare_exchange_strong_explicit(slot, &is, shall, memory_order_relaxed, memory_order_relaxed))
			return true;
	}
	return true; // a front that has gone wrong keeps changing it
}
