// What the validator writes after it saw a proof, and what alone the signer believes. Pure, but for the MAC.
//
// A receipt says: at this time the holder of this account key proved control of this identifier by this method, or: CAA records
// allowed this CA to issue for it. It ends with an HMAC-SHA256 under a key that only validator and signer hold.
#pragma once
#include "base/clock.h"
#include "crypto/digest.h"
#include "pki/names.h"

enum receipt_kind { RECEIPT_CONTROL = 1, RECEIPT_CAA = 2 };

enum receipt_method {
	RECEIPT_HTTP_01 = 1,
	RECEIPT_DNS_01 = 2,
	RECEIPT_TLS_ALPN_01 = 3,
	RECEIPT_XMPP_01 = 4,
	RECEIPT_XMPP_TLS_01 = 5,
	RECEIPT_EMAIL_01 = 6,
	RECEIPT_OPERATOR = 7,
	RECEIPT_ASSUMED = 8, // nothing was looked at: a CA to play with that was told so
	RECEIPT_DNS_ACCOUNT_01 = 9,
	RECEIPT_DNS_PERSIST_01 = 10,
	RECEIPT_METHOD_LAST = RECEIPT_DNS_PERSIST_01,
};

enum { RECEIPT_MAX_LEN = 1024, RECEIPT_KEY_LEN = 32, RECEIPT_CAA_LIFETIME = 8 * XICA_HOUR };

struct receipt {
	enum receipt_kind kind;
	enum receipt_method method;
	struct pki_identifier identifier;
	bool subdomains;                       // of control: and of the names below (RFC 9444)
	uint8_t thumbprint[CRYPTO_SHA256_LEN]; // of the account key
	uint8_t perspectives;                  // how many saw it; 1 today
	xica_time seen;
	xica_time expires;
};

// Appends the sealed receipt.
XICA_MUST_CHECK int receipt_write(const struct receipt *receipt, struct view mac_key, struct buf *out);
// XICA_ESIG: not sealed with this key. XICA_EPARSE: malformed. Views point into bytes.
XICA_MUST_CHECK int receipt_read(struct view bytes, struct view mac_key, struct receipt *ret_receipt);
// As receipt_read, for those who can't verify (registrar: to know expiry and method). Nothing of it is to be trusted.
XICA_MUST_CHECK int receipt_peek(struct view bytes, struct receipt *ret_receipt);
const char *receipt_method_text(enum receipt_method method); // "http-01"
XICA_MUST_CHECK int receipt_method_parse(struct view text, enum receipt_method *ret_method);
