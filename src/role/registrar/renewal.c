// Renewal: when a certificate should be renewed (RFC 9773 §4), and which one an order replaces (§5).
#include "acme/cert_id.h"
#include "role/registrar/registrar.h"
#include "store/renewal.h"

enum { ASK_AGAIN_MOST = 6 * XICA_HOUR, ASK_AGAIN_LEAST = XICA_MINUTE, ASKED_IN_A_LIFE = 24, PAST = XICA_HOUR };

// One that left the signer, of one of our issuers. XICA_EPARSE: no identifier; XICA_ENOTFOUND: no such certificate.
static int find_certificate(struct store_txn *txn, const struct registrar *registrar, struct view text, struct arena *arena, struct store_certificate *ret_certificate)
{
	struct acme_cert_id id;
	struct store_certificate certificate;
	int error = acme_cert_id_parse(text, arena, &id);
	if (error || (error = store_certificate_get(txn, id.serial, arena, &certificate)))
		return error;
	const struct ca_issuer *issuer = ca_dir_issuer(&registrar->ca, certificate.issuer);
	bool left = certificate.status == STORE_CERTIFICATE_ISSUED || certificate.status == STORE_CERTIFICATE_REVOKED;
	if (!left || !issuer || !view_equal(issuer->key_id, id.authority_key_id))
		return XICA_ENOTFOUND;
	*ret_certificate = certificate;
	return XICA_OK;
}

// An hour that is over: renew now.
static void set_now(struct acme_renewal_view *shown, xica_time since)
{
	shown->start = since - PAST;
	shown->end = since;
}

static int make_window(struct store_txn *txn, const struct registrar *registrar, const struct store_certificate *certificate, struct arena *arena,
		       struct acme_renewal_view *ret_shown)
{
	struct acme_renewal_view shown = {0};
	struct store_renewal_call call = {0};
	const struct pki_profile *profile = config_profile(registrar->config, certificate->profile);
	pki_profile_renewal(profile, certificate->not_before, certificate->not_after, &shown.start, &shown.end);
	if (certificate->status == STORE_CERTIFICATE_REVOKED)
		set_now(&shown, certificate->revoked_at);
	int error = store_renewal_call_get(txn, certificate->serial, arena, &call);
	if (error && error != XICA_ENOTFOUND)
		return error;
	if (!error && certificate->status != STORE_CERTIFICATE_REVOKED && call.time < shown.end)
		set_now(&shown, call.time);
	if (!error && call.explanation.len && !(shown.explanation_url = arena_strdup(arena, call.explanation)))
		return XICA_ENOMEM;
	*ret_shown = shown;
	return XICA_OK;
}

static unsigned ask_again(const struct store_certificate *certificate)
{
	xica_time part = (certificate->not_after - certificate->not_before) / ASKED_IN_A_LIFE;
	return (unsigned)(part > ASK_AGAIN_MOST ? ASK_AGAIN_MOST : part < ASK_AGAIN_LEAST ? ASK_AGAIN_LEAST : part);
}

int request_renewal_info(struct store_txn *txn, struct request *request)
{
	struct store_certificate certificate;
	struct acme_renewal_view shown;
	int error = find_certificate(txn, request->registrar, request->object, &request->arena, &certificate);
	if (error == XICA_EPARSE)
		return request_refuse(request, ACME_MALFORMED, "this is no certificate's identifier: base64url of the authority's key identifier, \".\", base64url of the serial number");
	if (error)
		return request_found(request, error);
	if ((error = make_window(txn, request->registrar, &certificate, &request->arena, &shown)))
		return error;
	request->retry_after = ask_again(&certificate);
	return acme_renewal_write(&shown, &request->body);
}

void registrar_renewals_touch(struct registrar *registrar)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_RENEWAL_DROP, 0);
	registrar_tell_fronts(registrar, &message);
}

// --- replaces

static int share_name(const struct store_certificate *certificate, const struct pki_identifier *identifiers, size_t count, struct arena *arena, bool *ret_share)
{
	bool share = false;
	for (size_t i = 0; i < count; i++) {
		const char *text = pki_identifier_text(&identifiers[i], arena);
		if (!text)
			return XICA_ENOMEM;
		for (size_t n = 0; n < certificate->name_count; n++)
			share = share || view_equal_str(certificate->names[n], text);
	}
	*ret_share = share;
	return XICA_OK;
}

int registrar_replaces(struct store_txn *txn, struct request *request, const struct acme_new_order *asked, struct registrar_renewed *ret_renewed)
{
	struct store_certificate certificate;
	struct acme_renewal_view window;
	bool share;
	int error = find_certificate(txn, request->registrar, asked->replaces, &request->arena, &certificate);
	if (error == XICA_EPARSE)
		return request_refuse(request, ACME_MALFORMED, "replaces is no certificate's identifier (RFC 9773)");
	if (error == XICA_ENOTFOUND || (!error && certificate.account != request->account_id))
		return request_refuse(request, ACME_MALFORMED, "replaces names no certificate of this account");
	if (error || (error = share_name(&certificate, asked->identifiers, asked->count, &request->arena, &share)))
		return error;
	if (!share)
		return request_refuse(request, ACME_MALFORMED, "the certificate in replaces has none of this order's names");
	if (certificate.replaced_by.len)
		return request_refuse(request, ACME_ALREADY_REPLACED, "the certificate in replaces was replaced already");
	if ((error = make_window(txn, request->registrar, &certificate, &request->arena, &window)))
		return error;
	*ret_renewed = (struct registrar_renewed){certificate.serial, request->now >= window.start};
	return XICA_OK;
}

int registrar_renewal_is_due(struct store_txn *txn, struct request *request, struct view serial, bool *ret_is_due)
{
	struct store_certificate certificate;
	struct acme_renewal_view window;
	int error = store_certificate_get(txn, serial, &request->arena, &certificate);
	if (error || (error = make_window(txn, request->registrar, &certificate, &request->arena, &window)))
		return error;
	*ret_is_due = request->now >= window.start;
	return XICA_OK;
}

// An unfinished order whose time is over holds the certificate no more; any other does, unless it is invalid.
int registrar_replace(struct store_txn *txn, struct request *request, struct view serial)
{
	struct store_order other;
	int error = serial.len ? store_order_replacing(txn, serial, &request->arena, &other) : XICA_ENOTFOUND;
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	if (registrar_order_status(&other, request->now) == ACME_INVALID)
		return store_order_fail(txn, other.id, other.status, VIEW_NONE);
	return request_refuse(request, ACME_ALREADY_REPLACED,
			      arena_printf(&request->arena, "the order %s, which is %s, replaces this certificate already",
					   acme_url_order(&request->arena, request_base(request), other.id),
					   acme_status_text(registrar_order_status(&other, request->now))));
}

int registrar_replaces_text(struct store_txn *txn, struct request *request, struct view serial, const char **ret_text)
{
	struct store_certificate certificate;
	int error = store_certificate_get(txn, serial, &request->arena, &certificate);
	if (error)
		return error;
	const struct ca_issuer *issuer = ca_dir_issuer(&request->registrar->ca, certificate.issuer);
	*ret_text = issuer ? acme_cert_id_text(issuer->key_id, serial, &request->arena) : NULL;
	return *ret_text || !issuer ? XICA_OK : XICA_ENOMEM;
}
