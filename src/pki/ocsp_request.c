#include "pki/certificate.h"
#include "pki/ocsp.h"

// --- CertID (RFC 6960 §4.1.1)

// The parameters of a digest are NULL or absent (RFC 5754 §2); those of one that we don't know are its own affair.
static int read_hash(struct view *cursor, enum pki_ocsp_hash *ret_hash)
{
	struct view algorithm, oid;
	int error = der_read(cursor, DER_SEQUENCE, &algorithm);
	if (!error)
		error = der_read_oid(&algorithm, &oid);
	if (error)
		return error;
	*ret_hash = oid_is(oid, OID_SHA1) ? PKI_OCSP_SHA1 : oid_is(oid, OID_SHA256) ? PKI_OCSP_SHA256 : PKI_OCSP_OTHER;
	if (*ret_hash == PKI_OCSP_OTHER || !algorithm.len)
		return XICA_OK;
	error = der_read_null(&algorithm);
	return error ? error : der_end(algorithm);
}

static int read_serial(struct view *cursor, struct view *ret_serial)
{
	struct view serial;
	int error = der_read_integer(cursor, &serial);
	if (error || serial.ptr[0] & 0x80)
		return XICA_EPARSE;
	if (serial.ptr[0] == 0)
		serial = view_sub(serial, 1, SIZE_MAX);
	if (serial.len > PKI_OCSP_SERIAL_MAX)
		return XICA_EPARSE;
	*ret_serial = serial;
	return XICA_OK;
}

int pki_ocsp_id_read(struct view *cursor, struct pki_ocsp_id *ret_id)
{
	struct pki_ocsp_id id;
	struct view body;
	int error = der_read_whole(cursor, DER_SEQUENCE, &id.whole);
	if (!error)
		error = der_read_only(id.whole, DER_SEQUENCE, &body);
	if (!error)
		error = read_hash(&body, &id.hash);
	if (!error)
		error = der_read(&body, DER_OCTET_STRING, &id.name_hash);
	if (!error)
		error = der_read(&body, DER_OCTET_STRING, &id.key_hash);
	if (!error)
		error = read_serial(&body, &id.serial);
	if (!error)
		error = der_end(body);
	if (!error)
		*ret_id = id;
	return error;
}

// --- extensions

// *ret_nonce may be NULL: where no nonce belongs it is an extension like any other, which we leave alone unless it is critical.
static int read_extensions(struct view list, struct view *ret_nonce)
{
	struct view cursor;
	int error = der_read_only(list, DER_SEQUENCE, &cursor);
	if (!error && !cursor.len)
		error = XICA_EPARSE; // SIZE (1..MAX)
	while (!error && cursor.len) {
		struct pki_extension extension;
		if ((error = pki_extension_read(&cursor, &extension)))
			break;
		if (ret_nonce && oid_is(extension.oid, OID_OCSP_NONCE)) {
			struct view nonce;
			error = der_read_only(extension.value, DER_OCTET_STRING, &nonce);
			if (!error && (ret_nonce->len || !nonce.len || nonce.len > PKI_OCSP_NONCE_MAX))
				error = XICA_EPARSE;
			if (!error)
				*ret_nonce = nonce;
		} else if (extension.critical) {
			error = XICA_EPARSE;
		}
	}
	return error;
}

static int read_optional_extensions(struct view *cursor, uint8_t tag, struct view *ret_nonce)
{
	struct view content;
	bool present;
	int error = der_read_optional(cursor, tag, &present, &content);
	return error || !present ? error : read_extensions(content, ret_nonce);
}

// --- OCSPRequest

static int read_list(struct view *cursor, struct pki_ocsp_request *request)
{
	struct view list;
	int error = der_read(cursor, DER_SEQUENCE, &list);
	while (!error && list.len) {
		struct view one;
		if (request->count == PKI_OCSP_LIST_MAX)
			return XICA_EPARSE;
		if ((error = der_read(&list, DER_SEQUENCE, &one)) || (error = pki_ocsp_id_read(&one, &request->list[request->count++])) ||
		    (error = read_optional_extensions(&one, DER_CONTEXT_CONSTRUCTED(0), NULL)))
			return error;
		error = der_end(one);
	}
	return !error && !request->count ? XICA_EPARSE : error;
}

