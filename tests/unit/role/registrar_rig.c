#include "registrar_rig.h"

#include <errno.h>
#include <event2/event.h>
#include <ftw.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/shared_window.h"
#include "config/ca_dir_init.h"
#include "http/router.h"
#include "jose/jwk.h"
#include "pki/build.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "pki/csr_write.h"
#include "pki/pem.h"
#include "role/role_peers.h"

enum { PATIENCE_MS = 20000, PACKET_MAX = 64 * 1024, PIECE = 32 * 1024 };

static const char *const PEER_NAMES[RIG_PEERS] = {"front", "front", "validator", "signer", "mailer", "login"};
static const uint8_t RECEIPT_KEY[RECEIPT_KEY_LEN] = "the key of validator and signer";

// --- the registrar's process: what role.c does, without sandbox

void role_finished(struct role *role)
{
	((struct role_process *)role)->finished = true;
	(void)event_base_loopbreak(role->base);
}

void role_crash_point(const struct role *role, const char *point)
{
	(void)role, (void)point;
}

static void take_configure(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct role *role = context;
	cleanup_buf why = BUF_INIT, ready = BUF_INIT;
	int error = config_parse(ipc_message_bytes(message, IPC_CONFIG), "test.conf", &role->config, &why);
	if (error || role->kind->open(role, message, fds, fd_count) || role->kind->start(role))
		_exit(91);
	ipc_message_begin(&ready, IPC_READY, 0);
	if (ipc_channel_send(channel, &ready))
		_exit(92);
}

static void take_connect(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	uint64_t index = 0;
	(void)channel;
	if (fd_count != 1 || ipc_message_u64(message, IPC_ROLE_INDEX, &index) ||
	    role_peers_connect(context, ipc_message_bytes(message, IPC_PEER), (unsigned)index, fds[0]))
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
	_exit(94);
}

static void run_registrar(int fd, struct metrics *metrics)
{
	static const struct ipc_permit PERMITS[] = {{IPC_CONFIGURE, take_configure}, {IPC_CONNECT, take_connect},
		{IPC_SHUT_DOWN, take_shut_down}, {0, NULL}};
	struct role_process process = {.role = {.kind = &role_registrar, .base = event_base_new(), .metrics = metrics}};
	log_open("registrar", getenv("RIG_VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	if (ipc_channel_new(process.role.base, fd, PERMITS, parent_gone, &process, &process.role.parent))
		_exit(95);
	(void)event_base_dispatch(process.role.base);
	role_peers_drain(&process, 1000);
	role_peers_free(&process);
	ipc_channel_free(process.role.parent);
	config_free(&process.role.config);
	event_base_free(process.role.base);
}

// --- raw packets, as ipc/channel.c makes them

static void put_fd(struct msghdr *header, uint8_t *control, int fd)
{
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(sizeof(int));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
}

static void send_raw(int to, const struct buf *message, int fd)
{
	assert_int_equal(buf_error(message), 0);
	for (size_t at = 0; at < message->len; at += PIECE) {
		size_t len = message->len - at < PIECE ? message->len - at : PIECE;
		uint8_t more = at + len < message->len;
		struct iovec parts[] = {{&more, 1}, {message->ptr + at, len}};
		struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
		_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))] = {0};
		if (fd >= 0 && !at)
			put_fd(&header, control, fd);
		assert_true(sendmsg(to, &header, MSG_NOSIGNAL) > 0);
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

// A revocation is noted for the audit log, whoever did it.
static bool is_unasked(const struct ipc_message *message)
{
	enum ipc_type type = message->type;
	if (type == IPC_AUDIT_NOTE)
		return view_starts(ipc_message_bytes(message, IPC_BODY), VIEW_LIT("{\"kind\":\"revoke\""));
	return type == IPC_PUBLISH || type == IPC_OCSP_DROP || type == IPC_RENEWAL_DROP || type == IPC_CRL_BEGIN || type == IPC_CRL_ENTRIES ||
	       type == IPC_CRL_SIGN || type == IPC_BLOCKED_NETWORKS;
}

struct ipc_message rig_take(struct rig *rig, enum rig_peer peer, enum ipc_type type)
{
	struct ipc_message message;
	do
		message = take_raw(rig, rig->peers[peer]);
	while (message.type != type && is_unasked(&message));
	assert_string_equal(ipc_type_text(message.type), ipc_type_text(type));
	return message;
}

void rig_hold(struct rig *rig)
{
	int status;
	assert_int_equal(kill(rig->registrar, SIGSTOP), 0);
	assert_int_equal(waitpid(rig->registrar, &status, WUNTRACED), rig->registrar);
}

void rig_let_go(struct rig *rig)
{
	assert_int_equal(kill(rig->registrar, SIGCONT), 0);
}

bool rig_hears_nothing(struct rig *rig, enum rig_peer peer)
{
	while (is_readable(rig->peers[peer], 100)) {
		struct ipc_message message = take_raw(rig, rig->peers[peer]);
		if (!is_unasked(&message))
			return false;
	}
	return true;
}

void rig_send(struct rig *rig, enum rig_peer peer, const struct buf *message)
{
	send_raw(rig->peers[peer], message, -1);
}

// --- starting and stopping

static void write_config(const struct rig *rig, struct buf *text)
{
	const struct config_dev_options options = {.dir = rig->folder, .resolve_all = "127.0.0.1", .review = rig->review};
	assert_int_equal(config_dev(&options, text), 0);
	buf_add_str(text, rig->more);
}

static struct sockaddr_un control_address(const struct rig *rig)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", rig->folder);
	return address;
}

