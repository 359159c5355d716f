#include "site/certificate_json.h"

#include "base/hex.h"
#include "crypto/digest.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "pki/reason.h"
#include "site/json.h"

static json_t *names_json(const struct store_certificate *certificate)
{
	json_t *names = json_array();
	for (size_t i = 0; i < certificate->name_count; i++)
		(void)json_array_append_new(names, site_json_text(certificate->names[i]));
	return names;
}

// What a person calls it by: the domain of its first name.
static json_t *domain_json(const struct store_certificate *certificate)
{
	struct view name = certificate->name_count ? certificate->names[0] : VIEW_NONE, service, domain;
	return site_json_text(pki_srv_name_split(name, &service, &domain) ? name : domain);
}

json_t *site_certificate_json(const struct store_certificate *certificate)
{
	bool revoked = certificate->status == STORE_CERTIFICATE_REVOKED;
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:s, s:o, s:o}", "serial", site_json_hex(certificate->serial), "names", names_json(certificate),
			 "domain", domain_json(certificate), "profile", site_json_text(certificate->profile), "not_before",
			 (json_int_t)certificate->not_before, "not_after", (json_int_t)certificate->not_after, "status", revoked ? "revoked" : "issued",
			 "reason", revoked ? json_string(pki_reason_text(certificate->reason)) : json_null(), "revoked_at", site_json_time(certificate->revoked_at));
}

int site_certificate_describe(const struct store_certificate *certificate, json_t *is)
{
	struct pki_certificate read;
	const char *why;
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf issuer = BUF_INIT;
	int error = pki_certificate_parse(certificate->der, &read, &why);
	if (error || (error = crypto_sha256(certificate->der, digest)))
		return error;
	pki_name_add_text(&issuer, read.issuer);
	bool failed = json_object_set_new(is, "pem", site_json_pem(PEM_CERTIFICATE, certificate->der)) ||
		      json_object_set_new(is, "key_type", site_json_key_type(read.spki)) ||
		      json_object_set_new(is, "fingerprint", site_json_hex(view_bytes(digest, sizeof(digest)))) ||
		      json_object_set_new(is, "issuer", site_json_text(buf_view(&issuer)));
	return failed ? XICA_ENOMEM : XICA_OK;
}

bool site_certificate_is_shown(const struct store_certificate *certificate)
{
	return certificate->status == STORE_CERTIFICATE_ISSUED || certificate->status == STORE_CERTIFICATE_REVOKED;
}

int site_serial(struct site_request *request, struct view text, struct view *ret_serial)
{
	cleanup_buf bytes = BUF_INIT;
	if (!text.len || text.len > 2 * STORE_SERIAL_MAX || hex_decode(text, &bytes))
		return XICA_ENOTFOUND;
	struct view serial = arena_copy(&request->arena, buf_view(&bytes));
	if (!serial.ptr)
		return XICA_ENOMEM;
	*ret_serial = serial;
	return XICA_OK;
}

int site_certificate_of_path(struct store_txn *txn, struct site_request *request, struct store_certificate *ret_certificate)
{
	struct view serial;
	struct store_certificate certificate;
	int error = site_serial(request, request->parts[0], &serial);
	if (error || (error = store_certificate_get(txn, serial, &request->arena, &certificate)))
		return error;
	if (!site_certificate_is_shown(&certificate))
		return XICA_ENOTFOUND;
	*ret_certificate = certificate;
	return XICA_OK;
}
