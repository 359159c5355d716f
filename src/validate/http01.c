#include "validate/http01.h"

#include <stdlib.h>

#include "validate/http_get.h"
#include "validate/target.h"

struct challenge_run {
	const struct challenge_tools *tools;
	challenge_done *done;
	void *context;
	struct buf key_authorization;
	struct url url;          // of this hop
	unsigned port;           // that is dialled for it
	unsigned redirects;
	struct target target;    // of this hop
	size_t next;             // address of it
	struct target_lookup *lookup;
	struct http_get *get;
	struct event *limit;
	struct arena arena;
};

static void cancel(struct challenge_run *run)
{
	if (!run)
		return;
	target_lookup_cancel(run->lookup);
	http_get_cancel(run->get);
	if (run->limit)
		event_free(run->limit);
	buf_free(&run->key_authorization);
	arena_free(&run->arena);
	free(run);
}

static void finish(struct challenge_run *run, enum acme_problem_type problem, const char *detail)
{
	struct challenge_outcome outcome = {problem, detail};
	run->done(&outcome, run->context);
	cancel(run);
}

bool http01_is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool http01_body_fits(struct view body, struct view key_authorization)
{
	size_t len = body.len;
	while (len && (body.ptr[len - 1] == ' ' || (body.ptr[len - 1] >= '\t' && body.ptr[len - 1] <= '\r')))
		len--;
	return key_authorization.len && view_equal(view_sub(body, 0, len), key_authorization);
}

static const char *where(struct challenge_run *run)
{
	char text[ADDRESS_TEXT_LEN];
	return arena_printf(&run->arena, "%s", address_text(&run->target.list[run->next - 1], text));
}

static void begin_hop(struct challenge_run *run);
static void dial(struct challenge_run *run);

static void follow(struct challenge_run *run, struct view location)
{
	const struct url_ports ports = {run->tools->http01_port, run->tools->https_port};
	const char *why;
	struct url url;
	if (run->redirects++ == HTTP01_REDIRECTS_MAX) {
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "%s redirects once too often (more than %d times in all)", run->url.text,
								  HTTP01_REDIRECTS_MAX));
		return;
	}
	int error = url_redirect(&run->url, location, &ports, &run->arena, &url, &why);
	if (error == XICA_EDENIED) {
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "%s redirects to %s, which isn't followed", run->url.text, why));
		return;
	}
	if (error) {
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(error));
		return;
	}
	run->url = url;
	run->port = url.https ? run->tools->https_port : run->tools->http01_port; // 80 and 443, but where the configuration plays
	begin_hop(run);
}

static void judge_body(struct challenge_run *run, const struct http_answer *answer)
{
	if (answer->too_long)
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "%s answered with more than %d bytes from %s, not with the key authorization",
								  run->url.text, HTTP01_BODY_MAX, where(run)));
	else if (!http01_body_fits(answer->body, buf_view(&run->key_authorization)))
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "%s answered from %s, but not with the key authorization of this account",
								  run->url.text, where(run)));
	else
		finish(run, ACME_PROBLEM_NONE, arena_printf(&run->arena, "%s answered from %s", run->url.text, where(run)));
}

static void on_answer(const struct http_answer *answer, void *context)
{
	struct challenge_run *run = context;
	run->get = NULL;
	if (!answer->status && !answer->connected && run->next < run->target.count)
		dial(run);
	else if (!answer->status)
		finish(run, answer->problem, arena_printf(&run->arena, "%s %s", run->url.text, answer->why ? answer->why : "can't be fetched"));
	else if (answer->status == 200)
		judge_body(run, answer);
	else if (http01_is_redirect(answer->status))
		follow(run, answer->location);
	else
		finish(run, ACME_UNAUTHORIZED, arena_printf(&run->arena, "%s answered %ld from %s", run->url.text, answer->status, where(run)));
}

static void dial(struct challenge_run *run)
{
	const struct address *address = &run->target.list[run->next++];
	int error = http_get_start(run->tools, &run->url, address, run->port, on_answer, run, &run->get);
	if (error)
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(error));
}

static void on_target(const struct target *target, void *context)
{
	struct challenge_run *run = context;
	run->lookup = NULL;
	run->target = *target;
	run->next = 0;
	if (target->count)
		dial(run);
	else
		finish(run, target->failure.problem, target->failure.detail);
}

static void begin_hop(struct challenge_run *run)
{
	int error = target_lookup_start(run->tools, view_str(run->url.host), on_target, run, &run->lookup);
	if (error)
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(error));
}

static void on_limit(evutil_socket_t fd, short what, void *context)
{
	struct challenge_run *run = context;
	(void)fd, (void)what;
	finish(run, ACME_CONNECTION, arena_printf(&run->arena, "%s was not answered within %d seconds in all", run->url.text, HTTP01_TIMEOUT));
}

static int prepare(struct challenge_run *run, const struct challenge_request *request)
{
	static const struct timeval LIMIT = {.tv_sec = HTTP01_TIMEOUT};
	int error = challenge_key_authorization(request, &run->key_authorization);
	if (error)
		return error;
	error = url_challenge(request->identifier.value, request->token, &run->arena, &run->url);
	if (error)
		return error == XICA_EPARSE ? XICA_EINVAL : error;
	run->port = run->tools->http01_port;
	run->limit = evtimer_new(run->tools->base, on_limit, run);
	if (!run->limit || event_add(run->limit, &LIMIT))
		return XICA_ENOMEM;
	return target_lookup_start(run->tools, view_str(run->url.host), on_target, run, &run->lookup);
}

static int start(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		 struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.tools = tools, .done = done, .context = context};
	int error = prepare(run, request);
	if (error) {
		cancel(run);
		return error;
	}
	*ret_run = run;
	return XICA_OK;
}

const struct challenge_method challenge_http01 = {
	.name = "http-01",
	.method = RECEIPT_HTTP_01,
	.proves_wildcard = false,
	.proves_service = false,
	.start = start,
	.cancel = cancel,
};
