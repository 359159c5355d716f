// What people do with their own account, and cannot do with another's.
#include <stdio.h>
#include <stdlib.h>

#include "site_rig.h"
#include "store/eab.h"

static const char HER[] = "juliet@verona.example";
static const char HIS[] = "romeo@verona.example";

// The browser's own session in the list, and another one of the same person.
static void session_ids(struct rig *rig, int64_t *ret_mine, int64_t *ret_other)
{
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	size_t i;
	json_t *session;
	*ret_mine = *ret_other = 0;
	json_array_foreach(json_object_get(rig->json, "sessions"), i, session) {
		int64_t id = json_integer_value(json_object_get(session, "id"));
		*(json_is_true(json_object_get(session, "current")) ? ret_mine : ret_other) = id;
	}
}

static void a_new_password_ends_the_other_sessions(struct rig *rig)
{
	rig_join(rig, HER);
	struct rig_browser other = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	struct rig_browser before = rig->browser;
	assert_int_equal(rig_post(rig, "/api/person/password", "{\"old\":\"" RIG_PASSWORD "\",\"password\":\"nine white larks\"}"), 200);
	assert_string_equal(rig_letter(rig), "password-changed");
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	struct rig_browser mine = rig->browser;
	rig->browser = before;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = other;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 422);
	assert_int_equal(rig_log_in(rig, HER, "nine white larks"), 200);
	rig->browser = mine;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static void a_new_password_wants_the_old_one_and_be_a_good_one(struct rig *rig)
{
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/password", "{\"old\":\"wrong one here\",\"password\":\"nine white larks\"}"), 422);
	assert_string_equal(rig->field, "old");
	assert_string_equal(rig->word, "wrong-password");
	assert_int_equal(rig_post(rig, "/api/person/password", "{\"old\":\"" RIG_PASSWORD "\",\"password\":\"1234567890\"}"), 422);
	assert_string_equal(rig->field, "password");
	for (int i = 0; i < 6; i++)
		(void)rig_post(rig, "/api/person/password", "{\"old\":\"wrong one here\",\"password\":\"nine white larks\"}");
	assert_int_equal(rig_post(rig, "/api/person/password", "{\"old\":\"" RIG_PASSWORD "\",\"password\":\"nine white larks\"}"), 429);
}

static void two_new_passwords_at_a_time_are_one(struct rig *rig)
{
	rig_join(rig, HER);
	rig_begin(rig, HTTP_METHOD_POST, "/api/person/password", "{\"old\":\"" RIG_PASSWORD "\",\"password\":\"nine white larks\"}");
	rig_begin(rig, HTTP_METHOD_POST, "/api/person/password", "{\"old\":\"" RIG_PASSWORD "\",\"password\":\"ten black crows\"}");
	unsigned right = 0;
	for (int i = 0; i < 2; i++) {
		rig->answered = false;
		rig_run(rig);
		right += rig->status == 200;
	}
	assert_int_equal(right, 1);
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, "nine white larks"), 200);
}

static void the_address_changes_when_the_new_ones_letter_is_opened(struct rig *rig)
{
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/address", "{\"address\":\"Juliet@mantua.example\"}"), 200);
	assert_string_equal(rig_letter(rig), "address-new");
	assert_string_equal(rig_letter_to(rig), "Juliet@mantua.example");
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_string_equal(rig_text(rig, "address"), HER);
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	struct rig_browser mine = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7"); // on another device
	assert_int_equal(rig_postf(rig, "/api/person/address/confirm", "{\"token\":\"%s\"}", token), 200);
	assert_string_equal(rig_text(rig, "address"), "Juliet@mantua.example");
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
	assert_string_equal(rig_letter(rig), "address-changed");
	assert_string_equal(rig_letter_to(rig), HER);
	assert_int_equal(rig_postf(rig, "/api/person/address/confirm", "{\"token\":\"%s\"}", token), 422);
	rig->browser = mine;
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 422);
	assert_int_equal(rig_log_in(rig, "juliet@mantua.example", RIG_PASSWORD), 200);
}

// Whoever had her session and asked for another address must not get in by that letter when she has thrown them out.
static void a_new_password_and_logging_out_everywhere_void_the_link_to_another_address(struct rig *rig)
{
	char tokens[3][64];
	rig_join(rig, HER);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rig_postf(rig, "/api/person/address", "{\"address\":\"paris%d@verona.example\"}", i), 200);
		memcpy(tokens[i], rig_letter_token(rig), 44);
		if (i == 0)
			assert_int_equal(rig_postf(rig, "/api/person/password", "{\"old\":\"%s\",\"password\":\"nine white larks\"}", RIG_PASSWORD), 200);
		else if (i == 1)
			assert_int_equal(rig_post(rig, "/api/log-out-everywhere", "{}"), 200);
		else
			assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
		if (i == 1)
			assert_int_equal(rig_log_in(rig, HER, "nine white larks"), 200);
		else if (i == 2)
			assert_int_equal(rig_postf(rig, "/api/reset/finish", "{\"token\":\"%s\",\"password\":\"ten grey geese\"}", rig_letter_token(rig)), 200);
		assert_int_equal(rig_postf(rig, "/api/person/address/confirm", "{\"token\":\"%s\"}", tokens[i]), 422);
		assert_string_equal(rig->word, "wrong-token");
	}
}

