// What a record of dns-persist-01 says, whose it is; and where dns-account-01 looks.
#include "base/base64url.h"
#include "check.h"
#include "validate/dns_account01.h"
#include "validate/persist_record.h"

static const char PREFIX[] = "https://ca.example/account-hash/";
static const struct view ACCOUNT = VIEW_LIT("https://ca.example/acct/123");

static const uint8_t *thumbprint(struct buf *out)
{
	assert_int_equal(base64url_decode(VIEW_LIT("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), out), 0);
	return out->ptr;
}

static void the_account_uri_is_that_of_the_draft(void **state)
{
	cleanup_buf key = BUF_INIT, uri = BUF_INIT, any = BUF_INIT;
	(void)state;
	assert_int_equal(persist_account_uri(PREFIX, VIEW_LIT("example.com"), thumbprint(&key), ACCOUNT, &uri), 0);
	assert_view(buf_view(&uri), "https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw");
	assert_int_equal(persist_account_uri(PREFIX, VIEW_LIT("*"), key.ptr, ACCOUNT, &any), 0);
	assert_view(buf_view(&any), "https://ca.example/account-hash/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug");
	assert_int_equal(persist_account_uri(PREFIX, VIEW_NONE, key.ptr, ACCOUNT, &any), XICA_EINVAL);
}

static struct persist_record parsed(const char *text)
{
	struct persist_record record = {0};
	assert_int_equal(persist_record_read(view_str(text), &record), 0);
	return record;
}

static void a_record_says_who_may_do_what_until_when(void **state)
{
	(void)state;
	struct persist_record record = parsed("ca.example;accounturi=https://ca.example/1");
	assert_view(record.issuer, "ca.example");
	assert_view(record.account_uri, "https://ca.example/1");
	assert_false(record.wildcard);
	assert_int_equal(record.until, 0);
	record = parsed(" ca.example ; AccountURI = https://ca.example/1 ; POLICY=WildCard; persistuntil=1767225600 ; later=1; later=2");
	assert_view(record.account_uri, "https://ca.example/1");
	assert_true(record.wildcard);
	assert_int_equal(record.until, 1767225600);
	assert_false(parsed("a.example; accounturi=x; policy=wildcards").wildcard); // as if there were none
	assert_false(parsed("a.example; accounturi=x; policy=").wildcard);
	assert_int_equal(parsed("a.example; accounturi=x; persistUntil=0").until, 1);
	assert_int_equal(parsed("a.example; accounturi=x; persistUntil=007").until, 7);
}

static void what_is_in_doubt_is_no_record(void **state)
{
	static const char *const BAD[] = {
		"", ";", "ca.example", "ca.example;", "; accounturi=x", "ca.example; accounturi=", "ca.example; accounturi", "ca.example accounturi=x",
		"ca.example; accounturi=x;", "ca.example; accounturi=x; accounturi=x", "ca.example; accounturi=x; policy=wildcard; Policy=wildcard",
		"ca.example; accounturi=x; persistUntil=1; persistUntil=2", "ca.example; accounturi=x; persistUntil=", "ca.example; accounturi=x; persistUntil=-1",
		"ca.example; accounturi=x; persistUntil=1e9", "ca.example; accounturi=x; persistUntil=0x10", "ca.example; accounturi=x; persistUntil=9999999999999999999",
		"ca.example; accounturi=x; persistUntil=2026-01-01", "ca.example.; accounturi=x", "ca..example; accounturi=x", "ca_x.example; accounturi=x",
		"ca.example; accounturi=x y", "ca.example; accounturi=\x7f", "ca.example; accounturi=x, policy=wildcard z"};
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct persist_record record;
		if (persist_record_read(view_str(BAD[i]), &record) != XICA_EPARSE)
			fail_msg("\"%s\" is taken for a record", BAD[i]);
	}
}

static void an_accounts_label_is_that_of_the_draft(void **state)
{
	cleanup_buf name = BUF_INIT;
	(void)state;
	assert_int_equal(dns_account01_name(VIEW_LIT("https://example.com/acme/acct/ExampleAccount"), VIEW_LIT("example.org"), &name), 0);
	assert_view(buf_view(&name), "_ujmmovf2vn55tgye._acme-challenge.example.org");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_uri_is_that_of_the_draft),
		cmocka_unit_test(a_record_says_who_may_do_what_until_when),
		cmocka_unit_test(what_is_in_doubt_is_no_record),
		cmocka_unit_test(an_accounts_label_is_that_of_the_draft),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
