#include "site/csr_check.h"

#include "crypto/digest.h"
#include "crypto/weak.h"
#include "pki/pem.h"
#include "site/json.h"

static int note(struct site_csr_check *check, const char *word, struct view detail)
{
	return json_array_append_new(check->findings, json_pack("{s:s, s:o}", "word", word, "detail", site_json_ascii(detail))) ? XICA_ENOMEM : XICA_OK;
}

int site_csr_finding(struct site_csr_check *check, const char *word, const char *detail)
{
	check->usable = false;
	return note(check, word, view_str(detail));
}

static int find_name(struct site_csr_check *check, const char *word, struct view name)
{
	check->usable = false;
	return note(check, word, name);
}

// --- names to identifiers

static bool has(const struct site_csr_check *check, const struct pki_identifier *identifier)
{
	for (size_t i = 0; i < check->identifier_count; i++)
		if (!pki_identifier_compare(&check->identifiers[i], identifier))
			return true;
	return false;
}

static void add(struct site_csr_check *check, const struct pki_identifier *identifier)
{
	if (!has(check, identifier))
		check->identifiers[check->identifier_count++] = *identifier;
}

static int find_fault(struct site_csr_check *check, struct view name, enum pki_name_fault fault)
{
	return site_csr_finding(check, "bad-name", arena_printf(check->arena, "%.*s: %s", VIEW_FMT(name), pki_name_fault_text(fault)));
}

static int take_dns_name(struct site_csr_check *check, struct view name)
{
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	int error = pki_identifier_parse_dns(name, check->lenient, check->arena, &identifier, &fault);
	if (error == XICA_EPARSE)
		return find_fault(check, name, fault);
	if (!error)
		add(check, &identifier);
	return error;
}

// An SRVName of a domain that is asked for comes with it; _xmpp-server of another can be ordered for itself.
static int take_srv_name(struct site_csr_check *check, struct view name)
{
	struct view service, domain;
	struct pki_identifier identifier;
	enum pki_name_fault fault = PKI_NAME_NO_SRV_NAME;
	if (pki_srv_name_split(name, &service, &domain))
		return find_fault(check, name, fault);
	if (view_starts(domain, VIEW_LIT("*.")))
		return find_fault(check, name, PKI_NAME_WILDCARD);
	bool server = view_equal_nocase(service, VIEW_LIT("_xmpp-server"));
	if (!server && !view_equal_nocase(service, VIEW_LIT("_xmpp-client")))
		return find_name(check, "other-service", name);
	int error = pki_identifier_parse_dns(domain, check->lenient, check->arena, &identifier, &fault);
	if (error == XICA_EPARSE)
		return find_fault(check, name, fault);
	if (error || has(check, &identifier))
		return error;
	if (!server)
		return find_name(check, "domain-missing", name);
	error = pki_identifier_parse_srv(name, check->lenient, check->arena, &identifier, &fault);
	if (error == XICA_EPARSE)
		return find_fault(check, name, fault);
	if (!error)
		add(check, &identifier);
	return error;
}

static int take_xmpp_address(struct site_csr_check *check, struct view address)
{
	struct pki_identifier identifier = {.type = PKI_IDENTIFIER_DNS};
	int error = pki_name_to_ascii(address, check->arena, &identifier.value);
	if (error == XICA_ENOMEM || (!error && has(check, &identifier)))
		return error;
	return find_name(check, "domain-missing", address);
}

static int take_sans(struct site_csr_check *check, enum pki_san_type type, int (*take)(struct site_csr_check *check, struct view name))
{
	int error = XICA_OK;
	for (size_t i = 0; i < check->csr.sans.count && !error; i++)
		if (check->csr.sans.list[i].type == type)
			error = take(check, check->csr.sans.list[i].value);
	return error;
}

static int take_common_name(struct site_csr_check *check)
{
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	if (!check->csr.common_name.len)
		return XICA_OK;
	int error = pki_identifier_parse_dns(check->csr.common_name, check->lenient, check->arena, &identifier, &fault);
	if (error == XICA_EPARSE)
		return find_name(check, "common-name", check->csr.common_name);
	if (!error)
		add(check, &identifier);
	return error;
}

