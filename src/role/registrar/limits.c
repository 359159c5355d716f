#include "role/registrar/limits.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "role/registrar/metrics.h"

enum { ADDRESS4 = 32, ADDRESS6 = 64, NETWORK4 = 24, NETWORK6 = 48 };

// --- the sentence

static const char *what_of(enum store_limit_kind kind)
{
	switch (kind) {
	case STORE_LIMIT_ACCOUNTS_PER_ADDRESS: return "too many new accounts from this address";
	case STORE_LIMIT_ACCOUNTS_PER_NETWORK: return "too many new accounts from this network";
	case STORE_LIMIT_ORDERS_PER_ACCOUNT: return "too many new orders and authorizations of this account";
	case STORE_LIMIT_ORDERS_PER_NAMES: return "too many orders of this account for exactly these names";
	case STORE_LIMIT_CERTIFICATES_PER_DOMAIN: return "too many certificates for this domain and names below it";
	case STORE_LIMIT_FAILED_VALIDATIONS: return "too many failed validations of this account for this name";
	case STORE_LIMIT_KIND_END: break;
	}
	return "too many requests";
}

// "too many orders of this account for exactly these names (example.org): orders-per-names allows 5 per 7d; come again in 9 hours, at 2026-05-04T03:02:01Z"
static int refuse(struct request *request, const struct store_limit *limit, const struct rate *rate, xica_time wait)
{
	cleanup_buf text = BUF_INIT;
	buf_add_str(&text, what_of(limit->kind));
	if (limit->note.len)
		buf_addf(&text, " (%.*s)", VIEW_FMT(limit->note));
	buf_addf(&text, ": %s allows ", store_limit_kind_text(limit->kind));
	rate_add_text(&text, rate);
	buf_add_str(&text, "; come again in ");
	rate_add_duration(&text, wait);
	buf_add_str(&text, ", at ");
	clock_add_rfc3339(&text, request->now + wait);
	const char *detail = arena_strdup(&request->arena, buf_view(&text));
	if (buf_error(&text) || !detail)
		return XICA_ENOMEM;
	request->problem = (struct acme_problem){.type = ACME_RATE_LIMITED, .detail = detail, .retry_after = (unsigned)wait};
	request->limited = limit->kind;
	request->limited_subject = limit->subject;
	return XICA_EDENIED;
}

void registrar_limit_refused(const struct request *request)
{
	registrar_metrics_limited(request->registrar, request->limited);
	log_info("request=%.*s is limited account=%lld limit=%s subject=\"%.*s\" wait=%u", VIEW_FMT(request->request_id), (long long)request->account_id,
		 store_limit_kind_text(request->limited), VIEW_FMT(request->limited_subject), request->problem.retry_after);
}

enum how { LOOK, TAKE };

static int apply(struct store_txn *txn, struct request *request, struct store_limit *limit, enum how how)
{
	struct rate rate = RATE_NONE;
	xica_time wait = 0;
	if (!limit->owner.ptr || !limit->subject.ptr)
		return XICA_ENOMEM;
	limit->rate = request->registrar->config->rates[limit->kind];
	int error = how == TAKE ? store_limit_take(txn, limit, request->now, &wait, &rate) : store_limit_look(txn, limit, request->now, &wait, &rate);
	return error ? error : wait ? refuse(request, limit, &rate, wait) : XICA_OK;
}

// A limit that is off in the configuration is off for all: nothing is read for it.
static bool is_off(const struct request *request, enum store_limit_kind kind)
{
	return rate_is_none(&request->registrar->config->rates[kind]);
}

// --- whom

static void mask(uint8_t *address, size_t len, unsigned prefix)
{
	for (size_t i = 0; i < len; i++) {
		unsigned bits = prefix > i * 8 ? prefix - (unsigned)i * 8 : 0;
		if (bits < 8)
			address[i] = (uint8_t)(address[i] >> (8 - bits) << (8 - bits));
	}
}

const char *registrar_limit_network(const char *address, unsigned prefix4, unsigned prefix6, struct arena *arena)
{
	uint8_t bytes[16];
	char text[INET6_ADDRSTRLEN];
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	unsigned prefix = family == AF_INET ? prefix4 : prefix6, whole = family == AF_INET ? 32 : 128;
	if (inet_pton(family, address, bytes) != 1)
		return NULL;
	mask(bytes, whole / 8, prefix);
	if (!inet_ntop(family, bytes, text, sizeof(text)))
		return NULL;
	return prefix == whole ? arena_strdup(arena, view_str(text)) : arena_printf(arena, "%s/%u", text, prefix);
}

static struct view account_owner(int64_t account, struct arena *arena)
{
	return view_str(arena_printf(arena, "%lld", (long long)account));
}

// --- accounts

static int limit_network(struct store_txn *txn, struct request *request, enum store_limit_kind kind, unsigned prefix4, unsigned prefix6)
{
	const char *remote = arena_strdup(&request->arena, request->remote);
	const char *owner = remote ? registrar_limit_network(remote, prefix4, prefix6, &request->arena) : NULL;
	struct store_limit limit = {.kind = kind, .owner = view_str(owner), .subject = view_str(owner), .note = view_str(owner)};
	if (is_off(request, kind) || !request->remote.len)
		return XICA_OK;
	return apply(txn, request, &limit, TAKE);
}

int registrar_limit_account(struct store_txn *txn, struct request *request)
{
	int error = limit_network(txn, request, STORE_LIMIT_ACCOUNTS_PER_ADDRESS, ADDRESS4, ADDRESS6);
	return error ? error : limit_network(txn, request, STORE_LIMIT_ACCOUNTS_PER_NETWORK, NETWORK4, NETWORK6);
}

