#include "http/limits.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4 };

struct slot {
	uint8_t address[16];
	int64_t tat_us; // 0: free
};

struct http_limits {
	struct slot *slots; // sets of WAYS
	size_t set_count;   // a power of two
	uint64_t seed;
	int64_t interval_us;  // between two requests at the allowed rate
	int64_t tolerance_us; // how far before its TAT a request may come
};

int http_limits_new(const struct http_limits_options *options, struct http_limits **ret_limits)
{
	if (!options->per_minute || !options->burst || !options->addresses || options->addresses > SIZE_MAX / 4)
		return XICA_EINVAL;
	struct http_limits *limits = calloc(1, sizeof(*limits));
	if (!limits)
		return XICA_ENOMEM;
	limits->set_count = 1;
	while (limits->set_count * WAYS < options->addresses)
		limits->set_count *= 2;
	limits->slots = calloc(limits->set_count * WAYS, sizeof(*limits->slots));
	if (!limits->slots) {
		free(limits);
		return XICA_ENOMEM;
	}
	limits->seed = options->seed;
	limits->interval_us = INT64_C(60000000) / options->per_minute;
	limits->tolerance_us = limits->interval_us * (options->burst - 1);
	*ret_limits = limits;
	return 0;
}

void http_limits_free(struct http_limits *limits)
{
	if (!limits)
		return;
	free(limits->slots);
	free(limits);
}

static void customer_of(const uint8_t address[16], uint8_t ret_customer[16])
{
	static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
	memcpy(ret_customer, address, 16);
	if (memcmp(address, MAPPED, sizeof(MAPPED)) != 0)
		memset(ret_customer + 8, 0, 8);
}

static struct slot *set_of(const struct http_limits *limits, const uint8_t customer[16])
{
	uint64_t hash = limits->seed ^ UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < 16; i++)
		hash = (hash ^ customer[i]) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	return &limits->slots[(hash & (limits->set_count - 1)) * WAYS];
}

// The customer's slot, or one to be taken over: a free one, else the one with the oldest TAT.
static struct slot *find_slot(const struct http_limits *limits, const uint8_t customer[16])
{
	struct slot *set = set_of(limits, customer), *oldest = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].tat_us && memcmp(set[i].address, customer, 16) == 0)
			return &set[i];
		if (set[i].tat_us < oldest->tat_us)
			oldest = &set[i];
	}
	return oldest;
}

bool http_limits_take(struct http_limits *limits, const uint8_t address[16], int64_t now_ms, unsigned *ret_wait_s)
{
	uint8_t customer[16];
	customer_of(address, customer);
	struct slot *slot = find_slot(limits, customer);
	bool known = slot->tat_us && memcmp(slot->address, customer, 16) == 0;
	int64_t now_us = now_ms * 1000 + 1; // + 1: never 0, which is a free slot
	int64_t tat_us = known && slot->tat_us > now_us ? slot->tat_us : now_us;
	int64_t early_us = tat_us - now_us - limits->tolerance_us;
	if (early_us > 0) {
		*ret_wait_s = (unsigned)((early_us + 999999) / 1000000);
		return false;
	}
	memcpy(slot->address, customer, 16);
	slot->tat_us = tat_us + limits->interval_us;
	return true;
}
