// newOrder and newAuthz: which identifiers are asked for (RFC 8555 §7.4, §7.4.1).
#include "acme/payload.h"

#include <stdlib.h>

#include "acme/payload_json.h"

static int parse_name(struct view type, struct view text, const struct acme_name_policy *policy, struct arena *arena,
		      struct pki_identifier *ret, enum pki_name_fault *fault)
{
	if (view_equal_str(type, "dns"))
		return pki_identifier_parse_dns(text, policy->lenient, arena, ret, fault);
	if (view_equal_str(type, "srv"))
		return pki_identifier_parse_srv(text, policy->lenient, arena, ret, fault);
	return XICA_EUNSUPPORTED;
}

static int parse_identifier(const json_t *json, const struct acme_name_policy *policy, struct arena *arena,
			    struct pki_identifier *ret, struct acme_problem *problem)
{
	const json_t *type = json_object_get(json, "type"), *value = json_object_get(json, "value");
	enum pki_name_fault fault = PKI_NAME_OK;
	if (!json_is_string(type) || !json_is_string(value))
		return payload_json_malformed(problem, "an identifier must have a type and a value, both strings");
	int error = parse_name(view_bytes(json_string_value(type), json_string_length(type)),
			       view_bytes(json_string_value(value), json_string_length(value)), policy, arena, ret, &fault);
	if (error == XICA_EUNSUPPORTED)
		return payload_json_refuse(problem, ACME_UNSUPPORTED_IDENTIFIER,
					   arena_printf(arena, "identifiers of type \"%.32s\" are not offered here; \"dns\" and \"srv\" are",
							json_string_value(type)));
	if (error == XICA_EPARSE)
		return payload_json_refuse(problem, ACME_REJECTED_IDENTIFIER,
					   arena_printf(arena, "\"%.253s\": %s", json_string_value(value), pki_name_fault_text(fault)));
	return error;
}

// The words of the request outlive its JSON.
static int name_culprit(const json_t *item, struct arena *arena, struct acme_problem *problem)
{
	problem->identifier_type = arena_strdup(arena, view_str(json_string_value(json_object_get(item, "type"))));
	problem->identifier_value = arena_strdup(arena, view_str(json_string_value(json_object_get(item, "value"))));
	return problem->identifier_type && problem->identifier_value ? XICA_OK : XICA_ENOMEM;
}

static int compare_identifiers(const void *a, const void *b)
{
	return pki_identifier_compare(a, b);
}

// Sorted, each once: a client that names one twice means it once.
static void canonicalize(struct acme_new_order *order)
{
	size_t kept = 0;
	qsort(order->identifiers, order->count, sizeof(*order->identifiers), compare_identifiers);
	for (size_t i = 0; i < order->count; i++)
		if (!kept || pki_identifier_compare(&order->identifiers[kept - 1], &order->identifiers[i]) != 0)
			order->identifiers[kept++] = order->identifiers[i];
	order->count = kept;
}

// Above the name, or the request makes no sense. Whether that domain may stand for it is policy, and somebody else's to say.
static int parse_ancestor(const json_t *item, const struct acme_name_policy *policy, struct arena *arena, const struct pki_identifier *below,
			  struct acme_new_order *order, struct acme_problem *problem)
{
	const json_t *value = json_object_get(item, "ancestorDomain");
	struct pki_identifier ancestor;
	enum pki_name_fault fault;
	if (!value)
		return XICA_OK;
	if (!json_is_string(value) || below->type != PKI_IDENTIFIER_DNS)
		return payload_json_malformed(problem, "ancestorDomain must be a domain, and stand beside a dns identifier");
	struct view text = view_bytes(json_string_value(value), json_string_length(value));
	int error = pki_identifier_parse_dns(text, policy->lenient, arena, &ancestor, &fault);
	if (error == XICA_EPARSE && fault == PKI_NAME_PUBLIC_SUFFIX)
		return XICA_OK; // it stands for nothing: the name is proven by itself
	if (error)
		return error == XICA_EPARSE ? payload_json_malformed(problem, "ancestorDomain is no domain") : error;
	if (ancestor.wildcard || !pki_name_is_below(below->value, ancestor.value))
		return payload_json_malformed(problem, "ancestorDomain must be a domain above its identifier");
	order->ancestors[order->ancestor_count++] = (struct acme_ancestor){*below, ancestor.value};
	return XICA_OK;
}

struct view acme_new_order_ancestor(const struct acme_new_order *order, const struct pki_identifier *identifier)
{
	for (size_t i = 0; i < order->ancestor_count; i++)
		if (pki_identifier_compare(&order->ancestors[i].below, identifier) == 0)
			return order->ancestors[i].domain;
	return VIEW_NONE;
}

