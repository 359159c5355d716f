#include "signer_rig.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "role/role.h"

enum { PATIENCE_MS = 10000 };

struct signer_rig rig;

static void keep(struct buf *to, const struct ipc_message *message, enum ipc_field field)
{
	buf_clear(to);
	buf_add(to, ipc_message_bytes(message, field));
}

static void on_answer(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)channel, (void)fds, (void)fd_count, (void)context;
	assert_true(rig.count < RIG_ANSWERS_MAX);
	struct rig_answer *answer = &rig.answers[rig.count++];
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
	rig.ready = true;
}

static void on_closed(struct ipc_channel *channel, int error, void *context)
{
	(void)error, (void)context;
	if (channel == rig.parent) {
		rig.parent = NULL;
		rig.parent_closed = true;
	} else if (channel == rig.registrar) {
		rig.registrar = NULL;
		rig.registrar_closed = true;
	}
}

static const struct ipc_permit FROM_ROLE[] = {{IPC_READY, on_ready}, {0, NULL}};
static const struct ipc_permit FROM_SIGNER[] = {{IPC_PREPARED, on_answer}, {IPC_ISSUED, on_answer}, {IPC_NOT_ISSUED, on_answer},
	{IPC_CRL, on_answer}, {IPC_REFUSED, on_answer}, {IPC_AUDIT_LINES, on_answer}, {IPC_AUDIT_VERIFIED, on_answer}, {IPC_AUDIT_NOTED, on_answer},
	{0, NULL}};

static void run_loop_once(void)
{
	const struct timeval tick = {0, 50000};
	(void)event_base_loopexit(rig.base, &tick);
	(void)event_base_dispatch(rig.base);
}

void rig_wait_for(const bool *flag)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	while (!*flag && clock_monotonic_ms() < until)
		run_loop_once();
	assert_true(*flag);
}

void rig_wait_for_answers(size_t count)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	while (rig.count < count && !rig.registrar_closed && clock_monotonic_ms() < until)
		run_loop_once();
	assert_int_equal(rig.count, count);
}

void rig_forget_answers(void)
{
	for (size_t i = 0; i < rig.count; i++) {
		buf_free(&rig.answers[i].token);
		buf_free(&rig.answers[i].serial);
		buf_free(&rig.answers[i].certificate);
		buf_free(&rig.answers[i].crl);
		buf_free(&rig.answers[i].body);
	}
	rig.count = 0;
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
	assert_int_equal(ipc_channel_send(rig.parent, &message), 0);
}

void rig_connect_registrar(void)
{
	int pair[2];
	cleanup_buf message = BUF_INIT;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, "registrar");
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	assert_int_equal(ipc_channel_send_fds(rig.parent, &message, &pair[1], 1), 0);
	(void)close(pair[1]);
	rig.registrar_closed = false;
	assert_int_equal(ipc_channel_new(rig.base, pair[0], FROM_SIGNER, on_closed, NULL, &rig.registrar), 0);
}

void rig_start(const char *crash_at)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	rig.ready = rig.parent_closed = false;
	rig.child = fork();
	assert_true(rig.child >= 0);
	if (rig.child == 0) {
		if (dup2(pair[1], ROLE_SOCKET) != ROLE_SOCKET)
			_exit(90);
		(void)close_range(ROLE_SOCKET + 1, ~0U, 0); // our end too: so that the role ends with a test that fails
		_exit(role_run(&role_signer, 0));
	}
	(void)close(pair[1]);
	assert_int_equal(ipc_channel_new(rig.base, pair[0], FROM_ROLE, on_closed, NULL, &rig.parent), 0);
	configure(crash_at);
	rig_wait_for(&rig.ready);
	rig_connect_registrar();
}

int rig_ended(void)
{
	int status;
	assert_int_equal(waitpid(rig.child, &status, 0), rig.child);
	ipc_channel_free(rig.parent);
	ipc_channel_free(rig.registrar);
	rig.parent = rig.registrar = NULL;
	rig_forget_answers();
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int rig_stop(void)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	assert_int_equal(ipc_channel_send(rig.parent, &message), 0);
	rig_wait_for(&rig.parent_closed);
	return rig_ended();
}

void rig_hold(void)
{
	int status;
	assert_int_equal(kill(rig.child, SIGSTOP), 0);
	assert_int_equal(waitpid(rig.child, &status, WUNTRACED), rig.child);
}

void rig_let_go(void)
{
	assert_int_equal(kill(rig.child, SIGCONT), 0);
}

// --- as a registrar

void rig_send(const struct buf *message)
{
	assert_int_equal(ipc_channel_send(rig.registrar, message), 0);
}

void rig_send_prepare(const struct applicant *a, uint64_t id)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PREPARE, id);
	ipc_message_add_str(&message, IPC_PROFILE, a->profile);
	ipc_message_add(&message, IPC_CSR, buf_view(&a->csr));
	ipc_message_add(&message, IPC_JWS, buf_view(&a->finalize));
	ipc_message_add(&message, IPC_JWK, buf_view(&a->jwk));
	for (size_t i = 0; i < a->receipt_count; i++)
		ipc_message_add(&message, IPC_RECEIPT, buf_view(&a->receipts[i]));
	rig_send(&message);
}

void rig_send_with(enum ipc_type type, uint64_t id, enum ipc_field field, struct view bytes)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, type, id);
	ipc_message_add(&message, field, bytes);
	rig_send(&message);
}

const struct rig_answer *rig_take(uint64_t id, enum ipc_type type)
{
	rig_wait_for_answers(rig.count + 1);
	const struct rig_answer *answer = &rig.answers[rig.count - 1];
	assert_int_equal(answer->id, id);
	assert_string_equal(ipc_type_text(answer->type), ipc_type_text(type));
	return answer;
}

const struct rig_answer *rig_prepare_honestly(uint64_t id)
{
	struct applicant a = fixture_applicant();
	fixture_prove(&a, "example.org");
	rig_send_prepare(&a, id);
	fixture_forget(&a);
	return rig_take(id, IPC_PREPARED);
}

void rig_expect_refusal(uint64_t id, enum pki_refusal reason)
{
	assert_string_equal(rig_take(id, IPC_REFUSED)->reason, pki_refusal_word(reason));
}

int rig_set_up(void **state)
{
	if (fixture_set_up(state))
		return -1;
	audit_close(fixture_core.audit); // the role's
	fixture_core.audit = NULL;
	rig.base = event_base_new();
	return rig.base ? 0 : -1;
}

int rig_tear_down(void **state)
{
	event_base_free(rig.base);
	return fixture_tear_down(state);
}
