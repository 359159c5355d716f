// Receipts that the database keeps for authorizations: sealed by the validator, of this account, for this name, and as their columns say. A valid authorization has one of control.
#include "inspect/pass.h"

#include <string.h>

#include "store/account.h"
#include "store/authz.h"
#include "store/receipt.h"

enum { KEY_CHANGES_MAX = 64, RELOAD_TIME = 5 * XICA_MINUTE };

struct holder { // whose receipts are looked at
	struct inspect_pass *run;
	int64_t authz, account;
	struct arena *arena;
	struct store_account row;
	struct store_key_change *changes;
	size_t change_count;
};

static void say(const struct holder *holder, const char *code, const char *text)
{
	inspect_say(&holder->run->subject, code, "authorization %lld: %s", (long long)holder->authz, text);
}

static int read_holder(struct holder *holder)
{
	int error = store_account_get(holder->run->txn, holder->account, holder->arena, &holder->row);
	if (!error)
		error = store_account_key_changes(holder->run->txn, holder->account, KEY_CHANGES_MAX, holder->arena, &holder->changes, &holder->change_count);
	if (error == XICA_ENOTFOUND)
		say(holder, "receipt-account", "its account is not in the database");
	return error;
}

static bool is_of_holder(const struct holder *holder, const struct receipt *receipt)
{
	bool is = memcmp(receipt->thumbprint, holder->row.thumbprint, CRYPTO_SHA256_LEN) == 0;
	for (size_t i = 0; !is && i < holder->change_count; i++)
		is = memcmp(receipt->thumbprint, holder->changes[i].old_thumbprint, CRYPTO_SHA256_LEN) == 0;
	return is;
}

// By the key, where it is the one that sealed them: one from before it became the key is believed by nobody any more, and only read. (The roles get a new key one after the other.)
static bool is_by_todays_key(const struct inspect_pass *run, const struct receipt *receipt)
{
	return run->key_fits && (!run->key_since || receipt->seen >= run->key_since + RELOAD_TIME);
}

static int read_receipt(struct holder *holder, struct view bytes, struct receipt *ret_receipt)
{
	struct inspect_pass *run = holder->run;
	int error = receipt_peek(bytes, ret_receipt);
	if (!error && is_by_todays_key(run, ret_receipt))
		error = receipt_read(bytes, run->options->receipt_key, ret_receipt);
	if (error == XICA_ESIG || error == XICA_EPARSE)
		say(holder, "receipt-seal", "a receipt is not sealed by the validator's key, or can't be read");
	else if (!error && !is_of_holder(holder, ret_receipt))
		say(holder, "receipt-account", "a receipt is of another account");
	return error;
}

static void check_fit(struct holder *holder, const struct store_authz *authz, const struct store_receipt *row, const struct receipt *receipt)
{
	bool fits = receipt->kind == row->kind && receipt->method == row->method && receipt->expires == row->expires &&
		    pki_identifier_compare(&receipt->identifier, &authz->identifier) == 0;
	if (!fits || (receipt->kind == RECEIPT_CONTROL && receipt->subdomains != authz->subdomains))
		say(holder, "row-differs", "it is not for what its receipt says");
	if (receipt->kind != RECEIPT_CONTROL)
		return;
	if (authz->status == STORE_AUTHZ_PENDING || authz->status == STORE_AUTHZ_INVALID)
		say(holder, "row-differs", "it was proven, and its status says that it never was");
	if (authz->expires > receipt->expires)
		say(holder, "row-differs", "it holds for longer than its receipt");
}

static int check_authz(struct inspect_pass *run, int64_t id, struct arena *arena)
{
	struct store_authz authz;
	struct store_receipt *rows;
	size_t count = 0;
	bool controlled = false;
	int error = store_authz_by_id(run->txn, id, arena, &authz);
	struct holder holder = {.run = run, .authz = id, .account = authz.account, .arena = arena};
	if (!error)
		error = store_receipt_list(run->txn, id, arena, &rows, &count);
	if (!error && (error = read_holder(&holder)))
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	for (size_t i = 0; !error && i < count; i++) {
		struct receipt receipt;
		int fault = read_receipt(&holder, rows[i].bytes, &receipt);
		if (!fault)
			check_fit(&holder, &authz, &rows[i], &receipt);
		controlled = controlled || rows[i].kind == RECEIPT_CONTROL;
		error = fault == XICA_ESIG || fault == XICA_EPARSE ? XICA_OK : fault;
	}
	if (!error && authz.status == STORE_AUTHZ_VALID && !controlled)
		say(&holder, "receipt-missing", "it is valid, and no receipt says that the account proved its name");
	return error;
}

// CAA of a name below its authorization's (RFC 9444).
static int check_below(struct inspect_pass *run, int64_t order, struct arena *arena)
{
	struct store_order_name *names;
	size_t count = 0;
	int error = store_authz_order_names(run->txn, order, arena, &names, &count);
	for (size_t i = 0; !error && i < count; i++) {
		struct holder holder = {.run = run, .authz = names[i].authz.id, .account = names[i].authz.account, .arena = arena};
		struct receipt receipt;
		if (!names[i].below || !names[i].caa.len)
			continue;
		int fault = read_holder(&holder);
		if (!fault)
			fault = read_receipt(&holder, names[i].caa, &receipt);
		if (!fault && (receipt.kind != RECEIPT_CAA || pki_identifier_compare(&receipt.identifier, &names[i].identifier) != 0))
			say(&holder, "row-differs", "the CAA receipt of a name below it is another one's");
		error = fault == XICA_ESIG || fault == XICA_EPARSE || fault == XICA_ENOTFOUND ? XICA_OK : fault;
	}
	return error;
}

// --- all of them

static int check_all(struct inspect_pass *run, store_inspect_list_ids *list, int (*check)(struct inspect_pass *, int64_t, struct arena *))
{
	int64_t after = 0;
	size_t count = INSPECT_ROWS_AT_ONCE;
	int error = XICA_OK;
	while (!error && count == INSPECT_ROWS_AT_ONCE) {
		cleanup_arena ids_arena = ARENA_INIT;
		int64_t *ids;
		if ((error = store_reader_begin(run->reader, &run->txn)))
			return error;
		error = list(run->txn, after, INSPECT_ROWS_AT_ONCE, &ids_arena, &ids, &count);
		for (size_t i = 0; !error && i < count; i++) {
			cleanup_arena arena = ARENA_INIT;
			after = ids[i];
			error = check(run, ids[i], &arena);
		}
		store_reader_end(run->reader);
		inspect_tell(run, "authorizations", (uint64_t)after, 0);
	}
	return error;
}

int inspect_receipts(struct inspect_pass *run)
{
	int error = check_all(run, store_inspect_authzs, check_authz);
	return error ? error : check_all(run, store_inspect_orders_below, check_below);
}
