#include "base/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { DEPTH = 4, PART = 60 };

static char scratch[] = "/tmp/xica-test-socket-XXXXXX";
static char part[PART + 1];
static int start = -1; // where the test began

static int set_up(void **state)
{
	(void)state;
	memset(part, 'a', PART);
	start = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (start < 0 || !mkdtemp(scratch) || chdir(scratch))
		return -1;
	for (int i = 0; i < DEPTH; i++)
		if (mkdir(part, 0700) || chdir(part))
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < DEPTH; i++)
		if (chdir("..") || rmdir(part))
			return -1;
	return fchdir(start) || close(start) || rmdir(scratch);
}

static void deep_path(char *out, size_t size, const char *name)
{
	int len = snprintf(out, size, "%s", scratch);
	for (int i = 0; i < DEPTH; i++)
		len += snprintf(out + len, size - (size_t)len, "/%s", part);
	(void)snprintf(out + len, size - (size_t)len, "/%s", name);
}

static int bound(const char *path)
{
	struct sockaddr_un address;
	int folder = -1;
	assert_int_equal(local_socket_address(path, &address, &folder), 0);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(close(folder), 0);
	return fd;
}

static int reach(const char *path)
{
	struct sockaddr_un address;
	int folder = -1;
	assert_int_equal(local_socket_address(path, &address, &folder), 0);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int status = connect(fd, (struct sockaddr *)&address, sizeof(address));
	assert_int_equal(close(folder), 0);
	assert_int_equal(close(fd), 0);
	return status;
}

static void a_socket_in_a_deep_folder_is_reached(void **state)
{
	(void)state;
	char path[512];
	deep_path(path, sizeof(path), "control.sock");
	assert_true(strlen(path) > sizeof(((struct sockaddr_un *)NULL)->sun_path));
	int fd = bound(path);
	assert_int_equal(reach(path), 0);
	assert_int_equal(reach("control.sock"), 0); // the same, from its folder
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(fd), 0);
}

static void a_folder_that_is_not_there_is_named_by_errno(void **state)
{
	(void)state;
	struct sockaddr_un address;
	int folder = -1;
	assert_int_equal(local_socket_address("/nonexistent/control.sock", &address, &folder), XICA_EIO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(folder, -1);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	(void)state;
	struct sockaddr_un address;
	int folder = -1;
	char name[256] = "/tmp/";
	memset(name + 5, 'b', 200);
	assert_int_equal(local_socket_address(name, &address, &folder), XICA_ERANGE);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(folder, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_in_a_deep_folder_is_reached),
		cmocka_unit_test(a_folder_that_is_not_there_is_named_by_errno),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
