#include "pki/names_syntax.h"

static const char *const FAULT_TEXTS[] = {
	[PKI_NAME_OK] = "a valid name",
	[PKI_NAME_EMPTY] = "the name is empty",
	[PKI_NAME_TOO_LONG] = "the name is longer than 253 bytes, or one of its labels is longer than 63",
	[PKI_NAME_BAD_CHARACTER] = "the name has a character other than letters, digits, hyphen and dot (internationalised names are written in A-labels, \"xn--…\")",
	[PKI_NAME_BAD_LABEL] = "a label of the name is empty, begins or ends with a hyphen, or has hyphens in the third and fourth place",
	[PKI_NAME_BAD_IDNA] = "a label of the name is not a valid A-label of IDNA2008",
	[PKI_NAME_SINGLE_LABEL] = "the name has a single label, and is nobody's in the public DNS",
	[PKI_NAME_IP_ADDRESS] = "this is an IP address, not a name",
	[PKI_NAME_TRAILING_DOT] = "the name ends with a dot",
	[PKI_NAME_WILDCARD] = "a wildcard must be the whole left-most label, and there can be one only",
	[PKI_NAME_PUBLIC_SUFFIX] = "the name is a public suffix, or a wildcard straight below one",
	[PKI_NAME_RESERVED] = "the name stands below a top-level domain that is reserved and never delegated",
	[PKI_NAME_NO_SRV_NAME] = "a srv identifier is a service and a domain without a protocol, like \"_xmpp-server.example.org\"",
	[PKI_NAME_NO_PROOF] = "the name at which it would be proven, _acme-challenge before it, is longer than 253 bytes",
	[PKI_NAME_SERVICE] = "the one service that a srv identifier can be for here is _xmpp-server",
};

const char *pki_name_fault_text(enum pki_name_fault fault)
{
	return FAULT_TEXTS[fault];
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_ldh(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

// Takes the label before the next dot. Returns false when there is none left.
static bool next_label(struct view *rest, bool *more, struct view *ret_label)
{
	if (!*more)
		return false;
	size_t dot = view_index(*rest, '.', 0);
	*more = dot != SIZE_MAX;
	*ret_label = view_sub(*rest, 0, *more ? dot : rest->len);
	*rest = *more ? view_sub(*rest, dot + 1, SIZE_MAX) : VIEW_NONE;
	return true;
}

static enum pki_name_fault label_fault(struct view label)
{
	if (label.len > PKI_LABEL_MAX)
		return PKI_NAME_TOO_LONG;
	if (!label.len || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return PKI_NAME_BAD_LABEL;
	if (label.len < 4 || label.ptr[2] != '-' || label.ptr[3] != '-')
		return PKI_NAME_OK;
	if (!view_starts(label, VIEW_LIT("xn--")))
		return PKI_NAME_BAD_LABEL;
	return pki_name_check_a_label(label) ? PKI_NAME_BAD_IDNA : PKI_NAME_OK;
}

static bool all_digits(struct view label)
{
	for (size_t i = 0; i < label.len; i++)
		if (!is_digit(label.ptr[i]))
			return false;
	return label.len > 0;
}

enum pki_name_fault names_syntax_fault(struct view name, size_t *ret_labels, struct view *ret_last)
{
	struct view rest = name, label = VIEW_NONE;
	size_t labels = 0;
	bool more = true;
	if (!name.len)
		return PKI_NAME_EMPTY;
	if (name.ptr[name.len - 1] == '.')
		return PKI_NAME_TRAILING_DOT;
	if (name.len > PKI_NAME_MAX)
		return PKI_NAME_TOO_LONG;
	for (size_t i = 0; i < name.len; i++)
		if (!is_ldh(name.ptr[i]) && name.ptr[i] != '.')
			return name.ptr[i] == '*' ? PKI_NAME_WILDCARD : PKI_NAME_BAD_CHARACTER;
	for (; next_label(&rest, &more, &label); labels++) {
		enum pki_name_fault fault = label_fault(label);
		if (fault)
			return fault;
	}
	*ret_labels = labels;
	*ret_last = label;
	return all_digits(label) ? PKI_NAME_IP_ADDRESS : PKI_NAME_OK;
}

int pki_srv_name_split(struct view text, struct view *ret_service, struct view *ret_domain)
{
	size_t dot = view_index(text, '.', 0);
	if (dot == SIZE_MAX || dot < 2 || text.ptr[0] != '_')
		return XICA_EPARSE;
	struct view domain = view_sub(text, dot + 1, SIZE_MAX);
	if (!domain.len || domain.ptr[0] == '_')
		return XICA_EPARSE;
	*ret_service = view_sub(text, 0, dot);
	*ret_domain = domain;
	return XICA_OK;
}
