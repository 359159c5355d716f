#include "validate/target.h"

#include <stdlib.h>

enum { PER_FAMILY = TARGET_ADDRESSES_MAX / 2 };

struct family {
	struct target_lookup *lookup;
	enum dns_type type;
	struct dns_query *query;  // NULL: answered
	enum dns_outcome outcome;
	const char *why;
	struct address list[PER_FAMILY];
	size_t count;
	const char *refused;      // the first address that may not be dialled, in words
};

struct target_lookup {
	const struct challenge_tools *tools;
	const char *host;
	target_done *done;
	void *context;
	struct family families[2]; // AAAA, A
	struct arena arena;
};

void target_lookup_cancel(struct target_lookup *lookup)
{
	if (!lookup)
		return;
	for (size_t i = 0; i < 2; i++)
		dns_query_cancel(lookup->families[i].query);
	arena_free(&lookup->arena);
	free(lookup);
}

static void keep_address(struct family *family, struct view rdata)
{
	struct address address;
	char text[ADDRESS_TEXT_LEN];
	size_t want = family->type == DNS_A ? 4 : 16;
	if (rdata.len != want || address_from_rdata(rdata, &address))
		return;
	const char *refusal = address_refusal(&address, family->lookup->tools->networks);
	if (!refusal && family->count < PER_FAMILY)
		family->list[family->count++] = address;
	else if (refusal && !family->refused)
		family->refused = arena_printf(&family->lookup->arena, "%s is %s", address_text(&address, text), refusal);
}

static struct challenge_outcome failed_lookup(struct target_lookup *lookup, const struct family *family)
{
	return (struct challenge_outcome){ACME_DNS, arena_printf(&lookup->arena, "looking up the %s record of %s failed: %s",
								 family->type == DNS_A ? "A" : "AAAA", lookup->host, family->why)};
}

static struct challenge_outcome explain(struct target_lookup *lookup)
{
	struct family *families = lookup->families;
	for (size_t i = 0; i < 2; i++)
		if (families[i].outcome == DNS_BOGUS)
			return failed_lookup(lookup, &families[i]);
	for (size_t i = 0; i < 2; i++)
		if (families[i].refused)
			return (struct challenge_outcome){ACME_CONNECTION, arena_printf(&lookup->arena, "the address of %s can't be used: %s",
											lookup->host, families[i].refused)};
	for (size_t i = 0; i < 2; i++)
		if (families[i].outcome == DNS_FAILED)
			return failed_lookup(lookup, &families[i]);
	bool no_name = families[0].outcome == DNS_NO_NAME && families[1].outcome == DNS_NO_NAME;
	return (struct challenge_outcome){ACME_DNS, arena_printf(&lookup->arena, no_name ? "%s doesn't exist (the zone answered NXDOMAIN)"
		: "%s has no address (neither an A nor an AAAA record)", lookup->host)};
}

static void finish(struct target_lookup *lookup)
{
	struct target target = {.count = 0};
	bool bogus = false;
	for (size_t i = 0; i < 2; i++) {
		const struct family *family = &lookup->families[i];
		bogus |= family->outcome == DNS_BOGUS;
		for (size_t n = 0; n < family->count; n++)
			target.list[target.count++] = family->list[n];
	}
	if (bogus) // somebody lies about this name: nothing that is said of it counts
		target.count = 0;
	if (!target.count)
		target.failure = explain(lookup);
	lookup->done(&target, lookup->context);
	target_lookup_cancel(lookup);
}

static void on_answer(const struct dns_answer *answer, void *context)
{
	struct family *family = context;
	struct target_lookup *lookup = family->lookup;
	family->query = NULL;
	family->outcome = answer->outcome;
	family->why = answer->why ? arena_strdup(&lookup->arena, view_str(answer->why)) : NULL;
	for (size_t i = 0; i < answer->count; i++)
		keep_address(family, answer->records[i]);
	if (!lookup->families[0].query && !lookup->families[1].query)
		finish(lookup);
}

int target_lookup_start(const struct challenge_tools *tools, struct view host, target_done *done, void *context,
			struct target_lookup **ret_lookup)
{
	static const enum dns_type TYPES[] = {DNS_AAAA, DNS_A};
	struct target_lookup *lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		return XICA_ENOMEM;
	*lookup = (struct target_lookup){.tools = tools, .done = done, .context = context};
	lookup->host = arena_strdup(&lookup->arena, host);
	int error = lookup->host ? XICA_OK : XICA_ENOMEM;
	for (size_t i = 0; !error && i < 2; i++) {
		struct family *family = &lookup->families[i];
		family->lookup = lookup;
		family->type = TYPES[i];
		error = dns_query_start(tools->resolver, host, TYPES[i], on_answer, family, &family->query);
	}
	if (error) {
		target_lookup_cancel(lookup);
		return error;
	}
	*ret_lookup = lookup;
	return XICA_OK;
}
