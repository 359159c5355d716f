#include "pki/serial.h"

#include "base/hex.h"
#include "check.h"

static void a_serial_number_is_read_however_it_is_written(void **state)
{
	static const char *const WRITTEN[] = {"0a0b0c", "0A:0B:0C", "a0b0c", "00 0a 0b 0c", "000000000000000000000000000000000000000000000a0b0c"};
	(void)state;
	for (size_t i = 0; i < sizeof(WRITTEN) / sizeof(WRITTEN[0]); i++) {
		cleanup_buf serial = BUF_INIT, text = BUF_INIT;
		assert_int_equal(pki_serial_from_text(view_str(WRITTEN[i]), &serial), 0);
		hex_encode(&text, buf_view(&serial));
		assert_view(buf_view(&text), "0a0b0c");
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const NOT_HEX[] = {"zz", "0x0a", "12-34", "a\n"}, *const NO_LENGTH[] = {"", "0", "00:00", ":", "0102030405060708090a0b0c0d0e0f101112131415"};
	cleanup_buf serial = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof(NOT_HEX) / sizeof(NOT_HEX[0]); i++)
		assert_int_equal(pki_serial_from_text(view_str(NOT_HEX[i]), &serial), XICA_EPARSE);
	for (size_t i = 0; i < sizeof(NO_LENGTH) / sizeof(NO_LENGTH[0]); i++)
		assert_int_equal(pki_serial_from_text(view_str(NO_LENGTH[i]), &serial), XICA_ERANGE);
	assert_int_equal(serial.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_serial_number_is_read_however_it_is_written),
		cmocka_unit_test(what_is_none_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
