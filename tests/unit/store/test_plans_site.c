// As test_plans.c, for what the web site keeps.
#include "store/attempt.h"
#include "store/block.h"
#include "store/certificate.h"
#include "store/cleanup.h"
#include "store/code_letter.h"
#include "store/device.h"
#include "store/domain.h"
#include "store/eab.h"
#include "store/event.h"
#include "store/limit.h"
#include "store/mail.h"
#include "store/notice.h"
#include "store/audit_head.h"
#include "store/operator_note.h"
#include "store/passkey.h"
#include "store/pending.h"
#include "store/person.h"
#include "store/session.h"
#include "store/statistic.h"
#include "store/token.h"
#include "plans.h"

static const uint8_t HASH[STORE_HASH_LEN] = {1};
static const struct store_limit LIMIT = {.kind = STORE_LIMIT_ORDERS_PER_NAMES, .owner = {(const uint8_t *)"1", 1}, .subject = {(const uint8_t *)"1:a", 3}, .rate = {5, 100, 5}};

static void call_reading(struct store_txn *txn)
{
	cleanup_arena a = ARENA_INIT;
	struct store_person person, *persons;
	struct store_session session, *sessions;
	struct store_token token;
	struct store_pending pending;
	struct store_passkey passkey, *passkeys;
	struct store_device *devices;
	struct store_event *events;
	struct store_mail mail, *mails;
	struct store_statistic *statistics;
	struct store_domain *domains;
	struct store_eab eab, *eabs;
	struct store_account *accounts;
	struct store_code_letter letter;
	struct store_operator_note *notes;
	struct store_audit_head head;
	struct view serial, *serials;
	int64_t *ids, total;
	size_t count;
	xica_time time;
	bool is;
	const struct store_certificate_page page = {.limit = 9}, next_page = {.after = VIEW_LIT("s"), .limit = 9};
	call(store_person_get(txn, 1, &a, &person));
	call(store_person_by_key(txn, VIEW_LIT("k"), &a, &person));
	call(store_person_by_unsubscribe(txn, VIEW_LIT("u"), &a, &person));
	call(store_person_list(txn, 0, 9, &a, &persons, &count));
	call(store_person_find(txn, VIEW_LIT("k"), VIEW_NONE, 9, &a, &persons, &count));
	call(store_session_by_hash(txn, HASH, NOW, &a, &session));
	call(store_session_list(txn, 1, NOW, 9, &a, &sessions, &count));
	call(store_token_get(txn, HASH, STORE_TOKEN_RESET, NOW, &a, &token));
	call(store_token_count(txn, STORE_TOKEN_RESET, VIEW_LIT("k"), NOW, &count));
	call(store_pending_get(txn, HASH, STORE_PENDING_TOTP, NOW, &a, &pending));
	call(store_passkey_get(txn, VIEW_LIT("c"), &a, &passkey));
	call(store_passkey_list(txn, 1, 9, &a, &passkeys, &count));
	call(store_passkey_count(txn, 1, &count));
	call(store_recovery_count(txn, 1, &count));
	call(store_attempt_wait(txn, HASH, NOW, &time));
	struct view certified = VIEW_LIT("n");
	const struct store_certificate certificate = {.id = 7, .order = 1, .names = &certified, .name_count = 1};
	struct store_limit_row *limits;
	struct store_override override, *overrides;
	const struct store_limit_page all = {.limit = 9}, own = {.owner = VIEW_LIT("1"), .limit = 9};
	call(store_limit_look(txn, &LIMIT, NOW, &time, NULL));
	struct store_block *blocks;
	bool covers;
	call(store_block_list(txn, STORE_BLOCK_NAME, VIEW_NONE, 9, &a, &blocks, &count));
	call(store_block_covers(txn, VIEW_LIT("example.org"), true, &covers));
	call(store_limit_list(txn, &all, NOW, &a, &limits, &count));
	call(store_limit_list(txn, &own, NOW, &a, &limits, &count));
	call(store_override_get(txn, LIMIT.kind, LIMIT.owner, &a, &override));
	call(store_override_list(txn, 0, VIEW_NONE, 9, &a, &overrides, &count));
	call(store_device_any(txn, 1, &is));
	call(store_device_list(txn, 1, 9, &a, &devices, &count));
	call(store_event_list(txn, 1, 0, 9, &a, &events, &count));
	call(store_mail_get(txn, 1, &a, &mail));
	call(store_mail_due(txn, NOW, 9, &a, &mails, &count));
	call(store_mail_next(txn, &time));
	call(store_mail_list(txn, 0, 0, 9, &a, &mails, &count));
	call(store_mail_list(txn, STORE_MAIL_FAILED, 0, 9, &a, &mails, &count));
	call(store_mail_count(txn, STORE_MAIL_FAILED, &count));
	call(store_statistic_list(txn, 1, 2, &a, &statistics, &count));
	call(store_statistic_total(txn, VIEW_LIT("w"), &total));
	call(store_domain_list(txn, 1, NOW, 0, 9, &a, &domains, &count));
	call(store_domain_list(txn, 1, NOW, 1, 9, &a, &domains, &count));
	call(store_domain_owners(txn, VIEW_LIT("d"), 1, NOW, &a, &ids, &count));
	call(store_domain_owners_above(txn, VIEW_LIT("d"), true, 1, NOW, &a, &ids, &count));
	call(store_domain_had(txn, VIEW_LIT("n"), &certificate, &is));
	call(store_notice_due(txn, STORE_NOTICE_LAST, NOW, NOW, 9, &a, &serials, &count));
	call(store_eab_get_own(txn, 1, VIEW_LIT("k"), &a, &eab));
	call(store_eab_list_own(txn, 1, VIEW_NONE, 9, &a, &eabs, &count));
	call(store_eab_list_own(txn, 1, VIEW_LIT("k"), 9, &a, &eabs, &count));
	call(store_account_list_by_person(txn, 1, 0, 9, &a, &accounts, &count));
	call(store_certificate_list_by_names(txn, (const struct view[]){VIEW_LIT("n"), VIEW_LIT("o")}, &page, &a, &serials, &count));
	call(store_certificate_list_by_names(txn, (const struct view[]){VIEW_LIT("n"), VIEW_LIT("o")}, &next_page, &a, &serials, &count));
	call(store_certificate_list_by_person(txn, 1, &page, &a, &serials, &count));
	call(store_certificate_list_by_person(txn, 1, &next_page, &a, &serials, &count));
	call(store_certificate_renewed_by(txn, VIEW_LIT("s"), &a, &serial));
	call(store_certificate_renews(txn, &certificate, &is));
	call(store_certificate_is_first(txn, &certificate, VIEW_LIT("n"), &is));
	call(store_code_letter_get(txn, 1, &a, &letter));
	call(store_operator_note_list(txn, 9, &a, &notes, &count));
	call(store_audit_head_get(txn, &a, &head));
	call(store_operator_note_count(txn, &count));
	call(store_order_list_review(txn, 0, 9, &a, &ids, &count));
}

