// What operators do: people suspended and given back, orders that wait for a person, and a note of each act in the audit log.
#include <jansson.h>
#include <unistd.h>

#include "base/base64url.h"
#include "registrar_rig.h"
#include "role/registrar/registrar.h"
#include "store/account.h"
#include "store/eab.h"
#include "store/person.h"
#include "store/session.h"
#include "store/token.h"
#include "validate/receipt.h"

static struct rig rig;

static int set_up(void **state)
{
	(void)state;
	rig_start_reviewing(&rig, "*bank*", "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

// --- notes

static void noted(const struct ipc_message *note)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_NOTED, note->id);
	rig_send(&rig, RIG_SIGNER, &message);
}

static const char *nth_note(const struct ipc_message *notes, size_t n)
{
	struct view body;
	return ipc_message_nth(notes, IPC_BODY, n, &body) ? arena_strdup(&rig.arena, body) : NULL;
}

// The next notes, put into the log; the text of the last of them, which is the command's.
static const char *take_note(void)
{
	struct ipc_message notes = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	size_t count = 0;
	while (nth_note(&notes, count))
		count++;
	noted(&notes);
	return nth_note(&notes, count - 1);
}

static const char *act(const char *question)
{
	const char *answer = rig_command(&rig, question);
	assert_null(strstr(answer, "\"error\":"));
	return answer;
}

static void refused(const char *question, const char *why)
{
	const char *answer = rig_command(&rig, question);
	if (!strstr(answer, "\"error\":") || !strstr(answer, why))
		fail_msg("%s", answer);
}

static void an_act_is_noted_with_who_did_what_to_whom(void **state)
{
	(void)state;
	act("{\"command\":\"account-suspend\",\"account\":1}");
	struct ipc_message notes = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	noted(&notes);
	json_t *what = json_loads(nth_note(&notes, 0), 0, NULL); // of the account: with its key, whoever did it
	assert_string_equal(json_string_value(json_object_get(what, "kind")), "account");
	assert_string_equal(json_string_value(json_object_get(what, "status")), "suspended");
	assert_int_equal(json_integer_value(json_object_get(what, "account")), 1);
	assert_true(json_is_object(json_object_get(what, "account_key")));
	json_decref(what);
	json_t *note = json_loads(nth_note(&notes, 1), 0, NULL);
	assert_null(nth_note(&notes, 2));
	assert_string_equal(json_string_value(json_object_get(note, "by")), arena_printf(&rig.arena, "uid %lu (control socket)", (unsigned long)getuid()));
	assert_string_equal(json_string_value(json_object_get(note, "command")), "account-suspend");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(note, "arguments"), "account")), 1);
	assert_null(json_object_get(json_object_get(note, "arguments"), "command"));
	assert_non_null(json_string_value(json_object_get(note, "done")));
	assert_true(json_integer_value(json_object_get(note, "note")) > 0);
	json_decref(note);
}