static void an_address_of_somebody_else_is_answered_alike(struct rig *rig)
{
	rig_join(rig, HIS);
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/address", "{\"address\":\"romeo@verona.example\"}"), 200);
	assert_int_equal(rig_number(rig, "sent"), 1);
	assert_int_equal(json_object_size(rig->json), 1);
	assert_string_equal(rig_letter(rig), "already-member");
	assert_string_equal(rig_letter_to(rig), HIS);
}

static void a_token_for_an_address_that_was_taken_meanwhile_is_void(struct rig *rig)
{
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/address", "{\"address\":\"new@verona.example\"}"), 200);
	char token[64];
	memcpy(token, rig_letter_token(rig), 44);
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, "new@verona.example");
	assert_int_equal(rig_postf(rig, "/api/person/address/confirm", "{\"token\":\"%s\"}", token), 422);
	assert_string_equal(rig->word, "wrong-token");
}

static void letters_come_in_the_persons_language(struct rig *rig)
{
	rig_join(rig, HER);
	assert_int_equal(rig_post(rig, "/api/person/language", "{\"language\":\"de\"}"), 200);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_string_equal(rig_text(rig, "language"), "de");
	assert_int_equal(rig_post(rig, "/api/person/language", "{\"language\":\"../../x\"}"), 422);
	assert_int_equal(rig_post(rig, "/api/reset", "{\"address\":\"juliet@verona.example\"}"), 200);
	assert_string_equal(rig_letter_language(rig), "de");
}

static void a_browser_of_any_name_logs_in_and_is_listed(struct rig *rig)
{
	rig_join(rig, HER);
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig->browser.agent = "M\xc3\xb6zilla\xff\x80\r\n";
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	assert_string_equal(rig_letter_value(rig, "agent"), "M??zilla????");
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
	assert_int_equal(json_array_size(json_object_get(rig->json, "sessions")), 2);
}

static void sessions_are_listed_and_ended_one_by_one(struct rig *rig)
{
	int64_t mine, other;
	rig_join(rig, HER);
	struct rig_browser first = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 200);
	session_ids(rig, &mine, &other);
	assert_int_equal(json_array_size(json_object_get(rig->json, "sessions")), 2);
	assert_true(mine > 0 && other > 0);
	char path[64];
	(void)snprintf(path, sizeof(path), "/api/person/sessions/%lld/end", (long long)other);
	assert_int_equal(rig_post(rig, path, "{}"), 200);
	assert_int_equal(rig_post(rig, path, "{}"), 404);
	struct rig_browser second = rig->browser;
	rig->browser = first;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	rig->browser = second;
	(void)snprintf(path, sizeof(path), "/api/person/sessions/%lld/end", (long long)mine);
	assert_int_equal(rig_post(rig, path, "{}"), 200);
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
}

static void nobody_ends_another_persons_session(struct rig *rig)
{
	int64_t his, none;
	char path[64];
	static const char *const ODD[] = {"0", "-1", "01", "1x", "99999999999999999999", "1%20"};
	rig_join(rig, HIS);
	session_ids(rig, &his, &none);
	struct rig_browser he = rig->browser;
	rig->browser = rig_fresh_browser("198.51.100.7");
	rig_join(rig, HER);
	(void)snprintf(path, sizeof(path), "/api/person/sessions/%lld/end", (long long)his);
	assert_int_equal(rig_post(rig, path, "{}"), 404);
	for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
		(void)snprintf(path, sizeof(path), "/api/person/sessions/%s/end", ODD[i]);
		assert_int_equal(rig_post(rig, path, "{}"), 404);
	}
	rig->browser = he;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 200);
}

static int give_key(struct store_txn *txn, void *context)
{
	const struct store_person *person = context;
	const struct store_eab eab = {.kid = VIEW_LIT("kid-1"), .mac_key = VIEW_LIT("0123456789abcdef0123456789abcdef"), .person = person->id,
				      .name = VIEW_LIT("her server"), .created = RIG_NOW};
	return store_eab_create(txn, &eab);
}

