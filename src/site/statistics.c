// How many certificates there are, and what was issued: numbers that are asked for often and counted rarely. What was worked out is kept for a minute.
#include "site/public.h"
#include "site/statistics.h"
#include "store/certificate.h"
#include "store/statistic.h"

enum { KEPT_FOR = XICA_MINUTE, QUARTERS = 8, MONTHS = 12, QUARTER_MONTHS = 3 };

// --- kept answers

static bool is_kept(const struct site_request *request, const struct site_kept *kept)
{
	return kept->answer && request->now >= kept->time && request->now - kept->time < KEPT_FOR;
}

static int keep(struct site_request *request, struct site_kept *kept, json_t *answer)
{
	if (!answer)
		return XICA_ENOMEM;
	json_decref(kept->answer);
	*kept = (struct site_kept){answer, request->now};
	return site_answer(request, json_incref(answer));
}

void site_kept_free(struct site_kept *kept)
{
	json_decref(kept->answer);
	*kept = (struct site_kept){0};
}

// --- numbers

int site_show_numbers(struct store_txn *txn, struct site_request *request)
{
	struct site_kept *kept = &request->site->numbers;
	int64_t issued, revoked, domains;
	uint64_t active;
	if (is_kept(request, kept))
		return site_answer(request, json_incref(kept->answer));
	int error = store_certificate_count_active(txn, request->now, &active);
	if (error || (error = store_statistic_total(txn, VIEW_LIT("issued"), &issued)) ||
	    (error = store_statistic_total(txn, VIEW_LIT("revoked"), &revoked)) || (error = store_statistic_total(txn, VIEW_LIT("domain"), &domains)))
		return error;
	return keep(request, kept, json_pack("{s:I, s:I, s:I, s:I}", "active", (json_int_t)active, "issued", (json_int_t)issued, "revoked", (json_int_t)revoked,
					     "domains", (json_int_t)domains));
}

// --- days and quarters

struct date {
	int year;
	unsigned month; // 1 to 12
};

static struct date date_of(int64_t day, char ret_text[sizeof("2026-11-23")])
{
	cleanup_buf text = BUF_INIT;
	struct date date = {0};
	clock_add_rfc3339(&text, day * XICA_DAY);
	for (size_t i = 0; i < sizeof("2026-11-23"); i++)
		ret_text[i] = i + 1 < sizeof("2026-11-23") && i < text.len ? (char)text.ptr[i] : '\0';
	for (size_t i = 0; i < 4; i++)
		date.year = date.year * 10 + ret_text[i] - '0';
	date.month = (unsigned)(ret_text[5] - '0') * 10 + (unsigned)(ret_text[6] - '0');
	return date;
}

// Quarters since the year 0.
static int quarter_of(int64_t day)
{
	char text[sizeof("2026-11-23")];
	struct date date = date_of(day, text);
	return date.year * (MONTHS / QUARTER_MONTHS) + (int)(date.month - 1) / QUARTER_MONTHS;
}

// Of the oldest quarter that is shown.
static int64_t first_day(int64_t today)
{
	int first = quarter_of(today) - (QUARTERS - 1);
	int64_t day = today;
	while (day > 0 && quarter_of(day - 1) >= first)
		day--;
	return day;
}

static void raise(json_t *object, const char *name, json_int_t by)
{
	(void)json_object_set_new(object, name, json_integer(json_integer_value(json_object_get(object, name)) + by));
}

static json_t *new_quarter(int quarter)
{
	cleanup_buf name = BUF_INIT;
	buf_addf(&name, "%04d-Q%d", quarter / 4, quarter % 4 + 1);
	return json_pack("{s:o, s:i, s:i, s:i, s:n, s:n, s:{}, s:{}, s:{}}", "quarter", site_json_text(buf_view(&name)), "issued", 0, "revoked", 0, "renewed", 0,
			 "renewal_rate", "active", "key_types", "profiles", "methods");
}

static json_t *new_day(const char *text)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:n}", "day", text, "issued", 0, "revoked", 0, "renewed", 0, "active");
}

// "key:P-256" stands in the object of the key types under "P-256".
static bool take_kind(json_t *to, struct arena *arena, const struct store_statistic *row)
{
	static const struct {
		struct view before;
		const char *member;
	} KINDS[] = {{VIEW_LIT("key:"), "key_types"}, {VIEW_LIT("profile:"), "profiles"}, {VIEW_LIT("method:"), "methods"}};
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (!view_starts(row->what, KINDS[i].before))
			continue;
		const char *name = arena_strdup(arena, view_sub(row->what, KINDS[i].before.len, SIZE_MAX));
		if (name)
			raise(json_object_get(to, KINDS[i].member), name, row->value);
		return true;
	}
	return false;
}

