// The queue of letters (store/mail.h) on its way to the mailer. A letter whose try has begun is due again a little later, whatever becomes of us: so a crash of any
// role loses none, and doubles those under way at most.
#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar/registrar.h"
#include "store/mail.h"

enum {
	UNDER_WAY_MAX = 8,
	BEGUN_AGAIN = 15,        // seconds after which a try that nobody ended is due again
	PATIENCE = 3 * XICA_DAY, // from its making until a letter is given up
	WAIT_MIN = 1,
	WAIT_MAX = XICA_HOUR,
};

struct letter {
	struct letter *next;
	struct registrar *registrar;
	struct arena arena;
	struct store_mail row;   // as the try began
	uint64_t id;             // of the question to the mailer; 0: it has not been asked, or has answered
	enum ipc_mailed result;
	struct view detail;
	xica_time now;
};

struct registrar_mail {
	struct letter *letters;  // under way
	size_t count;
	struct event *timer;
	bool began;              // the queue was read once since the start
	bool reading, more;      // it is being read; something was put into it since
	struct letter *taken;    // by that reading
	xica_time next;          // when the next one is due; 0: none waits
};

static struct letter *letter_new(struct registrar *registrar)
{
	struct letter *letter = calloc(1, sizeof(*letter));
	if (letter)
		letter->registrar = registrar;
	return letter;
}

static void letter_free(struct letter *letter)
{
	arena_free(&letter->arena);
	free(letter);
}

static bool is_under_way(const struct registrar_mail *mail, int64_t id)
{
	for (const struct letter *letter = mail->letters; letter; letter = letter->next)
		if (letter->row.id == id)
			return true;
	return false;
}

static void letter_end(struct letter *letter)
{
	struct registrar_mail *mail = letter->registrar->mail;
	struct letter **link = &mail->letters;
	while (*link != letter)
		link = &(*link)->next;
	*link = letter->next;
	mail->count--;
	letter_free(letter);
}

// --- how a try ended

// n: how many tries there were.
static xica_time wait_after(unsigned n)
{
	static const xica_time WAITS[] = {XICA_MINUTE, 5 * XICA_MINUTE, 30 * XICA_MINUTE, 2 * XICA_HOUR, 6 * XICA_HOUR};
	size_t last = sizeof(WAITS) / sizeof(WAITS[0]) - 1;
	return WAITS[n && n - 1 < last ? n - 1 : n ? last : 0];
}

static bool is_given_up(const struct letter *letter)
{
	return letter->result == IPC_MAILED_NEVER || letter->row.created + PATIENCE <= letter->now;
}

static int record(struct store_txn *txn, void *context)
{
	struct letter *letter = context;
	int64_t id = letter->row.id;
	if (letter->result == IPC_MAILED_SENT)
		return store_mail_sent(txn, id, letter->now);
	if (is_given_up(letter))
		return store_mail_failed(txn, id, letter->now, letter->detail);
	return store_mail_later(txn, id, letter->now + wait_after(letter->row.tries + 1), letter->detail);
}

static void say(const struct letter *letter)
{
	long long id = (long long)letter->row.id;
	struct view name = letter->row.letter;
	if (letter->result == IPC_MAILED_SENT)
		log_info("mail=%lld letter=%.*s is sent", id, VIEW_FMT(name));
	else if (is_given_up(letter))
		log_error("mail=%lld letter=%.*s is given up after %u tries: %.*s; 'xica mail list' shows it, 'xica mail retry %lld' tries it again", id, VIEW_FMT(name),
			  letter->row.tries + 1, VIEW_FMT(letter->detail), id);
	else
		log_warning("mail=%lld letter=%.*s could not be sent and is tried again in %lld s: %.*s", id, VIEW_FMT(name),
			    (long long)wait_after(letter->row.tries + 1), VIEW_FMT(letter->detail));
}

