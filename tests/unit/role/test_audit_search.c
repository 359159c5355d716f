// Serials looked for in the audit log: many in one way, some that come while others are looked for, and what ends the search.
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "check.h"
#include "role/audit/audit.h"
#include "role/audit/read.h"
#include "role/audit/search.h"

enum { MANY = 12000, NEVER = 100000, BEGIN = 1800000000 }; // lines of 260 bytes: three stretches; numbers of serials that were never signed; time of line 0

static char folder[] = "/tmp/xica-test-search-XXXXXX";
static char path[64];
static struct audit *audit;
static struct audit_search search;

// --- answers, by the id that was asked with
static struct answers {
	int error;
	unsigned count;
	char certificate[16];
} answers[AUDIT_SEARCH_MAX + 1];

static void take_answer(void *context, const struct audit_sought *sought, int error, struct view certificate)
{
	struct answers *answer = &answers[sought->id];
	assert_ptr_equal(context, &search);
	answer->error = error;
	answer->count++;
	if (error)
		return;
	assert_true(certificate.len < sizeof(answer->certificate));
	memcpy(answer->certificate, certificate.ptr, certificate.len);
	answer->certificate[certificate.len] = 0;
}

static unsigned answered(void)
{
	unsigned count = 0;
	for (size_t i = 0; i <= AUDIT_SEARCH_MAX; i++)
		count += answers[i].count;
	return count;
}

static void is_found(uint64_t id, const char *certificate)
{
	assert_int_equal(answers[id].count, 1);
	assert_int_equal(answers[id].error, 0);
	assert_string_equal(answers[id].certificate, certificate);
}

static void is_nowhere(uint64_t id)
{
	assert_int_equal(answers[id].count, 1);
	assert_int_equal(answers[id].error, XICA_ENOTFOUND);
}

// --- a log

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/audit.log", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int begin(void **state)
{
	cleanup_buf notice = BUF_INIT;
	(void)state;
	memset(answers, 0, sizeof(answers));
	audit_search_begin(&search, take_answer, &search);
	return audit_open(path, &audit, &notice);
}

static int end(void **state)
{
	(void)state;
	audit_search_end(&search);
	audit_close(audit);
	return unlink(path);
}

static struct view serial_of(int number, uint8_t serial[17])
{
	memset(serial, 0x10, 17);
	(void)snprintf((char *)serial + 1, 16, "%d", number);
	return view_bytes(serial, 17);
}

static const char *hex_of(int number)
{
	static char text[35];
	uint8_t serial[17];
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial_of(number, serial));
	(void)snprintf(text, sizeof(text), "%s", buf_cstr(&hex));
	return text;
}

static void add(const char *kind, int number, xica_time when)
{
	assert_int_equal(audit_add(audit, kind, json_pack("{s:s, s:s}", "serial", hex_of(number), "certificate", "Zm9v"), when), 0);
}

static void issue(int from, int count)
{
	for (int i = from; i < from + count; i++)
		add("issue", i, BEGIN + i);
	assert_int_equal(audit_commit(audit), 0);
}

// --- questions

static int ask_since(uint64_t id, int number, xica_time since)
{
	uint8_t serial[17];
	const struct audit_sought sought = {.serial = serial_of(number, serial), .since = since, .id = id};
	return audit_look_for(audit, &search, &sought);
}

static void ask(uint64_t id, int number)
{
	assert_int_equal(ask_since(id, number, 0), 0);
}

static unsigned run(void)
{
	unsigned steps = 1;
	while (audit_search_step(&search))
		steps++;
	return steps;
}

static unsigned stretches(void)
{
	return (unsigned)((audit_head_of(audit).size + AUDIT_LINE_MAX - 1) / AUDIT_LINE_MAX) + 1; // a line that one does not hold whole is left for the next
}

// --- tests

