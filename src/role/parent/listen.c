// Each front has listening sockets of its own (SO_REUSEPORT), all held by the parent: the kernel spreads connections over the fronts, and those that come
// while a front is away wait in its queue for the next one.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/local_socket.h"
#include "base/log.h"
#include "config/address.h"
#include "role/parent/parent.h"

enum { BACKLOG = 1024, CONTROL_BACKLOG = 16, BUSY_TRIES = 20, BUSY_PAUSE_US = 100000 };

static int set(int fd, int level, int option)
{
	int on = 1;
	return setsockopt(fd, level, option, &on, sizeof(on)) ? XICA_EIO : XICA_OK;
}

// shared: others may listen on the same address by sockets of their own.
static int bind_to(const struct sockaddr_storage *address, socklen_t len, bool shared, bool v6_only)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (set(fd, SOL_SOCKET, SO_REUSEADDR) || (shared && set(fd, SOL_SOCKET, SO_REUSEPORT)) ||
	    (v6_only && set(fd, IPPROTO_IPV6, IPV6_V6ONLY)) || set(fd, IPPROTO_TCP, TCP_NODELAY) ||
	    bind(fd, (const struct sockaddr *)address, len)) {
		int error = errno;
		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

// With SO_REUSEPORT a second xicad of the same user would silently take a share of the first one's connections: a socket without it finds
// out. A predecessor may take a moment to end.
static int probe(const struct sockaddr_storage *address, socklen_t len, bool v6_only)
{
	for (int i = 0; i < BUSY_TRIES; i++) {
		int fd = bind_to(address, len, false, v6_only);
		if (fd >= 0) {
			(void)close(fd);
			return XICA_OK;
		}
		if (errno != EADDRINUSE)
			return XICA_EIO;
		(void)usleep(BUSY_PAUSE_US);
	}
	return XICA_EEXIST;
}

static bool has_v4_wildcard(const char *const *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(addresses[i], "0.0.0.0:", 8))
			return true;
	return false;
}

static int duplicate_from(const struct parent_listeners *old, const char *address, enum parent_listener_kind kind, unsigned front)
{
	for (size_t i = 0; i < old->count; i++) {
		const struct parent_listener *listener = &old->list[i];
		if (listener->kind == kind && listener->front == front && !strcmp(listener->address, address))
			return fcntl(listener->fd, F_DUPFD_CLOEXEC, 3);
	}
	return -1;
}

struct opening {
	const struct config *config;
	const struct parent_listeners *old;
	struct parent_listeners *fresh;
};

// The sockets of one address belong together: only the first has to find out whether it is free.
static int open_fresh(const char *text, bool first, bool v6_only, int *ret_fd)
{
	struct sockaddr_storage address;
	socklen_t len;
	int error = config_address_parse(text, &address, &len);
	if (!error && first)
		error = probe(&address, len, v6_only);
	if (error)
		return error;
	int fd = bind_to(&address, len, true, v6_only);
	if (fd < 0)
		return XICA_EIO;
	if (listen(fd, BACKLOG)) {
		(void)close(fd);
		return XICA_EIO;
	}
	*ret_fd = fd;
	return XICA_OK;
}

static bool is_open(const struct parent_listeners *listeners, const char *address)
{
	for (size_t i = 0; i < listeners->count; i++)
		if (!strcmp(listeners->list[i].address, address))
			return true;
	return false;
}

static int open_one(struct opening *opening, const char *text, enum parent_listener_kind kind, unsigned front, bool v6_only)
{
	int fd = duplicate_from(opening->old, text, kind, front);
	bool first = !is_open(opening->old, text) && !is_open(opening->fresh, text);
	int error = fd < 0 ? open_fresh(text, first, v6_only, &fd) : XICA_OK;
	if (error)
		return error;
	char *copy = strdup(text);
	if (!copy) {
		(void)close(fd);
		return XICA_ENOMEM;
	}
	opening->fresh->list[opening->fresh->count++] = (struct parent_listener){copy, kind, front, fd};
	return XICA_OK;
}

