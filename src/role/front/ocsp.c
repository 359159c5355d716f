#include "role/front/ocsp.h"

#include <stdlib.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "base/log.h"
#include "pki/ocsp.h"

static const struct timeval TICK = {.tv_sec = 1};

struct waiting { // for the registrar
	struct waiting *next;
	struct http_request *request;
	uint64_t id;
	int64_t since_ms;
	struct buf key; // under which the response is kept; empty: it isn't
};

struct front_ocsp {
	struct front_ocsp_cache *cache;
	struct waiting *waiting, **last; // in the order in which they were asked
	size_t count;
	uint64_t last_id;
	struct event *timer;
};

// --- answers

static void reply_bytes(struct http_request *request, struct view body)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(200);
	http_reply_add_str(&reply, "Cache-Control", "no-store");
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	http_reply_body(&reply, FRONT_OCSP_TYPE, body);
	http_request_reply(request, &reply);
}

static void reply_failure(struct http_request *request, enum pki_ocsp_failure failure)
{
	cleanup_buf body = BUF_INIT;
	pki_ocsp_response_failure(&body, failure);
	reply_bytes(request, buf_view(&body));
}

// With the headers that RFC 5019 §6.2 asks for. A cache on the way keeps it for seconds alone, since a revocation must show as soon.
static void reply_kept(struct http_request *request, const struct front_ocsp_document *kept, xica_time now)
{
	const struct http_conditions none = {0};
	const struct http_conditions conditions = request->method == HTTP_METHOD_POST ? none : http_request_conditions(request);
	xica_time left = kept->next_update - now;
	cleanup_http_reply reply = HTTP_REPLY_INIT(0);
	cleanup_buf expires = BUF_INIT;
	clock_add_http(&expires, kept->next_update);
	http_reply_document(&reply, &kept->document, &conditions);
	http_reply_addf(&reply, "Cache-Control", "public, max-age=%lld, no-transform, must-revalidate",
			(long long)(left < FRONT_OCSP_MAX_AGE_S ? left : FRONT_OCSP_MAX_AGE_S));
	http_reply_add(&reply, "Expires", buf_view(&expires));
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	http_request_reply(request, &reply);
}

static void forget(struct front_ocsp *ocsp, struct waiting *waiting)
{
	struct waiting **at = &ocsp->waiting;
	while (*at != waiting)
		at = &(*at)->next;
	*at = waiting->next;
	if (ocsp->last == &waiting->next)
		ocsp->last = at;
	ocsp->count--;
	buf_free(&waiting->key);
	free(waiting);
}

static void try_later(struct front_ocsp *ocsp, struct waiting *waiting)
{
	reply_failure(waiting->request, PKI_OCSP_TRY_LATER);
	forget(ocsp, waiting);
}

// --- the registrar

void front_ocsp_take_response(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	const struct front_ocsp_document *kept = NULL;
	(void)channel, (void)fds, (void)fd_count; // the type has no descriptors
	if (!front)
		return;
	struct waiting *waiting = front->ocsp->waiting;
	while (waiting && waiting->id != message->id)
		waiting = waiting->next;
	if (!waiting)
		return; // its client has been answered already
	if (waiting->key.len && ipc_message_has(message, IPC_ISSUER)) {
		int error = front_ocsp_cache_put(front->ocsp->cache, buf_view(&waiting->key), message);
		if (error)
			log_error("an OCSP response can't be kept: %s", xica_strerror(error));
		else
			kept = front_ocsp_cache_find(front->ocsp->cache, buf_view(&waiting->key), clock_now());
	}
	metrics_add(&front->counts->ocsp_fresh, 1);
	if (kept)
		reply_kept(waiting->request, kept, clock_now());
	else
		reply_bytes(waiting->request, ipc_message_bytes(message, IPC_BODY));
	forget(front->ocsp, waiting);
}

void front_ocsp_take_drop(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	uint64_t shard;
	(void)channel, (void)fds, (void)fd_count;
	if (front && !ipc_message_u64(message, IPC_SHARD, &shard))
		front_ocsp_cache_drop(front->ocsp->cache, ipc_message_bytes(message, IPC_ISSUER), shard);
}

void front_ocsp_connected(struct front *front)
{
	front_ocsp_cache_clear(front->ocsp->cache);
}

void front_ocsp_interrupt(struct front *front)
{
	while (front->ocsp->waiting)
		try_later(front->ocsp, front->ocsp->waiting);
}

static void tick(int fd, short what, void *context)
{
	struct front_ocsp *ocsp = context;
	int64_t now_ms = clock_monotonic_ms();
	(void)fd, (void)what;
	while (ocsp->waiting && now_ms - ocsp->waiting->since_ms >= FRONT_OCSP_ANSWER_MS)
		try_later(ocsp, ocsp->waiting);
	if (ocsp->waiting)
		(void)event_add(ocsp->timer, &TICK);
}

// --- requests

static bool is_too_much(struct front *front)
{
	unsigned most = front->role->config.ocsp_fresh_per_second;
	return front->ocsp->count >= FRONT_OCSP_WAITING_MAX || (most && !shared_rate_take(&front->shared->ocsp_fresh, most, clock_monotonic_us()));
}

