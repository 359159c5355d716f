#include "load_times.h"

#include <stdlib.h>
#include <time.h>

void load_times_add(struct load_times *times, int64_t us)
{
	if (times->count == times->cap) {
		size_t cap = times->cap ? times->cap * 2 : 1024;
		uint32_t *more = realloc(times->us, cap * sizeof(*more));
		if (!more)
			return;
		times->us = more;
		times->cap = cap;
	}
	times->us[times->count++] = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

double load_times_share(struct load_times *times, double share)
{
	if (!times->count)
		return 0;
	qsort(times->us, times->count, sizeof(*times->us), compare);
	size_t at = (size_t)(share * (double)times->count);
	return times->us[at < times->count ? at : times->count - 1] / 1000.0;
}

void load_times_free(struct load_times *times)
{
	free(times->us);
	*times = (struct load_times){0};
}

int64_t load_now_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