// A CA to play with also runs where a machine has only one of the families.
static bool may_lack(const struct config *config)
{
	return config->dev && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
}

static void complain(const struct config *config, const char *address, enum parent_listener_kind kind, int error)
{
	static const char *const OPTIONS[] = {"--https-port", "--http-port", "--metrics-port"}, *const SETTINGS[] = {"listen: https", "listen: http", "metrics: listen"};
	int why = errno;
	const char *what = (config->dev ? OPTIONS : SETTINGS)[kind];
	if (error == XICA_EEXIST)
		log_error("can't listen on %s: another program does already; end it, or choose another port (%s)", address, what);
	else
		log_error("can't listen on %s (%s): %s%s", address, what, strerror(why),
			  why == EACCES ? "; ports below 1024 are root's, or need CAP_NET_BIND_SERVICE" : "");
}

static int open_all(struct opening *opening, const char *const *addresses, size_t count, enum parent_listener_kind kind)
{
	unsigned fronts = kind == PARENT_LISTENS_METRICS ? 1 : opening->config->fronts; // one reads all that is counted
	bool v6_only = has_v4_wildcard(addresses, count);
	size_t opened = 0;
	for (size_t i = 0; i < count; i++) {
		bool lacking = false;
		for (unsigned front = 0; front < fronts && !lacking; front++) {
			int error = open_one(opening, addresses[i], kind, front, v6_only && addresses[i][0] == '[');
			if (error && !(lacking = may_lack(opening->config))) {
				complain(opening->config, addresses[i], kind, error);
				return error;
			}
			opened += !error;
		}
	}
	if (!opened && count)
		log_error("there is no address to listen on for %s", kind == PARENT_LISTENS_HTTPS ? "https" : kind == PARENT_LISTENS_HTTP ? "http" : "metrics");
	return opened || !count ? XICA_OK : XICA_EIO;
}

int parent_listen_open(const struct config *config, const struct parent_listeners *old, struct parent_listeners *ret_listeners)
{
	size_t max = (config->https_listen_count + config->http_listen_count) * config->fronts + 1;
	struct parent_listeners fresh = {calloc(max, sizeof(*fresh.list)), 0};
	struct opening opening = {config, old, &fresh};
	if (!fresh.list)
		return XICA_ENOMEM;
	int error = open_all(&opening, config->https_listen, config->https_listen_count, PARENT_LISTENS_HTTPS);
	if (!error)
		error = open_all(&opening, config->http_listen, config->http_listen_count, PARENT_LISTENS_HTTP);
	if (!error)
		error = open_all(&opening, &config->metrics_listen, config->metrics_listen != NULL, PARENT_LISTENS_METRICS);
	if (error) {
		parent_listen_close(&fresh);
		return error;
	}
	*ret_listeners = fresh;
	return XICA_OK;
}

void parent_listen_close(struct parent_listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++) {
		free(listeners->list[i].address);
		if (listeners->list[i].fd >= 0)
			(void)close(listeners->list[i].fd);
	}
	free(listeners->list);
	*listeners = (struct parent_listeners){0};
}

// --- the operator's socket

static int bind_control(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	(void)umask(mask);
	if (bound && listen(fd, CONTROL_BACKLOG) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

int parent_listen_control(const char *path, int *ret_fd)
{
	struct sockaddr_un address;
	int folder = -1, fd = -1;
	int error = local_socket_address(path, &address, &folder);
	(void)unlink(path); // of a predecessor: that none runs, the lock on the state folder says
	if (!error && (fd = bind_control(&address)) < 0)
		error = XICA_EIO;
	if (folder >= 0)
		(void)close(folder);
	if (error)
		log_error("can't make the operator's socket %s: %m", path);
	else
		*ret_fd = fd;
	return error;
}
