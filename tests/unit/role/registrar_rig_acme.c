// The rig as a front and as the validator: requests, orders and their proofs.
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64url.h"
#include "http/router.h"
#include "pki/csr_write.h"
#include "registrar_rig.h"

static const uint8_t RECEIPT_KEY[RECEIPT_KEY_LEN] = "the key of validator and signer";

// --- as a front

uint64_t rig_ask_by(struct rig *rig, enum rig_peer front, enum acme_endpoint endpoint, const char *object, const char *part, const char *payload)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ACME_REQUEST, ++rig->last_id);
	ipc_message_add_u64(&message, IPC_ENDPOINT, endpoint);
	ipc_message_add_str(&message, IPC_URL, "https://localhost:14000/acme/something");
	ipc_message_add_str(&message, IPC_OBJECT, object);
	ipc_message_add_str(&message, IPC_OBJECT_PART, part);
	if (endpoint == ACME_NEW_ACCOUNT)
		ipc_message_add(&message, IPC_JWK, rig->jwk);
	else
		ipc_message_add_u64(&message, IPC_ACCOUNT, (uint64_t)rig->account);
	ipc_message_add(&message, IPC_THUMBPRINT, view_bytes(rig->thumbprint, sizeof(rig->thumbprint)));
	ipc_message_add_str(&message, IPC_PAYLOAD, payload);
	ipc_message_add_str(&message, IPC_JWS, "the whole request");
	rig_send(rig, front, &message);
	return rig->last_id;
}

uint64_t rig_ask(struct rig *rig, enum acme_endpoint endpoint, const char *object, const char *part, const char *payload)
{
	return rig_ask_by(rig, RIG_FRONT, endpoint, object, part, payload);
}

uint64_t rig_site_ask(struct rig *rig, const char *remote, const char *path, const char *body)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SITE_REQUEST, ++rig->last_id);
	ipc_message_add_u64(&message, IPC_HTTP_METHOD, HTTP_METHOD_POST);
	ipc_message_add_str(&message, IPC_URL, path);
	ipc_message_add_str(&message, IPC_LANGUAGE, "en");
	ipc_message_add_str(&message, IPC_REMOTE, remote);
	ipc_message_add_str(&message, IPC_REQUEST_ID, "r1");
	ipc_message_add_str(&message, IPC_BODY, body);
	rig_send(rig, RIG_FRONT, &message);
	return rig->last_id;
}

struct answer rig_answer(struct rig *rig, uint64_t id)
{
	static const char URN[] = "urn:ietf:params:acme:error:";
	struct ipc_message message = rig_take(rig, RIG_FRONT, IPC_HTTP_REPLY);
	uint64_t status = 0;
	struct answer answer = {0};
	assert_int_equal(message.id, id);
	assert_int_equal(ipc_message_u64(&message, IPC_STATUS, &status), 0);
	answer.status = (unsigned)status;
	(void)!ipc_message_u64(&message, IPC_RETRY_AFTER, &answer.retry_after);
	if (ipc_message_has(&message, IPC_LOCATION))
		answer.location = arena_strdup(&rig->arena, ipc_message_bytes(&message, IPC_LOCATION));
	struct view body = ipc_message_bytes(&message, IPC_BODY);
	json_t *json = body.len ? json_loadb((const char *)body.ptr, body.len, 0, NULL) : NULL;
	const char *type = json_string_value(json_object_get(json, "type"));
	const char *state = json_string_value(json_object_get(json, "status"));
	if (type && !strncmp(type, URN, strlen(URN)))
		answer.type = arena_strdup(&rig->arena, view_str(type + strlen(URN)));
	if (state)
		answer.state = arena_strdup(&rig->arena, view_str(state));
	answer.body = arena_strdup(&rig->arena, body);
	json_decref(json);
	return answer;
}

struct answer rig_call(struct rig *rig, enum acme_endpoint endpoint, const char *object, const char *payload)
{
	return rig_answer(rig, rig_ask(rig, endpoint, object, NULL, payload));
}

// --- orders

static const char *last_part(struct rig *rig, const char *url)
{
	return arena_strdup(&rig->arena, view_str(strrchr(url, '/') + 1));
}

struct order rig_order(struct rig *rig, const char *name, const char *second)
{
	struct order order = {.names = {name, second}};
	const char *more = second ? arena_printf(&rig->arena, ",{\"type\":\"dns\",\"value\":\"%s\"}", second) : "";
	struct answer answer = rig_call(rig, ACME_NEW_ORDER, NULL,
					arena_printf(&rig->arena, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}%s]}", name, more));
	assert_int_equal(answer.status, 201);
	order.id = last_part(rig, answer.location);
	json_t *json = json_loads(answer.body, 0, NULL);
	const json_t *list = json_object_get(json, "authorizations");
	for (; order.count < json_array_size(list); order.count++)
		order.authzs[order.count] = last_part(rig, json_string_value(json_array_get(list, order.count)));
	json_decref(json);
	return order;
}