static int listen_for_commands(const struct rig *rig)
{
	struct sockaddr_un address = control_address(rig);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void configure(struct rig *rig)
{
	cleanup_buf text = BUF_INIT, message = BUF_INIT;
	write_config(rig, &text);
	ipc_message_begin(&message, IPC_CONFIGURE, 0);
	ipc_message_add(&message, IPC_CONFIG, buf_view(&text));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	int listener = listen_for_commands(rig);
	send_raw(rig->parent, &message, listener);
	(void)close(listener);
	assert_int_equal(take_raw(rig, rig->parent).type, IPC_READY);
}

void rig_connect(struct rig *rig, enum rig_peer peer)
{
	int pair[2];
	cleanup_buf message = BUF_INIT;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, PEER_NAMES[peer]);
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, peer == RIG_OTHER_FRONT);
	send_raw(rig->parent, &message, pair[1]);
	(void)close(pair[1]);
	rig->peers[peer] = pair[0];
}

void rig_disconnect(struct rig *rig, enum rig_peer peer)
{
	(void)close(rig->peers[peer]);
	rig->peers[peer] = -1;
}

void rig_launch(struct rig *rig)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	rig->registrar = fork();
	assert_true(rig->registrar >= 0);
	if (!rig->registrar) {
		(void)close(pair[0]);
		run_registrar(pair[1], rig->metrics);
		exit(0); // not _exit: so that a sanitizer looks for leaks
	}
	(void)close(pair[1]);
	rig->parent = pair[0];
	configure(rig);
	for (enum rig_peer peer = RIG_FRONT; peer < RIG_PEERS; peer++)
		rig_connect(rig, peer);
}

static void forget_sockets(struct rig *rig)
{
	for (enum rig_peer peer = RIG_FRONT; peer < RIG_PEERS; peer++)
		if (rig->peers[peer] >= 0)
			rig_disconnect(rig, peer);
	(void)close(rig->parent);
}

void rig_kill(struct rig *rig)
{
	(void)kill(rig->registrar, SIGKILL);
	assert_int_equal(waitpid(rig->registrar, NULL, 0), rig->registrar);
	forget_sockets(rig);
}

