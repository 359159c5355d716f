// Revocation lists, judged: what is sound, and each thing that makes one worth nothing.
#include "pki/crl.h"
#include "pki/crl_check.h"
#include "ocsp_ca.h"

static struct ocsp_ca ca;
static struct pki_certificate root;

static int set_up(void **state)
{
	const char *why;
	(void)state;
	ocsp_ca_make(&ca);
	return pki_certificate_parse(buf_view(&ca.root), &root, &why);
}

static int tear_down(void **state)
{
	(void)state;
	ocsp_ca_free(&ca);
	return 0;
}

static void write_crl(const struct crypto_key *key, struct view name, xica_time this_update, xica_time next_update, struct buf *der)
{
	static const uint8_t SERIAL[] = {0x4d, 1};
	const struct pki_issuer issuer = {"id", name, root.key_id, crypto_sig_default(key), root.not_after};
	struct pki_crl crl = {.issuer = &issuer, .number = 7, .this_update = this_update, .next_update = next_update, .entries = BUF_INIT};
	cleanup_buf tbs = BUF_INIT;
	assert_int_equal(pki_crl_add(&crl, view_bytes(SERIAL, sizeof(SERIAL)), ca.now - 9, PKI_REASON_SUPERSEDED), 0);
	assert_int_equal(pki_crl_tbs(&crl, &tbs), 0);
	assert_int_equal(pki_build_sign(key, buf_view(&tbs), der), 0);
	buf_free(&crl.entries);
}

static struct pki_crl_check check(struct view der)
{
	struct pki_crl_check is = pki_crl_check(der, &root, ca.now, 5);
	assert_int_equal(is.fault == PKI_CRL_SOUND, is.why == NULL);
	return is;
}

static enum pki_crl_fault fault_of(const struct crypto_key *key, struct view name, xica_time this_update, xica_time next_update)
{
	cleanup_buf der = BUF_INIT;
	write_crl(key, name, this_update, next_update, &der);
	return check(buf_view(&der)).fault;
}

static void a_list_of_the_issuer_is_sound_while_it_is_good(void **state)
{
	cleanup_buf der = BUF_INIT;
	(void)state;
	write_crl(ca.key, root.subject, ca.now - 9, ca.now + 60, &der);
	struct pki_crl_check is = check(buf_view(&der));
	assert_int_equal(is.fault, PKI_CRL_SOUND);
	assert_int_equal(is.this_update, ca.now - 9);
	assert_int_equal(is.next_update, ca.now + 60);
	assert_int_equal(fault_of(ca.key, root.subject, ca.now - 9, ca.now), PKI_CRL_SOUND);
	assert_int_equal(fault_of(ca.key, root.subject, ca.now - 9, ca.now - 1), PKI_CRL_STALE);
	assert_int_equal(fault_of(ca.key, root.subject, ca.now + 5, ca.now + 60), PKI_CRL_SOUND);
	assert_int_equal(fault_of(ca.key, root.subject, ca.now + 6, ca.now + 60), PKI_CRL_EARLY);
}

static void a_list_of_somebody_else_is_none(void **state)
{
	cleanup_buf other = BUF_INIT;
	(void)state;
	pki_build_name(&other, VIEW_NONE, VIEW_LIT("Other"));
	assert_int_equal(fault_of(ca.key, buf_view(&other), ca.now, ca.now + 60), PKI_CRL_OF_ANOTHER);
	assert_int_equal(fault_of(ca.responder_key, root.subject, ca.now, ca.now + 60), PKI_CRL_FORGED);
	assert_int_equal(check(VIEW_LIT("<html>")).fault, PKI_CRL_UNREADABLE);
	assert_int_equal(check(VIEW_LIT("\x30\x00")).fault, PKI_CRL_UNREADABLE);
	assert_int_equal(check(buf_view(&ca.root)).fault, PKI_CRL_UNREADABLE); // a certificate
}

static void no_byte_of_a_list_can_be_changed_or_left_out(void **state)
{
	cleanup_buf der = BUF_INIT;
	(void)state;
	write_crl(ca.key, root.subject, ca.now, ca.now + 60, &der);
	for (size_t i = 0; i < der.len; i++) {
		assert_int_equal(check(view_bytes(der.ptr, i)).fault, PKI_CRL_UNREADABLE);
		der.ptr[i] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(check(buf_view(&der)).fault, PKI_CRL_SOUND);
		der.ptr[i] ^= (uint8_t)(1 << i % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_the_issuer_is_sound_while_it_is_good),
		cmocka_unit_test(a_list_of_somebody_else_is_none),
		cmocka_unit_test(no_byte_of_a_list_can_be_changed_or_left_out),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
