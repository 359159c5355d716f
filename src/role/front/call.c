#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/front/front.h"

const struct acme_problem FRONT_AWAY = {.type = ACME_SERVER_INTERNAL, .status = 503, .retry_after = FRONT_RETRY_AFTER_S,
	.detail = "the service is being restarted; try again later"};
const struct acme_problem FRONT_BUSY = {.type = ACME_SERVER_INTERNAL, .status = 503, .retry_after = FRONT_RETRY_AFTER_S,
	.detail = "there are too many requests under way; try again later"};
const struct acme_problem FRONT_BROKEN = {.type = ACME_SERVER_INTERNAL, .detail = "the request could not be worked on; try again"};

struct acme_problem front_signature_problem(const struct jws *jws, const struct crypto_key *key, int error)
{
	if (error == XICA_ENOMEM || error == XICA_ECRYPTO)
		return FRONT_BROKEN;
	if (key && !jws_fits(jws, key))
		return (struct acme_problem){.type = ACME_BAD_SIGNATURE_ALGORITHM, .algorithms = ACME_ALGORITHMS,
			.detail = "\"alg\" in the JWS header is not an algorithm of the key's kind"};
	return (struct acme_problem){.type = ACME_UNAUTHORIZED,
		.detail = jws->has_jwk ? "the signature is not of the key in \"jwk\"" : "the signature is not of the account's key"};
}

struct front_call *front_call_new(struct front *front, struct http_request *request)
{
	struct front_call *call = front->call_count < FRONT_CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
	if (!call)
		return NULL;
	if (front_calls_watch(front)) {
		free(call);
		return NULL;
	}
	call->front = front;
	call->request = request;
	call->since_ms = clock_monotonic_ms();
	call->next = front->calls;
	call->back = &front->calls;
	if (call->next)
		call->next->back = &call->next;
	front->calls = call;
	front->call_count++;
	return call;
}

void front_call_forget_message(struct front_call *call)
{
	if (call->message_id)
		call->front->call_slots[call->message_id % FRONT_CALLS_MAX] = NULL;
	call->message_id = 0;
}

void front_call_free(struct front_call *call)
{
	front_call_forget_message(call);
	*call->back = call->next;
	if (call->next)
		call->next->back = call->back;
	call->front->call_count--;
	jws_free(&call->jws);
	arena_free(&call->arena);
	free(call);
}

void front_call_refuse(struct front_call *call, const struct acme_problem *problem)
{
	if (call->endpoint == FRONT_SITE)
		front_site_refuse(call->request, 503, "try-again", FRONT_RETRY_AFTER_S);
	else
		front_refuse(call->front, call->request, problem, 0);
	front_call_free(call);
}

// --- to the registrar

// A number that no earlier message had, and whose slot is free.
static void number_message(struct front_call *call)
{
	struct front *front = call->front;
	front_call_forget_message(call);
	do
		front->call_serial++;
	while (front->call_slots[front->call_serial % FRONT_CALLS_MAX]);
	call->message_id = front->call_serial;
	front->call_slots[call->message_id % FRONT_CALLS_MAX] = call;
}

// False: the registrar is away, and the call stays in its state until it is back.
static bool send_message(struct front_call *call, const struct buf *message)
{
	struct front *front = call->front;
	if (!front->registrar || ipc_channel_send(front->registrar, message)) {
		front_call_forget_message(call);
		return false;
	}
	call->since_ms = clock_monotonic_ms();
	return true;
}

static void ask_key(struct front_call *call)
{
	cleanup_buf message = BUF_INIT;
	number_message(call);
	ipc_message_begin(&message, IPC_ACCOUNT_KEY, call->message_id);
	ipc_message_add_u64(&message, IPC_ACCOUNT, (uint64_t)call->account);
	if (send_message(call, &message))
		call->state = FRONT_CALL_ASKED_KEY;
}

static void write_request(const struct front_call *call, struct view jwk, struct buf *out)
{
	const struct http_request *request = call->request;
	ipc_message_begin(out, IPC_ACME_REQUEST, call->message_id);
	ipc_message_add_u64(out, IPC_ENDPOINT, (uint64_t)call->endpoint);
	ipc_message_add(out, IPC_URL, call->jws.url);
	if (call->object.ptr)
		ipc_message_add(out, IPC_OBJECT, call->object);
	if (call->object_part.ptr)
		ipc_message_add(out, IPC_OBJECT_PART, call->object_part);
	if (call->account)
		ipc_message_add_u64(out, IPC_ACCOUNT, (uint64_t)call->account);
	else
		ipc_message_add(out, IPC_JWK, jwk);
	ipc_message_add(out, IPC_THUMBPRINT, view_bytes(call->thumbprint, sizeof(call->thumbprint)));
	ipc_message_add(out, IPC_PAYLOAD, call->jws.payload);
	ipc_message_add(out, IPC_JWS, request->body);
	if (request->has_query)
		ipc_message_add(out, IPC_QUERY, request->query);
	ipc_message_add_str(out, IPC_REMOTE, request->remote);
	ipc_message_add_str(out, IPC_REQUEST_ID, call->request->id);
}

