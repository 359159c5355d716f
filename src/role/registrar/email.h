// email-01 as the registrar sees it (docs/acme-email.md): who may have a letter, where the code goes that comes back. Codes are the validator's: none is here but the
// one that an applicant has just sent, until the validator has said what it is worth.
#pragma once
#include "role/registrar/registrar.h"
#include "validate/email01.h"

enum {
	EMAIL_LETTERS_MAX = 3,       // for one authorization
	EMAIL_LETTER_PAUSE = 60,     // seconds from one to the next
	EMAIL_ACCOUNT_LETTERS = 20,  // for one account; from then on each next one waits twice as long, a minute at first and an hour at most
	EMAIL_REMOTE_LETTERS = 60,   // likewise from one client's address
	EMAIL_LETTER_PATIENCE = 25,  // seconds that a request waits for its letter to be sent; the outcome is recorded whenever it comes
};

// --- email.c: the challenge
bool registrar_is_email(struct view challenge_type);
// Adds to the challenge what this one has more than others.
XICA_MUST_CHECK int registrar_email_show(struct store_txn *txn, struct request *request, const struct pki_identifier *identifier,
					 const struct store_challenge *row, struct acme_challenge_view *view);
// The answer to a pending challenge of a pending authorization: asks for a letter, or brings the code.
XICA_MUST_CHECK int registrar_email_answer(struct store_txn *txn, struct request *request, const struct store_authz *authz,
					   struct store_challenge *challenge);
// Back to pending: a code came, and died with us before it was compared.
XICA_MUST_CHECK int registrar_email_interrupted(struct store_txn *txn, int64_t authz);
// Back to pending: it wasn't the right one. tries_left 0: no code is valid any more.
XICA_MUST_CHECK int registrar_email_failed(struct store_txn *txn, int64_t authz, unsigned tries_left, struct view error);

// --- letters.c: letters under way
struct email_wish { // request->state; views live in the request's arena
	int64_t authz;
	struct pki_identifier identifier;
	struct view token, address;
	const char *language;
	xica_time asked;     // as the database has it
};

void registrar_letter_send(struct request *request); // request->then, after the wish was recorded; answers the request
bool registrar_letter_is_under_way(const struct registrar *registrar, int64_t authz);
void registrar_handle_code_sent(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context);
bool registrar_letter_refused(struct registrar *registrar, const struct ipc_message *message); // IPC_INVALID; false: not ours
void registrar_letters_interrupt(struct registrar *registrar); // the validator has gone: nobody knows what became of them
void registrar_letters_detach(struct registrar *registrar);    // answers the requests that wait
void registrar_letters_free(struct registrar *registrar);