static void recorded(int error, void *context)
{
	struct letter *letter = context;
	struct registrar *registrar = letter->registrar;
	if (error == XICA_ECONFLICT || error == XICA_ENOTFOUND)
		log_info("mail=%lld is no longer in the queue", (long long)letter->row.id); // its person was deleted
	else if (error)
		log_error("mail=%lld how its try ended could not be recorded, it may go out twice: %s", (long long)letter->row.id, xica_strerror(error));
	else
		say(letter);
	letter_end(letter);
	if (error != XICA_ECLOSED)
		registrar_mail_waits(registrar);
}

static void end_try(struct letter *letter, enum ipc_mailed result, struct view detail)
{
	letter->id = 0;
	letter->now = clock_now();
	letter->result = result;
	letter->detail = arena_copy(&letter->arena, detail);
	if (store_submit(letter->registrar->store, record, recorded, letter))
		recorded(XICA_ENOMEM, letter);
}

void registrar_handle_mailed(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct letter *letter = registrar_of(context)->mail->letters;
	uint64_t result = 0;
	(void)channel, (void)fds, (void)fd_count;
	while (letter && letter->id != message->id)
		letter = letter->next;
	if (!letter || !message->id || ipc_message_u64(message, IPC_RESULT, &result))
		return; // an answer to a question of an earlier life
	bool known = result == IPC_MAILED_SENT || result == IPC_MAILED_NEVER;
	end_try(letter, known ? (enum ipc_mailed)result : IPC_MAILED_LATER, ipc_message_bytes(message, IPC_DETAIL));
}

// --- a try begins

static int add_values(const struct letter *letter, struct buf *message)
{
	json_t *values = jose_json_parse(letter->row.values), *value;
	const char *name;
	cleanup_buf pair = BUF_INIT;
	bool good = json_is_object(values);
	json_object_foreach(values, name, value) {
		buf_clear(&pair);
		buf_addf(&pair, "%s=%s", name, json_is_string(value) ? json_string_value(value) : "");
		good = good && json_is_string(value);
		ipc_message_add(message, IPC_VALUE, buf_view(&pair));
	}
	json_decref(values);
	return good ? buf_error(&pair) : XICA_EPARSE;
}

static void tell_mailer(struct letter *letter)
{
	struct registrar *registrar = letter->registrar;
	cleanup_buf message = BUF_INIT;
	if (!registrar->mailer)
		return; // when there is one again
	ipc_message_begin(&message, IPC_MAIL, ++registrar->last_id);
	ipc_message_add(&message, IPC_LETTER, letter->row.letter);
	ipc_message_add(&message, IPC_LANGUAGE, letter->row.language);
	ipc_message_add(&message, IPC_MAIL_TO, letter->row.to);
	int error = add_values(letter, &message);
	if (error == XICA_EPARSE) {
		end_try(letter, IPC_MAILED_NEVER, VIEW_LIT("its values can't be read"));
		return;
	}
	if (!error)
		error = ipc_channel_send(registrar->mailer, &message);
	if (!error)
		letter->id = registrar->last_id;
	else if (error != XICA_ECLOSED) // a mailer that has just gone comes again
		end_try(letter, IPC_MAILED_LATER, VIEW_LIT("the mailer could not be asked"));
}

static int take_one(struct store_txn *txn, struct registrar *registrar, const struct store_mail *due, xica_time now)
{
	struct registrar_mail *mail = registrar->mail;
	struct letter *letter = letter_new(registrar);
	if (!letter)
		return XICA_ENOMEM;
	struct letter **end = &mail->taken; // those that are due the longest go first
	while (*end)
		end = &(*end)->next;
	*end = letter;
	int error = store_mail_get(txn, due->id, &letter->arena, &letter->row);
	return error ? error : store_mail_begin(txn, due->id, due->tries, now + BEGUN_AGAIN);
}

