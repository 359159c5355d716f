#include "pki/names.h"

#include "pki/names_suffix.h"
#include "pki/names_syntax.h"

// Never delegated, or not names of hosts at all: RFC 6761, 6762 (local), 7686 (onion), 8375 (home.arpa), 9476 (alt), and "internal",
// which ICANN reserved in 2024.
static const char *const RESERVED[] = {"alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"};

enum { SRV_MAX = PKI_NAME_MAX - (sizeof("_acme-challenge.") - 1) };

static bool is_reserved(struct view last_label)
{
	for (size_t i = 0; i < sizeof(RESERVED) / sizeof(RESERVED[0]); i++)
		if (view_equal_str(last_label, RESERVED[i]))
			return true;
	return false;
}

static enum pki_name_fault name_fault(struct view name, bool lenient)
{
	size_t labels;
	struct view last;
	enum pki_name_fault fault = names_syntax_fault(name, &labels, &last);
	if (fault || lenient)
		return fault;
	if (labels == 1)
		return PKI_NAME_SINGLE_LABEL;
	if (is_reserved(last))
		return PKI_NAME_RESERVED;
	return names_suffix_is_public((const char *)name.ptr) ? PKI_NAME_PUBLIC_SUFFIX : PKI_NAME_OK;
}

int pki_identifier_parse_dns(struct view text, bool lenient, struct arena *arena, struct pki_identifier *ret_identifier,
			     enum pki_name_fault *fault)
{
	bool wildcard = view_starts(text, VIEW_LIT("*."));
	if (wildcard)
		text = view_sub(text, 2, SIZE_MAX);
	if (text.len > PKI_NAME_MAX + 1) { // one more, so that a trailing dot is told from a long name
		*fault = PKI_NAME_TOO_LONG;
		return XICA_EPARSE;
	}
	char *name = arena_strdup(arena, text);
	if (!name)
		return XICA_ENOMEM;
	for (size_t i = 0; i < text.len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] + ('a' - 'A'));
	*fault = name_fault(view_bytes(name, text.len), lenient);
	if (*fault)
		return XICA_EPARSE;
	*ret_identifier = (struct pki_identifier){PKI_IDENTIFIER_DNS, view_bytes(name, text.len), wildcard};
	return XICA_OK;
}

static enum pki_name_fault srv_fault(struct view text, struct view *ret_domain)
{
	struct view service;
	if (!text.len)
		return PKI_NAME_EMPTY;
	if (text.len > PKI_NAME_MAX)
		return PKI_NAME_TOO_LONG;
	if (text.len > SRV_MAX)
		return PKI_NAME_NO_PROOF;
	if (pki_srv_name_split(text, &service, ret_domain))
		return PKI_NAME_NO_SRV_NAME;
	if (!view_equal_nocase(service, VIEW_LIT("_xmpp-server")))
		return PKI_NAME_SERVICE;
	return ret_domain->ptr[0] == '*' ? PKI_NAME_WILDCARD : PKI_NAME_OK;
}

int pki_identifier_parse_srv(struct view text, bool lenient, struct arena *arena, struct pki_identifier *ret_identifier,
			     enum pki_name_fault *fault)
{
	struct view domain;
	*fault = srv_fault(text, &domain);
	if (*fault)
		return XICA_EPARSE;
	int error = pki_identifier_parse_dns(domain, lenient, arena, ret_identifier, fault);
	if (error)
		return error;
	ret_identifier->type = PKI_IDENTIFIER_SRV;
	return XICA_OK;
}

const char *pki_identifier_type_text(enum pki_identifier_type type)
{
	switch (type) {
	case PKI_IDENTIFIER_DNS: return "dns";
	case PKI_IDENTIFIER_SRV: return "srv";
	}
	return "unknown";
}

const char *pki_identifier_text(const struct pki_identifier *identifier, struct arena *arena)
{
	const char *before = identifier->type == PKI_IDENTIFIER_SRV ? "_xmpp-server." : identifier->wildcard ? "*." : "";
	return arena_printf(arena, "%s%.*s", before, VIEW_FMT(identifier->value));
}

int pki_identifier_compare(const struct pki_identifier *a, const struct pki_identifier *b)
{
	int order = view_compare(a->value, b->value);
	if (order)
		return order;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return (a->wildcard > b->wildcard) - (a->wildcard < b->wildcard);
}

static bool is_below(struct view host, struct view parent)
{
	return host.len > parent.len + 1 && view_ends(host, parent) && host.ptr[host.len - parent.len - 1] == '.';
}

bool pki_name_is_component(struct view host, const struct pki_identifier *all, size_t count, const struct view *component_labels,
			   size_t label_count)
{
	struct view first = view_sub(host, 0, view_index(host, '.', 0));
	bool known = false;
	for (size_t i = 0; i < label_count && !known; i++)
		known = view_equal_nocase(component_labels[i], first);
	if (!known)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!all[i].wildcard && all[i].value.len && is_below(host, all[i].value))
			return true;
	return false;
}

int pki_name_registrable(struct view name, struct arena *arena, struct view *ret_domain)
{
	const char *text = arena_strdup(arena, name);
	if (!text)
		return XICA_ENOMEM;
	const char *domain = names_suffix_registrable(text);
	*ret_domain = view_str(domain ? domain : text);
	return XICA_OK;
}
