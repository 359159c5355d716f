// Certificates: downloaded with their chain, and revoked (RFC 8555 §7.4.2, §7.6).
#include "base/hex.h"
#include "base/log.h"
#include "jose/jwk.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "pki/reason.h"
#include "role/registrar/chaos/chaos.h"
#include "site/acts.h"

#include <string.h>

enum { REASON_KEY_COMPROMISE = 1 };

static int find_chain(const struct request *request, const struct ca_issuer *issuer, size_t *ret_chain)
{
	int64_t number = 0;
	if (request->object_part.len && !view_equal_str(request->object_part, "0") && acme_url_parse_id(request->object_part, &number))
		return XICA_ENOTFOUND;
	if (!issuer || (uint64_t)number >= issuer->chain_count)
		return XICA_ENOTFOUND;
	*ret_chain = (size_t)number;
	return XICA_OK;
}

static int link_alternates(struct request *request, const struct ca_issuer *issuer, struct view serial, size_t shown)
{
	for (size_t i = 0; i < issuer->chain_count && i < 6; i++) {
		int error = i == shown ? XICA_OK
			: request_add_link(request, acme_url_certificate(&request->arena, request_base(request), serial, (unsigned)i), "alternate");
		if (error)
			return error;
	}
	return XICA_OK;
}

int request_certificate(struct store_txn *txn, struct request *request)
{
	struct store_certificate certificate;
	cleanup_buf serial = BUF_INIT;
	size_t chain;
	if (request->object.len > 2 * STORE_SERIAL_MAX || hex_decode(request->object, &serial))
		return request_not_found(request);
	int error = request_found(request, store_certificate_get(txn, buf_view(&serial), &request->arena, &certificate));
	if (error)
		return error;
	if (certificate.account != request->account_id || !certificate.der.len)
		return request_not_found(request);
	const struct ca_issuer *issuer = ca_dir_issuer(&request->registrar->ca, certificate.issuer);
	if ((error = request_found(request, find_chain(request, issuer, &chain))) || (error = link_alternates(request, issuer, certificate.serial, chain)))
		return error;
	const struct ca_chain *sent = &issuer->chains[registrar_chaos_chain(request, chain, issuer->chain_count)];
	pem_write(&request->body, PEM_CERTIFICATE, certificate.der);
	for (size_t i = 0; i < sent->count; i++)
		pem_write(&request->body, PEM_CERTIFICATE, sent->certificates[i]);
	request->content_type = "application/pem-certificate-chain";
	return buf_error(&request->body);
}

// --- revocation

