// What is counted, for /metrics: one piece of memory that all processes share (a memfd that the parent made), as the nonces' window is.
//
// Each part has one writer, which adds without a lock and without waiting; whoever serves reads all parts as they are. So counting costs a memory access, a
// scrape asks nobody, and what was counted outlives the role that counted it. Nobody decides anything by these numbers: a role that has gone wrong can make
// them wrong, and nothing else. No names of people or domains stand in them.
#pragma once
#include <stdatomic.h>

#include "base/clock.h"
#include "store/limit.h"
#include "store/store.h"
#include "validate/receipt.h"

enum {
	METRICS_FRONTS = 64,
	METRICS_ENDPOINTS = 48,  // metrics_endpoint
	METRICS_CODES = 17,      // HTTP statuses: metrics_code
	METRICS_BUCKETS = 14,    // of a histogram, and one for what is above
	METRICS_METHODS = RECEIPT_METHOD_LAST + 1, // enum receipt_method; 0: CAA alone
	METRICS_ISSUERS = 32,
	METRICS_CRLS = 2048,
	METRICS_ISSUER_MAX = 72, // bytes of an issuer's id
	METRICS_BEAT_MS = 1000,  // how often the registrar says how it is
	METRICS_SILENCE_MS = 10000, // after so long without, it isn't
};

typedef _Atomic uint64_t metrics_count; // only grows
typedef _Atomic int64_t metrics_gauge;

struct metrics_histogram {
	metrics_count buckets[METRICS_BUCKETS + 1], sum_us;
};

struct metrics_front {
	metrics_count requests[METRICS_ENDPOINTS][METRICS_CODES];
	struct metrics_histogram durations[METRICS_ENDPOINTS];
	metrics_count ocsp_kept, ocsp_fresh, limited, blocked;
	metrics_gauge connections, site_not_after;
};

enum metrics_validation { METRICS_PROVEN, METRICS_REFUSED, METRICS_FAILED, METRICS_VALIDATIONS }; // failed: by our own fault

struct metrics_validator {
	metrics_count outcomes[METRICS_METHODS][METRICS_VALIDATIONS];
	struct metrics_histogram durations[METRICS_METHODS];
	metrics_gauge active, waiting;
};

enum metrics_signature { METRICS_SIGN_CERTIFICATE, METRICS_SIGN_CRL, METRICS_SIGN_OCSP, METRICS_SIGNATURES };

struct metrics_signer {
	metrics_count signatures[METRICS_SIGNATURES], refused;
};

struct metrics_mailer {
	metrics_count sent, later, never;
};

enum metrics_peer { METRICS_PEER_VALIDATOR, METRICS_PEER_SIGNER, METRICS_PEER_MAILER, METRICS_PEER_LOGIN, METRICS_PEERS };

struct metrics_crl {
	_Atomic uint32_t issuer, shard; // issuer: its place in issuers
	metrics_gauge number, this_update, next_update;
};

struct metrics_registrar {
	metrics_gauge beat_ms;          // clock_monotonic_ms when it last said how it is; 0: never
	metrics_gauge connected[METRICS_PEERS], writable; // 0 or 1
	metrics_count tally[STORE_TALLY_END], units, commits, commits_failed, limited[STORE_LIMIT_KIND_END], blocked;
	metrics_gauge requests, proofs, issuances, log_ins, store_queued, mail_waiting, mail_failed, reviews, notes, database_bytes, wal_bytes;
	metrics_gauge orders_pending, orders_ready, orders_processing;
	struct {
		char id[METRICS_ISSUER_MAX];  // written once, before count grows
		metrics_gauge not_after;
	} issuers[METRICS_ISSUERS];
	_Atomic uint32_t issuer_count, crl_count;
	struct metrics_crl crls[METRICS_CRLS];
};

enum metrics_role { METRICS_ROLE_FRONT, METRICS_ROLE_REGISTRAR, METRICS_ROLE_VALIDATOR, METRICS_ROLE_SIGNER, METRICS_ROLE_MAILER, METRICS_ROLE_LOGIN, METRICS_ROLES };
extern const char *const METRICS_ROLE_NAMES[METRICS_ROLES];

struct metrics_parent {
	metrics_gauge started;          // seconds since 1970
	metrics_count starts[METRICS_ROLES], deaths[METRICS_ROLES]; // deaths: that nobody asked for
	metrics_gauge up[METRICS_ROLES];
};

struct metrics {
	struct metrics_parent parent;
	struct metrics_registrar registrar;
	struct metrics_validator validator;
	struct metrics_signer signer;
	struct metrics_mailer mailer;
	struct metrics_front fronts[METRICS_FRONTS];
};

// The memory behind fd (base/shared_window.h), which stays the caller's; it is mapped until the process ends. fd -1: memory of this process's own. NULL: it can't be had.
struct metrics *metrics_map(int fd);

// A part has one writer: so this is no read-modify-write that others must be kept out of.
static inline void metrics_add(metrics_count *count, uint64_t more)
{
	atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more, memory_order_relaxed);
}

static inline void metrics_set(metrics_gauge *gauge, int64_t value)
{
	atomic_store_explicit(gauge, value, memory_order_relaxed);
}

void metrics_observe(struct metrics_histogram *histogram, int64_t us);
unsigned metrics_endpoint(int endpoint); // index of one that front.h names
unsigned metrics_code(unsigned status);  // index of an HTTP status

// --- text.c
// All of it in Prometheus' text format 0.0.4, appended.
void metrics_write(struct buf *out, const struct metrics *metrics, xica_time now, int64_t now_ms);
// Can the CA issue, and is what it published good? Appends a line for each thing that isn't so.
bool metrics_is_ready(const struct metrics *metrics, xica_time now, int64_t now_ms, struct buf *why);
