#include "role/operator_evidence.h"

#include <string.h>

#include "base/base64url.h"
#include "ipc/message.h"
#include "jose/jws.h"
#include "pki/csr_write.h"
#include "validate/receipt.h"

enum { RECEIPT_LIFETIME = 10 * XICA_MINUTE };

static int add_receipt(const struct operator_evidence *evidence, const char *name, const uint8_t thumbprint[CRYPTO_SHA256_LEN], struct buf *message)
{
	const struct view text = view_str(name), star = VIEW_LIT("*.");
	bool wildcard = view_starts(text, star);
	struct receipt receipt = {
		.kind = RECEIPT_CONTROL,
		.method = RECEIPT_OPERATOR,
		.identifier = {PKI_IDENTIFIER_DNS, wildcard ? view_sub(text, star.len, SIZE_MAX) : text, wildcard},
		.perspectives = 1,
		.seen = evidence->now,
		.expires = evidence->now + RECEIPT_LIFETIME,
	};
	cleanup_buf sealed = BUF_INIT;
	memcpy(receipt.thumbprint, thumbprint, CRYPTO_SHA256_LEN);
	int error = receipt_write(&receipt, evidence->receipt_key, &sealed);
	if (!error)
		ipc_message_add(message, IPC_RECEIPT, buf_view(&sealed));
	return error;
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

static int write_message(const struct operator_evidence *evidence, const struct crypto_key *account, uint64_t id, struct buf *message)
{
	cleanup_buf csr = BUF_INIT, jws = BUF_INIT, jwk = BUF_INIT;
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	int error = write_csr(evidence, &csr);
	if (error || (error = write_request(evidence, account, buf_view(&csr), &jws)) || (error = jwk_write(account, &jwk)) ||
	    (error = jwk_thumbprint(account, thumbprint)))
		return error;
	ipc_message_begin(message, IPC_OPERATOR_ISSUE, id);
	ipc_message_add_str(message, IPC_PROFILE, evidence->profile);
	ipc_message_add(message, IPC_CSR, buf_view(&csr));
	ipc_message_add(message, IPC_JWS, buf_view(&jws));
	ipc_message_add(message, IPC_JWK, buf_view(&jwk));
	for (size_t i = 0; !error && i < evidence->name_count; i++)
		error = add_receipt(evidence, evidence->names[i], thumbprint, message);
	return error ? error : buf_error(message);
}

int operator_evidence_write(const struct operator_evidence *evidence, uint64_t id, struct buf *message_out)
{
	struct crypto_key *account = NULL;
	cleanup_buf message = BUF_INIT;
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &account);
	if (!error)
		error = write_message(evidence, account, id, &message);
	crypto_key_free(account);
	if (error)
		return error;
	buf_add(message_out, buf_view(&message));
	return buf_error(message_out);
}
