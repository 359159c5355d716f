#include "store/certificate.h"
#include "store/device.h"
#include "store/event.h"
#include "store/mail.h"
#include "store/passkey.h"
#include "store/pending.h"
#include "store/session.h"
#include "store/token.h"
#include "fixture.h"

static const struct store_person ANNA = {
	.address = {(const uint8_t *)"Anna@Example.org", 16},
	.key = {(const uint8_t *)"anna@example.org", 16},
	.password_hash = {(const uint8_t *)"$argon2id$x", 11},
	.status = STORE_PERSON_ACTIVE,
	.language = {(const uint8_t *)"de", 2},
	.created = NOW,
	.totp_secret = {(const uint8_t *)"s\0cret", 6},
	.totp_step = 7,
	.is_operator = true,
	.notices = STORE_NOTIFY_ISSUED | STORE_NOTIFY_NEW_DEVICE,
	.unsubscribe = {(const uint8_t *)"token-u", 7},
	.user_handle = {(const uint8_t *)"0123456789\0abcdef", 17},
};

static int a_person_is_kept_as_given(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_person out[3];
	int64_t id;
	assert_int_equal(store_person_insert(txn, &ANNA, &id), 0);
	assert_int_equal(store_person_get(txn, id, &arena, &out[0]), 0);
	assert_int_equal(store_person_by_key(txn, ANNA.key, &arena, &out[1]), 0);
	assert_int_equal(store_person_by_unsubscribe(txn, ANNA.unsubscribe, &arena, &out[2]), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(out[i].id, id);
		assert_view(out[i].address, "Anna@Example.org");
		assert_view(out[i].key, "anna@example.org");
		assert_view(out[i].password_hash, "$argon2id$x");
		assert_int_equal(out[i].status, STORE_PERSON_ACTIVE);
		assert_view(out[i].language, "de");
		assert_int_equal(out[i].created, NOW);
		assert_true(view_equal(out[i].totp_secret, ANNA.totp_secret));
		assert_int_equal(out[i].totp_step, 7);
		assert_true(out[i].is_operator);
		assert_int_equal(out[i].notices, ANNA.notices);
		assert_view(out[i].unsubscribe, "token-u");
		assert_true(view_equal(out[i].user_handle, ANNA.user_handle));
	}
	assert_int_equal(store_person_get(txn, id + 1, &arena, &out[0]), XICA_ENOTFOUND);
	assert_int_equal(store_person_by_key(txn, ANNA.address, &arena, &out[0]), XICA_ENOTFOUND);
	assert_int_equal(store_person_by_unsubscribe(txn, VIEW_NONE, &arena, &out[0]), XICA_ENOTFOUND);
	return 0;
}

static int an_address_is_one_persons(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_person person = ANNA;
	int64_t id, other = fixture_person(txn, 1);
	assert_int_equal(store_person_insert(txn, &ANNA, &id), 0);
	assert_int_equal(store_person_insert(txn, &ANNA, &id), XICA_EEXIST);
	assert_int_equal(store_person_set_address(txn, other, ANNA.address, ANNA.key), XICA_EEXIST);
	person.key = VIEW_LIT("b@example.org");
	assert_int_equal(store_person_insert(txn, &person, &id), XICA_EEXIST); // the same random values
	return 0;
}

static int what_the_schema_does_not_know_is_refused(struct store_txn *txn, void *context)
{
	(void)context;
	struct store_person bad[] = {ANNA, ANNA, ANNA, ANNA, ANNA, ANNA};
	int64_t id;
	bad[0].key = bad[1].address = bad[2].unsubscribe = VIEW_NONE;
	bad[3].user_handle = VIEW_LIT("too short");
	bad[4].status = 3;
	bad[5].notices = STORE_NOTIFY_ALL + 1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(store_person_insert(txn, &bad[i], &id), XICA_EINVAL);
	return 0;
}

