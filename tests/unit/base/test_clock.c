#include "base/clock.h"
#include "check.h"

static void rfc_3339_goes_both_ways(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	xica_time t;
	clock_add_rfc3339(&text, 1777863721);
	assert_view(buf_view(&text), "2026-05-04T03:02:01Z");
	assert_int_equal(clock_parse_rfc3339(buf_view(&text), &t), 0);
	assert_int_equal(t, 1777863721);
	assert_int_equal(clock_parse_rfc3339(VIEW_LIT("2026-05-04T05:02:01.25+02:00"), &t), 0);
	assert_int_equal(t, 1777863721);
}

static void what_is_no_rfc_3339_time_is_refused(void **state)
{
	static const char *const BAD[] = {"", "2026", "2026-05-04", "2026-05-04T03:02:01", "2026-02-31T00:00:00Z",
		"2026-13-01T00:00:00Z", "2026-05-04T24:00:00Z", "2026-05-04T03:02:01Zx", "2026-05-04T03:02:01.Z",
		"2026-05-04 03:02:01", "2026-05-04T03:02:01+2:00"};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		xica_time t = 42;
		assert_int_equal(clock_parse_rfc3339(view_str(BAD[i]), &t), XICA_EPARSE);
		assert_int_equal(t, 42);
	}
}

static void a_day_alone_is_its_beginning(void **state)
{
	static const char *const BAD[] = {"", "2026", "2026-02-31", "2026-05-04T", "yesterday!"};
	xica_time t = 42;
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(clock_parse_day_or_time(view_str(BAD[i]), &t), XICA_EPARSE);
	assert_int_equal(t, 42);
	assert_int_equal(clock_parse_day_or_time(VIEW_LIT("2026-05-04"), &t), 0);
	assert_int_equal(t, 1777863721 - 3 * XICA_HOUR - 2 * XICA_MINUTE - 1);
	assert_int_equal(clock_parse_day_or_time(VIEW_LIT("2026-05-04T03:02:01Z"), &t), 0);
	assert_int_equal(t, 1777863721);
}

static void http_date_goes_both_ways(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	xica_time t;
	clock_add_http(&text, 784111777);
	assert_view(buf_view(&text), "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(clock_parse_http(buf_view(&text), &t), 0);
	assert_int_equal(t, 784111777);
	assert_int_equal(clock_parse_http(VIEW_LIT("yesterday"), &t), XICA_EPARSE);
}

static void each_date_has_all_its_digits(void **state)
{
	(void)state;
	static const struct {
		xica_time time;
		const char *text;
	} DATES[] = {{0, "1970-01-01T00:00:00Z"}, {1709164799, "2024-02-28T23:59:59Z"}, {1709164800, "2024-02-29T00:00:00Z"}, {-1, "1969-12-31T23:59:59Z"},
		     {253402300799, "9999-12-31T23:59:59Z"}, {253402300800, "10000-01-01T00:00:00Z"}};
	for (size_t i = 0; i < sizeof(DATES) / sizeof(DATES[0]); i++) {
		cleanup_buf text = BUF_INIT;
		clock_add_rfc3339(&text, DATES[i].time);
		assert_string_equal(buf_cstr(&text), DATES[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_date_has_all_its_digits), cmocka_unit_test(rfc_3339_goes_both_ways),
		cmocka_unit_test(what_is_no_rfc_3339_time_is_refused),
		cmocka_unit_test(a_day_alone_is_its_beginning),
		cmocka_unit_test(http_date_goes_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
