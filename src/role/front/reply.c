#include "base/log.h"
#include "role/front/front.h"

void front_add_headers(struct front *front, const struct http_request *request, struct http_reply *reply)
{
	char nonce[ACME_NONCE_LEN + 1];
	http_reply_add(reply, "Link", buf_view(&front->index_link));
	http_reply_add_str(reply, "Cache-Control", "no-store");
	front_add_request_id(request, reply);
	if (request->method != HTTP_METHOD_POST)
		return;
	int error = acme_nonce_issue(&front->shared->nonces, front->nonce_key, nonce);
	if (error)
		log_error("no nonce could be made: %s", xica_strerror(error));
	else
		http_reply_add_str(reply, "Replay-Nonce", nonce);
}

static void add_allow(struct http_reply *reply, unsigned allow)
{
	cleanup_buf text = BUF_INIT;
	if (!allow)
		return;
	http_router_add_allow(&text, allow);
	http_reply_add(reply, "Allow", buf_view(&text));
}

void front_refuse(struct front *front, struct http_request *request, const struct acme_problem *problem, unsigned allow)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(acme_problem_status(problem));
	cleanup_buf body = BUF_INIT;
	if (acme_problem_write(problem, &body))
		reply.failed = true;
	front_add_headers(front, request, &reply);
	add_allow(&reply, allow);
	if (problem->retry_after)
		http_reply_addf(&reply, "Retry-After", "%u", problem->retry_after);
	http_reply_body(&reply, "application/problem+json", buf_view(&body));
	log_info("request=%s refused remote=%s path=\"%.*s\" status=%u problem=%s detail=\"%s\"", request->id, request->remote, VIEW_FMT(request->path), reply.status,
		 acme_problem_name(problem->type), problem->detail);
	http_request_reply(request, &reply);
}

// RFC 9110 §10.2.3. The date is of whole seconds: one more, so that nobody comes too early.
static void add_retry_date(struct http_reply *reply, uint64_t seconds)
{
	cleanup_buf date = BUF_INIT;
	clock_add_http(&date, clock_now() + 1 + (xica_time)seconds);
	http_reply_add(reply, "Retry-After", buf_view(&date));
}

static void add_fields(const struct ipc_message *message, struct http_reply *reply)
{
	struct view link;
	uint64_t retry_after;
	if (ipc_message_has(message, IPC_LOCATION))
		http_reply_add(reply, "Location", ipc_message_bytes(message, IPC_LOCATION));
	for (size_t i = 0; ipc_message_nth(message, IPC_LINK, i, &link); i++)
		http_reply_add(reply, "Link", link);
	if (!ipc_message_u64(message, IPC_RETRY_AFTER, &retry_after) && ipc_message_has(message, IPC_RETRY_DATE))
		add_retry_date(reply, retry_after);
	else if (!ipc_message_u64(message, IPC_RETRY_AFTER, &retry_after))
		http_reply_addf(reply, "Retry-After", "%llu", (unsigned long long)retry_after);
	if (ipc_message_has(message, IPC_BODY) && ipc_message_has(message, IPC_CONTENT_TYPE)) {
		http_reply_add(reply, "Content-Type", ipc_message_bytes(message, IPC_CONTENT_TYPE));
		reply->body = ipc_message_bytes(message, IPC_BODY);
	}
}

void front_reply_message(struct front *front, struct http_request *request, const struct ipc_message *message)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(500);
	uint64_t status;
	if (ipc_message_u64(message, IPC_STATUS, &status) || status < 200 || status > 599)
		reply.failed = true;
	else
		reply.status = (unsigned)status;
	front_add_headers(front, request, &reply);
	add_fields(message, &reply);
	if (reply.failed)
		log_error("the registrar's answer for %.*s can not be sent as HTTP", VIEW_FMT(request->path));
	http_request_reply(request, &reply);
}

void front_reply_text(struct http_request *request, unsigned status, unsigned allow)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(status);
	cleanup_buf body = BUF_INIT;
	buf_addf(&body, "%s\n", status == 404 ? "There is nothing here." : status == 405 ? "Not by this method." : status == 403 ? "Requests from this network are not answered: write to the CA's operator." : "Not now. Please try again later.");
	add_allow(&reply, allow);
	if (status == 503 || status == 429)
		http_reply_addf(&reply, "Retry-After", "%d", FRONT_RETRY_AFTER_S);
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	http_reply_body(&reply, "text/plain; charset=utf-8", buf_view(&body));
	http_request_reply(request, &reply);
}
