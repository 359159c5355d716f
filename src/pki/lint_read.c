#include "pki/lint_read.h"

int lint_count(struct view content, size_t *ret_count)
{
	size_t count = 0;
	struct der_element element;
	for (; content.len; count++)
		if (count == LINT_LIST_MAX || der_read_any(&content, &element))
			return XICA_EPARSE;
	*ret_count = count;
	return XICA_OK;
}

const struct lint_extension *lint_find(const struct lint_certificate *certificate, enum oid id)
{
	for (size_t i = 0; i < certificate->extension_count; i++)
		if (certificate->extensions[i].id == id)
			return &certificate->extensions[i];
	return NULL;
}

// How many attributes all RDNs have together.
static int count_attributes(struct view rdns, size_t *ret_count)
{
	size_t total = 0;
	while (rdns.len) {
		struct view set;
		size_t count;
		if (der_read(&rdns, DER_SET, &set) || lint_count(set, &count) || !count || total + count > LINT_LIST_MAX)
			return XICA_EPARSE;
		total += count;
	}
	*ret_count = total;
	return XICA_OK;
}

static int read_attribute(struct view *set, struct lint_attribute *ret_attribute)
{
	struct view attribute, type;
	struct der_element value;
	if (der_read(set, DER_SEQUENCE, &attribute) || der_read_oid(&attribute, &type) || der_read_any(&attribute, &value) || der_end(attribute))
		return XICA_EPARSE;
	*ret_attribute = (struct lint_attribute){oid_find(type), value.tag, value.content};
	return XICA_OK;
}

static int read_name(struct view *cursor, struct arena *arena, struct lint_name *ret_name, struct view *ret_der)
{
	struct view rdns, set;
	size_t count;
	if (der_read_whole(cursor, DER_SEQUENCE, ret_der) || der_read_only(*ret_der, DER_SEQUENCE, &rdns) || count_attributes(rdns, &count))
		return XICA_EPARSE;
	struct lint_name name = {arena_array(arena, count, sizeof(*name.list)), 0};
	if (!name.list)
		return XICA_ENOMEM;
	while (rdns.len) {
		if (der_read(&rdns, DER_SET, &set))
			return XICA_EPARSE;
		while (set.len)
			if (read_attribute(&set, &name.list[name.count++]))
				return XICA_EPARSE;
	}
	*ret_name = name;
	return XICA_OK;
}

// Reads both elements whatever they are; whether they are times is for a rule to say.
static int read_validity(struct view *cursor, struct lint_certificate *certificate)
{
	struct view validity, before, after;
	struct der_element first, second;
	if (der_read(cursor, DER_SEQUENCE, &validity) || der_read_any(&validity, &first) || der_read_any(&validity, &second) || der_end(validity))
		return XICA_EPARSE;
	before = first.whole;
	after = second.whole;
	certificate->times_readable = !der_read_time(&before, &certificate->not_before) && !der_read_time(&after, &certificate->not_after);
	return XICA_OK;
}

static struct view without_leading_zeros(struct view number)
{
	while (number.len && number.ptr[0] == 0)
		number = view_sub(number, 1, SIZE_MAX);
	return number;
}

static int read_rsa(struct lint_key *key)
{
	struct view numbers;
	if (der_read_only(key->bits, DER_SEQUENCE, &numbers) || der_read_integer(&numbers, &key->modulus) ||
	    der_read_integer(&numbers, &key->exponent) || der_end(numbers))
		return XICA_EPARSE;
	if (key->modulus.ptr[0] & 0x80 || key->exponent.ptr[0] & 0x80)
		return XICA_EPARSE;
	key->modulus = without_leading_zeros(key->modulus);
	key->exponent = without_leading_zeros(key->exponent);
	return key->modulus.len && key->exponent.len ? XICA_OK : XICA_EPARSE;
}

static int read_key(struct view spki, struct lint_key *key)
{
	struct view algorithm, oid;
	if (der_read(&spki, DER_SEQUENCE, &algorithm) || der_read_oid(&algorithm, &oid) || der_read_bit_bytes(&spki, &key->bits) || der_end(spki))
		return XICA_EPARSE;
	key->algorithm = oid_find(oid);
	key->parameters = algorithm;
	return key->algorithm == OID_RSA_ENCRYPTION ? read_rsa(key) : XICA_OK;
}

static int read_extension(struct view *list, struct lint_extension *ret_extension)
{
	struct lint_extension extension = {0};
	struct view content;
	if (der_read(list, DER_SEQUENCE, &content) || der_read_oid(&content, &extension.oid))
		return XICA_EPARSE;
	if (der_next_is(content, DER_BOOLEAN)) {
		if (der_read_bool(&content, &extension.critical))
			return XICA_EPARSE;
		extension.false_written = !extension.critical;
	}
	if (der_read(&content, DER_OCTET_STRING, &extension.value) || der_end(content))
		return XICA_EPARSE;
	extension.id = oid_find(extension.oid);
	*ret_extension = extension;
	return XICA_OK;
}

