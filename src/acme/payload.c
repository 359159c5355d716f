#include "acme/payload.h"

#include <stdlib.h>

#include "acme/payload_json.h"
#include "base/base64url.h"

static int optional_bool(const json_t *json, const char *name, bool *ret_value, struct acme_problem *problem)
{
	const json_t *value = json_object_get(json, name);
	if (value && !json_is_boolean(value))
		return payload_json_malformed(problem, "a member that must be true or false is something else");
	*ret_value = json_is_true(value);
	return XICA_OK;
}

// RFC 8555 §7.3: a mailto URL with one address and no header fields is all that we can use.
static int check_contact(struct view url, struct acme_problem *problem)
{
	const struct view scheme = VIEW_LIT("mailto:");
	if (!view_equal_nocase(view_sub(url, 0, scheme.len), scheme))
		return payload_json_refuse(problem, ACME_UNSUPPORTED_CONTACT, "a contact must be a mailto: URL");
	struct view address = view_sub(url, scheme.len, SIZE_MAX);
	size_t at = view_index(address, '@', 0);
	if (address.len > ACME_CONTACT_LEN_MAX || at == SIZE_MAX || at == 0 || view_index(address, '@', at + 1) != SIZE_MAX ||
	    view_index(address, '.', at) == SIZE_MAX)
		return payload_json_refuse(problem, ACME_INVALID_CONTACT, "a contact is not mailto: and one mail address");
	for (size_t i = 0; i < address.len; i++)
		if (address.ptr[i] <= ' ' || address.ptr[i] >= 0x7f || address.ptr[i] == ',' || address.ptr[i] == '?' ||
		    address.ptr[i] == '<' || address.ptr[i] == '>' || address.ptr[i] == '"')
			return payload_json_refuse(problem, ACME_INVALID_CONTACT,
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
		return payload_json_malformed(problem, "contact must be an array of URLs");
	if (json_array_size(list) > ACME_CONTACTS_MAX)
		return payload_json_refuse(problem, ACME_INVALID_CONTACT, "too many contacts: ten is the most");
	json_array_foreach(list, i, item) {
		if (!json_is_string(item))
			return payload_json_malformed(problem, "contact must be an array of URLs");
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
	if ((error = payload_json_parse(payload, &json, problem)) ||
	    (error = optional_bool(json, "onlyReturnExisting", &account.only_return_existing, problem)) ||
	    (error = optional_bool(json, "termsOfServiceAgreed", &account.terms_agreed, problem)) ||
	    (error = parse_contacts(json, arena, &account.contacts, problem)))
		return error;
	const json_t *binding = json_object_get(json, "externalAccountBinding");
	if (binding && !json_is_object(binding))
		return payload_json_malformed(problem, "externalAccountBinding must be a JWS object");
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
		return payload_json_malformed(problem, "the only status that can be asked for is \"deactivated\"");
	*ret_deactivate = true;
	return XICA_OK;
}

int acme_parse_account_update(struct view payload, struct arena *arena, struct acme_account_update *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_account_update update = {0};
	int error;
	if ((error = payload_json_parse(payload, &json, problem)) || (error = parse_contacts(json, arena, &update.contacts, problem)) ||
	    (error = optional_bool(json, "termsOfServiceAgreed", &update.terms_agreed, problem)) ||
	    (error = parse_deactivation(json, &update.deactivate, problem)))
		return error;
	*ret = update;
	return XICA_OK;
}

int acme_parse_authz_update(struct view payload, bool *ret_deactivate, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	bool deactivate = false;
	int error;
	if ((error = payload_json_parse(payload, &json, problem)) || (error = parse_deactivation(json, &deactivate, problem)))
		return error;
	*ret_deactivate = deactivate;
	return XICA_OK;
}

int acme_parse_challenge(struct view payload, struct acme_problem *problem)
{
	cleanup_object json;
	return payload_object_read(payload, &json, problem);
}

// A base64url member's bytes.
static int binary_member(const struct jose_object *json, const char *name, struct arena *arena, struct view *ret_bytes)
{
	struct view text;
	return jose_object_find(json, name, &text) == JOSE_STRING ? base64url_decode_kept(text, arena, ret_bytes) : XICA_EPARSE;
}

int acme_parse_finalize(struct view payload, struct arena *arena, struct view *ret_csr, struct acme_problem *problem)
{
	cleanup_object json;
	int error = payload_object_read(payload, &json, problem);
	if (error)
		return error;
	error = binary_member(&json, "csr", arena, ret_csr);
	if (error == XICA_EPARSE)
		return payload_json_refuse(problem, ACME_BAD_CSR, "csr must be a certificate signing request: DER in base64url without padding");
	return error;
}

// RFC 5280 §5.3.1, those that a subscriber may give.
static bool reason_is_acceptable(json_int_t reason)
{
	return reason == 0 || reason == 1 || reason == 3 || reason == 4 || reason == 5;
}

int acme_parse_revocation(struct view payload, struct arena *arena, struct acme_revocation *ret, struct acme_problem *problem)
{
	cleanup_object json;
	struct acme_revocation revocation = {0};
	int error = payload_object_read(payload, &json, problem);
	if (error)
		return error;
	error = binary_member(&json, "certificate", arena, &revocation.certificate);
	if (error == XICA_EPARSE)
		return payload_json_malformed(problem, "certificate must be a certificate: DER in base64url without padding");
	if (error)
		return error;
	const json_t *reason = jose_object_json(&json, "reason");
	if (jose_object_has(&json, "reason") && !json_is_integer(reason))
		return payload_json_malformed(problem, "reason must be an integer");
	if (!reason_is_acceptable(json_integer_value(reason)))
		return payload_json_refuse(problem, ACME_BAD_REVOCATION_REASON,
			      "reason must be 0 (unspecified), 1 (keyCompromise), 3 (affiliationChanged), 4 (superseded) or 5 (cessationOfOperation)");
	revocation.reason = (int)json_integer_value(reason);
	*ret = revocation;
	return XICA_OK;
}

int acme_parse_key_rollover(struct view payload, struct arena *arena, struct acme_key_rollover *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_key_rollover rollover = {0};
	int error = payload_json_parse(payload, &json, problem);
	if (error)
		return error;
	const json_t *account = json_object_get(json, "account"), *old_key = json_object_get(json, "oldKey");
	if (!json_is_string(account) || !json_is_object(old_key))
		return payload_json_malformed(problem, "the inner payload must have account (a URL) and oldKey (a JWK)");
	if (!(rollover.account = arena_strdup(arena, view_str(json_string_value(account)))))
		return XICA_ENOMEM;
	if ((error = member_text(old_key, arena, &rollover.old_key)))
		return error;
	*ret = rollover;
	return XICA_OK;
}
