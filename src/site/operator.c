// The operator's console: a person who is an operator opens it by showing their second factor again, and gives commands that the registrar carries out
// (role/registrar/command.c), the same that it takes from its control socket. Its session is a cookie of its own, beside the person's (site_session.h).
#include "site/passkeys.h"
#include "site/second_factor.h"
#include "site/site_session.h"
#include "site/site_tell.h"

enum { COMMAND_MAX = 64 };

// --- opening it

static int may_enter(struct store_txn *txn, struct site_request *request)
{
	bool second = false;
	if (!request->person.is_operator)
		return site_refuse(request, 403, "not-operator");
	int error = second_factor_has(txn, &request->person, &second);
	return error ? error : second ? XICA_OK : site_refuse(request, 403, "second-factor");
}

static int open_console(struct store_txn *txn, struct site_request *request)
{
	int error = site_console_begin(txn, request);
	if (!error)
		error = site_event(txn, request, request->person.id, "console", NULL);
	return error ? error : site_answer(request, json_pack("{s:b}", "entered", 1));
}

// A passkey that is right, but somebody else's, opens nothing.
static int enter_by_passkey(struct store_txn *txn, struct site_request *request)
{
	struct store_person shown;
	int error = passkey_settle(txn, request, &shown);
	if (!error && shown.id != request->person.id)
		return site_refuse(request, 422, "wrong-passkey");
	if (!error)
		error = may_enter(txn, request); // still
	return error ? error : open_console(txn, request);
}

static int enter(struct store_txn *txn, struct site_request *request)
{
	const char *way;
	int error = may_enter(txn, request);
	if (error)
		return error;
	if (json_object_get(request->body, "id"))
		return passkey_show(txn, request, enter_by_passkey);
	error = second_factor_check(txn, request, &way);
	if (error)
		return error == XICA_EDENIED && request->status == 422 ? XICA_OK : error; // a wrong one stays counted
	return open_console(txn, request);
}

static int leave(struct store_txn *txn, struct site_request *request)
{
	return request->has_console ? site_console_end(txn, request) : XICA_OK;
}

// --- commands

// A refusal comes in the words that the operator would read at the shell.
static void answered(struct site_request *request, json_t *answer)
{
	json_t *why = json_object_get(answer, "error");
	if (json_is_string(why)) { // an order's "error" is an object, or null
		request->status = 422;
		request->result = json_pack("{s:s, s:O}", "error", "command", "why", why);
	} else {
		request->result = json_incref(answer);
	}
	site_reply(request);
}

static void ask(struct site_request *request)
{
	const struct site_owner *owner = &request->site->owner;
	int error = owner->command(owner->context, request->body, request->person.address, request, answered);
	if (error)
		site_fail(request, error);
}

static int command(struct store_txn *txn, struct site_request *request)
{
	struct view name;
	(void)txn;
	int error = site_text(request, "command", COMMAND_MAX, &name);
	request->then = ask;
	return error;
}

const struct site_route site_operator[] = {
	{HTTP_METHOD_POST, "/api/operator/enter", SITE_SESSION, enter},
	{HTTP_METHOD_POST, "/api/operator/leave", SITE_SESSION, leave},
	{HTTP_METHOD_POST, "/api/operator/command", SITE_OPERATOR, command},
	{0},
};
