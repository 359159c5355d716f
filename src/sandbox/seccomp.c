// The system calls that a role may still make. The default is EPERM, so whatever the kernel learns later is forbidden too. Where a call is harmless
// in one form and not in another, its arguments are looked at.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/mechanism.h"

#define CALL(name) SCMP_SYS(name)

// What any program does that lives on descriptors it has: memory, time, waiting, reading and writing, ending.
static const int EVERYBODY[] = {
	CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL(mlock), CALL(mlock2), CALL(munlock), CALL(read), CALL(readv), CALL(pread64),
	CALL(preadv), CALL(write), CALL(writev), CALL(pwrite64), CALL(pwritev), CALL(lseek), CALL(close), CALL(dup), CALL(fstat), CALL(fsync),
	CALL(fdatasync), CALL(ftruncate), CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6), CALL(epoll_create1),
	CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2), CALL(eventfd2), CALL(pipe2), CALL(timerfd_create),
	CALL(timerfd_settime), CALL(timerfd_gettime), CALL(recvmsg), CALL(recvfrom), CALL(shutdown),
	CALL(getsockopt), CALL(setsockopt), CALL(getsockname), CALL(getpeername), CALL(clock_gettime), CALL(clock_getres), CALL(clock_nanosleep),
	CALL(nanosleep), CALL(gettimeofday), CALL(time), CALL(getpid), CALL(getppid), CALL(gettid), CALL(getuid), CALL(geteuid), CALL(getgid),
	CALL(getegid), CALL(getresuid), CALL(getresgid), CALL(getrandom), CALL(getcpu), CALL(getrusage), CALL(sysinfo), CALL(uname), CALL(futex),
	CALL(sched_yield), CALL(sched_getaffinity), CALL(set_robust_list), CALL(rseq), CALL(membarrier), CALL(restart_syscall),
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack), CALL(exit), CALL(exit_group),
};

static const int WITH_ACCEPT[] = {CALL(accept), CALL(accept4)};

static const int WITH_CONNECT[] = {CALL(connect), CALL(bind), CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(recvmmsg)};

// What is done to a descriptor itself. Not among them: who is signalled about it, and how.
static const int DESCRIPTOR_COMMANDS[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GET_SEALS};
static const int FILE_COMMANDS[] = {F_GETLK, F_SETLK, F_SETLKW, F_ADD_SEALS};

// Which files: Landlock and the uid say.
static const int WITH_FILES[] = {
	CALL(open), CALL(openat), CALL(openat2), CALL(creat), CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat),
	CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getcwd), CALL(getdents64), CALL(mkdir), CALL(mkdirat), CALL(rmdir),
	CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(truncate), CALL(fallocate), CALL(fadvise64),
	CALL(flock), CALL(fchmod), CALL(fchown), CALL(utimensat), CALL(umask), CALL(statfs), CALL(fstatfs), CALL(sync_file_range), CALL(msync),
	CALL(memfd_create),
};

struct filter {
	scmp_filter_ctx context;
	bool failed;
};

static void allow_all(struct filter *filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seccomp_rule_add(filter->context, SCMP_ACT_ALLOW, calls[i], 0))
			filter->failed = true;
}

#define ALLOW_ALL(filter, calls) allow_all(filter, calls, sizeof(calls) / sizeof(calls[0]))

static void allow_if(struct filter *filter, int call, struct scmp_arg_cmp condition)
{
	if (seccomp_rule_add(filter->context, SCMP_ACT_ALLOW, call, 1, condition))
		filter->failed = true;
}

static void allow_fcntl(struct filter *filter, const int *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		allow_if(filter, CALL(fcntl), SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)commands[i]));
}

// To whom one is connected already: a destination, or MSG_FASTOPEN, makes connections without connect (of a listener that was shut down, too).
static void allow_sending(struct filter *filter)
{
	allow_if(filter, CALL(sendmsg), SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
	if (seccomp_rule_add(filter->context, SCMP_ACT_ALLOW, CALL(sendto), 2, SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0),
			     SCMP_A4(SCMP_CMP_EQ, 0)))
		filter->failed = true;
}

static void allow_bounded(struct filter *filter)
{
	allow_fcntl(filter, DESCRIPTOR_COMMANDS, sizeof(DESCRIPTOR_COMMANDS) / sizeof(DESCRIPTOR_COMMANDS[0]));
	// nothing that is written is ever executed
	allow_if(filter, CALL(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	allow_if(filter, CALL(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	// one's own status, one's own death, nobody else's
	allow_if(filter, CALL(newfstatat), SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH));
	allow_if(filter, CALL(kill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	allow_if(filter, CALL(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	// limits are read, not set
	allow_if(filter, CALL(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0));
	allow_if(filter, CALL(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD));
	allow_if(filter, CALL(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO));
}

static void allow_by_right(struct filter *filter, unsigned rights)
{
	if (rights & SANDBOX_ACCEPT)
		ALLOW_ALL(filter, WITH_ACCEPT);
	if (rights & SANDBOX_FILES) {
		ALLOW_ALL(filter, WITH_FILES);
		allow_fcntl(filter, FILE_COMMANDS, sizeof(FILE_COMMANDS) / sizeof(FILE_COMMANDS[0]));
	}
	if (rights & SANDBOX_CONNECT) {
		ALLOW_ALL(filter, WITH_CONNECT);
		allow_if(filter, CALL(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET));
		allow_if(filter, CALL(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET6));
		allow_if(filter, CALL(socketpair), SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	} else {
		allow_sending(filter);
	}
	if (rights & SANDBOX_THREADS) {
		allow_if(filter, CALL(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
		// its flags are in memory, where no filter sees them: the C library then takes clone
		if (seccomp_rule_add(filter->context, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0))
			filter->failed = true;
	}
}

int sandbox_filter_calls(const struct sandbox *sandbox)
{
	struct filter filter = {seccomp_init(SCMP_ACT_ERRNO(EPERM)), false};
	if (!filter.context)
		return XICA_ENOMEM;
	(void)seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_LOG, 1); // a wish: kernels without it still filter
	ALLOW_ALL(&filter, EVERYBODY);
	allow_bounded(&filter);
	allow_by_right(&filter, sandbox->rights);
	int error = filter.failed ? XICA_ENOMEM : XICA_OK;
	if (!error && seccomp_load(filter.context))
		error = XICA_EDENIED;
	seccomp_release(filter.context);
	return error;
}
