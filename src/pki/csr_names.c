#include "pki/csr_names.h"

#include "pki/der.h"

enum general_name { // RFC 5280 §4.2.1.6
	GENERAL_NAME_OTHER = 0,
	GENERAL_NAME_RFC822 = 1,
	GENERAL_NAME_DNS = 2,
	GENERAL_NAME_X400 = 3,
	GENERAL_NAME_DIRECTORY = 4,
	GENERAL_NAME_EDI_PARTY = 5,
	GENERAL_NAME_URI = 6,
	GENERAL_NAME_IP = 7,
	GENERAL_NAME_REGISTERED_ID = 8,
	GENERAL_NAME_COUNT,
};

static const char *const GENERAL_NAMES[GENERAL_NAME_COUNT] = {"otherName", "rfc822Name", "dNSName", "x400Address", "directoryName", "ediPartyName",
	"uniformResourceIdentifier", "iPAddress", "registeredID"};

enum { ALT_NAMES_MAX = 1000, XMPP_ADDR_MAX = 3071 }; // a JID: RFC 7622 §3.1

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return XICA_EPARSE;
}

static bool all_within(struct view text, uint8_t least, uint8_t most)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < least || text.ptr[i] > most)
			return false;
	return true;
}

// --- subject

static int read_common_name(const struct der_element *value, struct pki_csr *csr, const char **ret_why)
{
	if (csr->common_name.len)
		return refuse(ret_why, "the subject has several common names");
	if (value->tag != DER_UTF8_STRING && value->tag != DER_PRINTABLE_STRING && value->tag != DER_IA5_STRING && value->tag != DER_TELETEX_STRING)
		return refuse(ret_why, "the common name is no UTF8String, PrintableString or IA5String");
	if (!all_within(value->content, 0x20, value->tag == DER_UTF8_STRING ? 0xff : 0x7e))
		return refuse(ret_why, "the common name has characters that do not belong in one");
	csr->common_name = value->content;
	return XICA_OK;
}

static int read_attribute(struct view *set, struct pki_csr *csr, const char **ret_why)
{
	struct view attribute, type;
	struct der_element value;
	if (der_read(set, DER_SEQUENCE, &attribute) || der_read_oid(&attribute, &type) || der_read_any(&attribute, &value) || der_end(attribute))
		return refuse(ret_why, "the subject is malformed");
	return oid_is(type, OID_COMMON_NAME) ? read_common_name(&value, csr, ret_why) : XICA_OK;
}

int csr_names_read_subject(struct view content, struct pki_csr *csr, const char **ret_why)
{
	while (content.len) {
		struct view set;
		if (der_read(&content, DER_SET, &set) || !set.len)
			return refuse(ret_why, "the subject is malformed");
		while (set.len) {
			int error = read_attribute(&set, csr, ret_why);
			if (error)
				return error;
		}
	}
	return XICA_OK;
}

// --- subjectAltName

// A copy with ASCII letters in lower case.
static int fold(struct view text, struct arena *arena, struct view *ret_folded)
{
	char *copy = arena_strdup(arena, text);
	if (!copy)
		return XICA_ENOMEM;
	for (size_t i = 0; i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + ('a' - 'A'));
	*ret_folded = view_bytes(copy, text.len);
	return XICA_OK;
}

static int add_san(struct pki_csr *csr, enum pki_san_type type, struct view text, struct arena *arena)
{
	struct pki_san *san = &csr->sans.list[csr->sans.count];
	int error = fold(text, arena, &san->value);
	if (error)
		return error;
	san->type = type;
	csr->sans.count++;
	return XICA_OK;
}

// A GeneralName that we never certify: remembered, so that the refusal can name it.
static int add_other(struct pki_csr *csr, const char *text)
{
	if (!text)
		return XICA_ENOMEM;
	if (!csr->other_names)
		csr->other_name = view_str(text);
	csr->other_names = true;
	return XICA_OK;
}

static int add_unknown_other_name(struct view type, struct arena *arena, struct pki_csr *csr)
{
	cleanup_buf oid = BUF_INIT;
	int error = der_oid_text(type, &oid);
	if (error == XICA_ENOMEM)
		return error;
	return add_other(csr, error ? "otherName" : arena_printf(arena, "otherName %.*s", VIEW_FMT(buf_view(&oid))));
}

static int read_other_name(struct view content, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	struct view type, explicit_value;
	struct der_element value;
	if (der_read_oid(&content, &type) || der_read(&content, DER_CONTEXT_CONSTRUCTED(0), &explicit_value) || der_end(content) ||
	    der_read_any(&explicit_value, &value) || der_end(explicit_value))
		return refuse(ret_why, "an otherName is malformed");
	if (oid_is(type, OID_SRV_NAME)) {
		if (value.tag != DER_IA5_STRING || !value.content.len || !all_within(value.content, 0x21, 0x7e))
			return refuse(ret_why, "an SRVName is no IA5String of visible characters");
		return add_san(csr, PKI_SAN_SRV, value.content, arena);
	}
	if (oid_is(type, OID_XMPP_ADDR)) {
		if (value.tag != DER_UTF8_STRING || !value.content.len || value.content.len > XMPP_ADDR_MAX || !all_within(value.content, 0x21, 0xff))
			return refuse(ret_why, "an XmppAddr is no UTF8String that holds a JID");
		return add_san(csr, PKI_SAN_XMPP, value.content, arena);
	}
	return add_unknown_other_name(type, arena, csr);
}

static int read_general_name(const struct der_element *name, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	if (name->tag == DER_CONTEXT(GENERAL_NAME_DNS)) {
		if (!name->content.len || !all_within(name->content, 0x21, 0x7e))
			return refuse(ret_why, "a dNSName is no IA5String of visible characters");
		return add_san(csr, PKI_SAN_DNS, name->content, arena);
	}
	if (name->tag == DER_CONTEXT_CONSTRUCTED(GENERAL_NAME_OTHER))
		return read_other_name(name->content, arena, csr, ret_why);
	unsigned number = name->tag & 0x1f;
	if ((name->tag & 0xc0) != 0x80 || number >= GENERAL_NAME_COUNT || number == GENERAL_NAME_DNS || number == GENERAL_NAME_OTHER)
		return refuse(ret_why, "the subjectAltName holds something that is no GeneralName");
	return add_other(csr, GENERAL_NAMES[number]);
}

// How many elements follow one another in content; XICA_EPARSE when one is broken.
static int count_elements(struct view content, size_t *ret_count)
{
	size_t count = 0;
	struct der_element element;
	for (; content.len; count++)
		if (der_read_any(&content, &element))
			return XICA_EPARSE;
	*ret_count = count;
	return XICA_OK;
}

int csr_names_read_alt_names(struct view value, struct arena *arena, struct pki_csr *csr, const char **ret_why)
{
	struct view names;
	size_t count;
	if (der_read_only(value, DER_SEQUENCE, &names) || count_elements(names, &count))
		return refuse(ret_why, "the subjectAltName is malformed");
	if (count == 0 || count > ALT_NAMES_MAX)
		return refuse(ret_why, count ? "the subjectAltName has more than 1000 names" : "the subjectAltName is empty");
	csr->sans.list = arena_array(arena, count, sizeof(*csr->sans.list));
	if (!csr->sans.list)
		return XICA_ENOMEM;
	while (names.len) {
		struct der_element name;
		if (der_read_any(&names, &name))
			return refuse(ret_why, "the subjectAltName is malformed");
		int error = read_general_name(&name, arena, csr, ret_why);
		if (error)
			return error;
	}
	return XICA_OK;
}
