// Requests as OpenSSL makes them (tests/vectors/csr): read, and their signatures verified.
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "check.h"
#include "crypto/weak.h"
#include "pki/csr.h"

static void read_request(const char *name, struct buf *der_out)
{
	char path[512];
	(void)snprintf(path, sizeof(path), TEST_VECTORS "/csr/%s.der", name);
	assert_int_equal(file_read(path, PKI_CSR_MAX_LEN, der_out), 0);
}

static void requests_of_openssl_are_read_and_verify(void **state)
{
	static const struct {
		const char *name;
		enum crypto_sig alg;
		enum crypto_key_type type;
		enum crypto_weakness weakness;
	} REQUESTS[] = {
		{"p256-sha256", CRYPTO_SIG_ECDSA_SHA256, CRYPTO_KEY_P256, CRYPTO_WEAK_NONE},
		{"p256-sha512", CRYPTO_SIG_ECDSA_SHA512, CRYPTO_KEY_P256, CRYPTO_WEAK_NONE},
		{"p384-sha384", CRYPTO_SIG_ECDSA_SHA384, CRYPTO_KEY_P384, CRYPTO_WEAK_NONE},
		{"p521-sha512", CRYPTO_SIG_ECDSA_SHA512, CRYPTO_KEY_P521, CRYPTO_WEAK_TYPE},
		{"rsa2048-sha256", CRYPTO_SIG_RSA_SHA256, CRYPTO_KEY_RSA, CRYPTO_WEAK_NONE},
		{"rsa2048-sha384", CRYPTO_SIG_RSA_SHA384, CRYPTO_KEY_RSA, CRYPTO_WEAK_NONE},
		{"ed25519", CRYPTO_SIG_ED25519, CRYPTO_KEY_ED25519, CRYPTO_WEAK_TYPE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(REQUESTS) / sizeof(REQUESTS[0]); i++) {
		cleanup_buf der = BUF_INIT;
		cleanup_arena arena = ARENA_INIT;
		cleanup_key *key = NULL;
		struct pki_csr csr;
		const char *why;
		enum crypto_weakness weakness;
		read_request(REQUESTS[i].name, &der);
		assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
		assert_int_equal(csr.sig_alg, REQUESTS[i].alg);
		assert_int_equal(csr.common_name.len, 0);
		assert_int_equal(csr.sans.count, 3);
		assert_view(csr.sans.list[1].value, "_xmpp-server.example.org");
		assert_int_equal(pki_csr_verify(&csr, &key), 0);
		assert_int_equal(crypto_key_type(key), REQUESTS[i].type);
		assert_int_equal(crypto_weak_check(key, &weakness), 0);
		assert_int_equal(weakness, REQUESTS[i].weakness);
	}
}

static void a_request_signed_with_sha1_is_refused(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why = "";
	read_request("rsa2048-sha1", &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), XICA_EPARSE);
	assert_non_null(strstr(why, "algorithm"));
}

// Whichever byte of the signed part is altered: it reads no more, or its signature does not verify.
static void an_altered_request_never_verifies(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why;
	read_request("p256-sha256", &der);
	assert_int_equal(pki_csr_parse(buf_view(&der), &arena, &csr, &why), 0);
	size_t from = (size_t)(csr.info.ptr - der.ptr);
	for (size_t i = from; i < from + csr.info.len; i++) {
		cleanup_arena again = ARENA_INIT;
		struct crypto_key *key = NULL;
		der.ptr[i] ^= 0x01;
		if (!pki_csr_parse(buf_view(&der), &again, &csr, &why)) {
			assert_int_not_equal(pki_csr_verify(&csr, &key), 0);
			assert_null(key);
		}
		der.ptr[i] ^= 0x01;
	}
}

static void anothers_signature_does_not_verify(void **state)
{
	(void)state;
	cleanup_buf one = BUF_INIT, other = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr, another;
	struct crypto_key *key = NULL;
	const char *why;
	read_request("p256-sha256", &one);
	read_request("p256-sha512", &other);
	assert_int_equal(pki_csr_parse(buf_view(&one), &arena, &csr, &why), 0);
	assert_int_equal(pki_csr_parse(buf_view(&other), &arena, &another, &why), 0);
	csr.signature = another.signature;
	assert_int_equal(pki_csr_verify(&csr, &key), XICA_ESIG);
	csr.sig_alg = CRYPTO_SIG_RSA_SHA256; // not of this key's kind
	assert_int_equal(pki_csr_verify(&csr, &key), XICA_ESIG);
	assert_null(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_openssl_are_read_and_verify),
		cmocka_unit_test(a_request_signed_with_sha1_is_refused),
		cmocka_unit_test(an_altered_request_never_verifies),
		cmocka_unit_test(anothers_signature_does_not_verify),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
