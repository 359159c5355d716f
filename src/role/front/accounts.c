#include <stdlib.h>

#include "role/front/front.h"

struct account {
	int64_t id;
	struct jwk jwk;
	struct account *next_in_bucket;
	struct account *newer, *older; // by last use
};

struct front_accounts {
	size_t max, count;
	size_t bucket_count; // a power of two
	struct account **buckets;
	struct account *newest, *oldest;
};

int front_accounts_new(size_t max, struct front_accounts **ret_accounts)
{
	struct front_accounts *accounts = calloc(1, sizeof(*accounts));
	if (!accounts)
		return XICA_ENOMEM;
	accounts->max = max;
	accounts->bucket_count = 16;
	while (accounts->bucket_count < max)
		accounts->bucket_count *= 2;
	accounts->buckets = calloc(accounts->bucket_count, sizeof(struct account *));
	if (!accounts->buckets) {
		free(accounts);
		return XICA_ENOMEM;
	}
	*ret_accounts = accounts;
	return 0;
}

static struct account **bucket_of(struct front_accounts *accounts, int64_t id)
{
	return &accounts->buckets[(uint64_t)id & (accounts->bucket_count - 1)]; // ids are counted up: they spread by themselves
}

static struct account *find(struct front_accounts *accounts, int64_t id)
{
	struct account *account = *bucket_of(accounts, id);
	while (account && account->id != id)
		account = account->next_in_bucket;
	return account;
}

static void unlink_by_use(struct front_accounts *accounts, struct account *account)
{
	*(account->newer ? &account->newer->older : &accounts->newest) = account->older;
	*(account->older ? &account->older->newer : &accounts->oldest) = account->newer;
}

static void link_newest(struct front_accounts *accounts, struct account *account)
{
	account->newer = NULL;
	account->older = accounts->newest;
	*(account->older ? &account->older->newer : &accounts->oldest) = account;
	accounts->newest = account;
}

const struct jwk *front_accounts_find(struct front_accounts *accounts, int64_t id)
{
	struct account *account = find(accounts, id);
	if (!account)
		return NULL;
	unlink_by_use(accounts, account);
	link_newest(accounts, account);
	return &account->jwk;
}

void front_accounts_drop(struct front_accounts *accounts, int64_t id)
{
	struct account *account = find(accounts, id);
	if (!account)
		return;
	struct account **at = bucket_of(accounts, id);
	while (*at != account)
		at = &(*at)->next_in_bucket;
	*at = account->next_in_bucket;
	unlink_by_use(accounts, account);
	accounts->count--;
	jwk_free(&account->jwk);
	free(account);
}

int front_accounts_put(struct front_accounts *accounts, int64_t id, struct jwk *jwk)
{
	front_accounts_drop(accounts, id);
	while (accounts->count && accounts->count >= accounts->max)
		front_accounts_drop(accounts, accounts->oldest->id);
	struct account *account = calloc(1, sizeof(*account));
	if (!account) {
		jwk_free(jwk);
		return XICA_ENOMEM;
	}
	account->id = id;
	account->jwk = *jwk;
	account->next_in_bucket = *bucket_of(accounts, id);
	*bucket_of(accounts, id) = account;
	link_newest(accounts, account);
	accounts->count++;
	return 0;
}

void front_accounts_free(struct front_accounts *accounts)
{
	if (!accounts)
		return;
	while (accounts->oldest)
		front_accounts_drop(accounts, accounts->oldest->id);
	free(accounts->buckets);
	free(accounts);
}
