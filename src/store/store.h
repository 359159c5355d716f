// The database: what must survive. Rows and their states, nothing of ACME's JSON.
//
// Work comes in units. A unit is a function that reads and writes through a struct store_txn; it sees what the units before it did. Units
// submitted in one turn of the event loop form a group: one transaction, one commit, one fsync for all of them. Each unit stands in a savepoint of
// its own, or can be repeated without another, so one that fails is undone alone. Only when the group's commit is on disk (or failed) is each unit's done
// function called, in the order of submission: so what a reply says is always durable. A unit that only read waits too, since what it saw is durable only
// then. (What is durable elsewhere need not wait for the disk a second time: STORE_RECOVERABLE.)
//
// Every change of a status is a compare-and-set: XICA_ECONFLICT when the row is no longer in the state the caller believed. That, and the absence of
// SQLite's types here, is what lets another engine with many writers stand behind this interface.
//
// Common to all functions on a txn: XICA_ENOTFOUND: no such row, or one it refers to is missing. XICA_EEXIST: a unique value is taken.
// XICA_EINVAL: a value that the schema refuses. XICA_EIO, XICA_ENOMEM, XICA_EAGAIN (another process holds the lock): the work function should
// return them as they are. Views that a read function returns live in the arena it was given.
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"

struct event_base;
struct store;     // one open database, owned by the role
struct store_txn; // borrowed by a work function, for the time of its call alone

enum { STORE_HASH_LEN = 32, STORE_GROUP_MAX = 256 };

struct store_options {
	const char *path;
	struct event_base *base; // groups are committed from its loop; NULL: by store_flush and store_run alone
	unsigned busy_ms;        // how long to wait while another process writes; 0: 5000
};

// Opens or makes the database (mode 0600) and brings its schema up to date; before it changes an existing schema it keeps a copy beside it
// (PATH.schema-N). On failure a sentence for the operator is appended to why. XICA_EUNSUPPORTED: the database was written by a newer version, or is not ours.
XICA_MUST_CHECK int store_open(const struct store_options *options, struct store **ret_store, struct buf *why);
// Units still queued are dropped, with done called with XICA_ECLOSED. Shutting down in order: store_flush until store_queued is 0, then this. NULL is fine.
void store_close(struct store *store);

// 0: keep what the unit wrote. Anything else undoes it and reaches the done function. Neither work nor done functions may call store_flush (does
// nothing then), store_run (XICA_EINVAL) or store_close.
typedef int store_work(struct store_txn *txn, void *context);
// error: 0 (durable), what the work function returned (undone), or XICA_EIO (the group's commit failed: nothing of the group happened, whatever
// the work function returned). May submit again.
typedef void store_done(int error, void *context);

// Queues a unit. context must live until done was called; done may be NULL. XICA_ENOMEM: not queued, nothing is called.
XICA_MUST_CHECK int store_submit(struct store *store, store_work *work, store_done *done, void *context);
// The same for a unit with which less is to be taken care of, and cheaper.
enum store_unit {
	// The work function may be called more than once: when another unit of the group fails after it wrote, all are undone and run again. What an earlier call left in the context, or
	// anywhere else, must not matter to the next one; done is called once, and only the last call happened.
	STORE_REPEATABLE = 1,
	// What it writes is on disk elsewhere already, and will be had from there again, should it be missing. A group of such units is committed without a sync: when done is called, what they
	// wrote survives the end of this process, and may be missing after a power failure, until the next commit that is synced. Nothing later is there without it.
	STORE_RECOVERABLE = 2,
};
XICA_MUST_CHECK int store_submit_as(struct store *store, unsigned kind, store_work *work, store_done *done, void *context); // of enum store_unit, or 0
// Runs and commits all units queued before the call, in groups of STORE_GROUP_MAX; what their done functions submit waits for the next time.
void store_flush(struct store *store);
// One unit at once, in a group of its own after those queued: for starting up and for programs without a loop. Returns what done would get.
XICA_MUST_CHECK int store_run(struct store *store, store_work *work, void *context);
size_t store_queued(const struct store *store);

// What units of work did, counted once it is on disk.
enum store_tally {
	STORE_TALLY_ACCOUNT,          // opened
	STORE_TALLY_ORDER_PENDING,    // came into this state; in the order of enum store_order_status
	STORE_TALLY_ORDER_READY,
	STORE_TALLY_ORDER_PROCESSING,
	STORE_TALLY_ORDER_VALID,
	STORE_TALLY_ORDER_INVALID,
	STORE_TALLY_ORDER_LEFT_PENDING, // went on from it, to whichever; in the same order
	STORE_TALLY_ORDER_LEFT_READY,
	STORE_TALLY_ORDER_LEFT_PROCESSING,
	STORE_TALLY_ISSUED,           // certificates
	STORE_TALLY_REVOKED,
	STORE_TALLY_END,
};

struct store_stats {
	uint64_t units;         // whose done function was called
	uint64_t groups;        // commits that are on disk
	uint64_t groups_failed; // commits that failed
	uint64_t tally[STORE_TALLY_END];
};
struct store_stats store_stats(const struct store *store);
// Inside a unit: something is written that changes nothing, so that its commit shows whether the disk takes it.
XICA_MUST_CHECK int store_touch(struct store_txn *txn);
// The engine's own words on the newest group that failed, for the log; empty: none did. Borrowed until the next one.
const char *store_error_text(const struct store *store);
