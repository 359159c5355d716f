#include "site/totp.h"

#include "base/base32.h"
#include "crypto/digest.h"

enum { CODE_MODULUS = 1000000 };

int totp_code(struct view secret, uint64_t step, uint32_t *ret_code)
{
	uint8_t counter[8], mac[CRYPTO_SHA1_LEN];
	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)(step >> (8 * (sizeof(counter) - 1 - i)));
	int error = crypto_hmac_sha1(secret, view_bytes(counter, sizeof(counter)), mac);
	if (error)
		return error;
	size_t at = mac[sizeof(mac) - 1] & 0x0f; // RFC 4226 §5.3: dynamic truncation
	uint32_t word = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 | (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	*ret_code = word % CODE_MODULUS;
	return XICA_OK;
}

static bool parse_code(struct view text, uint32_t *ret_code)
{
	uint32_t code = 0;
	if (text.len != TOTP_DIGITS)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		code = code * 10 + (uint32_t)(text.ptr[i] - '0');
	}
	*ret_code = code;
	return true;
}

int totp_check(struct view secret, struct view code, xica_time now, int64_t after, int64_t *ret_step)
{
	uint32_t said, is;
	int64_t found = -1;
	if (secret.len != TOTP_SECRET_LEN || now < TOTP_STEP || !parse_code(code, &said))
		return XICA_EDENIED;
	for (int64_t step = now / TOTP_STEP - 1; step <= now / TOTP_STEP + 1; step++) { // all three, so that the time tells nothing
		int error = totp_code(secret, (uint64_t)step, &is);
		if (error)
			return error;
		if (is == said && step > after && found < 0)
			found = step;
	}
	if (found < 0)
		return XICA_EDENIED;
	*ret_step = found;
	return XICA_OK;
}

static void add_percent(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
		if (plain)
			buf_add_byte(out, c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

void totp_add_uri(struct buf *out, struct view secret, struct view issuer, struct view address)
{
	buf_add_str(out, "otpauth://totp/");
	add_percent(out, issuer);
	buf_add_byte(out, ':');
	add_percent(out, address);
	buf_add_str(out, "?secret=");
	base32_encode(out, secret);
	buf_add_str(out, "&issuer=");
	add_percent(out, issuer);
}
