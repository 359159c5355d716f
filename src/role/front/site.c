// The site's JSON interface (docs/site-api.md): what can be seen without knowing who asks, before the registrar hears of it.
//
// A page of another origin can make a browser send requests here, with cookies that SameSite=Strict doesn't keep back from a page of a neighbouring host. So
// whatever changes something must say by its Origin that it comes from our own pages, and be JSON, which no form can send.
#include "base/log.h"
#include "role/front/front.h"

enum { COOKIE_MAX = 4096, AGENT_MAX = 512, PATH_MAX_LEN = 512 };

void front_site_refuse(struct http_request *request, unsigned status, const char *word, unsigned retry_after)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(status);
	cleanup_buf body = BUF_INIT;
	buf_addf(&body, "{\"error\":\"%s\"}", word);
	if (retry_after)
		http_reply_addf(&reply, "Retry-After", "%u", retry_after);
	http_reply_add_str(&reply, "Cache-Control", "no-store");
	front_add_request_id(request, &reply);
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	http_reply_body(&reply, "application/json", buf_view(&body));
	log_info("request=%s refused remote=%s path=\"%.*s\" status=%u error=%s", request->id, request->remote, VIEW_FMT(request->path), status, word);
	http_request_reply(request, &reply);
}

// One click in a mail program (RFC 8058 §3.2): it knows no origin, and sends a form.
static bool is_unsubscribing(const struct http_request *request)
{
	return view_equal_str(request->path, "/api/unsubscribe");
}

static bool is_from_elsewhere(const struct front *front, const struct http_request *request)
{
	struct view site = http_request_header(request, "Sec-Fetch-Site"), origin = http_request_header(request, "Origin");
	bool changes = request->method == HTTP_METHOD_POST;
	if (is_unsubscribing(request) || (!changes && view_starts(request->path, VIEW_LIT("/api/public/"))))
		return false;
	if (site.len && !view_equal_str(site, "same-origin") && (changes || !view_equal_str(site, "none")))
		return true;
	return changes && !view_equal_str(origin, front->role->config.url);
}

static bool is_json(const struct http_request *request)
{
	struct view type = http_request_header(request, "Content-Type");
	struct view name = view_sub(type, 0, view_index(type, ';', 0));
	return view_equal_nocase(name, VIEW_LIT("application/json"));
}

static bool is_too_often(struct front *front, const struct http_request *request, unsigned *ret_wait_s)
{
	return request->method == HTTP_METHOD_POST && front->site_limits &&
	       !http_limits_take(front->site_limits, request->address, clock_monotonic_ms(), ret_wait_s);
}

void front_serve_site(struct front *front, struct http_request *request)
{
	struct front_call *call;
	unsigned wait = 0;
	if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_POST)
		front_site_refuse(request, 405, "not-found", 0);
	else if (is_from_elsewhere(front, request))
		front_site_refuse(request, 403, "cross-origin", 0);
	else if (request->method == HTTP_METHOD_POST && !is_unsubscribing(request) && !is_json(request))
		front_site_refuse(request, 415, "not-json", 0);
	else if (request->body.len > HTTP_BODY_MAX || request->target.len > PATH_MAX_LEN)
		front_site_refuse(request, 413, "too-large", 0);
	else if (is_too_often(front, request, &wait))
		front_site_refuse(request, 429, "too-many-requests", wait);
	else if (!(call = front_call_new(front, request)))
		front_site_refuse(request, 503, "try-again", FRONT_RETRY_AFTER_S);
	else {
		call->endpoint = FRONT_SITE;
		call->state = FRONT_CALL_VERIFIED;
		front_call_advance(call);
	}
}

void front_site_write(const struct front_call *call, struct buf *out)
{
	const struct http_request *request = call->request;
	struct view cookie = http_request_header(request, "Cookie"), agent = http_request_header(request, "User-Agent");
	ipc_message_begin(out, IPC_SITE_REQUEST, call->message_id);
	ipc_message_add_u64(out, IPC_HTTP_METHOD, request->method);
	ipc_message_add(out, IPC_URL, request->path);
	ipc_message_add_str(out, IPC_LANGUAGE, front_language_of(call->front, request));
	ipc_message_add_str(out, IPC_REMOTE, request->remote);
	ipc_message_add_str(out, IPC_REQUEST_ID, call->request->id);
	if (request->has_query)
		ipc_message_add(out, IPC_QUERY, request->query);
	if (request->method == HTTP_METHOD_POST && !is_unsubscribing(request))
		ipc_message_add(out, IPC_BODY, request->body);
	if (cookie.len && cookie.len <= COOKIE_MAX)
		ipc_message_add(out, IPC_COOKIE, cookie);
	if (agent.len)
		ipc_message_add(out, IPC_AGENT, view_sub(agent, 0, AGENT_MAX));
}

static bool is_file_name(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_'))
			return false;
	}
	return name.len > 0;
}

void front_site_reply(struct http_request *request, const struct ipc_message *message)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(500);
	struct view cookie, name = ipc_message_bytes(message, IPC_FILE_NAME);
	uint64_t status, retry_after;
	if (ipc_message_u64(message, IPC_STATUS, &status) || status < 200 || status > 599 || (name.ptr && !is_file_name(name)))
		reply.failed = true;
	else
		reply.status = (unsigned)status;
	http_reply_add_str(&reply, "Cache-Control", "no-store");
	front_add_request_id(request, &reply);
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	http_reply_add_str(&reply, "Cross-Origin-Resource-Policy", "same-origin");
	http_reply_add_str(&reply, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	for (size_t i = 0; ipc_message_nth(message, IPC_SET_COOKIE, i, &cookie); i++)
		http_reply_add(&reply, "Set-Cookie", cookie);
	if (name.ptr)
		http_reply_addf(&reply, "Content-Disposition", "attachment; filename=\"%.*s\"", VIEW_FMT(name));
	if (!ipc_message_u64(message, IPC_RETRY_AFTER, &retry_after))
		http_reply_addf(&reply, "Retry-After", "%llu", (unsigned long long)retry_after);
	if (ipc_message_has(message, IPC_BODY) && ipc_message_has(message, IPC_CONTENT_TYPE)) {
		http_reply_add(&reply, "Content-Type", ipc_message_bytes(message, IPC_CONTENT_TYPE));
		reply.body = ipc_message_bytes(message, IPC_BODY);
	}
	if (reply.failed)
		log_error("the registrar's answer for %.*s can not be sent as HTTP", VIEW_FMT(request->path));
	http_request_reply(request, &reply);
}
