// Each second: what is counted elsewhere, and how long the queues are. Rarer: what must be looked for in the database, and whether it can be written.
#include "role/registrar/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "role/registrar/issue.h"
#include "role/registrar/login.h"
#include "store/mail.h"
#include "store/operator_note.h"

enum { LOOK_EVERY = 5, TOUCH_EVERY = 30, COUNTED_MOST = 10000 }; // beats

struct registrar_metrics {
	struct registrar *registrar;
	struct event *timer;
	unsigned beats;
	struct store_stats told; // of what the store counts
	struct store_orders_open before; // those that were open when the store had counted nothing
	bool looking;            // a unit of work is under way
	bool touches;            // and it writes
	// what it found
	struct arena arena;
	size_t mail_waiting, mail_failed, notes, reviews;
};

static struct metrics_registrar *part_of(const struct registrar *registrar)
{
	return &registrar->role->metrics->registrar;
}

void registrar_metrics_limited(const struct registrar *registrar, enum store_limit_kind kind)
{
	metrics_add(&part_of(registrar)->limited[kind], 1);
}

void registrar_metrics_blocked(const struct registrar *registrar)
{
	metrics_add(&part_of(registrar)->blocked, 1);
}

// --- each second

// By how many more there are in a state than when the store was opened.
static int64_t grown(const struct store_stats *stats, enum store_tally came, enum store_tally left)
{
	return (int64_t)(stats->tally[came] - stats->tally[left]);
}

static struct store_orders_open grown_orders(const struct store_stats *stats)
{
	return (struct store_orders_open){grown(stats, STORE_TALLY_ORDER_PENDING, STORE_TALLY_ORDER_LEFT_PENDING),
					  grown(stats, STORE_TALLY_ORDER_READY, STORE_TALLY_ORDER_LEFT_READY),
					  grown(stats, STORE_TALLY_ORDER_PROCESSING, STORE_TALLY_ORDER_LEFT_PROCESSING)};
}

static void tell_orders(const struct registrar_metrics *metrics, const struct store_stats *stats)
{
	struct metrics_registrar *part = part_of(metrics->registrar);
	struct store_orders_open since = grown_orders(stats);
	metrics_set(&part->orders_pending, metrics->before.pending + since.pending);
	metrics_set(&part->orders_ready, metrics->before.ready + since.ready);
	metrics_set(&part->orders_processing, metrics->before.processing + since.processing);
}

static void tell_counts(struct registrar_metrics *metrics)
{
	struct metrics_registrar *part = part_of(metrics->registrar);
	struct store_stats stats = store_stats(metrics->registrar->store);
	for (unsigned i = 0; i < STORE_TALLY_END; i++)
		metrics_add(&part->tally[i], stats.tally[i] - metrics->told.tally[i]);
	tell_orders(metrics, &stats);
	metrics_add(&part->units, stats.units - metrics->told.units);
	metrics_add(&part->commits, stats.groups - metrics->told.groups);
	metrics_add(&part->commits_failed, stats.groups_failed - metrics->told.groups_failed);
	if (stats.groups_failed != metrics->told.groups_failed)
		metrics_set(&part->writable, 0);
	metrics->told = stats;
}

static void tell_queues(const struct registrar *registrar)
{
	struct metrics_registrar *part = part_of(registrar);
	int64_t issuances = 0;
	for (const struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next)
		issuances++;
	metrics_set(&part->issuances, issuances);
	metrics_set(&part->requests, (int64_t)registrar->requests);
	metrics_set(&part->proofs, (int64_t)registrar_proofs_count(registrar));
	metrics_set(&part->log_ins, (int64_t)registrar_login_waiting(registrar));
	metrics_set(&part->store_queued, (int64_t)store_queued(registrar->store));
	metrics_set(&part->connected[METRICS_PEER_VALIDATOR], registrar->validator != NULL);
	metrics_set(&part->connected[METRICS_PEER_SIGNER], registrar->signer != NULL);
	metrics_set(&part->connected[METRICS_PEER_MAILER], registrar->mailer != NULL);
	metrics_set(&part->connected[METRICS_PEER_LOGIN], registrar->login != NULL);
}

