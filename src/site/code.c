// A code of email-01, confirmed by whoever got the letter: POST /api/code. It is the validator that compares; here it only passes.
#include "site/public.h"

enum { AUTHZ_LEN_MAX = 256, CODE_LEN_MAX = 64 };

static void answer(struct site_request *request, const char *why)
{
	request->status = why ? 422 : 200;
	json_t *result = why ? json_pack("{s:s, s:s}", "error", "wrong-code", "why", why) : json_pack("{s:b}", "proven", 1);
	if (site_answer(request, result))
		site_fail(request, XICA_ENOMEM);
	else
		site_reply(request);
}

static void ask(struct site_request *request)
{
	const struct site_owner *owner = &request->site->owner;
	int error = !owner->confirm_code ? XICA_EAGAIN
		: owner->confirm_code(owner->context, site_text_or_none(request, "authz", AUTHZ_LEN_MAX), site_text_or_none(request, "code", CODE_LEN_MAX),
				      request, answer);
	if (error)
		site_fail(request, error);
}

int site_confirm_code(struct store_txn *txn, struct site_request *request)
{
	struct view authz, code;
	(void)txn;
	int error = site_text(request, "authz", AUTHZ_LEN_MAX, &authz);
	if (error || (error = site_text(request, "code", CODE_LEN_MAX, &code)))
		return error;
	request->then = ask;
	return XICA_OK;
}
