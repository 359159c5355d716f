// A server in a process of its own, and clients that say exactly what a test wants.
// It answers with what it was asked; "/later" is answered half a second later, "/never" not at all; at "/drop" and "/drop-later" the connection is closed instead.
#pragma once
#include <sys/types.h>

#include "check.h"

enum { SERVER_CONNECTIONS_MAX = 4, SERVER_SHARE = 2, SERVER_PATIENCE_MS = 5000, SERVER_IDLE_MS = 700, SERVER_REQUEST_MS = 1500 };

struct server_rig {
	pid_t server; // 0: it has ended already
	unsigned port;
	struct buf seen;
};

int server_start(void **state);
int server_start_with_shares(void **state); // one address has SERVER_SHARE connections at most
int server_stop(void **state);

#define server_test(name) cmocka_unit_test_setup_teardown(name, server_start, server_stop)

int server_dial(struct server_rig *rig);
void server_say(int fd, const char *text);
// One more piece of what the server says; false: nothing in this time, or the end (*ended).
bool server_hear_some(struct server_rig *rig, int fd, int timeout_ms, bool *ended);
// All until the server closes; NULL when it doesn't.
const char *server_hear_all(struct server_rig *rig, int fd);
// Until this text has come.
const char *server_hear(struct server_rig *rig, int fd, const char *text);
// One request on a connection of its own, and all that comes.
const char *server_ask(struct server_rig *rig, const char *request);

#define assert_has(text, part) assert_non_null(strstr(text, part))
#define assert_has_not(text, part) assert_null(strstr(text, part))
