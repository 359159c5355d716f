#include "role/audit/audit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "role/audit/chain.h"

static char folder[] = "/tmp/xica-test-audit-XXXXXX";
static char path[64];

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
	(void)unlink(path);
	return rmdir(folder);
}

static int begin(void **state)
{
	(void)state;
	(void)unlink(path);
	return 0;
}

static struct audit *open_log(const char *notice_has)
{
	struct audit *audit = NULL;
	cleanup_buf notice = BUF_INIT;
	assert_int_equal(audit_open(path, &audit, &notice), 0);
	if (notice_has)
		assert_non_null(strstr(buf_cstr(&notice), notice_has));
	else
		assert_int_equal(notice.len, 0);
	return audit;
}

static void add(struct audit *audit, const char *kind, int number)
{
	assert_int_equal(audit_add(audit, kind, json_pack("{s:i}", "number", number), 1800000000 + number), 0);
}

static void write_lines(int count)
{
	struct audit *audit = open_log(NULL);
	for (int i = 0; i < count; i++)
		add(audit, "start", i);
	assert_int_equal(audit_commit(audit), 0);
	audit_close(audit);
}

static uint64_t good_lines(int expected_error)
{
	uint64_t lines = 0;
	assert_int_equal(audit_verify(path, &lines), expected_error);
	return lines;
}

static void a_log_that_was_closed_goes_on_where_it_ended(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		write_lines(i);
	assert_int_equal(good_lines(0), 6);
}

static void what_was_not_committed_is_not_there(void **state)
{
	(void)state;
	struct audit *audit = open_log(NULL);
	add(audit, "start", 1);
	audit_close(audit);
	assert_int_equal(good_lines(0), 0);
}

static void a_torn_last_line_is_told_and_cut_off(void **state)
{
	(void)state;
	for (size_t torn = 1; torn < 120; torn += 17) {
		cleanup_buf all = BUF_INIT;
		(void)unlink(path);
		write_lines(3);
		assert_int_equal(file_read(path, 100000, &all), 0);
		assert_int_equal(truncate(path, (off_t)(all.len - torn)), 0);
		audit_close(open_log("torn"));
		assert_int_equal(good_lines(0), 2);
		write_lines(1);
		assert_int_equal(good_lines(0), 3);
	}
}

static void append(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_APPEND);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, view_bytes(bytes, len)), 0);
	(void)close(fd);
}

static void zeros_that_a_file_system_left_at_the_end_are_cut_off(void **state)
{
	static const uint8_t ZEROS[5000];
	(void)state;
	write_lines(2);
	append(ZEROS, sizeof(ZEROS));
	audit_close(open_log("torn"));
	append("{\"previous\":\"\0\0\0\0\"}\n", 20);
	audit_close(open_log("torn"));
	assert_int_equal(good_lines(0), 2);
}

static void a_log_that_is_one_torn_line_is_empty(void **state)
{
	(void)state;
	assert_int_equal(file_replace(path, 0600, VIEW_LIT("{\"previous\":")), 0);
	audit_close(open_log("torn"));
	write_lines(1);
	assert_int_equal(good_lines(0), 1);
}

static void a_changed_line_breaks_the_chain(void **state)
{
	(void)state;
	cleanup_buf all = BUF_INIT;
	struct audit *audit = NULL;
	cleanup_buf notice = BUF_INIT;
	write_lines(5);
	assert_int_equal(file_read(path, 100000, &all), 0);
	uint8_t *third = memmem(all.ptr, all.len, "\"number\":2", 10), *fourth = memmem(all.ptr, all.len, "\"number\":3", 10);
	third[9] = '7';
	assert_int_equal(file_replace(path, 0600, buf_view(&all)), 0);
	assert_int_equal(good_lines(XICA_ESIG), 2);
	third[9] = '2';
	fourth[9] = '7';
	assert_int_equal(file_replace(path, 0600, buf_view(&all)), 0);
	assert_int_equal(audit_open(path, &audit, &notice), XICA_ESIG); // the end is looked at on each start
}

static void a_change_of_any_byte_is_found_in_the_last_line_too(void **state)
{
	(void)state;
	cleanup_buf all = BUF_INIT;
	write_lines(3);
	assert_int_equal(file_read(path, 100000, &all), 0);
	for (size_t i = 0; i < all.len; i++) {
		uint64_t lines;
		all.ptr[i] ^= 1;
		assert_int_equal(file_replace(path, 0600, buf_view(&all)), 0);
		assert_int_not_equal(audit_verify(path, &lines), 0);
		all.ptr[i] ^= 1;
	}
}

