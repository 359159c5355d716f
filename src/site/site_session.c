#include "site/site_session.h"

#include <string.h>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "site/site_device.h"

static const char SESSION_COOKIE[] = "__Host-session", OPERATOR_COOKIE[] = "__Host-operator";

// --- tokens

int site_token_new(struct site_request *request, struct view *ret_text, uint8_t ret_hash[STORE_HASH_LEN])
{
	uint8_t bytes[SITE_TOKEN_LEN];
	cleanup_buf text = BUF_INIT;
	int error = crypto_random(bytes, sizeof(bytes));
	if (!error)
		error = crypto_sha256(view_bytes(bytes, sizeof(bytes)), ret_hash);
	if (error)
		return error;
	base64url_encode(&text, view_bytes(bytes, sizeof(bytes)));
	struct view kept = arena_copy(&request->arena, buf_view(&text));
	if (buf_error(&text) || !kept.ptr)
		return XICA_ENOMEM;
	*ret_text = kept;
	return XICA_OK;
}

int site_token_hash(struct view text, uint8_t ret_hash[STORE_HASH_LEN])
{
	cleanup_buf bytes = BUF_INIT;
	if (base64url_decode(text, &bytes) || bytes.len != SITE_TOKEN_LEN)
		return XICA_ENOTFOUND;
	return crypto_sha256(buf_view(&bytes), ret_hash);
}

// --- reading

bool site_signed_in(const struct site_request *request)
{
	return request->has_session && request->session.kind == STORE_SESSION_FULL;
}

bool site_is_half(const struct site_request *request)
{
	return request->has_session && request->session.kind == STORE_SESSION_HALF;
}

bool site_is_fresh(const struct site_request *request)
{
	return site_signed_in(request) && request->session.fresh && request->session.fresh + SITE_FRESH > request->now;
}

// XICA_ENOTFOUND: the cookie is no living session's.
static int by_cookie(struct store_txn *txn, struct site_request *request, const char *name, struct store_session *ret_session)
{
	uint8_t hash[STORE_HASH_LEN];
	int error = site_token_hash(site_cookie(request, name), hash);
	return error ? error : store_session_by_hash(txn, hash, request->now, &request->arena, ret_session);
}

// What becomes of the token before: it ends, stays for requests that are under way, or stays as it is since the one after it never came back.
enum old_token { OLD_ENDS, OLD_STAYS, OLD_STAYS_AS_IS };

static int rotate(struct store_txn *txn, struct site_request *request, const struct store_session *session, const uint8_t to[STORE_HASH_LEN],
		  enum old_token old)
{
	if (old == OLD_STAYS_AS_IS)
		return store_session_rotate_again(txn, session->id, session->token_hash, to, request->now);
	xica_time keep = old == OLD_STAYS ? session->expires - request->now : 0;
	return store_session_rotate(txn, session->id, session->token_hash, to, request->now, keep);
}

static int give_token(struct store_txn *txn, struct site_request *request, const char *cookie, struct store_session *session, enum old_token old)
{
	struct view text;
	uint8_t hash[STORE_HASH_LEN];
	int error = site_token_new(request, &text, hash);
	if (!error)
		error = rotate(txn, request, session, hash, old);
	if (!error)
		error = site_set_cookie(request, cookie, text, session->expires - request->now);
	if (error)
		return error;
	memcpy(session->token_hash, hash, sizeof(hash));
	session->rotated = request->now;
	return XICA_OK;
}

// A new token, once an hour. Its answer may get lost on the way, so the old one stays good until the new one was seen, and for a minute from then.
static int change_token(struct store_txn *txn, struct site_request *request, const char *cookie, struct store_session *session)
{
	bool due = session->kind != STORE_SESSION_HALF && session->rotated + SITE_ROTATE <= request->now;
	bool unseen = session->old_until > request->now + SITE_ROTATE_GRACE; // the newest token, before this request
	if (due && !session->old_token)
		return give_token(txn, request, cookie, session, OLD_STAYS);
	if (due && unseen)
		return give_token(txn, request, cookie, session, OLD_STAYS_AS_IS);
	return unseen && !session->old_token ? store_session_settle(txn, session->id, request->now + SITE_ROTATE_GRACE) : XICA_OK;
}

static int keep_alive(struct store_txn *txn, struct site_request *request, const char *cookie, struct store_session *session)
{
	if (session->seen + SITE_TOUCH <= request->now) {
		int error = store_session_touch(txn, session->id, request->now);
		if (error)
			return error;
		session->seen = request->now;
	}
	return change_token(txn, request, cookie, session);
}

