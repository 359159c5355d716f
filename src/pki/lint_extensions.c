// Extensions as such, and those that say what a certificate is: basicConstraints, key identifiers, policies and some that do not belong in one.
#include "pki/lint_rule.h"

static bool extension_duplicate(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->extension_count; i++)
		for (size_t n = 0; n < i; n++)
			if (view_equal(c->extensions[i].oid, c->extensions[n].oid)) {
				lint->detail = lint_oid(lint, c->extensions[i].oid);
				return true;
			}
	return false;
}

// What every verifier must know (RFC 5280 §4.2), and what has a rule of its own when it is critical.
static bool may_be_critical(enum oid id)
{
	static const enum oid KNOWN[] = {OID_KEY_USAGE, OID_CERTIFICATE_POLICIES, OID_SUBJECT_ALT_NAME, OID_BASIC_CONSTRAINTS, OID_NAME_CONSTRAINTS,
		OID_POLICY_CONSTRAINTS, OID_POLICY_MAPPINGS, OID_EXT_KEY_USAGE, OID_INHIBIT_ANY_POLICY, OID_SUBJECT_KEY_IDENTIFIER,
		OID_AUTHORITY_KEY_IDENTIFIER, OID_AUTHORITY_INFO_ACCESS, OID_CRL_DISTRIBUTION_POINTS, OID_ACME_IDENTIFIER};
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
		if (KNOWN[i] == id)
			return true;
	return false;
}

static bool extension_critical(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->extension_count; i++) {
		if (!c->extensions[i].critical || may_be_critical(c->extensions[i].id))
			continue;
		lint->detail = lint_oid(lint, c->extensions[i].oid);
		return true;
	}
	return false;
}

static bool extension_default(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->extension_count; i++)
		if (c->extensions[i].false_written) {
			lint->detail = lint_oid(lint, c->extensions[i].oid);
			return true;
		}
	return false;
}

static bool extension_malformed(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->extension_count; i++)
		if (c->extensions[i].malformed) {
			lint->detail = lint_oid(lint, c->extensions[i].oid);
			return true;
		}
	return false;
}

static bool basic_constraints_missing(struct lint *lint)
{
	return !lint_find(lint->certificate, OID_BASIC_CONSTRAINTS);
}

static bool basic_constraints_ca(struct lint *lint)
{
	return lint->certificate->ca;
}

static bool basic_constraints_critical(struct lint *lint)
{
	return lint_has(lint, OID_BASIC_CONSTRAINTS) && !lint_is_critical(lint, OID_BASIC_CONSTRAINTS);
}

static bool basic_constraints_path(struct lint *lint)
{
	return lint->certificate->has_path_len && !lint->certificate->ca;
}

static bool is_self_issued(const struct lint_certificate *c)
{
	return view_equal(c->issuer_der, c->subject_der);
}

static bool aki_missing(struct lint *lint)
{
	if (is_self_issued(lint->certificate)) // a root may go without
		return false;
	const struct lint_extension *extension = lint_find(lint->certificate, OID_AUTHORITY_KEY_IDENTIFIER);
	return !extension || (!extension->malformed && !lint->certificate->authority_key_id.len);
}

static bool aki_critical(struct lint *lint)
{
	return lint_is_critical(lint, OID_AUTHORITY_KEY_IDENTIFIER);
}

static bool ski_critical(struct lint *lint)
{
	return lint_is_critical(lint, OID_SUBJECT_KEY_IDENTIFIER);
}

static bool ski_empty(struct lint *lint)
{
	return lint_has(lint, OID_SUBJECT_KEY_IDENTIFIER) && !lint->certificate->subject_key_id.len;
}

static bool name_constraints_leaf(struct lint *lint)
{
	return lint_find(lint->certificate, OID_NAME_CONSTRAINTS) != NULL;
}

static bool acme_identifier(struct lint *lint)
{
	return lint_find(lint->certificate, OID_ACME_IDENTIFIER) != NULL;
}

