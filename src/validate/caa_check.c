#include "validate/caa_check.h"

#include <stdlib.h>

struct caa_check {
	struct dns_resolver *resolver;
	bool wildcard;
	struct caa_policy policy;
	challenge_done *done;
	void *context;
	struct view name;        // where we are on the way up
	struct dns_query *query;
	struct arena arena;
};

static void on_answer(const struct dns_answer *answer, void *context);

void caa_check_cancel(struct caa_check *check)
{
	if (!check)
		return;
	dns_query_cancel(check->query);
	arena_free(&check->arena);
	free(check);
}

static void finish(struct caa_check *check, enum acme_problem_type problem, const char *detail)
{
	struct challenge_outcome outcome = {problem, detail ? detail : "out of memory"};
	check->done(&outcome, check->context);
	caa_check_cancel(check);
}

static void decide(struct caa_check *check, const struct dns_answer *answer)
{
	const char *why = NULL;
	int error = caa_decide(answer->records, answer->count, check->wildcard, &check->policy, &check->arena, &why);
	if (!error)
		finish(check, ACME_PROBLEM_NONE, arena_printf(&check->arena, "CAA records at %.*s allow it", VIEW_FMT(check->name)));
	else if (error == XICA_EDENIED)
		finish(check, ACME_CAA, arena_printf(&check->arena, "CAA records at %.*s forbid this CA to issue: %s", VIEW_FMT(check->name), why));
	else
		finish(check, ACME_SERVER_INTERNAL, xica_strerror(error));
}

// RFC 8659 §3: the parent is next; the root has no say.
static void climb(struct caa_check *check)
{
	size_t dot = view_index(check->name, '.', 0);
	if (dot == SIZE_MAX) {
		finish(check, ACME_PROBLEM_NONE, "no CAA records");
		return;
	}
	check->name = view_sub(check->name, dot + 1, SIZE_MAX);
	int error = dns_query_start(check->resolver, check->name, DNS_CAA, on_answer, check, &check->query);
	if (error)
		finish(check, ACME_SERVER_INTERNAL, xica_strerror(error));
}

static void on_answer(const struct dns_answer *answer, void *context)
{
	struct caa_check *check = context;
	check->query = NULL;
	switch (answer->outcome) {
	case DNS_FOUND: decide(check, answer); return;
	case DNS_NO_DATA:
	case DNS_NO_NAME: climb(check); return;
	case DNS_BOGUS:
	case DNS_FAILED: break;
	}
	finish(check, ACME_DNS, arena_printf(&check->arena, "looking up the CAA records of %.*s failed: %s", VIEW_FMT(check->name), answer->why));
}

int caa_check_start(struct dns_resolver *resolver, const struct pki_identifier *identifier, const struct caa_policy *policy,
		    challenge_done *done, void *context, struct caa_check **ret_check)
{
	struct caa_check *check = calloc(1, sizeof(*check));
	if (!check)
		return XICA_ENOMEM;
	*check = (struct caa_check){.resolver = resolver, .wildcard = identifier->wildcard, .policy = *policy, .done = done, .context = context};
	check->name = arena_copy(&check->arena, identifier->value);
	int error = check->name.ptr ? dns_query_start(resolver, check->name, DNS_CAA, on_answer, check, &check->query) : XICA_ENOMEM;
	if (error) {
		caa_check_cancel(check);
		return error;
	}
	*ret_check = check;
	return XICA_OK;
}
