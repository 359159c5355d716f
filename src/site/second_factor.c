#include "site/second_factor.h"

#include "base/base32.h"
#include "crypto/digest.h"
#include "site/qr.h"
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "site/totp.h"
#include "site/who.h"
#include "store/passkey.h"
#include "store/pending.h"

// --- at log-in

static int count_passkeys(struct store_txn *txn, const struct store_person *person, bool *ret_any)
{
	size_t count = 0;
	int error = store_passkey_count(txn, person->id, &count);
	if (!error)
		*ret_any = count > 0;
	return error;
}

int second_factor_has(struct store_txn *txn, const struct store_person *person, bool *ret_has)
{
	if (!person->totp_secret.len)
		return count_passkeys(txn, person, ret_has);
	*ret_has = true;
	return XICA_OK;
}

int second_factor_may_change(struct store_txn *txn, struct site_request *request)
{
	bool has = false;
	if (!request->person.is_operator || request->has_console)
		return XICA_OK;
	int error = second_factor_has(txn, &request->person, &has);
	return !error && has ? site_refuse(request, 403, "enter-console") : error;
}

int second_factor_add(struct store_txn *txn, const struct store_person *person, json_t *object)
{
	bool passkeys = false;
	int error = count_passkeys(txn, person, &passkeys);
	if (error)
		return error;
	return json_object_set_new(object, "totp", json_boolean(person->totp_secret.len != 0)) ||
			       json_object_set_new(object, "passkeys", json_boolean(passkeys))
		       ? XICA_ENOMEM
		       : XICA_OK;
}

static struct view who_tries(struct site_request *request)
{
	return view_str(arena_printf(&request->arena, "%lld", (long long)request->person.id));
}

static int check_totp(struct store_txn *txn, struct site_request *request, struct view code)
{
	int64_t step;
	int error = totp_check(request->person.totp_secret, code, request->now, request->person.totp_step, &step);
	if (!error)
		error = store_person_use_totp(txn, request->person.id, step);
	return error == XICA_ECONFLICT ? XICA_EDENIED : error; // somebody used it a moment ago
}

int second_factor_check(struct store_txn *txn, struct site_request *request, const char **ret_way)
{
	struct view code, tries = who_tries(request);
	bool recovery = false;
	int error = site_text(request, "code", WHO_TEXT_MAX, &code);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_CODE, tries);
	if (error)
		return error;
	error = check_totp(txn, request, code);
	if (error == XICA_EDENIED) {
		error = recovery_take(txn, request->person.id, code);
		recovery = true;
	}
	if (error == XICA_ENOTFOUND)
		return site_refuse_field(request, "code", "wrong-code");
	if (!error)
		error = site_try_right(txn, request, SITE_TRY_CODE, tries);
	if (!error)
		*ret_way = recovery ? "recovery-code" : "code";
	return error;
}

// --- the app's codes: switched on by showing the first one

static int pending_key(const struct site_request *request, uint8_t ret_key[STORE_HASH_LEN])
{
	cleanup_buf text = BUF_INIT;
	buf_addf(&text, "totp %lld %lld", (long long)request->person.id, (long long)request->session.id);
	int error = buf_error(&text);
	return error ? error : crypto_sha256(buf_view(&text), ret_key);
}

static json_t *show_secret(const struct site_request *request, struct view secret)
{
	cleanup_buf text = BUF_INIT, uri = BUF_INIT;
	base32_encode(&text, secret);
	totp_add_uri(&uri, secret, who_host(request), request->person.address);
	const char *written = buf_cstr(&text), *address = buf_cstr(&uri);
	json_t *qr = address ? qr_json(address) : NULL;
	if (!written || !qr) {
		json_decref(qr);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o}", "secret", written, "uri", address, "qr", qr);
}

static int totp_begin(struct store_txn *txn, struct site_request *request)
{
	uint8_t secret[TOTP_SECRET_LEN] = {0};
	struct store_pending pending = {.purpose = STORE_PENDING_TOTP, .person = request->person.id, .bytes = view_bytes(secret, sizeof(secret)),
					.expires = request->now + 2 * WHO_PENDING};
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = pending_key(request, pending.key);
	if (!error)
		error = crypto_random(secret, sizeof(secret));
	if (!error)
		error = store_pending_put(txn, &pending);
	return error ? error : site_answer(request, show_secret(request, pending.bytes));
}

static int switch_on(struct store_txn *txn, struct site_request *request, const struct store_pending *pending, int64_t step)
{
	json_t *codes = NULL;
	struct store_pending taken;
	int error = store_pending_take(txn, pending->key, STORE_PENDING_TOTP, request->now, &request->arena, &taken);
	if (!error)
		error = store_person_set_totp(txn, request->person.id, pending->bytes, step);
	if (!error)
		error = site_session_renew(txn, request, false);
	if (!error)
		error = site_event(txn, request, request->person.id, "totp-on", NULL);
	if (!error)
		error = recovery_make(txn, request->person.id, &codes);
	return error ? error : site_answer(request, json_pack("{s:o}", "recovery_codes", codes));
}

static int totp_finish(struct store_txn *txn, struct site_request *request)
{
	struct store_pending pending;
	struct view code;
	int64_t step;
	uint8_t key[STORE_HASH_LEN];
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = site_text(request, "code", WHO_TEXT_MAX, &code);
	if (!error)
		error = pending_key(request, key);
	if (!error)
		error = store_pending_get(txn, key, STORE_PENDING_TOTP, request->now, &request->arena, &pending);
	if (error)
		return error == XICA_ENOTFOUND ? site_refuse_field(request, "code", "wrong-code") : error;
	// the secret is theirs and on their screen: there is nothing to guess, and nothing is counted
	error = totp_check(pending.bytes, code, request->now, 0, &step);
	if (error)
		return error == XICA_EDENIED ? site_refuse_field(request, "code", "wrong-code") : error;
	return switch_on(txn, request, &pending, step);
}

static int totp_remove(struct store_txn *txn, struct site_request *request)
{
	struct store_person without = request->person;
	bool other = false;
	if (!request->person.totp_secret.len)
		return XICA_OK;
	without.totp_secret = VIEW_NONE;
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = second_factor_has(txn, &without, &other);
	if (!error)
		error = store_person_set_totp(txn, request->person.id, VIEW_NONE, 0);
	if (!error && !other) // codes that would replace nothing
		error = store_recovery_replace(txn, request->person.id, NULL, 0);
	if (!error)
		error = site_session_renew(txn, request, false);
	return error ? error : site_event(txn, request, request->person.id, "totp-off", NULL);
}

static int new_recovery_codes(struct store_txn *txn, struct site_request *request)
{
	json_t *codes = NULL;
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = site_event(txn, request, request->person.id, "recovery-codes", NULL);
	if (!error)
		error = recovery_make(txn, request->person.id, &codes);
	return error ? error : site_answer(request, json_pack("{s:o}", "recovery_codes", codes));
}

const struct site_route site_second_factor[] = {
	{HTTP_METHOD_POST, "/api/person/totp/begin", SITE_FRESH_SESSION, totp_begin},
	{HTTP_METHOD_POST, "/api/person/totp/finish", SITE_FRESH_SESSION, totp_finish},
	{HTTP_METHOD_POST, "/api/person/totp/remove", SITE_FRESH_SESSION, totp_remove},
	{HTTP_METHOD_POST, "/api/person/recovery-codes", SITE_FRESH_SESSION, new_recovery_codes},
	{0},
};
