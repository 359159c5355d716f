// An ACME request from a front: taken apart, authorized, worked on in one unit of the store, answered after its commit.
#include "base/hex.h"
#include "base/log.h"
#include "role/registrar/chaos/chaos.h"
#include "role/registrar/issue.h"
#include "role/registrar/limits.h"
#include "role/registrar/metrics.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 5 };

static const struct endpoint {
	request_work *work;
	bool post_as_get;   // an empty payload is a read (RFC 8555 §6.3)
	bool payload;       // a payload is a change
	bool by_jwk;        // may be signed by a key without an account
	bool by_account;
	bool by_nobody;     // a GET, unsigned
} ENDPOINTS[] = {
	[ACME_NEW_ACCOUNT] = {request_new_account, false, true, true, false},
	[ACME_ACCOUNT] = {request_account, true, true, false, true},
	[ACME_KEY_CHANGE] = {request_key_change, false, true, false, true},
	[ACME_ORDERS] = {request_orders, true, false, false, true},
	[ACME_NEW_ORDER] = {request_new_order, false, true, false, true},
	[ACME_ORDER] = {request_order, true, false, false, true},
	[ACME_FINALIZE] = {request_finalize, false, true, false, true},
	[ACME_NEW_AUTHZ] = {request_new_authz, false, true, false, true},
	[ACME_AUTHZ] = {request_authz, true, true, false, true},
	[ACME_CHALLENGE] = {request_challenge, true, true, false, true},
	[ACME_CERTIFICATE] = {request_certificate, true, false, false, true},
	[ACME_REVOKE_CERT] = {request_revoke, false, true, true, true},
	[ACME_RENEWAL_INFO] = {.work = request_renewal_info, .by_nobody = true},
};

const char *request_base(const struct request *request)
{
	return request->registrar->config->url;
}

int request_refuse(struct request *request, enum acme_problem_type type, const char *detail)
{
	request->problem = (struct acme_problem){.type = type, .detail = detail};
	return XICA_EDENIED;
}

int request_not_found(struct request *request)
{
	request->problem = (struct acme_problem){.type = ACME_MALFORMED, .status = 404, .detail = "there is no such object"};
	return XICA_EDENIED;
}

int request_found(struct request *request, int error)
{
	return error == XICA_ENOTFOUND ? request_not_found(request) : error;
}

int request_add_link(struct request *request, const char *url, const char *relation)
{
	const char *link = url ? arena_printf(&request->arena, "<%s>;rel=\"%s\"", url, relation) : NULL;
	if (!link || request->link_count == sizeof(request->links) / sizeof(request->links[0]))
		return XICA_ENOMEM;
	request->links[request->link_count++] = link;
	return XICA_OK;
}

static void request_free(struct request *request)
{
	request->registrar->requests--;
	issuance_drop(request->issuance);
	buf_free(&request->body);
	arena_free(&request->arena);
	free(request);
}

static void reply_problem(struct request *request)
{
	buf_clear(&request->body);
	request->ahead_count = 0;
	request->status = acme_problem_status(&request->problem);
	request->content_type = "application/problem+json";
	if (request->problem.retry_after)
		request->retry_after = request->problem.retry_after;
	if (acme_problem_write(&request->problem, &request->body))
		request->status = 500;
	log_info("request=%.*s refused account=%lld problem=%s detail=\"%s\"", VIEW_FMT(request->request_id), (long long)request->account_id,
		 acme_problem_name(request->problem.type), request->problem.detail ? request->problem.detail : "");
}

void request_write_reply(const struct request *request, struct buf *out)
{
	ipc_message_begin(out, IPC_HTTP_REPLY, request->front_id);
	ipc_message_add_u64(out, IPC_STATUS, request->stale_key ? 0 : request->status);
	if (request->stale_key)
		return;
	ipc_message_add_str(out, IPC_CONTENT_TYPE, request->content_type);
	if (request->body.len)
		ipc_message_add(out, IPC_BODY, buf_view(&request->body));
	ipc_message_add_str(out, IPC_LOCATION, request->location);
	for (size_t i = 0; i < request->link_count; i++)
		ipc_message_add_str(out, IPC_LINK, request->links[i]);
	if (request->retry_after)
		ipc_message_add_u64(out, IPC_RETRY_AFTER, request->retry_after);
	for (size_t i = 0; i < request->ahead_count; i++)
		ipc_message_add(out, IPC_AHEAD, request->ahead[i]);
}

