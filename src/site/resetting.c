// A forgotten password: a letter to the address, its link, a new password. A second factor stays, and is asked for at the next log-in.
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "site/who.h"
#include "store/token.h"

static int letter_reset(struct store_txn *txn, struct site_request *request, const struct store_person *person)
{
	struct view text;
	struct store_token token = {.purpose = STORE_TOKEN_RESET, .person = person->id, .address = person->address, .key = person->key,
				    .language = person->language, .created = request->now, .expires = request->now + WHO_RESET_LIFETIME};
	int error = site_token_new(request, &text, token.token_hash);
	if (!error)
		error = store_token_insert(txn, &token);
	if (!error)
		error = site_event(txn, request, person->id, "reset-asked", NULL);
	if (error)
		return error;
	const struct site_value values[] = {
		{"address", person->address}, {"link", site_link(request, "reset", text)}, {"remote", request->remote}, {NULL}};
	return site_letter_to(txn, request, person, "reset", values);
}

int who_reset(struct store_txn *txn, struct site_request *request)
{
	struct view address, key;
	struct store_person person;
	bool may = false;
	if (!request->site->config->mail)
		return site_refuse(request, 503, "no-mail");
	int error = who_address(request, "address", &address, &key);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_LETTER, VIEW_NONE);
	if (!error)
		error = site_try_letter(txn, request, SITE_TRY_LETTER, key, &may);
	if (!error)
		error = store_person_by_key(txn, key, &request->arena, &person);
	if (!error && may && person.status == STORE_PERSON_ACTIVE)
		error = letter_reset(txn, request, &person);
	return error && error != XICA_ENOTFOUND ? error : site_answer(request, json_pack("{s:b}", "sent", 1));
}

static int set_password(struct store_txn *txn, struct site_request *request, const struct store_token *token)
{
	const struct who *who = request->state;
	struct store_person person;
	size_t ended;
	int error = store_person_get(txn, token->person, &request->arena, &person);
	if (!error)
		error = store_person_set_password(txn, person.id, who->new_hash);
	if (!error)
		error = who_void_links(txn, person.id);
	if (!error)
		error = store_session_end_all(txn, person.id, 0, &ended);
	if (!error) // who has the mailbox need not wait for what strangers tried
		error = site_try_right(txn, request, SITE_TRY_PASSWORD, person.key);
	if (!error)
		error = site_event(txn, request, person.id, "password-reset", NULL);
	if (error)
		return error;
	const struct site_value values[] = {{"address", person.address}, {"remote", request->remote}, {"time", site_time_text(request)}, {NULL}};
	return site_letter_to(txn, request, &person, "password-changed", values);
}

static int finish_hashed(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	struct store_token token;
	if (who->result == SITE_LOGIN_FAILED)
		return who_busy(request);
	int error = site_session_end(txn, request); // whosever the browser's is: perhaps not this person's
	if (!error)
		error = store_token_take(txn, who->token_hash, STORE_TOKEN_RESET, request->now, &request->arena, &token);
	if (!error)
		error = set_password(txn, request, &token);
	return error == XICA_ENOTFOUND ? who_wrong_token(request) : error;
}

static int find_token(struct store_txn *txn, struct site_request *request, struct store_token *ret_token)
{
	struct who *who = request->state;
	int error = who_token(request, who->token_hash);
	if (!error)
		error = store_token_get(txn, who->token_hash, STORE_TOKEN_RESET, request->now, &request->arena, ret_token);
	return error == XICA_ENOTFOUND ? who_wrong_token(request) : error;
}

int who_reset_finish(struct store_txn *txn, struct site_request *request)
{
	struct who *who = who_of(request);
	struct store_token token;
	if (!who)
		return XICA_ENOMEM;
	int error = site_try_begin(txn, request, SITE_TRY_LINK, VIEW_NONE);
	if (error)
		return error;
	error = find_token(txn, request, &token);
	if (error)
		return error == XICA_EDENIED ? XICA_OK : error;
	error = site_try_right(txn, request, SITE_TRY_LINK, VIEW_NONE);
	if (!error)
		error = who_new_password(request, "password", token.address, &who->new_password);
	if (error)
		return error;
	who->next = finish_hashed;
	request->then = who_hash_password;
	return XICA_OK;
}
