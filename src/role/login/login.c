// The login role: is a person who they say? Passwords and passkeys are looked at here, so that a slow hash blocks nobody else and a stranger's bytes meet
// a process that can do nothing: no file, no socket, no key.
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "role/login/password.h"
#include "role/role.h"
#include "site/passkey.h"

enum { WAITING_MAX = 64, DESCRIPTORS_MAX = 64 };

static const uint64_t MEMORY_MAX = (uint64_t)256 << 20; // one password takes 64 MiB

struct job { // one password
	TAILQ_ENTRY(job) link;
	struct ipc_channel *channel;
	uint64_t id;
	bool check;           // else: to hash
	struct buf password, hash;
};

struct login {
	struct role *role;
	struct login_password passwords;
	TAILQ_HEAD(, job) waiting;
	size_t waiting_count;
	struct event *work; // takes the first one
};

static struct login *login_of(void *context)
{
	return ((struct role *)context)->state;
}

// --- answers

static void send_message(struct ipc_channel *channel, const struct buf *message)
{
	int error = buf_error(message);
	if (!error)
		error = ipc_channel_send(channel, message);
	if (error)
		log_error("an answer could not be sent: %s", xica_strerror(error));
}

static void send_result(struct ipc_channel *channel, uint64_t id, enum ipc_login result, const uint64_t *counter)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_LOGIN_IS, id);
	ipc_message_add_u64(&message, IPC_RESULT, result);
	if (counter)
		ipc_message_add_u64(&message, IPC_NUMBER, *counter);
	send_message(channel, &message);
}

// --- passwords: one after the other, between which the loop goes on

static void job_free(struct login *login, struct job *job)
{
	TAILQ_REMOVE(&login->waiting, job, link);
	login->waiting_count--;
	buf_wipe(&job->password);
	buf_wipe(&job->hash);
	free(job);
}

static void hash_password(const struct job *job)
{
	cleanup_buf message = BUF_INIT, hash = BUF_INIT;
	int error = login_password_hash(buf_view(&job->password), &hash);
	if (error) {
		log_error("a password can't be hashed: %s", xica_strerror(error));
		send_result(job->channel, job->id, IPC_LOGIN_FAILED, NULL);
		return;
	}
	ipc_message_begin(&message, IPC_PASSWORD_IS, job->id);
	ipc_message_add(&message, IPC_PASSWORD_HASH_TEXT, buf_view(&hash));
	send_message(job->channel, &message);
}

static void work_soon(struct login *login)
{
	static const struct timeval NOW = {0};
	if (!TAILQ_EMPTY(&login->waiting) && evtimer_add(login->work, &NOW))
		log_error("the loop takes no timer");
}

static void on_work(evutil_socket_t fd, short what, void *context)
{
	struct login *login = context;
	struct job *job = TAILQ_FIRST(&login->waiting);
	(void)fd, (void)what;
	if (!job)
		return;
	role_crash_point(login->role, "before-password");
	if (job->check)
		send_result(job->channel, job->id, login_password_check(&login->passwords, buf_view(&job->password), buf_view(&job->hash)), NULL);
	else
		hash_password(job);
	job_free(login, job);
	work_soon(login);
}

static void on_password(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct login *login = login_of(context);
	(void)fds, (void)fd_count;
	struct job *job = login && login->waiting_count < WAITING_MAX ? calloc(1, sizeof(*job)) : NULL;
	if (!job) {
		send_result(channel, message->id, IPC_LOGIN_FAILED, NULL);
		return;
	}
	job->channel = channel;
	job->id = message->id;
	job->check = message->type == IPC_PASSWORD_CHECK;
	buf_add(&job->password, ipc_message_bytes(message, IPC_PASSWORD));
	if (job->check)
		buf_add(&job->hash, ipc_message_bytes(message, IPC_PASSWORD_HASH_TEXT));
	TAILQ_INSERT_TAIL(&login->waiting, job, link);
	login->waiting_count++;
	if (buf_error(&job->password) || buf_error(&job->hash)) {
		send_result(channel, message->id, IPC_LOGIN_FAILED, NULL);
		job_free(login, job);
	}
	work_soon(login);
}

// --- passkeys: quick enough to be looked at where they come

