#define _DEFAULT_SOURCE
#include "base/clock.h"

#include <time.h>

static const char DAYS[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

xica_time clock_now(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

int64_t clock_monotonic_ms(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct tm broken_down(xica_time t)
{
	struct tm tm = {0};
	(void)gmtime_r(&t, &tm);
	return tm;
}

// Every line of the log and every object has dates: printf is too much for them.
static void add_digits(struct buf *out, unsigned value, size_t count, char next)
{
	uint8_t *to = buf_extend(out, count + 1);
	if (!to)
		return;
	to[count] = (uint8_t)next;
	for (; count; value /= 10)
		to[--count] = (uint8_t)('0' + value % 10);
}

void clock_add_rfc3339(struct buf *out, xica_time t)
{
	struct tm tm = broken_down(t);
	int year = tm.tm_year + 1900;
	if (year < 0 || year > 9999)
		buf_addf(out, "%d-", year); // which RFC 3339 doesn't have
	else
		add_digits(out, (unsigned)year, 4, '-');
	add_digits(out, (unsigned)tm.tm_mon + 1, 2, '-');
	add_digits(out, (unsigned)tm.tm_mday, 2, 'T');
	add_digits(out, (unsigned)tm.tm_hour, 2, ':');
	add_digits(out, (unsigned)tm.tm_min, 2, ':');
	add_digits(out, (unsigned)tm.tm_sec, 2, 'Z');
}

void clock_add_http(struct buf *out, xica_time t)
{
	struct tm tm = broken_down(t);
	buf_addf(out, "%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[tm.tm_wday], tm.tm_mday, MONTHS[tm.tm_mon],
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

// A cursor over text; any failed read marks it.
struct scan {
	struct view rest;
	bool bad;
};

static int scan_digits(struct scan *s, size_t count)
{
	int value = 0;
	if (s->rest.len < count) {
		s->bad = true;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (s->rest.ptr[i] < '0' || s->rest.ptr[i] > '9')
			s->bad = true;
		value = value * 10 + (s->rest.ptr[i] - '0');
	}
	s->rest = view_sub(s->rest, count, SIZE_MAX);
	return s->bad ? 0 : value;
}

static void scan_text(struct scan *s, const char *text)
{
	struct view want = view_str(text);
	if (!view_equal_nocase(view_sub(s->rest, 0, want.len), want))
		s->bad = true;
	s->rest = view_sub(s->rest, want.len, SIZE_MAX);
}

static int scan_one_of(struct scan *s, const char names[][4], int count)
{
	for (int i = 0; i < count; i++)
		if (view_equal_str(view_sub(s->rest, 0, 3), names[i])) {
			s->rest = view_sub(s->rest, 3, SIZE_MAX);
			return i;
		}
	s->bad = true;
	return 0;
}

static int to_time(struct tm *tm, xica_time *ret_time)
{
	struct tm given = *tm;
	if (given.tm_hour > 23 || given.tm_min > 59 || given.tm_sec > 60)
		return XICA_EPARSE;
	if (given.tm_sec == 60)
		tm->tm_sec = 59;
	xica_time t = timegm(tm);
	if (tm->tm_mday != given.tm_mday || tm->tm_mon != given.tm_mon) // 31 February was moved to March
		return XICA_EPARSE;
	*ret_time = t;
	return XICA_OK;
}

static int scan_offset(struct scan *s)
{
	if (s->rest.len && (s->rest.ptr[0] == 'Z' || s->rest.ptr[0] == 'z')) {
		s->rest = view_sub(s->rest, 1, SIZE_MAX);
		return 0;
	}
	int sign = s->rest.len && s->rest.ptr[0] == '-' ? -1 : 1;
	scan_text(s, sign < 0 ? "-" : "+");
	int hours = scan_digits(s, 2);
	scan_text(s, ":");
	int minutes = scan_digits(s, 2);
	if (hours > 23 || minutes > 59)
		s->bad = true;
	return sign * (hours * 3600 + minutes * 60);
}

int clock_parse_rfc3339(struct view text, xica_time *ret_time)
{
	struct scan s = {text, false};
	struct tm tm = {0};
	xica_time t;
	tm.tm_year = scan_digits(&s, 4) - 1900;
	scan_text(&s, "-");
	tm.tm_mon = scan_digits(&s, 2) - 1;
	scan_text(&s, "-");
	tm.tm_mday = scan_digits(&s, 2);
	scan_text(&s, "T");
	tm.tm_hour = scan_digits(&s, 2);
	scan_text(&s, ":");
	tm.tm_min = scan_digits(&s, 2);
	scan_text(&s, ":");
	tm.tm_sec = scan_digits(&s, 2);
	if (s.rest.len && s.rest.ptr[0] == '.') {
		s.rest = view_sub(s.rest, 1, SIZE_MAX);
		(void)scan_digits(&s, 1);
		while (s.rest.len && s.rest.ptr[0] >= '0' && s.rest.ptr[0] <= '9')
			s.rest = view_sub(s.rest, 1, SIZE_MAX);
	}
	int offset = scan_offset(&s);
	if (s.bad || s.rest.len || to_time(&tm, &t))
		return XICA_EPARSE;
	*ret_time = t - offset;
	return XICA_OK;
}

int clock_parse_day_or_time(struct view text, xica_time *ret_time)
{
	static const char MIDNIGHT[] = "T00:00:00Z";
	cleanup_buf whole = BUF_INIT;
	if (text.len != sizeof("2026-05-04") - 1)
		return clock_parse_rfc3339(text, ret_time);
	buf_add(&whole, text);
	buf_add_str(&whole, MIDNIGHT);
	return buf_error(&whole) ? buf_error(&whole) : clock_parse_rfc3339(buf_view(&whole), ret_time);
}

int clock_parse_http(struct view text, xica_time *ret_time)
{
	struct scan s = {text, false};
	struct tm tm = {0};
	(void)scan_one_of(&s, DAYS, 7);
	scan_text(&s, ", ");
	tm.tm_mday = scan_digits(&s, 2);
	scan_text(&s, " ");
	tm.tm_mon = scan_one_of(&s, MONTHS, 12);
	scan_text(&s, " ");
	tm.tm_year = scan_digits(&s, 4) - 1900;
	scan_text(&s, " ");
	tm.tm_hour = scan_digits(&s, 2);
	scan_text(&s, ":");
	tm.tm_min = scan_digits(&s, 2);
	scan_text(&s, ":");
	tm.tm_sec = scan_digits(&s, 2);
	scan_text(&s, " GMT");
	if (s.bad || s.rest.len)
		return XICA_EPARSE;
	return to_time(&tm, ret_time);
}
