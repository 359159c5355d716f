#include "role_rig.h"

static const char CONFIG[] = "url = \"https://ca.example.org\"\ndevelopment { crash-at = \"tiny:here\" }\n";

// A role that answers each ISSUE of its peer by ISSUED with the id, and counts who came and went.
struct tiny {
	unsigned connected, gone;
};

static struct tiny tiny;

static void on_issue(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	cleanup_buf answer = BUF_INIT;
	(void)fds, (void)fd_count;
	role_crash_point(role, "here");
	ipc_message_begin(&answer, IPC_ISSUED, message->id * 16 + tiny.connected * 4 + tiny.gone);
	ipc_message_add_str(&answer, IPC_SERIAL, "s");
	ipc_message_add_str(&answer, IPC_CERTIFICATE, "c");
	if (ipc_channel_send(channel, &answer))
		_exit(80);
}

static void connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)role, (void)channel;
	assert_int_equal(index, 3);
	tiny.connected++;
}

static void gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)role, (void)index, (void)channel;
	tiny.gone++;
}

static const struct ipc_permit PEER_PERMITS[] = {{IPC_ISSUE, on_issue}, {0, NULL}};
static const struct role_peer_kind PEERS[] = {{"registrar", PEER_PERMITS, connected, gone}, {NULL, NULL, NULL, NULL}};

static void start_and_stop(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)channel, (void)message, (void)fds, (void)fd_count;
	role_finished(context);
}

static const struct ipc_permit PARENT_PERMITS[] = {{IPC_TLS_CERTIFICATE, start_and_stop}, {0, NULL}};
static const struct role_kind TINY = {.name = "tiny", .peers = PEERS, .parent_permits = PARENT_PERMITS};

static int fails_to_open(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	(void)role, (void)configure, (void)fds, (void)fd_count;
	return XICA_EIO;
}

static const struct role_kind FAILING = {.name = "failing", .open = fails_to_open};

static void send_configure(const struct rig *rig, const char *config, bool crash)
{
	cleanup_buf message = BUF_INIT;
	rig_begin_configure(&message, config);
	if (crash)
		ipc_message_add(&message, IPC_CRASH, VIEW_NONE);
	packets_send(rig->fd, &message, NULL, 0);
}

static struct rig start_ready(bool crash)
{
	struct rig rig = rig_start(&TINY);
	uint64_t id;
	send_configure(&rig, CONFIG, crash);
	assert_int_equal(rig_receive_from(rig.fd, &id), IPC_READY);
	return rig;
}

static void shut_down(const struct rig *rig)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	packets_send(rig->fd, &message, NULL, 0);
}

static int connect_peer(const struct rig *rig, const char *name)
{
	cleanup_buf message = BUF_INIT;
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, name);
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 3);
	packets_send(rig->fd, &message, &ends[1], 1);
	(void)close(ends[1]);
	return ends[0];
}

static void send_issue(int peer, uint64_t id)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ISSUE, id);
	ipc_message_add_str(&message, IPC_TOKEN, "t");
	packets_send(peer, &message, NULL, 0);
}

// Of the peer's answer: its id tells how many came and went at the role's.
static unsigned ask(int peer)
{
	uint64_t id;
	send_issue(peer, 1);
	assert_int_equal(rig_receive_from(peer, &id), IPC_ISSUED);
	return (unsigned)id - 16;
}

static void a_role_is_configured_says_ready_and_ends_when_told(void **state)
{
	(void)state;
	struct rig rig = start_ready(false);
	shut_down(&rig);
	assert_int_equal(rig_wait(&rig), 0);
}

static void a_role_that_is_shut_down_before_it_was_configured_ends(void **state)
{
	(void)state;
	struct rig rig = rig_start(&TINY);
	shut_down(&rig);
	assert_int_equal(rig_wait(&rig), 0);
}

static void a_role_ends_with_its_parent(void **state)
{
	(void)state;
	struct rig rig = start_ready(false);
	assert_int_equal(rig_wait(&rig), 1);
}

static void a_configuration_that_cannot_be_read_ends_the_role(void **state)
{
	(void)state;
	struct rig rig = rig_start(&TINY);
	uint64_t id;
	send_configure(&rig, "nonsense = 1", false);
	assert_int_equal(rig_receive_from(rig.fd, &id), -1);
	assert_int_equal(rig_wait(&rig), 1);
}

