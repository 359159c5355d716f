// What the registrar has signed for OCSP: the status of now, for certificates of its own issuers alone.
#include <stdlib.h>

#include "base/base64url.h"
#include "pki/der.h"
#include "pki/ocsp.h"
#include "registrar_rig.h"
#include "role/signer/ocsp.h"

static struct rig rig;

static int set_up(void **state)
{
	(void)state;
	rig_start(&rig, "ocsp { lifetime = 2h }\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static void add_id(struct buf *out, struct view serial, const struct pki_ocsp_issuer *issuer)
{
	size_t one = der_open(out, DER_SEQUENCE), id = der_open(out, DER_SEQUENCE), algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_SHA256);
	der_close(out, algorithm);
	der_add(out, DER_OCTET_STRING, view_bytes(issuer->sha256_name, CRYPTO_SHA256_LEN));
	der_add(out, DER_OCTET_STRING, view_bytes(issuer->sha256_key, CRYPTO_SHA256_LEN));
	der_add_integer(out, serial);
	der_close(out, id);
	der_close(out, one);
}

static uint64_t ask_issuer(enum rig_peer front, struct view serial, const struct pki_ocsp_issuer *issuer)
{
	cleanup_buf der = BUF_INIT, message = BUF_INIT;
	size_t whole = der_open(&der, DER_SEQUENCE), tbs = der_open(&der, DER_SEQUENCE), list = der_open(&der, DER_SEQUENCE);
	add_id(&der, serial, issuer);
	der_close(&der, list);
	der_close(&der, tbs);
	der_close(&der, whole);
	ipc_message_begin(&message, IPC_OCSP_REQUEST, ++rig.last_id);
	ipc_message_add(&message, IPC_BODY, buf_view(&der));
	rig_send(&rig, front, &message);
	return rig.last_id;
}

static uint64_t ask(enum rig_peer front, struct view serial)
{
	struct pki_ocsp_issuer issuer;
	assert_int_equal(pki_ocsp_issuer_of(rig.ca.issuers[0].certificate, &issuer), 0);
	return ask_issuer(front, serial, &issuer);
}

static void sign(const struct ipc_message *question, const char *body)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_OCSP, question->id);
	ipc_message_add_str(&message, IPC_BODY, body);
	rig_send(&rig, RIG_SIGNER, &message);
}

static void fails(enum rig_peer front, uint64_t id, enum pki_ocsp_failure failure)
{
	cleanup_buf der = BUF_INIT;
	struct ipc_message answer = rig_take(&rig, front, IPC_OCSP_RESPONSE);
	pki_ocsp_response_failure(&der, failure);
	assert_int_equal(answer.id, id);
	assert_true(view_equal(ipc_message_bytes(&answer, IPC_BODY), buf_view(&der)));
	assert_false(ipc_message_has(&answer, IPC_ISSUER));
}

static enum pki_ocsp_status status_of(const struct ipc_message *question)
{
	struct view entry = ipc_message_bytes(question, IPC_OCSP_STATUS);
	assert_int_equal(entry.len, SIGNER_OCSP_ENTRY_LEN);
	return (enum pki_ocsp_status)entry.ptr[1 + PKI_OCSP_SERIAL_MAX];
}

// The order is finalized; its certificate waits for being signed.
static struct prepared pending(uint64_t *ret_id, struct ipc_message *ret_issue)
{
	struct order order = rig_ready_order(&rig, "one.example", 0);
	*ret_id = rig_finalize(&rig, &order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &question);
	*ret_issue = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	return prepared;
}

static struct prepared issued(void)
{
	struct ipc_message issue;
	uint64_t id;
	struct prepared prepared = pending(&id, &issue);
	rig_issued(&rig, &issue, &prepared);
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	return prepared;
}

static void revoke(const struct prepared *prepared)
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, prepared->der);
	const char *payload = arena_printf(&rig.arena, "{\"certificate\":\"%s\",\"reason\":4}", buf_cstr(&text));
	assert_int_equal(rig_call(&rig, ACME_REVOKE_CERT, NULL, payload).status, 200);
}

