// A small server for as long as a proof takes, in a process of its own that ends with this one.
#pragma once
#include "client/trouble.h"

struct client_listener {
	unsigned port;
	void (*answer)(int fd, void *context); // in the other process: one connection after the other, which is closed afterwards
	void *context;
	const char *in_use;                    // a sentence for whoever has something else on the port
};

// On all addresses. XICA_EIO: the port can't be had, with what to do about it.
XICA_MUST_CHECK int client_listener_start(const struct client_listener *listener, pid_t *ret_pid, struct client_trouble *trouble);
void client_listener_stop(pid_t *pid); // 0: nothing to do; then 0
