#include "jose/jws.h"

struct scheme { // what a JWS algorithm asks of key and signature
	enum crypto_key_type type;
	enum crypto_sig sig;
	size_t coordinate; // length of r and of s; 0 where the signature is used as it is
};

// RFC 7518 §3.3, §3.4, RFC 8037 §3.1. false: not an algorithm of a public key.
static bool scheme_of(enum jws_alg alg, struct scheme *ret_scheme)
{
	switch (alg) {
	case JWS_ES256:
		*ret_scheme = (struct scheme){CRYPTO_KEY_P256, CRYPTO_SIG_ECDSA_SHA256, 32};
		return true;
	case JWS_ES384:
		*ret_scheme = (struct scheme){CRYPTO_KEY_P384, CRYPTO_SIG_ECDSA_SHA384, 48};
		return true;
	case JWS_RS256:
		*ret_scheme = (struct scheme){CRYPTO_KEY_RSA, CRYPTO_SIG_RSA_SHA256, 0};
		return true;
	case JWS_EDDSA:
		*ret_scheme = (struct scheme){CRYPTO_KEY_ED25519, CRYPTO_SIG_ED25519, 0};
		return true;
	case JWS_HS256:
		break;
	}
	return false;
}

bool jws_fits(const struct jws *jws, const struct crypto_key *key)
{
	struct scheme scheme;
	return scheme_of(jws->alg, &scheme) && crypto_key_type(key) == scheme.type;
}

int jws_verify(const struct jws *jws, const struct crypto_key *key)
{
	struct scheme scheme;
	cleanup_buf der = BUF_INIT;
	if (!jws_fits(jws, key) || !scheme_of(jws->alg, &scheme))
		return XICA_ESIG;
	if (!scheme.coordinate)
		return crypto_verify(key, scheme.sig, jws->signing_input, jws->signature);
	if (jws->signature.len != 2 * scheme.coordinate)
		return XICA_ESIG;
	int error = crypto_ecdsa_from_raw(jws->signature, &der);
	return error ? error : crypto_verify(key, scheme.sig, jws->signing_input, buf_view(&der));
}

int jws_verify_hmac(const struct jws *jws, struct view mac_key)
{
	uint8_t mac[CRYPTO_SHA256_LEN];
	if (jws->alg != JWS_HS256 || jws->has_jwk)
		return XICA_ESIG;
	int error = crypto_hmac_sha256(mac_key, jws->signing_input, mac);
	if (error)
		return error;
	return crypto_equal(view_bytes(mac, sizeof(mac)), jws->signature) ? XICA_OK : XICA_ESIG;
}
