// The metrics' own address (metrics { listen }): /metrics, /healthz, /readyz. The parent hands its socket to front 0 alone; while that is away the kernel keeps who comes.
#include "base/log.h"
#include "role/front/front.h"

static void answer(struct http_request *request, unsigned status, const char *content_type, struct view body)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(status);
	http_reply_add_str(&reply, "Cache-Control", "no-store");
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	http_reply_body(&reply, content_type, body);
	http_request_reply(request, &reply);
}

static void answer_text(struct http_request *request, unsigned status, const char *text)
{
	answer(request, status, "text/plain; charset=utf-8", view_str(text));
}

static void answer_metrics(struct front *front, struct http_request *request)
{
	cleanup_buf text = BUF_INIT;
	metrics_write(&text, front->role->metrics, clock_now(), clock_monotonic_ms());
	if (buf_error(&text))
		answer_text(request, 500, "out of memory\n");
	else
		answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", buf_view(&text));
}

static void answer_ready(struct front *front, struct http_request *request)
{
	cleanup_buf why = BUF_INIT;
	bool ready = metrics_is_ready(front->role->metrics, clock_now(), clock_monotonic_ms(), &why);
	if (ready && !front->registrar) {
		ready = false;
		buf_add_str(&why, "this front has no registrar\n");
	}
	answer_text(request, ready ? 200 : 503, ready ? "ready\n" : buf_cstr(&why));
}

void front_serve_metrics(struct http_request *request, void *context)
{
	struct front *front = context;
	bool reads = request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD;
	if (request->overloaded)
		front_reply_text(request, 503, 0);
	else if (!view_equal_str(request->path, "/metrics") && !view_equal_str(request->path, "/healthz") && !view_equal_str(request->path, "/readyz"))
		front_reply_text(request, 404, 0);
	else if (!reads)
		front_reply_text(request, 405, HTTP_METHOD_GET | HTTP_METHOD_HEAD);
	else if (view_equal_str(request->path, "/metrics"))
		answer_metrics(front, request);
	else if (view_equal_str(request->path, "/readyz"))
		answer_ready(front, request);
	else
		answer_text(request, 200, "ok\n");
}
