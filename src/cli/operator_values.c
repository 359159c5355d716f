#include "cli/operator_values.h"

#include <string.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "base/rate.h"
#include "cli/operator.h"
#include "config/address.h"
#include "crypto/digest.h"
#include "pki/names.h"
#include "pki/serial.h"

enum { URL_MAX = 500 };

const char *operator_wants_time(const char *text)
{
	xica_time time;
	return clock_parse_day_or_time(view_str(text), &time) ? "a time: 2026-05-04, or 2026-05-04T03:02:01Z" : NULL;
}

const char *operator_wants_number(const char *text)
{
	json_int_t number;
	return operator_parse_id(text, &number) ? NULL : "a number from 1";
}

const char *operator_wants_serial(const char *text)
{
	cleanup_buf serial = BUF_INIT;
	return pki_serial_from_text(view_str(text), &serial) ? "a serial number: hexadecimal, 1 to 20 bytes" : NULL;
}

const char *operator_wants_digest(const char *text)
{
	cleanup_buf digest = BUF_INIT;
	return hex_decode(view_str(text), &digest) || digest.len != CRYPTO_SHA256_LEN ? "a SHA-256 digest: 64 hexadecimal digits" : NULL;
}

const char *operator_wants_thumbprint(const char *text)
{
	cleanup_buf digest = BUF_INIT;
	bool is = !base64url_decode(view_str(text), &digest) && digest.len == CRYPTO_SHA256_LEN;
	return is ? NULL : "the SHA-256 digest of a JWK (RFC 7638): 43 characters of base64url";
}

const char *operator_wants_name(const char *text)
{
	cleanup_arena arena = ARENA_INIT;
	return operator_name(text, &arena) ? NULL : "a name: a domain, *.domain, or _service.domain";
}

const char *operator_wants_domain(const char *text)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	struct view ascii;
	if (pki_name_to_ascii(view_str(text), &arena, &ascii) || pki_identifier_parse_dns(ascii, true, &arena, &identifier, &fault) || identifier.wildcard)
		return "a domain name, without *";
	return NULL;
}

const char *operator_wants_network(const char *text)
{
	struct config_network network;
	return config_network_parse(text, &network) ? "an address, or a network as 192.0.2.0/24 or 2001:db8::/48, without bits beyond its length" : NULL;
}

const char *operator_wants_address(const char *text)
{
	return config_address_is_ip(text) ? NULL : "an IPv4 or IPv6 address";
}

const char *operator_wants_rate(const char *text)
{
	struct rate rate;
	return rate_parse(view_str(text), &rate) ? "as \"300 per 3h\", \"300 per 3h, burst 50\", or \"none\" for no limit" : NULL;
}

// xicad looks more closely.
const char *operator_wants_url(const char *text)
{
	struct view url = view_str(text);
	bool is = view_starts(url, VIEW_LIT("https://")) && url.len > 8 && url.len <= URL_MAX && !strpbrk(text, " \"<>\\^`{|}");
	return is ? NULL : "an https URL of at most 500 characters";
}

const char *operator_wants_something(const char *text)
{
	return *text ? NULL : "something";
}
