// The domains (and services of domains) that a person's ACME accounts have proven, and until when the proofs hold.
#include "pki/names.h"
#include "site/site.h"
#include "store/domain.h"

enum { PAGE = 200 };

static const char *method_text(enum receipt_method method)
{
	return method ? receipt_method_text(method) : "";
}

static json_t *domain_json(struct site_request *request, const struct store_domain *domain)
{
	const struct pki_identifier *identifier = &domain->authz.identifier;
	const struct pki_identifier plain = {identifier->type, identifier->value, false};
	const char *value = pki_identifier_text(&plain, &request->arena);
	return json_pack("{s:{s:s, s:s}, s:b, s:s, s:I, s:o}", "identifier", "type", pki_identifier_type_text(identifier->type), "value", value ? value : "",
			 "wildcard", identifier->wildcard, "method", method_text(domain->method), "expires", (json_int_t)domain->authz.expires, "key",
			 site_json_text(domain->key_name));
}

// Another proof of the same, which holds longer (or as long and comes first).
static bool is_outdone(const struct store_domain *domains, size_t count, size_t i)
{
	for (size_t n = 0; n < count; n++) {
		if (n == i || pki_identifier_compare(&domains[n].authz.identifier, &domains[i].authz.identifier))
			continue;
		xica_time other = domains[n].authz.expires, own = domains[i].authz.expires;
		if (other > own || (other == own && n < i))
			return true;
	}
	return false;
}

static int list_domains(struct store_txn *txn, struct site_request *request)
{
	struct store_domain *domains;
	struct view cursor = site_query(request, "after");
	int64_t after = 0;
	size_t count;
	if (cursor.len && acme_url_parse_id(cursor, &after))
		return XICA_ENOTFOUND;
	int error = store_domain_list(txn, request->person.id, request->now, after, PAGE, &request->arena, &domains, &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		if (!is_outdone(domains, count, i))
			(void)json_array_append_new(list, domain_json(request, &domains[i]));
	json_t *answer = json_pack("{s:o}", "domains", list);
	if (count == PAGE)
		(void)json_object_set_new(answer, "next", json_sprintf("%lld", (long long)domains[count - 1].authz.id));
	return site_answer(request, answer);
}

const struct site_route site_domains[] = {
	{HTTP_METHOD_GET, "/api/domains", SITE_SESSION, list_domains, false},
	{0},
};
