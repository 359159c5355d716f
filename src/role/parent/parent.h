// The parent: binds ports, starts the roles, hands each its sockets, restarts what dies, and ends them in order. It reads not a byte from the network.
//
//   parent.c          from start to end: which role when, signals
//   roles.c    one role's life: started, ready, asked to stop, reaped, started again
//   spawn.c    its process, and what it is told to begin with
//   peers.c    who talks to whom
//   listen.c   listening sockets, held here so that nothing is lost while a front is away
//   config.c   the configuration's text, its test, its reload
//   state.c    the state folder: what must be there before a role starts
//   own.c      the site's own TLS certificate
//   chaos.c    what a CA to play with that is chaotic needs besides
//   notify.c   what the service manager is told
#pragma once
#include <sys/types.h>

#include "config/ca_dir.h"
#include "role/role.h"

struct parent_options {
	const char *config_file;               // NULL with dev
	const struct config_dev_options *dev;  // NULL with config_file
};

int parent_run(const struct parent_options *options);  // returns the process's exit code
int parent_test(const struct parent_options *options); // -t: reads and tests the configuration alone
void parent_print_crash_points(void); // --crash-at help
bool parent_has_crash_point(const char *point);

// --- between the parent's own files

enum {
	PARENT_SIGNER,
	PARENT_LOGIN,
	PARENT_MAILER,
	PARENT_VALIDATOR,
	PARENT_REGISTRAR,
	PARENT_FRONT, // the first of them
	PARENT_FRONTS_MAX = 64,
	PARENT_ROLES_MAX = PARENT_FRONT + PARENT_FRONTS_MAX,
	PARENT_NONCE_KEY_LEN = 32,
};

enum parent_phase { PARENT_STARTING, PARENT_SERVING, PARENT_STOPPING };

struct parent;

// --- chaos.c: nothing where the configuration wants no chaos
XICA_MUST_CHECK int parent_chaos_make_chains(const struct config *config);
void parent_chaos_say(const struct config *config); // on standard error

struct parent_role {
	struct parent *parent;
	const char *name;
	unsigned index;
	pid_t pid;                   // 0: not running
	struct ipc_channel *channel; // NULL: none
	bool ready;
	bool stopping;               // was asked to stop
	bool stale;                  // runs by a configuration that is not the newest
	bool crash_spent;            // its first instance had the configuration's crash_at
	bool was_ready;              // in this run, ever
	unsigned deaths;             // in a row, none of which came after a long life
	int64_t started;             // clock_monotonic_ms
	struct event *timer;         // to start again, or the end of patience with one that was asked to stop
};

struct parent_listener {
	char *address;  // as configured
	enum parent_listener_kind { PARENT_LISTENS_HTTPS, PARENT_LISTENS_HTTP, PARENT_LISTENS_METRICS } kind;
	unsigned front;
	int fd;
};

struct parent_listeners {
	struct parent_listener *list;
	size_t count;
};

struct parent_own { // the site's own certificate
	struct buf chain, key; // PEM
	bool wanted;           // and not yet there
	unsigned failures;     // in a row
	uint64_t request_id;   // of the question under way; 0: none
	uint64_t last_id;
	struct event *timer;
};

struct parent {
	const struct parent_options *options;
	struct event_base *base;
	struct event *signals[4];
	struct event *deadline;     // of stopping
	int64_t stop_asked;         // clock_monotonic_ms
	struct event *watchdog;
	enum parent_phase phase;
	bool reloading;
	bool reload_again;          // was asked to, when it could not yet
	int exit_code;
	struct buf config_text;
	struct config config;
	struct parent_role roles[PARENT_ROLES_MAX];
	size_t role_count;
	struct parent_listeners listeners;
	int state_lock, fronts_fd, control, metrics_fd;
	struct metrics *metrics;
	uint8_t nonce_key[PARENT_NONCE_KEY_LEN];
	struct buf receipt_key;
	struct parent_own own;
};

// parent.c: does what comes next: called whenever something has changed
void parent_advance(struct parent *parent);
void parent_fail(struct parent *parent); // can't go on: stops all, exit code 1

// roles.c
void parent_roles_init(struct parent *parent);
bool parent_role_wanted(const struct parent_role *role); // a front beyond the configured number is not
void parent_role_start(struct parent_role *role);
void parent_role_stop(struct parent_role *role);         // gracefully, in bounded time
void parent_roles_kill(struct parent *parent);           // those who still run
void parent_roles_reap(struct parent *parent);           // after SIGCHLD
void parent_roles_free(struct parent *parent);

// spawn.c. The role's end of a fresh socketpair goes with it; ours is returned.
XICA_MUST_CHECK int parent_spawn(struct parent_role *role, int *ret_fd);
XICA_MUST_CHECK int parent_spawn_configure(struct parent_role *role); // by its channel

// peers.c. Connects a role that becomes ready with those of its peers who are. A role without all of its peers is of no use: where it can't be
// connected (for want of descriptors) it must end, so that its successor is tried later.
XICA_MUST_CHECK int parent_peers_connect(struct parent_role *role);

// listen.c. Sockets that old has already are duplicated from it. What fails is logged.
XICA_MUST_CHECK int parent_listen_open(const struct config *config, const struct parent_listeners *old, struct parent_listeners *ret_listeners);
void parent_listen_close(struct parent_listeners *listeners);
XICA_MUST_CHECK int parent_listen_control(const char *path, int *ret_fd);

// config.c. What fails is logged.
XICA_MUST_CHECK int parent_config_read(const struct parent_options *options, struct buf *text, struct config *ret_config);
// Do the users and files that it names exist?
XICA_MUST_CHECK int parent_config_check(const struct config *config);
// Is there a CA that can issue? XICA_ENOTFOUND: none yet.
XICA_MUST_CHECK int parent_config_check_ca(const struct config *config);
void parent_config_reload(struct parent *parent);

// state.c. What fails is logged.
XICA_MUST_CHECK int parent_state_open(struct parent *parent);
// Development: a CA where there is none yet, and its root at DIR/root.pem.
XICA_MUST_CHECK int parent_state_make_ca(const struct config *config);
XICA_MUST_CHECK int parent_state_copy_root(const struct config *config);

// own.c
XICA_MUST_CHECK int parent_own_open(struct parent *parent); // takes what is on disk where it is still good; says what is wanted
void parent_own_request(struct parent *parent);             // asks the registrar, where it is wanted and not asked yet
void parent_own_answer(struct parent *parent, const struct ipc_message *message);
void parent_own_interrupted(struct parent *parent);         // the registrar went: the question is asked again
void parent_own_free(struct parent *parent);

// notify.c
void parent_notify(const char *state); // "READY=1"; nothing where no service manager listens
void parent_notify_reloading(void);
void parent_notify_watchdog(struct parent *parent);
