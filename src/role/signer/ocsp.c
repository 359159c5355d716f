#include "role/signer/ocsp.h"

#include <string.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "base/log.h"

enum { CLOCK_SLACK = 5 * XICA_MINUTE, BACKDATE = XICA_HOUR, RETRY = XICA_MINUTE };

static int refuse(struct signer_refusal *refusal, enum pki_refusal reason)
{
	*refusal = (struct signer_refusal){reason, pki_refusal_text(reason)};
	return XICA_EDENIED;
}

// The issuer's place, with what CertIDs say of it; NULL: no such issuer, or it can't be read.
static struct signer_responder *place_of(struct signer_ocsp *ocsp, const struct signer_core *core, struct view id)
{
	const struct ca_issuer *issuer = ca_dir_issuer(&core->ca, id);
	for (size_t i = 0; issuer && i < ocsp->count; i++)
		if (ocsp->list[i].issuer == issuer)
			return &ocsp->list[i];
	if (!issuer || ocsp->count == CA_LIST_MAX)
		return NULL;
	struct signer_responder *place = &ocsp->list[ocsp->count];
	*place = (struct signer_responder){.issuer = issuer, .certificate = BUF_INIT};
	if (pki_ocsp_issuer_of(issuer->certificate, &place->names))
		return NULL;
	ocsp->count++;
	return place;
}

static void drop(struct signer_responder *responder)
{
	crypto_key_free(responder->key);
	buf_free(&responder->certificate);
	responder->key = NULL;
}

// --- a new responder

// One that was made while the clock was ahead doesn't live yet, and nobody believes it.
static bool lives(const struct signer_responder *responder, xica_time now)
{
	return responder->key && now >= responder->made - BACKDATE && now <= responder->not_after;
}

// One that lives as long as its issuer is the last.
static bool is_due(const struct signer_responder *responder, xica_time now)
{
	if (!lives(responder, now))
		return responder->issuer->not_after > now;
	return now >= responder->made + (responder->not_after - responder->made) / 2 && responder->issuer->not_after > responder->not_after &&
	       now >= responder->tried + RETRY;
}

bool signer_ocsp_is_due(struct signer_ocsp *ocsp, const struct signer_core *core, struct view issuer, xica_time now)
{
	const struct signer_responder *responder = place_of(ocsp, core, issuer);
	return responder && is_due(responder, now);
}

static int certify(struct signer_responder *responder, xica_time now)
{
	const struct ca_issuer *issuer = responder->issuer;
	const struct pki_issuer parts = {issuer->id, issuer->name, issuer->key_id, crypto_sig_default(issuer->key), issuer->not_after};
	uint8_t serial[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST};
	cleanup_buf spki = BUF_INIT, tbs = BUF_INIT;
	int error = crypto_random(serial + 1, sizeof(serial) - 1);
	if (!error)
		error = crypto_key_to_spki(responder->key, &spki);
	if (!error)
		error = pki_ocsp_key_hash(buf_view(&spki), responder->key_hash);
	if (error)
		return error;
	xica_time end = now + SIGNER_OCSP_RESPONDER_LIFE, begin = now - BACKDATE;
	responder->made = now;
	responder->not_after = end < issuer->not_after ? end : issuer->not_after;
	const struct pki_ocsp_responder about = {&parts, view_bytes(serial, sizeof(serial)), buf_view(&spki),
						 begin > issuer->not_before ? begin : issuer->not_before, responder->not_after};
	error = pki_ocsp_responder_tbs(&about, &tbs);
	return error ? error : pki_build_sign(issuer->key, buf_view(&tbs), &responder->certificate);
}

static int note(struct signer_core *core, const struct signer_responder *responder, xica_time now)
{
	cleanup_buf text = BUF_INIT, end = BUF_INIT;
	base64_encode(&text, buf_view(&responder->certificate));
	clock_add_rfc3339(&end, responder->not_after);
	if (!buf_cstr(&text) || !buf_cstr(&end))
		return XICA_ENOMEM;
	int error = audit_add(core->audit, "ocsp-responder", json_pack("{s:s, s:s, s:s}", "issuer", responder->issuer->id, "not_after", buf_cstr(&end),
								       "certificate", buf_cstr(&text)), now);
	return error ? error : audit_commit(core->audit);
}

