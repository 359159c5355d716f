// The service manager's datagrams (sd_notify(3)): one socket named by the environment, lines of NAME=VALUE.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "role/parent/parent.h"

void parent_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	if (!len || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@') // an abstract name
		address.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, address_len) < 0) {
		// nobody listens: it is only a courtesy
	}
	(void)close(fd);
}

void parent_notify_reloading(void)
{
	char state[64];
	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_ms() * 1000);
	parent_notify(state);
}

static void on_watchdog(evutil_socket_t fd, short events, void *context)
{
	(void)fd, (void)events, (void)context;
	parent_notify("WATCHDOG=1");
}

void parent_notify_watchdog(struct parent *parent)
{
	const char *text = getenv("WATCHDOG_USEC");
	long long interval = text ? strtoll(text, NULL, 10) / 2 : 0;
	if (interval <= 0)
		return;
	const struct timeval pause = {interval / 1000000, interval % 1000000};
	parent->watchdog = event_new(parent->base, -1, EV_PERSIST, on_watchdog, NULL);
	if (parent->watchdog)
		(void)event_add(parent->watchdog, &pause);
}
