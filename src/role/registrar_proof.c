// What the validator is asked, and what becomes of its answers.
//
// A challenge in processing has one proof here at most. The validator may die, and so may we: then it is asked again, from what the database says.
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/registrar_email.h"
#include "validate/codes.h"

struct proof {
	struct proof *next;
	struct registrar *registrar;
	uint64_t id;            // of the question
	bool answered;
	int64_t authz;
	struct arena arena;
	struct view challenge;  // its type
	uint8_t thumbprint[CRYPTO_SHA256_LEN]; // of the account's key, as the validator was told
	struct buf question;    // kept, to be asked again
	struct buf problem;     // JSON text, when invalid
	struct view receipts[2];
	size_t receipt_count;
	registrar_caa_done *caa_done; // a CAA check of its own; else a challenge's proof
	void *caa_context;
	// email-01
	struct buf code;        // as it was typed; nowhere else is it kept
	bool again;             // the answer wasn't right, and another may be given
	unsigned tries_left;
	const char *why;        // what the applicant is told
	registrar_code_done *code_done; // who waits for the outcome; may be NULL
	void *code_context;
};

static struct proof *proof_new(struct registrar *registrar, int64_t authz, struct view challenge)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	if (!proof)
		return NULL;
	proof->registrar = registrar;
	proof->id = ++registrar->last_id;
	proof->authz = authz;
	proof->challenge = arena_copy(&proof->arena, challenge);
	proof->next = registrar->proofs;
	registrar->proofs = proof;
	return proof;
}

size_t registrar_proofs_count(const struct registrar *registrar)
{
	size_t count = 0;
	for (const struct proof *proof = registrar->proofs; proof; proof = proof->next)
		count++;
	return count;
}

static void proof_free(struct proof *proof)
{
	struct proof **link = &proof->registrar->proofs;
	while (*link && *link != proof)
		link = &(*link)->next;
	if (*link)
		*link = proof->next;
	buf_wipe(&proof->question);
	buf_wipe(&proof->code);
	buf_free(&proof->problem);
	arena_free(&proof->arena);
	free(proof);
}

void registrar_proofs_free(struct registrar *registrar)
{
	while (registrar->proofs)
		proof_free(registrar->proofs);
}

static struct proof *proof_find(struct registrar *registrar, int64_t authz, struct view challenge)
{
	for (struct proof *proof = registrar->proofs; proof; proof = proof->next)
		if (!proof->caa_done && proof->authz == authz && view_equal(proof->challenge, challenge))
			return proof;
	return NULL;
}

static void ask(struct proof *proof)
{
	struct ipc_channel *validator = proof->registrar->validator;
	if (validator && proof->question.len && !proof->answered && ipc_channel_send(validator, &proof->question))
		log_error("authz=%lld the validator could not be asked", (long long)proof->authz);
}

void registrar_write_subject(struct buf *message, const struct registrar *registrar, const struct pki_identifier *identifier,
			     const struct store_account *account)
{
	cleanup_arena arena = ARENA_INIT;
	ipc_message_add_u64(message, IPC_IDENTIFIER_TYPE, (uint64_t)identifier->type);
	ipc_message_add(message, IPC_IDENTIFIER, identifier->value);
	ipc_message_add_u64(message, IPC_WILDCARD, identifier->wildcard);
	ipc_message_add(message, IPC_THUMBPRINT, view_bytes(account->thumbprint, sizeof(account->thumbprint)));
	ipc_message_add_str(message, IPC_ACCOUNT_URL, acme_url_account(&arena, registrar->config->url, account->id));
}

// Reads what the validator must know. The receipt is made out for the account's key of today.
static int write_question(struct store_txn *txn, void *context)
{
	struct proof *proof = context;
	struct store_authz authz;
	struct store_challenge challenge;
	struct store_account account;
	int error = store_authz_by_id(txn, proof->authz, &proof->arena, &authz);
	if (error || (error = store_challenge_get(txn, proof->authz, proof->challenge, &proof->arena, &challenge)) ||
	    (error = store_account_get(txn, authz.account, &proof->arena, &account)))
		return error;
	if (challenge.status != STORE_CHALLENGE_PROCESSING)
		return XICA_ECONFLICT;
	if (registrar_is_email(proof->challenge) && !proof->code.len)
		return registrar_email_interrupted(txn, proof->authz);
	memcpy(proof->thumbprint, account.thumbprint, sizeof(proof->thumbprint));
	buf_clear(&proof->question);
	ipc_message_begin(&proof->question, IPC_VALIDATE, proof->id);
	ipc_message_add(&proof->question, IPC_CHALLENGE, proof->challenge);
	registrar_write_subject(&proof->question, proof->registrar, &authz.identifier, &account);
	ipc_message_add(&proof->question, IPC_TOKEN, challenge.token);
	ipc_message_add_u64(&proof->question, IPC_EXPIRES, (uint64_t)(clock_now() + proof->registrar->config->authorization_lifetime));
	if (proof->code.len)
		ipc_message_add(&proof->question, IPC_CODE, buf_view(&proof->code));
	return buf_error(&proof->question);
}

