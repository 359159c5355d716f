#include "lib/order_proof.h"

#include "base/base64url.h"
#include "crypto/digest.h"
#include "lib/proof.h"

struct shown { // what a callback is told, and where its texts live
	struct xica_challenge challenge;
	struct arena arena;
};

static const struct order_proof *of(const struct client_proof *proof)
{
	return (const struct order_proof *)proof->options;
}

// --- where and what

static int fill_xmpp(struct shown *shown)
{
	cleanup_buf xml = BUF_INIT;
	struct view token = view_str(shown->challenge.token), whole = view_str(shown->challenge.key_authorization);
	proof_add_element(&xml, token, view_sub(whole, token.len + 1, SIZE_MAX));
	shown->challenge.where = shown->challenge.domain;
	shown->challenge.value = buf_error(&xml) ? NULL : arena_strdup(&shown->arena, buf_view(&xml));
	return XICA_OK;
}

static int fill_http(struct shown *shown)
{
	shown->challenge.where = arena_printf(&shown->arena, "/.well-known/acme-challenge/%s", shown->challenge.token);
	shown->challenge.value = shown->challenge.key_authorization;
	return XICA_OK;
}

static int fill_dns(struct shown *shown, bool srv)
{
	cleanup_buf text = BUF_INIT;
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(view_str(shown->challenge.key_authorization), digest);
	if (error)
		return error;
	base64url_encode(&text, view_bytes(digest, sizeof(digest)));
	shown->challenge.where = arena_printf(&shown->arena, "_acme-challenge.%s%s", srv ? "_xmpp-server." : "", shown->challenge.domain);
	shown->challenge.value = buf_error(&text) ? NULL : arena_strdup(&shown->arena, buf_view(&text));
	return XICA_OK;
}

static int fill(const struct client_proof *proof, const struct client_proof_job *job, struct shown *shown)
{
	struct xica_challenge *challenge = &shown->challenge;
	challenge->proof = of(proof)->order->proof;
	challenge->identifier = pki_identifier_text(&job->identifier, &shown->arena);
	challenge->domain = arena_strdup(&shown->arena, job->identifier.value);
	challenge->token = job->token;
	challenge->key_authorization = job->key_authorization;
	if (!challenge->identifier || !challenge->domain)
		return XICA_ENOMEM;
	int error = challenge->proof == XICA_PROOF_XMPP_01 ? fill_xmpp(shown) : challenge->proof == XICA_PROOF_HTTP_01 ? fill_http(shown) :
			    fill_dns(shown, job->identifier.type == PKI_IDENTIFIER_SRV);
	return error ? error : challenge->where && challenge->value ? XICA_OK : XICA_ENOMEM;
}

// --- the callbacks

static int show_one(const struct client_proof *proof, struct client_proof_job *job, struct client_trouble *trouble)
{
	const struct xica_order *order = of(proof)->order;
	struct shown shown = {.arena = ARENA_INIT};
	int error = fill(proof, job, &shown);
	if (!error) {
		job->set = true;
		if (order->show(&shown.challenge, order->context))
			error = client_trouble_is(trouble, XICA_EAGAIN, "the proof of %s by %s could not be shown", shown.challenge.identifier,
						  proof->kind->challenge);
	}
	arena_free(&shown.arena);
	return error;
}

static int set(struct client_proof *proof, struct client_trouble *trouble)
{
	int error = XICA_OK;
	for (size_t i = 0; !error && i < proof->job_count; i++)
		error = show_one(proof, &proof->jobs[i], trouble);
	return error;
}

static void clear(struct client_proof *proof)
{
	const struct xica_order *order = of(proof)->order;
	for (size_t i = 0; order->hide && i < proof->job_count; i++) {
		struct shown shown = {.arena = ARENA_INIT};
		if (proof->jobs[i].set && !fill(proof, &proof->jobs[i], &shown))
			order->hide(&shown.challenge, order->context);
		arena_free(&shown.arena);
	}
}

bool order_proof_init(struct order_proof *proof, const struct xica_order *order)
{
	static const char *const TYPES[] = {[XICA_PROOF_XMPP_01] = "xmpp-01", [XICA_PROOF_HTTP_01] = "http-01", [XICA_PROOF_DNS_01] = "dns-01"};
	unsigned type = (unsigned)order->proof;
	if (type < XICA_PROOF_XMPP_01 || type > XICA_PROOF_DNS_01)
		return false;
	*proof = (struct order_proof){.kind = {TYPES[type], TYPES[type], set, clear, ""}, .order = order};
	return true;
}
