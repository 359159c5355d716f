// A web server that answers http-01 and nothing else, in a process of its own that ends with this one.
#pragma once
#include "client/proof.h"

// On all addresses. XICA_EIO: the port can't be had, with what to do about it.
XICA_MUST_CHECK int client_listener_start(unsigned port, const struct client_proof_job *jobs, size_t count, pid_t *ret_pid, struct client_trouble *trouble);
void client_listener_stop(pid_t *pid); // 0: nothing to do; then 0