static void looking_and_what_failed_are_not_noted(void **state)
{
	(void)state;
	act("{\"command\":\"account-list\"}");
	act("{\"command\":\"health\"}");
	act("{\"command\":\"limits\"}");
	refused("{\"command\":\"account-suspend\",\"account\":99}", "no such account");
	refused("{\"command\":\"sing\"}", "no such command");
	refused("nonsense", "no such command");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void long_arguments_are_cut_within_no_character_and_what_was_made_is_named(void **state)
{
	cleanup_buf question = BUF_INIT;
	(void)state;
	buf_add_str(&question, "{\"command\":\"eab-create\",\"note\":\"x");
	for (int i = 0; i < 300; i++)
		buf_add_str(&question, "ü");
	buf_add_str(&question, "\"}");
	json_t *made = json_loads(act(buf_cstr(&question)), 0, NULL), *note = json_loads(take_note(), 0, NULL);
	const char *text = json_string_value(json_object_get(json_object_get(note, "arguments"), "note"));
	assert_non_null(text);
	assert_int_equal(strlen(text), 199 + strlen("…"));
	assert_string_equal(json_string_value(json_object_get(json_object_get(note, "outcome"), "kid")), json_string_value(json_object_get(made, "kid")));
	json_decref(made);
	json_decref(note);
}

static void an_act_that_is_no_dry_run_is_noted_though_it_says_so(void **state)
{
	(void)state;
	act("{\"command\":\"account-suspend\",\"account\":1,\"dry\":true}");
	assert_non_null(strstr(take_note(), "account-suspend"));
	act("{\"command\":\"cert-revoke\",\"account\":1,\"dry\":true}");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

// A note that the signer refuses would keep back all that come after it.
static void no_arguments_make_a_note_that_the_signer_does_not_take(void **state)
{
	enum { SIGNER_TAKES = 32 * 1024 };
	cleanup_buf question = BUF_INIT, many = BUF_INIT;
	(void)state;
	buf_add_str(&question, "{\"command\":\"account-suspend\",\"account\":1");
	for (int i = 0; i < 10; i++) {
		buf_addf(&question, ",\"%02d", i);
		for (int n = 0; n < 400; n++)
			buf_add_str(&question, "\\u0001");
		buf_add_str(&question, "\":\"");
		for (int n = 0; n < 600; n++)
			buf_add_str(&question, "\\u0001");
		buf_add_str(&question, "\"");
	}
	buf_add(&many, buf_view(&question));
	buf_add_str(&question, "}");
	buf_add_str(&many, ",\"more\":1}");
	refused(buf_cstr(&many), "so many arguments");
	act(buf_cstr(&question));
	const char *note = take_note();
	assert_true(strlen(note) < SIGNER_TAKES);
	assert_non_null(strstr(note, "\"account\":1"));
}

static void notes_wait_for_the_signer_in_order_and_each_goes_once(void **state)
{
	(void)state;
	rig_disconnect(&rig, RIG_SIGNER);
	act("{\"command\":\"account-suspend\",\"account\":1}");
	act("{\"command\":\"account-resume\",\"account\":1}");
	rig_connect(&rig, RIG_SIGNER);
	struct ipc_message notes = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	static const char *const EXPECTED[] = {"\"suspended\"", "account-suspend", "\"valid\"", "account-resume"};
	for (size_t i = 0; i < 4; i++)
		assert_non_null(strstr(nth_note(&notes, i), EXPECTED[i]));
	assert_null(nth_note(&notes, 4));
	noted(&notes);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_note_that_the_signer_did_not_answer_is_told_to_the_next_one(void **state)
{
	(void)state;
	act("{\"command\":\"account-suspend\",\"account\":1}");
	(void)rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	assert_non_null(strstr(take_note(), "account-suspend"));
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void a_note_survives_the_registrar(void **state)
{
	(void)state;
	act("{\"command\":\"account-suspend\",\"account\":1}");
	(void)rig_take(&rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	rig_kill(&rig);
	rig_launch(&rig);
	assert_non_null(strstr(take_note(), "account-suspend"));
}

// --- the audit log, asked for

static void the_log_is_read_newest_first_in_portions(void **state)
{
	static const char LINES[] = "{\"kind\":\"start\",\"previous\":\"00\"}\n{\"kind\":\"operator\",\"by\":\"juliet@example.org\"}\n";
	uint64_t offset = 0;
	(void)state;
	int fd = rig_command_send(&rig, "{\"command\":\"audit-read\"}");
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_READ);
	assert_int_equal(ipc_message_u64(&question, IPC_OFFSET, &offset), 0);
	assert_true(offset == UINT64_MAX);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_LINES, question.id);
	ipc_message_add_u64(&message, IPC_OFFSET, 4711);
	ipc_message_add_str(&message, IPC_BODY, LINES);
	rig_send(&rig, RIG_SIGNER, &message);
	json_t *answer = json_loads(rig_command_answer(&rig, fd), 0, NULL);
	const json_t *lines = json_object_get(answer, "lines");
	assert_int_equal(json_array_size(lines), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(lines, 0), "by")), "juliet@example.org");
	assert_int_equal(json_integer_value(json_object_get(answer, "next")), 4711);
	json_decref(answer);

	fd = rig_command_send(&rig, "{\"command\":\"audit-read\",\"before\":4711}");
	question = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_READ);
	assert_int_equal(ipc_message_u64(&question, IPC_OFFSET, &offset), 0);
	assert_true(offset == 4711);
	rig_disconnect(&rig, RIG_SIGNER); // who waits is told
	assert_non_null(strstr(rig_command_answer(&rig, fd), "the signer has gone"));
	refused("{\"command\":\"audit-verify\"}", "not there");
	rig_connect(&rig, RIG_SIGNER);
}

