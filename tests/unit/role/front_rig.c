#include "front_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/shared_window.h"
#include "crypto/tls.h"
#include "jose/jws.h"
#include "role/role.h"

enum { PATIENCE_MS = 5000, PACKET_MAX = 64 * 1024 };

static const uint8_t NONCE_KEY[CRYPTO_SEAL_KEY_LEN] = "a key for tests of thirty-two b";

// --- the front's process: what role.c does, without sandbox

static struct ipc_channel *front_peer; // of the one front in this process
static int role_listener;              // one of its sockets

void role_finished(struct role *role)
{
	(void)event_base_loopbreak(role->base);
}

void role_crash_point(const struct role *role, const char *point)
{
	const char *at = role->config.crash_at;
	if (at && view_starts(view_str(at), VIEW_LIT("front:")) && strcmp(at + strlen("front:"), point) == 0)
		(void)kill(getpid(), SIGKILL);
}

static void peer_closed(struct ipc_channel *channel, int error, void *context)
{
	struct role *role = context;
	(void)error;
	if (channel == front_peer)
		front_peer = NULL;
	role->kind->peers[0].gone(role, 0, channel);
}

static void take_connect(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	struct ipc_channel *peer;
	(void)channel, (void)message;
	if (fd_count != 1 || ipc_channel_new(role->base, fds[0], role->kind->peers[0].permits, peer_closed, role, &peer))
		_exit(90);
	front_peer = peer;
	role->kind->peers[0].connected(role, 0, peer);
}

// With RIG_LOCKED_IN the front locks itself in as it does in earnest, and looks whether the door holds.
static void lock_in(struct role *role)
{
	struct sandbox sandbox = {0};
	const char *missing = NULL;
	char *const arguments[] = {(char *)(uintptr_t)"true", NULL};
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
	role->kind->lock_in(role, &sandbox);
	if (sandbox_enter(&sandbox, &missing))
		_exit(80);
	if (open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp", O_RDONLY) >= 0 || open(TEST_VECTORS "/keys/tls.key", O_RDONLY) >= 0)
		_exit(81);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd >= 0 || connect(role_listener, (const struct sockaddr *)&address, sizeof(address)) == 0 || errno == ECONNREFUSED)
		_exit(82);
	(void)execve("/bin/true", arguments, NULL);
	if (fork() >= 0)
		_exit(83);
}

static void take_configure(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	cleanup_buf why = BUF_INIT, ready = BUF_INIT;
	int error = config_parse(ipc_message_bytes(message, IPC_CONFIG), "test.conf", &role->config, &why);
	if (error) {
		log_error("%s", buf_cstr(&why));
		_exit(91);
	}
	role_listener = fds[1];
	error = role->kind->open(role, message, fds, fd_count);
	if (!error && getenv("RIG_LOCKED_IN"))
		lock_in(role);
	if (!error && role->kind->start)
		error = role->kind->start(role);
	if (error)
		_exit(92);
	ipc_message_begin(&ready, IPC_READY, 0);
	if (ipc_channel_send(channel, &ready))
		_exit(93);
}

static void take_shut_down(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	(void)channel, (void)message, (void)fds, (void)fd_count;
	role->kind->shut_down(role);
}

static void parent_gone(struct ipc_channel *channel, int error, void *context)
{
	(void)channel, (void)error, (void)context;
	_exit(0);
}

