#include "site/who.h"

#include <string.h>

#include "base/hex.h"
#include "crypto/digest.h"
#include "site/mail_address.h"
#include "site/password.h"
#include "site/site_device.h"
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "store/token.h"

enum { TRY_AGAIN_SECONDS = 5 };

struct who *who_of(struct site_request *request)
{
	if (!request->state)
		request->state = arena_alloc(&request->arena, sizeof(struct who));
	return request->state;
}

// --- members of the body

static struct view lower(struct arena *arena, struct view text)
{
	char *copy = arena_strdup(arena, text);
	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return view_str(copy);
}

int who_address(struct site_request *request, const char *member, struct view *ret_address, struct view *ret_key)
{
	struct view text, address;
	int error = site_text(request, member, WHO_TEXT_MAX, &text);
	if (!error)
		error = mail_address_parse(text, request->site->config->lenient_names, &request->arena, &address);
	if (error == XICA_EPARSE)
		return site_refuse_field(request, member, "address");
	if (error)
		return error;
	struct view key = lower(&request->arena, address);
	if (!key.ptr)
		return XICA_ENOMEM;
	*ret_address = address;
	*ret_key = key;
	return XICA_OK;
}

struct view who_host(const struct site_request *request)
{
	struct view url = view_str(request->site->config->url);
	size_t slash = view_index(url, '/', 0);
	struct view host = slash == SIZE_MAX ? url : view_sub(url, slash + 2, SIZE_MAX);
	return view_sub(host, 0, view_index(host, ':', 0));
}

int who_new_password(struct site_request *request, const char *member, struct view address, struct view *ret_password)
{
	struct view password;
	int error = site_text(request, member, PASSWORD_BYTES_MAX, &password);
	if (error)
		return error;
	const char *word = password_refusal(password, address, who_host(request));
	if (word)
		return site_refuse_field(request, member, word);
	*ret_password = password;
	return XICA_OK;
}

int who_wrong_token(struct site_request *request)
{
	return site_refuse_field(request, "token", "wrong-token");
}

int who_token(struct site_request *request, uint8_t ret_hash[STORE_HASH_LEN])
{
	struct view text;
	int error = site_text(request, "token", WHO_TEXT_MAX, &text);
	if (!error)
		error = site_token_hash(text, ret_hash);
	return error == XICA_ENOTFOUND ? who_wrong_token(request) : error;
}

// --- asking about passwords

static void go_on(struct site_request *request)
{
	const struct who *who = request->state;
	site_submit(request, who->next);
}

static void hashed(struct site_request *request, struct view hash)
{
	struct who *who = request->state;
	who->new_hash = hash.len ? arena_copy(&request->arena, hash) : VIEW_NONE;
	if (!who->new_hash.len)
		who->result = SITE_LOGIN_FAILED;
	go_on(request);
}

void who_hash_password(struct site_request *request)
{
	struct who *who = request->state;
	const struct site_owner *owner = &request->site->owner;
	who->result = SITE_LOGIN_RIGHT;
	if (owner->password_hash(owner->context, who->new_password, request, hashed)) {
		who->result = SITE_LOGIN_FAILED;
		go_on(request);
	}
}

// That it could not be hashed anew is no reason to keep anybody out.
static void hashed_anew(struct site_request *request, struct view hash)
{
	struct who *who = request->state;
	who->new_hash = hash.len ? arena_copy(&request->arena, hash) : VIEW_NONE;
	go_on(request);
}

static void checked(struct site_request *request, enum site_login_result result)
{
	struct who *who = request->state;
	const struct site_owner *owner = &request->site->owner;
	who->result = result == SITE_LOGIN_RIGHT_BUT_OLD ? SITE_LOGIN_RIGHT : result;
	if (result == SITE_LOGIN_RIGHT_BUT_OLD && !owner->password_hash(owner->context, who->password, request, hashed_anew))
		return;
	go_on(request);
}

void who_check_password(struct site_request *request)
{
	struct who *who = request->state;
	const struct site_owner *owner = &request->site->owner;
	if (owner->password_check(owner->context, who->password, who->hash, request, checked)) {
		who->result = SITE_LOGIN_FAILED;
		go_on(request);
	}
}

int who_busy(struct site_request *request)
{
	request->retry_after = TRY_AGAIN_SECONDS;
	return site_refuse(request, 503, "try-again");
}

int who_settle(struct store_txn *txn, struct site_request *request, const char *field, const char *word)
{
	const struct who *who = request->state;
	int error;
	switch (who->result) {
	case SITE_LOGIN_RIGHT:
	case SITE_LOGIN_RIGHT_BUT_OLD:
		// an empty hash is nobody's, whatever was answered
		if (who->hash.len)
			return site_try_right(txn, request, SITE_TRY_PASSWORD, who->try_who);
		break;
	case SITE_LOGIN_WRONG:
		break;
	case SITE_LOGIN_FAILED:
		error = site_try_void(txn, request, SITE_TRY_PASSWORD, who->try_who);
		return error ? error : who_busy(request);
	}
	return site_refuse_field(request, field, word);
}

int who_try_against(struct store_txn *txn, struct site_request *request, struct view key, int64_t person)
{
	struct who *who = request->state;
	struct view device = VIEW_NONE;
	cleanup_buf text = BUF_INIT;
	int error = person ? site_device_known(txn, request, person, &device) : XICA_OK;
	buf_add(&text, key);
	if (device.len)
		buf_add_byte(&text, ' ');
	hex_encode(&text, device);
	who->try_who = arena_copy(&request->arena, buf_view(&text));
	return error || who->try_who.ptr ? error : XICA_ENOMEM;
}

int who_void_links(struct store_txn *txn, int64_t person)
{
	int error = store_token_void(txn, person, STORE_TOKEN_RESET);
	return error ? error : store_token_void(txn, person, STORE_TOKEN_ADDRESS);
}

int who_signed_in(struct store_txn *txn, struct site_request *request, const struct store_person *person, const char *way)
{
	int error = site_session_begin(txn, request, person, STORE_SESSION_FULL);
	return error ? error : site_event(txn, request, person->id, "log-in", json_pack("{s:s}", "by", way));
}
