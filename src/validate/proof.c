#include "validate/proof.h"

#include <stdlib.h>
#include <string.h>

#include "validate/caa_check.h"

struct proof {
	const struct challenge_tools *tools;
	struct view receipt_key;
	struct proof_request request;
	struct challenge_request challenge; // for the run
	proof_done *done;
	void *context;
	struct challenge_run *run;
	struct caa_check *caa;
	struct event *limit;
	const char *seen;        // how control was proven
	struct buf receipts[2];
	size_t receipt_count;
	struct arena arena;
};

void proof_cancel(struct proof *proof)
{
	if (!proof)
		return;
	if (proof->run)
		proof->request.challenge->cancel(proof->run);
	caa_check_cancel(proof->caa);
	if (proof->limit)
		event_free(proof->limit);
	buf_free(&proof->receipts[0]);
	buf_free(&proof->receipts[1]);
	arena_free(&proof->arena);
	free(proof);
}

static void finish_with(struct proof *proof, const struct challenge_outcome *outcome)
{
	struct proof_result result = {.outcome = *outcome};
	if (!result.outcome.detail)
		result.outcome.detail = "out of memory";
	for (size_t i = 0; outcome->problem == ACME_PROBLEM_NONE && i < proof->receipt_count; i++)
		result.receipts[result.receipt_count++] = buf_view(&proof->receipts[i]);
	proof->done(&result, proof->context);
	proof_cancel(proof);
}

static void finish(struct proof *proof, enum acme_problem_type problem, const char *detail)
{
	const struct challenge_outcome outcome = {problem, detail};
	finish_with(proof, &outcome);
}

static void fail_internally(struct proof *proof, int error)
{
	finish(proof, ACME_SERVER_INTERNAL, xica_strerror(error));
}

static int add_receipt(struct proof *proof, enum receipt_kind kind)
{
	struct receipt receipt = {
		.kind = kind,
		.method = proof->request.method,
		.identifier = proof->request.identifier,
		.perspectives = 1,
		.seen = proof->tools->now(),
	};
	receipt.subdomains = kind == RECEIPT_CONTROL && proof->request.subdomains;
	receipt.expires = kind == RECEIPT_CAA ? receipt.seen + RECEIPT_CAA_LIFETIME : proof->request.expires;
	memcpy(receipt.thumbprint, proof->request.thumbprint, sizeof(receipt.thumbprint));
	return receipt_write(&receipt, proof->receipt_key, &proof->receipts[proof->receipt_count++]);
}

static void on_caa(const struct challenge_outcome *outcome, void *context)
{
	struct proof *proof = context;
	proof->caa = NULL;
	if (outcome->problem != ACME_PROBLEM_NONE) {
		finish(proof, outcome->problem, outcome->detail);
		return;
	}
	int error = add_receipt(proof, RECEIPT_CAA);
	if (error)
		fail_internally(proof, error);
	else
		finish(proof, ACME_PROBLEM_NONE, proof->seen ? arena_printf(&proof->arena, "%s; %s", proof->seen, outcome->detail) : outcome->detail);
}

static int start_caa(struct proof *proof)
{
	const struct caa_policy policy = {
		.identities = proof->tools->caa_identities,
		.identity_count = proof->tools->caa_identity_count,
		.account_url = proof->request.account_url,
		.method = view_str(receipt_method_text(proof->request.method)),
	};
	return caa_check_start(proof->tools->resolver, &proof->request.identifier, &policy, on_caa, proof, &proof->caa);
}

static void on_control(const struct challenge_outcome *outcome, void *context)
{
	struct proof *proof = context;
	proof->run = NULL;
	if (outcome->problem != ACME_PROBLEM_NONE) {
		finish_with(proof, outcome);
		return;
	}
	proof->seen = arena_strdup(&proof->arena, view_str(outcome->detail));
	if (outcome->former) // whoever holds the key of today must show that they held that one
		memcpy(proof->request.thumbprint, outcome->former, sizeof(proof->request.thumbprint));
	if (outcome->until && outcome->until < proof->request.expires)
		proof->request.expires = outcome->until;
	int error = add_receipt(proof, RECEIPT_CONTROL);
	if (!error)
		error = start_caa(proof);
	if (error)
		fail_internally(proof, error);
}

