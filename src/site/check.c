// "Check my server": POST /api/check. What the validator saw at the domain's XMPP servers, judged: does the certificate prove the domain to those who come
// there, is it this CA's and the newest, did its issuer come along?
#include <stdlib.h>

#include "base/base64url.h"
#include "jose/jws.h"
#include "pki/peer.h"
#include "site/certificate_json.h"
#include "site/json.h"
#include "site/public.h"
#include "site/site_try.h"

enum { DOMAIN_LEN_MAX = 1024 };

struct check {
	struct view domain;
	const char *seen; // the validator's answer, as text; in the request's arena
};

struct shown { // a certificate that a server shows
	struct view der, chain;
	struct pki_certificate read;
	struct pki_peer_names names;
	bool proves, purpose, ours, newest, with_issuer;
	struct store_certificate certificate; // where ours
};

// --- what is to be said of one

static const char *verdict(const struct shown *shown, xica_time now)
{
	if (!shown->proves)
		return "other-name";
	if (shown->read.not_after < now)
		return "expired";
	if (shown->read.not_before > now)
		return "not-yet";
	if (!shown->ours)
		return "other-authority";
	if (shown->certificate.status == STORE_CERTIFICATE_REVOKED)
		return "revoked";
	if (!shown->with_issuer)
		return "no-chain";
	if (!shown->purpose)
		return "other-purpose";
	return shown->newest ? "good" : "renewed";
}

static json_t *names_json(const struct shown *shown)
{
	json_t *names = json_array();
	for (size_t i = 0; i < shown->names.count; i++)
		(void)json_array_append_new(names, site_json_ascii(view_str(shown->names.list[i].text)));
	return names;
}

static json_t *certificate_json(const struct shown *shown)
{
	cleanup_buf issuer = BUF_INIT;
	pki_name_add_text(&issuer, shown->read.issuer);
	return json_pack("{s:o, s:o, s:I, s:I, s:o, s:b, s:b, s:b}", "names", names_json(shown), "issuer", site_json_ascii(buf_view(&issuer)), "not_before",
			 (json_int_t)shown->read.not_before, "not_after", (json_int_t)shown->read.not_after, "serial",
			 shown->ours ? site_json_hex(shown->certificate.serial) : json_null(), "ours", shown->ours, "proves", shown->proves, "with_issuer",
			 shown->with_issuer);
}

// --- looking it up

static bool begins_with(struct view chain, struct view der)
{
	return der.len && view_starts(chain, der);
}

