#include "client/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 64 };

// --- the port

static int bind_to(int family, unsigned port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	bool v6 = family == AF_INET6;
	const int on = 1, off = 0;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (v6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	const struct sockaddr *address = v6 ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
	if (bind(fd, address, v6 ? sizeof(six) : sizeof(four)) || listen(fd, BACKLOG)) {
		int why = errno;
		(void)close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

static int listen_on(unsigned port)
{
	int fd = bind_to(AF_INET6, port); // takes IPv4 too
	return fd < 0 && errno != EADDRINUSE && errno != EACCES ? bind_to(AF_INET, port) : fd;
}

// --- connections

[[gnu::noreturn]] static void serve(int fd, const struct client_listener *listener)
{
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN); // whoever connects may go at any moment
	for (;;) {
		int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
			_exit(1);
		if (connection < 0)
			continue;
		listener->answer(connection, listener->context);
		(void)close(connection);
	}
}

int client_listener_start(const struct client_listener *listener, pid_t *ret_pid, struct client_trouble *trouble)
{
	int fd = listen_on(listener->port);
	if (fd < 0)
		return client_trouble_is(trouble, XICA_EIO, "port %u can't be listened on: %s. %s", listener->port, strerror(errno),
					 errno == EACCES ? "Run this as root." : listener->in_use);
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		serve(fd, listener);
	}
	int why = errno;
	(void)close(fd);
	if (pid < 0)
		return client_trouble_is(trouble, XICA_EIO, "no process can be made: %s", strerror(why));
	*ret_pid = pid;
	return XICA_OK;
}

void client_listener_stop(pid_t *pid)
{
	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGKILL);
	while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}
