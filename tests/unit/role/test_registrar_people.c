// People whom operators suspend, give back, log out, make operators and delete; and what becomes of their accounts.
#include "registrar_setup.h"
#include "store/account.h"
#include "store/person.h"
#include "store/session.h"
#include "store/token.h"

static int make_person(struct store_txn *txn, void *context)
{
	static const uint8_t HANDLE[16] = {1};
	const struct store_person person = {.address = VIEW_LIT("Juliet@example.org"), .key = VIEW_LIT("juliet@example.org"), .status = STORE_PERSON_ACTIVE,
					    .language = VIEW_LIT("en"), .created = clock_now(), .notices = STORE_NOTIFY_ALL, .unsubscribe = VIEW_LIT("u"),
					    .user_handle = view_bytes(HANDLE, sizeof(HANDLE))};
	struct store_session session = {.kind = STORE_SESSION_FULL, .created = clock_now(), .seen = clock_now(), .rotated = clock_now(),
					.expires = clock_now() + XICA_DAY, .idle = XICA_DAY};
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .thumbprint = {1}, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[]"),
					.created = clock_now()};
	int64_t *ids = context;
	int error = store_person_insert(txn, &person, &ids[0]);
	session.person = account.person = ids[0];
	if (!error)
		error = store_session_insert(txn, &session, &session.id);
	if (!error)
		error = store_account_insert(txn, &account, &ids[1]);
	account.thumbprint[0] = 2;
	account.status = STORE_ACCOUNT_DEACTIVATED;
	return error ? error : store_account_insert(txn, &account, &ids[2]);
}

static void assert_shown(const char *command, int64_t id, const char *has)
{
	const char *answer = rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"%s-show\",\"%s\":%lld}", command, command, (long long)id));
	if (!strstr(answer, has))
		fail_msg("%s is not in %s", has, answer);
}

static void who_is_suspended_is_logged_out_and_their_accounts_rest_until_they_are_resumed(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	assert_shown("person", ids[0], "\"agent\"");
	rig_act(&rig, "{\"command\":\"person-suspend\",\"address\":\"JULIET@example.org\"}");
	assert_non_null(strstr(rig_take_note(&rig), "JULIET@example.org"));
	assert_shown("person", ids[0], "\"status\":\"suspended\"");
	assert_shown("person", ids[0], "\"sessions\":[]");
	assert_shown("account", ids[1], "suspended");
	assert_shown("account", ids[2], "deactivated");
	rig_act_refused(&rig, "{\"command\":\"person-suspend\",\"address\":\"juliet@example.org\"}", "suspended already");
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"person-resume\",\"person\":%lld}", (long long)ids[0]));
	(void)rig_take_note(&rig);
	assert_shown("person", ids[0], "\"status\":\"active\"");
	assert_shown("account", ids[1], "\"status\":\"valid\"");
	assert_shown("account", ids[2], "deactivated");
}

static void an_account_that_was_suspended_by_itself_stays_so_when_its_person_is_resumed(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"account-suspend\",\"account\":%lld}", (long long)ids[1]));
	(void)rig_take_note(&rig);
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"person-suspend\",\"person\":%lld}", (long long)ids[0]));
	(void)rig_take_note(&rig);
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"person-resume\",\"person\":%lld}", (long long)ids[0]));
	assert_non_null(strstr(rig_take_note(&rig), "\"accounts\":0"));
	assert_shown("account", ids[1], "suspended");
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"account-resume\",\"account\":%lld}", (long long)ids[1]));
	assert_shown("account", ids[1], "valid");
}

static void the_accounts_of_a_suspended_person_who_is_deleted_are_closed(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"person-suspend\",\"person\":%lld}", (long long)ids[0]));
	rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"person-delete\",\"person\":%lld}", (long long)ids[0]));
	assert_shown("account", ids[1], "deactivated");
	rig_act_refused(&rig, arena_printf(&rig.arena, "{\"command\":\"account-resume\",\"account\":%lld}", (long long)ids[1]), "deactivated already");
}

struct link {
	int64_t person;
	uint8_t hash[STORE_HASH_LEN];
	bool is_there;
};

static int make_link(struct store_txn *txn, void *context)
{
	const struct link *link = context;
	struct store_token token = {.purpose = STORE_TOKEN_ADDRESS, .person = link->person, .address = VIEW_LIT("paris@example.org"),
					  .key = VIEW_LIT("paris@example.org"), .language = VIEW_LIT("en"), .created = clock_now(),
					  .expires = clock_now() + XICA_DAY};
	memcpy(token.token_hash, link->hash, sizeof(token.token_hash));
	return store_token_insert(txn, &token);
}

static int look_for_link(struct store_txn *txn, void *context)
{
	struct store_token token;
	struct link *link = context;
	int error = store_token_get(txn, link->hash, STORE_TOKEN_ADDRESS, clock_now(), &rig.arena, &token);
	link->is_there = !error;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static void who_is_logged_out_or_suspended_gets_in_by_no_link_to_another_address(void **state)
{
	static const char *const COMMANDS[] = {"person-log-out", "person-suspend"};
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
		struct link link = {.person = ids[0], .hash = {(uint8_t)(7 + i)}};
		rig_run(&rig, make_link, &link);
		rig_run(&rig, look_for_link, &link);
		assert_true(link.is_there);
		rig_act(&rig, arena_printf(&rig.arena, "{\"command\":\"%s\",\"person\":%lld}", COMMANDS[i], (long long)ids[0]));
		rig_run(&rig, look_for_link, &link);
		assert_false(link.is_there);
	}
}

static void people_are_found_made_operators_and_deleted(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	assert_non_null(strstr(rig_act(&rig, "{\"command\":\"person-list\",\"address\":\"jul\"}"), "Juliet@example.org"));
	assert_null(strstr(rig_act(&rig, "{\"command\":\"person-list\",\"address\":\"rom\"}"), "Juliet@example.org"));
	rig_act(&rig, "{\"command\":\"person-operator\",\"address\":\"juliet@example.org\",\"operator\":true}");
	(void)rig_take_note(&rig);
	assert_shown("person", ids[0], "\"operator\":true");
	rig_act(&rig, "{\"command\":\"person-operator\",\"address\":\"juliet@example.org\",\"operator\":false}");
	(void)rig_take_note(&rig);
	assert_shown("person", ids[0], "\"operator\":false");
	rig_act(&rig, "{\"command\":\"person-delete\",\"address\":\"juliet@example.org\"}");
	(void)rig_take_note(&rig);
	struct ipc_message farewell = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	assert_true(view_equal_str(ipc_message_bytes(&farewell, IPC_LETTER), "person-deleted"));
	assert_true(view_equal_str(ipc_message_bytes(&farewell, IPC_MAIL_TO), "Juliet@example.org"));
	rig_act_refused(&rig, "{\"command\":\"person-show\",\"address\":\"juliet@example.org\"}", "no such person");
	rig_act_refused(&rig, "{\"command\":\"person-show\",\"address\":\"juliet\"}", "no mail address");
	rig_act_refused(&rig, "{\"command\":\"person-show\"}", "say who");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		registrar_test(who_is_suspended_is_logged_out_and_their_accounts_rest_until_they_are_resumed),
		registrar_test(an_account_that_was_suspended_by_itself_stays_so_when_its_person_is_resumed),
		registrar_test(the_accounts_of_a_suspended_person_who_is_deleted_are_closed),
		registrar_test(who_is_logged_out_or_suspended_gets_in_by_no_link_to_another_address),
		registrar_test(people_are_found_made_operators_and_deleted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
