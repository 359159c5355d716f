// An ECDSA signature has two forms: Ecdsa-Sig-Value in X.509 (RFC 3279 §2.2.3), and r||s in JWS (RFC 7518 §3.4).
#include <openssl/ec.h>

#include "crypto/key.h"
#include "crypto/openssl.h"

enum { COORDINATE_MAX_LEN = 66 }; // P-521

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

int crypto_ecdsa_from_raw(struct view raw, struct buf *der_out)
{
	if (!raw.len || raw.len % 2 || raw.len > 2 * COORDINATE_MAX_LEN)
		return XICA_EPARSE;
	int len = (int)(raw.len / 2);
	BIGNUM *r = BN_bin2bn(raw.ptr, len, NULL), *s = BN_bin2bn(raw.ptr + len, len, NULL);
	cleanup_ossl(ECDSA_SIG) *sig = ECDSA_SIG_new();
	if (!r || !s || !sig || ECDSA_SIG_set0(sig, r, s) != 1) { // takes r and s only when it succeeds
		BN_free(r);
		BN_free(s);
		return crypto_failed(XICA_ENOMEM);
	}
	uint8_t *der = NULL;
	int der_len = i2d_ECDSA_SIG(sig, &der);
	if (der_len <= 0)
		return crypto_failed(XICA_ENOMEM);
	buf_add(der_out, view_bytes(der, (size_t)der_len));
	OPENSSL_free(der);
	return buf_error(der_out);
}
