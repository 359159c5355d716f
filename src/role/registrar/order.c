// Orders: made and shown (RFC 8555 §7.1.3, §7.4).
#include "base/hex.h"
#include "pki/names_hash.h"
#include "role/registrar/chaos/chaos.h"
#include "role/registrar/blocked.h"
#include "role/registrar/email.h"
#include "role/registrar/limits.h"

enum { START_TOLERANCE = XICA_DAY, REVIEW_PATIENCE = 60 };

enum acme_status registrar_order_status(const struct store_order *order, xica_time now)
{
	bool unfinished = order->status == STORE_ORDER_PENDING || order->status == STORE_ORDER_READY;
	if (unfinished && order->expires <= now)
		return ACME_INVALID;
	switch (order->status) {
	case STORE_ORDER_PENDING: return ACME_PENDING;
	case STORE_ORDER_READY: return ACME_READY;
	case STORE_ORDER_PROCESSING: return ACME_PROCESSING;
	case STORE_ORDER_VALID: return ACME_VALID;
	case STORE_ORDER_INVALID: return ACME_INVALID;
	}
	return ACME_INVALID;
}

// Did an earlier name have the same authorization?
static bool is_listed(const struct store_order_name *names, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (names[i].authz.id == names[at].authz.id)
			return true;
	return false;
}

// Without a request of its account; who waits for a proof or a letter may be told of it later, or by another front, than whoever reads the authorization.
static bool changes_by_itself(const struct request *request, const struct store_authz *authz)
{
	const struct registrar *registrar = request->registrar;
	return authz->expires <= request->now + REQUEST_AHEAD_S || registrar_authz_is_being_proven(registrar, authz->id) ||
	       registrar_letter_is_under_way(registrar, authz->id);
}

// A client reads the authorizations of an order that it has just made, and the certificate of one that is valid. Of many only the first are looked at.
static int say_ahead(struct store_txn *txn, struct request *request, const struct store_order *order, const struct store_authz *authzs, const char *const *urls, size_t count)
{
	cleanup_buf serial = BUF_INIT;
	int error = XICA_OK;
	for (size_t i = 0; !error && request->endpoint == ACME_NEW_ORDER && i < count && i < REQUEST_AHEAD_MAX; i++) {
		if (changes_by_itself(request, &authzs[i]))
			continue;
		const char *id = arena_printf(&request->arena, "%lld", (long long)authzs[i].id);
		error = id ? request_say_ahead(txn, request, request_authz, urls[i], view_str(id)) : XICA_ENOMEM;
	}
	if (error || order->status != STORE_ORDER_VALID)
		return error;
	const char *url = acme_url_certificate(&request->arena, request_base(request), order->serial, 0);
	hex_encode(&serial, order->serial);
	if (!url || buf_error(&serial))
		return XICA_ENOMEM;
	return request_say_ahead(txn, request, request_certificate, url, buf_view(&serial));
}

