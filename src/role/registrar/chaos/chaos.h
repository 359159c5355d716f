// Chaos on purpose (docs/chaos.md), in a CA to play with that was asked for it: what the registrar does to requests beside answering them. Everything is
// decided by chaos/decision.h at a place of chaos/place.h, and told in the log by one line each, with a number. All of these do nothing where
// there is no chaos (registrar->chaos is NULL): the rest of the registrar calls them unasked.
//
// A proof takes as long as it takes; so that this changes no decision, an answer that depends on one waits until it is known. How often a client hears
// "processing" before is decided, not measured.
#pragma once
#include "role/registrar/registrar.h"

XICA_MUST_CHECK int registrar_chaos_start(struct registrar *registrar);
void registrar_chaos_free(struct registrar *registrar);

// --- a request's way: request.c
// Perhaps refuses, perhaps waits, and then does the work.
void registrar_chaos_begin(struct request *request, request_work *work);
// The work said XICA_EAGAIN: it is done again a moment later. False: it didn't say so on our behalf.
bool registrar_chaos_again(struct request *request, int error);
void registrar_chaos_reply(struct request *request, struct buf *message); // adds to IPC_HTTP_REPLY how it is to be sent

// --- what is shown. Each may end the work by XICA_EAGAIN.
struct chaos_shown_order {
	int64_t id;
	struct view serial;
	const struct store_authz *authzs;   // each once
	struct pki_identifier *identifiers; // of them and urls: reordered here
	const char **urls;                  // of the authorizations
	size_t count, authz_count;
};
XICA_MUST_CHECK int registrar_chaos_order(struct store_txn *txn, struct request *request, struct chaos_shown_order *order, struct acme_order_view *shown);
struct chaos_shown_authz {
	const struct store_authz *authz;
	const struct store_challenge *rows;   // what challenges stand for
	size_t count;
	struct acme_challenge_view *challenges;
	enum acme_status *status;             // of the authorization; NULL: one challenge alone is shown
};
XICA_MUST_CHECK int registrar_chaos_authz(struct request *request, struct chaos_shown_authz *shown);

// --- steps of a certificate's way
void registrar_chaos_answered(struct request *request, const struct store_authz *authz); // a challenge goes to processing
// Before finalize: XICA_EDENIED where an authorization is not known as valid yet; ret_over: one has ended, and finalize is answered.
XICA_MUST_CHECK int registrar_chaos_finalize(struct store_txn *txn, struct request *request, int64_t order, const struct store_order_name *names, size_t count,
					     bool *ret_over);
// For an order that names no profile: one that carries these names.
const struct pki_profile *registrar_chaos_profile(struct request *request, const struct acme_new_order *asked, const struct pki_profile *otherwise);
size_t registrar_chaos_chain(const struct request *request, size_t chain, size_t count); // which chain stands for this number
size_t registrar_chaos_page(const struct registrar *registrar, size_t otherwise); // orders on a page of a list
bool registrar_chaos_mac_key(const struct registrar *registrar, struct view kid, struct view *ret_key); // the external account key for everybody
