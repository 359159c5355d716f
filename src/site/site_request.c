// The life of a request: taken apart, its session read, worked on in units of the store, answered after the last one's commit.
#include "base/log.h"
#include "jose/jws.h"
#include "site/site_cookie.h"
#include "site/site_session.h"

#include <stdlib.h>

enum { TRIES_MAX = 5, BODY_MAX = 64 * 1024, RETRY_SECONDS = 5 };

// --- refusing

int site_refuse(struct site_request *request, unsigned status, const char *word)
{
	request->status = status;
	request->word = word;
	request->field = NULL;
	return XICA_EDENIED;
}

int site_refuse_field(struct site_request *request, const char *field, const char *word)
{
	(void)site_refuse(request, 422, word);
	request->field = field;
	return XICA_EDENIED;
}

// What the client hears of an error that nobody put into words.
static void explain(struct site_request *request, int error)
{
	if (error == XICA_EDENIED && request->word)
		return;
	if (error == XICA_ENOTFOUND) {
		(void)site_refuse(request, 404, "not-found");
		return;
	}
	log_error("request=%.*s failed: %s (%s)", VIEW_FMT(request->request_id), xica_strerror(error), store_error_text(request->site->store));
	(void)site_refuse(request, 503, "try-again");
	request->retry_after = RETRY_SECONDS;
}

// --- the answer

static void forget_outcome(struct site_request *request)
{
	json_decref(request->result);
	request->result = NULL;
	request->status = 200;
	request->content_type = NULL;
	request->file_name = NULL;
	request->word = request->field = NULL;
	request->retry_after = 0;
	request->then = NULL;
	request->mail_waits = false;
	request->notes_wait = false;
	buf_clear(&request->text);
}

static void request_free(struct site_request *request)
{
	request->site->under_way--;
	json_decref(request->result);
	json_decref(request->body);
	buf_wipe(&request->text); // recovery codes, keys
	for (size_t i = 0; i < SITE_COOKIES_MAX; i++)
		buf_wipe(&request->cookies[i]);
	arena_free(&request->arena);
	free(request);
}

static int add_to_buf(const char *bytes, size_t len, void *out)
{
	buf_add(out, view_bytes(bytes, len));
	return 0;
}

static bool write_json(struct site_request *request, json_t *object) // takes it
{
	buf_clear(&request->text);
	bool done = object && !json_dump_callback(object, add_to_buf, &request->text, JSON_COMPACT) && !buf_error(&request->text);
	json_decref(object);
	return done;
}

static void write_refusal(struct site_request *request)
{
	json_decref(request->result);
	request->result = json_pack("{s:s, s:s*}", "error", request->word, "field", request->field);
	log_info("request=%.*s refused person=%lld word=%s", VIEW_FMT(request->request_id), (long long)request->person.id, request->word);
}

void site_reply(struct site_request *request)
{
	if (request->word)
		write_refusal(request);
	else if (!request->result && !request->content_type)
		request->result = json_object();
	if (request->word || !request->content_type) {
		request->content_type = "application/json";
		request->file_name = request->word ? NULL : request->file_name;
		if (!write_json(request, json_incref(request->result)))
			request->status = 500;
	}
	request->site->reply(request->site->owner.context, request);
	request_free(request);
}

void site_fail(struct site_request *request, int error)
{
	forget_outcome(request);
	explain(request, error);
	site_reply(request);
}

// --- work

static int check_needs(struct site_request *request)
{
	switch (request->route->needs) {
	case SITE_NOBODY:
		return XICA_OK;
	case SITE_HALF_SESSION:
		return site_is_half(request) ? XICA_OK : site_refuse(request, 401, "log-in");
	case SITE_SESSION:
		return site_signed_in(request) ? XICA_OK : site_refuse(request, 401, "log-in");
	case SITE_FRESH_SESSION:
		if (!site_signed_in(request))
			return site_refuse(request, 401, "log-in");
		return site_is_fresh(request) ? XICA_OK : site_refuse(request, 403, "show-password");
	case SITE_OPERATOR:
		if (!site_signed_in(request))
			return site_refuse(request, 401, "log-in");
		return request->has_console ? XICA_OK : site_refuse(request, 403, "enter-console");
	}
	return XICA_EINVAL;
}

