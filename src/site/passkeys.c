// A person's passkeys: made, listed, removed; and the routes to log in with one.
#include "site/passkeys.h"

#include "base/base64url.h"
#include "crypto/digest.h"
#include "site/passkey_challenge.h"
#include "site/second_factor.h"
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/who.h"
#include "store/passkey.h"

enum { PASSKEYS_MAX = 20, NAME_MAX_BYTES = 100 };

struct making { // request->state
	struct site_passkey asked;
	struct view name, public_key, credential;
	bool refused;
};

// --- logging in

static int log_in_begin(struct store_txn *txn, struct site_request *request)
{
	return passkey_challenge(txn, request);
}

static int log_in_shown(struct store_txn *txn, struct site_request *request)
{
	struct store_person person;
	int error = passkey_settle(txn, request, &person);
	if (!error)
		error = who_signed_in(txn, request, &person, "passkey");
	return error ? error : site_answer(request, json_pack("{s:b}", "signed_in", 1));
}

static int log_in(struct store_txn *txn, struct site_request *request)
{
	return passkey_show(txn, request, log_in_shown);
}

// --- the list

// Credential ids can be too long for a path: a passkey is called by its hash.
static int id_of(struct view credential, struct buf *out)
{
	uint8_t hash[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(credential, hash);
	if (!error)
		base64url_encode(out, view_bytes(hash, sizeof(hash)));
	return error ? error : buf_error(out);
}

static json_t *passkey_json(const struct store_passkey *passkey)
{
	cleanup_buf id = BUF_INIT;
	if (id_of(passkey->credential, &id))
		return NULL;
	return json_pack("{s:s, s:o, s:I, s:I}", "id", buf_cstr(&id), "name", site_json_text(passkey->name), "created", (json_int_t)passkey->created, "used",
			 (json_int_t)passkey->used);
}

static int list(struct store_txn *txn, struct site_request *request)
{
	struct store_passkey *passkeys;
	size_t count;
	int error = store_passkey_list(txn, request->person.id, PASSKEYS_MAX, &request->arena, &passkeys, &count);
	if (error)
		return error;
	json_t *texts = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(texts, passkey_json(&passkeys[i]))) {
			json_decref(texts);
			return XICA_ENOMEM;
		}
	return site_answer(request, json_pack("{s:o}", "passkeys", texts));
}

static int remove_one(struct store_txn *txn, struct site_request *request)
{
	struct store_passkey *passkeys;
	size_t count = 0;
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = store_passkey_list(txn, request->person.id, PASSKEYS_MAX, &request->arena, &passkeys, &count);
	for (size_t i = 0; !error && i < count; i++) {
		cleanup_buf id = BUF_INIT;
		error = id_of(passkeys[i].credential, &id);
		if (error || !view_equal(buf_view(&id), request->parts[0]))
			continue;
		error = store_passkey_remove(txn, request->person.id, passkeys[i].credential);
		if (!error)
			error = site_session_renew(txn, request, false);
		return error ? error : site_event(txn, request, request->person.id, "passkey-removed", json_pack("{s:o}", "name", site_json_text(passkeys[i].name)));
	}
	return error ? error : XICA_ENOTFOUND;
}

// --- a new one

static json_t *text64(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, bytes);
	return json_string(buf_cstr(&text));
}

static int begin(struct store_txn *txn, struct site_request *request)
{
	const struct store_person *person = &request->person;
	struct store_passkey *passkeys;
	size_t count;
	struct view challenge;
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = store_passkey_list(txn, person->id, PASSKEYS_MAX, &request->arena, &passkeys, &count);
	if (!error && count == PASSKEYS_MAX)
		return site_refuse(request, 422, "too-many-passkeys");
	if (!error)
		error = passkey_challenge_new(txn, request, STORE_PENDING_PASSKEY_NEW, person->id, &challenge);
	if (error)
		return error;
	json_t *exclude = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(exclude, text64(passkeys[i].credential))) {
			json_decref(exclude);
			return XICA_ENOMEM;
		}
	return site_answer(request, json_pack("{s:o, s:o, s:o, s:o, s:o}", "challenge", site_json_text(challenge), "rp_id",
					      site_json_text(who_host(request)), "user_id", text64(person->user_handle), "user_name",
					      site_json_text(person->address), "exclude", exclude));
}