static void many_are_found_or_not_in_one_way_through_the_log(void **state)
{
	enum { ASKED = 500 };
	(void)state;
	issue(0, MANY);
	assert_true(stretches() > 3);
	for (int i = 0; i < ASKED; i++) {
		ask((uint64_t)(2 * i), i ? MANY - 1 - i * (MANY / ASKED) : MANY - 1);
		ask((uint64_t)(2 * i + 1), NEVER + i);
	}
	ask(2 * ASKED, 0);
	assert_true(run() <= stretches());
	for (uint64_t i = 0; i < ASKED; i++) {
		is_found(2 * i, "foo");
		is_nowhere(2 * i + 1);
	}
	is_found(2 * ASKED, "foo"); // the log's first line
	assert_int_equal(answered(), 2 * ASKED + 1);
}

static void what_is_found_near_the_end_is_answered_before_the_rest_is_read(void **state)
{
	(void)state;
	issue(0, MANY);
	ask(0, MANY - 1);
	ask(1, 0);
	ask(2, NEVER);
	assert_true(audit_search_step(&search));
	is_found(0, "foo");
	assert_int_equal(answered(), 1);
	(void)run();
	is_found(1, "foo");
	is_nowhere(2);
}

static void an_empty_log_holds_nothing(void **state)
{
	(void)state;
	ask(0, NEVER);
	assert_false(audit_search_step(&search));
	is_nowhere(0);
}

static void what_is_not_committed_is_not_there(void **state)
{
	(void)state;
	issue(0, 1);
	add("issue", 1, BEGIN);
	ask(0, 1);
	(void)run();
	is_nowhere(0);
}

static void a_question_that_comes_soon_has_the_search_turn_back(void **state)
{
	(void)state;
	issue(0, MANY);
	ask(0, NEVER);
	assert_true(audit_search_step(&search));
	issue(MANY, 10);
	ask(1, MANY + 5); // behind where the search began
	ask(2, NEVER + 1);
	ask(3, 0);
	assert_true(audit_search_step(&search));
	is_found(1, "foo");
	assert_true(run() <= stretches());
	is_nowhere(0);
	is_nowhere(2);
	is_found(3, "foo");
}

// One whose place the search has passed too long ago, and that comes to a log which has grown.
static void a_question_that_comes_late_is_looked_for_in_the_whole_log_all_the_same(void **state)
{
	(void)state;
	issue(0, MANY);
	ask(0, NEVER);
	search.again = 0;
	assert_true(audit_search_step(&search) && audit_search_step(&search));
	issue(MANY, MANY);
	ask(1, 2 * MANY - 1); // behind where the search began
	ask(2, MANY - 1);     // where it was already
	ask(3, 0);            // where it comes to
	ask(4, NEVER + 1);
	issue(2 * MANY, 10);  // more comes, which nobody asked for
	while (!answers[0].count)
		assert_true(audit_search_step(&search));
	is_nowhere(0);
	is_found(3, "foo");
	assert_int_equal(answered(), 2); // of the others nobody can say yet
	assert_true(run() <= stretches());
	is_found(1, "foo");
	is_found(2, "foo");
	is_nowhere(4);
	assert_int_equal(answered(), 5);
}

// On the second way, which goes on for a question that came during the first, there are questions of its own.
static void questions_that_come_at_every_stretch_are_all_answered(void **state)
{
	uint64_t asked = 0;
	unsigned steps = 0;
	(void)state;
	issue(0, MANY);
	ask(asked++, NEVER);
	do {
		search.again = asked % 3 ? 0 : AUDIT_SEARCH_AGAIN;
		if (asked < 60) {
			issue(MANY + (int)asked, 1);
			ask(asked, asked % 2 ? NEVER + (int)asked : MANY + (int)asked);
			asked++;
		}
		steps++;
	} while (audit_search_step(&search));
	assert_int_equal(asked, 60);
	assert_true(steps < 60 + 3 * stretches());
	for (uint64_t i = 0; i < asked; i++)
		if (i && i % 2 == 0)
			is_found(i, "foo");
		else
			is_nowhere(i);
}

