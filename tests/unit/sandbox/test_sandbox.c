#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "check.h"
#include "sandbox/sandbox.h"

// What a child does once it is locked in: 0 when all is as it must be, else a number that says what is not.
typedef int probe(void);

static char folder[] = "/tmp/xica-sandbox-XXXXXX";
static int listener = -1, socket_before = -1;
static struct sockaddr_in listening;

static int run_locked_in(const struct sandbox *sandbox, probe *child_does)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *missing;
		_exit(sandbox_enter(sandbox, &missing) ? 100 : child_does());
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_denied(long result)
{
	return result < 0 && (errno == EPERM || errno == EACCES);
}

#define MUST(what)                                                                                                         \
	do {                                                                                                               \
		if (!(what))                                                                                               \
			return __LINE__ % 90 + 1;                                                                          \
	} while (0)

static int tries_what_nobody_may(void)
{
	char program[] = "/bin/true", *const arguments[] = {program, NULL};
	MUST(is_denied(execve(program, arguments, NULL)));
	MUST(is_denied(fork()));
	MUST(is_denied(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
	MUST(is_denied(kill(getppid(), 0)));
	MUST(is_denied(setuid(0)));
	MUST(is_denied(chroot("/")));
	MUST(is_denied(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)));
	MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(page != MAP_FAILED && is_denied(mprotect(page, 4096, PROT_READ | PROT_EXEC)));
	const struct rlimit more = {1000, 1000};
	MUST(is_denied(setrlimit(RLIMIT_NOFILE, &more)));
	MUST(is_denied(socket(AF_UNIX, SOCK_STREAM, 0)));
	MUST(is_denied(socket(AF_NETLINK, SOCK_RAW, 0)));
	MUST(is_denied(socket(AF_PACKET, SOCK_RAW, 0)));
	return 0;
}

static int tries_files_and_network(void)
{
	int error = tries_what_nobody_may();
	if (error)
		return error;
	struct stat status;
	MUST(is_denied(open("/etc/passwd", O_RDONLY)));
	MUST(is_denied(open(folder, O_RDONLY)));
	MUST(is_denied(stat("/", &status)));
	MUST(is_denied(unlink("/tmp/x")));
	MUST(is_denied(socket(AF_INET, SOCK_STREAM, 0)));
	MUST(is_denied(socket(AF_INET6, SOCK_DGRAM, 0)));
	MUST(is_denied(connect(listener, (struct sockaddr *)&listening, sizeof(listening))));
	MUST(is_denied(accept4(listener, NULL, NULL, 0)));
	MUST(is_denied(bind(listener, (struct sockaddr *)&listening, sizeof(listening))));
	return 0;
}

static void without_rights_there_are_no_files_no_network_and_no_programs(void **state)
{
	(void)state;
	const struct sandbox sandbox = {0};
	assert_int_equal(run_locked_in(&sandbox, tries_files_and_network), 0);
}

static int works(void)
{
	int ends[2];
	char byte;
	struct stat status;
	MUST(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "!", 1) == 1 && read(ends[0], &byte, 1) == 1);
	MUST(fstat(ends[0], &status) == 0);
	struct event_base *base = event_base_new();
	MUST(base && event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
	event_base_free(base);
	char *memory = malloc(50000000);
	MUST(memory);
	memset(memory, 1, 50000000);
	free(memory);
	MUST(mlock(&byte, 1) == 0 || errno == ENOMEM || errno == EPERM);
	return 0;
}

static void what_lives_on_its_descriptors_works(void **state)
{
	(void)state;
	const struct sandbox sandbox = {0};
	assert_int_equal(run_locked_in(&sandbox, works), 0);
}

static int kills_itself(void)
{
	(void)kill(getpid(), SIGKILL);
	return 1;
}

static void a_role_can_end_itself(void **state)
{
	(void)state;
	const struct sandbox sandbox = {0};
	pid_t child = fork();
	if (child == 0) {
		const char *missing;
		_exit(sandbox_enter(&sandbox, &missing) ? 100 : kills_itself());
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int open_below(const char *name, int flags)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static int uses_files(void)
{
	char path[256];
	MUST(open_below("read/file", O_RDONLY) >= 0);
	MUST(is_denied(open_below("read/file", O_WRONLY)));
	MUST(is_denied(open_below("read/new", O_WRONLY | O_CREAT)));
	MUST(open_below("write/file", O_RDWR | O_TRUNC) >= 0);
	MUST(open_below("write/new", O_WRONLY | O_CREAT) >= 0);
	(void)snprintf(path, sizeof(path), "%s/write/new", folder);
	MUST(unlink(path) == 0);
	MUST(is_denied(open_below("other", O_RDONLY)));
	MUST(is_denied(open("/etc/passwd", O_RDONLY)));
	MUST(is_denied(socket(AF_INET, SOCK_STREAM, 0)));
	return tries_what_nobody_may();
}

static void with_files_only_the_allowed_paths_open(void **state)
{
	(void)state;
	char readable[128], writable[128];
	struct sandbox sandbox = {.rights = SANDBOX_FILES};
	(void)snprintf(readable, sizeof(readable), "%s/read", folder);
	(void)snprintf(writable, sizeof(writable), "%s/write", folder);
	assert_int_equal(sandbox_allow_path(&sandbox, readable, SANDBOX_READ), 0);
	assert_int_equal(sandbox_allow_path(&sandbox, writable, SANDBOX_READ_WRITE), 0);
	assert_int_equal(run_locked_in(&sandbox, uses_files), 0);
}

static void a_path_that_does_not_exist_keeps_the_role_from_starting(void **state)
{
	(void)state;
	struct sandbox sandbox = {.rights = SANDBOX_FILES};
	assert_int_equal(sandbox_allow_path(&sandbox, "/nonexistent/path", SANDBOX_READ), 0);
	assert_int_equal(run_locked_in(&sandbox, works), 100);
}

static int connects(void)
{
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), udp = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(15432)};
	MUST(tcp >= 0 && connect(tcp, (struct sockaddr *)&listening, sizeof(listening)) == 0);
	MUST(udp >= 0 || errno == EAFNOSUPPORT);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	MUST(is_denied(bind(server, (struct sockaddr *)&any, sizeof(any))));
	MUST(is_denied(listen(server, 1)));
	MUST(is_denied(open("/etc/passwd", O_RDONLY)));
	return tries_what_nobody_may();
}

static void with_connect_it_dials_and_never_listens(void **state)
{
	(void)state;
	const struct sandbox sandbox = {.rights = SANDBOX_CONNECT};
	assert_int_equal(run_locked_in(&sandbox, connects), 0);
}

static int accepts(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	MUST(fd >= 0);
	MUST(is_denied(socket(AF_INET, SOCK_STREAM, 0)));
	MUST(is_denied(connect(fd, (struct sockaddr *)&listening, sizeof(listening))));
	return tries_what_nobody_may();
}

static void with_accept_it_takes_connections_and_makes_none(void **state)
{
	(void)state;
	const struct sandbox sandbox = {.rights = SANDBOX_ACCEPT};
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&listening, sizeof(listening)), 0);
	assert_int_equal(run_locked_in(&sandbox, accepts), 0);
	(void)close(client);
}

