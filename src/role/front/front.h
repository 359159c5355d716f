// The front: TLS, HTTP, nonces, signatures of requests, static files, limits per address. It decides nothing that needs the database; it holds no CA
// key and reaches nothing but its registrar.
//
// A request that is signed goes this way: acme.c checks all that can be checked without knowing the account, burns the nonce, and makes a
// call of it; call.c takes the call through its states (key, signature, registrar, answer), whatever goes away and comes back meanwhile.
#pragma once
#include "acme/problem.h"
#include "http/networks.h"
#include "http/server.h"
#include "http/static.h"
#include "ipc/endpoint.h"
#include "jose/jws.h"
#include "role/front/ahead.h"
#include "role/role.h"

enum {
	FRONT_CALLS_MAX = 4096,      // requests under way
	FRONT_WAITING_MAX = 1024,    // of these, while the registrar is away
	FRONT_QUEUED_MAX = 16 * 1024 * 1024, // bytes that the registrar has not taken yet
	FRONT_WAIT_MS = 5000,        // for the registrar to come back
	FRONT_ANSWER_MS = 60000,     // for its answer
	FRONT_ACCOUNTS_MAX = 4096,   // account keys remembered
	FRONT_DOCUMENTS_MAX = 8192,  // published documents
	FRONT_RETRY_AFTER_S = 5,
	FRONT_STOP_S = 20,           // how long finishing may take
};

struct front {
	struct role *role;
	struct http_server *https, *http; // NULL once stopped
	struct http_server *metrics;      // of the metrics' own address; NULL: another front has it, or none
	struct http_networks *blocked;    // whom the operator wants nothing to do with; NULL: not told yet
	struct metrics_front *counts;     // ours alone to write
	struct front_shared *shared;      // with the other fronts
	struct crypto_block *nonce_key;
	struct front_accounts *accounts;
	struct front_ahead *ahead;
	struct front_documents *documents;
	bool documents_whole;             // the registrar has handed over all that there were: what isn't here doesn't exist
	struct front_ocsp *ocsp;
	struct front_renewals *renewals;
	struct http_static *files;        // NULL: there are none
	struct http_limits *limits;       // of all requests; NULL: none
	struct http_shares *shares;       // of connections; NULL: an address may have any number
	struct http_limits *site_limits;  // of what changes something by the site's JSON interface; NULL: none
	struct buf directory;             // the JSON text
	struct buf index_link;            // Link header of every other answer
	struct ipc_channel *registrar;    // NULL: away
	struct front_call *calls;
	struct front_call *call_slots[FRONT_CALLS_MAX];
	size_t call_count;
	uint64_t call_serial;
	struct event *call_timer, *stop_timer;
};

static inline struct front *front_of(struct role *role) // NULL: finished
{
	return role->state;
}

// Endpoints that the front answers by itself, beside enum acme_endpoint.
enum { FRONT_DIRECTORY = 100, FRONT_NEW_NONCE, FRONT_SITE, FRONT_PAGE, FRONT_OCSP, FRONT_DOCUMENT, FRONT_ENDPOINT_END }; // the site goes to the registrar, but is no ACME

// --- reply.c: what all ACME answers have in common

// Link index, Cache-Control, and after a POST a fresh nonce.
void front_add_headers(struct front *front, const struct http_request *request, struct http_reply *reply);
// Answers with the problem document. allow: for 405, else 0.
void front_refuse(struct front *front, struct http_request *request, const struct acme_problem *problem, unsigned allow);
// The registrar's answer as HTTP.
void front_reply_message(struct front *front, struct http_request *request, const struct ipc_message *message);
// A page's worth of plain text, for what isn't ACME.
void front_reply_text(struct http_request *request, unsigned status, unsigned allow);

// --- shared.c: what is kept together with the other fronts (shared.h)
enum { FRONT_HTTPS_CONNECTIONS, FRONT_HTTP_CONNECTIONS }; // kinds in http/shares.h
// Nonces, limits and answers ahead, in the memory that fd stands for; key is the fronts' own. fd stays the caller's.
XICA_MUST_CHECK int front_take_shared(struct front *front, int fd, struct view key);
void front_leave_shared(struct front *front); // no server may be left

// --- watch.c: what is seen of each request from outside. Its tag is its endpoint, as soon as that is known
const char *front_endpoint_text(int endpoint); // "new-order"; "none": nothing that there is
void front_name_request(struct http_request *request); // its id, for logs and for the client
void front_add_request_id(const struct http_request *request, struct http_reply *reply);
void front_answered(const struct http_request *request, unsigned status, void *context); // struct http_server_options

// --- blocked.c
ipc_handler front_take_blocked;
bool front_is_blocked(struct front *front, const struct http_request *request);

// --- serve.c: which request goes where
http_handler front_serve_https, front_serve_http;
http_handler front_serve_metrics; // metrics.c
// Of the pages, for who asks: as a link, the cookie "lang" or the browser says.
size_t front_language(const struct front *front, const struct http_request *request);
const char *front_language_of(const struct front *front, const struct http_request *request);

