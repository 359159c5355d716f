#include "pki/peer.h"

#include "pki/names_syntax.h"
#include "pki/peer_match.h"

enum { GENERAL_NAME_OTHER = 0, GENERAL_NAME_DNS = 2 }; // RFC 5280 §4.2.1.6

int pki_peer_role_parse(struct view word, enum pki_peer_role *ret_role)
{
	for (enum pki_peer_role role = PKI_PEER_C2S; role <= PKI_PEER_S2S; role++)
		if (view_equal_str(word, pki_peer_role_text(role))) {
			*ret_role = role;
			return XICA_OK;
		}
	return XICA_EPARSE;
}

const char *pki_peer_role_text(enum pki_peer_role role)
{
	switch (role) {
	case PKI_PEER_C2S: return "c2s";
	case PKI_PEER_S2S: return "s2s";
	}
	return "unknown";
}

const char *pki_peer_kind_text(enum pki_peer_kind kind)
{
	switch (kind) {
	case PKI_PEER_DNS_NAME: return "dNSName";
	case PKI_PEER_SRV_NAME: return "SRVName";
	case PKI_PEER_XMPP_ADDR: return "XmppAddr";
	}
	return "unknown";
}

// --- the domain

int pki_peer_domain(struct view text, struct arena *arena, struct view *ret_domain, const char **ret_why)
{
	size_t labels;
	struct view last, name;
	if (text.len && text.ptr[text.len - 1] == '.')
		text = view_sub(text, 0, text.len - 1);
	if (!text.len || view_index(text, '*', 0) != SIZE_MAX) {
		*ret_why = pki_name_fault_text(text.len ? PKI_NAME_WILDCARD : PKI_NAME_EMPTY);
		return XICA_EPARSE;
	}
	int error = pki_name_to_ascii(text, arena, &name);
	if (error == XICA_ENOMEM)
		return error;
	enum pki_name_fault fault = error ? PKI_NAME_OK : names_syntax_fault(name, &labels, &last);
	if (!error && !fault) {
		*ret_domain = name;
		return XICA_OK;
	}
	*ret_why = fault ? pki_name_fault_text(fault) : "the name is none of IDNA2008 (internationalised names are written in lower case)";
	return XICA_EPARSE;
}

// --- extensions

// value stays empty where there is none. XICA_EPARSE: malformed, or there twice (RFC 5280 §4.2).
static int find_once(const struct pki_certificate *certificate, enum oid oid, bool *ret_present, struct view *ret_value)
{
	struct view rest = certificate->extensions;
	*ret_present = false;
	while (rest.len) {
		struct pki_extension extension;
		if (pki_extension_read(&rest, &extension))
			return XICA_EPARSE;
		if (!oid_is(extension.oid, oid))
			continue;
		if (*ret_present)
			return XICA_EPARSE;
		*ret_present = true;
		*ret_value = extension.value;
	}
	return XICA_OK;
}

// --- names

// Visible ASCII as it is, but for what quotes; everything else as \xNN.
static const char *show(struct view text, struct arena *arena)
{
	cleanup_buf out = BUF_INIT;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (c > 0x20 && c < 0x7f && c != '"' && c != '\\')
			buf_add_byte(&out, c);
		else
			buf_addf(&out, "\\x%02x", c);
	}
	return buf_error(&out) ? NULL : arena_strdup(arena, buf_view(&out));
}

static int add_name(struct pki_peer_names *names, enum pki_peer_kind kind, struct view text, const char *why, struct arena *arena)
{
	struct pki_peer_name *name = &names->list[names->count];
	*name = (struct pki_peer_name){kind, show(text, arena), why};
	if (!name->text)
		return XICA_ENOMEM;
	names->count++;
	if (!why && !names->match)
		names->match = name;
	return XICA_OK;
}

// otherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, IMPLICIT below [0]
static int add_other_name(struct pki_peer_names *names, struct view content, struct view domain, enum pki_peer_role role, struct arena *arena)
{
	struct view type, explicit_value;
	struct der_element value;
	if (der_read_oid(&content, &type) || der_read(&content, DER_CONTEXT_CONSTRUCTED(0), &explicit_value) || der_end(content) ||
	    der_read_any(&explicit_value, &value) || der_end(explicit_value))
		return XICA_EPARSE;
	if (oid_is(type, OID_SRV_NAME))
		return add_name(names, PKI_PEER_SRV_NAME, value.content, peer_match_srv_name(&value, domain, role), arena);
	if (!oid_is(type, OID_XMPP_ADDR))
		return XICA_OK;
	const char *why = NULL;
	int error = peer_match_xmpp_addr(&value, domain, arena, &why);
	return error ? error : add_name(names, PKI_PEER_XMPP_ADDR, value.content, why, arena);
}

static int add_alt_names(struct pki_peer_names *names, struct view list, struct view domain, enum pki_peer_role role, struct arena *arena)
{
	int error = XICA_OK;
	while (!error && list.len) {
		struct der_element element;
		error = der_read_any(&list, &element);
		if (error)
			return error;
		if (element.tag == DER_CONTEXT(GENERAL_NAME_DNS))
			error = add_name(names, PKI_PEER_DNS_NAME, element.content, peer_match_dns_name(element.content, domain), arena);
		else if (element.tag == DER_CONTEXT_CONSTRUCTED(GENERAL_NAME_OTHER))
			error = add_other_name(names, element.content, domain, role, arena);
	}
	return error;
}

static bool has_common_name(struct view subject, struct view domain)
{
	struct view sets, set, attribute, type;
	struct der_element value;
	if (der_read_only(subject, DER_SEQUENCE, &sets))
		return false;
	while (sets.len && !der_read(&sets, DER_SET, &set))
		while (set.len && !der_read(&set, DER_SEQUENCE, &attribute))
			if (!der_read_oid(&attribute, &type) && oid_is(type, OID_COMMON_NAME) && !der_read_any(&attribute, &value) &&
			    view_equal_nocase(value.content, domain))
				return true;
	return false;
}

int pki_peer_names(const struct pki_certificate *certificate, struct view domain, enum pki_peer_role role, struct arena *arena,
		   struct pki_peer_names *ret_names)
{
	struct pki_peer_names names = {.common_name = has_common_name(certificate->subject, domain)};
	struct view value, list, rest;
	struct der_element element;
	bool present;
	size_t count = 0;
	int error = find_once(certificate, OID_SUBJECT_ALT_NAME, &present, &value);
	if (!error && present)
		error = der_read_only(value, DER_SEQUENCE, &list);
	if (error)
		return error;
	if (present) {
		for (rest = list; rest.len; count++)
			if (der_read_any(&rest, &element))
				return XICA_EPARSE;
		names.list = arena_array(arena, count ? count : 1, sizeof(*names.list));
		if (!names.list)
			return XICA_ENOMEM;
		error = add_alt_names(&names, list, domain, role, arena);
	}
	if (!error)
		*ret_names = names;
	return error;
}

// --- purposes

int pki_peer_purpose(const struct pki_certificate *certificate, enum pki_peer_role role, const char **ret_why)
{
	struct view value, list, purpose;
	bool present, server = false, client = false, any = false;
	int error = find_once(certificate, OID_EXT_KEY_USAGE, &present, &value);
	if (error || !present)
		return error;
	error = der_read_only(value, DER_SEQUENCE, &list);
	while (!error && list.len) {
		error = der_read_oid(&list, &purpose);
		if (error)
			break;
		server |= oid_is(purpose, OID_EKU_SERVER_AUTH);
		client |= oid_is(purpose, OID_EKU_CLIENT_AUTH);
		any |= oid_is(purpose, OID_EKU_ANY);
	}
	if (error)
		return error;
	if (server || any || (client && role == PKI_PEER_S2S))
		return XICA_OK;
	*ret_why = client ? "is for clients alone (clientAuth), not for a server that clients connect to" : "is for neither servers nor clients of TLS (no serverAuth)";
	return XICA_EDENIED;
}
