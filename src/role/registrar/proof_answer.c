// What becomes of the validator's answers.
#include <string.h>

#include "base/log.h"
#include "role/registrar/limits.h"
#include "role/registrar/proof.h"
#include "validate/codes.h"

// Of the account's key, or one that it had before?
static bool is_of_account(const struct proof *proof, const uint8_t thumbprint[CRYPTO_SHA256_LEN])
{
	bool is = memcmp(thumbprint, proof->thumbprint, CRYPTO_SHA256_LEN) == 0;
	for (size_t at = 0; !is && at + CRYPTO_SHA256_LEN <= proof->former.len; at += CRYPTO_SHA256_LEN)
		is = memcmp(thumbprint, proof->former.ptr + at, CRYPTO_SHA256_LEN) == 0;
	return is;
}

// Are they for what was asked, and does one of them prove control? Whether they are true is the signer's affair.
static bool receipts_fit(const struct proof *proof, const struct store_authz *authz, xica_time *ret_expires)
{
	bool controlled = false;
	for (size_t i = 0; i < proof->receipt_count; i++) {
		struct receipt seen;
		if (receipt_peek(proof->receipts[i], &seen) || pki_identifier_compare(&seen.identifier, &authz->identifier) != 0 ||
		    !is_of_account(proof, seen.thumbprint))
			return false;
		if (seen.kind == RECEIPT_CONTROL) {
			controlled = seen.subdomains == authz->subdomains;
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

static int move_authz(struct store_txn *txn, struct proof *proof, const struct store_authz *authz, xica_time expires)
{
	bool valid = !proof->problem.len;
	int error = valid ? put_receipts(txn, proof)
		    : proof->our_fault ? XICA_OK : registrar_limit_failed(txn, proof->registrar, authz->account, &authz->identifier, &proof->arena);
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
	if (!error && !proof->problem.len && !receipts_fit(proof, &authz, &expires)) {
		log_error("authz=%lld the validator's receipts are not for what it was asked", (long long)proof->authz);
		error = acme_problem_write(&UNREADABLE, &proof->problem);
		if (error)
			buf_clear(&proof->problem); // no half of it is there when this runs again
		proof->why = UNREADABLE.detail;
		proof->our_fault = true;
	}
	if (!error)
		error = record_challenge(txn, proof);
	if (!error && authz.status == STORE_AUTHZ_PENDING && !proof->again)
		error = move_authz(txn, proof, &authz, expires);
	if (!error && proof->asker.done && proof->asker.show)
		proof->asker.show(txn, proof->asker.context);
	return error;
}

static void answer_recorded(int error, void *context)
{
	struct proof *proof = context;
	proof->recorded = !error;
	if (error) {
		log_error("authz=%lld the outcome of %.*s could not be recorded: %s", (long long)proof->authz, VIEW_FMT(proof->challenge),
			  xica_strerror(error));
		registrar_take_up_soon(proof->registrar);
	} else {
		log_info("request=%.*s authz=%lld challenge=%.*s %s", VIEW_FMT(proof->request_id), (long long)proof->authz, VIEW_FMT(proof->challenge),
			 proof->problem.len ? buf_cstr(&proof->problem) : "proven");
	}
	registrar_proof_tell_code(proof, error ? "the outcome could not be recorded: try again in a minute" : proof->why);
	registrar_proof_free(proof);
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
	registrar_proof_free(proof);
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
		proof->our_fault = problem.type == ACME_SERVER_INTERNAL;
		proof->again = registrar_is_email(proof->challenge) && read_tries(message, &proof->tries_left);
	}
	for (size_t n = 0; n < 2 && ipc_message_nth(message, IPC_RECEIPT, n, &proof->receipts[n]); n++) {
		proof->receipts[n] = arena_copy(&proof->arena, proof->receipts[n]);
		proof->receipt_count = n + 1;
	}
	if (!error)
		error = registrar_submit_as(proof->registrar, STORE_REPEATABLE, record_answer, answer_recorded, proof);
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
