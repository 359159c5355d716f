#include "client/authorization.h"

#include <string.h>

#include "base/base64url.h"
#include "client/wait.h"
#include "jose/jwk.h"

enum { PROOF_SECONDS = 300 };

struct task { // one that is pending
	const char *url, *challenge_url, *name;
};

struct proving {
	struct client_acme *acme;
	const struct client_order_options *options;
	struct client_trouble *trouble;
	struct client_proof proof;
	struct task *tasks;
	struct arena arena;
};

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));
	return text ? text : "";
}

// --- what there is to prove

static const json_t *find_challenge(const json_t *authorization, const char *type)
{
	const json_t *challenge;
	size_t i;
	json_array_foreach(json_object_get(authorization, "challenges"), i, challenge)
		if (!strcmp(text_of(challenge, "type"), type))
			return challenge;
	return NULL;
}

static int no_such_challenge(struct proving *proving, const json_t *authorization, const char *name)
{
	const json_t *challenge;
	size_t i;
	(void)client_trouble_is(proving->trouble, XICA_EDENIED, "%s can't be proven by %s with this CA. It offers", name, proving->proof.kind->challenge);
	json_array_foreach(json_object_get(authorization, "challenges"), i, challenge)
		client_trouble_add(proving->trouble, "%s %s", i ? "," : "", text_of(challenge, "type"));
	client_trouble_hint(proving->trouble, "Choose by --proof: xmpp, http, dns, tls or xmpp-tls");
	return XICA_EDENIED;
}

// token "." base64url(thumbprint of the account's key) (RFC 8555 §8.1)
static const char *key_authorization(struct proving *proving, const char *token)
{
	cleanup_buf text = BUF_INIT;
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	if (jwk_thumbprint(proving->acme->key, thumbprint))
		return NULL;
	buf_addf(&text, "%s.", token);
	base64url_encode(&text, view_bytes(thumbprint, sizeof(thumbprint)));
	return buf_error(&text) ? NULL : arena_strdup(&proving->arena, buf_view(&text));
}

