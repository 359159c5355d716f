// How many durable units a second the store writes on this machine's disk, one a commit and in groups, and what one issuance costs.
//
//	store-bench FOLDER [ROWS]
//
// FOLDER must be on the disk that is to be measured: in memory (tmpfs) the figures mean nothing.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "store/account.h"
#include "store/authz.h"
#include "store/certificate.h"
#include "store/order.h"
#include "store/receipt.h"

static struct view filler(size_t len)
{
	static uint8_t bytes[2048];
	return view_bytes(bytes, len);
}

static int insert_account(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{\"crv\":\"P-256\",\"kty\":\"EC\"}"), .contacts = VIEW_LIT("[]")};
	int64_t id;
	int error = crypto_random(account.thumbprint, sizeof(account.thumbprint));
	return error ? error : store_account_insert(txn, &account, &id);
}

// What a whole issuance writes, as if it all came in one request; in life it comes in four.
static int issue(struct store_txn *txn, void *context)
{
	const int64_t *account = context;
	uint8_t random[STORE_HASH_LEN];
	const struct store_challenge challenges[] = {{.type = VIEW_LIT("http-01"), .token = VIEW_LIT("t")}, {.type = VIEW_LIT("dns-01"), .token = VIEW_LIT("t")}};
	struct store_authz authz = {.account = *account, .identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false},
				    .status = STORE_AUTHZ_PENDING, .expires = XICA_DAY};
	struct store_order order = {.account = *account, .status = STORE_ORDER_PENDING, .expires = XICA_DAY, .profile = VIEW_LIT("xmpp-server")};
	struct view names[] = {view_str("example.org"), view_str("_xmpp-client.example.org"), view_str("_xmpp-server.example.org")};
	struct store_certificate certificate = {.serial = view_bytes(random, 16), .account = *account, .issuer = VIEW_LIT("issuer"), .profile = order.profile,
						.not_after = 90 * XICA_DAY, .tbs = filler(900), .names = names, .name_count = 3};
	struct store_receipt receipt = {.kind = RECEIPT_CONTROL, .method = RECEIPT_HTTP_01, .bytes = filler(200)};
	int64_t authz_id = 0, order_id = 0;
	int error = crypto_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		order.names_hash[i] = certificate.spki_sha256[i] = random[i];
	if (!error)
		error = store_authz_insert(txn, &authz, challenges, 2, &authz_id);
	if (!error)
		error = store_order_insert(txn, &order, &authz_id, 1, &order_id);
	if (!error)
		error = store_challenge_process(txn, authz_id, challenges[0].type);
	if (!error)
		error = store_challenge_valid(txn, authz_id, challenges[0].type, 1);
	receipt.authz = authz_id;
	if (!error)
		error = store_receipt_put(txn, &receipt);
	if (!error)
		error = store_authz_change(txn, authz_id, STORE_AUTHZ_PENDING, STORE_AUTHZ_VALID, XICA_DAY);
	if (!error)
		error = store_order_ready(txn, order_id);
	if (!error)
		error = store_order_process(txn, order_id, filler(500), filler(1200));
	certificate.order = order_id;
	if (!error)
		error = store_certificate_insert(txn, &certificate);
	if (!error)
		error = store_certificate_issued(txn, certificate.serial, filler(1100));
	return error ? error : store_order_complete(txn, order_id, certificate.serial, 90 * XICA_DAY);
}

static void must(int error)
{
	if (!error)
		return;
	(void)fprintf(stderr, "store-bench: %s\n", xica_strerror(error));
	exit(1);
}

static void done(int error, void *context)
{
	(void)context;
	must(error);
}

static void measure(struct store *store, const char *what, store_work *work, void *context, unsigned long units, unsigned long group)
{
	int64_t from = clock_monotonic_ms();
	for (unsigned long i = 1; i <= units; i++) {
		must(store_submit(store, work, done, context));
		if (i % group == 0 || i == units)
			store_flush(store);
	}
	int64_t ms = clock_monotonic_ms() - from;
	(void)printf("%-24s %4lu a commit %8lu units %8.0f a second\n", what, group, units, (double)units * 1000 / (double)(ms ? ms : 1));
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		(void)fprintf(stderr, "usage: store-bench FOLDER [ROWS]\n");
		return 2;
	}
	unsigned long rows = argc == 3 ? strtoul(argv[2], NULL, 10) : 20000;
	cleanup_buf path = BUF_INIT, why = BUF_INIT;
	struct store *store;
	buf_addf(&path, "%s/store-bench-%ld.db", argv[1], (long)getpid());
	if (!buf_cstr(&path) || store_open(&(struct store_options){.path = buf_cstr(&path)}, &store, &why)) {
		(void)fprintf(stderr, "store-bench: %s\n", buf_cstr(&why));
		return 1;
	}
	int64_t account = 1;
	measure(store, "account", insert_account, NULL, rows / 10 + 1, 1);
	measure(store, "account", insert_account, NULL, rows, 16);
	measure(store, "account", insert_account, NULL, rows, STORE_GROUP_MAX);
	measure(store, "issuance", issue, &account, rows / 10 + 1, 1);
	measure(store, "issuance", issue, &account, rows / 2 + 1, STORE_GROUP_MAX);
	store_close(store);
	return unlink(buf_cstr(&path)) ? 1 : 0;
}