static int64_t size_of(const char *path)
{
	struct stat status;
	return stat(path, &status) ? 0 : (int64_t)status.st_size;
}

static void tell_sizes(const struct registrar *registrar)
{
	cleanup_buf wal = BUF_INIT;
	buf_addf(&wal, "%s-wal", registrar->config->database);
	metrics_set(&part_of(registrar)->database_bytes, size_of(registrar->config->database));
	if (buf_cstr(&wal))
		metrics_set(&part_of(registrar)->wal_bytes, size_of(buf_cstr(&wal)));
}

// --- what a unit of work looks for

static int look(struct store_txn *txn, void *context)
{
	struct registrar_metrics *metrics = context;
	int64_t *ids;
	int error = store_mail_count(txn, STORE_MAIL_WAITING, &metrics->mail_waiting);
	if (error || (error = store_mail_count(txn, STORE_MAIL_FAILED, &metrics->mail_failed)) ||
	    (error = store_operator_note_count(txn, &metrics->notes)) ||
	    (error = store_order_list_review(txn, 0, COUNTED_MOST, &metrics->arena, &ids, &metrics->reviews)))
		return error;
	return metrics->touches ? store_touch(txn) : XICA_OK;
}

static void looked(int error, void *context)
{
	struct registrar_metrics *metrics = context;
	struct metrics_registrar *part = part_of(metrics->registrar);
	metrics->looking = false;
	if (!error) {
		metrics_set(&part->mail_waiting, (int64_t)metrics->mail_waiting);
		metrics_set(&part->mail_failed, (int64_t)metrics->mail_failed);
		metrics_set(&part->notes, (int64_t)metrics->notes);
		metrics_set(&part->reviews, (int64_t)metrics->reviews);
	}
	if (!error && metrics->touches)
		metrics_set(&part->writable, 1);
	else if (error && error != XICA_ECLOSED)
		metrics_set(&part->writable, 0);
	arena_free(&metrics->arena);
}

static void beat(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval NEXT = {METRICS_BEAT_MS / 1000, METRICS_BEAT_MS % 1000 * 1000};
	struct registrar_metrics *metrics = context;
	(void)fd, (void)what;
	(void)event_add(metrics->timer, &NEXT);
	tell_counts(metrics);
	tell_queues(metrics->registrar);
	bool writable = atomic_load_explicit(&part_of(metrics->registrar)->writable, memory_order_relaxed);
	if (!metrics->looking && metrics->beats % LOOK_EVERY == 0) {
		tell_sizes(metrics->registrar);
		metrics->touches = metrics->registrar->config->metrics_listen && (metrics->beats % TOUCH_EVERY == 0 || !writable);
		metrics->looking = !store_submit(metrics->registrar->store, look, looked, metrics);
	}
	metrics->beats++;
	metrics_set(&part_of(metrics->registrar)->beat_ms, clock_monotonic_ms());
}

// --- issuers and their CRLs

static bool find_issuer(const struct metrics_registrar *part, struct view id, uint32_t *ret_at)
{
	uint32_t count = atomic_load_explicit(&part->issuer_count, memory_order_relaxed);
	for (uint32_t i = 0; i < count; i++)
		if (view_equal_str(id, part->issuers[i].id)) {
			*ret_at = i;
			return true;
		}
	return false;
}

static struct metrics_crl *find_crl(struct metrics_registrar *part, uint32_t issuer, uint32_t shard)
{
	uint32_t count = atomic_load_explicit(&part->crl_count, memory_order_relaxed);
	for (uint32_t i = 0; i < count; i++)
		if (atomic_load_explicit(&part->crls[i].issuer, memory_order_relaxed) == issuer && atomic_load_explicit(&part->crls[i].shard, memory_order_relaxed) == shard)
			return &part->crls[i];
	return NULL;
}

