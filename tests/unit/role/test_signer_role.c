// Plays a broken registrar on a real socket against the running role, locked in as it is in service.
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/file.h"
#include "role/role.h"
#include "role/role_peers.h"
#include "signer_fixture.h"

enum { PATIENCE_MS = 10000, ANSWERS_MAX = 64 };

struct answer {
	enum ipc_type type;
	uint64_t id;
	char reason[32];
	struct buf token, serial, certificate, crl, body;
	uint64_t offset, number;
	bool faulty;
};

static struct world {
	struct event_base *base;
	struct ipc_channel *parent, *registrar;
	pid_t child;
	bool ready, parent_closed, registrar_closed;
	struct answer answers[ANSWERS_MAX];
	size_t count;
} world;

static void keep(struct buf *to, const struct ipc_message *message, enum ipc_field field)
{
	buf_clear(to);
	buf_add(to, ipc_message_bytes(message, field));
}

static void on_answer(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)channel, (void)fds, (void)fd_count, (void)context;
	assert_true(world.count < ANSWERS_MAX);
	struct answer *answer = &world.answers[world.count++];
	struct view reason = ipc_message_bytes(message, IPC_REASON);
	answer->type = message->type;
	answer->id = message->id;
	(void)snprintf(answer->reason, sizeof(answer->reason), "%.*s", VIEW_FMT(reason));
	keep(&answer->token, message, IPC_TOKEN);
	keep(&answer->serial, message, IPC_SERIAL);
	keep(&answer->certificate, message, IPC_CERTIFICATE);
	keep(&answer->crl, message, IPC_CRL_DER);
	keep(&answer->body, message, IPC_BODY);
	(void)!ipc_message_u64(message, IPC_OFFSET, &answer->offset);
	(void)!ipc_message_u64(message, IPC_NUMBER, &answer->number);
	answer->faulty = ipc_message_has(message, IPC_DETAIL);
}

static void on_ready(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)channel, (void)message, (void)fds, (void)fd_count, (void)context;
	world.ready = true;
}

static void on_closed(struct ipc_channel *channel, int error, void *context)
{
	(void)error, (void)context;
	if (channel == world.parent) {
		world.parent = NULL;
		world.parent_closed = true;
	} else if (channel == world.registrar) {
		world.registrar = NULL;
		world.registrar_closed = true;
	}
}

static const struct ipc_permit FROM_ROLE[] = {{IPC_READY, on_ready}, {0, NULL}};
static const struct ipc_permit FROM_SIGNER[] = {{IPC_PREPARED, on_answer}, {IPC_ISSUED, on_answer}, {IPC_NOT_ISSUED, on_answer},
	{IPC_CRL, on_answer}, {IPC_REFUSED, on_answer}, {IPC_AUDIT_LINES, on_answer}, {IPC_AUDIT_VERIFIED, on_answer}, {IPC_AUDIT_NOTED, on_answer},
	{0, NULL}};

static void run_loop_once(void)
{
	const struct timeval tick = {0, 50000};
	(void)event_base_loopexit(world.base, &tick);
	(void)event_base_dispatch(world.base);
}

static void wait_for(const bool *flag)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	while (!*flag && clock_monotonic_ms() < until)
		run_loop_once();
	assert_true(*flag);
}

static void wait_for_answers(size_t count)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	while (world.count < count && !world.registrar_closed && clock_monotonic_ms() < until)
		run_loop_once();
	assert_int_equal(world.count, count);
}

static void forget_answers(void)
{
	for (size_t i = 0; i < world.count; i++) {
		buf_free(&world.answers[i].token);
		buf_free(&world.answers[i].serial);
		buf_free(&world.answers[i].certificate);
		buf_free(&world.answers[i].crl);
		buf_free(&world.answers[i].body);
	}
	world.count = 0;
}

// --- the role, in a process of its own

static void configure(const char *crash_at)
{
	cleanup_buf text = BUF_INIT, message = BUF_INIT;
	const struct config_dev_options options = {.dir = fixture_folder, .resolve_all = "127.0.0.1", .crash_at = crash_at};
	assert_int_equal(config_dev(&options, &text), 0);
	ipc_message_begin(&message, IPC_CONFIGURE, 0);
	ipc_message_add(&message, IPC_CONFIG, buf_view(&text));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	ipc_message_add(&message, IPC_RECEIPT_KEY, view_bytes(FIXTURE_RECEIPT_KEY, RECEIPT_KEY_LEN));
	if (crash_at)
		ipc_message_add_u64(&message, IPC_CRASH, 1);
	assert_int_equal(ipc_channel_send(world.parent, &message), 0);
}

