#include "acme/payload.h"

#include <stdlib.h>

#include "base/base64url.h"
#include "jose/jws.h"

#define cleanup_json [[gnu::cleanup(json_cleanup)]] json_t

static void json_cleanup(json_t **json)
{
	json_decref(*json);
}

static int refuse(struct acme_problem *problem, enum acme_problem_type type, const char *detail)
{
	*problem = (struct acme_problem){.type = type, .detail = detail};
	return detail ? XICA_EPARSE : XICA_ENOMEM;
}

static int malformed(struct acme_problem *problem, const char *detail)
{
	return refuse(problem, ACME_MALFORMED, detail);
}

static int parse_object(struct view payload, json_t **ret_json, struct acme_problem *problem)
{
	json_t *json = jose_json_parse(payload);
	if (!json_is_object(json)) {
		json_decref(json);
		return malformed(problem, "the payload is not a JSON object, or repeats a member's name");
	}
	*ret_json = json;
	return XICA_OK;
}

static int optional_bool(const json_t *json, const char *name, bool *ret_value, struct acme_problem *problem)
{
	const json_t *value = json_object_get(json, name);
	if (value && !json_is_boolean(value))
		return malformed(problem, "a member that must be true or false is something else");
	*ret_value = json_is_true(value);
	return XICA_OK;
}

// RFC 8555 §7.3: a mailto URL with one address and no header fields is all that we can use.
static int check_contact(struct view url, struct acme_problem *problem)
{
	const struct view scheme = VIEW_LIT("mailto:");
	if (!view_equal_nocase(view_sub(url, 0, scheme.len), scheme))
		return refuse(problem, ACME_UNSUPPORTED_CONTACT, "a contact must be a mailto: URL");
	struct view address = view_sub(url, scheme.len, SIZE_MAX);
	size_t at = view_index(address, '@', 0);
	if (address.len > ACME_CONTACT_LEN_MAX || at == SIZE_MAX || at == 0 || view_index(address, '@', at + 1) != SIZE_MAX ||
	    view_index(address, '.', at) == SIZE_MAX)
		return refuse(problem, ACME_INVALID_CONTACT, "a contact is not mailto: and one mail address");
	for (size_t i = 0; i < address.len; i++)
		if (address.ptr[i] <= ' ' || address.ptr[i] >= 0x7f || address.ptr[i] == ',' || address.ptr[i] == '?' ||
		    address.ptr[i] == '<' || address.ptr[i] == '>' || address.ptr[i] == '"')
			return refuse(problem, ACME_INVALID_CONTACT,
				      "a contact may hold one mail address, without header fields, commas or spaces");
	return XICA_OK;
}

static int parse_contacts(const json_t *json, struct arena *arena, struct acme_contacts *ret, struct acme_problem *problem)
{
	const json_t *list = json_object_get(json, "contact"), *item;
	size_t i;
	int error;
	*ret = (struct acme_contacts){false, "[]"};
	if (!list)
		return XICA_OK;
	if (!json_is_array(list))
		return malformed(problem, "contact must be an array of URLs");
	if (json_array_size(list) > ACME_CONTACTS_MAX)
		return refuse(problem, ACME_INVALID_CONTACT, "too many contacts: ten is the most");
	json_array_foreach(list, i, item) {
		if (!json_is_string(item))
			return malformed(problem, "contact must be an array of URLs");
		if ((error = check_contact(view_bytes(json_string_value(item), json_string_length(item)), problem)))
			return error;
	}
	char *text = json_dumps(list, JSON_COMPACT);
	const char *copy = text ? arena_strdup(arena, view_str(text)) : NULL;
	free(text);
	if (!copy)
		return XICA_ENOMEM;
	*ret = (struct acme_contacts){true, copy};
	return XICA_OK;
}

// A member that is JSON itself, as text.
static int member_text(const json_t *member, struct arena *arena, struct view *ret_text)
{
	char *text = json_dumps(member, JSON_COMPACT);
	struct view copy = text ? arena_copy(arena, view_str(text)) : VIEW_NONE;
	free(text);
	if (!copy.ptr)
		return XICA_ENOMEM;
	*ret_text = copy;
	return XICA_OK;
}

