// SubjectPublicKeyInfo: written here for the keys that we know, so that each has exactly one spelling. What is read must be
// that spelling, byte for byte: no compressed points, no explicit curves, no absent NULL, nothing left over.
#include "crypto/key.h"
#include "crypto/openssl.h"

enum { TAG_INTEGER = 0x02, TAG_BIT_STRING = 0x03, TAG_SEQUENCE = 0x30, SPKI_MAX_LEN = 16384 };

// AlgorithmIdentifier of each kind: RFC 3279 §2.3.1 (rsaEncryption, NULL), RFC 5480 §2.1.1 (id-ecPublicKey, namedCurve),
// RFC 8410 §3 (id-Ed25519, no parameters).
static const uint8_t RSA_ALGORITHM[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t P256_ALGORITHM[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
	0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t P384_ALGORITHM[] = {
	0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t P521_ALGORITHM[] = {
	0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
static const uint8_t ED25519_ALGORITHM[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

static struct view algorithm_of(enum crypto_key_type type)
{
	switch (type) {
	case CRYPTO_KEY_RSA:
		return view_bytes(RSA_ALGORITHM, sizeof(RSA_ALGORITHM));
	case CRYPTO_KEY_P256:
		return view_bytes(P256_ALGORITHM, sizeof(P256_ALGORITHM));
	case CRYPTO_KEY_P384:
		return view_bytes(P384_ALGORITHM, sizeof(P384_ALGORITHM));
	case CRYPTO_KEY_P521:
		return view_bytes(P521_ALGORITHM, sizeof(P521_ALGORITHM));
	case CRYPTO_KEY_ED25519:
		return view_bytes(ED25519_ALGORITHM, sizeof(ED25519_ALGORITHM));
	case CRYPTO_KEY_OTHER:
		break;
	}
	return VIEW_NONE;
}

static void add_header(struct buf *out, uint8_t tag, size_t len)
{
	buf_add_byte(out, tag);
	if (len >= 0x100) {
		buf_add_byte(out, 0x82);
		buf_add_u16(out, (uint16_t)len);
		return;
	}
	if (len >= 0x80)
		buf_add_byte(out, 0x81);
	buf_add_byte(out, (uint8_t)len);
}

static void add_integer(struct buf *out, struct view number)
{
	bool sign = number.len && number.ptr[0] & 0x80;
	add_header(out, TAG_INTEGER, number.len + sign);
	if (sign)
		buf_add_byte(out, 0);
	buf_add(out, number);
}

// The content of the BIT STRING. RSAPublicKey ::= SEQUENCE { modulus, publicExponent }; an uncompressed point; 32 octets.
static int add_key_bits(const struct crypto_key *key, struct buf *out)
{
	cleanup_buf first = BUF_INIT, second = BUF_INIT, numbers = BUF_INIT;
	int error = crypto_key_public_parts(key, &first, &second);
	if (error)
		return error;
	if (key->type == CRYPTO_KEY_RSA) {
		add_integer(&numbers, buf_view(&first));
		add_integer(&numbers, buf_view(&second));
		add_header(out, TAG_SEQUENCE, numbers.len);
		buf_add(out, buf_view(&numbers));
		return buf_error(&numbers) ? XICA_ENOMEM : buf_error(out);
	}
	if (key->type != CRYPTO_KEY_ED25519)
		buf_add_byte(out, 4);
	buf_add(out, buf_view(&first));
	buf_add(out, buf_view(&second));
	return buf_error(out);
}

static int other_to_spki(const struct crypto_key *key, struct buf *der_out)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key->pkey, &der);
	if (len <= 0)
		return crypto_failed(XICA_ECRYPTO);
	buf_add(der_out, view_bytes(der, (size_t)len));
	OPENSSL_free(der);
	return buf_error(der_out);
}

int crypto_key_to_spki(const struct crypto_key *key, struct buf *der_out)
{
	struct view algorithm = algorithm_of(key->type);
	if (!algorithm.len)
		return other_to_spki(key, der_out);
	cleanup_buf bits = BUF_INIT, content = BUF_INIT;
	int error = add_key_bits(key, &bits);
	if (error)
		return error;
	buf_add(&content, algorithm);
	add_header(&content, TAG_BIT_STRING, bits.len + 1);
	buf_add_byte(&content, 0); // no unused bits
	buf_add(&content, buf_view(&bits));
	add_header(der_out, TAG_SEQUENCE, content.len);
	buf_add(der_out, buf_view(&content));
	return buf_error(&content) ? XICA_ENOMEM : buf_error(der_out);
}

static int check_spelling(const struct crypto_key *key, struct view der)
{
	cleanup_buf again = BUF_INIT;
	int error = crypto_key_to_spki(key, &again);
	if (error)
		return error;
	return view_equal(buf_view(&again), der) ? XICA_OK : XICA_EPARSE;
}

// Takes one TLV off the front. Only as strict as memory asks for; the spelling is checked in the end.
static bool take(struct view *in, uint8_t tag, struct view *ret_content)
{
	size_t header = 2, len;
	if (in->len < header || in->ptr[0] != tag)
		return false;
	len = in->ptr[1];
	if (len & 0x80) {
		header += len & 0x7f;
		if (header > 4 || in->len < header)
			return false;
		len = header == 4 ? (size_t)in->ptr[2] << 8 | in->ptr[3] : in->ptr[header - 1];
	}
	if (len > in->len - header)
		return false;
	*ret_content = view_sub(*in, header, len);
	*in = view_sub(*in, header + len, SIZE_MAX);
	return true;
}

static struct view without_sign(struct view number)
{
	return number.len > 1 && number.ptr[0] == 0 ? view_sub(number, 1, SIZE_MAX) : number;
}

static int from_key_bits(enum crypto_key_type type, struct view bits, struct crypto_key **ret_key)
{
	struct view numbers, n, e;
	if (type == CRYPTO_KEY_ED25519)
		return crypto_key_from_ed25519(bits, ret_key);
	if (type == CRYPTO_KEY_RSA) {
		if (!take(&bits, TAG_SEQUENCE, &numbers) || !take(&numbers, TAG_INTEGER, &n) || !take(&numbers, TAG_INTEGER, &e))
			return XICA_EPARSE;
		return crypto_key_from_rsa(without_sign(n), without_sign(e), ret_key);
	}
	if (bits.len % 2 != 1 || bits.ptr[0] != 4)
		return XICA_EPARSE;
	size_t len = bits.len / 2;
	return crypto_key_from_ec(type, view_sub(bits, 1, len), view_sub(bits, 1 + len, len), ret_key);
}

// Keys that we know are built from their parts, in a quarter of the time that OpenSSL's decoder takes. XICA_ENOTFOUND: another kind.
static int known_from_spki(struct view der, struct crypto_key **ret_key)
{
	static const enum crypto_key_type KNOWN[] = {
		CRYPTO_KEY_P256, CRYPTO_KEY_RSA, CRYPTO_KEY_P384, CRYPTO_KEY_ED25519, CRYPTO_KEY_P521};
	struct view content, bits;
	if (!take(&der, TAG_SEQUENCE, &content))
		return XICA_EPARSE;
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
		struct view algorithm = algorithm_of(KNOWN[i]);
		if (!view_starts(content, algorithm))
			continue;
		content = view_sub(content, algorithm.len, SIZE_MAX);
		if (!take(&content, TAG_BIT_STRING, &bits) || !bits.len || bits.ptr[0])
			return XICA_EPARSE;
		return from_key_bits(KNOWN[i], view_sub(bits, 1, SIZE_MAX), ret_key);
	}
	return XICA_ENOTFOUND;
}

static int other_from_spki(struct view der, struct crypto_key **ret_key)
{
	const uint8_t *at = der.ptr;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der.len);
	if (!pkey || at != der.ptr + der.len) {
		EVP_PKEY_free(pkey);
		return crypto_failed(XICA_EPARSE);
	}
	int error = crypto_key_wrap(pkey, false, ret_key);
	if (error || (*ret_key)->type == CRYPTO_KEY_OTHER)
		return error;
	crypto_key_free(*ret_key); // of a known kind, but spelt in a way that known_from_spki does not read
	*ret_key = NULL;
	return XICA_EPARSE;
}

int crypto_key_from_spki(struct view der, struct crypto_key **ret_key)
{
	struct crypto_key *key = NULL;
	if (der.len > SPKI_MAX_LEN)
		return XICA_EPARSE;
	int error = known_from_spki(der, &key);
	if (!error)
		error = check_spelling(key, der);
	else if (error == XICA_ENOTFOUND)
		error = other_from_spki(der, &key);
	if (error) {
		crypto_key_free(key);
		return error;
	}
	*ret_key = key;
	return XICA_OK;
}

void crypto_spki_add_text(struct view spki, struct buf *out)
{
	struct view rest = spki, content = VIEW_NONE;
	cleanup_key *key = NULL;
	if (take(&rest, TAG_SEQUENCE, &content) && view_starts(content, algorithm_of(CRYPTO_KEY_P256)))
		buf_add_str(out, "P-256");
	else if (view_starts(content, algorithm_of(CRYPTO_KEY_P384)))
		buf_add_str(out, "P-384");
	else if (crypto_key_from_spki(spki, &key))
		buf_add_str(out, "other");
	else
		crypto_key_add_text(key, out);
}
