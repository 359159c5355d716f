// Somebody new: an address and a password, a letter, its link. Until the link is opened there is no person, only a token that holds the password's hash.
//
// What is answered, and what is worked for it, is the same whether the address is known or not. The link asks for the password again: who opens a letter that a
// stranger's sign-up sent does not thereby open an account whose password the stranger knows.
#include "base/base64url.h"
#include "crypto/digest.h"
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "site/who.h"
#include "store/token.h"

#include <string.h>

// --- sign-up

static int letter_already_member(struct store_txn *txn, struct site_request *request, const struct store_person *person)
{
	const struct site_value values[] = {{"address", person->address}, {"link", site_page(request, "log-in")}, {NULL}};
	return person->status == STORE_PERSON_ACTIVE ? site_letter_to(txn, request, person, "already-member", values) : XICA_OK;
}

static int letter_confirm(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	struct view text;
	struct store_token token = {.purpose = STORE_TOKEN_SIGN_UP, .address = who->address, .key = who->key, .secret = who->new_hash,
				    .language = view_str(request->language), .created = request->now, .expires = request->now + WHO_LINK_LIFETIME};
	int error = site_token_new(request, &text, token.token_hash);
	if (!error)
		error = store_token_insert(txn, &token);
	if (error)
		return error;
	const struct site_value values[] = {{"address", who->address}, {"link", site_link(request, "confirm", text)}, {NULL}};
	return site_letter(txn, request, who->address, request->language, 0, "confirm", values);
}

static int sign_up_hashed(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	struct store_person person;
	bool may = false;
	if (who->result == SITE_LOGIN_FAILED)
		return who_busy(request);
	int error = site_try_letter(txn, request, SITE_TRY_LETTER, who->key, &may);
	if (error)
		return error;
	if (may) {
		error = store_person_by_key(txn, who->key, &request->arena, &person);
		if (error && error != XICA_ENOTFOUND)
			return error;
		error = error ? letter_confirm(txn, request) : letter_already_member(txn, request, &person);
	}
	return error ? error : site_answer(request, json_pack("{s:b}", "sent", 1));
}

static int sign_up(struct store_txn *txn, struct site_request *request)
{
	struct who *who = who_of(request);
	if (!who)
		return XICA_ENOMEM;
	if (!request->site->config->sign_up)
		return site_refuse(request, 403, "sign-up-closed");
	if (!request->site->config->mail)
		return site_refuse(request, 503, "no-mail");
	int error = who_address(request, "address", &who->address, &who->key);
	if (!error)
		error = who_new_password(request, "password", who->address, &who->new_password);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_LETTER, VIEW_NONE);
	if (error)
		return error;
	who->next = sign_up_hashed;
	request->then = who_hash_password;
	return XICA_OK;
}

// --- the link

static int insert_person(struct store_txn *txn, struct site_request *request, const struct store_token *token, struct store_person *ret_person)
{
	const struct who *who = request->state;
	uint8_t handle[STORE_USER_HANDLE_MAX], ignored[STORE_HASH_LEN];
	struct store_person person = {.address = token->address, .key = token->key, .password_hash = who->new_hash.len ? who->new_hash : token->secret,
				      .status = STORE_PERSON_ACTIVE, .language = token->language, .created = request->now, .notices = STORE_NOTIFY_ALL};
	int error = crypto_random(handle, sizeof(handle));
	person.user_handle = view_bytes(handle, sizeof(handle));
	if (!error)
		error = site_token_new(request, &person.unsubscribe, ignored);
	if (!error)
		error = store_person_insert(txn, &person, &person.id);
	if (error == XICA_EEXIST)
		return who_wrong_token(request); // somebody of this address was faster, by another way
	return error ? error : store_person_get(txn, person.id, &request->arena, ret_person);
}

static int confirm_checked(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	struct store_token token;
	struct store_person person;
	int error = who_settle(txn, request, "password", "wrong-password");
	if (error)
		return error == XICA_EDENIED ? XICA_OK : error;
	error = store_token_take(txn, who->token_hash, STORE_TOKEN_SIGN_UP, request->now, &request->arena, &token);
	if (error)
		return error == XICA_ENOTFOUND ? who_wrong_token(request) : error;
	error = insert_person(txn, request, &token, &person);
	if (!error)
		error = site_event(txn, request, person.id, "sign-up", json_pack("{s:o}", "address", site_json_text(person.address)));
	if (!error)
		error = who_signed_in(txn, request, &person, "password");
	return error ? error : site_answer(request, json_pack("{s:b}", "signed_in", 1));
}

// A sign-up that was confirmed or replaced meanwhile; counted, so that tokens can't be tried at leisure.
static int confirm_token(struct store_txn *txn, struct site_request *request, struct store_token *ret_token)
{
	struct who *who = request->state;
	int error = who_token(request, who->token_hash);
	if (!error)
		error = store_token_get(txn, who->token_hash, STORE_TOKEN_SIGN_UP, request->now, &request->arena, ret_token);
	return error == XICA_ENOTFOUND ? who_wrong_token(request) : error;
}

static int confirm(struct store_txn *txn, struct site_request *request)
{
	struct who *who = who_of(request);
	struct store_token token;
	if (!who)
		return XICA_ENOMEM;
	int error = site_text(request, "password", WHO_TEXT_MAX, &who->password);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_LINK, VIEW_NONE);
	if (error)
		return error;
	error = confirm_token(txn, request, &token);
	if (error)
		return error == XICA_EDENIED ? XICA_OK : error;
	who->hash = token.secret;
	who->try_who = token.key;
	error = site_try_right(txn, request, SITE_TRY_LINK, VIEW_NONE);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_PASSWORD, who->try_who);
	if (error)
		return error;
	who->next = confirm_checked;
	request->then = who_check_password;
	return XICA_OK;
}

const struct site_route site_signing_up[] = {
	{HTTP_METHOD_POST, "/api/sign-up", SITE_NOBODY, sign_up},
	{HTTP_METHOD_POST, "/api/confirm", SITE_NOBODY, confirm},
	{HTTP_METHOD_POST, "/api/reset", SITE_NOBODY, who_reset},
	{HTTP_METHOD_POST, "/api/reset/finish", SITE_NOBODY, who_reset_finish},
	{0},
};
