#include "config/number.h"

#include <string.h>

#include "base/clock.h"

enum { DURATION_MAX_COUNT = 100000 };

int config_number_parse(const char *text, long min, long max, long *ret_number)
{
	long number = 0;
	if (!*text)
		return XICA_EPARSE;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9' || number > (max - (*c - '0')) / 10)
			return XICA_EPARSE;
		number = number * 10 + (*c - '0');
	}
	if (number < min)
		return XICA_EPARSE;
	*ret_number = number;
	return XICA_OK;
}

static long unit_seconds(char unit)
{
	switch (unit) {
	case 's': return 1;
	case 'm': return XICA_MINUTE;
	case 'h': return XICA_HOUR;
	case 'd': return XICA_DAY;
	case 'w': return 7 * XICA_DAY;
	default: return 0;
	}
}

int config_number_duration(const char *text, long *ret_seconds)
{
	char digits[8];
	size_t len = strlen(text);
	long count;
	if (len < 2 || len > sizeof(digits))
		return XICA_EPARSE;
	memcpy(digits, text, len - 1);
	digits[len - 1] = 0;
	long unit = unit_seconds(text[len - 1]);
	if (!unit || config_number_parse(digits, 0, DURATION_MAX_COUNT, &count))
		return XICA_EPARSE;
	*ret_seconds = count * unit;
	return XICA_OK;
}
