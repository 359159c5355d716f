#include "validate/letter_limit.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

struct entry {
	uint8_t address[CRYPTO_SHA256_LEN];
	xica_time times[LETTER_LIMIT]; // of its last letters; next is the oldest
	unsigned next;
	xica_time newest;              // 0: free
};

struct letter_limit {
	size_t max;
	struct entry entries[];
};

int letter_limit_new(size_t max, struct letter_limit **ret_limit)
{
	struct letter_limit *limit = calloc(1, sizeof(*limit) + max * sizeof(limit->entries[0]));
	if (!limit)
		return XICA_ENOMEM;
	limit->max = max;
	*ret_limit = limit;
	return XICA_OK;
}

void letter_limit_free(struct letter_limit *limit)
{
	free(limit);
}

static bool is_recent(xica_time time, xica_time now)
{
	return time && now - time < LETTER_LIMIT_SPAN;
}

// The entry of this address, or else one that is free.
static struct entry *find(struct letter_limit *limit, const uint8_t address[CRYPTO_SHA256_LEN], xica_time now)
{
	struct entry *room = NULL;
	for (size_t i = 0; i < limit->max; i++) {
		struct entry *entry = &limit->entries[i];
		if (!is_recent(entry->newest, now))
			room = room ? room : entry;
		else if (memcmp(entry->address, address, CRYPTO_SHA256_LEN) == 0)
			return entry;
	}
	if (room) {
		*room = (struct entry){0};
		memcpy(room->address, address, CRYPTO_SHA256_LEN);
	}
	return room;
}

int letter_limit_take(struct letter_limit *limit, struct view address, xica_time now)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(address, digest);
	if (error)
		return error;
	struct entry *entry = find(limit, digest, now);
	if (!entry || is_recent(entry->times[entry->next], now))
		return XICA_EAGAIN;
	entry->times[entry->next] = entry->newest = now;
	entry->next = (entry->next + 1) % LETTER_LIMIT;
	return XICA_OK;
}