static void the_log_is_verified_by_the_signer(void **state)
{
	(void)state;
	int fd = rig_command_send(&rig, "{\"command\":\"audit-verify\"}");
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_AUDIT_VERIFY);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_VERIFIED, question.id);
	ipc_message_add_u64(&message, IPC_NUMBER, 41);
	ipc_message_add_str(&message, IPC_DETAIL, "line 42 is wrong");
	rig_send(&rig, RIG_SIGNER, &message);
	const char *answer = rig_command_answer(&rig, fd);
	assert_non_null(strstr(answer, "\"whole\":false"));
	assert_non_null(strstr(answer, "line 42 is wrong"));
}

// --- a certificate by an operator's word

static const char *issue_question(void)
{
	static const uint8_t KEY[RECEIPT_KEY_LEN] = {1};
	const struct receipt receipt = {.kind = RECEIPT_CONTROL, .method = RECEIPT_OPERATOR, .identifier = {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), false},
		.perspectives = 1, .seen = clock_now(), .expires = clock_now() + XICA_HOUR};
	cleanup_buf sealed = BUF_INIT, text = BUF_INIT;
	assert_int_equal(receipt_write(&receipt, view_bytes(KEY, sizeof(KEY)), &sealed), 0);
	base64url_encode(&text, buf_view(&sealed));
	return arena_printf(&rig.arena, "{\"command\":\"cert-issue\",\"profile\":\"xmpp-server\",\"csr\":\"MAA\",\"jws\":\"{}\",\"jwk\":\"{}\",\"receipts\":[\"%s\"]}",
			    buf_cstr(&text));
}

static void who_waits_for_a_certificate_when_the_registrar_stops_is_told_what_to_do(void **state)
{
	(void)state;
	int fd = rig_command_send(&rig, issue_question());
	(void)rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_end(&rig);
	const char *answer = rig_command_answer(&rig, fd);
	if (!strstr(answer, "\"error\":\"xicad stops") || !strstr(answer, "xica cert list"))
		fail_msg("%s", answer);
	rig_launch(&rig);
}

static void a_signer_that_comes_back_is_asked_again_for_the_operators_certificate(void **state)
{
	(void)state;
	int fd = rig_command_send(&rig, issue_question());
	(void)rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	struct ipc_message again = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	rig_refused(&rig, &again, "badCSR", "no request");
	assert_non_null(strstr(rig_command_answer(&rig, fd), "\"error\":"));
}

// --- people

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
	const char *answer = act(arena_printf(&rig.arena, "{\"command\":\"%s-show\",\"%s\":%lld}", command, command, (long long)id));
	if (!strstr(answer, has))
		fail_msg("%s is not in %s", has, answer);
}

static void who_is_suspended_is_logged_out_and_their_accounts_rest_until_they_are_resumed(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	assert_shown("person", ids[0], "\"agent\"");
	act("{\"command\":\"person-suspend\",\"address\":\"JULIET@example.org\"}");
	assert_non_null(strstr(take_note(), "JULIET@example.org"));
	assert_shown("person", ids[0], "\"status\":\"suspended\"");
	assert_shown("person", ids[0], "\"sessions\":[]");
	assert_shown("account", ids[1], "suspended");
	assert_shown("account", ids[2], "deactivated");
	refused("{\"command\":\"person-suspend\",\"address\":\"juliet@example.org\"}", "suspended already");
	act(arena_printf(&rig.arena, "{\"command\":\"person-resume\",\"person\":%lld}", (long long)ids[0]));
	(void)take_note();
	assert_shown("person", ids[0], "\"status\":\"active\"");
	assert_shown("account", ids[1], "\"status\":\"valid\"");
	assert_shown("account", ids[2], "deactivated");
}

static void an_account_that_was_suspended_by_itself_stays_so_when_its_person_is_resumed(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	act(arena_printf(&rig.arena, "{\"command\":\"account-suspend\",\"account\":%lld}", (long long)ids[1]));
	(void)take_note();
	act(arena_printf(&rig.arena, "{\"command\":\"person-suspend\",\"person\":%lld}", (long long)ids[0]));
	(void)take_note();
	act(arena_printf(&rig.arena, "{\"command\":\"person-resume\",\"person\":%lld}", (long long)ids[0]));
	assert_non_null(strstr(take_note(), "\"accounts\":0"));
	assert_shown("account", ids[1], "suspended");
	act(arena_printf(&rig.arena, "{\"command\":\"account-resume\",\"account\":%lld}", (long long)ids[1]));
	assert_shown("account", ids[1], "valid");
}