static struct waiting *add_waiting(struct front *front, struct http_request *request, struct view key)
{
	struct front_ocsp *ocsp = front->ocsp;
	struct waiting *waiting = front->registrar && !is_too_much(front) ? calloc(1, sizeof(*waiting)) : NULL;
	if (!waiting)
		return NULL;
	waiting->key = BUF_INIT;
	buf_add(&waiting->key, key);
	if (buf_error(&waiting->key)) {
		free(waiting);
		return NULL;
	}
	waiting->request = request;
	waiting->id = ++ocsp->last_id;
	waiting->since_ms = clock_monotonic_ms();
	*ocsp->last = waiting;
	ocsp->last = &waiting->next;
	ocsp->count++;
	if (!event_pending(ocsp->timer, EV_TIMEOUT, NULL))
		(void)event_add(ocsp->timer, &TICK);
	return waiting;
}

static void ask_registrar(struct front *front, struct http_request *request, struct view der, struct view key)
{
	struct waiting *waiting = add_waiting(front, request, key);
	cleanup_buf message = BUF_INIT;
	if (!waiting) {
		reply_failure(request, PKI_OCSP_TRY_LATER);
		return;
	}
	ipc_message_begin(&message, IPC_OCSP_REQUEST, waiting->id);
	ipc_message_add(&message, IPC_BODY, der);
	if (buf_error(&message) || ipc_channel_send(front->registrar, &message))
		try_later(front->ocsp, waiting);
}

static void serve_request(struct front *front, struct http_request *request, struct view der)
{
	struct pki_ocsp_request parsed;
	if (pki_ocsp_request_parse(der, &parsed)) {
		reply_failure(request, PKI_OCSP_MALFORMED);
		return;
	}
	struct view key = parsed.count == 1 && !parsed.nonce.len ? parsed.list[0].whole : VIEW_NONE;
	const struct front_ocsp_document *kept = key.len ? front_ocsp_cache_find(front->ocsp->cache, key, clock_now()) : NULL;
	if (!kept) {
		ask_registrar(front, request, der, key);
		return;
	}
	metrics_add(&front->counts->ocsp_kept, 1);
	reply_kept(request, kept, clock_now());
}

// Some percent-encode what base64 has beyond letters and digits, some don't (RFC 5019 §5).
static int decode_path(struct view text, struct buf *der_out)
{
	cleanup_buf base64 = BUF_INIT;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (c == '%') {
			cleanup_buf byte = BUF_INIT;
			if (text.len - i < 3 || hex_decode(view_sub(text, i + 1, 2), &byte) || byte.len != 1)
				return XICA_EPARSE;
			c = byte.ptr[0];
			i += 2;
		}
		buf_add_byte(&base64, c);
	}
	return buf_error(&base64) ? XICA_ENOMEM : base64_decode(buf_view(&base64), der_out);
}

static void serve_get(struct front *front, struct http_request *request)
{
	cleanup_buf der = BUF_INIT;
	struct view text = view_sub(request->path, sizeof(PKI_PATH_OCSP), SIZE_MAX); // behind the slash
	if (request->has_query || !text.len || decode_path(text, &der))
		reply_failure(request, PKI_OCSP_MALFORMED);
	else
		serve_request(front, request, buf_view(&der));
}

bool front_ocsp_serve(struct front *front, struct http_request *request)
{
	static const struct view PATH = {(const uint8_t *)PKI_PATH_OCSP "/", sizeof(PKI_PATH_OCSP)};
	if (!front->role->config.ocsp || (!view_equal_str(request->path, PKI_PATH_OCSP) && !view_starts(request->path, PATH)))
		return false;
	request->tag = FRONT_OCSP;
	if (request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD)
		serve_get(front, request);
	else if (request->method != HTTP_METHOD_POST)
		front_reply_text(request, 405, HTTP_METHOD_GET | HTTP_METHOD_HEAD | HTTP_METHOD_POST);
	else if (request->path.len > PATH.len || !view_equal_nocase(http_request_header(request, "Content-Type"), VIEW_LIT("application/ocsp-request")))
		reply_failure(request, PKI_OCSP_MALFORMED);
	else
		serve_request(front, request, request->body);
	return true;
}

// --- life

int front_ocsp_new(struct front *front)
{
	struct front_ocsp *ocsp = calloc(1, sizeof(*ocsp));
	if (!ocsp)
		return XICA_ENOMEM;
	front->ocsp = ocsp;
	ocsp->last = &ocsp->waiting;
	ocsp->timer = event_new(front->role->base, -1, 0, tick, ocsp);
	return ocsp->timer ? front_ocsp_cache_new(FRONT_OCSP_KEPT_MAX, &ocsp->cache) : XICA_ENOMEM;
}

void front_ocsp_free(struct front *front)
{
	struct front_ocsp *ocsp = front->ocsp;
	if (!ocsp)
		return;
	front_ocsp_interrupt(front);
	if (ocsp->timer)
		event_free(ocsp->timer);
	front_ocsp_cache_free(ocsp->cache);
	free(ocsp);
	front->ocsp = NULL;
}
