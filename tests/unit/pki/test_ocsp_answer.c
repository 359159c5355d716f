// OCSP answers, judged: what is sound, and each thing that makes one worth nothing.
#include <stdlib.h>

#include "pki/crl.h"
#include "pki/ocsp_answer.h"
#include "ocsp_ca.h"
#include "tool.h"

static struct ocsp_ca ca;
static const uint8_t SERIAL[] = {0x00, 0x80, 0x4d};

static int set_up(void **state)
{
	(void)state;
	ocsp_ca_make(&ca);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ocsp_ca_free(&ca);
	return 0;
}

static struct pki_ocsp_single good_single(void)
{
	return (struct pki_ocsp_single){PKI_OCSP_SHA1, view_bytes(SERIAL, sizeof(SERIAL)), PKI_OCSP_GOOD, 0, 0};
}

static struct pki_ocsp_response good_response(const struct pki_ocsp_single *single)
{
	return (struct pki_ocsp_response){&ca.names, view_bytes(ca.key_hash, sizeof(ca.key_hash)), ca.now, ca.now, ca.now + XICA_DAY, single, 1, VIEW_NONE};
}

static void write_response(const struct pki_ocsp_response *response, const struct crypto_key *key, struct view certificate, struct buf *der)
{
	cleanup_buf data = BUF_INIT;
	assert_int_equal(pki_ocsp_response_data(response, &data), 0);
	assert_int_equal(pki_ocsp_response_sign(key, certificate, buf_view(&data), der), 0);
}

static struct pki_ocsp_answer judge(struct view der)
{
	const struct pki_ocsp_question question = {.issuer = buf_view(&ca.root), .serial = view_bytes(SERIAL, sizeof(SERIAL)), .now = ca.now, .slack = 5};
	struct pki_ocsp_answer answer;
	assert_int_equal(pki_ocsp_answer_judge(der, &question, &answer), 0);
	assert_int_equal(answer.fault == PKI_OCSP_SOUND, answer.why == NULL);
	return answer;
}

static enum pki_ocsp_fault fault_of(const struct pki_ocsp_response *response, const struct crypto_key *key, struct view certificate)
{
	cleanup_buf der = BUF_INIT;
	write_response(response, key, certificate, &der);
	return judge(buf_view(&der)).fault;
}

static enum pki_ocsp_fault fault_of_times(xica_time produced, xica_time this_update, xica_time next_update)
{
	const struct pki_ocsp_single single = good_single();
	struct pki_ocsp_response response = good_response(&single);
	response.produced_at = produced;
	response.this_update = this_update;
	response.next_update = next_update;
	return fault_of(&response, ca.responder_key, buf_view(&ca.responder));
}

static void an_answer_of_an_appointed_responder_is_sound_whatever_it_says(void **state)
{
	struct pki_ocsp_single single = good_single();
	(void)state;
	for (int hash = PKI_OCSP_SHA1; hash <= PKI_OCSP_SHA256; hash++)
		for (int status = PKI_OCSP_GOOD; status <= PKI_OCSP_UNKNOWN; status++) {
			cleanup_buf der = BUF_INIT;
			single = (struct pki_ocsp_single){(enum pki_ocsp_hash)hash, single.serial, (enum pki_ocsp_status)status, ca.now - 9, PKI_REASON_SUPERSEDED};
			struct pki_ocsp_response response = good_response(&single);
			response.nonce = VIEW_LIT("once");
			write_response(&response, ca.responder_key, buf_view(&ca.responder), &der);
			struct pki_ocsp_answer answer = judge(buf_view(&der));
			assert_int_equal(answer.fault, PKI_OCSP_SOUND);
			assert_int_equal(answer.status, status);
			assert_int_equal(answer.this_update, ca.now);
			assert_int_equal(answer.next_update, ca.now + XICA_DAY);
		}
}

static void an_issuer_may_sign_for_itself(void **state)
{
	const struct pki_ocsp_single single = good_single();
	struct pki_ocsp_response response = good_response(&single);
	response.responder = view_bytes(ca.names.sha1_key, CRYPTO_SHA1_LEN);
	(void)state;
	assert_int_equal(fault_of(&response, ca.key, buf_view(&ca.root)), PKI_OCSP_SOUND);
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&ca.root)), PKI_OCSP_FORGED);
}