static void questions_that_have_the_search_turn_back_for_ever_keep_nobody_waiting(void **state)
{
	uint64_t asked = 0;
	unsigned steps = 0;
	(void)state;
	issue(0, MANY);
	ask(asked++, NEVER);
	search.again = 2 << 20;
	while (!answers[0].count) {
		assert_true(audit_search_step(&search));
		ask(asked, NEVER + (int)asked);
		asked++;
		assert_true(++steps <= stretches() + 2);
	}
	is_nowhere(0);
	(void)run();
	assert_int_equal(answered(), asked);
}

static void the_search_ends_where_lines_are_older_than_asked(void **state)
{
	(void)state;
	add("issue", 0, BEGIN);
	for (int i = 0; i < 2 * MANY; i++)
		add("crl", 1, BEGIN + 200 + i);
	assert_int_equal(audit_commit(audit), 0);
	assert_int_equal(ask_since(0, 0, BEGIN + 2 * MANY), 0);
	assert_int_equal(ask_since(1, 0, BEGIN + 100), 0);
	assert_true(audit_search_step(&search));
	is_nowhere(0);
	assert_int_equal(answered(), 1);
	(void)run();
	is_found(1, "foo"); // it went far enough
}

static void a_question_that_comes_late_does_not_end_at_older_lines_before_its_last_were_seen(void **state)
{
	(void)state;
	issue(0, MANY);
	ask(0, NEVER);
	search.again = 0;
	assert_true(audit_search_step(&search) && audit_search_step(&search));
	assert_int_equal(ask_since(1, MANY - 1, BEGIN + MANY - 10), 0);
	assert_int_equal(ask_since(2, NEVER + 1, BEGIN + MANY - 10), 0);
	assert_true(run() <= stretches() + 1);
	is_found(1, "foo");
	is_nowhere(2);
}

// A clock that was set back meanwhile.
static void lines_that_came_after_a_question_do_not_end_the_search_for_it(void **state)
{
	(void)state;
	issue(0, MANY);
	assert_int_equal(ask_since(0, 0, BEGIN), 0);
	assert_true(audit_search_step(&search));
	for (int i = 0; i < MANY; i++)
		add("crl", 1, BEGIN - 1000);
	assert_int_equal(audit_commit(audit), 0);
	ask(1, NEVER); // turns back
	(void)run();
	is_found(0, "foo");
	is_nowhere(1);
}

static void lines_of_other_kinds_are_no_issuance(void **state)
{
	(void)state;
	add("issue", 0, BEGIN);
	add("revoke", 0, BEGIN);
	add("operator", 1, BEGIN);
	assert_int_equal(audit_commit(audit), 0);
	ask(0, 0);
	ask(1, 1);
	(void)run();
	is_found(0, "foo");
	is_nowhere(1);
}

static void all_who_ask_for_one_serial_hear_of_it_and_who_has_gone_does_not(void **state)
{
	uint8_t bytes[17];
	struct audit_sought sought = {.serial = serial_of(0, bytes), .asker = &bytes, .id = 5};
	(void)state;
	issue(0, 2);
	ask(0, 0);
	ask(1, 0);
	assert_int_equal(audit_look_for(audit, &search, &sought), 0);
	sought.id = 6;
	sought.serial = serial_of(NEVER, bytes);
	assert_int_equal(audit_look_for(audit, &search, &sought), 0);
	audit_search_forget(&search, &bytes);
	assert_int_equal(search.count, 2);
	(void)run();
	is_found(0, "foo");
	is_found(1, "foo");
	assert_int_equal(answered(), 2);
}