static int renew(struct signer_core *core, struct signer_responder *place, xica_time now)
{
	struct signer_responder fresh = {.issuer = place->issuer, .names = place->names, .certificate = BUF_INIT, .tried = now};
	place->tried = now;
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &fresh.key);
	if (!error)
		error = certify(&fresh, now);
	if (!error)
		error = note(core, &fresh, now);
	if (error) {
		drop(&fresh);
		return error;
	}
	drop(place);
	*place = fresh;
	log_info("OCSP responses of %s are signed by a new responder", place->issuer->id);
	return XICA_OK;
}

// --- signing

static bool is_possible(const struct signer_ocsp_order *order, xica_time now)
{
	return order->this_update >= now - XICA_DAY && order->this_update <= now + CLOCK_SLACK && order->this_update < order->next_update &&
	       order->next_update > now && order->next_update - now <= SIGNER_OCSP_LIFE_MAX + CLOCK_SLACK && order->count &&
	       order->count <= PKI_OCSP_LIST_MAX && order->nonce.len <= PKI_OCSP_NONCE_MAX;
}

static bool read_entry(struct view entry, struct pki_ocsp_single *single)
{
	uint64_t time = 0;
	if (entry.len != SIGNER_OCSP_ENTRY_LEN)
		return false;
	for (size_t i = 0; i < 8; i++)
		time = time << 8 | entry.ptr[PKI_OCSP_SERIAL_MAX + 2 + i];
	*single = (struct pki_ocsp_single){(enum pki_ocsp_hash)entry.ptr[0], view_sub(entry, 1, PKI_OCSP_SERIAL_MAX),
					   (enum pki_ocsp_status)entry.ptr[PKI_OCSP_SERIAL_MAX + 1], (xica_time)time, entry.ptr[SIGNER_OCSP_ENTRY_LEN - 1]};
	return time <= INT64_MAX;
}

static int sign(const struct signer_responder *responder, const struct signer_ocsp_order *order, xica_time now, struct buf *out)
{
	struct pki_ocsp_single list[PKI_OCSP_LIST_MAX];
	cleanup_buf data = BUF_INIT;
	for (size_t i = 0; i < order->count; i++)
		if (!read_entry(order->entries[i], &list[i]))
			return XICA_EINVAL;
	const struct pki_ocsp_response response = {&responder->names, view_bytes(responder->key_hash, CRYPTO_SHA1_LEN), now, order->this_update,
						   order->next_update, list, order->count, order->nonce};
	int error = pki_ocsp_response_data(&response, &data);
	return error ? error : pki_ocsp_response_sign(responder->key, buf_view(&responder->certificate), buf_view(&data), out);
}

int signer_ocsp_sign(struct signer_ocsp *ocsp, struct signer_core *core, const struct signer_ocsp_order *order, xica_time now, struct buf *response_out,
		     struct signer_refusal *ret_refusal)
{
	struct signer_responder *responder = place_of(ocsp, core, order->issuer);
	if (!responder)
		return refuse(ret_refusal, PKI_REFUSAL_UNKNOWN_ISSUER);
	if (!is_possible(order, now))
		return refuse(ret_refusal, PKI_REFUSAL_OCSP_ORDER);
	int error = is_due(responder, now) ? renew(core, responder, now) : XICA_OK;
	if (error)
		log_error("no new OCSP responder for %s: %s", responder->issuer->id, xica_strerror(error));
	if (!lives(responder, now))
		return error ? refuse(ret_refusal, PKI_REFUSAL_AUDIT) : refuse(ret_refusal, PKI_REFUSAL_OCSP_ORDER);
	if (order->next_update > responder->not_after)
		return refuse(ret_refusal, PKI_REFUSAL_OCSP_ORDER);
	error = sign(responder, order, now, response_out);
	return error == XICA_EINVAL ? refuse(ret_refusal, PKI_REFUSAL_OCSP_ORDER) : error;
}

void signer_ocsp_clear(struct signer_ocsp *ocsp)
{
	for (size_t i = 0; i < ocsp->count; i++)
		drop(&ocsp->list[i]);
	ocsp->count = 0;
}