static int each_value_is_set_alone(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_person a, b;
	int64_t id = fixture_person(txn, 1), other = fixture_person(txn, 2);
	assert_int_equal(store_person_set_address(txn, id, VIEW_LIT("New@example.org"), VIEW_LIT("new@example.org")), 0);
	assert_int_equal(store_person_set_password(txn, id, VIEW_LIT("hash-2")), 0);
	assert_int_equal(store_person_set_language(txn, id, VIEW_LIT("de")), 0);
	assert_int_equal(store_person_set_notices(txn, id, STORE_NOTIFY_EXPIRES), 0);
	assert_int_equal(store_person_set_operator(txn, id, true), 0);
	assert_int_equal(store_person_set_totp(txn, id, VIEW_LIT("secret"), 41), 0);
	assert_int_equal(store_person_get(txn, id, &arena, &a), 0);
	assert_int_equal(store_person_get(txn, other, &arena, &b), 0);
	assert_view(a.address, "New@example.org");
	assert_view(a.key, "new@example.org");
	assert_view(a.password_hash, "hash-2");
	assert_view(a.language, "de");
	assert_int_equal(a.notices, STORE_NOTIFY_EXPIRES);
	assert_true(a.is_operator);
	assert_view(a.totp_secret, "secret");
	assert_int_equal(a.totp_step, 41);
	assert_view(b.key, "person2@example.org");
	assert_view(b.password_hash, "$argon2id$1");
	assert_int_equal(b.notices, STORE_NOTIFY_ALL);
	assert_false(b.is_operator);
	assert_int_equal(b.totp_secret.len, 0);
	return 0;
}

static int setting_a_value_of_nobody_is_told(struct store_txn *txn, void *context)
{
	(void)context;
	assert_int_equal(store_person_set_address(txn, 9, VIEW_LIT("a"), VIEW_LIT("a")), XICA_ENOTFOUND);
	assert_int_equal(store_person_set_password(txn, 9, VIEW_LIT("p")), XICA_ENOTFOUND);
	assert_int_equal(store_person_set_language(txn, 9, VIEW_LIT("de")), XICA_ENOTFOUND);
	assert_int_equal(store_person_set_notices(txn, 9, 0), XICA_ENOTFOUND);
	assert_int_equal(store_person_set_operator(txn, 9, true), XICA_ENOTFOUND);
	assert_int_equal(store_person_set_totp(txn, 9, VIEW_NONE, 0), XICA_ENOTFOUND);
	assert_int_equal(store_person_renew_password(txn, 9, VIEW_LIT("p"), VIEW_LIT("q")), XICA_ECONFLICT);
	assert_int_equal(store_person_change(txn, 9, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED), XICA_ECONFLICT);
	assert_int_equal(store_person_delete(txn, 9, NOW), XICA_ENOTFOUND);
	return 0;
}

static int a_totp_code_is_good_once(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t id = fixture_person(txn, 1);
	assert_int_equal(store_person_use_totp(txn, id, 100), XICA_ECONFLICT); // has none
	assert_int_equal(store_person_set_totp(txn, id, VIEW_LIT("secret"), 100), 0);
	assert_int_equal(store_person_use_totp(txn, id, 100), XICA_ECONFLICT); // shown when it was set up
	assert_int_equal(store_person_use_totp(txn, id, 99), XICA_ECONFLICT);
	assert_int_equal(store_person_use_totp(txn, id, 101), 0);
	assert_int_equal(store_person_use_totp(txn, id, 101), XICA_ECONFLICT);
	return 0;
}

static int a_password_hashed_anew_replaces_only_the_one_that_was_checked(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_person person;
	int64_t id = fixture_person(txn, 1);
	assert_int_equal(store_person_renew_password(txn, id, VIEW_LIT("$argon2id$1"), VIEW_LIT("$argon2id$2")), 0);
	assert_int_equal(store_person_set_password(txn, id, VIEW_LIT("another")), 0);
	assert_int_equal(store_person_renew_password(txn, id, VIEW_LIT("$argon2id$2"), VIEW_LIT("$argon2id$3")), XICA_ECONFLICT);
	assert_int_equal(store_person_get(txn, id, &arena, &person), 0);
	assert_view(person.password_hash, "another");
	return 0;
}

