#include "store/store.h"

#include <event2/event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/database.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/wal.h"

enum { TURNS_MAX = 6, CAREFUL_GROUPS = 16 };

struct unit {
	struct unit *next;
	store_work *work;
	store_done *done;
	void *context;
	unsigned kind;          // of enum store_unit
	bool wrote;             // when it ran last
	int error;
};

struct store {
	struct store_txn txn;
	struct unit *first, **last; // queued, not yet run
	size_t queued;
	bool running;               // inside store_flush or store_run
	struct event *turn;         // fires when the loop has read what there was; NULL without a loop
	size_t seen;                // queued when it last fired
	unsigned turns;             // how often it fired for the group to come
	unsigned careful;           // so many groups more have savepoints, since one had to be repeated
	struct store_stats stats;
	uint64_t tally[STORE_TALLY_END]; // of the group that is being worked on
	char error_text[256];       // of the newest group that failed
};

// ---- the queue

// The first count units off the queue, as a list of their own.
static struct unit *take(struct store *store, size_t count)
{
	struct unit *group = store->first;
	struct unit **end = &store->first;
	store->queued -= count;
	while (count--)
		end = &(*end)->next;
	struct unit *rest = *end;
	*end = NULL;
	store->first = rest;
	if (!rest)
		store->last = &store->first;
	return group;
}

// A timer of zero fires after the sockets that are readable in the loop's next turn had theirs: what they submit joins the group.
static void wake(struct store *store)
{
	static const struct timeval NOW = {0, 0};
	if (store->turn && store->first)
		(void)event_add(store->turn, &NOW);
}

// While there are more units at each turn the others, who send them, get the processor, and the group grows: where there is more work than processors, commits are fewer
// for it. Where the others sleep that costs nothing, and nobody waits for a clock: where the kernel's ticks every 4 ms, so long is the shortest wait, and an order makes
// it a dozen times.
static void on_turn(evutil_socket_t fd, short what, void *context)
{
	struct store *store = context;
	(void)fd;
	(void)what;
	if (store->queued > store->seen && store->turns++ < TURNS_MAX) {
		store->seen = store->queued;
		(void)sched_yield();
		wake(store);
		return;
	}
	store_flush(store);
}

int store_open(const struct store_options *options, struct store **ret_store, struct buf *why)
{
	struct store *store = calloc(1, sizeof(*store));
	if (!store)
		return XICA_ENOMEM;
	store->last = &store->first;
	int error = database_open(options, &store->txn.db, why);
	if (!error && options->base) {
		store->turn = evtimer_new(options->base, on_turn, store);
		error = store->turn ? XICA_OK : XICA_ENOMEM;
	}
	if (error)
		store_close(store);
	else
		*ret_store = store;
	return error;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	while (store->first) { // what done functions submit is dropped likewise
		struct unit *unit = take(store, 1);
		if (unit->done)
			unit->done(XICA_ECLOSED, unit->context);
		free(unit);
	}
	if (store->turn)
		event_free(store->turn);
	sql_close_cache(&store->txn);
	(void)sqlite3_close(store->txn.db);
	free(store);
}

// ---- units and groups

int store_submit_as(struct store *store, unsigned kind, store_work *work, store_done *done, void *context)
{
	struct unit *unit = malloc(sizeof(*unit));
	if (!unit)
		return XICA_ENOMEM;
	*unit = (struct unit){.work = work, .done = done, .context = context, .kind = kind};
	*store->last = unit;
	store->last = &unit->next;
	if (!store->queued++)
		wake(store);
	return 0;
}

int store_submit(struct store *store, store_work *work, store_done *done, void *context)
{
	return store_submit_as(store, 0, work, done, context);
}

// Some failures (disk full, no memory) make SQLite roll back everything, not just the statement.
static bool transaction_lost(const struct store *store)
{
	return sqlite3_get_autocommit(store->txn.db);
}

// The unit's own work; what it counts is added to its group's where it is kept.
static void do_work(struct store *store, struct unit *unit)
{
	int64_t written = sqlite3_total_changes64(store->txn.db);
	memset(store->txn.tally, 0, sizeof(store->txn.tally));
	store->txn.touched = false;
	unit->error = unit->work(&store->txn, unit->context);
	unit->wrote = store->txn.touched || sqlite3_total_changes64(store->txn.db) != written;
	for (size_t i = 0; !unit->error && i < STORE_TALLY_END; i++)
		store->tally[i] += store->txn.tally[i];
}

static int run_unit(struct store *store, struct unit *unit)
{
	int error = sql_control(&store->txn, "SAVEPOINT unit");
	if (error)
		return error;
	do_work(store, unit);
	if (transaction_lost(store))
		return XICA_EIO;
	if (unit->error) {
		error = sql_control(&store->txn, "ROLLBACK TO unit");
		if (error)
			return error;
	}
	return sql_control(&store->txn, "RELEASE unit");
}

// All that such a group wrote can be had again.
static bool need_no_sync(const struct unit *group)
{
	while (group && (group->kind & STORE_RECOVERABLE || !group->wrote))
		group = group->next;
	return !group;
}