static void on_limit(evutil_socket_t fd, short what, void *context)
{
	struct proof *proof = context;
	(void)fd, (void)what;
	finish(proof, proof->run ? ACME_CONNECTION : ACME_DNS,
	       arena_printf(&proof->arena, "the %s of %.*s wasn't done within %d seconds", proof->run ? "validation" : "CAA check",
			    VIEW_FMT(proof->request.identifier.value), PROOF_TIMEOUT));
}

// For measurements: what would be looked at is taken for seen, from the loop as everything else, and the receipts say so.
static void on_assumed(evutil_socket_t fd, short what, void *context)
{
	struct proof *proof = context;
	(void)fd, (void)what;
	int error = proof->request.challenge ? add_receipt(proof, RECEIPT_CONTROL) : XICA_OK;
	if (!error)
		error = add_receipt(proof, RECEIPT_CAA);
	if (error)
		fail_internally(proof, error);
	else
		finish(proof, ACME_PROBLEM_NONE, "assumed, nothing was looked at");
}

static int copy_request(struct proof *proof, const struct proof_request *request)
{
	proof->request = *request;
	struct pki_identifier *identifier = &proof->request.identifier;
	identifier->value = arena_copy(&proof->arena, request->identifier.value);
	proof->request.token = arena_copy(&proof->arena, request->token);
	proof->request.code = arena_copy(&proof->arena, request->code);
	proof->request.account_url = arena_copy(&proof->arena, request->account_url);
	proof->request.former = arena_copy(&proof->arena, request->former);
	proof->challenge = (struct challenge_request){.identifier = *identifier, .subdomains = request->subdomains, .token = proof->request.token, .code = proof->request.code,
						       .account_url = proof->request.account_url, .former = proof->request.former};
	memcpy(proof->challenge.thumbprint, request->thumbprint, sizeof(request->thumbprint));
	return identifier->value.ptr && proof->request.token.ptr && proof->request.code.ptr && proof->request.account_url.ptr &&
	       proof->request.former.ptr ? XICA_OK : XICA_ENOMEM;
}

static int begin(struct proof *proof)
{
	static const struct timeval LIMIT = {.tv_sec = PROOF_TIMEOUT}, AT_ONCE = {0};
	bool assumed = proof->tools->assume_valid;
	proof->limit = evtimer_new(proof->tools->base, assumed ? on_assumed : on_limit, proof);
	if (!proof->limit || event_add(proof->limit, assumed ? &AT_ONCE : &LIMIT))
		return XICA_ENOMEM;
	if (assumed)
		return XICA_OK;
	if (!proof->request.challenge)
		return start_caa(proof);
	return proof->request.challenge->start(proof->tools, &proof->challenge, on_control, proof, &proof->run);
}

int proof_start(const struct challenge_tools *tools, struct view receipt_key, const struct proof_request *request, proof_done *done,
		void *context, struct proof **ret_proof)
{
	if (request->challenge && !challenge_may_prove(request->challenge, &request->identifier))
		return XICA_EDENIED;
	if (request->subdomains && (!request->challenge || !challenge_may_prove_subdomains(request->challenge, &request->identifier)))
		return XICA_EDENIED;
	struct proof *proof = calloc(1, sizeof(*proof));
	if (!proof)
		return XICA_ENOMEM;
	*proof = (struct proof){.tools = tools, .receipt_key = receipt_key, .done = done, .context = context};
	int error = copy_request(proof, request);
	if (!error && request->challenge)
		proof->request.method = tools->assume_valid ? RECEIPT_ASSUMED : request->challenge->method;
	if (!error)
		error = begin(proof);
	if (error) {
		proof_cancel(proof);
		return error;
	}
	*ret_proof = proof;
	return XICA_OK;
}
