// A fresh database in a folder of its own for each test; a test is a unit of work on it.
#pragma once
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "store/account.h"
#include "store/authz.h"
#include "store/eab.h"
#include "store/order.h"
#include "store/person.h"
#include "store/sql.h"
#include "store/store.h"

enum { NOW = 1800000000 };

struct fixture {
	char folder[64];
	char path[96];
	struct store *store;
};

[[maybe_unused]] static struct store *fixture_open(const char *path, struct event_base *base)
{
	struct store *store = NULL;
	cleanup_buf why = BUF_INIT;
	int error = store_open(&(struct store_options){.path = path, .base = base}, &store, &why);
	if (error)
		print_error("%s\n", buf_cstr(&why));
	assert_int_equal(error, 0);
	return store;
}

[[maybe_unused]] static void fixture_make(struct fixture *f)
{
	memcpy(f->folder, "/tmp/xica-store-XXXXXX", sizeof("/tmp/xica-store-XXXXXX"));
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/xica.db", f->folder);
	f->store = NULL;
}

static int fixture_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

[[maybe_unused]] static void fixture_remove(struct fixture *f)
{
	store_close(f->store);
	(void)nftw(f->folder, fixture_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

// For cmocka: *state is the unit of work that is the test.
[[maybe_unused]] static void fixture_run(void **state)
{
	struct fixture f;
	fixture_make(&f);
	f.store = fixture_open(f.path, NULL);
	assert_int_equal(store_run(f.store, (store_work *)*state, NULL), 0);
	fixture_remove(&f);
}

#define store_test(name) {#name, fixture_run, NULL, NULL, (void *)(name)}

// ---- rows to begin with

[[maybe_unused]] static void fixture_hash(uint8_t out[STORE_HASH_LEN], uint64_t n)
{
	memset(out, 0, STORE_HASH_LEN);
	for (size_t i = 0; i < 8; i++)
		out[STORE_HASH_LEN - 1 - i] = (uint8_t)(n >> (8 * i));
}

[[maybe_unused]] static int64_t fixture_account(struct store_txn *txn, uint64_t n)
{
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{\"kty\":\"EC\"}"), .contacts = VIEW_LIT("[]"), .created = NOW};
	int64_t id = 0;
	fixture_hash(account.thumbprint, n);
	assert_int_equal(store_account_insert(txn, &account, &id), 0);
	return id;
}

[[maybe_unused]] static int64_t fixture_authz(struct store_txn *txn, int64_t account, const char *name, enum store_authz_status status,
					      xica_time expires)
{
	const struct store_challenge challenges[] = {{.type = VIEW_LIT("http-01"), .token = VIEW_LIT("token-h")},
						     {.type = VIEW_LIT("dns-01"), .token = VIEW_LIT("token-d")}};
	const struct store_authz authz = {.account = account, .identifier = {PKI_IDENTIFIER_DNS, view_str(name), false}, .status = status,
					  .created = NOW, .expires = expires};
	int64_t id = 0;
	assert_int_equal(store_authz_insert(txn, &authz, challenges, 2, &id), 0);
	return id;
}

[[maybe_unused]] static struct store_order fixture_order(int64_t account, uint64_t names)
{
	struct store_order order = {.account = account, .status = STORE_ORDER_PENDING, .created = NOW, .expires = NOW + XICA_DAY,
				    .profile = VIEW_LIT("xmpp-server")};
	fixture_hash(order.names_hash, names);
	return order;
}

// Person N: personN@example.org.
[[maybe_unused]] static int64_t fixture_person(struct store_txn *txn, unsigned n)
{
	char address[32], key[32], unsubscribe[32], handle[17];
	int64_t id = 0;
	(void)snprintf(address, sizeof(address), "Person%u@example.org", n);
	(void)snprintf(key, sizeof(key), "person%u@example.org", n);
	(void)snprintf(unsubscribe, sizeof(unsubscribe), "unsubscribe-%u", n);
	(void)snprintf(handle, sizeof(handle), "handle-%09u", n);
	const struct store_person person = {.address = view_str(address), .key = view_str(key), .password_hash = VIEW_LIT("$argon2id$1"),
					    .status = STORE_PERSON_ACTIVE, .language = VIEW_LIT("en"), .created = NOW, .notices = STORE_NOTIFY_ALL,
					    .unsubscribe = view_str(unsubscribe), .user_handle = view_str(handle)};
	assert_int_equal(store_person_insert(txn, &person, &id), 0);
	return id;
}

// An ACME account that is this person's, bound by their key "kid-N".
[[maybe_unused]] static int64_t fixture_own_account(struct store_txn *txn, int64_t person, unsigned n)
{
	static const uint8_t MAC_KEY[32] = {1};
	char kid[16];
	(void)snprintf(kid, sizeof(kid), "kid-%u", n);
	const struct store_eab eab = {.kid = view_str(kid), .mac_key = view_bytes(MAC_KEY, sizeof(MAC_KEY)), .person = person,
				      .name = VIEW_LIT("my server"), .created = NOW + (xica_time)n};
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[\"mailto:a@example.org\"]"),
					.eab_kid = view_str(kid), .created = NOW};
	int64_t id = 0;
	fixture_hash(account.thumbprint, 1000 + n);
	assert_int_equal(store_eab_create(txn, &eab), 0);
	assert_int_equal(store_account_insert(txn, &account, &id), 0);
	assert_int_equal(store_eab_bind(txn, view_str(kid), id, NOW), 0);
	return id;
}

[[maybe_unused]] static int64_t fixture_rows(struct store_txn *txn, const char *count_text)
{
	cleanup_sql q = sql_begin(txn, count_text);
	assert_int_equal(sql_row(&q), 0);
	return sql_int(&q, 0);
}
