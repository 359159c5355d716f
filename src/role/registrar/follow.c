// How orders follow their authorizations: ready when the last one is valid, invalid when one of them ends (RFC 8555 §7.1.6).
#include "role/registrar/registrar.h"

static int follow_one(struct store_txn *txn, int64_t id, bool valid, struct view problem, struct arena *arena)
{
	struct store_order order;
	struct store_authz *authzs;
	size_t count;
	int error = store_order_by_id(txn, id, arena, &order);
	if (error)
		return error;
	if (!valid)
		return store_order_fail(txn, id, order.status, problem);
	if (order.status == STORE_ORDER_READY)
		return XICA_OK;
	if ((error = store_authz_of_order(txn, id, arena, &authzs, &count)))
		return error;
	bool ready = true;
	xica_time expires = order.expires;
	for (size_t i = 0; i < count; i++) {
		ready = ready && authzs[i].status == STORE_AUTHZ_VALID;
		if (authzs[i].status == STORE_AUTHZ_VALID && authzs[i].expires < expires) // RFC 8555 §7.1.6: when an authorization expires, so does the order
			expires = authzs[i].expires;
	}
	if (expires < order.expires)
		error = store_order_end_by(txn, id, expires);
	return error || !ready ? error : store_order_ready(txn, id);
}

int registrar_orders_follow(struct store_txn *txn, int64_t authz, bool valid, struct view problem, struct arena *arena)
{
	int64_t *orders;
	size_t count;
	int error = store_order_unfinished_with(txn, authz, arena, &orders, &count);
	for (size_t i = 0; !error && i < count; i++)
		error = follow_one(txn, orders[i], valid, problem, arena);
	return error;
}