// --- site.c: the site's JSON interface
void front_serve_site(struct front *front, struct http_request *request);
void front_site_refuse(struct http_request *request, unsigned status, const char *word, unsigned retry_after); // {"error": word}
struct front_call;
void front_site_write(const struct front_call *call, struct buf *out); // IPC_SITE_REQUEST
void front_site_reply(struct http_request *request, const struct ipc_message *message);

// --- directory.c
XICA_MUST_CHECK int front_directory_make(struct front *front); // from the configuration
http_route_handler front_handle_directory, front_handle_new_nonce;
void front_answer_directory(struct front *front, struct http_request *request);
void front_answer_new_nonce(struct front *front, struct http_request *request);

// --- acme.c: POST, RFC 8555 §6.2
http_route_handler front_handle_post; // the route's tag is the endpoint

// --- call.c: a request whose signature is being checked, or that is with the registrar

struct front_call {
	struct front *front;
	struct http_request *request; // the JWS is its body; of FRONT_SITE, JSON
	struct arena arena;
	struct jws jws;               // in arena
	int endpoint;                 // enum acme_endpoint, or FRONT_…
	struct view object, object_part; // borrowed from the request or static
	int64_t account;              // of the kid; 0: signed by a jwk
	uint8_t thumbprint[CRYPTO_SHA256_LEN]; // of the key that verified
	enum front_call_state {
		FRONT_CALL_NEEDS_KEY, // in the cache, or to be asked for
		FRONT_CALL_ASKED_KEY,
		FRONT_CALL_VERIFIED,  // to be forwarded
		FRONT_CALL_FORWARDED,
	} state;
	uint32_t changes;             // of the account, when it was forwarded (ahead.h)
	bool key_is_fresh;            // asked for on behalf of this call: what it doesn't verify isn't signed by the account
	bool forwarded_again;         // after the registrar said that the key is an old one
	uint64_t message_id;
	int64_t since_ms;             // in a state that waits for the registrar, or for its answer
	struct front_call *next, **back;
};

extern const struct acme_problem FRONT_AWAY, FRONT_BUSY, FRONT_BROKEN; // the registrar is away; it or we have enough to do; something failed
// What the client hears when jws_verify of its request with this key (NULL: the account's, whichever) gave this error.
struct acme_problem front_signature_problem(const struct jws *jws, const struct crypto_key *key, int error);

// NULL: there are too many, or no memory.
struct front_call *front_call_new(struct front *front, struct http_request *request);
void front_call_refuse(struct front_call *call, const struct acme_problem *problem); // answers, and frees the call
void front_call_advance(struct front_call *call); // as far as it goes; the call may be gone afterwards
bool front_call_is_change(const struct front_call *call); // of what may have been said ahead of its account (ahead.h)
void front_call_forget_message(struct front_call *call); // no answer belongs to it any more
void front_call_free(struct front_call *call);    // it has been answered

// --- answer.c: what a call waits for
XICA_MUST_CHECK int front_calls_watch(struct front *front); // looks after deadlines while there are calls
void front_calls_resume(struct front *front);     // the registrar is here
void front_calls_interrupt(struct front *front);  // the registrar has gone
void front_calls_free(struct front *front);       // answers what is left with 503
ipc_handler front_take_reply, front_take_account_key;

// --- renewal.c: renewal information (RFC 9773), by an unsigned GET
struct front_renewals;
XICA_MUST_CHECK int front_renewals_new(struct front *front);
void front_renewals_free(struct front *front);
void front_renewals_clear(struct front *front); // nothing is kept any more
http_route_handler front_handle_renewal;
void front_renewal_write(const struct front_call *call, struct buf *out); // IPC_ACME_REQUEST
void front_renewal_reply(struct front_call *call, const struct ipc_message *message);
ipc_handler front_take_renewal_drop;

// --- accounts.c: the keys of the accounts seen last. They may be out of date: whoever refuses for a key's sake asks again first.
struct front_accounts;
XICA_MUST_CHECK int front_accounts_new(size_t max, struct front_accounts **ret_accounts);
void front_accounts_free(struct front_accounts *accounts);
// Borrowed until the next put or drop; NULL: not here.
const struct jwk *front_accounts_find(struct front_accounts *accounts, int64_t id);
// Replaces. The key is the cache's afterwards, also on failure.
XICA_MUST_CHECK int front_accounts_put(struct front_accounts *accounts, int64_t id, struct jwk *jwk);
void front_accounts_drop(struct front_accounts *accounts, int64_t id);

// --- publish.c: what the registrar publishes: CRLs and CA certificates
struct front_documents;
XICA_MUST_CHECK int front_documents_new(size_t max, struct front_documents **ret_documents);
void front_documents_free(struct front_documents *documents);
// XICA_EPARSE: not a publication. XICA_ERANGE: too many.
XICA_MUST_CHECK int front_documents_take(struct front_documents *documents, const struct ipc_message *message, int body_fd);
// Answers GET and HEAD for path, 405 else. False: there is no such document.
bool front_documents_answer(struct front_documents *documents, struct http_request *request, xica_time now);
size_t front_documents_count(const struct front_documents *documents);