// Domains come first: whether an SRVName needs an identifier of its own depends on them.
static int take_names(struct site_csr_check *check)
{
	check->identifiers = arena_array(check->arena, check->csr.sans.count + 1, sizeof(*check->identifiers));
	if (!check->identifiers)
		return XICA_ENOMEM;
	int error = take_sans(check, PKI_SAN_DNS, take_dns_name);
	if (error || (error = take_common_name(check)) || (error = take_sans(check, PKI_SAN_SRV, take_srv_name)) ||
	    (error = take_sans(check, PKI_SAN_XMPP, take_xmpp_address)))
		return error;
	if (check->csr.other_names)
		error = find_name(check, "other-name", check->csr.other_name);
	if (!error && !check->identifier_count && check->usable)
		error = site_csr_finding(check, "no-names", "");
	if (!error && check->identifier_count > check->names_max)
		error = site_csr_finding(check, "too-many-names", arena_printf(check->arena, "%zu", check->names_max));
	return error;
}

// --- its key

static int check_key(struct site_csr_check *check)
{
	cleanup_key *key = NULL;
	enum crypto_weakness weakness;
	int error = pki_csr_verify(&check->csr, &key);
	if (error == XICA_ESIG)
		return site_csr_finding(check, "signature", "");
	if (error == XICA_EPARSE || error == XICA_EUNSUPPORTED)
		return site_csr_finding(check, "weak-key", crypto_weakness_text(CRYPTO_WEAK_TYPE));
	if (error || (error = crypto_weak_check(key, &weakness)))
		return error;
	return weakness ? site_csr_finding(check, "weak-key", crypto_weakness_text(weakness)) : XICA_OK;
}

// --- the text

static bool holds(struct view text, struct view words)
{
	for (size_t i = 0; i + words.len <= text.len; i++)
		if (view_equal(view_sub(text, i, words.len), words))
			return true;
	return false;
}

// Old programs write "NEW CERTIFICATE REQUEST".
static int read_pem(struct view text, struct buf *der)
{
	struct view cursor = text;
	int error = pem_read(&cursor, PEM_REQUEST, der);
	if (error != XICA_ENOTFOUND)
		return error;
	cursor = text;
	return pem_read(&cursor, "NEW " PEM_REQUEST, der);
}

static int parse(struct site_csr_check *check, struct view der, const char **ret_why)
{
	der = arena_copy(check->arena, der);
	if (!der.ptr)
		return XICA_ENOMEM;
	int error = pki_csr_parse(der, check->arena, &check->csr, ret_why);
	if (!error)
		error = crypto_sha256(check->csr.spki, check->spki_sha256);
	check->parsed = !error;
	return error;
}

int site_csr_check(struct view text, struct site_csr_check *check)
{
	cleanup_buf der = BUF_INIT;
	const char *why = "its base64 is broken";
	check->usable = true;
	if (!(check->findings = json_array()))
		return XICA_ENOMEM;
	int error = holds(text, VIEW_LIT("PRIVATE KEY-----")) ? site_csr_finding(check, "private-key", "") : XICA_OK;
	if (error)
		return error;
	if ((error = read_pem(text, &der)) == XICA_ENOTFOUND)
		return site_csr_finding(check, "no-request", "");
	if (!error)
		error = parse(check, buf_view(&der), &why);
	if (error == XICA_EPARSE)
		return site_csr_finding(check, "malformed", why);
	if (error || (error = check_key(check)) || (error = take_names(check)))
		return error;
	return check->csr.must_staple ? note(check, "must-staple", VIEW_NONE) : XICA_OK;
}

int site_csr_read(struct view der, struct site_csr_check *check)
{
	const char *why;
	if (!(check->findings = json_array()))
		return XICA_ENOMEM;
	int error = parse(check, der, &why);
	return error ? error : take_names(check);
}

json_t *site_csr_identifiers(const struct site_csr_check *check)
{
	json_t *list = json_array();
	for (size_t i = 0; i < check->identifier_count; i++) {
		const char *text = pki_identifier_text(&check->identifiers[i], check->arena);
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "type", pki_identifier_type_text(check->identifiers[i].type), "value", text ? text : ""));
	}
	return list;
}
