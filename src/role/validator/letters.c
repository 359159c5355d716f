#include "role/validator/letters.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "role/validator/question.h"
#include "role/validator/reply.h"
#include "validate/email01.h"
#include "validate/letter_limit.h"

enum { URL_LEN_MAX = 512, LANGUAGE_LEN_MAX = 8 };

struct letter { // with the mailer
	TAILQ_ENTRY(letter) link;
	struct validator_letters *letters;
	struct ipc_channel *registrar;
	uint64_t asked;      // the registrar's id
	uint64_t id;         // ours, for the mailer
	struct code code;    // without its text
	struct event *limit;
	struct arena arena;
	const char *to;
};

struct validator_letters {
	struct role *role;
	struct codes *codes;
	struct letter_limit *limit;
	struct ipc_channel *mailer;
	uint64_t last_id;
	size_t count;
	TAILQ_HEAD(, letter) list;
};

struct wish { // what the registrar asks for
	struct proof_request subject;
	struct view to, language, url;
	struct code_subject code_subject;
};

int validator_letters_new(struct role *role, struct codes *codes, struct validator_letters **ret_letters)
{
	struct validator_letters *letters = calloc(1, sizeof(*letters));
	if (!letters || letter_limit_new(LETTER_ADDRESSES_MAX, &letters->limit)) {
		free(letters);
		return XICA_ENOMEM;
	}
	letters->role = role;
	letters->codes = codes;
	TAILQ_INIT(&letters->list);
	*ret_letters = letters;
	return XICA_OK;
}

static void letter_free(struct letter *letter)
{
	TAILQ_REMOVE(&letter->letters->list, letter, link);
	letter->letters->count--;
	if (letter->limit)
		event_free(letter->limit);
	arena_free(&letter->arena);
	free(letter);
}

void validator_letters_free(struct validator_letters *letters)
{
	if (!letters)
		return;
	while (!TAILQ_EMPTY(&letters->list))
		letter_free(TAILQ_FIRST(&letters->list));
	letter_limit_free(letters->limit);
	free(letters);
}

// --- how it ends

static void answer_sent(const struct letter *letter)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CODE_SENT, letter->asked);
	ipc_message_add_u64(&message, IPC_EXPIRES, (uint64_t)letter->code.expires);
	ipc_message_add_u64(&message, IPC_TRIES_LEFT, letter->code.tries_left);
	validator_reply(letter->registrar, &message);
}

// Nobody has this code, so nobody shall be able to use it.
static void fail(struct letter *letter, const char *detail)
{
	const struct challenge_outcome outcome = {ACME_CONNECTION, detail, .again = true};
	codes_forget(letter->letters->codes, letter->code.number);
	validator_reply_invalid(letter->registrar, letter->asked, &outcome);
	letter_free(letter);
}

static void on_limit(evutil_socket_t fd, short what, void *context)
{
	struct letter *letter = context;
	(void)fd, (void)what;
	log_warning("code to=%s the mailer doesn't answer", letter->to);
	fail(letter, "the letter could not be sent in time: try again later");
}

void validator_letters_mailed(struct validator_letters *letters, const struct ipc_message *message)
{
	struct letter *letter = TAILQ_FIRST(&letters->list);
	struct view detail = ipc_message_bytes(message, IPC_DETAIL);
	uint64_t result = 0;
	while (letter && letter->id != message->id)
		letter = TAILQ_NEXT(letter, link);
	if (!letter)
		return; // answered too late, or its registrar has gone
	bool sent = !ipc_message_u64(message, IPC_RESULT, &result) && result == IPC_MAILED_SENT;
	log_info("code to=%s %s detail=\"%.*s\"", letter->to, sent ? "sent" : "not sent", VIEW_FMT(detail));
	if (sent) {
		answer_sent(letter);
		letter_free(letter);
	} else if (result == IPC_MAILED_NEVER) {
		fail(letter, arena_printf(&letter->arena, "%s can't be written to: take another address", letter->to));
	} else {
		fail(letter, "the letter could not be sent now: try again later");
	}
}

void validator_letters_mailer(struct validator_letters *letters, struct ipc_channel *mailer)
{
	letters->mailer = mailer;
	while (!mailer && !TAILQ_EMPTY(&letters->list))
		fail(TAILQ_FIRST(&letters->list), "the letter could not be sent now: try again later");
}

void validator_letters_forget_registrar(struct validator_letters *letters, const struct ipc_channel *registrar)
{
	struct letter *next;
	for (struct letter *letter = TAILQ_FIRST(&letters->list); letter; letter = next) {
		next = TAILQ_NEXT(letter, link);
		if (letter->registrar == registrar)
			letter_free(letter);
	}
}

// --- how it begins

static bool is_ours(const struct role *role, struct view url)
{
	struct view base = view_str(role->config.url);
	if (url.len > URL_LEN_MAX || !view_starts(url, base) || url.len == base.len || url.ptr[base.len] != '/')
		return false;
	for (size_t i = 0; i < url.len; i++)
		if (url.ptr[i] <= ' ' || url.ptr[i] >= 0x7f)
			return false;
	return true;
}

static bool is_language(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] >= 'a' && text.ptr[i] <= 'z'))
			return false;
	return text.len >= 2 && text.len <= LANGUAGE_LEN_MAX;
}

