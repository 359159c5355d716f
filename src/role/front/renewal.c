// Renewal information (RFC 9773 §4): GET by anybody, so what costs the registrar work is bounded, and its answers are kept for a minute.
//
// The place of an answer is that of its certificate's identifier alone: what comes later takes the place. Only identifiers of certificates that exist get in. When a certificate is
// revoked, or is to be renewed at once, the registrar has all of it dropped; so it is when the registrar comes anew, since it may have gone before it could say so.
#include <stdlib.h>
#include <string.h>

#include "acme/cert_id.h"
#include "role/front/front.h"

enum { PLACES = 4096, KEPT_S = 60, ASKED_PER_SECOND = 500, BODY_MAX = 1024 };

struct kept {
	char id[ACME_CERT_ID_LEN_MAX + 1];
	int64_t until_ms; // of the monotonic clock
	uint64_t retry_after;
	struct buf body;
};

struct front_renewals {
	struct kept *places[PLACES];
	int64_t second; // how many were asked in it
	unsigned asked;
};

int front_renewals_new(struct front *front)
{
	front->renewals = calloc(1, sizeof(*front->renewals));
	return front->renewals ? XICA_OK : XICA_ENOMEM;
}

static void free_place(struct front_renewals *renewals, size_t place)
{
	if (renewals->places[place])
		buf_free(&renewals->places[place]->body);
	free(renewals->places[place]);
	renewals->places[place] = NULL;
}

void front_renewals_clear(struct front *front)
{
	for (size_t i = 0; i < PLACES; i++)
		free_place(front->renewals, i);
}

void front_renewals_free(struct front *front)
{
	if (!front->renewals)
		return;
	front_renewals_clear(front);
	free(front->renewals);
	front->renewals = NULL;
}

static size_t place_of(struct view id)
{
	uint32_t hash = 2166136261U; // FNV-1a
	for (size_t i = 0; i < id.len; i++)
		hash = (hash ^ id.ptr[i]) * 16777619U;
	return (hash ^ hash >> 16) % PLACES;
}

static void keep(struct front_renewals *renewals, struct view id, const struct ipc_message *message, uint64_t retry_after)
{
	struct view body = ipc_message_bytes(message, IPC_BODY);
	size_t place = place_of(id);
	struct kept *kept = id.len <= ACME_CERT_ID_LEN_MAX && body.len <= BODY_MAX ? calloc(1, sizeof(*kept)) : NULL;
	free_place(renewals, place);
	if (!kept)
		return; // it is asked again
	memcpy(kept->id, id.ptr, id.len);
	kept->until_ms = clock_monotonic_ms() + KEPT_S * 1000;
	kept->retry_after = retry_after;
	buf_add(&kept->body, body);
	renewals->places[place] = kept;
	if (buf_error(&kept->body))
		free_place(renewals, place);
}

static const struct kept *find(const struct front_renewals *renewals, struct view id)
{
	const struct kept *kept = renewals->places[place_of(id)];
	return kept && view_equal_str(id, kept->id) && clock_monotonic_ms() < kept->until_ms ? kept : NULL;
}

static void reply(struct front *front, struct http_request *request, uint64_t retry_after, struct view body)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(200);
	http_reply_add(&reply, "Link", buf_view(&front->index_link));
	http_reply_addf(&reply, "Cache-Control", "public, max-age=%d", KEPT_S);
	http_reply_addf(&reply, "Retry-After", "%llu", (unsigned long long)retry_after);
	http_reply_body(&reply, "application/json", body);
	http_request_reply(request, &reply);
}

static bool is_too_much(struct front_renewals *renewals)
{
	int64_t second = clock_monotonic_ms() / 1000;
	if (second != renewals->second) {
		renewals->second = second;
		renewals->asked = 0;
	}
	return renewals->asked++ >= ASKED_PER_SECOND;
}

void front_handle_renewal(struct http_request *request, const struct http_match *match, void *context)
{
	struct front *front = context;
	const struct kept *kept = find(front->renewals, match->segments[0]);
	if (kept) {
		reply(front, request, kept->retry_after, buf_view(&kept->body));
		return;
	}
	struct front_call *call = is_too_much(front->renewals) ? NULL : front_call_new(front, request);
	if (!call) {
		front_refuse(front, request, &FRONT_BUSY, 0);
		return;
	}
	call->endpoint = ACME_RENEWAL_INFO;
	call->object = match->segments[0];
	call->state = FRONT_CALL_VERIFIED; // nobody signs it
	front_call_advance(call);
}

void front_renewal_write(const struct front_call *call, struct buf *out)
{
	ipc_message_begin(out, IPC_ACME_REQUEST, call->message_id);
	ipc_message_add_u64(out, IPC_ENDPOINT, ACME_RENEWAL_INFO);
	ipc_message_add(out, IPC_URL, call->request->path);
	ipc_message_add(out, IPC_OBJECT, call->object);
	ipc_message_add_str(out, IPC_REMOTE, call->request->remote);
	ipc_message_add_str(out, IPC_REQUEST_ID, call->request->id);
}

void front_renewal_reply(struct front_call *call, const struct ipc_message *message)
{
	struct front *front = call->front;
	uint64_t status, retry_after;
	if (ipc_message_u64(message, IPC_STATUS, &status) || status != 200 || ipc_message_u64(message, IPC_RETRY_AFTER, &retry_after)) {
		front_reply_message(front, call->request, message); // a problem
		return;
	}
	keep(front->renewals, call->object, message, retry_after);
	reply(front, call->request, retry_after, ipc_message_bytes(message, IPC_BODY));
}

void front_take_renewal_drop(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	(void)channel, (void)message, (void)fds, (void)fd_count; // the type has no descriptors
	if (front)
		front_renewals_clear(front);
}
