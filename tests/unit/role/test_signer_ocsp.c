// OCSP responses: signed by a responder that the signer makes itself, notes before it uses it, and renews.
#include "pki/certificate.h"
#include "pki/crl.h"
#include "role/signer/ocsp.h"
#include "signer_fixture.h"

static struct signer_ocsp ocsp;

static struct view entry_of(enum pki_ocsp_hash hash, enum pki_ocsp_status status, unsigned reason)
{
	static uint8_t entry[SIGNER_OCSP_ENTRY_LEN];
	memset(entry, 0, sizeof(entry));
	entry[0] = (uint8_t)hash;
	entry[PKI_OCSP_SERIAL_MAX] = 77;
	entry[PKI_OCSP_SERIAL_MAX + 1] = (uint8_t)status;
	entry[PKI_OCSP_SERIAL_MAX + 2 + 4] = 1;
	entry[SIGNER_OCSP_ENTRY_LEN - 1] = (uint8_t)reason;
	return view_bytes(entry, sizeof(entry));
}

static struct signer_ocsp_order order_of(const struct view *entry, xica_time now)
{
	return (struct signer_ocsp_order){view_str(fixture_core.ca.issuers[0].id), now, now + XICA_DAY, VIEW_NONE, entry, 1};
}

static void sign(const struct signer_ocsp_order *order, xica_time now)
{
	struct signer_refusal refusal = {PKI_REFUSAL_NONE, NULL};
	cleanup_buf response = BUF_INIT;
	assert_int_equal(signer_ocsp_sign(&ocsp, &fixture_core, order, now, &response, &refusal), 0);
	assert_true(response.len > 200);
}

static void is_refused(const struct signer_ocsp_order *order, xica_time now, enum pki_refusal reason)
{
	struct signer_refusal refusal = {PKI_REFUSAL_NONE, NULL};
	cleanup_buf response = BUF_INIT;
	assert_int_equal(signer_ocsp_sign(&ocsp, &fixture_core, order, now, &response, &refusal), XICA_EDENIED);
	assert_string_equal(pki_refusal_word(refusal.reason), pki_refusal_word(reason));
	assert_int_equal(response.len, 0);
}

static uint64_t lines(void)
{
	uint64_t count = 0;
	assert_int_equal(audit_verify(fixture_config.audit_log, &count), 0);
	return count;
}

static int clear(void **state)
{
	(void)state;
	signer_ocsp_clear(&ocsp);
	return 0;
}

static void a_responder_is_made_once_and_stands_in_the_log(void **state)
{
	struct view entry = entry_of(PKI_OCSP_SHA1, PKI_OCSP_GOOD, 0);
	struct signer_ocsp_order order = order_of(&entry, fixture_clock.now);
	uint64_t before = lines();
	(void)state;
	assert_true(signer_ocsp_is_due(&ocsp, &fixture_core, order.issuer, fixture_clock.now));
	sign(&order, fixture_clock.now);
	assert_false(signer_ocsp_is_due(&ocsp, &fixture_core, order.issuer, fixture_clock.now));
	sign(&order, fixture_clock.now);
	assert_int_equal(lines(), before + 1);
	assert_false(audit_pending(fixture_core.audit));
}

static void a_responder_is_for_ocsp_alone_and_not_to_be_checked_itself(void **state)
{
	struct view entry = entry_of(PKI_OCSP_SHA256, PKI_OCSP_REVOKED, 1), eku;
	struct signer_ocsp_order order = order_of(&entry, fixture_clock.now);
	struct pki_certificate read, issuer;
	struct pki_extension extension;
	const char *why;
	(void)state;
	sign(&order, fixture_clock.now);
	assert_int_equal(pki_certificate_parse(buf_view(&ocsp.list[0].certificate), &read, &why), 0);
	assert_int_equal(pki_certificate_parse(fixture_core.ca.issuers[0].certificate, &issuer, &why), 0);
	assert_int_equal(pki_certificate_signed_by(&read, &issuer), 0);
	assert_int_equal(read.key_usage, PKI_USAGE_DIGITAL_SIGNATURE);
	assert_false(read.ca);
	assert_true(read.not_after - read.not_before <= 15 * XICA_DAY);
	assert_int_equal(pki_extension_find(read.extensions, OID_OCSP_NOCHECK, &extension), 0);
	assert_int_equal(pki_extension_find(read.extensions, OID_EXT_KEY_USAGE, &extension), 0);
	assert_int_equal(der_read_only(extension.value, DER_SEQUENCE, &eku), 0);
	assert_int_equal(der_read_oid(&eku, &extension.oid), 0);
	assert_true(oid_is(extension.oid, OID_EKU_OCSP_SIGNING));
	assert_int_equal(eku.len, 0);
}

