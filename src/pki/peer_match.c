#include "pki/peer_match.h"

#include "pki/names.h"

static bool all_visible(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x21 || text.ptr[i] > 0x7e)
			return false;
	return text.len > 0;
}

static bool has(struct view text, uint8_t c)
{
	return view_index(text, c, 0) != SIZE_MAX;
}

static bool ends_nocase(struct view text, struct view suffix)
{
	return text.len >= suffix.len && view_equal_nocase(view_sub(text, text.len - suffix.len, suffix.len), suffix);
}

// name begins with "*." (RFC 9525 §6.3).
static const char *match_wildcard(struct view name, struct view domain)
{
	struct view below = view_sub(name, 1, SIZE_MAX); // ".example.org"
	if (has(below, '*'))
		return "has more than one wildcard";
	if (view_index(below, '.', 1) == SIZE_MAX)
		return "is a wildcard for a whole top-level domain";
	if (view_equal_nocase(view_sub(below, 1, SIZE_MAX), domain))
		return "is a wildcard for the names below the domain, not for the domain itself";
	if (!ends_nocase(domain, below))
		return "is a wildcard for other names";
	size_t first_dot = view_index(domain, '.', 0);
	if (domain.len - first_dot != below.len)
		return "is a wildcard, which stands for one label and not for several";
	return first_dot ? NULL : "is another name";
}

const char *peer_match_dns_name(struct view name, struct view domain)
{
	if (!all_visible(name))
		return "holds characters that a dNSName can't have (internationalised names stand there in A-labels)";
	if (view_starts(name, VIEW_LIT("*.")))
		return match_wildcard(name, domain);
	if (has(name, '*'))
		return "has a wildcard that is not its whole left-most label";
	return view_equal_nocase(name, domain) ? NULL : "is another name";
}

static const char *match_service(struct view service, enum pki_peer_role role)
{
	bool client = view_equal_nocase(service, VIEW_LIT("_xmpp-client")), server = view_equal_nocase(service, VIEW_LIT("_xmpp-server"));
	if (role == PKI_PEER_C2S ? client : server)
		return NULL;
	if (client)
		return "is for clients, and servers look for _xmpp-server";
	return server ? "is for other servers, and clients look for _xmpp-client" : "is for another service";
}

const char *peer_match_srv_name(const struct der_element *value, struct view domain, enum pki_peer_role role)
{
	struct view service, name;
	if (value->tag != DER_IA5_STRING || !all_visible(value->content))
		return "is no IA5String of visible characters";
	if (pki_srv_name_split(value->content, &service, &name))
		return "is not of the form _service.domain, without a protocol";
	const char *why = match_service(service, role);
	if (why)
		return why;
	if (has(name, '*'))
		return "has a wildcard, which only a dNSName may";
	return view_equal_nocase(name, domain) ? NULL : "is for another domain";
}

int peer_match_xmpp_addr(const struct der_element *value, struct view domain, struct arena *arena, const char **ret_why)
{
	struct view name;
	if (value->tag != DER_UTF8_STRING || has(value->content, '@') || has(value->content, '/')) {
		*ret_why = value->tag != DER_UTF8_STRING ? "is no UTF8String" : "is the address of a user or a resource, not a domain";
		return XICA_OK;
	}
	int error = pki_name_to_ascii(value->content, arena, &name);
	if (error == XICA_ENOMEM)
		return error;
	*ret_why = error ? "is no domain" : view_equal_nocase(name, domain) ? NULL : "is another domain";
	return XICA_OK;
}
