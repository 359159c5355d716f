#include "validate/email01.h"

#include <stdlib.h>

#include "validate/codes.h"

// The mailboxes that RFC 2142 gives to who runs a domain.
static const char *const MAILBOXES[EMAIL01_ADDRESSES] = {"hostmaster", "postmaster", "webmaster"};

const char *email01_address(const struct pki_identifier *identifier, size_t n, struct arena *arena)
{
	return arena_printf(arena, "%s@%.*s", MAILBOXES[n], VIEW_FMT(identifier->value));
}

bool email01_may_write(const struct pki_identifier *identifier, struct view to, bool lenient)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier parsed;
	enum pki_name_fault fault;
	if (!challenge_may_prove(&challenge_email01, identifier) || pki_identifier_parse_dns(identifier->value, lenient, &arena, &parsed, &fault) ||
	    pki_identifier_compare(identifier, &parsed) != 0)
		return false;
	for (size_t i = 0; i < EMAIL01_ADDRESSES; i++) {
		const char *address = email01_address(identifier, i, &arena);
		if (address && view_equal_str(to, address))
			return true;
	}
	return false;
}

struct challenge_run {
	const struct challenge_tools *tools;
	const struct challenge_request *request;
	challenge_done *done;
	void *context;
	struct event *soon;
	struct arena arena;
};

static void cancel(struct challenge_run *run)
{
	if (!run)
		return;
	if (run->soon)
		event_free(run->soon);
	arena_free(&run->arena);
	free(run);
}

static struct challenge_outcome wrong(struct challenge_run *run, unsigned tries_left)
{
	struct challenge_outcome outcome = {ACME_INCORRECT_RESPONSE, .again = tries_left > 0, .tries_left = tries_left};
	if (tries_left)
		outcome.detail = arena_printf(&run->arena, "this is not the code that was sent; %u more %s", tries_left, tries_left == 1 ? "try" : "tries");
	else
		outcome.detail = "this is not the code that was sent, and it was the last try";
	return outcome;
}

static struct challenge_outcome judge(struct challenge_run *run)
{
	static const struct challenge_outcome PROVEN = {ACME_PROBLEM_NONE, "the code that was sent by mail"},
					      UNKNOWN = {ACME_UNAUTHORIZED, "no code is valid here any more: ask for a new letter", .again = true},
					      BROKEN = {ACME_SERVER_INTERNAL, "the code can't be checked now: try again", .again = true};
	struct code_subject subject;
	unsigned tries_left = 0;
	if (code_subject_of(&run->request->identifier, run->request->token, run->request->thumbprint, &subject))
		return BROKEN;
	switch (codes_try(run->tools->codes, &subject, run->request->code, run->tools->now(), &tries_left)) {
	case CODE_RIGHT: return PROVEN;
	case CODE_WRONG: return wrong(run, tries_left);
	case CODE_UNKNOWN: break;
	}
	return UNKNOWN;
}

static void on_turn(evutil_socket_t fd, short what, void *context)
{
	struct challenge_run *run = context;
	(void)fd, (void)what;
	struct challenge_outcome outcome = judge(run);
	run->done(&outcome, run->context);
	cancel(run);
}

static int start(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		 struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.tools = tools, .request = request, .done = done, .context = context};
	run->soon = evtimer_new(tools->base, on_turn, run);
	if (!run->soon) {
		cancel(run);
		return XICA_ENOMEM;
	}
	event_active(run->soon, EV_TIMEOUT, 0);
	*ret_run = run;
	return XICA_OK;
}

const struct challenge_method challenge_email01 = {
	.name = EMAIL01_NAME,
	.method = RECEIPT_EMAIL_01,
	.start = start,
	.cancel = cancel,
};
