// The mailer: writes the letters that registrar and validator ask for, and hands them to the relay; in a CA to play with, into a folder. It reaches the
// network and nothing else: no file, no database, no key. What waits for long waits in the registrar's database, not here.
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "role/mailer/folder.h"
#include "role/mailer/letters.h"
#include "role/mailer/relay.h"
#include "role/role.h"

enum {
	ACTIVE_MAX = 4,        // transfers at once
	WAITING_MAX = 256,     // and so many letters behind them
	SHUT_DOWN_SECONDS = 6, // for those under way, when the role is told to end
	DESCRIPTORS_MAX = 256,
};

static const uint64_t MEMORY_MAX = (uint64_t)256 << 20;

struct job { // one letter
	TAILQ_ENTRY(job) link;
	struct mailer *mailer;
	struct ipc_channel *channel;
	uint64_t id;
	struct view letter;
	struct mailer_message message;
	struct arena arena;
	struct mailer_transfer *transfer; // NULL: waits
};

TAILQ_HEAD(job_list, job);

struct mailer {
	struct role *role;
	struct mailer_letters *letters; // NULL: the CA sends none
	struct mailer_relay *relay;     // NULL: none
	int64_t last_file;
	struct job_list active, waiting;
	size_t active_count, waiting_count;
	bool stopping;
	struct event *end; // of the role: made active when the last job is done
};

static struct mailer *mailer_of(void *context)
{
	return ((struct role *)context)->state;
}

static void answer(struct ipc_channel *channel, uint64_t id, enum ipc_mailed result, const char *detail)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_MAILED, id);
	ipc_message_add_u64(&message, IPC_RESULT, result);
	ipc_message_add_str(&message, IPC_DETAIL, detail);
	int error = buf_error(&message);
	if (!error)
		error = ipc_channel_send(channel, &message);
	if (error)
		log_error("an answer could not be sent: %s", xica_strerror(error));
}

// --- jobs

static void job_free(struct job *job)
{
	buf_wipe(&job->message.text); // codes, and links that open accounts
	arena_free(&job->arena);
	free(job);
}

// To whom is the registrar's to keep; here stands as much as tells an operator which mail host has trouble.
static void log_outcome(const struct job *job, const struct mailer_outcome *outcome)
{
	static const char *const WORDS[] = {[IPC_MAILED_SENT] = "sent", [IPC_MAILED_LATER] = "later", [IPC_MAILED_NEVER] = "never"};
	struct view to = job->message.to;
	size_t at = view_index(to, '@', 0);
	log_write(outcome->ours ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "letter handed on letter=%.*s domain=%.*s outcome=%s detail=\"%s\"", VIEW_FMT(job->letter),
		  VIEW_FMT(view_sub(to, at + 1, SIZE_MAX)), WORDS[outcome->result], outcome->detail ? outcome->detail : "");
}

static void count_outcome(const struct job *job, enum ipc_mailed result)
{
	struct metrics_mailer *part = &job->mailer->role->metrics->mailer;
	metrics_add(result == IPC_MAILED_SENT ? &part->sent : result == IPC_MAILED_LATER ? &part->later : &part->never, 1);
}

static void end_job(struct job *job, const struct mailer_outcome *outcome)
{
	log_outcome(job, outcome);
	count_outcome(job, outcome->result);
	answer(job->channel, job->id, outcome->result, outcome->detail);
	job_free(job);
}

static void take_off(struct job *job)
{
	struct mailer *mailer = job->mailer;
	TAILQ_REMOVE(&mailer->active, job, link);
	mailer->active_count--;
	if (mailer->stopping && !mailer->active_count)
		event_active(mailer->end, EV_TIMEOUT, 0);
}

static struct job *take_first(struct mailer *mailer)
{
	struct job *job = TAILQ_FIRST(&mailer->waiting);
	if (job) {
		TAILQ_REMOVE(&mailer->waiting, job, link);
		mailer->waiting_count--;
	}
	return job;
}

