#include "store/blocked.h"
#include "store/certificate.h"
#include "store/crl.h"
#include "fixture.h"

static const struct store_certificate_page PAGE = {.limit = 10};
static struct view NAMES[] = {{(const uint8_t *)"example.org", 11}, {(const uint8_t *)"_xmpp-server.example.org", 24}};

static struct store_certificate certificate(struct view serial)
{
	struct store_certificate c = {.serial = serial, .order = 12, .issuer = VIEW_LIT("issuer-1"), .shard = 3, .profile = VIEW_LIT("xmpp-server"),
				      .not_before = NOW, .not_after = NOW + 90 * XICA_DAY, .tbs = VIEW_LIT("t\0bs"), .names = NAMES, .name_count = 2};
	fixture_hash(c.spki_sha256, 42);
	return c;
}

static void issue(struct store_txn *txn, struct view serial, uint32_t shard, xica_time not_after)
{
	struct store_certificate c = certificate(serial);
	c.shard = shard;
	c.not_after = not_after;
	assert_int_equal(store_certificate_insert(txn, &c), 0);
	assert_int_equal(store_certificate_issued(txn, serial, VIEW_LIT("der")), 0);
}

static int a_certificate_is_kept_as_it_was_given(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	const struct view serial = VIEW_LIT("\x7f\x00\x01");
	struct store_certificate in = certificate(serial), out;
	in.account = fixture_account(txn, 1);
	assert_int_equal(store_certificate_insert(txn, &in), 0);
	assert_int_equal(store_certificate_get(txn, serial, &arena, &out), 0);
	struct view *of_account;
	size_t count;
	assert_true(view_equal(out.serial, serial));
	assert_int_equal(store_certificate_list_by_account(txn, in.account, &PAGE, &arena, &of_account, &count), 0);
	assert_int_equal(count, 1);
	assert_true(view_equal(of_account[0], serial));
	assert_int_equal(store_certificate_list_by_account(txn, in.account + 1, &PAGE, &arena, &of_account, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(out.account, in.account);
	assert_int_equal(out.order, 12);
	assert_view(out.issuer, "issuer-1");
	assert_int_equal(out.shard, 3);
	assert_view(out.profile, "xmpp-server");
	assert_int_equal(out.not_before, NOW);
	assert_int_equal(out.not_after, NOW + 90 * XICA_DAY);
	assert_int_equal(out.status, STORE_CERTIFICATE_PENDING);
	assert_true(view_equal(out.tbs, VIEW_LIT("t\0bs")));
	assert_int_equal(out.der.len, 0);
	assert_memory_equal(out.spki_sha256, in.spki_sha256, STORE_HASH_LEN);
	assert_int_equal(out.name_count, 2);
	assert_view(out.names[0], "example.org");
	assert_view(out.names[1], "_xmpp-server.example.org");
	assert_int_equal(store_certificate_get(txn, VIEW_LIT("\x7f\x00"), &arena, &out), XICA_ENOTFOUND);
	return 0;
}

static int a_serial_is_never_used_twice(struct store_txn *txn, void *context)
{
	(void)context;
	const struct view serial = VIEW_LIT("\x01\x02");
	struct store_certificate c = certificate(serial);
	assert_int_equal(store_certificate_insert(txn, &c), 0);
	assert_int_equal(store_certificate_insert(txn, &c), XICA_EEXIST);
	assert_int_equal(store_certificate_abandon(txn, serial), 0);
	c.issuer = VIEW_LIT("issuer-2");
	assert_int_equal(store_certificate_insert(txn, &c), XICA_EEXIST);
	return 0;
}

static int what_the_schema_does_not_know_is_refused(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_certificate c = certificate(VIEW_LIT("123456789012345678901"));
	assert_int_equal(store_certificate_insert(txn, &c), XICA_EINVAL);
	c = certificate(VIEW_NONE);
	assert_int_equal(store_certificate_insert(txn, &c), XICA_EINVAL);
	c = certificate(VIEW_LIT("\x01"));
	c.account = 99;
	assert_int_equal(store_certificate_insert(txn, &c), XICA_ENOTFOUND);
	struct view bad = VIEW_LIT("a\nb");
	c = certificate(VIEW_LIT("\x01"));
	c.names = &bad;
	c.name_count = 1;
	assert_int_equal(store_certificate_insert(txn, &c), XICA_EINVAL);
	return 0;
}

static int a_certificate_is_issued_or_abandoned_once(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	const struct view one = VIEW_LIT("\x01"), two = VIEW_LIT("\x02");
	struct store_certificate c = certificate(one), out;
	struct view *serials;
	size_t count;
	assert_int_equal(store_certificate_insert(txn, &c), 0);
	c.serial = two;
	assert_int_equal(store_certificate_insert(txn, &c), 0);
	assert_int_equal(store_certificate_list_pending(txn, 10, &arena, &serials, &count), 0);
	assert_int_equal(count, 2);
	assert_true(view_equal(serials[0], one));
	assert_int_equal(store_certificate_revoke(txn, one, 1, NOW), XICA_ECONFLICT);
	assert_int_equal(store_certificate_issued(txn, one, VIEW_LIT("d\0er")), 0);
	assert_int_equal(store_certificate_issued(txn, one, VIEW_LIT("other")), XICA_ECONFLICT);
	assert_int_equal(store_certificate_abandon(txn, one), XICA_ECONFLICT);
	assert_int_equal(store_certificate_abandon(txn, two), 0);
	assert_int_equal(store_certificate_issued(txn, two, VIEW_LIT("der")), XICA_ECONFLICT);
	assert_int_equal(store_certificate_issued(txn, VIEW_LIT("\x09"), VIEW_LIT("der")), XICA_ECONFLICT);
	assert_int_equal(store_certificate_get(txn, one, &arena, &out), 0);
	assert_int_equal(out.status, STORE_CERTIFICATE_ISSUED);
	assert_true(view_equal(out.der, VIEW_LIT("d\0er")));
	assert_int_equal(out.tbs.len, 0);
	assert_int_equal(store_certificate_list_pending(txn, 10, &arena, &serials, &count), 0);
	assert_int_equal(count, 0);
	return 0;
}

static int a_certificate_is_revoked_once_and_its_shard_learns_it(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	const struct view serial = VIEW_LIT("\x01");
	struct store_certificate out;
	uint64_t revision = 9;
	issue(txn, serial, 3, NOW + XICA_DAY);
	assert_int_equal(store_crl_revision(txn, VIEW_LIT("issuer-1"), 3, &revision), 0);
	assert_int_equal(revision, 0);
	assert_int_equal(store_certificate_revoke(txn, serial, 11, NOW), XICA_EINVAL);
	assert_int_equal(store_certificate_revoke(txn, serial, 4, NOW + 7), 0);
	assert_int_equal(store_certificate_revoke(txn, serial, 1, NOW + 8), XICA_ECONFLICT);
	assert_int_equal(store_crl_revision(txn, VIEW_LIT("issuer-1"), 3, &revision), 0);
	assert_int_equal(revision, 1);
	assert_int_equal(store_crl_revision(txn, VIEW_LIT("issuer-1"), 2, &revision), 0);
	assert_int_equal(revision, 0);
	assert_int_equal(store_certificate_get(txn, serial, &arena, &out), 0);
	assert_int_equal(out.status, STORE_CERTIFICATE_REVOKED);
	assert_int_equal(out.revoked_at, NOW + 7);
	assert_int_equal(out.reason, 4);
	return 0;
}

static int note_serial(const struct store_revocation *revocation, void *context)
{
	struct buf *seen = context;
	buf_add(seen, revocation->serial);
	assert_int_equal(revocation->time, NOW);
	assert_int_equal(revocation->reason, 1);
	return seen->len >= 3 ? XICA_ERANGE : 0;
}

static int revoked_certificates_are_listed_by_serial_while_they_are_not_expired(struct store_txn *txn, void *context)
{
	(void)context;
	static const char *const SERIALS[] = {"d", "b", "z", "a", "c"};
	for (size_t i = 0; i < 5; i++) {
		issue(txn, view_str(SERIALS[i]), i == 2 ? 1 : 0, NOW + (xica_time)i * XICA_DAY);
		assert_int_equal(store_certificate_revoke(txn, view_str(SERIALS[i]), 1, NOW), 0);
	}
	cleanup_buf seen = BUF_INIT, all = BUF_INIT, other = BUF_INIT, some = BUF_INIT, rest = BUF_INIT;
	const struct store_revocation_page page = {.limit = 9}, two = {.limit = 2}, behind = {.after = VIEW_LIT("b"), .limit = 9};
	assert_int_equal(store_certificate_list_revoked(txn, VIEW_LIT("issuer-1"), 0, NOW + XICA_DAY + 1, &page, note_serial, &seen), 0);
	assert_view(buf_view(&seen), "ac");
	assert_int_equal(store_certificate_list_revoked(txn, VIEW_LIT("issuer-1"), 0, NOW, &page, note_serial, &all), XICA_ERANGE);
	assert_view(buf_view(&all), "abc");
	assert_int_equal(store_certificate_list_revoked(txn, VIEW_LIT("issuer-1"), 1, NOW, &page, note_serial, &other), 0);
	assert_view(buf_view(&other), "z");
	assert_int_equal(store_certificate_list_revoked(txn, VIEW_LIT("issuer-1"), 0, NOW, &two, note_serial, &some), 0);
	assert_view(buf_view(&some), "ab");
	assert_int_equal(store_certificate_list_revoked(txn, VIEW_LIT("issuer-1"), 0, NOW, &behind, note_serial, &rest), 0);
	assert_view(buf_view(&rest), "cd");
	return 0;
}

static int active_certificates_are_counted_without_looking_at_each(struct store_txn *txn, void *context)
{
	(void)context;
	uint64_t count;
	issue(txn, VIEW_LIT("a"), 0, NOW + XICA_DAY);
	issue(txn, VIEW_LIT("b"), 0, NOW + XICA_DAY);
	issue(txn, VIEW_LIT("c"), 0, NOW + 9 * XICA_DAY);
	struct store_certificate pending = certificate(VIEW_LIT("d"));
	assert_int_equal(store_certificate_insert(txn, &pending), 0);
	assert_int_equal(store_certificate_count_active(txn, NOW, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(store_certificate_revoke(txn, VIEW_LIT("a"), 0, NOW), 0);
	assert_int_equal(store_certificate_count_active(txn, NOW, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(store_certificate_count_active(txn, NOW + 2 * XICA_DAY, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_certificate_count_active(txn, NOW + 20 * XICA_DAY, &count), 0);
	assert_int_equal(count, 0);
	return 0;
}

static int certificates_are_found_by_name_and_by_key(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct view *serials;
	size_t count;
	issue(txn, VIEW_LIT("a"), 0, NOW + XICA_DAY);
	issue(txn, VIEW_LIT("b"), 0, NOW + XICA_DAY);
	assert_int_equal(store_certificate_list_by_name(txn, NAMES[1], &PAGE, &arena, &serials, &count), 0);
	assert_int_equal(count, 2);
	assert_view(serials[0], "b");
	assert_view(serials[1], "a");
	assert_int_equal(store_certificate_list_by_name(txn, VIEW_LIT("xmpp-server.example.org"), &PAGE, &arena, &serials, &count), 0);
	assert_int_equal(count, 0);
	uint8_t key[STORE_HASH_LEN];
	fixture_hash(key, 42);
	assert_int_equal(store_certificate_revoke(txn, VIEW_LIT("a"), 1, NOW), 0);
	assert_int_equal(store_certificate_list_by_key(txn, key, &PAGE, &arena, &serials, &count), 0);
	assert_int_equal(count, 1);
	assert_view(serials[0], "b");
	return 0;
}

// Each list, two at a time, newest first; what comes in between the pages is on neither.
static int lists_go_on_where_the_page_before_ended(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	static const struct view SERIALS[] = {VIEW_LIT("a"), VIEW_LIT("b"), VIEW_LIT("c")};
	struct store_certificate_page page = {.limit = 2};
	int64_t account = fixture_account(txn, 1);
	uint8_t key[STORE_HASH_LEN];
	fixture_hash(key, 42);
	for (size_t i = 0; i < 3; i++) {
		struct store_certificate c = certificate(SERIALS[i]);
		c.account = account;
		assert_int_equal(store_certificate_insert(txn, &c), 0);
		assert_int_equal(store_certificate_issued(txn, c.serial, VIEW_LIT("der")), 0);
	}
	for (unsigned list = 0; list < 4; list++) {
		page.after = VIEW_NONE;
		for (size_t left = 3; left; left -= left == 3 ? 2 : 1) {
			struct view *serials = NULL;
			size_t count = 0;
			int error = list == 0 ? store_certificate_list(txn, &page, &arena, &serials, &count)
				  : list == 1 ? store_certificate_list_by_name(txn, NAMES[0], &page, &arena, &serials, &count)
				  : list == 2 ? store_certificate_list_by_account(txn, account, &page, &arena, &serials, &count)
					      : store_certificate_list_by_key(txn, key, &page, &arena, &serials, &count);
			assert_int_equal(error, 0);
			assert_int_equal(count, left == 3 ? 2 : 1);
			assert_true(view_equal(serials[0], SERIALS[left - 1]));
			page.after = serials[count - 1];
		}
	}
	struct view *serials;
	size_t count;
	page.after = VIEW_LIT("never issued");
	assert_int_equal(store_certificate_list(txn, &page, &arena, &serials, &count), XICA_ENOTFOUND);
	return 0;
}

static int a_key_is_pending_as_long_as_a_certificate_of_it_is(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_certificate c = certificate(VIEW_LIT("a"));
	bool pending = true;
	assert_int_equal(store_certificate_key_pending(txn, c.spki_sha256, &pending), 0);
	assert_false(pending);
	assert_int_equal(store_certificate_insert(txn, &c), 0);
	assert_int_equal(store_certificate_key_pending(txn, c.spki_sha256, &pending), 0);
	assert_true(pending);
	assert_int_equal(store_certificate_abandon(txn, c.serial), 0);
	assert_int_equal(store_certificate_key_pending(txn, c.spki_sha256, &pending), 0);
	assert_false(pending);
	return 0;
}

static int the_number_of_a_crl_only_grows(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_crl in = {.issuer = VIEW_LIT("i"), .shard = 1, .number = 5, .this_update = NOW, .next_update = NOW + XICA_DAY, .revision = 2,
			       .der = VIEW_LIT("crl\0five")}, out, *list;
	size_t count;
	assert_int_equal(store_crl_get(txn, in.issuer, 1, &arena, &out), XICA_ENOTFOUND);
	assert_int_equal(store_crl_put(txn, &in), 0);
	assert_int_equal(store_crl_put(txn, &in), XICA_ECONFLICT);
	in.number = 4;
	assert_int_equal(store_crl_put(txn, &in), XICA_ECONFLICT);
	in.number = UINT64_MAX;
	assert_int_equal(store_crl_put(txn, &in), XICA_EINVAL);
	in.number = 6;
	in.revision = 3;
	in.der = VIEW_LIT("crl\0six");
	assert_int_equal(store_crl_put(txn, &in), 0);
	in.shard = 0;
	in.number = 1;
	assert_int_equal(store_crl_put(txn, &in), 0);
	assert_int_equal(store_crl_get(txn, in.issuer, 1, &arena, &out), 0);
	assert_int_equal(out.number, 6);
	assert_int_equal(out.revision, 3);
	assert_int_equal(out.this_update, NOW);
	assert_int_equal(out.next_update, NOW + XICA_DAY);
	assert_true(view_equal(out.der, VIEW_LIT("crl\0six")));
	assert_int_equal(store_crl_list(txn, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].shard, 0);
	assert_int_equal(list[1].shard, 1);
	return 0;
}

static int a_blocked_key_stays_blocked(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	uint8_t key[STORE_HASH_LEN];
	struct store_blocked *list;
	size_t count;
	bool has = true;
	fixture_hash(key, 1);
	assert_int_equal(store_blocked_has(txn, key, &has), 0);
	assert_false(has);
	assert_int_equal(store_blocked_add(txn, key, VIEW_LIT("reported"), NOW), 0);
	assert_int_equal(store_blocked_add(txn, key, VIEW_LIT("again"), NOW + 1), 0);
	assert_int_equal(store_blocked_has(txn, key, &has), 0);
	assert_true(has);
	fixture_hash(key, 0);
	assert_int_equal(store_blocked_add(txn, key, VIEW_LIT("zero"), NOW), 0);
	assert_int_equal(store_blocked_list(txn, NULL, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].reason, "zero");
	assert_int_equal(store_blocked_list(txn, list[0].spki_sha256, 10, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].reason, "reported");
	assert_int_equal(list[0].time, NOW);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_certificate_is_kept_as_it_was_given),
		store_test(a_serial_is_never_used_twice),
		store_test(what_the_schema_does_not_know_is_refused),
		store_test(a_certificate_is_issued_or_abandoned_once),
		store_test(a_certificate_is_revoked_once_and_its_shard_learns_it),
		store_test(revoked_certificates_are_listed_by_serial_while_they_are_not_expired),
		store_test(active_certificates_are_counted_without_looking_at_each),
		store_test(certificates_are_found_by_name_and_by_key),
		store_test(lists_go_on_where_the_page_before_ended),
		store_test(a_key_is_pending_as_long_as_a_certificate_of_it_is),
		store_test(the_number_of_a_crl_only_grows),
		store_test(a_blocked_key_stays_blocked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
