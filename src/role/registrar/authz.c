// Authorizations and their challenges: made, reused, shown, deactivated, answered (RFC 8555 §7.1.4, §7.4.1, §7.5).
#include "base/base64url.h"
#include "role/registrar/chaos/chaos.h"
#include "role/registrar/blocked.h"
#include "role/registrar/email.h"
#include "role/registrar/limits.h"

#include <string.h>

enum { TOKEN_BYTES = 32 }; // RFC 8555 §8: at least 128 bits

static enum acme_status authz_status(const struct store_authz *authz, xica_time now)
{
	switch (authz->status) {
	case STORE_AUTHZ_PENDING: return authz->expires <= now ? ACME_INVALID : ACME_PENDING;
	case STORE_AUTHZ_VALID: return authz->expires <= now ? ACME_EXPIRED : ACME_VALID;
	case STORE_AUTHZ_INVALID: return ACME_INVALID;
	case STORE_AUTHZ_DEACTIVATED: return ACME_DEACTIVATED;
	case STORE_AUTHZ_EXPIRED: return ACME_EXPIRED;
	case STORE_AUTHZ_REVOKED: return ACME_REVOKED;
	}
	return ACME_INVALID;
}

static enum acme_status challenge_status(enum store_challenge_status status)
{
	switch (status) {
	case STORE_CHALLENGE_PENDING: return ACME_PENDING;
	case STORE_CHALLENGE_PROCESSING: return ACME_PROCESSING;
	case STORE_CHALLENGE_VALID: return ACME_VALID;
	case STORE_CHALLENGE_INVALID: return ACME_INVALID;
	}
	return ACME_INVALID;
}

static int view_challenge(struct store_txn *txn, struct request *request, const struct pki_identifier *identifier, const struct store_challenge *row,
			  struct acme_challenge_view *ret_view)
{
	*ret_view = (struct acme_challenge_view){
		.type = arena_strdup(&request->arena, row->type),
		.url = acme_url_challenge(&request->arena, request_base(request), row->authz, row->type),
		.status = challenge_status(row->status),
		.token = row->token,
		.validated = row->validated,
		.error = row->error,
	};
	if (!ret_view->type || !ret_view->url)
		return XICA_ENOMEM;
	if (view_equal_str(row->type, receipt_method_text(RECEIPT_DNS_PERSIST_01))) {
		const struct config *config = request->registrar->config;
		ret_view->token = VIEW_NONE; // it has none
		ret_view->issuer_names = config->caa_identities;
		ret_view->issuer_name_count = config_issuer_name_count(config);
	}
	return registrar_is_email(row->type) ? registrar_email_show(txn, request, identifier, row, ret_view) : XICA_OK;
}

static int show_authz(struct store_txn *txn, struct request *request, const struct store_authz *authz, unsigned status)
{
	struct store_challenge *rows;
	size_t count;
	int error = store_challenge_list(txn, authz->id, &request->arena, &rows, &count);
	if (error)
		return error;
	struct acme_challenge_view *views = arena_array(&request->arena, count, sizeof(*views));
	if (!views)
		return XICA_ENOMEM;
	bool processing = false;
	for (size_t i = 0; i < count; i++) {
		if ((error = view_challenge(txn, request, &authz->identifier, &rows[i], &views[i])))
			return error;
		processing = processing || rows[i].status == STORE_CHALLENGE_PROCESSING;
	}
	struct acme_authz_view shown = {authz_status(authz, request->now), authz->expires, &authz->identifier, views, count, authz->subdomains};
	request->status = status;
	request->retry_after = processing ? 1 : 0;
	struct chaos_shown_authz chaotic = {authz, rows, count, views, &shown.status};
	if ((error = registrar_chaos_authz(request, &chaotic)))
		return error;
	request->location = acme_url_authz(&request->arena, request_base(request), authz->id);
	return request->location ? acme_authz_write(&shown, &request->body) : XICA_ENOMEM;
}

