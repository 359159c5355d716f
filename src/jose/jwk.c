#include "jose/jwk.h"

#include <string.h>

#include "base/base64url.h"
#include "crypto/weak.h"
#include "jose/object.h"

enum { RSA_MAX_LEN = 8192 / 8 };

void jwk_free(struct jwk *jwk)
{
	crypto_key_free(jwk->key);
	*jwk = (struct jwk){0};
}

// Decodes a member that must be a non-empty base64url string.
static int octets(const struct jose_object *json, const char *name, struct buf *out)
{
	struct view member;
	if (jose_object_find(json, name, &member) != JOSE_STRING || !member.len)
		return XICA_EPARSE;
	return base64url_decode(member, out);
}

static int parse_ec(const struct jose_object *json, struct crypto_key **ret_key)
{
	struct view curve;
	enum crypto_key_type type;
	cleanup_buf x = BUF_INIT, y = BUF_INIT;
	if (jose_object_find(json, "crv", &curve) != JOSE_STRING)
		return XICA_EPARSE;
	if (view_equal_str(curve, "P-256"))
		type = CRYPTO_KEY_P256;
	else if (view_equal_str(curve, "P-384"))
		type = CRYPTO_KEY_P384;
	else
		return XICA_EUNSUPPORTED;
	int error = octets(json, "x", &x);
	if (!error)
		error = octets(json, "y", &y);
	return error ? error : crypto_key_from_ec(type, buf_view(&x), buf_view(&y), ret_key);
}

static int parse_okp(const struct jose_object *json, struct crypto_key **ret_key)
{
	struct view curve;
	cleanup_buf x = BUF_INIT;
	if (jose_object_find(json, "crv", &curve) != JOSE_STRING)
		return XICA_EPARSE;
	if (!view_equal_str(curve, "Ed25519"))
		return XICA_EUNSUPPORTED;
	int error = octets(json, "x", &x);
	return error ? error : crypto_key_from_ed25519(buf_view(&x), ret_key);
}

static int parse_rsa(const struct jose_object *json, struct crypto_key **ret_key)
{
	cleanup_buf n = BUF_INIT, e = BUF_INIT;
	cleanup_key *key = NULL;
	enum crypto_weakness weakness = CRYPTO_WEAK_NONE;
	int error = octets(json, "n", &n);
	if (!error)
		error = octets(json, "e", &e);
	if (error)
		return error;
	if (n.len > RSA_MAX_LEN && n.ptr[0])
		return XICA_EWEAK;
	error = crypto_key_from_rsa(buf_view(&n), buf_view(&e), &key);
	if (!error)
		error = crypto_weak_check(key, &weakness);
	if (error)
		return error;
	if (weakness != CRYPTO_WEAK_NONE)
		return XICA_EWEAK;
	*ret_key = crypto_key_ref(key);
	return XICA_OK;
}

// RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2.
static bool has_private_member(const struct jose_object *json)
{
	static const char *const NAMES[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (jose_object_has(json, NAMES[i]))
			return true;
	return false;
}

static int parse_key(const struct jose_object *json, struct crypto_key **ret_key)
{
	struct view kty;
	if (jose_object_find(json, "kty", &kty) != JOSE_STRING || has_private_member(json))
		return XICA_EPARSE;
	if (view_equal_str(kty, "EC"))
		return parse_ec(json, ret_key);
	if (view_equal_str(kty, "RSA"))
		return parse_rsa(json, ret_key);
	if (view_equal_str(kty, "OKP"))
		return parse_okp(json, ret_key);
	return XICA_EUNSUPPORTED;
}

static int parse(const struct jose_object *json, struct jwk *ret_jwk)
{
	struct jwk jwk = {0};
	int error = parse_key(json, &jwk.key);
	if (!error)
		error = jwk_thumbprint(jwk.key, jwk.thumbprint);
	if (error) {
		jwk_free(&jwk);
		return error;
	}
	*ret_jwk = jwk;
	return XICA_OK;
}

int jwk_parse(const json_t *json, struct jwk *ret_jwk)
{
	struct jose_object object = jose_object_of(json);
	return parse(&object, ret_jwk);
}

int jwk_parse_text(struct view text, struct jwk *ret_jwk)
{
	cleanup_object json;
	int error = jose_object_read(text, &json);
	return error ? error : parse(&json, ret_jwk);
}

static void add_member(struct buf *out, const char *before, const struct buf *octets_of)
{
	buf_add_str(out, before);
	base64url_encode(out, buf_view(octets_of));
}

int jwk_write(const struct crypto_key *key, struct buf *out)
{
	cleanup_buf first = BUF_INIT, second = BUF_INIT;
	int error = crypto_key_public_parts(key, &first, &second);
	if (error)
		return error;
	switch (crypto_key_type(key)) {
	case CRYPTO_KEY_P256:
	case CRYPTO_KEY_P384:
		buf_addf(out, "{\"crv\":\"%s\",\"kty\":\"EC\"", crypto_key_type(key) == CRYPTO_KEY_P256 ? "P-256" : "P-384");
		add_member(out, ",\"x\":\"", &first);
		add_member(out, "\",\"y\":\"", &second);
		break;
	case CRYPTO_KEY_RSA:
		add_member(out, "{\"e\":\"", &second);
		add_member(out, "\",\"kty\":\"RSA\",\"n\":\"", &first);
		break;
	case CRYPTO_KEY_ED25519:
		add_member(out, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"", &first);
		break;
	case CRYPTO_KEY_P521:
	case CRYPTO_KEY_OTHER:
		return XICA_EUNSUPPORTED;
	}
	buf_add_str(out, "\"}");
	return buf_error(out);
}

int jwk_thumbprint(const struct crypto_key *key, uint8_t ret_thumbprint[CRYPTO_SHA256_LEN])
{
	cleanup_buf text = BUF_INIT;
	int error = jwk_write(key, &text);
	return error ? error : crypto_sha256(buf_view(&text), ret_thumbprint);
}