static void run_front(int fd)
{
	struct role role = {.kind = &role_front, .base = event_base_new(), .metrics = metrics_map(-1)};
	struct ipc_permit permits[] = {{IPC_CONFIGURE, take_configure}, {IPC_CONNECT, take_connect}, {IPC_SHUT_DOWN, take_shut_down},
		{IPC_TLS_CERTIFICATE, NULL}, {0}};
	permits[3] = role_front.parent_permits[0];
	log_open("front", getenv("RIG_VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	if (ipc_channel_new(role.base, fd, permits, parent_gone, &role, &role.parent))
		_exit(94);
	(void)event_base_dispatch(role.base);
	ipc_channel_free(front_peer);
	ipc_channel_free(role.parent);
	config_free(&role.config);
	event_base_free(role.base);
}

// --- raw packets, as ipc/channel.c makes them

static void send_raw(int fd, const struct buf *message, const int *fds, size_t fd_count)
{
	enum { PIECE = 32 * 1024 };
	assert_int_equal(buf_error(message), 0);
	for (size_t at = 0; at < message->len; at += PIECE) {
		size_t len = message->len - at < PIECE ? message->len - at : PIECE;
		uint8_t more = at + len < message->len;
		struct iovec parts[] = {{&more, 1}, {message->ptr + at, len}};
		struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
		_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(8 * sizeof(int))] = {0};
		if (fd_count && !at) {
			header.msg_control = control;
			header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
			struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
			cmsg->cmsg_level = SOL_SOCKET;
			cmsg->cmsg_type = SCM_RIGHTS;
			cmsg->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
			memcpy(CMSG_DATA(cmsg), fds, fd_count * sizeof(int));
		}
		assert_true(sendmsg(fd, &header, MSG_NOSIGNAL) > 0);
	}
}

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	return poll(&wait, 1, timeout_ms) == 1;
}

static struct ipc_message take_raw(struct rig *rig, int fd)
{
	cleanup_buf bytes = BUF_INIT;
	for (bool more = true; more;) {
		static uint8_t packet[PACKET_MAX];
		assert_true(is_readable(fd, PATIENCE_MS));
		ssize_t len = recv(fd, packet, sizeof(packet), 0);
		assert_true(len > 1);
		more = packet[0];
		buf_add(&bytes, view_bytes(packet + 1, (size_t)len - 1));
	}
	struct ipc_message message;
	assert_int_equal(ipc_message_parse(arena_copy(&rig->arena, buf_view(&bytes)), &rig->arena, &message), 0);
	return message;
}

// --- starting and stopping

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
	send_raw(rig->parent, &message, fds, 3);
	assert_int_equal(take_raw(rig, rig->parent).type, IPC_READY);
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
		run_front(pair[1]);
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
	send_raw(rig->parent, &message, &pair[1], 1);
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
	send_raw(rig->parent, &message, NULL, 0);
}

void rig_shut_down(struct rig *rig)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	send_raw(rig->parent, &message, NULL, 0);
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
	struct ipc_message message = take_raw(rig, rig->registrar);
	assert_int_equal(message.type, type);
	return message;
}

bool rig_hears_nothing(struct rig *rig)
{
	return !is_readable(rig->registrar, 20);
}

void rig_send(struct rig *rig, const struct buf *message)
{
	send_raw(rig->registrar, message, NULL, 0);
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

// --- as a client

struct client rig_client(struct rig *rig, bool https)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)(https ? rig->https_port : rig->http_port))};
	struct client client = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000 + 5};
	(void)setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (!https)
		return client;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	client.context = context;
	client.ssl = SSL_new(context);
	assert_int_equal(SSL_set_fd(client.ssl, client.fd), 1);
	assert_int_equal(SSL_connect(client.ssl), 1);
	return client;
}

void client_close(struct client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	(void)close(client->fd);
	buf_free(&client->in);
}

void client_send(struct client *client, struct view bytes)
{
	(void)signal(SIGPIPE, SIG_IGN);
	if (client->ssl)
		assert_true(SSL_write(client->ssl, bytes.ptr, (int)bytes.len) == (int)bytes.len);
	else
		assert_true(send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len);
}

// False: the end.
static bool receive_some(struct client *client)
{
	uint8_t bytes[16384];
	ssize_t len = client->ssl ? SSL_read(client->ssl, bytes, sizeof(bytes)) : recv(client->fd, bytes, sizeof(bytes), 0);
	if (len > 0)
		buf_add(&client->in, view_bytes(bytes, (size_t)len));
	return len > 0;
}

bool client_ended(struct client *client, int timeout_ms)
{
	return client->in.len == 0 && is_readable(client->fd, timeout_ms) && !receive_some(client);
}

const char *response_header(struct rig *rig, const struct response *response, const char *name)
{
	struct view rest = response->head;
	for (size_t end; (end = view_index(rest, '\n', 0)) != SIZE_MAX; rest = view_sub(rest, end + 1, SIZE_MAX)) {
		struct view line = view_sub(rest, 0, end - 1);
		size_t colon = view_index(line, ':', 0);
		if (colon != SIZE_MAX && view_equal_nocase(view_sub(line, 0, colon), view_str(name)))
			return arena_strdup(&rig->arena, view_sub(line, colon + 2, SIZE_MAX));
	}
	return NULL;
}

