// Loses power, or meets a failing disk, at each single step of something that writes files: this program's own write, fsync, rename … stand before the C
// library's, count, and at the chosen step end the process (a write: after half of it) or fail once. For one program: it defines functions.
#pragma once
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED_STEPS_MAX = 300, KILLED_EXIT_DONE = 0, KILLED_EXIT_FAILED = 1, KILLED_EXIT_LOST_POWER = 99 };

static struct {
	int countdown; // 0: nothing happens
	bool power;
} killed;

static bool killed_now(void)
{
	if (!killed.countdown || --killed.countdown)
		return false;
	if (killed.power)
		_exit(KILLED_EXIT_LOST_POWER);
	errno = EIO;
	return true;
}

#define KILLED_REAL(function, type) ((type)dlsym(RTLD_NEXT, #function))

ssize_t write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = KILLED_REAL(write, ssize_t(*)(int, const void *, size_t));
	if (killed.power && killed.countdown == 1)
		(void)!real(fd, bytes, len / 2);
	return killed_now() ? -1 : real(fd, bytes, len);
}

int fsync(int fd)
{
	return killed_now() ? -1 : KILLED_REAL(fsync, int (*)(int))(fd);
}

int rename(const char *from, const char *to)
{
	return killed_now() ? -1 : KILLED_REAL(rename, int (*)(const char *, const char *))(from, to);
}

int symlink(const char *target, const char *path)
{
	return killed_now() ? -1 : KILLED_REAL(symlink, int (*)(const char *, const char *))(target, path);
}

int mkdir(const char *path, mode_t mode)
{
	return killed_now() ? -1 : KILLED_REAL(mkdir, int (*)(const char *, mode_t))(path, mode);
}

// Runs it in a process of its own; at this step (from 1) something happens. Returns the exit status.
static int killed_at(int step, bool power, int (*work)(void))
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		killed.power = power;
		killed.countdown = step;
		_exit(work() ? KILLED_EXIT_FAILED : KILLED_EXIT_DONE);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
