// Each role is started as its parent starts it, with the real open and lock_in on a real CA. What then runs in its place of `start`, locked in, tries
// what the role must not be able to do.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

#include "base/shared_window.h"
#include "role/front/shared.h"
#include "role/parent/parent.h"
#include "role_rig.h"
#include "validate/receipt.h"

static char folder[] = "/tmp/xica-roles-XXXXXX";
static struct buf config_text;
static struct sockaddr_in listening;
static pid_t tester;

enum { PASSED = 42 }; // the probe's exit code when everything is as it must be

#define MUST(what)                                                                                                         \
	do {                                                                                                               \
		if (!(what))                                                                                               \
			_exit(__LINE__ % 200 + 50);                                                                        \
	} while (0)

static bool is_denied(long result)
{
	return result < 0 && (errno == EPERM || errno == EACCES);
}

static int open_below(const char *name, int flags)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static void must_not_run_anything(void)
{
	char program[] = "/bin/true", *const arguments[] = {program, NULL};
	MUST(is_denied(execve(program, arguments, NULL)));
	MUST(is_denied(fork()));
	MUST(is_denied(ptrace(PTRACE_ATTACH, tester, NULL, NULL)));
	MUST(is_denied(kill(tester, 0)));
	MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

static void must_not_open_keys(void)
{
	static const char *const SECRETS[] = {"ca/ca.json", "ca/keys", "receipt.key", "site/key.pem", "audit.log", "root.pem"};
	for (size_t i = 0; i < sizeof(SECRETS) / sizeof(SECRETS[0]); i++)
		MUST(is_denied(open_below(SECRETS[i], O_RDONLY)));
	MUST(is_denied(open("/etc/passwd", O_RDONLY)));
	MUST(is_denied(open("/proc/self/mem", O_RDWR)));
}

static void must_not_open_anything(void)
{
	must_not_open_keys();
	MUST(is_denied(open_below("db/xica.db", O_RDONLY)));
	MUST(is_denied(open("/tmp/new", O_CREAT | O_WRONLY, 0600)));
	MUST(is_denied(open("/dev/null", O_RDONLY)));
}

static void must_not_connect(void)
{
	MUST(is_denied(socket(AF_INET, SOCK_STREAM, 0)));
	MUST(is_denied(socket(AF_INET6, SOCK_DGRAM, 0)));
	MUST(is_denied(socket(AF_UNIX, SOCK_STREAM, 0)));
	MUST(is_denied(connect(ROLE_SOCKET, (const struct sockaddr *)&listening, sizeof(listening))));
}

static void must_not_accept(void)
{
	MUST(is_denied(accept4(ROLE_SOCKET, NULL, NULL, 0)));
	MUST(is_denied(listen(ROLE_SOCKET, 1)));
}

static int signer_tries(struct role *role)
{
	(void)role;
	must_not_open_anything();
	must_not_connect();
	must_not_accept();
	must_not_run_anything();
	_exit(PASSED);
}

static int front_tries(struct role *role)
{
	(void)role;
	must_not_open_anything();
	must_not_connect();
	must_not_run_anything();
	MUST(accept4(ROLE_SOCKET, NULL, NULL, 0) < 0 && errno != EPERM); // it may, on a socket that listens
	_exit(PASSED);
}

static int registrar_tries(struct role *role)
{
	(void)role;
	must_not_open_keys();
	must_not_connect();
	must_not_run_anything();
	MUST(open_below("db/xica.db", O_RDWR) >= 0);
	MUST(is_denied(open("/tmp/new", O_CREAT | O_WRONLY, 0600)));
	MUST(is_denied(open_below("new", O_CREAT | O_WRONLY)));
	_exit(PASSED);
}

static int validator_tries(struct role *role)
{
	(void)role;
	must_not_open_anything();
	must_not_accept();
	must_not_run_anything();
	MUST(is_denied(socket(AF_UNIX, SOCK_STREAM, 0)));
	MUST(is_denied(socket(AF_NETLINK, SOCK_RAW, 0)));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	MUST(fd >= 0 && connect(fd, (const struct sockaddr *)&listening, sizeof(listening)) == 0);
	_exit(PASSED);
}

static int mailer_tries(struct role *role)
{
	must_not_open_anything();
	must_not_accept();
	must_not_run_anything();
	MUST(is_denied(socket(AF_UNIX, SOCK_STREAM, 0)));
	if (role->config.mail_relay) {
		MUST(is_denied(open_below("mail/letter", O_CREAT | O_WRONLY)));
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		MUST(fd >= 0 && connect(fd, (const struct sockaddr *)&listening, sizeof(listening)) == 0);
	} else {
		must_not_connect();
		MUST(open_below("mail/letter", O_CREAT | O_WRONLY) >= 0);
		MUST(is_denied(open_below("letter", O_CREAT | O_WRONLY)));
	}
	_exit(PASSED);
}

static int run_locked_in(const struct role_kind *real, int (*tries)(struct role *role), int fd)
{
	struct role_kind kind = *real;
	cleanup_buf message = BUF_INIT;
	static const uint8_t KEY[RECEIPT_KEY_LEN] = {1};
	kind.start = tries;
	struct rig rig = rig_start(&kind);
	rig_begin_configure(&message, buf_cstr(&config_text));
	if (real == &role_front) {
		ipc_message_add(&message, IPC_NONCE_KEY, view_bytes(KEY, sizeof(KEY)));
		ipc_message_add_u64(&message, IPC_HTTPS_LISTENERS, 0);
		ipc_message_add_u64(&message, IPC_HTTP_LISTENERS, 0);
	} else if (real == &role_validator || real == &role_signer) {
		ipc_message_add(&message, IPC_RECEIPT_KEY, view_bytes(KEY, sizeof(KEY)));
	}
	packets_send(rig.fd, &message, &fd, fd >= 0);
	int status;
	assert_int_equal(waitpid(rig.pid, &status, 0), rig.pid);
	(void)close(rig.fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void signer_cannot_open_connect_or_exec(void **state)
{
	(void)state;
	assert_int_equal(run_locked_in(&role_signer, signer_tries, -1), PASSED);
}

static void front_cannot_open_connect_or_exec(void **state)
{
	(void)state;
	int shared = -1;
	assert_int_equal(shared_window_make("fronts", sizeof(struct front_shared), &shared), 0);
	assert_int_equal(run_locked_in(&role_front, front_tries, shared), PASSED);
	(void)close(shared);
}

static void registrar_opens_its_database_alone_and_cannot_connect_or_exec(void **state)
{
	(void)state;
	assert_int_equal(run_locked_in(&role_registrar, registrar_tries, -1), PASSED);
}

static void validator_connects_and_cannot_open_listen_or_exec(void **state)
{
	(void)state;
	assert_int_equal(run_locked_in(&role_validator, validator_tries, -1), PASSED);
}

static void mailer_writes_letters_into_its_folder_and_cannot_open_connect_or_exec(void **state)
{
	(void)state;
	assert_int_equal(run_locked_in(&role_mailer, mailer_tries, -1), PASSED);
}

static void mailer_with_a_relay_connects_and_cannot_open_listen_or_exec(void **state)
{
	(void)state;
	size_t before = config_text.len;
	buf_addf(&config_text, "mail {\nrelay = \"smtp://127.0.0.1:%u\"\n}\n", ntohs(listening.sin_port));
	assert_int_equal(run_locked_in(&role_mailer, mailer_tries, -1), PASSED);
	buf_truncate(&config_text, before);
}

static void login_cannot_open_connect_or_exec(void **state)
{
	(void)state;
	assert_int_equal(run_locked_in(&role_login, signer_tries, -1), PASSED);
}

static int make_file(const char *name)
{
	int fd = open_below(name, O_CREAT | O_WRONLY);
	return fd < 0 ? -1 : close(fd);
}

static int make_state(const struct config *config)
{
	char path[256];
	static const char *const FOLDERS[] = {"db", "site", "mail"};
	for (size_t i = 0; i < sizeof(FOLDERS) / sizeof(FOLDERS[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, FOLDERS[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	return parent_state_make_ca(config) || parent_state_copy_root(config) || make_file("receipt.key") || make_file("site/key.pem");
}

static int listen_on_loopback(void)
{
	socklen_t len = sizeof(listening);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	listening = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return fd < 0 || bind(fd, (struct sockaddr *)&listening, len) || listen(fd, 4) || getsockname(fd, (struct sockaddr *)&listening, &len);
}

static int set_up(void **state)
{
	struct config config;
	cleanup_buf why = BUF_INIT;
	(void)state;
	tester = getpid();
	if (!mkdtemp(folder))
		return -1;
	const struct config_dev_options options = {.dir = folder, .resolve_all = "127.0.0.1"};
	if (config_dev(&options, &config_text))
		return -1;
	buf_add_str(&config_text, "site-dir = \"" TEST_SITE "\"\n");
	if (config_parse(buf_view(&config_text), "test", &config, &why))
		return -1;
	int error = make_state(&config);
	config_free(&config);
	return error ? error : listen_on_loopback();
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status, (void)kind, (void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	buf_free(&config_text);
	return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signer_cannot_open_connect_or_exec),
		cmocka_unit_test(front_cannot_open_connect_or_exec),
		cmocka_unit_test(registrar_opens_its_database_alone_and_cannot_connect_or_exec),
		cmocka_unit_test(validator_connects_and_cannot_open_listen_or_exec),
		cmocka_unit_test(mailer_writes_letters_into_its_folder_and_cannot_open_connect_or_exec),
		cmocka_unit_test(mailer_with_a_relay_connects_and_cannot_open_listen_or_exec),
		cmocka_unit_test(login_cannot_open_connect_or_exec),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
