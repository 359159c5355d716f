// Logging in and out. A password, then the second factor where there is one: between both there is a half session, good for nothing but showing that factor.
//
// An address that nobody has is worked on like one that somebody has: the login role is asked in either case, and takes as long.
#include "site/second_factor.h"
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "site/who.h"
#include "store/passkey.h"

// --- what the browser may know of itself

static int add_person(struct store_txn *txn, const struct site_request *request, json_t *answer)
{
	const struct store_person *person = &request->person;
	size_t passkeys = 0;
	int error = store_passkey_count(txn, person->id, &passkeys);
	if (error)
		return error;
	json_t *more = json_pack("{s:o, s:o, s:b, s:b, s:b, s:I}", "address", site_json_text(person->address), "language", site_json_text(person->language),
				 "operator", person->is_operator, "fresh", site_is_fresh(request), "totp", person->totp_secret.len != 0, "passkeys",
				 (json_int_t)passkeys);
	error = more && !json_object_update(answer, more) ? XICA_OK : XICA_ENOMEM;
	json_decref(more);
	return error;
}

static int look(struct store_txn *txn, struct site_request *request)
{
	const struct config *config = request->site->config;
	int error = site_answer(request, json_pack("{s:b, s:b, s:b, s:b, s:s*}", "signed_in", site_signed_in(request), "mail", config->mail, "code_by_mail",
						   config->mail_code_challenge, "sign_up", config->sign_up, "mail_folder", config->mail_folder));
	if (!error && site_is_half(request))
		error = json_object_set_new(request->result, "half", json_true()) ? XICA_ENOMEM : XICA_OK;
	if (!error && site_is_half(request)) // which factors there are is shown to who knew the password; nothing else yet
		return second_factor_add(txn, &request->person, request->result);
	return !error && site_signed_in(request) ? add_person(txn, request, request->result) : error;
}

// --- the password

static int let_in(struct store_txn *txn, struct site_request *request, const struct store_person *person)
{
	bool second = false;
	int error = second_factor_has(txn, person, &second);
	if (error)
		return error;
	if (!second) {
		error = who_signed_in(txn, request, person, "password");
		return error ? error : site_answer(request, json_pack("{s:b}", "signed_in", 1));
	}
	error = site_session_begin(txn, request, person, STORE_SESSION_HALF);
	if (!error)
		error = site_answer(request, json_pack("{s:b}", "half", 1));
	return error ? error : second_factor_add(txn, person, request->result);
}

// The same password, hashed by newer parameters. That somebody set another one meanwhile is no error here.
static int keep_newer_hash(struct store_txn *txn, const struct who *who)
{
	int error = who->new_hash.len ? store_person_renew_password(txn, who->person, who->hash, who->new_hash) : XICA_OK;
	return error == XICA_ECONFLICT ? XICA_OK : error;
}

static int log_in_checked(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	struct store_person person;
	int error = who_settle(txn, request, "password", "wrong-log-in");
	if (error)
		return error == XICA_EDENIED ? XICA_OK : error;
	error = store_person_get(txn, who->person, &request->arena, &person);
	if (!error && !view_equal(person.password_hash, who->hash))
		error = XICA_ENOTFOUND; // changed while we asked
	if (error == XICA_ENOTFOUND)
		return site_refuse_field(request, "password", "wrong-log-in");
	if (error)
		return error;
	if (person.status != STORE_PERSON_ACTIVE)
		return site_refuse(request, 403, "suspended");
	error = keep_newer_hash(txn, who);
	return error ? error : let_in(txn, request, &person);
}

static int log_in(struct store_txn *txn, struct site_request *request)
{
	struct who *who = who_of(request);
	struct store_person person = {0};
	if (!who)
		return XICA_ENOMEM;
	int error = who_address(request, "address", &who->address, &who->key);
	if (!error)
		error = site_text(request, "password", WHO_TEXT_MAX, &who->password);
	if (!error)
		error = store_person_by_key(txn, who->key, &request->arena, &person);
	if (error && error != XICA_ENOTFOUND)
		return error;
	who->person = person.id;
	who->hash = person.password_hash;
	error = who_try_against(txn, request, who->key, person.id);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_PASSWORD, who->try_who);
	who->next = log_in_checked;
	request->then = who_check_password;
	return error;
}

// --- the second factor

static int log_in_code(struct store_txn *txn, struct site_request *request)
{
	const char *way = NULL;
	struct store_person person = request->person;
	int error = second_factor_check(txn, request, &way);
	if (error)
		return error == XICA_EDENIED && request->status == 422 ? XICA_OK : error; // a wrong one stays counted
	error = who_signed_in(txn, request, &person, way);
	return error ? error : site_answer(request, json_pack("{s:b}", "signed_in", 1));
}

// --- the password again

static int show_checked(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	int error = who_settle(txn, request, "password", "wrong-password");
	if (error)
		return error == XICA_EDENIED ? XICA_OK : error;
	if (!view_equal(request->person.password_hash, who->hash))
		return site_refuse_field(request, "password", "wrong-password");
	error = site_session_renew(txn, request, true);
	return error ? error : keep_newer_hash(txn, who);
}

static int show_password(struct store_txn *txn, struct site_request *request)
{
	struct who *who = who_of(request);
	if (!who)
		return XICA_ENOMEM;
	int error = site_text(request, "password", WHO_TEXT_MAX, &who->password);
	who->person = request->person.id;
	who->hash = request->person.password_hash;
	if (!error)
		error = who_try_against(txn, request, request->person.key, request->person.id);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_PASSWORD, who->try_who);
	who->next = show_checked;
	request->then = who_check_password;
	return error;
}

// --- the end

static int log_out(struct store_txn *txn, struct site_request *request)
{
	return site_session_end(txn, request);
}

static int log_out_everywhere(struct store_txn *txn, struct site_request *request)
{
	size_t ended;
	int error = store_session_end_all(txn, request->person.id, 0, &ended);
	if (!error)
		error = who_void_links(txn, request->person.id);
	if (!error)
		error = site_event(txn, request, request->person.id, "log-out-everywhere", NULL);
	return error ? error : site_session_forget(request);
}

const struct site_route site_logging_in[] = {
	{HTTP_METHOD_GET, "/api/session", SITE_NOBODY, look},
	{HTTP_METHOD_POST, "/api/log-in", SITE_NOBODY, log_in},
	{HTTP_METHOD_POST, "/api/log-in/code", SITE_HALF_SESSION, log_in_code},
	{HTTP_METHOD_POST, "/api/show-password", SITE_SESSION, show_password},
	{HTTP_METHOD_POST, "/api/log-out", SITE_NOBODY, log_out},
	{HTTP_METHOD_POST, "/api/log-out-everywhere", SITE_SESSION, log_out_everywhere},
	{0},
};