static void tell_code(struct proof *proof, const char *why)
{
	registrar_code_done *done = proof->code_done;
	proof->code_done = NULL;
	if (done)
		done(proof->code_context, why);
}

static void question_written(int error, void *context)
{
	struct proof *proof = context;
	if (error) {
		if (error != XICA_ECONFLICT) {
			log_error("authz=%lld proof can't begin: %s", (long long)proof->authz, xica_strerror(error));
			registrar_take_up_soon(proof->registrar);
		}
		tell_code(proof, "the code could not be checked: try again in a minute");
		proof_free(proof);
		return;
	}
	if (!proof->question.len) // a code that nobody has any more
		proof_free(proof);
	else
		ask(proof);
}

static void submit_question(struct registrar *registrar, struct proof *proof)
{
	int error = proof ? store_submit(registrar->store, write_question, question_written, proof) : XICA_ENOMEM;
	if (error && proof)
		question_written(error, proof);
	else if (error)
		registrar_take_up_soon(registrar);
}

void registrar_proof_start(struct registrar *registrar, int64_t authz, struct view challenge_type)
{
	if (!proof_find(registrar, authz, challenge_type))
		submit_question(registrar, proof_new(registrar, authz, challenge_type));
}

int registrar_proof_of_code(struct registrar *registrar, int64_t authz, struct view code, registrar_code_done *done, void *context)
{
	struct view challenge = VIEW_LIT(EMAIL01_NAME);
	struct proof *proof = proof_find(registrar, authz, challenge) ? NULL : proof_new(registrar, authz, challenge);
	if (proof) {
		buf_add(&proof->code, code);
		proof->code_done = done;
		proof->code_context = context;
	}
	submit_question(registrar, proof);
	return proof ? XICA_OK : XICA_ENOMEM;
}

void registrar_proofs_resend(struct registrar *registrar)
{
	for (struct proof *proof = registrar->proofs; proof; proof = proof->next)
		ask(proof);
}

struct recovery {
	struct arena arena;
	struct store_challenge *list;
	size_t count;
	int64_t after;
};

static int list_processing(struct store_txn *txn, void *context)
{
	struct recovery *recovery = context;
	return store_challenge_list_processing(txn, recovery->after, 100, &recovery->arena, &recovery->list, &recovery->count);
}

int registrar_proofs_recover(struct registrar *registrar)
{
	struct recovery recovery = {0};
	int error;
	do {
		arena_free(&recovery.arena);
		error = store_run(registrar->store, list_processing, &recovery);
		for (size_t i = 0; !error && i < recovery.count; i++) {
			registrar_proof_start(registrar, recovery.list[i].authz, recovery.list[i].type);
			recovery.after = recovery.list[i].authz;
		}
	} while (!error && recovery.count);
	arena_free(&recovery.arena);
	return error;
}

// --- answers

// Are they for what was asked, and does one of them prove control? Whether they are true is the signer's affair.
static bool receipts_fit(const struct proof *proof, const struct pki_identifier *identifier, xica_time *ret_expires)
{
	bool controlled = false;
	for (size_t i = 0; i < proof->receipt_count; i++) {
		struct receipt seen;
		if (receipt_peek(proof->receipts[i], &seen) || pki_identifier_compare(&seen.identifier, identifier) != 0 ||
		    memcmp(seen.thumbprint, proof->thumbprint, sizeof(seen.thumbprint)) != 0)
			return false;
		if (seen.kind == RECEIPT_CONTROL) {
			controlled = true;
			*ret_expires = seen.expires;
		}
	}
	return controlled;
}

static int put_receipts(struct store_txn *txn, const struct proof *proof)
{
	int error = XICA_OK;
	for (size_t i = 0; i < proof->receipt_count && !error; i++) {
		struct receipt seen;
		if ((error = receipt_peek(proof->receipts[i], &seen)))
			return error;
		struct store_receipt row = {proof->authz, seen.kind, seen.method, proof->receipts[i], seen.expires};
		error = store_receipt_put(txn, &row);
	}
	return error;
}

static int record_challenge(struct store_txn *txn, const struct proof *proof)
{
	if (proof->again)
		return registrar_email_failed(txn, proof->authz, proof->tries_left, buf_view(&proof->problem));
	if (proof->problem.len)
		return store_challenge_fail(txn, proof->authz, proof->challenge, STORE_CHALLENGE_INVALID, buf_view(&proof->problem));
	return store_challenge_valid(txn, proof->authz, proof->challenge, clock_now());
}

static int move_authz(struct store_txn *txn, struct proof *proof, xica_time expires)
{
	bool valid = !proof->problem.len;
	int error = valid ? put_receipts(txn, proof) : XICA_OK;
	if (error || (error = store_authz_change(txn, proof->authz, STORE_AUTHZ_PENDING, valid ? STORE_AUTHZ_VALID : STORE_AUTHZ_INVALID, expires)))
		return error;
	return registrar_orders_follow(txn, proof->authz, valid, buf_view(&proof->problem), &proof->arena);
}

