// What the validator is asked.
//
// A challenge has one proof here at most. Its row says that it is in processing once anybody could hear of it: when the answer to the request that began the proof waits no longer.
// The validator may die: then it is asked again. We may die: then whoever was told hears the outcome all the same, since we begin again from the rows, and whoever was not asks again.
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "role/registrar/issue.h"
#include "role/registrar/proof.h"

enum { PATIENCE_MS = 100 }; // of a client with many names, which asks for one proof after the other, each

static struct proof *proof_new(struct registrar *registrar, int64_t authz, struct view challenge, struct view request_id)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	if (!proof)
		return NULL;
	proof->registrar = registrar;
	proof->id = ++registrar->last_id;
	proof->authz = authz;
	proof->challenge = arena_copy(&proof->arena, challenge);
	proof->request_id = arena_copy(&proof->arena, request_id);
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

static void tell(struct proof *proof)
{
	struct registrar_proof_asker asker = proof->asker;
	proof->asker.done = NULL;
	if (asker.done)
		asker.done(asker.context, proof->recorded);
}

void registrar_proof_free(struct proof *proof)
{
	tell(proof);
	if (proof->patience)
		event_free(proof->patience);
	struct proof **link = &proof->registrar->proofs;
	while (*link && *link != proof)
		link = &(*link)->next;
	if (*link)
		*link = proof->next;
	buf_wipe(&proof->question);
	buf_wipe(&proof->code);
	buf_free(&proof->problem);
	buf_free(&proof->former);
	arena_free(&proof->arena);
	free(proof);
}

void registrar_proofs_free(struct registrar *registrar)
{
	while (registrar->proofs) {
		registrar->proofs->asker.done = NULL;
		registrar_proof_free(registrar->proofs);
	}
}

static struct proof *proof_find(struct registrar *registrar, int64_t authz, struct view challenge)
{
	for (struct proof *proof = registrar->proofs; proof; proof = proof->next)
		if (!proof->caa_done && proof->authz == authz && view_equal(proof->challenge, challenge))
			return proof;
	return NULL;
}

bool registrar_authz_is_being_proven(const struct registrar *registrar, int64_t authz)
{
	const struct proof *proof = registrar->proofs;
	while (proof && (proof->caa_done || proof->authz != authz))
		proof = proof->next;
	return proof;
}

bool registrar_proof_is_under_way(struct registrar *registrar, int64_t authz, struct view challenge_type)
{
	return proof_find(registrar, authz, challenge_type);
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

static void add_request_id(struct proof *proof)
{
	if (proof->request_id.len)
		ipc_message_add(&proof->question, IPC_REQUEST_ID, proof->request_id);
}

// A record of dns-persist-01 stays where it is when the account changes its key. Whose proof it is then the signer sees by the keyChange requests.
static int write_former(struct store_txn *txn, struct proof *proof, int64_t account)
{
	struct store_key_change *changes;
	size_t count = 0;
	buf_clear(&proof->former);
	if (!view_equal_str(proof->challenge, receipt_method_text(RECEIPT_DNS_PERSIST_01)))
		return XICA_OK;
	int error = store_account_key_changes(txn, account, ISSUE_KEY_CHANGES_MAX, &proof->arena, &changes, &count);
	for (size_t i = 0; !error && i < count; i++)
		buf_add(&proof->former, view_bytes(changes[i].old_thumbprint, sizeof(changes[i].old_thumbprint)));
	if (proof->former.len)
		ipc_message_add(&proof->question, IPC_FORMER_THUMBPRINTS, buf_view(&proof->former));
	return error ? error : buf_error(&proof->former);
}

// The receipt is made out for the account's key of today.
static void fill_question(struct proof *proof, const struct registrar_proof_subject *subject)
{
	struct buf *question = &proof->question;
	memcpy(proof->thumbprint, subject->account->thumbprint, sizeof(proof->thumbprint));
	buf_clear(question);
	ipc_message_begin(question, IPC_VALIDATE, proof->id);
	ipc_message_add(question, IPC_CHALLENGE, proof->challenge);
	registrar_write_subject(question, proof->registrar, &subject->authz->identifier, subject->account);
	ipc_message_add(question, IPC_TOKEN, subject->challenge->token);
	ipc_message_add_u64(question, IPC_EXPIRES, (uint64_t)(clock_now() + proof->registrar->config->authorization_lifetime));
	add_request_id(proof);
	if (proof->code.len)
		ipc_message_add(question, IPC_CODE, buf_view(&proof->code));
	if (subject->authz->subdomains)
		ipc_message_add_u64(question, IPC_SUBDOMAINS, 1);
}

// Reads what the validator must know.
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
	if (challenge.status != STORE_CHALLENGE_PROCESSING && challenge.status != STORE_CHALLENGE_PENDING)
		return XICA_ECONFLICT;
	if (registrar_is_email(proof->challenge) && !proof->code.len)
		return registrar_email_interrupted(txn, proof->authz);
	const struct registrar_proof_subject subject = {&authz, &challenge, &account};
	fill_question(proof, &subject);
	error = write_former(txn, proof, account.id);
	return error ? error : buf_error(&proof->question);
}

