// Orders that wait for an operator (review.c): order-waiting, order-approve, order-refuse.
#include "base/log.h"
#include "role/registrar/control/control.h"

static json_t *names_json(const struct store_order_name *order_names, size_t count, struct arena *arena)
{
	json_t *names = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *name = pki_identifier_text(&order_names[i].identifier, arena);
		(void)json_array_append_new(names, json_string(name ? name : ""));
	}
	return names;
}

static int waiting_json(struct store_txn *txn, struct control_command *command, int64_t id, json_t **ret_json)
{
	struct store_order order;
	struct store_account account;
	struct store_order_name *order_names;
	size_t count;
	int error = store_order_by_id(txn, id, &command->arena, &order);
	if (error || (error = store_account_get(txn, order.account, &command->arena, &account)) ||
	    (error = store_authz_order_names(txn, id, &command->arena, &order_names, &count)))
		return error;
	*ret_json = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "id", (json_int_t)id, "account", (json_int_t)order.account, "person",
			      control_json_id(account.person), "created", control_json_time(order.created), "profile", control_json_text(order.profile), "names",
			      names_json(order_names, count, &command->arena));
	return *ret_json ? XICA_OK : XICA_ENOMEM;
}

static int order_waiting(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	int64_t *ids, after = 0;
	size_t count, i, used = 0, limit = control_limit(command);
	int error = control_id(command, "after", &after);
	if (error || (error = store_order_list_review(txn, after, limit, &command->arena, &ids, &count)))
		return error;
	json_t *list = json_array(), *element;
	for (i = 0; i < count; i++) {
		if ((error = waiting_json(txn, command, ids[i], &element))) {
			json_decref(list);
			return error;
		}
		if (!control_page_add(list, element, &used))
			break;
	}
	return control_page_end(command, "orders", list, i && (i < count || count == limit) ? json_integer(ids[i - 1]) : NULL);
}

static int get_waiting(struct store_txn *txn, struct control_command *command, struct store_order *ret_order)
{
	int64_t id = 0;
	int error = control_id(command, "order", &id);
	if (error)
		return error;
	error = store_order_by_id(txn, id, &command->arena, ret_order);
	if (error == XICA_ENOTFOUND)
		return control_fail(command, error, "there is no such order, or it is long over and gone");
	if (!error && (ret_order->review != STORE_REVIEW_WAITS || ret_order->status != STORE_ORDER_PROCESSING))
		return control_fail(command, XICA_ECONFLICT, "this order does not wait for an operator");
	return error;
}

// Who was suspended, or whose key was revoked, while the order waited, gets nothing by it.
static int check_account(struct store_txn *txn, struct control_command *command, const struct store_order *order)
{
	struct store_account account;
	int error = store_account_get(txn, order->account, &command->arena, &account);
	if (!error && account.status != STORE_ACCOUNT_VALID)
		return control_fail(command, XICA_ECONFLICT, "the account that asks is suspended or closed: refuse the order");
	return error;
}

static int order_approve(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_order order;
	int error = get_waiting(txn, command, &order);
	if (error || (error = check_account(txn, command, &order)) || (error = store_order_review(txn, order.id, STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED)))
		return error;
	command->result = json_pack("{s:I, s:s}", "id", (json_int_t)order.id, "review", "approved");
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static void order_approved(struct control_command *command)
{
	int64_t id = json_integer_value(json_object_get(command->result, "id"));
	log_info("order=%lld is approved by the operator", (long long)id);
	int error = registrar_issue(command->registrar, id);
	if (error) {
		log_error("order=%lld can't be issued yet: %s", (long long)id, xica_strerror(error));
		registrar_take_up_soon(command->registrar);
	}
}

static int order_refuse(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_order order;
	struct view reason = control_text(command, "reason");
	cleanup_buf text = BUF_INIT;
	int error = get_waiting(txn, command, &order);
	if (error)
		return error;
	const char *detail = reason.len ? arena_printf(&command->arena, "those who run this CA looked at this order and refused it: %.*s", VIEW_FMT(reason))
					: "those who run this CA looked at this order and refused it";
	const struct acme_problem problem = {.type = ACME_REJECTED_IDENTIFIER, .detail = detail};
	if (!detail || (error = acme_problem_write(&problem, &text)))
		return error ? error : XICA_ENOMEM;
	if ((error = store_order_fail(txn, order.id, STORE_ORDER_PROCESSING, buf_view(&text))))
		return error;
	command->result = json_pack("{s:I, s:s}", "id", (json_int_t)order.id, "review", "refused");
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static void order_refused(struct control_command *command)
{
	log_info("order=%lld is refused by the operator", (long long)json_integer_value(json_object_get(command->result, "id")));
}

const struct control_verb registrar_control_review[] = {
	{"order-waiting", CONTROL_LOOK, order_waiting, NULL, NULL},
	{"order-approve", CONTROL_ACT, order_approve, order_approved, NULL},
	{"order-refuse", CONTROL_ACT, order_refuse, order_refused, NULL},
	{NULL},
};