static void the_certificate_asked_for_may_be_one_of_several_and_must_be_there(void **state)
{
	struct pki_ocsp_single singles[] = {good_single(), good_single(), good_single()};
	struct pki_ocsp_response response = good_response(singles);
	response.count = 3;
	singles[0].serial = VIEW_LIT("\x01");
	singles[1].status = PKI_OCSP_REVOKED;
	singles[2].serial = VIEW_LIT("\x80\x4d\x00");
	cleanup_buf der = BUF_INIT;
	(void)state;
	write_response(&response, ca.responder_key, buf_view(&ca.responder), &der);
	assert_int_equal(judge(buf_view(&der)).status, PKI_OCSP_REVOKED);
	singles[1].serial = VIEW_LIT("\x80");
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&ca.responder)), PKI_OCSP_OF_ANOTHER);
}

static void an_answer_about_another_issuer_s_certificate_is_none(void **state)
{
	const struct pki_ocsp_single single = good_single();
	struct pki_ocsp_response response = good_response(&single);
	struct pki_ocsp_issuer other = ca.names;
	other.sha1_key[0] ^= 1;
	response.issuer = &other;
	(void)state;
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&ca.responder)), PKI_OCSP_OF_ANOTHER);
}

static void who_was_not_appointed_is_not_believed(void **state)
{
	const struct pki_ocsp_single single = good_single();
	struct pki_ocsp_response response = good_response(&single);
	cleanup_key *stranger = NULL;
	cleanup_buf forged = BUF_INIT, over = BUF_INIT, early = BUF_INIT;
	(void)state;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &stranger), 0);
	assert_int_equal(ocsp_ca_appoint(&ca, stranger, ca.now - 60, ca.now + XICA_DAY, &forged), 0);
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&forged)), PKI_OCSP_NOT_ENTITLED);
	assert_int_equal(ocsp_ca_appoint(&ca, ca.key, ca.now - 60, ca.now - 1, &over), 0);
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&over)), PKI_OCSP_NOT_ENTITLED);
	assert_int_equal(ocsp_ca_appoint(&ca, ca.key, ca.now + 60, ca.now + XICA_DAY, &early), 0);
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&early)), PKI_OCSP_NOT_ENTITLED);
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&ca.root)), PKI_OCSP_NOT_ENTITLED); // the responder's own is not in it
}

// A certificate of the issuer for something else must not do.
static void only_a_certificate_for_ocsp_signing_appoints(void **state)
{
	static const uint8_t CA_SERIAL[PKI_SERIAL_LEN] = {PKI_SERIAL_FIRST, 3};
	const struct pki_ocsp_single single = good_single();
	struct pki_ocsp_response response = good_response(&single);
	struct pki_certificate root;
	const char *why;
	cleanup_buf spki = BUF_INIT, subject = BUF_INIT, tbs = BUF_INIT, certificate = BUF_INIT;
	(void)state;
	assert_int_equal(pki_certificate_parse(buf_view(&ca.root), &root, &why), 0);
	const struct pki_issuer issuer = {"id", root.subject, root.key_id, crypto_sig_default(ca.key), root.not_after};
	assert_int_equal(crypto_key_to_spki(ca.responder_key, &spki), 0);
	pki_build_name(&subject, VIEW_NONE, VIEW_LIT("Below"));
	struct pki_authority about = {.serial = view_bytes(CA_SERIAL, sizeof(CA_SERIAL)), .issuer = &issuer, .subject = buf_view(&subject), .spki = buf_view(&spki),
		.sig_alg = crypto_sig_default(ca.key), .not_before = ca.now - 100, .not_after = ca.now + XICA_DAY, .path_len = 0};
	assert_int_equal(pki_build_ca_tbs(&about, &tbs), 0);
	assert_int_equal(pki_build_sign(ca.key, buf_view(&tbs), &certificate), 0);
	assert_int_equal(fault_of(&response, ca.responder_key, buf_view(&certificate)), PKI_OCSP_NOT_ENTITLED);
}

static void what_is_too_old_or_of_the_future_is_not_believed_but_for_the_slack(void **state)
{
	(void)state;
	assert_int_equal(fault_of_times(ca.now - 9, ca.now - 9, ca.now), PKI_OCSP_SOUND);
	assert_int_equal(fault_of_times(ca.now - 9, ca.now - 9, ca.now - 1), PKI_OCSP_STALE);
	assert_int_equal(fault_of_times(ca.now + 5, ca.now + 5, ca.now + 60), PKI_OCSP_SOUND);
	assert_int_equal(fault_of_times(ca.now, ca.now + 6, ca.now + 60), PKI_OCSP_EARLY);
	assert_int_equal(fault_of_times(ca.now + 6, ca.now, ca.now + 60), PKI_OCSP_EARLY);
}

