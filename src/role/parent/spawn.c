// A role's process: forked, executed, and told all that it needs to begin.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "role/parent/parent.h"

enum { ENVIRONMENT_MAX = 16 };

// glibc keeps freed pieces of up to a kilobyte at hand, seven of a size: a role that works on dozens of requests at once frees and wants dozens. (Its older way of
// keeping them is then of no use, and now and then costs a walk through all of them.) What is no glibc passes over it.
static char MALLOC[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=64:glibc.malloc.mxfast=0";

static bool begins_with_one_of(const char *entry, const char *const *names)
{
	for (; *names; names++)
		if (!strncmp(entry, *names, strlen(*names)))
			return true;
	return false;
}

// What a role is told of our surroundings: nothing that it has no use for, so that no secret and no socket of the service manager goes with it.
// A CA to play with may be started on another day than today, by libfaketime: then its roles live on that day too, which is how one sees in a minute what
// becomes of certificates in months. They take part in the parent's shared memory (FAKETIME_SHARED), since, locked in, they could not remove their own. A CA
// that isn't to play with runs in its roles what they are linked with, and no more.
static void keep_environment(const struct config *config, char *kept[])
{
	static const char *const NAMES_KEPT[] = {"OPENSSL_CONF=", "OPENSSL_MODULES=", "ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS=", NULL};
	static const char *const NAMES_KEPT_IN_DEV[] = {"LD_PRELOAD=", "FAKETIME", NULL};
	size_t count = 0;
	kept[count++] = MALLOC;
	for (char **entry = environ; *entry && count < ENVIRONMENT_MAX; entry++)
		if (begins_with_one_of(*entry, NAMES_KEPT) || (config->dev && begins_with_one_of(*entry, NAMES_KEPT_IN_DEV)))
			kept[count++] = *entry;
	kept[count] = NULL;
}

static void exec_role(const struct parent_role *role, int fd)
{
	char title[32], index[16], program[] = "/proc/self/exe", role_option[] = "--role", index_option[] = "--index", name[16];
	(void)snprintf(title, sizeof(title), role->parent->roles + PARENT_FRONT <= role ? "xicad: %s %u" : "xicad: %s", role->name, role->index);
	(void)snprintf(index, sizeof(index), "%u", role->index);
	(void)snprintf(name, sizeof(name), "%s", role->name);
	char *const arguments[] = {title, role_option, name, index_option, index, NULL};
	char *environment[ENVIRONMENT_MAX + 1];
	int nothing = open("/dev/null", O_RDONLY);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return;
	if (fd == ROLE_SOCKET ? fcntl(fd, F_SETFD, 0) : dup2(fd, ROLE_SOCKET) < 0)
		return;
	(void)close_range(ROLE_SOCKET + 1, ~0U, 0);
	keep_environment(&role->parent->config, environment);
	(void)execve(program, arguments, environment);
}

int parent_spawn(struct parent_role *role, int *ret_fd)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return XICA_EIO;
	role->pid = fork();
	if (role->pid == 0) {
		exec_role(role, ends[1]);
		_exit(127);
	}
	(void)close(ends[1]);
	if (role->pid < 0) {
		role->pid = 0;
		(void)close(ends[0]);
		return XICA_EIO;
	}
	*ret_fd = ends[0];
	return XICA_OK;
}

static bool crashes_here(struct parent_role *role)
{
	const char *point = role->parent->config.crash_at;
	size_t len = strlen(role->name);
	if (!point || role->crash_spent || strncmp(point, role->name, len) || point[len] != ':')
		return false;
	role->crash_spent = true;
	return true;
}

static size_t add_listeners(const struct parent_role *role, struct buf *message, int *fds)
{
	const struct parent_listeners *listeners = &role->parent->listeners;
	size_t count = 0;
	static const struct {
		enum parent_listener_kind kind;
		enum ipc_field field;
	} KINDS[] = {{PARENT_LISTENS_HTTPS, IPC_HTTPS_LISTENERS}, {PARENT_LISTENS_HTTP, IPC_HTTP_LISTENERS}, {PARENT_LISTENS_METRICS, IPC_METRICS_LISTENERS}};
	for (size_t k = 0; k < sizeof(KINDS) / sizeof(KINDS[0]); k++) {
		size_t before = count;
		for (size_t i = 0; i < listeners->count; i++)
			if (listeners->list[i].front == role->index && listeners->list[i].kind == KINDS[k].kind)
				fds[count++] = listeners->list[i].fd;
		ipc_message_add_u64(message, KINDS[k].field, count - before);
	}
	return count;
}

int parent_spawn_configure(struct parent_role *role)
{
	struct parent *parent = role->parent;
	struct buf message = BUF_INIT;
	int fds[IPC_FDS_MAX];
	size_t fd_count = 0;
	ptrdiff_t which = role - parent->roles;
	ipc_message_begin(&message, IPC_CONFIGURE, 0);
	ipc_message_add(&message, IPC_CONFIG, buf_view(&parent->config_text));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, role->index);
	if (crashes_here(role))
		ipc_message_add(&message, IPC_CRASH, VIEW_NONE);
	if (which == PARENT_SIGNER || which == PARENT_VALIDATOR) {
		ipc_message_add(&message, IPC_RECEIPT_KEY, buf_view(&parent->receipt_key));
	} else if (which == PARENT_REGISTRAR) {
		fds[fd_count++] = parent->control;
	} else if (which >= PARENT_FRONT) {
		ipc_message_add(&message, IPC_NONCE_KEY, view_bytes(parent->nonce_key, sizeof(parent->nonce_key)));
		if (parent->own.chain.len) {
			ipc_message_add(&message, IPC_TLS_CHAIN, buf_view(&parent->own.chain));
			ipc_message_add(&message, IPC_TLS_KEY, buf_view(&parent->own.key));
		}
		fds[fd_count++] = parent->fronts_fd;
		fd_count += add_listeners(role, &message, fds + 1);
	}
	ipc_message_add(&message, IPC_METRICS, VIEW_NONE);
	fds[fd_count++] = parent->metrics_fd;
	int error = ipc_channel_send_fds(role->channel, &message, fds, fd_count);
	buf_wipe(&message);
	return error;
}
