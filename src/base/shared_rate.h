// How often something may happen, whichever process does it: the generic cell rate algorithm (GCRA, the virtual scheduling form of ITU-T I.371), as in base/rate.h,
// by nanoseconds, on one number in memory that all of them share (base/shared_window.h). Pure: the time is an argument and the memory is handed in.
//
// The number is the theoretical arrival time (TAT) of the next event if events came at exactly the rate. It changes by one compare-and-swap, so there is no lock to
// be left held, and a process that dies leaves nothing behind. All-zero memory is a number of which nothing has happened yet. One further ahead than the rate can
// bring about (the rate was changed, or who shares it has gone wrong) counts as the furthest that it can, and becomes that where nothing else explains it.
#pragma once
#include <stdatomic.h>

#include "base/error.h"
#include "base/view.h"

enum { SHARED_RATE_MAX = 1000000 };

struct shared_rate {
	_Alignas(64) _Atomic int64_t tat; // alone in its cache line: others beside it aren't slowed down
};

// per_second: 1 to SHARED_RATE_MAX events in the long run, and as many at once. now_us: of a clock that never goes back and that all who share the number have.
// False: it is too much now; that costs nothing.
bool shared_rate_take(struct shared_rate *rate, unsigned per_second, int64_t now_us);
