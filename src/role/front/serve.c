#include "role/front/ocsp.h"

static const struct http_route ROUTES[] = {
	{HTTP_METHOD_GET | HTTP_METHOD_HEAD, "/acme/directory", front_handle_directory, FRONT_DIRECTORY},
	{HTTP_METHOD_POST, "/acme/directory", front_handle_post, FRONT_DIRECTORY},
	{HTTP_METHOD_GET | HTTP_METHOD_HEAD, "/acme/new-nonce", front_handle_new_nonce, FRONT_NEW_NONCE},
	{HTTP_METHOD_POST, "/acme/new-nonce", front_handle_post, FRONT_NEW_NONCE},
	{HTTP_METHOD_GET | HTTP_METHOD_HEAD, "/acme/renewal-info/{}", front_handle_renewal, ACME_RENEWAL_INFO},
	{HTTP_METHOD_POST, "/acme/new-account", front_handle_post, ACME_NEW_ACCOUNT},
	{HTTP_METHOD_POST, "/acme/new-order", front_handle_post, ACME_NEW_ORDER},
	{HTTP_METHOD_POST, "/acme/new-authz", front_handle_post, ACME_NEW_AUTHZ},
	{HTTP_METHOD_POST, "/acme/key-change", front_handle_post, ACME_KEY_CHANGE},
	{HTTP_METHOD_POST, "/acme/revoke-cert", front_handle_post, ACME_REVOKE_CERT},
	{HTTP_METHOD_POST, "/acme/account/{}", front_handle_post, ACME_ACCOUNT},
	{HTTP_METHOD_POST, "/acme/account/{}/orders", front_handle_post, ACME_ORDERS},
	{HTTP_METHOD_POST, "/acme/order/{}", front_handle_post, ACME_ORDER},
	{HTTP_METHOD_POST, "/acme/order/{}/finalize", front_handle_post, ACME_FINALIZE},
	{HTTP_METHOD_POST, "/acme/authz/{}", front_handle_post, ACME_AUTHZ},
	{HTTP_METHOD_POST, "/acme/challenge/{}/{}", front_handle_post, ACME_CHALLENGE},
	{HTTP_METHOD_POST, "/acme/certificate/{}", front_handle_post, ACME_CERTIFICATE},
	{HTTP_METHOD_POST, "/acme/certificate/{}/{}", front_handle_post, ACME_CERTIFICATE},
	{0},
};

// --- the https port

static bool is_acme(const struct http_request *request)
{
	return view_starts(request->path, VIEW_LIT("/acme/"));
}

static bool is_site(const struct http_request *request)
{
	return view_starts(request->path, VIEW_LIT("/api/"));
}

static const struct acme_problem BLOCKED = {.type = ACME_UNAUTHORIZED, .status = 403, .detail = "requests from this network are not answered: write to the CA's operator"};

static void refuse(struct front *front, struct http_request *request, const struct acme_problem *problem, unsigned allow)
{
	if (is_acme(request))
		front_refuse(front, request, problem, allow);
	else if (is_site(request))
		front_site_refuse(request, acme_problem_status(problem), problem->type == ACME_RATE_LIMITED ? "too-many-requests" : problem == &BLOCKED ? "blocked" : "try-again",
				  problem->retry_after);
	else
		front_reply_text(request, acme_problem_status(problem), allow);
}

// True: the request has been answered: there are too many, or its network is blocked.
static bool is_too_much(struct front *front, struct http_request *request)
{
	struct acme_problem problem = {.type = ACME_RATE_LIMITED, .detail = "there were too many requests from this address"};
	if (request->overloaded) {
		problem = (struct acme_problem){.type = ACME_SERVER_INTERNAL, .status = 503, .retry_after = FRONT_RETRY_AFTER_S,
			.detail = "there are too many connections; try again later"};
		refuse(front, request, &problem, 0);
		return true;
	}
	if (front_is_blocked(front, request)) {
		refuse(front, request, &BLOCKED, 0);
		return true;
	}
	if (!front->limits || http_limits_take(front->limits, request->address, clock_monotonic_ms(), &problem.retry_after))
		return false;
	metrics_add(&front->counts->limited, 1);
	refuse(front, request, &problem, 0);
	return true;
}

