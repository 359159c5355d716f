// What the certificate of a CA must say.
#include "pki/lint_rule.h"

static bool ca_flag(struct lint *lint)
{
	return !lint->certificate->ca;
}

static bool ca_critical(struct lint *lint)
{
	return lint->certificate->ca && !lint_is_critical(lint, OID_BASIC_CONSTRAINTS);
}

static bool ca_path(struct lint *lint)
{
	return lint->certificate->has_path_len && !(lint->certificate->key_usage & LINT_KEY_CERT_SIGN);
}

static bool lacks(const struct lint *lint, uint32_t usage)
{
	return !(lint->certificate->key_usage & usage);
}

static bool ca_cert_sign(struct lint *lint)
{
	return lacks(lint, LINT_KEY_CERT_SIGN);
}

static bool ca_crl_sign(struct lint *lint)
{
	return lacks(lint, LINT_CRL_SIGN);
}

static bool ca_signature(struct lint *lint)
{
	return lacks(lint, LINT_DIGITAL_SIGNATURE);
}

static bool ca_key_id(struct lint *lint)
{
	return !lint_find(lint->certificate, OID_SUBJECT_KEY_IDENTIFIER);
}

// OpenSSL 3.0 answers a constraint on otherNames with error 51 for every certificate that has an SRVName.
static bool ca_constraints_other(struct lint *lint)
{
	const struct lint_general_names *names = &lint->certificate->constraints;
	for (size_t i = 0; i < names->count; i++)
		if (names->list[i].tag == DER_CONTEXT_CONSTRUCTED(0)) {
			lint->detail = lint_oid(lint, names->list[i].other_type);
			return true;
		}
	return false;
}

static bool ca_constraints_critical(struct lint *lint)
{
	return lint_has(lint, OID_NAME_CONSTRAINTS) && !lint_is_critical(lint, OID_NAME_CONSTRAINTS);
}

static const struct lint_rule RULES[] = {
	{LINT_E("ca-flag", "the certificate of a CA does not say cA", "RFC 5280 §4.2.1.9"), LINT_CA, ca_flag},
	{LINT_E("ca-critical", "basicConstraints of a CA is not critical", "RFC 5280 §4.2.1.9"), LINT_CA, ca_critical},
	{LINT_E("ca-path", "pathLenConstraint stands there without keyCertSign", "RFC 5280 §4.2.1.9"), LINT_CA, ca_path},
	{LINT_E("ca-cert-sign", "keyUsage of a CA lacks keyCertSign", "RFC 5280 §4.2.1.3"), LINT_CA, ca_cert_sign},
	{LINT_W("ca-crl-sign", "keyUsage of a CA lacks cRLSign: nobody can believe its CRLs", "RFC 5280 §4.2.1.3"), LINT_CA, ca_crl_sign},
	{LINT_E("ca-signature", "keyUsage of a CA lacks digitalSignature", "RFC 6120 §13.7.1.1"), LINT_CA, ca_signature},
	{LINT_E("ca-key-id", "a CA has no subjectKeyIdentifier", "RFC 5280 §4.2.1.2"), LINT_CA, ca_key_id},
	{LINT_E("ca-constraints-other", "nameConstraints has an otherName, by which OpenSSL refuses every SRVName", "RFC 5280 §4.2.1.10"), LINT_CA,
	 ca_constraints_other},
	{LINT_E("ca-constraints-critical", "nameConstraints is not critical", "RFC 5280 §4.2.1.10"), LINT_CA, ca_constraints_critical},
};

const struct lint_rules lint_ca_rules = LINT_RULES(RULES);
