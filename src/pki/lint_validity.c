// From when until when.
#include "pki/lint_rule.h"

enum { LONGEST_DAYS = 398 };

static xica_time length_of(const struct lint_certificate *c) // both ends count (RFC 5280 §4.1.2.5)
{
	return c->not_after - c->not_before + 1;
}

static bool in_order(const struct lint *lint)
{
	return lint->certificate->times_readable && lint->certificate->not_before <= lint->certificate->not_after;
}

static bool validity_encoding(struct lint *lint)
{
	return !lint->certificate->times_readable;
}

static bool validity_order(struct lint *lint)
{
	return lint->certificate->times_readable && !in_order(lint);
}

static bool validity_long(struct lint *lint)
{
	lint->detail = arena_printf(lint->arena, "%lld days", (long long)(length_of(lint->certificate) / XICA_DAY));
	return in_order(lint) && length_of(lint->certificate) > (xica_time)LONGEST_DAYS * XICA_DAY;
}

static bool validity_profile(struct lint *lint)
{
	xica_time length = length_of(lint->certificate);
	lint->detail = arena_printf(lint->arena, "%lld seconds", (long long)length);
	return in_order(lint) && (length < lint->profile->validity_min || length > lint->profile->validity_max);
}

static const struct lint_rule RULES[] = {
	{LINT_E("validity-encoding", "a time is not UTCTime through 2049 and GeneralizedTime after, in seconds, with Z", "RFC 5280 §4.1.2.5"), LINT_ALL,
	 validity_encoding},
	{LINT_E("validity-order", "the certificate ends before it begins", "RFC 5280 §4.1.2.5"), LINT_ALL, validity_order},
	{LINT_W("validity-long", "the certificate is valid for more than 398 days", "CA/Browser Forum BR §6.3.2"), LINT_LEAF | LINT_WITHOUT_PROFILE,
	 validity_long},
	{LINT_E("validity-profile", "the certificate is valid for a longer or shorter time than its profile allows", "RFC 5280 §4.1.2.5"),
	 LINT_LEAF | LINT_WITH_PROFILE, validity_profile},
};

const struct lint_rules lint_validity_rules = LINT_RULES(RULES);
