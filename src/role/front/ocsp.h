// OCSP at the front: requests read, responses kept, what isn't kept asked of the registrar. The front makes no response but those that say that there is
// none: a signature comes from the signer.
//
// A response is kept for half of its life, or until the registrar says that something was revoked, or until the registrar comes anew: then it may have gone
// before it could say so.
#pragma once
#include "role/front/front.h"

#define FRONT_OCSP_TYPE "application/ocsp-response"

enum {
	FRONT_OCSP_KEPT_MAX = 16384,
	FRONT_OCSP_WAITING_MAX = 1024,
	FRONT_OCSP_ANSWER_MS = 10000, // then the client is told to try later
	FRONT_OCSP_MAX_AGE_S = 10,    // for caches on the way: as soon must a revocation show
};

struct front_ocsp_document {
	struct http_document document; // modified is thisUpdate
	xica_time next_update;
};

// --- ocsp_cache.c: responses by the CertID that was asked for, as it was sent
struct front_ocsp_cache;
XICA_MUST_CHECK int front_ocsp_cache_new(size_t max, struct front_ocsp_cache **ret_cache);
void front_ocsp_cache_free(struct front_ocsp_cache *cache);
// message: an IPC_OCSP_RESPONSE with ISSUER. Replaces; the oldest makes room. XICA_EPARSE, XICA_ENOMEM.
XICA_MUST_CHECK int front_ocsp_cache_put(struct front_ocsp_cache *cache, struct view key, const struct ipc_message *message);
// Borrowed until the next put, drop or clear; NULL: none, or its time is over.
const struct front_ocsp_document *front_ocsp_cache_find(const struct front_ocsp_cache *cache, struct view key, xica_time now);
void front_ocsp_cache_drop(struct front_ocsp_cache *cache, struct view issuer, uint64_t shard);
void front_ocsp_cache_clear(struct front_ocsp_cache *cache);
size_t front_ocsp_cache_count(const struct front_ocsp_cache *cache);

// --- ocsp.c
XICA_MUST_CHECK int front_ocsp_new(struct front *front);
void front_ocsp_free(struct front *front);        // answers what waits: try later
// False: the path is none of OCSP's.
bool front_ocsp_serve(struct front *front, struct http_request *request);
void front_ocsp_connected(struct front *front);   // the registrar is here
void front_ocsp_interrupt(struct front *front);   // it has gone
ipc_handler front_ocsp_take_response, front_ocsp_take_drop;