void registrar_metrics_crl(const struct registrar *registrar, const char *issuer_id, uint32_t shard, uint64_t number, xica_time this_update, xica_time next_update)
{
	struct metrics_registrar *part = part_of(registrar);
	uint32_t issuer, count = atomic_load_explicit(&part->crl_count, memory_order_relaxed);
	if (!find_issuer(part, view_str(issuer_id), &issuer))
		return;
	struct metrics_crl *crl = find_crl(part, issuer, shard);
	bool fresh = !crl && count < METRICS_CRLS;
	if (fresh) {
		crl = &part->crls[count];
		atomic_store_explicit(&crl->issuer, issuer, memory_order_relaxed);
		atomic_store_explicit(&crl->shard, shard, memory_order_relaxed);
	}
	if (!crl)
		return; // more than anybody has
	metrics_set(&crl->number, (int64_t)number);
	metrics_set(&crl->this_update, this_update);
	metrics_set(&crl->next_update, next_update);
	if (fresh)
		atomic_store_explicit(&part->crl_count, count + 1, memory_order_release);
}

// --- life

// Those of before stay where they are: their CRLs are told by their places.
static void tell_issuers(const struct registrar *registrar)
{
	struct metrics_registrar *part = part_of(registrar);
	for (size_t i = 0; i < registrar->ca.issuer_count; i++) {
		const struct ca_issuer *issuer = &registrar->ca.issuers[i];
		uint32_t at, count = atomic_load_explicit(&part->issuer_count, memory_order_relaxed);
		if (!find_issuer(part, view_str(issuer->id), &at)) {
			if (count == METRICS_ISSUERS || strlen(issuer->id) >= METRICS_ISSUER_MAX)
				continue;
			at = count;
			memcpy(part->issuers[at].id, issuer->id, strlen(issuer->id) + 1);
			atomic_store_explicit(&part->issuer_count, count + 1, memory_order_release);
		}
		metrics_set(&part->issuers[at].not_after, issuer->not_after);
	}
}

static int count_open(struct store_txn *txn, void *context)
{
	return store_order_count_open(txn, context);
}

// Once; each beat adds what has changed since.
static int count_orders(struct registrar_metrics *metrics)
{
	struct store *store = metrics->registrar->store;
	struct store_orders_open now;
	int error = store_run(store, count_open, &now);
	if (error)
		return error;
	struct store_stats stats = store_stats(store);
	struct store_orders_open since = grown_orders(&stats);
	metrics->before = (struct store_orders_open){now.pending - since.pending, now.ready - since.ready, now.processing - since.processing};
	return XICA_OK;
}

int registrar_metrics_start(struct registrar *registrar)
{
	static const struct timeval NOW = {0, 0};
	struct registrar_metrics *metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		return XICA_ENOMEM;
	registrar->metrics = metrics;
	metrics->registrar = registrar;
	metrics->told = store_stats(registrar->store);
	memset(metrics->told.tally, 0, sizeof(metrics->told.tally));
	tell_issuers(registrar);
	int error = count_orders(metrics);
	if (error)
		return error;
	metrics->timer = evtimer_new(registrar->role->base, beat, metrics);
	return metrics->timer && !event_add(metrics->timer, &NOW) ? XICA_OK : XICA_ENOMEM;
}

void registrar_metrics_tell(struct registrar *registrar)
{
	if (registrar->metrics)
		tell_counts(registrar->metrics);
}

void registrar_metrics_free(struct registrar *registrar)
{
	struct registrar_metrics *metrics = registrar->metrics;
	if (!metrics)
		return;
	if (metrics->timer)
		event_free(metrics->timer);
	arena_free(&metrics->arena);
	free(metrics);
	registrar->metrics = NULL;
}
