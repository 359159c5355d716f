#include "base/shared_rate.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics that take a lock do not work between processes");

enum { TRIES_MAX = 100 }; // each that fails is another process's success

static const int64_t SECOND = INT64_C(1000000000);
static const int64_t LATE = INT64_C(10000000000); // as much older may a process's time be that had to wait for the processor

bool shared_rate_take(struct shared_rate *rate, unsigned per_second, int64_t now_us)
{
	int64_t now = now_us * 1000, interval = (SECOND + per_second - 1) / per_second; // rounded up: never more than is allowed
	int64_t room = interval * (per_second - 1), is = atomic_load_explicit(&rate->tat, memory_order_relaxed);
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		int64_t most = now + room + interval, tat = is < now ? now : is > most ? most : is;
		if (tat - now > room) {
			if (is - most > LATE) // so far ahead it would refuse for as long
				(void)atomic_compare_exchange_strong_explicit(&rate->tat, &is, most, memory_order_relaxed, memory_order_relaxed);
			return false;
		}
		if (atomic_compare_exchange_strong_explicit(&rate->tat, &is, tat + interval, memory_order_relaxed, memory_order_relaxed))
			return true;
	}
	return true; // one that has gone wrong keeps changing it
}
