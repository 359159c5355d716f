// Another address: a letter to the new one with a link, and once it was opened, a letter to the old one.
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "site/who.h"
#include "store/token.h"

static int letter_new(struct store_txn *txn, struct site_request *request, struct view address, struct view key)
{
	struct view text;
	struct store_token token = {.purpose = STORE_TOKEN_ADDRESS, .person = request->person.id, .address = address, .key = key,
				    .language = request->person.language, .created = request->now, .expires = request->now + WHO_LINK_LIFETIME};
	const char *language = arena_strdup(&request->arena, request->person.language);
	int error = language ? site_token_new(request, &text, token.token_hash) : XICA_ENOMEM;
	if (!error)
		error = store_token_insert(txn, &token);
	if (error)
		return error;
	const struct site_value values[] = {{"address", address}, {"link", site_link(request, "address", text)}, {NULL}};
	return site_letter(txn, request, address, language, request->person.id, "address-new", values);
}

// Nothing tells whether the address is another person's: they get a letter that says so.
static int send_letter(struct store_txn *txn, struct site_request *request, struct view address, struct view key)
{
	struct store_person other;
	bool may = false;
	int error = site_try_letter(txn, request, SITE_TRY_LETTER, key, &may);
	if (error || !may)
		return error;
	error = store_person_by_key(txn, key, &request->arena, &other);
	if (error == XICA_ENOTFOUND || (!error && other.id == request->person.id)) // their own, in another spelling
		return letter_new(txn, request, address, key);
	const struct site_value values[] = {{"address", address}, {"link", site_page(request, "log-in")}, {NULL}};
	return error ? error : site_letter_to(txn, request, &other, "already-member", values);
}

int who_address_change(struct store_txn *txn, struct site_request *request)
{
	struct view address, key;
	if (!request->site->config->mail)
		return site_refuse(request, 503, "no-mail");
	int error = who_address(request, "address", &address, &key);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_LETTER, VIEW_NONE);
	if (!error)
		error = send_letter(txn, request, address, key);
	return error ? error : site_answer(request, json_pack("{s:b}", "sent", 1));
}

static int change(struct store_txn *txn, struct site_request *request, const struct store_token *token)
{
	struct store_person person;
	int error = store_person_get(txn, token->person, &request->arena, &person);
	if (!error && person.status != STORE_PERSON_ACTIVE)
		return site_refuse(request, 403, "suspended");
	if (!error)
		error = store_person_set_address(txn, person.id, token->address, token->key);
	if (error)
		return error == XICA_EEXIST ? who_wrong_token(request) : error;
	error = store_token_void(txn, person.id, STORE_TOKEN_RESET); // those went to the old address
	if (!error)
		error = site_event(txn, request, person.id, "address-changed",
				   json_pack("{s:o, s:o}", "from", site_json_text(person.address), "to", site_json_text(token->address)));
	if (error)
		return error;
	const struct site_value values[] = {{"address", token->address}, {"remote", request->remote}, {"time", site_time_text(request)}, {NULL}};
	return site_letter_to(txn, request, &person, "address-changed", values); // person is as it was: the old address
}

// Without a session: the letter may be read on another device, and the token is proof enough.
int who_address_confirm(struct store_txn *txn, struct site_request *request)
{
	struct store_token token;
	uint8_t hash[STORE_HASH_LEN];
	int error = site_try_begin(txn, request, SITE_TRY_LINK, VIEW_NONE);
	if (error)
		return error;
	error = who_token(request, hash);
	if (!error)
		error = store_token_take(txn, hash, STORE_TOKEN_ADDRESS, request->now, &request->arena, &token);
	if (error == XICA_EDENIED || error == XICA_ENOTFOUND) {
		(void)who_wrong_token(request);
		return XICA_OK; // stays counted
	}
	if (!error)
		error = site_try_right(txn, request, SITE_TRY_LINK, VIEW_NONE);
	if (!error)
		error = change(txn, request, &token);
	return error ? error : site_answer(request, json_pack("{s:o}", "address", site_json_text(token.address)));
}
