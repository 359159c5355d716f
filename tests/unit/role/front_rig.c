#include "front_rig.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/shared_window.h"
#include "packets.h"

enum { PATIENCE_MS = 5000 };

static const uint8_t NONCE_KEY[CRYPTO_SEAL_KEY_LEN] = "a key for tests of thirty-two b";

static int listen_somewhere(unsigned *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void add_file(struct buf *out, enum ipc_field field, const char *path)
{
	cleanup_buf text = BUF_INIT;
	assert_int_equal(file_read(path, 1 << 16, &text), 0);
	ipc_message_add(out, field, buf_view(&text));
}

static void configure(struct rig *rig, const int *fds, const char *more)
{
	cleanup_buf config = BUF_INIT, message = BUF_INIT;
	(void)snprintf(rig->url, sizeof(rig->url), "https://localhost:%u", rig->https_port);
	buf_addf(&config, "url = \"%s\"\nhttp-url = \"http://localhost:%u\"\nsite-dir = \"%s\"\n", rig->url, rig->http_port, TEST_SITE);
	buf_add_str(&config, *more ? more : "development {}\n");
	ipc_message_begin(&message, IPC_CONFIGURE, 0);
	ipc_message_add(&message, IPC_CONFIG, buf_view(&config));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	ipc_message_add(&message, IPC_NONCE_KEY, view_bytes(NONCE_KEY, sizeof(NONCE_KEY)));
	ipc_message_add_u64(&message, IPC_HTTPS_LISTENERS, 1);
	ipc_message_add_u64(&message, IPC_HTTP_LISTENERS, 1);
	add_file(&message, IPC_TLS_CHAIN, TEST_VECTORS "/keys/tls.crt");
	add_file(&message, IPC_TLS_KEY, TEST_VECTORS "/keys/tls.key");
	packets_send(rig->parent, &message, fds, 3);
	assert_int_equal(packets_take(rig->parent, PATIENCE_MS, &rig->arena).type, IPC_READY);
}

void rig_start(struct rig *rig, const char *more)
{
	int pair[2];
	*rig = (struct rig){.registrar = -1, .arena = ARENA_INIT};
	int memory = -1;
	void *window = NULL;
	assert_int_equal(shared_window_make("fronts", sizeof(*rig->shared), &memory), 0);
	assert_int_equal(shared_window_map(memory, sizeof(*rig->shared), &window), 0);
	rig->shared = window;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	const int fds[] = {memory, listen_somewhere(&rig->https_port), listen_somewhere(&rig->http_port)};
	rig->front = fork();
	assert_true(rig->front >= 0);
	if (!rig->front) {
		(void)close(pair[0]);
		for (size_t i = 0; i < 3; i++)
			(void)close(fds[i]);
		rig_run_front(pair[1]);
		exit(0); // not _exit: so that a sanitizer looks for leaks
	}
	(void)close(pair[1]);
	rig->parent = pair[0];
	configure(rig, fds, more);
	for (size_t i = 0; i < 3; i++)
		(void)close(fds[i]);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &rig->key), 0);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &rig->other_key), 0);
	rig_connect_registrar(rig);
}

void rig_connect_registrar(struct rig *rig)
{
	int pair[2];
	cleanup_buf message = BUF_INIT;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, "registrar");
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	packets_send(rig->parent, &message, &pair[1], 1);
	(void)close(pair[1]);
	rig->registrar = pair[0];
}

void rig_tell_whole(struct rig *rig)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PUBLISH, 0);
	ipc_message_add_str(&message, IPC_URL, "/");
	rig_send(rig, &message);
	(void)usleep(50000);
}

void rig_disconnect_registrar(struct rig *rig)
{
	(void)close(rig->registrar);
	rig->registrar = -1;
}

void rig_renew_tls(struct rig *rig)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_TLS_CERTIFICATE, 0);
	add_file(&message, IPC_TLS_CHAIN, TEST_VECTORS "/keys/tls.crt");
	add_file(&message, IPC_TLS_KEY, TEST_VECTORS "/keys/tls.key");
	packets_send(rig->parent, &message, NULL, 0);
}

void rig_shut_down(struct rig *rig)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	packets_send(rig->parent, &message, NULL, 0);
}

int rig_wait(struct rig *rig)
{
	int status = -1;
	for (int i = 0; i < PATIENCE_MS / 20; i++) {
		pid_t ended = waitpid(rig->front, &status, WNOHANG);
		if (ended == rig->front) {
			rig->front = 0;
			return status;
		}
		(void)usleep(20000);
	}
	fail_msg("the front does not end");
	return -1;
}

void rig_stop(struct rig *rig)
{
	if (rig->registrar >= 0)
		(void)close(rig->registrar);
	if (rig->front) {
		rig_shut_down(rig);
		assert_int_equal(rig_wait(rig), 0);
	}
	(void)close(rig->parent);
	shared_window_unmap(rig->shared, sizeof(*rig->shared));
	crypto_key_free(rig->key);
	crypto_key_free(rig->other_key);
	arena_free(&rig->arena);
}

// --- as its registrar

struct ipc_message rig_take(struct rig *rig, enum ipc_type type)
{
	struct ipc_message message = packets_take(rig->registrar, PATIENCE_MS, &rig->arena);
	assert_int_equal(message.type, type);
	return message;
}

bool rig_hears_nothing(struct rig *rig)
{
	return !packets_readable(rig->registrar, 20);
}

void rig_send(struct rig *rig, const struct buf *message)
{
	packets_send(rig->registrar, message, NULL, 0);
}

void rig_tell_key(struct rig *rig, uint64_t id, const struct crypto_key *key)
{
	cleanup_buf message = BUF_INIT, jwk = BUF_INIT;
	ipc_message_begin(&message, IPC_ACCOUNT_KEY_IS, id);
	ipc_message_add_u64(&message, IPC_ACCOUNT, RIG_ACCOUNT);
	if (key) {
		assert_int_equal(jwk_write(key, &jwk), 0);
		ipc_message_add(&message, IPC_JWK, buf_view(&jwk));
	}
	rig_send(rig, &message);
}

void rig_reply(struct rig *rig, uint64_t id, unsigned status, const char *body)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_HTTP_REPLY, id);
	ipc_message_add_u64(&message, IPC_STATUS, status);
	if (body) {
		ipc_message_add_str(&message, IPC_CONTENT_TYPE, "application/json");
		ipc_message_add_str(&message, IPC_BODY, body);
	}
	rig_send(rig, &message);
}