struct ipc_message rig_challenge(struct rig *rig, const char *authz, const char *type)
{
	struct answer answer = rig_answer(rig, rig_ask(rig, ACME_CHALLENGE, authz, type, "{}"));
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "processing");
	return rig_take(rig, RIG_VALIDATOR, IPC_VALIDATE);
}

static void add_receipt(const struct ipc_message *question, const struct receipt *like, enum receipt_kind kind, xica_time expires, struct buf *out)
{
	cleanup_buf bytes = BUF_INIT;
	struct receipt receipt = *like;
	uint64_t wildcard = 0;
	struct view thumbprint = ipc_message_bytes(question, IPC_THUMBPRINT);
	assert_int_equal(ipc_message_u64(question, IPC_WILDCARD, &wildcard), 0);
	receipt.identifier.wildcard = wildcard;
	memcpy(receipt.thumbprint, thumbprint.ptr, sizeof(receipt.thumbprint));
	receipt.kind = kind;
	receipt.expires = expires;
	assert_int_equal(receipt_write(&receipt, view_bytes(RECEIPT_KEY, sizeof(RECEIPT_KEY)), &bytes), 0);
	ipc_message_add(out, IPC_RECEIPT, buf_view(&bytes));
}

static void send_receipts(struct rig *rig, const struct ipc_message *question, struct view name, xica_time caa_age)
{
	cleanup_buf message = BUF_INIT;
	uint64_t expires = 0;
	bool whole = question->type == IPC_VALIDATE;
	uint64_t type = 0;
	assert_int_equal(ipc_message_u64(question, IPC_IDENTIFIER_TYPE, &type), 0);
	struct receipt receipt = {.identifier = {(enum pki_identifier_type)type, name, false}, .perspectives = 1, .seen = clock_now() - caa_age};
	assert_int_equal(receipt_method_parse(ipc_message_bytes(question, whole ? IPC_CHALLENGE : IPC_METHOD), &receipt.method), 0);
	ipc_message_begin(&message, IPC_VALIDATED, question->id);
	if (whole) {
		assert_int_equal(ipc_message_u64(question, IPC_EXPIRES, &expires), 0);
		add_receipt(question, &receipt, RECEIPT_CONTROL, (xica_time)expires, &message);
	}
	add_receipt(question, &receipt, RECEIPT_CAA, receipt.seen + RECEIPT_CAA_LIFETIME, &message);
	rig_send(rig, RIG_VALIDATOR, &message);
}

void rig_prove(struct rig *rig, const struct ipc_message *question, xica_time caa_age)
{
	send_receipts(rig, question, ipc_message_bytes(question, IPC_IDENTIFIER), caa_age);
}

void rig_prove_for(struct rig *rig, const struct ipc_message *question, const char *name, xica_time caa_age)
{
	send_receipts(rig, question, view_str(name), caa_age);
}

void rig_allow(struct rig *rig, const struct ipc_message *question)
{
	send_receipts(rig, question, ipc_message_bytes(question, IPC_IDENTIFIER), 0);
}

void rig_invalid(struct rig *rig, const struct ipc_message *question, const char *problem)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_INVALID, question->id);
	ipc_message_add_str(&message, IPC_PROBLEM, problem);
	ipc_message_add_str(&message, IPC_DETAIL, "what the validator saw");
	rig_send(rig, RIG_VALIDATOR, &message);
}

void assert_state(struct rig *rig, enum acme_endpoint endpoint, const char *id, const char *state)
{
	struct answer answer = {0};
	for (int i = 0; i < 100; i++) { // what the validator said may still be on its way
		answer = rig_call(rig, endpoint, id, NULL);
		assert_int_equal(answer.status, 200);
		if (!strcmp(answer.state, state))
			return;
		(void)usleep(20000);
	}
	assert_string_equal(answer.state, state);
}

struct order rig_ready_order(struct rig *rig, const char *name, xica_time caa_age)
{
	struct order order = rig_order(rig, name, NULL);
	struct ipc_message question = rig_challenge(rig, order.authzs[0], "http-01");
	rig_prove(rig, &question, caa_age);
	assert_state(rig, ACME_ORDER, order.id, "ready");
	return order;
}

const char *rig_csr(struct rig *rig, const struct order *order)
{
	cleanup_buf csr = BUF_INIT, text = BUF_INIT;
	struct view names[4];
	for (size_t i = 0; i < order->count; i++)
		names[i] = view_str(order->names[i]);
	assert_int_equal(pki_csr_write(rig->certificate_key, names, order->count, &csr), 0);
	base64url_encode(&text, buf_view(&csr));
	return arena_printf(&rig->arena, "{\"csr\":\"%s\"}", buf_cstr(&text));
}

uint64_t rig_finalize(struct rig *rig, const struct order *order)
{
	return rig_ask(rig, ACME_FINALIZE, order->id, NULL, rig_csr(rig, order));
}

void assert_problem(const struct answer *answer, unsigned status, const char *type)
{
	assert_non_null(answer->type);
	assert_string_equal(answer->type, type);
	assert_int_equal(answer->status, status);
}
