// The validator: looks at the outside world for the registrar, and writes receipts for what it saw. It reaches the network and nothing else:
// no file, no database, no key but that of the receipts.
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/role.h"
#include "role/validator/letters.h"
#include "role/validator/look.h"
#include "role/validator/question.h"
#include "role/validator/queue.h"
#include "role/validator/reply.h"
#include "role/validator/tools.h"

enum {
	ACTIVE_MAX = 256,      // at once; the rest waits its turn
	ACTIVE_OF_ACCOUNT = 64, // of these, for one account
	SHUT_DOWN_SECONDS = 15, // for those under way, when the role is told to end
	DESCRIPTORS_MAX = 4096,
};

static const uint64_t MEMORY_MAX = (uint64_t)1 << 30;

struct job { // one question of a registrar
	struct validator_turn turn;   // first
	TAILQ_ENTRY(job) link;
	struct validator *validator;
	struct ipc_channel *channel;
	uint64_t id;
	struct proof_request request; // views into arena
	struct arena arena;
	struct view request_id;       // in arena, for the log
	struct proof *proof;          // NULL: waits
	int64_t since_us;             // under way since
};

TAILQ_HEAD(job_list, job);

struct validator {
	struct role *role;
	struct challenge_tools tools;
	struct validator_letters *letters;
	struct validator_looks *looks;
	uint8_t receipt_key[RECEIPT_KEY_LEN];
	struct job_list jobs;
	struct validator_queue queue;
	bool stopping;
	struct event *end; // of the role: made active when the last job is done
};

static struct validator *validator_of(void *context)
{
	return ((struct role *)context)->state;
}

// --- jobs

static void job_free(struct job *job) // of none of the lists
{
	arena_free(&job->arena);
	free(job);
}

static void tell_queue(const struct validator *validator)
{
	metrics_set(&validator->role->metrics->validator.active, validator->queue.active);
	metrics_set(&validator->role->metrics->validator.waiting, validator->queue.waiting);
}

static void count_outcome(const struct job *job, const struct challenge_outcome *outcome)
{
	struct metrics_validator *part = &job->validator->role->metrics->validator;
	size_t method = job->request.challenge ? (size_t)job->request.challenge->method : 0;
	enum metrics_validation result = outcome->problem == ACME_PROBLEM_NONE ? METRICS_PROVEN : outcome->problem == ACME_SERVER_INTERNAL ? METRICS_FAILED : METRICS_REFUSED;
	if (method >= METRICS_METHODS)
		return;
	metrics_add(&part->outcomes[method][result], 1);
	metrics_observe(&part->durations[method], clock_monotonic_us() - job->since_us);
}

// It has ended, or is wanted no more.
static void job_end(struct job *job)
{
	struct validator *validator = job->validator;
	validator_queue_remove(&validator->queue, &job->turn);
	tell_queue(validator);
	TAILQ_REMOVE(&validator->jobs, job, link);
	job_free(job);
	if (validator->stopping && !validator->queue.active)
		event_active(validator->end, EV_TIMEOUT, 0);
}

static void log_outcome(const struct job *job, const struct challenge_outcome *outcome)
{
	cleanup_arena arena = ARENA_INIT;
	const char *identifier = pki_identifier_text(&job->request.identifier, &arena);
	const char *name = acme_problem_name(outcome->problem);
	log_info("request=%.*s validated what=%s identifier=%s outcome=%s detail=\"%s\"", VIEW_FMT(job->request_id), job->request.challenge ? job->request.challenge->name : "caa",
		 identifier ? identifier : "?", name ? name : "proven", outcome->detail);
}

static void start_jobs(struct validator *validator);

static void on_proof(const struct proof_result *result, void *context)
{
	struct job *job = context;
	struct validator *validator = job->validator;
	role_crash_point(validator->role, "after-proof");
	log_outcome(job, &result->outcome);
	count_outcome(job, &result->outcome);
	if (result->outcome.problem == ACME_PROBLEM_NONE)
		validator_reply_validated(job->channel, job->id, result);
	else
		validator_reply_invalid(job->channel, job->id, &result->outcome);
	job_end(job);
	start_jobs(validator);
}

static void send_invalid(struct ipc_channel *channel, uint64_t id, enum acme_problem_type problem, const char *detail)
{
	const struct challenge_outcome outcome = {problem, detail};
	validator_reply_invalid(channel, id, &outcome);
}

