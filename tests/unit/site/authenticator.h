// An authenticator in software, and the browser before it: what they send, made by the crypto room, with every part open to be bent.
#pragma once
#include "base/base64url.h"
#include "check.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "site/passkey.h"

#define AUTHENTICATOR_ORIGIN "https://ca.example.org:14000"
#define AUTHENTICATOR_HOST "ca.example.org"
#define AUTHENTICATOR_CHALLENGE "a challenge of 32 bytes, random.."

enum { AUTHENTICATOR_FLAGS = 0x05, AUTHENTICATOR_ATTESTED = 0x40 }; // present and verified

struct authenticator {
	struct crypto_key *key;
	uint32_t counter;
	uint8_t flags;
	const char *host, *origin;
	const char *client_data; // NULL: right
};

static inline struct authenticator authenticator_new(enum crypto_key_type type)
{
	struct authenticator made = {.flags = AUTHENTICATOR_FLAGS, .host = AUTHENTICATOR_HOST, .origin = AUTHENTICATOR_ORIGIN};
	assert_int_equal(crypto_key_generate(type, 2048, &made.key), 0);
	return made;
}

static inline void authenticator_client_data(const struct authenticator *own, const char *type, struct buf *out)
{
	if (own->client_data) {
		buf_add_str(out, own->client_data);
		return;
	}
	buf_addf(out, "{\"type\":\"%s\",\"challenge\":\"", type);
	base64url_encode(out, VIEW_LIT(AUTHENTICATOR_CHALLENGE));
	buf_addf(out, "\",\"origin\":\"%s\",\"crossOrigin\":false}", own->origin);
}

static inline void authenticator_cbor_bytes(struct buf *out, struct view bytes)
{
	buf_add_byte(out, 0x59);
	buf_add_u16(out, (uint16_t)bytes.len);
	buf_add(out, bytes);
}

// COSE_Key (RFC 9053 §7, RFC 8230 §4), in canonical order
static inline void authenticator_cose(const struct authenticator *own, struct buf *out)
{
	cleanup_buf first = BUF_INIT, second = BUF_INIT;
	assert_int_equal(crypto_key_public_parts(own->key, &first, &second), 0);
	switch ((int)crypto_key_type(own->key)) {
	case CRYPTO_KEY_P256:
		buf_add(out, VIEW_LIT("\xa5\x01\x02\x03\x26\x20\x01\x21"));
		authenticator_cbor_bytes(out, buf_view(&first));
		buf_add_byte(out, 0x22);
		authenticator_cbor_bytes(out, buf_view(&second));
		break;
	case CRYPTO_KEY_ED25519:
		buf_add(out, VIEW_LIT("\xa4\x01\x01\x03\x27\x20\x06\x21"));
		authenticator_cbor_bytes(out, buf_view(&first));
		break;
	case CRYPTO_KEY_RSA:
		buf_add(out, VIEW_LIT("\xa4\x01\x03\x03\x39\x01\x00\x20"));
		authenticator_cbor_bytes(out, buf_view(&first));
		buf_add_byte(out, 0x21);
		authenticator_cbor_bytes(out, buf_view(&second));
		break;
	default: // ES384, which nobody here takes
		buf_add(out, VIEW_LIT("\xa5\x01\x02\x03\x38\x22\x20\x02\x21"));
		authenticator_cbor_bytes(out, buf_view(&first));
		buf_add_byte(out, 0x22);
		authenticator_cbor_bytes(out, buf_view(&second));
	}
}

static inline void authenticator_data(const struct authenticator *own, bool attested, struct buf *out)
{
	uint8_t hash[CRYPTO_SHA256_LEN];
	assert_int_equal(crypto_sha256(view_str(own->host), hash), 0);
	buf_add(out, view_bytes(hash, sizeof(hash)));
	buf_add_byte(out, (uint8_t)(own->flags | (attested ? AUTHENTICATOR_ATTESTED : 0)));
	buf_add_u32(out, own->counter);
	if (!attested)
		return;
	buf_add(out, VIEW_LIT("an AAGUID of 16."));
	buf_add_u16(out, 13);
	buf_add_str(out, "credential id");
	authenticator_cose(own, out);
}

static inline void authenticator_attestation(const struct authenticator *own, struct buf *out)
{
	cleanup_buf data = BUF_INIT;
	authenticator_data(own, true, &data);
	buf_add(out, VIEW_LIT("\xa3\x63" "fmt" "\x64" "none" "\x67" "attStmt" "\xa0\x68" "authData"));
	authenticator_cbor_bytes(out, buf_view(&data));
}

static inline void authenticator_sign(const struct authenticator *own, struct view data, struct view client_data, struct buf *out)
{
	cleanup_buf message = BUF_INIT;
	uint8_t hash[CRYPTO_SHA256_LEN];
	enum crypto_key_type type = crypto_key_type(own->key);
	assert_int_equal(crypto_sha256(client_data, hash), 0);
	buf_add(&message, data);
	buf_add(&message, view_bytes(hash, sizeof(hash)));
	enum crypto_sig algorithm = type == CRYPTO_KEY_RSA ? CRYPTO_SIG_RSA_SHA256 : type == CRYPTO_KEY_ED25519 ? CRYPTO_SIG_ED25519 : CRYPTO_SIG_ECDSA_SHA256;
	assert_int_equal(crypto_sign(own->key, algorithm, buf_view(&message), out), 0);
}
