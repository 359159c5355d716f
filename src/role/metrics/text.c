// Prometheus' text format 0.0.4: for each metric its HELP and TYPE, then its samples together.
#include "role/front/front.h"
#include "role/metrics/metrics.h"

#include <string.h>

static uint64_t counted(const metrics_count *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

static long long gauge(const metrics_gauge *value)
{
	return (long long)atomic_load_explicit(value, memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP xica_%s %s\n# TYPE xica_%s %s\n", name, help, name, type);
}

static void one_count(struct buf *out, const char *name, const char *help, uint64_t value)
{
	head(out, name, "counter", help);
	buf_addf(out, "xica_%s %llu\n", name, (unsigned long long)value);
}

static void one_gauge(struct buf *out, const char *name, const char *help, long long value)
{
	head(out, name, "gauge", help);
	buf_addf(out, "xica_%s %lld\n", name, value);
}

static void labelled_count(struct buf *out, const char *name, const char *label, const char *value, uint64_t count)
{
	buf_addf(out, "xica_%s{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)count);
}

static void labelled_gauge(struct buf *out, const char *name, const char *label, const char *value, long long number)
{
	buf_addf(out, "xica_%s{%s=\"%s\"} %lld\n", name, label, value, number);
}

// --- histograms

static const char *const BOUNDS[METRICS_BUCKETS] = {"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10"};

struct sum { // of several processes' histograms
	uint64_t buckets[METRICS_BUCKETS + 1], total, us;
};

static void add_histogram(struct sum *sum, const struct metrics_histogram *histogram)
{
	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		uint64_t count = counted(&histogram->buckets[i]);
		sum->buckets[i] += count;
		sum->total += count;
	}
	sum->us += counted(&histogram->sum_us);
}

static void write_histogram(struct buf *out, const char *name, const char *label, const char *value, const struct sum *sum)
{
	uint64_t below = 0;
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		below += sum->buckets[i];
		buf_addf(out, "xica_%s_bucket{%s=\"%s\",le=\"%s\"} %llu\n", name, label, value, BOUNDS[i], (unsigned long long)below);
	}
	buf_addf(out, "xica_%s_bucket{%s=\"%s\",le=\"+Inf\"} %llu\n", name, label, value, (unsigned long long)sum->total);
	buf_addf(out, "xica_%s_sum{%s=\"%s\"} %llu.%06llu\n", name, label, value, (unsigned long long)sum->us / 1000000, (unsigned long long)sum->us % 1000000);
	buf_addf(out, "xica_%s_count{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)sum->total);
}

// --- fronts

static const int ENDPOINTS[] = {0, ACME_NEW_ACCOUNT, ACME_ACCOUNT, ACME_KEY_CHANGE, ACME_ORDERS, ACME_NEW_ORDER, ACME_ORDER, ACME_FINALIZE, ACME_NEW_AUTHZ,
	ACME_AUTHZ, ACME_CHALLENGE, ACME_CERTIFICATE, ACME_REVOKE_CERT, ACME_RENEWAL_INFO, FRONT_DIRECTORY, FRONT_NEW_NONCE, FRONT_SITE, FRONT_PAGE, FRONT_OCSP,
	FRONT_DOCUMENT};

enum { ENDPOINT_COUNT = sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]) };

static const char *const CODES[METRICS_CODES] = {"200", "201", "204", "301", "304", "400", "401", "403", "404", "405", "409", "413", "415", "429", "500", "503",
	"other"};

static void write_requests(struct buf *out, const struct metrics *metrics)
{
	head(out, "requests_total", "counter", "HTTP requests answered, by endpoint and status.");
	for (size_t e = 0; e < ENDPOINT_COUNT; e++)
		for (size_t c = 0; c < METRICS_CODES; c++) {
			uint64_t count = 0;
			for (size_t f = 0; f < METRICS_FRONTS; f++)
				count += counted(&metrics->fronts[f].requests[metrics_endpoint(ENDPOINTS[e])][c]);
			if (count)
				buf_addf(out, "xica_requests_total{endpoint=\"%s\",code=\"%s\"} %llu\n", front_endpoint_text(ENDPOINTS[e]), CODES[c], (unsigned long long)count);
		}
	head(out, "request_duration_seconds", "histogram", "From a request's last byte to its answer, by endpoint.");
	for (size_t e = 0; e < ENDPOINT_COUNT; e++) {
		struct sum sum = {0};
		for (size_t f = 0; f < METRICS_FRONTS; f++)
			add_histogram(&sum, &metrics->fronts[f].durations[metrics_endpoint(ENDPOINTS[e])]);
		if (sum.total)
			write_histogram(out, "request_duration_seconds", "endpoint", front_endpoint_text(ENDPOINTS[e]), &sum);
	}
}

