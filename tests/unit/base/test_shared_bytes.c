// Bytes that processes share.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/shared_bytes.h"
#include "check.h"

static void what_was_made_is_mapped(void **state)
{
	struct view bytes = VIEW_NONE;
	int fd = -1;
	(void)state;
	assert_int_equal(shared_bytes_make(VIEW_LIT("a document"), "test", &fd), 0);
	assert_int_equal(shared_bytes_map(fd, &bytes), 0);
	assert_int_equal(close(fd), 0);
	assert_true(view_equal_str(bytes, "a document"));
	shared_bytes_unmap(bytes);
}

static void nobody_can_change_it_any_more(void **state)
{
	int fd = -1;
	(void)state;
	assert_int_equal(shared_bytes_make(VIEW_LIT("a document"), "test", &fd), 0);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_ptr_equal(mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(close(fd), 0);
}

static void what_its_maker_could_change_is_not_mapped(void **state)
{
	struct view bytes;
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), pipes[2];
	(void)state;
	assert_int_equal(write(fd, "a document", 10), 10);
	assert_int_equal(shared_bytes_map(fd, &bytes), XICA_EPARSE);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_int_equal(shared_bytes_map(fd, &bytes), XICA_EPARSE);
	assert_int_equal(close(fd), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(shared_bytes_map(pipes[0], &bytes), XICA_EPARSE);
	assert_int_equal(close(pipes[0]) | close(pipes[1]), 0);
	assert_int_equal(shared_bytes_map(-1, &bytes), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_mapped),
		cmocka_unit_test(nobody_can_change_it_any_more),
		cmocka_unit_test(what_its_maker_could_change_is_not_mapped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
