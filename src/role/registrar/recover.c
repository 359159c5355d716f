// What is taken up again: certificates that may have been signed, and orders in processing; after a start, and after something could not be recorded.
#include "base/log.h"
#include "role/registrar/issue.h"

enum { PENDING_MAX = 10000, ORDERS_PAGE = 1000 };

static int load_pending(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	struct store_certificate row;
	int error = store_certificate_get(txn, issuance->serial, &issuance->arena, &row);
	if (error)
		return error;
	issuance->order = row.order;
	issuance->account = row.account;
	issuance->profile = row.profile;
	issuance->issuer = row.issuer;
	issuance->tbs = row.tbs;
	issuance->cert_not_after = row.not_after;
	return XICA_OK;
}

struct leftover {
	struct arena arena;
	struct view *serials;
	int64_t *orders, after;
	size_t count;
};

static int list_pending(struct store_txn *txn, void *context)
{
	struct leftover *leftover = context;
	return store_certificate_list_pending(txn, PENDING_MAX, &leftover->arena, &leftover->serials, &leftover->count);
}

static bool has_serial(const struct registrar *registrar, struct view serial)
{
	for (const struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next)
		if (view_equal(issuance->serial, serial))
			return true;
	return false;
}

static int recover_certificate(struct registrar *registrar, struct view serial)
{
	struct issuance *issuance = issuance_new(registrar, NULL, NULL);
	if (!issuance)
		return XICA_ENOMEM;
	issuance->serial = arena_copy(&issuance->arena, serial);
	int error = store_run(registrar->store, load_pending, issuance);
	if (error)
		issuance_end(issuance); // nobody waits for it
	else
		issuance_recover(issuance);
	return error;
}

static int recover_certificates(struct registrar *registrar, bool *ret_more)
{
	struct leftover leftover = {0};
	int error = store_run(registrar->store, list_pending, &leftover);
	for (size_t i = 0; !error && i < leftover.count; i++)
		if (!has_serial(registrar, leftover.serials[i]))
			error = recover_certificate(registrar, leftover.serials[i]);
	*ret_more = leftover.count == PENDING_MAX; // there may be
	arena_free(&leftover.arena);
	return error;
}

static int list_processing(struct store_txn *txn, void *context)
{
	struct leftover *leftover = context;
	return store_order_list_processing(txn, leftover->after, ORDERS_PAGE, &leftover->arena, &leftover->orders, &leftover->count);
}

// One that is still_ready comes too late for an order that is in processing without it.
static bool has_order(const struct registrar *registrar, int64_t order)
{
	for (const struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next)
		if (issuance->order == order && !issuance->still_ready)
			return true;
	return false;
}

static int recover_orders(struct registrar *registrar)
{
	struct leftover leftover = {0};
	int error;
	do {
		arena_free(&leftover.arena);
		error = store_run(registrar->store, list_processing, &leftover);
		for (size_t i = 0; !error && i < leftover.count; i++) {
			leftover.after = leftover.orders[i];
			if (!has_order(registrar, leftover.after))
				error = registrar_issue(registrar, leftover.after);
		}
	} while (!error && leftover.count);
	arena_free(&leftover.arena);
	return error;
}

// All certificates come first: an order whose certificate may have been signed must not begin again.
int registrar_issues_recover(struct registrar *registrar)
{
	bool more;
	int error = recover_certificates(registrar, &more);
	if (error || !more)
		return error ? error : recover_orders(registrar);
	registrar_take_up_soon(registrar);
	return XICA_OK;
}