int acme_parse_new_account(struct view payload, struct arena *arena, struct acme_new_account *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_new_account account = {0};
	int error;
	if ((error = parse_object(payload, &json, problem)) ||
	    (error = optional_bool(json, "onlyReturnExisting", &account.only_return_existing, problem)) ||
	    (error = optional_bool(json, "termsOfServiceAgreed", &account.terms_agreed, problem)) ||
	    (error = parse_contacts(json, arena, &account.contacts, problem)))
		return error;
	const json_t *binding = json_object_get(json, "externalAccountBinding");
	if (binding && !json_is_object(binding))
		return malformed(problem, "externalAccountBinding must be a JWS object");
	if (binding && (error = member_text(binding, arena, &account.external_binding)))
		return error;
	*ret = account;
	return XICA_OK;
}

// "status" of an update: absent, or the one change that a client may ask for.
static int parse_deactivation(const json_t *json, bool *ret_deactivate, struct acme_problem *problem)
{
	const json_t *status = json_object_get(json, "status");
	if (!status)
		return XICA_OK;
	if (!json_is_string(status) || !view_equal_str(view_str(json_string_value(status)), "deactivated"))
		return malformed(problem, "the only status that can be asked for is \"deactivated\"");
	*ret_deactivate = true;
	return XICA_OK;
}

int acme_parse_account_update(struct view payload, struct arena *arena, struct acme_account_update *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_account_update update = {0};
	int error;
	if ((error = parse_object(payload, &json, problem)) || (error = parse_contacts(json, arena, &update.contacts, problem)) ||
	    (error = optional_bool(json, "termsOfServiceAgreed", &update.terms_agreed, problem)) ||
	    (error = parse_deactivation(json, &update.deactivate, problem)))
		return error;
	*ret = update;
	return XICA_OK;
}

