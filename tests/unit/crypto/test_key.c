#include "base/hex.h"
#include "check.h"
#include "crypto/key.h"

static const enum crypto_key_type KINDS[] = {
	CRYPTO_KEY_P256, CRYPTO_KEY_P384, CRYPTO_KEY_P521, CRYPTO_KEY_ED25519, CRYPTO_KEY_RSA};
enum { KINDS_LEN = sizeof(KINDS) / sizeof(KINDS[0]) };

static struct crypto_key *keys[KINDS_LEN]; // one of each kind; never changed by a test

static int make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS_LEN; i++)
		if (crypto_key_generate(KINDS[i], 2048, &keys[i]))
			return -1;
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS_LEN; i++)
		crypto_key_free(keys[i]);
	return 0;
}

static int from_parts(enum crypto_key_type type, struct view first, struct view second, struct crypto_key **ret_key)
{
	if (type == CRYPTO_KEY_RSA)
		return crypto_key_from_rsa(first, second, ret_key);
	if (type == CRYPTO_KEY_ED25519)
		return crypto_key_from_ed25519(first, ret_key);
	return crypto_key_from_ec(type, first, second, ret_key);
}

static void a_generated_key_is_private_and_of_its_kind(void **state)
{
	(void)state;
	static const unsigned BITS[KINDS_LEN] = {256, 384, 521, 256, 2048};
	for (size_t i = 0; i < KINDS_LEN; i++) {
		assert_int_equal(crypto_key_type(keys[i]), KINDS[i]);
		assert_true(crypto_key_is_private(keys[i]));
		if (KINDS[i] != CRYPTO_KEY_ED25519)
			assert_int_equal(crypto_key_bits(keys[i]), BITS[i]);
	}
}

static void rsa_outside_2048_to_8192_bits_is_not_made(void **state)
{
	(void)state;
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_RSA, 1024, &key), XICA_EINVAL);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_RSA, 8200, &key), XICA_EINVAL);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_OTHER, 0, &key), XICA_EINVAL);
	assert_null(key);
}

static void spki_and_parts_give_back_an_equal_public_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS_LEN; i++) {
		cleanup_buf spki = BUF_INIT, again = BUF_INIT, first = BUF_INIT, second = BUF_INIT;
		cleanup_key *from_spki = NULL;
		cleanup_key *rebuilt = NULL;
		assert_int_equal(crypto_key_to_spki(keys[i], &spki), 0);
		assert_int_equal(crypto_key_from_spki(buf_view(&spki), &from_spki), 0);
		assert_int_equal(crypto_key_type(from_spki), KINDS[i]);
		assert_false(crypto_key_is_private(from_spki));
		assert_true(crypto_key_equal(from_spki, keys[i]));
		assert_int_equal(crypto_key_public_parts(from_spki, &first, &second), 0);
		assert_int_equal(from_parts(KINDS[i], buf_view(&first), buf_view(&second), &rebuilt), 0);
		assert_true(crypto_key_equal(rebuilt, keys[i]));
		assert_int_equal(crypto_key_to_spki(rebuilt, &again), 0);
		assert_true(view_equal(buf_view(&again), buf_view(&spki)));
	}
}

static void keys_of_other_kinds_or_values_are_not_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS_LEN; i++)
		for (size_t j = 0; j < KINDS_LEN; j++)
			assert_int_equal(crypto_key_equal(keys[i], keys[j]), i == j);
	cleanup_key *stranger = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &stranger), 0);
	assert_false(crypto_key_equal(stranger, keys[0]));
}

static void spki_with_a_byte_more_or_less_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS_LEN; i++) {
		cleanup_buf spki = BUF_INIT;
		struct crypto_key *key = NULL;
		assert_int_equal(crypto_key_to_spki(keys[i], &spki), 0);
		assert_int_equal(crypto_key_from_spki(view_sub(buf_view(&spki), 0, spki.len - 1), &key), XICA_EPARSE);
		buf_add_byte(&spki, 0);
		assert_int_equal(crypto_key_from_spki(buf_view(&spki), &key), XICA_EPARSE);
		assert_null(key);
	}
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_from_spki(VIEW_NONE, &key), XICA_EPARSE);
}

