// The values of the extensions that rules look at (RFC 5280 §4.2.1, §4.2.2).
#include "pki/lint_read.h"

enum { TLS_FEATURE_STATUS_REQUEST = 5 }; // RFC 7633 §4.1, RFC 6066 §8

// otherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, IMPLICIT below [0]
static int read_other_name(struct view content, struct lint_general_name *name)
{
	struct view explicit_value;
	struct der_element value;
	if (der_read_oid(&content, &name->other_type) || der_read(&content, DER_CONTEXT_CONSTRUCTED(0), &explicit_value) || der_end(content) ||
	    der_read_any(&explicit_value, &value) || der_end(explicit_value))
		return XICA_EPARSE;
	name->other_tag = value.tag;
	name->content = value.content;
	return XICA_OK;
}

static int read_general_name(struct view *cursor, struct lint_general_name *ret_name)
{
	struct der_element element;
	if (der_read_any(cursor, &element) || (element.tag & 0xc0) != 0x80 || (element.tag & 0x1f) > 8)
		return XICA_EPARSE;
	// constructed: otherName, x400Address, directoryName, ediPartyName; the others are primitive
	unsigned number = element.tag & 0x1f;
	bool constructed = number == 0 || (number >= 3 && number <= 5);
	if (constructed != ((element.tag & 0x20) != 0))
		return XICA_EPARSE;
	*ret_name = (struct lint_general_name){.tag = element.tag, .content = element.content};
	return number == 0 ? read_other_name(element.content, ret_name) : XICA_OK;
}

static int read_general_names(struct view content, struct arena *arena, struct lint_general_names *ret_names)
{
	size_t count;
	if (lint_count(content, &count))
		return XICA_EPARSE;
	struct lint_general_names names = {arena_array(arena, count, sizeof(*names.list)), 0};
	if (!names.list)
		return XICA_ENOMEM;
	while (content.len)
		if (read_general_name(&content, &names.list[names.count++]))
			return XICA_EPARSE;
	*ret_names = names;
	return XICA_OK;
}

// No more names than this fit into so many bytes: a name has a tag and a length.
static size_t most_names(struct view value)
{
	return value.len / 2 + 1;
}

static int read_alt_names(struct view value, struct arena *arena, struct lint_certificate *certificate)
{
	struct view names;
	return der_read_only(value, DER_SEQUENCE, &names) ? XICA_EPARSE : read_general_names(names, arena, &certificate->alt_names);
}

static int read_basic_constraints(struct view value, struct lint_certificate *certificate)
{
	struct view list;
	uint64_t path_len;
	bool ca, has_path_len;
	if (der_read_only(value, DER_SEQUENCE, &list) || der_read_default_false(&list, &ca))
		return XICA_EPARSE;
	has_path_len = list.len != 0;
	if (has_path_len && (der_read_uint(&list, &path_len) || der_end(list)))
		return XICA_EPARSE;
	certificate->ca = ca;
	certificate->has_path_len = has_path_len;
	return XICA_OK;
}

static int read_key_usage(struct view value, struct lint_certificate *certificate)
{
	uint32_t bits;
	if (der_read_named_bits(&value, &bits) || der_end(value))
		return XICA_EPARSE;
	certificate->key_usage = bits;
	return XICA_OK;
}

static int read_purposes(struct view value, struct arena *arena, struct lint_certificate *certificate)
{
	struct view list;
	size_t count, read = 0;
	if (der_read_only(value, DER_SEQUENCE, &list) || lint_count(list, &count) || !count)
		return XICA_EPARSE;
	struct view *purposes = arena_array(arena, count, sizeof(*purposes));
	if (!purposes)
		return XICA_ENOMEM;
	while (list.len)
		if (der_read_oid(&list, &purposes[read++]))
			return XICA_EPARSE;
	certificate->purposes = purposes;
	certificate->purpose_count = count;
	return XICA_OK;
}

static int read_authority_key_id(struct view value, struct lint_certificate *certificate)
{
	struct view list, id = VIEW_NONE, rest;
	bool present, issuer, serial;
	if (der_read_only(value, DER_SEQUENCE, &list) || der_read_optional(&list, DER_CONTEXT(0), &present, &id) ||
	    der_read_optional(&list, DER_CONTEXT_CONSTRUCTED(1), &issuer, &rest) || der_read_optional(&list, DER_CONTEXT(2), &serial, &rest) ||
	    der_end(list) || issuer != serial)
		return XICA_EPARSE;
	certificate->authority_key_id = id;
	return XICA_OK;
}

static int read_access(struct view value, struct arena *arena, struct lint_certificate *certificate)
{
	struct view list, description, method;
	size_t count, read = 0;
	if (der_read_only(value, DER_SEQUENCE, &list) || lint_count(list, &count) || !count)
		return XICA_EPARSE;
	struct lint_access *access = arena_array(arena, count, sizeof(*access));
	if (!access)
		return XICA_ENOMEM;
	for (; list.len; read++) {
		if (der_read(&list, DER_SEQUENCE, &description) || der_read_oid(&description, &method) ||
		    read_general_name(&description, &access[read].location) || der_end(description))
			return XICA_EPARSE;
		access[read].method = oid_find(method);
	}
	certificate->access = access;
	certificate->access_count = count;
	return XICA_OK;
}

