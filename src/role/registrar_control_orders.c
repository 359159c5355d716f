// One order with its authorizations and challenges, for the operator who is asked why there is no certificate: order-show.
#include "jose/jws.h"
#include "role/registrar_control.h"

static const char *order_state(enum store_order_status status)
{
	switch (status) {
	case STORE_ORDER_PENDING: return "pending";
	case STORE_ORDER_READY: return "ready";
	case STORE_ORDER_PROCESSING: return "processing";
	case STORE_ORDER_VALID: return "valid";
	case STORE_ORDER_INVALID: return "invalid";
	}
	return "?";
}

static const char *authz_state(enum store_authz_status status)
{
	switch (status) {
	case STORE_AUTHZ_PENDING: return "pending";
	case STORE_AUTHZ_VALID: return "valid";
	case STORE_AUTHZ_INVALID: return "invalid";
	case STORE_AUTHZ_DEACTIVATED: return "deactivated";
	case STORE_AUTHZ_EXPIRED: return "expired";
	case STORE_AUTHZ_REVOKED: return "revoked";
	}
	return "?";
}

static const char *challenge_state(enum store_challenge_status status)
{
	switch (status) {
	case STORE_CHALLENGE_PENDING: return "pending";
	case STORE_CHALLENGE_PROCESSING: return "processing";
	case STORE_CHALLENGE_VALID: return "valid";
	case STORE_CHALLENGE_INVALID: return "invalid";
	}
	return "?";
}

// A problem document, or null.
static json_t *problem_json(struct view text)
{
	json_t *problem = text.len ? jose_json_parse(text) : NULL;
	return problem ? problem : json_null();
}

static json_t *challenge_json(const struct store_challenge *challenge)
{
	return json_pack("{s:o, s:s, s:I, s:o, s:o}", "type", control_json_text(challenge->type), "status", challenge_state(challenge->status),
			 "attempts", (json_int_t)challenge->attempts, "validated", control_json_time(challenge->validated), "error",
			 problem_json(challenge->error));
}

static int add_authz(struct store_txn *txn, struct control_command *command, const struct store_authz *authz, json_t *list)
{
	struct store_challenge *challenges;
	size_t count;
	int error = store_challenge_list(txn, authz->id, &command->arena, &challenges, &count);
	if (error)
		return error;
	json_t *offered = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(offered, challenge_json(&challenges[i]));
	const char *name = pki_identifier_text(&authz->identifier, &command->arena);
	json_t *is = json_pack("{s:I, s:s, s:s, s:o, s:o}", "id", (json_int_t)authz->id, "name", name ? name : "", "status",
			       authz_state(authz->status), "expires", control_json_time(authz->expires), "challenges", offered);
	return json_array_append_new(list, is) ? XICA_ENOMEM : XICA_OK;
}

static json_t *order_json(const struct store_order *order, json_t *authzs)
{
	return json_pack("{s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)order->id, "status", order_state(order->status), "account",
			 (json_int_t)order->account, "created", control_json_time(order->created), "expires", control_json_time(order->expires),
			 "profile", control_json_text(order->profile), "error", problem_json(order->error), "serial",
			 order->serial.len ? control_json_hex(order->serial) : json_null(), "authorizations", authzs);
}

static int order_show(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_order order;
	struct store_authz *authzs;
	size_t count;
	int64_t id = 0;
	int error = control_id(command, "order", &id);
	if (error)
		return error;
	error = store_order_by_id(txn, id, &command->arena, &order);
	if (error == XICA_ENOTFOUND)
		return control_fail(command, error, "there is no such order, or it is long over and gone");
	if (error || (error = store_authz_of_order(txn, id, &command->arena, &authzs, &count)))
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count && !error; i++)
		error = add_authz(txn, command, &authzs[i], list);
	if (error) {
		json_decref(list);
		return error;
	}
	command->result = order_json(&order, list);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

const struct control_verb registrar_control_orders[] = {
	{"order-show", CONTROL_LOOK, order_show, NULL, NULL},
	{NULL},
};
