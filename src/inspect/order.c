// Orders that have a certificate, and it them; and what was said to be replaced is replaced.
#include "inspect/pass.h"

#include "store/order.h"

static void say(struct inspect_pass *run, const struct store_order *order, const char *text)
{
	inspect_say(&run->subject, "order", "order %lld: %s", (long long)order->id, text);
}

static int check_replaced(struct inspect_pass *run, const struct store_order *order, struct arena *arena)
{
	struct store_certificate older;
	int error = store_certificate_get(run->txn, order->replaces, arena, &older);
	if (error == XICA_ENOTFOUND || (!error && !view_equal(older.replaced_by, order->serial)))
		say(run, order, "the certificate that it replaces does not say so");
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static int check_order(struct inspect_pass *run, const struct store_order *order, struct arena *arena)
{
	struct store_certificate certificate;
	if (order->status != STORE_ORDER_VALID || !order->serial.len) {
		say(run, order, order->serial.len ? "it has a certificate, and is not valid" : "it is valid, and has no certificate");
		return XICA_OK;
	}
	int error = store_certificate_get(run->txn, order->serial, arena, &certificate);
	if (error == XICA_ENOTFOUND) {
		say(run, order, "the database has no certificate with the serial number that it names");
		return XICA_OK;
	}
	if (error)
		return error;
	if (certificate.order != order->id || certificate.account != order->account)
		say(run, order, "its certificate is another order's, or another account's");
	if (certificate.status != STORE_CERTIFICATE_ISSUED && certificate.status != STORE_CERTIFICATE_REVOKED)
		say(run, order, "it is valid, and its certificate was not issued");
	return order->replaces.len ? check_replaced(run, order, arena) : XICA_OK;
}

static int check_portion(struct inspect_pass *run, int64_t *after, size_t *ret_count)
{
	cleanup_arena arena = ARENA_INIT;
	int64_t *ids;
	int error = store_inspect_orders(run->txn, *after, INSPECT_ROWS_AT_ONCE, &arena, &ids, ret_count);
	for (size_t i = 0; !error && i < *ret_count; i++) {
		struct store_order order;
		*after = ids[i];
		error = store_order_by_id(run->txn, ids[i], &arena, &order);
		if (!error)
			error = check_order(run, &order, &arena);
	}
	return error;
}

int inspect_orders(struct inspect_pass *run)
{
	int64_t after = 0;
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	while (!error && count == INSPECT_ROWS_AT_ONCE) {
		if ((error = store_reader_begin(run->reader, &run->txn)))
			return error;
		error = check_portion(run, &after, &count);
		store_reader_end(run->reader);
		inspect_tell(run, "orders", (uint64_t)after, 0);
	}
	return error;
}
