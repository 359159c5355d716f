// What a person does with their own account: password, language, sessions, the end.
#include "acme/url.h"
#include "site/acts.h"
#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "site/who.h"
#include "store/token.h"

enum { SESSIONS_MAX = 100 };

// --- password: the old one is checked, then the new one hashed

static int set_password(struct store_txn *txn, struct site_request *request)
{
	const struct who *who = request->state;
	size_t ended;
	if (who->result == SITE_LOGIN_FAILED)
		return who_busy(request);
	int error = store_person_renew_password(txn, request->person.id, who->hash, who->new_hash);
	if (error == XICA_ECONFLICT) // another one was set while we asked
		return site_refuse_field(request, "old", "wrong-password");
	if (!error)
		error = who_void_links(txn, request->person.id);
	if (!error)
		error = store_session_end_all(txn, request->person.id, request->session.id, &ended);
	if (!error)
		error = site_session_renew(txn, request, true);
	if (!error)
		error = site_event(txn, request, request->person.id, "password-changed", NULL);
	if (error)
		return error;
	const struct site_value values[] = {{"address", request->person.address}, {"remote", request->remote}, {"time", site_time_text(request)}, {NULL}};
	return site_letter_to(txn, request, &request->person, "password-changed", values);
}

static int old_checked(struct store_txn *txn, struct site_request *request)
{
	struct who *who = request->state;
	int error = who_settle(txn, request, "old", "wrong-password");
	if (error)
		return error == XICA_EDENIED ? XICA_OK : error;
	who->next = set_password;
	request->then = who_hash_password;
	return XICA_OK;
}

static int change_password(struct store_txn *txn, struct site_request *request)
{
	struct who *who = who_of(request);
	if (!who)
		return XICA_ENOMEM;
	int error = site_text(request, "old", WHO_TEXT_MAX, &who->password);
	if (!error)
		error = who_new_password(request, "password", request->person.address, &who->new_password);
	who->hash = request->person.password_hash;
	if (!error)
		error = who_try_against(txn, request, request->person.key, request->person.id);
	if (!error)
		error = site_try_begin(txn, request, SITE_TRY_PASSWORD, who->try_who);
	who->next = old_checked;
	request->then = who_check_password;
	return error;
}

// --- language

static int set_language(struct store_txn *txn, struct site_request *request)
{
	struct view language;
	int error = site_text(request, "language", WHO_TEXT_MAX, &language);
	if (error)
		return error;
	if (!view_equal_str(language, "en") && !view_equal_str(language, "de"))
		return site_refuse_field(request, "language", "form");
	return store_person_set_language(txn, request->person.id, language);
}

// --- sessions

static json_t *session_json(const struct site_request *request, const struct store_session *session)
{
	return json_pack("{s:I, s:b, s:I, s:I, s:o, s:o}", "id", (json_int_t)session->id, "current", session->id == request->session.id, "created",
			 (json_int_t)session->created, "seen", (json_int_t)session->seen, "remote", site_json_text(session->remote), "agent",
			 site_json_text(session->agent));
}

static int list_sessions(struct store_txn *txn, struct site_request *request)
{
	struct store_session *list;
	size_t count;
	int error = store_session_list(txn, request->person.id, request->now, SESSIONS_MAX, &request->arena, &list, &count);
	if (error)
		return error;
	json_t *sessions = json_array();
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == STORE_SESSION_FULL && json_array_append_new(sessions, session_json(request, &list[i]))) {
			json_decref(sessions);
			return XICA_ENOMEM;
		}
	return site_answer(request, json_pack("{s:o}", "sessions", sessions));
}

static int end_session(struct store_txn *txn, struct site_request *request)
{
	int64_t id;
	if (acme_url_parse_id(request->parts[0], &id))
		return XICA_ENOTFOUND;
	if (id == request->session.id)
		return site_session_end(txn, request);
	int error = store_session_end(txn, request->person.id, id);
	return error ? error : site_event(txn, request, request->person.id, "session-ended", NULL);
}

// --- the end

static int delete_person(struct store_txn *txn, struct site_request *request)
{
	static const struct site_value VALUES[] = {{NULL}};
	struct view to = request->person.address;
	const char *language = arena_strdup(&request->arena, request->person.language);
	const char *by = arena_printf(&request->arena, "person %lld", (long long)request->person.id);
	request->notes_wait = true;
	int error = language && by ? site_act_delete_person(txn, &(struct site_act){request->now, view_str(by)}, request->person.id) : XICA_ENOMEM;
	if (!error)
		error = site_letter(txn, request, to, language, 0, "person-deleted", VALUES);
	return error ? error : site_session_forget(request);
}

const struct site_route site_person[] = {
	{HTTP_METHOD_POST, "/api/person/password", SITE_SESSION, change_password},
	{HTTP_METHOD_POST, "/api/person/address", SITE_FRESH_SESSION, who_address_change},
	{HTTP_METHOD_POST, "/api/person/address/confirm", SITE_NOBODY, who_address_confirm},
	{HTTP_METHOD_POST, "/api/person/language", SITE_SESSION, set_language},
	{HTTP_METHOD_GET, "/api/person/sessions", SITE_SESSION, list_sessions},
	{HTTP_METHOD_POST, "/api/person/sessions/{}/end", SITE_SESSION, end_session},
	{HTTP_METHOD_GET, "/api/person/export", SITE_FRESH_SESSION, who_export},
	{HTTP_METHOD_POST, "/api/person/delete", SITE_FRESH_SESSION, delete_person},
	{0},
};
