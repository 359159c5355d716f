#include "role/signer/issue.h"

#include <string.h>

#include "pki/certificate.h"
#include "pki/lint.h"
#include "role/signer/record.h"

void signer_core_init(struct signer_core *core, const struct config *config)
{
	core->policy = (struct signer_policy){config, config_site(config), &core->blocked,
		view_bytes(core->receipt_key, sizeof(core->receipt_key))};
}

void signer_core_free(struct signer_core *core)
{
	signer_tokens_clear(&core->tokens);
	ca_dir_free(&core->ca);
	signer_blocklist_free(&core->blocked);
	audit_close(core->audit);
	core->audit = NULL;
	explicit_bzero(core->receipt_key, sizeof(core->receipt_key));
}

static int refuse(struct signer_refusal *refusal, enum pki_refusal reason, const char *detail)
{
	*refusal = (struct signer_refusal){reason, detail ? detail : pki_refusal_text(reason)};
	return XICA_EDENIED;
}

// --- prepare

struct building { // one certificate on its way to a ticket
	struct signer_core *core;
	const struct ca_issuer *issuer;
	const struct signer_request *request;
	const struct signer_evidence *evidence;
	xica_time now, not_before, not_after;
	struct arena *arena;
	struct signer_refusal *refusal;
	struct signer_ticket *ticket;
};

static int build(struct building *b)
{
	const struct pki_issuer issuer = {b->issuer->id, b->issuer->name, b->issuer->key_id, crypto_sig_default(b->issuer->key),
		b->issuer->not_after};
	b->ticket->serial[0] = PKI_SERIAL_FIRST;
	int error = crypto_random(b->ticket->serial + 1, PKI_SERIAL_LEN - 1);
	if (error)
		return error;
	const struct pki_leaf leaf = {b->evidence->profile, &b->core->policy.site, &issuer, view_bytes(b->ticket->serial, PKI_SERIAL_LEN),
		b->evidence->csr.spki, &b->evidence->sans, b->not_before, b->not_after};
	return pki_build_tbs(&leaf, &b->ticket->tbs);
}

// Nothing gets a token that the linter finds anything in.
static int lint(struct building *b)
{
	struct pki_findings findings;
	int error = pki_lint(buf_view(&b->ticket->tbs), true, PKI_LINT_END_ENTITY, b->evidence->profile, b->arena, &findings);
	if (error)
		return error;
	if (findings.count) {
		const struct pki_lint_rule *rule = findings.list[0].rule;
		return refuse(b->refusal, PKI_REFUSAL_LINT,
			      arena_printf(b->arena, "the certificate would break a rule: %s (%s)", rule->text, rule->section));
	}
	return crypto_sha256(buf_view(&b->ticket->tbs), b->ticket->linted);
}

static int record(struct building *b)
{
	const struct signer_record record = {view_bytes(b->ticket->serial, PKI_SERIAL_LEN), b->issuer->id, b->not_after, b->now, b->request, b->evidence};
	return signer_record_write(&record, b->arena, &b->ticket->record);
}

static int keep(struct building *b, int64_t monotonic_ms, struct signer_prepared *prepared)
{
	*prepared = (struct signer_prepared){.issuer = b->issuer->id, .not_before = b->not_before, .not_after = b->not_after};
	memcpy(prepared->serial, b->ticket->serial, PKI_SERIAL_LEN);
	prepared->shard = pki_shard(view_bytes(prepared->serial, PKI_SERIAL_LEN), b->core->policy.site.crl_shards);
	prepared->tbs = arena_copy(b->arena, buf_view(&b->ticket->tbs));
	if (!prepared->tbs.ptr)
		return XICA_ENOMEM;
	int error = signer_tokens_add(&b->core->tokens, b->ticket, monotonic_ms, prepared->token);
	return error == XICA_ERANGE ? refuse(b->refusal, PKI_REFUSAL_BUSY, NULL) : error;
}