bool front_call_is_change(const struct front_call *call)
{
	bool may_change = call->endpoint == ACME_ACCOUNT || call->endpoint == ACME_KEY_CHANGE || call->endpoint == ACME_AUTHZ || call->endpoint == ACME_CHALLENGE;
	return may_change && call->jws.payload.len;
}

// A change is counted before it is made as well: others may show it before we have its answer, and we may have none.
static void forward(struct front_call *call)
{
	cleanup_buf message = BUF_INIT, jwk = BUF_INIT;
	number_message(call);
	if (call->endpoint != FRONT_SITE && call->endpoint != ACME_RENEWAL_INFO && !call->account && jwk_write(call->jws.jwk.key, &jwk)) {
		front_call_refuse(call, &FRONT_BROKEN);
		return;
	}
	if (call->endpoint == FRONT_SITE)
		front_site_write(call, &message);
	else if (call->endpoint == ACME_RENEWAL_INFO)
		front_renewal_write(call, &message);
	else
		write_request(call, buf_view(&jwk), &message);
	role_crash_point(call->front->role, "before-forward");
	if (front_call_is_change(call))
		front_ahead_changed(call->front->ahead, call->account);
	call->changes = front_ahead_changes(call->front->ahead, call->account);
	if (send_message(call, &message)) {
		call->state = FRONT_CALL_FORWARDED;
		log_debug("request=%s remote=%s path=\"%.*s\" account=%lld forwarded", call->request->id, call->request->remote, VIEW_FMT(call->request->path),
			  (long long)call->account);
	}
}

// The directory and new nonces can be had by POST-as-GET too (RFC 8555 §6.3).
static void answer_here(struct front_call *call)
{
	static const struct acme_problem NOT_EMPTY = {.type = ACME_MALFORMED, .detail = "this resource is read by POST-as-GET: the payload must be empty"};
	if (call->jws.payload.len) {
		front_call_refuse(call, &NOT_EMPTY);
		return;
	}
	if (call->endpoint == FRONT_DIRECTORY)
		front_answer_directory(call->front, call->request);
	else
		front_answer_new_nonce(call->front, call->request);
	front_call_free(call);
}

// What was said ahead is read by POST-as-GET alone.
static bool answer_ahead(struct front_call *call)
{
	struct ipc_message reply;
	const struct front_ahead_reader reader = {call->account, call->thumbprint};
	bool is_read = call->account && !call->jws.payload.len;
	if (!is_read || !front_ahead_take(call->front->ahead, &reader, call->jws.url, clock_monotonic_ms(), &call->arena, &reply))
		return false;
	front_reply_message(call->front, call->request, &reply);
	front_call_free(call);
	return true;
}

// With the key from the cache. A signature that it doesn't verify may be of a newer key: the registrar is asked before anybody is refused.
static bool verify(struct front_call *call)
{
	struct front *front = call->front;
	const struct jwk *jwk = front_accounts_find(front->accounts, call->account);
	if (!jwk) {
		ask_key(call);
		return false;
	}
	int error = jws_verify(&call->jws, jwk->key);
	if (!error) {
		memcpy(call->thumbprint, jwk->thumbprint, sizeof(call->thumbprint));
		call->state = FRONT_CALL_VERIFIED;
		return true;
	}
	if (call->key_is_fresh) {
		const struct acme_problem problem = front_signature_problem(&call->jws, jwk->key, error);
		front_call_refuse(call, &problem);
	} else {
		front_accounts_drop(front->accounts, call->account);
		ask_key(call);
	}
	return false;
}

static size_t waiting(const struct front *front)
{
	size_t count = 0;
	for (const struct front_call *call = front->calls; call; call = call->next)
		count += call->state == FRONT_CALL_NEEDS_KEY || call->state == FRONT_CALL_VERIFIED;
	return count;
}

void front_call_advance(struct front_call *call)
{
	const struct front *front = call->front;
	bool too_many = front->registrar ? ipc_channel_queued(front->registrar) > FRONT_QUEUED_MAX : waiting(front) > FRONT_WAITING_MAX;
	if (too_many) {
		front_call_refuse(call, front->registrar ? &FRONT_BUSY : &FRONT_AWAY);
		return;
	}
	if (call->state == FRONT_CALL_NEEDS_KEY && !verify(call))
		return;
	if (call->endpoint == FRONT_DIRECTORY || call->endpoint == FRONT_NEW_NONCE)
		answer_here(call);
	else if (!answer_ahead(call))
		forward(call);
}
