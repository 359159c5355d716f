// The registrar: ACME's state machine on the database. It decides what happens, and can neither prove nor sign anything.
//
// It keeps no truth in memory. What is under way with validator or signer (proof.c, issue.c) can be told again from the database
// after a crash of any role: that is what happens at start, and when a peer comes back.
#pragma once
#include "acme/object.h"
#include "acme/payload.h"
#include "acme/url.h"
#include "config/ca_dir.h"
#include "ipc/endpoint.h"
#include "role/role.h"
#include "site/report.h"
#include "store/account.h"
#include "store/authz.h"
#include "store/certificate.h"
#include "store/challenge.h"
#include "store/crl.h"
#include "store/order.h"
#include "store/receipt.h"
#include "store/store.h"

enum { REGISTRAR_FRONTS_MAX = 64 };

struct registrar_chaos;
struct chaos_request;

struct registrar {
	struct role *role;
	const struct config *config;
	struct store *store;
	struct ca_dir ca; // without keys
	struct ipc_channel *fronts[REGISTRAR_FRONTS_MAX];
	const struct publication *front_next[REGISTRAR_FRONTS_MAX]; // of all documents, what this front gets next (publish.c)
	bool front_waits[REGISTRAR_FRONTS_MAX];    // and it wasn't told yet that it has all
	uint64_t front_life[REGISTRAR_FRONTS_MAX]; // counts the connections of each: an answer must not reach the next one
	struct ipc_channel *validator, *signer, *mailer, *login; // NULL: not there at the moment
	uint64_t last_id;           // of our own requests to them
	struct proof *proofs;       // what the validator works on
	struct code_letter *letters; // of email-01, that the validator was asked to send
	struct issuance *issuances; // what goes towards a certificate
	struct publication *publications; // what every front serves on the HTTP port
	struct look *looks;         // at XMPP servers, under way with the validator
	struct crl_task *crl_tasks; // one for each issuer and shard
	struct registrar_ocsp *ocsp; // what clients want to know the status of
	struct control *control;    // the operator's socket
	struct site *site;
	struct login_ask *login_asks;  // what the login role works on
	struct registrar_mail *mail;   // letters on their way
	struct registrar_chaos *chaos; // NULL: none (chaos/chaos.h)
	struct buf blocked;            // networks, as fronts are told
	struct registrar_metrics *metrics; // how it is, for /metrics
	struct registrar_audit *audit; // what is asked of and told to the signer's audit log
	xica_time started;
	struct registrar_cleanup *cleanup;
	struct event *take_up_timer, *notices_timer, *stop_timer, *publish_timer;
	struct event *patience_timer; // of clients whose certificate is looked for in the audit log (issue_ask.c); NULL: none yet
	size_t requests;            // under way
	bool stopping;
};

static inline struct registrar *registrar_of(struct role *role)
{
	return role->state;
}

// --- registrar.c
// Something was left undone, since the database or a peer failed: in a few seconds, what the database says is under way and nobody works on is taken up again.
void registrar_take_up_soon(struct registrar *registrar);
void registrar_tell_fronts(struct registrar *registrar, const struct buf *message); // all of them; one that is away drops all that it keeps when it is back
// store_submit_as; but not repeated where chaos counts what it does.
XICA_MUST_CHECK int registrar_submit_as(struct registrar *registrar, unsigned kind, store_work *work, store_done *done, void *context);

// --- request.c: an ACME request on its way through

struct request;
// Runs in a unit of work. 0: what it wrote stays, and the reply (or `then`) follows. XICA_EDENIED with problem filled in: undone, and told to the
// client. Other errors become serverInternal, XICA_ENOTFOUND too: what an object refers to must be there. For the object that the URL names see request_found.
// It may run more than once for one outcome (STORE_REPEATABLE): what is said in the log, counted or told to others is for `then`, or for the reply.
typedef int request_work(struct store_txn *txn, struct request *request);

enum { REQUEST_AHEAD_MAX = 8, REQUEST_AHEAD_S = 10 }; // longer than a front keeps it (role/front/ahead.h)

