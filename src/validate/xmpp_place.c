#include "validate/xmpp_place.h"

#include <stdlib.h>
#include <string.h>

#include "dns/srv.h"

static const struct xmpp_srv SERVICES[] = {
	{"_xmpps-server", XMPP_SERVER, true, 0},
	{"_xmpp-server", XMPP_SERVER, false, 5269},
	{"_xmpps-client", XMPP_CLIENT, true, 0},
	{"_xmpp-client", XMPP_CLIENT, false, 5222},
};

const struct xmpp_srv *xmpp_srv_find(struct view name)
{
	for (size_t i = 0; i < sizeof(SERVICES) / sizeof(SERVICES[0]); i++)
		if (view_equal_str(name, SERVICES[i].name))
			return &SERVICES[i];
	return NULL;
}

struct xmpp_place_lookup {
	const struct challenge_tools *tools;
	const struct xmpp_srv *srv;
	const char *domain;
	xmpp_place_done *done;
	void *context;
	struct dns_query *query;
	struct arena arena;
};

void xmpp_place_cancel(struct xmpp_place_lookup *lookup)
{
	if (!lookup)
		return;
	dns_query_cancel(lookup->query);
	arena_free(&lookup->arena);
	free(lookup);
}

static int by_preference(const void *a, const void *b)
{
	return dns_srv_compare(a, b);
}

static unsigned fallback_port(const struct xmpp_place_lookup *lookup)
{
	unsigned own = lookup->srv->service == XMPP_SERVER ? lookup->tools->xmpp_server_port : lookup->tools->xmpp_client_port;
	return lookup->srv->fallback_port ? own : 0;
}

// RFC 2782: one record whose target is the root says that the service is decidedly not available.
static void take_records(struct xmpp_place_lookup *lookup, const struct dns_answer *answer, struct xmpp_place *place)
{
	struct dns_srv *list = arena_array(&lookup->arena, answer->count + 1, sizeof(*list));
	size_t count = 0;
	if (!list) {
		place->failure = (struct challenge_outcome){ACME_SERVER_INTERNAL, xica_strerror(XICA_ENOMEM)};
		return;
	}
	for (size_t i = 0; i < answer->count; i++)
		if (!dns_srv_read(answer->records[i], &lookup->arena, &list[count]) && *list[count].target && list[count].port)
			count++;
	qsort(list, count, sizeof(*list), by_preference);
	for (size_t i = 0; i < count && i < XMPP_ENDPOINTS_MAX; i++)
		place->list[place->count++] = (struct xmpp_endpoint){list[i].target, list[i].port, list[i].priority};
}

static void on_answer(const struct dns_answer *answer, void *context)
{
	struct xmpp_place_lookup *lookup = context;
	struct xmpp_place place = {.secure = answer->secure};
	lookup->query = NULL;
	switch (answer->outcome) {
	case DNS_FOUND:
		take_records(lookup, answer, &place);
		break;
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		if (fallback_port(lookup))
			place.list[place.count++] = (struct xmpp_endpoint){lookup->domain, fallback_port(lookup), 0};
		break;
	case DNS_BOGUS:
	case DNS_FAILED:
		place.failure = (struct challenge_outcome){ACME_DNS, arena_printf(&lookup->arena, "looking up the SRV record at %s._tcp.%s failed: %s",
										  lookup->srv->name, lookup->domain, answer->why)};
		break;
	}
	lookup->done(&place, lookup->context);
	xmpp_place_cancel(lookup);
}

// It will stand in a stream's header: nothing but letters, digits, hyphens and dots may, whoever asks.
static bool is_domain(const char *domain)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	return !pki_identifier_parse_dns(view_str(domain), true, &arena, &identifier, &fault) && !identifier.wildcard &&
	       view_equal_str(identifier.value, domain);
}

int xmpp_place_start(const struct challenge_tools *tools, const struct xmpp_srv *srv, const char *domain, xmpp_place_done *done, void *context,
		     struct xmpp_place_lookup **ret_lookup)
{
	struct xmpp_place_lookup *lookup = is_domain(domain) ? calloc(1, sizeof(*lookup)) : NULL;
	if (!lookup)
		return is_domain(domain) ? XICA_ENOMEM : XICA_EINVAL;
	*lookup = (struct xmpp_place_lookup){.tools = tools, .srv = srv, .done = done, .context = context};
	lookup->domain = arena_strdup(&lookup->arena, view_str(domain));
	const char *name = arena_printf(&lookup->arena, "%s._tcp.%s", srv->name, domain);
	int error = lookup->domain && name ? dns_query_start(tools->resolver, view_str(name), DNS_SRV, on_answer, lookup, &lookup->query) : XICA_ENOMEM;
	if (error) {
		xmpp_place_cancel(lookup);
		return error;
	}
	*ret_lookup = lookup;
	return XICA_OK;
}
