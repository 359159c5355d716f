// The TXT record of dns-persist-01 (draft-ietf-acme-dns-persist-02 §4.1): what its owner lets whom do, and for how long. Pure, but for the digest.
//
//	authority.example; accounturi=https://ca.example/account-hash/sha-256/5SQm…; policy=wildcard; persistUntil=1767225600
//
// accounturi is a digest of the domain, the account's key and its URL: so the record itself says whose key it is, and nobody has to be believed which key an account has.
#pragma once
#include "base/buf.h"
#include "base/clock.h"
#include "crypto/digest.h"

struct persist_record { // views point into the text
	struct view issuer;      // compares without case
	struct view account_uri;
	bool wildcard;           // policy=wildcard: the names below as well
	xica_time until;         // good up to and with this second; 0: not bounded
};

// XICA_EPARSE: outside the grammar, without accounturi, one of the three parameters twice, or a persistUntil that is no number. Other parameters are passed over.
XICA_MUST_CHECK int persist_record_read(struct view text, struct persist_record *ret_record);

// What accounturi must be, appended. domain "*": for a record that serves any domain.
XICA_MUST_CHECK int persist_account_uri(const char *prefix, struct view domain, const uint8_t thumbprint[CRYPTO_SHA256_LEN], struct view account_url,
					struct buf *out);
