// A person's certificates: those of the ACME accounts that were opened with the person's keys. Anybody else's are not there.
#include "base/hex.h"
#include "base/log.h"
#include "pki/crl.h"
#include "pki/pem.h"
#include "pki/reason.h"
#include "site/acts.h"
#include "site/certificate_json.h"
#include "site/csr_check.h"
#include "site/json.h"
#include "site/report.h"
#include "site/site_session.h"
#include "store/order.h"
#include "store/renewal.h"

static int own(struct store_txn *txn, struct site_request *request, struct store_certificate *ret_certificate)
{
	struct store_certificate certificate;
	int error = site_certificate_of_path(txn, request, &certificate);
	if (error)
		return error;
	if (!certificate.person || certificate.person != request->person.id)
		return XICA_ENOTFOUND;
	*ret_certificate = certificate;
	return XICA_OK;
}

// --- showing

static int describe(struct store_txn *txn, struct site_request *request, const struct store_certificate *certificate, json_t **ret_is)
{
	struct view key, renewal = VIEW_NONE;
	struct store_renewal_call call = {0};
	int error = site_report_key_name(txn, certificate->account, &request->arena, &key);
	if (error)
		return error;
	error = store_certificate_renewed_by(txn, certificate->serial, &request->arena, &renewal);
	if (!error || error == XICA_ENOTFOUND)
		error = store_renewal_call_get(txn, certificate->serial, &request->arena, &call);
	if (error && error != XICA_ENOTFOUND)
		return error;
	json_t *is = site_certificate_json(certificate);
	if (json_object_set_new(is, "key", site_json_text(key)) ||
	    json_object_set_new(is, "renewed_by", renewal.len ? site_json_hex(renewal) : json_null()) ||
	    json_object_set_new(is, "renew_now", json_boolean(!error)) ||
	    json_object_set_new(is, "renew_why", call.explanation.len ? site_json_text(call.explanation) : json_null())) {
		json_decref(is);
		return XICA_ENOMEM;
	}
	*ret_is = is;
	return XICA_OK;
}

static int add(struct store_txn *txn, struct site_request *request, struct view serial, json_t *list)
{
	struct store_certificate certificate;
	json_t *is;
	int error = store_certificate_get(txn, serial, &request->arena, &certificate);
	if (error || (error = describe(txn, request, &certificate, &is)))
		return error;
	return json_array_append_new(list, is) ? XICA_ENOMEM : XICA_OK;
}

static int list_certificates(struct store_txn *txn, struct site_request *request)
{
	struct store_certificate_page page = {.limit = SITE_CERTIFICATES_PAGE};
	struct view *serials, after = site_query(request, "after");
	size_t count;
	int error = after.len ? site_serial(request, after, &page.after) : XICA_OK;
	if (error || (error = store_certificate_list_by_person(txn, request->person.id, &page, &request->arena, &serials, &count)))
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count && !error; i++)
		error = add(txn, request, serials[i], list);
	if (error) {
		json_decref(list);
		return error;
	}
	json_t *answer = json_pack("{s:o}", "certificates", list);
	if (count == SITE_CERTIFICATES_PAGE)
		(void)json_object_set_new(answer, "next", site_json_hex(serials[count - 1]));
	return site_answer(request, answer);
}

static json_t *chain_json(const struct site_request *request, const struct store_certificate *certificate)
{
	const struct ca_issuer *issuer = ca_dir_issuer(request->site->ca, certificate->issuer);
	json_t *chain = json_array();
	for (size_t i = 0; issuer && i < issuer->chains[0].count; i++)
		(void)json_array_append_new(chain, site_json_pem(PEM_CERTIFICATE, issuer->chains[0].certificates[i]));
	return chain;
}

static int show_certificate(struct store_txn *txn, struct site_request *request)
{
	struct store_certificate certificate;
	json_t *is;
	int error = own(txn, request, &certificate);
	if (error || (error = describe(txn, request, &certificate, &is)) || (error = site_answer(request, is)) ||
	    (error = site_certificate_describe(&certificate, is)))
		return error;
	return json_object_set_new(is, "chain", chain_json(request, &certificate)) ? XICA_ENOMEM : XICA_OK;
}

// --- the certificate request that it was made from, to renew with

static int show_csr(struct store_txn *txn, struct site_request *request)
{
	struct store_certificate certificate;
	struct store_order order;
	struct site_csr_check check = {.lenient = true, .names_max = SIZE_MAX, .arena = &request->arena};
	int error = own(txn, request, &certificate);
	if (error || (error = store_order_by_id(txn, certificate.order, &request->arena, &order)))
		return error;
	if (!order.csr.len)
		return XICA_ENOTFOUND;
	error = site_csr_read(order.csr, &check);
	json_decref(check.findings);
	if (error)
		return error == XICA_EPARSE ? XICA_ENOTFOUND : error;
	return site_answer(request, json_pack("{s:o, s:o, s:o}", "csr", site_json_pem(PEM_REQUEST, order.csr), "identifiers", site_csr_identifiers(&check),
					      "profile", site_json_text(certificate.profile)));
}

// --- revoking

enum { KEY_PORTION = 200 };

struct revocation {
	struct site_report report;
	unsigned reason;
	json_t *serials;       // of those revoked now
	struct touched *touched;
};