// A closed listener is a socket that can be connected; sending with MSG_FASTOPEN connects without connect().
static int connects_by_sending(void)
{
	int own = socket_before;
	char text[] = "!";
	struct iovec part = {text, 1};
	struct msghdr header = {.msg_name = &listening, .msg_namelen = sizeof(listening), .msg_iov = &part, .msg_iovlen = 1};
	MUST(shutdown(own, SHUT_RDWR) == 0);
	MUST(is_denied(sendto(own, "!", 1, MSG_FASTOPEN, (struct sockaddr *)&listening, sizeof(listening))));
	MUST(is_denied(sendmsg(own, &header, MSG_FASTOPEN | MSG_NOSIGNAL)));
	MUST(is_denied(sendto(own, "!", 1, 0, (struct sockaddr *)&listening, sizeof(listening))));
	return 0;
}

static void who_accepts_cannot_turn_a_listener_into_a_connection(void **state)
{
	(void)state;
	const struct sandbox sandbox = {.rights = SANDBOX_ACCEPT}, none = {0};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (int i = 0; i < 2; i++) {
		socket_before = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(socket_before >= 0 && !bind(socket_before, (struct sockaddr *)&any, sizeof(any)) && !listen(socket_before, 1));
		assert_int_equal(run_locked_in(i ? &none : &sandbox, connects_by_sending), 0);
		(void)close(socket_before);
	}
}

// The kernel sends signals on behalf of a descriptor's owner: to whom, and which, is set by fcntl.
static int signals_by_descriptor(void)
{
	int ends[2];
	struct f_owner_ex owner = {F_OWNER_PID, getppid()};
	MUST(pipe2(ends, O_CLOEXEC) == 0);
	MUST(is_denied(fcntl(ends[0], F_SETOWN, getppid())));
	MUST(is_denied(fcntl(ends[0], F_SETOWN_EX, &owner)));
	MUST(is_denied(fcntl(ends[0], F_SETSIG, SIGKILL)));
	MUST(fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK) == 0);
	MUST(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
	int copy = fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
	MUST(copy >= 0);
	return 0;
}

