// What clients are shown of orders and authorizations while there is chaos.
#include "role/registrar/chaos/room.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum { WAITS_MAX = 1000 }; // for what a proof comes to: 20 seconds, and then it is shown as it stands

// --- names

static int compare_identifiers(const void *a, const void *b)
{
	return pki_identifier_compare(a, b);
}

const char *registrar_chaos_names(struct request *request, const struct pki_identifier *identifiers, size_t count)
{
	struct pki_identifier *sorted = arena_array(&request->arena, count + 1, sizeof(*sorted));
	const char *names = "";
	if (!sorted)
		return NULL;
	memcpy(sorted, identifiers, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_identifiers);
	for (size_t i = 0; names && i < count; i++) {
		const char *name = pki_identifier_text(&sorted[i], &request->arena);
		names = name ? arena_printf(&request->arena, "%s%s%s", names, i ? "," : "", name) : NULL;
	}
	return names;
}

static struct chaos_place *object_of(struct request *request, const char *kind, struct view id)
{
	const char *name = arena_printf(&request->arena, "(%s %.*s)", kind, VIEW_FMT(id));
	return name ? chaos_places_at(request->registrar->chaos->places, name) : NULL;
}

struct chaos_place *registrar_chaos_object(struct request *request, const char *kind, int64_t id)
{
	return object_of(request, kind, view_str(arena_printf(&request->arena, "%lld", (long long)id)));
}

const char *registrar_chaos_label(struct request *request, const char *kind, struct view id)
{
	const struct chaos_place *object = object_of(request, kind, id);
	const char *otherwise = arena_strdup(&request->arena, id);
	return object && object->label ? object->label : otherwise ? otherwise : "";
}

// The how-manieth of that kind and name this is, is counted when it is first seen.
void registrar_chaos_call(struct request *request, const char *kind, struct view id, const char *name)
{
	struct chaos_place *object = object_of(request, kind, id);
	const char *counter_name = name ? arena_printf(&request->arena, "(%s of %s)", kind, name) : NULL;
	if (!object || object->label || !counter_name)
		return;
	struct chaos_place *counter = chaos_places_at(request->registrar->chaos->places, counter_name);
	const char *label = counter ? arena_printf(&request->arena, "%s#%llu", name, (unsigned long long)++counter->times) : NULL;
	if (label && chaos_place_call(object, label))
		counter->times--;
}

static void call_authz(struct request *request, const struct store_authz *authz)
{
	registrar_chaos_call(request, "authz", view_str(arena_printf(&request->arena, "%lld", (long long)authz->id)),
			     pki_identifier_text(&authz->identifier, &request->arena));
}

// The certificate is called as its order.
static void call_certificate(struct request *request, struct view serial, const struct chaos_place *order)
{
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial);
	struct chaos_place *object = serial.len && order && !buf_error(&hex) ? object_of(request, "certificate", buf_view(&hex)) : NULL;
	if (object && order->label && chaos_place_call(object, order->label))
		return; // no memory: it goes by its serial
}

// --- polls

static unsigned draw_polls(const struct registrar_chaos *chaos, const char *what, const char *label)
{
	return chaos->plan.kinds & CHAOS_PROCESSING ? chaos_dice_roll(&chaos->plan.dice, what, label, 0, CHAOS_POLLS_MOST + 1) : 0;
}

// One more poll, if this request is one. True: it is still to hear "processing".
static bool is_put_off(struct chaos_place *object, bool polls)
{
	if (!object || !object->polls)
		return false;
	object->polls -= polls;
	return true;
}

// A request polls once, however often its work is done.
static bool polls(struct request *request)
{
	struct chaos_request *at = request->chaos;
	bool reads = request->endpoint == ACME_ORDER || request->endpoint == ACME_AUTHZ || (request->endpoint == ACME_CHALLENGE && !at->answers);
	bool first = reads && !at->counted;
	at->counted = true;
	return first;
}

static bool may_wait(const struct request *request)
{
	return request->chaos->waits < WAITS_MAX && !request->registrar->stopping;
}

static bool is_under_way(const struct store_challenge *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].status == STORE_CHALLENGE_PROCESSING)
			return true;
	return false;
}

void registrar_chaos_answered(struct request *request, const struct store_authz *authz)
{
	if (!request->chaos)
		return;
	request->chaos->answers = true;
	call_authz(request, authz);
	struct chaos_place *object = registrar_chaos_object(request, "authz", authz->id);
	if (!object || !object->label)
		return;
	object->polls = draw_polls(request->registrar->chaos, "challenge", object->label);
	if (registrar_chaos_tells(request->chaos, CHAOS_PROCESSING) && object->polls)
		registrar_chaos_tell(request->registrar, request->chaos, "processing polls=%u", object->polls);
}

// --- authorizations

