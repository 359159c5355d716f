#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/xica-test-file-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/it", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder); // fails when something else was left
}

static void what_was_written_is_read_and_nothing_stays_beside(void **state)
{
	(void)state;
	cleanup_buf content = BUF_INIT;
	struct stat is;
	assert_int_equal(file_read(path, 100, &content), XICA_ENOTFOUND);
	assert_int_equal(file_create(path, 0600, VIEW_LIT("first")), 0);
	assert_int_equal(file_create(path, 0600, VIEW_LIT("second")), XICA_EEXIST);
	assert_int_equal(file_replace(path, 0644, VIEW_LIT("third")), 0);
	assert_int_equal(file_read(path, 100, &content), 0);
	assert_view(buf_view(&content), "third");
	assert_int_equal(stat(path, &is), 0);
	assert_int_equal(is.st_mode & 0777, 0644);
}

static void a_file_beyond_the_bound_is_refused_and_leaves_the_buffer_alone(void **state)
{
	(void)state;
	cleanup_buf content = BUF_INIT;
	buf_add_str(&content, "kept");
	assert_int_equal(file_replace(path, 0644, VIEW_LIT("12345")), 0);
	assert_int_equal(file_read(path, 4, &content), XICA_ERANGE);
	assert_view(buf_view(&content), "kept");
	assert_int_equal(file_read(path, 5, &content), 0);
	assert_view(buf_view(&content), "kept12345");
}

static void a_folder_may_exist_and_a_file_in_its_place_may_not(void **state)
{
	(void)state;
	assert_int_equal(file_make_folder(folder, 0700), 0);
	assert_int_equal(file_replace(path, 0644, VIEW_LIT("x")), 0);
	assert_int_equal(file_make_folder(path, 0700), XICA_EEXIST);
	assert_int_equal(file_replace("/tmp/xica-no-such-folder/it", 0600, VIEW_LIT("x")), XICA_ENOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read_and_nothing_stays_beside),
		cmocka_unit_test(a_file_beyond_the_bound_is_refused_and_leaves_the_buffer_alone),
		cmocka_unit_test(a_folder_may_exist_and_a_file_in_its_place_may_not),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
