#include "site/mail_address.h"

#include <string.h>

#include "pki/names.h"

static bool is_ascii(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 0x80)
			return false;
	return true;
}

// RFC 5322 §3.2.3: atext
static bool is_atom_character(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && c < 0x80 && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_dot_atom(struct view text)
{
	bool after_dot = true; // also at the beginning
	for (size_t i = 0; i < text.len; i++) {
		bool dot = text.ptr[i] == '.';
		if (dot ? after_dot : !is_atom_character(text.ptr[i]))
			return false;
		after_dot = dot;
	}
	return text.len && !after_dot;
}

static struct view trim(struct view text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = view_sub(text, 1, SIZE_MAX);
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

// Whoever has a mail host at a public suffix (a company that lends names below its own) has it all the same.
static int parse_domain(struct view text, bool lenient, struct arena *arena, struct view *ret_domain)
{
	struct pki_identifier identifier;
	enum pki_name_fault fault = PKI_NAME_OK;
	if (!is_ascii(text)) {
		int error = pki_name_to_ascii(text, arena, &text);
		if (error)
			return error;
	}
	int error = pki_identifier_parse_dns(text, lenient, arena, &identifier, &fault);
	if (error == XICA_EPARSE && fault == PKI_NAME_PUBLIC_SUFFIX && view_index(text, '.', 0) != SIZE_MAX)
		error = pki_identifier_parse_dns(text, true, arena, &identifier, &fault);
	if (!error && identifier.wildcard)
		error = XICA_EPARSE;
	if (!error)
		*ret_domain = identifier.value;
	return error;
}

int mail_address_parse(struct view text, bool lenient, struct arena *arena, struct view *ret_address)
{
	struct view domain;
	text = trim(text);
	size_t at = view_index(text, '@', 0);
	if (at == SIZE_MAX || at > MAIL_LOCAL_PART_MAX || !is_dot_atom(view_sub(text, 0, at)))
		return XICA_EPARSE;
	int error = parse_domain(view_sub(text, at + 1, SIZE_MAX), lenient, arena, &domain);
	if (error)
		return error;
	if (at + 1 + domain.len > MAIL_ADDRESS_MAX)
		return XICA_EPARSE;
	const char *address = arena_printf(arena, "%.*s@%.*s", (int)at, (const char *)text.ptr, VIEW_FMT(domain));
	if (!address)
		return XICA_ENOMEM;
	*ret_address = view_str(address);
	return XICA_OK;
}

static bool has_control_characters(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return true;
	return false;
}

int mail_address_parse_mailbox(struct view text, bool lenient, struct arena *arena, struct view *ret_name, struct view *ret_address)
{
	struct view name = VIEW_LIT(""), inner = trim(text);
	size_t open = view_index(inner, '<', 0);
	if (open != SIZE_MAX) {
		if (inner.ptr[inner.len - 1] != '>')
			return XICA_EPARSE;
		name = trim(view_sub(inner, 0, open));
		inner = view_sub(inner, open + 1, inner.len - open - 2);
	}
	if (name.len >= 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"')
		name = view_sub(name, 1, name.len - 2);
	if (has_control_characters(name) || view_index(name, '"', 0) != SIZE_MAX || view_index(name, '\\', 0) != SIZE_MAX)
		return XICA_EPARSE;
	int error = mail_address_parse(inner, lenient, arena, ret_address);
	if (!error)
		*ret_name = name;
	return error;
}
