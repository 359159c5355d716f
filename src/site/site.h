// The JSON interface of the web site (docs/site-api.md): people sign up, log in, see to their certificates; the operator's console; what everybody may see.
//
// It runs in the registrar and can make the CA issue nothing: issuance is ACME, which the pages speak themselves. A request goes this way: its route is
// looked up in the tables below, its session is read, then the route's work runs in one unit of the store; the answer follows the
// commit. Work that must ask somebody else (is this the password?) sets `then`, which asks and goes on by site_submit.
#pragma once
#include <jansson.h>

#include "acme/url.h"
#include "config/ca_dir.h"
#include "config/config.h"
#include "http/router.h"
#include "site/statistics.h"
#include "store/person.h"
#include "store/session.h"
#include "store/store.h"

enum { SITE_COOKIES_MAX = 4 };

struct site_request;

enum site_login_result { SITE_LOGIN_FAILED, SITE_LOGIN_WRONG, SITE_LOGIN_RIGHT, SITE_LOGIN_RIGHT_BUT_OLD }; // failed: nobody could look

struct site_passkey { // views borrowed for the call
	struct view nonce, origin, client_data;
	struct view attestation;                               // to register
	struct view authenticator_data, signature, public_key; // to check
	uint64_t counter;
};

// What the site asks of its owner, which hands it on to other roles. Each `done` is called later, once, from the loop, never from within the call; the
// request lives until then. XICA_EAGAIN: too many wait already, or nobody is there; done is not called then.
struct site_owner {
	void *context;
	int (*password_hash)(void *context, struct view password, struct site_request *request, void (*done)(struct site_request *request, struct view hash));
	int (*password_check)(void *context, struct view password, struct view hash, struct site_request *request,
			      void (*done)(struct site_request *request, enum site_login_result result));
	int (*passkey_register)(void *context, const struct site_passkey *passkey, struct site_request *request,
				void (*done)(struct site_request *request, struct view public_key, struct view credential)); // empty: refused
	int (*passkey_check)(void *context, const struct site_passkey *passkey, struct site_request *request,
			     void (*done)(struct site_request *request, enum site_login_result result, uint64_t counter));
	// Rows were put into the mail queue (store/mail.h) and are on disk.
	void (*mail_waits)(void *context);
	// Likewise notes for the audit log (store/operator_note.h).
	void (*notes_wait)(void *context);
	// A certificate was revoked: its CRL is out of date.
	void (*revoked)(void *context, struct view issuer, uint32_t shard);
	// The operator's commands, the same as by the control socket: question is {"command": …, arguments}; done gets the answer, or {"error": sentence}.
	// by: who did it, for the audit log.
	int (*command)(void *context, json_t *question, struct view by, struct site_request *request,
		       void (*done)(struct site_request *request, json_t *answer));
	// The applicant's code of email-01, confirmed on the page that the letter links to; authz is the text that stands in the link. NULL: proven; else what went
	// wrong, a sentence.
	int (*confirm_code)(void *context, struct view authz, struct view code, struct site_request *request,
			    void (*done)(struct site_request *request, const char *why));
	// Looks at a domain's XMPP servers. seen is the validator's answer (role/validator/look.c), borrowed; NULL: it could not look.
	int (*look)(void *context, struct view domain, struct site_request *request, void (*done)(struct site_request *request, const json_t *seen));
};

struct site {
	const struct config *config;
	const struct ca_dir *ca;
	struct store *store;
	struct site_owner owner;
	void (*reply)(void *context, struct site_request *request); // sends the outcome; the request stays the site's
	struct http_route *routes;      // all tables as one, for the router
	const struct site_route **rows; // by the router's tag
	size_t under_way;
	struct site_kept numbers, statistics; // of what everybody may see
	xica_time (*clock)(void);       // clock_now; tests have their own
};

enum site_needs {
	SITE_NOBODY,         // for everybody
	SITE_HALF_SESSION,   // the password was right; the second factor is missing
	SITE_SESSION,
	SITE_FRESH_SESSION,  // a password or passkey was shown within the last 15 minutes; else 403 "show-password"
	SITE_OPERATOR,       // a person who is an operator, by the console's own session
};

// Runs in a unit of work; may run again (after XICA_ECONFLICT). 0: what it wrote stays, and the reply (or `then`) follows; also a refusal, where
// site_refuse was called: that is how a wrong try is counted. XICA_EDENIED: undone, and the client is told request->word. XICA_ENOTFOUND: 404
// "not-found". Anything else: 503 "try-again". Session and needs are looked at again in each unit.
typedef int site_work(struct store_txn *txn, struct site_request *request);