static enum ipc_login result_of(int error)
{
	if (!error)
		return IPC_LOGIN_RIGHT;
	log_info("a passkey is refused: %s", xica_strerror(error));
	return error == XICA_ENOMEM || error == XICA_ECRYPTO ? IPC_LOGIN_FAILED : IPC_LOGIN_WRONG;
}

static struct passkey_asked asked_of(const struct ipc_message *message)
{
	return (struct passkey_asked){ipc_message_bytes(message, IPC_NONCE), ipc_message_bytes(message, IPC_URL)};
}

static void on_passkey_register(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	const struct passkey_asked asked = asked_of(message);
	cleanup_buf answer = BUF_INIT, key = BUF_INIT, credential = BUF_INIT;
	(void)fds, (void)fd_count, (void)context;
	int error = passkey_register(&asked, ipc_message_bytes(message, IPC_CLIENT_DATA), ipc_message_bytes(message, IPC_ATTESTATION), &key, &credential);
	if (error) {
		send_result(channel, message->id, result_of(error), NULL);
		return;
	}
	ipc_message_begin(&answer, IPC_PASSKEY_IS, message->id);
	ipc_message_add(&answer, IPC_PASSKEY, buf_view(&key));
	ipc_message_add(&answer, IPC_CREDENTIAL, buf_view(&credential));
	send_message(channel, &answer);
}

static void on_passkey_check(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	const struct passkey_asked asked = asked_of(message);
	struct passkey_assertion assertion = {ipc_message_bytes(message, IPC_CLIENT_DATA), ipc_message_bytes(message, IPC_AUTHENTICATOR_DATA),
		ipc_message_bytes(message, IPC_SIGNATURE), ipc_message_bytes(message, IPC_PASSKEY), 0};
	uint64_t counter = 0;
	(void)fds, (void)fd_count, (void)context;
	int error = ipc_message_u64(message, IPC_NUMBER, &assertion.counter);
	if (!error)
		error = passkey_check(&asked, &assertion, &counter);
	send_result(channel, message->id, result_of(error), error ? NULL : &counter);
}

// --- peers

static void registrar_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct login *login = role->state;
	struct job *next;
	(void)index;
	for (struct job *job = login ? TAILQ_FIRST(&login->waiting) : NULL; job; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job->channel == channel)
			job_free(login, job);
	}
}

static const struct ipc_permit REGISTRAR_PERMITS[] = {
	{IPC_PASSWORD_HASH, on_password},
	{IPC_PASSWORD_CHECK, on_password},
	{IPC_PASSKEY_REGISTER, on_passkey_register},
	{IPC_PASSKEY_CHECK, on_passkey_check},
	{0, NULL},
};

static const struct role_peer_kind PEERS[] = {
	{"registrar", REGISTRAR_PERMITS, NULL, registrar_gone},
	{NULL, NULL, NULL, NULL},
};

// --- start and end

static int login_open(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	(void)configure, (void)fds, (void)fd_count;
	struct login *login = calloc(1, sizeof(*login));
	if (!login)
		return XICA_ENOMEM;
	login->role = role;
	TAILQ_INIT(&login->waiting);
	login->work = evtimer_new(role->base, on_work, login);
	passkey_init();
	int error = login->work ? login_password_open(&login->passwords) : XICA_ENOMEM;
	if (error) {
		log_error("passwords can't be hashed: %s", xica_strerror(error));
		if (login->work)
			event_free(login->work);
		free(login);
		return error;
	}
	role->state = login;
	return XICA_OK;
}

static void login_lock_in(struct role *role, struct sandbox *sandbox)
{
	sandbox->user = role->config.user_login;
	sandbox->memory_max = MEMORY_MAX;
	sandbox->files_max = DESCRIPTORS_MAX;
}

// Who waits is told at once: a hash each would outlast the patience of those who end us.
static void login_shut_down(struct role *role)
{
	struct login *login = role->state;
	struct job *job;
	if (!login)
		return;
	while ((job = TAILQ_FIRST(&login->waiting))) {
		send_result(job->channel, job->id, IPC_LOGIN_FAILED, NULL);
		job_free(login, job);
	}
	event_free(login->work);
	free(login);
	role->state = NULL;
	role_finished(role);
}

const struct role_kind role_login = {
	.name = "login",
	.peers = PEERS,
	.open = login_open,
	.lock_in = login_lock_in,
	.shut_down = login_shut_down,
};