// --- names

static struct store_limit failed_limit(int64_t account, const struct pki_identifier *identifier, struct arena *arena)
{
	const char *name = pki_identifier_text(identifier, arena);
	struct view owner = account_owner(account, arena);
	const char *subject = name && owner.ptr ? arena_printf(arena, "%.*s:%s", VIEW_FMT(owner), name) : NULL;
	return (struct store_limit){.kind = STORE_LIMIT_FAILED_VALIDATIONS, .owner = owner, .subject = view_str(subject), .note = view_str(name)};
}

int registrar_limit_validation(struct store_txn *txn, struct request *request, const struct pki_identifier *identifier)
{
	struct store_limit limit = failed_limit(request->account_id, identifier, &request->arena);
	return is_off(request, limit.kind) ? XICA_OK : apply(txn, request, &limit, LOOK);
}

int registrar_limit_failed(struct store_txn *txn, const struct registrar *registrar, int64_t account, const struct pki_identifier *identifier, struct arena *arena)
{
	struct store_limit limit = failed_limit(account, identifier, arena);
	limit.rate = registrar->config->rates[STORE_LIMIT_FAILED_VALIDATIONS];
	if (rate_is_none(&limit.rate))
		return XICA_OK;
	return limit.owner.ptr && limit.subject.ptr ? store_limit_count(txn, &limit, clock_now()) : XICA_ENOMEM;
}

static int take_names(struct store_txn *txn, struct request *request, const struct pki_identifier *identifiers, size_t count, const uint8_t names_hash[STORE_HASH_LEN])
{
	struct arena *arena = &request->arena;
	struct view owner = account_owner(request->account_id, arena);
	const char *first = pki_identifier_text(&identifiers[0], arena);
	cleanup_buf hash = BUF_INIT;
	if (is_off(request, STORE_LIMIT_ORDERS_PER_NAMES))
		return XICA_OK;
	hex_encode(&hash, view_bytes(names_hash, STORE_HASH_LEN));
	if (!first || !owner.ptr || !buf_cstr(&hash))
		return XICA_ENOMEM;
	const char *note = count > 1 ? arena_printf(arena, "%s and %zu more", first, count - 1) : first;
	struct store_limit limit = {.kind = STORE_LIMIT_ORDERS_PER_NAMES, .owner = owner, .note = view_str(note),
				    .subject = view_str(arena_printf(arena, "%.*s:%s", VIEW_FMT(owner), buf_cstr(&hash)))};
	return apply(txn, request, &limit, TAKE);
}

// --- domains

static bool is_among(const struct view *list, size_t count, struct view name)
{
	for (size_t i = 0; i < count; i++)
		if (view_equal(list[i], name))
			return true;
	return false;
}

// Each registrable domain of these names once.
static int limit_domains(struct store_txn *txn, struct request *request, const struct pki_identifier *identifiers, size_t count, enum how how)
{
	struct view *domains = arena_array(&request->arena, count + 1, sizeof(*domains));
	size_t seen = 0;
	if (is_off(request, STORE_LIMIT_CERTIFICATES_PER_DOMAIN))
		return XICA_OK;
	if (!domains)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct view domain;
		int error = pki_name_registrable(identifiers[i].value, &request->arena, &domain);
		if (error || is_among(domains, seen, domain)) {
			if (error)
				return error;
			continue;
		}
		domains[seen++] = domain;
		struct store_limit limit = {.kind = STORE_LIMIT_CERTIFICATES_PER_DOMAIN, .owner = domain, .subject = domain, .note = domain};
		if ((error = apply(txn, request, &limit, how)))
			return error;
	}
	return XICA_OK;
}

// --- what is asked for

int registrar_limit_authz(struct store_txn *txn, struct request *request)
{
	struct view owner = account_owner(request->account_id, &request->arena);
	struct store_limit limit = {.kind = STORE_LIMIT_ORDERS_PER_ACCOUNT, .owner = owner, .subject = owner};
	return is_off(request, limit.kind) ? XICA_OK : apply(txn, request, &limit, TAKE);
}

int registrar_limit_order(struct store_txn *txn, struct request *request, const struct pki_identifier *identifiers, size_t count,
			  const uint8_t names_hash[STORE_HASH_LEN], bool is_renewal)
{
	int error = registrar_limit_authz(txn, request);
	if (!error && !is_renewal)
		error = take_names(txn, request, identifiers, count, names_hash);
	if (!error && !is_renewal)
		error = limit_domains(txn, request, identifiers, count, LOOK);
	return error;
}

int registrar_limit_certificate(struct store_txn *txn, struct request *request, const struct store_order *order, const struct store_order_name *names, size_t count)
{
	struct pki_identifier *identifiers = arena_array(&request->arena, count + 1, sizeof(*identifiers));
	bool is_renewal = false;
	if (is_off(request, STORE_LIMIT_CERTIFICATES_PER_DOMAIN))
		return XICA_OK;
	if (!identifiers)
		return XICA_ENOMEM;
	int error = order->replaces.len ? registrar_renewal_is_due(txn, request, order->replaces, &is_renewal) : XICA_OK;
	if (error || is_renewal)
		return error;
	// An order is one certificate, however often it is finalized.
	error = store_order_count(txn, order->id);
	if (error)
		return error == XICA_ECONFLICT ? XICA_OK : error;
	for (size_t i = 0; i < count; i++)
		identifiers[i] = names[i].identifier;
	return limit_domains(txn, request, identifiers, count, TAKE);
}
