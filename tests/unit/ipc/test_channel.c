#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "ipc/channel.h"

// Two ends on one loop; what came to the right one.
struct pair {
	struct event_base *base;
	struct ipc_channel *left, *right;
	int right_fd; // of a right end without a channel
	unsigned got;
	uint64_t last_id;
	size_t last_len;
	int last_fds[IPC_FDS_MAX];
	size_t fd_count;
	int left_error, right_error; // 1: still open
	bool free_in_handler;
};

static void on_message(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct pair *pair = context;
	pair->got++;
	pair->last_id = message->id;
	pair->last_len = ipc_message_bytes(message, IPC_CRL_DER).len;
	pair->fd_count = fd_count;
	for (size_t i = 0; i < fd_count; i++)
		pair->last_fds[i] = fds[i];
	if (pair->free_in_handler) {
		ipc_channel_free(channel);
		pair->right = NULL;
	}
}

static void on_left_closed(struct ipc_channel *channel, int error, void *context)
{
	struct pair *pair = context;
	(void)channel;
	pair->left_error = error;
	pair->left = NULL;
}

static void on_right_closed(struct ipc_channel *channel, int error, void *context)
{
	struct pair *pair = context;
	(void)channel;
	pair->right_error = error;
	pair->right = NULL;
}

static const struct ipc_permit LEFT_PERMITS[] = {{0, NULL}};
static const struct ipc_permit RIGHT_PERMITS[] = {
	{IPC_CRL, on_message}, {IPC_CRL_SIGN, on_message}, {IPC_CONNECT, on_message}, {0, NULL}};

static struct pair open_pair(void)
{
	struct pair pair = {.base = event_base_new(), .left_error = 1, .right_error = 1, .right_fd = -1};
	return pair;
}

static void open_left(struct pair *pair)
{
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(ipc_channel_new(pair->base, fds[0], LEFT_PERMITS, on_left_closed, pair, &pair->left), 0);
	pair->right_fd = fds[1];
}

static void open_right(struct pair *pair)
{
	assert_int_equal(ipc_channel_new(pair->base, pair->right_fd, RIGHT_PERMITS, on_right_closed, pair, &pair->right), 0);
}

static void close_pair(struct pair *pair)
{
	ipc_channel_free(pair->left);
	ipc_channel_free(pair->right);
	event_base_free(pair->base);
}

static void turn(struct pair *pair, int times)
{
	for (int i = 0; i < times; i++)
		(void)event_base_loop(pair->base, EVLOOP_NONBLOCK);
}

static void send_crl(struct pair *pair, uint64_t id, size_t len)
{
	cleanup_buf body = BUF_INIT, message = BUF_INIT;
	if (len)
		memset(buf_extend(&body, len), 'x', len);
	ipc_message_begin(&message, IPC_CRL, id);
	ipc_message_add(&message, IPC_CRL_DER, buf_view(&body));
	assert_int_equal(ipc_channel_send(pair->left, &message), 0);
}

static void a_message_of_any_length_comes_whole(void **state)
{
	(void)state;
	const size_t lengths[] = {0, 1, 32 * 1024 - 17, 32 * 1024 - 16, 32 * 1024, 64 * 1024, 5000000};
	struct pair pair = open_pair();
	open_left(&pair);
	open_right(&pair);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		send_crl(&pair, i, lengths[i]);
		turn(&pair, 300);
		assert_int_equal(pair.got, i + 1);
		assert_int_equal(pair.last_id, i);
		assert_int_equal(pair.last_len, lengths[i]);
		assert_int_equal(ipc_channel_queued(pair.left), 0);
	}
	close_pair(&pair);
}

static void sending_to_a_peer_that_does_not_read_queues_and_never_blocks(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	open_left(&pair);
	for (uint64_t i = 0; i < 100; i++)
		send_crl(&pair, i, 20000);
	assert_true(ipc_channel_queued(pair.left) > 1000000);
	open_right(&pair);
	turn(&pair, 200);
	assert_int_equal(pair.got, 100);
	assert_int_equal(pair.last_id, 99);
	assert_int_equal(ipc_channel_queued(pair.left), 0);
	close_pair(&pair);
}