static int look_up(struct store_txn *txn, struct site_request *request, struct shown *shown)
{
	struct view serial = shown->read.serial, renewal;
	while (serial.len > 1 && !serial.ptr[0])
		serial = view_sub(serial, 1, SIZE_MAX);
	int error = serial.len <= STORE_SERIAL_MAX ? store_certificate_get(txn, serial, &request->arena, &shown->certificate) : XICA_ENOTFOUND;
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	if (!site_certificate_is_shown(&shown->certificate) || !view_equal(shown->certificate.der, shown->der))
		return XICA_OK;
	const struct ca_issuer *issuer = ca_dir_issuer(request->site->ca, shown->certificate.issuer);
	shown->ours = true;
	shown->with_issuer = issuer && issuer->chains[0].count && begins_with(shown->chain, issuer->chains[0].certificates[0]);
	error = store_certificate_renewed_by(txn, shown->certificate.serial, &request->arena, &renewal);
	shown->newest = error == XICA_ENOTFOUND;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static int decode(struct site_request *request, const json_t *server, const char *member, struct view *ret_bytes)
{
	cleanup_buf bytes = BUF_INIT;
	const char *text = json_string_value(json_object_get(server, member));
	int error = text ? base64url_decode(view_str(text), &bytes) : XICA_OK;
	if (!error)
		*ret_bytes = arena_copy(&request->arena, buf_view(&bytes));
	return error ? error : ret_bytes->ptr || !text ? XICA_OK : XICA_ENOMEM;
}

static int read_shown(struct store_txn *txn, struct site_request *request, const json_t *server, struct shown *shown)
{
	const struct check *check = request->state;
	const char *why, *record = json_string_value(json_object_get(server, "record"));
	enum pki_peer_role role = record && view_ends(view_str(record), VIEW_LIT("-client")) ? PKI_PEER_C2S : PKI_PEER_S2S;
	int error = decode(request, server, "certificate", &shown->der);
	if (!error)
		error = decode(request, server, "chain", &shown->chain);
	if (error || !shown->der.len)
		return error;
	error = pki_certificate_parse(shown->der, &shown->read, &why);
	if (!error)
		error = pki_peer_names(&shown->read, check->domain, role, &request->arena, &shown->names);
	if (error)
		return error;
	shown->proves = shown->names.match;
	shown->purpose = !pki_peer_purpose(&shown->read, role, &why);
	return look_up(txn, request, shown);
}

// The validator's object becomes the answer's: the certificate's bytes give way to what they say.
static int judge_server(struct store_txn *txn, struct site_request *request, json_t *server)
{
	struct shown shown = {0};
	int error = read_shown(txn, request, server, &shown);
	bool strange = error == XICA_EPARSE, seen = shown.der.len && !strange;
	if (error && !strange)
		return error;
	const char *word = strange ? "strange" : seen ? verdict(&shown, request->now) : json_is_null(json_object_get(server, "tls")) ? "unreachable" : "strange";
	bool failed = json_object_del(server, "chain") || json_object_set_new(server, "certificate", seen ? certificate_json(&shown) : json_null()) ||
		      json_object_set_new(server, "verdict", json_string(word));
	return failed ? XICA_ENOMEM : XICA_OK;
}

static int judge(struct store_txn *txn, struct site_request *request)
{
	const struct check *check = request->state;
	json_t *seen = jose_json_parse(view_str(check->seen)), *server;
	size_t i;
	int error = seen ? XICA_OK : XICA_EPARSE;
	json_array_foreach(json_object_get(seen, "servers"), i, server)
		if (!error)
			error = judge_server(txn, request, server);
	if (!error && json_object_set_new(seen, "domain", site_json_text(check->domain)))
		error = XICA_ENOMEM;
	if (error) {
		json_decref(seen);
		return error;
	}
	return site_answer(request, seen);
}

// --- asking

static void on_seen(struct site_request *request, const json_t *seen)
{
	struct check *check = request->state;
	char *text = seen ? json_dumps(seen, JSON_COMPACT) : NULL;
	check->seen = text ? arena_strdup(&request->arena, view_str(text)) : NULL;
	free(text);
	if (check->seen)
		site_submit(request, judge);
	else
		site_fail(request, XICA_EAGAIN);
}

static void ask(struct site_request *request)
{
	const struct site_owner *owner = &request->site->owner;
	const struct check *check = request->state;
	int error = owner->look ? owner->look(owner->context, check->domain, request, on_seen) : XICA_EAGAIN;
	if (error)
		site_fail(request, error);
}

int site_check_server(struct store_txn *txn, struct site_request *request)
{
	struct check *check = arena_alloc(&request->arena, sizeof(*check));
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	const char *why;
	struct view text, domain;
	int error = check ? site_text(request, "domain", DOMAIN_LEN_MAX, &text) : XICA_ENOMEM;
	if (error)
		return error;
	error = pki_peer_domain(text, &request->arena, &domain, &why);
	if (!error)
		error = pki_identifier_parse_dns(domain, request->site->config->lenient_names, &request->arena, &identifier, &fault);
	if (error == XICA_ENOMEM)
		return error;
	if (error || identifier.wildcard)
		return site_refuse_field(request, "domain", "no-domain");
	if ((error = site_try_look(txn, request)))
		return error;
	check->domain = identifier.value;
	request->state = check;
	request->then = ask;
	return XICA_OK;
}