static int look_at_key(struct store_txn *txn, void *context)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_eab eab;
	int error = store_eab_get(txn, VIEW_LIT("kid-1"), &arena, &eab);
	*(bool *)context = !error && eab.revoked && !eab.person && !eab.name.len;
	return error;
}

static void the_export_holds_what_is_kept_and_no_secret(struct rig *rig)
{
	static const char *const PARTS[] = {"person", "sessions", "devices", "passkeys", "keys", "accounts", "domains", "certificates", "history"};
	cleanup_arena arena = ARENA_INIT;
	rig_join(rig, HER);
	struct store_person person = rig_person(rig, HER, &arena);
	assert_int_equal(store_run(rig->store, give_key, &person), 0);
	assert_int_equal(rig_get(rig, "/api/person/export"), 200);
	assert_string_equal(rig->file_name, "xica-export.json");
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
		assert_non_null(json_object_get(rig->json, PARTS[i]));
	char *text = json_dumps(rig->json, 0);
	assert_non_null(strstr(text, HER));
	assert_non_null(strstr(text, "her server"));
	assert_non_null(strstr(text, "Mozilla/5.0 (test)"));
	assert_non_null(strstr(text, "\"sign-up\""));
	assert_null(strstr(text, "hash:"));
	assert_null(strstr(text, "0123456789abcdef"));
	assert_null(strstr(text, (const char *)arena_strdup(&arena, person.unsubscribe)));
	free(text);
}

static int find_her(struct store_txn *txn, void *context)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_person person;
	(void)context;
	return store_person_by_key(txn, VIEW_LIT("juliet@verona.example"), &arena, &person);
}

static void the_export_can_not_be_asked_for_all_day(struct rig *rig)
{
	unsigned status = 200;
	rig_join(rig, HER);
	for (int i = 0; i < 7 && status == 200; i++)
		status = rig_get(rig, "/api/person/export");
	assert_int_equal(status, 429);
	rig_sleep(XICA_MINUTE);
	assert_int_equal(rig_get(rig, "/api/person/export"), 200);
}

static void deleting_leaves_nothing_but_a_letter(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	bool gone = false;
	rig_join(rig, HER);
	struct store_person person = rig_person(rig, HER, &arena);
	assert_int_equal(store_run(rig->store, give_key, &person), 0);
	struct rig_browser before = rig->browser;
	assert_int_equal(rig_post(rig, "/api/person/delete", "{}"), 200);
	assert_string_equal(rig_cookie(rig, "__Host-session"), "");
	assert_string_equal(rig_letter(rig), "person-deleted");
	assert_string_equal(rig_letter_to(rig), HER);
	assert_int_equal(rig_letters(rig), 1);
	assert_int_equal(store_run(rig->store, look_at_key, &gone), 0);
	assert_true(gone);
	assert_int_equal(store_run(rig->store, find_her, NULL), XICA_ENOTFOUND);
	rig->browser = before;
	assert_int_equal(rig_get(rig, "/api/person/sessions"), 401);
	assert_int_equal(rig_log_in(rig, HER, RIG_PASSWORD), 422);
	rig_join(rig, HER); // and is welcome again
}

static void a_person_is_not_deleted_by_a_session_that_is_not_fresh(struct rig *rig)
{
	rig_join(rig, HER);
	rig_sleep(15 * XICA_MINUTE);
	assert_int_equal(rig_post(rig, "/api/person/delete", "{}"), 403);
	assert_int_equal(rig_post(rig, "/api/person/address", "{\"address\":\"a@b.example\"}"), 403);
	assert_int_equal(rig_get(rig, "/api/session"), 200);
	assert_int_equal(rig_number(rig, "fresh"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_new_password_ends_the_other_sessions),
		rig_test(a_new_password_wants_the_old_one_and_be_a_good_one),
		rig_test(two_new_passwords_at_a_time_are_one),
		rig_test(the_address_changes_when_the_new_ones_letter_is_opened),
		rig_test(a_new_password_and_logging_out_everywhere_void_the_link_to_another_address),
		rig_test(an_address_of_somebody_else_is_answered_alike),
		rig_test(a_token_for_an_address_that_was_taken_meanwhile_is_void),
		rig_test(letters_come_in_the_persons_language),
		rig_test(a_browser_of_any_name_logs_in_and_is_listed),
		rig_test(sessions_are_listed_and_ended_one_by_one),
		rig_test(nobody_ends_another_persons_session),
		rig_test(the_export_holds_what_is_kept_and_no_secret),
		rig_test(the_export_can_not_be_asked_for_all_day),
		rig_test(deleting_leaves_nothing_but_a_letter),
		rig_test(a_person_is_not_deleted_by_a_session_that_is_not_fresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