// The authorization may have been decided meanwhile, by another challenge or by its owner: then the challenge's outcome stands alone, and
// the receipts are not kept, so that what proved the authorization, and when, stays as it was.
static int record_answer(struct store_txn *txn, void *context)
{
	static const struct acme_problem UNREADABLE = {.type = ACME_SERVER_INTERNAL, .detail = "the proof was seen, but could not be kept: try again"};
	struct proof *proof = context;
	struct store_authz authz;
	xica_time expires = 0;
	int error = store_authz_by_id(txn, proof->authz, &proof->arena, &authz);
	if (!error && !proof->problem.len && !receipts_fit(proof, &authz.identifier, &expires)) {
		log_error("authz=%lld the validator's receipts are not for what it was asked", (long long)proof->authz);
		error = acme_problem_write(&UNREADABLE, &proof->problem);
		proof->why = UNREADABLE.detail;
	}
	if (error || (error = record_challenge(txn, proof)) || authz.status != STORE_AUTHZ_PENDING || proof->again)
		return error;
	return move_authz(txn, proof, expires);
}

static void answer_recorded(int error, void *context)
{
	struct proof *proof = context;
	if (error) {
		log_error("authz=%lld the outcome of %.*s could not be recorded: %s", (long long)proof->authz, VIEW_FMT(proof->challenge),
			  xica_strerror(error));
		registrar_take_up_soon(proof->registrar);
	} else {
		log_info("authz=%lld challenge=%.*s %s", (long long)proof->authz, VIEW_FMT(proof->challenge),
			 proof->problem.len ? buf_cstr(&proof->problem) : "proven");
	}
	tell_code(proof, error ? "the outcome could not be recorded: try again in a minute" : proof->why);
	proof_free(proof);
}

static struct acme_problem problem_of(const struct ipc_message *message, struct arena *arena)
{
	return (struct acme_problem){.type = acme_problem_from_name(ipc_message_bytes(message, IPC_PROBLEM)),
				     .detail = arena_strdup(arena, ipc_message_bytes(message, IPC_DETAIL))};
}

static void finish_caa(struct proof *proof, const struct ipc_message *message)
{
	struct acme_problem problem = {0};
	struct view receipt = ipc_message_bytes(message, IPC_RECEIPT);
	if (message->type == IPC_INVALID)
		problem = problem_of(message, &proof->arena);
	proof->caa_done(proof->caa_context, receipt, problem.type ? &problem : NULL);
	proof_free(proof);
}

// False: this was the last one.
static bool read_tries(const struct ipc_message *message, unsigned *ret_tries_left)
{
	uint64_t left;
	if (ipc_message_u64(message, IPC_TRIES_LEFT, &left))
		return false;
	*ret_tries_left = left > CODE_TRIES ? CODE_TRIES : (unsigned)left;
	return true;
}

static void finish_challenge(struct proof *proof, const struct ipc_message *message)
{
	int error = XICA_OK;
	proof->answered = true;
	if (message->type == IPC_INVALID) {
		struct acme_problem problem = problem_of(message, &proof->arena);
		error = acme_problem_write(&problem, &proof->problem);
		proof->why = problem.detail;
		proof->again = registrar_is_email(proof->challenge) && read_tries(message, &proof->tries_left);
	}
	for (size_t n = 0; n < 2 && ipc_message_nth(message, IPC_RECEIPT, n, &proof->receipts[n]); n++) {
		proof->receipts[n] = arena_copy(&proof->arena, proof->receipts[n]);
		proof->receipt_count = n + 1;
	}
	if (!error)
		error = store_submit(proof->registrar->store, record_answer, answer_recorded, proof);
	if (error)
		answer_recorded(error, proof);
}

void registrar_handle_proof(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	(void)channel, (void)fds, (void)fd_count;
	if (message->type == IPC_INVALID && registrar_letter_refused(registrar, message))
		return;
	for (struct proof *proof = registrar->proofs; proof; proof = proof->next)
		if (proof->id == message->id && !proof->answered) {
			if (proof->caa_done)
				finish_caa(proof, message);
			else
				finish_challenge(proof, message);
			return;
		}
}

int registrar_check_caa(struct registrar *registrar, const struct store_authz *authz, const struct store_account *account,
			enum receipt_method method, registrar_caa_done *done, void *context)
{
	struct proof *proof = proof_new(registrar, authz->id, VIEW_LIT("caa"));
	if (!proof)
		return XICA_ENOMEM;
	proof->caa_done = done;
	proof->caa_context = context;
	ipc_message_begin(&proof->question, IPC_CHECK_CAA, proof->id);
	registrar_write_subject(&proof->question, registrar, &authz->identifier, account);
	ipc_message_add_str(&proof->question, IPC_METHOD, receipt_method_text(method));
	int error = buf_error(&proof->question);
	if (error) {
		proof_free(proof);
		return error;
	}
	ask(proof);
	return XICA_OK;
}
