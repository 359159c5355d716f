#include "base/rate.h"

// --- text

static void skip_spaces(struct view *at)
{
	while (at->len && at->ptr[0] == ' ')
		*at = view_sub(*at, 1, SIZE_MAX);
}

static int read_number(struct view *at, long most, long *ret_number)
{
	long number = 0;
	size_t digits = 0;
	for (; digits < at->len && at->ptr[digits] >= '0' && at->ptr[digits] <= '9'; digits++) {
		number = number * 10 + (at->ptr[digits] - '0');
		if (number > most)
			return XICA_EPARSE;
	}
	if (!digits || !number)
		return XICA_EPARSE;
	*at = view_sub(*at, digits, SIZE_MAX);
	*ret_number = number;
	return XICA_OK;
}

static bool skip_word(struct view *at, const char *word)
{
	skip_spaces(at);
	struct view text = view_str(word);
	if (!view_starts(*at, text))
		return false;
	*at = view_sub(*at, text.len, SIZE_MAX);
	skip_spaces(at);
	return true;
}

static const struct unit {
	char letter;
	xica_time seconds;
	const char *name;
} UNITS[] = {{'w', 7 * XICA_DAY, "week"}, {'d', XICA_DAY, "day"}, {'h', XICA_HOUR, "hour"}, {'m', XICA_MINUTE, "minute"}, {'s', 1, "second"}};

enum { UNIT_COUNT = sizeof(UNITS) / sizeof(UNITS[0]) };

static int read_period(struct view *at, xica_time *ret_period)
{
	long number;
	int error = read_number(at, RATE_PERIOD_MAX, &number);
	if (error || !at->len)
		return XICA_EPARSE;
	for (size_t i = 0; i < UNIT_COUNT; i++)
		if (at->ptr[0] == UNITS[i].letter) {
			if (number > RATE_PERIOD_MAX / UNITS[i].seconds)
				return XICA_EPARSE;
			*at = view_sub(*at, 1, SIZE_MAX);
			*ret_period = number * UNITS[i].seconds;
			return XICA_OK;
		}
	return XICA_EPARSE;
}

int rate_parse(struct view text, struct rate *ret_rate)
{
	struct view at = text;
	long count, burst;
	xica_time period;
	if (view_equal_str(text, "none")) {
		*ret_rate = RATE_NONE;
		return XICA_OK;
	}
	if (read_number(&at, RATE_COUNT_MAX, &count) || !skip_word(&at, "per") || read_period(&at, &period))
		return XICA_EPARSE;
	burst = count;
	if (at.len && (!skip_word(&at, ",") || !skip_word(&at, "burst") || read_number(&at, RATE_COUNT_MAX, &burst) || at.len))
		return XICA_EPARSE;
	*ret_rate = (struct rate){(unsigned)count, period, (unsigned)burst};
	return XICA_OK;
}

void rate_add_text(struct buf *out, const struct rate *rate)
{
	size_t unit = 0;
	if (rate_is_none(rate)) {
		buf_add_str(out, "none");
		return;
	}
	while (rate->period % UNITS[unit].seconds)
		unit++;
	buf_addf(out, "%u per %lld%c", rate->count, (long long)(rate->period / UNITS[unit].seconds), UNITS[unit].letter);
	if (rate->burst != rate->count)
		buf_addf(out, ", burst %u", rate->burst);
}

static void add_unit(struct buf *out, xica_time number, const char *name)
{
	buf_addf(out, "%lld %s%s", (long long)number, name, number == 1 ? "" : "s");
}

void rate_add_duration(struct buf *out, xica_time seconds)
{
	size_t unit = 1; // weeks say less than days
	if (seconds < 0)
		seconds = 0;
	while (unit + 1 < UNIT_COUNT && seconds < UNITS[unit].seconds)
		unit++;
	add_unit(out, seconds / UNITS[unit].seconds, UNITS[unit].name);
	xica_time rest = unit + 1 < UNIT_COUNT ? seconds % UNITS[unit].seconds / UNITS[unit + 1].seconds : 0;
	if (rest) {
		buf_add_str(out, " and ");
		add_unit(out, rest, UNITS[unit + 1].name);
	}
}

// --- the algorithm

static const int64_t SECOND_US = 1000000;

static int64_t interval_us(const struct rate *rate)
{
	int64_t interval = rate->period * SECOND_US / rate->count;
	return interval ? interval : 1;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

// As it counts now: never in the past, never beyond a full burst.
static int64_t effective(const struct rate *rate, int64_t tat_us, xica_time now)
{
	int64_t now_us = now * SECOND_US;
	return clamp(tat_us, now_us, now_us + interval_us(rate) * rate->burst);
}

xica_time rate_wait(const struct rate *rate, int64_t tat_us, xica_time now)
{
	if (rate_is_none(rate))
		return 0;
	int64_t early_us = effective(rate, tat_us, now) - now * SECOND_US - interval_us(rate) * (rate->burst - 1);
	return early_us > 0 ? (early_us + SECOND_US - 1) / SECOND_US : 0;
}

int64_t rate_after(const struct rate *rate, int64_t tat_us, xica_time now)
{
	if (rate_is_none(rate))
		return 0;
	int64_t after = effective(rate, tat_us, now) + interval_us(rate), most = now * SECOND_US + interval_us(rate) * rate->burst;
	return after < most ? after : most;
}

unsigned rate_left(const struct rate *rate, int64_t tat_us, xica_time now)
{
	if (rate_is_none(rate))
		return RATE_COUNT_MAX;
	int64_t ahead = effective(rate, tat_us, now) - now * SECOND_US, room = interval_us(rate) * (rate->burst - 1);
	return ahead > room ? 0 : (unsigned)((room - ahead) / interval_us(rate)) + 1;
}
