// Versions of files behind one link: whoever reads sees the files of one version, whatever dies when.
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "check.h"
#include "client/versions.h"
#include "killed.h"
#include "scratch.h"

static const struct client_owner OWNER = {(uid_t)-1, (gid_t)-1, 0700};
static const char *writing = "1";

static int add_and_use(void)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	const struct client_file files[] = {{"key", 0600, view_str(writing)}, {"certificate", 0644, view_str(writing)}};
	unsigned number;
	int error = client_versions_add(scratch, files, 2, &OWNER, &number, &trouble);
	if (!error)
		error = client_versions_use(scratch, number, &trouble);
	if (!error)
		client_versions_prune(scratch);
	return error;
}

static void read_current(const char *name, struct buf *out)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/current/%s", scratch, name);
	assert_int_equal(file_read(path, 1000, out), 0);
}

// Both files of one version.
static void assert_whole(const char *old, const char *new)
{
	cleanup_buf key = BUF_INIT, certificate = BUF_INIT;
	read_current("key", &key);
	read_current("certificate", &certificate);
	assert_true(view_equal(buf_view(&key), buf_view(&certificate)));
	assert_true(view_equal_str(buf_view(&key), old) || view_equal_str(buf_view(&key), new));
}

static void a_crash_or_a_failing_disk_at_any_step_leaves_one_whole_version(void **state)
{
	(void)state;
	for (int power = 0; power < 2; power++) {
		int step = 1, done = -1;
		for (; step < KILLED_STEPS_MAX && done != KILLED_EXIT_DONE; step++) {
			scratch_clean();
			writing = "old";
			assert_int_equal(add_and_use(), 0);
			writing = "new";
			done = killed_at(step, power, add_and_use);
			assert_whole("old", "new");
			assert_int_equal(add_and_use(), 0); // and the next one goes well
			assert_whole("new", "new");
		}
		assert_true(step > 10 && step < KILLED_STEPS_MAX);
	}
}

static void three_are_kept_and_the_current_one_always(void **state)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	char path[256];
	(void)state;
	scratch_clean();
	writing = "x";
	for (int i = 0; i < 5; i++)
		assert_int_equal(add_and_use(), 0);
	assert_int_equal(client_versions_current(scratch), 5);
	for (int i = 1; i <= 5; i++) {
		(void)snprintf(path, sizeof(path), "%s/%d", scratch, i);
		assert_int_equal(file_exists(path), i > 2);
	}
	assert_int_equal(client_versions_use(scratch, 3, &trouble), 0);
	const struct client_file file = {"key", 0600, VIEW_LIT("y")};
	unsigned number;
	for (unsigned i = 6; i <= 8; i++) {
		assert_int_equal(client_versions_add(scratch, &file, 1, &OWNER, &number, &trouble), 0);
		assert_int_equal(number, i);
		client_versions_prune(scratch);
	}
	assert_int_equal(client_versions_current(scratch), 3);
	assert_int_equal(client_versions_newest(scratch), 8);
	assert_whole("x", "x");
}

static void none_can_be_current(void **state)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	(void)state;
	scratch_clean();
	assert_int_equal(client_versions_current(scratch), 0);
	writing = "x";
	assert_int_equal(add_and_use(), 0);
	assert_int_equal(client_versions_use(scratch, 0, &trouble), 0);
	assert_int_equal(client_versions_current(scratch), 0);
	assert_int_equal(client_versions_use(scratch, 0, &trouble), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_or_a_failing_disk_at_any_step_leaves_one_whole_version),
		cmocka_unit_test(three_are_kept_and_the_current_one_always),
		cmocka_unit_test(none_can_be_current),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_delete);
}
