// Asymmetric keys behind sign() and verify(), so that a key in a file and a key in an HSM look alike.
// OpenSSL stays inside this room: a crypto_key is opaque.
#pragma once
#include "base/buf.h"

struct crypto_key; // a public key, or a key pair; reference-counted

enum crypto_key_type {
	CRYPTO_KEY_RSA,
	CRYPTO_KEY_P256,
	CRYPTO_KEY_P384,
	CRYPTO_KEY_P521,    // known, so that it can be refused by name
	CRYPTO_KEY_ED25519, // account keys only
	CRYPTO_KEY_OTHER,
};

// Signature algorithms. The ECDSA ones take and give the DER form (X.509); JWS' r||s form: crypto_ecdsa_to_raw and back.
enum crypto_sig {
	CRYPTO_SIG_RSA_SHA256, // PKCS #1 v1.5
	CRYPTO_SIG_RSA_SHA384,
	CRYPTO_SIG_RSA_SHA512,
	CRYPTO_SIG_ECDSA_SHA256,
	CRYPTO_SIG_ECDSA_SHA384,
	CRYPTO_SIG_ECDSA_SHA512,
	CRYPTO_SIG_ED25519,
};

#define cleanup_key [[gnu::cleanup(crypto_key_cleanup)]] struct crypto_key
void crypto_key_free(struct crypto_key *key); // drops one reference; NULL is fine
void crypto_key_cleanup(struct crypto_key **key);
struct crypto_key *crypto_key_ref(struct crypto_key *key);

// bits counts for RSA alone (2048 to 8192).
XICA_MUST_CHECK int crypto_key_generate(enum crypto_key_type type, unsigned bits, struct crypto_key **ret_key);

// From a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), the whole of der. XICA_EPARSE when it is no key, or when bytes are left over.
XICA_MUST_CHECK int crypto_key_from_spki(struct view der, struct crypto_key **ret_key);
// The parts that a JWK has (RFC 7518 §6, RFC 8037 §2), big-endian. x and y of the curve's exact length, a point on the curve.
XICA_MUST_CHECK int crypto_key_from_ec(enum crypto_key_type type, struct view x, struct view y, struct crypto_key **ret_key);
XICA_MUST_CHECK int crypto_key_from_rsa(struct view n, struct view e, struct crypto_key **ret_key);
XICA_MUST_CHECK int crypto_key_from_ed25519(struct view pub, struct crypto_key **ret_key);

// PEM of a private key (PKCS #8, encrypted or not; traditional forms are read too). An empty passphrase: not encrypted.
// Writing encrypts with AES-256-CBC and scrypt or PBKDF2 (at least 600,000 rounds).
// XICA_EDENIED: the passphrase is wrong or missing. pem_out should be wiped by the caller (buf_wipe).
XICA_MUST_CHECK int crypto_key_from_pem(struct view pem, struct view passphrase, struct crypto_key **ret_key);
XICA_MUST_CHECK int crypto_key_to_pem(const struct crypto_key *key, struct view passphrase, struct buf *pem_out);

XICA_MUST_CHECK int crypto_key_to_spki(const struct crypto_key *key, struct buf *der_out); // appends
enum crypto_key_type crypto_key_type(const struct crypto_key *key);
unsigned crypto_key_bits(const struct crypto_key *key);
// "P-256", "RSA-2048"; "other" for what we do not certify. Appended.
void crypto_key_add_text(const struct crypto_key *key, struct buf *out);
// The same of a SubjectPublicKeyInfo that was looked at before: says what it claims to be. What can't be read is "other".
void crypto_spki_add_text(struct view spki, struct buf *out);
bool crypto_key_is_private(const struct crypto_key *key);
bool crypto_key_equal(const struct crypto_key *a, const struct crypto_key *b); // public parts
// RSA modulus and exponent, or EC x and y, or the Ed25519 public key (second: empty); appended, big-endian, fixed length for EC.
XICA_MUST_CHECK int crypto_key_public_parts(const struct crypto_key *key, struct buf *first_out, struct buf *second_out);

XICA_MUST_CHECK int crypto_sign(const struct crypto_key *key, enum crypto_sig alg, struct view message, struct buf *sig_out);
// XICA_ESIG: does not verify, or the algorithm does not fit the key.
XICA_MUST_CHECK int crypto_verify(const struct crypto_key *key, enum crypto_sig alg, struct view message, struct view sig);
// The signature algorithm by which a CA key of this type signs certificates: P-256 with SHA-256, P-384 with SHA-384, RSA with
// SHA-256. For CRYPTO_KEY_OTHER too it is RSA's, which does not fit: crypto_sign refuses.
enum crypto_sig crypto_sig_default(const struct crypto_key *key);

// ECDSA-Sig-Value (DER) to r||s of 2*len bytes, and back. XICA_EPARSE when malformed or too long.
XICA_MUST_CHECK int crypto_ecdsa_to_raw(struct view der, size_t len, struct buf *raw_out);
XICA_MUST_CHECK int crypto_ecdsa_from_raw(struct view raw, struct buf *der_out);
