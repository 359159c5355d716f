// Orders, for the operator who is asked why there is no certificate: order-list, and one with its authorizations and challenges: order-show.
#include "jose/jws.h"
#include "role/registrar/control/control.h"
#include "store/find.h"

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

// NULL: no memory.
static json_t *names_json(struct store_txn *txn, struct control_command *command, int64_t id)
{
	struct store_order_name *list;
	size_t count;
	if (store_authz_order_names(txn, id, &command->arena, &list, &count))
		return NULL;
	json_t *names = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *name = pki_identifier_text(&list[i].identifier, &command->arena);
		(void)json_array_append_new(names, json_string(name ? name : ""));
	}
	return names;
}

static json_t *order_json(const struct store_order *order, json_t *names, json_t *authzs)
{
	return json_pack("{s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}", "id", (json_int_t)order->id, "status", order_state(order->status), "account",
			 (json_int_t)order->account, "created", control_json_time(order->created), "expires", control_json_time(order->expires),
			 "profile", control_json_text(order->profile), "error", problem_json(order->error), "serial",
			 order->serial.len ? control_json_hex(order->serial) : json_null(), "names", names, "authorizations", authzs);
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
	command->result = order_json(&order, names_json(txn, command, id), list);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

// --- list

static const char *const STATES[] = {"pending", "ready", "processing", "valid", "invalid"}; // by enum store_order_status, from 1

static json_t *line_json(struct store_txn *txn, struct control_command *command, int64_t id)
{
	struct store_order order;
	if (store_order_by_id(txn, id, &command->arena, &order))
		return NULL;
	return order_json(&order, names_json(txn, command, id), NULL);
}

static int order_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_find find;
	struct store_found found;
	size_t used = 0, i;
	int error = control_filter(command, STATES, sizeof(STATES) / sizeof(STATES[0]), &find);
	if (error || (error = control_id(command, "after", &find.below)) || (error = store_order_find(txn, &find, &command->arena, &found)))
		return error;
	json_t *list = json_array();
	for (i = 0; i < found.count; i++) {
		json_t *line = line_json(txn, command, found.ids[i]);
		if (!line) {
			json_decref(list);
			return XICA_ENOMEM;
		}
		if (!control_page_add(list, line, &used))
			break;
	}
	int64_t next = i < found.count ? found.ids[i - 1] : found.next;
	return control_page_end(command, "orders", list, next ? json_integer(next) : NULL);
}

const struct control_verb registrar_control_orders[] = {
	{"order-list", CONTROL_LOOK, order_list, NULL, NULL},
	{"order-show", CONTROL_LOOK, order_show, NULL, NULL},
	{NULL},
};
