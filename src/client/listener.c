#include "client/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { REQUEST_MAX = 8192, REQUEST_MS = 3000, BACKLOG = 64 };
#define PREFIX "GET /.well-known/acme-challenge/"

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

// --- requests

static bool is_whole(const struct buf *request)
{
	return request->len >= 4 && memmem(request->ptr, request->len, "\r\n\r\n", 4);
}

// One after the other, each with little time.
static void read_request(int fd, struct buf *request)
{
	int64_t until = clock_monotonic_ms() + REQUEST_MS, left;
	while (!is_whole(request) && request->len < REQUEST_MAX && (left = until - clock_monotonic_ms()) > 0) {
		const struct timeval patience = {left / 1000, (left % 1000) * 1000};
		uint8_t block[1024];
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		ssize_t got = recv(fd, block, sizeof(block), 0);
		if (got <= 0)
			return;
		buf_add(request, view_bytes(block, (size_t)got));
	}
}

static const char *find(const struct client_proof_job *jobs, size_t count, struct view request)
{
	if (!view_starts(request, VIEW_LIT(PREFIX)))
		return NULL;
	struct view token = view_sub(request, sizeof(PREFIX) - 1, SIZE_MAX);
	token = view_sub(token, 0, view_index(token, ' ', 0));
	for (size_t i = 0; i < count; i++)
		if (view_equal_str(token, jobs[i].token))
			return jobs[i].key_authorization;
	return NULL;
}

static void answer(int fd, const struct client_proof_job *jobs, size_t count)
{
	cleanup_buf request = BUF_INIT, reply = BUF_INIT;
	read_request(fd, &request);
	const char *found = is_whole(&request) ? find(jobs, count, buf_view(&request)) : NULL;
	const char *body = found ? found : "not here\n";
	buf_addf(&reply, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", found ? "200 OK" : "404 Not Found",
		 found ? "application/octet-stream" : "text/plain", strlen(body), body);
	if (!buf_error(&reply))
		(void)send(fd, reply.ptr, reply.len, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
}

[[gnu::noreturn]] static void serve(int listener, const struct client_proof_job *jobs, size_t count)
{
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			_exit(1);
		if (fd < 0)
			continue;
		answer(fd, jobs, count);
		(void)close(fd);
	}
}

int client_listener_start(unsigned port, const struct client_proof_job *jobs, size_t count, pid_t *ret_pid, struct client_trouble *trouble)
{
	int fd = listen_on(port);
	if (fd < 0)
		return client_trouble_is(trouble, XICA_EIO, "port %u can't be listened on: %s. %s", port, strerror(errno),
					 errno == EACCES ? "Run this as root." : "Is a web server on it? Then give its folder by --webroot, or take --proof xmpp or --proof dns.");
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		serve(fd, jobs, count);
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
