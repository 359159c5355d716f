#include "check.h"
#include "pki/csr.h"
#include "pki/csr_write.h"

static void what_is_written_is_read_verified_and_fits_its_names(void **state)
{
	const struct view names[] = {VIEW_LIT("localhost"), VIEW_LIT("*.example.org")};
	const struct pki_identifier identifiers[] = {{PKI_IDENTIFIER_DNS, VIEW_LIT("localhost"), false}, {PKI_IDENTIFIER_DNS, VIEW_LIT("example.org"), true}};
	static const enum crypto_key_type TYPES[] = {CRYPTO_KEY_P256, CRYPTO_KEY_P384, CRYPTO_KEY_RSA};
	(void)state;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		cleanup_buf der = BUF_INIT;
		struct crypto_key *key = NULL, *read = NULL;
		struct pki_csr csr;
		const char *why = NULL;
		assert_int_equal(crypto_key_generate(TYPES[i], 2048, &key), 0);
		assert_int_equal(pki_csr_write(key, names, 2, &der), 0);
		assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
		assert_int_equal(pki_csr_verify(&csr, &read), 0);
		assert_true(crypto_key_equal(key, read));
		assert_int_equal(pki_csr_fits(&csr, identifiers, 2, &arena, &why), 0);
		assert_int_equal(pki_csr_fits(&csr, identifiers, 1, &arena, &why), XICA_EDENIED);
		crypto_key_free(read);
		crypto_key_free(key);
	}
}

static void a_name_with_a_service_is_asked_for_as_srv_name(void **state)
{
	const struct view names[] = {VIEW_LIT("_xmpp-server.example.org")};
	const struct pki_identifier service = {PKI_IDENTIFIER_SRV, VIEW_LIT("example.org"), false};
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf der = BUF_INIT;
	cleanup_key *key = NULL;
	struct pki_csr csr;
	const char *why = NULL;
	(void)state;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(pki_csr_write(key, names, 1, &der), 0);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	assert_int_equal(csr.sans.count, 1);
	assert_int_equal(csr.sans.list[0].type, PKI_SAN_SRV);
	assert_view(csr.sans.list[0].value, "_xmpp-server.example.org");
	assert_int_equal(pki_csr_fits(&csr, &service, 1, &arena, &why), 0);
}

static void a_request_for_nothing_is_not_written(void **state)
{
	cleanup_buf der = BUF_INIT;
	struct crypto_key *key = NULL;
	(void)state;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(pki_csr_write(key, NULL, 0, &der), XICA_EINVAL);
	assert_int_equal(der.len, 0);
	crypto_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_verified_and_fits_its_names),
		cmocka_unit_test(a_name_with_a_service_is_asked_for_as_srv_name),
		cmocka_unit_test(a_request_for_nothing_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
