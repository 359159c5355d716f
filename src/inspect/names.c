#include "inspect/names.h"

#include "acme/url.h"

enum { DNS_NAME = 2, URI = 6 };

// otherName: SEQUENCE { type-id, [0] EXPLICIT value }, tagged [0] IMPLICIT.
static int read_other(struct view content, struct pki_san *ret_name)
{
	struct view type, inner;
	struct der_element value;
	if (der_read_oid(&content, &type) || der_read(&content, DER_CONTEXT_CONSTRUCTED(0), &inner) || der_end(content) || der_read_any(&inner, &value) ||
	    der_end(inner))
		return XICA_EPARSE;
	if (oid_is(type, OID_SRV_NAME) && value.tag == DER_IA5_STRING)
		*ret_name = (struct pki_san){PKI_SAN_SRV, value.content};
	else if (oid_is(type, OID_XMPP_ADDR) && value.tag == DER_UTF8_STRING)
		*ret_name = (struct pki_san){PKI_SAN_XMPP, value.content};
	else
		return XICA_EPARSE;
	return XICA_OK;
}

static int read_name(struct view *list, struct pki_san *ret_name)
{
	struct der_element element;
	if (der_read_any(list, &element))
		return XICA_EPARSE;
	if (element.tag == DER_CONTEXT_CONSTRUCTED(0))
		return read_other(element.content, ret_name);
	if (element.tag != DER_CONTEXT(DNS_NAME))
		return XICA_EPARSE;
	*ret_name = (struct pki_san){PKI_SAN_DNS, element.content};
	return XICA_OK;
}

int inspect_names_read(const struct pki_certificate *certificate, struct arena *arena, struct pki_sans *ret_names)
{
	struct pki_extension extension;
	struct view list;
	struct pki_san name;
	size_t count = 0;
	if (pki_extension_find(certificate->extensions, OID_SUBJECT_ALT_NAME, &extension) || der_read_only(extension.value, DER_SEQUENCE, &list))
		return XICA_EPARSE;
	for (struct view rest = list; rest.len; count++)
		if (read_name(&rest, &name))
			return XICA_EPARSE;
	struct pki_sans names = {arena_array(arena, count + 1, sizeof(*names.list)), 0};
	if (!names.list)
		return XICA_ENOMEM;
	for (; list.len; names.count++)
		if (read_name(&list, &names.list[names.count]))
			return XICA_EPARSE;
	*ret_names = names;
	return count ? XICA_OK : XICA_EPARSE;
}

bool inspect_name_needs(const struct pki_san *name, const struct pki_identifier *identifier)
{
	static const struct view STAR = {(const uint8_t *)"*.", 2}, SERVER = {(const uint8_t *)"_xmpp-server.", 13}, CLIENT = {(const uint8_t *)"_xmpp-client.", 13};
	bool dns = identifier->type == PKI_IDENTIFIER_DNS;
	switch (name->type) {
	case PKI_SAN_DNS:
		if (view_starts(name->value, STAR))
			return dns && identifier->wildcard && view_equal(view_sub(name->value, STAR.len, SIZE_MAX), identifier->value);
		return dns && !identifier->wildcard && view_equal(name->value, identifier->value);
	case PKI_SAN_SRV:
		if (view_starts(name->value, SERVER))
			return !identifier->wildcard && view_equal(view_sub(name->value, SERVER.len, SIZE_MAX), identifier->value);
		return dns && !identifier->wildcard && view_starts(name->value, CLIENT) &&
		       view_equal(view_sub(name->value, CLIENT.len, SIZE_MAX), identifier->value);
	case PKI_SAN_XMPP: return dns && !identifier->wildcard && view_equal(name->value, identifier->value);
	}
	return false;
}

bool inspect_name_is_below(const struct pki_san *name, const struct pki_identifier *above)
{
	struct view host = name->value, service;
	if (above->type != PKI_IDENTIFIER_DNS || above->wildcard || view_starts(host, VIEW_LIT("*.")))
		return false;
	if (name->type == PKI_SAN_SRV && pki_srv_name_split(name->value, &service, &host))
		return false;
	return host.len > above->value.len + 1 && view_ends(host, above->value) && host.ptr[host.len - above->value.len - 1] == '.';
}

// DistributionPoint: [0] { [0] fullName { [6] URI } }
static int read_url(struct view value, struct view *ret_url)
{
	struct view points, point, name, full;
	struct der_element uri;
	if (der_read_only(value, DER_SEQUENCE, &points) || der_read(&points, DER_SEQUENCE, &point) || der_read(&point, DER_CONTEXT_CONSTRUCTED(0), &name) ||
	    der_read(&name, DER_CONTEXT_CONSTRUCTED(0), &full) || der_read_any(&full, &uri) || uri.tag != DER_CONTEXT(URI))
		return XICA_EPARSE;
	*ret_url = uri.content;
	return XICA_OK;
}

int inspect_shard_of(const struct pki_certificate *certificate, const char *issuer, uint32_t *ret_shard)
{
	struct pki_extension extension;
	struct view url, end = VIEW_LIT(".crl");
	int64_t shard = 0;
	int error = pki_extension_find(certificate->extensions, OID_CRL_DISTRIBUTION_POINTS, &extension);
	if (error)
		return error;
	if (read_url(extension.value, &url) || !view_ends(url, end))
		return XICA_EPARSE;
	url = view_sub(url, 0, url.len - end.len);
	size_t slash = url.len;
	while (slash && url.ptr[slash - 1] != '/')
		slash--;
	struct view number = view_sub(url, slash, SIZE_MAX), before = view_sub(url, 0, slash ? slash - 1 : 0);
	if (!view_ends(before, view_str(issuer)) || (!view_equal_str(number, "0") && acme_url_parse_id(number, &shard)) || shard > UINT32_MAX)
		return XICA_EPARSE;
	*ret_shard = (uint32_t)shard;
	return XICA_OK;
}