struct request {
	struct registrar *registrar;
	struct arena arena;
	unsigned front;
	uint64_t front_life, front_id;
	enum acme_endpoint endpoint;
	struct view url, payload, jws, query, object, object_part, remote, request_id;
	bool signed_by_account;     // else by jwk
	int64_t account_id;
	uint8_t thumbprint[CRYPTO_SHA256_LEN]; // of the key that the front verified with
	struct view jwk;
	xica_time now;
	request_work *work;
	unsigned tries;
	struct store_account account; // once authorized
	// the outcome
	struct acme_problem problem;
	unsigned status;
	const char *content_type;
	struct buf body;
	const char *location;
	const char *links[8];
	size_t link_count;
	unsigned retry_after;       // seconds; 0: none
	struct view ahead[REQUEST_AHEAD_MAX]; // in the arena: whole answers to what the client will read next, each with its URL
	size_t ahead_count;
	enum store_limit_kind limited; // which limit refused it; 0: none
	struct view limited_subject;
	bool blocked;               // a name that an operator blocked refused it
	bool stale_key;             // the front must fetch the account's key again
	void (*then)(struct request *request); // after the commit, instead of the reply
	bool joined;                // work ran in somebody else's unit, and ended with outcome
	int outcome;
	struct issuance *issuance;  // for then: with the evidence of the order; owned
	int64_t target;             // for then: the order or authorization it is about
	const void *state;          // for then: the endpoint's own, in the arena
	struct request *behind;     // a finalize of the same order that waits for this one's outcome; behind it the next
	struct view revoked_issuer; // for then: whose CRL is out of date
	uint32_t revoked_shard;
	struct site_report report;  // for then: what people are told of it
	struct chaos_request *chaos; // in the arena; NULL: it is spared
};

