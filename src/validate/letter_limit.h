// How many letters of email-01 an address may get: so that not even a broken registrar can flood anybody. Pure, but for the digest: the time is an argument.
#pragma once
#include "base/clock.h"
#include "base/view.h"

enum { LETTER_LIMIT = 5, LETTER_LIMIT_SPAN = XICA_HOUR, LETTER_ADDRESSES_MAX = 8192 };

struct letter_limit;
// max: addresses that are remembered at once.
XICA_MUST_CHECK int letter_limit_new(size_t max, struct letter_limit **ret_limit);
void letter_limit_free(struct letter_limit *limit); // NULL is fine
// Counts one letter to this address. XICA_EAGAIN: it had LETTER_LIMIT of them within the last LETTER_LIMIT_SPAN seconds, or too many addresses had one;
// nothing is counted then.
XICA_MUST_CHECK int letter_limit_take(struct letter_limit *limit, struct view address, xica_time now);