static void the_accounts_of_a_suspended_person_who_is_deleted_are_closed(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	act(arena_printf(&rig.arena, "{\"command\":\"person-suspend\",\"person\":%lld}", (long long)ids[0]));
	act(arena_printf(&rig.arena, "{\"command\":\"person-delete\",\"person\":%lld}", (long long)ids[0]));
	assert_shown("account", ids[1], "deactivated");
	refused(arena_printf(&rig.arena, "{\"command\":\"account-resume\",\"account\":%lld}", (long long)ids[1]), "deactivated already");
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
		act(arena_printf(&rig.arena, "{\"command\":\"%s\",\"person\":%lld}", COMMANDS[i], (long long)ids[0]));
		rig_run(&rig, look_for_link, &link);
		assert_false(link.is_there);
	}
}

static void people_are_found_made_operators_and_deleted(void **state)
{
	int64_t ids[3];
	(void)state;
	rig_run(&rig, make_person, ids);
	assert_non_null(strstr(act("{\"command\":\"person-list\",\"address\":\"jul\"}"), "Juliet@example.org"));
	assert_null(strstr(act("{\"command\":\"person-list\",\"address\":\"rom\"}"), "Juliet@example.org"));
	act("{\"command\":\"person-operator\",\"address\":\"juliet@example.org\",\"operator\":true}");
	(void)take_note();
	assert_shown("person", ids[0], "\"operator\":true");
	act("{\"command\":\"person-operator\",\"address\":\"juliet@example.org\",\"operator\":false}");
	(void)take_note();
	assert_shown("person", ids[0], "\"operator\":false");
	act("{\"command\":\"person-delete\",\"address\":\"juliet@example.org\"}");
	(void)take_note();
	struct ipc_message farewell = rig_take(&rig, RIG_MAILER, IPC_MAIL);
	assert_true(view_equal_str(ipc_message_bytes(&farewell, IPC_LETTER), "person-deleted"));
	assert_true(view_equal_str(ipc_message_bytes(&farewell, IPC_MAIL_TO), "Juliet@example.org"));
	refused("{\"command\":\"person-show\",\"address\":\"juliet@example.org\"}", "no such person");
	refused("{\"command\":\"person-show\",\"address\":\"juliet\"}", "no mail address");
	refused("{\"command\":\"person-show\"}", "say who");
}

// --- orders that wait

// An order for a name that is to be looked at, finalized.
static struct order waiting_order(const char *name)
{
	struct order order = rig_ready_order(&rig, name, 0);
	struct answer answer = rig_answer(&rig, rig_finalize(&rig, &order));
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "processing");
	assert_true(answer.retry_after >= 30);
	return order;
}

static void an_order_for_a_name_of_high_risk_is_issued_only_when_approved(void **state)
{
	(void)state;
	struct order order = waiting_order("www.mybank.example");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_non_null(strstr(act("{\"command\":\"order-waiting\"}"), "www.mybank.example"));
	assert_non_null(strstr(act("{\"command\":\"health\"}"), "\"orders\":1"));
	act(arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id));
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	assert_non_null(strstr(take_note(), "order-approve"));
	struct prepared prepared = rig_prepared(&rig, &prepare);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	assert_certified(&rig, &order, &prepared);
	assert_null(strstr(act("{\"command\":\"order-waiting\"}"), "mybank"));
	refused(arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id), "does not wait");
}

static void an_order_of_a_suspended_account_is_not_approved(void **state)
{
	(void)state;
	struct order order = waiting_order("bank.example");
	act(arena_printf(&rig.arena, "{\"command\":\"account-suspend\",\"account\":%lld}", (long long)rig.account));
	(void)take_note();
	refused(arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id), "suspended or closed");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	act(arena_printf(&rig.arena, "{\"command\":\"order-refuse\",\"order\":%s}", order.id));
}