static int write_order(struct store_txn *txn, struct request *request, const struct store_order *order, const struct store_order_name *names, size_t count)
{
	struct arena *arena = &request->arena;
	const char *base = request_base(request);
	struct pki_identifier *identifiers = arena_array(arena, count, sizeof(*identifiers));
	struct store_authz *authzs = arena_array(arena, count, sizeof(*authzs));
	const char **urls = arena_array(arena, count, sizeof(*urls));
	size_t authz_count = 0;
	if (!identifiers || !authzs || !urls)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		identifiers[i] = names[i].identifier;
		if (is_listed(names, i))
			continue;
		authzs[authz_count] = names[i].authz;
		if (!(urls[authz_count++] = acme_url_authz(arena, base, names[i].authz.id)))
			return XICA_ENOMEM;
	}
	struct acme_order_view shown = {
		.status = registrar_order_status(order, request->now),
		.expires = order->expires, .not_before = order->not_before, .not_after = order->not_after,
		.identifiers = identifiers, .identifier_count = count,
		.authorization_urls = urls, .authorization_count = authz_count,
		.finalize_url = acme_url_finalize(arena, base, order->id),
		.certificate_url = order->serial.len ? acme_url_certificate(arena, base, order->serial, 0) : NULL,
		.profile = arena_strdup(arena, order->profile),
		.error = order->error,
	};
	int error = order->replaces.len ? registrar_replaces_text(txn, request, order->replaces, &shown.replaces) : XICA_OK;
	if (error)
		return error;
	request->location = acme_url_order(arena, base, order->id);
	if (!shown.finalize_url || !shown.profile || !request->location)
		return XICA_ENOMEM;
	struct chaos_shown_order chaotic = {order->id, order->serial, authzs, identifiers, urls, count, authz_count};
	error = registrar_chaos_order(txn, request, &chaotic, &shown);
	if (error)
		return error;
	if (shown.status == ACME_PROCESSING)
		request->retry_after = order->review == STORE_REVIEW_WAITS ? REVIEW_PATIENCE : 1;
	error = acme_order_write(&shown, &request->body);
	return error ? error : say_ahead(txn, request, order, authzs, urls, authz_count);
}

int request_show_order(struct store_txn *txn, struct request *request, int64_t id, unsigned status)
{
	struct store_order order;
	struct store_order_name *names;
	size_t count;
	int error = request_found(request, store_order_get(txn, request->account_id, id, &request->arena, &order));
	if (error || (error = store_authz_order_names(txn, id, &request->arena, &names, &count)))
		return error;
	request->status = status;
	return write_order(txn, request, &order, names, count);
}

int request_order(struct store_txn *txn, struct request *request)
{
	int64_t id;
	if (acme_url_parse_id(request->object, &id))
		return request_not_found(request);
	return request_show_order(txn, request, id, 200);
}

// What can't be had by the profile: where the client named that, it is the wrong one (draft-ietf-acme-profiles-00 §4).
static enum acme_problem_type misfit(const struct acme_new_order *asked, enum acme_problem_type otherwise)
{
	return asked->profile ? ACME_INVALID_PROFILE : otherwise;
}

// What the signer would refuse at finalize is refused now.
static int check_with_signers_eyes(struct request *request, const struct pki_profile *profile, const struct acme_new_order *asked)
{
	xica_time from, to, issuer_end = request->registrar->ca.issuers[0].not_after;
	int error = pki_profile_validity(profile, request->now, issuer_end, asked->not_before, asked->not_after, &from, &to);
	return error == XICA_ERANGE ? request_refuse(request, ACME_MALFORMED, "these dates are beyond the profile's bounds, or the issuer's own end") : error;
}

static int check_validity(struct request *request, const struct pki_profile *profile, const struct acme_new_order *asked)
{
	xica_time from = asked->not_before ? asked->not_before : request->now - profile->backdate;
	xica_time to = asked->not_after ? asked->not_after : from + profile->validity - 1;
	xica_time span = to - from + 1;
	if (!asked->not_before && !asked->not_after)
		return XICA_OK;
	if (from < request->now - profile->backdate || from > request->now + START_TOLERANCE)
		return request_refuse(request, ACME_MALFORMED, "notBefore must be between now and a day from now");
	if (span < profile->validity_min || span > profile->validity_max)
		return request_refuse(request, misfit(asked, ACME_MALFORMED),
				      arena_printf(&request->arena, "certificates of profile %s are valid for %lld to %lld seconds; these dates ask for %lld",
						   profile->name, (long long)profile->validity_min, (long long)profile->validity_max, (long long)span));
	return check_with_signers_eyes(request, profile, asked);
}