static int prepare_ticket(struct building *b, struct signer_clock clock, struct signer_prepared *prepared)
{
	const struct signer_request *request = b->request;
	b->issuer = b->ticket->issuer = &b->core->ca.issuers[0];
	if (clock.now < b->issuer->not_before || clock.now > b->issuer->not_after)
		return refuse(b->refusal, PKI_REFUSAL_UNKNOWN_ISSUER, "the issuer's own certificate is not valid now");
	int error = pki_profile_validity(b->evidence->profile, clock.now, b->issuer->not_after, request->not_before, request->not_after,
					 &b->not_before, &b->not_after);
	if (error)
		return refuse(b->refusal, PKI_REFUSAL_VALIDITY, NULL);
	error = build(b);
	if (!error)
		error = lint(b);
	if (!error)
		error = record(b);
	return error ? error : keep(b, clock.monotonic_ms, prepared);
}

int signer_prepare(struct signer_core *core, const struct signer_request *request, struct signer_clock clock, struct arena *arena,
		   struct signer_prepared *ret_prepared, struct signer_refusal *ret_refusal)
{
	struct signer_evidence evidence;
	struct signer_ticket ticket = {.tbs = BUF_INIT};
	struct signer_prepared prepared;
	int error = signer_evidence_check(&core->policy, request, clock.now, arena, &evidence, ret_refusal);
	if (error)
		return error;
	struct building b = {.core = core, .request = request, .evidence = &evidence, .now = clock.now, .arena = arena, .refusal = ret_refusal, .ticket = &ticket};
	error = prepare_ticket(&b, clock, &prepared);
	signer_evidence_free(&evidence);
	signer_ticket_free(&ticket);
	if (!error)
		*ret_prepared = prepared;
	return error;
}

// --- issue

// What came out must be what was linted, byte for byte, and its signature must verify.
static int compare(const struct signer_ticket *ticket, struct view der)
{
	struct pki_certificate certificate;
	const char *why;
	if (pki_certificate_parse(der, &certificate, &why) || !view_equal(certificate.tbs, buf_view(&ticket->tbs)))
		return XICA_EDENIED;
	return pki_certificate_signed_with(&certificate, ticket->issuer->public_key) ? XICA_EDENIED : XICA_OK;
}

static int sign(const struct signer_ticket *ticket, struct buf *certificate)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(buf_view(&ticket->tbs), digest);
	if (error)
		return error;
	if (memcmp(digest, ticket->linted, sizeof(digest)) != 0)
		return XICA_EDENIED;
	error = pki_build_sign(ticket->issuer->key, buf_view(&ticket->tbs), certificate);
	return error ? error : compare(ticket, buf_view(certificate));
}

static int add_to_audit(struct signer_core *core, struct signer_ticket *ticket, struct view certificate, xica_time now)
{
	signer_record_add_certificate(&ticket->record, certificate);
	int error = buf_error(&ticket->record);
	return error ? error : audit_add_members(core->audit, "issue", buf_view(&ticket->record), now);
}

int signer_issue(struct signer_core *core, struct view token, struct signer_clock clock, signer_checkpoint *checkpoint, void *context,
		 struct signer_issued *ret_issued, struct signer_refusal *ret_refusal)
{
	struct signer_ticket ticket;
	struct signer_issued issued = {.certificate = BUF_INIT};
	if (signer_tokens_take(&core->tokens, token, clock.monotonic_ms, &ticket))
		return refuse(ret_refusal, PKI_REFUSAL_UNKNOWN_TOKEN, NULL);
	if (checkpoint)
		checkpoint(context, "before-sign");
	int error = sign(&ticket, &issued.certificate);
	if (error == XICA_EDENIED)
		error = refuse(ret_refusal, PKI_REFUSAL_ALTERED, NULL);
	if (!error && checkpoint)
		checkpoint(context, "after-sign");
	if (!error && add_to_audit(core, &ticket, buf_view(&issued.certificate), clock.now))
		error = refuse(ret_refusal, PKI_REFUSAL_AUDIT, NULL);
	memcpy(issued.serial, ticket.serial, sizeof(issued.serial));
	signer_ticket_free(&ticket);
	if (error)
		buf_free(&issued.certificate);
	else
		*ret_issued = issued;
	return error;
}
