// Time is seconds since 1970-01-01T00:00:00Z, without leap seconds. Rooms take it as an argument; only roles and
// programs read the clock.
#pragma once
#include "base/buf.h"

typedef int64_t xica_time;

enum { XICA_MINUTE = 60, XICA_HOUR = 3600, XICA_DAY = 86400 };

xica_time clock_now(void);
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
// RFC 3339 with Z, whole seconds: 2026-05-04T03:02:01Z
void clock_add_rfc3339(struct buf *out, xica_time t);
// Accepts what RFC 3339 §5.6 allows (fractions are dropped, offsets applied); XICA_EPARSE otherwise.
XICA_MUST_CHECK int clock_parse_rfc3339(struct view text, xica_time *ret_time);
// The same, or a day alone: when it begins (UTC).
XICA_MUST_CHECK int clock_parse_day_or_time(struct view text, xica_time *ret_time);
// IMF-fixdate for HTTP (RFC 9110 §5.6.7): Sun, 06 Nov 1994 08:49:37 GMT
void clock_add_http(struct buf *out, xica_time t);
XICA_MUST_CHECK int clock_parse_http(struct view text, xica_time *ret_time);
