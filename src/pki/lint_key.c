// The public key.
#include "pki/lint_rule.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192 };

static unsigned bits_of(struct view number) // without leading zeros
{
	unsigned bits = (unsigned)number.len * 8;
	for (uint8_t top = number.len ? number.ptr[0] : 0x80; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static bool is_rsa(const struct lint *lint)
{
	return !lint->certificate->key.malformed && lint->certificate->key.algorithm == OID_RSA_ENCRYPTION;
}

static enum oid curve(const struct lint *lint)
{
	struct view parameters = lint->certificate->key.parameters, oid;
	return der_read_oid(&parameters, &oid) || der_end(parameters) ? OID_UNKNOWN : oid_find(oid);
}

static bool key_type(struct lint *lint)
{
	const struct lint_key *key = &lint->certificate->key;
	if (key->malformed || key->algorithm == OID_RSA_ENCRYPTION)
		return false;
	enum oid named = key->algorithm == OID_EC_PUBLIC_KEY ? curve(lint) : key->algorithm;
	lint->detail = oid_name(named);
	return named != OID_P256 && named != OID_P384;
}

static bool key_size(struct lint *lint)
{
	if (!is_rsa(lint))
		return false;
	unsigned bits = bits_of(lint->certificate->key.modulus);
	lint->detail = arena_printf(lint->arena, "%u bits", bits);
	return bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || bits % 8;
}

static bool key_exponent(struct lint *lint)
{
	struct view e = lint->certificate->key.exponent;
	if (!is_rsa(lint))
		return false;
	return !(e.ptr[e.len - 1] & 1) || bits_of(e) < 17 || bits_of(e) > 256; // the least odd number of 17 bits is 65537
}

// RFC 3279 §2.3.1: NULL behind rsaEncryption. RFC 5480 §2.2: an uncompressed point of the curve's length.
static bool key_encoding(struct lint *lint)
{
	const struct lint_key *key = &lint->certificate->key;
	struct view parameters = key->parameters;
	if (key->malformed)
		return true;
	if (key->algorithm == OID_RSA_ENCRYPTION)
		return der_read_null(&parameters) || der_end(parameters);
	if (key->algorithm != OID_EC_PUBLIC_KEY || key_type(lint))
		return false;
	lint->detail = NULL;
	return key->bits.len != (curve(lint) == OID_P256 ? 65 : 97) || key->bits.ptr[0] != 0x04;
}

static const struct lint_rule RULES[] = {
	{LINT_E("key-type", "the key is neither RSA nor on P-256 or P-384", "CA/Browser Forum BR §6.1.5"), LINT_ALL, key_type},
	{LINT_E("key-size", "the RSA key has fewer than 2048 or more than 8192 bits, or not a multiple of 8", "CA/Browser Forum BR §6.1.5"), LINT_ALL, key_size},
	{LINT_E("key-exponent", "the RSA exponent is even, below 65537 or above 2^256", "CA/Browser Forum BR §6.1.6"), LINT_ALL, key_exponent},
	{LINT_E("key-encoding", "the public key is not encoded as its algorithm wants it", "RFC 3279 §2.3.1, RFC 5480 §2.2"), LINT_ALL, key_encoding},
};

const struct lint_rules lint_key_rules = LINT_RULES(RULES);