static int load_session(struct store_txn *txn, struct site_request *request)
{
	int error = by_cookie(txn, request, SESSION_COOKIE, &request->session);
	if (!error && request->session.kind == STORE_SESSION_OPERATOR)
		return XICA_ENOTFOUND;
	if (!error)
		error = store_person_get(txn, request->session.person, &request->arena, &request->person);
	if (!error && request->person.status != STORE_PERSON_ACTIVE)
		return XICA_ENOTFOUND;
	return error ? error : keep_alive(txn, request, SESSION_COOKIE, &request->session);
}

static int load_console(struct store_txn *txn, struct site_request *request)
{
	int error = by_cookie(txn, request, OPERATOR_COOKIE, &request->console);
	if (error)
		return error;
	if (request->console.kind != STORE_SESSION_OPERATOR || request->console.parent != request->session.id ||
	    request->console.person != request->person.id || !request->person.is_operator)
		return XICA_ENOTFOUND;
	return keep_alive(txn, request, OPERATOR_COOKIE, &request->console);
}

int site_session_load(struct store_txn *txn, struct site_request *request)
{
	request->session = request->console = (struct store_session){0};
	request->person = (struct store_person){0};
	int error = load_session(txn, request);
	request->has_session = !error;
	request->has_console = false;
	if (!error && site_signed_in(request)) {
		error = load_console(txn, request);
		request->has_console = !error;
	}
	if (!request->has_session)
		request->person = (struct store_person){0};
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// --- beginning and ending

static int insert(struct store_txn *txn, struct site_request *request, const char *cookie, struct store_session *session)
{
	struct view text;
	int error = site_token_new(request, &text, session->token_hash);
	session->created = session->seen = session->rotated = request->now;
	session->remote = request->remote;
	session->agent = view_sub(request->agent, 0, 512);
	if (!error)
		error = store_session_insert(txn, session, &session->id);
	return error ? error : site_set_cookie(request, cookie, text, session->expires - request->now);
}

static int end_former(struct store_txn *txn, struct site_request *request)
{
	if (!request->has_session)
		return XICA_OK;
	request->has_session = request->has_console = false;
	return store_session_end(txn, request->session.person, request->session.id);
}

int site_session_begin(struct store_txn *txn, struct site_request *request, const struct store_person *person, enum store_session_kind kind)
{
	bool half = kind == STORE_SESSION_HALF;
	struct view device = VIEW_NONE;
	int error = end_former(txn, request);
	if (!error && !half)
		error = site_device_see(txn, request, person, &device);
	if (error)
		return error;
	struct store_session session = {
		.kind = kind,
		.person = person->id,
		.fresh = half ? 0 : request->now,
		.expires = request->now + (half ? SITE_HALF_LIFETIME : SITE_SESSION_LIFETIME),
		.idle = half ? SITE_HALF_LIFETIME : SITE_SESSION_IDLE,
		.device = device,
	};
	error = insert(txn, request, SESSION_COOKIE, &session);
	if (error)
		return error;
	request->has_session = true;
	request->session = session;
	request->person = *person;
	return XICA_OK;
}

int site_session_renew(struct store_txn *txn, struct site_request *request, bool fresh)
{
	int error = give_token(txn, request, SESSION_COOKIE, &request->session, OLD_ENDS);
	if (!error && fresh) {
		error = store_session_set_fresh(txn, request->session.id, request->now);
		request->session.fresh = request->now;
	}
	return error;
}

int site_session_forget(struct site_request *request)
{
	request->has_session = request->has_console = false;
	int error = site_set_cookie(request, SESSION_COOKIE, VIEW_NONE, 0);
	return error ? error : site_set_cookie(request, OPERATOR_COOKIE, VIEW_NONE, 0);
}

int site_session_end(struct store_txn *txn, struct site_request *request)
{
	int error = end_former(txn, request);
	return error ? error : site_session_forget(request);
}

int site_console_begin(struct store_txn *txn, struct site_request *request)
{
	xica_time most = request->now + SITE_CONSOLE_LIFETIME;
	struct store_session session = {
		.kind = STORE_SESSION_OPERATOR,
		.person = request->person.id,
		.parent = request->session.id,
		.fresh = request->now,
		.expires = request->session.expires < most ? request->session.expires : most,
		.idle = SITE_CONSOLE_IDLE,
	};
	int error = request->has_console ? site_console_end(txn, request) : XICA_OK;
	if (!error)
		error = insert(txn, request, OPERATOR_COOKIE, &session);
	if (error)
		return error;
	request->has_console = true;
	request->console = session;
	return XICA_OK;
}

int site_console_end(struct store_txn *txn, struct site_request *request)
{
	request->has_console = false;
	int error = store_session_end(txn, request->person.id, request->console.id);
	return error ? error : site_set_cookie(request, OPERATOR_COOKIE, VIEW_NONE, 0);
}