// Why a question was not even begun.
static void refuse(struct job *job, int error)
{
	const char *name = job->request.challenge ? job->request.challenge->name : "CAA";
	if (error == XICA_EDENIED)
		send_invalid(job->channel, job->id, ACME_REJECTED_IDENTIFIER,
			     arena_printf(&job->arena, "%s can't prove %s", name, job->request.identifier.wildcard ? "a wildcard" : "such an identifier"));
	else if (error == XICA_EINVAL)
		send_invalid(job->channel, job->id, ACME_REJECTED_IDENTIFIER, "this name can't be looked up");
	else
		send_invalid(job->channel, job->id, ACME_SERVER_INTERNAL, "the validator can't begin now");
	log_warning("request=%.*s not begun: %s of %.*s: %s", VIEW_FMT(job->request_id), name, VIEW_FMT(job->request.identifier.value), xica_strerror(error));
}

static void start_jobs(struct validator *validator)
{
	struct validator_turn *turn;
	while (!validator->stopping && (turn = validator_queue_next(&validator->queue))) {
		struct job *job = (struct job *)turn;
		role_crash_point(validator->role, "before-connect");
		job->since_us = clock_monotonic_us();
		int error = proof_start(&validator->tools, view_bytes(validator->receipt_key, sizeof(validator->receipt_key)), &job->request, on_proof,
					job, &job->proof);
		if (error) {
			refuse(job, error);
			job_end(job);
		}
	}
	tell_queue(validator);
}

// --- questions

static void take_question(struct ipc_channel *channel, const struct ipc_message *message, struct validator *validator,
			  validator_question_reader *read)
{
	struct job *job = validator->stopping ? NULL : calloc(1, sizeof(*job)); // who stops answers nothing: it will be asked again
	if (!job)
		return;
	job->validator = validator;
	job->channel = channel;
	job->id = message->id;
	job->request_id = arena_copy(&job->arena, ipc_message_bytes(message, IPC_REQUEST_ID));
	int error = read(message, &job->arena, &job->request);
	if (!error && job->request.challenge && !config_offers(&validator->role->config, job->request.challenge->method))
		error = XICA_EUNSUPPORTED;
	if (!error && job->request.subdomains && !validator->role->config.subdomains)
		error = XICA_EUNSUPPORTED;
	if (error) {
		log_error("a question can't be understood: %s", xica_strerror(error));
		send_invalid(channel, message->id, ACME_SERVER_INTERNAL, "the validator can't do this");
		job_free(job);
		return;
	}
	// How long a proof counts is the operator's to say, not the registrar's.
	xica_time latest = clock_now() + validator->role->config.authorization_lifetime;
	if (job->request.expires > latest)
		job->request.expires = latest;
	if (validator_queue_add(&validator->queue, &job->turn, job->request.thumbprint)) {
		send_invalid(channel, message->id, ACME_SERVER_INTERNAL, "the validator can't begin now");
		job_free(job);
		return;
	}
	TAILQ_INSERT_TAIL(&validator->jobs, job, link);
	start_jobs(validator);
}

static void on_validate(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)fds, (void)fd_count;
	take_question(channel, message, validator_of(context), validator_read_validate);
}

static void on_check_caa(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)fds, (void)fd_count;
	take_question(channel, message, validator_of(context), validator_read_check_caa);
}

static void on_look(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct validator *validator = validator_of(context);
	(void)fds, (void)fd_count;
	if (!validator->stopping)
		validator_looks_take(validator->looks, channel, message);
}

static void on_code_send(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct validator *validator = validator_of(context);
	(void)fds, (void)fd_count;
	if (!validator->stopping)
		validator_letters_take(validator->letters, channel, message);
}

static void on_mailed(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	(void)channel, (void)fds, (void)fd_count;
	validator_letters_mailed(validator_of(context)->letters, message);
}

// --- peers

static void drop_jobs(struct validator *validator, const struct ipc_channel *channel, bool active) // NULL: of all; active: those under way too
{
	struct job *next;
	for (struct job *job = TAILQ_FIRST(&validator->jobs); job; job = next) {
		next = TAILQ_NEXT(job, link);
		if ((channel && job->channel != channel) || (job->proof && !active))
			continue;
		if (job->proof)
			proof_cancel(job->proof);
		job_end(job);
	}
}