// The ways to prove control, in the order in which clients see them.
static const struct way {
	const char *name;
	enum receipt_method method;
} WAYS[] = {
	{"http-01", RECEIPT_HTTP_01}, {"dns-01", RECEIPT_DNS_01}, {"tls-alpn-01", RECEIPT_TLS_ALPN_01},
	{"xmpp-01", RECEIPT_XMPP_01}, {"xmpp-tls-01", RECEIPT_XMPP_TLS_01}, {EMAIL01_NAME, RECEIPT_EMAIL_01},
	{"dns-account-01", RECEIPT_DNS_ACCOUNT_01}, {"dns-persist-01", RECEIPT_DNS_PERSIST_01},
};

enum { WAYS_COUNT = sizeof(WAYS) / sizeof(WAYS[0]) };

// A wildcard is proven in the DNS alone (RFC 8555 §8.3, RFC 8737 §3). So is a service, but for its own servers: a host that answers for the domain's
// name may be anybody's (draft-lebihan-srv-identifier-validation-extension).
static bool is_offered(const struct config *config, const struct pki_profile *profile, const struct pki_identifier *identifier, bool subdomains,
		       const struct way *way)
{
	bool xmpp = way->method == RECEIPT_XMPP_01 || way->method == RECEIPT_XMPP_TLS_01;
	if (!config_offers(config, way->method))
		return false;
	if (way->method == RECEIPT_DNS_01)
		return true;
	if (way->method == RECEIPT_DNS_ACCOUNT_01 || way->method == RECEIPT_DNS_PERSIST_01)
		return identifier->type == PKI_IDENTIFIER_DNS;
	if (identifier->wildcard || subdomains) // who answers for a host doesn't answer for its zone
		return false;
	return identifier->type == PKI_IDENTIFIER_SRV ? xmpp : config_method_suffices(config, profile, identifier, way->method);
}

static int set_tokens(struct store_challenge *challenges, size_t count, struct arena *arena)
{
	uint8_t bytes[WAYS_COUNT][TOKEN_BYTES];
	int error = crypto_random(bytes, sizeof(bytes));
	for (size_t i = 0; !error && i < count; i++) {
		cleanup_buf text = BUF_INIT;
		base64url_encode(&text, view_bytes(bytes[i], TOKEN_BYTES));
		challenges[i].token = arena_copy(arena, buf_view(&text));
		error = challenges[i].token.ptr ? XICA_OK : XICA_ENOMEM;
	}
	return error;
}

static int make_authz(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct pki_identifier *identifier,
		      bool subdomains, struct store_authz *ret_authz)
{
	struct store_challenge challenges[WAYS_COUNT] = {0};
	size_t count = 0;
	struct store_authz authz = {.account = request->account_id, .identifier = *identifier, .subdomains = subdomains, .status = STORE_AUTHZ_PENDING,
				    .created = request->now,
				    .expires = request->now + request->registrar->config->authorization_pending_lifetime};
	int error = registrar_limit_validation(txn, request, identifier);
	if (error)
		return error;
	for (size_t i = 0; i < WAYS_COUNT; i++)
		if (is_offered(request->registrar->config, profile, identifier, subdomains, &WAYS[i]))
			challenges[count++].type = view_str(WAYS[i].name);
	if ((error = set_tokens(challenges, count, &request->arena)) || (error = store_authz_insert(txn, &authz, challenges, count, &authz.id)))
		return error;
	*ret_authz = authz;
	return XICA_OK;
}

