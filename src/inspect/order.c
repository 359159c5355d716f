// Orders that have a certificate, and it them, with the names that they were made for; what was said to be replaced is replaced; and certificates whose order is gone too early.
#include "inspect/pass.h"

#include <string.h>

#include "pki/names_hash.h"
#include "store/authz.h"
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

// The rows that link an order to what proves its names are as many and for the same as when it was made.
static int check_names(struct inspect_pass *run, const struct store_order *order, struct arena *arena)
{
	struct store_order_name *names;
	uint8_t hash[CRYPTO_SHA256_LEN];
	size_t count = 0;
	int error = store_authz_order_names(run->txn, order->id, arena, &names, &count);
	struct pki_identifier *identifiers = error ? NULL : arena_array(arena, count + 1, sizeof(*identifiers));
	if (!identifiers)
		return error ? error : XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		identifiers[i] = names[i].identifier;
	error = pki_names_hash(identifiers, count, hash);
	if (!error && memcmp(hash, order->names_hash, sizeof(hash)) != 0)
		say(run, order, "its names, or the authorizations that prove them, are not those that it was made for");
	return error;
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
	if (order->replaces.len && (error = check_replaced(run, order, arena)))
		return error;
	return check_names(run, order, arena);
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

// --- certificates without their order

int inspect_orderless_keep(struct inspect_pass *run, struct view serial, xica_time issued)
{
	if (run->orderless_count == INSPECT_WAITING_MAX)
		return XICA_OK; // of so many the first will do
	struct inspect_orderless *kept = &run->orderless[run->orderless_count];
	*kept = (struct inspect_orderless){arena_copy(&run->orderless_arena, serial), issued};
	run->orderless_count += kept->serial.ptr != NULL;
	return kept->serial.ptr ? XICA_OK : XICA_ENOMEM;
}

void inspect_orderless_restored(struct inspect_pass *run, xica_time backup)
{
	size_t kept = 0;
	for (size_t i = 0; i < run->orderless_count; i++)
		if (run->orderless[i].issued < backup)
			run->orderless[kept++] = run->orderless[i];
	run->orderless_count = kept;
}

void inspect_orderless_say(struct inspect_pass *run)
{
	for (size_t i = 0; i < run->orderless_count; i++)
		inspect_say_of(run, run->orderless[i].serial, "order", "the database has no row of the order that it was issued for, and it is too early for clean-up to have removed it");
}