static bool must_staple(struct lint *lint)
{
	return lint->certificate->must_staple;
}

static bool policy_duplicate(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->policy_count; i++)
		for (size_t n = 0; n < i; n++)
			if (view_equal(c->policies[i], c->policies[n])) {
				lint->detail = lint_oid(lint, c->policies[i]);
				return true;
			}
	return false;
}

static bool policy_profile(struct lint *lint)
{
	cleanup_buf wanted = BUF_INIT;
	const struct lint_certificate *c = lint->certificate;
	struct view cursor, oid;
	if (!lint->profile->policy_oid)
		return c->policy_count != 0;
	if (der_add_oid_text(&wanted, lint->profile->policy_oid))
		return true;
	cursor = buf_view(&wanted);
	return der_read_oid(&cursor, &oid) || c->policy_count != 1 || !view_equal(c->policies[0], oid);
}

static const struct lint_rule RULES[] = {
	{LINT_E("extension-duplicate", "an extension stands there twice", "RFC 5280 §4.2"), LINT_ALL, extension_duplicate},
	{LINT_E("extension-critical", "an extension is critical that verifiers need not know", "RFC 5280 §4.2"), LINT_ALL, extension_critical},
	{LINT_E("extension-default", "an extension's critical is written out as FALSE, which is the default", "RFC 5280 §4.1, X.690 §11.5"), LINT_ALL,
	 extension_default},
	{LINT_E("extension-malformed", "an extension's value is not of its syntax, or no DER", "RFC 5280 §4.2"), LINT_ALL, extension_malformed},
	{LINT_W("basic-constraints-missing", "there is no basicConstraints to say that this is no CA", "RFC 5280 §4.2.1.9"), LINT_LEAF, basic_constraints_missing},
	{LINT_E("basic-constraints-ca", "the certificate of a server is a CA's", "RFC 6120 §13.7.1.1"), LINT_LEAF, basic_constraints_ca},
	{LINT_W("basic-constraints-critical", "basicConstraints is not critical", "RFC 5280 §4.2.1.9"), LINT_LEAF, basic_constraints_critical},
	{LINT_E("basic-constraints-path", "pathLenConstraint stands there without cA", "RFC 5280 §4.2.1.9"), LINT_LEAF, basic_constraints_path},
	{LINT_E("aki-missing", "there is no authorityKeyIdentifier with a keyIdentifier", "RFC 5280 §4.2.1.1"), LINT_ALL, aki_missing},
	{LINT_E("aki-critical", "authorityKeyIdentifier is critical", "RFC 5280 §4.2.1.1"), LINT_ALL, aki_critical},
	{LINT_E("ski-critical", "subjectKeyIdentifier is critical", "RFC 5280 §4.2.1.2"), LINT_ALL, ski_critical},
	{LINT_E("ski-empty", "subjectKeyIdentifier is empty", "RFC 5280 §4.2.1.2"), LINT_ALL, ski_empty},
	{LINT_E("name-constraints-leaf", "nameConstraints stands in a certificate that is no CA's", "RFC 5280 §4.2.1.10"), LINT_LEAF, name_constraints_leaf},
	{LINT_E("acme-identifier", "acmeIdentifier belongs into the certificate of a challenge alone", "RFC 8737 §3"), LINT_ALL, acme_identifier},
	{LINT_W("must-staple", "the certificate demands stapled OCSP answers, which GnuTLS clients refuse", "RFC 7633 §4"), LINT_LEAF, must_staple},
	{LINT_E("policy-duplicate", "a certificate policy stands there twice", "RFC 5280 §4.2.1.4"), LINT_ALL, policy_duplicate},
	{LINT_E("policy-profile", "the certificate policies are not the profile's", "RFC 5280 §4.2.1.4"), LINT_LEAF | LINT_WITH_PROFILE, policy_profile},
};

const struct lint_rules lint_extension_rules = LINT_RULES(RULES);
