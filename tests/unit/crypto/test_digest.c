#include "base/hex.h"
#include "check.h"
#include "crypto/digest.h"
#include "crypto/init.h"

#define assert_hex(bytes, length, text)                                                                                   \
	do {                                                                                                              \
		cleanup_buf assert_hex_is = BUF_INIT;                                                                     \
		hex_encode(&assert_hex_is, view_bytes(bytes, length));                                                    \
		assert_view(buf_view(&assert_hex_is), text);                                                              \
	} while (0)

static void digests_of_abc_are_those_of_fips_180(void **state)
{
	(void)state;
	uint8_t out[CRYPTO_SHA384_LEN];
	assert_int_equal(crypto_sha1(VIEW_LIT("abc"), out), 0);
	assert_hex(out, CRYPTO_SHA1_LEN, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_int_equal(crypto_sha256(VIEW_LIT("abc"), out), 0);
	assert_hex(out, CRYPTO_SHA256_LEN, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(crypto_sha384(VIEW_LIT("abc"), out), 0);
	assert_hex(out, CRYPTO_SHA384_LEN,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}

static void nothing_has_a_digest_too(void **state)
{
	(void)state;
	uint8_t out[CRYPTO_SHA256_LEN];
	assert_int_equal(crypto_sha256(VIEW_NONE, out), 0);
	assert_hex(out, CRYPTO_SHA256_LEN, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void macs_are_those_of_rfc_4231(void **state)
{
	(void)state;
	uint8_t mac[CRYPTO_SHA256_LEN], long_key[131];
	assert_int_equal(crypto_hmac_sha256(VIEW_LIT("Jefe"), VIEW_LIT("what do ya want for nothing?"), mac), 0);
	assert_hex(mac, sizeof(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(long_key, 0xaa, sizeof(long_key));
	assert_int_equal(crypto_hmac_sha256(view_bytes(long_key, sizeof(long_key)),
				 VIEW_LIT("Test Using Larger Than Block-Size Key - Hash Key First"), mac),
		0);
	assert_hex(mac, sizeof(mac), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void an_empty_key_and_an_empty_message_have_a_mac(void **state)
{
	(void)state;
	uint8_t mac[CRYPTO_SHA256_LEN];
	assert_int_equal(crypto_hmac_sha256(VIEW_NONE, VIEW_NONE, mac), 0);
	assert_hex(mac, sizeof(mac), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void secrets_are_equal_only_when_every_byte_and_the_length_are(void **state)
{
	(void)state;
	assert_true(crypto_equal(VIEW_LIT("abc"), VIEW_LIT("abc")));
	assert_true(crypto_equal(VIEW_NONE, VIEW_NONE));
	assert_false(crypto_equal(VIEW_LIT("abc"), VIEW_LIT("abd")));
	assert_false(crypto_equal(VIEW_LIT("abc"), VIEW_LIT("ab")));
}

static void a_block_is_that_of_fips_197_and_comes_back(void **state)
{
	(void)state;
	uint8_t key[32], in[16], out[16], back[16];
	for (uint8_t i = 0; i < 32; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 16; i++)
		in[i] = (uint8_t)(i * 0x11);
	struct crypto_block *block;
	assert_int_equal(crypto_block_new(key, &block), 0);
	for (int round = 0; round < 2; round++) { // twice: no state is carried from block to block
		assert_int_equal(crypto_block_encrypt(block, in, out), 0);
		assert_hex(out, 16, "8ea2b7ca516745bfeafc49904b496089");
		assert_int_equal(crypto_block_decrypt(block, out, back), 0);
		assert_memory_equal(back, in, 16);
	}
	crypto_block_free(block);
	crypto_block_free(NULL);
}

static void random_bytes_differ_from_call_to_call(void **state)
{
	(void)state;
	uint8_t a[32] = {0}, b[32] = {0};
	assert_int_equal(crypto_random(a, sizeof(a)), 0);
	assert_int_equal(crypto_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void the_library_starts_more_than_once(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(crypto_init(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_of_abc_are_those_of_fips_180),
		cmocka_unit_test(nothing_has_a_digest_too),
		cmocka_unit_test(macs_are_those_of_rfc_4231),
		cmocka_unit_test(an_empty_key_and_an_empty_message_have_a_mac),
		cmocka_unit_test(secrets_are_equal_only_when_every_byte_and_the_length_are),
		cmocka_unit_test(a_block_is_that_of_fips_197_and_comes_back),
		cmocka_unit_test(random_bytes_differ_from_call_to_call),
		cmocka_unit_test(the_library_starts_more_than_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