static int insert(struct store_txn *txn, struct site_request *request, json_t **ret_codes)
{
	const struct making *making = request->state;
	const struct store_passkey passkey = {.credential = making->credential, .person = request->person.id, .name = making->name,
					      .public_key = making->public_key, .created = request->now};
	size_t count;
	int error = second_factor_may_change(txn, request);
	if (!error)
		error = store_passkey_count(txn, request->person.id, &count);
	if (!error && count >= PASSKEYS_MAX) // several were begun at a time
		return site_refuse(request, 422, "too-many-passkeys");
	if (!error)
		error = store_passkey_insert(txn, &passkey);
	if (error == XICA_EEXIST)
		return site_refuse(request, 422, "passkey-known");
	if (error == XICA_EINVAL)
		return site_refuse(request, 422, "passkey-refused");
	if (!error)
		error = site_session_renew(txn, request, false);
	if (!error)
		error = site_event(txn, request, request->person.id, "passkey-added", json_pack("{s:o}", "name", site_json_text(making->name)));
	return error ? error : recovery_make_first(txn, request->person.id, ret_codes);
}

static int finish_asked(struct store_txn *txn, struct site_request *request)
{
	const struct making *making = request->state;
	cleanup_buf id = BUF_INIT;
	json_t *codes = NULL;
	if (making->refused)
		return site_refuse(request, 422, "passkey-refused");
	int error = insert(txn, request, &codes);
	if (!error)
		error = id_of(making->credential, &id);
	return error ? error : site_answer(request, json_pack("{s:s, s:o*}", "id", buf_cstr(&id), "recovery_codes", codes));
}

static void asked(struct site_request *request, struct view public_key, struct view credential)
{
	struct making *making = request->state;
	making->refused = !public_key.len || !credential.len;
	if (!making->refused) {
		making->public_key = arena_copy(&request->arena, public_key);
		making->credential = arena_copy(&request->arena, credential);
		making->refused = !making->public_key.ptr || !making->credential.ptr;
	}
	site_submit(request, finish_asked);
}

static void ask(struct site_request *request)
{
	struct making *making = request->state;
	const struct site_owner *owner = &request->site->owner;
	int error = owner->passkey_register(owner->context, &making->asked, request, asked);
	if (error)
		site_fail(request, error);
}

static int finish(struct store_txn *txn, struct site_request *request)
{
	struct making *making = arena_alloc(&request->arena, sizeof(*making));
	if (!making)
		return XICA_ENOMEM;
	int error = site_text(request, "name", NAME_MAX_BYTES, &making->name);
	if (!error)
		error = passkey_bytes(request, "client_data", &making->asked.client_data);
	if (!error)
		error = passkey_bytes(request, "attestation", &making->asked.attestation);
	if (!error)
		error = passkey_challenge_take(txn, request, STORE_PENDING_PASSKEY_NEW, request->person.id, making->asked.client_data, &making->asked.nonce);
	if (error)
		return error == XICA_ENOTFOUND ? site_refuse(request, 422, "passkey-refused") : error;
	making->asked.origin = view_str(request->site->config->url);
	request->state = making;
	request->then = ask;
	return XICA_OK;
}

const struct site_route site_passkeys[] = {
	{HTTP_METHOD_POST, "/api/log-in/passkey/begin", SITE_NOBODY, log_in_begin},
	{HTTP_METHOD_POST, "/api/log-in/passkey", SITE_NOBODY, log_in},
	{HTTP_METHOD_GET, "/api/person/passkeys", SITE_SESSION, list},
	{HTTP_METHOD_POST, "/api/person/passkeys/begin", SITE_FRESH_SESSION, begin},
	{HTTP_METHOD_POST, "/api/person/passkeys/finish", SITE_FRESH_SESSION, finish},
	{HTTP_METHOD_POST, "/api/person/passkeys/{}/remove", SITE_FRESH_SESSION, remove_one},
	{0},
};