static int holds(struct store_txn *txn, const struct request *request, enum pki_identifier_type type, struct view domain, bool wildcard, bool *ret_holds)
{
	cleanup_arena arena = ARENA_INIT;
	const struct pki_identifier identifier = {type, domain, wildcard};
	struct store_authz authz;
	int error = store_authz_has_valid(txn, request->account_id, &identifier, request->now, ret_holds);
	if (error || *ret_holds)
		return error;
	error = registrar_authz_above(txn, request, &identifier, &arena, &authz);
	*ret_holds = !error;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// An SRVName belongs to whoever holds its domain; _xmpp-server also to whoever holds that service of it.
static int covers_srv_name(struct store_txn *txn, const struct request *request, struct view name, bool *ret_covers)
{
	struct view service, domain;
	bool covers = false;
	int error = pki_srv_name_split(name, &service, &domain);
	if (!error)
		error = holds(txn, request, PKI_IDENTIFIER_DNS, domain, false, &covers);
	if (!error && !covers && view_equal_str(service, "_xmpp-server"))
		error = holds(txn, request, PKI_IDENTIFIER_SRV, domain, false, &covers);
	if (error)
		return error;
	*ret_covers = covers;
	return XICA_OK;
}

// A wildcard's authorization is for the wildcard alone.
static int covers_name(struct store_txn *txn, const struct request *request, struct view name, bool *ret_covers)
{
	const struct view star = VIEW_LIT("*.");
	if (name.len && name.ptr[0] == '_')
		return covers_srv_name(txn, request, name, ret_covers);
	bool wildcard = view_starts(name, star);
	return holds(txn, request, PKI_IDENTIFIER_DNS, wildcard ? view_sub(name, star.len, SIZE_MAX) : name, wildcard, ret_covers);
}

// Does the account hold a valid authorization for each name?
static int covers_all_names(struct store_txn *txn, const struct request *request, const struct store_certificate *certificate, bool *ret_covers)
{
	bool covers = certificate->name_count > 0;
	for (size_t i = 0; covers && i < certificate->name_count; i++) {
		int error = covers_name(txn, request, certificate->names[i], &covers);
		if (error)
			return error;
	}
	*ret_covers = covers;
	return XICA_OK;
}

static int authorize_revocation(struct store_txn *txn, struct request *request, const struct store_certificate *certificate)
{
	bool may = false;
	int error = XICA_OK;
	if (request->signed_by_account) {
		may = certificate->account == request->account_id;
		if (!may)
			error = covers_all_names(txn, request, certificate, &may);
	} else { // by the certificate's own key
		struct jwk jwk;
		cleanup_buf spki = BUF_INIT;
		uint8_t hash[CRYPTO_SHA256_LEN];
		if ((error = jwk_parse_text(request->jwk, &jwk)))
			return error;
		error = crypto_key_to_spki(jwk.key, &spki);
		jwk_free(&jwk);
		if (error || (error = crypto_sha256(buf_view(&spki), hash)))
			return error;
		may = memcmp(hash, certificate->spki_sha256, sizeof(hash)) == 0;
	}
	if (error)
		return error;
	return may ? XICA_OK
		   : request_refuse(request, ACME_UNAUTHORIZED,
				    "the certificate is not this account's, the account has no authorizations for all its names, or the key is another");
}

struct revocation { // request->state
	const char *serial, *reason;
};

static void revoked(struct request *request)
{
	const struct revocation *revocation = request->state;
	log_info("request=%.*s account=%lld revokes serial=%s reason=%s", VIEW_FMT(request->request_id), (long long)request->account_id, revocation->serial,
		 revocation->reason);
	registrar_crl_touch(request->registrar, request->revoked_issuer, request->revoked_shard);
	registrar_reported(request->registrar, &request->report);
	request_reply(request);
}

static int keep_for_log(struct request *request, struct view serial, unsigned reason)
{
	struct revocation *revocation = arena_alloc(&request->arena, sizeof(*revocation));
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial);
	if (!revocation || buf_error(&hex) || !(revocation->serial = arena_strdup(&request->arena, buf_view(&hex))))
		return XICA_ENOMEM;
	revocation->reason = pki_reason_text(reason);
	request->state = revocation;
	return XICA_OK;
}

// Whoever signs by the key and says that it is compromised has proven it: nobody shall have a certificate for it again.
static int block_key(struct store_txn *txn, struct request *request, const struct store_certificate *certificate, int reason)
{
	if (request->signed_by_account || reason != REASON_KEY_COMPROMISE)
		return XICA_OK;
	const struct site_act act = {request->now, request->report.by};
	return site_act_block_key(txn, &act, certificate->spki_sha256, VIEW_LIT("revoked for keyCompromise by the key itself"), NULL);
}

int request_revoke(struct store_txn *txn, struct request *request)
{
	struct acme_revocation asked;
	struct store_certificate certificate;
	struct pki_certificate read;
	const char *why;
	int error = acme_parse_revocation(request->payload, &request->arena, &asked, &request->problem);
	if (error)
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	if (pki_certificate_parse(asked.certificate, &read, &why))
		return request_refuse(request, ACME_MALFORMED, arena_printf(&request->arena, "certificate can't be read: %s", why));
	error = store_certificate_get(txn, read.serial, &request->arena, &certificate);
	if (error == XICA_ENOTFOUND || (!error && !view_equal(certificate.der, asked.certificate)))
		return request_not_found(request);
	if (error || (error = authorize_revocation(txn, request, &certificate)))
		return error;
	if (certificate.status == STORE_CERTIFICATE_REVOKED)
		return request_refuse(request, ACME_ALREADY_REVOKED, "the certificate is revoked already");
	if (certificate.status != STORE_CERTIFICATE_ISSUED)
		return request_not_found(request);
	request->report = registrar_report(request->registrar, &request->arena, request->remote);
	request->report.by = view_str(request->signed_by_account ? arena_printf(&request->arena, "account %lld", (long long)request->account_id)
								 : "the certificate's key");
	if ((error = site_report_revoke(txn, &request->report, certificate.serial, (unsigned)asked.reason)) ||
	    (error = block_key(txn, request, &certificate, asked.reason)))
		return error;
	request->revoked_issuer = certificate.issuer;
	request->revoked_shard = certificate.shard;
	request->content_type = NULL;
	request->then = revoked;
	return keep_for_log(request, certificate.serial, (unsigned)asked.reason);
}