void request_reply(struct request *request)
{
	struct registrar *registrar = request->registrar;
	cleanup_buf message = BUF_INIT;
	if (request->problem.type)
		reply_problem(request);
	if (request->problem.type == ACME_RATE_LIMITED && request->limited)
		registrar_limit_refused(request);
	if (request->problem.type == ACME_REJECTED_IDENTIFIER && request->blocked)
		registrar_metrics_blocked(registrar);
	request_write_reply(request, &message);
	registrar_chaos_reply(request, &message);
	struct ipc_channel *front = registrar->front_life[request->front] == request->front_life ? registrar->fronts[request->front] : NULL;
	if (front && ipc_channel_send(front, &message))
		log_error("request=%.*s the answer could not be sent", VIEW_FMT(request->request_id));
	request_free(request);
}

// What the client hears of an error that nobody put into words.
static void explain(struct request *request, int error)
{
	if (error == XICA_EDENIED && (request->problem.type || request->stale_key))
		return;
	// what it filled in speaks of what was undone
	request->problem = (struct acme_problem){0};
	request->stale_key = false;
	request->location = NULL;
	request->link_count = 0;
	if (error == XICA_ENOTFOUND) { // by something else than the URL, which has request_found
		log_error("request=%.*s a row that others refer to is missing: was the database changed by hand? 'xica audit verify' looks for such changes",
			  VIEW_FMT(request->request_id));
		request->problem = (struct acme_problem){.type = ACME_SERVER_INTERNAL, .detail = "something that belongs to this is missing"};
		return;
	}
	log_error("request=%.*s failed: %s (%s)", VIEW_FMT(request->request_id), xica_strerror(error),
		  store_error_text(request->registrar->store));
	request->problem = (struct acme_problem){.type = ACME_SERVER_INTERNAL, .status = 503, .detail = "the request could not be worked on; try again",
						 .retry_after = 5};
}

static void work_done(int error, void *context)
{
	struct request *request = context;
	if (error == XICA_ECONFLICT && !request->problem.type && ++request->tries < TRIES_MAX) {
		request_submit(request, request->work); // somebody was faster: look again
		return;
	}
	if (registrar_chaos_again(request, error))
		return;
	if (error) {
		explain(request, error);
		request_reply(request);
	} else if (request->then) {
		void (*then)(struct request *) = request->then;
		request->then = NULL;
		then(request);
	} else {
		request_reply(request);
	}
}

void request_begin(struct request *request, request_work *work)
{
	request->work = work;
	request->problem = (struct acme_problem){0};
	request->status = 200;
	request->content_type = "application/json";
	request->location = NULL;
	request->link_count = 0;
	request->retry_after = 0;
	request->ahead_count = 0;
	request->limited = 0;
	request->blocked = false;
	request->stale_key = false;
	request->then = NULL;
	request->joined = false;
	issuance_drop(request->issuance);
	request->issuance = NULL;
	buf_clear(&request->body);
}

// Maybe not the first time: then what it left is void.
static int work_unit(struct store_txn *txn, void *context)
{
	struct request *request = context;
	request_begin(request, request->work);
	return request->work(txn, request);
}

void request_again(struct request *request)
{
	work_done(XICA_ECONFLICT, request);
}

void request_submit(struct request *request, request_work *work)
{
	request_begin(request, work);
	int error = registrar_submit_as(request->registrar, STORE_REPEATABLE, work_unit, work_done, request);
	if (error) {
		explain(request, error);
		request_reply(request);
	}
}

