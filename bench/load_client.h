// One ACME client of a load (RFC 8555): an account, and orders one after the other, each from newOrder to the downloaded chain. Refusals that a client has to
// live with (503 and 429 with Retry-After, badNonce, a connection that ended) are obeyed and counted; any other loses the order.
#pragma once
#include "jose/jws.h"
#include "load_link.h"
#include "load_times.h"

enum load_step { // of an order, and before it
	LOAD_NEW_NONCE,
	LOAD_NEW_ACCOUNT,
	LOAD_NEW_ORDER,
	LOAD_AUTHORIZATION,
	LOAD_CHALLENGE,
	LOAD_POLL_AUTHORIZATION,
	LOAD_FINALIZE,
	LOAD_POLL_ORDER,
	LOAD_DOWNLOAD,
	LOAD_STEPS,
};

extern const char *const load_step_names[LOAD_STEPS];

enum { LOAD_STATUS_MAX = 600 };

struct load_client;
struct load_account;

struct load_run { // what all clients share
	struct load_server server;
	char *new_nonce, *new_account, *new_order; // URLs
	const char *prefix;  // of all names: "run1"
	const char *suffix;  // "load.example"
	size_t names_each;   // of one client, in turn; 0: each order has a name of its own
	struct buf *csrs;    // made before; the name of order i is load_name()
	const struct load_account **owners; // by the number in a name: whose order it is
	size_t order_count, next_order;
	struct load_times steps[LOAD_STEPS], whole;
	size_t statuses[LOAD_STATUS_MAX]; // answers by status
	size_t requests, bad_nonces, retries, broken_connections, lost, done, begun;
	size_t unavailable_without_retry_after;
	char first_loss[512];
	int64_t stop_us;     // no order is begun later; 0: not yet
	size_t accounts_left;
	void (*idle)(struct load_run *run, struct load_client *client); // an account is there, an order done or lost
};

struct load_account {
	struct crypto_key *key;
	char thumbprint[64];
	char *url; // NULL: not made yet
};

struct load_client {
	struct load_run *run;
	struct load_account *account;
	struct load_link *link;
	struct event *timer;
	size_t number;
	enum load_step step;
	bool busy;            // an order is under way
	bool needs_nonce;     // a nonce was asked for, before this step
	size_t order;         // its number
	char *nonce, *location, *authorization, *challenge, *finalize, *certificate;
	int64_t asked_us, begun_us;
	unsigned wait_ms, failures;
	struct buf request;
};

XICA_MUST_CHECK int load_client_new(struct load_run *run, struct load_account *account, size_t number, struct load_client *client);
void load_client_free(struct load_client *client);
void load_client_register(struct load_client *client);
// began_us: when the order was due, where clients come by the clock; its time counts from then.
void load_client_order(struct load_client *client, int64_t began_us);
void load_name(const struct load_run *run, size_t order, char *name, size_t size);