static void take_count(json_t *to, const struct store_statistic *row)
{
	static const char *const COUNTED[] = {"issued", "revoked", "renewed"};
	if (view_equal_str(row->what, "active"))
		(void)json_object_set_new(to, "active", json_integer(row->value));
	for (size_t i = 0; i < sizeof(COUNTED) / sizeof(COUNTED[0]); i++)
		if (view_equal_str(row->what, COUNTED[i]))
			raise(to, COUNTED[i], row->value);
}

static void set_rate(json_t *quarter)
{
	json_int_t issued = json_integer_value(json_object_get(quarter, "issued"));
	if (issued)
		(void)json_object_set_new(quarter, "renewal_rate", json_real((double)json_integer_value(json_object_get(quarter, "renewed")) / (double)issued));
}

// The answer, with rows by day.
static void fill(json_t *answer, struct arena *arena, const struct store_statistic *rows, size_t count, int64_t from, int64_t to)
{
	json_t *days = json_object_get(answer, "days"), *quarters = json_object_get(answer, "quarters"), *quarter = NULL;
	int current = -1;
	size_t i = 0;
	for (int64_t day = from; day <= to; day++) {
		char text[sizeof("2026-11-23")];
		(void)date_of(day, text);
		if (quarter_of(day) != current) {
			set_rate(quarter);
			current = quarter_of(day);
			quarter = new_quarter(current);
			(void)json_array_append_new(quarters, quarter);
		}
		json_t *is = new_day(text);
		for (; i < count && rows[i].day <= day; i++) {
			if (take_kind(answer, arena, &rows[i]) && take_kind(quarter, arena, &rows[i]))
				continue;
			take_count(is, &rows[i]);
			take_count(quarter, &rows[i]);
		}
		(void)json_array_append_new(days, is);
	}
	set_rate(quarter);
}

// What the day so far has is measured now.
static int measure_today(struct store_txn *txn, struct site_request *request, json_t *answer)
{
	uint64_t active;
	const json_t *days = json_object_get(answer, "days"), *quarters = json_object_get(answer, "quarters");
	int error = store_certificate_count_active(txn, request->now, &active);
	if (error)
		return error;
	json_t *today = json_array_get(days, json_array_size(days) - 1), *quarter = json_array_get(quarters, json_array_size(quarters) - 1);
	bool failed = json_object_set_new(today, "active", json_integer((json_int_t)active)) ||
		      json_object_set_new(quarter, "active", json_integer((json_int_t)active));
	return failed ? XICA_ENOMEM : XICA_OK;
}

int site_show_statistics(struct store_txn *txn, struct site_request *request)
{
	struct site_kept *kept = &request->site->statistics;
	struct store_statistic *rows;
	int64_t today = request->now / XICA_DAY;
	size_t count;
	if (is_kept(request, kept))
		return site_answer(request, json_incref(kept->answer));
	int64_t from = first_day(today);
	int error = store_statistic_list(txn, from, today, &request->arena, &rows, &count);
	if (error)
		return error;
	json_t *answer = json_pack("{s:[], s:{}, s:{}, s:{}, s:[]}", "days", "key_types", "profiles", "methods", "quarters");
	if (!answer)
		return XICA_ENOMEM;
	fill(answer, &request->arena, rows, count, count ? rows[0].day : today, today); // no empty years before a CA's first day
	if ((error = measure_today(txn, request, answer))) {
		json_decref(answer);
		return error;
	}
	return keep(request, kept, answer);
}

int site_show_statistics_csv(struct store_txn *txn, struct site_request *request)
{
	const json_t *day;
	size_t i;
	int error = site_show_statistics(txn, request);
	if (error)
		return error;
	buf_clear(&request->text);
	buf_add_str(&request->text, "day,issued,revoked,renewed,active\r\n"); // RFC 4180
	json_array_foreach(json_object_get(request->result, "days"), i, day) {
		const json_t *active = json_object_get(day, "active");
		buf_addf(&request->text, "%s,%lld,%lld,%lld,", json_string_value(json_object_get(day, "day")),
			 json_integer_value(json_object_get(day, "issued")), json_integer_value(json_object_get(day, "revoked")),
			 json_integer_value(json_object_get(day, "renewed")));
		if (json_is_integer(active))
			buf_addf(&request->text, "%lld", json_integer_value(active));
		buf_add_str(&request->text, "\r\n");
	}
	request->content_type = "text/csv; charset=utf-8";
	request->file_name = "statistics.csv";
	return buf_error(&request->text);
}
