#include "inspect/seen.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 16 };

static const int64_t NUMBER_MAX = (int64_t)1 << 36; // a row's number; one above was put there by hand

int inspect_seen_put(struct inspect_seen *seen, int64_t id, bool *ret_before)
{
	if (id < 0 || id > NUMBER_MAX)
		return XICA_ERANGE;
	size_t at = (size_t)id / 8;
	if (at >= seen->len) {
		size_t len = (at / ROOM + 1) * ROOM * 2;
		uint8_t *bits = realloc(seen->bits, len);
		if (!bits)
			return XICA_ENOMEM;
		memset(bits + seen->len, 0, len - seen->len);
		*seen = (struct inspect_seen){bits, len};
	}
	uint8_t bit = (uint8_t)(1 << (id % 8));
	*ret_before = (seen->bits[at] & bit) != 0;
	seen->bits[at] |= bit;
	return XICA_OK;
}

bool inspect_seen_has(const struct inspect_seen *seen, int64_t id)
{
	return id >= 0 && (size_t)id / 8 < seen->len && (seen->bits[id / 8] >> (id % 8) & 1);
}

void inspect_seen_free(struct inspect_seen *seen)
{
	free(seen->bits);
	*seen = (struct inspect_seen){0};
}