static void write_fronts(struct buf *out, const struct metrics *metrics)
{
	uint64_t kept = 0, fresh = 0;
	long long connections = 0, not_after = 0;
	for (size_t f = 0; f < METRICS_FRONTS; f++) {
		const struct metrics_front *front = &metrics->fronts[f];
		kept += counted(&front->ocsp_kept);
		fresh += counted(&front->ocsp_fresh);
		connections += gauge(&front->connections);
		if (gauge(&front->site_not_after) && (!not_after || gauge(&front->site_not_after) < not_after))
			not_after = gauge(&front->site_not_after);
	}
	write_requests(out, metrics);
	one_gauge(out, "connections", "Open connections of clients.", connections);
	head(out, "ocsp_responses_total", "counter", "OCSP responses given: from what is kept, or signed for the request.");
	labelled_count(out, "ocsp_responses_total", "source", "kept", kept);
	labelled_count(out, "ocsp_responses_total", "source", "fresh", fresh);
	if (not_after)
		one_gauge(out, "site_certificate_not_after_timestamp_seconds", "End of the certificate that the site shows.", not_after);
}

// --- registrar

static void write_limited(struct buf *out, const struct metrics *metrics)
{
	uint64_t requests = 0, blocked = counted(&metrics->registrar.blocked), addresses = 0;
	for (size_t f = 0; f < METRICS_FRONTS; f++) {
		requests += counted(&metrics->fronts[f].limited);
		addresses += counted(&metrics->fronts[f].blocked);
	}
	head(out, "limited_total", "counter", "Requests refused because they came too often, by limit.");
	labelled_count(out, "limited_total", "limit", "requests-per-address", requests);
	for (unsigned kind = 1; kind < STORE_LIMIT_KIND_END; kind++)
		labelled_count(out, "limited_total", "limit", store_limit_kind_text((enum store_limit_kind)kind), counted(&metrics->registrar.limited[kind]));
	head(out, "blocked_total", "counter", "Requests refused because the operator blocked an address or a name.");
	labelled_count(out, "blocked_total", "what", "address", addresses);
	labelled_count(out, "blocked_total", "what", "name", blocked);
}

static void write_tally(struct buf *out, const struct metrics_registrar *registrar)
{
	static const char *const STATES[] = {[STORE_TALLY_ORDER_PENDING] = "pending", [STORE_TALLY_ORDER_READY] = "ready",
		[STORE_TALLY_ORDER_PROCESSING] = "processing", [STORE_TALLY_ORDER_VALID] = "valid", [STORE_TALLY_ORDER_INVALID] = "invalid"};
	head(out, "orders_total", "counter", "How often an order came into each state.");
	for (unsigned i = STORE_TALLY_ORDER_PENDING; i <= STORE_TALLY_ORDER_INVALID; i++)
		labelled_count(out, "orders_total", "state", STATES[i], counted(&registrar->tally[i]));
	head(out, "orders_open", "gauge", "Orders that have not ended, by state; those in processing are being issued or wait for an operator.");
	labelled_gauge(out, "orders_open", "state", "pending", gauge(&registrar->orders_pending));
	labelled_gauge(out, "orders_open", "state", "ready", gauge(&registrar->orders_ready));
	labelled_gauge(out, "orders_open", "state", "processing", gauge(&registrar->orders_processing));
	one_count(out, "accounts_total", "ACME accounts opened.", counted(&registrar->tally[STORE_TALLY_ACCOUNT]));
	one_count(out, "certificates_issued_total", "Certificates issued.", counted(&registrar->tally[STORE_TALLY_ISSUED]));
	one_count(out, "certificates_revoked_total", "Certificates revoked.", counted(&registrar->tally[STORE_TALLY_REVOKED]));
}

static void write_queues(struct buf *out, const struct metrics *metrics)
{
	const struct metrics_registrar *registrar = &metrics->registrar;
	const struct {
		const char *name;
		const metrics_gauge *length;
	} QUEUES[] = {{"requests", &registrar->requests}, {"store", &registrar->store_queued}, {"proofs", &registrar->proofs},
		      {"issuances", &registrar->issuances}, {"log-ins", &registrar->log_ins}, {"mail", &registrar->mail_waiting},
		      {"reviews", &registrar->reviews}, {"audit-notes", &registrar->notes}, {"validations", &metrics->validator.waiting}};
	head(out, "queue_length", "gauge", "What waits or is under way, by queue.");
	for (size_t i = 0; i < sizeof(QUEUES) / sizeof(QUEUES[0]); i++)
		labelled_gauge(out, "queue_length", "queue", QUEUES[i].name, gauge(QUEUES[i].length));
	one_gauge(out, "mail_failed", "Letters that were given up and are still shown.", gauge(&registrar->mail_failed));
	one_gauge(out, "validations_active", "Validations under way.", gauge(&metrics->validator.active));
}