// Finds or makes an authorization for each name. ready: all of them are valid already; expires: the order's, never after theirs.
static int gather_authzs(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct acme_new_order *asked,
			 struct store_order_name *names, bool *ret_ready, xica_time *expires)
{
	bool ready = true;
	for (size_t i = 0; i < asked->count; i++) {
		const struct registrar_wish wish = {asked->identifiers[i], acme_new_order_ancestor(asked, &asked->identifiers[i]), false};
		struct store_authz authz;
		int error = registrar_authz_for(txn, request, profile, &wish, &authz);
		if (error)
			return error;
		names[i] = (struct store_order_name){.identifier = asked->identifiers[i], .authz = authz,
						     .below = !view_equal(authz.identifier.value, asked->identifiers[i].value)};
		ready = ready && authz.status == STORE_AUTHZ_VALID;
		if (authz.expires < *expires)
			*expires = authz.expires;
	}
	*ret_ready = ready;
	return XICA_OK;
}

static int insert_order(struct store_txn *txn, struct request *request, struct store_order *order, const struct store_order_name *names, size_t count)
{
	int64_t *ids = arena_array(&request->arena, count, sizeof(*ids));
	if (!ids)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		ids[i] = names[i].authz.id;
	int error = store_order_insert(txn, order, ids, count, &order->id);
	for (size_t i = 0; !error && i < count; i++)
		error = names[i].below ? store_authz_order_below(txn, order->id, i, names[i].identifier.value) : XICA_OK;
	return error;
}

// And shows it.
static int make_order(struct store_txn *txn, struct request *request, const struct acme_new_order *asked, struct store_order *order)
{
	struct store_order_name *names = arena_array(&request->arena, asked->count, sizeof(*names));
	bool ready;
	if (!names)
		return XICA_ENOMEM;
	order->expires = request->now + request->registrar->config->order_lifetime;
	int error = gather_authzs(txn, request, config_profile(request->registrar->config, order->profile), asked, names, &ready, &order->expires);
	if (error)
		return error;
	order->status = ready ? STORE_ORDER_READY : STORE_ORDER_PENDING;
	if ((error = insert_order(txn, request, order, names, asked->count)))
		return error;
	request->status = 201;
	return write_order(txn, request, order, names, asked->count);
}

int request_new_order(struct store_txn *txn, struct request *request)
{
	const struct config *config = request->registrar->config;
	const struct acme_name_policy policy = {config->lenient_names, config->order_names_max};
	struct acme_new_order asked;
	struct store_order order = {.account = request->account_id, .created = request->now}, found;
	struct registrar_renewed renewed = {0};
	int error = acme_parse_new_order(request->payload, &policy, &request->arena, &asked, &request->problem);
	if (error)
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	const struct pki_profile *profile = registrar_chaos_profile(request, &asked, config_profile(config, view_str(asked.profile)));
	if (!profile)
		return request_refuse(request, ACME_INVALID_PROFILE,
				      arena_printf(&request->arena, "there is no profile \"%.64s\"; the directory lists those that are", asked.profile));
	struct pki_site site = config_site(config);
	struct pki_sans sans;
	const char *why = NULL;
	error = pki_profile_names(profile, &site, asked.identifiers, asked.count, &request->arena, &sans, &why);
	if (error == XICA_EDENIED)
		return request_refuse(request, misfit(&asked, ACME_REJECTED_IDENTIFIER), why);
	if (error || (error = registrar_blocked_names(txn, request, asked.identifiers, asked.count)) || (error = check_validity(request, profile, &asked)) ||
	    (error = pki_names_hash(asked.identifiers, asked.count, order.names_hash)))
		return error;
	if (asked.replaces.len && (error = registrar_replaces(txn, request, &asked, &renewed)))
		return error;
	order.profile = view_str(profile->name);
	order.not_before = asked.not_before;
	order.not_after = asked.not_after;
	order.replaces = renewed.serial;
	error = store_order_find_reusable(txn, &order, request->now, &request->arena, &found);
	if (!error)
		return request_show_order(txn, request, found.id, 201);
	if (error != XICA_ENOTFOUND || (error = registrar_replace(txn, request, order.replaces)) ||
	    (error = registrar_limit_order(txn, request, asked.identifiers, asked.count, order.names_hash, renewed.is_due)))
		return error;
	return make_order(txn, request, &asked, &order);
}