static void a_responder_is_renewed_at_half_of_its_life(void **state)
{
	struct view entry = entry_of(PKI_OCSP_SHA1, PKI_OCSP_GOOD, 0);
	struct signer_ocsp_order order = order_of(&entry, fixture_clock.now);
	xica_time later = fixture_clock.now + SIGNER_OCSP_RESPONDER_LIFE / 2 - 1;
	cleanup_buf first = BUF_INIT;
	(void)state;
	sign(&order, fixture_clock.now);
	buf_add(&first, buf_view(&ocsp.list[0].certificate));
	order = order_of(&entry, later);
	sign(&order, later);
	assert_true(view_equal(buf_view(&first), buf_view(&ocsp.list[0].certificate)));
	order = order_of(&entry, later + 1);
	sign(&order, later + 1);
	assert_false(view_equal(buf_view(&first), buf_view(&ocsp.list[0].certificate)));
}

static void a_responder_made_while_the_clock_was_ahead_is_replaced_when_it_is_set(void **state)
{
	struct view entry = entry_of(PKI_OCSP_SHA1, PKI_OCSP_GOOD, 0);
	xica_time ahead = fixture_clock.now + 3 * XICA_DAY;
	struct signer_ocsp_order order = order_of(&entry, ahead);
	cleanup_buf first = BUF_INIT;
	struct pki_certificate read;
	const char *why;
	(void)state;
	sign(&order, ahead);
	buf_add(&first, buf_view(&ocsp.list[0].certificate));
	order = order_of(&entry, ahead - XICA_HOUR);
	sign(&order, ahead - XICA_HOUR);
	assert_true(view_equal(buf_view(&first), buf_view(&ocsp.list[0].certificate)));
	order = order_of(&entry, fixture_clock.now);
	sign(&order, fixture_clock.now);
	assert_int_equal(pki_certificate_parse(buf_view(&ocsp.list[0].certificate), &read, &why), XICA_OK);
	assert_true(read.not_before <= fixture_clock.now && fixture_clock.now <= read.not_after);
}

static void what_no_response_can_say_is_not_signed(void **state)
{
	struct view good = entry_of(PKI_OCSP_SHA1, PKI_OCSP_GOOD, 0);
	xica_time now = fixture_clock.now;
	struct signer_ocsp_order order = order_of(&good, now);
	(void)state;
	order.issuer = VIEW_LIT("0000000000000000");
	is_refused(&order, now, PKI_REFUSAL_UNKNOWN_ISSUER);
	order = order_of(&good, now);
	order.next_update = now + SIGNER_OCSP_LIFE_MAX + XICA_DAY;
	is_refused(&order, now, PKI_REFUSAL_OCSP_ORDER);
	order = order_of(&good, now - 2 * XICA_DAY);
	is_refused(&order, now, PKI_REFUSAL_OCSP_ORDER);
	order = order_of(&good, now);
	order.count = 0;
	is_refused(&order, now, PKI_REFUSAL_OCSP_ORDER);
	order = order_of(&good, now);
	struct view cut = view_sub(good, 0, SIGNER_OCSP_ENTRY_LEN - 1);
	order.entries = &cut;
	is_refused(&order, now, PKI_REFUSAL_OCSP_ORDER);
	struct view bad = entry_of(PKI_OCSP_SHA1, (enum pki_ocsp_status)3, 0);
	order.entries = &bad;
	is_refused(&order, now, PKI_REFUSAL_OCSP_ORDER);
	bad = entry_of(PKI_OCSP_SHA1, PKI_OCSP_REVOKED, PKI_REASON_CERTIFICATE_HOLD);
	is_refused(&order, now, PKI_REFUSAL_OCSP_ORDER);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, clear)
	const struct CMUnitTest tests[] = {
		T(a_responder_is_made_once_and_stands_in_the_log),
		T(a_responder_is_for_ocsp_alone_and_not_to_be_checked_itself),
		T(a_responder_is_renewed_at_half_of_its_life),
		T(a_responder_made_while_the_clock_was_ahead_is_replaced_when_it_is_set),
		T(what_no_response_can_say_is_not_signed),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
