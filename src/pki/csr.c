#include "pki/csr.h"

#include "pki/csr_names.h"
#include "pki/der.h"
#include "pki/sig_alg.h"

enum { EXTENSIONS_MAX = 64, TLS_FEATURE_STATUS_REQUEST = 5 }; // RFC 7633 §4.1, RFC 6066 §8

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return XICA_EPARSE;
}

// --- extensions asked for. All but the names are read so that nonsense is refused, and then left: usages and the like are the profile's to give.

static int read_tls_feature(struct view value, struct pki_csr *csr, const char **ret_why)
{
	struct view features;
	if (der_read_only(value, DER_SEQUENCE, &features))
		return refuse(ret_why, "the tlsFeature extension is malformed");
	while (features.len) {
		uint64_t feature;
		if (der_read_uint(&features, &feature))
			return refuse(ret_why, "the tlsFeature extension is malformed");
		csr->must_staple |= feature == TLS_FEATURE_STATUS_REQUEST;
	}
	return XICA_OK;
}

static int read_basic_constraints(struct view value, const char **ret_why)
{
	struct view list;
	bool ca = false;
	if (der_read_only(value, DER_SEQUENCE, &list) || (der_next_is(list, DER_BOOLEAN) && der_read_bool(&list, &ca)))
		return refuse(ret_why, "the basicConstraints extension is malformed");
	return ca ? refuse(ret_why, "the request is for a CA certificate") : XICA_OK;
}

static int read_extension(struct view *list, struct view *ret_oid, struct view *ret_value)
{
	struct view extension;
	bool critical; // what a client calls critical binds nobody here; some write DEFAULT FALSE out, which is harmless in a request
	if (der_read(list, DER_SEQUENCE, &extension) || der_read_oid(&extension, ret_oid))
		return XICA_EPARSE;
	if (der_next_is(extension, DER_BOOLEAN) && der_read_bool(&extension, &critical))
		return XICA_EPARSE;
	return der_read(&extension, DER_OCTET_STRING, ret_value) || der_end(extension) ? XICA_EPARSE : XICA_OK;
}

static int take_extension(struct view oid, struct view value, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	if (oid_is(oid, OID_SUBJECT_ALT_NAME))
		return csr_names_read_alt_names(value, arena, csr, ret_why);
	if (oid_is(oid, OID_TLS_FEATURE))
		return read_tls_feature(value, csr, ret_why);
	if (oid_is(oid, OID_BASIC_CONSTRAINTS))
		return read_basic_constraints(value, ret_why);
	return XICA_OK;
}

static int read_extensions(struct view list, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	struct view seen[EXTENSIONS_MAX], value;
	size_t count = 0;
	for (; list.len; count++) {
		if (count == EXTENSIONS_MAX)
			return refuse(ret_why, "the request has more than 64 extensions");
		if (read_extension(&list, &seen[count], &value))
			return refuse(ret_why, "an extension of the request is malformed");
		for (size_t i = 0; i < count; i++)
			if (view_equal(seen[i], seen[count]))
				return refuse(ret_why, "the request has the same extension twice");
		int error = take_extension(seen[count], value, arena, csr, ret_why);
		if (error)
			return error;
	}
	return XICA_OK;
}

// --- attributes (RFC 2986 §4.1)

static int read_extension_request(struct view values, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	struct view extensions;
	if (der_read(&values, DER_SEQUENCE, &extensions) || der_end(values)) // RFC 2985 §5.4.2: a single value
		return refuse(ret_why, "the extensionRequest attribute does not have exactly one value");
	return read_extensions(extensions, arena, csr, ret_why);
}

static int read_attributes(struct view attributes, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	bool asked = false;
	while (attributes.len) {
		struct view attribute, type, values;
		if (der_read(&attributes, DER_SEQUENCE, &attribute) || der_read_oid(&attribute, &type) || der_read(&attribute, DER_SET, &values) ||
		    der_end(attribute) || !values.len)
			return refuse(ret_why, "an attribute of the request is malformed");
		if (!oid_is(type, OID_EXTENSION_REQUEST))
			continue;
		if (asked)
			return refuse(ret_why, "the request has several extensionRequest attributes");
		asked = true;
		int error = read_extension_request(values, arena, csr, ret_why);
		if (error)
			return error;
	}
	return XICA_OK;
}

static int read_info(struct view info, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	uint64_t version;
	struct view subject, attributes = VIEW_NONE;
	bool present;
	if (der_read_uint(&info, &version) || version != 0)
		return refuse(ret_why, "the version of the request is not 0");
	if (der_read(&info, DER_SEQUENCE, &subject))
		return refuse(ret_why, "the subject is malformed");
	if (der_read_whole(&info, DER_SEQUENCE, &csr->spki))
		return refuse(ret_why, "the public key is malformed");
	// Not OPTIONAL in RFC 2986, and yet some leave it out when there are none.
	if (der_read_optional(&info, DER_CONTEXT_CONSTRUCTED(0), &present, &attributes) || der_end(info))
		return refuse(ret_why, "the attributes of the request are malformed");
	int error = csr_names_read_subject(subject, csr, ret_why);
	return error ? error : read_attributes(attributes, arena, csr, ret_why);
}

int pki_csr_parse(struct view der, struct arena *arena, struct pki_csr *ret_csr, const char **ret_why)
{
	struct pki_csr csr = {.der = der};
	struct view body, info, algorithm;
	if (der.len > PKI_CSR_MAX_LEN)
		return refuse(ret_why, "the request is longer than 32768 bytes");
	if (der_read_only(der, DER_SEQUENCE, &body) || der_read_whole(&body, DER_SEQUENCE, &csr.info) || der_read_only(csr.info, DER_SEQUENCE, &info) ||
	    der_read_whole(&body, DER_SEQUENCE, &algorithm) || der_read_bit_bytes(&body, &csr.signature) || der_end(body))
		return refuse(ret_why, "this is no PKCS #10 certification request in DER");
	if (pki_sig_alg_read(algorithm, &csr.sig_alg))
		return refuse(ret_why, "the request is signed by an algorithm that is not accepted (RSA or ECDSA with SHA-256, SHA-384 or SHA-512)");
	int error = read_info(info, arena, &csr, ret_why);
	if (!error)
		*ret_csr = csr;
	return error;
}
