// Landlock by its system calls: the C library has no wrappers, and the kernel's header of this distribution is older than the kernels it runs on. The
// numbers are the kernel's ABI (Documentation/userspace-api/landlock.rst).
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/mechanism.h"

enum {
	ABI_TRUNCATE = 3,
	ABI_NETWORK = 4,
	ABI_IOCTL_DEVICE = 5,
	ABI_SCOPES = 6,
	CREATE_VERSION = 1 << 0,
	RULE_PATH_BENEATH = 1,
};

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_FOLDER = 1 << 3,
	FS_REMOVE_FOLDER = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_FOLDER = 1 << 7,
	FS_MAKE_FILE = 1 << 8,
	FS_ABI_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEVICE = 1 << 15,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1,
};

struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net; // from ABI 4
	uint64_t scoped;      // from ABI 6
};

struct [[gnu::packed]] path_beneath {
	uint64_t allowed;
	int32_t folder;
};

static const char *missing_at(long abi)
{
	if (abi < 1)
		return "Landlock";
	if (abi < ABI_TRUNCATE)
		return "Landlock's rule on truncation, and newer ones";
	if (abi < ABI_NETWORK)
		return "Landlock's network rules, and newer ones";
	if (abi < ABI_SCOPES)
		return "Landlock's scopes";
	return NULL;
}

// All that this kernel can forbid and that the rights do not ask for.
static struct ruleset forbidden(const struct sandbox *sandbox, long abi)
{
	struct ruleset ruleset = {.handled_fs = FS_ABI_1};
	if (abi >= 2)
		ruleset.handled_fs |= FS_REFER;
	if (abi >= ABI_TRUNCATE)
		ruleset.handled_fs |= FS_TRUNCATE;
	if (abi >= ABI_IOCTL_DEVICE)
		ruleset.handled_fs |= FS_IOCTL_DEVICE;
	if (abi >= ABI_NETWORK)
		ruleset.handled_net = sandbox->rights & SANDBOX_CONNECT ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= ABI_SCOPES)
		ruleset.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
	return ruleset;
}

static size_t ruleset_len(long abi)
{
	if (abi < ABI_NETWORK)
		return offsetof(struct ruleset, handled_net);
	return abi < ABI_SCOPES ? offsetof(struct ruleset, scoped) : sizeof(struct ruleset);
}

static int allow(int ruleset, uint64_t handled, const char *path, enum sandbox_access access)
{
	uint64_t file = FS_READ_FILE, folder = FS_READ_FOLDER;
	if (access == SANDBOX_READ_WRITE) {
		file |= FS_WRITE_FILE | FS_TRUNCATE;
		folder |= FS_MAKE_FILE | FS_REMOVE_FILE | FS_MAKE_FOLDER | FS_REMOVE_FOLDER;
	}
	struct path_beneath rule = {.folder = open(path, O_PATH | O_CLOEXEC)};
	struct stat status;
	if (rule.folder < 0)
		return XICA_EDENIED;
	int error = fstat(rule.folder, &status);
	if (!error) {
		rule.allowed = (S_ISDIR(status.st_mode) ? file | folder : file) & handled;
		error = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
	}
	(void)close(rule.folder);
	return error ? XICA_EDENIED : XICA_OK;
}

static int restrict_by(int ruleset, uint64_t handled, const struct sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->path_count; i++) {
		int error = allow(ruleset, handled, sandbox->paths[i].path, sandbox->paths[i].access);
		if (error)
			return error;
	}
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? XICA_EDENIED : XICA_OK;
}

int sandbox_restrict_paths(const struct sandbox *sandbox, const char **ret_missing)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	*ret_missing = missing_at(abi);
	if (abi < 1)
		return XICA_OK;
	const struct ruleset attributes = forbidden(sandbox, abi);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, ruleset_len(abi), 0);
	if (ruleset < 0)
		return XICA_EDENIED;
	int error = restrict_by(ruleset, attributes.handled_fs, sandbox);
	(void)close(ruleset);
	return error;
}
