// A front in a process of its own, with the test as its parent, its registrar and its clients: so a test reads as one conversation, in order.
#pragma once
#include <sys/types.h>

#include "check.h"
#include "crypto/key.h"
#include "http/server.h"
#include "ipc/endpoint.h"
#include "ipc/message.h"
#include "jose/jws.h"
#include "role/front/shared.h"

struct ssl_st;

struct rig {
	pid_t front;
	int parent;                 // our end of the socket to it
	int registrar;              // and of its registrar's; -1: away
	unsigned https_port, http_port;
	char url[64];               // the configuration's
	struct front_shared *shared; // as the front sees it
	struct crypto_key *key;     // an account's
	struct crypto_key *other_key;
	struct arena arena;         // of one test
};

enum { RIG_ACCOUNT = 7 };

// more: further text for the configuration ("" for a CA to play with: it has `development {}`). site: the folder of pages.
void rig_start(struct rig *rig, const char *more);
void rig_connect_registrar(struct rig *rig);
void rig_tell_whole(struct rig *rig); // all documents have been handed over
void rig_disconnect_registrar(struct rig *rig);
void rig_renew_tls(struct rig *rig); // hands the certificate over once more
void rig_shut_down(struct rig *rig);
int rig_wait(struct rig *rig); // for its end: the status of waitpid
void rig_stop(struct rig *rig);
void rig_run_front(int fd); // its process, with its end of the socket to its parent

// --- as its registrar
// The front's next message; fails the test after five seconds. Views live in the rig's arena.
struct ipc_message rig_take(struct rig *rig, enum ipc_type type);
bool rig_hears_nothing(struct rig *rig); // beyond what it said before its last answer
void rig_send(struct rig *rig, const struct buf *message);
// Answers IPC_ACCOUNT_KEY: with this key, or NULL for "no such account".
void rig_tell_key(struct rig *rig, uint64_t id, const struct crypto_key *key);
// Answers IPC_ACME_REQUEST with a status and a body of JSON (NULL: none).
void rig_reply(struct rig *rig, uint64_t id, unsigned status, const char *body);

// --- as a client
struct client {
	int fd;
	struct ssl_st *ssl;         // NULL: plain
	void *context;
	struct buf in;
};

struct response {
	unsigned status;
	struct view head;           // with the status line
	struct view body;
};

struct client rig_client(struct rig *rig, bool https);
void client_close(struct client *client);
void client_send(struct client *client, struct view bytes);
bool client_ended(struct client *client, int timeout_ms); // the other side has closed
// The response to a request by HEAD has no body, whatever its Content-Length says.
struct response client_read(struct rig *rig, struct client *client, bool head);
const char *response_header(struct rig *rig, const struct response *response, const char *name); // NULL: none
bool response_has(struct rig *rig, const struct response *response, const char *name, const char *value); // one of several
// Is it a problem document of this type and status, with everything that must be around it?
void assert_problem(struct rig *rig, const struct response *response, unsigned status, const char *type);

// One request on a connection of its own, and its answer. headers: whole lines ("A: b\r\n").
struct response rig_get(struct rig *rig, bool https, const char *method, const char *path, const char *headers);
const char *rig_nonce(struct rig *rig);
// POST of this body with the right Content-Type, sent and not yet answered.
struct client rig_post(struct rig *rig, const char *path, struct view body);
// A JWS for this path: kid is the account's URL, or NULL for jwk; nonce NULL: a fresh one.
struct view rig_sign(struct rig *rig, const struct crypto_key *key, const char *kid, const char *nonce, const char *path, const char *payload);
const char *rig_kid(struct rig *rig, int64_t account);
