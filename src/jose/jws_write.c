#include <stdlib.h>

#include "base/base64url.h"
#include "jose/jws.h"

static const char *alg_name(const struct crypto_key *key)
{
	switch (crypto_key_type(key)) {
	case CRYPTO_KEY_P256:
		return "ES256";
	case CRYPTO_KEY_P384:
		return "ES384";
	case CRYPTO_KEY_RSA:
		return "RS256";
	case CRYPTO_KEY_ED25519:
		return "EdDSA";
	case CRYPTO_KEY_P521:
	case CRYPTO_KEY_OTHER:
		break;
	}
	return NULL;
}

static bool set_string(json_t *object, const char *name, struct view text)
{
	json_t *string = json_stringn((const char *)text.ptr, text.len); // NULL for what is no UTF-8
	return string && json_object_set_new(object, name, string) == 0;
}

static bool set_jwk(json_t *header, const struct crypto_key *key)
{
	cleanup_buf text = BUF_INIT;
	json_t *jwk = jwk_write(key, &text) ? NULL : jose_json_parse(buf_view(&text));
	return jwk && json_object_set_new(header, "jwk", jwk) == 0;
}

// key: whose jwk the header carries where kid is empty.
static bool fill_header(json_t *header, const char *alg, const struct crypto_key *key, struct view kid, struct view nonce,
	struct view url)
{
	if (!set_string(header, "alg", view_str(alg)) || !set_string(header, "url", url))
		return false;
	if (nonce.len && !set_string(header, "nonce", nonce))
		return false;
	return kid.len ? set_string(header, "kid", kid) : set_jwk(header, key);
}

// protected "." payload
static int write_signing_input(json_t *header, struct view payload, struct buf *out)
{
	char *text = json_dumps(header, JSON_COMPACT);
	if (!text)
		return XICA_ENOMEM;
	base64url_encode(out, view_str(text));
	free(text);
	buf_add_byte(out, '.');
	base64url_encode(out, payload);
	return buf_error(out);
}

static int write_flattened(struct view signing_input, struct view signature, struct buf *out)
{
	size_t dot = view_index(signing_input, '.', 0);
	buf_add_str(out, "{\"protected\":\"");
	buf_add(out, view_sub(signing_input, 0, dot));
	buf_add_str(out, "\",\"payload\":\"");
	buf_add(out, view_sub(signing_input, dot + 1, SIZE_MAX));
	buf_add_str(out, "\",\"signature\":\"");
	base64url_encode(out, signature);
	buf_add_str(out, "\"}");
	return buf_error(out);
}

static int sign(const struct crypto_key *key, struct view input, struct buf *sig_out)
{
	cleanup_buf der = BUF_INIT;
	enum crypto_key_type type = crypto_key_type(key);
	if (type != CRYPTO_KEY_P256 && type != CRYPTO_KEY_P384)
		return crypto_sign(key, crypto_sig_default(key), input, sig_out);
	int error = crypto_sign(key, crypto_sig_default(key), input, &der);
	return error ? error : crypto_ecdsa_to_raw(buf_view(&der), type == CRYPTO_KEY_P256 ? 32 : 48, sig_out);
}

int jws_sign(const struct crypto_key *key, struct view kid, struct view nonce, struct view url, struct view payload, struct buf *out)
{
	cleanup_buf input = BUF_INIT, sig = BUF_INIT;
	const char *alg = alg_name(key);
	if (!alg)
		return XICA_EINVAL;
	json_t *header = json_object();
	int error = XICA_EINVAL;
	if (header && fill_header(header, alg, key, kid, nonce, url))
		error = write_signing_input(header, payload, &input);
	json_decref(header);
	if (!error)
		error = sign(key, buf_view(&input), &sig);
	return error ? error : write_flattened(buf_view(&input), buf_view(&sig), out);
}

int jws_sign_hmac(struct view mac_key, struct view kid, struct view url, struct view payload, struct buf *out)
{
	cleanup_buf input = BUF_INIT;
	uint8_t mac[CRYPTO_SHA256_LEN];
	if (!kid.len)
		return XICA_EINVAL;
	json_t *header = json_object();
	int error = XICA_EINVAL;
	if (header && fill_header(header, "HS256", NULL, kid, VIEW_NONE, url))
		error = write_signing_input(header, payload, &input);
	json_decref(header);
	if (!error)
		error = crypto_hmac_sha256(mac_key, buf_view(&input), mac);
	return error ? error : write_flattened(buf_view(&input), view_bytes(mac, sizeof(mac)), out);
}
