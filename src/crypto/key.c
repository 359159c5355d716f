#include "crypto/key.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/openssl.h"

enum { RSA_MAX_BYTES = 2048, ED25519_LEN = 32 }; // 16384 bits: OpenSSL's own bound

static const struct curve {
	enum crypto_key_type type;
	const char *name;
	size_t len; // of a coordinate
	unsigned bits;
} CURVES[] = {{CRYPTO_KEY_P256, "prime256v1", 32, 256}, {CRYPTO_KEY_P384, "secp384r1", 48, 384}, {CRYPTO_KEY_P521, "secp521r1", 66, 521}};

static const struct curve *curve_of(enum crypto_key_type type)
{
	for (size_t i = 0; i < sizeof(CURVES) / sizeof(CURVES[0]); i++)
		if (CURVES[i].type == type)
			return &CURVES[i];
	return NULL;
}

static enum crypto_key_type type_of(const EVP_PKEY *pkey)
{
	char group[64] = "";
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA: // RSA-PSS keys have an id of their own, and are OTHER
		return CRYPTO_KEY_RSA;
	case EVP_PKEY_ED25519:
		return CRYPTO_KEY_ED25519;
	case EVP_PKEY_EC:
		if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) != 1)
			return CRYPTO_KEY_OTHER;
		for (size_t i = 0; i < sizeof(CURVES) / sizeof(CURVES[0]); i++)
			if (!strcmp(group, CURVES[i].name))
				return CURVES[i].type;
		return CRYPTO_KEY_OTHER;
	default:
		return CRYPTO_KEY_OTHER;
	}
}

// Takes pkey; NULL: no memory.
static struct crypto_key *key_new(EVP_PKEY *pkey)
{
	struct crypto_key *key = calloc(1, sizeof(*key));
	struct crypto_key_ready *ready = calloc(1, sizeof(*ready));
	if (!key || !ready) {
		EVP_PKEY_free(pkey);
		free(key);
		free(ready);
		return NULL;
	}
	key->pkey = pkey;
	key->refs = 1;
	key->ready = ready;
	return key;
}

int crypto_key_wrap(EVP_PKEY *pkey, bool is_private, struct crypto_key **ret_key)
{
	if (!pkey)
		return crypto_failed(XICA_ECRYPTO);
	struct crypto_key *key = key_new(pkey);
	if (!key)
		return XICA_ENOMEM;
	int bits = EVP_PKEY_get_bits(pkey);
	key->type = type_of(pkey);
	key->bits = bits > 0 ? (unsigned)bits : 0;
	key->is_private = is_private;
	*ret_key = key;
	return crypto_failed(XICA_OK);
}

void crypto_key_free(struct crypto_key *key)
{
	if (!key || --key->refs)
		return;
	EVP_PKEY_CTX_free(key->ready->signer);
	EVP_PKEY_CTX_free(key->ready->verifier);
	EVP_PKEY_free(key->pkey);
	free(key->ready);
	free(key);
}

void crypto_key_cleanup(struct crypto_key **key)
{
	crypto_key_free(*key);
}

struct crypto_key *crypto_key_ref(struct crypto_key *key)
{
	key->refs++;
	return key;
}

int crypto_key_generate(enum crypto_key_type type, unsigned bits, struct crypto_key **ret_key)
{
	const struct curve *curve = curve_of(type);
	if (curve)
		return crypto_key_wrap(EVP_EC_gen(curve->name), true, ret_key);
	if (type == CRYPTO_KEY_ED25519)
		return crypto_key_wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), true, ret_key);
	if (type != CRYPTO_KEY_RSA || bits < 2048 || bits > 8192)
		return XICA_EINVAL;
	return crypto_key_wrap(EVP_RSA_gen(bits), true, ret_key);
}

