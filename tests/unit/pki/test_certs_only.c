// Certificates in a PKCS #7 file: what was put in stands in it, and nothing else.
#include "check.h"
#include "pki/certs_only.h"
#include "pki/der.h"

static const uint8_t FIRST[] = {0x30, 0x03, 0x02, 0x01, 0x05}, SECOND[] = {0x30, 0x03, 0x02, 0x01, 0x07};

// ContentInfo, [0], SignedData: what is in there.
static struct view signed_data(struct view whole)
{
	struct view info, oid, explicit_value, content;
	cleanup_buf text = BUF_INIT;
	assert_int_equal(der_read_only(whole, DER_SEQUENCE, &info), 0);
	assert_int_equal(der_read_oid(&info, &oid), 0);
	assert_int_equal(der_oid_text(oid, &text), 0);
	assert_string_equal(buf_cstr(&text), "1.2.840.113549.1.7.2");
	assert_int_equal(der_read(&info, DER_CONTEXT_CONSTRUCTED(0), &explicit_value), 0);
	assert_int_equal(der_end(info), 0);
	assert_int_equal(der_read_only(explicit_value, DER_SEQUENCE, &content), 0);
	return content;
}

static void the_certificates_stand_in_it_in_their_order_and_nobody_signs(void **state)
{
	const struct view certificates[] = {view_bytes(FIRST, sizeof(FIRST)), view_bytes(SECOND, sizeof(SECOND))};
	cleanup_buf out = BUF_INIT;
	uint64_t version;
	struct view set, whole;
	(void)state;
	assert_int_equal(pki_certs_only_write(certificates, 2, &out), 0);
	struct view content = signed_data(buf_view(&out));
	assert_int_equal(der_read_uint(&content, &version), 0);
	assert_int_equal(version, 1);
	assert_int_equal(der_read(&content, DER_SET, &set), 0);
	assert_int_equal(set.len, 0);
	assert_int_equal(der_read(&content, DER_SEQUENCE, &set), 0);
	assert_int_equal(der_read(&content, DER_CONTEXT_CONSTRUCTED(0), &set), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(der_read_whole(&set, DER_SEQUENCE, &whole), 0);
		assert_true(view_equal(whole, certificates[i]));
	}
	assert_int_equal(der_end(set), 0);
	assert_int_equal(der_read(&content, DER_SET, &set), 0);
	assert_int_equal(set.len, 0);
	assert_int_equal(der_end(content), 0);
}

static void it_may_be_empty_and_is_appended(void **state)
{
	cleanup_buf out = BUF_INIT;
	(void)state;
	buf_add_str(&out, "x");
	assert_int_equal(pki_certs_only_write(NULL, 0, &out), 0);
	(void)signed_data(view_sub(buf_view(&out), 1, SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_certificates_stand_in_it_in_their_order_and_nobody_signs),
		cmocka_unit_test(it_may_be_empty_and_is_appended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