static int spki_from_hex(const char *text, struct crypto_key **ret_key)
{
	cleanup_buf der = BUF_INIT;
	assert_int_equal(hex_decode(view_str(text), &der), 0);
	return crypto_key_from_spki(buf_view(&der), ret_key);
}

// The generator of P-256 (SEC 2 §2.4.2).
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define EC_P256 "301306072a8648ce3d020106082a8648ce3d030107"

static void a_point_must_be_uncompressed_and_on_its_curve(void **state)
{
	(void)state;
	cleanup_key *good = NULL;
	struct crypto_key *key = NULL;
	assert_int_equal(spki_from_hex("3059" EC_P256 "03420004" GX GY, &good), 0);
	assert_int_equal(crypto_key_type(good), CRYPTO_KEY_P256);
	assert_int_equal(spki_from_hex("3039" EC_P256 "03220003" GX, &key), XICA_EPARSE);       // compressed
	assert_int_equal(spki_from_hex("3059" EC_P256 "03420007" GX GY, &key), XICA_EPARSE);    // hybrid
	assert_int_equal(spki_from_hex("3059" EC_P256 "03420004" GX GX, &key), XICA_EPARSE);    // beside the curve
	assert_int_equal(spki_from_hex("3019" EC_P256 "03020000", &key), XICA_EPARSE);          // infinity
	assert_int_equal(spki_from_hex("308159" EC_P256 "03420004" GX GY, &key), XICA_EPARSE);  // BER length
	assert_int_equal(spki_from_hex("3059" EC_P256 "03420104" GX GY, &key), XICA_EPARSE);    // unused bits
	assert_null(key);
}

static void rsa_is_read_in_one_spelling_alone(void **state)
{
	(void)state;
	cleanup_buf spki = BUF_INIT;
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_to_spki(keys[4], &spki), 0);
	// 30 82 .. .. | 30 0d 06 09 (9) 05 00 | 03 82 .. .. 00 | 30 82 .. .. 02 82 .. .. 00 modulus 02 03 exponent
	static const size_t CHANGES[] = {0, 4, 5, 17, 18, 19, 20, 23, 24, 25, 28, 29, 30};
	for (size_t i = 0; i < sizeof(CHANGES) / sizeof(CHANGES[0]); i++) {
		uint8_t *at = spki.ptr + CHANGES[i];
		*at ^= 1;
		assert_int_equal(crypto_key_from_spki(buf_view(&spki), &key), XICA_EPARSE);
		*at ^= 1;
	}
	spki.ptr[33] ^= 0x80; // now the zero before it is one too many
	assert_int_equal(crypto_key_from_spki(buf_view(&spki), &key), XICA_EPARSE);
	spki.ptr[33] ^= 0x80;
	for (size_t len = 0; len < spki.len; len++)
		assert_int_equal(crypto_key_from_spki(view_sub(buf_view(&spki), 0, len), &key), XICA_EPARSE);
	assert_null(key);
}

