#include "dns/resolver.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>

#include "dns/name.h"
#include "dns/unbound.h"

enum { SECURITY_BOGUS = 1, SECURITY_SECURE = 2, WHY_MAX = 200 };

struct dns_resolver {
	struct event_base *base;
	struct ub_ctx *ctx;     // NULL: every name has the one address below
	uint8_t address[16];
	size_t address_len;     // 4 or 16
};

struct dns_query {
	struct dns_resolver *resolver;
	struct view name;
	enum dns_type type;
	dns_done *done;
	void *context;
	struct event *event;    // the time limit; made active when the answer is there, so that done is always called from the loop
	int id;                 // libunbound's
	bool asked, answered;
	struct dns_answer answer;
	struct arena arena;
};

static int set_address(struct dns_resolver *resolver, const char *text, struct buf *why)
{
	if (inet_pton(AF_INET, text, resolver->address) == 1)
		resolver->address_len = 4;
	else if (inet_pton(AF_INET6, text, resolver->address) == 1)
		resolver->address_len = 16;
	else
		buf_addf(why, "\"%s\" is no address", text);
	return resolver->address_len ? XICA_OK : XICA_EINVAL;
}

int dns_resolver_new(struct event_base *base, const struct dns_options *options, struct dns_resolver **ret_resolver, struct buf *why)
{
	struct dns_resolver *resolver = calloc(1, sizeof(*resolver));
	if (!resolver)
		return XICA_ENOMEM;
	resolver->base = base;
	int error = options->resolve_all ? set_address(resolver, options->resolve_all, why)
					 : dns_unbound_new(base, options->server, options->trust_anchor, &resolver->ctx, why);
	if (error) {
		free(resolver);
		return error;
	}
	*ret_resolver = resolver;
	return XICA_OK;
}

void dns_resolver_free(struct dns_resolver *resolver)
{
	if (!resolver)
		return;
	if (resolver->ctx)
		ub_ctx_delete(resolver->ctx);
	free(resolver);
}

static void fail(struct dns_query *query, enum dns_outcome outcome, const char *why)
{
	query->answer = (struct dns_answer){.outcome = outcome, .owner = (const char *)query->name.ptr, .why = why};
}

// libunbound's reason, without the server's address (that is ours, not the applicant's) and without surprises.
static const char *bogus_text(const char *reason, struct arena *arena)
{
	const char *from = reason ? strstr(reason, " from ") : NULL;
	size_t len = from ? (size_t)(from - reason) : reason ? strnlen(reason, WHY_MAX) : 0;
	char *text = arena_printf(arena, "bogus: %.*s", len > WHY_MAX ? WHY_MAX : (int)len, reason ? reason : "");
	for (char *c = text; c && *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	return text && len ? text : "bogus: DNSSEC signatures don't verify";
}

static void take_records(struct dns_query *query, struct view packet, bool secure)
{
	struct dns_records records;
	struct view copy = arena_copy(&query->arena, packet);
	int error = copy.ptr ? dns_packet_read(copy, query->name, query->type, &query->arena, &records) : XICA_ENOMEM;
	if (error)
		return fail(query, DNS_FAILED, error == XICA_ENOMEM ? "out of memory" : "malformed answer");
	if (records.rcode != DNS_NOERROR && records.rcode != DNS_NXDOMAIN)
		return fail(query, DNS_FAILED, dns_rcode_text(records.rcode, &query->arena));
	query->answer = (struct dns_answer){.outcome = DNS_FOUND, .secure = secure, .owner = records.owner, .records = records.list, .count = records.count};
	if (records.count)
		return;
	query->answer.outcome = records.rcode == DNS_NXDOMAIN ? DNS_NO_NAME : DNS_NO_DATA;
	query->answer.why = records.rcode == DNS_NXDOMAIN ? "no such domain" : "no such record";
}

static void on_unbound(void *context, int rcode, void *packet, int len, int security, char *why_bogus, int limited)
{
	struct dns_query *query = context;
	(void)limited;
	query->answered = true;
	if (rcode != DNS_NOERROR || !packet || len <= 0)
		fail(query, DNS_FAILED, rcode ? dns_rcode_text((unsigned)rcode, &query->arena) : "no answer");
	else if (security == SECURITY_BOGUS)
		fail(query, DNS_BOGUS, bogus_text(why_bogus, &query->arena));
	else
		take_records(query, view_bytes(packet, (size_t)len), security == SECURITY_SECURE);
	event_active(query->event, EV_TIMEOUT, 0);
}

static void query_free(struct dns_query *query)
{
	if (query->asked && !query->answered)
		(void)ub_cancel(query->resolver->ctx, query->id);
	if (query->event)
		event_free(query->event);
	arena_free(&query->arena);
	free(query);
}

static void on_event(evutil_socket_t fd, short what, void *context)
{
	struct dns_query *query = context;
	(void)fd, (void)what;
	if (!query->answered)
		fail(query, DNS_FAILED, "timed out");
	query->done(&query->answer, query->context);
	query_free(query);
}

// Every name has the one address, and nothing else.
static void answer_statically(struct dns_query *query)
{
	const struct dns_resolver *resolver = query->resolver;
	bool fits = (query->type == DNS_A && resolver->address_len == 4) || (query->type == DNS_AAAA && resolver->address_len == 16);
	struct view *record = arena_array(&query->arena, 1, sizeof(*record));
	query->answered = true;
	if (!record) {
		fail(query, DNS_FAILED, "out of memory");
	} else if (fits) {
		*record = view_bytes(resolver->address, resolver->address_len);
		query->answer = (struct dns_answer){.outcome = DNS_FOUND, .owner = (const char *)query->name.ptr, .records = record, .count = 1};
	} else {
		fail(query, DNS_NO_DATA, "no such record");
	}
	event_active(query->event, EV_TIMEOUT, 0);
}

static int ask(struct dns_query *query)
{
	static const struct timeval LIMIT = {.tv_sec = DNS_QUERY_TIMEOUT};
	if (!query->resolver->ctx) {
		answer_statically(query);
		return XICA_OK;
	}
	if (event_add(query->event, &LIMIT))
		return XICA_ENOMEM;
	if (ub_resolve_event(query->resolver->ctx, (const char *)query->name.ptr, (int)query->type, 1, query, on_unbound, &query->id))
		return XICA_ENOMEM;
	query->asked = true;
	return XICA_OK;
}

int dns_query_start(struct dns_resolver *resolver, struct view name, enum dns_type type, dns_done *done, void *context,
		    struct dns_query **ret_query)
{
	if (!dns_name_is_askable(name))
		return XICA_EINVAL;
	struct dns_query *query = calloc(1, sizeof(*query));
	if (!query)
		return XICA_ENOMEM;
	*query = (struct dns_query){.resolver = resolver, .type = type, .done = done, .context = context};
	query->name = view_str(arena_strdup(&query->arena, name));
	query->event = evtimer_new(resolver->base, on_event, query);
	int error = query->name.ptr && query->event ? ask(query) : XICA_ENOMEM;
	if (error) {
		query_free(query);
		return error;
	}
	*ret_query = query;
	return XICA_OK;
}

void dns_query_cancel(struct dns_query *query)
{
	if (query)
		query_free(query);
}