static void a_role_that_cannot_open_what_it_needs_never_says_ready(void **state)
{
	(void)state;
	struct rig rig = rig_start(&FAILING);
	uint64_t id;
	send_configure(&rig, CONFIG, false);
	assert_int_equal(rig_receive_from(rig.fd, &id), -1);
	assert_int_equal(rig_wait(&rig), 1);
}

static void a_second_configuration_ends_the_role(void **state)
{
	(void)state;
	struct rig rig = start_ready(false);
	uint64_t id;
	send_configure(&rig, CONFIG, false);
	assert_int_equal(rig_receive_from(rig.fd, &id), -1);
	assert_int_equal(rig_wait(&rig), 1);
}

static void a_peer_that_comes_again_replaces_the_earlier_one(void **state)
{
	(void)state;
	struct rig rig = start_ready(false);
	uint64_t id;
	int first = connect_peer(&rig, "registrar");
	assert_int_equal(ask(first), 1 * 4 + 0);
	int second = connect_peer(&rig, "registrar");
	assert_int_equal(ask(second), 2 * 4 + 1);
	assert_int_equal(rig_receive_from(first, &id), -1);
	(void)close(second);
	int third = connect_peer(&rig, "registrar");
	assert_int_equal(ask(third), 3 * 4 + 2);
	shut_down(&rig);
	assert_int_equal(rig_wait(&rig), 0);
	(void)close(first);
	(void)close(third);
}

static void a_peer_that_breaks_the_rules_is_cut_off_and_the_role_lives(void **state)
{
	(void)state;
	struct rig rig = start_ready(false);
	uint64_t id;
	cleanup_buf message = BUF_INIT;
	int peer = connect_peer(&rig, "registrar");
	ipc_message_begin(&message, IPC_CRL_SIGN, 1);
	packets_send(peer, &message, NULL, 0);
	assert_int_equal(rig_receive_from(peer, &id), -1);
	int stranger = connect_peer(&rig, "front");
	assert_int_equal(rig_receive_from(stranger, &id), -1);
	int again = connect_peer(&rig, "registrar");
	assert_int_equal(ask(again), 2 * 4 + 1);
	shut_down(&rig);
	assert_int_equal(rig_wait(&rig), 0);
}

static void what_was_answered_before_the_end_still_goes_out(void **state)
{
	(void)state;
	struct rig rig = start_ready(false);
	uint64_t id;
	int peer = connect_peer(&rig, "registrar");
	for (unsigned i = 0; i < 200; i++)
		send_issue(peer, 1);
	(void)usleep(100000);
	shut_down(&rig);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(rig_receive_from(peer, &id), IPC_ISSUED);
	assert_int_equal(rig_wait(&rig), 0);
}

static void a_crash_point_kills_the_instance_that_was_told_to_obey_it(void **state)
{
	(void)state;
	struct rig obeys = start_ready(true), does_not = start_ready(false);
	int peer = connect_peer(&obeys, "registrar"), other = connect_peer(&does_not, "registrar");
	uint64_t id;
	send_issue(peer, 1);
	assert_int_equal(rig_receive_from(peer, &id), -1);
	assert_int_equal(rig_wait(&obeys), -SIGKILL);
	assert_int_equal(ask(other), 4);
	shut_down(&does_not);
	assert_int_equal(rig_wait(&does_not), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_is_configured_says_ready_and_ends_when_told),
		cmocka_unit_test(a_role_that_is_shut_down_before_it_was_configured_ends),
		cmocka_unit_test(a_role_ends_with_its_parent),
		cmocka_unit_test(a_configuration_that_cannot_be_read_ends_the_role),
		cmocka_unit_test(a_role_that_cannot_open_what_it_needs_never_says_ready),
		cmocka_unit_test(a_second_configuration_ends_the_role),
		cmocka_unit_test(a_peer_that_comes_again_replaces_the_earlier_one),
		cmocka_unit_test(a_peer_that_breaks_the_rules_is_cut_off_and_the_role_lives),
		cmocka_unit_test(what_was_answered_before_the_end_still_goes_out),
		cmocka_unit_test(a_crash_point_kills_the_instance_that_was_told_to_obey_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