void request_fail(struct request *request, const struct acme_problem *problem)
{
	request_begin(request, request->work);
	request->problem = *problem;
	request->problem.detail = problem->detail ? arena_strdup(&request->arena, view_str(problem->detail)) : NULL;
	request_reply(request);
}

void request_join(struct store_txn *txn, struct request *request, request_work *work)
{
	request_begin(request, work);
	request->outcome = work(txn, request);
	request->joined = true;
}

void request_settle(struct request *request, bool recorded, request_work *work)
{
	if (recorded && request->joined)
		work_done(request->outcome, request);
	else
		request_submit(request, work);
}

// The one place where an account's state is looked at, before any endpoint's own work.
static int authorize(struct store_txn *txn, struct request *request)
{
	int error = store_account_get(txn, request->account_id, &request->arena, &request->account);
	if (error == XICA_ENOTFOUND)
		return request_refuse(request, ACME_ACCOUNT_DOES_NOT_EXIST, "there is no such account");
	if (error)
		return error;
	if (memcmp(request->account.thumbprint, request->thumbprint, sizeof(request->thumbprint)) != 0) {
		request->stale_key = true;
		return XICA_EDENIED;
	}
	if (request->account.status != STORE_ACCOUNT_VALID)
		return request_refuse(request, ACME_UNAUTHORIZED, "the account is not active any more");
	return XICA_OK;
}

static int dispatch(struct store_txn *txn, struct request *request)
{
	const struct endpoint *endpoint = &ENDPOINTS[request->endpoint];
	bool empty = request->payload.len == 0;
	if (endpoint->by_nobody)
		return endpoint->work(txn, request);
	if (request->signed_by_account ? !endpoint->by_account : !endpoint->by_jwk)
		return request_refuse(request, ACME_MALFORMED, request->signed_by_account
				      ? "this request must be signed with \"jwk\" in its header" : "this request must be signed with \"kid\" in its header");
	if (empty ? !endpoint->post_as_get : !endpoint->payload)
		return request_refuse(request, ACME_MALFORMED, empty ? "this request needs a payload" : "this resource is read by POST-as-GET: the payload must be empty");
	int error = request->signed_by_account ? authorize(txn, request) : XICA_OK;
	return error ? error : endpoint->work(txn, request);
}

static struct view kept(struct request *request, const struct ipc_message *message, enum ipc_field field)
{
	return ipc_message_has(message, field) ? arena_copy(&request->arena, ipc_message_bytes(message, field)) : VIEW_NONE;
}

// False: the message is not one that a front sends.
static bool take_apart(struct request *request, const struct ipc_message *message)
{
	uint64_t endpoint = 0, account = 0;
	struct view thumbprint = ipc_message_bytes(message, IPC_THUMBPRINT);
	if (ipc_message_u64(message, IPC_ENDPOINT, &endpoint) || endpoint >= sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]) || !ENDPOINTS[endpoint].work)
		return false;
	bool by_nobody = ENDPOINTS[endpoint].by_nobody;
	if (!by_nobody && thumbprint.len != sizeof(request->thumbprint))
		return false;
	request->signed_by_account = ipc_message_has(message, IPC_ACCOUNT);
	if (request->signed_by_account && (ipc_message_u64(message, IPC_ACCOUNT, &account) || !account || account > INT64_MAX))
		return false;
	request->endpoint = (enum acme_endpoint)endpoint;
	request->account_id = (int64_t)account;
	if (!by_nobody)
		memcpy(request->thumbprint, thumbprint.ptr, thumbprint.len);
	request->url = kept(request, message, IPC_URL);
	request->payload = kept(request, message, IPC_PAYLOAD);
	request->jws = kept(request, message, IPC_JWS);
	request->jwk = kept(request, message, IPC_JWK);
	request->query = kept(request, message, IPC_QUERY);
	request->object = kept(request, message, IPC_OBJECT);
	request->object_part = kept(request, message, IPC_OBJECT_PART);
	request->remote = kept(request, message, IPC_REMOTE);
	request->request_id = kept(request, message, IPC_REQUEST_ID);
	return by_nobody || request->signed_by_account || request->jwk.len;
}

