// The web site's JSON interface in the registrar: a front's request goes to src/site/, whose answer goes back to that front; and what the site may ask of us
// (struct site_owner).
#include "role/registrar/site.h"

#include <stdlib.h>

#include "base/log.h"
#include "role/registrar/audit.h"
#include "role/registrar/login.h"
#include "role/registrar/look.h"
#include "site/site.h"

struct site_call { // where the answer goes
	struct registrar *registrar;
	unsigned front;
	uint64_t front_life, id;
};

// --- answers

static void write_reply(const struct site_call *call, const struct site_request *request, struct buf *out)
{
	ipc_message_begin(out, IPC_HTTP_REPLY, call->id);
	ipc_message_add_u64(out, IPC_STATUS, request->status);
	ipc_message_add_str(out, IPC_CONTENT_TYPE, request->content_type);
	ipc_message_add(out, IPC_BODY, buf_view(&request->text));
	for (size_t i = 0; i < request->cookie_count; i++)
		ipc_message_add(out, IPC_SET_COOKIE, buf_view(&request->cookies[i]));
	ipc_message_add_str(out, IPC_FILE_NAME, request->file_name);
	if (request->retry_after)
		ipc_message_add_u64(out, IPC_RETRY_AFTER, request->retry_after);
}

static void write_no_answer(const struct site_call *call, struct buf *out)
{
	ipc_message_begin(out, IPC_HTTP_REPLY, call->id);
	ipc_message_add_u64(out, IPC_STATUS, 503);
	ipc_message_add_u64(out, IPC_RETRY_AFTER, 5);
	ipc_message_add_str(out, IPC_CONTENT_TYPE, "application/json");
	ipc_message_add_str(out, IPC_BODY, "{\"error\":\"try-again\"}");
}

static void send_reply(struct site_call *call, const struct buf *message)
{
	struct registrar *registrar = call->registrar;
	struct ipc_channel *front = registrar->front_life[call->front] == call->front_life ? registrar->fronts[call->front] : NULL;
	if (front && ipc_channel_send(front, message))
		log_error("an answer of the site could not be sent to front %u", call->front);
	registrar->requests--;
	free(call);
}

static void reply(void *context, struct site_request *request)
{
	struct site_call *call = request->owner;
	cleanup_buf message = BUF_INIT;
	(void)context;
	write_reply(call, request, &message);
	send_reply(call, &message);
}

// --- what the site asks of us

static int hash_password(void *context, struct view password, struct site_request *request, void (*done)(struct site_request *request, struct view hash))
{
	return registrar_login_hash(context, password, request, done);
}

static int check_password(void *context, struct view password, struct view hash, struct site_request *request,
			  void (*done)(struct site_request *request, enum site_login_result result))
{
	return registrar_login_check(context, password, hash, request, done);
}

static int register_passkey(void *context, const struct site_passkey *passkey, struct site_request *request,
			    void (*done)(struct site_request *request, struct view public_key, struct view credential))
{
	return registrar_login_register(context, passkey, request, done);
}

static int check_passkey(void *context, const struct site_passkey *passkey, struct site_request *request,
			 void (*done)(struct site_request *request, enum site_login_result result, uint64_t counter))
{
	return registrar_login_assert(context, passkey, request, done);
}

static void mail_waits(void *context)
{
	registrar_mail_waits(context);
}

static void notes_wait(void *context)
{
	registrar_ahead_drop(context); // an account may have ended
	registrar_audit_notes_go(context);
}

static void revoked(void *context, struct view issuer, uint32_t shard)
{
	registrar_crl_touch(context, issuer, shard);
}

struct asked_command {
	struct site_request *request;
	void (*done)(struct site_request *request, json_t *answer);
};

static void command_done(void *context, json_t *answer)
{
	struct asked_command *asked = context;
	asked->done(asked->request, answer);
	free(asked);
}

static int command(void *context, json_t *question, struct view by, struct site_request *request,
		   void (*done)(struct site_request *request, json_t *answer))
{
	struct asked_command *asked = malloc(sizeof(*asked));
	if (!asked)
		return XICA_ENOMEM;
	*asked = (struct asked_command){request, done};
	int error = control_carry_out(context, question, CONTROL_SITE, by, command_done, asked);
	if (error)
		free(asked);
	return error;
}

struct asked_code {
	struct site_request *request;
	void (*done)(struct site_request *request, const char *why);
};

static void code_checked(void *context, const char *why)
{
	struct asked_code *asked = context;
	asked->done(asked->request, why);
	free(asked);
}

static int confirm_code(void *context, struct view authz, struct view code, struct site_request *request,
			void (*done)(struct site_request *request, const char *why))
{
	struct asked_code *asked = malloc(sizeof(*asked));
	if (!asked)
		return XICA_ENOMEM;
	*asked = (struct asked_code){request, done};
	int error = registrar_confirm_code(context, authz, code, code_checked, asked);
	if (error)
		free(asked);
	return error;
}

struct asked_look {
	struct site_request *request;
	void (*done)(struct site_request *request, const json_t *seen);
};

static void looked(void *context, const json_t *seen)
{
	struct asked_look *asked = context;
	asked->done(asked->request, seen);
	free(asked);
}

static int look(void *context, struct view domain, struct site_request *request, void (*done)(struct site_request *request, const json_t *seen))
{
	struct asked_look *asked = malloc(sizeof(*asked));
	if (!asked)
		return XICA_ENOMEM;
	*asked = (struct asked_look){request, done};
	int error = registrar_look(context, domain, looked, asked);
	if (error)
		free(asked);
	return error;
}

// --- requests

static struct site_call *call_new(struct registrar *registrar, const struct ipc_channel *channel, uint64_t id)
{
	struct site_call *call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	registrar->requests++;
	call->registrar = registrar;
	call->id = id;
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
		if (registrar->fronts[i] == channel) {
			call->front = i;
			call->front_life = registrar->front_life[i];
		}
	return call;
}

void registrar_handle_site(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	struct site_call *call = call_new(registrar, channel, message->id);
	uint64_t method = 0;
	(void)fds, (void)fd_count;
	if (!call) {
		log_error("out of memory: a request of the site is dropped");
		return;
	}
	const struct site_request_in in = {
		.path = ipc_message_bytes(message, IPC_URL), .query = ipc_message_bytes(message, IPC_QUERY), .body = ipc_message_bytes(message, IPC_BODY),
		.cookie = ipc_message_bytes(message, IPC_COOKIE), .agent = ipc_message_bytes(message, IPC_AGENT),
		.remote = ipc_message_bytes(message, IPC_REMOTE), .request_id = ipc_message_bytes(message, IPC_REQUEST_ID),
		.language = ipc_message_bytes(message, IPC_LANGUAGE),
		.method = ipc_message_u64(message, IPC_HTTP_METHOD, &method) ? 0 : (enum http_method)method,
	};
	if (site_handle(registrar->site, &in, call)) {
		cleanup_buf answer = BUF_INIT;
		write_no_answer(call, &answer);
		send_reply(call, &answer);
	}
}

int registrar_site_start(struct registrar *registrar)
{
	const struct site_owner owner = {
		.context = registrar, .password_hash = hash_password, .password_check = check_password, .passkey_register = register_passkey,
		.passkey_check = check_passkey, .mail_waits = mail_waits, .notes_wait = notes_wait, .revoked = revoked, .command = command, .confirm_code = confirm_code,
		.look = look,
	};
	return site_new(registrar->config, &registrar->ca, registrar->store, &owner, reply, &registrar->site);
}

void registrar_site_free(struct registrar *registrar)
{
	site_free(registrar->site);
	registrar->site = NULL;
}