static int commit(struct store *store, const struct unit *group)
{
	wal_sync_later(store->txn.db, need_no_sync(group));
	int error = sql_control(&store->txn, "COMMIT");
	wal_sync_later(store->txn.db, false);
	return error;
}

// Of several units each has a savepoint to go back to, or all are repeated; one alone has the transaction itself.
static int run_alone(struct store *store, struct unit *unit)
{
	do_work(store, unit);
	if (transaction_lost(store))
		return XICA_EIO;
	return unit->error ? sql_control(&store->txn, "ROLLBACK") : commit(store, unit);
}

static bool are_repeatable(const struct unit *group)
{
	while (group && group->kind & STORE_REPEATABLE)
		group = group->next;
	return !group;
}

// *ret_mixed: one of them failed, and what it wrote stands among what the others did.
static int run_bare(struct store *store, struct unit *group, bool *ret_mixed)
{
	*ret_mixed = false;
	for (struct unit *unit = group; unit && !*ret_mixed; unit = unit->next) {
		do_work(store, unit);
		if (transaction_lost(store))
			return XICA_EIO;
		*ret_mixed = unit->error && unit->wrote;
	}
	return 0;
}

static int begin_again(struct store *store)
{
	memset(store->tally, 0, sizeof(store->tally));
	int error = sql_control(&store->txn, "ROLLBACK");
	return error ? error : sql_control(&store->txn, "BEGIN IMMEDIATE");
}

static int run_each(struct store *store, struct unit *group)
{
	int error = 0;
	for (struct unit *unit = group; unit && !error; unit = unit->next)
		error = run_unit(store, unit);
	return error;
}

// For a savepoint SQLite copies each page that its unit changes: a fourth of all that a unit costs. Hardly any is ever gone back to, so where all units of a group can be repeated
// there are none, until one that wrote fails. Then the next groups have them: else whoever is refused again and again would have everybody's work done twice.
static int run_units(struct store *store, struct unit *group)
{
	if (!group->next)
		return run_alone(store, group);
	bool bare = !store->careful && are_repeatable(group), mixed = false;
	store->careful -= store->careful > 0;
	int error = bare ? run_bare(store, group, &mixed) : run_each(store, group);
	if (mixed)
		store->careful = CAREFUL_GROUPS;
	if (!error && mixed && !(error = begin_again(store)))
		error = run_each(store, group);
	return error ? error : commit(store, group);
}

// A ROLLBACK that failed for want of memory is made up for, else no group could begin ever again.
static int begin_group(struct store *store)
{
	if (!transaction_lost(store)) {
		int error = sql_control(&store->txn, "ROLLBACK");
		if (error)
			return error;
	}
	return sql_control(&store->txn, "BEGIN IMMEDIATE");
}

// 0: each unit has its own error and what succeeded is on disk. Otherwise nothing happened, and all of them have XICA_EIO.
static void commit_group(struct store *store, struct unit *group)
{
	int error = begin_group(store);
	memset(store->tally, 0, sizeof(store->tally));
	if (!error)
		error = run_units(store, group);
	if (!error) {
		store->stats.groups++;
		for (size_t i = 0; i < STORE_TALLY_END; i++)
			store->stats.tally[i] += store->tally[i];
		return;
	}
	store->stats.groups_failed++;
	(void)snprintf(store->error_text, sizeof(store->error_text), "%s", sqlite3_errmsg(store->txn.db));
	if (!transaction_lost(store) && sql_control(&store->txn, "ROLLBACK")) {
		// The next group begins with it.
	}
	for (struct unit *unit = group; unit; unit = unit->next)
		unit->error = XICA_EIO;
}

static void finish_group(struct store *store, struct unit *group)
{
	while (group) {
		struct unit *unit = group;
		group = unit->next;
		store->stats.units++;
		if (unit->done)
			unit->done(unit->error, unit->context);
		free(unit);
	}
}

void store_flush(struct store *store)
{
	if (store->running)
		return;
	store->running = true;
	store->seen = 0;
	store->turns = 0;
	for (size_t left = store->queued; left;) {
		size_t count = left < STORE_GROUP_MAX ? left : STORE_GROUP_MAX;
		struct unit *group = take(store, count);
		commit_group(store, group);
		finish_group(store, group);
		left -= count;
	}
	store->running = false;
	wake(store);
}

int store_run(struct store *store, store_work *work, void *context)
{
	if (store->running)
		return XICA_EINVAL;
	store_flush(store);
	struct unit unit = {.work = work, .context = context};
	store->running = true;
	commit_group(store, &unit);
	store->running = false;
	store->stats.units++;
	return unit.error;
}

size_t store_queued(const struct store *store)
{
	return store->queued;
}

struct store_stats store_stats(const struct store *store)
{
	return store->stats;
}

int store_touch(struct store_txn *txn)
{
	char text[48];
	(void)snprintf(text, sizeof(text), "PRAGMA user_version = %zu", SCHEMA_STEP_COUNT);
	txn->touched = true;
	int code = sqlite3_exec(txn->db, text, NULL, NULL, NULL);
	return code ? sql_error_from(code) : XICA_OK;
}

const char *store_error_text(const struct store *store)
{
	return store->error_text;
}