static void write_database(struct buf *out, const struct metrics_registrar *registrar)
{
	one_gauge(out, "database_bytes", "Size of the database.", gauge(&registrar->database_bytes));
	one_gauge(out, "database_wal_bytes", "Size of the database's write-ahead log.", gauge(&registrar->wal_bytes));
	one_gauge(out, "database_writable", "1: the last write to the database came onto the disk.", gauge(&registrar->writable));
	one_count(out, "database_units_total", "Units of work done.", counted(&registrar->units));
	one_count(out, "database_commits_total", "Commits that are on the disk.", counted(&registrar->commits));
	one_count(out, "database_commits_failed_total", "Commits that failed.", counted(&registrar->commits_failed));
}

static void write_crl_gauge(struct buf *out, const struct metrics_registrar *registrar, const char *name, const char *help, size_t offset, xica_time since)
{
	uint32_t count = atomic_load_explicit(&registrar->crl_count, memory_order_acquire);
	head(out, name, "gauge", help);
	for (uint32_t i = 0; i < count && i < METRICS_CRLS; i++) {
		const struct metrics_crl *crl = &registrar->crls[i];
		uint32_t issuer = atomic_load_explicit(&crl->issuer, memory_order_relaxed);
		long long value = gauge((const metrics_gauge *)((const uint8_t *)crl + offset));
		if (issuer < METRICS_ISSUERS)
			buf_addf(out, "xica_%s{issuer=\"%s\",shard=\"%u\"} %lld\n", name, registrar->issuers[issuer].id,
				 atomic_load_explicit(&crl->shard, memory_order_relaxed), since ? (long long)since - value : value);
	}
}

static void write_ca(struct buf *out, const struct metrics_registrar *registrar, xica_time now)
{
	uint32_t issuers = atomic_load_explicit(&registrar->issuer_count, memory_order_acquire);
	head(out, "issuer_not_after_timestamp_seconds", "gauge", "End of each issuer's own certificate.");
	for (uint32_t i = 0; i < issuers && i < METRICS_ISSUERS; i++)
		labelled_gauge(out, "issuer_not_after_timestamp_seconds", "issuer", registrar->issuers[i].id, gauge(&registrar->issuers[i].not_after));
	write_crl_gauge(out, registrar, "crl_age_seconds", "Since thisUpdate of each CRL.", offsetof(struct metrics_crl, this_update), now);
	write_crl_gauge(out, registrar, "crl_next_update_timestamp_seconds", "nextUpdate of each CRL.", offsetof(struct metrics_crl, next_update), 0);
	write_crl_gauge(out, registrar, "crl_number", "Number of each CRL.", offsetof(struct metrics_crl, number), 0);
}

// --- validator, signer, mailer, parent

static const char *method_text(size_t method)
{
	return method ? receipt_method_text((enum receipt_method)method) : "caa";
}

static void write_validator(struct buf *out, const struct metrics_validator *validator)
{
	static const char *const OUTCOMES[METRICS_VALIDATIONS] = {"proven", "refused", "failed"};
	head(out, "validations_total", "counter", "Validations ended, by method and outcome; caa is a check of CAA alone.");
	for (size_t m = 0; m < METRICS_METHODS; m++)
		for (size_t o = 0; o < METRICS_VALIDATIONS; o++)
			if (counted(&validator->outcomes[m][o]) && method_text(m))
				buf_addf(out, "xica_validations_total{method=\"%s\",outcome=\"%s\"} %llu\n", method_text(m), OUTCOMES[o],
					 (unsigned long long)counted(&validator->outcomes[m][o]));
	head(out, "validation_duration_seconds", "histogram", "How long validations took, by method.");
	for (size_t m = 0; m < METRICS_METHODS; m++) {
		struct sum sum = {0};
		add_histogram(&sum, &validator->durations[m]);
		if (sum.total && method_text(m))
			write_histogram(out, "validation_duration_seconds", "method", method_text(m), &sum);
	}
}

