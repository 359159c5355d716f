#include "client/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_RUN = 127 };

[[gnu::noreturn]] static void become(const char *const *argv, const struct client_variable *variables)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)dup2(nothing, STDIN_FILENO);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	for (; variables && variables->name; variables++)
		if (setenv(variables->name, variables->value, 1))
			_exit(CANNOT_RUN);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(CANNOT_RUN);
}

// Waits until it ended, or its time is over; then it is killed with all that it started.
static int wait_for(pid_t pid, unsigned seconds, bool *ret_late)
{
	int status = 0, pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd until = {.fd = pidfd, .events = POLLIN};
	*ret_late = pidfd >= 0 && poll(&until, 1, (int)seconds * 1000) == 0;
	if (*ret_late)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pidfd >= 0)
		(void)close(pidfd);
	return status;
}

int client_program_run(const char *const *argv, const struct client_variable *variables, unsigned seconds, const char *what,
		       struct client_trouble *trouble)
{
	bool late;
	pid_t pid = fork();
	if (pid == 0)
		become(argv, variables);
	if (pid < 0)
		return client_trouble_is(trouble, XICA_EIO, "%s: %s can't be started: %s", what, argv[0], strerror(errno));
	(void)setpgid(pid, pid);
	int status = wait_for(pid, seconds, &late);
	if (late)
		return client_trouble_is(trouble, XICA_ETIMEDOUT, "%s: %s was not done after %u seconds", what, argv[0], seconds);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return XICA_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN)
		return client_trouble_is(trouble, XICA_EIO, "%s: %s can't be run: is it there, and executable?", what, argv[0]);
	return client_trouble_is(trouble, XICA_EIO, "%s: %s failed, with the %s %d", what, argv[0], WIFEXITED(status) ? "exit status" : "signal",
				 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