static void descriptors_arrive_with_their_message(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	cleanup_buf message = BUF_INIT;
	int pipe_fds[2];
	char byte;
	open_left(&pair);
	open_right(&pair);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	send_crl(&pair, 1, 10);
	ipc_message_begin(&message, IPC_CONNECT, 2);
	ipc_message_add_str(&message, IPC_PEER, "registrar");
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	assert_int_equal(ipc_channel_send_fds(pair.left, &message, &pipe_fds[1], 1), 0);
	(void)close(pipe_fds[1]);
	turn(&pair, 10);
	assert_int_equal(pair.got, 2);
	assert_int_equal(pair.fd_count, 1);
	assert_int_equal(fcntl(pair.last_fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(pair.last_fds[0], "!", 1), 1);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	(void)close(pair.last_fds[0]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 0); // nobody kept a copy
	(void)close(pipe_fds[0]);
	close_pair(&pair);
}

static void a_descriptor_beside_a_message_that_has_none_ends_the_connection(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	cleanup_buf message = BUF_INIT;
	int fd = STDERR_FILENO;
	open_left(&pair);
	open_right(&pair);
	ipc_message_begin(&message, IPC_CRL_SIGN, 1);
	assert_int_equal(ipc_channel_send_fds(pair.left, &message, &fd, 1), 0);
	turn(&pair, 10);
	assert_int_equal(pair.right_error, XICA_EPARSE);
	assert_int_equal(pair.got, 0);
	close_pair(&pair);
}

static void a_type_without_a_permit_ends_the_connection(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	cleanup_buf message = BUF_INIT;
	open_left(&pair);
	open_right(&pair);
	ipc_message_begin(&message, IPC_ISSUE, 1);
	ipc_message_add_str(&message, IPC_TOKEN, "x");
	assert_int_equal(ipc_channel_send(pair.left, &message), 0);
	turn(&pair, 10);
	assert_int_equal(pair.right_error, XICA_EDENIED);
	assert_int_equal(pair.left_error, XICA_ECLOSED);
	assert_int_equal(pair.got, 0);
	close_pair(&pair);
}

// A peer that may ask little, and begins a message that would be long.
static void send_pieces(struct pair *pair, uint16_t type, unsigned pieces)
{
	static uint8_t packet[32 * 1024];
	int fds[2];
	memset(packet, 0, sizeof(packet));
	packet[0] = 1;
	packet[1] = (uint8_t)(type >> 8);
	packet[2] = (uint8_t)type;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	pair->right_fd = fds[1];
	open_right(pair);
	for (unsigned i = 0; i < pieces && pair->right; i++) {
		assert_int_equal(send(fds[0], packet, sizeof(packet), 0), sizeof(packet));
		turn(pair, 2);
	}
	(void)close(fds[0]);
}

static void a_message_without_a_permit_ends_with_its_first_packet(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	send_pieces(&pair, IPC_PUBLISH, 1);
	assert_int_equal(pair.right_error, XICA_EDENIED);
	close_pair(&pair);
}

static void a_message_longer_than_its_type_ends_before_it_is_whole(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	send_pieces(&pair, IPC_CONNECT, 1000000 / (32 * 1024));
	assert_int_equal(pair.right_error, XICA_EPARSE);
	assert_int_equal(pair.got, 0);
	close_pair(&pair);
}

static void a_message_too_long_for_its_type_is_not_sent(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	cleanup_buf message = BUF_INIT, url = BUF_INIT;
	open_left(&pair);
	memset(buf_extend(&url, 600000), 'u', 600000);
	ipc_message_begin(&message, IPC_ACME_REQUEST, 1);
	ipc_message_add(&message, IPC_URL, buf_view(&url));
	assert_int_equal(ipc_channel_send(pair.left, &message), XICA_ERANGE);
	assert_int_equal(pair.left_error, 1);
	(void)close(pair.right_fd);
	close_pair(&pair);
}

static void a_peer_that_never_reads_is_taken_for_gone(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	cleanup_buf body = BUF_INIT, message = BUF_INIT;
	const size_t len = 32 * 1024 * 1024;
	int error = 0;
	unsigned sent = 0;
	open_left(&pair);
	memset(buf_extend(&body, len), 'x', len);
	ipc_message_begin(&message, IPC_CRL, 1);
	ipc_message_add(&message, IPC_CRL_DER, buf_view(&body));
	while (!error && sent++ <= IPC_QUEUED_MAX / len)
		error = ipc_channel_send(pair.left, &message);
	assert_int_equal(error, XICA_ECLOSED);
	assert_int_equal(ipc_channel_queued(pair.left), 0);
	turn(&pair, 5);
	assert_int_equal(pair.left_error, XICA_ECLOSED);
	(void)close(pair.right_fd);
	close_pair(&pair);
}

static void malformed_packets_end_the_connection(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} BAD[] = {{"\x02", 1}, {"\x01", 1}, {"\x00", 1}, {"\x00\x00\x49", 3}, {"\x00\x00\x49\0\0\0\0\0\0\0\0\x01", 12}};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct pair pair = open_pair();
		int fds[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
		pair.right_fd = fds[1];
		open_right(&pair);
		assert_int_equal(send(fds[0], BAD[i].bytes, BAD[i].len, 0), BAD[i].len);
		turn(&pair, 5);
		assert_int_equal(pair.right_error, XICA_EPARSE);
		(void)close(fds[0]);
		close_pair(&pair);
	}
}

