// The certificate's identifier of RFC 9773 §4.1: one spelling for each certificate.
#include "acme/cert_id.h"
#include "check.h"

static struct acme_cert_id parsed(const char *text, struct arena *arena)
{
	struct acme_cert_id id = {0};
	assert_int_equal(acme_cert_id_parse(view_str(text), arena, &id), 0);
	return id;
}

static int error_of(const char *text)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_cert_id id;
	return acme_cert_id_parse(view_str(text), &arena, &id);
}

static void the_example_of_the_rfc_is_read_and_written(void **state)
{
	static const uint8_t KEY_ID[] = {0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40, 0x41, 0xe1, 0xb3,
					 0x7b, 0x84, 0x7b, 0xa0, 0xae, 0x2c, 0xde, 0x01, 0xc8, 0xd4};
	static const uint8_t SERIAL[] = {0x87, 0x65, 0x43, 0x21}; // its INTEGER has a zero before it
	static const char TEXT[] = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
	cleanup_arena arena = ARENA_INIT;
	(void)state;
	struct acme_cert_id id = parsed(TEXT, &arena);
	assert_true(view_equal(id.authority_key_id, view_bytes(KEY_ID, sizeof(KEY_ID))));
	assert_true(view_equal(id.serial, view_bytes(SERIAL, sizeof(SERIAL))));
	assert_string_equal(acme_cert_id_text(id.authority_key_id, id.serial, &arena), TEXT);
}

static void a_serial_number_below_0x80_has_no_zero_before_it(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	(void)state;
	assert_view(parsed("YQ.fw", &arena).serial, "\x7f");
	assert_string_equal(acme_cert_id_text(VIEW_LIT("a"), VIEW_LIT("\x7f"), &arena), "YQ.fw");
}

static void there_is_no_second_spelling(void **state)
{
	(void)state;
	assert_int_equal(error_of("YQ==.fw"), XICA_EPARSE);   // padded
	assert_int_equal(error_of("YR.fw"), XICA_EPARSE);     // stray bits
	assert_int_equal(error_of("YQ.AH8"), XICA_EPARSE);    // a zero too many
	assert_int_equal(error_of("YQ.hw"), XICA_EPARSE);     // negative
	assert_int_equal(error_of("YQ.AA"), XICA_EPARSE);     // zero
	assert_int_equal(error_of("YQ.AAAA"), XICA_EPARSE);
	assert_int_equal(error_of("YQ.fw.fw"), XICA_EPARSE);
}

static void what_is_no_identifier_is_refused(void **state)
{
	char text[ACME_CERT_ID_LEN_MAX + 3];
	(void)state;
	assert_int_equal(error_of(""), XICA_EPARSE);
	assert_int_equal(error_of("."), XICA_EPARSE);
	assert_int_equal(error_of("YQ"), XICA_EPARSE);
	assert_int_equal(error_of("YQ."), XICA_EPARSE);
	assert_int_equal(error_of(".fw"), XICA_EPARSE);
	assert_int_equal(error_of("YQ/fw"), XICA_EPARSE);
	assert_int_equal(error_of("+Q.fw"), XICA_EPARSE);
	assert_int_equal(error_of("YQ.f3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3"), XICA_EPARSE); // 24 bytes
	assert_int_equal(error_of("YQ.QyCCCCCCCCCCCCCCCCCCCCCCCCCE"), XICA_EPARSE); // 21 bytes, none of them the zero before the others
	assert_int_equal(error_of("YQ.AIAAAAAAAAAAAAAAAAAAAAAAAAAA"), 0); // 20 bytes behind it
	assert_int_equal(error_of("YQ.QyCCCCCCCCCCCCCCCCCCCCCCCCA"), 0);  // 20 bytes
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 0;
	memcpy(text + sizeof(text) - 4, ".fw", 4);
	assert_int_equal(error_of(text), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_rfc_is_read_and_written),
		cmocka_unit_test(a_serial_number_below_0x80_has_no_zero_before_it),
		cmocka_unit_test(there_is_no_second_spelling),
		cmocka_unit_test(what_is_no_identifier_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
