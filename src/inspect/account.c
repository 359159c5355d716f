#include "inspect/pass.h"

#include <string.h>

#include "jose/jwk.h"
#include "store/account.h"

enum { KEY_CHANGES_MAX = 1000 };

static int check_key(struct inspect_pass *run, const struct store_account *account)
{
	struct jwk key;
	int error = jwk_parse_text(account->jwk, &key);
	if (error == XICA_ENOMEM)
		return error;
	if (error || memcmp(key.thumbprint, account->thumbprint, CRYPTO_SHA256_LEN) != 0)
		inspect_say(&run->subject, "account-key", "account %lld: its key is not the one of its thumbprint", (long long)account->id);
	if (!error)
		jwk_free(&key);
	return XICA_OK;
}

static int check_history(struct inspect_pass *run, const struct store_account *account, struct arena *arena)
{
	struct store_key_change *changes;
	const uint8_t *known = account->thumbprint;
	size_t count;
	int error = store_account_key_changes(run->txn, account->id, KEY_CHANGES_MAX, arena, &changes, &count);
	for (size_t i = 0; !error && i < count; i++) {
		uint8_t old[CRYPTO_SHA256_LEN], new[CRYPTO_SHA256_LEN];
		int fault = inspect_key_change(changes[i].jws, arena, old, new);
		if (fault == XICA_ENOMEM)
			return fault;
		if (fault || memcmp(new, changes[i].new_thumbprint, sizeof(new)) != 0 || memcmp(old, changes[i].old_thumbprint, sizeof(old)) != 0 ||
		    memcmp(new, known, sizeof(new)) != 0) {
			inspect_say(&run->subject, "key-change", "account %lld: a change of its key is not signed by both keys, or one is missing", (long long)account->id);
			return XICA_OK;
		}
		known = changes[i].old_thumbprint;
	}
	return error;
}

int inspect_accounts(struct inspect_pass *run)
{
	int64_t after = 0;
	size_t count = 1;
	int error = XICA_OK;
	while (!error && count) {
		cleanup_arena arena = ARENA_INIT;
		struct store_account *list;
		if ((error = store_reader_begin(run->reader, &run->txn)))
			return error;
		error = store_account_list(run->txn, after, INSPECT_ROWS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			after = list[i].id;
			error = check_key(run, &list[i]);
			if (!error)
				error = check_history(run, &list[i], &arena);
		}
		store_reader_end(run->reader);
		run->summary.accounts += error ? 0 : count;
		inspect_tell(run, "accounts", run->summary.accounts, 0);
	}
	return error;
}