static void an_issued_one_is_good_and_may_be_kept(void **state)
{
	uint64_t this_update, next_update;
	(void)state;
	struct prepared prepared = issued();
	uint64_t id = ask(RIG_FRONT, prepared.serial);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_OCSP_SIGN);
	assert_int_equal(status_of(&question), PKI_OCSP_GOOD);
	assert_int_equal(ipc_message_u64(&question, IPC_THIS_UPDATE, &this_update), 0);
	assert_int_equal(ipc_message_u64(&question, IPC_NEXT_UPDATE, &next_update), 0);
	assert_int_equal(next_update - this_update, 2 * XICA_HOUR);
	sign(&question, "good");
	struct ipc_message answer = rig_take(&rig, RIG_FRONT, IPC_OCSP_RESPONSE);
	assert_int_equal(answer.id, id);
	assert_view(ipc_message_bytes(&answer, IPC_BODY), "good");
	assert_view(ipc_message_bytes(&answer, IPC_ISSUER), rig.ca.issuers[0].id);
}

static void a_pending_one_and_one_that_never_was_are_unknown_and_not_kept(void **state)
{
	struct ipc_message issue;
	uint64_t order;
	(void)state;
	struct prepared prepared = pending(&order, &issue);
	const struct view serials[] = {prepared.serial, VIEW_LIT("\x01"), VIEW_NONE, VIEW_LIT("twenty-one bytes long")};
	for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		(void)ask(RIG_FRONT, serials[i]);
		struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_OCSP_SIGN);
		assert_int_equal(status_of(&question), PKI_OCSP_UNKNOWN);
		sign(&question, "unknown");
		struct ipc_message answer = rig_take(&rig, RIG_FRONT, IPC_OCSP_RESPONSE);
		assert_false(ipc_message_has(&answer, IPC_ISSUER));
	}
	rig_issued(&rig, &issue, &prepared);
	assert_string_equal(rig_answer(&rig, order).state, "valid");
}

static void a_status_that_changes_while_it_is_signed_is_looked_up_again(void **state)
{
	(void)state;
	struct prepared prepared = issued();
	(void)ask(RIG_FRONT, prepared.serial);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_OCSP_SIGN);
	assert_int_equal(status_of(&question), PKI_OCSP_GOOD);
	revoke(&prepared);
	sign(&question, "good");
	question = rig_take(&rig, RIG_SIGNER, IPC_OCSP_SIGN);
	assert_int_equal(status_of(&question), PKI_OCSP_REVOKED);
	sign(&question, "revoked");
	struct ipc_message answer = rig_take(&rig, RIG_FRONT, IPC_OCSP_RESPONSE);
	assert_view(ipc_message_bytes(&answer, IPC_BODY), "revoked");
}

static void a_revocation_is_told_to_every_front(void **state)
{
	(void)state;
	struct prepared prepared = issued();
	revoke(&prepared);
	struct ipc_message told = rig_take(&rig, RIG_OTHER_FRONT, IPC_OCSP_DROP);
	assert_view(ipc_message_bytes(&told, IPC_ISSUER), rig.ca.issuers[0].id);
}

static void for_another_issuer_nothing_is_signed(void **state)
{
	struct pki_ocsp_issuer other = {{0}};
	(void)state;
	fails(RIG_FRONT, ask_issuer(RIG_FRONT, VIEW_LIT("\x01"), &other), PKI_OCSP_UNAUTHORIZED);
}

static void without_a_signer_it_is_to_be_tried_later(void **state)
{
	(void)state;
	uint64_t id = ask(RIG_FRONT, VIEW_LIT("\x01"));
	(void)rig_take(&rig, RIG_SIGNER, IPC_OCSP_SIGN);
	rig_disconnect(&rig, RIG_SIGNER);
	fails(RIG_FRONT, id, PKI_OCSP_TRY_LATER);
	fails(RIG_FRONT, ask(RIG_FRONT, VIEW_LIT("\x02")), PKI_OCSP_TRY_LATER);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(an_issued_one_is_good_and_may_be_kept),
		T(a_pending_one_and_one_that_never_was_are_unknown_and_not_kept),
		T(a_status_that_changes_while_it_is_signed_is_looked_up_again),
		T(a_revocation_is_told_to_every_front),
		T(for_another_issuer_nothing_is_signed),
		T(without_a_signer_it_is_to_be_tried_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