// Every identifier is looked at, so that one answer names all that is wrong (RFC 8555 §6.7.1).
static int parse_identifiers(const json_t *list, const struct acme_name_policy *policy, struct arena *arena,
			     struct acme_new_order *order, struct acme_problem *problem)
{
	size_t size = json_array_size(list), bad = 0;
	if (!json_is_array(list) || !size)
		return payload_json_malformed(problem, "identifiers must be an array with at least one identifier");
	if (size > policy->names_max)
		return payload_json_refuse(problem, ACME_REJECTED_IDENTIFIER,
			      arena_printf(arena, "too many identifiers in one order: %zu is the most", policy->names_max));
	order->identifiers = arena_array(arena, size, sizeof(*order->identifiers));
	order->ancestors = arena_array(arena, size, sizeof(*order->ancestors));
	struct acme_problem *problems = arena_array(arena, size, sizeof(*problems));
	if (!order->identifiers || !order->ancestors || !problems)
		return XICA_ENOMEM;
	for (size_t i = 0; i < size; i++) {
		const json_t *item = json_array_get(list, i);
		int error = parse_identifier(item, policy, arena, &order->identifiers[order->count], &problems[bad]);
		if (!error)
			error = parse_ancestor(item, policy, arena, &order->identifiers[order->count], order, &problems[bad]);
		if (error == XICA_EPARSE && problems[bad].type != ACME_MALFORMED) {
			if (name_culprit(item, arena, &problems[bad]))
				return XICA_ENOMEM;
			bad++;
		} else if (error) {
			*problem = problems[bad];
			return error;
		} else {
			order->count++;
		}
	}
	if (!bad)
		return XICA_OK;
	*problem = (struct acme_problem){.type = problems[0].type, .detail = problems[0].detail};
	if (size > 1) {
		problem->detail = arena_printf(arena, "%zu of %zu identifiers can't be had; first %s", bad, size, problems[0].detail);
		problem->subproblems = problems;
		problem->subproblem_count = bad;
	}
	return XICA_EPARSE;
}

static int parse_time(const json_t *json, const char *name, xica_time *ret_time, struct acme_problem *problem)
{
	const json_t *value = json_object_get(json, name);
	if (!value)
		return XICA_OK;
	if (!json_is_string(value) || clock_parse_rfc3339(view_str(json_string_value(value)), ret_time) || *ret_time <= 0)
		return payload_json_malformed(problem, "notBefore and notAfter must be times as in RFC 3339");
	return XICA_OK;
}

int acme_parse_new_order(struct view payload, const struct acme_name_policy *policy, struct arena *arena,
			 struct acme_new_order *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_new_order order = {0};
	int error;
	if ((error = payload_json_parse(payload, &json, problem)) ||
	    (error = parse_identifiers(json_object_get(json, "identifiers"), policy, arena, &order, problem)) ||
	    (error = parse_time(json, "notBefore", &order.not_before, problem)) ||
	    (error = parse_time(json, "notAfter", &order.not_after, problem)))
		return error;
	const json_t *profile = json_object_get(json, "profile");
	if (profile && !json_is_string(profile))
		return payload_json_malformed(problem, "profile must be a string");
	if (profile && !(order.profile = arena_strdup(arena, view_str(json_string_value(profile)))))
		return XICA_ENOMEM;
	const json_t *replaces = json_object_get(json, "replaces"); // RFC 9773 §5
	if (replaces && (!json_is_string(replaces) || !json_string_length(replaces)))
		return payload_json_malformed(problem, "replaces must be the identifier of a certificate, a string");
	if (replaces && !(order.replaces = arena_copy(arena, view_bytes(json_string_value(replaces), json_string_length(replaces)))).ptr)
		return XICA_ENOMEM;
	canonicalize(&order);
	*ret = order;
	return XICA_OK;
}

int acme_parse_new_authz(struct view payload, const struct acme_name_policy *policy, struct arena *arena,
			 struct acme_new_authz *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct pki_identifier identifier;
	int error = payload_json_parse(payload, &json, problem);
	if (error)
		return error;
	const json_t *item = json_object_get(json, "identifier");
	if (!json_is_object(item))
		return payload_json_malformed(problem, "identifier must be an object with type and value");
	if ((error = parse_identifier(item, policy, arena, &identifier, problem)))
		return error;
	if (identifier.wildcard) // RFC 8555 §7.4.1
		return payload_json_malformed(problem, "a wildcard can't be authorized ahead of an order");
	const json_t *subdomains = json_object_get(item, "subdomainAuthAllowed");
	if (subdomains && !json_is_boolean(subdomains))
		return payload_json_malformed(problem, "subdomainAuthAllowed must be true or false");
	*ret = (struct acme_new_authz){identifier, json_is_true(subdomains)};
	return XICA_OK;
}