static void start_jobs(struct mailer *mailer);

static void on_sent(const struct mailer_outcome *outcome, void *context)
{
	struct job *job = context;
	struct mailer *mailer = job->mailer;
	role_crash_point(mailer->role, "after-relay");
	take_off(job);
	end_job(job, outcome);
	start_jobs(mailer);
}

static void start_jobs(struct mailer *mailer)
{
	struct job *job;
	while (!mailer->stopping && mailer->active_count < ACTIVE_MAX && (job = take_first(mailer))) {
		int error = mailer_relay_start(mailer->relay, job->message.from, job->message.to, buf_view(&job->message.text), on_sent, job, &job->transfer);
		if (error) {
			const struct mailer_outcome outcome = {IPC_MAILED_LATER, xica_strerror(error), true};
			end_job(job, &outcome);
			continue;
		}
		TAILQ_INSERT_TAIL(&mailer->active, job, link);
		mailer->active_count++;
	}
}

static void write_file(struct mailer *mailer, struct job *job)
{
	struct mailer_outcome outcome = {IPC_MAILED_SENT, NULL, false};
	const char *folder = mailer->role->config.mail_folder;
	int error = mailer_folder_write(folder, job->letter, buf_view(&job->message.text), &mailer->last_file);
	if (error) {
		log_error("can't write into %s: %m", folder);
		outcome = (struct mailer_outcome){IPC_MAILED_LATER, xica_strerror(error), true};
	}
	end_job(job, &outcome);
}

static int make_job(struct mailer *mailer, struct ipc_channel *channel, const struct ipc_message *message, struct buf *why, struct job **ret_job)
{
	struct job *job = calloc(1, sizeof(*job));
	if (!job)
		return XICA_ENOMEM;
	job->mailer = mailer;
	job->channel = channel;
	job->id = message->id;
	int error = mailer_letters_write(mailer->letters, message, &job->arena, &job->message, why);
	job->letter = arena_copy(&job->arena, ipc_message_bytes(message, IPC_LETTER));
	if (!error && !job->letter.ptr)
		error = XICA_ENOMEM;
	if (error) {
		job_free(job);
		return error;
	}
	*ret_job = job;
	return XICA_OK;
}

static void on_mail(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct mailer *mailer = mailer_of(context);
	cleanup_buf why = BUF_INIT;
	struct job *job;
	(void)fds, (void)fd_count;
	if (!mailer || mailer->stopping) // who stops answers nothing: it will be asked again
		return;
	if (!mailer->letters) {
		answer(channel, message->id, IPC_MAILED_NEVER, "this CA sends no letters: there is no relay in its configuration");
		return;
	}
	if (mailer->waiting_count == WAITING_MAX) {
		answer(channel, message->id, IPC_MAILED_LATER, "too many letters wait already");
		return;
	}
	int error = make_job(mailer, channel, message, &why, &job);
	if (error) {
		const char *detail = why.len ? buf_cstr(&why) : xica_strerror(error);
		log_error("letter=%.*s can't be written: %s", VIEW_FMT(ipc_message_bytes(message, IPC_LETTER)), detail);
		answer(channel, message->id, error == XICA_ENOMEM ? IPC_MAILED_LATER : IPC_MAILED_NEVER, detail);
		return;
	}
	role_crash_point(mailer->role, "before-relay");
	if (!mailer->relay) {
		write_file(mailer, job);
		return;
	}
	TAILQ_INSERT_TAIL(&mailer->waiting, job, link);
	mailer->waiting_count++;
	start_jobs(mailer);
}

// --- peers

static void drop_jobs(struct mailer *mailer, struct job_list *list, const struct ipc_channel *channel) // NULL: all
{
	struct job *next;
	for (struct job *job = TAILQ_FIRST(list); job; job = next) {
		next = TAILQ_NEXT(job, link);
		if (channel && job->channel != channel)
			continue;
		if (list == &mailer->active) {
			mailer_relay_cancel(job->transfer);
			take_off(job);
		} else {
			TAILQ_REMOVE(list, job, link);
			mailer->waiting_count--;
		}
		job_free(job);
	}
}

