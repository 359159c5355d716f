#include "pki/oid.h"

struct known_oid {
	const char *name;
	struct view content;
};

#define OID_ENTRY(text, bytes) {text, {(const uint8_t *)(bytes), sizeof(bytes) - 1}}

static const struct known_oid KNOWN[OID_COUNT] = {
	[OID_UNKNOWN] = {"unknown", {NULL, 0}},
	[OID_COMMON_NAME] = OID_ENTRY("commonName", "\x55\x04\x03"),
	[OID_SERIAL_NUMBER] = OID_ENTRY("serialNumber", "\x55\x04\x05"),
	[OID_COUNTRY] = OID_ENTRY("countryName", "\x55\x04\x06"),
	[OID_LOCALITY] = OID_ENTRY("localityName", "\x55\x04\x07"),
	[OID_STATE] = OID_ENTRY("stateOrProvinceName", "\x55\x04\x08"),
	[OID_ORGANIZATION] = OID_ENTRY("organizationName", "\x55\x04\x0a"),
	[OID_ORGANIZATIONAL_UNIT] = OID_ENTRY("organizationalUnitName", "\x55\x04\x0b"),
	[OID_DOMAIN_COMPONENT] = OID_ENTRY("domainComponent", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"),
	[OID_EMAIL_ADDRESS] = OID_ENTRY("emailAddress", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"),

	[OID_SRV_NAME] = OID_ENTRY("SRVName", "\x2b\x06\x01\x05\x05\x07\x08\x07"),
	[OID_XMPP_ADDR] = OID_ENTRY("XmppAddr", "\x2b\x06\x01\x05\x05\x07\x08\x05"),

	[OID_SUBJECT_KEY_IDENTIFIER] = OID_ENTRY("subjectKeyIdentifier", "\x55\x1d\x0e"),
	[OID_KEY_USAGE] = OID_ENTRY("keyUsage", "\x55\x1d\x0f"),
	[OID_SUBJECT_ALT_NAME] = OID_ENTRY("subjectAltName", "\x55\x1d\x11"),
	[OID_ISSUER_ALT_NAME] = OID_ENTRY("issuerAltName", "\x55\x1d\x12"),
	[OID_BASIC_CONSTRAINTS] = OID_ENTRY("basicConstraints", "\x55\x1d\x13"),
	[OID_CRL_NUMBER] = OID_ENTRY("cRLNumber", "\x55\x1d\x14"),
	[OID_CRL_REASON] = OID_ENTRY("reasonCode", "\x55\x1d\x15"),
	[OID_INVALIDITY_DATE] = OID_ENTRY("invalidityDate", "\x55\x1d\x18"),
	[OID_DELTA_CRL] = OID_ENTRY("deltaCRLIndicator", "\x55\x1d\x1b"),
	[OID_ISSUING_DISTRIBUTION_POINT] = OID_ENTRY("issuingDistributionPoint", "\x55\x1d\x1c"),
	[OID_NAME_CONSTRAINTS] = OID_ENTRY("nameConstraints", "\x55\x1d\x1e"),
	[OID_CRL_DISTRIBUTION_POINTS] = OID_ENTRY("cRLDistributionPoints", "\x55\x1d\x1f"),
	[OID_CERTIFICATE_POLICIES] = OID_ENTRY("certificatePolicies", "\x55\x1d\x20"),
	[OID_POLICY_MAPPINGS] = OID_ENTRY("policyMappings", "\x55\x1d\x21"),
	[OID_AUTHORITY_KEY_IDENTIFIER] = OID_ENTRY("authorityKeyIdentifier", "\x55\x1d\x23"),
	[OID_POLICY_CONSTRAINTS] = OID_ENTRY("policyConstraints", "\x55\x1d\x24"),
	[OID_EXT_KEY_USAGE] = OID_ENTRY("extKeyUsage", "\x55\x1d\x25"),
	[OID_INHIBIT_ANY_POLICY] = OID_ENTRY("inhibitAnyPolicy", "\x55\x1d\x36"),
	[OID_AUTHORITY_INFO_ACCESS] = OID_ENTRY("authorityInfoAccess", "\x2b\x06\x01\x05\x05\x07\x01\x01"),
	[OID_TLS_FEATURE] = OID_ENTRY("tlsFeature", "\x2b\x06\x01\x05\x05\x07\x01\x18"),
	[OID_ACME_IDENTIFIER] = OID_ENTRY("acmeIdentifier", "\x2b\x06\x01\x05\x05\x07\x01\x1f"),
	[OID_SCT_LIST] = OID_ENTRY("signedCertificateTimestampList", "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"),
	[OID_OCSP_NOCHECK] = OID_ENTRY("ocspNoCheck", "\x2b\x06\x01\x05\x05\x07\x30\x01\x05"),

	[OID_AD_OCSP] = OID_ENTRY("ocsp", "\x2b\x06\x01\x05\x05\x07\x30\x01"),
	[OID_AD_CA_ISSUERS] = OID_ENTRY("caIssuers", "\x2b\x06\x01\x05\x05\x07\x30\x02"),
	[OID_OCSP_BASIC] = OID_ENTRY("id-pkix-ocsp-basic", "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"),
	[OID_OCSP_NONCE] = OID_ENTRY("id-pkix-ocsp-nonce", "\x2b\x06\x01\x05\x05\x07\x30\x01\x02"),

	[OID_ANY_POLICY] = OID_ENTRY("anyPolicy", "\x55\x1d\x20\x00"),
	[OID_CPS] = OID_ENTRY("cps", "\x2b\x06\x01\x05\x05\x07\x02\x01"),

	[OID_EKU_ANY] = OID_ENTRY("anyExtendedKeyUsage", "\x55\x1d\x25\x00"),
	[OID_EKU_SERVER_AUTH] = OID_ENTRY("serverAuth", "\x2b\x06\x01\x05\x05\x07\x03\x01"),
	[OID_EKU_CLIENT_AUTH] = OID_ENTRY("clientAuth", "\x2b\x06\x01\x05\x05\x07\x03\x02"),
	[OID_EKU_CODE_SIGNING] = OID_ENTRY("codeSigning", "\x2b\x06\x01\x05\x05\x07\x03\x03"),
	[OID_EKU_EMAIL_PROTECTION] = OID_ENTRY("emailProtection", "\x2b\x06\x01\x05\x05\x07\x03\x04"),
	[OID_EKU_TIME_STAMPING] = OID_ENTRY("timeStamping", "\x2b\x06\x01\x05\x05\x07\x03\x08"),
	[OID_EKU_OCSP_SIGNING] = OID_ENTRY("OCSPSigning", "\x2b\x06\x01\x05\x05\x07\x03\x09"),

	[OID_EXTENSION_REQUEST] = OID_ENTRY("extensionRequest", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"),
	[OID_CHALLENGE_PASSWORD] = OID_ENTRY("challengePassword", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07"),
	[OID_UNSTRUCTURED_NAME] = OID_ENTRY("unstructuredName", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02"),

	[OID_SHA1] = OID_ENTRY("sha1", "\x2b\x0e\x03\x02\x1a"),
	[OID_SHA256] = OID_ENTRY("sha256", "\x60\x86\x48\x01\x65\x03\x04\x02\x01"),

	[OID_RSA_ENCRYPTION] = OID_ENTRY("rsaEncryption", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
	[OID_RSA_PSS] = OID_ENTRY("RSASSA-PSS", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
	[OID_RSA_SHA1] = OID_ENTRY("sha1WithRSAEncryption", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),
	[OID_RSA_SHA256] = OID_ENTRY("sha256WithRSAEncryption", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
	[OID_RSA_SHA384] = OID_ENTRY("sha384WithRSAEncryption", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),
	[OID_RSA_SHA512] = OID_ENTRY("sha512WithRSAEncryption", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),
	[OID_EC_PUBLIC_KEY] = OID_ENTRY("ecPublicKey", "\x2a\x86\x48\xce\x3d\x02\x01"),
	[OID_P256] = OID_ENTRY("P-256", "\x2a\x86\x48\xce\x3d\x03\x01\x07"),
	[OID_P384] = OID_ENTRY("P-384", "\x2b\x81\x04\x00\x22"),
	[OID_P521] = OID_ENTRY("P-521", "\x2b\x81\x04\x00\x23"),
	[OID_ECDSA_SHA1] = OID_ENTRY("ecdsa-with-SHA1", "\x2a\x86\x48\xce\x3d\x04\x01"),
	[OID_ECDSA_SHA256] = OID_ENTRY("ecdsa-with-SHA256", "\x2a\x86\x48\xce\x3d\x04\x03\x02"),
	[OID_ECDSA_SHA384] = OID_ENTRY("ecdsa-with-SHA384", "\x2a\x86\x48\xce\x3d\x04\x03\x03"),
	[OID_ECDSA_SHA512] = OID_ENTRY("ecdsa-with-SHA512", "\x2a\x86\x48\xce\x3d\x04\x03\x04"),
	[OID_ED25519] = OID_ENTRY("Ed25519", "\x2b\x65\x70"),
	[OID_ED448] = OID_ENTRY("Ed448", "\x2b\x65\x71"),
};

struct view oid_view(enum oid oid)
{
	return KNOWN[oid].content;
}

const char *oid_name(enum oid oid)
{
	return KNOWN[oid].name;
}

enum oid oid_find(struct view content)
{
	for (unsigned i = OID_UNKNOWN + 1; i < OID_COUNT; i++)
		if (view_equal(KNOWN[i].content, content))
			return (enum oid)i;
	return OID_UNKNOWN;
}

bool oid_is(struct view content, enum oid oid)
{
	return oid != OID_UNKNOWN && view_equal(KNOWN[oid].content, content);
}
