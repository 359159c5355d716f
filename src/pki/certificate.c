#include "pki/certificate.h"

#include "pki/sig_alg.h"

int pki_extension_read(struct view *cursor, struct pki_extension *ret_extension)
{
	struct view rest = *cursor, body;
	struct pki_extension extension;
	int error = der_read(&rest, DER_SEQUENCE, &body);
	if (!error)
		error = der_read_oid(&body, &extension.oid);
	if (!error)
		error = der_read_default_false(&body, &extension.critical);
	if (!error)
		error = der_read(&body, DER_OCTET_STRING, &extension.value);
	if (!error)
		error = der_end(body);
	if (error)
		return error;
	*cursor = rest;
	*ret_extension = extension;
	return XICA_OK;
}

int pki_extension_find(struct view extensions, enum oid oid, struct pki_extension *ret_extension)
{
	while (extensions.len) {
		struct pki_extension extension;
		int error = pki_extension_read(&extensions, &extension);
		if (error)
			return error;
		if (oid_is(extension.oid, oid)) {
			*ret_extension = extension;
			return XICA_OK;
		}
	}
	return XICA_ENOTFOUND;
}

// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }
static int read_basic_constraints(struct view value, struct pki_certificate *to)
{
	struct view body;
	uint64_t path_len = 0;
	int error = der_read_only(value, DER_SEQUENCE, &body);
	if (!error)
		error = der_read_default_false(&body, &to->ca);
	if (!error && body.len) {
		error = der_read_uint(&body, &path_len);
		if (!error && path_len > 255)
			error = XICA_EPARSE;
		to->path_len = error ? -1 : (int)path_len;
	}
	to->has_basic_constraints = true;
	return error ? error : der_end(body);
}

static int read_key_usage(struct view value, struct pki_certificate *to)
{
	int error = der_read_named_bits(&value, &to->key_usage);
	to->has_key_usage = true;
	return error ? error : der_end(value);
}

// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, … }
static int read_authority_key_id(struct view value, struct pki_certificate *to)
{
	struct view body;
	bool present;
	int error = der_read_only(value, DER_SEQUENCE, &body);
	return error ? error : der_read_optional(&body, DER_CONTEXT(0), &present, &to->authority_key_id);
}

static int read_known_extension(const struct pki_extension *extension, struct pki_certificate *to)
{
	if (oid_is(extension->oid, OID_BASIC_CONSTRAINTS))
		return to->has_basic_constraints ? XICA_EPARSE : read_basic_constraints(extension->value, to);
	if (oid_is(extension->oid, OID_KEY_USAGE))
		return to->has_key_usage ? XICA_EPARSE : read_key_usage(extension->value, to);
	if (oid_is(extension->oid, OID_SUBJECT_KEY_IDENTIFIER))
		return to->key_id.len ? XICA_EPARSE : der_read_only(extension->value, DER_OCTET_STRING, &to->key_id);
	if (oid_is(extension->oid, OID_AUTHORITY_KEY_IDENTIFIER))
		return to->authority_key_id.len ? XICA_EPARSE : read_authority_key_id(extension->value, to);
	return XICA_OK;
}

static int read_extensions(struct view *tbs, struct pki_certificate *to)
{
	struct view explicit_tag, list;
	bool present = false;
	int error = der_read_optional(tbs, DER_CONTEXT_CONSTRUCTED(3), &present, &explicit_tag);
	if (error || !present)
		return error;
	error = der_read_only(explicit_tag, DER_SEQUENCE, &list);
	if (error || to->version != 3)
		return XICA_EPARSE;
	to->extensions = list;
	while (!error && list.len) {
		struct pki_extension extension;
		error = pki_extension_read(&list, &extension);
		if (!error)
			error = read_known_extension(&extension, to);
	}
	return error;
}

static int read_version(struct view *tbs, unsigned *ret_version)
{
	struct view content;
	bool present = false;
	uint64_t version = 0;
	int error = der_read_optional(tbs, DER_CONTEXT_CONSTRUCTED(0), &present, &content);
	if (!error && present) {
		error = der_read_uint(&content, &version);
		if (error || content.len || version < 1 || version > 2)
			return XICA_EPARSE;
	}
	*ret_version = (unsigned)version + 1;
	return error;
}

static int read_validity(struct view *tbs, struct pki_certificate *to)
{
	struct view validity;
	int error = der_read(tbs, DER_SEQUENCE, &validity);
	if (!error)
		error = der_read_time(&validity, &to->not_before);
	if (!error)
		error = der_read_time(&validity, &to->not_after);
	return error ? error : der_end(validity);
}

static int skip_unique_ids(struct view *tbs)
{
	struct view content;
	bool present;
	int error = der_read_optional(tbs, DER_CONTEXT(1), &present, &content);
	return error ? error : der_read_optional(tbs, DER_CONTEXT(2), &present, &content);
}

static int read_tbs(struct pki_certificate *to, const char **why)
{
	struct view tbs;
	*why = "the TBSCertificate is malformed";
	int error = der_read_only(to->tbs, DER_SEQUENCE, &tbs);
	if (!error)
		error = read_version(&tbs, &to->version);
	if (!error)
		error = der_read_integer(&tbs, &to->serial);
	if (!error)
		error = der_read_whole(&tbs, DER_SEQUENCE, &to->algorithm);
	if (!error)
		error = der_read_whole(&tbs, DER_SEQUENCE, &to->issuer);
	if (error)
		return error;
	*why = "the validity is malformed";
	error = read_validity(&tbs, to);
	if (error)
		return error;
	*why = "subject or public key are malformed";
	error = der_read_whole(&tbs, DER_SEQUENCE, &to->subject);
	if (!error)
		error = der_read_whole(&tbs, DER_SEQUENCE, &to->spki);
	if (error)
		return error;
	*why = "the extensions are malformed";
	error = skip_unique_ids(&tbs);
	if (!error)
		error = read_extensions(&tbs, to);
	return error ? error : der_end(tbs);
}

int pki_certificate_parse(struct view der, struct pki_certificate *ret_certificate, const char **ret_why)
{
	struct pki_certificate certificate = {.der = der, .path_len = -1};
	struct view body;
	const char *why = "it is no certificate";
	int error = der.len > PKI_CERTIFICATE_MAX_LEN ? XICA_EPARSE : der_read_only(der, DER_SEQUENCE, &body);
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &certificate.tbs);
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &certificate.outer_algorithm);
	if (!error)
		error = der_read_bit_bytes(&body, &certificate.signature);
	if (!error)
		error = der_end(body);
	if (!error)
		error = read_tbs(&certificate, &why);
	if (error) {
		*ret_why = why;
		return XICA_EPARSE;
	}
	*ret_certificate = certificate;
	return XICA_OK;
}

bool pki_certificate_self_issued(const struct pki_certificate *certificate)
{
	return view_equal(certificate->issuer, certificate->subject);
}

int pki_certificate_signed_with(const struct pki_certificate *certificate, const struct crypto_key *key)
{
	enum crypto_sig alg;
	if (!view_equal(certificate->algorithm, certificate->outer_algorithm))
		return XICA_ESIG;
	int error = pki_sig_alg_read(certificate->algorithm, &alg);
	return error ? error : crypto_verify(key, alg, certificate->tbs, certificate->signature);
}

int pki_certificate_signed_by(const struct pki_certificate *certificate, const struct pki_certificate *issuer)
{
	cleanup_key *key = NULL;
	int error = crypto_key_from_spki(issuer->spki, &key);
	return error ? error : pki_certificate_signed_with(certificate, key);
}