static int suspending_is_a_compare_and_set(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t id = fixture_person(txn, 1);
	assert_int_equal(store_person_change(txn, id, STORE_PERSON_SUSPENDED, STORE_PERSON_ACTIVE), XICA_ECONFLICT);
	assert_int_equal(store_person_change(txn, id, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED), 0);
	assert_int_equal(store_person_change(txn, id, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED), XICA_ECONFLICT);
	return 0;
}

static int the_console_pages_and_finds_by_prefix(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_person *list;
	size_t count;
	int64_t anna;
	for (unsigned n = 1; n <= 3; n++)
		(void)fixture_person(txn, n);
	assert_int_equal(store_person_insert(txn, &ANNA, &anna), 0);
	assert_int_equal(store_person_list(txn, 0, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(store_person_list(txn, list[2].id, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, anna);
	assert_int_equal(store_person_find(txn, VIEW_LIT("person"), VIEW_NONE, 2, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_view(list[1].key, "person2@example.org");
	assert_int_equal(store_person_find(txn, VIEW_LIT("person"), list[1].key, 2, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_view(list[0].key, "person3@example.org");
	assert_int_equal(store_person_find(txn, VIEW_LIT("%"), VIEW_NONE, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 0); // not a pattern
	assert_int_equal(store_person_find(txn, VIEW_NONE, VIEW_NONE, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 4);
	return 0;
}

// ---- deleting

// One of everything that a person can have.
static void give_everything(struct store_txn *txn, int64_t person, unsigned n)
{
	const uint8_t hashes[1][STORE_HASH_LEN] = {{(uint8_t)n}};
	struct store_session session = {.kind = STORE_SESSION_FULL, .person = person, .expires = NOW + 9, .idle = 9}, console = session;
	struct store_token token = {.purpose = STORE_TOKEN_RESET, .person = person, .address = VIEW_LIT("a"), .key = VIEW_LIT("a"), .expires = NOW + 9};
	struct store_pending pending = {.purpose = STORE_PENDING_TOTP, .person = person, .bytes = VIEW_LIT("s"), .expires = NOW + 9};
	const struct store_passkey passkey = {.credential = view_bytes(hashes, STORE_HASH_LEN), .person = person, .public_key = VIEW_LIT("p")};
	const struct store_event event = {.person = person, .what = VIEW_LIT("log-in"), .detail = VIEW_LIT("{}")};
	const struct store_mail mail = {.letter = VIEW_LIT("issued"), .to = VIEW_LIT("elsewhere@example.org"), .person = person};
	int64_t id, account = fixture_own_account(txn, person, n);
	bool is_new;
	fixture_hash(session.token_hash, n);
	assert_int_equal(store_session_insert(txn, &session, &console.parent), 0);
	fixture_hash(console.token_hash, 100 + n);
	assert_int_equal(store_session_insert(txn, &console, &id), 0);
	fixture_hash(token.token_hash, n);
	assert_int_equal(store_token_insert(txn, &token), 0);
	fixture_hash(pending.key, n);
	assert_int_equal(store_pending_put(txn, &pending), 0);
	assert_int_equal(store_passkey_insert(txn, &passkey), 0);
	assert_int_equal(store_recovery_replace(txn, person, hashes, 1), 0);
	assert_int_equal(store_device_see(txn, person, hashes[0], NOW, &is_new), 0);
	assert_int_equal(store_event_insert(txn, &event), 0);
	assert_int_equal(store_mail_insert(txn, &mail, &id), 0);
	const struct store_certificate certificate = {.serial = view_bytes(hashes, 20), .account = account, .issuer = VIEW_LIT("i"),
						      .profile = VIEW_LIT("p"), .not_after = NOW + XICA_DAY};
	assert_int_equal(store_certificate_insert(txn, &certificate), 0);
	assert_int_equal(store_certificate_issued(txn, certificate.serial, VIEW_LIT("der")), 0);
}

static int64_t rows_of_people(struct store_txn *txn)
{
	return fixture_rows(txn, "SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM session) + (SELECT count(*) FROM token)"
				 " + (SELECT count(*) FROM pending) + (SELECT count(*) FROM passkey) + (SELECT count(*) FROM recovery_code)"
				 " + (SELECT count(*) FROM device) + (SELECT count(*) FROM event) + (SELECT count(*) FROM mail)");
}

static int nothing_of_who_was_deleted_is_left(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t stays = fixture_person(txn, 1), id;
	give_everything(txn, stays, 1);
	int64_t before = rows_of_people(txn), goes = fixture_person(txn, 2);
	give_everything(txn, goes, 2);
	struct store_token sign_up = {.token_hash = {77}, .purpose = STORE_TOKEN_SIGN_UP, .address = VIEW_LIT("x"), .key = VIEW_LIT("person2@example.org")};
	const struct store_mail confirm = {.letter = VIEW_LIT("confirm"), .to = VIEW_LIT("Person2@example.org")};
	assert_int_equal(store_token_insert(txn, &sign_up), 0);
	assert_int_equal(store_mail_insert(txn, &confirm, &id), 0);
	assert_int_equal(store_person_delete(txn, goes, NOW), 0);
	assert_int_equal(rows_of_people(txn), before);
	assert_int_equal(fixture_rows(txn, "SELECT count(*) FROM person WHERE key = 'person1@example.org'"), 1);
	assert_int_equal(store_person_delete(txn, goes, NOW), XICA_ENOTFOUND);
	assert_true(fixture_person(txn, 2) > goes); // its number is not used again
	return 0;
}

static int keys_accounts_and_certificates_of_who_was_deleted_stay_without_an_owner(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t stays = fixture_person(txn, 1), goes = fixture_person(txn, 2);
	struct store_account account;
	struct store_eab eab;
	struct store_certificate certificate;
	const uint8_t serial[20] = {2};
	give_everything(txn, stays, 1);
	give_everything(txn, goes, 2);
	assert_int_equal(store_person_delete(txn, goes, NOW + 5), 0);
	assert_int_equal(store_eab_get(txn, VIEW_LIT("kid-2"), &arena, &eab), 0);
	assert_int_equal(eab.revoked, NOW + 5);
	assert_int_equal(eab.person, 0);
	assert_int_equal(eab.name.len, 0);
	assert_int_equal(store_account_get(txn, eab.account, &arena, &account), 0);
	assert_int_equal(account.status, STORE_ACCOUNT_DEACTIVATED);
	assert_int_equal(account.person, 0);
	assert_view(account.contacts, "[]");
	assert_int_equal(store_certificate_get(txn, view_bytes(serial, sizeof(serial)), &arena, &certificate), 0);
	assert_int_equal(certificate.status, STORE_CERTIFICATE_ISSUED);
	assert_int_equal(certificate.account, eab.account);
	assert_int_equal(certificate.person, 0);
	assert_int_equal(store_eab_get(txn, VIEW_LIT("kid-1"), &arena, &eab), 0);
	assert_int_equal(eab.revoked, 0);
	assert_int_equal(store_account_get(txn, eab.account, &arena, &account), 0);
	assert_int_equal(account.status, STORE_ACCOUNT_VALID);
	assert_int_equal(account.person, stays);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_person_is_kept_as_given),
		store_test(an_address_is_one_persons),
		store_test(what_the_schema_does_not_know_is_refused),
		store_test(each_value_is_set_alone),
		store_test(setting_a_value_of_nobody_is_told),
		store_test(a_totp_code_is_good_once),
		store_test(a_password_hashed_anew_replaces_only_the_one_that_was_checked),
		store_test(suspending_is_a_compare_and_set),
		store_test(the_console_pages_and_finds_by_prefix),
		store_test(nothing_of_who_was_deleted_is_left),
		store_test(keys_accounts_and_certificates_of_who_was_deleted_stay_without_an_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