static void a_line_without_its_digest_is_none_once_lines_have_one(void **state)
{
	(void)state;
	cleanup_buf all = BUF_INIT, changed = BUF_INIT;
	write_lines(3);
	assert_int_equal(file_read(path, 100000, &all), 0);
	uint8_t *last = memrchr(all.ptr, '{', all.len), *seal = memmem(last, (size_t)(all.ptr + all.len - last), ",\"digest\"", 9);
	buf_add(&changed, view_bytes(all.ptr, (size_t)(seal - all.ptr)));
	buf_add_str(&changed, "}\n"); // it follows from the line before it all the same
	assert_int_equal(file_replace(path, 0600, buf_view(&changed)), 0);
	assert_int_equal(good_lines(XICA_ESIG), 2);
}

static void lines_of_a_log_from_before_digests_are_good(void **state)
{
	(void)state;
	cleanup_buf first = BUF_INIT;
	buf_add_str(&first, "{\"previous\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"kind\":\"start\"}\n");
	assert_int_equal(file_replace(path, 0600, buf_view(&first)), 0);
	write_lines(2);
	assert_int_equal(good_lines(0), 3);
}

static void a_line_longer_than_can_be_read_again_is_not_written(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	struct audit *audit = open_log(NULL);
	uint8_t *room = buf_extend(&text, 1 << 20);
	memset(room, 'x', 1 << 20);
	assert_int_equal(audit_add(audit, "start", json_pack("{s:s}", "long", buf_cstr(&text)), 1800000000), XICA_ERANGE);
	add(audit, "start", 1);
	assert_int_equal(audit_commit(audit), 0);
	audit_close(audit);
	assert_int_equal(good_lines(0), 1);
}

static void a_head_says_where_the_log_ends(void **state)
{
	(void)state;
	cleanup_buf all = BUF_INIT;
	char hash[AUDIT_HASH_HEX + 1];
	struct audit *audit = open_log(NULL);
	add(audit, "start", 1);
	struct audit_head head = audit_head_of(audit);
	assert_int_equal(audit_commit(audit), 0);
	audit_close(audit);
	assert_int_equal(file_read(path, 100000, &all), 0);
	assert_int_equal(head.size, all.len);
	assert_int_equal(audit_chain_hash(view_sub(buf_view(&all), 0, all.len - 1), hash), 0);
	assert_string_equal(head.hash, hash);
}

static void a_line_taken_out_breaks_the_chain(void **state)
{
	(void)state;
	cleanup_buf all = BUF_INIT;
	write_lines(3);
	assert_int_equal(file_read(path, 100000, &all), 0);
	size_t first = view_index(buf_view(&all), '\n', 0) + 1;
	assert_int_equal(file_replace(path, 0600, view_sub(buf_view(&all), first, SIZE_MAX)), 0);
	assert_int_equal(good_lines(XICA_ESIG), 0);
}

static void two_signers_cannot_have_one_log(void **state)
{
	(void)state;
	struct audit *one = open_log(NULL), *other = NULL;
	cleanup_buf notice = BUF_INIT;
	assert_int_equal(audit_open(path, &other, &notice), XICA_EAGAIN);
	audit_close(one);
}

static void a_line_holds_what_was_said_of_it(void **state)
{
	(void)state;
	cleanup_buf all = BUF_INIT;
	struct audit *audit = open_log(NULL);
	assert_int_equal(audit_add(audit, "issue", json_pack("{s:s, s:s}", "kind", "crl", "detail", "a\nb"), 1777863721), 0);
	assert_int_equal(audit_commit(audit), 0);
	audit_close(audit);
	assert_int_equal(file_read(path, 1000, &all), 0);
	assert_view(buf_view(&all), "{\"previous\":\"0000000000000000000000000000000000000000000000000000000000000000\","
				    "\"time\":\"2026-05-04T03:02:01Z\",\"kind\":\"issue\",\"detail\":\"a\\nb\","
				    "\"digest\":\"df012c70117ce110f6a23db3ff3bed38b51d67b2245666f0addd9ad7febd3954\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_log_that_was_closed_goes_on_where_it_ended, begin),
		cmocka_unit_test_setup(what_was_not_committed_is_not_there, begin),
		cmocka_unit_test_setup(a_torn_last_line_is_told_and_cut_off, begin),
		cmocka_unit_test_setup(zeros_that_a_file_system_left_at_the_end_are_cut_off, begin),
		cmocka_unit_test_setup(a_log_that_is_one_torn_line_is_empty, begin),
		cmocka_unit_test_setup(a_changed_line_breaks_the_chain, begin),
		cmocka_unit_test_setup(a_change_of_any_byte_is_found_in_the_last_line_too, begin),
		cmocka_unit_test_setup(a_line_without_its_digest_is_none_once_lines_have_one, begin),
		cmocka_unit_test_setup(lines_of_a_log_from_before_digests_are_good, begin),
		cmocka_unit_test_setup(a_line_longer_than_can_be_read_again_is_not_written, begin),
		cmocka_unit_test_setup(a_head_says_where_the_log_ends, begin),
		cmocka_unit_test_setup(a_line_taken_out_breaks_the_chain, begin),
		cmocka_unit_test_setup(two_signers_cannot_have_one_log, begin),
		cmocka_unit_test_setup(a_line_holds_what_was_said_of_it, begin),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