static void connect_registrar(void)
{
	int pair[2];
	cleanup_buf message = BUF_INIT;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, "registrar");
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	assert_int_equal(ipc_channel_send_fds(world.parent, &message, &pair[1], 1), 0);
	(void)close(pair[1]);
	world.registrar_closed = false;
	assert_int_equal(ipc_channel_new(world.base, pair[0], FROM_SIGNER, on_closed, NULL, &world.registrar), 0);
}

static void start_role(const char *crash_at)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	world.ready = world.parent_closed = false;
	world.child = fork();
	assert_true(world.child >= 0);
	if (world.child == 0) {
		if (dup2(pair[1], ROLE_SOCKET) != ROLE_SOCKET)
			_exit(90);
		_exit(role_run(&role_signer, 0));
	}
	(void)close(pair[1]);
	assert_int_equal(ipc_channel_new(world.base, pair[0], FROM_ROLE, on_closed, NULL, &world.parent), 0);
	configure(crash_at);
	wait_for(&world.ready);
	connect_registrar();
}

// Waits for the role's end; its exit code, or minus the signal.
static int end_of_role(void)
{
	int status;
	assert_int_equal(waitpid(world.child, &status, 0), world.child);
	ipc_channel_free(world.parent);
	ipc_channel_free(world.registrar);
	world.parent = world.registrar = NULL;
	forget_answers();
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int stop_role(void)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	assert_int_equal(ipc_channel_send(world.parent, &message), 0);
	wait_for(&world.parent_closed);
	return end_of_role();
}

// --- a registrar's messages

static void send_message(const struct buf *message)
{
	assert_int_equal(ipc_channel_send(world.registrar, message), 0);
}

static void send_prepare(const struct applicant *a, uint64_t id)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PREPARE, id);
	ipc_message_add_str(&message, IPC_PROFILE, a->profile);
	ipc_message_add(&message, IPC_CSR, buf_view(&a->csr));
	ipc_message_add(&message, IPC_JWS, buf_view(&a->finalize));
	ipc_message_add(&message, IPC_JWK, buf_view(&a->jwk));
	for (size_t i = 0; i < a->receipt_count; i++)
		ipc_message_add(&message, IPC_RECEIPT, buf_view(&a->receipts[i]));
	send_message(&message);
}

static void send_with(enum ipc_type type, uint64_t id, enum ipc_field field, struct view bytes)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, type, id);
	ipc_message_add(&message, field, bytes);
	send_message(&message);
}

// The last answer.
static const struct answer *wait_for_one(uint64_t id, enum ipc_type type)
{
	wait_for_answers(world.count + 1);
	const struct answer *answer = &world.answers[world.count - 1];
	assert_int_equal(answer->id, id);
	assert_string_equal(ipc_type_text(answer->type), ipc_type_text(type));
	return answer;
}

static const struct answer *prepare_honestly(uint64_t id)
{
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "example.org");
	send_prepare(&a, id);
	fixture_forget(&a);
	return wait_for_one(id, IPC_PREPARED);
}

static void expect_refusal(uint64_t id, enum pki_refusal reason)
{
	assert_string_equal(wait_for_one(id, IPC_REFUSED)->reason, pki_refusal_word(reason));
}

// --- tests

static void an_honest_registrar_gets_its_certificate_and_can_ask_for_it_again(void **state)
{
	(void)state;
	start_role(NULL);
	const struct answer *prepared = prepare_honestly(1);
	send_with(IPC_ISSUE, 2, IPC_TOKEN, buf_view(&prepared->token));
	const struct answer *issued = wait_for_one(2, IPC_ISSUED);
	assert_true(view_equal(buf_view(&issued->serial), buf_view(&prepared->serial)));
	send_with(IPC_RECOVER, 3, IPC_SERIAL, buf_view(&prepared->serial));
	const struct answer *again = wait_for_one(3, IPC_ISSUED);
	assert_true(view_equal(buf_view(&again->certificate), buf_view(&issued->certificate)));
	send_with(IPC_RECOVER, 4, IPC_SERIAL, VIEW_LIT("\x10zzzzzzzzzzzzzzzz"));
	(void)wait_for_one(4, IPC_NOT_ISSUED);
	assert_int_equal(stop_role(), 0);
}