static void coordinates_of_a_wrong_length_or_beside_the_curve_are_refused(void **state)
{
	(void)state;
	cleanup_buf x = BUF_INIT, y = BUF_INIT;
	struct crypto_key *key = NULL;
	assert_int_equal(hex_decode(VIEW_LIT(GX), &x), 0);
	assert_int_equal(hex_decode(VIEW_LIT(GY), &y), 0);
	struct view gx = buf_view(&x), gy = buf_view(&y);
	assert_int_equal(crypto_key_from_ec(CRYPTO_KEY_P256, gx, gx, &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_ec(CRYPTO_KEY_P256, gx, view_sub(gy, 0, 31), &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_ec(CRYPTO_KEY_P256, VIEW_NONE, gy, &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_ec(CRYPTO_KEY_P384, gx, gy, &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_ec(CRYPTO_KEY_RSA, gx, gy, &key), XICA_EINVAL);
	assert_int_equal(crypto_key_from_ed25519(view_sub(gx, 0, 31), &key), XICA_EPARSE);
	assert_null(key);
}

static void rsa_numbers_with_leading_zeros_or_without_octets_are_refused(void **state)
{
	(void)state;
	cleanup_buf n = BUF_INIT, e = BUF_INIT, padded = BUF_INIT;
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_public_parts(keys[4], &n, &e), 0);
	buf_add_byte(&padded, 0);
	buf_add(&padded, buf_view(&n));
	assert_int_equal(crypto_key_from_rsa(buf_view(&padded), buf_view(&e), &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_rsa(VIEW_NONE, buf_view(&e), &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_rsa(buf_view(&n), VIEW_NONE, &key), XICA_EPARSE);
	assert_int_equal(crypto_key_from_rsa(buf_view(&n), view_bytes("\0\1\0\1", 4), &key), XICA_EPARSE);
	assert_null(key);
}

static void kinds_that_we_do_not_know_are_other(void **state)
{
	(void)state;
	cleanup_key *x25519 = NULL;
	struct crypto_key *key = NULL;
	assert_int_equal(spki_from_hex("302a300506032b656e032100" GX, &x25519), 0);
	assert_int_equal(crypto_key_type(x25519), CRYPTO_KEY_OTHER);
	cleanup_buf first = BUF_INIT, second = BUF_INIT;
	assert_int_equal(crypto_key_public_parts(x25519, &first, &second), XICA_EUNSUPPORTED);
	assert_int_equal(spki_from_hex("302a300506032b6578032100" GX, &key), XICA_EPARSE); // no such algorithm
	assert_null(key);
}

static void an_rsa_pss_key_is_not_an_rsa_key(void **state)
{
	(void)state;
	cleanup_buf spki = BUF_INIT;
	cleanup_key *pss = NULL;
	assert_int_equal(crypto_key_to_spki(keys[4], &spki), 0);
	// id-RSASSA-PSS without parameters (RFC 4055 §3.1) in place of rsaEncryption with NULL: two bytes less.
	uint8_t *der = spki.ptr;
	assert_memory_equal(der + 4, "\x30\x0d\x06\x09", 4);
	memmove(der + 4 + 13, der + 4 + 15, spki.len - 19);
	der[5] = 0x0b;
	der[4 + 12] = 0x0a;
	uint16_t len = (uint16_t)((der[2] << 8 | der[3]) - 2);
	der[2] = (uint8_t)(len >> 8);
	der[3] = (uint8_t)len;
	assert_int_equal(crypto_key_from_spki(view_bytes(der, spki.len - 2), &pss), 0);
	assert_int_equal(crypto_key_type(pss), CRYPTO_KEY_OTHER);
}

static void a_key_lives_as_long_as_its_last_reference(void **state)
{
	(void)state;
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	struct crypto_key *second = crypto_key_ref(key);
	crypto_key_free(key);
	assert_int_equal(crypto_key_type(second), CRYPTO_KEY_P256);
	crypto_key_free(second);
	crypto_key_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_generated_key_is_private_and_of_its_kind),
		cmocka_unit_test(rsa_outside_2048_to_8192_bits_is_not_made),
		cmocka_unit_test(spki_and_parts_give_back_an_equal_public_key),
		cmocka_unit_test(keys_of_other_kinds_or_values_are_not_equal),
		cmocka_unit_test(spki_with_a_byte_more_or_less_is_refused),
		cmocka_unit_test(a_point_must_be_uncompressed_and_on_its_curve),
		cmocka_unit_test(rsa_is_read_in_one_spelling_alone),
		cmocka_unit_test(coordinates_of_a_wrong_length_or_beside_the_curve_are_refused),
		cmocka_unit_test(rsa_numbers_with_leading_zeros_or_without_octets_are_refused),
		cmocka_unit_test(kinds_that_we_do_not_know_are_other),
		cmocka_unit_test(an_rsa_pss_key_is_not_an_rsa_key),
		cmocka_unit_test(a_key_lives_as_long_as_its_last_reference),
	};
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