size_t front_language(const struct front *front, const struct http_request *request)
{
	static const struct view WISH = {(const uint8_t *)"lang=", 5};
	size_t count;
	const char *const *languages = http_static_languages(front->files, &count);
	struct view wish = http_cookie(http_request_header(request, "Cookie"), "lang");
	if (view_starts(request->query, WISH))
		wish = view_sub(request->query, WISH.len, SIZE_MAX);
	return http_language_choose(languages, count, wish, http_request_header(request, "Accept-Language"));
}

const char *front_language_of(const struct front *front, const struct http_request *request)
{
	size_t count;
	return http_static_languages(front->files, &count)[front_language(front, request)];
}

static void reply_page(const struct front *front, struct http_request *request, const struct http_document *page, bool found)
{
	const struct http_conditions conditions = http_request_conditions(request);
	cleanup_http_reply reply = HTTP_REPLY_INIT(0);
	http_reply_static(&reply, page, &conditions, !front->role->config.dev);
	if (!found && reply.status == 200)
		reply.status = 404;
	http_request_reply(request, &reply);
}

static void reply_not_found(struct front *front, struct http_request *request)
{
	static const struct acme_problem NOT_FOUND = {.type = ACME_MALFORMED, .status = 404, .detail = "there is no such resource"};
	const struct http_document *page = http_static_find(front->files, VIEW_LIT("/404"), front_language(front, request));
	bool reads = request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD;
	if (page && reads && http_language_weight(http_request_header(request, "Accept"), VIEW_LIT("text/html")) > 0)
		reply_page(front, request, page, false);
	else
		refuse(front, request, &NOT_FOUND, 0);
}

static void serve_page(struct front *front, struct http_request *request)
{
	const struct http_document *page = http_static_find(front->files, request->path, front_language(front, request));
	request->tag = FRONT_PAGE;
	if (!page || view_equal_str(request->path, "/404")) {
		if (!front_documents_answer(front->documents, request, clock_now()))
			reply_not_found(front, request);
	} else if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_HEAD) {
		front_reply_text(request, 405, HTTP_METHOD_GET | HTTP_METHOD_HEAD);
	} else {
		reply_page(front, request, page, true);
	}
}

void front_serve_https(struct http_request *request, void *context)
{
	static const struct acme_problem NOT_BY_THIS = {.type = ACME_MALFORMED, .status = 405, .detail = "not by this method"};
	static const struct acme_problem NO_QUERY = {.type = ACME_MALFORMED, .status = 404, .detail = "there is no such resource: it takes no query"};
	struct front *front = context;
	struct http_match match;
	if (is_acme(request) || is_site(request))
		front_name_request(request);
	if (is_too_much(front, request))
		return;
	if (is_site(request)) {
		request->tag = FRONT_SITE;
		front_serve_site(front, request);
		return;
	}
	switch (http_router_find(ROUTES, request->method, request->path, &match)) {
	case 0:
		request->tag = match.route->tag;
		if (request->has_query && match.route->tag != ACME_ORDERS)
			refuse(front, request, &NO_QUERY, 0);
		else
			match.route->handler(request, &match, front);
		return;
	case XICA_EDENIED:
		refuse(front, request, &NOT_BY_THIS, match.allowed);
		return;
	default:
		serve_page(front, request);
	}
}

// --- the http port: published documents, OCSP, and the way to the other port

void front_serve_http(struct http_request *request, void *context)
{
	struct front *front = context;
	request->tag = FRONT_DOCUMENT;
	if (request->overloaded) {
		front_reply_text(request, 503, 0);
	} else if (view_equal_str(request->path, "/")) {
		cleanup_http_reply reply = HTTP_REPLY_INIT(301);
		http_reply_addf(&reply, "Location", "%s/", front->role->config.url);
		http_request_reply(request, &reply);
	} else if (!front_ocsp_serve(front, request) && !front_documents_answer(front->documents, request, clock_now())) {
		front_reply_text(request, front->documents_whole ? 404 : 503, 0); // a CRL that is only not here yet must not be taken for none
	}
}
