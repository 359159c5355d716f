// The rig as the signer: certificates by the CA's key, or none.
#include "base/hex.h"
#include "pki/build.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "pki/pem.h"
#include "pki/serial.h"
#include "registrar_rig.h"

static void build(struct rig *rig, const struct ipc_message *prepare, struct prepared *prepared)
{
	struct pki_csr csr;
	struct pki_identifier identifiers[4];
	struct pki_sans sans;
	struct receipt receipt;
	struct view bytes;
	size_t count = 0;
	const char *why;
	const struct ca_issuer *issuer = &rig->ca.issuers[0];
	struct pki_site site = config_site(&rig->config);
	const struct pki_profile *profile = config_profile(&rig->config, ipc_message_bytes(prepare, IPC_PROFILE));
	for (size_t i = 0; ipc_message_nth(prepare, IPC_RECEIPT, i, &bytes); i++) {
		assert_int_equal(receipt_peek(bytes, &receipt), 0);
		if (receipt.kind == RECEIPT_CONTROL)
			identifiers[count++] = receipt.identifier;
	}
	assert_int_equal(pki_csr_parse(ipc_message_bytes(prepare, IPC_CSR), &rig->arena, &csr, &why), 0);
	assert_int_equal(pki_profile_names(profile, &site, identifiers, count, &rig->arena, &sans, &why), 0);
	const struct pki_issuer signs = {issuer->id, issuer->name, issuer->key_id, crypto_sig_default(issuer->key), issuer->not_after};
	const struct pki_leaf leaf = {profile, &site, &signs, prepared->serial, csr.spki, &sans, prepared->not_before, prepared->not_after};
	cleanup_buf tbs = BUF_INIT, der = BUF_INIT;
	assert_int_equal(pki_build_tbs(&leaf, &tbs), 0);
	assert_int_equal(pki_build_sign(issuer->key, buf_view(&tbs), &der), 0);
	prepared->tbs = arena_copy(&rig->arena, buf_view(&tbs));
	prepared->der = arena_copy(&rig->arena, buf_view(&der));
}

struct prepared rig_prepared(struct rig *rig, const struct ipc_message *prepare)
{
	uint8_t bytes[PKI_SERIAL_LEN + 16];
	cleanup_buf message = BUF_INIT;
	struct prepared prepared = {.not_before = clock_now() - 60, .not_after = clock_now() + 30 * XICA_DAY};
	assert_int_equal(crypto_random(bytes, sizeof(bytes)), 0);
	bytes[0] = PKI_SERIAL_FIRST;
	prepared.serial = arena_copy(&rig->arena, view_bytes(bytes, PKI_SERIAL_LEN));
	prepared.token = arena_copy(&rig->arena, view_bytes(bytes + PKI_SERIAL_LEN, 16));
	build(rig, prepare, &prepared);
	ipc_message_begin(&message, IPC_PREPARED, prepare->id);
	ipc_message_add(&message, IPC_TOKEN, prepared.token);
	ipc_message_add(&message, IPC_SERIAL, prepared.serial);
	ipc_message_add(&message, IPC_TBS, prepared.tbs);
	ipc_message_add_str(&message, IPC_ISSUER, rig->ca.issuers[0].id);
	ipc_message_add_u64(&message, IPC_SHARD, 0);
	ipc_message_add_u64(&message, IPC_NOT_BEFORE, (uint64_t)prepared.not_before);
	ipc_message_add_u64(&message, IPC_NOT_AFTER, (uint64_t)prepared.not_after);
	rig_send(rig, RIG_SIGNER, &message);
	return prepared;
}

void rig_issued(struct rig *rig, const struct ipc_message *question, const struct prepared *prepared)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ISSUED, question->id);
	ipc_message_add(&message, IPC_SERIAL, prepared->serial);
	ipc_message_add(&message, IPC_CERTIFICATE, prepared->der);
	rig_send(rig, RIG_SIGNER, &message);
}

void rig_not_issued(struct rig *rig, const struct ipc_message *question)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_NOT_ISSUED, question->id);
	ipc_message_add(&message, IPC_SERIAL, ipc_message_bytes(question, IPC_SERIAL));
	rig_send(rig, RIG_SIGNER, &message);
}

void rig_refused(struct rig *rig, const struct ipc_message *question, const char *problem, const char *reason)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_REFUSED, question->id);
	ipc_message_add_str(&message, IPC_PROBLEM, problem);
	ipc_message_add_str(&message, IPC_REASON, reason);
	ipc_message_add_str(&message, IPC_DETAIL, "why the signer refuses");
	rig_send(rig, RIG_SIGNER, &message);
}

void assert_certified(struct rig *rig, const struct order *order, const struct prepared *prepared)
{
	cleanup_buf serial = BUF_INIT, pem = BUF_INIT;
	assert_state(rig, ACME_ORDER, order->id, "valid");
	hex_encode(&serial, prepared->serial);
	pem_write(&pem, PEM_CERTIFICATE, prepared->der);
	uint64_t id = rig_ask(rig, ACME_CERTIFICATE, buf_cstr(&serial), "0", NULL);
	struct ipc_message message = rig_take(rig, RIG_FRONT, IPC_HTTP_REPLY);
	assert_int_equal(message.id, id);
	assert_true(view_starts(ipc_message_bytes(&message, IPC_BODY), buf_view(&pem)));
	assert_non_null(strstr(rig_call(rig, ACME_ORDER, order->id, NULL).body, buf_cstr(&serial)));
}