static void make_ca(struct rig *rig)
{
	cleanup_buf text = BUF_INIT, why = BUF_INIT;
	write_config(rig, &text);
	assert_int_equal(config_parse(buf_view(&text), "test.conf", &rig->config, &why), 0);
	assert_int_equal(mkdir(arena_printf(&rig->arena, "%s/db", rig->folder), 0700), 0);
	const struct ca_init init = {.dir = rig->config.ca_dir, .name = "Test", .key_type = CRYPTO_KEY_P256, .now = clock_now()};
	assert_int_equal(ca_init(&init, &why), 0);
	assert_int_equal(ca_dir_read(rig->config.ca_dir, CA_DIR_WITH_KEYS, &rig->ca, &why), 0);
}

static void open_account(struct rig *rig)
{
	cleanup_buf jwk = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &rig->account_key), 0);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &rig->certificate_key), 0);
	assert_int_equal(jwk_write(rig->account_key, &jwk), 0);
	assert_int_equal(jwk_thumbprint(rig->account_key, rig->thumbprint), 0);
	rig->jwk = arena_copy(&rig->arena, buf_view(&jwk));
	struct answer answer = rig_call(rig, ACME_NEW_ACCOUNT, NULL, "{\"termsOfServiceAgreed\":true}");
	assert_int_equal(answer.status, 201);
	rig->account = strtoll(strrchr(answer.location, '/') + 1, NULL, 10);
}

// Shared with the registrar, and with the one after it.
static void map_metrics(struct rig *rig)
{
	int fd = -1;
	assert_int_equal(shared_window_make("metrics", sizeof(struct metrics), &fd), 0);
	rig->metrics = metrics_map(fd);
	assert_non_null(rig->metrics);
	(void)close(fd);
}

static void start(struct rig *rig, const char *more, const char *review)
{
	*rig = (struct rig){.review = review, .folder = "/tmp/xica-test-registrar-XXXXXX", .arena = ARENA_INIT};
	for (enum rig_peer peer = RIG_FRONT; peer < RIG_PEERS; peer++)
		rig->peers[peer] = -1;
	(void)snprintf(rig->more, sizeof(rig->more), "%s", more);
	assert_non_null(mkdtemp(rig->folder));
	make_ca(rig);
	map_metrics(rig);
	rig_launch(rig);
	open_account(rig);
}

void rig_start(struct rig *rig, const char *more)
{
	start(rig, more, NULL);
}

void rig_start_reviewing(struct rig *rig, const char *pattern, const char *more)
{
	start(rig, more, pattern);
}

// --- beside the registrar

struct store *rig_store(struct rig *rig)
{
	struct store *store = NULL;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(store_open(&(struct store_options){.path = rig->config.database}, &store, &why), 0);
	return store;
}

void rig_run(struct rig *rig, int (*work)(struct store_txn *txn, void *context), void *context)
{
	struct store *store = rig_store(rig);
	assert_int_equal(store_run(store, work, context), 0);
	store_close(store);
}

int rig_command_send(struct rig *rig, const char *question)
{
	struct sockaddr_un address = control_address(rig);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, question, strlen(question), 0), (ssize_t)strlen(question));
	return fd;
}

const char *rig_command_answer(struct rig *rig, int fd)
{
	static char answer[PACKET_MAX * 4];
	assert_true(is_readable(fd, PATIENCE_MS));
	ssize_t len = recv(fd, answer, sizeof(answer), 0);
	assert_true(len > 0);
	(void)close(fd);
	return arena_strdup(&rig->arena, view_bytes(answer, (size_t)len));
}

const char *rig_command(struct rig *rig, const char *question)
{
	return rig_command_answer(rig, rig_command_send(rig, question));
}

static int remove_file(const char *path, const struct stat *is, int flag, struct FTW *ftw)
{
	(void)is, (void)flag, (void)ftw;
	return remove(path);
}

static void end_registrar(struct rig *rig)
{
	int status = -1;
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SHUT_DOWN, 0);
	send_raw(rig->parent, &message, -1);
	for (int i = 0; i < PATIENCE_MS / 20; i++) {
		if (waitpid(rig->registrar, &status, WNOHANG) == rig->registrar)
			break;
		(void)usleep(20000);
	}
	assert_int_equal(status, 0);
}

