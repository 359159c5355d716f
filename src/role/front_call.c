#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "role/front.h"

static const struct acme_problem AWAY = {.type = ACME_SERVER_INTERNAL, .status = 503, .retry_after = FRONT_RETRY_AFTER_S,
	.detail = "the service is being restarted; try again later"};
static const struct acme_problem BROKEN = {.type = ACME_SERVER_INTERNAL, .detail = "the request could not be worked on; try again"};
static const struct acme_problem NOT_SIGNED = {.type = ACME_UNAUTHORIZED, .detail = "the signature is not of the account's key"};
static const struct acme_problem NO_ACCOUNT = {.type = ACME_ACCOUNT_DOES_NOT_EXIST, .detail = "there is no such account"};

static const struct timeval TICK = {.tv_usec = 250000};

static void tick(int fd, short what, void *context);

static int make_id(struct front_call *call)
{
	uint8_t random[FRONT_REQUEST_ID_LEN / 2];
	cleanup_buf text = BUF_INIT;
	int error = crypto_random(random, sizeof(random));
	if (error)
		return error;
	hex_encode(&text, view_bytes(random, sizeof(random)));
	if (buf_error(&text))
		return XICA_ENOMEM;
	memcpy(call->id, text.ptr, FRONT_REQUEST_ID_LEN);
	return 0;
}

// The timer runs while there are calls.
static int start_timer(struct front *front)
{
	if (!front->call_timer)
		front->call_timer = event_new(front->role->base, -1, 0, tick, front);
	if (!front->call_timer)
		return XICA_ENOMEM;
	if (event_pending(front->call_timer, EV_TIMEOUT, NULL))
		return 0;
	return event_add(front->call_timer, &TICK) ? XICA_ENOMEM : 0;
}

