// After a crash a registrar asks of each serial that it recorded: was this one signed? The answer is the certificate from the audit log, or that there is none and never will be:
//
//   whoever asks burns what is prepared for the serial. Where that was still there, nothing was signed with it, and no more need be looked at;
//   else what is committed at that moment is searched (role/audit/search.h). No line with this serial can be added later: serials are random, and its token is gone.
//
// Many ask at once, and the log may be long: all serials are looked for together, a stretch a turn of the loop, so that certificates are signed meanwhile.
#include "base/hex.h"
#include "base/log.h"
#include "role/signer/signer.h"

enum { QUIET_MS = 10, QUIET_MOST_MS = 1000 }; // without another question, and how long that is waited for at most: then the search begins

static struct signer *signer_of(void *context)
{
	return ((struct role *)context)->state;
}

static void say_not_issued(struct ipc_channel *channel, uint64_t id, struct view serial)
{
	cleanup_buf reply = BUF_INIT;
	ipc_message_begin(&reply, IPC_NOT_ISSUED, id);
	ipc_message_add(&reply, IPC_SERIAL, serial);
	signer_send(channel, &reply);
}

// Nobody but the operator can end this: the registrar asks again and again.
static void log_unreadable(struct view serial)
{
	cleanup_buf text = BUF_INIT;
	hex_encode(&text, serial);
	log_error("serial=%.*s stands in a line of the audit log that can't be read: whether it was signed can't be said. 'xica audit verify' says which line that is",
		  VIEW_FMT(buf_view(&text)));
}

static void answer(void *context, const struct audit_sought *sought, int error, struct view certificate)
{
	struct signer *signer = context;
	if (error == XICA_ENOTFOUND) {
		signer->recovery.missing++;
		say_not_issued(sought->asker, sought->id, sought->serial);
	} else if (error) {
		if (error == XICA_EPARSE)
			log_unreadable(sought->serial);
		signer_send_failure(sought->asker, sought->id, error, NULL);
	} else {
		struct buf reply = signer_issued_message(sought->id, sought->serial, certificate);
		signer->recovery.found++;
		signer_send(sought->asker, &reply);
		buf_free(&reply);
	}
}

static void go_on(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval NOW = {0, 0};
	struct signer *signer = context;
	struct signer_recovery *recovery = &signer->recovery;
	(void)fd, (void)what;
	if (audit_search_step(&recovery->search)) {
		if (!event_add(recovery->turn, &NOW))
			return;
		audit_search_fail(&recovery->search, XICA_ENOMEM);
	}
	if (recovery->found || recovery->missing)
		log_info("the audit log was searched for what may have been signed found=%zu not_signed=%zu", recovery->found, recovery->missing);
	recovery->found = recovery->missing = 0;
}

// Those who come together are looked for together, from the end of the log: so the search begins once no more come.
static int begin_soon(struct signer_recovery *recovery, bool first)
{
	static const struct timeval QUIET = {0, QUIET_MS * 1000};
	int64_t now_ms = clock_monotonic_ms();
	if (first)
		recovery->began_ms = now_ms;
	bool begins = recovery->search.at == recovery->search.size && now_ms - recovery->began_ms < QUIET_MOST_MS;
	return (first || begins) && event_add(recovery->turn, &QUIET) ? XICA_ENOMEM : XICA_OK;
}

static int look_for(struct signer *signer, struct ipc_channel *channel, const struct ipc_message *message, struct view serial)
{
	struct signer_recovery *recovery = &signer->recovery;
	uint64_t since = 0;
	int error = ipc_message_u64(message, IPC_TIME, &since);
	if (error && error != XICA_ENOTFOUND)
		return error;
	const struct audit_sought sought = {.serial = serial, .since = (xica_time)since, .asker = channel, .id = message->id};
	bool first = recovery->search.count == 0;
	error = audit_look_for(signer->core.audit, &recovery->search, &sought);
	if (!error && begin_soon(recovery, first))
		audit_search_fail(&recovery->search, XICA_ENOMEM);
	return error;
}

void signer_recover(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	static const struct signer_refusal TOO_MANY = {PKI_REFUSAL_BUSY, "too many certificates are being looked for in the audit log"};
	struct signer *signer = signer_of(context);
	struct view serial = ipc_message_bytes(message, IPC_SERIAL);
	(void)fds, (void)fd_count;
	if (signer_tokens_burn(&signer->core.tokens, serial)) {
		say_not_issued(channel, message->id, serial);
		return;
	}
	signer_commit(signer); // what was signed in this turn counts
	int error = look_for(signer, channel, message, serial);
	if (error)
		signer_answer_failure(signer, channel, message, error == XICA_ERANGE ? XICA_EDENIED : error, &TOO_MANY);
}

void signer_recover_forget_channel(struct signer *signer, const struct ipc_channel *channel)
{
	audit_search_forget(&signer->recovery.search, channel); // asks again when it comes back
}

int signer_recover_start(struct signer *signer)
{
	audit_search_begin(&signer->recovery.search, answer, signer);
	signer->recovery.turn = evtimer_new(signer->role->base, go_on, signer);
	return signer->recovery.turn ? XICA_OK : XICA_ENOMEM;
}

void signer_recover_stop(struct signer *signer)
{
	audit_search_end(&signer->recovery.search);
	event_free(signer->recovery.turn);
}
