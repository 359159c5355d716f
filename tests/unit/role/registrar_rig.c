#include "registrar_rig.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_window.h"
#include "config/ca_dir_init.h"
#include "jose/jwk.h"
#include "packets.h"

enum { PATIENCE_MS = 20000 };

static const char *const PEER_NAMES[RIG_PEERS] = {"front", "front", "validator", "signer", "mailer", "login"};

static void write_config(const struct rig *rig, struct buf *text)
{
	const struct config_dev_options options = {.dir = rig->folder, .resolve_all = "127.0.0.1", .review = rig->review};
	assert_int_equal(config_dev(&options, text), 0);
	buf_add_str(text, rig->more);
}

static int listen_for_commands(const struct rig *rig)
{
	struct sockaddr_un address = rig_control_address(rig);
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
	packets_send(rig->parent, &message, &listener, 1);
	(void)close(listener);
	assert_int_equal(packets_take(rig->parent, PATIENCE_MS, &rig->arena).type, IPC_READY);
}

void rig_connect(struct rig *rig, enum rig_peer peer)
{
	int pair[2];
	cleanup_buf message = BUF_INIT;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, PEER_NAMES[peer]);
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, peer == RIG_OTHER_FRONT);
	packets_send(rig->parent, &message, &pair[1], 1);
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
		rig_run_registrar(pair[1], rig->metrics);
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
	packets_send(rig->parent, &message, NULL, 0);
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

// --- messages

// A revocation is noted for the audit log, whoever did it.
static bool is_unasked(const struct ipc_message *message)
{
	enum ipc_type type = message->type;
	if (type == IPC_AUDIT_NOTE)
		return view_starts(ipc_message_bytes(message, IPC_BODY), VIEW_LIT("{\"kind\":\"revoke\""));
	return type == IPC_PUBLISH || type == IPC_OCSP_DROP || type == IPC_RENEWAL_DROP || type == IPC_AHEAD_DROP || type == IPC_CRL_BEGIN || type == IPC_CRL_ENTRIES ||
	       type == IPC_CRL_SIGN || type == IPC_BLOCKED_NETWORKS;
}

struct ipc_message rig_take(struct rig *rig, enum rig_peer peer, enum ipc_type type)
{
	struct ipc_message message;
	do
		message = packets_take(rig->peers[peer], PATIENCE_MS, &rig->arena);
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
	while (packets_readable(rig->peers[peer], 100)) {
		struct ipc_message message = packets_take(rig->peers[peer], PATIENCE_MS, &rig->arena);
		if (!is_unasked(&message))
			return false;
	}
	return true;
}

void rig_send(struct rig *rig, enum rig_peer peer, const struct buf *message)
{
	packets_send(rig->peers[peer], message, NULL, 0);
}
