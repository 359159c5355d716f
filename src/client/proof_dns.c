// dns-01 (RFC 8555 §8.4) by a program of the user's: PROGRAM set|clear NAME VALUE.
#include "base/base64url.h"
#include "client/program.h"
#include "client/proof.h"
#include "crypto/digest.h"

enum { HOOK_SECONDS = 600 }; // it may wait until all name servers know

static int call(const struct client_proof *proof, const struct client_proof_job *job, const char *verb, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf value = BUF_INIT;
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(view_str(job->key_authorization), digest);
	if (error)
		return error;
	base64url_encode(&value, view_bytes(digest, sizeof(digest)));
	bool srv = job->identifier.type == PKI_IDENTIFIER_SRV;
	const char *name = arena_printf(&arena, "_acme-challenge.%s%.*s", srv ? "_xmpp-server." : "", VIEW_FMT(job->identifier.value));
	const char *text = buf_cstr(&value);
	if (!name || !text)
		return XICA_ENOMEM;
	const char *const argv[] = {proof->options->hook, verb, name, text, NULL};
	return client_program_run(argv, NULL, HOOK_SECONDS, "--hook", trouble);
}

static int set(struct client_proof *proof, struct client_trouble *trouble)
{
	int error = XICA_OK;
	if (!proof->options->hook)
		return client_trouble_is(trouble, XICA_EINVAL, "a proof by DNS wants --hook PROGRAM, which sets and clears TXT records");
	for (size_t i = 0; !error && i < proof->job_count; i++) {
		proof->jobs[i].set = true; // also one that failed half way is cleared
		error = call(proof, &proof->jobs[i], "set", trouble);
	}
	return error;
}

static void clear(struct client_proof *proof)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT; // a record too many harms nobody
	for (size_t i = 0; i < proof->job_count; i++)
		if (proof->jobs[i].set)
			(void)!call(proof, &proof->jobs[i], "clear", &unheard);
}

const struct client_proof_kind client_proof_dns = {
	"dns", "dns-01", set, clear,
	"Does the program of --hook set the TXT record on the name servers of the zone, and wait until all of them have it?"};