static struct request *request_new(struct registrar *registrar, struct ipc_channel *channel, const struct ipc_message *message)
{
	struct request *request = calloc(1, sizeof(*request));
	if (!request)
		return NULL;
	registrar->requests++;
	request->registrar = registrar;
	request->now = clock_now();
	request->front_id = message->id;
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
		if (registrar->fronts[i] == channel) {
			request->front = i;
			request->front_life = registrar->front_life[i];
		}
	return request;
}

void registrar_handle_request(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	struct request *request = request_new(registrar, channel, message);
	(void)fds, (void)fd_count;
	if (!request) {
		log_error("out of memory: a request is dropped");
		return;
	}
	if (!take_apart(request, message)) {
		(void)request_refuse(request, ACME_SERVER_INTERNAL, "the request was not understood");
		request_reply(request);
		return;
	}
	if (registrar->chaos && request->endpoint != ACME_RENEWAL_INFO)
		registrar_chaos_begin(request, dispatch);
	else
		request_submit(request, dispatch);
}

struct key_question {
	struct registrar *registrar;
	unsigned front;
	uint64_t front_life, id;
	int64_t account;
	struct arena arena;
	struct view jwk;
};

static int find_key(struct store_txn *txn, void *context)
{
	struct key_question *question = context;
	struct store_account account;
	int error = store_account_get(txn, question->account, &question->arena, &account);
	question->jwk = error ? VIEW_NONE : account.jwk;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static void write_key(const struct key_question *question, struct buf *out)
{
	ipc_message_begin(out, IPC_ACCOUNT_KEY_IS, question->id);
	ipc_message_add_u64(out, IPC_ACCOUNT, (uint64_t)question->account);
	if (question->jwk.len)
		ipc_message_add(out, IPC_JWK, question->jwk);
}

// That we could not look must not sound like "no such account": clients would make themselves a new one.
static void write_no_answer(const struct key_question *question, struct buf *out)
{
	static const struct acme_problem LATER = {.type = ACME_SERVER_INTERNAL, .status = 503, .detail = "the request could not be worked on; try again"};
	cleanup_buf body = BUF_INIT;
	ipc_message_begin(out, IPC_HTTP_REPLY, question->id);
	ipc_message_add_u64(out, IPC_STATUS, LATER.status);
	ipc_message_add_u64(out, IPC_RETRY_AFTER, 5);
	if (acme_problem_write(&LATER, &body))
		return;
	ipc_message_add_str(out, IPC_CONTENT_TYPE, "application/problem+json");
	ipc_message_add(out, IPC_BODY, buf_view(&body));
}

static void tell_key(int error, void *context)
{
	struct key_question *question = context;
	struct registrar *registrar = question->registrar;
	cleanup_buf message = BUF_INIT;
	if (error)
		log_error("the key of account %lld could not be looked up: %s", (long long)question->account, xica_strerror(error));
	(error ? write_no_answer : write_key)(question, &message);
	bool there = registrar->front_life[question->front] == question->front_life && registrar->fronts[question->front];
	if (there && ipc_channel_send(registrar->fronts[question->front], &message))
		log_error("an account's key could not be told to front %u", question->front);
	arena_free(&question->arena);
	free(question);
}

void registrar_handle_account_key(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	struct key_question *question = calloc(1, sizeof(*question));
	uint64_t account = 0;
	(void)fds, (void)fd_count;
	if (!question || ipc_message_u64(message, IPC_ACCOUNT, &account)) {
		free(question);
		return;
	}
	question->registrar = registrar;
	question->id = message->id;
	question->account = (int64_t)account;
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
		if (registrar->fronts[i] == channel) {
			question->front = i;
			question->front_life = registrar->front_life[i];
		}
	int error = registrar_submit_as(registrar, STORE_REPEATABLE, find_key, tell_key, question);
	if (error)
		tell_key(error, question);
}