static void every_lie_is_refused_with_its_own_word(void **state)
{
	(void)state;
	start_role(NULL);
	struct applicant a = fixture_applicant(), stranger = fixture_applicant();
	send_prepare(&a, 1);
	expect_refusal(1, PKI_REFUSAL_NAMES);
	fixture_prove(&a, "*.example.org");
	send_prepare(&a, 2);
	expect_refusal(2, PKI_REFUSAL_WILDCARD);
	fixture_prove(&a, "example.org");
	fixture_finalize(&a, buf_view(&a.csr), stranger.account);
	send_prepare(&a, 3);
	expect_refusal(3, PKI_REFUSAL_FORGED_FINALIZE);
	fixture_ask_for(&a, "example.org", "other.example");
	send_prepare(&a, 4);
	expect_refusal(4, PKI_REFUSAL_NAMES);
	struct receipt stolen = fixture_receipt(&stranger, RECEIPT_CONTROL, "other.example");
	fixture_add_receipt(&a, &stolen);
	send_prepare(&a, 5);
	expect_refusal(5, PKI_REFUSAL_RECEIPT_ACCOUNT);
	a.receipts[a.receipt_count - 1].ptr[20] ^= 1;
	send_prepare(&a, 6);
	expect_refusal(6, PKI_REFUSAL_RECEIPT_SEAL);
	a.profile = "none";
	send_prepare(&a, 7);
	expect_refusal(7, PKI_REFUSAL_UNKNOWN_PROFILE);
	send_with(IPC_ISSUE, 8, IPC_TOKEN, VIEW_LIT("0123456789abcdef"));
	expect_refusal(8, PKI_REFUSAL_UNKNOWN_TOKEN);
	const struct answer *prepared = prepare_honestly(9);
	send_with(IPC_ISSUE, 10, IPC_TOKEN, buf_view(&prepared->token));
	(void)wait_for_one(10, IPC_ISSUED);
	send_with(IPC_ISSUE, 11, IPC_TOKEN, buf_view(&prepared->token));
	expect_refusal(11, PKI_REFUSAL_UNKNOWN_TOKEN);
	fixture_forget(&a);
	fixture_forget(&stranger);
	assert_int_equal(stop_role(), 0);
}

static void what_no_registrar_may_say_ends_its_connection_and_nothing_else(void **state)
{
	(void)state;
	start_role(NULL);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ISSUED, 1); // an answer is no question
	ipc_message_add(&message, IPC_SERIAL, VIEW_LIT("x"));
	ipc_message_add(&message, IPC_CERTIFICATE, VIEW_LIT("x"));
	send_message(&message);
	wait_for(&world.registrar_closed);
	connect_registrar();
	buf_clear(&message);
	buf_add(&message, VIEW_LIT("\0\x3c\0\0\0\0\0\0\0\1\xff\xff\xff\xff\xff\xff"));
	send_message(&message);
	wait_for(&world.registrar_closed);
	connect_registrar();
	buf_clear(&message);
	ipc_message_begin(&message, IPC_CONFIGURE, 1); // only the parent configures
	ipc_message_add(&message, IPC_CONFIG, VIEW_LIT(""));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	send_message(&message);
	wait_for(&world.registrar_closed);
	connect_registrar();
	(void)prepare_honestly(2);
	assert_int_equal(stop_role(), 0);
}

static void what_comes_together_is_answered_together_and_all_of_it_is_in_the_log(void **state)
{
	enum { MANY = 20 };
	(void)state;
	uint64_t before, after;
	assert_int_equal(audit_verify(fixture_config.audit_log, &before), 0);
	start_role(NULL);
	for (uint64_t i = 0; i < MANY; i++)
		(void)prepare_honestly(i);
	for (uint64_t i = 0; i < MANY; i++)
		send_with(IPC_ISSUE, 100 + i, IPC_TOKEN, buf_view(&world.answers[i].token));
	wait_for_answers(2 * MANY);
	for (size_t i = MANY; i < 2 * MANY; i++)
		assert_int_equal(world.answers[i].type, IPC_ISSUED);
	assert_int_equal(stop_role(), 0);
	assert_int_equal(audit_verify(fixture_config.audit_log, &after), 0);
	assert_int_equal(after, before + 1 + MANY); // "start" too
}