static void no_more_are_looked_for_than_the_bound_and_none_without_a_serial(void **state)
{
	static const uint8_t LONG[AUDIT_SERIAL_MAX + 1];
	struct audit_sought none = {.serial = VIEW_NONE}, too_long = {.serial = view_bytes(LONG, sizeof(LONG))};
	(void)state;
	issue(0, 1);
	assert_int_equal(audit_look_for(audit, &search, &none), XICA_EINVAL);
	assert_int_equal(audit_look_for(audit, &search, &too_long), XICA_EINVAL);
	for (int i = 0; i < AUDIT_SEARCH_MAX; i++)
		ask((uint64_t)i, i);
	assert_int_equal(ask_since(AUDIT_SEARCH_MAX, NEVER, 0), XICA_ERANGE);
	assert_int_equal(run(), 1);
	assert_int_equal(answered(), AUDIT_SEARCH_MAX);
	is_found(0, "foo");
	is_nowhere(1);
}

// --- logs that the signer did not write so

static int open_file(struct view content)
{
	assert_int_equal(file_replace(path, 0600, content), 0);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void ask_in(int fd, uint64_t size, uint64_t id, struct view serial)
{
	const struct audit_sought sought = {.serial = serial, .id = id};
	assert_int_equal(audit_search_add(&search, fd, size, &sought), 0);
}

static void lines_that_look_otherwise_are_read_all_the_same(void **state)
{
	static const char TEXT[] = "{\"serial\": \"10aa\", \"kind\": \"issue\", \"certificate\": \"YQ==\"}\n"
				   "no object\n\n"
				   "{\"previous\":\"0\",\"time\":\"2026-05-04T03:02:01Z\",\"kind\":\"issue\",\"by\":\"x\",\"serial\":\"10bb\",\"certificate\":\"Yg==\"}\n"
				   "{\"previous\":\"0\",\"time\":\"2026-05-04T03:02:01Z\",\"kind\":\"issue\",\"serial\":\"10c\\u0063\",\"certificate\":\"Yw==\"}\n"
				   "{\"previous\":\"0\",\"time\":\"2026-05-04T03:02:01Z\",\"kind\":\"issue\",\"serial\":\"10dd\",\"certificate\":\"no base64\"}\n"
				   "{\"kind\":\"operator\",\"serial\":\"10ee\",\"note\":\"{\\\"kind\\\":\\\"issue\\\",\\\"serial\\\":\\\"10ee\\\"}\",\"certificate\":\"ZQ==\"}\n";
	static const char *const SERIALS[] = {"\x10\xaa", "\x10\xbb", "\x10\xcc", "\x10\xdd", "\x10\xee"};
	int fd = open_file(VIEW_LIT(TEXT));
	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		ask_in(fd, sizeof(TEXT) - 1, i, view_bytes(SERIALS[i], 2));
	(void)run();
	is_found(0, "a");
	is_found(1, "b");
	is_found(2, "c");
	assert_int_equal(answers[3].error, XICA_EPARSE);
	is_nowhere(4);
	(void)close(fd);
}

// Where its line is damaged, nobody can say that a serial was never signed.
static void what_stands_in_a_line_that_cannot_be_read_is_not_called_missing(void **state)
{
	static const char HEAD[] = "{\"previous\":\"0\",\"time\":\"2026-05-04T03:02:01Z\",\"kind\":\"issue\",\"serial\":";
	static const char *const REST[] = {"\"10aa\",\"certificate\":\"YQ", "\"10bb\"}", "\"10cc\",\"serial\":\"10ff\",\"certificate\":\"YQ==\"}"};
	static const char *const SERIALS[] = {"\x10\xaa", "\x10\xbb", "\x10\xcc", "\x10\xdd", "\x10\xee"};
	cleanup_buf text = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < 3; i++)
		buf_addf(&text, "%s%s\n", HEAD, REST[i]);
	buf_addf(&text, "{\"previous\":\"0\",\"time\"*\"2026\",\"kind\":\"issue\",\"serial\":\"10dd\",\"certificate\":\"YQ==\"}\n");
	int fd = open_file(buf_view(&text));
	for (uint64_t i = 0; i < 5; i++)
		ask_in(fd, text.len, i, view_bytes(SERIALS[i], 2));
	(void)run();
	for (int i = 0; i < 4; i++)
		assert_int_equal(answers[i].error, XICA_EPARSE);
	is_nowhere(4);
	assert_int_equal(answered(), 5);
	(void)close(fd);
}

