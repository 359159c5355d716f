// Loses power, or meets a failing disk, at each single step of a ceremony: what is there afterwards is the old CA or the new one, whole.
//
// This program's own write, fsync, rename … stand before the C library's. They count, and at the chosen step end the process (a write: after
// half of it) or fail once. They also check what no crash of a process shows: that a file is synced before it is renamed, and the
// folder of a new name before anything that speaks of it.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ca_fixture.h"
#include "config/ca_import.h"
#include "config/ca_rollover.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_NOT_DURABLE = 98, EXIT_LOST_POWER = 99, STEPS_MAX = 400, FD_MAX = 64 };
enum trouble { TROUBLE_NONE, TROUBLE_POWER, TROUBLE_DISK };

static struct {
	enum trouble trouble;
	int countdown;
	bool watching;
	bool unsynced[FD_MAX];   // written since the last fsync
	bool name_unsynced;      // a new name in a folder that was not synced since
} world;

static bool step_fails(void)
{
	if (!world.watching || world.trouble == TROUBLE_NONE || --world.countdown)
		return false;
	if (world.trouble == TROUBLE_POWER)
		_exit(EXIT_LOST_POWER);
	world.watching = false; // from here on nothing has to become durable
	errno = EIO;
	return true;
}

#define REAL(function, type) ((type)dlsym(RTLD_NEXT, #function))

ssize_t write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = REAL(write, ssize_t(*)(int, const void *, size_t));
	if (world.watching && world.trouble == TROUBLE_POWER && world.countdown == 1)
		(void)!real(fd, bytes, len / 2);
	if (step_fails())
		return -1;
	if (fd >= 0 && fd < FD_MAX)
		world.unsynced[fd] = true;
	return real(fd, bytes, len);
}

int fsync(int fd)
{
	struct stat is;
	if (step_fails())
		return -1;
	if (fd >= 0 && fd < FD_MAX)
		world.unsynced[fd] = false;
	if (fstat(fd, &is) == 0 && S_ISDIR(is.st_mode))
		world.name_unsynced = false;
	return REAL(fsync, int (*)(int))(fd);
}

int close(int fd)
{
	if (world.watching && fd >= 0 && fd < FD_MAX && world.unsynced[fd])
		_exit(EXIT_NOT_DURABLE);
	return REAL(close, int (*)(int))(fd);
}

int rename(const char *from, const char *to)
{
	if (step_fails())
		return -1;
	if (world.watching && world.name_unsynced)
		_exit(EXIT_NOT_DURABLE);
	world.name_unsynced = true;
	return REAL(rename, int (*)(const char *, const char *))(from, to);
}

int unlink(const char *path)
{
	if (step_fails())
		return -1;
	int result = REAL(unlink, int (*)(const char *))(path);
	world.name_unsynced |= result == 0;
	return result;
}

int mkdir(const char *path, mode_t mode)
{
	if (step_fails())
		return -1;
	int result = REAL(mkdir, int (*)(const char *, mode_t))(path, mode);
	world.name_unsynced |= result == 0;
	return result;
}

int fchmod(int fd, mode_t mode)
{
	return step_fails() ? -1 : REAL(fchmod, int (*)(int, mode_t))(fd, mode);
}

// --- ceremonies

static int make_ca(void)
{
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	return ca_init(&init, &why);
}

static int make_intermediate(void)
{
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	return ca_init_intermediate(&init, &why);
}

static int make_root(void)
{
	struct ca_init init = ca_fixture_init(), older = init;
	cleanup_buf why = BUF_INIT;
	return ca_init_root(&init, &older, &why);
}

static int make_request(void)
{
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT, csr = BUF_INIT;
	return ca_request(&init, NULL, &csr, &why);
}

static int renew_crl(void)
{
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	return ca_init_crl(&init, NULL, 0, &why);
}

