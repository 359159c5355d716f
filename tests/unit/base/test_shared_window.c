// Memory that processes write together.
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_window.h"
#include "check.h"

enum { SIZE = 10000 };

static void what_one_process_writes_another_reads(void **state)
{
	void *mine = NULL, *again = NULL;
	int fd = -1;
	(void)state;
	assert_int_equal(shared_window_make("test", SIZE, &fd), 0);
	assert_int_equal(shared_window_map(fd, SIZE, &mine), 0);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(((const uint8_t *)mine)[i], 0);
	pid_t child = fork();
	if (child == 0) {
		void *theirs = NULL;
		if (shared_window_map(fd, SIZE, &theirs))
			_exit(1);
		((uint8_t *)theirs)[SIZE - 1] = 7;
		_exit(0);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(((const uint8_t *)mine)[SIZE - 1], 7);
	shared_window_unmap(mine, SIZE);
	assert_int_equal(shared_window_map(fd, SIZE, &again), 0); // it lives as long as its descriptor
	assert_int_equal(((const uint8_t *)again)[SIZE - 1], 7);
	shared_window_unmap(again, SIZE);
	shared_window_unmap(NULL, SIZE);
	assert_int_equal(close(fd), 0);
}

static void nobody_can_cut_it_off_under_the_others(void **state)
{
	int fd = -1;
	(void)state;
	assert_int_equal(shared_window_make("test", SIZE, &fd), 0);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(ftruncate(fd, SIZE + 1), -1);
	assert_int_equal(close(fd), 0);
}

static void what_is_smaller_or_could_become_so_is_not_mapped(void **state)
{
	void *window;
	int fd = -1, open_to_all = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), pipes[2];
	(void)state;
	assert_int_equal(shared_window_make("test", SIZE - 1, &fd), 0);
	assert_int_equal(shared_window_map(fd, SIZE, &window), XICA_EINVAL);
	assert_int_equal(ftruncate(open_to_all, SIZE), 0);
	assert_int_equal(shared_window_map(open_to_all, SIZE, &window), XICA_EINVAL);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(shared_window_map(pipes[0], SIZE, &window), XICA_EINVAL);
	assert_int_equal(shared_window_map(-1, SIZE, &window), XICA_EINVAL);
	assert_int_equal(close(fd) | close(open_to_all) | close(pipes[0]) | close(pipes[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_process_writes_another_reads),
		cmocka_unit_test(nobody_can_cut_it_off_under_the_others),
		cmocka_unit_test(what_is_smaller_or_could_become_so_is_not_mapped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
