// The fields around everything else: version, serial number, signature algorithm, unique identifiers.
#include "pki/lint_rule.h"

enum { SERIAL_MAX = 20, SERIAL_MIN = 8 };

static bool version(struct lint *lint)
{
	return lint->certificate->version != 2; // v3
}

static bool serial_positive(struct lint *lint)
{
	struct view serial = lint->certificate->serial;
	return serial.ptr[0] & 0x80 || (serial.len == 1 && serial.ptr[0] == 0);
}

static bool serial_length(struct lint *lint)
{
	return lint->certificate->serial.len > SERIAL_MAX;
}

static bool serial_short(struct lint *lint)
{
	return lint->certificate->serial.len < SERIAL_MIN && !serial_positive(lint);
}

static bool signature_mismatch(struct lint *lint)
{
	const struct lint_certificate *c = lint->certificate;
	return c->outer_algorithm.len && !view_equal(c->outer_algorithm, c->algorithm);
}

// The algorithm's OID; what follows it in *ret_parameters.
static enum oid algorithm(const struct lint *lint, struct view *ret_parameters)
{
	struct view content, oid;
	if (der_read_only(lint->certificate->algorithm, DER_SEQUENCE, &content) || der_read_oid(&content, &oid))
		return OID_UNKNOWN;
	*ret_parameters = content;
	return oid_find(oid);
}

static bool is_rsa(enum oid oid)
{
	return oid == OID_RSA_SHA256 || oid == OID_RSA_SHA384 || oid == OID_RSA_SHA512;
}

static bool is_ecdsa(enum oid oid)
{
	return oid == OID_ECDSA_SHA256 || oid == OID_ECDSA_SHA384 || oid == OID_ECDSA_SHA512;
}

static bool signature_algorithm(struct lint *lint)
{
	struct view parameters;
	enum oid oid = algorithm(lint, &parameters);
	if (is_rsa(oid) || is_ecdsa(oid))
		return false;
	lint->detail = oid_name(oid);
	return true;
}

static bool signature_parameters(struct lint *lint)
{
	struct view parameters;
	enum oid oid = algorithm(lint, &parameters);
	if (is_rsa(oid))
		return der_read_null(&parameters) || der_end(parameters);
	return is_ecdsa(oid) && parameters.len;
}

static bool unique_ids(struct lint *lint)
{
	return lint->certificate->unique_ids;
}

static const struct lint_rule RULES[] = {
	{LINT_E("version", "the version is not 3", "RFC 5280 §4.1.2.1"), LINT_ALL, version},
	{LINT_E("serial-positive", "the serial number is zero or negative", "RFC 5280 §4.1.2.2"), LINT_ALL, serial_positive},
	{LINT_E("serial-length", "the serial number is longer than 20 octets", "RFC 5280 §4.1.2.2"), LINT_ALL, serial_length},
	{LINT_E("serial-short", "the serial number is too short to hold 64 random bits", "CA/Browser Forum BR §7.1"), LINT_LEAF, serial_short},
	{LINT_E("signature-mismatch", "the algorithm beside the signature is not the one in the TBSCertificate", "RFC 5280 §4.1.1.2"), LINT_ALL,
	 signature_mismatch},
	{LINT_E("signature-algorithm",
		"the certificate is signed by an algorithm other than RSA or ECDSA with SHA-256, SHA-384 or SHA-512: tls-server-end-point has no meaning for it",
		"RFC 5929 §4.1"),
	 LINT_ALL, signature_algorithm},
	{LINT_E("signature-parameters", "the signature algorithm's parameters are not NULL for RSA, or not absent for ECDSA", "RFC 4055 §5, RFC 5758 §3.2"),
	 LINT_ALL, signature_parameters},
	{LINT_E("unique-id", "the certificate has a unique identifier", "RFC 5280 §4.1.2.8"), LINT_ALL, unique_ids},
};

const struct lint_rules lint_frame_rules = LINT_RULES(RULES);
