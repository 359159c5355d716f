#include "validate/xmpp_look.h"

#include <stdlib.h>

#include "validate/target.h"

static const char *const KINDS[] = {"_xmpp-server", "_xmpps-server", "_xmpp-client", "_xmpps-client"};

enum { KINDS_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

struct xmpp_look {
	const struct challenge_tools *tools;
	const char *domain;
	xmpp_look_done *done;
	void *context;
	struct xmpp_look_result result;
	size_t next_kind, next_sight; // of result.list
	struct target target;
	size_t next_address;
	struct xmpp_place_lookup *place;
	struct target_lookup *lookup;
	struct xmpp_talk *talk;
	struct event *limit;
	struct arena arena;
};

void xmpp_look_cancel(struct xmpp_look *look)
{
	if (!look)
		return;
	xmpp_place_cancel(look->place);
	target_lookup_cancel(look->lookup);
	xmpp_talk_cancel(look->talk);
	if (look->limit)
		event_free(look->limit);
	arena_free(&look->arena);
	free(look);
}

static void finish(struct xmpp_look *look)
{
	look->done(&look->result, look->context);
	xmpp_look_cancel(look);
}

static const char *keep(struct xmpp_look *look, const char *text)
{
	const char *kept = arena_strdup(&look->arena, view_str(text));
	return kept ? kept : "out of memory";
}

// --- the targets, one after the other

static void next_sight(struct xmpp_look *look);
static void next_address(struct xmpp_look *look);

static void on_seen(const struct xmpp_talk_seen *seen, void *context)
{
	struct xmpp_look *look = context;
	struct xmpp_sight *sight = &look->result.list[look->next_sight - 1];
	look->talk = NULL;
	sight->failure = seen->failure ? arena_printf(&look->arena, seen->answered ? "%s" : "can't be reached: %s", seen->failure) : NULL;
	if (!seen->answered) {
		next_address(look);
		return;
	}
	if (seen->certificate.len <= XMPP_LOOK_DER_MAX)
		sight->certificate = arena_copy(&look->arena, seen->certificate);
	if (seen->chain.len <= XMPP_LOOK_DER_MAX)
		sight->chain = arena_copy(&look->arena, seen->chain);
	sight->tls_version = seen->tls_version ? keep(look, seen->tls_version) : NULL;
	if (seen->features) {
		struct xmpp_features features;
		xmpp_features_read(seen->features, &features);
		sight->external = xmpp_features_has_mechanism(&features, "EXTERNAL");
	}
	next_sight(look);
}

static void next_address(struct xmpp_look *look)
{
	struct xmpp_sight *sight = &look->result.list[look->next_sight - 1];
	char text[ADDRESS_TEXT_LEN];
	if (look->next_address == look->target.count) {
		next_sight(look);
		return;
	}
	const struct xmpp_talk_request request = {.address = look->target.list[look->next_address++], .port = sight->port, .domain = look->domain,
						  .service = sight->srv->service, .direct_tls = sight->srv->direct_tls, .features = true};
	sight->address = keep(look, address_text(&request.address, text));
	if (xmpp_talk_start(look->tools, &request, on_seen, look, &look->talk)) {
		sight->failure = "can't be reached";
		next_address(look);
	}
}

static void on_target(const struct target *target, void *context)
{
	struct xmpp_look *look = context;
	look->lookup = NULL;
	look->target = *target;
	look->next_address = 0;
	if (!target->count)
		look->result.list[look->next_sight - 1].failure = arena_printf(&look->arena, "can't be found: %s", target->failure.detail);
	next_address(look);
}

static void next_sight(struct xmpp_look *look)
{
	if (look->next_sight == look->result.count) {
		finish(look);
		return;
	}
	struct xmpp_sight *sight = &look->result.list[look->next_sight++];
	if (target_lookup_start(look->tools, view_str(sight->host), on_target, look, &look->lookup)) {
		sight->failure = "is no host name";
		next_sight(look);
	}
}

// --- the records, one kind after the other

static int next_kind(struct xmpp_look *look);

static void add_sights(struct xmpp_look *look, const struct xmpp_srv *srv, const struct xmpp_place *place)
{
	for (size_t i = 0; i < place->count && look->result.count < XMPP_SIGHTS_MAX; i++)
		look->result.list[look->result.count++] = (struct xmpp_sight){.srv = srv, .host = keep(look, place->list[i].host),
			.port = place->list[i].port, .secure = place->secure};
}

static void on_place(const struct xmpp_place *place, void *context)
{
	struct xmpp_look *look = context;
	look->place = NULL;
	if (place->failure.problem != ACME_PROBLEM_NONE)
		look->result.failure = keep(look, place->failure.detail);
	add_sights(look, xmpp_srv_find(view_str(KINDS[look->next_kind - 1])), place);
	if (look->next_kind == KINDS_COUNT || next_kind(look))
		next_sight(look);
}

static int next_kind(struct xmpp_look *look)
{
	const struct xmpp_srv *srv = xmpp_srv_find(view_str(KINDS[look->next_kind++]));
	return xmpp_place_start(look->tools, srv, look->domain, on_place, look, &look->place);
}

static void on_limit(evutil_socket_t fd, short what, void *context)
{
	struct xmpp_look *look = context;
	(void)fd, (void)what;
	for (size_t i = look->next_sight ? look->next_sight - 1 : 0; i < look->result.count; i++)
		if (!look->result.list[i].certificate.len && !look->result.list[i].failure)
			look->result.list[i].failure = "was not come to in time";
	finish(look);
}

int xmpp_look_start(const struct challenge_tools *tools, struct view domain, xmpp_look_done *done, void *context, struct xmpp_look **ret_look)
{
	static const struct timeval LIMIT = {.tv_sec = XMPP_LOOK_TIMEOUT};
	struct xmpp_look *look = calloc(1, sizeof(*look));
	if (!look)
		return XICA_ENOMEM;
	*look = (struct xmpp_look){.tools = tools, .done = done, .context = context};
	look->domain = arena_strdup(&look->arena, domain);
	look->limit = evtimer_new(tools->base, on_limit, look);
	int error = look->domain && look->limit && !event_add(look->limit, &LIMIT) ? next_kind(look) : XICA_ENOMEM;
	if (error) {
		xmpp_look_cancel(look);
		return error;
	}
	*ret_look = look;
	return XICA_OK;
}
