// What ends a call's waiting: the registrar's answers, time, and the registrar's going and coming back.
#include <unistd.h>

#include "base/log.h"
#include "role/front/front.h"

static const struct acme_problem NO_ACCOUNT = {.type = ACME_ACCOUNT_DOES_NOT_EXIST, .detail = "there is no such account"};
static const struct timeval TICK = {.tv_usec = 250000};

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
		log_error("request=%s the key of account %lld is no key: %s", call->request->id, (long long)call->account, xica_strerror(error));
		front_call_refuse(call, &FRONT_BROKEN);
		return;
	}
	front_call_forget_message(call);
	call->key_is_fresh = true;
	call->state = FRONT_CALL_NEEDS_KEY;
	front_call_advance(call);
}

// The registrar says that the account has another key by now than the one that verified.
static void try_newer_key(struct front_call *call)
{
	if (!call->account || call->forwarded_again) {
		const struct acme_problem problem = front_signature_problem(&call->jws, NULL, XICA_ESIG);
		front_call_refuse(call, &problem);
		return;
	}
	front_accounts_drop(call->front->accounts, call->account);
	front_call_forget_message(call);
	call->forwarded_again = true;
	call->key_is_fresh = false;
	call->state = FRONT_CALL_NEEDS_KEY;
	front_call_advance(call);
}

static void keep_ahead(const struct front_call *call, const struct ipc_message *message)
{
	const struct front_ahead_reader reader = {call->account, call->thumbprint};
	struct view reply;
	if (front_call_is_change(call))
		front_ahead_changed(call->front->ahead, call->account);
	for (size_t i = 0; call->account && ipc_message_nth(message, IPC_AHEAD, i, &reply); i++)
		front_ahead_put(call->front->ahead, &reader, call->changes, clock_monotonic_ms(), reply);
}

void front_take_reply(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	struct front_call *call = front ? call_of(front, message, FRONT_CALL_FORWARDED) : NULL;
	uint64_t status = 0;
	(void)channel;
	close_all(fds, fd_count);
	if (front && !call)
		call = call_of(front, message, FRONT_CALL_ASKED_KEY); // the key could not be looked up
	if (!call)
		return;
	if (call->endpoint != FRONT_SITE && !ipc_message_u64(message, IPC_STATUS, &status) && status == 0) {
		try_newer_key(call);
		return;
	}
	if (call->endpoint == ACME_KEY_CHANGE)
		front_accounts_drop(front->accounts, call->account);
	keep_ahead(call, message);
	role_crash_point(front->role, "before-reply");
	if (ipc_message_has(message, IPC_DROP))
		http_request_drop(call->request);
	else if (call->endpoint == FRONT_SITE)
		front_site_reply(call->request, message);
	else if (call->endpoint == ACME_RENEWAL_INFO)
		front_renewal_reply(call, message);
	else
		front_reply_message(front, call->request, message);
	front_call_free(call);
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
			log_warning("request=%s got no answer from the registrar", call->request->id);
			front_call_refuse(call, &FRONT_AWAY);
		}
	}
	if (front->calls)
		(void)event_add(front->call_timer, &TICK);
}

// The timer runs while there are calls.
int front_calls_watch(struct front *front)
{
	if (!front->call_timer)
		front->call_timer = event_new(front->role->base, -1, 0, tick, front);
	if (!front->call_timer)
		return XICA_ENOMEM;
	if (event_pending(front->call_timer, EV_TIMEOUT, NULL))
		return 0;
	return event_add(front->call_timer, &TICK) ? XICA_ENOMEM : 0;
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
			front_call_refuse(call, &FRONT_AWAY);
		} else if (call->state == FRONT_CALL_ASKED_KEY) {
			front_call_forget_message(call);
			call->state = FRONT_CALL_NEEDS_KEY;
			call->since_ms = clock_monotonic_ms();
		}
	}
}

void front_calls_free(struct front *front)
{
	while (front->calls)
		front_call_refuse(front->calls, &FRONT_AWAY);
	if (front->call_timer)
		event_free(front->call_timer);
	front->call_timer = NULL;
}