void rig_end(struct rig *rig)
{
	end_registrar(rig);
	forget_sockets(rig);
}

void rig_stop(struct rig *rig)
{
	rig_end(rig);
	crypto_key_free(rig->account_key);
	crypto_key_free(rig->certificate_key);
	ca_dir_free(&rig->ca);
	config_free(&rig->config);
	arena_free(&rig->arena);
	shared_window_unmap(rig->metrics, sizeof(*rig->metrics));
	assert_int_equal(nftw(rig->folder, remove_file, 8, FTW_DEPTH | FTW_PHYS), 0);
}

// --- as a front

uint64_t rig_ask_by(struct rig *rig, enum rig_peer front, enum acme_endpoint endpoint, const char *object, const char *part, const char *payload)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ACME_REQUEST, ++rig->last_id);
	ipc_message_add_u64(&message, IPC_ENDPOINT, endpoint);
	ipc_message_add_str(&message, IPC_URL, "https://localhost:14000/acme/something");
	ipc_message_add_str(&message, IPC_OBJECT, object);
	ipc_message_add_str(&message, IPC_OBJECT_PART, part);
	if (endpoint == ACME_NEW_ACCOUNT)
		ipc_message_add(&message, IPC_JWK, rig->jwk);
	else
		ipc_message_add_u64(&message, IPC_ACCOUNT, (uint64_t)rig->account);
	ipc_message_add(&message, IPC_THUMBPRINT, view_bytes(rig->thumbprint, sizeof(rig->thumbprint)));
	ipc_message_add_str(&message, IPC_PAYLOAD, payload);
	ipc_message_add_str(&message, IPC_JWS, "the whole request");
	rig_send(rig, front, &message);
	return rig->last_id;
}

uint64_t rig_ask(struct rig *rig, enum acme_endpoint endpoint, const char *object, const char *part, const char *payload)
{
	return rig_ask_by(rig, RIG_FRONT, endpoint, object, part, payload);
}

uint64_t rig_site_ask(struct rig *rig, const char *remote, const char *path, const char *body)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_SITE_REQUEST, ++rig->last_id);
	ipc_message_add_u64(&message, IPC_HTTP_METHOD, HTTP_METHOD_POST);
	ipc_message_add_str(&message, IPC_URL, path);
	ipc_message_add_str(&message, IPC_LANGUAGE, "en");
	ipc_message_add_str(&message, IPC_REMOTE, remote);
	ipc_message_add_str(&message, IPC_REQUEST_ID, "r1");
	ipc_message_add_str(&message, IPC_BODY, body);
	rig_send(rig, RIG_FRONT, &message);
	return rig->last_id;
}

struct answer rig_answer(struct rig *rig, uint64_t id)
{
	static const char URN[] = "urn:ietf:params:acme:error:";
	struct ipc_message message = rig_take(rig, RIG_FRONT, IPC_HTTP_REPLY);
	uint64_t status = 0;
	struct answer answer = {0};
	assert_int_equal(message.id, id);
	assert_int_equal(ipc_message_u64(&message, IPC_STATUS, &status), 0);
	answer.status = (unsigned)status;
	(void)!ipc_message_u64(&message, IPC_RETRY_AFTER, &answer.retry_after);
	if (ipc_message_has(&message, IPC_LOCATION))
		answer.location = arena_strdup(&rig->arena, ipc_message_bytes(&message, IPC_LOCATION));
	struct view body = ipc_message_bytes(&message, IPC_BODY);
	json_t *json = body.len ? json_loadb((const char *)body.ptr, body.len, 0, NULL) : NULL;
	const char *type = json_string_value(json_object_get(json, "type"));
	const char *state = json_string_value(json_object_get(json, "status"));
	if (type && !strncmp(type, URN, strlen(URN)))
		answer.type = arena_strdup(&rig->arena, view_str(type + strlen(URN)));
	if (state)
		answer.state = arena_strdup(&rig->arena, view_str(state));
	answer.body = arena_strdup(&rig->arena, body);
	json_decref(json);
	return answer;
}