bool response_has(struct rig *rig, const struct response *response, const char *name, const char *value)
{
	return strstr(arena_strdup(&rig->arena, response->head), arena_printf(&rig->arena, "\r\n%s: %s\r\n", name, value));
}

struct response client_read(struct rig *rig, struct client *client, bool head)
{
	struct response response = {0};
	const char *end;
	while (!(end = strstr(buf_cstr(&client->in), "\r\n\r\n")))
		if (!receive_some(client))
			fail_msg("the connection ended before a response: \"%s\"", buf_cstr(&client->in));
	size_t head_len = (size_t)(end - (const char *)client->in.ptr) + 4;
	response.head = arena_copy(&rig->arena, view_sub(buf_view(&client->in), 0, head_len));
	response.status = (unsigned)strtoul((const char *)response.head.ptr + strlen("HTTP/1.1 "), NULL, 10);
	const char *length = response_header(rig, &response, "Content-Length");
	size_t body_len = head || !length ? 0 : strtoul(length, NULL, 10);
	while (client->in.len < head_len + body_len)
		assert_true(receive_some(client));
	response.body = arena_copy(&rig->arena, view_sub(buf_view(&client->in), head_len, body_len));
	struct view rest = arena_copy(&rig->arena, view_sub(buf_view(&client->in), head_len + body_len, SIZE_MAX));
	buf_clear(&client->in);
	buf_add(&client->in, rest);
	return response;
}

void assert_problem(struct rig *rig, const struct response *response, unsigned status, const char *type)
{
	json_t *json = json_loadb((const char *)response->body.ptr, response->body.len, 0, NULL);
	const char *is = json_string_value(json_object_get(json, "type"));
	const char *want = arena_printf(&rig->arena, "urn:ietf:params:acme:error:%s", type);
	assert_int_equal(response->status, status);
	assert_string_equal(response_header(rig, response, "Content-Type"), "application/problem+json");
	assert_non_null(is);
	assert_string_equal(is, want);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
	assert_non_null(json_string_value(json_object_get(json, "detail")));
	assert_true(response_has(rig, response, "Link", arena_printf(&rig->arena, "<%s/acme/directory>;rel=\"index\"", rig->url)));
	assert_string_equal(response_header(rig, response, "Cache-Control"), "no-store");
	json_decref(json);
}

struct response rig_get(struct rig *rig, bool https, const char *method, const char *path, const char *headers)
{
	struct client client = rig_client(rig, https);
	client_send(&client, view_str(arena_printf(&rig->arena, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path, headers)));
	struct response response = client_read(rig, &client, strcmp(method, "HEAD") == 0);
	client_close(&client);
	return response;
}

const char *rig_nonce(struct rig *rig)
{
	struct response response = rig_get(rig, true, "HEAD", "/acme/new-nonce", "");
	const char *nonce = response_header(rig, &response, "Replay-Nonce");
	assert_non_null(nonce);
	return nonce;
}

struct client rig_post(struct rig *rig, const char *path, struct view body)
{
	struct client client = rig_client(rig, true);
	cleanup_buf bytes = BUF_INIT;
	buf_addf(&bytes, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jose+json\r\nContent-Length: %zu\r\n\r\n", path, body.len);
	buf_add(&bytes, body);
	client_send(&client, buf_view(&bytes));
	return client;
}

struct view rig_sign(struct rig *rig, const struct crypto_key *key, const char *kid, const char *nonce, const char *path, const char *payload)
{
	cleanup_buf text = BUF_INIT;
	const char *url = arena_printf(&rig->arena, "%s%s", rig->url, path);
	assert_int_equal(jws_sign(key, view_str(kid), view_str(nonce ? nonce : rig_nonce(rig)), view_str(url), view_str(payload), &text), 0);
	return arena_copy(&rig->arena, buf_view(&text));
}

const char *rig_kid(struct rig *rig, int64_t account)
{
	return arena_printf(&rig->arena, "%s/acme/account/%lld", rig->url, (long long)account);
}