static int read_extensions(struct view content, struct arena *arena, struct lint_certificate *certificate)
{
	struct view list;
	size_t count;
	if (der_read_only(content, DER_SEQUENCE, &list) || lint_count(list, &count) || !count)
		return XICA_EPARSE;
	certificate->extensions = arena_array(arena, count, sizeof(*certificate->extensions));
	if (!certificate->extensions)
		return XICA_ENOMEM;
	while (list.len) {
		struct lint_extension extension;
		if (read_extension(&list, &extension))
			return XICA_EPARSE;
		bool again = extension.id != OID_UNKNOWN && lint_find(certificate, extension.id); // a rule refuses it; the first one counts
		int error = again ? XICA_OK : lint_read_value(&extension, arena, certificate);
		if (error == XICA_ENOMEM)
			return error;
		extension.malformed = error != XICA_OK;
		certificate->extensions[certificate->extension_count++] = extension;
	}
	return XICA_OK;
}

static int read_version(struct view *cursor, struct lint_certificate *certificate)
{
	struct view version;
	if (der_read_optional(cursor, DER_CONTEXT_CONSTRUCTED(0), &certificate->version_written, &version))
		return XICA_EPARSE;
	if (!certificate->version_written)
		return XICA_OK;
	return der_read_uint(&version, &certificate->version) || der_end(version) ? XICA_EPARSE : XICA_OK;
}

static int read_unique_ids(struct view *cursor, struct lint_certificate *certificate)
{
	struct view id;
	bool issuer, subject;
	if (der_read_optional(cursor, DER_CONTEXT(1), &issuer, &id) || der_read_optional(cursor, DER_CONTEXT(2), &subject, &id))
		return XICA_EPARSE;
	certificate->unique_ids = issuer || subject;
	return XICA_OK;
}

// RFC 5280 §4.1.2, from serialNumber to the end.
static int read_fields(struct view *tbs, struct arena *arena, struct lint_certificate *certificate, const char **where)
{
	struct view spki, extensions = VIEW_NONE;
	bool has_extensions;
	int error;
	*where = "serialNumber";
	if (der_read_integer(tbs, &certificate->serial))
		return XICA_EPARSE;
	*where = "signature";
	if (der_read_whole(tbs, DER_SEQUENCE, &certificate->algorithm))
		return XICA_EPARSE;
	*where = "issuer";
	if ((error = read_name(tbs, arena, &certificate->issuer, &certificate->issuer_der)))
		return error;
	*where = "validity";
	if (read_validity(tbs, certificate))
		return XICA_EPARSE;
	*where = "subject";
	if ((error = read_name(tbs, arena, &certificate->subject, &certificate->subject_der)))
		return error;
	*where = "subjectPublicKeyInfo";
	if (der_read(tbs, DER_SEQUENCE, &spki))
		return XICA_EPARSE;
	certificate->key.malformed = read_key(spki, &certificate->key) != XICA_OK;
	*where = "unique identifiers";
	if (read_unique_ids(tbs, certificate))
		return XICA_EPARSE;
	*where = "extensions";
	if (der_read_optional(tbs, DER_CONTEXT_CONSTRUCTED(3), &has_extensions, &extensions) || der_end(*tbs))
		return XICA_EPARSE;
	return has_extensions ? read_extensions(extensions, arena, certificate) : XICA_OK;
}

int lint_read_certificate(struct view der, bool is_tbs, struct arena *arena, struct lint_certificate *ret_certificate, const char **ret_where)
{
	struct lint_certificate certificate = {0};
	struct view tbs_der = der, body, tbs, signature;
	*ret_where = "Certificate";
	if (!is_tbs && (der_read_only(der, DER_SEQUENCE, &body) || der_read_whole(&body, DER_SEQUENCE, &tbs_der) ||
			der_read_whole(&body, DER_SEQUENCE, &certificate.outer_algorithm) || der_read_bit_bytes(&body, &signature) || der_end(body)))
		return XICA_EPARSE;
	*ret_where = "tbsCertificate";
	if (der_read_only(tbs_der, DER_SEQUENCE, &tbs))
		return XICA_EPARSE;
	*ret_where = "version";
	if (read_version(&tbs, &certificate))
		return XICA_EPARSE;
	int error = read_fields(&tbs, arena, &certificate, ret_where);
	if (!error)
		*ret_certificate = certificate;
	return error;
}