// Who asked is not there to hear of it, and asks again when it is back.
static void peer_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct mailer *mailer = role->state;
	(void)index;
	if (!mailer)
		return; // shut down meanwhile
	drop_jobs(mailer, &mailer->active, channel);
	drop_jobs(mailer, &mailer->waiting, channel);
	start_jobs(mailer);
}

static const struct ipc_permit PERMITS[] = {{IPC_MAIL, on_mail}, {0, NULL}};

static const struct role_peer_kind PEERS[] = {
	{"registrar", PERMITS, NULL, peer_gone},
	{"validator", PERMITS, NULL, peer_gone},
	{NULL, NULL, NULL, NULL},
};

// --- start and end

static void mailer_free(struct mailer *mailer)
{
	mailer_relay_free(mailer->relay);
	mailer_letters_free(mailer->letters);
	if (mailer->end)
		event_free(mailer->end);
	free(mailer);
}

static void on_end(evutil_socket_t fd, short what, void *context)
{
	struct mailer *mailer = context;
	struct role *role = mailer->role;
	(void)fd, (void)what;
	if (mailer->relay)
		mailer_relay_hang_up(mailer->relay);
	drop_jobs(mailer, &mailer->active, NULL);
	mailer_free(mailer);
	role->state = NULL;
	role_finished(role);
}

static int open_letters(struct mailer *mailer)
{
	const struct config *config = &mailer->role->config;
	if (!config->mail)
		return XICA_OK;
	int error = mailer_letters_open(config, &mailer->letters);
	if (!error && config->mail_relay)
		error = mailer_relay_open(mailer->role->base, config, &mailer->relay);
	if (!error && config->mail_folder)
		log_info("there is no relay: letters are written into %s", config->mail_folder);
	return error;
}

static int mailer_open(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	(void)configure, (void)fds, (void)fd_count;
	struct mailer *mailer = calloc(1, sizeof(*mailer));
	if (!mailer)
		return XICA_ENOMEM;
	mailer->role = role;
	TAILQ_INIT(&mailer->active);
	TAILQ_INIT(&mailer->waiting);
	mailer->end = evtimer_new(role->base, on_end, mailer);
	int error = mailer->end ? open_letters(mailer) : XICA_ENOMEM;
	if (error) {
		mailer_free(mailer);
		return error;
	}
	role->state = mailer;
	return XICA_OK;
}

static void mailer_lock_in(struct role *role, struct sandbox *sandbox)
{
	const struct config *config = &role->config;
	sandbox->user = config->user_mailer;
	sandbox->memory_max = MEMORY_MAX;
	sandbox->files_max = DESCRIPTORS_MAX;
	if (config->mail_relay)
		sandbox->rights = SANDBOX_CONNECT;
	if (config->mail_folder) {
		sandbox->rights = SANDBOX_FILES;
		if (sandbox_allow_path(sandbox, config->mail_folder, SANDBOX_READ_WRITE))
			log_error("the letters' folder can't be allowed");
	}
}

static void mailer_shut_down(struct role *role)
{
	static const struct timeval LIMIT = {.tv_sec = SHUT_DOWN_SECONDS};
	struct mailer *mailer = role->state;
	if (!mailer || mailer->stopping)
		return;
	mailer->stopping = true;
	drop_jobs(mailer, &mailer->waiting, NULL);
	if (!mailer->active_count || evtimer_add(mailer->end, &LIMIT))
		event_active(mailer->end, EV_TIMEOUT, 0);
}

const struct role_kind role_mailer = {
	.name = "mailer",
	.peers = PEERS,
	.open = mailer_open,
	.lock_in = mailer_lock_in,
	.shut_down = mailer_shut_down,
};