void registrar_handle_request(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
void registrar_handle_account_key(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
// Runs another unit of work for this request; then the reply, or request->then.
void request_submit(struct request *request, request_work *work);
void request_again(struct request *request); // what it began upon has changed meanwhile
// Runs work for a request that waits for something, in the unit that records it: what it reads is as that unit leaves it, and no unit of its own is needed.
void request_join(struct store_txn *txn, struct request *request, request_work *work);
// After it. recorded: that unit was committed. Where it wasn't, or request_join did not come to run, work has a unit of its own.
void request_settle(struct request *request, bool recorded, request_work *work);
void request_begin(struct request *request, request_work *work); // with nothing of an outcome
void request_write_reply(const struct request *request, struct buf *out); // IPC_HTTP_REPLY
void request_reply(struct request *request); // sends what stands in request, and frees it
// Fills in the problem; returns XICA_EDENIED. detail must live as long as the request (its arena, or static).
int request_refuse(struct request *request, enum acme_problem_type type, const char *detail);
void request_fail(struct request *request, const struct acme_problem *problem); // the reply is this problem (copied), whatever was filled in
int request_not_found(struct request *request); // 404: no such object, or somebody else's
int request_found(struct request *request, int error); // of looking up what the URL names: XICA_ENOTFOUND becomes 404
int request_add_link(struct request *request, const char *url, const char *relation);
const char *request_base(const struct request *request); // the site's URL

// --- the endpoints
request_work request_new_account, request_account, request_key_change, request_orders; // account.c
request_work request_new_order, request_order;                                         // order.c
request_work request_finalize;                                                         // finalize.c
request_work request_new_authz, request_authz, request_challenge;                      // authz.c
request_work request_certificate, request_revoke;                                      // certificate.c

// --- order.c
enum acme_status registrar_order_status(const struct store_order *order, xica_time now); // as clients see it: an expired one is invalid
// Fills the reply with the order as it is now.
int request_show_order(struct store_txn *txn, struct request *request, int64_t id, unsigned status);

// --- ahead.c: what a client will read next
// What a read of url (of object) would be answered with, by that endpoint's work, comes along with the answer to request. Nothing is said where that changes by itself.
int request_say_ahead(struct store_txn *txn, struct request *request, request_work *work, const char *url, struct view object);
void registrar_ahead_drop(struct registrar *registrar); // somebody else than a client changed something: after the commit

// --- renewal.c: RFC 9773
request_work request_renewal_info;
// Something was revoked, or is to be renewed at once: what fronts keep of renewal information holds no more.
void registrar_renewals_touch(struct registrar *registrar);
struct registrar_renewed { // what a new order replaces
	struct view serial;    // empty: nothing
	bool is_due;           // the time to renew has come: as renewalInfo says it. What slows down whoever asks too often must let such an order pass
};
// The certificate that asked->replaces (not empty) names. XICA_EDENIED: it can't be replaced by this order.
int registrar_replaces(struct store_txn *txn, struct request *request, const struct acme_new_order *asked, struct registrar_renewed *ret_renewed);
// Before an order is made that replaces the certificate with this serial (empty: none): does another one? XICA_EDENIED: alreadyReplaced.
int registrar_replace(struct store_txn *txn, struct request *request, struct view serial);
int registrar_renewal_is_due(struct store_txn *txn, struct request *request, struct view serial, bool *ret_is_due); // as struct registrar_renewed
int registrar_replaces_text(struct store_txn *txn, struct request *request, struct view serial, const char **ret_text); // its identifier; NULL: its issuer is gone

// --- follow.c
// An authorization has become valid (or something else that ends it): its pending orders become ready, or its unfinished ones invalid. error: JSON text of a problem.
int registrar_orders_follow(struct store_txn *txn, int64_t authz, bool valid, struct view error, struct arena *arena);

// --- authz.c
// The account's valid authorization of a domain above this identifier, for the names below too (RFC 9444): the nearest. XICA_ENOTFOUND: none.
int registrar_authz_above(struct store_txn *txn, const struct request *request, const struct pki_identifier *identifier, struct arena *arena,
			  struct store_authz *ret_authz);
struct registrar_wish { // what is to be authorized
	struct pki_identifier identifier;
	struct view ancestor;   // or this domain for it (RFC 9444); empty: none is named
	bool subdomains;        // and the names below it
};
// An authorization that an order of this profile can use: a valid one, a pending one, or a new one. Of the identifier itself, or of a domain above it that is for the
// names below too: one that is valid, or by the ancestor that is named.
int registrar_authz_for(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct registrar_wish *wish,
			struct store_authz *ret_authz);

// --- email.c: email-01 (docs/acme-email.md)
// The code, confirmed on the page that the letter links to. authz: the text in that link, which names the authorization and can't be guessed. done is called once, later, from
// the loop; why is NULL: proven, else a sentence for who reads the page, borrowed for the call. XICA_EAGAIN: nobody can check it now; done is not called.
typedef void registrar_code_done(void *context, const char *why);
XICA_MUST_CHECK int registrar_confirm_code(struct registrar *registrar, struct view authz, struct view code, registrar_code_done *done, void *context);

// --- proof.c, proof_answer.c: between challenge and validator
// Who waits for the outcome. show (may be NULL) runs in the unit that records it. done is called once, when it is recorded, or isn't known yet after a short while: many
// proofs take milliseconds, and a client that is told at once need not ask. recorded: show's unit was committed.
struct registrar_proof_asker {
	void (*show)(struct store_txn *txn, void *context);
	void (*done)(void *context, bool recorded);
	void *context;
};
// What the validator is to look at, as a unit has just read it.
struct registrar_proof_subject {
	const struct store_authz *authz;
	const struct store_challenge *challenge;
	const struct store_account *account;
};
bool registrar_proof_is_under_way(struct registrar *registrar, int64_t authz, struct view challenge_type);
bool registrar_authz_is_being_proven(const struct registrar *registrar, int64_t authz); // by whichever challenge
// Asks the validator. subject is borrowed until the asker is told, which may be during the call. request_id here and below: for the log; empty where no request stands behind it. Copied.
void registrar_proof_start(struct registrar *registrar, const struct registrar_proof_subject *subject, struct view request_id, const struct registrar_proof_asker *asker);
// The same for email-01, with the code that has come; done (may be NULL) as of registrar_confirm_code. XICA_ENOMEM: done is not called, the challenge will be pending again.
XICA_MUST_CHECK int registrar_proof_of_code(struct registrar *registrar, int64_t authz, struct view code, struct view request_id, registrar_code_done *done, void *context);
// Identifier, account and its key, as the validator wants them in its questions.
void registrar_write_subject(struct buf *message, const struct registrar *registrar, const struct pki_identifier *identifier,
			     const struct store_account *account);
void registrar_proofs_resend(struct registrar *registrar);
int registrar_proofs_recover(struct registrar *registrar); // every challenge in processing that has no proof here
void registrar_handle_proof(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
// A CAA check of its own. done gets the receipt (borrowed for the call), or an empty view and the problem.
typedef void registrar_caa_done(void *context, struct view receipt, const struct acme_problem *problem);
int registrar_check_caa(struct registrar *registrar, const struct store_authz *authz, const struct store_account *account,
			enum receipt_method method, struct view request_id, registrar_caa_done *done, void *context);
size_t registrar_proofs_count(const struct registrar *registrar);
void registrar_proofs_free(struct registrar *registrar);

// --- issue.c: from finalize to certificate
// Takes an order in processing to valid, or back to ready.
int registrar_issue(struct registrar *registrar, int64_t order);
void registrar_issues_resend(struct registrar *registrar); // the signer is back
void registrar_handle_signer(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
void registrar_handle_operator_issue(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count,
				     void *context);
void registrar_issues_interrupt(struct registrar *registrar); // operators who wait for a certificate are told that it isn't made
void registrar_issues_free(struct registrar *registrar);

// --- review.c: orders for names of high risk wait for an operator
bool registrar_review_wants(const struct config *config, const struct pki_identifier *identifier);
// In the unit in which an order goes to processing: marks it, in *order too, where one of its names is to be looked at.
int registrar_review_finalized(struct store_txn *txn, const struct registrar *registrar, struct store_order *order, const struct store_order_name *names,
			       size_t count);

// --- notices.c: what people are told
// For a unit of work: as of now. remote: the client's address; empty: nobody asked just now.
struct site_report registrar_report(const struct registrar *registrar, struct arena *arena, struct view remote);
void registrar_reported(struct registrar *registrar, const struct site_report *report); // after the commit
int registrar_notices_start(struct registrar *registrar);
void registrar_notices_free(struct registrar *registrar);

// --- recover.c
int registrar_issues_recover(struct registrar *registrar); // certificates pending and orders in processing that nobody works on here

// --- crl.c
int registrar_crls_start(struct registrar *registrar);
bool registrar_crls_due(const struct registrar *registrar); // one was never out since the start, and may yet come
void registrar_crl_touch(struct registrar *registrar, struct view issuer, uint32_t shard); // something was revoked: for OCSP and renewals too
void registrar_crls_resend(struct registrar *registrar);
bool registrar_crl_answer(struct registrar *registrar, const struct ipc_message *message); // false: not ours
void registrar_crls_free(struct registrar *registrar);

// --- ocsp.c: OCSP
int registrar_ocsp_start(struct registrar *registrar);
void registrar_handle_ocsp(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
void registrar_ocsp_touch(struct registrar *registrar, struct view issuer, uint32_t shard); // something was revoked: what is older holds no more
bool registrar_ocsp_answer(struct registrar *registrar, const struct ipc_message *message); // false: not ours
void registrar_ocsp_signer_gone(struct registrar *registrar);
void registrar_ocsp_free(struct registrar *registrar);

// --- publish.c: documents that fronts serve on the HTTP port
int registrar_publish(struct registrar *registrar, const char *path, const char *content_type, struct view body, xica_time modified,
		      xica_time expires);
int registrar_publish_ca(struct registrar *registrar); // publish_ca.c: roots and issuers
void registrar_publish_go_on(struct registrar *registrar); // something is out, or failed, that a front may wait for
int registrar_publish_start(struct registrar *registrar); // before any front comes
void registrar_publish_all(struct registrar *registrar, unsigned front); // to one that has come, as fast as it reads
void registrar_publications_free(struct registrar *registrar);

// --- mail.c: letters, from the queue (store/mail.h) to the mailer
int registrar_mail_start(struct registrar *registrar); // with those that wait since before
void registrar_mail_waits(struct registrar *registrar); // something was put into the queue, and is on disk
void registrar_mail_resend(struct registrar *registrar); // the mailer is back
void registrar_handle_mailed(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
size_t registrar_mail_under_way(const struct registrar *registrar);
void registrar_mail_free(struct registrar *registrar);

// --- control/control.c: the operator's socket
int registrar_control_start(struct registrar *registrar, int fd);
void registrar_control_free(struct registrar *registrar);
