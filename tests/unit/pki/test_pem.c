#include "check.h"
#include "pki/pem.h"

static void what_is_written_is_read_again_block_by_block(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT, first = BUF_INIT, second = BUF_INIT, bytes = BUF_INIT;
	for (unsigned i = 0; i < 200; i++)
		buf_add_byte(&bytes, (uint8_t)i);
	buf_add_str(&text, "subject = somebody\n");
	pem_write(&text, PEM_CRL, VIEW_LIT("not asked for"));
	pem_write(&text, PEM_CERTIFICATE, buf_view(&bytes));
	pem_write(&text, PEM_CERTIFICATE, VIEW_LIT("x"));
	struct view cursor = buf_view(&text);
	assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, &first), 0);
	assert_int_equal(first.len, 200);
	assert_memory_equal(first.ptr, bytes.ptr, 200);
	assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, &second), 0);
	assert_view(buf_view(&second), "x");
	assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, &second), XICA_ENOTFOUND);
}

static void lines_are_of_64_characters(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	pem_write(&text, PEM_CERTIFICATE, view_bytes("123456789012345678901234567890123456789012345678", 48));
	assert_view(buf_view(&text), "-----BEGIN CERTIFICATE-----\nMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4\n"
				     "-----END CERTIFICATE-----\n");
}

static void line_ends_of_other_systems_are_fine(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	struct view cursor = VIEW_LIT("-----BEGIN CERTIFICATE-----\r\neA==  \r\n-----END CERTIFICATE-----");
	assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, &out), 0);
	assert_view(buf_view(&out), "x");
}

static void a_broken_block_is_refused_and_leaves_the_output_alone(void **state)
{
	static const char *const BAD[] = {"-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\neA==\n", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\neA=\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\neA==\n-----END X509 CRL-----\n",
		"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\neA==\n-----END CERTIFICATE-----\n"};
	(void)state;
	cleanup_buf out = BUF_INIT;
	buf_add_str(&out, "kept");
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct view cursor = view_str(BAD[i]);
		assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, &out), XICA_EPARSE);
		assert_view(buf_view(&out), "kept");
		assert_int_equal(cursor.len, strlen(BAD[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again_block_by_block),
		cmocka_unit_test(lines_are_of_64_characters),
		cmocka_unit_test(line_ends_of_other_systems_are_fine),
		cmocka_unit_test(a_broken_block_is_refused_and_leaves_the_output_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
