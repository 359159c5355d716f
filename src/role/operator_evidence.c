#include "role/operator_evidence.h"

#include <string.h>

#include "base/base64url.h"
#include "ipc/message.h"
#include "jose/jws.h"
#include "pki/csr_write.h"
#include "validate/receipt.h"

enum { RECEIPT_LIFETIME = 10 * XICA_MINUTE };

static int seal(const struct operator_evidence *evidence, const char *name, const uint8_t thumbprint[CRYPTO_SHA256_LEN], struct arena *arena, struct view *ret_receipt)
{
	const struct view text = view_str(name), star = VIEW_LIT("*.");
	bool wildcard = view_starts(text, star);
	struct receipt receipt = {
		.kind = RECEIPT_CONTROL,
		.method = RECEIPT_OPERATOR,
		.identifier = {evidence->service ? PKI_IDENTIFIER_SRV : PKI_IDENTIFIER_DNS, wildcard ? view_sub(text, star.len, SIZE_MAX) : text, wildcard},
		.perspectives = 1,
		.seen = evidence->now,
		.expires = evidence->now + RECEIPT_LIFETIME,
	};
	cleanup_buf sealed = BUF_INIT;
	memcpy(receipt.thumbprint, thumbprint, CRYPTO_SHA256_LEN);
	int error = receipt_write(&receipt, evidence->receipt_key, &sealed);
	if (error)
		return error;
	*ret_receipt = arena_copy(arena, buf_view(&sealed));
	return ret_receipt->ptr ? XICA_OK : XICA_ENOMEM;
}

static int write_csr(const struct operator_evidence *evidence, struct buf *csr)
{
	cleanup_arena arena = ARENA_INIT;
	struct view *names = arena_array(&arena, evidence->name_count, sizeof(*names));
	if (!names)
		return XICA_ENOMEM;
	for (size_t i = 0; i < evidence->name_count; i++)
		names[i] = view_str(evidence->names[i]);
	return pki_csr_write(evidence->key, names, evidence->name_count, csr);
}

static int write_request(const struct operator_evidence *evidence, const struct crypto_key *account, struct view csr, struct buf *jws)
{
	cleanup_buf payload = BUF_INIT, kid = BUF_INIT, url = BUF_INIT;
	buf_add_str(&payload, "{\"csr\":\"");
	base64url_encode(&payload, csr);
	buf_add_str(&payload, "\"}");
	buf_addf(&kid, "%s/acme/account/operator", evidence->url);
	buf_addf(&url, "%s/acme/order/operator/finalize", evidence->url);
	int error = buf_error(&payload);
	return error ? error : jws_sign(account, buf_view(&kid), VIEW_NONE, buf_view(&url), buf_view(&payload), jws);
}

static int make_parts(const struct operator_evidence *evidence, const struct crypto_key *account, struct arena *arena, struct operator_made *made)
{
	cleanup_buf csr = BUF_INIT, jws = BUF_INIT, jwk = BUF_INIT;
	int error = XICA_OK;
	if (evidence->csr.len)
		buf_add(&csr, evidence->csr);
	else
		error = write_csr(evidence, &csr);
	if (error || (error = write_request(evidence, account, buf_view(&csr), &jws)) || (error = jwk_write(account, &jwk)))
		return error;
	made->csr = arena_copy(arena, buf_view(&csr));
	made->jws = arena_copy(arena, buf_view(&jws));
	made->jwk = arena_copy(arena, buf_view(&jwk));
	return made->csr.ptr && made->jws.ptr && made->jwk.ptr ? XICA_OK : XICA_ENOMEM;
}

static int make(const struct operator_evidence *evidence, const struct crypto_key *account, struct arena *arena, struct operator_made *made)
{
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	int error = make_parts(evidence, account, arena, made);
	if (!error)
		error = jwk_thumbprint(account, thumbprint);
	made->receipts = arena_array(arena, evidence->name_count + 1, sizeof(*made->receipts));
	if (!error && !made->receipts)
		error = XICA_ENOMEM;
	for (; !error && made->receipt_count < evidence->name_count; made->receipt_count++)
		error = seal(evidence, evidence->names[made->receipt_count], thumbprint, arena, &made->receipts[made->receipt_count]);
	return error;
}

int operator_evidence_make(const struct operator_evidence *evidence, struct arena *arena, struct operator_made *ret_made)
{
	struct crypto_key *account = NULL;
	struct operator_made made = {0};
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &account);
	if (!error)
		error = make(evidence, account, arena, &made);
	crypto_key_free(account);
	if (!error)
		*ret_made = made;
	return error;
}

int operator_evidence_write(const struct operator_evidence *evidence, uint64_t id, struct buf *message_out)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf message = BUF_INIT;
	struct operator_made made;
	int error = operator_evidence_make(evidence, &arena, &made);
	if (error)
		return error;
	ipc_message_begin(&message, IPC_OPERATOR_ISSUE, id);
	ipc_message_add_str(&message, IPC_PROFILE, evidence->profile);
	ipc_message_add(&message, IPC_CSR, made.csr);
	ipc_message_add(&message, IPC_JWS, made.jws);
	ipc_message_add(&message, IPC_JWK, made.jwk);
	for (size_t i = 0; i < made.receipt_count; i++)
		ipc_message_add(&message, IPC_RECEIPT, made.receipts[i]);
	buf_add(message_out, buf_view(&message));
	return buf_error(&message) ? XICA_ENOMEM : buf_error(message_out);
}
