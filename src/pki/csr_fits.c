// The CSR against the order (RFC 8555 §7.4).
#include "pki/csr.h"

struct fit {
	const struct pki_identifier *identifiers;
	size_t count;
	struct arena *arena;
	const char *no_identifier, *not_covered; // how a refusal ends
};

static bool covers(const struct fit *fit, enum pki_identifier_type type, struct view domain, bool wildcard)
{
	for (size_t i = 0; i < fit->count; i++) {
		const struct pki_identifier *identifier = &fit->identifiers[i];
		if (identifier->type == type && identifier->wildcard == wildcard && view_equal_nocase(identifier->value, domain))
			return true;
	}
	return false;
}

// A name as a dNSName has it, "*.example.org" too.
static bool dns_is_covered(const struct fit *fit, struct view name)
{
	bool wildcard = view_starts(name, VIEW_LIT("*."));
	return covers(fit, PKI_IDENTIFIER_DNS, wildcard ? view_sub(name, 2, SIZE_MAX) : name, wildcard);
}

static bool srv_is_covered(const struct fit *fit, struct view name)
{
	struct view service, domain;
	if (pki_srv_name_split(name, &service, &domain))
		return false;
	bool server = view_equal_nocase(service, VIEW_LIT("_xmpp-server"));
	if (!server && !view_equal_nocase(service, VIEW_LIT("_xmpp-client")))
		return false;
	return covers(fit, PKI_IDENTIFIER_DNS, domain, false) || (server && covers(fit, PKI_IDENTIFIER_SRV, domain, false));
}

static int xmpp_is_covered(const struct fit *fit, struct view address, bool *ret_covered)
{
	struct view domain;
	int error = pki_name_to_ascii(address, fit->arena, &domain);
	if (error == XICA_ENOMEM)
		return error;
	*ret_covered = !error && covers(fit, PKI_IDENTIFIER_DNS, domain, false);
	return XICA_OK;
}

static int san_is_covered(const struct fit *fit, const struct pki_san *san, bool *ret_covered)
{
	switch (san->type) {
	case PKI_SAN_DNS:
		*ret_covered = dns_is_covered(fit, san->value);
		return XICA_OK;
	case PKI_SAN_SRV:
		*ret_covered = srv_is_covered(fit, san->value);
		return XICA_OK;
	case PKI_SAN_XMPP:
		return xmpp_is_covered(fit, san->value, ret_covered);
	}
	return XICA_EINVAL;
}

bool pki_csr_asks(const struct pki_csr *csr, const struct pki_identifier *identifier, const char *text)
{
	if (identifier->type == PKI_IDENTIFIER_SRV)
		return true; // SRVNames may be absent: the certificate has them by its profile
	if (view_equal_nocase(csr->common_name, view_str(text)))
		return true;
	for (size_t i = 0; i < csr->sans.count; i++)
		if (csr->sans.list[i].type == PKI_SAN_DNS && view_equal_nocase(csr->sans.list[i].value, view_str(text)))
			return true;
	return false;
}

static const char *kind_text(enum pki_san_type type)
{
	switch (type) {
	case PKI_SAN_DNS: return "dNSName";
	case PKI_SAN_SRV: return "SRVName";
	case PKI_SAN_XMPP: return "XmppAddr";
	}
	return "name";
}

static int deny(const char *why, const char **ret_why)
{
	if (!why)
		return XICA_ENOMEM;
	*ret_why = why;
	return XICA_EDENIED;
}

// Text from the request that is safe to repeat: visible ASCII, the rest as '?', and not too much of it.
static const char *quote(struct view text, struct arena *arena)
{
	char *copy = arena_strdup(arena, view_sub(text, 0, PKI_NAME_MAX));
	for (char *c = copy; c && c < copy + (text.len < PKI_NAME_MAX ? text.len : PKI_NAME_MAX); c++)
		if (*c < 0x20 || *c > 0x7e || *c == '"')
			*c = '?';
	return copy;
}

static int check_what_is_asked(const struct pki_csr *csr, const struct fit *fit, const char **ret_why)
{
	if (csr->other_names)
		return deny(arena_printf(fit->arena, "the request asks for a name that is never certified here (%.*s)", VIEW_FMT(csr->other_name)),
			    ret_why);
	if (csr->common_name.len && !dns_is_covered(fit, csr->common_name)) {
		const char *name = quote(csr->common_name, fit->arena);
		return deny(name ? arena_printf(fit->arena, "the request's common name \"%s\" is %s", name, fit->no_identifier) : NULL, ret_why);
	}
	for (size_t i = 0; i < csr->sans.count; i++) {
		const struct pki_san *san = &csr->sans.list[i];
		bool covered;
		int error = san_is_covered(fit, san, &covered);
		if (error)
			return error;
		if (covered)
			continue;
		const char *name = quote(san->value, fit->arena);
		return deny(name ? arena_printf(fit->arena, "the request's %s \"%s\" is %s", kind_text(san->type), name, fit->not_covered) : NULL, ret_why);
	}
	return XICA_OK;
}

int pki_csr_fits(const struct pki_csr *csr, const struct pki_identifier *identifiers, size_t count, struct arena *arena, const char **ret_why)
{
	const struct fit fit = {identifiers, count, arena, "not an identifier of the order", "not covered by the order"};
	int error = check_what_is_asked(csr, &fit, ret_why);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		const char *text = pki_identifier_text(&identifiers[i], arena);
		if (!text)
			return XICA_ENOMEM;
		if (!pki_csr_asks(csr, &identifiers[i], text))
			return deny(arena_printf(arena, "the request does not ask for \"%s\", which is an identifier of the order", text), ret_why);
	}
	return XICA_OK;
}

int pki_csr_fits_word(const struct pki_csr *csr, const struct pki_identifier *identifiers, size_t count, struct arena *arena, const char **ret_why)
{
	const char *other = "none of the names that the operator vouches for";
	const struct fit fit = {identifiers, count, arena, other, other};
	return check_what_is_asked(csr, &fit, ret_why);
}