struct site_route {
	unsigned methods;    // of enum http_method
	const char *pattern; // as in http/router.h
	enum site_needs needs;
	site_work *work;
	bool any_body;       // request->body is NULL whatever came
};

// One table a subject; each ends with a row without a pattern.
extern const struct site_route site_signing_up[], site_logging_in[], site_person[], site_second_factor[], site_passkeys[], // who somebody is
	site_keys[], site_certificates[], site_domains[], site_history[], site_notices[],                                // what is theirs
	site_public[],                                                                                                 // what everybody may see
	site_operator[];                                                                                               // the console

struct site_request { // what a route's work sees
	struct site *site;
	void *owner;               // the owner's own
	struct arena arena;
	enum http_method method;
	struct view path, query, agent, remote, request_id, cookie;
	const char *language;      // "en", "de": of the page that asks
	json_t *body;              // an object, duplicate names refused; NULL: a GET
	struct view parts[HTTP_SEGMENTS_MAX]; // what stood for each {} of the pattern
	const struct site_route *route;
	xica_time now;
	bool has_session;             // of the cookie, where there is a living one; it may be a half one (site_session.h)
	struct store_session session;
	struct store_person person;   // whose it is
	bool has_console;             // likewise, the console's; only beside the full session that opened it
	struct store_session console;
	// between work and work
	site_work *work;
	unsigned tries;
	void *state;               // the route's own, in the arena
	void (*then)(struct site_request *request); // after the commit, instead of the reply
	bool mail_waits;           // the work put a letter into the queue: the owner is told after the commit
	bool notes_wait;           // likewise, a note for the audit log
	// the outcome
	unsigned status;           // 200
	json_t *result;            // an object
	const char *content_type;  // with text, instead of result
	struct buf text;           // when site->reply is called, always what is to be sent, an error too, with its content_type
	const char *file_name;     // NULL: shown, not kept
	const char *word, *field;  // of a refusal: a word of the catalogue ("error.WORD"), and the member of the body that is wrong or NULL
	unsigned retry_after;
	struct buf cookies[SITE_COOKIES_MAX]; // Set-Cookie values
	size_t cookie_count, cookies_kept; // kept: of units that are on disk
};

struct site_request_in { // borrowed for the call
	enum http_method method;
	struct view path, query, body, cookie, agent, remote, request_id, language;
};

XICA_MUST_CHECK int site_new(const struct config *config, const struct ca_dir *ca, struct store *store, const struct site_owner *owner,
			     void (*reply)(void *context, struct site_request *request), struct site **ret_site);
void site_free(struct site *site); // no request may be under way
// Answers by site->reply, later; what is malformed is answered at once, from within the call. XICA_ENOMEM: nothing happens.
XICA_MUST_CHECK int site_handle(struct site *site, const struct site_request_in *in, void *owner);

// --- for routes
void site_submit(struct site_request *request, site_work *work); // another unit of work for this request
void site_reply(struct site_request *request);                   // sends the outcome and frees the request
void site_fail(struct site_request *request, int error);         // of an asking that failed: 503 and so on, and frees
int site_refuse(struct site_request *request, unsigned status, const char *word); // returns XICA_EDENIED; word is static
int site_refuse_field(struct site_request *request, const char *field, const char *word); // status 422

// Takes the result; NULL: XICA_ENOMEM. Without one the answer is {}.
XICA_MUST_CHECK int site_answer(struct site_request *request, json_t *result);
json_t *site_json_text(struct view text); // an empty view is "" too
// A Set-Cookie value; one of the same name that is waiting is replaced. seconds 0: the cookie is taken away.
XICA_MUST_CHECK int site_set_cookie(struct site_request *request, const char *name, struct view value, xica_time seconds);
// The request's cookie of this name; empty where there is none, or where it was sent twice.
struct view site_cookie(const struct site_request *request, const char *name);

// Members of the body; views are borrowed from it. Refuses what is missing, too long, or no text.
XICA_MUST_CHECK int site_text(struct site_request *request, const char *member, size_t max, struct view *ret_text);
struct view site_text_or_none(const struct site_request *request, const char *member, size_t max);
bool site_flag(const struct site_request *request, const char *member);
struct view site_query(struct site_request *request, const char *name); // of the URL, percent-decoded into the arena; empty: not there