static void *no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void what_there_is_no_memory_to_read_is_not_called_missing(void **state)
{
	(void)state;
	issue(0, 2);
	ask(0, 0);
	ask(1, NEVER);
	json_set_alloc_funcs(no_memory, free);
	(void)run();
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(answers[0].count, 1);
	assert_int_equal(answers[0].error, XICA_EPARSE);
	is_nowhere(1);
}

// Another file's bytes, or none of a file system's.
static void lines_that_do_not_end_where_the_log_does_answer_no_question(void **state)
{
	static const char TEXT[] = "{\"serial\":\"10bb\",\"kind\":\"issue\",\"certificate\":\"Yg==\"}\n{\"serial\":\"10aa\",\"kind\":\"issue\",\"certificate\":\"YQ==\"}\n";
	int fd = open_file(VIEW_LIT(TEXT));
	(void)state;
	ask_in(fd, sizeof(TEXT) - 2, 0, VIEW_LIT("\x10\xaa"));
	assert_false(audit_search_step(&search));
	assert_int_equal(answers[0].error, XICA_EIO);
	(void)close(fd);
}

static void a_log_that_cannot_be_read_answers_no_question(void **state)
{
	cleanup_buf text = BUF_INIT;
	(void)state;
	memset(buf_extend(&text, AUDIT_LINE_MAX + 10), 'x', AUDIT_LINE_MAX + 10);
	buf_add_byte(&text, '\n');
	int fd = open_file(buf_view(&text));
	ask_in(fd, text.len, 0, VIEW_LIT("\x10\xaa"));
	ask_in(fd, text.len, 1, VIEW_LIT("\x10\xbb"));
	assert_false(audit_search_step(&search));
	assert_int_equal(answers[0].error, XICA_ERANGE); // a line beyond reason
	assert_int_equal(answers[1].error, XICA_ERANGE);
	ask_in(fd, text.len + 1, 2, VIEW_LIT("\x10\xaa"));
	assert_false(audit_search_step(&search));
	assert_int_equal(answers[2].error, XICA_EIO); // shorter than it was
	(void)close(fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		T(many_are_found_or_not_in_one_way_through_the_log),
		T(what_is_found_near_the_end_is_answered_before_the_rest_is_read),
		T(an_empty_log_holds_nothing),
		T(what_is_not_committed_is_not_there),
		T(a_question_that_comes_soon_has_the_search_turn_back),
		T(a_question_that_comes_late_is_looked_for_in_the_whole_log_all_the_same),
		T(questions_that_come_at_every_stretch_are_all_answered),
		T(questions_that_have_the_search_turn_back_for_ever_keep_nobody_waiting),
		T(the_search_ends_where_lines_are_older_than_asked),
		T(a_question_that_comes_late_does_not_end_at_older_lines_before_its_last_were_seen),
		T(lines_that_came_after_a_question_do_not_end_the_search_for_it),
		T(lines_of_other_kinds_are_no_issuance),
		T(all_who_ask_for_one_serial_hear_of_it_and_who_has_gone_does_not),
		T(no_more_are_looked_for_than_the_bound_and_none_without_a_serial),
		T(lines_that_look_otherwise_are_read_all_the_same),
		T(what_stands_in_a_line_that_cannot_be_read_is_not_called_missing),
		T(what_there_is_no_memory_to_read_is_not_called_missing),
		T(lines_that_do_not_end_where_the_log_does_answer_no_question),
		T(a_log_that_cannot_be_read_answers_no_question),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