static EVP_PKEY *pkey_from_params(const char *algorithm, OSSL_PARAM *params)
{
	EVP_PKEY *pkey = NULL;
	cleanup_ossl(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return pkey;
}

int crypto_key_from_ec(enum crypto_key_type type, struct view x, struct view y, struct crypto_key **ret_key)
{
	const struct curve *curve = curve_of(type);
	if (!curve)
		return XICA_EINVAL;
	if (x.len != curve->len || y.len != curve->len)
		return XICA_EPARSE;
	uint8_t point[1 + 2 * CRYPTO_COORDINATE_MAX_LEN] = {4}; // SEC 1 §2.3.3: uncompressed
	memcpy(point + 1, x.ptr, x.len);
	memcpy(point + 1 + x.len, y.ptr, y.len);
	// A copy of the curve costs a quarter of building it, which is most of what a key costs.
	EVP_PKEY *parameters = crypto_fetched_curve(type, curve->name), *pkey = parameters ? EVP_PKEY_dup(parameters) : NULL;
	if (!pkey)
		return crypto_failed(XICA_ECRYPTO);
	if (EVP_PKEY_set1_encoded_public_key(pkey, point, 1 + 2 * curve->len) != 1) { // refuses a point that is not on the curve
		EVP_PKEY_free(pkey);
		return crypto_failed(XICA_EPARSE);
	}
	struct crypto_key *key = key_new(pkey);
	if (!key)
		return XICA_ENOMEM;
	key->type = type;
	key->bits = curve->bits;
	key->point_len = 2 * curve->len;
	memcpy(key->point, point + 1, key->point_len);
	*ret_key = key;
	return XICA_OK;
}

int crypto_key_from_rsa(struct view n, struct view e, struct crypto_key **ret_key)
{
	// RFC 7518 §6.3.1: no octets more than the number needs.
	if (!n.len || !e.len || n.len > RSA_MAX_BYTES || e.len > n.len || !n.ptr[0] || !e.ptr[0])
		return XICA_EPARSE;
	EVP_PKEY *pkey = NULL;
	cleanup_ossl(BIGNUM) *modulus = BN_bin2bn(n.ptr, (int)n.len, NULL);
	cleanup_ossl(BIGNUM) *exponent = BN_bin2bn(e.ptr, (int)e.len, NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	if (modulus && exponent && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
		OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
		if (params)
			pkey = pkey_from_params("RSA", params);
		OSSL_PARAM_free(params);
	}
	OSSL_PARAM_BLD_free(builder);
	return pkey ? crypto_key_wrap(pkey, false, ret_key) : crypto_failed(XICA_EPARSE);
}

int crypto_key_from_ed25519(struct view pub, struct crypto_key **ret_key)
{
	if (pub.len != ED25519_LEN)
		return XICA_EPARSE;
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub.ptr, pub.len);
	return pkey ? crypto_key_wrap(pkey, false, ret_key) : crypto_failed(XICA_EPARSE);
}

enum crypto_key_type crypto_key_type(const struct crypto_key *key)
{
	return key->type;
}

unsigned crypto_key_bits(const struct crypto_key *key)
{
	return key->bits;
}

void crypto_key_add_text(const struct crypto_key *key, struct buf *out)
{
	switch (key->type) {
	case CRYPTO_KEY_P256: buf_add_str(out, "P-256"); return;
	case CRYPTO_KEY_P384: buf_add_str(out, "P-384"); return;
	case CRYPTO_KEY_RSA: buf_addf(out, "RSA-%u", crypto_key_bits(key)); return;
	case CRYPTO_KEY_P521:
	case CRYPTO_KEY_ED25519:
	case CRYPTO_KEY_OTHER: break;
	}
	buf_add_str(out, "other");
}

bool crypto_key_is_private(const struct crypto_key *key)
{
	return key->is_private;
}

bool crypto_key_equal(const struct crypto_key *a, const struct crypto_key *b)
{
	bool equal = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
	ERR_clear_error(); // keys of different kinds leave an error behind
	return equal;
}

// len 0: as many octets as the number needs.
static int add_number(const EVP_PKEY *pkey, const char *name, size_t len, struct buf *out)
{
	BIGNUM *number = NULL;
	if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1)
		return crypto_failed(XICA_ECRYPTO);
	int size = len ? (int)len : BN_num_bytes(number);
	uint8_t *at = buf_extend(out, (size_t)size);
	int written = at ? BN_bn2binpad(number, at, size) : size;
	BN_free(number);
	return written == size ? buf_error(out) : crypto_failed(XICA_ECRYPTO);
}

static int add_ed25519(const EVP_PKEY *pkey, struct buf *out)
{
	size_t len = ED25519_LEN;
	uint8_t *at = buf_extend(out, len);
	if (at && (EVP_PKEY_get_raw_public_key(pkey, at, &len) != 1 || len != ED25519_LEN))
		return crypto_failed(XICA_ECRYPTO);
	return buf_error(out);
}

int crypto_key_public_parts(const struct crypto_key *key, struct buf *first_out, struct buf *second_out)
{
	const struct curve *curve = curve_of(key->type);
	int error;
	switch (key->type) {
	case CRYPTO_KEY_RSA:
		error = add_number(key->pkey, OSSL_PKEY_PARAM_RSA_N, 0, first_out);
		return error ? error : add_number(key->pkey, OSSL_PKEY_PARAM_RSA_E, 0, second_out);
	case CRYPTO_KEY_P256:
	case CRYPTO_KEY_P384:
	case CRYPTO_KEY_P521:
		if (key->point_len) {
			buf_add(first_out, view_bytes(key->point, curve->len));
			buf_add(second_out, view_bytes(key->point + curve->len, curve->len));
			return buf_error(first_out) ? XICA_ENOMEM : buf_error(second_out);
		}
		error = add_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, curve->len, first_out);
		return error ? error : add_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, curve->len, second_out);
	case CRYPTO_KEY_ED25519:
		return add_ed25519(key->pkey, first_out);
	case CRYPTO_KEY_OTHER:
		break;
	}
	return XICA_EUNSUPPORTED;
}
