// Distinguished names for people (after RFC 4514, but in the order of the certificate).
#include "pki/certificate.h"

static const char *short_name(struct view oid)
{
	static const struct {
		enum oid oid;
		const char *name;
	} SHORT[] = {{OID_COMMON_NAME, "CN"}, {OID_COUNTRY, "C"}, {OID_LOCALITY, "L"}, {OID_STATE, "ST"}, {OID_ORGANIZATION, "O"},
		{OID_ORGANIZATIONAL_UNIT, "OU"}, {OID_DOMAIN_COMPONENT, "DC"}, {OID_SERIAL_NUMBER, "serialNumber"}};
	for (size_t i = 0; i < sizeof(SHORT) / sizeof(SHORT[0]); i++)
		if (oid_is(oid, SHORT[i].oid))
			return SHORT[i].name;
	return NULL;
}

static void add_value(struct buf *out, struct view value)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t byte = value.ptr[i];
		buf_add_byte(out, byte < 0x20 || byte == 0x7f ? '?' : byte);
	}
}

static int add_attribute(struct buf *out, struct view *set)
{
	struct view attribute, oid;
	struct der_element value;
	int error = der_read(set, DER_SEQUENCE, &attribute);
	if (!error)
		error = der_read_oid(&attribute, &oid);
	if (!error)
		error = der_read_any(&attribute, &value);
	if (error)
		return error;
	const char *name = short_name(oid);
	if (name)
		buf_add_str(out, name);
	else if (der_oid_text(oid, out))
		return XICA_EPARSE;
	buf_add_byte(out, '=');
	add_value(out, value.content);
	return XICA_OK;
}

void pki_name_add_text(struct buf *out, struct view name)
{
	struct view sets, set;
	const char *separator = "";
	if (der_read_only(name, DER_SEQUENCE, &sets))
		return;
	while (sets.len && !der_read(&sets, DER_SET, &set))
		while (set.len) {
			buf_add_str(out, separator);
			separator = ", ";
			if (add_attribute(out, &set))
				return;
		}
}
