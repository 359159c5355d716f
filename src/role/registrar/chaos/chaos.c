#include "role/registrar/chaos/room.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/log.h"

enum { AGAIN_MS = 20, WAITS_MAX = 1000 }; // 20 s

static const char EAB_KID[] = "chaos";

static void tell_key(const struct registrar_chaos *chaos)
{
	cleanup_buf kinds = BUF_INIT, key = BUF_INIT;
	chaos_kinds_write(chaos->plan.kinds, &kinds);
	base64url_encode(&key, view_bytes(chaos->mac_key, sizeof(chaos->mac_key)));
	log_info("seed=%llu kinds=%s delay_ms=%u eab_kid=%s eab_hmac_key=%s chaos", (unsigned long long)chaos->plan.seed, buf_cstr(&kinds), chaos->plan.delay_ms,
		 EAB_KID, buf_cstr(&key));
}

int registrar_chaos_start(struct registrar *registrar)
{
	const struct config *config = registrar->config;
	if (!config->chaos_kinds)
		return XICA_OK;
	struct registrar_chaos *chaos = calloc(1, sizeof(*chaos));
	if (!chaos)
		return XICA_ENOMEM;
	registrar->chaos = chaos;
	int error = chaos_plan_make(config->chaos_kinds, config->chaos_seed, config->chaos_delay_ms, &chaos->plan);
	if (!error)
		error = chaos_dice_secret(&chaos->plan.dice, chaos->mac_key);
	if (!error)
		error = chaos_places_new(&chaos->places);
	if (!error)
		tell_key(chaos);
	return error;
}

void registrar_chaos_free(struct registrar *registrar)
{
	if (!registrar->chaos)
		return;
	chaos_places_free(registrar->chaos->places);
	free(registrar->chaos);
	registrar->chaos = NULL;
}

// --- the log

void registrar_chaos_tell(struct registrar *registrar, const struct chaos_request *at, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_info("chaos=%llu at=\"%s\" nth=%llu does=\"%s\" decided", (unsigned long long)++registrar->chaos->number, at->place->name,
		 (unsigned long long)at->decision.time, text);
}

bool registrar_chaos_tells(struct chaos_request *at, enum chaos_kind kind)
{
	bool first = !(at->told & kind);
	at->told |= kind;
	return first;
}

// --- where a request stands

static const char *const NAMES[] = {
	[ACME_NEW_ACCOUNT] = "newAccount", [ACME_ACCOUNT] = "account", [ACME_KEY_CHANGE] = "keyChange", [ACME_ORDERS] = "orders",
	[ACME_NEW_ORDER] = "newOrder", [ACME_ORDER] = "order", [ACME_FINALIZE] = "finalize", [ACME_NEW_AUTHZ] = "newAuthz", [ACME_AUTHZ] = "authz",
	[ACME_CHALLENGE] = "challenge", [ACME_CERTIFICATE] = "certificate", [ACME_REVOKE_CERT] = "revokeCert",
};

static const char *account_label(struct request *request)
{
	cleanup_buf id = BUF_INIT;
	if (!request->signed_by_account)
		return "";
	buf_addf(&id, "%lld", (long long)request->account_id);
	if (buf_error(&id))
		return "";
	registrar_chaos_call(request, "account", buf_view(&id), "account");
	return registrar_chaos_label(request, "account", buf_view(&id));
}

static const char *ordered_names(struct request *request)
{
	const struct config *config = request->registrar->config;
	const struct acme_name_policy policy = {config->lenient_names, config->order_names_max};
	struct acme_new_order asked;
	struct acme_problem problem;
	if (acme_parse_new_order(request->payload, &policy, &request->arena, &asked, &problem))
		return "";
	return registrar_chaos_names(request, asked.identifiers, asked.count);
}

static const char *label_of(struct request *request)
{
	switch (request->endpoint) {
	case ACME_NEW_ACCOUNT:
	case ACME_RENEWAL_INFO: return ""; // which is signed by nobody, and calm
	case ACME_NEW_ORDER: return ordered_names(request);
	case ACME_ORDER:
	case ACME_FINALIZE: return registrar_chaos_label(request, "order", request->object);
	case ACME_AUTHZ: return registrar_chaos_label(request, "authz", request->object);
	case ACME_CHALLENGE:
		return arena_printf(&request->arena, "%s %.*s", registrar_chaos_label(request, "authz", request->object), VIEW_FMT(request->object_part));
	case ACME_CERTIFICATE: return registrar_chaos_label(request, "certificate", request->object);
	case ACME_NEW_AUTHZ:
	case ACME_ACCOUNT:
	case ACME_ORDERS:
	case ACME_KEY_CHANGE:
	case ACME_REVOKE_CERT: return account_label(request);
	}
	return "";
}

