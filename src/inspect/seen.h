// Which rows the inspection has seen so far: a bit for each.
#pragma once
#include "base/buf.h"

struct inspect_seen { // begin with zeros
	uint8_t *bits;
	size_t len;
};

XICA_MUST_CHECK int inspect_seen_put(struct inspect_seen *seen, int64_t id, bool *ret_before); // XICA_ENOMEM
bool inspect_seen_has(const struct inspect_seen *seen, int64_t id);
void inspect_seen_free(struct inspect_seen *seen);