struct front_call *front_call_new(struct front *front, struct http_request *request)
{
	struct front_call *call = front->call_count < FRONT_CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
	if (!call)
		return NULL;
	if (make_id(call) || start_timer(front)) {
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

static void forget_message(struct front_call *call)
{
	if (call->message_id)
		call->front->call_slots[call->message_id % FRONT_CALLS_MAX] = NULL;
	call->message_id = 0;
}

static void free_call(struct front_call *call)
{
	forget_message(call);
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
	front_refuse(call->front, call->request, problem, 0);
	free_call(call);
}

// --- to the registrar

// A number that no earlier message had, and whose slot is free.
static void number_message(struct front_call *call)
{
	struct front *front = call->front;
	forget_message(call);
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
		forget_message(call);
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
	ipc_message_add_str(out, IPC_REQUEST_ID, call->id);
}

static void forward(struct front_call *call)
{
	cleanup_buf message = BUF_INIT, jwk = BUF_INIT;
	number_message(call);
	if (!call->account && jwk_write(call->jws.jwk.key, &jwk)) {
		front_call_refuse(call, &BROKEN);
		return;
	}
	write_request(call, buf_view(&jwk), &message);
	role_crash_point(call->front->role, "before-forward");
	if (send_message(call, &message)) {
		call->state = FRONT_CALL_FORWARDED;
		log_debug("request=%s remote=%s path=\"%.*s\" account=%lld forwarded", call->id, call->request->remote, VIEW_FMT(call->request->path),
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
	free_call(call);
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
	if (error == XICA_ESIG && !call->key_is_fresh) {
		front_accounts_drop(front->accounts, call->account);
		ask_key(call);
	} else {
		front_call_refuse(call, error == XICA_ESIG ? &NOT_SIGNED : &BROKEN);
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
	if (!front->registrar && waiting(front) > FRONT_WAITING_MAX) {
		front_call_refuse(call, &AWAY);
		return;
	}
	if (call->state == FRONT_CALL_NEEDS_KEY && !verify(call))
		return;
	if (call->endpoint >= FRONT_DIRECTORY)
		answer_here(call);
	else
		forward(call);
}

// --- from the registrar

// The call that a message answers; NULL: it has been answered already.
static struct front_call *call_of(const struct front *front, const struct ipc_message *message, enum front_call_state state)
{
	struct front_call *call = front->call_slots[message->id % FRONT_CALLS_MAX];
	return call && call->message_id == message->id && call->state == state ? call : NULL;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

void front_take_account_key(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	struct front_call *call = front ? call_of(front, message, FRONT_CALL_ASKED_KEY) : NULL;
	struct jwk jwk = {0};
	(void)channel;
	close_all(fds, fd_count);
	if (!call)
		return;
	if (!ipc_message_has(message, IPC_JWK)) {
		front_call_refuse(call, &NO_ACCOUNT);
		return;
	}
	int error = jwk_parse_text(ipc_message_bytes(message, IPC_JWK), &jwk);
	if (!error)
		error = front_accounts_put(front->accounts, call->account, &jwk);
	if (error) {
		log_error("request=%s the key of account %lld is no key: %s", call->id, (long long)call->account, xica_strerror(error));
		front_call_refuse(call, &BROKEN);
		return;
	}
	forget_message(call);
	call->key_is_fresh = true;
	call->state = FRONT_CALL_NEEDS_KEY;
	front_call_advance(call);
}

// The registrar says that the account has another key by now than the one that verified.
static void try_newer_key(struct front_call *call)
{
	if (!call->account || call->forwarded_again) {
		front_call_refuse(call, &NOT_SIGNED);
		return;
	}
	front_accounts_drop(call->front->accounts, call->account);
	forget_message(call);
	call->forwarded_again = true;
	call->key_is_fresh = false;
	call->state = FRONT_CALL_NEEDS_KEY;
	front_call_advance(call);
}

void front_take_reply(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	struct front_call *call = front ? call_of(front, message, FRONT_CALL_FORWARDED) : NULL;
	uint64_t status = 0;
	(void)channel;
	close_all(fds, fd_count);
	if (!call)
		return;
	if (!ipc_message_u64(message, IPC_STATUS, &status) && status == 0) {
		try_newer_key(call);
		return;
	}
	if (call->endpoint == ACME_KEY_CHANGE)
		front_accounts_drop(front->accounts, call->account);
	role_crash_point(front->role, "before-reply");
	log_debug("request=%s status=%llu", call->id, (unsigned long long)status);
	front_reply_message(front, call->request, message);
	free_call(call);
}

// --- time, and the registrar's coming and going

static bool is_over(const struct front_call *call, int64_t now_ms)
{
	switch (call->state) {
	case FRONT_CALL_NEEDS_KEY:
	case FRONT_CALL_VERIFIED: return now_ms - call->since_ms >= FRONT_WAIT_MS;
	case FRONT_CALL_ASKED_KEY:
	case FRONT_CALL_FORWARDED: return now_ms - call->since_ms >= FRONT_ANSWER_MS;
	}
	return true;
}

static void tick(int fd, short what, void *context)
{
	struct front *front = context;
	int64_t now_ms = clock_monotonic_ms();
	(void)fd, (void)what;
	for (struct front_call *call = front->calls, *next; call; call = next) {
		next = call->next;
		if (is_over(call, now_ms)) {
			log_warning("request=%s got no answer from the registrar", call->id);
			front_call_refuse(call, &AWAY);
		}
	}
	if (front->calls)
		(void)event_add(front->call_timer, &TICK);
}

void front_calls_resume(struct front *front)
{
	for (struct front_call *call = front->calls, *next; call; call = next) {
		next = call->next;
		if (call->state == FRONT_CALL_NEEDS_KEY || call->state == FRONT_CALL_VERIFIED)
			front_call_advance(call);
	}
}

// What was forwarded may have been done or not: only its client can ask again. Whose key was asked for can wait for the next registrar.
void front_calls_interrupt(struct front *front)
{
	for (struct front_call *call = front->calls, *next; call; call = next) {
		next = call->next;
		if (call->state == FRONT_CALL_FORWARDED) {
			front_call_refuse(call, &AWAY);
		} else if (call->state == FRONT_CALL_ASKED_KEY) {
			forget_message(call);
			call->state = FRONT_CALL_NEEDS_KEY;
			call->since_ms = clock_monotonic_ms();
		}
	}
}

void front_calls_free(struct front *front)
{
	while (front->calls)
		front_call_refuse(front->calls, &AWAY);
	if (front->call_timer)
		event_free(front->call_timer);
	front->call_timer = NULL;
}