static void write_signer(struct buf *out, const struct metrics_signer *signer)
{
	static const char *const KINDS[METRICS_SIGNATURES] = {"certificate", "crl", "ocsp"};
	head(out, "signatures_total", "counter", "Signatures made by the CA's keys and its OCSP responders.");
	for (size_t i = 0; i < METRICS_SIGNATURES; i++)
		labelled_count(out, "signatures_total", "kind", KINDS[i], counted(&signer->signatures[i]));
	one_count(out, "signer_refusals_total", "Requests that the signer refused.", counted(&signer->refused));
}

static void write_mailer(struct buf *out, const struct metrics_mailer *mailer)
{
	head(out, "letters_total", "counter", "Letters handed to the relay: taken, to be tried again, refused for good.");
	labelled_count(out, "letters_total", "outcome", "sent", counted(&mailer->sent));
	labelled_count(out, "letters_total", "outcome", "later", counted(&mailer->later));
	labelled_count(out, "letters_total", "outcome", "never", counted(&mailer->never));
}

static void write_roles(struct buf *out, const struct metrics_parent *parent)
{
	head(out, "role_up", "gauge", "Processes of each role that are ready.");
	for (size_t i = 0; i < METRICS_ROLES; i++)
		labelled_gauge(out, "role_up", "role", METRICS_ROLE_NAMES[i], gauge(&parent->up[i]));
	head(out, "role_starts_total", "counter", "Processes of each role that were started.");
	for (size_t i = 0; i < METRICS_ROLES; i++)
		labelled_count(out, "role_starts_total", "role", METRICS_ROLE_NAMES[i], counted(&parent->starts[i]));
	head(out, "role_restarts_total", "counter", "Processes of each role that ended without being asked to, and were started again.");
	for (size_t i = 0; i < METRICS_ROLES; i++)
		labelled_count(out, "role_restarts_total", "role", METRICS_ROLE_NAMES[i], counted(&parent->deaths[i]));
	one_gauge(out, "start_time_seconds", "When xicad was started.", gauge(&parent->started));
}

static void write_ready(struct buf *out, const struct metrics *metrics, xica_time now, int64_t now_ms)
{
	static const char *const PEERS[METRICS_PEERS] = {"validator", "signer", "mailer", "login"};
	cleanup_buf why = BUF_INIT;
	head(out, "build_info", "gauge", "The version.");
	buf_addf(out, "xica_build_info{version=\"%s\"} 1\n", XICA_VERSION);
	one_gauge(out, "ready", "1: as /readyz.", metrics_is_ready(metrics, now, now_ms, &why));
	head(out, "registrar_connected", "gauge", "1: the registrar has a connection with this role.");
	for (size_t i = 0; i < METRICS_PEERS; i++)
		labelled_gauge(out, "registrar_connected", "peer", PEERS[i], gauge(&metrics->registrar.connected[i]));
}

void metrics_write(struct buf *out, const struct metrics *metrics, xica_time now, int64_t now_ms)
{
	write_ready(out, metrics, now, now_ms);
	write_roles(out, &metrics->parent);
	write_fronts(out, metrics);
	write_limited(out, metrics);
	write_tally(out, &metrics->registrar);
	write_queues(out, metrics);
	write_database(out, &metrics->registrar);
	write_ca(out, &metrics->registrar, now);
	write_validator(out, &metrics->validator);
	write_signer(out, &metrics->signer);
	write_mailer(out, &metrics->mailer);
}

// --- ready?

static bool must(bool is, struct buf *why, const char *sentence)
{
	if (!is)
		buf_addf(why, "%s\n", sentence);
	return is;
}

static bool are_crls_fresh(const struct metrics_registrar *registrar, xica_time now)
{
	uint32_t count = atomic_load_explicit(&registrar->crl_count, memory_order_acquire);
	for (uint32_t i = 0; i < count && i < METRICS_CRLS; i++)
		if (gauge(&registrar->crls[i].next_update) <= now)
			return false;
	return count > 0;
}

bool metrics_is_ready(const struct metrics *metrics, xica_time now, int64_t now_ms, struct buf *why)
{
	const struct metrics_registrar *registrar = &metrics->registrar;
	long long beat = gauge(&registrar->beat_ms);
	if (!must(beat && now_ms - beat < METRICS_SILENCE_MS, why, "the registrar is away, or busy for too long"))
		return false;
	bool ready = must(gauge(&registrar->connected[METRICS_PEER_SIGNER]), why, "the signer is away");
	ready &= must(gauge(&registrar->connected[METRICS_PEER_VALIDATOR]), why, "the validator is away");
	ready &= must(gauge(&registrar->writable), why, "the database can't be written");
	ready &= must(are_crls_fresh(registrar, now), why, "there is a CRL whose nextUpdate is over, or none at all");
	return ready;
}