static void a_refused_order_is_over_and_says_why(void **state)
{
	(void)state;
	struct order order = waiting_order("bank.example");
	act(arena_printf(&rig.arena, "{\"command\":\"order-refuse\",\"order\":%s,\"reason\":\"not yours\"}", order.id));
	(void)take_note();
	struct answer answer = rig_call(&rig, ACME_ORDER, order.id, NULL);
	assert_string_equal(answer.state, "invalid");
	assert_non_null(strstr(answer.body, "rejectedIdentifier"));
	assert_non_null(strstr(answer.body, "not yours"));
	refused(arena_printf(&rig.arena, "{\"command\":\"order-approve\",\"order\":%s}", order.id), "does not wait");
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
}

static void neither_a_start_nor_a_signer_that_comes_back_issues_what_waits(void **state)
{
	(void)state;
	struct order order = waiting_order("bank.example");
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	rig_kill(&rig);
	rig_launch(&rig);
	assert_true(rig_hears_nothing(&rig, RIG_SIGNER));
	assert_state(&rig, ACME_ORDER, order.id, "processing");
	assert_non_null(strstr(act("{\"command\":\"order-waiting\"}"), "bank.example"));
}

static void other_names_do_not_wait(void **state)
{
	(void)state;
	struct order order = rig_ready_order(&rig, "ban.example", 0);
	(void)rig_finalize(&rig, &order);
	struct ipc_message prepare = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &prepare);
	struct ipc_message issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &issue, &prepared);
	(void)rig_take(&rig, RIG_FRONT, IPC_HTTP_REPLY);
	assert_certified(&rig, &order, &prepared);
}

static void a_pattern_means_names_by_its_stars_and_wildcards_that_cover_one(void **state)
{
	static const struct {
		const char *pattern, *value;
		bool wildcard, wanted;
	} CASES[] = {
		{"bank.example", "bank.example", false, true},      {"bank.example", "www.bank.example", false, false},
		{"*.bank.example", "www.bank.example", false, true}, {"*.bank.example", "bank.example", false, false},
		{"*.bank.example", "bank.example", true, true},      {"www.bank.example", "bank.example", true, true},
		{"www.bank.example", "bank.example", false, false},  {"*bank*", "mybanker.example", false, true},
		{"*bank*", "ban.example", false, false},             {"*", "anything.example", false, true},
		{"a*b*c", "axxbxxbc", false, true},                  {"a*b*c", "axxbxxbd", false, false},
		{"a*b", "ab", false, true},                          {"bank", "bank.example", false, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const char *patterns[] = {CASES[i].pattern};
		const struct config config = {.review_names = patterns, .review_name_count = 1};
		const struct pki_identifier identifier = {PKI_IDENTIFIER_DNS, view_str(CASES[i].value), CASES[i].wildcard};
		if (registrar_review_wants(&config, &identifier) != CASES[i].wanted)
			fail_msg("%s and %s", CASES[i].pattern, CASES[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_act_is_noted_with_who_did_what_to_whom, set_up, tear_down),
		cmocka_unit_test_setup_teardown(looking_and_what_failed_are_not_noted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_arguments_are_cut_within_no_character_and_what_was_made_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_act_that_is_no_dry_run_is_noted_though_it_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_arguments_make_a_note_that_the_signer_does_not_take, set_up, tear_down),
		cmocka_unit_test_setup_teardown(notes_wait_for_the_signer_in_order_and_each_goes_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_note_that_the_signer_did_not_answer_is_told_to_the_next_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_note_survives_the_registrar, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_log_is_read_newest_first_in_portions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_log_is_verified_by_the_signer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_waits_for_a_certificate_when_the_registrar_stops_is_told_what_to_do, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_signer_that_comes_back_is_asked_again_for_the_operators_certificate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_suspended_is_logged_out_and_their_accounts_rest_until_they_are_resumed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_account_that_was_suspended_by_itself_stays_so_when_its_person_is_resumed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_accounts_of_a_suspended_person_who_is_deleted_are_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_logged_out_or_suspended_gets_in_by_no_link_to_another_address, set_up, tear_down),
		cmocka_unit_test_setup_teardown(people_are_found_made_operators_and_deleted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_order_for_a_name_of_high_risk_is_issued_only_when_approved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_order_of_a_suspended_account_is_not_approved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_order_is_over_and_says_why, set_up, tear_down),
		cmocka_unit_test_setup_teardown(neither_a_start_nor_a_signer_that_comes_back_issues_what_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_names_do_not_wait, set_up, tear_down),
		cmocka_unit_test(a_pattern_means_names_by_its_stars_and_wildcards_that_cover_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