// What the letter would say must be true, and where it would go must be the domain's: a registrar that has gone wrong could else have codes sent to
// itself, or lead who reads the letter to another site.
static const char *why_not(const struct validator_letters *letters, const struct wish *wish)
{
	const struct config *config = &letters->role->config;
	if (!config->mail_code_challenge)
		return "codes by mail are not offered here";
	if (!email01_may_write(&wish->subject.identifier, wish->to, config->lenient_names))
		return "no code can be sent to this address for this identifier";
	if (!is_ours(letters->role, wish->url) || !is_ours(letters->role, wish->subject.account_url) || !is_language(wish->language))
		return "the letter can't be written";
	return NULL;
}

static int read_wish(const struct ipc_message *message, struct arena *arena, struct wish *ret_wish)
{
	struct wish wish = {.to = ipc_message_bytes(message, IPC_MAIL_TO), .language = ipc_message_bytes(message, IPC_LANGUAGE),
			    .url = ipc_message_bytes(message, IPC_URL)};
	int error = validator_read_code_send(message, arena, &wish.subject);
	if (!error)
		error = code_subject_of(&wish.subject.identifier, wish.subject.token, wish.subject.thumbprint, &wish.code_subject);
	if (!error)
		*ret_wish = wish;
	return error;
}

[[gnu::format(printf, 2, 3)]] static void add_value(struct buf *message, const char *format, ...)
{
	char value[1024];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(value))
		message->failed = true;
	else
		ipc_message_add_str(message, IPC_VALUE, value);
	explicit_bzero(value, sizeof(value));
}

static int tell_mailer(const struct letter *letter, const struct wish *wish, const char *code)
{
	struct buf message = BUF_INIT;
	struct view domain = wish->subject.identifier.value;
	ipc_message_begin(&message, IPC_MAIL, letter->id);
	ipc_message_add_str(&message, IPC_LETTER, "code");
	ipc_message_add(&message, IPC_LANGUAGE, wish->language);
	ipc_message_add(&message, IPC_MAIL_TO, wish->to);
	add_value(&message, "domain=%.*s", VIEW_FMT(domain));
	add_value(&message, "code=%s", code);
	add_value(&message, "link=%.*s%s.%.*s", VIEW_FMT(wish->url), code, VIEW_FMT(domain));
	add_value(&message, "minutes=%d", CODE_LIFETIME / XICA_MINUTE);
	add_value(&message, "account=%.*s", VIEW_FMT(wish->subject.account_url));
	int error = buf_error(&message);
	if (!error)
		error = ipc_channel_send(letter->letters->mailer, &message);
	buf_wipe(&message);
	return error;
}

static struct letter *letter_new(struct validator_letters *letters, struct ipc_channel *registrar, uint64_t asked, struct view to)
{
	static const struct timeval LIMIT = {.tv_sec = VALIDATOR_LETTER_SECONDS};
	struct letter *letter = calloc(1, sizeof(*letter));
	if (!letter)
		return NULL;
	letter->letters = letters;
	letter->registrar = registrar;
	letter->asked = asked;
	letter->id = ++letters->last_id;
	TAILQ_INSERT_TAIL(&letters->list, letter, link);
	letters->count++;
	letter->to = arena_strdup(&letter->arena, to);
	letter->limit = evtimer_new(letters->role->base, on_limit, letter);
	if (!letter->to || !letter->limit || event_add(letter->limit, &LIMIT)) {
		letter_free(letter);
		return NULL;
	}
	return letter;
}

static void send_code(struct letter *letter, const struct wish *wish)
{
	struct code code;
	int error = codes_make(letter->letters->codes, &wish->code_subject, clock_now(), &code);
	if (error) {
		log_error("code to=%s can't be made: %s", letter->to, xica_strerror(error));
		fail(letter, error == XICA_EAGAIN ? "too many codes are under way: try again later" : "no code can be made now: try again later");
		return;
	}
	error = tell_mailer(letter, wish, code.text);
	explicit_bzero(code.text, sizeof(code.text));
	letter->code = code;
	if (error) {
		log_error("code to=%s can't be given to the mailer: %s", letter->to, xica_strerror(error));
		fail(letter, "the letter could not be sent now: try again later");
	}
}

void validator_letters_take(struct validator_letters *letters, struct ipc_channel *registrar, const struct ipc_message *message)
{
	cleanup_arena arena = ARENA_INIT;
	struct wish wish;
	struct challenge_outcome outcome = {ACME_PROBLEM_NONE, NULL};
	struct letter *letter;
	if (read_wish(message, &arena, &wish))
		outcome = (struct challenge_outcome){ACME_SERVER_INTERNAL, "the letter can't be written"};
	else if ((outcome.detail = why_not(letters, &wish)))
		outcome.problem = ACME_REJECTED_IDENTIFIER;
	else if (!letters->mailer || letters->count >= VALIDATOR_LETTERS_MAX)
		outcome = (struct challenge_outcome){ACME_CONNECTION, "no letter can be sent just now: try again in a minute", .again = true};
	else if (letter_limit_take(letters->limit, wish.to, clock_now()))
		outcome = (struct challenge_outcome){ACME_RATE_LIMITED, "this address had too many letters within the last hour: take another one, or wait",
						     .again = true};
	else if (!(letter = letter_new(letters, registrar, message->id, wish.to)))
		outcome = (struct challenge_outcome){ACME_SERVER_INTERNAL, "out of memory", .again = true};
	if (outcome.problem == ACME_PROBLEM_NONE) {
		send_code(letter, &wish);
		return;
	}
	log_warning("code to=%.*s refused: %s", VIEW_FMT(ipc_message_bytes(message, IPC_MAIL_TO)), outcome.detail);
	validator_reply_invalid(registrar, message->id, &outcome);
}