static void make_rows(struct store_txn *txn, int64_t *ret_person)
{
	int64_t account, id;
	const struct store_person person = {.address = VIEW_LIT("K@example"), .key = VIEW_LIT("k@example"), .status = STORE_PERSON_ACTIVE,
					    .unsubscribe = VIEW_LIT("u"), .user_handle = VIEW_LIT("0123456789abcdef")};
	struct view name = VIEW_LIT("n");
	assert_int_equal(store_person_insert(txn, &person, ret_person), 0);
	const struct store_eab eab = {.kid = VIEW_LIT("k"), .mac_key = view_bytes(HASH, sizeof(HASH)), .person = *ret_person};
	struct store_certificate certificate = {.serial = VIEW_LIT("s"), .names = &name, .name_count = 1};
	assert_int_equal(store_eab_create(txn, &eab), 0);
	account = fixture_account(txn, 1);
	assert_int_equal(store_eab_bind(txn, eab.kid, account, NOW), 0);
	id = fixture_authz(txn, account, "d", STORE_AUTHZ_VALID, NOW + 1);
	assert_true(id > 0);
	certificate.account = account;
	assert_int_equal(store_certificate_insert(txn, &certificate), 0);
}

static void call_writing(struct store_txn *txn, int64_t person)
{
	cleanup_arena a = ARENA_INIT;
	const struct store_session session = {.token_hash = {1}, .kind = STORE_SESSION_FULL, .person = person, .idle = 1};
	struct store_token token = {.token_hash = {1}, .purpose = STORE_TOKEN_RESET, .person = person, .address = VIEW_LIT("a"), .key = VIEW_LIT("k"),
				    .expires = NOW + 1};
	struct store_pending pending = {.key = {1}, .purpose = STORE_PENDING_TOTP, .person = person, .expires = NOW + 1};
	const struct store_passkey passkey = {.credential = VIEW_LIT("c"), .person = person, .public_key = VIEW_LIT("p")};
	const struct store_event event = {.person = person, .what = VIEW_LIT("w")};
	const struct store_mail mail = {.letter = VIEW_LIT("l"), .to = VIEW_LIT("a"), .person = person};
	struct store_cleanup_result result;
	int64_t id;
	size_t count;
	bool is;
	call(store_person_set_address(txn, person, VIEW_LIT("a"), VIEW_LIT("k")));
	call(store_person_set_password(txn, person, VIEW_LIT("p")));
	call(store_person_renew_password(txn, person, VIEW_LIT("p"), VIEW_LIT("q")));
	call(store_person_set_language(txn, person, VIEW_LIT("en")));
	call(store_person_set_notices(txn, person, 1));
	call(store_person_set_operator(txn, person, true));
	call(store_person_set_totp(txn, person, VIEW_LIT("s"), 1));
	call(store_person_use_totp(txn, person, 2));
	call(store_person_change(txn, person, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED));
	call(store_session_insert(txn, &session, &id));
	call(store_session_touch(txn, 1, NOW));
	call(store_session_rotate(txn, 1, HASH, HASH, NOW, 0));
	call(store_session_rotate_again(txn, 1, HASH, HASH, NOW));
	call(store_session_settle(txn, 1, NOW));
	call(store_session_set_fresh(txn, 1, NOW));
	call(store_session_end(txn, person, 1));
	call(store_session_end_all(txn, person, 1, &count));
	call(store_token_insert(txn, &token));
	call(store_token_take(txn, HASH, STORE_TOKEN_RESET, NOW, &a, &token));
	call(store_token_void(txn, person, STORE_TOKEN_RESET));
	token.person = 0;
	ignore(store_token_insert(txn, &token));
	call(store_pending_put(txn, &pending));
	call(store_pending_take(txn, HASH, STORE_PENDING_TOTP, NOW, &a, &pending));
	call(store_passkey_insert(txn, &passkey));
	call(store_passkey_use(txn, passkey.credential, 0, 1, NOW));
	call(store_passkey_remove(txn, person, passkey.credential));
	call(store_recovery_replace(txn, person, &HASH, 1));
	call(store_recovery_take(txn, person, HASH));
	call(store_attempt_failed(txn, HASH, NOW, &STORE_ATTEMPT_POLICY));
	call(store_attempt_forgive(txn, HASH));
	call(store_attempt_clear(txn, HASH));
	const struct store_override exception = {.kind = LIMIT.kind, .owner = LIMIT.owner, .rate = LIMIT.rate};
	xica_time wait;
	size_t reset;
	call(store_limit_take(txn, &LIMIT, NOW, &wait, NULL));
	call(store_limit_count(txn, &LIMIT, NOW));
	call(store_limit_reset(txn, 0, LIMIT.owner, &reset));
	call(store_override_put(txn, &exception));
	call(store_override_delete(txn, exception.kind, exception.owner));
	call(store_order_count(txn, 1));
	const struct store_block block = {.kind = STORE_BLOCK_NAME, .value = VIEW_LIT("blocked.example")};
	call(store_block_put(txn, &block));
	call(store_block_covers(txn, VIEW_LIT("example.org"), true, &is));
	call(store_block_delete(txn, STORE_BLOCK_NAME, VIEW_LIT("other.example")));
	call(store_device_see(txn, person, HASH, NOW, &is));
	call(store_event_insert(txn, &event));
	call(store_mail_insert(txn, &mail, &id));
	call(store_mail_begin(txn, 1, 0, NOW));
	call(store_mail_later(txn, 1, NOW, VIEW_LIT("e")));
	call(store_mail_failed(txn, 1, NOW, VIEW_LIT("e")));
	call(store_mail_retry(txn, 1, NOW));
	call(store_mail_sent(txn, 1, NOW));
	call(store_statistic_add(txn, 1, VIEW_LIT("w"), 1));
	call(store_statistic_set(txn, 1, VIEW_LIT("w"), 1));
	call(store_notice_done(txn, VIEW_LIT("s"), STORE_NOTICE_FIRST));
	call(store_eab_rename(txn, person, VIEW_LIT("k"), VIEW_LIT("n")));
	call(store_eab_revoke_all(txn, person, NOW, &count));
	call(store_challenge_note(txn, 1, VIEW_LIT("http-01"), VIEW_LIT("{}")));
	call(store_code_letter_ask(txn, 1, 0, VIEW_LIT("a"), NOW));
	call(store_code_letter_sent(txn, 1, NOW, NOW, 5));
	call(store_code_letter_tried(txn, 1, 1));
	call(store_code_letter_failed(txn, 1, NOW));
	call(store_operator_note_insert(txn, NOW, VIEW_LIT("{}")));
	call(store_operator_note_done(txn, 1));
	call(store_audit_head_put(txn, &(struct store_audit_head){1, VIEW_LIT("h")}));
	call(store_order_review(txn, 1, STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED));
	call(store_cleanup(txn, &(struct store_cleanup){.now = 1}, &result));
}

