// What a role may still do after it locked itself in: one description, four mechanisms (uid and capabilities, rlimits, Landlock, seccomp).
// Anything not asked for here is gone for the life of the process: a system call outside the list fails with EPERM, and the kernel's audit log names it.
#pragma once
#include "base/error.h"
#include "base/view.h"

enum sandbox_right {
	SANDBOX_CONNECT = 1 << 0,  // socket and connect over IPv4 and IPv6, bind of UDP sockets: validator and mailer, nobody else
	SANDBOX_ACCEPT = 1 << 1,   // accept on listeners opened before
	SANDBOX_FILES = 1 << 2,    // open and change files, below the paths allowed by sandbox_allow_path alone
	SANDBOX_THREADS = 1 << 3,  // clone with CLONE_THREAD: libraries that insist
};

enum sandbox_access { SANDBOX_READ, SANDBOX_READ_WRITE }; // READ_WRITE on a folder: make and remove files in it too

enum { SANDBOX_PATHS_MAX = 16 };

struct sandbox {
	unsigned rights;              // enum sandbox_right
	struct {
		const char *path;     // borrowed
		enum sandbox_access access;
	} paths[SANDBOX_PATHS_MAX];
	size_t path_count;
	uint64_t memory_max;          // bytes of address space for data; 0: no limit
	unsigned files_max;           // descriptors; 0: leave
	const char *user;             // system user to become; NULL: stay who we are
};

// The path must exist when the sandbox is entered. XICA_ERANGE: too many.
XICA_MUST_CHECK int sandbox_allow_path(struct sandbox *sandbox, const char *path, enum sandbox_access access);
// Drops the uid (XICA_EDENIED when told to and not possible, XICA_ENOTFOUND: no such user) and all capabilities, sets no-new-privileges and rlimits,
// enters Landlock (as far as the kernel has it; *ret_missing names in words what the kernel lacks, NULL when nothing) and seccomp. Can't be undone.
XICA_MUST_CHECK int sandbox_enter(const struct sandbox *sandbox, const char **ret_missing);
// Drops to the user alone: for files that must belong to it. NULL: stays. Can't be undone.
XICA_MUST_CHECK int sandbox_become(const char *user);
// Raises the limit of descriptors that a process may have to wanted, as far as the system allows it (the hard limit); never lowers it. How many it may have now, at most wanted.
unsigned sandbox_raise_files(unsigned wanted);
