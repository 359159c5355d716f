// How often something may happen: the generic cell rate algorithm (GCRA, the virtual scheduling form of ITU-T I.371). Pure: the time is an argument.
//
// Whatever is limited has one number, the theoretical arrival time (TAT) of its next event if events came at exactly the rate. An event may come as far
// before it as the burst allows. One number is the whole memory: nothing is counted, and what lies in the past is as good as nothing at all.
#pragma once
#include "base/clock.h"

struct rate {
	unsigned count;    // events in the long run…
	xica_time period;  // … in so many seconds; 0: no limit
	unsigned burst;    // at once, at least 1
};

#define RATE_NONE ((struct rate){0, 0, 0})
static inline bool rate_is_none(const struct rate *rate) { return !rate->period; }

enum { RATE_COUNT_MAX = 1000000, RATE_PERIOD_MAX = 366 * XICA_DAY };

// "300 per 3h", which may all come at once; "300 per 3h, burst 50"; "none". Units: s m h d w. XICA_EPARSE.
XICA_MUST_CHECK int rate_parse(struct view text, struct rate *ret_rate);
void rate_add_text(struct buf *out, const struct rate *rate);       // so that rate_parse reads it back
void rate_add_duration(struct buf *out, xica_time seconds);         // for people: "3 hours", "1 day and 9 hours", "45 seconds"

// tat_us: of the last event, microseconds since 1970; 0: there was none. How many seconds from now on the next event has to wait; 0: it may come now.
// A TAT further ahead than this rate can bring about (the clock was set back, the rate was changed) counts as the furthest it can.
xica_time rate_wait(const struct rate *rate, int64_t tat_us, xica_time now);
// The TAT after an event now, whether it was allowed or not (failures can't be refused); never further ahead than a full burst.
int64_t rate_after(const struct rate *rate, int64_t tat_us, xica_time now);
// How many events may come at once just now.
unsigned rate_left(const struct rate *rate, int64_t tat_us, xica_time now);