static void shuffle_challenges(struct request *request, struct chaos_shown_authz *shown)
{
	const struct registrar_chaos *chaos = request->registrar->chaos;
	size_t *order = arena_array(&request->arena, shown->count + 1, sizeof(*order));
	struct acme_challenge_view *views = arena_array(&request->arena, shown->count + 1, sizeof(*views));
	if (!(chaos->plan.kinds & CHAOS_SHUFFLE) || !order || !views)
		return;
	chaos_dice_shuffle(&chaos->plan.dice, "challenges", request->chaos->place->name, request->chaos->decision.time, order, shown->count);
	memcpy(views, shown->challenges, shown->count * sizeof(*views));
	for (size_t i = 0; i < shown->count; i++)
		shown->challenges[i] = views[order[i]];
	if (shown->count > 1 && registrar_chaos_tells(request->chaos, CHAOS_SHUFFLE))
		registrar_chaos_tell(request->registrar, request->chaos, "shuffle first=%s", shown->challenges[0].type);
}

// As before the outcome was known.
static void put_off(struct chaos_shown_authz *shown)
{
	for (size_t i = 0; i < shown->count; i++) {
		struct acme_challenge_view *view = &shown->challenges[i];
		if (view->status != ACME_VALID && view->status != ACME_INVALID)
			continue;
		view->status = ACME_PROCESSING;
		view->validated = 0;
		view->error = VIEW_NONE;
	}
	if (shown->status && (*shown->status == ACME_VALID || *shown->status == ACME_INVALID))
		*shown->status = ACME_PENDING;
}

int registrar_chaos_authz(struct request *request, struct chaos_shown_authz *shown)
{
	if (!request->chaos)
		return XICA_OK;
	call_authz(request, shown->authz);
	struct chaos_place *object = registrar_chaos_object(request, "authz", shown->authz->id);
	bool late = is_put_off(object, polls(request));
	if (late || request->chaos->answers) { // whoever has just answered a challenge hears "processing", however quick the proof was
		put_off(shown);
		request->retry_after = 1;
	} else if (is_under_way(shown->rows, shown->count) && may_wait(request)) {
		return XICA_EAGAIN;
	}
	shuffle_challenges(request, shown);
	return XICA_OK;
}

// --- orders

static void shuffle_order(struct request *request, struct chaos_shown_order *order)
{
	const struct registrar_chaos *chaos = request->registrar->chaos;
	const char *place = request->chaos->place->name;
	uint64_t time = request->chaos->decision.time;
	size_t *places = arena_array(&request->arena, order->count + 1, sizeof(*places));
	struct pki_identifier *identifiers = arena_array(&request->arena, order->count + 1, sizeof(*identifiers));
	const char **urls = arena_array(&request->arena, order->count + 1, sizeof(*urls));
	if (!(chaos->plan.kinds & CHAOS_SHUFFLE) || order->count < 2 || !places || !identifiers || !urls)
		return;
	memcpy(identifiers, order->identifiers, order->count * sizeof(*identifiers));
	memcpy(urls, order->urls, order->authz_count * sizeof(*urls));
	chaos_dice_shuffle(&chaos->plan.dice, "identifiers", place, time, places, order->count);
	for (size_t i = 0; i < order->count; i++)
		order->identifiers[i] = identifiers[places[i]];
	chaos_dice_shuffle(&chaos->plan.dice, "authorizations", place, time, places, order->authz_count);
	for (size_t i = 0; i < order->authz_count; i++)
		order->urls[i] = urls[places[i]];
	if (registrar_chaos_tells(request->chaos, CHAOS_SHUFFLE))
		registrar_chaos_tell(request->registrar, request->chaos, "shuffle place=%zu", places[0]);
}

// XICA_EAGAIN: an authorization is being proven whose outcome the client is to hear now.
static int wait_for_authzs(struct store_txn *txn, struct request *request, const struct store_authz *authzs, size_t count)
{
	bool under_way = false;
	for (size_t i = 0; i < count; i++) {
		struct store_challenge *rows;
		size_t row_count;
		call_authz(request, &authzs[i]);
		if (authzs[i].status != STORE_AUTHZ_PENDING || is_put_off(registrar_chaos_object(request, "authz", authzs[i].id), false))
			continue;
		int error = store_challenge_list(txn, authzs[i].id, &request->arena, &rows, &row_count);
		if (error)
			return error;
		under_way = under_way || is_under_way(rows, row_count);
	}
	return under_way && may_wait(request) ? XICA_EAGAIN : XICA_OK;
}

int registrar_chaos_order(struct store_txn *txn, struct request *request, struct chaos_shown_order *order, struct acme_order_view *shown)
{
	bool authz_put_off = false;
	if (!request->chaos)
		return XICA_OK;
	registrar_chaos_call(request, "order", view_str(arena_printf(&request->arena, "%lld", (long long)order->id)),
			     registrar_chaos_names(request, order->identifiers, order->count));
	struct chaos_place *object = registrar_chaos_object(request, "order", order->id);
	call_certificate(request, order->serial, object);
	int error = wait_for_authzs(txn, request, order->authzs, order->authz_count);
	if (error)
		return error;
	bool poll = polls(request);
	for (size_t i = 0; i < order->authz_count; i++)
		authz_put_off |= is_put_off(registrar_chaos_object(request, "authz", order->authzs[i].id), poll);
	if (authz_put_off && (shown->status == ACME_READY || shown->status == ACME_INVALID)) {
		shown->status = ACME_PENDING;
		shown->error = VIEW_NONE;
	}
	if (shown->status == ACME_VALID && is_put_off(object, poll)) {
		shown->status = ACME_PROCESSING;
		shown->certificate_url = NULL;
	}
	shuffle_order(request, order);
	return XICA_OK;
}
