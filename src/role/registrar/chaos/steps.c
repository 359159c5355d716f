// What chaos does at the steps between a ready order and its certificate.
#include "role/registrar/chaos/room.h"

static bool happens(const struct request *request, enum chaos_kind kind, const char *what, unsigned percent)
{
	const struct chaos_plan *plan = &request->registrar->chaos->plan;
	return plan->kinds & kind && chaos_dice_happens(&plan->dice, what, request->chaos->place->name, request->chaos->decision.time, percent);
}

// One of the order's authorizations has just come to its end: the order with it (RFC 8555 §7.1.6), as with any that waited for too long.
static int expire(struct store_txn *txn, struct request *request, const struct store_authz *authz)
{
	const struct acme_problem why = {.type = ACME_UNAUTHORIZED, .detail = "chaos: an authorization of this order has expired"};
	cleanup_buf text = BUF_INIT;
	const char *name = pki_identifier_text(&authz->identifier, &request->arena);
	int error = acme_problem_write(&why, &text);
	if (error || (error = store_authz_change(txn, authz->id, STORE_AUTHZ_VALID, STORE_AUTHZ_EXPIRED, request->now)) ||
	    (error = registrar_orders_follow(txn, authz->id, false, buf_view(&text), &request->arena)))
		return error;
	if (registrar_chaos_tells(request->chaos, CHAOS_EXPIRE))
		registrar_chaos_tell(request->registrar, request->chaos, "expire identifier=%s", name ? name : "");
	(void)request_refuse(request, ACME_ORDER_NOT_READY, "chaos: the order is invalid, since an authorization of it has expired: make a new order");
	return XICA_OK; // it is the outcome, and stays
}

static void draw_polls(struct request *request, int64_t order)
{
	const struct chaos_plan *plan = &request->registrar->chaos->plan;
	struct chaos_place *object = registrar_chaos_object(request, "order", order);
	if (!(plan->kinds & CHAOS_PROCESSING) || !object || !registrar_chaos_tells(request->chaos, CHAOS_PROCESSING))
		return;
	object->polls = chaos_dice_roll(&plan->dice, "order", request->chaos->place->name, request->chaos->decision.time, CHAOS_POLLS_MOST + 1);
	if (object->polls)
		registrar_chaos_tell(request->registrar, request->chaos, "processing polls=%u", object->polls);
}

int registrar_chaos_finalize(struct store_txn *txn, struct request *request, int64_t order, const struct store_order_name *names, size_t count, bool *ret_over)
{
	if (!request->chaos)
		return XICA_OK;
	for (size_t i = 0; i < count; i++) {
		const struct chaos_place *object = registrar_chaos_object(request, "authz", names[i].authz.id);
		if (object && object->polls)
			return request_refuse(request, ACME_ORDER_NOT_READY, "the order is pending; only a ready one can be finalized");
	}
	if (count && happens(request, CHAOS_EXPIRE, "expire", CHAOS_EXPIRE_PERCENT)) {
		*ret_over = true;
		return expire(txn, request, &names[0].authz);
	}
	draw_polls(request, order);
	return XICA_OK;
}

const struct pki_profile *registrar_chaos_profile(struct request *request, const struct acme_new_order *asked, const struct pki_profile *otherwise)
{
	const struct config *config = request->registrar->config;
	struct pki_site site = config_site(config);
	struct pki_sans sans;
	const char *why;
	if (!request->chaos || asked->profile || !(request->registrar->chaos->plan.kinds & CHAOS_PROFILE))
		return otherwise;
	const struct pki_profile **fit = arena_array(&request->arena, config->profile_count + 1, sizeof(*fit));
	unsigned count = 0;
	for (size_t i = 0; fit && i < config->profile_count; i++)
		if (!pki_profile_names(&config->profiles[i], &site, asked->identifiers, asked->count, &request->arena, &sans, &why))
			fit[count++] = &config->profiles[i];
	if (!count)
		return otherwise;
	const struct pki_profile *chosen = fit[chaos_dice_roll(&request->registrar->chaos->plan.dice, "profile", request->chaos->place->name,
							       request->chaos->decision.time, count)];
	if (registrar_chaos_tells(request->chaos, CHAOS_PROFILE))
		registrar_chaos_tell(request->registrar, request->chaos, "profile name=%s", chosen->name);
	return chosen;
}

// The same for all requests about one certificate: an alternate's URL must go on to mean the same chain.
size_t registrar_chaos_chain(const struct request *request, size_t chain, size_t count)
{
	if (!request->chaos || !(request->registrar->chaos->plan.kinds & CHAOS_CHAINS))
		return chain;
	unsigned first = chaos_dice_roll(&request->registrar->chaos->plan.dice, "chain", request->chaos->place->name, 0, (unsigned)count);
	if (chain == 0 && registrar_chaos_tells(request->chaos, CHAOS_CHAINS))
		registrar_chaos_tell(request->registrar, request->chaos, "chain default=%u of=%zu", first, count);
	return (chain + first) % count;
}
