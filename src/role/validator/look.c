// The answer, IPC_LOOKED: {"failure": sentence or null, "servers": [{"record", "host", "port", "address", "failure", "tls", "certificate", "chain", "external",
// "secure"}]}: certificates in base64url of their DER, the chain's one behind the other; what was not seen is null. All words are our own.
#include "role/validator/look.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/base64url.h"
#include "base/log.h"
#include "role/validator/reply.h"

struct look {
	TAILQ_ENTRY(look) link;
	struct validator_looks *looks;
	struct ipc_channel *registrar;
	uint64_t id;
	struct xmpp_look *under_way;
};

struct validator_looks {
	const struct challenge_tools *tools;
	TAILQ_HEAD(, look) list;
	size_t count;
};

int validator_looks_new(const struct challenge_tools *tools, struct validator_looks **ret_looks)
{
	struct validator_looks *looks = calloc(1, sizeof(*looks));
	if (!looks)
		return XICA_ENOMEM;
	looks->tools = tools;
	TAILQ_INIT(&looks->list);
	*ret_looks = looks;
	return XICA_OK;
}

static void look_free(struct look *look)
{
	TAILQ_REMOVE(&look->looks->list, look, link);
	look->looks->count--;
	free(look);
}

void validator_looks_forget(struct validator_looks *looks, const struct ipc_channel *registrar) // NULL: all
{
	struct look *next;
	for (struct look *look = TAILQ_FIRST(&looks->list); look; look = next) {
		next = TAILQ_NEXT(look, link);
		if (registrar && look->registrar != registrar)
			continue;
		xmpp_look_cancel(look->under_way);
		look_free(look);
	}
}

void validator_looks_free(struct validator_looks *looks)
{
	if (!looks)
		return;
	validator_looks_forget(looks, NULL);
	free(looks);
}

// --- the answer

static json_t *bytes(struct view der)
{
	cleanup_buf text = BUF_INIT;
	if (!der.len)
		return json_null();
	base64url_encode(&text, der);
	return buf_error(&text) ? NULL : json_stringn((const char *)text.ptr, text.len);
}

static json_t *sight_json(const struct xmpp_sight *sight)
{
	return json_pack("{s:s, s:s, s:i, s:s?, s:s?, s:s?, s:o, s:o, s:b, s:b}", "record", sight->srv->name, "host", sight->host, "port", (int)sight->port, "address",
			 sight->address, "failure", sight->failure, "tls", sight->tls_version, "certificate", bytes(sight->certificate), "chain",
			 bytes(sight->chain), "external", sight->external, "secure", sight->secure);
}

static void answer(struct ipc_channel *registrar, uint64_t id, const struct xmpp_look_result *result)
{
	cleanup_buf message = BUF_INIT;
	json_t *servers = json_array();
	for (size_t i = 0; i < result->count; i++)
		(void)json_array_append_new(servers, sight_json(&result->list[i]));
	json_t *body = json_pack("{s:s?, s:o}", "failure", result->failure, "servers", servers);
	char *text = json_dumps(body, JSON_COMPACT);
	ipc_message_begin(&message, IPC_LOOKED, id);
	ipc_message_add_str(&message, IPC_BODY, text ? text : "{}");
	validator_reply(registrar, &message);
	free(text);
	json_decref(body);
}

static void on_done(const struct xmpp_look_result *result, void *context)
{
	struct look *look = context;
	answer(look->registrar, look->id, result);
	look_free(look);
}

static int begin(struct validator_looks *looks, struct ipc_channel *registrar, uint64_t id, struct view domain)
{
	struct look *look = looks->count < VALIDATOR_LOOKS_MAX ? calloc(1, sizeof(*look)) : NULL;
	if (!look)
		return XICA_EAGAIN;
	*look = (struct look){.looks = looks, .registrar = registrar, .id = id};
	TAILQ_INSERT_TAIL(&looks->list, look, link);
	looks->count++;
	int error = xmpp_look_start(looks->tools, domain, on_done, look, &look->under_way);
	if (error)
		look_free(look);
	return error;
}

void validator_looks_take(struct validator_looks *looks, struct ipc_channel *registrar, const struct ipc_message *message)
{
	static const struct xmpp_look_result BUSY = {.failure = "too many servers are being looked at just now; try again in a minute"};
	struct view domain = ipc_message_bytes(message, IPC_IDENTIFIER);
	int error = begin(looks, registrar, message->id, domain);
	log_info("look domain=%.*s %s", VIEW_FMT(domain), error ? xica_strerror(error) : "begun");
	if (error)
		answer(registrar, message->id, &BUSY);
}
