#include "site/passkey_challenge.h"

#include "base/base64url.h"
#include "crypto/digest.h"
#include "jose/jws.h"
#include "site/site_session.h"
#include "site/who.h"

enum { BYTES_TEXT_MAX = 48 * 1024 };

static int decode(struct site_request *request, struct view text, struct view *ret_bytes)
{
	cleanup_buf bytes = BUF_INIT;
	int error = base64url_decode(text, &bytes);
	if (error)
		return error;
	struct view kept = arena_copy(&request->arena, buf_view(&bytes));
	if (!kept.ptr)
		return XICA_ENOMEM;
	*ret_bytes = kept;
	return XICA_OK;
}

int passkey_bytes(struct site_request *request, const char *member, struct view *ret_bytes)
{
	struct view text;
	int error = site_text(request, member, BYTES_TEXT_MAX, &text);
	if (!error)
		error = decode(request, text, ret_bytes);
	return error == XICA_EPARSE ? site_refuse_field(request, member, "form") : error;
}

int passkey_challenge_new(struct store_txn *txn, struct site_request *request, enum store_pending_purpose purpose, int64_t person, struct view *ret_text)
{
	struct store_pending pending = {.purpose = purpose, .person = person, .expires = request->now + WHO_PENDING};
	int error = site_token_new(request, ret_text, pending.key); // its key is its hash
	if (!error)
		error = decode(request, *ret_text, &pending.bytes);
	return error ? error : store_pending_put(txn, &pending);
}

// Where it isn't the text of a token, there is no such challenge.
static int challenge_hash(struct view client_data, uint8_t ret_hash[STORE_HASH_LEN])
{
	json_t *data = jose_json_parse(client_data);
	const json_t *challenge = json_object_get(data, "challenge");
	int error = json_is_string(challenge) ? site_token_hash(view_str(json_string_value(challenge)), ret_hash) : XICA_ENOTFOUND;
	json_decref(data);
	return error;
}

int passkey_challenge_take(struct store_txn *txn, struct site_request *request, enum store_pending_purpose purpose, int64_t person,
			   struct view client_data, struct view *ret_nonce)
{
	uint8_t hash[STORE_HASH_LEN];
	struct store_pending pending;
	int error = challenge_hash(client_data, hash);
	if (!error)
		error = store_pending_take(txn, hash, purpose, request->now, &request->arena, &pending);
	if (error)
		return error;
	if (pending.person != person)
		return XICA_ENOTFOUND;
	*ret_nonce = pending.bytes;
	return XICA_OK;
}