// DistributionPoint ::= SEQUENCE { distributionPoint [0] EXPLICIT CHOICE { fullName [0] … }, reasons [1], cRLIssuer [2] }
static int read_distribution_point(struct view point, struct view *ret_names, bool *partial)
{
	struct view name, rest;
	bool named, full = false, reasons, issuer;
	*ret_names = VIEW_NONE;
	if (der_read_optional(&point, DER_CONTEXT_CONSTRUCTED(0), &named, &name) || der_read_optional(&point, DER_CONTEXT(1), &reasons, &rest) ||
	    der_read_optional(&point, DER_CONTEXT_CONSTRUCTED(2), &issuer, &rest) || der_end(point))
		return XICA_EPARSE;
	if (named && (der_read_optional(&name, DER_CONTEXT_CONSTRUCTED(0), &full, ret_names) || (full && der_end(name))))
		return XICA_EPARSE;
	*partial |= reasons || issuer || !full || !ret_names->len;
	return XICA_OK;
}

static int read_crl_points(struct view value, struct arena *arena, struct lint_certificate *certificate)
{
	struct view list, point, names;
	struct lint_general_names all = {0}, some;
	bool partial = false;
	size_t count;
	if (der_read_only(value, DER_SEQUENCE, &list) || lint_count(list, &count) || !count)
		return XICA_EPARSE;
	all.list = arena_array(arena, most_names(value), sizeof(*all.list));
	if (!all.list)
		return XICA_ENOMEM;
	while (list.len) {
		if (der_read(&list, DER_SEQUENCE, &point) || read_distribution_point(point, &names, &partial))
			return XICA_EPARSE;
		int error = read_general_names(names, arena, &some);
		if (error)
			return error;
		for (size_t i = 0; i < some.count; i++)
			all.list[all.count++] = some.list[i];
	}
	certificate->crl_names = all;
	certificate->crl_points_partial = partial;
	return XICA_OK;
}

static int read_policies(struct view value, struct arena *arena, struct lint_certificate *certificate)
{
	struct view list, policy, qualifiers;
	size_t count, read = 0;
	if (der_read_only(value, DER_SEQUENCE, &list) || lint_count(list, &count) || !count)
		return XICA_EPARSE;
	struct view *policies = arena_array(arena, count, sizeof(*policies));
	if (!policies)
		return XICA_ENOMEM;
	while (list.len) {
		bool qualified;
		if (der_read(&list, DER_SEQUENCE, &policy) || der_read_oid(&policy, &policies[read++]) ||
		    der_read_optional(&policy, DER_SEQUENCE, &qualified, &qualifiers) || der_end(policy))
			return XICA_EPARSE;
	}
	certificate->policies = policies;
	certificate->policy_count = count;
	return XICA_OK;
}

// The base names of permitted and excluded subtrees, together.
static int read_name_constraints(struct view value, struct arena *arena, struct lint_certificate *certificate)
{
	struct view list, trees, tree;
	struct lint_general_names names = {arena_array(arena, most_names(value), sizeof(*names.list)), 0};
	if (!names.list)
		return XICA_ENOMEM;
	if (der_read_only(value, DER_SEQUENCE, &list) || !list.len)
		return XICA_EPARSE;
	for (unsigned side = 0; side <= 1; side++) {
		bool present;
		trees = VIEW_NONE;
		if (der_read_optional(&list, DER_CONTEXT_CONSTRUCTED(side), &present, &trees) || (present && !trees.len))
			return XICA_EPARSE;
		while (trees.len)
			if (der_read(&trees, DER_SEQUENCE, &tree) || read_general_name(&tree, &names.list[names.count++]))
				return XICA_EPARSE;
	}
	certificate->constraints = names;
	return der_end(list);
}

static int read_tls_feature(struct view value, struct lint_certificate *certificate)
{
	struct view list;
	if (der_read_only(value, DER_SEQUENCE, &list))
		return XICA_EPARSE;
	while (list.len) {
		uint64_t feature;
		if (der_read_uint(&list, &feature))
			return XICA_EPARSE;
		certificate->must_staple |= feature == TLS_FEATURE_STATUS_REQUEST;
	}
	return XICA_OK;
}

int lint_read_value(const struct lint_extension *extension, struct arena *arena, struct lint_certificate *certificate)
{
	if (extension->id == OID_SUBJECT_ALT_NAME)
		return read_alt_names(extension->value, arena, certificate);
	if (extension->id == OID_BASIC_CONSTRAINTS)
		return read_basic_constraints(extension->value, certificate);
	if (extension->id == OID_KEY_USAGE)
		return read_key_usage(extension->value, certificate);
	if (extension->id == OID_EXT_KEY_USAGE)
		return read_purposes(extension->value, arena, certificate);
	if (extension->id == OID_SUBJECT_KEY_IDENTIFIER)
		return der_read_only(extension->value, DER_OCTET_STRING, &certificate->subject_key_id);
	if (extension->id == OID_AUTHORITY_KEY_IDENTIFIER)
		return read_authority_key_id(extension->value, certificate);
	if (extension->id == OID_AUTHORITY_INFO_ACCESS)
		return read_access(extension->value, arena, certificate);
	if (extension->id == OID_CRL_DISTRIBUTION_POINTS)
		return read_crl_points(extension->value, arena, certificate);
	if (extension->id == OID_CERTIFICATE_POLICIES)
		return read_policies(extension->value, arena, certificate);
	if (extension->id == OID_NAME_CONSTRAINTS)
		return read_name_constraints(extension->value, arena, certificate);
	if (extension->id == OID_TLS_FEATURE)
		return read_tls_feature(extension->value, certificate);
	return XICA_OK;
}