struct answer rig_call(struct rig *rig, enum acme_endpoint endpoint, const char *object, const char *payload)
{
	return rig_answer(rig, rig_ask(rig, endpoint, object, NULL, payload));
}

// --- orders

static const char *last_part(struct rig *rig, const char *url)
{
	return arena_strdup(&rig->arena, view_str(strrchr(url, '/') + 1));
}

struct order rig_order(struct rig *rig, const char *name, const char *second)
{
	struct order order = {.names = {name, second}};
	const char *more = second ? arena_printf(&rig->arena, ",{\"type\":\"dns\",\"value\":\"%s\"}", second) : "";
	struct answer answer = rig_call(rig, ACME_NEW_ORDER, NULL,
					arena_printf(&rig->arena, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}%s]}", name, more));
	assert_int_equal(answer.status, 201);
	order.id = last_part(rig, answer.location);
	json_t *json = json_loads(answer.body, 0, NULL);
	const json_t *list = json_object_get(json, "authorizations");
	for (; order.count < json_array_size(list); order.count++)
		order.authzs[order.count] = last_part(rig, json_string_value(json_array_get(list, order.count)));
	json_decref(json);
	return order;
}

struct ipc_message rig_challenge(struct rig *rig, const char *authz, const char *type)
{
	struct answer answer = rig_answer(rig, rig_ask(rig, ACME_CHALLENGE, authz, type, "{}"));
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.state, "processing");
	return rig_take(rig, RIG_VALIDATOR, IPC_VALIDATE);
}

static void add_receipt(const struct ipc_message *question, const struct receipt *like, enum receipt_kind kind, xica_time expires, struct buf *out)
{
	cleanup_buf bytes = BUF_INIT;
	struct receipt receipt = *like;
	uint64_t wildcard = 0;
	struct view thumbprint = ipc_message_bytes(question, IPC_THUMBPRINT);
	assert_int_equal(ipc_message_u64(question, IPC_WILDCARD, &wildcard), 0);
	receipt.identifier.wildcard = wildcard;
	memcpy(receipt.thumbprint, thumbprint.ptr, sizeof(receipt.thumbprint));
	receipt.kind = kind;
	receipt.expires = expires;
	assert_int_equal(receipt_write(&receipt, view_bytes(RECEIPT_KEY, sizeof(RECEIPT_KEY)), &bytes), 0);
	ipc_message_add(out, IPC_RECEIPT, buf_view(&bytes));
}

static void send_receipts(struct rig *rig, const struct ipc_message *question, struct view name, xica_time caa_age)
{
	cleanup_buf message = BUF_INIT;
	uint64_t expires = 0;
	bool whole = question->type == IPC_VALIDATE;
	uint64_t type = 0;
	assert_int_equal(ipc_message_u64(question, IPC_IDENTIFIER_TYPE, &type), 0);
	struct receipt receipt = {.identifier = {(enum pki_identifier_type)type, name, false}, .perspectives = 1, .seen = clock_now() - caa_age};
	assert_int_equal(receipt_method_parse(ipc_message_bytes(question, whole ? IPC_CHALLENGE : IPC_METHOD), &receipt.method), 0);
	ipc_message_begin(&message, IPC_VALIDATED, question->id);
	if (whole) {
		assert_int_equal(ipc_message_u64(question, IPC_EXPIRES, &expires), 0);
		add_receipt(question, &receipt, RECEIPT_CONTROL, (xica_time)expires, &message);
	}
	add_receipt(question, &receipt, RECEIPT_CAA, receipt.seen + RECEIPT_CAA_LIFETIME, &message);
	rig_send(rig, RIG_VALIDATOR, &message);
}