void registrar_proof_tell_code(struct proof *proof, const char *why)
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
		registrar_proof_tell_code(proof, "the code could not be checked: try again in a minute");
		registrar_proof_free(proof);
		return;
	}
	if (!proof->question.len) // a code that nobody has any more
		registrar_proof_free(proof);
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

static void on_patience(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	tell(context);
}

static void wait_for(struct proof *proof, const struct registrar_proof_asker *asker)
{
	static const struct timeval PATIENCE = {.tv_usec = PATIENCE_MS * 1000};
	proof->asker = *asker;
	proof->patience = evtimer_new(proof->registrar->role->base, on_patience, proof);
	if (!proof->patience || event_add(proof->patience, &PATIENCE))
		tell(proof);
}

// Whose proof needs more than the subject is read by itself.
static bool needs_more(const struct proof *proof)
{
	return view_equal_str(proof->challenge, receipt_method_text(RECEIPT_DNS_PERSIST_01));
}

// Nothing to ask: there is one already, or no memory for one.
static void start_none(struct registrar *registrar, bool under_way, const struct registrar_proof_asker *asker)
{
	if (!under_way)
		registrar_take_up_soon(registrar);
	asker->done(asker->context, false);
}

// The subject is the asker's, and may be gone once the asker was told: so it is read before anybody waits. Then the proof asks, which may end it: so that comes last.
void registrar_proof_start(struct registrar *registrar, const struct registrar_proof_subject *subject, struct view request_id, const struct registrar_proof_asker *asker)
{
	bool under_way = proof_find(registrar, subject->authz->id, subject->challenge->type);
	struct proof *proof = under_way ? NULL : proof_new(registrar, subject->authz->id, subject->challenge->type, request_id);
	if (!proof) {
		start_none(registrar, under_way, asker);
		return;
	}
	bool more = needs_more(proof);
	if (!more)
		fill_question(proof, subject);
	wait_for(proof, asker);
	if (more)
		submit_question(registrar, proof);
	else
		question_written(buf_error(&proof->question), proof);
}

int registrar_proof_of_code(struct registrar *registrar, int64_t authz, struct view code, struct view request_id, registrar_code_done *done,
			    void *context)
{
	struct view challenge = VIEW_LIT(EMAIL01_NAME);
	struct proof *proof = proof_find(registrar, authz, challenge) ? NULL : proof_new(registrar, authz, challenge, request_id);
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

static void take_up(struct registrar *registrar, int64_t authz, struct view challenge_type)
{
	if (!proof_find(registrar, authz, challenge_type))
		submit_question(registrar, proof_new(registrar, authz, challenge_type, VIEW_NONE));
}

int registrar_proofs_recover(struct registrar *registrar)
{
	struct recovery recovery = {0};
	int error;
	do {
		arena_free(&recovery.arena);
		error = store_run(registrar->store, list_processing, &recovery);
		for (size_t i = 0; !error && i < recovery.count; i++) {
			take_up(registrar, recovery.list[i].authz, recovery.list[i].type);
			recovery.after = recovery.list[i].authz;
		}
	} while (!error && recovery.count);
	arena_free(&recovery.arena);
	return error;
}

int registrar_check_caa(struct registrar *registrar, const struct store_authz *authz, const struct store_account *account,
			enum receipt_method method, struct view request_id, registrar_caa_done *done, void *context)
{
	struct proof *proof = proof_new(registrar, authz->id, VIEW_LIT("caa"), request_id);
	if (!proof)
		return XICA_ENOMEM;
	proof->caa_done = done;
	proof->caa_context = context;
	ipc_message_begin(&proof->question, IPC_CHECK_CAA, proof->id);
	registrar_write_subject(&proof->question, registrar, &authz->identifier, account);
	ipc_message_add_str(&proof->question, IPC_METHOD, receipt_method_text(method));
	add_request_id(proof);
	int error = buf_error(&proof->question);
	if (error) {
		registrar_proof_free(proof);
		return error;
	}
	ask(proof);
	return XICA_OK;
}
