// subjectAltName: which kinds of names stand there, and the dNSNames.
#include "pki/lint_rule.h"

static const char *const KINDS[] = {"otherName", "rfc822Name", "dNSName", "x400Address", "directoryName", "ediPartyName", "uniformResourceIdentifier",
	"iPAddress", "registeredID"};

static bool is_dns(const struct lint_general_name *name)
{
	return name->tag == DER_CONTEXT(2);
}

static bool is_other(const struct lint_general_name *name)
{
	return name->tag == DER_CONTEXT_CONSTRUCTED(0);
}

// Is there a name for which this holds? The first is the detail.
static bool any(struct lint *lint, bool (*holds)(struct lint *lint, const struct lint_general_name *name))
{
	const struct lint_general_names *names = &lint->certificate->alt_names;
	for (size_t i = 0; i < names->count; i++) {
		if (!holds(lint, &names->list[i]))
			continue;
		if (!lint->detail)
			lint->detail = lint_quote(lint, names->list[i].content);
		return true;
	}
	return false;
}

static bool san_missing(struct lint *lint)
{
	return !lint_find(lint->certificate, OID_SUBJECT_ALT_NAME);
}

static bool san_empty(struct lint *lint)
{
	return lint_has(lint, OID_SUBJECT_ALT_NAME) && !lint->certificate->alt_names.count;
}

static bool san_critical(struct lint *lint)
{
	return lint_is_critical(lint, OID_SUBJECT_ALT_NAME) && lint->certificate->subject.count;
}

static bool same(const struct lint_general_name *a, const struct lint_general_name *b)
{
	return a->tag == b->tag && view_equal(a->other_type, b->other_type) && view_equal_nocase(a->content, b->content);
}

static bool is_again(struct lint *lint, const struct lint_general_name *name)
{
	for (const struct lint_general_name *before = lint->certificate->alt_names.list; before < name; before++)
		if (same(before, name))
			return true;
	return false;
}

static bool san_duplicate(struct lint *lint)
{
	return any(lint, is_again);
}

static bool is_no_identifier(struct lint *lint, const struct lint_general_name *name)
{
	if (is_dns(name) || is_other(name))
		return false;
	lint->detail = KINDS[name->tag & 0x1f];
	return true;
}

static bool san_general_name(struct lint *lint)
{
	return any(lint, is_no_identifier);
}

static bool is_unknown_other(struct lint *lint, const struct lint_general_name *name)
{
	if (!is_other(name) || oid_is(name->other_type, OID_SRV_NAME) || oid_is(name->other_type, OID_XMPP_ADDR))
		return false;
	lint->detail = lint_oid(lint, name->other_type);
	return true;
}

static bool san_other_name(struct lint *lint)
{
	return any(lint, is_unknown_other);
}

static enum pki_name_fault dns_fault(struct lint *lint, struct view name)
{
	struct pki_identifier identifier;
	enum pki_name_fault fault = PKI_NAME_OK;
	return pki_identifier_parse_dns(name, true, lint->arena, &identifier, &fault) ? fault : PKI_NAME_OK;
}

static bool has_non_ascii(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] > 0x7f)
			return true;
	return false;
}

static bool is_bad_wildcard(struct lint *lint, const struct lint_general_name *name)
{
	return is_dns(name) && !has_non_ascii(name->content) && dns_fault(lint, name->content) == PKI_NAME_WILDCARD;
}

static bool san_dns_wildcard(struct lint *lint)
{
	return any(lint, is_bad_wildcard);
}

static bool is_bad_idn(struct lint *lint, const struct lint_general_name *name)
{
	return is_dns(name) && (has_non_ascii(name->content) || dns_fault(lint, name->content) == PKI_NAME_BAD_IDNA);
}

static bool san_dns_idn(struct lint *lint)
{
	return any(lint, is_bad_idn);
}

