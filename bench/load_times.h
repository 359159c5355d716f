// How long things took, each remembered: percentiles are exact.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct load_times {
	uint32_t *us;
	size_t count, cap;
};

void load_times_add(struct load_times *times, int64_t us); // what can't be remembered is left out
// The time that this share (0.99) of them did not exceed, in milliseconds; sorts. 0 where there are none.
double load_times_share(struct load_times *times, double share);
void load_times_free(struct load_times *times);
int64_t load_now_us(void); // monotonic
