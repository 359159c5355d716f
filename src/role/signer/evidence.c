#include "role/signer/evidence.h"

#include "base/base64url.h"
#include "crypto/weak.h"
#include "jose/jws.h"
#include "jose/object.h"
#include "role/signer/steps.h"

int signer_refuse(struct signer_check *check, enum pki_refusal reason, const char *detail)
{
	*check->refusal = (struct signer_refusal){reason, detail ? detail : pki_refusal_text(reason)};
	return XICA_EDENIED;
}

void signer_evidence_free(struct signer_evidence *evidence)
{
	if (evidence->account.key)
		jwk_free(&evidence->account);
	crypto_key_free(evidence->key);
	*evidence = (struct signer_evidence){0};
}

// The payload of finalize (RFC 8555 §7.4) is {"csr": base64url}, of exactly this CSR.
static int check_payload(struct signer_check *c, struct view payload)
{
	cleanup_buf csr = BUF_INIT;
	cleanup_object json;
	struct view text;
	if (jose_object_read(payload, &json) || jose_object_find(&json, "csr", &text) != JOSE_STRING || base64url_decode(text, &csr))
		return signer_refuse(c, PKI_REFUSAL_MALFORMED_FINALIZE, NULL);
	return view_equal(buf_view(&csr), c->request->csr) ? XICA_OK : signer_refuse(c, PKI_REFUSAL_OTHER_CSR, NULL);
}

// One account key may serve at several CAs: what was signed for another one is no evidence here.
static bool is_for_us(const struct signer_check *c, const struct jws *jws)
{
	struct view site = view_str(c->policy->config->url);
	return !jws->has_jwk && view_starts(jws->url, site) && view_starts(view_sub(jws->url, site.len, SIZE_MAX), VIEW_LIT("/"));
}

int signer_step_finalize(struct signer_check *check)
{
	struct jws jws;
	enum jws_fault fault;
	int error = jwk_parse_text(check->request->jwk, &check->found->account);
	if (error)
		return error == XICA_ENOMEM ? error : signer_refuse(check, PKI_REFUSAL_MALFORMED_KEY, NULL);
	error = jws_parse(check->request->finalize, check->arena, &jws, &fault);
	if (error)
		return error == XICA_ENOMEM ? error : signer_refuse(check, PKI_REFUSAL_MALFORMED_FINALIZE, NULL);
	if (jws_verify(&jws, check->found->account.key))
		error = signer_refuse(check, PKI_REFUSAL_FORGED_FINALIZE, NULL);
	else if (!(error = check_payload(check, jws.payload)) && !is_for_us(check, &jws))
		error = signer_refuse(check, PKI_REFUSAL_OTHER_SITE, NULL);
	check->found->finalize_input = jws.signing_input;
	check->found->finalize_signature = jws.signature;
	jws_free(&jws);
	return error;
}

static int check_key(struct signer_check *c)
{
	enum crypto_weakness weakness;
	int error = crypto_weak_check(c->found->key, &weakness);
	if (error)
		return error;
	if (weakness != CRYPTO_WEAK_NONE) {
		const char *detail = arena_printf(c->arena, "%s: %s", pki_refusal_text(PKI_REFUSAL_WEAK_KEY), crypto_weakness_text(weakness));
		return signer_refuse(c, PKI_REFUSAL_WEAK_KEY, detail);
	}
	if (crypto_key_equal(c->found->key, c->found->account.key))
		return signer_refuse(c, PKI_REFUSAL_ACCOUNT_KEY, NULL);
	error = signer_blocklist_check(c->policy->blocked, c->found->csr.spki);
	return error == XICA_EDENIED ? signer_refuse(c, PKI_REFUSAL_BLOCKED_KEY, NULL) : error;
}

// A key that is known to be in other hands proves nothing by signing finalize.
static int check_account_key(struct signer_check *c)
{
	cleanup_buf spki = BUF_INIT;
	int error = crypto_key_to_spki(c->found->account.key, &spki);
	if (!error)
		error = signer_blocklist_check(c->policy->blocked, buf_view(&spki));
	return error == XICA_EDENIED ? signer_refuse(c, PKI_REFUSAL_BLOCKED_KEY, "the account's key is known to be compromised") : error;
}

int signer_step_request(struct signer_check *check)
{
	const char *why = NULL;
	int error = pki_csr_parse(check->request->csr, check->arena, &check->found->csr, &why);
	if (error == XICA_ENOMEM)
		return error;
	if (error)
		return signer_refuse(check, PKI_REFUSAL_MALFORMED_CSR, why);
	error = pki_csr_verify(&check->found->csr, &check->found->key);
	if (error == XICA_ENOMEM)
		return error;
	if (error == XICA_ESIG)
		return signer_refuse(check, PKI_REFUSAL_CSR_SIGNATURE, NULL);
	if (error)
		return signer_refuse(check, PKI_REFUSAL_WEAK_KEY, "the CSR's key or signature is of a kind that is not certified here");
	error = check_key(check);
	return error ? error : check_account_key(check);
}

int signer_step_names(struct signer_check *check)
{
	struct signer_evidence *found = check->found;
	const char *why = NULL;
	int error = pki_profile_names(found->profile, &check->policy->site, found->identifiers, found->identifier_count, check->arena,
				      &found->sans, &why);
	return error == XICA_EDENIED ? signer_refuse(check, PKI_REFUSAL_PROFILE_NAMES, why) : error;
}

static int step_profile(struct signer_check *c)
{
	c->found->profile = config_profile(c->policy->config, c->request->profile);
	return c->found->profile ? XICA_OK : signer_refuse(c, PKI_REFUSAL_UNKNOWN_PROFILE, NULL);
}

int signer_evidence_check(const struct signer_policy *policy, const struct signer_request *request, xica_time now, struct arena *arena,
			  struct signer_evidence *ret_evidence, struct signer_refusal *ret_refusal)
{
	static int (*const STEPS[])(struct signer_check *) = {step_profile, signer_step_finalize, signer_step_request,
		signer_step_key_changes, signer_step_receipts, signer_step_names};
	struct signer_evidence found = {0};
	struct signer_check check = {policy, request, now, arena, &found, ret_refusal};
	int error = XICA_OK;
	for (size_t i = 0; !error && i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		error = STEPS[i](&check);
	if (error)
		signer_evidence_free(&found);
	else
		*ret_evidence = found;
	return error;
}
