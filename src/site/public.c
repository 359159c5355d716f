// What everybody may see: certificates by their domain or number, and whether a certificate request is right. (Numbers: statistics.c. The CA itself:
// authorities.c.)
#include "site/public.h"

#include "site/certificate_json.h"
#include "site/csr_check.h"
#include "site/json.h"
#include "store/blocked.h"

// --- search

// A domain as certificates bear it: A-labels in lower case, whether it was typed in these or in the letters of its language.
static int to_name(struct site_request *request, struct view text, struct view *ret_name)
{
	static const struct view STAR = VIEW_LIT("*.");
	struct view service = VIEW_NONE, domain = text;
	if (text.len && text.ptr[0] == '_') {
		if (pki_srv_name_split(text, &service, &domain))
			return XICA_EPARSE;
	} else if (view_starts(text, STAR)) {
		domain = view_sub(text, STAR.len, SIZE_MAX);
	}
	struct view before = view_sub(text, 0, text.len - domain.len);
	int error = pki_name_to_ascii(domain, &request->arena, &domain);
	if (error)
		return error;
	const char *name = arena_printf(&request->arena, "%.*s%.*s", VIEW_FMT(before), VIEW_FMT(domain));
	if (!name)
		return XICA_ENOMEM;
	*ret_name = view_str(name);
	return XICA_OK;
}

// Certificates that hold the domain, or its XMPP service alone.
static int find(struct store_txn *txn, struct site_request *request, struct view domain, struct view **ret_serials, size_t *ret_count)
{
	struct store_certificate_page page = {.limit = SITE_CERTIFICATES_PAGE};
	struct view after = site_query(request, "after"), names[2] = {domain};
	const char *service = arena_printf(&request->arena, "_xmpp-server.%.*s", VIEW_FMT(domain));
	int error = after.len ? site_serial(request, after, &page.after) : XICA_OK;
	if (!service)
		return XICA_ENOMEM;
	names[1] = view_str(service);
	return error ? error : store_certificate_list_by_names(txn, names, &page, &request->arena, ret_serials, ret_count);
}

static int search(struct store_txn *txn, struct site_request *request)
{
	struct view domain, *serials;
	size_t count;
	int error = to_name(request, site_query(request, "domain"), &domain);
	if (error == XICA_EPARSE)
		return site_refuse_field(request, "domain", "no-domain");
	if (error || (error = find(txn, request, domain, &serials, &count)))
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		struct store_certificate certificate;
		if ((error = store_certificate_get(txn, serials[i], &request->arena, &certificate))) {
			json_decref(list);
			return error;
		}
		if (site_certificate_is_shown(&certificate))
			(void)json_array_append_new(list, site_certificate_json(&certificate));
	}
	request->result = json_pack("{s:o, s:o}", "certificates", list, "domain", site_json_text(domain));
	if (request->result && count == SITE_CERTIFICATES_PAGE)
		(void)json_object_set_new(request->result, "next", site_json_hex(serials[count - 1]));
	return request->result ? XICA_OK : XICA_ENOMEM;
}

static int show_certificate(struct store_txn *txn, struct site_request *request)
{
	struct store_certificate certificate;
	int error = site_certificate_of_path(txn, request, &certificate);
	if (error)
		return error;
	request->result = site_certificate_json(&certificate);
	return request->result ? site_certificate_describe(&certificate, request->result) : XICA_ENOMEM;
}

// --- a certificate request

static int check_blocked(struct store_txn *txn, struct site_csr_check *check)
{
	bool blocked = false;
	int error = check->parsed ? store_blocked_has(txn, check->spki_sha256, &blocked) : XICA_OK;
	return error || !blocked ? error : site_csr_finding(check, "blocked-key", "");
}

static json_t *domains_json(const struct site_csr_check *check)
{
	json_t *list = json_array();
	for (size_t i = 0; i < check->identifier_count; i++)
		(void)json_array_append_new(list, json_string(pki_identifier_text(&check->identifiers[i], check->arena)));
	return list;
}

static int check_csr(struct store_txn *txn, struct site_request *request)
{
	const struct config *config = request->site->config;
	struct site_csr_check check = {.lenient = config->lenient_names, .names_max = config->order_names_max, .arena = &request->arena};
	struct view text;
	int error = site_text(request, "csr", 3 * PKI_CSR_MAX_LEN, &text);
	if (error)
		return error;
	error = site_csr_check(text, &check);
	if (!error)
		error = check_blocked(txn, &check);
	if (error) {
		json_decref(check.findings);
		return error;
	}
	request->result = json_pack("{s:o, s:o, s:o, s:o, s:b}", "names", domains_json(&check), "identifiers", site_csr_identifiers(&check), "key_type",
				    check.parsed ? site_json_key_type(check.csr.spki) : json_null(), "findings", check.findings, "usable", check.usable);
	return request->result ? XICA_OK : XICA_ENOMEM;
}

const struct site_route site_public[] = {
	{HTTP_METHOD_GET, "/api/public/numbers", SITE_NOBODY, site_show_numbers, false},
	{HTTP_METHOD_GET, "/api/public/statistics", SITE_NOBODY, site_show_statistics, false},
	{HTTP_METHOD_GET, "/api/public/statistics.csv", SITE_NOBODY, site_show_statistics_csv, false},
	{HTTP_METHOD_GET, "/api/public/search", SITE_NOBODY, search, false},
	{HTTP_METHOD_GET, "/api/public/certificates/{}", SITE_NOBODY, show_certificate, false},
	{HTTP_METHOD_GET, "/api/public/authorities", SITE_NOBODY, site_show_authorities, false},
	{HTTP_METHOD_POST, "/api/public/csr", SITE_NOBODY, check_csr, false},
	{HTTP_METHOD_POST, "/api/code", SITE_NOBODY, site_confirm_code, false},
	{HTTP_METHOD_POST, "/api/check", SITE_SESSION, site_check_server, false},
	{0},
};
