// How every role starts, and how it meets its peers.
//
// The parent starts `xicad --role NAME` by fork and exec, with a SEQPACKET socket as descriptor 3. There a role takes its IPC_CONFIGURE, and then:
// opens what it needs (open), drops its uid, locks itself in (sandbox), says IPC_READY, and loops. Peers come and go: each IPC_CONNECT brings a
// fresh socket to a peer, and a role that died is back with a new one. When the parent goes, the role goes.
#pragma once
#include <event2/event.h>

#include "config/config.h"
#include "ipc/channel.h"
#include "role/metrics/metrics.h"
#include "sandbox/sandbox.h"

struct role;

struct role_peer_kind {
	const char *name; // "registrar"
	const struct ipc_permit *permits;
	// context of the channel's handlers is the struct role. channel is borrowed: gone after `gone` returns.
	void (*connected)(struct role *role, unsigned index, struct ipc_channel *channel);
	void (*gone)(struct role *role, unsigned index, struct ipc_channel *channel);
};

struct role_kind {
	const char *name; // "signer"
	bool numbered;    // there are several: the log says which
	// Which sockets are waited for, the kernel hears once a turn. For a role that has many, and none that another process holds too when it is closed:
	// such a one would stay in the kernel's set.
	bool changes_at_once;
	const struct role_peer_kind *peers; // ends with {NULL}; NULL: none
	const struct ipc_permit *parent_permits; // besides CONFIGURE, CONNECT, SHUT_DOWN; may be NULL
	// Opens files and keys, still with the rights it was started with. configure is the CONFIGURE message (it dies when this returns); fds came with
	// it and are the role's. What fails is logged here.
	int (*open)(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count);
	// Which rights stay; called after open, so that it can name descriptors and paths.
	void (*lock_in)(struct role *role, struct sandbox *sandbox);
	// After locking in, before READY: timers, listeners.
	int (*start)(struct role *role);
	// Finish what is under way, then call role_finished. NULL: at once.
	void (*shut_down)(struct role *role);
};

struct role {
	const struct role_kind *kind;
	unsigned index;
	struct event_base *base;
	struct ipc_channel *parent;
	struct config config;
	struct metrics *metrics;  // shared with all roles; each writes its own part
	void *state; // the role's own one context struct
};

enum { ROLE_SOCKET = 3 }; // the descriptor by which a role and its parent talk

int role_run(const struct role_kind *kind, unsigned index); // returns the process's exit code
// Ends the loop; what is queued for the peers still goes out. role->state may be gone already.
void role_finished(struct role *role);
// Ends this process by SIGKILL when the configuration's crash_at names this point of this role (development only).
void role_crash_point(const struct role *role, const char *point);

extern const struct role_kind role_front, role_registrar, role_validator, role_signer, role_mailer, role_login;