static void a_crl_goes_over_the_socket_in_pieces(void **state)
{
	(void)state;
	cleanup_buf begin = BUF_INIT, sign = BUF_INIT;
	uint8_t entry[29] = {0};
	start_role(NULL);
	ipc_message_begin(&begin, IPC_CRL_BEGIN, 5);
	ipc_message_add_str(&begin, IPC_ISSUER, fixture_core.ca.issuers[0].id);
	ipc_message_add_u64(&begin, IPC_SHARD, 0);
	ipc_message_add_u64(&begin, IPC_NUMBER, 3);
	ipc_message_add_u64(&begin, IPC_THIS_UPDATE, (uint64_t)fixture_clock.now);
	ipc_message_add_u64(&begin, IPC_NEXT_UPDATE, (uint64_t)fixture_clock.now + XICA_DAY);
	ipc_message_begin(&sign, IPC_CRL_SIGN, 5);
	send_message(&begin);
	entry[19] = 1;
	for (int i = 0; i < 3; i++) {
		entry[18] = (uint8_t)i;
		send_with(IPC_CRL_ENTRIES, 5, IPC_REVOKED, view_bytes(entry, sizeof(entry)));
	}
	send_message(&sign);
	assert_true(wait_for_one(5, IPC_CRL)->crl.len > 200);
	send_message(&sign);
	expect_refusal(5, PKI_REFUSAL_CRL_ORDER);
	assert_int_equal(stop_role(), 0);
}

// Kills the signer at a point on the way of an ISSUE. Afterwards the serial is either recorded with its certificate or never will be.
static void check_crash(const char *point, enum ipc_type recovered)
{
	cleanup_buf serial = BUF_INIT, token = BUF_INIT;
	start_role(point);
	const struct answer *prepared = prepare_honestly(1);
	buf_add(&serial, buf_view(&prepared->serial));
	buf_add(&token, buf_view(&prepared->token));
	send_with(IPC_ISSUE, 2, IPC_TOKEN, buf_view(&token));
	wait_for(&world.registrar_closed);
	assert_int_equal(end_of_role(), -SIGKILL);
	start_role(NULL);
	send_with(IPC_ISSUE, 3, IPC_TOKEN, buf_view(&token));
	expect_refusal(3, PKI_REFUSAL_UNKNOWN_TOKEN);
	send_with(IPC_RECOVER, 4, IPC_SERIAL, buf_view(&serial));
	(void)wait_for_one(4, recovered);
	assert_int_equal(stop_role(), 0);
}

static void a_crash_leaves_a_certificate_on_record_or_none(void **state)
{
	(void)state;
	check_crash("signer:before-sign", IPC_NOT_ISSUED);
	check_crash("signer:after-sign", IPC_NOT_ISSUED);
	check_crash("signer:after-audit", IPC_ISSUED);
}

static const struct answer *read_log(uint64_t id, uint64_t before)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_READ, id);
	ipc_message_add_u64(&message, IPC_OFFSET, before);
	send_message(&message);
	return wait_for_one(id, IPC_AUDIT_LINES);
}

static void verify_log(uint64_t id)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_VERIFY, id);
	send_message(&message);
}

static void an_operators_act_stands_in_the_log_as_that_and_as_nothing_else(void **state)
{
	uint64_t lines;
	(void)state;
	start_role(NULL);
	send_with(IPC_AUDIT_NOTE, 1, IPC_BODY, VIEW_LIT("{\"by\":\"juliet@example.org\",\"kind\":\"issue\",\"serial\":\"10aa\",\"certificate\":\"AAAA\"}"));
	(void)wait_for_one(1, IPC_AUDIT_NOTED);
	send_with(IPC_RECOVER, 2, IPC_SERIAL, VIEW_LIT("\x10\xaa"));
	(void)wait_for_one(2, IPC_NOT_ISSUED);
	const struct answer *read = read_log(3, UINT64_MAX);
	cleanup_buf text = BUF_INIT;
	buf_add(&text, buf_view(&read->body));
	assert_non_null(strstr(buf_cstr(&text), "\"kind\":\"operator\",\"by\":\"juliet@example.org\""));
	assert_true(view_ends(buf_view(&read->body), VIEW_LIT("}\n")));
	assert_int_equal(stop_role(), 0);
	assert_int_equal(audit_verify(fixture_config.audit_log, &lines), 0);
}

static void what_is_no_object_or_too_long_is_not_noted(void **state)
{
	uint64_t before, after;
	cleanup_buf text = BUF_INIT;
	(void)state;
	buf_add_str(&text, "{\"by\":\"");
	for (int i = 0; i < 40000; i++)
		buf_add_byte(&text, 'x');
	buf_add_str(&text, "\"}");
	start_role(NULL);
	assert_int_equal(audit_verify(fixture_config.audit_log, &before), 0);
	send_with(IPC_AUDIT_NOTE, 1, IPC_BODY, VIEW_LIT("[1]"));
	expect_refusal(1, PKI_REFUSAL_AUDIT);
	send_with(IPC_AUDIT_NOTE, 2, IPC_BODY, VIEW_LIT("{\"a\":1,\"a\":2}"));
	expect_refusal(2, PKI_REFUSAL_AUDIT);
	send_with(IPC_AUDIT_NOTE, 3, IPC_BODY, buf_view(&text));
	expect_refusal(3, PKI_REFUSAL_AUDIT);
	assert_int_equal(stop_role(), 0);
	assert_int_equal(audit_verify(fixture_config.audit_log, &after), 0);
	assert_int_equal(after, before);
}

