#include "dns/caa.h"
#include "validate/caa_check.h"

// Property tags that we understand, so that a critical flag on them is no reason to stop. iodef and the contacts ask for nothing here;
// issuemail and issuevmc speak of certificates that we don't make.
static const char *const KNOWN[] = {"issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"};

static bool tag_is(const struct dns_caa *caa, const char *tag)
{
	return view_equal_nocase(caa->tag, view_str(tag));
}

static bool is_known(const struct dns_caa *caa)
{
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
		if (tag_is(caa, KNOWN[i]))
			return true;
	return false;
}

static bool is_us(struct view domain, const struct caa_policy *policy)
{
	for (size_t i = 0; i < policy->identity_count; i++)
		if (domain.len && view_equal_nocase(domain, view_str(policy->identities[i])))
			return true;
	return false;
}

// NULL: this property lets us issue. Else why not.
static const char *property_refusal(struct view value, const struct caa_policy *policy)
{
	struct dns_caa_issue issue;
	if (dns_caa_issue_read(value, &issue) || !is_us(issue.domain, policy))
		return "don't name this CA";
	if (issue.contradictory)
		return "name this CA with a parameter twice";
	if (issue.has_account_uri && !view_equal(issue.account_uri, policy->account_url))
		return "name another account (accounturi)";
	if (issue.has_methods && !dns_caa_methods_have(issue.methods, policy->method))
		return "don't allow this method (validationmethods)";
	return NULL;
}

static int read_all(const struct view *list, size_t count, struct arena *arena, struct dns_caa **ret_all, const char **ret_why)
{
	struct dns_caa *all = arena_array(arena, count ? count : 1, sizeof(*all));
	if (!all)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (dns_caa_read(list[i], &all[i])) {
			*ret_why = "one is malformed";
			return XICA_EDENIED;
		}
		if (all[i].critical && !is_known(&all[i])) {
			*ret_why = arena_printf(arena, "the critical property \"%.*s\" is unknown to this CA", VIEW_FMT(all[i].tag));
			return *ret_why ? XICA_EDENIED : XICA_ENOMEM;
		}
	}
	*ret_all = all;
	return XICA_OK;
}

static size_t count_tag(const struct dns_caa *all, size_t count, const char *tag)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		found += tag_is(&all[i], tag);
	return found;
}

int caa_decide(const struct view *list, size_t count, bool wildcard, const struct caa_policy *policy, struct arena *arena, const char **ret_why)
{
	struct dns_caa *all;
	int error = read_all(list, count, arena, &all, ret_why);
	if (error)
		return error;
	// RFC 8659 §4.3: issuewild, where there is one, decides on wildcards alone, and nobody else asks it.
	const char *tag = wildcard && count_tag(all, count, "issuewild") ? "issuewild" : "issue";
	if (!count_tag(all, count, tag))
		return XICA_OK;
	const char *closest = "don't name this CA";
	for (size_t i = 0; i < count; i++) {
		if (!tag_is(&all[i], tag))
			continue;
		const char *refusal = property_refusal(all[i].value, policy);
		if (!refusal)
			return XICA_OK;
		struct dns_caa_issue issue;
		if (!dns_caa_issue_read(all[i].value, &issue) && is_us(issue.domain, policy))
			closest = refusal;
	}
	*ret_why = arena_printf(arena, "its \"%s\" properties %s", tag, closest);
	return *ret_why ? XICA_EDENIED : XICA_ENOMEM;
}
