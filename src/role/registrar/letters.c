// Letters of email-01 under way: the validator makes the code and has it sent; what it answers is recorded, and then shown to who asked.
#include <stdlib.h>

#include "base/log.h"
#include "role/registrar/email.h"
#include "store/code_letter.h"
#include "validate/codes.h"

struct code_letter {
	struct code_letter *next;
	struct registrar *registrar;
	uint64_t id;              // of the question
	int64_t authz;
	xica_time asked;
	struct request *request;  // that waits; NULL: it was answered
	struct event *patience;
	bool answered;
	// the outcome
	struct buf problem;       // JSON text; empty: it was sent
	xica_time expires;
	unsigned tries_left;
};

static void letter_free(struct code_letter *letter)
{
	struct code_letter **link = &letter->registrar->letters;
	while (*link && *link != letter)
		link = &(*link)->next;
	if (*link)
		*link = letter->next;
	if (letter->patience)
		event_free(letter->patience);
	buf_free(&letter->problem);
	free(letter);
}

void registrar_letters_free(struct registrar *registrar)
{
	while (registrar->letters)
		letter_free(registrar->letters);
}

// Answers with the challenge as it stands, as if it were only read.
static void show(struct request *request)
{
	request->payload = VIEW_NONE;
	request_submit(request, request_challenge);
}

static void detach(struct code_letter *letter)
{
	struct request *request = letter->request;
	letter->request = NULL;
	if (request)
		show(request);
}

void registrar_letters_detach(struct registrar *registrar)
{
	for (struct code_letter *letter = registrar->letters; letter; letter = letter->next)
		detach(letter);
}

static void out_of_patience(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	detach(context);
}

// --- the outcome

// Another letter may have been asked for meanwhile, or the challenge decided: then it is of no interest any more.
static int record(struct store_txn *txn, void *context)
{
	struct code_letter *letter = context;
	int error = letter->problem.len ? store_code_letter_failed(txn, letter->authz, letter->asked)
					: store_code_letter_sent(txn, letter->authz, letter->asked, letter->expires, letter->tries_left);
	if (!error)
		error = store_challenge_note(txn, letter->authz, VIEW_LIT(EMAIL01_NAME), buf_view(&letter->problem));
	return error == XICA_ECONFLICT ? XICA_OK : error;
}

static void recorded(int error, void *context)
{
	struct code_letter *letter = context;
	if (error)
		log_error("authz=%lld what became of a letter could not be recorded: %s", (long long)letter->authz, xica_strerror(error));
	else
		log_info("authz=%lld letter %s", (long long)letter->authz, letter->problem.len ? buf_cstr(&letter->problem) : "sent");
	detach(letter);
	letter_free(letter);
}

static void finish(struct code_letter *letter)
{
	letter->answered = true;
	int error = store_submit(letter->registrar->store, record, recorded, letter);
	if (error)
		recorded(error, letter);
}

static void finish_badly(struct code_letter *letter, enum acme_problem_type type, const char *detail)
{
	const struct acme_problem problem = {.type = type, .detail = detail};
	if (acme_problem_write(&problem, &letter->problem)) {
		buf_clear(&letter->problem);
		buf_add_str(&letter->problem, "{}");
	}
	finish(letter);
}

static struct code_letter *find(const struct registrar *registrar, uint64_t id)
{
	for (struct code_letter *letter = registrar->letters; letter; letter = letter->next)
		if (letter->id == id && !letter->answered)
			return letter;
	return NULL;
}

bool registrar_letter_is_under_way(const struct registrar *registrar, int64_t authz)
{
	const struct code_letter *letter = registrar->letters;
	while (letter && letter->authz != authz)
		letter = letter->next;
	return letter;
}

void registrar_handle_code_sent(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct code_letter *letter = find(registrar_of(context), message->id);
	uint64_t expires = 0, tries_left = 0;
	(void)channel, (void)fds, (void)fd_count;
	if (!letter)
		return;
	if (ipc_message_u64(message, IPC_EXPIRES, &expires) || expires > INT64_MAX || ipc_message_u64(message, IPC_TRIES_LEFT, &tries_left) ||
	    tries_left > CODE_TRIES) {
		finish_badly(letter, ACME_SERVER_INTERNAL, "the validator's answer makes no sense");
		return;
	}
	letter->expires = (xica_time)expires;
	letter->tries_left = (unsigned)tries_left;
	finish(letter);
}

bool registrar_letter_refused(struct registrar *registrar, const struct ipc_message *message)
{
	struct code_letter *letter = find(registrar, message->id);
	cleanup_arena arena = ARENA_INIT;
	if (letter)
		finish_badly(letter, acme_problem_from_name(ipc_message_bytes(message, IPC_PROBLEM)),
			     arena_strdup(&arena, ipc_message_bytes(message, IPC_DETAIL)));
	return letter != NULL;
}

void registrar_letters_interrupt(struct registrar *registrar)
{
	struct code_letter *next;
	for (struct code_letter *letter = registrar->letters; letter; letter = next) {
		next = letter->next;
		if (!letter->answered)
			finish_badly(letter, ACME_CONNECTION, "the letter may not have been sent, and its code doesn't count: ask for another in a minute");
	}
}

// --- the question

static int write_question(const struct request *request, uint64_t id, struct buf *question)
{
	const struct email_wish *wish = request->state;
	cleanup_arena arena = ARENA_INIT;
	ipc_message_begin(question, IPC_CODE_SEND, id);
	registrar_write_subject(question, request->registrar, &wish->identifier, &request->account);
	ipc_message_add(question, IPC_TOKEN, wish->token);
	ipc_message_add(question, IPC_MAIL_TO, wish->address);
	ipc_message_add_str(question, IPC_LANGUAGE, wish->language);
	ipc_message_add_str(question, IPC_URL, arena_printf(&arena, "%s/code#%lld-%.*s.", request_base(request), (long long)wish->authz, VIEW_FMT(wish->token)));
	if (request->request_id.len)
		ipc_message_add(question, IPC_REQUEST_ID, request->request_id);
	return buf_error(question);
}

static struct code_letter *letter_new(struct request *request)
{
	static const struct timeval PATIENCE = {.tv_sec = EMAIL_LETTER_PATIENCE};
	const struct email_wish *wish = request->state;
	struct registrar *registrar = request->registrar;
	struct code_letter *letter = calloc(1, sizeof(*letter));
	if (!letter)
		return NULL;
	*letter = (struct code_letter){.next = registrar->letters, .registrar = registrar, .id = ++registrar->last_id, .authz = wish->authz,
				       .asked = wish->asked, .request = request};
	registrar->letters = letter;
	letter->patience = evtimer_new(registrar->role->base, out_of_patience, letter);
	if (!letter->patience || event_add(letter->patience, &PATIENCE)) {
		letter_free(letter);
		return NULL;
	}
	return letter;
}

void registrar_letter_send(struct request *request)
{
	struct registrar *registrar = request->registrar;
	struct code_letter *letter = letter_new(request);
	cleanup_buf question = BUF_INIT;
	if (!letter) {
		log_error("out of memory: a letter is not sent");
		show(request);
		return;
	}
	int error = write_question(request, letter->id, &question);
	if (!error)
		error = registrar->validator ? ipc_channel_send(registrar->validator, &question) : XICA_ECLOSED;
	if (error)
		finish_badly(letter, ACME_CONNECTION, "no letter can be sent just now: try again in a minute");
}
