// The ways to prove a name: what has to be there so that the CA finds it, put there and taken away again.
#pragma once
#include "client/trouble.h"
#include "pki/names.h"

#define CLIENT_CHALLENGES "/run/xica/challenges" // xmpp: where nothing else is said

struct client_proof_job { // one challenge; all borrowed
	struct pki_identifier identifier;
	const char *token, *key_authorization;
	bool set; // the proof's own: it is there
};

struct client_proof_options {
	const char *webroot;          // http: the web server's folder; NULL: an own server for as long as it takes
	unsigned http_port;           // http: where that listens
	unsigned tls_port;            // tls: where an own server listens
	const char *hook;             // dns: the program that is called with set|clear NAME VALUE
	const char *challenge_folder; // xmpp: where the server's module looks
	const struct client_lineage *lineage; // xmpp-tls: of the server that shows it
};

struct client_proof;
struct client_lineage;

struct client_proof_kind {
	const char *name;       // of --proof: "http"
	const char *challenge;  // "http-01"
	// Puts all of them in place. What was put stays for the clear that follows in any case.
	int (*set)(struct client_proof *proof, struct client_trouble *trouble);
	void (*clear)(struct client_proof *proof);
	// A sentence for whoever has to mend what the CA didn't find.
	const char *advice;
	bool one_by_one; // only one name can be shown at a time: set has a single job
};

struct client_proof {
	const struct client_proof_kind *kind;
	const struct client_proof_options *options;
	struct client_proof_job *jobs;
	size_t job_count;
	bool made_folder; // xmpp: that of options was not there before
	struct proof_xmpp_tls *shown; // xmpp-tls
	pid_t listener; // http, tls: the own server; 0: none
};

extern const struct client_proof_kind client_proof_http, client_proof_tls, client_proof_dns, client_proof_xmpp, client_proof_xmpp_tls;

// By the name of --proof; NULL: there is none.
const struct client_proof_kind *client_proof_find(const char *name);