static int take(struct store_txn *txn, void *context)
{
	struct registrar *registrar = context;
	struct registrar_mail *mail = registrar->mail;
	cleanup_arena arena = ARENA_INIT;
	struct store_mail *due;
	size_t count, room = UNDER_WAY_MAX - mail->count;
	xica_time now = clock_now(), until = mail->began ? now : now + BEGUN_AGAIN; // at first also those that an earlier life had under way
	int error = store_mail_due(txn, until, UNDER_WAY_MAX + mail->count, &arena, &due, &count);
	for (size_t i = 0; !error && room && i < count; i++) {
		if (is_under_way(mail, due[i].id))
			continue;
		error = take_one(txn, registrar, &due[i], now);
		room--;
	}
	mail->next = 0;
	if (!error && (error = store_mail_next(txn, &mail->next)) == XICA_ENOTFOUND)
		error = XICA_OK;
	return error;
}

static void wait_for_next(struct registrar_mail *mail, bool failed)
{
	xica_time wait = failed ? XICA_MINUTE : mail->next - clock_now();
	const struct timeval until = {wait < WAIT_MIN ? WAIT_MIN : wait > WAIT_MAX ? WAIT_MAX : wait, 0};
	if (failed || mail->next)
		(void)event_add(mail->timer, &until);
}

static void send_taken(struct registrar *registrar)
{
	struct registrar_mail *mail = registrar->mail;
	struct letter *list = mail->taken, *letter;
	mail->taken = NULL;
	while ((letter = list)) {
		list = letter->next;
		letter->next = mail->letters;
		mail->letters = letter;
		mail->count++;
		if (registrar->config->mail)
			tell_mailer(letter);
		else
			end_try(letter, IPC_MAILED_NEVER, VIEW_LIT("this CA has no relay for letters: mail { relay } in its configuration"));
	}
}

static void drop_taken(struct registrar_mail *mail)
{
	while (mail->taken) {
		struct letter *letter = mail->taken;
		mail->taken = letter->next;
		letter_free(letter);
	}
}

static void taken(int error, void *context)
{
	struct registrar *registrar = context;
	struct registrar_mail *mail = registrar->mail;
	mail->reading = false;
	if (error) {
		drop_taken(mail);
		if (error == XICA_ECLOSED)
			return;
		log_error("the queue of letters can't be read: %s", xica_strerror(error));
	}
	mail->began = mail->began || !error;
	send_taken(registrar);
	if (mail->count < UNDER_WAY_MAX) // else the next one goes when one of them has ended
		wait_for_next(mail, error);
	if (mail->more)
		registrar_mail_waits(registrar);
}

void registrar_mail_waits(struct registrar *registrar)
{
	struct registrar_mail *mail = registrar->mail;
	bool can = registrar->mailer || !registrar->config->mail;
	mail->more = mail->reading;
	if (!can || mail->reading || mail->count >= UNDER_WAY_MAX || registrar->stopping)
		return;
	mail->reading = true;
	if (store_submit(registrar->store, take, taken, registrar))
		taken(XICA_ENOMEM, registrar);
}

void registrar_mail_resend(struct registrar *registrar)
{
	for (struct letter *letter = registrar->mail->letters, *next; letter; letter = next) {
		next = letter->next;
		if (letter->id || !letter->result)
			tell_mailer(letter);
	}
	registrar_mail_waits(registrar);
}

// --- beginning and end

static void due(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	registrar_mail_waits(context);
}

size_t registrar_mail_under_way(const struct registrar *registrar)
{
	return registrar->mail->count;
}

int registrar_mail_start(struct registrar *registrar)
{
	registrar->mail = calloc(1, sizeof(*registrar->mail));
	if (!registrar->mail)
		return XICA_ENOMEM;
	registrar->mail->timer = evtimer_new(registrar->role->base, due, registrar);
	if (!registrar->mail->timer)
		return XICA_ENOMEM;
	registrar_mail_waits(registrar);
	return XICA_OK;
}

void registrar_mail_free(struct registrar *registrar)
{
	struct registrar_mail *mail = registrar->mail;
	if (!mail)
		return;
	drop_taken(mail);
	while (mail->letters)
		letter_end(mail->letters);
	if (mail->timer)
		event_free(mail->timer);
	free(mail);
	registrar->mail = NULL;
}