static void a_refusal_is_told_from_an_answer(void **state)
{
	static const enum pki_ocsp_failure FAILURES[] = {PKI_OCSP_MALFORMED, PKI_OCSP_INTERNAL_ERROR, PKI_OCSP_TRY_LATER, PKI_OCSP_UNAUTHORIZED};
	(void)state;
	for (size_t i = 0; i < sizeof(FAILURES) / sizeof(FAILURES[0]); i++) {
		cleanup_buf der = BUF_INIT;
		pki_ocsp_response_failure(&der, FAILURES[i]);
		assert_int_equal(judge(buf_view(&der)).fault, PKI_OCSP_REFUSED);
	}
	assert_int_equal(judge(VIEW_LIT("\x30\x03\x0a\x01\x00")).fault, PKI_OCSP_UNREADABLE); // successful, and without an answer
	assert_int_equal(judge(VIEW_LIT("<html>")).fault, PKI_OCSP_UNREADABLE);
	assert_int_equal(judge(VIEW_NONE).fault, PKI_OCSP_UNREADABLE);
}

static void no_byte_of_an_answer_can_be_changed_or_left_out(void **state)
{
	const struct pki_ocsp_single single = good_single();
	const struct pki_ocsp_response response = good_response(&single);
	cleanup_buf der = BUF_INIT;
	(void)state;
	write_response(&response, ca.responder_key, buf_view(&ca.responder), &der);
	assert_int_equal(judge(buf_view(&der)).fault, PKI_OCSP_SOUND);
	for (size_t i = 0; i < der.len; i++) {
		assert_int_equal(judge(view_bytes(der.ptr, i)).fault, PKI_OCSP_UNREADABLE);
		der.ptr[i] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(judge(buf_view(&der)).fault, PKI_OCSP_SOUND);
		der.ptr[i] ^= (uint8_t)(1 << i % 8);
	}
}

static void what_openssl_answers_is_sound_too(void **state)
{
	static const char *const NAMES[] = {"root.pem", "key.pem", "index.txt", "request.der", "response.der"};
	char folder[] = "/tmp/xica-test-answer-XXXXXX", paths[5][64];
	cleanup_buf pem = BUF_INIT, der = BUF_INIT;
	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < 5; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, NAMES[i]);
	tool_write_pem(paths[0], PEM_CERTIFICATE, buf_view(&ca.root));
	assert_int_equal(crypto_key_to_pem(ca.key, VIEW_NONE, &pem), 0);
	assert_int_equal(file_replace(paths[1], 0600, buf_view(&pem)), 0);
	assert_int_equal(file_replace(paths[2], 0600, VIEW_LIT("R\t491231235959Z\t250101000000Z,superseded\t804D\tunknown\t/CN=x\n")), 0);
	assert_int_equal(tool("openssl", "ocsp", "-issuer", paths[0], "-serial", "0x804D", "-reqout", paths[3]), 0);
	assert_int_equal(tool("openssl", "ocsp", "-index", paths[2], "-CA", paths[0], "-rsigner", paths[0], "-rkey", paths[1], "-reqin", paths[3], "-respout", paths[4],
			      "-ndays", "1"), 0);
	assert_int_equal(file_read(paths[4], 65536, &der), 0);
	struct pki_ocsp_answer answer = judge(buf_view(&der)); // who signed is called by its name there
	assert_int_equal(answer.fault, PKI_OCSP_SOUND);
	assert_int_equal(answer.status, PKI_OCSP_REVOKED);
	for (size_t i = 0; i < 5; i++)
		(void)unlink(paths[i]);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_of_an_appointed_responder_is_sound_whatever_it_says),
		cmocka_unit_test(an_issuer_may_sign_for_itself),
		cmocka_unit_test(the_certificate_asked_for_may_be_one_of_several_and_must_be_there),
		cmocka_unit_test(an_answer_about_another_issuer_s_certificate_is_none),
		cmocka_unit_test(who_was_not_appointed_is_not_believed),
		cmocka_unit_test(only_a_certificate_for_ocsp_signing_appoints),
		cmocka_unit_test(what_is_too_old_or_of_the_future_is_not_believed_but_for_the_slack),
		cmocka_unit_test(a_refusal_is_told_from_an_answer),
		cmocka_unit_test(no_byte_of_an_answer_can_be_changed_or_left_out),
		cmocka_unit_test(what_openssl_answers_is_sound_too),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
