#include "client/order.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "client/authorization.h"
#include "client/chain.h"
#include "client/wait.h"
#include "pki/csr_write.h"

enum { READY_SECONDS = 60, ISSUE_SECONDS = 180 };

struct run {
	struct client_acme *acme;
	const struct client_order_options *options;
	struct client_trouble *trouble;
	const char *url, *finalize; // of the order, in arena
	struct arena arena;
};

static const char *text_of(const struct client_answer *answer, const char *member)
{
	const char *text = json_string_value(json_object_get(answer->json, member));
	return text ? text : "";
}

// --- newOrder

static json_t *names_json(const struct client_order_options *options, struct arena *arena)
{
	json_t *list = json_array();
	for (size_t i = 0; i < options->name_count; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "type", pki_identifier_type_text(options->names[i].type), "value",
							    pki_identifier_text(&options->names[i], arena)));
	return list;
}

static int check_profile(const struct run *run)
{
	const json_t *offered = client_acme_meta(run->acme, "profiles");
	const char *wanted = run->options->profile, *name;
	const json_t *value;
	if (!wanted || json_object_get(offered, wanted))
		return XICA_OK;
	(void)client_trouble_is(run->trouble, XICA_EDENIED, "the CA has no profile '%s'", wanted);
	const char *before = ". It has: ";
	json_object_foreach((json_t *)(uintptr_t)offered, name, value) {
		client_trouble_add(run->trouble, "%s%s", before, name);
		before = ", ";
	}
	return XICA_EDENIED;
}

static int post_order(struct run *run, bool replaces, struct client_answer *answer)
{
	const struct client_order_options *options = run->options;
	json_t *payload = json_pack("{s:o, s:s*, s:s*}", "identifiers", names_json(options, &run->arena), "profile", options->profile, "replaces",
				    replaces ? options->replaces : NULL);
	int error = client_acme_post(run->acme, client_acme_url(run->acme, "newOrder"), payload, "the CA refuses the order", answer, run->trouble);
	json_decref(payload);
	return error;
}

// A certificate that was replaced already (RFC 9773 §5), is another account's or unknown to the CA, or a CA that doesn't know the member: that is no reason
// not to get a new one. CAs have different words for it; those that would say no in any case are left out.
static bool is_about_replaces(const struct client_trouble *trouble)
{
	static const char *const ABOUT[] = {"alreadyReplaced", "malformed", "unauthorized", "unsupported", "serverInternal"};
	for (size_t i = 0; i < sizeof(ABOUT) / sizeof(ABOUT[0]); i++)
		if (!strcmp(client_trouble_type(trouble), ABOUT[i]))
			return true;
	return !*client_trouble_type(trouble);
}

static int new_order(struct run *run, struct client_answer *answer)
{
	const struct client_order_options *options = run->options;
	bool replaces = options->replaces && client_acme_url(run->acme, "renewalInfo");
	int error = check_profile(run);
	if (!error)
		error = post_order(run, replaces, answer);
	if (error == XICA_EDENIED && replaces && is_about_replaces(run->trouble))
		error = post_order(run, false, answer);
	if (error)
		return error;
	run->url = answer->location ? arena_strdup(&run->arena, view_str(answer->location)) : NULL;
	run->finalize = arena_strdup(&run->arena, view_str(text_of(answer, "finalize")));
	if (!run->url || !run->finalize || !*run->finalize)
		return client_trouble_is(run->trouble, XICA_EPARSE, "the CA's order can't be read: it lacks Location or finalize");
	return XICA_OK;
}

// --- until it is issued

static int look(struct run *run, struct client_answer *answer)
{
	return client_acme_post(run->acme, run->url, NULL, "the order can't be read", answer, run->trouble);
}

static int order_failed(struct run *run, const struct client_answer *answer)
{
	json_t *problem = json_object_get(answer->json, "error");
	if (problem)
		return client_trouble_problem(run->trouble, "the CA gave up the order", problem);
	return client_trouble_is(run->trouble, XICA_EDENIED, "the CA gave up the order, and does not say why. Run it again");
}

// Until the order's status is none of those two.
static int wait_while(struct run *run, const char *status, const char *or_status, unsigned seconds, struct client_answer *answer)
{
	struct client_wait wait = client_wait_for(seconds, run->acme->cancel);
	int error;
	while (!(error = look(run, answer))) {
		const char *is = text_of(answer, "status");
		if (!strcmp(is, "invalid"))
			return order_failed(run, answer);
		if (strcmp(is, status) && strcmp(is, or_status))
			return XICA_OK;
		if (client_wait_more(&wait, answer->retry_after))
			continue;
		if (wait.interrupted)
			return client_trouble_is(run->trouble, XICA_ECLOSED, "interrupted");
		return client_trouble_is(run->trouble, XICA_ETIMEDOUT,
					 "the CA has all proofs, and the order is still %s: perhaps somebody there has to approve it. Run the same again later", is);
	}
	return error;
}