static bool is_no_host(struct lint *lint, const struct lint_general_name *name)
{
	if (!is_dns(name) || is_bad_idn(lint, name) || is_bad_wildcard(lint, name))
		return false;
	return dns_fault(lint, name->content) != PKI_NAME_OK;
}

static bool san_dns_syntax(struct lint *lint)
{
	return any(lint, is_no_host);
}

static bool has_upper_case(struct lint *lint, const struct lint_general_name *name)
{
	(void)lint;
	for (size_t i = 0; is_dns(name) && i < name->content.len; i++)
		if (name->content.ptr[i] >= 'A' && name->content.ptr[i] <= 'Z')
			return true;
	return false;
}

static bool san_dns_case(struct lint *lint)
{
	return any(lint, has_upper_case);
}

static bool san_dns_missing(struct lint *lint)
{
	const struct lint_general_names *names = &lint->certificate->alt_names;
	for (size_t i = 0; i < names->count; i++)
		if (is_dns(&names->list[i]))
			return false;
	return names->count != 0;
}

static bool is_not_of_the_profile(struct lint *lint, const struct lint_general_name *name)
{
	const struct pki_profile *profile = lint->profile;
	if (is_dns(name))
		return profile->srv_only || !profile->dns_names;
	if (oid_is(name->other_type, OID_SRV_NAME)) {
		bool server = view_equal_nocase(view_sub(name->content, 0, 13), VIEW_LIT("_xmpp-server."));
		return profile->srv_only ? !server : !profile->srv_names;
	}
	return oid_is(name->other_type, OID_XMPP_ADDR) && !profile->xmpp_addrs;
}

static bool san_profile(struct lint *lint)
{
	return any(lint, is_not_of_the_profile);
}

static const struct lint_rule RULES[] = {
	{LINT_E("san-missing", "there is no subjectAltName, and a common name is no identifier", "RFC 9525 §2, RFC 6120 §13.7.1.2"), LINT_LEAF, san_missing},
	{LINT_E("san-empty", "subjectAltName has no name", "RFC 5280 §4.2.1.6"), LINT_LEAF, san_empty},
	{LINT_W("san-critical", "subjectAltName is critical though there is a subject", "RFC 5280 §4.2.1.6"), LINT_LEAF, san_critical},
	{LINT_W("san-duplicate", "a name stands there twice", "RFC 5280 §4.2.1.6"), LINT_LEAF, san_duplicate},
	{LINT_E("san-general-name", "subjectAltName has a kind of name that identifies no XMPP server", "RFC 6120 §13.7.1.2"), LINT_LEAF, san_general_name},
	{LINT_E("san-other-name", "an otherName is neither SRVName nor XmppAddr", "RFC 6120 §13.7.1.2"), LINT_LEAF, san_other_name},
	{LINT_E("san-dns-syntax", "a dNSName is no host name", "RFC 5280 §4.2.1.6"), LINT_LEAF, san_dns_syntax},
	{LINT_E("san-dns-wildcard", "a wildcard is not the whole left-most label of a dNSName, once", "RFC 6120 §13.7.1.2.1, RFC 9525 §6.3"), LINT_LEAF,
	 san_dns_wildcard},
	{LINT_E("san-dns-idn", "an internationalised dNSName is not in the A-labels of IDNA2008", "RFC 5280 §7.2"), LINT_LEAF, san_dns_idn},
	{LINT_W("san-dns-case", "a dNSName has upper-case letters, and some servers compare them", "RFC 9525 §6.3"), LINT_LEAF, san_dns_case},
	{LINT_W("san-dns-missing", "there is no dNSName, the only identifier that all servers and clients understand", "RFC 6120 §13.7.1.2.1"),
	 LINT_LEAF | LINT_WITHOUT_PROFILE, san_dns_missing},
	{LINT_E("san-profile", "subjectAltName has a kind of name that the profile has not", "RFC 6120 §13.7.1.2"), LINT_LEAF | LINT_WITH_PROFILE, san_profile},
};

const struct lint_rules lint_alt_name_rules = LINT_RULES(RULES);
