// The otherNames of XMPP: SRVName (RFC 4985) and XmppAddr (RFC 6120 §13.7.1.4).
#include "pki/lint_rule.h"

struct srv { // an SRVName in parts
	struct view service, domain;
};

// The SRVNames in the right kind of string, one by one.
static bool srv_at(const struct lint *lint, size_t at, struct view *ret_text)
{
	const struct lint_general_name *name = &lint->certificate->alt_names.list[at];
	if (!oid_is(name->other_type, OID_SRV_NAME) || name->other_tag != DER_IA5_STRING)
		return false;
	*ret_text = name->content;
	return true;
}

static bool any_srv(struct lint *lint, bool (*holds)(struct lint *lint, struct view text))
{
	struct view text;
	for (size_t i = 0; i < lint->certificate->alt_names.count; i++) {
		if (!srv_at(lint, i, &text) || !holds(lint, text))
			continue;
		lint->detail = lint_quote(lint, text);
		return true;
	}
	return false;
}

// "_service." and something behind it that is no protocol label.
static bool split(struct view text, struct srv *ret_srv)
{
	return !pki_srv_name_split(text, &ret_srv->service, &ret_srv->domain);
}

static bool has_protocol(struct lint *lint, struct view text)
{
	(void)lint;
	size_t dot = view_index(text, '.', 0);
	return dot != SIZE_MAX && text.ptr[0] == '_' && dot + 1 < text.len && text.ptr[dot + 1] == '_';
}

static bool san_srv_protocol(struct lint *lint)
{
	return any_srv(lint, has_protocol);
}

static bool is_no_srv(struct lint *lint, struct view text)
{
	struct srv srv;
	return !has_protocol(lint, text) && !split(text, &srv);
}

static bool san_srv_form(struct lint *lint)
{
	return any_srv(lint, is_no_srv);
}

static bool has_wildcard(struct lint *lint, struct view text)
{
	struct srv srv;
	(void)lint;
	return split(text, &srv) && view_index(srv.domain, '*', 0) != SIZE_MAX;
}

static bool san_srv_wildcard(struct lint *lint)
{
	return any_srv(lint, has_wildcard);
}

static bool has_no_host(struct lint *lint, struct view text)
{
	struct srv srv;
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	return split(text, &srv) && !has_wildcard(lint, text) && pki_identifier_parse_dns(srv.domain, true, lint->arena, &identifier, &fault);
}

static bool san_srv_domain(struct lint *lint)
{
	return any_srv(lint, has_no_host);
}

static bool is_other_service(struct lint *lint, struct view text)
{
	struct srv srv;
	(void)lint;
	return split(text, &srv) && !view_equal_nocase(srv.service, VIEW_LIT("_xmpp-client")) && !view_equal_nocase(srv.service, VIEW_LIT("_xmpp-server"));
}

static bool san_srv_service(struct lint *lint)
{
	return any_srv(lint, is_other_service);
}

static bool is_client_alone(struct lint *lint, struct view text)
{
	struct srv srv, other;
	struct view another;
	if (!split(text, &srv) || !view_equal_nocase(srv.service, VIEW_LIT("_xmpp-client")))
		return false;
	for (size_t i = 0; i < lint->certificate->alt_names.count; i++)
		if (srv_at(lint, i, &another) && split(another, &other) && view_equal_nocase(other.service, VIEW_LIT("_xmpp-server")) &&
		    view_equal_nocase(other.domain, srv.domain))
			return false;
	return true;
}

static bool san_srv_client_alone(struct lint *lint)
{
	return any_srv(lint, is_client_alone);
}

// Is there an otherName of this type in another kind of string than this?
static bool in_other_string(struct lint *lint, enum oid type, uint8_t tag)
{
	const struct lint_general_names *names = &lint->certificate->alt_names;
	for (size_t i = 0; i < names->count; i++) {
		if (!oid_is(names->list[i].other_type, type) || names->list[i].other_tag == tag)
			continue;
		lint->detail = lint_quote(lint, names->list[i].content);
		return true;
	}
	return false;
}

static bool san_srv_string(struct lint *lint)
{
	return in_other_string(lint, OID_SRV_NAME, DER_IA5_STRING);
}

static bool san_xmpp_string(struct lint *lint)
{
	return in_other_string(lint, OID_XMPP_ADDR, DER_UTF8_STRING);
}

// Is there an XmppAddr with (or without) a local part?
static bool any_xmpp(struct lint *lint, bool local_part)
{
	const struct lint_general_names *names = &lint->certificate->alt_names;
	for (size_t i = 0; i < names->count; i++) {
		struct view address = names->list[i].content;
		if (!oid_is(names->list[i].other_type, OID_XMPP_ADDR) || names->list[i].other_tag != DER_UTF8_STRING ||
		    (view_index(address, '@', 0) != SIZE_MAX) != local_part)
			continue;
		lint->detail = lint_quote(lint, address);
		return true;
	}
	return false;
}

static bool san_xmpp_user(struct lint *lint)
{
	return any_xmpp(lint, true);
}

static bool san_xmpp_domain(struct lint *lint)
{
	return any_xmpp(lint, false);
}

static const struct lint_rule RULES[] = {
	{LINT_E("san-srv-string", "an SRVName is no IA5String", "RFC 4985 §2"), LINT_LEAF, san_srv_string},
	{LINT_E("san-srv-form", "an SRVName is not \"_Service.Name\"", "RFC 4985 §2"), LINT_LEAF, san_srv_form},
	{LINT_E("san-srv-protocol", "an SRVName has a protocol label", "RFC 4985 §2"), LINT_LEAF, san_srv_protocol},
	{LINT_E("san-srv-wildcard", "an SRVName has a wildcard", "RFC 4985 §2"), LINT_LEAF, san_srv_wildcard},
	{LINT_E("san-srv-domain", "the name in an SRVName is no host name in A-labels", "RFC 4985 §2, §3"), LINT_LEAF, san_srv_domain},
	{LINT_W("san-srv-service", "an SRVName is for another service than XMPP's", "RFC 6120 §13.7.1.2.1"), LINT_LEAF, san_srv_service},
	{LINT_W("san-srv-client-alone", "an SRVName is for _xmpp-client without the _xmpp-server by which servers know one another", "RFC 6120 §13.7.2"), LINT_LEAF,
	 san_srv_client_alone},
	{LINT_E("san-xmpp-string", "an XmppAddr is no UTF8String", "RFC 6120 §13.7.1.4"), LINT_LEAF, san_xmpp_string},
	{LINT_E("san-xmpp-user", "an XmppAddr in a server's certificate is a user's address", "RFC 6120 §13.7.1.4"), LINT_LEAF, san_xmpp_user},
	{LINT_W("san-xmpp-domain", "XmppAddr is no longer encouraged for domains, and crashes some servers", "RFC 6120 §13.7.1.2.1"),
	 LINT_LEAF | LINT_WITHOUT_PROFILE, san_xmpp_domain},
};

const struct lint_rules lint_srv_name_rules = LINT_RULES(RULES);