static int parse_identifier(const json_t *json, const struct acme_name_policy *policy, struct arena *arena,
			    struct pki_identifier *ret, struct acme_problem *problem)
{
	const json_t *type = json_object_get(json, "type"), *value = json_object_get(json, "value");
	enum pki_name_fault fault = PKI_NAME_OK;
	if (!json_is_string(type) || !json_is_string(value))
		return malformed(problem, "an identifier must have a type and a value, both strings");
	if (!view_equal_str(view_str(json_string_value(type)), "dns"))
		return refuse(problem, ACME_UNSUPPORTED_IDENTIFIER,
			      arena_printf(arena, "identifiers of type \"%.32s\" are not offered here; \"dns\" is",
					   json_string_value(type)));
	struct view text = view_bytes(json_string_value(value), json_string_length(value));
	int error = pki_identifier_parse_dns(text, policy->lenient, arena, ret, &fault);
	if (error == XICA_EPARSE)
		return refuse(problem, ACME_REJECTED_IDENTIFIER,
			      arena_printf(arena, "\"%.253s\": %s", json_string_value(value), pki_name_fault_text(fault)));
	return error;
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

// Every identifier is looked at, so that one answer names all that is wrong (RFC 8555 §6.7.1).
static int parse_identifiers(const json_t *list, const struct acme_name_policy *policy, struct arena *arena,
			     struct acme_new_order *order, struct acme_problem *problem)
{
	size_t size = json_array_size(list), bad = 0;
	if (!json_is_array(list) || !size)
		return malformed(problem, "identifiers must be an array with at least one identifier");
	if (size > policy->names_max)
		return refuse(problem, ACME_REJECTED_IDENTIFIER,
			      arena_printf(arena, "too many identifiers in one order: %zu is the most", policy->names_max));
	order->identifiers = arena_array(arena, size, sizeof(*order->identifiers));
	struct acme_problem *problems = arena_array(arena, size, sizeof(*problems));
	struct pki_identifier *culprits = arena_array(arena, size, sizeof(*culprits));
	if (!order->identifiers || !problems || !culprits)
		return XICA_ENOMEM;
	for (size_t i = 0; i < size; i++) {
		const json_t *item = json_array_get(list, i);
		int error = parse_identifier(item, policy, arena, &order->identifiers[order->count], &problems[bad]);
		if (error == XICA_EPARSE && problems[bad].type != ACME_MALFORMED) {
			culprits[bad] = (struct pki_identifier){
				PKI_IDENTIFIER_DNS, view_str(arena_strdup(arena, view_str(json_string_value(json_object_get(item, "value"))))), false};
			problems[bad].identifier = &culprits[bad];
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
		return malformed(problem, "notBefore and notAfter must be times as in RFC 3339");
	return XICA_OK;
}

int acme_parse_new_order(struct view payload, const struct acme_name_policy *policy, struct arena *arena,
			 struct acme_new_order *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_new_order order = {0};
	int error;
	if ((error = parse_object(payload, &json, problem)) ||
	    (error = parse_identifiers(json_object_get(json, "identifiers"), policy, arena, &order, problem)) ||
	    (error = parse_time(json, "notBefore", &order.not_before, problem)) ||
	    (error = parse_time(json, "notAfter", &order.not_after, problem)))
		return error;
	const json_t *profile = json_object_get(json, "profile");
	if (profile && !json_is_string(profile))
		return malformed(problem, "profile must be a string");
	if (profile && !(order.profile = arena_strdup(arena, view_str(json_string_value(profile)))))
		return XICA_ENOMEM;
	canonicalize(&order);
	*ret = order;
	return XICA_OK;
}

int acme_parse_new_authz(struct view payload, const struct acme_name_policy *policy, struct arena *arena,
			 struct pki_identifier *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct pki_identifier identifier;
	int error = parse_object(payload, &json, problem);
	if (error)
		return error;
	const json_t *item = json_object_get(json, "identifier");
	if (!json_is_object(item))
		return malformed(problem, "identifier must be an object with type and value");
	if ((error = parse_identifier(item, policy, arena, &identifier, problem)))
		return error;
	if (identifier.wildcard) // RFC 8555 §7.4.1
		return malformed(problem, "a wildcard can't be authorized ahead of an order");
	*ret = identifier;
	return XICA_OK;
}

int acme_parse_authz_update(struct view payload, bool *ret_deactivate, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	bool deactivate = false;
	int error;
	if ((error = parse_object(payload, &json, problem)) || (error = parse_deactivation(json, &deactivate, problem)))
		return error;
	*ret_deactivate = deactivate;
	return XICA_OK;
}

int acme_parse_challenge(struct view payload, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	return parse_object(payload, &json, problem);
}

// A base64url member's bytes.
static int binary_member(const json_t *json, const char *name, struct arena *arena, struct view *ret_bytes)
{
	const json_t *value = json_object_get(json, name);
	cleanup_buf bytes = BUF_INIT;
	if (!json_is_string(value))
		return XICA_EPARSE;
	int error = base64url_decode(view_bytes(json_string_value(value), json_string_length(value)), &bytes);
	if (error)
		return error;
	*ret_bytes = arena_copy(arena, buf_view(&bytes));
	return ret_bytes->ptr ? XICA_OK : XICA_ENOMEM;
}

int acme_parse_finalize(struct view payload, struct arena *arena, struct view *ret_csr, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	int error = parse_object(payload, &json, problem);
	if (error)
		return error;
	error = binary_member(json, "csr", arena, ret_csr);
	if (error == XICA_EPARSE)
		return refuse(problem, ACME_BAD_CSR, "csr must be a certificate signing request: DER in base64url without padding");
	return error;
}

// RFC 5280 §5.3.1, those that a subscriber may give.
static bool reason_is_acceptable(json_int_t reason)
{
	return reason == 0 || reason == 1 || reason == 3 || reason == 4 || reason == 5;
}

int acme_parse_revocation(struct view payload, struct arena *arena, struct acme_revocation *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_revocation revocation = {0};
	int error = parse_object(payload, &json, problem);
	if (error)
		return error;
	error = binary_member(json, "certificate", arena, &revocation.certificate);
	if (error == XICA_EPARSE)
		return malformed(problem, "certificate must be a certificate: DER in base64url without padding");
	if (error)
		return error;
	const json_t *reason = json_object_get(json, "reason");
	if (reason && !json_is_integer(reason))
		return malformed(problem, "reason must be an integer");
	if (!reason_is_acceptable(json_integer_value(reason)))
		return refuse(problem, ACME_BAD_REVOCATION_REASON,
			      "reason must be 0 (unspecified), 1 (keyCompromise), 3 (affiliationChanged), 4 (superseded) or 5 (cessationOfOperation)");
	revocation.reason = (int)json_integer_value(reason);
	*ret = revocation;
	return XICA_OK;
}

int acme_parse_key_rollover(struct view payload, struct arena *arena, struct acme_key_rollover *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_key_rollover rollover = {0};
	int error = parse_object(payload, &json, problem);
	if (error)
		return error;
	const json_t *account = json_object_get(json, "account"), *old_key = json_object_get(json, "oldKey");
	if (!json_is_string(account) || !json_is_object(old_key))
		return malformed(problem, "the inner payload must have account (a URL) and oldKey (a JWK)");
	if (!(rollover.account = arena_strdup(arena, view_str(json_string_value(account)))))
		return XICA_ENOMEM;
	if ((error = member_text(old_key, arena, &rollover.old_key)))
		return error;
	*ret = rollover;
	return XICA_OK;
}