// It becomes a file's name and a part of a URL (§8.3: base64url alone).
static bool is_token(const char *token)
{
	size_t len = strlen(token);
	return len >= 16 && len <= 128 && strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

static const struct pki_identifier *ours(const struct proving *proving, const json_t *authorization, struct arena *arena)
{
	const json_t *identifier = json_object_get(authorization, "identifier");
	const char *value = text_of(identifier, "value"), *type = text_of(identifier, "type");
	bool wildcard = json_is_true(json_object_get(authorization, "wildcard"));
	for (size_t i = 0; i < proving->options->name_count; i++) {
		const struct pki_identifier *name = &proving->options->names[i];
		struct pki_identifier plain = *name;
		plain.wildcard = false;
		const char *text = pki_identifier_text(&plain, arena);
		if (text && name->wildcard == wildcard && !strcmp(type, pki_identifier_type_text(name->type)) && !strcasecmp(text, value))
			return name;
	}
	return NULL;
}

static int add_task(struct proving *proving, const char *url, const json_t *authorization)
{
	const char *name = text_of(json_object_get(authorization, "identifier"), "value");
	const struct pki_identifier *identifier = ours(proving, authorization, &proving->arena);
	const json_t *challenge = find_challenge(authorization, proving->proof.kind->challenge);
	if (!identifier)
		return client_trouble_is(proving->trouble, XICA_EPARSE, "the CA wants a name proven that isn't in the order");
	if (!challenge)
		return no_such_challenge(proving, authorization, name);
	if (!is_token(text_of(challenge, "token")))
		return client_trouble_is(proving->trouble, XICA_EPARSE, "the CA's token for %s is none", name);
	struct task *task = &proving->tasks[proving->proof.job_count];
	struct client_proof_job *job = &proving->proof.jobs[proving->proof.job_count++];
	*task = (struct task){url, arena_strdup(&proving->arena, view_str(text_of(challenge, "url"))), pki_identifier_text(identifier, &proving->arena)};
	job->identifier = *identifier;
	job->token = arena_strdup(&proving->arena, view_str(text_of(challenge, "token")));
	job->key_authorization = job->token ? key_authorization(proving, job->token) : NULL;
	return task->challenge_url && task->name && job->key_authorization ? XICA_OK : XICA_ENOMEM;
}

static int read_authorization(struct proving *proving, const char *url, struct client_answer *answer)
{
	return client_acme_post(proving->acme, url, NULL, "an authorization can't be read", answer, proving->trouble);
}

static int collect(struct proving *proving, const json_t *urls)
{
	const json_t *url;
	size_t i;
	json_array_foreach(urls, i, url) {
		cleanup_answer answer = CLIENT_ANSWER_INIT;
		const char *text = arena_strdup(&proving->arena, view_str(json_string_value(url)));
		int error = text ? read_authorization(proving, text, &answer) : XICA_ENOMEM;
		if (!error && !strcmp(text_of(answer.json, "status"), "pending"))
			error = add_task(proving, text, answer.json);
		if (error)
			return error;
	}
	return XICA_OK;
}

// --- proving

static int refused(struct proving *proving, const struct task *task, const json_t *authorization)
{
	const json_t *challenge = find_challenge(authorization, proving->proof.kind->challenge);
	json_t *problem = json_object_get(challenge, "error");
	const char *what = arena_printf(&proving->arena, "%s is not proven", task->name);
	if (!problem || !what)
		return client_trouble_is(proving->trouble, XICA_EDENIED, "%s is not proven, and the CA does not say why", task->name);
	(void)client_trouble_problem(proving->trouble, what, problem);
	client_trouble_hint(proving->trouble, "%s", proving->proof.kind->advice);
	return XICA_EDENIED;
}

static int wait_for(struct proving *proving, const struct task *task, struct client_wait *wait)
{
	for (;;) {
		cleanup_answer answer = CLIENT_ANSWER_INIT;
		int error = read_authorization(proving, task->url, &answer);
		if (error)
			return error;
		const char *status = text_of(answer.json, "status");
		if (!strcmp(status, "valid"))
			return XICA_OK;
		if (strcmp(status, "pending"))
			return refused(proving, task, answer.json);
		if (client_wait_more(wait, answer.retry_after))
			continue;
		if (wait->interrupted)
			return client_trouble_is(proving->trouble, XICA_ECLOSED, "interrupted, and the proofs were taken away again");
		return client_trouble_is(proving->trouble, XICA_ETIMEDOUT, "the CA has not looked at the proof of %s in %d seconds. Run the same again later",
					 task->name, PROOF_SECONDS);
	}
}

static int answer_challenges(struct proving *proving, const struct task *tasks, size_t count)
{
	json_t *empty = json_object();
	int error = XICA_OK;
	for (size_t i = 0; !error && i < count; i++) {
		cleanup_answer answer = CLIENT_ANSWER_INIT;
		error = client_acme_post(proving->acme, tasks[i].challenge_url, empty, "the CA does not look at the proof", &answer, proving->trouble);
	}
	json_decref(empty);
	return error;
}

// The tasks from this one on, all shown at the same time.
static int prove_some(struct proving *proving, size_t from, size_t count)
{
	const struct task *tasks = proving->tasks + from;
	struct client_proof proof = {.kind = proving->proof.kind, .options = proving->proof.options, .jobs = proving->proof.jobs + from, .job_count = count};
	int error = proof.kind->set(&proof, proving->trouble);
	if (!error)
		error = answer_challenges(proving, tasks, count);
	struct client_wait wait = client_wait_for(PROOF_SECONDS, proving->acme->cancel);
	for (size_t i = 0; !error && i < count; i++) {
		error = wait_for(proving, &tasks[i], &wait);
		if (!error)
			client_tell(proving->options->tell, "%s: proven by %s", tasks[i].name, proof.kind->challenge);
	}
	proof.kind->clear(&proof);
	return error;
}

static int prove(struct proving *proving)
{
	sigset_t before;
	const struct client_cancel *cancel = proving->acme->cancel;
	size_t all = proving->proof.job_count, step = proving->proof.kind->one_by_one ? 1 : all;
	int error = XICA_OK;
	if (!cancel)
		client_wait_guard(&before);
	for (size_t i = 0; !error && i < all; i += step)
		error = prove_some(proving, i, step);
	if (!cancel)
		client_wait_unguard(&before);
	return error;
}

int client_authorizations_prove(struct client_acme *acme, const struct client_order_options *options, const json_t *urls,
				struct client_trouble *trouble)
{
	struct proving proving = {.acme = acme, .options = options, .trouble = trouble, .arena = ARENA_INIT,
				  .proof = {.kind = options->proof, .options = options->proof_options}};
	size_t count = json_array_size(urls);
	if (count > CLIENT_AUTHORIZATIONS_MAX)
		return client_trouble_is(trouble, XICA_ERANGE, "the order has more than %d authorizations", CLIENT_AUTHORIZATIONS_MAX);
	proving.tasks = arena_array(&proving.arena, count, sizeof(*proving.tasks));
	proving.proof.jobs = arena_array(&proving.arena, count, sizeof(*proving.proof.jobs));
	int error = proving.tasks && proving.proof.jobs ? collect(&proving, urls) : XICA_ENOMEM;
	if (!error && proving.proof.job_count)
		error = prove(&proving);
	arena_free(&proving.arena);
	return error;
}