// What was or can be proven by it, is it enough for this profile?
static int suits(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct store_authz *authz, bool *ret_suits)
{
	const struct config *config = request->registrar->config;
	struct store_receipt receipt;
	struct store_challenge *challenges;
	size_t count;
	int error;
	*ret_suits = true;
	if (authz->status == STORE_AUTHZ_VALID) {
		if ((error = store_receipt_get(txn, authz->id, RECEIPT_CONTROL, &request->arena, &receipt)))
			return error == XICA_ENOTFOUND ? XICA_OK : error; // whoever issues will miss it
		*ret_suits = config_method_suffices(config, profile, &authz->identifier, receipt.method);
		return XICA_OK;
	}
	if ((error = store_challenge_list(txn, authz->id, &request->arena, &challenges, &count)))
		return error;
	for (size_t i = 0; i < count; i++)
		for (size_t w = 0; w < WAYS_COUNT; w++)
			if (view_equal_str(challenges[i].type, WAYS[w].name))
				*ret_suits &= config_method_suffices(config, profile, &authz->identifier, WAYS[w].method);
	return XICA_OK;
}

// An authorization that there is already, in this status. XICA_ENOTFOUND: none that suits.
static int find_authz(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct pki_identifier *identifier, bool subdomains,
		      enum store_authz_status status, struct store_authz *ret_authz)
{
	bool suited = false;
	int error = store_authz_find_scope(txn, request->account_id, identifier, subdomains, status, request->now, &request->arena, ret_authz);
	if (!error)
		error = suits(txn, request, profile, ret_authz, &suited);
	return error || suited ? error : XICA_ENOTFOUND;
}

// So many levels up at most: each is a look-up, for each name of a request.
int registrar_authz_above(struct store_txn *txn, const struct request *request, const struct pki_identifier *identifier, struct arena *arena,
			  struct store_authz *ret_authz)
{
	enum { LEVELS_MAX = 16 };
	struct pki_identifier above = *identifier;
	struct store_authz found;
	size_t dot;
	if (!request->registrar->config->subdomains || identifier->type != PKI_IDENTIFIER_DNS || identifier->wildcard)
		return XICA_ENOTFOUND;
	for (unsigned level = 0; level < LEVELS_MAX && (dot = view_index(above.value, '.', 0)) != SIZE_MAX; level++) {
		above.value = view_sub(above.value, dot + 1, SIZE_MAX);
		int error = store_authz_find_scope(txn, request->account_id, &above, true, STORE_AUTHZ_VALID, request->now, arena, &found);
		if (error && error != XICA_ENOTFOUND)
			return error;
		if (!error && pki_ancestor_covers(above.value, identifier->value)) {
			*ret_authz = found;
			return XICA_OK;
		}
	}
	return XICA_ENOTFOUND;
}

static int find_above(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct registrar_wish *wish,
		      struct store_authz *ret_authz)
{
	struct pki_identifier named = wish->identifier;
	bool suited = false;
	named.value = wish->ancestor;
	int error = wish->ancestor.len && request->registrar->config->subdomains && !named.wildcard && pki_ancestor_covers(named.value, wish->identifier.value)
			    ? store_authz_find_scope(txn, request->account_id, &named, true, STORE_AUTHZ_VALID, request->now, &request->arena, ret_authz)
			    : XICA_ENOTFOUND;
	if (error == XICA_ENOTFOUND)
		error = registrar_authz_above(txn, request, &wish->identifier, &request->arena, ret_authz);
	if (!error)
		error = suits(txn, request, profile, ret_authz, &suited);
	return error || suited ? error : XICA_ENOTFOUND;
}

static int find_valid(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct registrar_wish *wish,
		      struct store_authz *ret_authz)
{
	int error = find_authz(txn, request, profile, &wish->identifier, true, STORE_AUTHZ_VALID, ret_authz);
	if (error == XICA_ENOTFOUND && !wish->subdomains)
		error = find_authz(txn, request, profile, &wish->identifier, false, STORE_AUTHZ_VALID, ret_authz);
	return error == XICA_ENOTFOUND && !wish->subdomains ? find_above(txn, request, profile, wish, ret_authz) : error;
}