static int write_csr(struct run *run, struct buf *out)
{
	const struct client_order_options *options = run->options;
	struct view *names = arena_array(&run->arena, options->name_count, sizeof(*names));
	if (!names)
		return XICA_ENOMEM;
	for (size_t i = 0; i < options->name_count; i++)
		names[i] = view_str(pki_identifier_text(&options->names[i], &run->arena));
	return pki_csr_write(options->key, names, options->name_count, out);
}

static int finalize(struct run *run, struct client_answer *answer)
{
	cleanup_buf csr = BUF_INIT, encoded = BUF_INIT;
	int error = write_csr(run, &csr);
	if (error)
		return error;
	base64url_encode(&encoded, buf_view(&csr));
	json_t *payload = json_pack("{s:s%}", "csr", (const char *)encoded.ptr, encoded.len);
	error = client_acme_post(run->acme, run->finalize, payload, "the CA refuses the certificate request", answer, run->trouble);
	json_decref(payload);
	return error;
}

// --- the chain

static int fetch_chain(struct run *run, const char *url, struct client_answer *answer)
{
	return client_acme_post(run->acme, url, NULL, "the certificate can't be had", answer, run->trouble);
}

static bool ends_in(struct run *run, struct view pem)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	struct client_chain chain;
	return !client_chain_read(pem, &run->arena, &chain, &unheard) && client_chain_ends_in(&chain, run->options->chain);
}

// The first one that ends as wanted, or the CA's own first.
static int choose_chain(struct run *run, const struct client_answer *first, struct buf *pem_out)
{
	if (run->options->chain && !ends_in(run, first->body)) {
		for (size_t i = 0; i < first->alternate_count; i++) {
			cleanup_answer other = CLIENT_ANSWER_INIT;
			int error = fetch_chain(run, first->alternates[i], &other);
			if (error)
				return error;
			if (ends_in(run, other.body)) {
				buf_add(pem_out, other.body);
				return buf_error(pem_out);
			}
		}
		client_tell(run->options->tell, "the CA offers no chain that ends in '%s': taking its first", run->options->chain);
	}
	buf_add(pem_out, first->body);
	return buf_error(pem_out);
}

static int download(struct run *run, const char *url, struct buf *pem_out)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	cleanup_buf pem = BUF_INIT;
	struct client_chain chain;
	int error = fetch_chain(run, url, &answer);
	if (!error)
		error = choose_chain(run, &answer, &pem);
	if (!error)
		error = client_chain_read(buf_view(&pem), &run->arena, &chain, run->trouble);
	if (!error)
		error = client_chain_check(&chain, run->options->key, run->options->names, run->options->name_count, clock_now(), run->trouble);
	if (error)
		return error;
	buf_add(pem_out, buf_view(&pem));
	return buf_error(pem_out);
}

static int run_order(struct run *run, struct buf *pem_out)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	int error = new_order(run, &answer);
	if (!error && !strcmp(text_of(&answer, "status"), "pending"))
		error = client_authorizations_prove(run->acme, run->options, json_object_get(answer.json, "authorizations"), run->trouble);
	if (error || run->options->try_only)
		return error;
	error = wait_while(run, "pending", "", READY_SECONDS, &answer);
	if (!error && !strcmp(text_of(&answer, "status"), "ready"))
		error = finalize(run, &answer);
	if (!error && strcmp(text_of(&answer, "status"), "valid"))
		error = wait_while(run, "processing", "ready", ISSUE_SECONDS, &answer);
	if (error)
		return error;
	const char *url = arena_strdup(&run->arena, view_str(text_of(&answer, "certificate")));
	if (!url || !*url)
		return client_trouble_is(run->trouble, XICA_EPARSE, "the CA says that the certificate is issued, and not where it is");
	return download(run, url, pem_out);
}

int client_order_run(struct client_acme *acme, const struct client_order_options *options, struct buf *pem_out, struct client_trouble *trouble)
{
	struct run run = {.acme = acme, .options = options, .trouble = trouble, .arena = ARENA_INIT};
	int error = run_order(&run, pem_out);
	arena_free(&run.arena);
	return error;
}

int client_order_revoke(struct client_acme *acme, struct view certificate_der, unsigned reason, struct client_trouble *trouble)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	cleanup_buf encoded = BUF_INIT;
	const char *url = client_acme_url(acme, "revokeCert");
	if (!url)
		return client_trouble_is(trouble, XICA_EUNSUPPORTED, "this CA revokes nothing by ACME");
	base64url_encode(&encoded, certificate_der);
	json_t *payload = json_pack("{s:s%, s:i}", "certificate", (const char *)encoded.ptr, encoded.len, "reason", (int)reason);
	int error = client_acme_post(acme, url, payload, "the CA does not revoke the certificate", &answer, trouble);
	json_decref(payload);
	return error;
}