// Runs a ceremony in a process of its own, with trouble at its n-th step. The exit code.
static int run(int (*ceremony)(void), enum trouble trouble, int n)
{
	int status = -1;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		world.trouble = trouble;
		world.countdown = n;
		world.watching = true;
		int error = ceremony();
		world.watching = false;
		if (!error && world.name_unsynced)
			_exit(EXIT_NOT_DURABLE);
		_exit(error ? EXIT_FAILED : EXIT_DONE);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static size_t issuers(void)
{
	struct ca_dir dir;
	cleanup_buf why = BUF_INIT;
	int error = ca_dir_read(ca_folder, CA_DIR_WITH_KEYS, &dir, &why);
	if (error == XICA_ENOTFOUND)
		return 0;
	assert_int_equal(error, 0);
	size_t count = dir.issuer_count;
	for (size_t i = 0; i < dir.root_count; i++)
		assert_true(dir.roots[i].crl.len > 0);
	ca_dir_free(&dir);
	return count;
}

// At every step: before it the old state, at the end the new one, never anything between.
static void check_each_step(int (*prepare)(void), int (*ceremony)(void), enum trouble trouble, size_t more)
{
	int n = 1, code = EXIT_LOST_POWER;
	for (; n < STEPS_MAX && code != EXIT_DONE; n++) {
		assert_int_equal(ca_fixture_make(NULL), 0);
		if (prepare)
			assert_int_equal(prepare(), 0);
		size_t before = issuers();
		code = run(ceremony, trouble, n);
		size_t after = issuers();
		assert_int_not_equal(code, EXIT_NOT_DURABLE);
		assert_true(after == before || after == before + more);
		if (code == EXIT_DONE)
			assert_int_equal(after, before + more);
		else if (after == before && ceremony != renew_crl)
			assert_int_equal(run(ceremony, TROUBLE_NONE, 0), EXIT_DONE); // what was left over is in nobody's way
		assert_int_equal(ca_fixture_remove(NULL), 0);
	}
	assert_true(n > 5 && n < STEPS_MAX);
}

static void losing_power_leaves_the_old_ca_or_the_new_one(void **state)
{
	(void)state;
	check_each_step(NULL, make_ca, TROUBLE_POWER, 1);
	check_each_step(make_ca, make_intermediate, TROUBLE_POWER, 1);
	check_each_step(make_ca, make_root, TROUBLE_POWER, 1);
	check_each_step(make_ca, renew_crl, TROUBLE_POWER, 0);
	check_each_step(make_ca, make_request, TROUBLE_POWER, 0);
}

static void a_failing_disk_leaves_the_old_ca_or_the_new_one(void **state)
{
	(void)state;
	check_each_step(NULL, make_ca, TROUBLE_DISK, 1);
	check_each_step(make_ca, make_intermediate, TROUBLE_DISK, 1);
	check_each_step(make_ca, make_root, TROUBLE_DISK, 1);
	check_each_step(make_ca, renew_crl, TROUBLE_DISK, 0);
	check_each_step(make_ca, make_request, TROUBLE_DISK, 0);
}

// --- retiring

static char older[CA_ID_LEN + 1];

static int make_two(void)
{
	int error = make_ca();
	if (!error)
		error = make_intermediate();
	struct ca_dir dir = ca_fixture_read(CA_DIR_PUBLIC);
	memcpy(older, dir.issuers[1].id, sizeof(older));
	ca_dir_free(&dir);
	return error;
}

static int retire(void)
{
	cleanup_buf why = BUF_INIT;
	return ca_retire(ca_folder, older, 0, clock_now(), &why);
}

static bool has_key(void)
{
	char path[160];
	(void)snprintf(path, sizeof(path), "%s/keys/issuer-%s.key", ca_folder, older);
	return access(path, F_OK) == 0;
}

// At every step: both intermediates with both keys, or one; and what the key's end was kept from is done by the same command.
static void check_each_step_of_retiring(enum trouble trouble)
{
	int n = 1, code = EXIT_LOST_POWER, left_over = 0;
	for (; n < STEPS_MAX && code != EXIT_DONE; n++) {
		assert_int_equal(ca_fixture_make(NULL), 0);
		assert_int_equal(make_two(), 0);
		code = run(retire, trouble, n);
		assert_int_not_equal(code, EXIT_NOT_DURABLE);
		size_t after = issuers();
		assert_true(after == 2 || after == 1);
		assert_true(after == 1 || has_key());
		assert_true(code != EXIT_DONE || (after == 1 && !has_key()));
		left_over += after == 1 && has_key();
		if (after == 2 || has_key()) {
			assert_int_equal(run(retire, TROUBLE_NONE, 0), EXIT_DONE);
			assert_int_equal(issuers(), 1);
			assert_false(has_key());
		}
		assert_int_equal(run(retire, TROUBLE_NONE, 0), EXIT_FAILED); // there is no such intermediate any more
		assert_int_equal(ca_fixture_remove(NULL), 0);
	}
	assert_true(n > 5 && n < STEPS_MAX && left_over);
}

static void losing_power_or_a_failing_disk_while_one_is_retired_leaves_no_key_for_good(void **state)
{
	(void)state;
	check_each_step_of_retiring(TROUBLE_POWER);
	check_each_step_of_retiring(TROUBLE_DISK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losing_power_leaves_the_old_ca_or_the_new_one),
		cmocka_unit_test(a_failing_disk_leaves_the_old_ca_or_the_new_one),
		cmocka_unit_test(losing_power_or_a_failing_disk_while_one_is_retired_leaves_no_key_for_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
