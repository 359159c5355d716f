#include "validate/acme_identifier.h"

#include "pki/certificate.h"

enum { GENERAL_NAME_DNS = 2 }; // RFC 5280 §4.2.1.6

static int refuse(int error, const char *why, const char **ret_why)
{
	*ret_why = why;
	return error;
}

// RFC 5280 §4.2: "A certificate MUST NOT include more than one instance of a particular extension." XICA_EPARSE: it does.
static int find_the_one(struct view extensions, enum oid oid, struct pki_extension *ret_extension)
{
	bool found = false;
	while (extensions.len) {
		struct pki_extension extension;
		int error = pki_extension_read(&extensions, &extension);
		if (error)
			return error;
		if (!oid_is(extension.oid, oid))
			continue;
		if (found)
			return XICA_EPARSE;
		*ret_extension = extension;
		found = true;
	}
	return found ? XICA_OK : XICA_ENOTFOUND;
}

static int check_name(const struct pki_certificate *certificate, struct view domain, const char **ret_why)
{
	struct pki_extension san;
	struct view names, name;
	int error = find_the_one(certificate->extensions, OID_SUBJECT_ALT_NAME, &san);
	if (error)
		return refuse(XICA_EPARSE, error == XICA_ENOTFOUND ? "has no subjectAltName" : "has a second subjectAltName extension", ret_why);
	if (der_read_only(san.value, DER_SEQUENCE, &names) || der_read(&names, DER_CONTEXT(GENERAL_NAME_DNS), &name))
		return refuse(XICA_EPARSE, "has no dNSName as its first subjectAltName", ret_why);
	if (names.len)
		return refuse(XICA_EDENIED, "has more than one subjectAltName", ret_why);
	if (!view_equal_nocase(name, domain))
		return refuse(XICA_EDENIED, "is for another name", ret_why);
	return XICA_OK;
}

static int check_digest(const struct pki_certificate *certificate, struct view expected, const char **ret_why)
{
	struct pki_extension extension;
	struct view digest;
	int error = find_the_one(certificate->extensions, OID_ACME_IDENTIFIER, &extension);
	if (error)
		return refuse(XICA_EPARSE, error == XICA_ENOTFOUND ? "has no acmeIdentifier extension (1.3.6.1.5.5.7.1.31)" :
			      "has a second acmeIdentifier extension", ret_why);
	if (!extension.critical)
		return refuse(XICA_EPARSE, "has an acmeIdentifier extension that isn't critical", ret_why);
	if (der_read_only(extension.value, DER_OCTET_STRING, &digest) || digest.len != CRYPTO_SHA256_LEN)
		return refuse(XICA_EPARSE, "has an acmeIdentifier extension that is no SHA-256 digest", ret_why);
	if (!crypto_equal(digest, expected))
		return refuse(XICA_EDENIED, "has the digest of another key authorization", ret_why);
	return XICA_OK;
}

// Made for this purpose by who holds its key: nobody's real certificate can pass for one.
static int check_self_signed(const struct pki_certificate *certificate, const char **ret_why)
{
	if (!pki_certificate_self_issued(certificate))
		return refuse(XICA_EPARSE, "isn't self-signed", ret_why);
	int error = pki_certificate_signed_by(certificate, certificate);
	if (error == XICA_ENOMEM || error == XICA_ECRYPTO)
		return refuse(error, "can't be checked now", ret_why);
	return error ? refuse(XICA_EPARSE, "doesn't bear a signature of its own key", ret_why) : XICA_OK;
}

int acme_identifier_check(struct view der, struct view domain, const uint8_t digest[CRYPTO_SHA256_LEN], const char **ret_why)
{
	struct pki_certificate certificate;
	const char *why;
	int error = pki_certificate_parse(der, &certificate, &why);
	if (error)
		return refuse(error, "is malformed", ret_why);
	error = check_name(&certificate, domain, ret_why);
	if (!error)
		error = check_digest(&certificate, view_bytes(digest, CRYPTO_SHA256_LEN), ret_why);
	return error ? error : check_self_signed(&certificate, ret_why);
}