static struct chaos_place *place_of(struct request *request)
{
	const char *label = label_of(request);
	const char *name = label ? arena_printf(&request->arena, "%s%s%s", NAMES[request->endpoint], *label ? " " : "", label) : NULL;
	return name ? chaos_places_at(request->registrar->chaos->places, name) : NULL;
}

// --- before the work

static void refuse(struct request *request, const struct chaos_decision *decision)
{
	switch (decision->refusal) {
	case CHAOS_REFUSAL_NONE: break;
	case CHAOS_REFUSAL_NONCE: (void)request_refuse(request, ACME_BAD_NONCE, "chaos: this nonce was good; take the one of this answer"); break;
	case CHAOS_REFUSAL_429:
		(void)request_refuse(request, ACME_RATE_LIMITED, "chaos: come again when Retry-After says");
		request->problem.retry_after = decision->retry_after;
		break;
	case CHAOS_REFUSAL_503:
		(void)request_refuse(request, ACME_SERVER_INTERNAL, "chaos: come again when Retry-After says");
		request->problem.status = 503;
		request->problem.retry_after = decision->retry_after;
		break;
	case CHAOS_REFUSAL_503_BARE:
		request->status = 503;
		request->retry_after = decision->retry_after;
		break;
	}
	request_reply(request);
}

static void go_on(evutil_socket_t fd, short what, void *context)
{
	struct request *request = context;
	(void)fd, (void)what;
	if (request->chaos->decision.refusal)
		refuse(request, &request->chaos->decision);
	else
		request_submit(request, request->work);
}

// Later, or where there is no memory for that, now.
static void go_on_in(struct request *request, unsigned ms)
{
	const struct timeval delay = {ms / 1000, ms % 1000 * 1000};
	if (!ms || event_base_once(request->registrar->role->base, -1, EV_TIMEOUT, go_on, request, &delay))
		go_on(-1, 0, request);
}

static void tell(struct request *request)
{
	struct registrar *registrar = request->registrar;
	const struct chaos_request *at = request->chaos;
	const struct chaos_decision *decision = &at->decision;
	if (decision->delay_ms)
		registrar_chaos_tell(registrar, at, "delay ms=%u", decision->delay_ms);
	if (decision->refusal == CHAOS_REFUSAL_NONCE)
		registrar_chaos_tell(registrar, at, "refuse as=badNonce");
	else if (decision->refusal)
		registrar_chaos_tell(registrar, at, "refuse as=%s retry-after=%u", chaos_refusal_text(decision->refusal), decision->retry_after);
	if (at->drop)
		registrar_chaos_tell(registrar, at, "drop");
	if (!decision->delay_ms && !decision->refusal && !at->drop)
		registrar_chaos_tell(registrar, at, "nothing");
}

void registrar_chaos_begin(struct request *request, request_work *work)
{
	struct registrar_chaos *chaos = request->registrar->chaos;
	struct chaos_request *at = arena_alloc(&request->arena, sizeof(*at));
	struct chaos_place *place = at ? place_of(request) : NULL;
	if (!place) {
		log_warning("request=%.*s no memory, or too many places: it is spared", VIEW_FMT(request->request_id));
		request_submit(request, work);
		return;
	}
	request->chaos = at;
	request->work = work;
	at->place = place;
	at->decision = chaos_decide(&chaos->plan, place);
	at->drop = request->endpoint == ACME_FINALIZE && chaos->plan.kinds & CHAOS_DROP && !at->decision.refusal &&
		   chaos_dice_happens(&chaos->plan.dice, "drop", place->name, at->decision.time, CHAOS_DROP_PERCENT);
	tell(request);
	go_on_in(request, at->decision.delay_ms);
}

bool registrar_chaos_again(struct request *request, int error)
{
	if (error != XICA_EAGAIN || !request->chaos)
		return false;
	request->chaos->waits++;
	go_on_in(request, AGAIN_MS);
	return true;
}

void registrar_chaos_reply(struct request *request, struct buf *message)
{
	const struct chaos_request *at = request->chaos;
	if (!at)
		return;
	if (at->drop)
		ipc_message_add_u64(message, IPC_DROP, 1);
	if (!request->retry_after || !at->decision.date || at->drop)
		return;
	ipc_message_add_u64(message, IPC_RETRY_DATE, 1);
	registrar_chaos_tell(request->registrar, at, "date");
}

// --- small things

size_t registrar_chaos_page(const struct registrar *registrar, size_t otherwise)
{
	return registrar->chaos && registrar->chaos->plan.kinds & CHAOS_PAGES ? 3 : otherwise;
}

bool registrar_chaos_mac_key(const struct registrar *registrar, struct view kid, struct view *ret_key)
{
	if (!registrar->chaos || !view_equal_str(kid, EAB_KID))
		return false;
	*ret_key = view_bytes(registrar->chaos->mac_key, sizeof(registrar->chaos->mac_key));
	return true;
}
