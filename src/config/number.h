// Numbers and durations as text.
#pragma once
#include "base/error.h"

// Decimal digits only, within the bounds. XICA_EPARSE.
XICA_MUST_CHECK int config_number_parse(const char *text, long min, long max, long *ret_number);
// "90d", "8h", "15m", "30s", "2w": seconds. XICA_EPARSE.
XICA_MUST_CHECK int config_number_duration(const char *text, long *ret_seconds);
