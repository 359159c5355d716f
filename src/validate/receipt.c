// The encoding, all integers big-endian:
//
//   8  magic "xicarcpt"        1  identifier type
//   1  version, 1              1  0, or 1: wildcard, or 2: and the names below
//   1  kind                    8  seen
//   1  method                  8  expires
//   1  perspectives           32  thumbprint
//                              1  length of the identifier, then its bytes
//  32  HMAC-SHA256 over everything before it
//
// Each receipt has exactly one encoding, and the reader takes no other.
#include "validate/receipt.h"

#include <string.h>

enum {
	VERSION = 1,
	AT_VERSION = 8,
	AT_KIND,
	AT_METHOD,
	AT_PERSPECTIVES,
	AT_TYPE,
	AT_SCOPE,
	AT_SEEN,
	AT_EXPIRES = AT_SEEN + 8,
	AT_THUMBPRINT = AT_EXPIRES + 8,
	AT_LENGTH = AT_THUMBPRINT + CRYPTO_SHA256_LEN,
	AT_VALUE,
};

enum { SCOPE_EXACT, SCOPE_WILDCARD, SCOPE_SUBDOMAINS };

_Static_assert(AT_VALUE + PKI_NAME_MAX + CRYPTO_SHA256_LEN <= RECEIPT_MAX_LEN, "the longest receipt fits");

static const struct view MAGIC = {(const uint8_t *)"xicarcpt", 8};

static const char *const METHODS[] = {
	[RECEIPT_HTTP_01] = "http-01",     [RECEIPT_DNS_01] = "dns-01",           [RECEIPT_TLS_ALPN_01] = "tls-alpn-01",
	[RECEIPT_XMPP_01] = "xmpp-01",     [RECEIPT_XMPP_TLS_01] = "xmpp-tls-01", [RECEIPT_EMAIL_01] = "email-01",
	[RECEIPT_OPERATOR] = "operator",   [RECEIPT_ASSUMED] = "assumed",
	[RECEIPT_DNS_ACCOUNT_01] = "dns-account-01", [RECEIPT_DNS_PERSIST_01] = "dns-persist-01",
};

// Names as pki/names.h makes them: lower case, no wildcard label, the domain alone where the identifier is a service of it.
static bool value_is_canonical(struct view value)
{
	if (!value.len || value.len > PKI_NAME_MAX)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
	}
	return true;
}

// What must hold of every receipt, written or read.
static bool receipt_is_sound(const struct receipt *receipt)
{
	if (receipt->kind != RECEIPT_CONTROL && receipt->kind != RECEIPT_CAA)
		return false;
	if (receipt->method < RECEIPT_HTTP_01 || receipt->method > RECEIPT_METHOD_LAST || !receipt->perspectives)
		return false;
	if (receipt->identifier.type != PKI_IDENTIFIER_DNS && receipt->identifier.type != PKI_IDENTIFIER_SRV)
		return false;
	if (receipt->identifier.wildcard && receipt->identifier.type != PKI_IDENTIFIER_DNS)
		return false;
	if (receipt->subdomains && (receipt->kind != RECEIPT_CONTROL || receipt->identifier.wildcard || receipt->identifier.type != PKI_IDENTIFIER_DNS))
		return false;
	if (receipt->seen < 0 || receipt->expires < receipt->seen)
		return false;
	if (receipt->kind == RECEIPT_CAA && receipt->expires - receipt->seen > RECEIPT_CAA_LIFETIME)
		return false;
	return value_is_canonical(receipt->identifier.value);
}