static int work_unit(struct store_txn *txn, void *context)
{
	struct site_request *request = context;
	int error = site_session_load(txn, request);
	if (!error)
		error = check_needs(request);
	return error ? error : request->work(txn, request);
}

static void work_done(int error, void *context)
{
	struct site_request *request = context;
	if (error == XICA_ECONFLICT && ++request->tries < TRIES_MAX) {
		site_submit(request, request->work); // somebody was faster: look again
		return;
	}
	if (error) {
		site_cookies_undo(request);
		explain(request, error);
		site_reply(request);
		return;
	}
	site_cookies_keep(request);
	if (request->mail_waits && request->site->owner.mail_waits)
		request->site->owner.mail_waits(request->site->owner.context);
	if (request->notes_wait && request->site->owner.notes_wait)
		request->site->owner.notes_wait(request->site->owner.context);
	if (request->then) {
		void (*then)(struct site_request *) = request->then;
		request->then = NULL;
		then(request);
	} else {
		site_reply(request);
	}
}

void site_submit(struct site_request *request, site_work *work)
{
	request->work = work;
	forget_outcome(request);
	site_cookies_undo(request);
	int error = store_submit(request->site->store, work_unit, work_done, request);
	if (error) {
		explain(request, error);
		site_reply(request);
	}
}

// --- the beginning

static const char *language_of(struct view language)
{
	return view_equal_str(language, "de") ? "de" : "en";
}

static bool copy(struct site_request *request, struct view from, struct view *ret_to)
{
	*ret_to = from.len ? arena_copy(&request->arena, from) : VIEW_NONE;
	return !from.len || ret_to->ptr;
}

// RFC 9110 §10.1.5 has printable ASCII there; it is kept, shown and put into letters, and may have been cut anywhere.
static bool copy_agent(struct site_request *request, struct view agent)
{
	uint8_t *to = agent.len ? arena_alloc(&request->arena, agent.len) : NULL;
	for (size_t i = 0; to && i < agent.len; i++)
		to[i] = agent.ptr[i] >= 0x20 && agent.ptr[i] < 0x7f ? agent.ptr[i] : '?';
	request->agent = to ? view_bytes(to, agent.len) : VIEW_NONE;
	return to || !agent.len;
}

static bool take_apart(struct site_request *request, const struct site_request_in *in)
{
	request->method = in->method;
	request->language = language_of(in->language);
	return copy(request, in->path, &request->path) && copy(request, in->query, &request->query) && copy_agent(request, in->agent) &&
	       copy(request, in->remote, &request->remote) && copy(request, in->request_id, &request->request_id) &&
	       copy(request, in->cookie, &request->cookie);
}

static int find_route(struct site_request *request)
{
	struct http_match match;
	int error = http_router_find(request->site->routes, request->method, request->path, &match);
	if (error)
		return error == XICA_ENOTFOUND ? site_refuse(request, 404, "not-found") : site_refuse(request, 405, "wrong-method");
	request->route = request->site->rows[match.route->tag];
	for (size_t i = 0; i < match.segment_count; i++)
		request->parts[i] = match.segments[i];
	return XICA_OK;
}

static int parse_body(struct site_request *request, struct view body)
{
	if (request->method == HTTP_METHOD_GET || request->route->any_body)
		return XICA_OK;
	if (body.len > BODY_MAX)
		return site_refuse(request, 413, "too-long");
	request->body = jose_json_parse(body);
	return json_is_object(request->body) ? XICA_OK : site_refuse(request, 400, "form");
}

int site_handle(struct site *site, const struct site_request_in *in, void *owner)
{
	struct site_request *request = calloc(1, sizeof(*request));
	if (!request)
		return XICA_ENOMEM;
	site->under_way++;
	request->site = site;
	request->owner = owner;
	request->now = site->clock();
	forget_outcome(request);
	if (!take_apart(request, in)) {
		request_free(request);
		return XICA_ENOMEM;
	}
	if (find_route(request) || parse_body(request, in->body))
		site_reply(request);
	else
		site_submit(request, request->route->work);
	return XICA_OK;
}