// The version is v1, which by its DEFAULT should not be written; some write it all the same.
static int read_version(struct view *cursor)
{
	struct view content;
	uint64_t version = 0;
	bool present;
	int error = der_read_optional(cursor, DER_CONTEXT_CONSTRUCTED(0), &present, &content);
	if (error || !present)
		return error;
	if ((error = der_read_uint(&content, &version)) || (error = der_end(content)))
		return error;
	return version ? XICA_EPARSE : XICA_OK;
}

static int read_tbs(struct view tbs, struct pki_ocsp_request *request)
{
	struct view requestor;
	bool present;
	int error = read_version(&tbs);
	if (!error)
		error = der_read_optional(&tbs, DER_CONTEXT_CONSTRUCTED(1), &present, &requestor);
	if (!error)
		error = read_list(&tbs, request);
	if (!error)
		error = read_optional_extensions(&tbs, DER_CONTEXT_CONSTRUCTED(2), &request->nonce);
	return error ? error : der_end(tbs);
}

int pki_ocsp_request_parse(struct view der, struct pki_ocsp_request *ret_request)
{
	struct pki_ocsp_request request = {0};
	struct view body, tbs, signature;
	bool present;
	if (der.len > PKI_OCSP_REQUEST_MAX)
		return XICA_EPARSE;
	int error = der_read_only(der, DER_SEQUENCE, &body);
	if (!error)
		error = der_read(&body, DER_SEQUENCE, &tbs);
	if (!error)
		error = read_tbs(tbs, &request);
	if (!error)
		error = der_read_optional(&body, DER_CONTEXT_CONSTRUCTED(0), &present, &signature);
	if (!error)
		error = der_end(body);
	if (error)
		return XICA_EPARSE;
	*ret_request = request;
	return XICA_OK;
}

// --- whose it is

static int key_bits(struct view spki, struct view *ret_bits)
{
	struct view body, algorithm;
	int error = der_read_only(spki, DER_SEQUENCE, &body);
	if (!error)
		error = der_read(&body, DER_SEQUENCE, &algorithm);
	return error ? error : der_read_bit_bytes(&body, ret_bits);
}

int pki_ocsp_key_hash(struct view spki, uint8_t ret_hash[CRYPTO_SHA1_LEN])
{
	struct view bits;
	int error = key_bits(spki, &bits);
	return error ? error : crypto_sha1(bits, ret_hash);
}

int pki_ocsp_issuer_of(struct view certificate, struct pki_ocsp_issuer *ret_issuer)
{
	struct pki_certificate parsed;
	struct view bits;
	const char *why;
	int error = pki_certificate_parse(certificate, &parsed, &why);
	if (!error)
		error = key_bits(parsed.spki, &bits);
	if (!error)
		error = crypto_sha1(parsed.subject, ret_issuer->sha1_name);
	if (!error)
		error = crypto_sha1(bits, ret_issuer->sha1_key);
	if (!error)
		error = crypto_sha256(parsed.subject, ret_issuer->sha256_name);
	return error ? error : crypto_sha256(bits, ret_issuer->sha256_key);
}

bool pki_ocsp_id_is_of(const struct pki_ocsp_id *id, const struct pki_ocsp_issuer *issuer)
{
	switch (id->hash) {
	case PKI_OCSP_SHA1:
		return view_equal(id->name_hash, view_bytes(issuer->sha1_name, CRYPTO_SHA1_LEN)) &&
		       view_equal(id->key_hash, view_bytes(issuer->sha1_key, CRYPTO_SHA1_LEN));
	case PKI_OCSP_SHA256:
		return view_equal(id->name_hash, view_bytes(issuer->sha256_name, CRYPTO_SHA256_LEN)) &&
		       view_equal(id->key_hash, view_bytes(issuer->sha256_key, CRYPTO_SHA256_LEN));
	case PKI_OCSP_OTHER: return false;
	}
	return false;
}
