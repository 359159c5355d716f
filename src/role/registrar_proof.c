// What the validator is asked, and what becomes of its answers.
//
// A challenge in processing has one proof here at most. The validator may die, and so may we: then it is asked again, from what the database says.
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/registrar.h"

struct proof {
	struct proof *next;
	struct registrar *registrar;
	uint64_t id;            // of the question
	bool answered;
	int64_t authz;
	struct arena arena;
	struct view challenge;  // its type
	struct buf question;    // kept, to be asked again
	struct buf problem;     // JSON text, when invalid
	struct view receipts[2];
	size_t receipt_count;
	registrar_caa_done *caa_done; // a CAA check of its own; else a challenge's proof
	void *caa_context;
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

static void proof_free(struct proof *proof)
{
	struct proof **link = &proof->registrar->proofs;
	while (*link && *link != proof)
		link = &(*link)->next;
	if (*link)
		*link = proof->next;
	buf_free(&proof->question);
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

static void add_subject(struct buf *message, const struct registrar *registrar, const struct pki_identifier *identifier,
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
	buf_clear(&proof->question);
	ipc_message_begin(&proof->question, IPC_VALIDATE, proof->id);
	ipc_message_add(&proof->question, IPC_CHALLENGE, proof->challenge);
	add_subject(&proof->question, proof->registrar, &authz.identifier, &account);
	ipc_message_add(&proof->question, IPC_TOKEN, challenge.token);
	ipc_message_add_u64(&proof->question, IPC_EXPIRES, (uint64_t)(clock_now() + proof->registrar->config->authorization_lifetime));
	return buf_error(&proof->question);
}

static void question_written(int error, void *context)
{
	struct proof *proof = context;
	if (error) {
		if (error != XICA_ECONFLICT)
			log_error("authz=%lld proof can't begin: %s", (long long)proof->authz, xica_strerror(error));
		proof_free(proof);
		return;
	}
	ask(proof);
}

void registrar_proof_start(struct registrar *registrar, int64_t authz, struct view challenge_type)
{
	if (proof_find(registrar, authz, challenge_type))
		return;
	struct proof *proof = proof_new(registrar, authz, challenge_type);
	if (!proof || store_submit(registrar->store, write_question, question_written, proof))
		log_error("authz=%lld out of memory: its proof waits for the next start", (long long)authz);
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

static int put_receipts(struct store_txn *txn, struct proof *proof, xica_time *ret_expires)
{
	bool controlled = false;
	for (size_t i = 0; i < proof->receipt_count; i++) {
		struct receipt seen;
		int error = receipt_peek(proof->receipts[i], &seen);
		if (error)
			return error;
		struct store_receipt row = {proof->authz, seen.kind, seen.method, proof->receipts[i], seen.expires};
		if ((error = store_receipt_put(txn, &row)))
			return error;
		if (seen.kind == RECEIPT_CONTROL) {
			controlled = true;
			*ret_expires = seen.expires;
		}
	}
	return controlled ? XICA_OK : XICA_EPARSE;
}

// The authorization may have been decided meanwhile, by another challenge or by its owner: then the challenge's outcome stands alone.
static int move_authz(struct store_txn *txn, struct proof *proof, enum store_authz_status to, xica_time expires)
{
	struct store_authz authz;
	int error = store_authz_by_id(txn, proof->authz, &proof->arena, &authz);
	if (error || authz.status != STORE_AUTHZ_PENDING)
		return error;
	if ((error = store_authz_change(txn, proof->authz, STORE_AUTHZ_PENDING, to, expires)))
		return error;
	return registrar_orders_follow(txn, proof->authz, to == STORE_AUTHZ_VALID, buf_view(&proof->problem), &proof->arena);
}

static int record_answer(struct store_txn *txn, void *context)
{
	struct proof *proof = context;
	xica_time expires = 0;
	int error;
	if (proof->problem.len) {
		if ((error = store_challenge_fail(txn, proof->authz, proof->challenge, STORE_CHALLENGE_INVALID, buf_view(&proof->problem))))
			return error;
		return move_authz(txn, proof, STORE_AUTHZ_INVALID, 0);
	}
	if ((error = put_receipts(txn, proof, &expires)) ||
	    (error = store_challenge_valid(txn, proof->authz, proof->challenge, clock_now())))
		return error;
	return move_authz(txn, proof, STORE_AUTHZ_VALID, expires);
}

static void answer_recorded(int error, void *context)
{
	struct proof *proof = context;
	if (error)
		log_error("authz=%lld the outcome of %.*s could not be recorded: %s", (long long)proof->authz, VIEW_FMT(proof->challenge),
			  xica_strerror(error));
	else
		log_info("authz=%lld challenge=%.*s %s", (long long)proof->authz, VIEW_FMT(proof->challenge),
			 proof->problem.len ? buf_cstr(&proof->problem) : "proven");
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

static void finish_challenge(struct proof *proof, const struct ipc_message *message)
{
	proof->answered = true;
	if (message->type == IPC_INVALID) {
		struct acme_problem problem = problem_of(message, &proof->arena);
		if (acme_problem_write(&problem, &proof->problem))
			return;
	}
	for (size_t n = 0; n < 2 && ipc_message_nth(message, IPC_RECEIPT, n, &proof->receipts[n]); n++) {
		proof->receipts[n] = arena_copy(&proof->arena, proof->receipts[n]);
		proof->receipt_count = n + 1;
	}
	int error = store_submit(proof->registrar->store, record_answer, answer_recorded, proof);
	if (error)
		answer_recorded(error, proof);
}

void registrar_handle_proof(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	(void)channel, (void)fds, (void)fd_count;
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
	add_subject(&proof->question, registrar, &authz->identifier, account);
	ipc_message_add_str(&proof->question, IPC_METHOD, receipt_method_text(method));
	int error = buf_error(&proof->question);
	if (error) {
		proof_free(proof);
		return error;
	}
	ask(proof);
	return XICA_OK;
}
