// Issuer and subject: their form, and that a common name claims no host that the subjectAltName does not.
#include "pki/lint_rule.h"

// How many characters a text of this kind of string has; SIZE_MAX: it is no such text.
static size_t utf8_length(struct view text)
{
	size_t count = 0;
	for (size_t i = 0; i < text.len; count++) {
		uint8_t c = text.ptr[i];
		size_t more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : SIZE_MAX;
		if (more == SIZE_MAX || more >= text.len - i)
			return SIZE_MAX;
		for (size_t n = 1; n <= more; n++)
			if ((text.ptr[i + n] & 0xc0) != 0x80)
				return SIZE_MAX;
		uint8_t second = more ? text.ptr[i + 1] : 0; // overlong forms, surrogates, beyond U+10FFFF
		if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second >= 0xa0) || (c == 0xf0 && second < 0x90) || (c == 0xf4 && second >= 0x90))
			return SIZE_MAX;
		i += more + 1;
	}
	return count;
}

static bool is_printable_string(struct view text) // X.680 §41.4
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && view_index(VIEW_LIT(" '()+,-./:=?"), c, 0) == SIZE_MAX)
			return false;
	}
	return true;
}

static bool is_ia5(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] > 0x7f)
			return false;
	return true;
}

// In characters (RFC 5280 appendix A.1, ub-…); 0: no bound that we know.
static size_t longest(enum oid type)
{
	if (type == OID_COMMON_NAME || type == OID_ORGANIZATION || type == OID_ORGANIZATIONAL_UNIT || type == OID_SERIAL_NUMBER)
		return 64;
	if (type == OID_LOCALITY || type == OID_STATE)
		return 128;
	if (type == OID_COUNTRY)
		return 2;
	return type == OID_EMAIL_ADDRESS ? 255 : 0;
}

static bool tag_fits(const struct lint_attribute *attribute)
{
	if (attribute->type == OID_UNKNOWN)
		return true;
	if (attribute->type == OID_DOMAIN_COMPONENT || attribute->type == OID_EMAIL_ADDRESS)
		return attribute->tag == DER_IA5_STRING;
	if (attribute->type == OID_COUNTRY || attribute->type == OID_SERIAL_NUMBER)
		return attribute->tag == DER_PRINTABLE_STRING;
	return attribute->tag == DER_PRINTABLE_STRING || attribute->tag == DER_UTF8_STRING;
}

static bool text_fits(const struct lint_attribute *attribute)
{
	if (!attribute->value.len)
		return false;
	if (attribute->tag == DER_UTF8_STRING)
		return utf8_length(attribute->value) != SIZE_MAX;
	if (attribute->tag == DER_PRINTABLE_STRING)
		return is_printable_string(attribute->value);
	return attribute->tag != DER_IA5_STRING || is_ia5(attribute->value);
}

static bool badly_encoded(struct lint *lint, const struct lint_name *name)
{
	for (size_t i = 0; i < name->count; i++) {
		if (tag_fits(&name->list[i]) && text_fits(&name->list[i]))
			continue;
		lint->detail = oid_name(name->list[i].type);
		return true;
	}
	return false;
}

static bool name_encoding(struct lint *lint)
{
	return badly_encoded(lint, &lint->certificate->subject) || badly_encoded(lint, &lint->certificate->issuer);
}

static bool name_length(struct lint *lint)
{
	const struct lint_name *name = &lint->certificate->subject;
	for (size_t i = 0; i < name->count; i++) {
		const struct lint_attribute *attribute = &name->list[i];
		size_t most = longest(attribute->type);
		size_t length = attribute->tag == DER_UTF8_STRING ? utf8_length(attribute->value) : attribute->value.len;
		bool off = length != SIZE_MAX && (length > most || (attribute->type == OID_COUNTRY && length < most));
		if (!most || !off)
			continue;
		lint->detail = oid_name(attribute->type);
		return true;
	}
	return false;
}

static bool issuer_empty(struct lint *lint)
{
	return lint->certificate->issuer.count == 0;
}

static bool subject_empty(struct lint *lint)
{
	return lint->certificate->subject.count == 0;
}

// Could somebody take this for the name of a host? It has a dot and nothing that a host's name has not.
static bool like_a_host(struct view text)
{
	bool dot = false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= 0x20)
			return false;
		dot |= text.ptr[i] == '.';
	}
	return dot;
}

static bool is_alt_name(const struct lint_certificate *c, struct view text)
{
	for (size_t i = 0; i < c->alt_names.count; i++)
		if (c->alt_names.list[i].tag == DER_CONTEXT(2) && view_equal_nocase(c->alt_names.list[i].content, text))
			return true;
	return false;
}

static bool common_name(struct lint *lint)
{
	const struct lint_name *name = &lint->certificate->subject;
	for (size_t i = 0; i < name->count; i++) {
		const struct lint_attribute *attribute = &name->list[i];
		if (attribute->type != OID_COMMON_NAME || !like_a_host(attribute->value) || is_alt_name(lint->certificate, attribute->value))
			continue;
		lint->detail = lint_quote(lint, attribute->value);
		return true;
	}
	return false;
}

static bool common_name_once(struct lint *lint)
{
	const struct lint_name *name = &lint->certificate->subject;
	size_t count = 0;
	for (size_t i = 0; i < name->count; i++)
		count += name->list[i].type == OID_COMMON_NAME;
	return count > 1;
}

static const struct lint_rule RULES[] = {
	{LINT_E("issuer-empty", "the issuer is empty", "RFC 5280 §4.1.2.4"), LINT_ALL, issuer_empty},
	{LINT_E("subject-empty", "the subject is empty", "RFC 6120 §13.7.1.1"), LINT_ALL, subject_empty},
	{LINT_E("name-encoding", "an attribute of subject or issuer is empty, or in the wrong kind of string", "RFC 5280 §4.1.2.4"), LINT_ALL, name_encoding},
	{LINT_E("name-length", "an attribute of the subject is longer than its upper bound", "RFC 5280 appendix A.1"), LINT_ALL, name_length},
	{LINT_E("common-name", "the common name is a host that no dNSName has", "RFC 9525 §2"), LINT_LEAF, common_name},
	{LINT_W("common-name-once", "the subject has several common names", "RFC 9525 §2"), LINT_LEAF, common_name_once},
};

const struct lint_rules lint_subject_rules = LINT_RULES(RULES);