// Its questions are asked again, when it is back.
static void registrar_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct validator *validator = role->state;
	(void)index;
	if (!validator)
		return; // shut down meanwhile
	drop_jobs(validator, channel, true);
	validator_letters_forget_registrar(validator->letters, channel);
	validator_looks_forget(validator->looks, channel);
	start_jobs(validator);
}

static void mailer_connected(struct role *role, unsigned index, struct ipc_channel *channel)
{
	struct validator *validator = role->state;
	(void)index;
	if (validator)
		validator_letters_mailer(validator->letters, channel);
}

static void mailer_gone(struct role *role, unsigned index, struct ipc_channel *channel)
{
	(void)channel;
	mailer_connected(role, index, NULL);
}

static const struct ipc_permit REGISTRAR_PERMITS[] = {
	{IPC_VALIDATE, on_validate},
	{IPC_CHECK_CAA, on_check_caa},
	{IPC_CODE_SEND, on_code_send},
	{IPC_LOOK, on_look},
	{0, NULL},
};

static const struct ipc_permit MAILER_PERMITS[] = {
	{IPC_MAILED, on_mailed},
	{0, NULL},
};

static const struct role_peer_kind PEERS[] = {
	{"registrar", REGISTRAR_PERMITS, NULL, registrar_gone},
	{"mailer", MAILER_PERMITS, mailer_connected, mailer_gone},
	{NULL, NULL, NULL, NULL},
};

// --- start and end

static void validator_free(struct validator *validator)
{
	validator_letters_free(validator->letters);
	validator_looks_free(validator->looks);
	codes_free(validator->tools.codes);
	validator->tools.codes = NULL;
	if (validator->tools.base)
		validator_tools_close(&validator->tools);
	if (validator->end)
		event_free(validator->end);
	explicit_bzero(validator->receipt_key, sizeof(validator->receipt_key));
	free(validator);
}

static void on_end(evutil_socket_t fd, short what, void *context)
{
	struct validator *validator = context;
	struct role *role = validator->role;
	(void)fd, (void)what;
	drop_jobs(validator, NULL, true);
	validator_free(validator);
	role->state = NULL;
	role_finished(role);
}

static int open_all(struct role *role, struct validator *validator)
{
	validator->end = evtimer_new(role->base, on_end, validator);
	int error = validator->end ? validator_tools_open(role->base, &role->config, &validator->tools) : XICA_ENOMEM;
	if (!error)
		error = codes_new(CODES_MAX, &validator->tools.codes);
	if (!error)
		error = validator_looks_new(&validator->tools, &validator->looks);
	return error ? error : validator_letters_new(role, validator->tools.codes, &validator->letters);
}

static int validator_open(struct role *role, const struct ipc_message *configure, const int *fds, size_t fd_count)
{
	struct view key = ipc_message_bytes(configure, IPC_RECEIPT_KEY);
	(void)fds, (void)fd_count;
	if (key.len != RECEIPT_KEY_LEN) {
		log_error("the key of the receipts is missing");
		return XICA_EINVAL;
	}
	pki_names_open();
	struct validator *validator = calloc(1, sizeof(*validator));
	if (!validator)
		return XICA_ENOMEM;
	validator->role = role;
	TAILQ_INIT(&validator->jobs);
	validator_queue_init(&validator->queue, ACTIVE_MAX, ACTIVE_OF_ACCOUNT);
	memcpy(validator->receipt_key, key.ptr, RECEIPT_KEY_LEN);
	int error = open_all(role, validator);
	if (error) {
		validator_free(validator);
		return error;
	}
	role->state = validator;
	return XICA_OK;
}

static void validator_lock_in(struct role *role, struct sandbox *sandbox)
{
	sandbox->rights = SANDBOX_CONNECT;
	sandbox->user = role->config.user_validator;
	sandbox->memory_max = MEMORY_MAX;
	sandbox->files_max = DESCRIPTORS_MAX;
}

static void validator_shut_down(struct role *role)
{
	static const struct timeval LIMIT = {.tv_sec = SHUT_DOWN_SECONDS};
	struct validator *validator = role->state;
	if (!validator || validator->stopping)
		return;
	validator->stopping = true;
	drop_jobs(validator, NULL, false);
	if (!validator->queue.active || evtimer_add(validator->end, &LIMIT))
		event_active(validator->end, EV_TIMEOUT, 0);
}

const struct role_kind role_validator = {
	.name = "validator",
	.peers = PEERS,
	.open = validator_open,
	.lock_in = validator_lock_in,
	.shut_down = validator_shut_down,
};
