// The peers that a role is connected to at the moment.
#pragma once
#include "role/role.h"

struct role_peer {
	struct role_peer *next;
	const struct role_peer_kind *kind;
	unsigned index;
	struct ipc_channel *channel;
};

struct role_process { // one process's one role; role->… of every callback is its first member
	struct role role;
	struct role_peer *peers;
	struct ipc_permit *permits; // of the parent
	char who[24];              // for the log: "signer", "front-1"
	bool configured, finished;
	int exit_code;
};

// A fresh socket to a peer; fd is taken, whatever comes. It replaces an earlier one to the same peer.
XICA_MUST_CHECK int role_peers_connect(struct role_process *process, struct view name, unsigned index, int fd);
void role_peers_drain(struct role_process *process, int milliseconds);
void role_peers_free(struct role_process *process); // tells nobody
