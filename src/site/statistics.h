// Answers that are worked out once a minute at most, however many ask.
#pragma once
#include <jansson.h>

#include "base/clock.h"

struct site_kept {
	json_t *answer; // NULL: none yet
	xica_time time; // when it was worked out
};

void site_kept_free(struct site_kept *kept);