void rig_prove(struct rig *rig, const struct ipc_message *question, xica_time caa_age)
{
	send_receipts(rig, question, ipc_message_bytes(question, IPC_IDENTIFIER), caa_age);
}

void rig_prove_for(struct rig *rig, const struct ipc_message *question, const char *name, xica_time caa_age)
{
	send_receipts(rig, question, view_str(name), caa_age);
}

void rig_allow(struct rig *rig, const struct ipc_message *question)
{
	send_receipts(rig, question, ipc_message_bytes(question, IPC_IDENTIFIER), 0);
}

void rig_invalid(struct rig *rig, const struct ipc_message *question, const char *problem)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_INVALID, question->id);
	ipc_message_add_str(&message, IPC_PROBLEM, problem);
	ipc_message_add_str(&message, IPC_DETAIL, "what the validator saw");
	rig_send(rig, RIG_VALIDATOR, &message);
}

void assert_state(struct rig *rig, enum acme_endpoint endpoint, const char *id, const char *state)
{
	struct answer answer = {0};
	for (int i = 0; i < 100; i++) { // what the validator said may still be on its way
		answer = rig_call(rig, endpoint, id, NULL);
		assert_int_equal(answer.status, 200);
		if (!strcmp(answer.state, state))
			return;
		(void)usleep(20000);
	}
	assert_string_equal(answer.state, state);
}

struct order rig_ready_order(struct rig *rig, const char *name, xica_time caa_age)
{
	struct order order = rig_order(rig, name, NULL);
	struct ipc_message question = rig_challenge(rig, order.authzs[0], "http-01");
	rig_prove(rig, &question, caa_age);
	assert_state(rig, ACME_ORDER, order.id, "ready");
	return order;
}

const char *rig_csr(struct rig *rig, const struct order *order)
{
	cleanup_buf csr = BUF_INIT, text = BUF_INIT;
	struct view names[4];
	for (size_t i = 0; i < order->count; i++)
		names[i] = view_str(order->names[i]);
	assert_int_equal(pki_csr_write(rig->certificate_key, names, order->count, &csr), 0);
	base64url_encode(&text, buf_view(&csr));
	return arena_printf(&rig->arena, "{\"csr\":\"%s\"}", buf_cstr(&text));
}

uint64_t rig_finalize(struct rig *rig, const struct order *order)
{
	return rig_ask(rig, ACME_FINALIZE, order->id, NULL, rig_csr(rig, order));
}

// --- as the signer

static void build(struct rig *rig, const struct ipc_message *prepare, struct prepared *prepared)
{
	struct pki_csr csr;
	struct pki_identifier identifiers[4];
	struct pki_sans sans;
	struct receipt receipt;
	struct view bytes;
	size_t count = 0;
	const char *why;
	const struct ca_issuer *issuer = &rig->ca.issuers[0];
	struct pki_site site = config_site(&rig->config);
	const struct pki_profile *profile = config_profile(&rig->config, ipc_message_bytes(prepare, IPC_PROFILE));
	for (size_t i = 0; ipc_message_nth(prepare, IPC_RECEIPT, i, &bytes); i++) {
		assert_int_equal(receipt_peek(bytes, &receipt), 0);
		if (receipt.kind == RECEIPT_CONTROL)
			identifiers[count++] = receipt.identifier;
	}
	assert_int_equal(pki_csr_parse(ipc_message_bytes(prepare, IPC_CSR), &rig->arena, &csr, &why), 0);
	assert_int_equal(pki_profile_names(profile, &site, identifiers, count, &rig->arena, &sans, &why), 0);
	const struct pki_issuer signs = {issuer->id, issuer->name, issuer->key_id, crypto_sig_default(issuer->key), issuer->not_after};
	const struct pki_leaf leaf = {profile, &site, &signs, prepared->serial, csr.spki, &sans, prepared->not_before, prepared->not_after};
	cleanup_buf tbs = BUF_INIT, der = BUF_INIT;
	assert_int_equal(pki_build_tbs(&leaf, &tbs), 0);
	assert_int_equal(pki_build_sign(issuer->key, buf_view(&tbs), &der), 0);
	prepared->tbs = arena_copy(&rig->arena, buf_view(&tbs));
	prepared->der = arena_copy(&rig->arena, buf_view(&der));
}