static void what_a_peer_said_before_it_went_is_heard(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	open_left(&pair);
	open_right(&pair);
	send_crl(&pair, 7, 100);
	ipc_channel_free(pair.left);
	pair.left = NULL;
	turn(&pair, 5);
	assert_int_equal(pair.got, 1);
	assert_int_equal(pair.right_error, XICA_ECLOSED);
	close_pair(&pair);
}

static void sending_to_a_peer_that_went_says_so(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	cleanup_buf message = BUF_INIT;
	open_left(&pair);
	(void)close(pair.right_fd);
	ipc_message_begin(&message, IPC_CRL_SIGN, 1);
	assert_int_equal(ipc_channel_send(pair.left, &message), XICA_ECLOSED);
	turn(&pair, 5);
	assert_int_equal(pair.left_error, XICA_ECLOSED);
	close_pair(&pair);
}

static void a_handler_may_free_its_channel(void **state)
{
	(void)state;
	struct pair pair = open_pair();
	pair.free_in_handler = true;
	open_left(&pair);
	open_right(&pair);
	send_crl(&pair, 1, 5);
	send_crl(&pair, 2, 5);
	turn(&pair, 5);
	assert_int_equal(pair.got, 1);
	assert_int_equal(pair.left_error, XICA_ECLOSED);
	close_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_of_any_length_comes_whole),
		cmocka_unit_test(sending_to_a_peer_that_does_not_read_queues_and_never_blocks),
		cmocka_unit_test(descriptors_arrive_with_their_message),
		cmocka_unit_test(a_descriptor_beside_a_message_that_has_none_ends_the_connection),
		cmocka_unit_test(a_type_without_a_permit_ends_the_connection),
		cmocka_unit_test(a_message_without_a_permit_ends_with_its_first_packet),
		cmocka_unit_test(a_message_longer_than_its_type_ends_before_it_is_whole),
		cmocka_unit_test(a_message_too_long_for_its_type_is_not_sent),
		cmocka_unit_test(a_peer_that_never_reads_is_taken_for_gone),
		cmocka_unit_test(malformed_packets_end_the_connection),
		cmocka_unit_test(what_a_peer_said_before_it_went_is_heard),
		cmocka_unit_test(sending_to_a_peer_that_went_says_so),
		cmocka_unit_test(a_handler_may_free_its_channel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