static void the_log_is_read_backwards_to_its_first_line_and_none_is_missed(void **state)
{
	enum { MANY = 40 };
	cleanup_buf note = BUF_INIT, whole = BUF_INIT, file = BUF_INIT;
	uint64_t before = UINT64_MAX;
	(void)state;
	buf_add_str(&note, "{\"by\":\"");
	for (int i = 0; i < 10000; i++)
		buf_add_byte(&note, 'x');
	buf_add_str(&note, "\"}");
	start_role(NULL);
	for (uint64_t i = 0; i < MANY; i++)
		send_with(IPC_AUDIT_NOTE, i, IPC_BODY, buf_view(&note));
	wait_for_answers(MANY);
	forget_answers();
	do {
		struct buf joined = BUF_INIT;
		const struct answer *read = read_log(1, before);
		assert_true(read->offset < before && read->body.len);
		before = read->offset;
		buf_add(&joined, buf_view(&read->body));
		buf_add(&joined, buf_view(&whole));
		buf_free(&whole);
		whole = joined;
	} while (before);
	assert_int_equal(file_read(fixture_config.audit_log, 10000000, &file), 0);
	assert_true(view_equal(buf_view(&file), buf_view(&whole)));
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_READ, 99);
	ipc_message_add_u64(&message, IPC_OFFSET, file.len - 2); // within a line
	send_message(&message);
	expect_refusal(99, PKI_REFUSAL_AUDIT);
	assert_int_equal(stop_role(), 0);
}

static void the_log_is_verified_while_certificates_are_signed_and_a_changed_line_is_named(void **state)
{
	uint64_t lines;
	(void)state;
	start_role(NULL);
	assert_int_equal(audit_verify(fixture_config.audit_log, &lines), 0);
	verify_log(1);
	verify_log(2); // one at a time
	wait_for_answers(2);
	bool first = world.answers[0].id == 1;
	assert_int_equal(world.answers[first ? 0 : 1].type, IPC_AUDIT_VERIFIED);
	assert_int_equal(world.answers[first ? 1 : 0].type, IPC_REFUSED);
	assert_int_equal(world.answers[first ? 0 : 1].number, lines);
	assert_false(world.answers[first ? 0 : 1].faulty);

	int fd = open(fixture_config.audit_log, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "9", 1, 90), 1); // within the first line's time
	(void)close(fd);
	verify_log(3);
	const struct answer *answer = wait_for_one(3, IPC_AUDIT_VERIFIED);
	assert_true(answer->faulty);
	assert_int_equal(answer->number, 0);
	(void)prepare_honestly(4);
	assert_int_equal(stop_role(), 0);
}

static int set_up(void **state)
{
	if (fixture_set_up(state))
		return -1;
	audit_close(fixture_core.audit); // the role's
	fixture_core.audit = NULL;
	world.base = event_base_new();
	return world.base ? 0 : -1;
}

static int tear_down(void **state)
{
	event_base_free(world.base);
	return fixture_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_registrar_gets_its_certificate_and_can_ask_for_it_again),
		cmocka_unit_test(every_lie_is_refused_with_its_own_word),
		cmocka_unit_test(what_no_registrar_may_say_ends_its_connection_and_nothing_else),
		cmocka_unit_test(what_comes_together_is_answered_together_and_all_of_it_is_in_the_log),
		cmocka_unit_test(a_crl_goes_over_the_socket_in_pieces),
		cmocka_unit_test(a_crash_leaves_a_certificate_on_record_or_none),
		cmocka_unit_test(an_operators_act_stands_in_the_log_as_that_and_as_nothing_else),
		cmocka_unit_test(what_is_no_object_or_too_long_is_not_noted),
		cmocka_unit_test(the_log_is_read_backwards_to_its_first_line_and_none_is_missed),
		cmocka_unit_test(the_log_is_verified_while_certificates_are_signed_and_a_changed_line_is_named), // the last one: it spoils the log
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
