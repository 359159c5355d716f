#include "pki/profile.h"

#include <stdlib.h>

enum { NAMES_PER_IDENTIFIER = 4 };

static int add(struct pki_sans *sans, enum pki_san_type type, const char *text)
{
	if (!text)
		return XICA_ENOMEM;
	sans->list[sans->count++] = (struct pki_san){type, view_str(text)};
	return XICA_OK;
}

static int add_srv(struct pki_sans *sans, const char *service, struct view domain, struct arena *arena)
{
	return add(sans, PKI_SAN_SRV, arena_printf(arena, "%s.%.*s", service, VIEW_FMT(domain)));
}

static int add_domain(const struct pki_profile *profile, bool component, struct view domain, struct arena *arena,
		      struct pki_sans *sans)
{
	const char *text = arena_strdup(arena, domain);
	int error = profile->dns_names ? add(sans, PKI_SAN_DNS, text) : XICA_OK;
	if (!error && profile->srv_names && !component)
		error = add_srv(sans, "_xmpp-client", domain, arena);
	if (!error && profile->srv_names)
		error = add_srv(sans, "_xmpp-server", domain, arena);
	if (!error && profile->xmpp_addrs)
		error = add(sans, PKI_SAN_XMPP, text);
	return error;
}

// Why this profile can't certify this identifier, or NULL. An SRVName has no wildcard form (RFC 4985 §2).
static const char *misfit(const struct pki_profile *profile, const struct pki_identifier *identifier)
{
	switch (identifier->type) {
	case PKI_IDENTIFIER_DNS:
		if (profile->srv_only)
			return "this profile certifies srv identifiers alone";
		if (identifier->wildcard && !profile->dns_names)
			return "this profile has no dNSNames, and nothing else has a wildcard form";
		if (!profile->dns_names && !profile->srv_names && !profile->xmpp_addrs)
			return "this profile carries no name for a dns identifier";
		return NULL;
	case PKI_IDENTIFIER_SRV:
		if (identifier->wildcard)
			return "a srv identifier has no wildcard form";
		if (!profile->srv_names && !profile->srv_only)
			return "this profile carries no SRVNames";
		return NULL;
	}
	return "an unknown type of identifier";
}

static int add_identifier(const struct pki_profile *profile, const struct pki_site *site, const struct pki_identifier *identifiers,
			  size_t count, size_t at, struct arena *arena, struct pki_sans *sans)
{
	struct view domain = identifiers[at].value;
	if (identifiers[at].type == PKI_IDENTIFIER_SRV)
		return add_srv(sans, "_xmpp-server", domain, arena);
	if (identifiers[at].wildcard)
		return add(sans, PKI_SAN_DNS, arena_printf(arena, "*.%.*s", VIEW_FMT(domain)));
	bool component = pki_name_is_component(domain, identifiers, count, site->component_labels, site->component_label_count);
	return add_domain(profile, component, domain, arena, sans);
}

static int compare(const void *a, const void *b)
{
	const struct pki_san *one = a, *other = b;
	if (one->type != other->type)
		return one->type < other->type ? -1 : 1;
	if (one->value.len != other->value.len)
		return one->value.len < other->value.len ? -1 : 1;
	return view_compare(one->value, other->value);
}

static void sort_and_merge(struct pki_sans *sans)
{
	size_t kept = 0;
	qsort(sans->list, sans->count, sizeof(*sans->list), compare);
	for (size_t i = 0; i < sans->count; i++)
		if (kept == 0 || compare(&sans->list[kept - 1], &sans->list[i]))
			sans->list[kept++] = sans->list[i];
	sans->count = kept;
}

int pki_profile_names(const struct pki_profile *profile, const struct pki_site *site, const struct pki_identifier *identifiers,
		      size_t count, struct arena *arena, struct pki_sans *ret_sans, const char **ret_why)
{
	if (count == 0 || count > SIZE_MAX / NAMES_PER_IDENTIFIER) {
		*ret_why = "a certificate needs a name";
		return XICA_EDENIED;
	}
	struct pki_sans sans = {arena_array(arena, count * NAMES_PER_IDENTIFIER, sizeof(*sans.list)), 0};
	if (!sans.list)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *why = misfit(profile, &identifiers[i]);
		if (why) {
			*ret_why = why;
			return XICA_EDENIED;
		}
		int error = add_identifier(profile, site, identifiers, count, i, arena, &sans);
		if (error)
			return error;
	}
	sort_and_merge(&sans);
	*ret_sans = sans;
	return XICA_OK;
}

void pki_profile_renewal(const struct pki_profile *profile, xica_time not_before, xica_time not_after, xica_time *ret_start, xica_time *ret_end)
{
	enum { SHORT = 10 * XICA_DAY, WINDOW = 4 };
	xica_time life = not_after - not_before + 1;
	unsigned window = profile && profile->renew_window ? profile->renew_window : WINDOW;
	*ret_start = not_before + (profile && profile->renew_after ? life * profile->renew_after / 100 : life > SHORT ? life * 2 / 3 : life / 2);
	*ret_end = *ret_start + life * window / 100;
}

int pki_profile_validity(const struct pki_profile *profile, xica_time now, xica_time issuer_not_after, xica_time asked_not_before,
			 xica_time asked_not_after, xica_time *ret_not_before, xica_time *ret_not_after)
{
	const xica_time far = 100 * 366 * (xica_time)XICA_DAY; // no sum below overflows
	if (asked_not_before < 0 || asked_not_after < 0 || asked_not_before > now + far || asked_not_after > now + far)
		return XICA_ERANGE;
	if (asked_not_before && asked_not_before < now - profile->backdate - PKI_NOT_BEFORE_PAST)
		return XICA_ERANGE;
	xica_time not_before = asked_not_before ? asked_not_before : now - profile->backdate;
	xica_time not_after = asked_not_after ? asked_not_after : not_before + profile->validity - 1;
	xica_time last = issuer_not_after < now + profile->validity_max ? issuer_not_after : now + profile->validity_max;
	if (!asked_not_after && not_after > last)
		not_after = last;
	xica_time validity = not_after - not_before + 1;
	if (not_after <= now || not_after > last || validity < profile->validity_min || validity > profile->validity_max)
		return XICA_ERANGE;
	*ret_not_before = not_before;
	*ret_not_after = not_after;
	return XICA_OK;
}