struct touched { // a CRL that is out of date by it
	struct touched *next;
	struct view issuer;
	uint32_t shard;
};

static int read_reason(struct site_request *request, unsigned *ret_reason)
{
	const json_t *value = json_object_get(request->body, "reason");
	switch (json_is_integer(value) ? json_integer_value(value) : -1) {
	case PKI_REASON_UNSPECIFIED:
	case PKI_REASON_KEY_COMPROMISE:
	case PKI_REASON_AFFILIATION_CHANGED:
	case PKI_REASON_SUPERSEDED:
	case PKI_REASON_CESSATION_OF_OPERATION:
		*ret_reason = (unsigned)json_integer_value(value);
		return XICA_OK;
	default:
		return site_refuse_field(request, "reason", "malformed");
	}
}

static int revoke_one(struct store_txn *txn, struct site_request *request, struct revocation *revocation, const struct store_certificate *certificate)
{
	struct touched *touched = arena_alloc(&request->arena, sizeof(*touched));
	int error = touched ? site_report_revoke(txn, &revocation->report, certificate->serial, revocation->reason) : XICA_ENOMEM;
	if (error)
		return error;
	*touched = (struct touched){revocation->touched, certificate->issuer, certificate->shard};
	revocation->touched = touched;
	return json_array_append_new(revocation->serials, site_json_hex(certificate->serial)) ? XICA_ENOMEM : XICA_OK;
}

// A key that is no secret any more: nobody shall have a certificate for it again, and the person's others for it go too.
static int revoke_key(struct store_txn *txn, struct site_request *request, struct revocation *revocation, const struct store_certificate *certificate)
{
	struct store_certificate_page page = {.limit = KEY_PORTION};
	struct store_certificate other;
	struct view *serials;
	size_t count = KEY_PORTION;
	int error = site_act_block_key(txn, &(struct site_act){request->now, revocation->report.by}, certificate->spki_sha256,
				       VIEW_LIT("revoked for keyCompromise by the person whose certificate it was"), NULL);
	while (!error && count == KEY_PORTION) {
		error = store_certificate_list_by_key(txn, certificate->spki_sha256, &page, &request->arena, &serials, &count);
		for (size_t i = 0; !error && i < count; i++) {
			page.after = serials[i];
			error = store_certificate_get(txn, serials[i], &request->arena, &other);
			if (!error && other.person == request->person.id && other.not_after >= request->now)
				error = revoke_one(txn, request, revocation, &other);
		}
	}
	return error;
}

static void revoked(struct site_request *request)
{
	const struct revocation *revocation = request->state;
	const struct site_owner *owner = &request->site->owner;
	for (const struct touched *touched = revocation->touched; touched; touched = touched->next)
		if (owner->revoked)
			owner->revoked(owner->context, touched->issuer, touched->shard);
	const json_t *serial;
	size_t i;
	json_array_foreach(json_object_get(request->result, "revoked"), i, serial)
		log_info("request=%.*s person=%lld revokes serial=%s reason=%s", VIEW_FMT(request->request_id), (long long)request->person.id,
			 json_string_value(serial), pki_reason_text(revocation->reason));
	site_reply(request);
}

static int check_revocable(struct site_request *request, const struct store_certificate *certificate, unsigned reason)
{
	if (reason == PKI_REASON_KEY_COMPROMISE && !site_is_fresh(request))
		return site_refuse(request, 403, "show-password");
	if (certificate->status == STORE_CERTIFICATE_REVOKED)
		return site_refuse(request, 409, "already-revoked");
	return certificate->not_after < request->now ? site_refuse(request, 409, "expired") : XICA_OK;
}

static int revoke_certificate(struct store_txn *txn, struct site_request *request)
{
	struct store_certificate certificate;
	struct revocation *revocation = arena_alloc(&request->arena, sizeof(*revocation));
	unsigned reason;
	if (!revocation)
		return XICA_ENOMEM;
	int error = own(txn, request, &certificate);
	if (error || (error = read_reason(request, &reason)) || (error = check_revocable(request, &certificate, reason)))
		return error;
	const char *by = arena_printf(&request->arena, "person %lld", (long long)request->person.id);
	if (!by)
		return XICA_ENOMEM;
	*revocation = (struct revocation){.report = {.by = view_str(by), .config = request->site->config, .arena = &request->arena, .now = request->now,
						     .remote = request->remote},
					  .reason = reason, .serials = json_array()};
	if ((error = site_answer(request, json_pack("{s:o}", "revoked", revocation->serials))))
		return error;
	error = revoke_one(txn, request, revocation, &certificate);
	if (!error && reason == PKI_REASON_KEY_COMPROMISE)
		error = revoke_key(txn, request, revocation, &certificate);
	request->mail_waits |= revocation->report.mail_waits;
	request->state = revocation;
	request->then = revoked;
	return error;
}

const struct site_route site_certificates[] = {
	{HTTP_METHOD_GET, "/api/certificates", SITE_SESSION, list_certificates, false},
	{HTTP_METHOD_GET, "/api/certificates/{}", SITE_SESSION, show_certificate, false},
	{HTTP_METHOD_GET, "/api/certificates/{}/csr", SITE_SESSION, show_csr, false},
	{HTTP_METHOD_POST, "/api/certificates/{}/revoke", SITE_SESSION, revoke_certificate, false},
	{0},
};