int receipt_write(const struct receipt *receipt, struct view mac_key, struct buf *out)
{
	if (!receipt_is_sound(receipt) || mac_key.len != RECEIPT_KEY_LEN)
		return XICA_EINVAL;
	cleanup_buf body = BUF_INIT;
	buf_add(&body, MAGIC);
	buf_add_byte(&body, VERSION);
	buf_add_byte(&body, (uint8_t)receipt->kind);
	buf_add_byte(&body, (uint8_t)receipt->method);
	buf_add_byte(&body, receipt->perspectives);
	buf_add_byte(&body, (uint8_t)receipt->identifier.type);
	buf_add_byte(&body, receipt->identifier.wildcard ? SCOPE_WILDCARD : receipt->subdomains ? SCOPE_SUBDOMAINS : SCOPE_EXACT);
	buf_add_u64(&body, (uint64_t)receipt->seen);
	buf_add_u64(&body, (uint64_t)receipt->expires);
	buf_add(&body, view_bytes(receipt->thumbprint, sizeof(receipt->thumbprint)));
	buf_add_byte(&body, (uint8_t)receipt->identifier.value.len);
	buf_add(&body, receipt->identifier.value);
	int error = buf_error(&body);
	if (error)
		return error;
	uint8_t mac[CRYPTO_SHA256_LEN];
	error = crypto_hmac_sha256(mac_key, buf_view(&body), mac);
	if (error)
		return error;
	buf_add(&body, view_bytes(mac, sizeof(mac)));
	buf_add(out, buf_view(&body));
	return buf_error(&body) ? XICA_ENOMEM : buf_error(out);
}

static int64_t read_time(struct view bytes, size_t at)
{
	uint64_t value = 0;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | bytes.ptr[at + i];
	return value > INT64_MAX ? -1 : (int64_t)value; // a negative time is refused as unsound
}

int receipt_peek(struct view bytes, struct receipt *ret_receipt)
{
	if (bytes.len < AT_VALUE + CRYPTO_SHA256_LEN || bytes.len > RECEIPT_MAX_LEN || !view_starts(bytes, MAGIC))
		return XICA_EPARSE;
	const uint8_t *at = bytes.ptr;
	if (at[AT_VERSION] != VERSION || at[AT_SCOPE] > SCOPE_SUBDOMAINS)
		return XICA_EPARSE;
	if (bytes.len != (size_t)AT_VALUE + at[AT_LENGTH] + CRYPTO_SHA256_LEN)
		return XICA_EPARSE;
	struct receipt receipt = {
		.kind = at[AT_KIND],
		.method = at[AT_METHOD],
		.identifier = {.type = at[AT_TYPE], .value = view_sub(bytes, AT_VALUE, at[AT_LENGTH]), .wildcard = at[AT_SCOPE] == SCOPE_WILDCARD},
		.subdomains = at[AT_SCOPE] == SCOPE_SUBDOMAINS,
		.perspectives = at[AT_PERSPECTIVES],
		.seen = read_time(bytes, AT_SEEN),
		.expires = read_time(bytes, AT_EXPIRES),
	};
	memcpy(receipt.thumbprint, at + AT_THUMBPRINT, sizeof(receipt.thumbprint));
	if (!receipt_is_sound(&receipt))
		return XICA_EPARSE;
	*ret_receipt = receipt;
	return XICA_OK;
}

int receipt_read(struct view bytes, struct view mac_key, struct receipt *ret_receipt)
{
	if (mac_key.len != RECEIPT_KEY_LEN)
		return XICA_EINVAL;
	if (bytes.len < AT_VALUE + CRYPTO_SHA256_LEN || bytes.len > RECEIPT_MAX_LEN)
		return XICA_EPARSE;
	size_t sealed = bytes.len - CRYPTO_SHA256_LEN;
	uint8_t mac[CRYPTO_SHA256_LEN];
	int error = crypto_hmac_sha256(mac_key, view_sub(bytes, 0, sealed), mac);
	if (error)
		return error;
	if (!crypto_equal(view_bytes(mac, sizeof(mac)), view_sub(bytes, sealed, CRYPTO_SHA256_LEN)))
		return XICA_ESIG;
	return receipt_peek(bytes, ret_receipt);
}

const char *receipt_method_text(enum receipt_method method)
{
	return method >= RECEIPT_HTTP_01 && method <= RECEIPT_METHOD_LAST ? METHODS[method] : NULL;
}

int receipt_method_parse(struct view text, enum receipt_method *ret_method)
{
	for (enum receipt_method method = RECEIPT_HTTP_01; method <= RECEIPT_METHOD_LAST; method++) {
		if (view_equal_str(text, METHODS[method])) {
			*ret_method = method;
			return XICA_OK;
		}
	}
	return XICA_ENOTFOUND;
}