struct prepared rig_prepared(struct rig *rig, const struct ipc_message *prepare)
{
	uint8_t bytes[PKI_SERIAL_LEN + 16];
	cleanup_buf message = BUF_INIT;
	struct prepared prepared = {.not_before = clock_now() - 60, .not_after = clock_now() + 30 * XICA_DAY};
	assert_int_equal(crypto_random(bytes, sizeof(bytes)), 0);
	bytes[0] = PKI_SERIAL_FIRST;
	prepared.serial = arena_copy(&rig->arena, view_bytes(bytes, PKI_SERIAL_LEN));
	prepared.token = arena_copy(&rig->arena, view_bytes(bytes + PKI_SERIAL_LEN, 16));
	build(rig, prepare, &prepared);
	ipc_message_begin(&message, IPC_PREPARED, prepare->id);
	ipc_message_add(&message, IPC_TOKEN, prepared.token);
	ipc_message_add(&message, IPC_SERIAL, prepared.serial);
	ipc_message_add(&message, IPC_TBS, prepared.tbs);
	ipc_message_add_str(&message, IPC_ISSUER, rig->ca.issuers[0].id);
	ipc_message_add_u64(&message, IPC_SHARD, 0);
	ipc_message_add_u64(&message, IPC_NOT_BEFORE, (uint64_t)prepared.not_before);
	ipc_message_add_u64(&message, IPC_NOT_AFTER, (uint64_t)prepared.not_after);
	rig_send(rig, RIG_SIGNER, &message);
	return prepared;
}

void rig_issued(struct rig *rig, const struct ipc_message *question, const struct prepared *prepared)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ISSUED, question->id);
	ipc_message_add(&message, IPC_SERIAL, prepared->serial);
	ipc_message_add(&message, IPC_CERTIFICATE, prepared->der);
	rig_send(rig, RIG_SIGNER, &message);
}

void rig_not_issued(struct rig *rig, const struct ipc_message *question)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_NOT_ISSUED, question->id);
	ipc_message_add(&message, IPC_SERIAL, ipc_message_bytes(question, IPC_SERIAL));
	rig_send(rig, RIG_SIGNER, &message);
}

void rig_refused(struct rig *rig, const struct ipc_message *question, const char *problem, const char *reason)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_REFUSED, question->id);
	ipc_message_add_str(&message, IPC_PROBLEM, problem);
	ipc_message_add_str(&message, IPC_REASON, reason);
	ipc_message_add_str(&message, IPC_DETAIL, "why the signer refuses");
	rig_send(rig, RIG_SIGNER, &message);
}

// --- what must be true

void assert_problem(const struct answer *answer, unsigned status, const char *type)
{
	assert_non_null(answer->type);
	assert_string_equal(answer->type, type);
	assert_int_equal(answer->status, status);
}

void assert_certified(struct rig *rig, const struct order *order, const struct prepared *prepared)
{
	cleanup_buf serial = BUF_INIT, pem = BUF_INIT;
	assert_state(rig, ACME_ORDER, order->id, "valid");
	hex_encode(&serial, prepared->serial);
	pem_write(&pem, PEM_CERTIFICATE, prepared->der);
	uint64_t id = rig_ask(rig, ACME_CERTIFICATE, buf_cstr(&serial), "0", NULL);
	struct ipc_message message = rig_take(rig, RIG_FRONT, IPC_HTTP_REPLY);
	assert_int_equal(message.id, id);
	assert_true(view_starts(ipc_message_bytes(&message, IPC_BODY), buf_view(&pem)));
	assert_non_null(strstr(rig_call(rig, ACME_ORDER, order->id, NULL).body, buf_cstr(&serial)));
}
