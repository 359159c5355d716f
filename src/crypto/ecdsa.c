// An ECDSA signature has two forms: Ecdsa-Sig-Value in X.509 (RFC 3279 §2.2.3), and r||s in JWS (RFC 7518 §3.4).
#include <openssl/ec.h>
#include <string.h>

#include "crypto/key.h"
#include "crypto/openssl.h"

enum { COORDINATE_MAX_LEN = CRYPTO_COORDINATE_MAX_LEN };

CRYPTO_CLEANUP(ECDSA_SIG, ECDSA_SIG_free)

// DER has one spelling: what comes out again must be what went in.
static bool is_der(const ECDSA_SIG *sig, struct view der)
{
	uint8_t *again = NULL;
	int len = i2d_ECDSA_SIG(sig, &again);
	bool same = len > 0 && view_equal(view_bytes(again, (size_t)len), der);
	OPENSSL_free(again);
	return same;
}

int crypto_ecdsa_to_raw(struct view der, size_t len, struct buf *raw_out)
{
	const uint8_t *at = der.ptr;
	if (!len || len > COORDINATE_MAX_LEN)
		return XICA_EINVAL;
	if (!der.len || der.len > 4 * COORDINATE_MAX_LEN)
		return XICA_EPARSE;
	cleanup_ossl(ECDSA_SIG) *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	if (!sig || !is_der(sig, der) || BN_is_negative(ECDSA_SIG_get0_r(sig)) || BN_is_negative(ECDSA_SIG_get0_s(sig)))
		return crypto_failed(XICA_EPARSE);
	uint8_t raw[2 * COORDINATE_MAX_LEN];
	if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)len) < 0 || BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + len, (int)len) < 0)
		return crypto_failed(XICA_EPARSE);
	buf_add(raw_out, view_bytes(raw, 2 * len));
	return buf_error(raw_out);
}

// An INTEGER that isn't negative, of a number in big-endian octets.
static size_t write_integer(struct view number, uint8_t *to)
{
	while (number.len > 1 && !number.ptr[0])
		number = view_sub(number, 1, SIZE_MAX);
	bool sign = number.ptr[0] & 0x80;
	to[0] = 2;
	to[1] = (uint8_t)(number.len + sign); // at most 67
	to[2] = 0;
	memcpy(to + 2 + sign, number.ptr, number.len);
	return 2 + sign + number.len;
}

int crypto_ecdsa_from_raw(struct view raw, struct buf *der_out)
{
	uint8_t numbers[2 * (COORDINATE_MAX_LEN + 3)];
	if (!raw.len || raw.len % 2 || raw.len > 2 * COORDINATE_MAX_LEN)
		return XICA_EPARSE;
	size_t len = write_integer(view_sub(raw, 0, raw.len / 2), numbers);
	len += write_integer(view_sub(raw, raw.len / 2, raw.len / 2), numbers + len);
	buf_add_byte(der_out, 0x30);
	if (len >= 0x80)
		buf_add_byte(der_out, 0x81);
	buf_add_byte(der_out, (uint8_t)len);
	buf_add(der_out, view_bytes(numbers, len));
	return buf_error(der_out);
}
