// What the key may be used for: keyUsage and extKeyUsage of a server's certificate.
#include "pki/lint_rule.h"

static bool key_usage_missing(struct lint *lint)
{
	return !lint_find(lint->certificate, OID_KEY_USAGE);
}

static bool key_usage_critical(struct lint *lint)
{
	return lint_has(lint, OID_KEY_USAGE) && !lint_is_critical(lint, OID_KEY_USAGE);
}

static bool key_usage_empty(struct lint *lint)
{
	return lint_has(lint, OID_KEY_USAGE) && !lint->certificate->key_usage;
}

static bool key_usage_signature(struct lint *lint)
{
	uint32_t usage = lint->certificate->key_usage;
	return usage && !(usage & LINT_DIGITAL_SIGNATURE);
}

static bool key_usage_ca(struct lint *lint)
{
	return lint->certificate->key_usage & (LINT_KEY_CERT_SIGN | LINT_CRL_SIGN);
}

static bool is_ec(const struct lint *lint)
{
	return lint->certificate->key.algorithm == OID_EC_PUBLIC_KEY;
}

static bool key_usage_ec(struct lint *lint)
{
	return is_ec(lint) && lint->certificate->key_usage & (LINT_KEY_ENCIPHERMENT | LINT_DATA_ENCIPHERMENT);
}

static bool key_usage_excess(struct lint *lint)
{
	uint32_t excess = LINT_NON_REPUDIATION | LINT_ENCIPHER_ONLY | LINT_DECIPHER_ONLY;
	if (!is_ec(lint))
		excess |= LINT_DATA_ENCIPHERMENT | LINT_KEY_AGREEMENT;
	return lint->certificate->key_usage & excess;
}

static bool has_purpose(const struct lint *lint, enum oid purpose)
{
	for (size_t i = 0; i < lint->certificate->purpose_count; i++)
		if (oid_is(lint->certificate->purposes[i], purpose))
			return true;
	return false;
}

static bool eku_missing(struct lint *lint)
{
	return !lint_find(lint->certificate, OID_EXT_KEY_USAGE);
}

static bool eku_any(struct lint *lint)
{
	return has_purpose(lint, OID_EKU_ANY);
}

static bool eku_client_only(struct lint *lint)
{
	return has_purpose(lint, OID_EKU_CLIENT_AUTH) && !has_purpose(lint, OID_EKU_SERVER_AUTH);
}

static bool eku_server_only(struct lint *lint)
{
	return has_purpose(lint, OID_EKU_SERVER_AUTH) && !has_purpose(lint, OID_EKU_CLIENT_AUTH);
}

static bool eku_other(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	for (size_t i = 0; i < c->purpose_count; i++) {
		enum oid purpose = oid_find(c->purposes[i]);
		if (purpose == OID_EKU_SERVER_AUTH || purpose == OID_EKU_CLIENT_AUTH || purpose == OID_EKU_ANY)
			continue;
		lint->detail = lint_oid(lint, c->purposes[i]);
		return true;
	}
	return false;
}

static bool eku_profile(struct lint *lint)
{
	return has_purpose(lint, OID_EKU_SERVER_AUTH) != lint->profile->server_auth || has_purpose(lint, OID_EKU_CLIENT_AUTH) != lint->profile->client_auth;
}

static const struct lint_rule RULES[] = {
	{LINT_W("key-usage-missing", "there is no keyUsage", "RFC 5280 §4.2.1.3"), LINT_LEAF, key_usage_missing},
	{LINT_W("key-usage-critical", "keyUsage is not critical", "RFC 5280 §4.2.1.3"), LINT_ALL, key_usage_critical},
	{LINT_E("key-usage-empty", "keyUsage has no bit set", "RFC 5280 §4.2.1.3"), LINT_ALL, key_usage_empty},
	{LINT_E("key-usage-signature", "keyUsage lacks digitalSignature, by which TLS proves the key", "RFC 5280 §4.2.1.3"), LINT_LEAF, key_usage_signature},
	{LINT_E("key-usage-ca", "keyUsage lets a server's key sign certificates or CRLs", "RFC 5280 §4.2.1.9"), LINT_LEAF, key_usage_ca},
	{LINT_E("key-usage-ec", "keyUsage lets an EC key encipher", "RFC 5480 §3"), LINT_LEAF, key_usage_ec},
	{LINT_W("key-usage-excess", "keyUsage has bits that TLS has no use for", "RFC 5280 §4.2.1.3"), LINT_LEAF, key_usage_excess},
	{LINT_W("eku-missing", "there is no extKeyUsage: the key may be used for anything", "RFC 5280 §4.2.1.12"), LINT_LEAF | LINT_WITHOUT_PROFILE, eku_missing},
	{LINT_E("eku-any", "extKeyUsage has anyExtendedKeyUsage", "RFC 5280 §4.2.1.12"), LINT_LEAF, eku_any},
	{LINT_E("eku-client-only", "the certificate of a server is good for clients alone", "RFC 5280 §4.2.1.12"), LINT_LEAF | LINT_WITHOUT_PROFILE,
	 eku_client_only},
	{LINT_W("eku-server-only", "without clientAuth many servers refuse the connecting side of a server-to-server stream", "RFC 5280 §4.2.1.12"),
	 LINT_LEAF | LINT_WITHOUT_PROFILE, eku_server_only},
	{LINT_E("eku-other", "extKeyUsage has a purpose that no XMPP server needs", "RFC 5280 §4.2.1.12"), LINT_LEAF, eku_other},
	{LINT_E("eku-profile", "extKeyUsage is not the profile's", "RFC 5280 §4.2.1.12"), LINT_LEAF | LINT_WITH_PROFILE, eku_profile},
};

const struct lint_rules lint_usage_rules = LINT_RULES(RULES);