// What is to be proven where nothing is yet: the name, or the domain above it that is named, as far as that may stand for it.
static void choose_proof(const struct request *request, const struct registrar_wish *wish, struct pki_identifier *identifier, bool *subdomains)
{
	bool offered = request->registrar->config->subdomains && wish->identifier.type == PKI_IDENTIFIER_DNS && !wish->identifier.wildcard;
	*identifier = wish->identifier;
	*subdomains = offered && wish->subdomains && pki_ancestor_may(wish->identifier.value);
	if (!offered || !wish->ancestor.len || !pki_ancestor_covers(wish->ancestor, wish->identifier.value))
		return;
	identifier->value = wish->ancestor;
	*subdomains = true;
}

int registrar_authz_for(struct store_txn *txn, struct request *request, const struct pki_profile *profile, const struct registrar_wish *wish,
			struct store_authz *ret_authz)
{
	struct pki_identifier identifier;
	bool subdomains;
	int error = find_valid(txn, request, profile, wish, ret_authz);
	if (error != XICA_ENOTFOUND)
		return error;
	choose_proof(request, wish, &identifier, &subdomains);
	error = find_authz(txn, request, profile, &identifier, subdomains, STORE_AUTHZ_PENDING, ret_authz);
	return error == XICA_ENOTFOUND ? make_authz(txn, request, profile, &identifier, subdomains, ret_authz) : error;
}

int request_new_authz(struct store_txn *txn, struct request *request)
{
	const struct config *config = request->registrar->config;
	const struct acme_name_policy policy = {config->lenient_names, config->order_names_max};
	struct acme_new_authz asked;
	struct store_authz authz;
	int error = acme_parse_new_authz(request->payload, &policy, &request->arena, &asked, &request->problem);
	if (error)
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	const struct registrar_wish wish = {.identifier = asked.identifier, .subdomains = asked.subdomains && config->subdomains &&
		asked.identifier.type == PKI_IDENTIFIER_DNS && pki_ancestor_may(asked.identifier.value)};
	if ((error = registrar_blocked_names(txn, request, &asked.identifier, 1)) || (error = registrar_limit_authz(txn, request)) ||
	    (error = registrar_authz_for(txn, request, config_profile(config, VIEW_NONE), &wish, &authz)))
		return error;
	return show_authz(txn, request, &authz, 201);
}

static int deactivate(struct store_txn *txn, struct request *request, struct store_authz *authz)
{
	struct acme_problem problem = {.type = ACME_UNAUTHORIZED, .detail = "an authorization of this order was deactivated"};
	cleanup_buf text = BUF_INIT;
	if (authz->status != STORE_AUTHZ_PENDING && authz->status != STORE_AUTHZ_VALID)
		return request_refuse(request, ACME_MALFORMED, "only a pending or valid authorization can be deactivated");
	int error = acme_problem_write(&problem, &text);
	if (error || (error = store_authz_change(txn, authz->id, authz->status, STORE_AUTHZ_DEACTIVATED, 0)) ||
	    (error = registrar_orders_follow(txn, authz->id, false, buf_view(&text), &request->arena)))
		return error;
	authz->status = STORE_AUTHZ_DEACTIVATED;
	return XICA_OK;
}

int request_authz(struct store_txn *txn, struct request *request)
{
	struct store_authz authz;
	bool want_deactivation = false;
	int64_t id;
	if (acme_url_parse_id(request->object, &id))
		return request_not_found(request);
	int error = request_found(request, store_authz_get(txn, request->account_id, id, &request->arena, &authz));
	if (error)
		return error;
	if (request->payload.len && (error = acme_parse_authz_update(request->payload, &want_deactivation, &request->problem)))
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	if (want_deactivation && (error = deactivate(txn, request, &authz)))
		return error;
	return show_authz(txn, request, &authz, 200);
}

