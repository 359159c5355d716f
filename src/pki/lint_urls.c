// Where the issuer's certificate and the status are found: authorityInfoAccess and cRLDistributionPoints.
#include "pki/lint_rule.h"

enum { URI = 6, SHORT_LIVED_DAYS = 10 };

// http, a host and visible ASCII. Not https: who checks a certificate must not need another one's check for it (RFC 5280 §8).
static bool is_http_url(const struct lint_general_name *name)
{
	struct view scheme = VIEW_LIT("http://"), text = name->content;
	if (name->tag != DER_CONTEXT(URI) || !view_equal_nocase(view_sub(text, 0, scheme.len), scheme) || text.len == scheme.len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f)
			return false;
	return text.ptr[scheme.len] != '/';
}

static bool has_access(const struct lint *lint, enum oid method)
{
	for (size_t i = 0; i < lint->certificate->access_count; i++)
		if (lint->certificate->access[i].method == method)
			return true;
	return false;
}

static bool aia_critical(struct lint *lint)
{
	return lint_is_critical(lint, OID_AUTHORITY_INFO_ACCESS);
}

static bool aia_url(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->access_count; i++) {
		bool known = c->access[i].method == OID_AD_OCSP || c->access[i].method == OID_AD_CA_ISSUERS;
		if (!known || is_http_url(&c->access[i].location))
			continue;
		lint->detail = lint_quote(lint, c->access[i].location.content);
		return true;
	}
	return false;
}

static bool aia_issuers(struct lint *lint)
{
	return !(lint->profile && !lint->profile->status_urls) && !has_access(lint, OID_AD_CA_ISSUERS);
}

static bool crldp_critical(struct lint *lint)
{
	return lint_is_critical(lint, OID_CRL_DISTRIBUTION_POINTS);
}

static bool crldp_url(struct lint *lint)
{
	const struct lint_general_names *names = &lint->certificate->crl_names;
	for (size_t i = 0; i < names->count; i++) {
		if (is_http_url(&names->list[i]))
			continue;
		lint->detail = lint_quote(lint, names->list[i].content);
		return true;
	}
	return false;
}

static bool crldp_partial(struct lint *lint)
{
	return lint->certificate->crl_points_partial;
}

static bool status_none(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	if (lint_find(c, OID_CRL_DISTRIBUTION_POINTS) || has_access(lint, OID_AD_OCSP))
		return false;
	return c->times_readable && c->not_after - c->not_before > (xica_time)SHORT_LIVED_DAYS * XICA_DAY;
}

static bool status_profile(struct lint *lint)
{
	bool has_crl = lint->certificate->crl_names.count != 0;
	if (lint->profile->status_urls)
		return !has_crl;
	return has_crl || has_access(lint, OID_AD_OCSP);
}

static const struct lint_rule RULES[] = {
	{LINT_E("aia-critical", "authorityInfoAccess is critical", "RFC 5280 §4.2.2.1"), LINT_ALL, aia_critical},
	{LINT_E("aia-url", "authorityInfoAccess has something other than an http URL", "RFC 5280 §4.2.2.1"), LINT_ALL, aia_url},
	{LINT_W("aia-issuers", "authorityInfoAccess does not say where the issuer's certificate is", "RFC 5280 §4.2.2.1"), LINT_LEAF, aia_issuers},
	{LINT_W("crldp-critical", "cRLDistributionPoints is critical", "RFC 5280 §4.2.1.13"), LINT_ALL, crldp_critical},
	{LINT_E("crldp-url", "cRLDistributionPoints has something other than an http URL", "RFC 5280 §4.2.1.13"), LINT_ALL, crldp_url},
	{LINT_E("crldp-partial", "a distribution point has no full name, or is for some reasons alone, or for another issuer's CRL", "RFC 5280 §4.2.1.13"), LINT_ALL,
	 crldp_partial},
	{LINT_W("status-none", "nothing says where to ask whether the certificate was revoked", "RFC 6120 §13.7.1.1"), LINT_LEAF | LINT_WITHOUT_PROFILE, status_none},
	{LINT_E("status-profile", "the profile has status URLs and the certificate none, or the other way round", "RFC 5280 §4.2.1.13"),
	 LINT_LEAF | LINT_WITH_PROFILE, status_profile},
};

const struct lint_rules lint_url_rules = LINT_RULES(RULES);