static int every_statement_goes_by_an_index(struct store_txn *txn, void *context)
{
	(void)context;
	int64_t person = 0;
	make_rows(txn, &person);
	call_writing(txn, person);
	call_reading(txn);
	call(store_person_delete(txn, person, NOW));
	check_all_plans(txn);
	return 0;
}

// A person who goes, and a session that others end with, find what is theirs by an index too.
static int every_reference_to_a_person_is_indexed(struct store_txn *txn, void *context)
{
	(void)context;
	static const char *const CHILDREN[] = {"session", "token", "pending", "passkey", "recovery_code", "device", "event", "mail", "account", "eab_key",
					       "certificate"};
	size_t known = sizeof(CHILDREN) / sizeof(CHILDREN[0]);
	for (size_t i = 0; i < known; i++) {
		char text[96];
		(void)snprintf(text, sizeof(text), "SELECT 1 FROM %s WHERE person_id = 1", CHILDREN[i]);
		assert_int_equal(check_plan(txn->db, text, true), 0);
	}
	assert_int_equal(check_plan(txn->db, "SELECT 1 FROM session WHERE parent_id = 1", true), 0);
	cleanup_sql q = sql_begin(txn, "SELECT count(*) FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f WHERE f.\"table\" = 'person'");
	assert_int_equal(sql_row(&q), 0);
	assert_int_equal(sql_int(&q, 0), (int64_t)known); // none is missing above
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(every_statement_goes_by_an_index),
		store_test(every_reference_to_a_person_is_indexed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