static int show_challenge_of(struct store_txn *txn, struct request *request, const struct store_authz *authz)
{
	struct store_challenge challenge;
	struct acme_challenge_view shown;
	int error = store_challenge_get(txn, authz->id, request->object_part, &request->arena, &challenge);
	if (error || (error = view_challenge(txn, request, &authz->identifier, &challenge, &shown)) ||
	    (error = request_add_link(request, acme_url_authz(&request->arena, request_base(request), authz->id), "up")))
		return error;
	request->retry_after = challenge.status == STORE_CHALLENGE_PROCESSING ? 1 : 0;
	struct chaos_shown_authz chaotic = {authz, &challenge, 1, &shown, NULL};
	if ((error = registrar_chaos_authz(request, &chaotic)))
		return error;
	return acme_challenge_write(&shown, &request->body);
}

struct answered { // request->state while a proof that it began is under way
	struct store_authz authz;
	struct store_challenge challenge;
};

static int show_challenge(struct store_txn *txn, struct request *request)
{
	const struct answered *answered = request->state;
	return show_challenge_of(txn, request, &answered->authz);
}

static void show_proof(struct store_txn *txn, void *context)
{
	request_join(txn, context, show_challenge);
}

// The client waits no longer: what it is told now must hold after a crash.
static int show_processing(struct store_txn *txn, struct request *request)
{
	int error = store_challenge_process(txn, request->target, request->object_part);
	return error && error != XICA_ECONFLICT ? error : show_challenge(txn, request);
}

static void proof_settled(void *context, bool recorded)
{
	request_settle(context, recorded, recorded ? show_challenge : show_processing);
}

static void start_proof(struct request *request)
{
	const struct answered *answered = request->state;
	const struct registrar_proof_subject subject = {&answered->authz, &answered->challenge, &request->account};
	const struct registrar_proof_asker asker = {show_proof, proof_settled, request};
	registrar_proof_start(request->registrar, &subject, request->request_id, &asker);
}

static int proof_is_next(struct request *request, const struct store_authz *authz, const struct store_challenge *challenge)
{
	struct answered *answered = arena_alloc(&request->arena, sizeof(*answered));
	if (!answered)
		return XICA_ENOMEM;
	*answered = (struct answered){*authz, *challenge};
	request->state = answered;
	request->then = start_proof;
	return XICA_OK;
}

// RFC 8555 §7.5.1: the first answer starts the proof, and any later one reads how it stands.
static int answer_challenge(struct store_txn *txn, struct request *request, const struct store_authz *authz, struct store_challenge *challenge)
{
	bool email = registrar_is_email(challenge->type);
	int error = email ? XICA_OK : acme_parse_challenge(request->payload, &request->problem);
	if (error)
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	if (challenge->status != STORE_CHALLENGE_PENDING)
		return XICA_OK;
	if (authz_status(authz, request->now) != ACME_PENDING)
		return request_refuse(request, ACME_MALFORMED,
				      arena_printf(&request->arena, "the authorization is %s; its challenges can't be answered any more",
						   acme_status_text(authz_status(authz, request->now))));
	if (email)
		return registrar_email_answer(txn, request, authz, challenge);
	bool under_way = registrar_proof_is_under_way(request->registrar, authz->id, challenge->type); // and another request waits for it
	if ((error = under_way ? XICA_OK : registrar_limit_validation(txn, request, &authz->identifier)))
		return error;
	if (under_way || request->chaos) // chaos counts what polls hear of it
		error = store_challenge_process(txn, authz->id, challenge->type);
	if (error || under_way)
		return error;
	registrar_chaos_answered(request, authz);
	return proof_is_next(request, authz, challenge);
}

int request_challenge(struct store_txn *txn, struct request *request)
{
	struct store_authz authz;
	struct store_challenge challenge;
	int64_t id;
	if (acme_url_parse_id(request->object, &id))
		return request_not_found(request);
	int error = request_found(request, store_authz_get(txn, request->account_id, id, &request->arena, &authz));
	if (error || (error = request_found(request, store_challenge_get(txn, id, request->object_part, &request->arena, &challenge))))
		return error;
	if (request->payload.len && (error = answer_challenge(txn, request, &authz, &challenge)))
		return error;
	request->target = id;
	return request->then == start_proof ? XICA_OK : show_challenge_of(txn, request, &authz);
}
