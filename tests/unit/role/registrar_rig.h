// A registrar in a process of its own, with the test as its parent and all of its peers: two fronts, validator, signer, mailer and login. So a test reads as one
// conversation, in order, and can let any of them go away, come back, or say what it must not.
#pragma once
#include <sys/types.h>
#include <sys/un.h>

#include "check.h"
#include "config/ca_dir.h"
#include "config/config.h"
#include "crypto/key.h"
#include "ipc/endpoint.h"
#include "ipc/message.h"
#include "role/metrics/metrics.h"
#include "store/store.h"
#include "validate/receipt.h"

enum rig_peer { RIG_FRONT, RIG_OTHER_FRONT, RIG_VALIDATOR, RIG_SIGNER, RIG_MAILER, RIG_LOGIN, RIG_PEERS };

struct rig {
	pid_t registrar;
	int parent;               // our end of the socket to it
	int peers[RIG_PEERS];     // -1: away
	char folder[64];
	char more[256];           // further text for the configuration
	const char *review;       // names that wait for an operator; NULL: none
	struct metrics *metrics;  // what it counts
	struct config config;     // as the registrar has it
	struct ca_dir ca;         // with keys: the signer's
	struct crypto_key *account_key, *certificate_key;
	struct view jwk;          // of account_key
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	int64_t account;          // opened by rig_start; what requests are signed by
	uint64_t last_id;         // of our own messages
	struct arena arena;       // of one test
};

// With all peers, and an account.
void rig_start(struct rig *rig, const char *more);
void rig_start_reviewing(struct rig *rig, const char *pattern, const char *more); // orders for such names wait for an operator
void rig_stop(struct rig *rig);   // in order; the registrar must end well
void rig_end(struct rig *rig);    // in order, and rig_launch may follow
void rig_kill(struct rig *rig);   // SIGKILL
void rig_launch(struct rig *rig); // again, on the same database; its peers are connected anew
void rig_connect(struct rig *rig, enum rig_peer peer);
void rig_disconnect(struct rig *rig, enum rig_peer peer);

// What the registrar's process runs, with its end of the socket to its parent; and where it listens for operators.
void rig_run_registrar(int fd, struct metrics *metrics);
struct sockaddr_un rig_control_address(const struct rig *rig);

// The database, beside the registrar; close it before the next command. And one unit on it.
struct store *rig_store(struct rig *rig);
void rig_run(struct rig *rig, int (*work)(struct store_txn *txn, void *context), void *context);

// The operator's command by the control socket, JSON text; the answer is JSON text too, in rig->arena. Between sending and reading it the test may be a peer.
int rig_command_send(struct rig *rig, const char *question);
const char *rig_command_answer(struct rig *rig, int fd);
const char *rig_command(struct rig *rig, const char *question); // both
const char *rig_act(struct rig *rig, const char *question);     // both, and it is done
void rig_act_refused(struct rig *rig, const char *question, const char *why);

// What the signer is told for the audit log, and its word that a message's notes are on disk.
void rig_noted(struct rig *rig, const struct ipc_message *note);
const char *rig_nth_note(struct rig *rig, const struct ipc_message *notes, size_t n); // NULL: there are no more
// The next notes, put into the log; the text of the last of them, which is the command's.
const char *rig_take_note(struct rig *rig);

// The next message of this type; what a registrar says by itself (CRLs to be signed, documents to be served) is passed over. Fails the test after twenty seconds.
struct ipc_message rig_take(struct rig *rig, enum rig_peer peer, enum ipc_type type);
// While it is held, what is sent to the registrar waits, and is read in one turn of its loop then: units of work that come of it share a group.
void rig_hold(struct rig *rig);
void rig_let_go(struct rig *rig);
bool rig_hears_nothing(struct rig *rig, enum rig_peer peer);
void rig_send(struct rig *rig, enum rig_peer peer, const struct buf *message);

// --- as a front: requests by rig->account, as if their signatures had verified
struct answer {
	unsigned status;
	const char *type;         // of the problem, without its URN; NULL: none
	const char *state;        // the object's "status"
	const char *location;     // NULL: none
	uint64_t retry_after;
	const char *body;         // JSON text; "": none
};

uint64_t rig_ask_by(struct rig *rig, enum rig_peer front, enum acme_endpoint endpoint, const char *object, const char *part, const char *payload);
uint64_t rig_ask(struct rig *rig, enum acme_endpoint endpoint, const char *object, const char *part, const char *payload);
struct answer rig_answer(struct rig *rig, uint64_t id);
struct answer rig_call(struct rig *rig, enum acme_endpoint endpoint, const char *object, const char *payload); // both

// A page's request from this address: POST with a JSON body. Its answer is rig_answer's; type, state and location say nothing then.
uint64_t rig_site_ask(struct rig *rig, const char *remote, const char *path, const char *body);

// --- orders, step by step
struct order {
	const char *id;
	const char *authzs[4];    // ids
	size_t count;
	const char *names[4];
};

struct order rig_order(struct rig *rig, const char *name, const char *second); // second may be NULL
// Answers a challenge; returns what the validator is asked then.
struct ipc_message rig_challenge(struct rig *rig, const char *authz, const char *type);
// The validator's answer to IPC_VALIDATE: a proof, with CAA records that were looked at so many seconds ago.
void rig_prove(struct rig *rig, const struct ipc_message *question, xica_time caa_age);
void rig_prove_for(struct rig *rig, const struct ipc_message *question, const char *name, xica_time caa_age); // receipts for another name
void rig_allow(struct rig *rig, const struct ipc_message *question); // to IPC_CHECK_CAA
void rig_invalid(struct rig *rig, const struct ipc_message *question, const char *problem);
struct order rig_ready_order(struct rig *rig, const char *name, xica_time caa_age);
const char *rig_csr(struct rig *rig, const struct order *order); // as finalize's payload
uint64_t rig_finalize(struct rig *rig, const struct order *order); // asked, not answered

// --- as the signer
struct prepared {
	struct view serial, tbs, token, der;
	xica_time not_before, not_after;
};

struct prepared rig_prepared(struct rig *rig, const struct ipc_message *prepare);
void rig_issued(struct rig *rig, const struct ipc_message *question, const struct prepared *prepared);
void rig_not_issued(struct rig *rig, const struct ipc_message *question);
void rig_refused(struct rig *rig, const struct ipc_message *question, const char *problem, const char *reason);

// --- an issuance: an order whose finalize request is under way, and what the signer is asked
struct under_way {
	struct order order;
	uint64_t id;                 // of the request
	struct ipc_message question; // the last one
};

struct under_way rig_finalized(struct rig *rig, const char *name); // the signer is asked to prepare
void rig_ends_valid(struct rig *rig, struct under_way *it, const struct prepared *prepared);
void rig_issues_it(struct rig *rig, struct under_way *it); // PREPARED and ISSUED, as a good signer says them
void rig_can_be_finalized(struct rig *rig, struct under_way *it); // by a new request, which ends well
void rig_signer_comes_back(struct rig *rig);
// Up to RECOVER: the signer went with the answer to ISSUE.
struct ipc_message rig_recovering(struct rig *rig, struct under_way *it, struct prepared *prepared);

// What must be true of an answer, and of objects that are read.
void assert_problem(const struct answer *answer, unsigned status, const char *type);
void assert_state(struct rig *rig, enum acme_endpoint endpoint, const char *id, const char *state);
// The order becomes valid, and its certificate is this one.
void assert_certified(struct rig *rig, const struct order *order, const struct prepared *prepared);