static void nobody_signals_another_through_a_descriptor(void **state)
{
	(void)state;
	const struct sandbox all = {.rights = SANDBOX_ACCEPT | SANDBOX_CONNECT | SANDBOX_FILES}, none = {0};
	assert_int_equal(run_locked_in(&all, signals_by_descriptor), 0);
	assert_int_equal(run_locked_in(&none, signals_by_descriptor), 0);
}

static void *thread(void *argument)
{
	return argument;
}

static int starts_a_thread(void)
{
	pthread_t id;
	void *result = NULL;
	MUST(pthread_create(&id, NULL, thread, folder) == 0 && pthread_join(id, &result) == 0 && result == folder);
	return tries_what_nobody_may();
}

static int starts_no_thread(void)
{
	pthread_t id;
	MUST(pthread_create(&id, NULL, thread, folder) != 0);
	return 0;
}

static void threads_start_with_the_right_alone(void **state)
{
	(void)state;
	const struct sandbox with = {.rights = SANDBOX_THREADS}, without = {0};
	assert_int_equal(run_locked_in(&with, starts_a_thread), 0);
	assert_int_equal(run_locked_in(&without, starts_no_thread), 0);
}

static int opens_many(void)
{
	int count = 0;
	while (dup(STDERR_FILENO) >= 0)
		count++;
	MUST(errno == EMFILE && count < 20);
	return 0;
}

static void descriptors_are_bounded(void **state)
{
	(void)state;
	const struct sandbox sandbox = {.files_max = 20};
	assert_int_equal(run_locked_in(&sandbox, opens_many), 0);
}

static int is_nobody(void)
{
	uid_t real, effective, saved;
	MUST(getresuid(&real, &effective, &saved) == 0 && real != 0 && effective == real && saved == real);
	return tries_what_nobody_may();
}

static void started_as_root_it_becomes_its_user_for_good(void **state)
{
	(void)state;
	const struct sandbox sandbox = {.user = "nobody"};
	if (getuid() != 0)
		skip();
	assert_int_equal(run_locked_in(&sandbox, is_nobody), 0);
}

static void a_user_that_cannot_be_become_keeps_the_role_from_starting(void **state)
{
	(void)state;
	const struct sandbox unknown = {.user = "no-such-user-here"}, root = {.user = "root"};
	assert_int_equal(run_locked_in(&unknown, works), 100);
	if (getuid() != 0)
		assert_int_equal(run_locked_in(&root, works), 100);
}

static int has_no_capability(void)
{
	MUST(is_denied(fchown(listener, 1, 1))); // a call that seccomp leaves to those with files
	return 0;
}

static void root_without_a_user_keeps_no_capability(void **state)
{
	(void)state;
	const struct sandbox sandbox = {.rights = SANDBOX_FILES};
	assert_int_equal(run_locked_in(&sandbox, has_no_capability), 0);
}

static int set_up(void **state)
{
	char path[128];
	socklen_t len = sizeof(listening);
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	static const char *const FOLDERS[] = {"read", "write"}, *const FILES[] = {"read/file", "write/file", "other"};
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, FOLDERS[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	for (size_t i = 0; i < 3; i++)
		if (open_below(FILES[i], O_WRONLY | O_CREAT) < 0)
			return -1;
	listening.sin_family = AF_INET;
	listening.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return listener < 0 || bind(listener, (struct sockaddr *)&listening, len) || listen(listener, 4) ||
	       getsockname(listener, (struct sockaddr *)&listening, &len);
}

static int tear_down(void **state)
{
	static const char *const PATHS[] = {"read/file", "write/file", "other", "read", "write", ""};
	char path[128];
	(void)state;
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, PATHS[i]);
		(void)remove(path);
	}
	return close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rights_there_are_no_files_no_network_and_no_programs),
		cmocka_unit_test(what_lives_on_its_descriptors_works),
		cmocka_unit_test(a_role_can_end_itself),
		cmocka_unit_test(with_files_only_the_allowed_paths_open),
		cmocka_unit_test(a_path_that_does_not_exist_keeps_the_role_from_starting),
		cmocka_unit_test(with_connect_it_dials_and_never_listens),
		cmocka_unit_test(with_accept_it_takes_connections_and_makes_none),
		cmocka_unit_test(who_accepts_cannot_turn_a_listener_into_a_connection),
		cmocka_unit_test(nobody_signals_another_through_a_descriptor),
		cmocka_unit_test(threads_start_with_the_right_alone),
		cmocka_unit_test(descriptors_are_bounded),
		cmocka_unit_test(started_as_root_it_becomes_its_user_for_good),
		cmocka_unit_test(a_user_that_cannot_be_become_keeps_the_role_from_starting),
		cmocka_unit_test(root_without_a_user_keeps_no_capability),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
